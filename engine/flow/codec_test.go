package flow_test

import (
	"bytes"
	"errors"
	"io"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"rpcscope/engine/flow"
)

// entry is an event with its descriptor, as a test keeps it.
type entry struct {
	E flow.Event
	M *flow.Message
}

type keep struct{ got []entry }

func (k *keep) Emit(e *flow.Event, m *flow.Message) {
	x := entry{E: *e}
	if m != nil {
		c := *m
		x.M = &c
	}
	k.got = append(k.got, x)
}

func genName(names *flow.Names) *rapid.Generator[flow.Name] {
	return rapid.Custom(func(t *rapid.T) flow.Name {
		return names.Intern(rapid.OneOf(rapid.SampledFrom([]string{"", "nova", "compute", "compute.host1", "/", "コンピュート"}), rapid.String()).Draw(t, "name"))
	})
}

func genID() *rapid.Generator[flow.ID] {
	return rapid.Custom(func(t *rapid.T) (id flow.ID) {
		if rapid.Bool().Draw(t, "some") {
			copy(id[:], rapid.SliceOfN(rapid.Byte(), 16, 16).Draw(t, "id"))
		}
		return id
	})
}

func genEntry(names *flow.Names) *rapid.Generator[entry] {
	n := genName(names)
	id := genID()
	return rapid.Custom(func(t *rapid.T) entry {
		x := entry{E: flow.Event{
			At: rapid.Int64().Draw(t, "at"), Value: rapid.Int64().Draw(t, "value"), Msg: flow.MsgID(rapid.Uint64().Draw(t, "msg")),
			RPC: id.Draw(t, "rpc"), Count: rapid.Uint32().Draw(t, "count"), Flags: flow.Flags(rapid.Uint32().Draw(t, "flags")),
			VHost: n.Draw(t, "vhost"), Process: n.Draw(t, "process"), Conn: n.Draw(t, "conn"), Exchange: n.Draw(t, "exchange"),
			Queue: n.Draw(t, "queue"), Key: n.Draw(t, "key"), Tag: n.Draw(t, "tag"), Label: n.Draw(t, "label"), Text: n.Draw(t, "text"),
			Args: n.Draw(t, "args"), Channel: rapid.Uint16().Draw(t, "channel"),
			Kind:  flow.Kind(rapid.IntRange(1, flow.NumKinds-1).Draw(t, "kind")),
			Class: flow.Class(rapid.IntRange(0, flow.NumClasses-1).Draw(t, "class")),
		}}
		if rapid.Bool().Draw(t, "with") {
			x.M = &flow.Message{
				RPC: id.Draw(t, "mrpc"), UniqueID: id.Draw(t, "unique"), Expiration: rapid.Int64Min(-1).Draw(t, "expiration"),
				Size: rapid.Uint32().Draw(t, "size"), Facts: flow.Facts(rapid.Uint16().Draw(t, "facts")),
				Exchange: n.Draw(t, "mx"), Key: n.Draw(t, "mk"), Method: n.Draw(t, "method"), Namespace: n.Draw(t, "ns"), Version: n.Draw(t, "v"),
				EventType: n.Draw(t, "et"), Priority: n.Draw(t, "pr"), FailureClass: n.Draw(t, "fc"), ReplyQueue: n.Draw(t, "rq"),
				Props: n.Draw(t, "props"), Context: n.Draw(t, "ctx"), Preview: n.Draw(t, "preview"),
				Class: flow.Class(rapid.IntRange(0, flow.NumClasses-1).Draw(t, "mclass")),
			}
		}
		return x
	})
}

func emit(s flow.Sink, entries []entry) {
	for i := range entries {
		s.Emit(&entries[i].E, entries[i].M)
	}
}

// TestWhatIsEncodedComesBack sends any events through the encoder, flushed at
// any point, cut into pieces anywhere.
func TestWhatIsEncodedComesBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var names flow.Names
		entries := rapid.SliceOfN(genEntry(&names), 0, 40).Draw(t, "entries")
		enc := flow.NewEncoder(&names, flow.Header{Epoch: 5, Source: "sim", Title: "a title", Seed: 9})
		wire := enc.Hello()
		for i := range entries {
			enc.Emit(&entries[i].E, entries[i].M)
			if rapid.Bool().Draw(t, "flush") {
				wire = append(wire, enc.Flush()...)
			}
		}
		wire = append(wire, enc.Flush()...)

		// The same table on both sides, so that names compare as numbers.
		var k keep
		dec := flow.NewDecoder(&names, &k)
		for len(wire) > 0 {
			n := rapid.IntRange(1, len(wire)).Draw(t, "cut")
			if err := dec.Feed(wire[:n]); err != nil {
				t.Fatal(err)
			}
			wire = wire[n:]
		}
		if d := cmp.Diff(entries, append([]entry{}, k.got...)); d != "" {
			t.Fatal(d)
		}
		if dec.Header().Title != "a title" || dec.Partial() {
			t.Fatalf("header %+v, partial %v", dec.Header(), dec.Partial())
		}
	})
}

// TestViewerJoinsInTheMiddle gives a viewer hello, snapshot and dictionary at any point.
func TestViewerJoinsInTheMiddle(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var names flow.Names
		before := rapid.SliceOfN(genEntry(&names), 1, 20).Draw(t, "before")
		after := rapid.SliceOfN(genEntry(&names), 1, 20).Draw(t, "after")
		enc := flow.NewEncoder(&names, flow.Header{})
		emit(enc, before)
		enc.Flush()
		wire := enc.Hello()
		wire = flow.AppendSnapshot(wire, &names, enc.Events(), func(s flow.Sink) { emit(s, before[:1]) })
		wire = append(wire, enc.Join()...)
		emit(enc, after)
		wire = append(wire, enc.Flush()...)
		var k keep
		dec := flow.NewDecoder(&names, &k)
		if err := dec.Feed(wire); err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(append(before[:1:1], after...), k.got); d != "" {
			t.Fatal(d)
		}
	})
}

func many(n int) (*flow.Names, []entry) {
	names := &flow.Names{}
	q, x := names.Intern("compute"), names.Intern("nova")
	es := make([]entry, n)
	for i := range es {
		es[i].E = flow.Event{At: int64(i) * 1000, Kind: flow.Enqueue, Msg: flow.MsgID(i + 1), Queue: q, Exchange: x}
		if i%3 == 0 {
			es[i].E.Kind = flow.Publish
			es[i].M = &flow.Message{RPC: flow.ID{1, byte(i), byte(i >> 8)}, Expiration: -1, Class: flow.ClassCall}
		}
	}
	return names, es
}

func recording(t testing.TB, n int) []byte {
	names, es := many(n)
	var b bytes.Buffer
	w := flow.NewWriter(&b, names, flow.Header{Title: "many"})
	emit(w, es)
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func readAll(data []byte, names *flow.Names) (n int, complete bool, err error) {
	r, err := flow.NewReader(bytes.NewReader(data), names)
	if err != nil {
		return 0, false, err
	}
	var e flow.Event
	var m flow.Message
	for {
		if _, err := r.Next(&e, &m); err != nil {
			if errors.Is(err, io.EOF) {
				err = nil
			}
			return n, r.Complete(), err
		}
		n++
	}
}

func TestARecordingSpansSegments(t *testing.T) {
	const n = flow.SegmentEvents*2 + 17
	got, complete, err := readAll(recording(t, n), &flow.Names{})
	if got != n || !complete || err != nil {
		t.Fatalf("read %d of %d events, complete %v, error %v", got, n, complete, err)
	}
}

func TestADamagedRecordingGivesWhatIsWholeAndSaysWhereItStops(t *testing.T) {
	data := recording(t, 20_000)
	for _, c := range []struct {
		name string
		data []byte
		want error
	}{
		{"cut", data[:len(data)/2], flow.ErrTruncated},
		{"flipped bit", append(append(append([]byte{}, data[:len(data)/2]...), data[len(data)/2]^4), data[len(data)/2+1:]...), flow.ErrChecksum},
		{"not a recording", []byte("PK\x03\x04 something else"), flow.ErrNotFlow},
		{"other version", append([]byte("rpcflow\x7f"), data[8:]...), flow.ErrVersion},
		{"empty", nil, flow.ErrNotFlow},
	} {
		t.Run(c.name, func(t *testing.T) {
			n, _, err := readAll(c.data, &flow.Names{})
			var fe *flow.FormatError
			if !errors.Is(err, c.want) || !errors.As(err, &fe) {
				t.Fatalf("error %v, want a FormatError of %v", err, c.want)
			}
			if errors.Is(c.want, flow.ErrTruncated) && (n == 0 || fe.Offset == 0) {
				t.Errorf("read %d events before %v", n, err)
			}
		})
	}
}

func TestAMissingBatchIsAGap(t *testing.T) {
	names, es := many(30)
	enc := flow.NewEncoder(names, flow.Header{})
	var parts [][]byte
	for i := range 3 {
		emit(enc, es[i*10:i*10+10])
		parts = append(parts, append([]byte{}, enc.Flush()...))
	}
	var k keep
	dec := flow.NewDecoder(names, &k)
	if err := errors.Join(dec.Feed(enc.Hello()), dec.Feed(parts[0])); err != nil {
		t.Fatal(err)
	}
	if err := dec.Feed(parts[2]); !errors.Is(err, flow.ErrGap) {
		t.Fatalf("error %v, want a gap", err)
	}
	if err := dec.Feed(parts[1]); !errors.Is(err, flow.ErrGap) {
		t.Error("the decoder went on after a gap")
	}
	if len(k.got) != 10 {
		t.Errorf("%d events came through, want the 10 before the gap", len(k.got))
	}
}

func TestEncodingAllocatesNothingOnceWarm(t *testing.T) {
	names, es := many(3000)
	enc := flow.NewEncoder(names, flow.Header{})
	round := func() { emit(enc, es); enc.Flush() }
	round()
	if n := testing.AllocsPerRun(10, round); n > 0 {
		t.Errorf("%v allocations per 3,000 events", n)
	}
}

func FuzzDecoder(f *testing.F) {
	f.Add(recording(f, 10))
	f.Add([]byte(flow.Magic))
	f.Fuzz(func(t *testing.T, data []byte) {
		var k keep
		dec := flow.NewDecoder(&flow.Names{}, &k)
		_ = dec.Feed(data)
		n, _, err := readAll(data, &flow.Names{})
		if err == nil && n > len(data) {
			t.Fatalf("%d events out of %d bytes", n, len(data))
		}
	})
}

// FuzzRecord goes below the checksum, where fuzzing of whole files rarely gets.
func FuzzRecord(f *testing.F) {
	names, es := many(3)
	w := flow.NewRecordWriter(names)
	var b []byte
	for i := range es {
		b = w.Append(b, &es[i].E, es[i].M)
	}
	f.Add(b)
	f.Fuzz(func(t *testing.T, data []byte) {
		r := flow.NewRecordReader(&flow.Names{})
		var e flow.Event
		var m flow.Message
		for len(data) > 0 {
			n, _, err := r.Read(data, &e, &m)
			if err != nil {
				return
			}
			if n <= 0 || n > len(data) {
				t.Fatalf("took %d of %d bytes", n, len(data))
			}
			data = data[n:]
		}
	})
}

func BenchmarkDecode(b *testing.B) {
	names, es := many(3000)
	enc := flow.NewEncoder(names, flow.Header{})
	emit(enc, es)
	wire := append(enc.Hello(), enc.Flush()...)
	b.SetBytes(int64(len(wire)))
	for b.Loop() {
		dec := flow.NewDecoder(names, flow.SinkFunc(func(*flow.Event, *flow.Message) {}))
		if err := dec.Feed(wire); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.N)*3000/b.Elapsed().Seconds(), "events/s")
}
