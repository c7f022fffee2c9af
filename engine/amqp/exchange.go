package amqp

import (
	"strings"

	"rpcscope/engine/flow"
)

// rs names a thing as RabbitMQ's error texts do (rabbit_misc:rs).
func (b *Broker) rs(kind string, name flow.Name, v uint32) string {
	return kind + " '" + b.names.Text(name) + "' in vhost '" + b.names.Text(b.vhosts[v].name) + "'"
}

func (b *Broker) findExchange(v uint32, name flow.Name) *exchange {
	if id := b.exNames.get(pair(v, name)); id != 0 {
		return b.exs.get(id)
	}
	return nil
}

// newExchange makes an exchange without a word about it.
func (b *Broker) newExchange(v uint32, name flow.Name, kind exchangeType, flags flow.Flags, args flow.Name) *exchange {
	id, x := b.exs.alloc()
	*x = exchange{id: id, name: name, vhost: v, kind: kind, typeName: b.known.types[kind], flags: flags, args: args, out: x.out[:0], in: x.in[:0]}
	if ae, ok := b.tables.Table(args).Get("alternate-exchange"); ok {
		x.alternate = b.names.Intern(ae.Text)
	}
	b.exNames.set(pair(v, name), id)
	return x
}

func (b *Broker) exchangeDeclare(cn *conn, ch *channel, m *Method) {
	x := b.findExchange(cn.vhost, m.Exchange)
	name := b.names.Text(m.Exchange)
	kind := -1
	for i, t := range b.known.types {
		if t == m.Type {
			kind = i
		}
	}
	const properties = flow.Durable | flow.AutoDelete | flow.Internal
	switch {
	case m.Exchange == 0:
		b.fail(cn, ch, accessRefused, "operation not permitted on the default exchange", m.Op)
		return
	case x == nil && m.Flags&flow.Passive != 0:
		b.fail(cn, ch, notFound, "no "+b.rs("exchange", m.Exchange, cn.vhost), m.Op)
		return
	case m.Flags&flow.Passive != 0:
	case kind < 0:
		b.failConnection(cn, commandInvalid, "unknown exchange type '"+b.names.Text(m.Type)+"'", m.Op)
		return
	case x == nil && strings.HasPrefix(name, "amq."):
		b.fail(cn, ch, accessRefused, "exchange name '"+name+"' contains reserved prefix 'amq.*'", m.Op)
		return
	case x == nil && b.badAlternate(m) != "":
		b.fail(cn, ch, preconditionFailed, b.badAlternate(m)+b.rs("exchange", m.Exchange, cn.vhost), m.Op)
		return
	case x == nil:
		x = b.newExchange(cn.vhost, m.Exchange, exchangeType(kind), m.Flags&properties, m.Args)
		e := b.clientEvent(flow.ExchangeDeclare, cn, m.Channel)
		e.Exchange, e.Label, e.Flags, e.Args = x.name, x.typeName, x.flags, x.args
		b.emit()
	default:
		if diff := b.unlikeExchange(x, m); diff != "" {
			b.fail(cn, ch, preconditionFailed, diff, m.Op)
			return
		}
	}
	b.okUnless(cn, m, &Method{Op: OpExchangeDeclareOk})
}

// badAlternate says when the argument alternate-exchange is no name.
func (b *Broker) badAlternate(m *Method) string {
	if v, ok := b.tables.Table(m.Args).Get("alternate-exchange"); ok && v.Kind != StringValue {
		return "invalid type '" + v.typeName() + "' for arg 'alternate-exchange' in "
	}
	return ""
}

func (b *Broker) exchangeDelete(cn *conn, ch *channel, m *Method) {
	x := b.findExchange(cn.vhost, m.Exchange)
	switch {
	case m.Exchange == 0:
		b.fail(cn, ch, accessRefused, "operation not permitted on the default exchange", m.Op)
		return
	case strings.HasPrefix(b.names.Text(m.Exchange), "amq."):
		b.fail(cn, ch, accessRefused, "deletion of system "+b.rs("exchange", m.Exchange, cn.vhost)+" not allowed", m.Op)
		return
	case x == nil: // deleting what is not there succeeds, since RabbitMQ 3.2
	case m.Flags&flow.IfUnused != 0 && len(x.out) > 0:
		b.fail(cn, ch, preconditionFailed, b.rs("exchange", m.Exchange, cn.vhost)+" in use", m.Op)
		return
	default:
		b.deleteExchange(x, b.known.deleted)
	}
	b.okUnless(cn, m, &Method{Op: OpExchangeDeleteOk})
}

// deleteExchange removes an exchange with the bindings from and to it; sources
// that are auto-delete and lose their last binding by it follow.
func (b *Broker) deleteExchange(x *exchange, why flow.Name) {
	if x.gone {
		return
	}
	x.gone = true
	e := b.event(flow.ExchangeDelete, x.vhost)
	e.Exchange, e.Label = x.name, why
	b.emit()
	b.exNames.del(pair(x.vhost, x.name))
	for len(x.out) > 0 {
		b.removeBinding(x.out[len(x.out)-1])
	}
	for len(x.in) > 0 {
		b.removeBinding(x.in[len(x.in)-1])
	}
	x.topics = trie{}
	b.exs.release(x.id)
}

func (b *Broker) bindOrUnbind(cn *conn, ch *channel, m *Method) {
	toExchange := m.Op == OpExchangeBind || m.Op == OpExchangeUnbind
	key := m.Key
	if !toExchange && m.Queue == 0 {
		if m.Queue = ch.lastQueue; m.Queue == 0 {
			b.fail(cn, ch, notFound, "no previously declared queue", m.Op)
			return
		}
		if key == 0 { // both left out: the queue's name (AMQP 0-9-1, queue.bind.routing-key)
			key = m.Queue
		}
	}
	if m.Exchange == 0 || toExchange && m.Queue == 0 {
		b.fail(cn, ch, accessRefused, "operation not permitted on the default exchange", m.Op)
		return
	}
	want := bindingKey{key: key, args: m.Args, toExchange: toExchange}
	remove := m.Op == OpExchangeUnbind || m.Op == OpQueueUnbind
	if !b.bindingEnds(cn, ch, m, &want, remove) {
		return
	}
	id := b.bound[want]
	switch {
	case want.source == 0: // unbinding from or of what is not there succeeds
	case remove && id != 0:
		b.removeBinding(id)
	case !remove && id == 0:
		if bad := b.badMatch(want); bad != "" {
			b.fail(cn, ch, preconditionFailed, bad, m.Op)
			return
		}
		b.addBinding(cn, m, want)
	}
	b.okUnless(cn, m, &Method{Op: m.Op + 1})
}

// bindingEnds finds source and destination; false when an error was sent. For
// an unbind, ends that do not exist leave want.source zero.
func (b *Broker) bindingEnds(cn *conn, ch *channel, m *Method, want *bindingKey, remove bool) bool {
	x := b.findExchange(cn.vhost, m.Exchange)
	var missing string
	if x == nil {
		missing = b.rs("exchange", m.Exchange, cn.vhost)
	}
	if want.toExchange {
		if d := b.findExchange(cn.vhost, m.Queue); d != nil {
			want.dest = d.id
		} else if missing == "" {
			missing = b.rs("exchange", m.Queue, cn.vhost)
		}
	} else if q := b.findQueue(cn.vhost, m.Queue); q == nil {
		if missing == "" {
			missing = b.rs("queue", m.Queue, cn.vhost)
		}
	} else if want.dest = q.id; !remove && !b.mayUse(cn, ch, q, m.Op) {
		return false
	}
	if missing == "" {
		want.source = x.id
	} else if !remove {
		b.fail(cn, ch, notFound, "no "+missing, m.Op)
		return false
	}
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

// removeBinding takes a binding away, and with it an auto-delete source that has no other.
func (b *Broker) removeBinding(id uint32) {
	w := &b.bindings[id]
	x := b.exs.get(w.source)
	if x.flags&flow.AutoDelete != 0 && len(x.out) == 1 && !x.gone {
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
