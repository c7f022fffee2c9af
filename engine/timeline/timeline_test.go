package timeline

import (
	"slices"
	"testing"

	"pgregory.net/rapid"

	"rpcscope/assets"
	"rpcscope/engine/flow"
	"rpcscope/engine/pace"
	"rpcscope/engine/scenario"
	"rpcscope/engine/view"
)

type event struct {
	d, end int64
	e      flow.Event
	m      *flow.Message
}

type tape struct{ events []event }

func (t *tape) Paced(d, end int64, e *flow.Event, m *flow.Message) {
	x := event{d: d, end: end, e: *e}
	if m != nil {
		c := *m
		x.m = &c
	}
	t.events = append(t.events, x)
}

// record plays a built-in scenario and returns its paced stream.
func record(t testing.TB, name string, until int64) ([]event, *flow.Names) {
	t.Helper()
	data, ok := assets.Scenario(name)
	if !ok {
		t.Fatal("no scenario", name)
	}
	doc, err := scenario.Parse(data)
	if err != nil {
		t.Fatal(err)
	}
	names, out := &flow.Names{}, &tape{}
	c := pace.DefaultConfig()
	p := pace.New(c, out)
	w, err := scenario.NewWorld(doc, 1, names, p)
	if err != nil {
		t.Fatal(err)
	}
	if err := w.RunUntil(until); err != nil {
		t.Fatal(err)
	}
	p.Flush()
	return out.events, names
}

func fromZero(events []event, names *flow.Names, d int64) *view.State {
	s := view.New(names, view.DefaultLimits())
	for i := range events {
		if events[i].d <= d {
			s.Fold(events[i].d, events[i].end, &events[i].e, events[i].m)
		}
	}
	return s
}

func TestSeekEqualsReplay(t *testing.T) {
	for _, name := range []string{"one-call", "nova-boot", "server-stops", "fanout", "timeout"} {
		t.Run(name, func(t *testing.T) {
			events, names := record(t, name, 60e9)
			tl := New(names, view.DefaultLimits(), 64<<20)
			tl.segEvents = 20
			for i := range events {
				tl.Paced(events[i].d, events[i].end, &events[i].e, events[i].m)
			}
			end := events[len(events)-1].d
			c := tl.NewCursor(view.New(names, view.DefaultLimits()))
			rapid.Check(t, func(t *rapid.T) {
				d := rapid.Int64Range(0, end+1e9).Draw(t, "d")
				c.SeekTo(d)
				want := fromZero(events, names, d)
				if c.State().Digest() != want.Digest() {
					t.Fatalf("at %d: seek and replay differ", d)
				}
				n := rapid.Uint64Range(0, uint64(len(events))).Draw(t, "n")
				c.SeekIndex(n)
				if c.Position() != n || c.State().Counters.Events != n {
					t.Fatalf("asked for event %d, stand at %d with %d folded", n, c.Position(), c.State().Counters.Events)
				}
			})
			log, frames := tl.Bytes()
			t.Logf("%d events, log %d bytes (%.1f each), %d frames with %d bytes", len(events), log, float64(log)/float64(len(events)), len(tl.frames), frames)
			if frames > log {
				t.Errorf("frames take %d bytes, more than the log's %d", frames, log)
			}
		})
	}
}

func TestTruncateThenGoOn(t *testing.T) {
	events, names := record(t, "nova-boot", 60e9)
	end := events[len(events)-1].d
	rapid.Check(t, func(t *rapid.T) {
		tl := New(names, view.DefaultLimits(), 64<<20)
		tl.segEvents = 20
		for i := range events {
			tl.Paced(events[i].d, events[i].end, &events[i].e, events[i].m)
		}
		c := tl.NewCursor(view.New(names, view.DefaultLimits()))
		c.SeekTo(rapid.Int64Range(0, end).Draw(t, "playhead"))
		d := rapid.Int64Range(0, end).Draw(t, "cut")
		tl.Truncate(d)
		for i := range events {
			if events[i].d > d {
				tl.Paced(events[i].d, events[i].end, &events[i].e, events[i].m)
			}
		}
		if tl.Events() != uint64(len(events)) {
			t.Fatalf("%d events instead of %d", tl.Events(), len(events))
		}
		at := rapid.Int64Range(0, end).Draw(t, "d")
		c.SeekTo(at)
		if c.State().Digest() != fromZero(events, names, at).Digest() {
			t.Fatal("the log went wrong where it was cut")
		}
	})
}

func TestAReaderAtTheEndSeesWhatComes(t *testing.T) {
	events, names := record(t, "one-call", 5e9)
	tl := New(names, view.DefaultLimits(), 64<<20)
	tl.segEvents = 20
	for i := range events {
		c := tl.ReaderAt(tl.Events())
		if c.Next() {
			t.Fatal("it read what is not there")
		}
		tl.Paced(events[i].d, events[i].end, &events[i].e, events[i].m)
		if !c.Next() || c.Index != uint64(i) || c.D != events[i].d || c.Event.Kind != events[i].e.Kind || c.Next() {
			t.Fatalf("event %d did not come, but event %d", i, c.Index)
		}
	}
}

func TestRetentionKeepsTheNewestAndCounts(t *testing.T) {
	events, names := record(t, "nova-boot", 60e9)
	tl := New(names, view.DefaultLimits(), 1)
	tl.segEvents = 50
	rounds, shift := 3, int64(0)
	c := tl.NewCursor(view.New(names, view.DefaultLimits()))
	var all []event
	for range rounds {
		for i := range events {
			x := events[i]
			x.d += shift
			if x.end != 0 {
				x.end += shift
			}
			x.e.At += shift
			all = append(all, x)
			tl.Paced(x.d, x.end, &x.e, x.m)
		}
		shift = tl.End()
	}
	n, _ := tl.Dropped()
	if n == 0 || tl.First() != n || tl.Events() != uint64(len(all)) {
		t.Fatalf("dropped %d, first %d, %d of %d", n, tl.First(), tl.Events(), len(all))
	}
	c.SeekTo(tl.End())
	if c.State().Digest() != fromZero(all, names, tl.End()).Digest() {
		t.Error("the state is not that of a replay from zero")
	}
	c.SeekTo(0)
	if c.Position() != tl.First() {
		t.Errorf("went back to event %d instead of the oldest, %d", c.Position(), tl.First())
	}
}

// A log that is full lets go of whole stretches up to a frame that is there, and what it keeps is still as a replay of it all gives it.
func TestAFullLogDropsUpToAFrame(t *testing.T) {
	events, names := record(t, "nova-boot", 60e9)
	tl := New(names, view.DefaultLimits(), 1<<20)
	tl.segEvents = 100
	c := tl.NewCursor(view.New(names, view.DefaultLimits()))
	var all []event
	var had []uint64
	first, drops, atFrames := uint64(0), 0, 0
	for shift := int64(0); len(all) < 90_000; shift = tl.End() {
		for i := range events {
			x := events[i]
			x.d += shift
			if x.end != 0 {
				x.end += shift
			}
			x.e.At += shift
			all = append(all, x)
			had = had[:0]
			for _, f := range tl.frames {
				had = append(had, f.index)
			}
			tl.Paced(x.d, x.end, &x.e, x.m)
			c.SeekTo(x.d)
			if tl.First() == first {
				continue
			}
			first, drops = tl.First(), drops+1
			if slices.Contains(had, first) {
				atFrames++
			}
		}
	}
	log, _ := tl.Bytes()
	if drops == 0 || atFrames < drops*9/10 || log < 3<<18 || log > 5<<18 {
		t.Fatalf("%d drops, %d of them at frames, %d bytes kept", drops, atFrames, log)
	}
	t.Logf("%d drops, %d of them at frames, %d bytes kept", drops, atFrames, log)
	c.SeekTo(tl.Start())
	c.SeekTo(tl.End())
	if c.State().Digest() != fromZero(all, names, tl.End()).Digest() {
		t.Error("the state is not that of a replay from zero")
	}
}

func BenchmarkSeekBack(b *testing.B) {
	events, names := record(b, "nova-boot", 60e9)
	tl := New(names, view.DefaultLimits(), 64<<20)
	shift := int64(0)
	for tl.Events() < 200_000 {
		for i := range events {
			x := &events[i]
			e := x.e
			e.At += shift
			tl.Paced(x.d+shift, x.end+shift, &e, x.m)
		}
		shift = tl.End()
	}
	c := tl.NewCursor(view.New(names, view.DefaultLimits()))
	c.SeekTo(tl.End())
	b.ResetTimer()
	for i := range b.N {
		c.SeekTo(tl.End() * int64(97-i%97) / 97)
	}
}

func BenchmarkDecodeAndFold(b *testing.B) {
	events, names := record(b, "nova-boot", 60e9)
	tl := New(names, view.DefaultLimits(), 64<<20)
	for i := range events {
		tl.Paced(events[i].d, events[i].end, &events[i].e, events[i].m)
	}
	c := tl.NewCursor(view.New(names, view.DefaultLimits()))
	b.ReportAllocs()
	n := 0
	for range b.N {
		if !c.Step() {
			c.SeekTo(0)
		}
		n++
	}
}
