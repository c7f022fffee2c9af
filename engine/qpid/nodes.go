package qpid

import (
	"rpcscope/engine/flow"
	"rpcscope/engine/sim"
	"rpcscope/engine/transport"
)

type exchange struct {
	name, kind flow.Name
	bindings   []binding
	autoDelete bool
	alive      bool
}

type binding struct {
	key   flow.Name
	queue flow.Name
}

type queue struct {
	name  flow.Name
	ready []copied
	links []linkID // whose turn it is comes first
	class flow.Class
	flags flow.Flags
	alive bool
}

// copied is a message's place in a queue.
type copied struct {
	message int32
	again   bool
}

func (b *Broker) exchangeOf(name flow.Name) *exchange {
	for i := range b.exchanges {
		if x := &b.exchanges[i]; x.name == name && x.alive {
			return x
		}
	}
	return nil
}

func (b *Broker) queueOf(name flow.Name) *queue {
	for i := range b.queues {
		if q := &b.queues[i]; q.name == name && q.alive {
			return q
		}
	}
	return nil
}

// ensure makes the exchange that an address names when it is not there. In
// version 2 it is the broker's own, which is told of when it is first used.
func (b *Broker) ensure(now int64, p int32, n *node) *exchange {
	if x := b.exchangeOf(n.exchange); x != nil {
		return x
	}
	b.exchanges = append(b.exchanges, exchange{name: n.exchange, kind: n.kind, autoDelete: !n.own, alive: true})
	e := flow.Event{Kind: flow.ExchangeDeclare, Exchange: n.exchange, Label: n.kind, Flags: flow.AutoDelete}
	if n.kind == b.words.direct {
		e.Class = flow.ClassReply
	}
	switch {
	case n.own:
		e.Flags = flow.Durable
	case n.durable:
		e.Flags |= flow.Durable
	}
	b.emitOf(now, p, e, nil)
	return &b.exchanges[len(b.exchanges)-1]
}

// attach makes what a receiver's address asks for and lets the link receive.
func (b *Broker) attach(now int64, p, i int32) {
	v := &b.peers[p]
	l := &v.links[i]
	x := b.ensure(now, p, &l.node)
	l.queue = l.name
	if l.queue == 0 { // the library names it
		l.queue = b.names.Intern(l.target.Topic + "_fanout_" + flow.ID(b.rand.UUID()).String())
	}
	q := b.queueOf(l.queue)
	if q == nil {
		f := flow.Flags(0)
		for _, s := range [...]struct {
			is  bool
			bit flow.Flags
		}{{l.exclusive, flow.Exclusive}, {l.autoDelete, flow.AutoDelete}, {l.durable, flow.Durable}} {
			if s.is {
				f |= s.bit
			}
		}
		b.queues = append(b.queues, queue{name: l.queue, class: l.class, flags: f, alive: true})
		q = &b.queues[len(b.queues)-1]
		b.emitOf(now, p, flow.Event{Kind: flow.QueueDeclare, Queue: q.name, Flags: f, Class: l.class}, nil)
	}
	bound := false
	for _, d := range x.bindings {
		bound = bound || d == binding{l.key, l.queue}
	}
	if !bound {
		x.bindings = append(x.bindings, binding{l.key, l.queue})
		b.emitOf(now, p, flow.Event{Kind: flow.Bind, Exchange: x.name, Queue: l.queue, Key: l.key, Class: l.class}, nil)
	}
	l.attached, l.credit = true, max(1, b.set.Capacity)
	q.links = append(q.links, linkID{p, i})
	e := flow.Event{Kind: flow.LinkAttach, Queue: l.queue, Tag: l.queue, Text: l.address, Value: int64(l.credit), Class: l.class}
	if l.exclusive {
		e.Flags = flow.Exclusive
	}
	b.emitOf(now, p, e, nil)
	b.pump(now, q)
	for k := 0; k < len(v.opens); k++ {
		if o := v.opens[k]; b.ready(v, o.service) {
			v.opens = append(v.opens[:k], v.opens[k+1:]...)
			b.down(now, act{do: toFinish, peer: p, task: o.task})
			k--
		}
	}
}

// ready reports whether all links of a service are attached.
func (b *Broker) ready(v *peer, service int32) bool {
	for i := range v.links {
		if l := &v.links[i]; l.service == service && !l.attached {
			return false
		}
	}
	return true
}

// publish is a message that has come to the broker: to its exchange, from there to every queue whose binding fits.
func (b *Broker) publish(now int64, p int32, serial uint64) {
	v := &b.peers[p]
	var s *send
	for i := range v.sends {
		if v.sends[i].serial == serial {
			s = &v.sends[i]
		}
	}
	if s == nil {
		return
	}
	n := b.node(&s.to)
	x := b.ensure(now, p, &n)
	b.published++
	id, name := b.published, x.name
	m := s.m.Message
	m.Exchange, m.Key = name, n.key
	e := flow.Event{Kind: flow.Publish, Msg: id, RPC: m.RPC, Class: m.Class, Exchange: name, Key: n.key}
	b.emitOf(now, p, e, &m)
	at := b.keep(message{Message: m, id: id, body: s.m.Body, copies: 1})
	if m.Expiration >= 0 {
		b.queue.Push(sim.Item{At: now + m.Expiration, Kind: kindExpires, A: uint32(at), B: b.messages[at].gen})
	}
	routed := false
	for _, d := range append([]binding(nil), x.bindings...) {
		if d.key != n.key && x.kind != b.words.fanout {
			continue
		}
		q := b.queueOf(d.queue)
		if q == nil {
			continue
		}
		routed = true
		b.emit(now, flow.Event{Kind: flow.Route, Msg: id, RPC: m.RPC, Class: m.Class, Exchange: name, Queue: q.name, Key: d.key}, nil)
		b.messages[at].copies++
		q.ready = append(q.ready, copied{message: at})
		b.emit(now, flow.Event{Kind: flow.Enqueue, Msg: id, RPC: m.RPC, Class: m.Class, Queue: q.name, Value: int64(len(q.ready))}, nil)
	}
	if !routed {
		b.emit(now, flow.Event{Kind: flow.Route, Flags: flow.NoRoute, Msg: id, RPC: m.RPC, Class: m.Class, Exchange: name, Key: n.key}, nil)
	}
	b.release(at)
	b.down(now, act{do: toFinish, peer: p, task: s.task, n: serial})
	for i := range b.queues {
		if q := &b.queues[i]; q.alive && len(q.ready) > 0 {
			b.pump(now, q)
		}
	}
}

// confirmed forgets a message that the broker has.
func (b *Broker) confirmed(p int32, serial uint64) {
	v := &b.peers[p]
	for i := range v.sends {
		if v.sends[i].serial == serial && serial != 0 {
			v.sends = append(v.sends[:i], v.sends[i+1:]...)
			return
		}
	}
}

// pump delivers what waits to links that have credit, in turn.
func (b *Broker) pump(now int64, q *queue) {
	for len(q.ready) > 0 {
		at := -1
		for i, id := range q.links {
			if b.peers[id.peer].links[id.link].credit > 0 {
				at = i
				break
			}
		}
		if at < 0 {
			return
		}
		id := q.links[at]
		q.links = append(append(q.links[:at], q.links[at+1:]...), id)
		c := q.ready[0]
		q.ready = append([]copied(nil), q.ready[1:]...)
		l := &b.peers[id.peer].links[id.link]
		l.credit--
		l.held = append(append([]copied(nil), l.held...), c)
		b.serial++
		l.tag = b.serial
		m := &b.messages[c.message]
		e := flow.Event{Kind: flow.Deliver, Msg: m.id, RPC: m.RPC, Class: m.Class, Queue: q.name, Tag: q.name, Value: int64(l.tag)}
		if c.again {
			e.Flags = flow.Redelivered
		}
		b.emitOf(now, id.peer, e, nil)
		b.down(now, act{do: toDeliver, peer: id.peer, delivery: transport.Delivery{
			Peer: id.peer, Service: l.service, Body: m.body, Msg: m.id, Redelivered: c.again,
			Tag: uint64(id.peer)<<44 | uint64(id.link)<<32 | uint64(c.message) + 1,
		}})
	}
}

// Settle implements [transport.Carrier]: the session acknowledges a delivery.
func (b *Broker) Settle(now int64, tag uint64) {
	if tag == 0 {
		return
	}
	if p := int32(tag >> 44); b.peers[p].state == connected {
		b.up(now, act{do: toSettle, peer: p, n: tag})
	}
}

func (b *Broker) settled(now int64, tag uint64) {
	p, i, at := int32(tag>>44), int32(tag>>32&0xfff), int32(tag&0xffffffff)-1
	if int(i) >= len(b.peers[p].links) {
		return
	}
	l := &b.peers[p].links[i]
	for k, c := range l.held {
		if c.message != at {
			continue
		}
		l.held = append(append([]copied(nil), l.held[:k]...), l.held[k+1:]...)
		l.credit++
		m := &b.messages[at]
		b.emitOf(now, p, flow.Event{Kind: flow.Ack, Msg: m.id, RPC: m.RPC, Class: m.Class, Queue: l.queue, Tag: l.queue, Value: int64(l.tag)}, nil)
		b.release(at)
		if q := b.queueOf(l.queue); q != nil {
			b.pump(now, q)
		}
		return
	}
}

// expire ends a message whose time to live is over wherever it still waits.
func (b *Broker) expire(now int64, at int32, gen uint32) {
	if b.messages[at].gen != gen || b.messages[at].copies == 0 {
		return
	}
	for i := range b.queues {
		q := &b.queues[i]
		for k := 0; k < len(q.ready) && q.alive; k++ {
			if q.ready[k].message == at {
				q.ready = append(append([]copied(nil), q.ready[:k]...), q.ready[k+1:]...)
				m := &b.messages[at]
				b.emit(now, flow.Event{Kind: flow.Expire, Msg: m.id, RPC: m.RPC, Class: m.Class, Queue: q.name}, nil)
				b.release(at)
				break
			}
		}
	}
}
