package view_test

import (
	"testing"

	"rpcscope/assets"
	"rpcscope/engine/flow"
	"rpcscope/engine/scenario"
	"rpcscope/engine/stats"
	"rpcscope/engine/view"
)

type record struct {
	e flow.Event
	m *flow.Message
}

// stream plays a built-in scenario and returns its stream.
func stream(t testing.TB, name string, seed uint64, until int64) ([]record, *flow.Names) {
	t.Helper()
	data, ok := assets.Scenario(name)
	if !ok {
		t.Fatal("no scenario", name)
	}
	doc, err := scenario.Parse(data)
	if err != nil {
		t.Fatal(err)
	}
	var out []record
	names := &flow.Names{}
	w, err := scenario.NewWorld(doc, seed, names, flow.SinkFunc(func(e *flow.Event, m *flow.Message) {
		r := record{e: *e}
		if m != nil {
			c := *m
			r.m = &c
		}
		out = append(out, r)
	}))
	if err != nil {
		t.Fatal(err)
	}
	if err := w.RunUntil(until); err != nil {
		t.Fatal(err)
	}
	return out, names
}

func scenarios() []string {
	var names []string
	for _, s := range assets.Scenarios() {
		names = append(names, s.Name)
	}
	return names
}

func fold(s *view.State, records []record) *view.State {
	for i := range records {
		s.Fold(records[i].e.At, 0, &records[i].e, records[i].m)
	}
	return s
}

func TestCountersAgreeWithTheStatistics(t *testing.T) {
	for _, name := range scenarios() {
		t.Run(name, func(t *testing.T) {
			records, names := stream(t, name, 3, 90e9)
			st := stats.New(names)
			for i := range records {
				st.Emit(&records[i].e, records[i].m)
			}
			s := fold(view.New(names, view.DefaultLimits()), records)
			r, c := st.Report(), &s.Counters
			got := [...]uint64{
				c.Published[flow.ClassCall], c.Published[flow.ClassReply], c.Published[flow.ClassCast], c.Published[flow.ClassFanout],
				c.Published[flow.ClassNotification], c.Delivered[flow.ClassCall], c.Delivered[flow.ClassReply],
				c.Delivered[flow.ClassCast], c.Delivered[flow.ClassFanout], c.Delivered[flow.ClassNotification],
				c.Calls, c.AnsweredOK, c.AnsweredError, c.Late, c.Heartbeats, c.Unrouted, c.Returned, c.Redelivered,
			}
			want := [...]int64{
				r.Published.Call, r.Published.Reply, r.Published.Cast, r.Published.Fanout,
				r.Published.Notification, r.Delivered.Call, r.Delivered.Reply,
				r.Delivered.Cast, r.Delivered.Fanout, r.Delivered.Notification,
				r.Calls.Total, r.Calls.AnsweredOK, r.Calls.AnsweredError, r.Calls.LateReplies, r.Calls.HeartbeatReplies,
				r.Unrouted, r.Returned, r.Redelivered,
			}
			for i := range got {
				if int64(got[i]) != want[i] {
					t.Errorf("count %d is %d, statistics say %d", i, got[i], want[i])
				}
			}
		})
	}
}

// check verifies what must hold of every state.
func check(t interface {
	Helper()
	Fatal(...any)
	Fatalf(string, ...any)
}, s *view.State,
) {
	t.Helper()
	if wrong := s.Miscounted(); len(wrong) > 0 {
		t.Fatalf("the copies of %d queues are miscounted", len(wrong))
	}
	for i := view.Slot(1); i < s.Queues.Cap(); i++ {
		if !s.Queues.Live(i) {
			continue
		}
		q := s.Queues.At(i)
		listed, unacked := int64(0), int64(0)
		for c := q.ReadyHead; c != 0; c = s.Copies.At(c).Next {
			if k := s.Copies.At(c); k.Place != view.Ready || k.Queue != i {
				t.Fatalf("a copy in the ready list is at place %d", k.Place)
			}
			listed++
		}
		for c := q.UnackedHead; c != 0; c = s.Copies.At(c).Next {
			if k := s.Copies.At(c); k.Place != view.Unacked || k.Queue != i {
				t.Fatalf("a copy in the unacked list is at place %d", k.Place)
			}
			unacked++
		}
		if listed != q.Listed || unacked != q.UnackedListed || q.Ready < listed || q.Unacked < unacked {
			t.Fatalf("%s: %d of %d ready, %d of %d unacked are listed, the lists hold %d and %d",
				s.Names().Text(q.Name), q.Listed, q.Ready, q.UnackedListed, q.Unacked, listed, unacked)
		}
		consumers := int32(0)
		for k := q.FirstConsumer; k != 0; k = s.Consumers.At(k).NextOfQueue {
			if !s.Consumers.Live(k) {
				t.Fatal("a freed consumer is chained")
			}
			if s.Consumers.At(k).Died == 0 {
				consumers++
			}
		}
		if consumers != q.Consumers {
			t.Fatalf("%d consumers, the chain has %d", q.Consumers, consumers)
		}
	}
	for i := view.Slot(1); i < s.Copies.Cap(); i++ {
		if s.Copies.Live(i) && !s.Messages.Live(s.Copies.At(i).Msg) {
			t.Fatal("a copy without its message")
		}
	}
	for i := view.Slot(1); i < s.Processes.Cap(); i++ {
		if s.Processes.Live(i) && (s.Processes.At(i).Running < 0 || s.Processes.At(i).Waiting < 0) {
			t.Fatal("a process runs or waits for less than nothing")
		}
	}
}

func TestQueuesAreExactAtEveryMoment(t *testing.T) {
	for _, name := range scenarios() {
		records, names := stream(t, name, 5, 60e9)
		s := view.New(names, view.DefaultLimits())
		ready := map[flow.Name]int64{}
		for i := range records {
			e := &records[i].e
			s.Fold(e.At, 0, e, records[i].m)
			check(t, s)
			switch e.Kind {
			case flow.Enqueue:
				ready[e.Queue]++
				if q := s.Queues.At(s.QueueSlot(e.VHost, e.Queue)); q.Ready != e.Value {
					t.Fatalf("%s: event %d: %d ready, the broker says %d", name, i, q.Ready, e.Value)
				}
			}
		}
	}
}

func TestOldThingsAreForgotten(t *testing.T) {
	for _, name := range scenarios() {
		records, names := stream(t, name, 5, 60e9)
		s := fold(view.New(names, view.DefaultLimits()), records)
		waiting := 0
		for i := view.Slot(1); i < s.Copies.Cap(); i++ {
			if s.Copies.Live(i) && (s.Copies.At(i).Place == view.Ready || s.Copies.At(i).Place == view.Unacked) {
				waiting++
			}
		}
		at := s.At + 120e9
		for range 3 {
			at += 30e9
			s.Fold(at, 0, &flow.Event{At: at, Kind: flow.Tick}, nil)
		}
		check(t, s)
		if s.Messages.Len() > waiting || s.Copies.Len() > waiting || s.Drops.Len() > 0 {
			t.Errorf("%s: %d messages and %d copies stay for %d that wait; %d drops", name, s.Messages.Len(), s.Copies.Len(), waiting, s.Drops.Len())
		}
		for i := view.Slot(1); i < s.Calls.Cap(); i++ {
			if s.Calls.Live(i) && s.Calls.At(i).State != view.Waiting { // one that waits says itself when it does no more
				t.Errorf("%s: a call stays that ended", name)
			}
		}
		for range 2 {
			at += 3600e9
			s.Fold(at, 0, &flow.Event{At: at, Kind: flow.Tick}, nil)
		}
		if s.Calls.Len() > 0 {
			t.Errorf("%s: %d calls stay", name, s.Calls.Len())
		}
	}
}

// A call of a model's process may wait for longer than its timeout, while the broker reads nothing: it has not ended
// before it says so, for whoever watched from the start or joined later.
func TestACallIsNotGivenUpWhileItsCallerReports(t *testing.T) {
	records, names := stream(t, "memory-alarm", 5, 60e9)
	s, waited := view.New(names, view.DefaultLimits()), int64(0)
	for _, r := range records {
		s = fold(s, []record{r})
		for i := view.Slot(1); i < s.Calls.Cap(); i++ {
			c := s.Calls.At(i)
			if s.Calls.Live(i) && c.State == view.TimedOut {
				t.Fatalf("at %v the call %v counts as given up", r.e.At, names.Text(c.Method))
			}
			if s.Calls.Live(i) && c.State == view.Waiting {
				waited = max(waited, r.e.At-c.StartAt)
			}
		}
	}
	if waited < 10e9 {
		t.Errorf("no call waited for longer than %v ns", waited)
	}
}

func TestASnapshotTellsAJoinerEverything(t *testing.T) {
	for _, name := range scenarios() {
		records, names := stream(t, name, 7, 60e9)
		s := view.New(names, view.DefaultLimits())
		for i := range records {
			e := &records[i].e
			s.Fold(e.At, e.At, e, records[i].m)
			if i%17 != 0 && i != len(records)-1 {
				continue
			}
			if i+1 < len(records) && records[i+1].e.At == e.At {
				continue // in the midst of one step of the broker: what a connection's end gives back is still in its hands
			}
			// The joiner has names of its own: the snapshot goes through the wire.
			other := &flow.Names{}
			j := view.New(other, view.DefaultLimits())
			last := int64(-1 << 62)
			dec := flow.NewDecoder(other, flow.SinkFunc(func(e *flow.Event, m *flow.Message) {
				if e.At < last {
					t.Fatalf("%s: the snapshot's time falls", name)
				}
				last = e.At
				j.Fold(0, 0, e, m)
			}))
			wire := flow.AppendSnapshot(flow.AppendHello(nil, flow.Header{}), names, uint64(i), s.AppendEvents)
			if err := dec.Feed(wire); err != nil {
				t.Fatal(err)
			}
			check(t, j)
			if j.JoinDigest() != s.JoinDigest() {
				t.Fatalf("%s: after event %d (%v) the joiner sees something else\nhere  %v\nthere %v", name, i, e.Kind, s.Parts(), j.Parts())
			}
		}
	}
}

func TestAStrangerIsToldOfByItsTraffic(t *testing.T) {
	names := &flow.Names{}
	s := view.New(names, view.DefaultLimits())
	conn, queue := names.Intern("10.0.0.1:5 -> 10.0.0.2:5672"), names.Intern("compute")
	m := &flow.Message{Class: flow.ClassCast, Method: names.Intern("go")}
	s.Fold(1, 0, &flow.Event{Kind: flow.Publish, Msg: 1, Exchange: names.Intern("nova"), Conn: conn, Channel: 1}, m)
	s.Fold(2, 0, &flow.Event{Kind: flow.Route, Msg: 1, Exchange: names.Intern("nova"), Queue: queue}, nil)
	s.Fold(3, 0, &flow.Event{Kind: flow.Enqueue, Msg: 1, Queue: queue}, nil)
	s.Fold(4, 0, &flow.Event{Kind: flow.Deliver, Msg: 1, Queue: queue, Conn: conn, Channel: 2}, nil)
	check(t, s)
	p := s.ProcessSlot(conn)
	if p == 0 || !s.Processes.At(p).Inferred || s.Processes.At(p).Role != view.RoleBoth {
		t.Error("no process was inferred from the connection")
	}
	if x := s.ExchangeSlot(0, names.Intern("nova")); x == 0 || !s.Exchanges.At(x).Inferred {
		t.Error("no exchange was inferred")
	}
	q := s.Queues.At(s.QueueSlot(0, queue))
	if !q.Inferred || q.Unacked != 1 || q.Ready != 0 || q.Consumers != 1 {
		t.Errorf("the queue: %+v", q)
	}
	// Announced at last, it is inferred no more.
	s.Fold(5, 0, &flow.Event{Kind: flow.QueueDeclare, Queue: queue, Flags: flow.Durable}, nil)
	if q.Inferred || q.Flags != flow.Durable {
		t.Error("announced, but still taken for inferred")
	}
}

func TestLimitsHold(t *testing.T) {
	names := &flow.Names{}
	l := view.Limits{Objects: 10, Messages: 20, Copies: 20, Calls: 5, Drops: 3}
	s := view.New(names, l)
	var made []flow.Name
	for i := range 100 {
		made = append(made, names.Intern(string(rune('a'+i%26))+string(rune('a'+i/26))))
	}
	at := int64(0)
	fold := func(e flow.Event, m *flow.Message) {
		at += 1000
		e.At = at
		s.Fold(at, 0, &e, m)
	}
	for i := range 100 {
		id := flow.MsgID(i + 1)
		fold(flow.Event{Kind: flow.QueueDeclare, Queue: made[i]}, nil)
		m := &flow.Message{Class: flow.ClassCall, RPC: flow.ID{1, byte(i)}}
		fold(flow.Event{Kind: flow.Publish, Msg: id, Process: made[i]}, m)
		fold(flow.Event{Kind: flow.Route, Msg: id, Queue: made[0], Flags: flow.Implicit}, nil)
		fold(flow.Event{Kind: flow.Enqueue, Msg: id, Queue: made[0]}, nil)
		fold(flow.Event{Kind: flow.Drop, Msg: id + 1000, Exchange: made[1]}, nil)
	}
	check(t, s)
	if s.Queues.Len() > l.Objects || s.Messages.Len() > l.Messages || s.Copies.Len() > l.Copies || s.Calls.Len() > l.Calls || s.Drops.Len() > l.Drops {
		t.Error("a table is over its limit")
	}
	if q := s.Queues.At(s.QueueSlot(0, made[0])); q.Ready != 100 || q.Listed >= 100 {
		t.Errorf("%d ready of 100, %d listed", q.Ready, q.Listed)
	}
	if s.Counters.Skipped == 0 {
		t.Error("nothing counted as skipped")
	}
	for i := range 100 {
		fold(flow.Event{Kind: flow.Deliver, Msg: flow.MsgID(i + 1), Queue: made[0], Process: made[2]}, nil)
		fold(flow.Event{Kind: flow.Ack, Msg: flow.MsgID(i + 1), Queue: made[0], Process: made[2]}, nil)
	}
	check(t, s)
	if q := s.Queues.At(s.QueueSlot(0, made[0])); q.Ready != 0 || q.Unacked != 0 {
		t.Errorf("all gone, but %d ready and %d unacked", q.Ready, q.Unacked)
	}
}

// loop folds rounds of a stream one after another, as one long stream with fresh messages and calls.
type loop struct {
	s       *view.State
	records []record
	shift   int64
	msgs    flow.MsgID
	round   byte
}

func (l *loop) run() {
	var last int64
	var most flow.MsgID
	l.round++
	for i := range l.records {
		e := l.records[i].e
		e.At += l.shift
		last, most = e.At, max(most, e.Msg)
		if e.Msg != 0 {
			e.Msg += l.msgs
		}
		if !e.RPC.IsZero() {
			e.RPC[15] ^= l.round
		}
		if m := l.records[i].m; m != nil {
			c := *m
			if !c.RPC.IsZero() {
				c.RPC[15] ^= l.round
			}
			l.s.Fold(e.At, e.At+1e8, &e, &c)
			continue
		}
		l.s.Fold(e.At, 0, &e, nil)
	}
	l.shift, l.msgs = last+1e9, l.msgs+most
}

func TestSteadyStateDoesNotAllocate(t *testing.T) {
	records, names := stream(t, "nova-boot", 1, 60e9)
	l := &loop{s: view.New(names, view.DefaultLimits()), records: records}
	for range 5 {
		l.run()
	}
	if n := testing.AllocsPerRun(5, l.run); n > 0 {
		t.Errorf("%v allocations in %d events", n, len(records))
	}
	check(t, l.s)
}

func BenchmarkFold(b *testing.B) {
	records, names := stream(b, "nova-boot", 1, 60e9)
	l := &loop{s: view.New(names, view.DefaultLimits()), records: records}
	b.ReportAllocs()
	for n := 0; n < b.N; n += len(records) {
		l.run()
	}
}
