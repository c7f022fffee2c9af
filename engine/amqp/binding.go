package amqp

import "rpcscope/engine/flow"

// bindOrUnbind is queue.bind, exchange.bind and their opposites; the checks come in RabbitMQ's order.
func (b *Broker) bindOrUnbind(cn *conn, ch *channel, m *Method) {
	toExchange := m.Op == OpExchangeBind || m.Op == OpExchangeUnbind
	kind, key := "exchange", m.Key
	if !toExchange {
		kind = "queue"
		named := m.Queue != 0
		if !b.expandQueue(cn, ch, m) {
			return
		}
		if !named && key == 0 { // both left out: the queue's name (AMQP 0-9-1, queue.bind.routing-key)
			key = m.Queue
		}
	}
	m.Queue, m.Exchange = b.stripped(m.Queue), b.stripped(m.Exchange)
	if !b.allowed(cn, ch, mayWrite, kind, m.Queue, m.Op) ||
		toExchange && !b.notDefault(cn, ch, m.Queue, m.Op) || !b.notDefault(cn, ch, m.Exchange, m.Op) ||
		!b.allowed(cn, ch, mayRead, "exchange", m.Exchange, m.Op) {
		return
	}
	x := b.findExchange(cn.vhost, m.Exchange)
	if x != nil && !b.allowedTopic(cn, ch, mayRead, x, key, m.Op) {
		return
	}
	remove := m.Op == OpExchangeUnbind || m.Op == OpQueueUnbind
	want := bindingKey{key: key, args: m.Args, toExchange: toExchange}
	missing := b.bindingEnds(cn, m, x, &want)
	switch {
	case missing != "" && !remove:
		b.fail(cn, ch, notFound, "no "+missing, m.Op)
		return
	case missing != "": // unbinding from or of what is not there succeeds
	case remove && !b.unbind(cn, ch, m, want), !remove && !b.bind(cn, ch, m, want):
		return
	}
	b.okUnless(cn, m, &Method{Op: m.Op + 1})
}

// bindingEnds finds source and destination; it names the first that is missing.
func (b *Broker) bindingEnds(cn *conn, m *Method, x *exchange, want *bindingKey) (missing string) {
	if x == nil {
		return b.rs("exchange", m.Exchange, cn.vhost)
	}
	want.source = x.id
	if want.toExchange {
		d := b.findExchange(cn.vhost, m.Queue)
		if d == nil {
			return b.rs("exchange", m.Queue, cn.vhost)
		}
		want.dest = d.id
		return ""
	}
	q := b.findQueue(cn.vhost, m.Queue)
	if q == nil {
		return b.rs("queue", m.Queue, cn.vhost)
	}
	want.dest = q.id
	return ""
}

// bind is false when an error was sent.
func (b *Broker) bind(cn *conn, ch *channel, m *Method, want bindingKey) bool {
	if bad := b.badMatch(want); bad != "" {
		b.fail(cn, ch, preconditionFailed, bad, m.Op)
		return false
	}
	if !want.toExchange && !b.mayUse(cn, ch, b.queues.get(want.dest), m.Op) {
		return false
	}
	if b.bound[want] == 0 {
		b.addBinding(cn, m, want)
	}
	return true
}

// unbind is false when an error was sent.
func (b *Broker) unbind(cn *conn, ch *channel, m *Method, want bindingKey) bool {
	id := b.bound[want]
	if id == 0 {
		return true
	}
	if !want.toExchange && !b.mayUse(cn, ch, b.queues.get(want.dest), m.Op) {
		return false
	}
	b.removeBinding(id)
	return true
}

func (b *Broker) addBinding(cn *conn, m *Method, want bindingKey) {
	var id uint32
	if n := len(b.freeBinds); n > 0 {
		id, b.freeBinds = b.freeBinds[n-1], b.freeBinds[:n-1]
	} else {
		b.bindings = append(b.bindings, binding{})
		id = uint32(len(b.bindings) - 1)
	}
	x := b.exs.get(want.source)
	in := b.inOf(want.dest, want.toExchange)
	b.bindings[id] = binding{
		source: want.source, dest: want.dest, key: want.key, args: want.args, toExchange: want.toExchange,
		outPos: uint32(len(x.out)), inPos: uint32(len(*in)),
	}
	x.out = append(x.out, id)
	*in = append(*in, id)
	b.bound[want] = id
	b.link(x, id)
	e := b.clientEvent(flow.Bind, cn, m.Channel)
	b.describe(e, id)
	b.emit()
}

// inOf is the list of the bindings to a destination.
func (b *Broker) inOf(dest uint32, toExchange bool) *[]uint32 {
	if toExchange {
		return &b.exs.get(dest).in
	}
	return &b.queues.get(dest).in
}

// describe fills an event with a binding's source, destination, key and arguments.
func (b *Broker) describe(e *flow.Event, id uint32) {
	w := &b.bindings[id]
	e.Exchange, e.Key, e.Args = b.exs.get(w.source).name, w.key, w.args
	if w.toExchange {
		e.Queue = b.exs.get(w.dest).name
		e.Flags |= flow.ToExchange
	} else {
		e.Queue = b.queues.get(w.dest).name
	}
}

// removeBinding takes a binding away, and with it an auto-delete source that has
// no other – unless the node stops, which leaves durable sources alone.
func (b *Broker) removeBinding(id uint32) {
	w := &b.bindings[id]
	x := b.exs.get(w.source)
	if x.flags&flow.AutoDelete != 0 && len(x.out) == 1 && !x.gone && !b.stopped {
		// RabbitMQ announces the exchange's end before the binding's.
		b.unlink(x, id)
		b.detach(id)
		b.deleteExchange(x, b.known.autoDelete)
		b.reportUnbind(x, id)
	} else {
		b.unlink(x, id)
		b.detach(id)
		b.reportUnbind(x, id)
	}
	b.freeBinds = append(b.freeBinds, id)
}

func (b *Broker) reportUnbind(x *exchange, id uint32) {
	b.describe(b.event(flow.Unbind, x.vhost), id)
	b.emit()
}

// detach takes a binding out of the lists of both its ends.
func (b *Broker) detach(id uint32) {
	w := &b.bindings[id]
	out := &b.exs.get(w.source).out
	last := (*out)[len(*out)-1]
	(*out)[w.outPos] = last
	b.bindings[last].outPos = w.outPos
	*out = (*out)[:len(*out)-1]

	in := b.inOf(w.dest, w.toExchange)
	last = (*in)[len(*in)-1]
	(*in)[w.inPos] = last
	b.bindings[last].inPos = w.inPos
	*in = (*in)[:len(*in)-1]
	delete(b.bound, w.identity())
}
