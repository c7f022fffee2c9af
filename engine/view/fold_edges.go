package view

import "rpcscope/engine/flow"

func (s *State) bind(d int64, e *flow.Event) {
	x := s.exchange(d, e, s.sender(e))
	var dest Slot
	if e.Has(flow.ToExchange) {
		dest = s.exchange(d, e, e.Queue)
	} else {
		dest = s.queue(d, e)
	}
	s.binding(d, e, x, dest, true)
}

// binding finds or makes the binding that e, a Bind or a Route, names.
func (s *State) binding(d int64, e *flow.Event, x, dest Slot, announced bool) Slot {
	if x == 0 || dest == 0 {
		return 0
	}
	toExchange := e.Has(flow.ToExchange)
	key := bindingKey(x, dest, toExchange, e.Key, e.Args)
	if b := s.ix.binding.get(key); b != 0 {
		v := s.Bindings.At(b)
		if announced && s.revive(&v.Life, d, e) {
			s.countBinding(v, +1)
		}
		return b
	}
	if s.Bindings.Len() >= 4*s.limits.Objects {
		s.Counters.Skipped++
		return 0
	}
	b := s.Bindings.add()
	v := s.Bindings.At(b)
	implicit := e.Has(flow.Implicit) || s.Exchanges.At(x).Name == 0
	*v = Binding{
		Life: s.born(d, e, announced || implicit), Exchange: x, Queue: dest, Key: e.Key, Args: e.Args,
		ToExchange: toExchange, Implicit: implicit,
	}
	if !toExchange {
		q := s.Queues.At(dest)
		v.NextOfQueue, q.FirstBinding = q.FirstBinding, b
		if !q.Fanout && s.Exchanges.At(x).Form == FormFanout {
			q.Fanout = true
		}
	}
	s.countBinding(v, +1)
	s.ix.binding.put(key, b)
	return b
}

func (s *State) countBinding(b *Binding, n int32) {
	s.Exchanges.At(b.Exchange).Bindings += n
	if !b.ToExchange {
		s.Queues.At(b.Queue).Bindings += n
	}
}

func (s *State) unbind(d int64, e *flow.Event) {
	x := s.ExchangeSlot(e.VHost, e.Exchange)
	dest := s.QueueSlot(e.VHost, e.Queue)
	if e.Has(flow.ToExchange) {
		dest = s.ExchangeSlot(e.VHost, e.Queue)
	}
	b := s.ix.binding.get(bindingKey(x, dest, e.Has(flow.ToExchange), e.Key, e.Args))
	if b != 0 && s.Bindings.At(b).Died == 0 {
		s.endBinding(b, d, e.Label)
	}
}

func (s *State) endBinding(b Slot, d int64, why flow.Name) {
	v := s.Bindings.At(b)
	s.countBinding(v, -1)
	s.die(&v.Life, &s.fade.objects, fadeBinding, b, d, why)
}

func (s *State) freeBinding(b Slot) {
	v := s.Bindings.At(b)
	if v.Died == 0 {
		s.countBinding(v, -1)
	}
	forget := func(_ Slot, c *Copy) {
		if c.Binding == b {
			c.Binding = 0
		}
	}
	if v.ToExchange {
		each(&s.Copies, forget)
	} else {
		s.eachCopy(v.Queue, forget)
		p := &s.Queues.At(v.Queue).FirstBinding
		for *p != b {
			p = &s.Bindings.At(*p).NextOfQueue
		}
		*p = v.NextOfQueue
	}
	s.ix.binding.del(bindingKey(v.Exchange, v.Queue, v.ToExchange, v.Key, v.Args))
	s.Bindings.drop(b)
	s.Shape++
}

func (s *State) consume(d int64, e *flow.Event) {
	q := s.queue(d, e)
	if q == 0 {
		return
	}
	k := s.consumer(d, e, q, true)
	if k == 0 {
		return
	}
	c := s.Consumers.At(k)
	if s.revive(&c.Life, d, e) {
		s.Queues.At(q).Consumers++
		c.Unacked = 0
	}
	c.Prefetch, c.NoAck, c.Exclusive = e.Value, e.Has(flow.NoAck), e.Has(flow.Exclusive)
	v := s.Queues.At(q)
	v.IdleAt, v.IdleD = 0, 0
	s.spoke(c.Process, d)
}

func (s *State) consumer(d int64, e *flow.Event, q Slot, announced bool) Slot {
	key := consumerKey(e.Conn, e.Channel, q, e.Tag)
	if k := s.ix.consumer.get(key); k != 0 {
		return k
	}
	if s.Consumers.Len() >= s.limits.Objects {
		s.Counters.Skipped++
		return 0
	}
	p := s.process(d, e)
	k := s.Consumers.add()
	v := s.Queues.At(q)
	*s.Consumers.At(k) = Consumer{
		Life: s.born(d, e, announced), Queue: q, Process: p, Conn: e.Conn, Tag: e.Tag, Channel: e.Channel,
		NextOfQueue: v.FirstConsumer,
	}
	v.FirstConsumer = k
	v.Consumers++
	v.IdleAt, v.IdleD = 0, 0
	s.ix.consumer.put(key, k)
	if p != 0 {
		if v.Owner == 0 || v.Reply {
			v.Owner = s.Processes.At(p).Name
		}
		if v.Reply {
			s.takeRole(p, RoleInvoker)
		} else {
			s.takeRole(p, RoleWorker)
		}
	}
	return k
}

// consumerOf finds who gets a delivery: the firehose names queue, connection
// and channel, but no tag.
func (s *State) consumerOf(d int64, e *flow.Event, q Slot) Slot {
	if e.Tag != 0 {
		if k := s.ix.consumer.get(consumerKey(e.Conn, e.Channel, q, e.Tag)); k != 0 {
			return k
		}
	}
	var sameConn, sameProcess, any Slot
	for k := s.Queues.At(q).FirstConsumer; k != 0; k = s.Consumers.At(k).NextOfQueue {
		c := s.Consumers.At(k)
		switch {
		case c.Died != 0:
			continue
		case c.Conn == e.Conn && c.Channel == e.Channel && (e.Tag == 0 || c.Tag == 0):
			return k
		case e.Conn != 0 && c.Conn == e.Conn && e.Channel == 0:
			sameConn = k
		case e.Conn == 0 && e.Process != 0 && c.Process != 0 && s.Processes.At(c.Process).Name == e.Process:
			sameProcess = k
		case e.Conn == 0 && e.Process == 0:
			any = k
		}
	}
	switch {
	case sameConn != 0:
		return sameConn
	case sameProcess != 0:
		return sameProcess
	case e.Conn == 0 && e.Process == 0:
		return any
	}
	return s.consumer(d, e, q, false)
}

func (s *State) cancel(d int64, e *flow.Event) {
	q := s.QueueSlot(e.VHost, e.Queue)
	k := s.ix.consumer.get(consumerKey(e.Conn, e.Channel, q, e.Tag))
	if k == 0 && q != 0 {
		for i := s.Queues.At(q).FirstConsumer; i != 0; i = s.Consumers.At(i).NextOfQueue {
			if c := s.Consumers.At(i); c.Died == 0 && c.Conn == e.Conn && c.Channel == e.Channel {
				k = i
			}
		}
	}
	if k != 0 && s.Consumers.At(k).Died == 0 {
		s.endConsumer(k, d, e.At, e.Label)
	}
}

func (s *State) endConsumer(k Slot, d, at int64, why flow.Name) {
	c := s.Consumers.At(k)
	q := s.Queues.At(c.Queue)
	q.Consumers--
	if q.Consumers == 0 && q.Died == 0 {
		q.IdleAt, q.IdleD = max(1, at), d
	}
	s.die(&c.Life, &s.fade.objects, fadeConsumer, k, d, why)
}

func (s *State) freeConsumer(k Slot) {
	c := s.Consumers.At(k)
	q := s.Queues.At(c.Queue)
	if c.Died == 0 {
		q.Consumers--
	}
	p := &q.FirstConsumer
	for *p != k {
		p = &s.Consumers.At(*p).NextOfQueue
	}
	*p = c.NextOfQueue
	s.eachCopy(c.Queue, func(_ Slot, x *Copy) {
		if x.Consumer == k {
			x.Consumer = 0
		}
	})
	s.ix.consumer.del(consumerKey(c.Conn, c.Channel, c.Queue, c.Tag))
	s.Consumers.drop(k)
	s.Shape++
}
