package view_test

import (
	"testing"

	"rpcscope/engine/flow"
	"rpcscope/engine/stats"
	"rpcscope/engine/view"
)

// TestWhatIsOverGoesWithoutAnEvent: on a broker that fell silent nothing comes
// that would sweep the dead away.
func TestWhatIsOverGoesWithoutAnEvent(t *testing.T) {
	names := &flow.Names{}
	s := view.New(names, view.DefaultLimits())
	p, c, x := names.Intern("client:1"), names.Intern("conn"), names.Intern("topic")
	m := &flow.Message{Class: flow.ClassCast, Method: names.Intern("note")}
	for i, e := range []flow.Event{
		{Kind: flow.ConnectionOpen, Process: p, Conn: c, Flags: flow.Inferred},
		{Kind: flow.Publish, Process: p, Conn: c, Exchange: x, Msg: 1, Flags: flow.Inferred},
		{Kind: flow.ConnectionClose, Process: p, Conn: c},
		{Kind: flow.ProcessStop, Process: p, Flags: flow.Inferred},
	} {
		var with *flow.Message
		if e.Kind == flow.Publish {
			with = m
		}
		s.Fold(int64(i+1)*1e6, 0, &e, with)
	}
	if s.Processes.Len() != 1 || s.Links.Len() != 1 || !s.Fading() {
		t.Fatalf("%d processes, %d links, fading %v", s.Processes.Len(), s.Links.Len(), s.Fading())
	}
	if s.Settle(4e6) {
		t.Error("something went before its time")
	}
	if !s.Settle(5e6+view.LingerProcess) || s.Processes.Len() != 0 || s.Links.Len() != 0 || s.Fading() {
		t.Errorf("%d processes, %d links, fading %v", s.Processes.Len(), s.Links.Len(), s.Fading())
	}
}

// TestADeducedCastDoesNotRunForEver: a trace shows that a worker got it, never that it is done.
func TestADeducedCastDoesNotRunForEver(t *testing.T) {
	for _, c := range []struct {
		class   flow.Class
		flags   flow.Flags
		running int32
	}{
		{flow.ClassCast, flow.Inferred, 0},
		{flow.ClassFanout, flow.Inferred, 0},
		{flow.ClassCall, flow.Inferred, 1},
		{flow.ClassCast, 0, 1},
	} {
		names := &flow.Names{}
		s := view.New(names, view.DefaultLimits())
		p := names.Intern("server:1")
		s.Fold(1e6, 0, &flow.Event{Kind: flow.Dispatch, Process: p, RPC: flow.ID{1}, Msg: 1, Class: c.class, Label: names.Intern("note"), Flags: c.flags}, nil)
		if n := s.Processes.At(s.ProcessSlot(p)).Running; int32(n) != c.running || s.Runs.Len() != 1 {
			t.Errorf("%v, flags %v: %d running of %d runs", c.class, c.flags, n, s.Runs.Len())
		}
	}
}

// TestALateAnswerHasARoundTrip: the slowest answers are the ones that a person asks for.
func TestALateAnswerHasARoundTrip(t *testing.T) {
	names := &flow.Names{}
	s := view.New(names, view.DefaultLimits())
	method := names.Intern("slow")
	s.Fold(1e6, 0, &flow.Event{Kind: flow.LateReply, RPC: flow.ID{1}, Label: method, Value: 1_600_000_000, Flags: flow.Inferred}, nil)
	if s.Methods.Len() != 1 || s.Methods.At(1).Median() < 1_200_000_000 {
		t.Errorf("%d methods, median %d ns", s.Methods.Len(), s.Methods.At(1).Median())
	}
}

// A request to a process that is gone waits no longer: it fades like one that was answered.
func TestARequestEndsWithTheProcessThatWasAsked(t *testing.T) {
	names := &flow.Names{}
	n := names.Intern
	s := view.New(names, view.DefaultLimits())
	id, _ := flow.ParseID("0123456789abcdef0123456789abcdef")
	for _, e := range []flow.Event{
		{Kind: flow.ProcessStart, Process: n("api")},
		{Kind: flow.RestRequest, At: 1e9, Process: n("client"), Key: n("api"), Label: n("GET"), Text: n("/x"), RPC: id},
		{Kind: flow.ProcessStop, At: 2e9, Process: n("api"), Label: n("killed")},
	} {
		s.Fold(e.At, 0, &e, nil)
	}
	r := s.RestSlot(id)
	if r == 0 || s.Rests.At(r).EndAt != 2e9 || s.Rests.At(r).Status != 0 {
		t.Fatalf("the request in slot %d: %+v", r, s.Rests.At(r))
	}
	s.Settle(2e9 + view.LingerCall)
	if s.Rests.Len() != 0 {
		t.Error("the request never fades")
	}
}

// Page and statistics count alike what is restated, and what goes nowhere by the default exchange.
func TestOddEventsAreCountedAsInTheStatistics(t *testing.T) {
	names := &flow.Names{}
	q := names.Intern("q")
	st, s := stats.New(names), view.New(names, view.DefaultLimits())
	for i, e := range []flow.Event{
		{Kind: flow.Publish, Msg: 1},
		{Kind: flow.Route, Msg: 1, Flags: flow.NoRoute},
		{Kind: flow.Publish, Msg: 2},
		{Kind: flow.Route, Msg: 2, Flags: flow.NoRoute | flow.Implicit},
		{Kind: flow.Deliver, Msg: 3, Queue: q, Flags: flow.Snapshot | flow.Redelivered},
		{Kind: flow.Deliver, Msg: 4, Queue: q},
	} {
		var m *flow.Message
		if e.Kind != flow.Route {
			m = &flow.Message{Class: flow.ClassCast, Expiration: -1}
		}
		e.At, e.Class = int64(i), flow.ClassCast
		st.Emit(&e, m)
		s.Fold(e.At, 0, &e, m)
	}
	r := st.Report()
	if s.Counters.Unrouted != 1 || r.Unrouted != 1 || s.Counters.Delivered[flow.ClassCast] != 1 || r.Delivered.Cast != 1 || s.Counters.Redelivered != 0 || r.Redelivered != 0 {
		t.Errorf("the page: %+v\nstatistics: %+v", s.Counters, r)
	}
}
