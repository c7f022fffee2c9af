package view

// copyFrom makes s an independent copy of o.
func (s *State) copyFrom(o *State) {
	s.copyScalars(o)
	s.Processes.copyFrom(&o.Processes)
	s.Connections.copyFrom(&o.Connections)
	s.Exchanges.copyFrom(&o.Exchanges)
	s.Queues.copyFrom(&o.Queues)
	s.Bindings.copyFrom(&o.Bindings)
	s.Consumers.copyFrom(&o.Consumers)
	s.Links.copyFrom(&o.Links)
	s.Messages.copyFrom(&o.Messages)
	s.Copies.copyFrom(&o.Copies)
	s.Calls.copyFrom(&o.Calls)
	s.Runs.copyFrom(&o.Runs)
	s.Rests.copyFrom(&o.Rests)
	s.Drops.copyFrom(&o.Drops)
	s.Methods.copyFrom(&o.Methods)
	from, to := o.rings(), s.rings()
	for i := range to {
		to[i].copyFrom(from[i])
	}
	s.reindex()
}

// Clone returns an independent copy.
func (s *State) Clone() *State {
	c := &State{}
	c.copyFrom(s)
	return c
}

func (s *State) copyScalars(o *State) {
	s.D, s.At, s.Recent, s.RecentMsg = o.D, o.At, o.Recent, o.RecentMsg
	s.Counters, s.Shape, s.Node = o.Counters, o.Shape, o.Node
	s.names, s.limits, s.words, s.seq = o.names, o.limits, o.words, o.seq
	s.requests, s.dispatches = o.requests, o.dispatches
	s.Carrier, s.How, s.Records = o.Carrier, o.How, append(s.Records[:0:0], o.Records...)
}

func (s *State) rings() [7]*fadeRing {
	f := &s.fade
	return [...]*fadeRing{&f.objects, &f.processes, &f.copies, &f.drops, &f.calls, &f.pending, &f.waits}
}

func (r *fadeRing) copyFrom(o *fadeRing) {
	r.head, r.n = 0, 0
	for i := range o.n {
		r.push(*o.at(i))
	}
}

// reindex rebuilds the indexes, which are nothing but a way to find things.
func (s *State) reindex() {
	x := &s.ix
	for _, i := range []*index{
		&x.process, &x.connection, &x.exchange, &x.queue, &x.binding, &x.consumer, &x.link,
		&x.message, &x.call, &x.run, &x.rest, &x.method,
	} {
		i.clear()
	}
	each(&s.Processes, func(i Slot, v *Process) { x.process.put(uint64(v.Name), i) })
	each(&s.Connections, func(i Slot, v *Connection) { x.connection.put(uint64(v.Name), i) })
	each(&s.Exchanges, func(i Slot, v *Exchange) { x.exchange.put(pair(v.VHost, v.Name), i) })
	each(&s.Queues, func(i Slot, v *Queue) { x.queue.put(pair(v.VHost, v.Name), i) })
	each(&s.Bindings, func(i Slot, v *Binding) {
		x.binding.put(bindingKey(v.Exchange, v.Queue, v.ToExchange, v.Key, v.Args), i)
	})
	each(&s.Consumers, func(i Slot, v *Consumer) { x.consumer.put(consumerKey(v.Conn, v.Channel, v.Queue, v.Tag), i) })
	each(&s.Links, func(i Slot, v *Link) { x.link.put(linkKey(v.Process, v.Exchange, v.Peer), i) })
	each(&s.Messages, func(i Slot, v *Message) { x.message.put(uint64(v.ID), i) })
	each(&s.Calls, func(i Slot, v *Call) { x.call.put(idKey(v.ID), i) })
	each(&s.Runs, func(i Slot, v *Run) { x.run.put(runKey(v.Process, v.RPC, v.Msg), i) })
	each(&s.Rests, func(i Slot, v *Rest) { x.rest.put(idKey(v.ID), i) })
	each(&s.Methods, func(i Slot, v *Method) { x.method.put(uint64(v.Name)<<8|uint64(v.Class), i) })
}

//go:noinline
func each[T any](t *Table[T], do func(Slot, *T)) {
	for i := Slot(1); i < t.Cap(); i++ {
		if t.Live(i) {
			do(i, t.At(i))
		}
	}
}
