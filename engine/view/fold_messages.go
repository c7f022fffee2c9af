package view

import "rpcscope/engine/flow"

// message finds or makes the message of an event. A message that was never
// published before our eyes is marked Inferred; without room the answer is 0.
func (s *State) message(d int64, e *flow.Event, m *flow.Message) Slot {
	if e.Msg == 0 {
		return 0
	}
	if i := s.ix.message.get(uint64(e.Msg)); i != 0 {
		return i
	}
	if s.Messages.Len() >= s.limits.Messages {
		s.Counters.Skipped++
		return 0
	}
	i := s.Messages.add()
	v := s.Messages.At(i)
	*v = Message{
		ID: e.Msg, RPC: e.RPC, At: e.At, VHost: e.VHost, Exchange: e.Exchange, Key: e.Key, Label: e.Label,
		Class: e.Class, Expiration: -1, Hop: Hop{d, d}, Stage: Routed, Inferred: true,
	}
	s.fade.pending.push(fade{since: d, slot: i, table: fadeMessage})
	if m != nil {
		v.describe(m)
	}
	s.ix.message.put(uint64(e.Msg), i)
	return i
}

func (v *Message) describe(m *flow.Message) {
	v.RPC, v.UniqueID, v.Class, v.Facts = m.RPC, m.UniqueID, m.Class, m.Facts
	v.Exchange, v.Key, v.Props = m.Exchange, m.Key, m.Props
	v.Expiration, v.Size = m.Expiration, m.Size
	v.Label = m.Method
	if v.Label == 0 {
		v.Label = m.EventType
	}
}

func (s *State) freeMessage(i Slot) {
	v := s.Messages.At(i)
	for v.Copies != 0 {
		c := v.Copies
		s.freeCopy(c)
		if !s.Messages.Live(i) {
			return
		}
	}
	s.ix.message.del(uint64(v.ID))
	s.Messages.drop(i)
}

func (s *State) publish(d, hopEnd int64, e *flow.Event, m *flow.Message) {
	if s.quiet && e.Msg != 0 {
		s.restore(d, e, m)
		return
	}
	p := s.process(d, e)
	s.spoke(p, d)
	x := s.exchange(d, e, s.sender(e))
	i := s.message(d, e, m)
	class := e.Class
	if i != 0 {
		v := s.Messages.At(i)
		v.At, v.Hop, v.Stage, v.EndD = e.At, Hop{d, hopEnd}, Publishing, 0
		v.Mandatory, v.Inferred = e.Has(flow.Mandatory), e.Has(flow.Inferred)
		v.Conn, v.VHost, v.Exchange, v.Key = e.Conn, e.VHost, e.Exchange, e.Key
		if p != 0 {
			v.Process = s.Processes.At(p).Name
		}
		class = v.Class
	}
	if s.quiet {
		s.link(d, e, p, x, 0)
		return
	}
	s.Counters.Published[class]++
	rpc := e.RPC
	if m != nil {
		rpc = m.RPC
	}
	if x != 0 {
		s.Exchanges.At(x).In.pass(d, e.At, class, e.Msg, rpc)
		if l := s.link(d, e, p, x, 0); l != 0 {
			s.Links.At(l).Out.pass(d, e.At, class, e.Msg, rpc)
		}
	}
	if class != flow.ClassReply && p != 0 {
		s.takeRole(p, RoleInvoker)
	}
	if class != flow.ClassReply {
		s.Recent, s.RecentMsg = rpc, e.Msg
	}
	s.publishRPC(d, e, m, p)
}

// restore takes a message from a snapshot: it was published before, perhaps by a process that is gone.
func (s *State) restore(d int64, e *flow.Event, m *flow.Message) {
	i := s.message(d, e, m)
	if i == 0 {
		return
	}
	v := s.Messages.At(i)
	v.At, v.Mandatory, v.Inferred = e.At, e.Has(flow.Mandatory), e.Has(flow.Inferred)
	v.Process, v.Conn = e.Process, e.Conn
}

func (s *State) route(d, hopEnd int64, e *flow.Event, m *flow.Message) {
	i := s.message(d, e, m)
	x := s.exchange(d, e, s.sender(e))
	if e.Has(flow.NoRoute) {
		s.noRoute(d, e, i, x)
		return
	}
	var dest Slot
	if e.Has(flow.ToExchange) {
		dest = s.exchange(d, e, e.Queue)
	} else {
		dest = s.queue(d, e)
	}
	b := s.binding(d, e, x, dest, false)
	if i == 0 || dest == 0 {
		return
	}
	v := s.Messages.At(i)
	if v.Stage == Publishing {
		v.Stage = Routed
		if v.Hop.End == 0 {
			v.Hop.End = d
		}
	}
	if b != 0 {
		s.Bindings.At(b).Out.pass(d, e.At, v.Class, v.ID, v.RPC)
	}
	if v.Class == flow.ClassReply && !e.Has(flow.ToExchange) && !s.Queues.At(dest).Reply {
		s.Queues.At(dest).Reply = true
		s.Shape++
	}
	c := s.addCopy(i, dest, d, e)
	if c == 0 {
		return
	}
	k := s.Copies.At(c)
	k.Exchange, k.Binding, k.Hop = x, b, Hop{d, hopEnd}
	if k.ToExchange {
		k.Place = Passed
		s.fade.copies.push(fade{since: d, slot: c, table: fadeCopy})
		return
	}
	s.fade.pending.push(fade{since: d, slot: c, table: fadeCopy})
}

func (s *State) noRoute(d int64, e *flow.Event, i, x Slot) {
	// What a firehose would not show is not counted, as in engine/stats.
	if !e.Has(flow.Snapshot) && (e.Exchange != 0 || !e.Has(flow.Implicit)) {
		s.Counters.Unrouted++
	}
	if i == 0 {
		return
	}
	v := s.Messages.At(i)
	if v.Stage != Publishing && v.Copies != 0 {
		return
	}
	v.Stage, v.EndD = Unroutable, d
	if v.Hop.End == 0 {
		v.Hop.End = d
	}
	s.fade.drops.push(fade{since: d, slot: i, table: fadeMessage})
	if !v.Mandatory {
		s.mark(d, Drop{Msg: v.ID, RPC: v.RPC, Exchange: x, Reason: s.words.unroutable, Count: 1, Class: v.Class})
	}
}

func (s *State) returned(d int64, e *flow.Event, m *flow.Message) {
	s.Counters.Returned++
	i := s.message(d, e, m)
	if i == 0 {
		return
	}
	v := s.Messages.At(i)
	v.Stage, v.EndD = Returned, d
	v.Hop.End = max(v.Hop.End, v.Hop.Start)
	s.fade.drops.push(fade{since: d, slot: i, table: fadeMessage})
	x := s.exchange(d, e, e.Exchange)
	s.mark(d, Drop{Msg: v.ID, RPC: v.RPC, Exchange: x, Reason: s.words.returned, Count: 1, Class: v.Class})
}

// mark keeps a loss for its fall; beyond the limit the oldest makes room.
func (s *State) mark(d int64, x Drop) {
	x.D = d
	if s.Drops.Len() >= s.limits.Drops {
		s.dropOldest()
	}
	i := s.Drops.add()
	*s.Drops.At(i) = x
	s.fade.drops.push(fade{since: d, slot: i, table: fadeDrop})
}

func (s *State) dropOldest() {
	oldest := Slot(0)
	for i := Slot(1); i < s.Drops.Cap(); i++ {
		if s.Drops.Live(i) && (oldest == 0 || s.Drops.At(i).D < s.Drops.At(oldest).D) {
			oldest = i
		}
	}
	s.Drops.drop(oldest)
}

// lose handles Expire, Drop and DeadLetter.
func (s *State) lose(d, hopEnd int64, e *flow.Event, m *flow.Message) {
	i := s.ix.message.get(uint64(e.Msg))
	q := s.QueueSlot(e.VHost, e.Queue)
	class, rpc := e.Class, e.RPC
	if i != 0 {
		class, rpc = s.Messages.At(i).Class, s.Messages.At(i).RPC
	}
	gone := s.takeFromQueue(d, e, i, q, class)
	if e.Kind == flow.DeadLetter {
		return
	}
	if q == 0 && i != 0 && s.Messages.At(i).EndD != 0 || q != 0 && (!gone || s.Queues.At(q).Died != 0) {
		return // its fall was marked already
	}
	reason := e.Label
	if e.Kind == flow.Expire {
		reason = s.words.expired
	}
	x := Slot(0)
	if q == 0 {
		x = s.ExchangeSlot(e.VHost, s.sender(e))
	}
	if i != 0 && q == 0 {
		v := s.Messages.At(i)
		v.Stage, v.EndD = Unroutable, d
		s.fade.drops.push(fade{since: d, slot: i, table: fadeMessage})
	}
	s.mark(d, Drop{Msg: e.Msg, RPC: rpc, Queue: q, Exchange: x, Reason: reason, Count: 1, Class: class})
}

// takeFromQueue removes the message's copy from the queue, or one of those only counted; it reports whether there was one.
func (s *State) takeFromQueue(d int64, e *flow.Event, i, q Slot, class flow.Class) bool {
	if q == 0 {
		return false
	}
	if c := s.copyIn(i, q, Ready, Unacked); c != 0 {
		if k := s.Copies.At(c); k.Place == Unacked {
			s.settle(c)
		} else {
			s.unready(c)
		}
		s.freeCopy(c)
		return true
	}
	if c := s.copyIn(i, q, Routing, Routing); c != 0 {
		s.freeCopy(c)
		return true
	}
	// A copy that a reject just took off the list has been counted; any other was never listed.
	if c := s.copyIn(i, q, Passed, Acked); c != 0 {
		return true
	}
	return s.countOut(q, class)
}
