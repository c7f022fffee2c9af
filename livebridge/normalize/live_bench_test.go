package normalize_test

import (
	"encoding/binary"
	"path/filepath"
	"testing"

	"rpcscope/engine/flow"
	"rpcscope/engine/view"
	"rpcscope/livebridge/normalize"
)

const (
	// frameEvents is how many events the hub puts into a frame at the broker's full rate: 10,000 a second, a frame every 33 ms.
	frameEvents = 330
	// mixEvents is how many events the stream of the benchmark has at least.
	mixEvents = 60_000
)

// kept is an event on its own.
type kept struct {
	e flow.Event
	m *flow.Message
}

// mix is the traffic of the captures, one after the other, as the bridge would
// see it: first what stands when it joins, then what happens.
func mix(t testing.TB) ([]kept, *flow.Names) {
	t.Helper()
	paths, err := filepath.Glob("testdata/*.jsonl")
	if err != nil || len(paths) == 0 {
		t.Fatal("no captures", err)
	}
	names, all, at, msg := &flow.Names{}, []kept(nil), int64(0), flow.MsgID(0)
	for _, path := range paths {
		recs := records(t, path)
		last, highest := at, msg
		n := normalize.New(names, flow.SinkFunc(func(e *flow.Event, m *flow.Message) {
			k := kept{e: *e}
			k.e.At += at
			if k.e.Msg != 0 {
				k.e.Msg += msg
			}
			if m != nil {
				c := *m
				k.m = &c
			}
			last, highest = max(last, k.e.At), max(highest, k.e.Msg)
			all = append(all, k)
		}), recs[0].At)
		for i := range recs {
			if err := n.Record(&recs[i]); err != nil {
				t.Fatal(err)
			}
		}
		n.Finish()
		at, msg = last, highest
	}
	return all, names
}

// refresh makes an id that is used in every round one of its own.
func refresh(id *flow.ID, round int) {
	if !id.IsZero() {
		binary.LittleEndian.PutUint32(id[4:], binary.LittleEndian.Uint32(id[4:])+uint32(round))
	}
}

// liveFrames encodes the mix over and over, ids and times fresh, into the
// frames that a viewer gets.
func liveFrames(t testing.TB) (frames [][]byte, events int) {
	t.Helper()
	mix, names := mix(t)
	enc := flow.NewEncoder(names, flow.Header{Source: "live"})
	frames = append(frames, enc.Hello())
	last := mix[len(mix)-1]
	messages := flow.MsgID(0)
	for i := range mix {
		messages = max(messages, mix[i].e.Msg)
	}
	for round := 0; events < mixEvents; round++ {
		for i := range mix {
			k := mix[i]
			k.e.At += int64(round) * (last.e.At + 1)
			if k.e.Msg != 0 {
				k.e.Msg += flow.MsgID(round) * messages
			}
			refresh(&k.e.RPC, round)
			if k.m != nil {
				m := *k.m
				refresh(&m.RPC, round)
				refresh(&m.UniqueID, round)
				k.m = &m
			}
			enc.Emit(&k.e, k.m)
			if events++; events%frameEvents == 0 {
				frames = append(frames, append([]byte(nil), enc.Flush()...))
			}
		}
	}
	return append(frames, append([]byte(nil), enc.Flush()...)), events
}

// fold decodes all frames into a new state.
func fold(t testing.TB, frames [][]byte) *view.State {
	t.Helper()
	names := &flow.Names{}
	state := view.New(names, view.DefaultLimits())
	d := flow.NewDecoder(names, flow.SinkFunc(func(e *flow.Event, m *flow.Message) { state.Fold(e.At, 0, e, m) }))
	for i, f := range frames {
		if err := d.Feed(f); err != nil {
			t.Fatalf("frame %d: %v", i, err)
		}
	}
	return state
}

// Every event of the captures comes through the wire's form.
func TestLiveFramesCarryTheCaptures(t *testing.T) {
	frames, events := liveFrames(t)
	if c := fold(t, frames).Counters; c.Events != uint64(events) || c.Published[flow.ClassCall] == 0 || c.AnsweredOK == 0 {
		t.Errorf("%d events in, counters %+v", events, c)
	}
}

// BenchmarkLiveFrames is what the page does with the frames of /live: checksum,
// decoding, folding. Real traffic of the captures, ids fresh in every round.
func BenchmarkLiveFrames(b *testing.B) {
	frames, events := liveFrames(b)
	bytes := 0
	for _, f := range frames {
		bytes += len(f)
	}
	b.ResetTimer()
	for range b.N {
		fold(b, frames)
	}
	b.ReportMetric(float64(events)*float64(b.N)/b.Elapsed().Seconds(), "events/s")
	b.ReportMetric(float64(bytes)/float64(events), "bytes/event")
}
