package view

import "rpcscope/engine/flow"

// addCopy makes the message's copy on its way to, or in, a queue; for a route to an exchange queue is that.
func (s *State) addCopy(msg, queue Slot, d int64, e *flow.Event) Slot {
	if s.Copies.Len() >= s.limits.Copies {
		s.Counters.Skipped++
		return 0
	}
	c := s.Copies.add()
	m := s.Messages.At(msg)
	*s.Copies.At(c) = Copy{Msg: msg, Queue: queue, Class: m.Class, SinceD: d, SinceAt: e.At, Inferred: e.Has(flow.Inferred)}
	if e.Kind == flow.Route && e.Has(flow.ToExchange) {
		s.Copies.At(c).ToExchange = true
	} else {
		s.Queues.At(queue).copies++
	}
	if m.LastCopy != 0 {
		s.Copies.At(m.LastCopy).NextOfMsg = c
	} else {
		m.Copies = c
	}
	m.LastCopy = c
	m.Alive++
	return c
}

// freeCopy takes the copy off all lists and, with its last copy, the message away. Counts of the queue are the caller's.
func (s *State) freeCopy(c Slot) {
	k := s.Copies.At(c)
	switch k.Place {
	case Ready:
		s.unlistReady(c)
	case Unacked:
		s.unlistUnacked(c)
	}
	i := k.Msg
	m := s.Messages.At(i)
	p, last := &m.Copies, Slot(0)
	for *p != c {
		last = *p
		p = &s.Copies.At(*p).NextOfMsg
	}
	*p = k.NextOfMsg
	if m.LastCopy == c {
		m.LastCopy = last
	}
	if !k.ToExchange {
		s.Queues.At(k.Queue).copies--
	}
	s.Copies.drop(c)
	m.Alive--
	if m.Copies == 0 && m.Stage == Routed {
		s.ix.message.del(uint64(m.ID))
		s.Messages.drop(i)
	}
}

// copyIn finds the message's copy in a queue at one of two places.
func (s *State) copyIn(msg, queue Slot, a, b Place) Slot {
	if msg == 0 {
		return 0
	}
	for c := s.Messages.At(msg).Copies; c != 0; c = s.Copies.At(c).NextOfMsg {
		if k := s.Copies.At(c); k.Queue == queue && !k.ToExchange && (k.Place == a || k.Place == b) {
			return c
		}
	}
	return 0
}

func (s *State) listReady(c Slot, front bool) {
	k := s.Copies.At(c)
	q := s.Queues.At(k.Queue)
	k.Place = Ready
	q.Listed++
	switch {
	case q.ReadyHead == 0:
		k.Next, k.Prev, q.ReadyHead, q.ReadyTail = 0, 0, c, c
	case front:
		k.Next, k.Prev = q.ReadyHead, 0
		s.Copies.At(q.ReadyHead).Prev = c
		q.ReadyHead = c
	default:
		k.Next, k.Prev = 0, q.ReadyTail
		s.Copies.At(q.ReadyTail).Next = c
		q.ReadyTail = c
	}
}

func (s *State) unlistReady(c Slot) {
	q := s.Queues.At(s.Copies.At(c).Queue)
	s.unlink(c, &q.ReadyHead, &q.ReadyTail)
	q.Listed--
}

func (s *State) listUnacked(c Slot) {
	k := s.Copies.At(c)
	q := s.Queues.At(k.Queue)
	k.Place = Unacked
	q.UnackedListed++
	k.Next, k.Prev = 0, q.UnackedTail
	if q.UnackedTail != 0 {
		s.Copies.At(q.UnackedTail).Next = c
	} else {
		q.UnackedHead = c
	}
	q.UnackedTail = c
}

func (s *State) unlistUnacked(c Slot) {
	q := s.Queues.At(s.Copies.At(c).Queue)
	s.unlink(c, &q.UnackedHead, &q.UnackedTail)
	q.UnackedListed--
}

func (s *State) unlink(c Slot, head, tail *Slot) {
	k := s.Copies.At(c)
	if k.Prev != 0 {
		s.Copies.At(k.Prev).Next = k.Next
	} else {
		*head = k.Next
	}
	if k.Next != 0 {
		s.Copies.At(k.Next).Prev = k.Prev
	} else {
		*tail = k.Prev
	}
	k.Next, k.Prev = 0, 0
}

// unready counts a ready copy out of its queue and takes it off the list.
func (s *State) unready(c Slot) {
	k := s.Copies.At(c)
	q := s.Queues.At(k.Queue)
	s.unlistReady(c)
	k.Place = Passed
	q.Ready = max(q.Ready-1, q.Listed)
	q.ByClass[k.Class] = max(0, q.ByClass[k.Class]-1)
}

// settle counts an unacknowledged copy out of its queue and consumer and takes it off the list.
func (s *State) settle(c Slot) {
	k := s.Copies.At(c)
	q := s.Queues.At(k.Queue)
	s.unlistUnacked(c)
	k.Place = Passed
	q.Unacked = max(q.Unacked-1, q.UnackedListed)
	if k.Consumer != 0 {
		x := s.Consumers.At(k.Consumer)
		x.Unacked = max(0, x.Unacked-1)
	}
}

// countOut takes one of the messages that a queue counts but does not list.
func (s *State) countOut(q Slot, class flow.Class) bool {
	v := s.Queues.At(q)
	if v.Ready <= v.Listed {
		return false
	}
	v.Ready--
	v.ByClass[class] = max(0, v.ByClass[class]-1)
	return true
}

func (s *State) enqueue(d int64, e *flow.Event, m *flow.Message) {
	q := s.queue(d, e)
	if q == 0 {
		return
	}
	i := s.message(d, e, m)
	class := e.Class
	if i != 0 {
		class = s.Messages.At(i).Class
	}
	v := s.Queues.At(q)
	v.Ready++
	v.ByClass[class]++
	if !e.Has(flow.Snapshot) {
		v.In.pass(d, e.At, class, e.Msg, e.RPC)
	}
	if i == 0 {
		return
	}
	c := s.copyIn(i, q, Routing, Routing)
	if c == 0 {
		if c = s.addCopy(i, q, d, e); c == 0 {
			return
		}
		s.Copies.At(c).Hop = Hop{d, d}
	}
	k := s.Copies.At(c)
	if k.Hop.End == 0 {
		k.Hop.End = d
	}
	k.SinceD, k.SinceAt, k.Redelivered = d, e.At, e.Has(flow.Redelivered)
	if mm := s.Messages.At(i); mm.Stage == Publishing {
		mm.Stage = Routed
	}
	s.listReady(c, false)
	v.Ready = max(v.Ready, v.Listed)
}

func (s *State) deliver(d, hopEnd int64, e *flow.Event, m *flow.Message) {
	q := s.queue(d, e)
	if q == 0 {
		return
	}
	i := s.message(d, e, m)
	class, rpc := e.Class, e.RPC
	if i != 0 {
		class, rpc = s.Messages.At(i).Class, s.Messages.At(i).RPC
	}
	var k, p Slot
	if !e.Has(flow.Get) {
		k = s.consumerOf(d, e, q)
	}
	if k != 0 {
		p = s.Consumers.At(k).Process
	} else if s.quiet {
		p = s.ProcessSlot(e.Process)
	} else {
		p = s.process(d, e)
	}
	if !e.Has(flow.Snapshot) {
		s.Counters.Delivered[class]++
		if e.Has(flow.Redelivered) {
			s.Counters.Redelivered++
		}
		s.Queues.At(q).Out.pass(d, e.At, class, e.Msg, rpc)
		if k != 0 {
			s.Consumers.At(k).Out.pass(d, e.At, class, e.Msg, rpc)
		}
	}
	s.hand(d, hopEnd, e, i, q, k, p, class)
	if !e.Has(flow.Snapshot) {
		s.deliverRPC(d, hopEnd, e, i, p, q)
	}
}

// hand moves the copy from the queue into the consumer's hands.
func (s *State) hand(d, hopEnd int64, e *flow.Event, i, q, k, p Slot, class flow.Class) {
	v := s.Queues.At(q)
	c := s.copyIn(i, q, Ready, Routing)
	switch {
	case c != 0 && s.Copies.At(c).Place == Ready:
		s.unready(c)
	case c != 0:
	case !e.Has(flow.Snapshot):
		if c = s.copyIn(i, q, Unacked, Unacked); c != 0 {
			s.settle(c) // given again without a word of its return
		} else {
			s.countOut(q, class)
		}
	}
	holds := !e.Has(flow.NoAck)
	if holds {
		v.Unacked++
		if k != 0 {
			s.Consumers.At(k).Unacked++
		}
	}
	if i == 0 {
		return
	}
	if c == 0 {
		if c = s.addCopy(i, q, d, e); c == 0 {
			return
		}
	}
	x := s.Copies.At(c)
	x.Hop, x.SinceD, x.SinceAt = Hop{d, hopEnd}, d, e.At
	x.Consumer, x.DeliveryTag, x.Returning = k, e.Value, false
	x.Redelivered = e.Has(flow.Redelivered)
	x.Holder, x.Held = 0, false
	if p != 0 {
		x.Holder, x.Held = s.Processes.At(p).Name, s.Processes.At(p).Cut
	} else if s.quiet {
		x.Holder = e.Process
	}
	if mm := s.Messages.At(i); mm.Stage == Publishing {
		mm.Stage = Routed
	}
	if holds {
		s.listUnacked(c)
		return
	}
	x.Place = Passed
	s.fade.copies.push(fade{since: d, slot: c, table: fadeCopy})
}

func (s *State) ack(d int64, e *flow.Event, _ *flow.Message) {
	s.spoke(s.process(d, e), d)
	s.finishCopy(d, e, Acked)
}

// finishCopy takes the unacknowledged copy that e speaks of from its consumer, and lets it fade at its last place.
func (s *State) finishCopy(d int64, e *flow.Event, place Place) {
	q := s.QueueSlot(e.VHost, e.Queue)
	if q == 0 {
		return
	}
	c := s.copyIn(s.ix.message.get(uint64(e.Msg)), q, Unacked, Unacked)
	if c == 0 {
		s.settleUnlisted(q)
		return
	}
	s.settle(c)
	k := s.Copies.At(c)
	if k.Hop.End == 0 || k.Hop.End > d {
		k.Hop.End = d
	}
	k.Held = false
	k.Place, k.SinceD = place, d
	s.fade.copies.push(fade{since: d, slot: c, table: fadeCopy})
}

func (s *State) settleUnlisted(q Slot) {
	if v := s.Queues.At(q); v.Unacked > v.UnackedListed {
		v.Unacked--
	}
}

// reject takes the copy from its consumer. What becomes of it, the Requeue, Drop or DeadLetter that follows says.
func (s *State) reject(d int64, e *flow.Event, _ *flow.Message) {
	s.spoke(s.process(d, e), d)
	if !e.Has(flow.Requeued) {
		s.finishCopy(d, e, Passed)
	}
}

// returnHop is how long a requeued message takes back to its queue, in display time.
const returnHop = 480_000_000

func (s *State) requeue(d int64, e *flow.Event, m *flow.Message) {
	q := s.queue(d, e)
	if q == 0 {
		return
	}
	i := s.message(d, e, m)
	c := s.copyIn(i, q, Unacked, Unacked)
	if c != 0 {
		s.settle(c)
	} else {
		s.settleUnlisted(q)
		if i == 0 {
			s.Queues.At(q).Ready++
			s.Queues.At(q).ByClass[e.Class]++
			return
		}
		if c = s.addCopy(i, q, d, e); c == 0 {
			s.Queues.At(q).Ready++
			return
		}
	}
	k := s.Copies.At(c)
	k.Redelivered, k.Returning = true, k.Consumer != 0
	k.Hop, k.SinceD, k.SinceAt = Hop{d, d + returnHop}, d, e.At
	if k.Held { // back from where it waited
		k.Held, k.Hop.Start = false, d-returnHop
	}
	v := s.Queues.At(q)
	s.listReady(c, true)
	v.Ready++
	v.ByClass[k.Class]++
}

// eachCopy visits the copies on their way to a queue, in it, or fading beside
// it; visit may free them. It looks through the table only while some are left.
func (s *State) eachCopy(q Slot, visit func(Slot, *Copy)) {
	left := s.Queues.At(q).copies
	for i := Slot(1); i < s.Copies.Cap() && left > 0; i++ {
		if c := s.Copies.At(i); s.Copies.Live(i) && !c.ToExchange && c.Queue == q {
			visit(i, c)
			left--
		}
	}
}
