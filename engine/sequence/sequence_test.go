package sequence

import (
	"testing"

	"rpcscope/engine/flow"
)

// TestSpansOfATrace: what a broker's trace lets one conclude begins and ends where it can be told.
func TestSpansOfATrace(t *testing.T) {
	var names flow.Names
	client, server := names.Intern("client:1"), names.Intern("server:1")
	call, cast := flow.ID{1}, flow.ID{2}
	var b Maker
	b.Begin(0, 10e9)
	for _, e := range []struct {
		d int64
		e flow.Event
	}{
		{1e9, flow.Event{Kind: flow.Request, Process: client, RPC: call, Msg: 1, Class: flow.ClassCall}},
		{2e9, flow.Event{Kind: flow.Dispatch, Process: server, RPC: call, Msg: 1, Class: flow.ClassCall, Flags: flow.Inferred}},
		{3e9, flow.Event{Kind: flow.Dispatch, Process: server, RPC: cast, Msg: 2, Class: flow.ClassCast, Flags: flow.Inferred}},
		{4e9, flow.Event{Kind: flow.ProcessStop, Process: server, Flags: flow.Inferred}},
		{5e9, flow.Event{Kind: flow.ProcessStop, Process: client, Flags: flow.Inferred}},
	} {
		b.Add(e.d, 0, &e.e, nil)
	}
	want := []struct {
		start, end int64
		state      SpanState
	}{
		{1e9, 5e9, TimedOut},         // its caller is gone
		{2e9, 4e9, Raised},           // its worker is gone
		{3e9, 3e9 + beganOnly, Done}, // nobody sees the end of a cast
	}
	s := b.Strip()
	if len(s.Spans) != len(want) {
		t.Fatalf("%d spans: %+v", len(s.Spans), s.Spans)
	}
	for i, w := range want {
		if g := s.Spans[i]; g.Start != w.start || g.End != w.end || g.State != w.state || g.Open {
			t.Errorf("span %d: %+v, want %+v", i, g, w)
		}
	}
}

// A message for a process whose link is cut arrives when that is restored, or goes back to its queue.
func TestArrowsWaitForACutLink(t *testing.T) {
	var names flow.Names
	p, q := names.Intern("p"), names.Intern("q")
	for end, last := range map[int64]flow.Event{
		6e9 + hop: {Kind: flow.NetworkRestore, Process: p},
		6e9:       {Kind: flow.Requeue, Queue: q, Process: p, Msg: 1},
		10e9:      {Kind: flow.Enqueue, Queue: q, Msg: 2}, // it waits yet
	} {
		var b Maker
		b.Begin(0, 10e9)
		for i, e := range []flow.Event{{Kind: flow.NetworkCut, Process: p}, {Kind: flow.Deliver, Queue: q, Process: p, Msg: 1}, last} {
			b.Add(int64(i)*3e9, 0, &e, nil)
		}
		if a := b.Strip().Arrows; len(a) == 0 || a[0].Start != 3e9 || a[0].End != end {
			t.Errorf("%s: %+v, want its end at %d", last.Kind, a, end)
		}
	}
}
