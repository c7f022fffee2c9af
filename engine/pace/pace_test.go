package pace

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"rpcscope/engine/flow"
)

type paced struct {
	D, End int64
	E      flow.Event
	M      flow.Message
	HasM   bool
}

type recorder struct{ got []paced }

func (r *recorder) Paced(d, end int64, e *flow.Event, m *flow.Message) {
	x := paced{D: d, End: end, E: *e}
	if m != nil {
		x.M, x.HasM = *m, true
	}
	r.got = append(r.got, x)
}

type input struct {
	e flow.Event
	m *flow.Message
}

// stream draws a causally sound stream: calls and casts that are published, routed, queued, delivered, run and answered,
// interleaved at will, at rates from sparse to absurd.
func stream(t *rapid.T) []input {
	var in []input
	at, msg := int64(0), flow.MsgID(0)
	gap := rapid.SampledFrom([]int64{0, 1000, 1e6, 20e6, 400e6, 3e9}).Draw(t, "typical gap")
	type work struct {
		step  int
		msg   flow.MsgID
		rpc   flow.ID
		queue flow.Name
	}
	var open []work
	add := func(e flow.Event, m *flow.Message) {
		e.At = at
		in = append(in, input{e, m})
	}
	for n := rapid.IntRange(1, 120).Draw(t, "steps"); n > 0; n-- {
		at += rapid.Int64Range(0, gap).Draw(t, "gap")
		if len(open) == 0 || rapid.IntRange(0, 3).Draw(t, "new") == 0 {
			msg++
			q := flow.Name(rapid.IntRange(1, 3).Draw(t, "queue"))
			w := work{msg: msg, queue: q}
			w.rpc[0], w.rpc[1] = byte(msg), byte(msg>>8)+1
			add(flow.Event{Kind: flow.Request, RPC: w.rpc, Class: flow.ClassCall, Process: 10}, nil)
			add(flow.Event{Kind: flow.Publish, Msg: msg, Exchange: 5, Process: 10, Conn: 20, Channel: 1},
				&flow.Message{RPC: w.rpc, Class: flow.ClassCall})
			open = append(open, w)
			continue
		}
		i := rapid.IntRange(0, len(open)-1).Draw(t, "which")
		w := &open[i]
		w.step++
		worker := flow.Event{Msg: w.msg, Queue: w.queue, Process: 11, Conn: 21, Channel: 1}
		switch w.step {
		case 1:
			add(flow.Event{Kind: flow.Route, Msg: w.msg, Exchange: 5, Queue: w.queue}, nil)
		case 2:
			add(flow.Event{Kind: flow.Enqueue, Msg: w.msg, Queue: w.queue}, nil)
		case 3:
			worker.Kind = flow.Deliver
			add(worker, nil)
		case 4:
			worker.Kind = flow.Ack
			add(worker, nil)
		case 5:
			add(flow.Event{Kind: flow.Dispatch, RPC: w.rpc, Msg: w.msg, Class: flow.ClassCall, Process: 11}, nil)
		case 6:
			add(flow.Event{Kind: flow.Finish, RPC: w.rpc, Msg: w.msg, Process: 11}, nil)
		case 7:
			msg++
			w.msg = msg
			add(flow.Event{Kind: flow.Publish, Msg: msg, Process: 11, Conn: 22, Channel: 1},
				&flow.Message{RPC: w.rpc, Class: flow.ClassReply})
		case 8:
			add(flow.Event{Kind: flow.Route, Msg: w.msg, Queue: 9, Flags: flow.Implicit}, nil)
		case 9:
			add(flow.Event{Kind: flow.Enqueue, Msg: w.msg, Queue: 9}, nil)
		case 10:
			add(flow.Event{Kind: flow.Deliver, Msg: w.msg, Queue: 9, Process: 10, Conn: 23, Channel: 1}, nil)
		case 11:
			add(flow.Event{Kind: flow.Reply, RPC: w.rpc, Msg: w.msg, Process: 10}, nil)
			open = append(open[:i], open[i+1:]...)
		}
	}
	return in
}

func config(t *rapid.T) Config {
	c := DefaultConfig()
	c.Slow = rapid.SampledFrom([]int64{1, 1, 4, 1000}).Draw(t, "slow")
	if rapid.Bool().Draw(t, "show silence") {
		c.Silence = 0
	}
	return c
}

func run(c Config, in []input, cut func(i int) bool) ([]paced, *Pacer) {
	r := &recorder{}
	p := New(c, r)
	for i := range in {
		if cut(i) {
			p.Advance(in[i].e.At)
		}
		e := in[i].e
		p.Emit(&e, in[i].m)
	}
	p.Flush()
	return r.got, p
}

func never(int) bool { return false }

func TestEveryEventLeavesOnceAndInOrder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		in := stream(t)
		got, _ := run(config(t), in, never)
		if len(got) != len(in) {
			t.Fatalf("%d events in, %d out", len(in), len(got))
		}
		seen := map[[4]uint64]int{}
		id := func(e *flow.Event) [4]uint64 {
			return [4]uint64{uint64(e.At), uint64(e.Kind), uint64(e.Msg), uint64(e.RPC[0]) | uint64(e.RPC[1])<<8}
		}
		for i := range in {
			if in[i].e.RPC.IsZero() {
				seen[id(&in[i].e)]++
			}
		}
		for i := range got {
			if i > 0 && got[i].D < got[i-1].D {
				t.Fatalf("event %d at %d comes after %d", i, got[i].D, got[i-1].D)
			}
			e := got[i].E
			if (got[i].E.Kind == flow.Publish) != got[i].HasM {
				t.Fatal("the descriptor got lost")
			}
			switch e.Kind {
			case flow.Request, flow.Dispatch, flow.Finish, flow.Reply:
			default:
				e.RPC = flow.ID{}
				seen[id(&e)]--
			}
		}
		for k, n := range seen {
			if n != 0 {
				t.Fatalf("%v: %d too few", k, n)
			}
		}
	})
}

func TestInputMayComeInAnyPieces(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c, in := config(t), stream(t)
		whole, _ := run(c, in, never)
		cuts := rapid.SliceOfN(rapid.Bool(), len(in), len(in)).Draw(t, "cuts")
		pieces, _ := run(c, in, func(i int) bool { return cuts[i] })
		if diff := cmp.Diff(whole, pieces); diff != "" {
			t.Fatal(diff)
		}
	})
}

func TestACloneGoesOnAlike(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c, in := config(t), stream(t)
		whole, _ := run(c, in, never)
		r := &recorder{}
		p := New(c, r)
		at := rapid.IntRange(0, len(in)).Draw(t, "clone at")
		for i := range in {
			if i == at {
				q := p.Clone()
				r = &recorder{got: append([]paced(nil), r.got...)}
				q.SetSink(r)
				p.Emit(&flow.Event{At: in[i].e.At, Kind: flow.Publish, Msg: 999}, &flow.Message{})
				p = q
			}
			e := in[i].e
			p.Emit(&e, in[i].m)
		}
		p.Flush()
		if diff := cmp.Diff(whole, r.got); diff != "" {
			t.Fatal(diff)
		}
	})
}

// causes lists, for the kinds of stream, which earlier step of the same message or RPC comes before.
func cause(e *flow.Event, got []paced) (paced, bool) {
	want := map[flow.Kind]flow.Kind{
		flow.Route: flow.Publish, flow.Enqueue: flow.Route, flow.Deliver: flow.Enqueue, flow.Ack: flow.Deliver,
		flow.Dispatch: flow.Deliver, flow.Finish: flow.Dispatch, flow.Reply: flow.Deliver,
	}
	k, ok := want[e.Kind]
	if !ok {
		return paced{}, false
	}
	for _, g := range got {
		if g.E.Kind == k && (g.E.Msg == e.Msg || k == flow.Dispatch && g.E.RPC == e.RPC) {
			return g, true
		}
	}
	return paced{}, false
}

func TestNothingIsShownBeforeItsCauseNorTooLate(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c, in := config(t), stream(t)
		r := &recorder{}
		p := New(c, r)
		base := map[int64]int64{}
		for i := range in {
			e := in[i].e
			p.Emit(&e, in[i].m)
			base[e.At] = p.Base(e.At)
		}
		p.Flush()
		for i := range r.got {
			g := r.got[i]
			b := base[g.E.At]
			if g.D < b {
				t.Fatalf("%v shown at %d, before its base %d", g.E.Kind, g.D, b)
			}
			if g.D-b > c.MaxLag {
				t.Fatalf("%v shown %d ns late", g.E.Kind, g.D-b)
			}
			from, ok := cause(&g.E, r.got[:i])
			if _, needs := cause(&g.E, r.got); needs && !ok {
				t.Fatalf("%v shown before its cause", g.E.Kind)
			}
			if !ok {
				continue
			}
			// The hop shrinks over the second half of the lag and, a little, with what waits.
			lag := max(0, from.D-min(b, base[from.E.At]))
			least := min(c.MinHop, c.MinHop*2*(c.MaxLag-lag)/c.MaxLag)
			least -= least * int64(len(in)) / int64(c.MaxPending)
			if g.D-from.D < least-10 {
				t.Fatalf("%v only %d ns after %v, want %d", g.E.Kind, g.D-from.D, from.E.Kind, least)
			}
			if from.End > g.D {
				t.Fatalf("%v at %d, though its journey ends at %d", g.E.Kind, g.D, from.End)
			}
		}
	})
}

func TestSilenceIsShortened(t *testing.T) {
	r := &recorder{}
	p := New(DefaultConfig(), r)
	for _, at := range []int64{0, 60e9, 61e9} {
		p.Emit(&flow.Event{At: at, Kind: flow.Tick}, nil)
	}
	p.Flush()
	want := []Gap{{Start: 0, End: 600e6, From: 0, To: 60e9}}
	if diff := cmp.Diff(want, p.Gaps()); diff != "" {
		t.Error(diff)
	}
	if d := r.got[2].D; d != 1600e6 {
		t.Errorf("the event one second after the silence is at %d", d)
	}
}

func TestSteadyStateDoesNotAllocate(t *testing.T) {
	p := New(DefaultConfig(), &discard{})
	at, msg := int64(0), flow.MsgID(0)
	m := &flow.Message{Class: flow.ClassCast}
	round := func() {
		for range 200 {
			at += 5e6
			msg++
			p.Emit(&flow.Event{At: at, Kind: flow.Publish, Msg: msg, Exchange: 1, Conn: 2}, m)
			p.Emit(&flow.Event{At: at, Kind: flow.Route, Msg: msg, Exchange: 1, Queue: 3}, nil)
			p.Emit(&flow.Event{At: at, Kind: flow.Enqueue, Msg: msg, Queue: 3}, nil)
			p.Emit(&flow.Event{At: at, Kind: flow.Deliver, Msg: msg, Queue: 3, Conn: 4}, nil)
			p.Emit(&flow.Event{At: at, Kind: flow.Ack, Msg: msg, Queue: 3, Conn: 4}, nil)
		}
	}
	for range 20 {
		round()
	}
	if n := testing.AllocsPerRun(20, round); n > 0 {
		t.Errorf("%v allocations per 1000 events", n)
	}
}

type discard struct{ n int }

func (d *discard) Paced(int64, int64, *flow.Event, *flow.Message) { d.n++ }

func BenchmarkPace(b *testing.B) {
	p := New(DefaultConfig(), &discard{})
	at, msg := int64(0), flow.MsgID(0)
	m := &flow.Message{Class: flow.ClassCast}
	b.ReportAllocs()
	for range b.N {
		at += 1e6
		msg++
		p.Emit(&flow.Event{At: at, Kind: flow.Publish, Msg: msg, Exchange: 1, Conn: 2}, m)
		p.Emit(&flow.Event{At: at, Kind: flow.Route, Msg: msg, Exchange: 1, Queue: 3}, nil)
		p.Emit(&flow.Event{At: at, Kind: flow.Enqueue, Msg: msg, Queue: 3}, nil)
		p.Emit(&flow.Event{At: at, Kind: flow.Deliver, Msg: msg, Queue: 3, Conn: 4}, nil)
		p.Emit(&flow.Event{At: at, Kind: flow.Ack, Msg: msg, Queue: 3, Conn: 4}, nil)
	}
}
