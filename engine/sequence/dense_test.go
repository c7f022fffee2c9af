package sequence

import (
	"testing"

	gocmp "github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"rpcscope/engine/flow"
)

// rush feeds n calls a second for the window, all answered but every bad-th, which times out.
func rush(f *film, start, end int64, n, bad int) (calls int) {
	f.on = true
	for d := start; d < end; d += 1_000 * ms / int64(n) {
		f.call(d, byte(calls), bad == 0 || calls%bad != bad-1)
		calls++
	}
	f.play()
	return calls
}

// sums adds up the bands by line and class.
func (f *film) sums(s *Strip) map[string]uint32 {
	out := map[string]uint32{}
	names := f.lines(s)
	for _, b := range s.Bands {
		for _, n := range b.N {
			out[names[b.Line]+" "+b.Class.String()] += n
		}
	}
	return out
}

func TestARushIsCountedLineByLine(t *testing.T) {
	var f film
	f.mk.Begin(0, 10_000*ms)
	calls := uint32(rush(&f, 0, 9_000*ms, 200, 0))
	s := f.mk.Strip()
	if len(s.Arrows) > denseHops*blocks/2 || len(s.Spans) > 100 || len(s.Bands) == 0 {
		t.Fatalf("%d arrows, %d spans, %d bands", len(s.Arrows), len(s.Spans), len(s.Bands))
	}
	drawn := map[string]uint32{} // what is drawn by itself and not counted, where it arrives
	names := f.lines(s)
	for _, a := range s.Arrows {
		drawn[names[a.To]+" "+a.Class.String()]++
		if s.Lines[a.From].Kind == Process {
			drawn[names[a.From]+" "+a.Class.String()]++
		}
	}
	counted := f.sums(s)
	for _, k := range []string{"p:api call", "p:api reply", "x:nova call", "q:compute call", "p:worker call", "p:worker reply", "x: reply", "q:reply_1 reply"} {
		if got := counted[k] + drawn[k]; got != calls {
			t.Errorf("%s: %d counted and %d drawn of %d", k, counted[k], drawn[k], calls)
		}
	}
}

func TestTheCalmBesideARushStaysLegible(t *testing.T) {
	var f film
	f.mk.Begin(0, 20_000*ms)
	f.call(1_000*ms, 1, true)
	rush(&f, 8_000*ms, 10_000*ms, 300, 0)
	f.call(15_000*ms, 2, true)
	s := f.mk.Strip()
	calm := 0
	for _, a := range s.Arrows {
		if a.Start < 2_000*ms || a.Start >= 15_000*ms {
			calm++
		}
	}
	if calm != 12 {
		t.Errorf("%d of the twelve hops in the calm are drawn", calm)
	}
	for _, b := range s.Bands {
		if at := b.First * 20_000 / Columns; at < 7_000 || at > 12_000 {
			t.Errorf("a band begins at %d ms", at)
		}
	}
}

func TestBadEndsStandOutOfARush(t *testing.T) {
	var f film
	f.mk.Begin(0, 10_000*ms)
	calls := rush(&f, 0, 9_000*ms, 200, 300)
	// One more is sent and dropped in the middle of it.
	f.mk.Add(9_000*ms, 9_100*ms, &flow.Event{Kind: flow.Route, Class: flow.ClassCast, Exchange: f.name("nova"), Queue: f.name("compute"), Msg: 9999}, nil)
	f.mk.Add(9_010*ms, 0, &flow.Event{Kind: flow.Drop, Class: flow.ClassCast, Queue: f.name("compute"), Msg: 9999}, nil)
	s := f.mk.Strip()
	bad, timeouts, lost := 0, 0, 0
	for _, sp := range s.Spans {
		if sp.State == TimedOut {
			bad++
		}
	}
	for _, tick := range s.Ticks {
		if tick.Kind == flow.Timeout {
			timeouts++
		}
	}
	for _, a := range s.Arrows {
		if a.Lost && a.Msg == 9999 {
			lost++
		}
	}
	if want := calls / 300; bad != want || timeouts != want || lost != 1 {
		t.Errorf("%d spans and %d ticks of %d timeouts, %d lost hops of one", bad, timeouts, want, lost)
	}
}

func TestWhatIsSelectedIsDrawnInARush(t *testing.T) {
	var f film
	f.mk.Begin(0, 10_000*ms)
	rpc := flow.ID{0: 77, 15: 1}
	f.mk.Keep(rpc, 0)
	f.on = true
	for i := range 250 { // an id each
		f.call(int64(i)*20*ms, byte(i), true)
	}
	f.play()
	arrows, spans := 0, 0
	s := f.mk.Strip()
	for _, a := range s.Arrows {
		if a.RPC == rpc {
			arrows++
		}
	}
	for _, sp := range s.Spans {
		if sp.RPC == rpc {
			spans++
		}
	}
	if arrows != 6 || spans != 2 || len(s.Bands) == 0 {
		t.Errorf("%d hops and %d spans of the selected call beside %d bands", arrows, spans, len(s.Bands))
	}
}

func TestACallThatHangsStandsOutOfARush(t *testing.T) {
	var f film
	f.mk.Begin(0, 10_000*ms)
	hung := flow.ID{0: 200, 15: 2}
	f.mk.Add(0, 0, &flow.Event{Kind: flow.Request, Class: flow.ClassCall, Process: f.name("api"), RPC: hung}, nil)
	rush(&f, 0, 5_000*ms, 200, 0)
	found := false
	for _, sp := range f.mk.Strip().Spans {
		found = found || sp.RPC == hung && sp.Open
	}
	if !found {
		t.Error("a call that waits for five seconds is lost in the crowd")
	}
}

// A long rush stays within the bounds.
func TestALongRushStaysInBounds(t *testing.T) {
	var f film
	feed := func() *Strip {
		f.mk.Begin(8_000*ms, 18_000*ms)
		rush(&f, 0, 17_000*ms, 300, 40)
		return f.mk.Strip()
	}
	s := feed()
	if len(s.Spans) > MaxSpans || len(s.Arrows) > denseHops*blocks+maxLoud || len(s.Ticks) > MaxTicks || len(s.Bands) > MaxBands {
		t.Fatalf("%d spans, %d arrows, %d ticks, %d bands", len(s.Spans), len(s.Arrows), len(s.Ticks), len(s.Bands))
	}
}

// In a narrow window hops are longer than its blocks: it is those under way that make it dense, not those that begin.
func TestNoMomentHasMoreHopsThanCanBeRead(t *testing.T) {
	for _, width := range []int64{200, 1_000, 4_000, 10_000} {
		var f film
		f.mk.Begin(8_000*ms, (8_000+width)*ms)
		rush(&f, 0, (8_000+width)*ms, 120, 0)
		s := f.mk.Strip()
		most := 0
		for at := s.Start; at < s.End; at += width * ms / 200 {
			n := 0
			for _, a := range s.Arrows {
				if a.Start <= at && at < a.End {
					n++
				}
			}
			most = max(most, n)
		}
		if most > denseHops {
			t.Errorf("%d hops at once in a window of %d ms", most, width)
		}
	}
}

// A strip that is asked for on the way is that of what was fed up to there, and takes nothing from what comes after it.
func TestAStripOnTheWayIsThatOfWhatWasFed(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var f film
		f.on = true
		for i := range rapid.IntRange(1, 120).Draw(t, "calls") {
			f.call(rapid.Int64Range(0, 12_000).Draw(t, "at")*ms, byte(i), rapid.IntRange(0, 9).Draw(t, "answered") > 0)
		}
		tape := f.tape
		f.mk.Begin(2_000*ms, 12_000*ms)
		f.play()
		var onTheWay Maker
		onTheWay.Begin(2_000*ms, 12_000*ms)
		asked := rapid.SliceOfN(rapid.IntRange(0, len(tape)), 0, 5).Draw(t, "asked")
		for i := range tape {
			onTheWay.Add(tape[i].d, tape[i].end, &tape[i].e, tape[i].m)
			for _, n := range asked {
				if n == i {
					onTheWay.Strip()
				}
			}
		}
		if diff := gocmp.Diff(f.mk.Strip(), onTheWay.Strip(), cmpopts.EquateEmpty()); diff != "" {
			t.Fatal(diff)
		}
	})
}

func TestOnlySoManyOfThoseThatHangStandOut(t *testing.T) {
	var f film
	f.mk.Begin(0, 20_000*ms)
	for i := range 5_000 {
		d := int64(i) * ms
		f.mk.Add(d, 0, &flow.Event{Kind: flow.Request, Class: flow.ClassCall, Process: f.name("api"), RPC: flow.ID{0: byte(i), 1: byte(i >> 8), 15: 3}}, nil)
		f.mk.Add(d, d+100*ms, &flow.Event{Kind: flow.Publish, Process: f.name("api"), Exchange: f.name("nova"), Msg: flow.MsgID(i + 1)}, &flow.Message{Class: flow.ClassCall})
	}
	f.mk.Add(19_000*ms, 0, &flow.Event{Kind: flow.Ack}, nil)
	s := f.mk.Strip()
	if len(s.Spans) == 0 || len(s.Spans) > maxHung+denseHops || s.Spans[0].Start != 0 || s.Omitted == 0 {
		t.Errorf("%d spans, %d omitted", len(s.Spans), s.Omitted)
	}
}
