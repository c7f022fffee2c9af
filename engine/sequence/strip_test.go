package sequence

import (
	"cmp"
	"slices"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"rpcscope/engine/flow"
)

const ms = 1_000_000

// film feeds a maker as the player does.
type film struct {
	mk Maker
	n  flow.Names
	// tape takes what is to be fed, while it is on.
	tape []take
	on   bool
}

type take struct {
	d, end int64
	e      flow.Event
	m      *flow.Message
}

func (f *film) add(d, end int64, e flow.Event, m *flow.Message) {
	if f.on {
		f.tape = append(f.tape, take{d, end, e, m})
		return
	}
	f.mk.Add(d, end, &e, m)
}

// play feeds the tape in the order of its times.
func (f *film) play() {
	slices.SortStableFunc(f.tape, func(a, b take) int { return cmp.Compare(a.d, b.d) })
	for i := range f.tape {
		t := &f.tape[i]
		f.mk.Add(t.d, t.end, &t.e, t.m)
	}
	f.tape, f.on = nil, false
}

func (f *film) name(s string) flow.Name { return f.n.Intern(s) }

// call is one call there and back: a message each way, from d on, a hop every 100 ms.
func (f *film) call(d int64, id byte, answer bool) {
	rpc := flow.ID{0: id, 15: 1}
	api, worker := f.name("api"), f.name("worker")
	x, q, rq := f.name("nova"), f.name("compute"), f.name("reply_1")
	req, rep := flow.MsgID(2*uint64(id)+1), flow.MsgID(2*uint64(id)+2)
	m := &flow.Message{Class: flow.ClassCall, RPC: rpc, Method: f.name("ping")}
	add := func(at, end int64, e flow.Event, m *flow.Message) {
		e.RPC = rpc
		f.add(d+at*ms, end, e, m)
	}
	hop := func(at int64) int64 { return d + (at+100)*ms }
	add(0, 0, flow.Event{Kind: flow.Request, Class: flow.ClassCall, Process: api, Label: m.Method}, nil)
	add(0, hop(0), flow.Event{Kind: flow.Publish, Class: flow.ClassCall, Process: api, Exchange: x, Msg: req}, m)
	add(100, hop(100), flow.Event{Kind: flow.Route, Class: flow.ClassCall, Exchange: x, Queue: q, Msg: req}, nil)
	add(200, 0, flow.Event{Kind: flow.Enqueue, Class: flow.ClassCall, Queue: q, Msg: req}, nil)
	if !answer {
		add(900, 0, flow.Event{Kind: flow.Timeout, Class: flow.ClassCall, Process: api, Label: m.Method, Value: 900 * ms}, nil)
		return
	}
	add(200, hop(200), flow.Event{Kind: flow.Deliver, Class: flow.ClassCall, Queue: q, Process: worker, Msg: req}, nil)
	add(300, 0, flow.Event{Kind: flow.Dispatch, Class: flow.ClassCall, Process: worker, Label: m.Method, Msg: req}, nil)
	add(400, 0, flow.Event{Kind: flow.Finish, Class: flow.ClassCall, Process: worker, Label: m.Method, Value: 9 * ms}, nil)
	back := &flow.Message{Class: flow.ClassReply, RPC: rpc}
	add(400, hop(400), flow.Event{Kind: flow.Publish, Class: flow.ClassReply, Process: worker, Msg: rep}, back)
	add(500, hop(500), flow.Event{Kind: flow.Route, Class: flow.ClassReply, Queue: rq, Msg: rep}, nil)
	add(600, hop(600), flow.Event{Kind: flow.Deliver, Class: flow.ClassReply, Queue: rq, Process: api, Msg: rep}, nil)
	add(700, 0, flow.Event{Kind: flow.Reply, Class: flow.ClassCall, Process: api, Label: m.Method, Value: 11 * ms}, nil)
}

func (f *film) lines(s *Strip) (out []string) {
	for _, l := range s.Lines {
		out = append(out, [...]string{"p:", "x:", "q:"}[l.Kind]+f.n.Text(l.Name))
	}
	return out
}

func TestACallThereAndBack(t *testing.T) {
	var f film
	f.mk.Begin(0, 10_000*ms)
	f.call(0, 1, true)
	s := f.mk.Strip()
	want := []string{"p:api", "x:nova", "q:compute", "p:worker", "x:", "q:reply_1"}
	if diff := gocmp.Diff(want, f.lines(s)); diff != "" {
		t.Errorf("lifelines in the order of first use:\n%s", diff)
	}
	var ways [][2]int
	for _, a := range s.Arrows {
		ways = append(ways, [2]int{a.From, a.To})
		if a.End-a.Start != 100*ms || a.Lost || a.Back {
			t.Errorf("arrow %+v", a)
		}
	}
	if diff := gocmp.Diff([][2]int{{0, 1}, {1, 2}, {2, 3}, {3, 4}, {4, 5}, {5, 0}}, ways); diff != "" {
		t.Errorf("hops:\n%s", diff)
	}
	if len(s.Spans) != 2 {
		t.Fatalf("spans %+v", s.Spans)
	}
	waits, runs := s.Spans[0], s.Spans[1]
	if waits.Line != 0 || waits.State != Answered || waits.Start != 0 || waits.End != 700*ms || waits.Took != 11*ms || waits.Deduced {
		t.Errorf("the caller waits: %+v", waits)
	}
	if runs.Line != 3 || runs.State != Done || runs.Start != 300*ms || runs.End != 400*ms || runs.Took != 9*ms || runs.Open {
		t.Errorf("the method runs: %+v", runs)
	}
}

func TestATimeoutEndsTheWait(t *testing.T) {
	var f film
	f.mk.Begin(0, 2_000*ms)
	f.call(0, 1, false)
	s := f.mk.Strip()
	if len(s.Spans) != 1 || s.Spans[0].State != TimedOut || s.Spans[0].End != 900*ms {
		t.Errorf("spans %+v", s.Spans)
	}
}

func TestWhatHasNotEndedReachesTheEdge(t *testing.T) {
	var f film
	f.mk.Begin(0, 350*ms)
	f.call(0, 1, true) // the rest lies beyond the window and is not looked at
	s := f.mk.Strip()
	for _, sp := range s.Spans {
		if !sp.Open || sp.End != 350*ms {
			t.Errorf("span %+v", sp)
		}
	}
	if len(s.Spans) != 2 || len(s.Arrows) != 3 {
		t.Errorf("%d spans and %d arrows, want 2 and 3", len(s.Spans), len(s.Arrows))
	}
}

func TestNoRouteLosesTheHop(t *testing.T) {
	var f film
	f.mk.Begin(0, 1_000*ms)
	m := &flow.Message{Class: flow.ClassCast}
	f.mk.Add(0, 100*ms, &flow.Event{Kind: flow.Publish, Class: flow.ClassCast, Process: f.name("api"), Exchange: f.name("nova"), Msg: 1}, m)
	f.mk.Add(100*ms, 0, &flow.Event{Kind: flow.Route, Flags: flow.NoRoute, Class: flow.ClassCast, Exchange: f.name("nova"), Msg: 1}, nil)
	f.mk.Add(110*ms, 200*ms, &flow.Event{Kind: flow.Return, Class: flow.ClassCast, Process: f.name("api"), Exchange: f.name("nova"), Msg: 1}, nil)
	s := f.mk.Strip()
	if len(s.Arrows) != 2 || !s.Arrows[0].Lost || !s.Arrows[1].Back || !s.Arrows[1].Lost {
		t.Errorf("arrows %+v", s.Arrows)
	}
}

func TestWhatEndedBeforeTheWindowIsLeftOut(t *testing.T) {
	var f film
	f.mk.Begin(5_000*ms, 9_000*ms)
	m := &flow.Message{Class: flow.ClassCast}
	f.mk.Add(0, 100*ms, &flow.Event{Kind: flow.Publish, Class: flow.ClassCast, Process: f.name("gone"), Exchange: f.name("old"), Msg: 99}, m)
	f.call(5_000*ms, 1, true)
	s := f.mk.Strip()
	for _, l := range f.lines(s) {
		if l == "p:gone" || l == "x:old" {
			t.Errorf("%s is kept", l)
		}
	}
	if s.Lines[s.Arrows[0].From].Name != f.name("api") {
		t.Error("an arrow begins at another's line after the cut")
	}
	for _, tick := range s.Ticks {
		if tick.D < 5_000*ms {
			t.Errorf("tick at %d", tick.D)
		}
	}
}

// Whatever comes, the diagram stays within its bounds, every line number is one of its lines, and a maker begun anew forgets.
func TestBoundsHoldForAnyStream(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var f film
		d, calls := int64(0), 0
		f.mk.Begin(rapid.Int64Range(0, 5_000*ms).Draw(t, "start"), 60_000*ms)
		for range rapid.IntRange(0, 60).Draw(t, "calls") {
			d += rapid.Int64Range(0, 2_000).Draw(t, "pause") * ms
			f.call(d, byte(rapid.IntRange(0, 255).Draw(t, "id")), rapid.Bool().Draw(t, "answered"))
			for i := range rapid.IntRange(0, 20).Draw(t, "others") {
				e := flow.Event{Kind: flow.Publish, Process: f.name("p" + string(rune('A'+i))), Exchange: f.name("x" + string(rune('A'+i%7))), Msg: flow.MsgID(1000 + i)}
				f.mk.Add(d+900*ms, 0, &e, &flow.Message{Class: flow.ClassCast})
			}
			d += 900 * ms
			calls++
		}
		s := f.mk.Strip()
		if len(s.Lines) > MaxLines || len(s.Spans) > MaxSpans || len(s.Arrows) > MaxArrows || len(s.Ticks) > MaxTicks || len(s.Bands) > MaxBands {
			t.Fatalf("%d lines, %d spans, %d arrows, %d ticks, %d bands", len(s.Lines), len(s.Spans), len(s.Arrows), len(s.Ticks), len(s.Bands))
		}
		used := make([]bool, len(s.Lines))
		for _, a := range s.Arrows {
			used[a.From], used[a.To] = true, true
			if a.End < a.Start || a.End < s.Start || a.Start > s.End {
				t.Fatalf("arrow %+v in %d–%d", a, s.Start, s.End)
			}
		}
		for _, sp := range s.Spans {
			used[sp.Line] = true
			if sp.End < sp.Start {
				t.Fatalf("span %+v", sp)
			}
		}
		for _, band := range s.Bands {
			used[band.Line] = true
			if len(band.N) == 0 || band.First < 0 || band.First+len(band.N) > Columns || band.N[0] == 0 {
				t.Fatalf("band %+v", band)
			}
		}
		for i, u := range used {
			if !u {
				t.Fatalf("line %d is of no use", i)
			}
		}
		f.mk.Begin(0, 1)
		if s := f.mk.Strip(); len(s.Lines)+len(s.Spans)+len(s.Arrows)+len(s.Ticks)+len(s.Bands)+s.Omitted != 0 {
			t.Fatalf("begun anew, it holds %+v", s)
		}
	})
}

func TestTooManyTicksAreThinnedButKeepTheEnds(t *testing.T) {
	var f film
	f.mk.Begin(0, 1_000_000*ms)
	for i := range 140 { // seven in each block: none is dense
		f.call(int64(i)*7_140*ms, byte(i), i%50 != 0)
	}
	s := f.mk.Strip()
	timeouts := 0
	for _, tick := range s.Ticks {
		if tick.Kind == flow.Timeout {
			timeouts++
		}
	}
	if len(s.Ticks) > MaxTicks || s.Omitted == 0 || timeouts != 3 || len(s.Bands) > 0 {
		t.Errorf("%d ticks, %d omitted, %d timeouts kept", len(s.Ticks), s.Omitted, timeouts)
	}
}
