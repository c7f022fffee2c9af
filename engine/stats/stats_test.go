package stats_test

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"rpcscope/engine/flow"
	"rpcscope/engine/stats"
)

// tape emits hand-made events in order.
type tape struct {
	names flow.Names
	s     *stats.Stats
	msg   flow.MsgID
}

func newTape() *tape {
	t := &tape{}
	t.s = stats.New(&t.names)
	return t
}

func (t *tape) publish(at int64, m flow.Message) flow.MsgID {
	t.msg++
	t.s.Emit(&flow.Event{At: at, Kind: flow.Publish, Msg: t.msg, Exchange: m.Exchange}, &m)
	return t.msg
}

func (t *tape) call(at, expiration int64, id byte, method string) flow.MsgID {
	return t.publish(at, flow.Message{Class: flow.ClassCall, RPC: flow.ID{id}, Expiration: expiration, Method: t.names.Intern(method), Facts: flow.HasID})
}

func (t *tape) reply(at int64, id byte, facts flow.Facts, failure string) flow.MsgID {
	return t.publish(at, flow.Message{Class: flow.ClassReply, RPC: flow.ID{id}, Expiration: -1, Facts: facts, FailureClass: t.names.Intern(failure)})
}

func TestCallsAreCountedByTheirFirstRequestAndFirstAnswer(t *testing.T) {
	const ms = 1_000_000
	x := newTape()
	x.call(0, 100*ms, 1, "test")
	x.call(90*ms, 100*ms, 1, "test") // published again after a reconnect: the first time counts
	x.reply(101*ms, 1, flow.Ending, "")
	x.reply(102*ms, 1, flow.Ending, "") // a second answer changes nothing
	x.call(110*ms, 100*ms, 2, "test")
	x.reply(120*ms, 2, flow.NotEnding, "")
	x.reply(130*ms, 2, flow.Ending|flow.HasFailure, "ValueError")
	x.call(140*ms, -1, 3, "other")
	x.reply(150*ms, 4, flow.Ending, "") // of a request that nobody saw
	x.reply(160*ms, 5, 0, "")           // classic: no ending member; and it overtook its request
	x.call(161*ms, -1, 5, "classic")
	r := x.s.Report()
	want := stats.Calls{Total: 4, AnsweredOK: 2, AnsweredError: 1, Unanswered: 1, LateReplies: 1, HeartbeatReplies: 1}
	if d := cmp.Diff(want, r.Calls); d != "" {
		t.Error(d)
	}
	if d := cmp.Diff(map[string]int64{"ValueError <- test": 1}, r.Failures); d != "" {
		t.Error(d)
	}
	if d := cmp.Diff(map[string]int64{"test": 3, "other": 1, "classic": 1}, r.Methods.Call); d != "" {
		t.Error(d)
	}
	if r.Published.Reply != 6 || r.Published.Call != 5 {
		t.Errorf("published %+v", r.Published)
	}
}

func TestDeliveriesCountUnderTheirMessagesClass(t *testing.T) {
	x := newTape()
	c := x.call(0, -1, 1, "m")
	n := x.publish(1, flow.Message{Class: flow.ClassNotification, EventType: x.names.Intern("compute.start"), Expiration: -1})
	for range 2 {
		x.s.Emit(&flow.Event{At: 2, Kind: flow.Deliver, Msg: n}, nil)
	}
	x.s.Emit(&flow.Event{At: 3, Kind: flow.Deliver, Msg: c, Flags: flow.Redelivered}, nil)
	// A delivery whose publish nobody saw brings its own descriptor and is not a publish.
	x.s.Emit(&flow.Event{At: 4, Kind: flow.Deliver, Msg: 99, Flags: flow.Inferred}, &flow.Message{Class: flow.ClassCast})
	r := x.s.Report()
	if d := cmp.Diff(stats.Classes{Call: 1, Notification: 2, Cast: 1}, r.Delivered); d != "" {
		t.Error(d)
	}
	if r.Redelivered != 1 || r.Published.Cast != 0 || r.Notifications["compute.start"] != 1 {
		t.Errorf("%+v", r)
	}
}

func TestUnroutedLeavesOutTheDefaultExchangeAndDurationTheSnapshot(t *testing.T) {
	x := newTape()
	x.s.Emit(&flow.Event{At: 0, Kind: flow.QueueDeclare, Flags: flow.Snapshot}, nil)
	x.publish(50, flow.Message{Expiration: -1})
	x.s.Emit(&flow.Event{At: 50, Kind: flow.Route, Flags: flow.NoRoute, Exchange: x.names.Intern("openstack")}, nil)
	x.s.Emit(&flow.Event{At: 60, Kind: flow.Route, Flags: flow.NoRoute}, nil) // by a broker that shows it
	x.s.Emit(&flow.Event{At: 60, Kind: flow.Route, Flags: flow.NoRoute | flow.Implicit | flow.Inferred}, nil)
	x.s.Emit(&flow.Event{At: 60, Kind: flow.Route, Flags: flow.NoRoute | flow.Implicit}, nil)
	x.s.Emit(&flow.Event{At: 75, Kind: flow.QueueDelete}, nil)
	x.s.Emit(&flow.Event{At: 80, Kind: flow.QueueDelete, Flags: flow.Inferred}, nil) // missing in a later topology
	x.s.Emit(&flow.Event{At: 85, Kind: flow.Timeout, Flags: flow.Inferred}, nil)
	x.s.Emit(&flow.Event{At: 86, Kind: flow.Return, Flags: flow.Inferred}, nil)
	x.s.Emit(&flow.Event{At: 90, Kind: flow.Lost, Label: x.names.Intern("backlog"), Value: 7}, nil)
	r := x.s.Report()
	if r.Unrouted != 2 || r.Returned != 1 || r.DurationNs != 25 || r.Lost["backlog"] != 7 || r.Events != 11 {
		t.Errorf("%+v", r)
	}
}

func TestWhatIsRestatedIsNotCountedAgain(t *testing.T) {
	x := newTape()
	x.s.Emit(&flow.Event{Kind: flow.Publish, Msg: 1, Flags: flow.Snapshot}, &flow.Message{Class: flow.ClassCall, RPC: flow.ID{1}, Expiration: -1})
	x.s.Emit(&flow.Event{At: 5, Kind: flow.Deliver, Msg: 1}, nil)
	x.reply(9, 1, flow.Ending, "")
	r := x.s.Report()
	if r.Published.Call != 0 || r.Delivered.Call != 1 || r.Calls != (stats.Calls{}) {
		t.Errorf("%+v", r)
	}
}

func TestQuantilesAreWithinNinePercent(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		times := rapid.SliceOfN(rapid.Int64Range(0, 1<<40), 1, 200).Draw(t, "times")
		x := newTape()
		for i, took := range times {
			id := flow.ID{1, byte(i), byte(i >> 8)}
			x.publish(0, flow.Message{Class: flow.ClassCall, RPC: id, Expiration: -1})
			x.publish(took, flow.Message{Class: flow.ClassReply, RPC: id, Expiration: -1, Facts: flow.Ending})
		}
		slices.Sort(times)
		want := times[(len(times)*50+99)/100-1]
		got := x.s.AppendMethods(nil)[0].P50
		if got < want-want*9/100-1 || got > want+want*9/100+1 {
			t.Fatalf("median %d, want about %d", got, want)
		}
	})
}

// TestClassesOutlastTheRing checks that message numbers beyond the memory's size are told apart.
func TestClassesOutlastTheRing(t *testing.T) {
	x := newTape()
	for _, id := range []flow.MsgID{5, stats.MaxMessages + 5} {
		x.s.Emit(&flow.Event{Kind: flow.Publish, Msg: id}, &flow.Message{Class: flow.ClassCast})
	}
	x.s.Emit(&flow.Event{Kind: flow.Deliver, Msg: 5}, nil)                     // forgotten
	x.s.Emit(&flow.Event{Kind: flow.Deliver, Msg: stats.MaxMessages + 5}, nil) // remembered
	if d := x.s.Report().Delivered; d.Cast != 1 || d.Other != 1 {
		t.Errorf("%+v", d)
	}
}
