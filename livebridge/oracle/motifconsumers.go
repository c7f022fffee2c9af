package oracle

import (
	"fmt"

	"rpcscope/engine/amqp"
	"rpcscope/engine/flow"
)

// Motifs about consumers.

// consumersInRank: consumers of different priority, of which the first can hold little.
func (g *generator) consumersInRank() {
	q := g.newQueue(0)
	if q == "" {
		return
	}
	for range 2 + g.rng.IntN(2) {
		at := g.trusted()
		g.prefetch(at, 1+g.rng.IntN(2))
		g.listen(q, 0, arg("x-priority", g.rng.IntN(5)-1))
	}
	for range 4 {
		g.send(g.channel(), "", q)
		g.between()
	}
	g.settle()
	g.settle()
}

// oneActive: a single active consumer, its successor, and who gets what.
func (g *generator) oneActive() {
	q := g.newQueue(0, arg("x-single-active-consumer", true))
	if q == "" {
		return
	}
	tag, at := g.listen(q, 0)
	g.listen(q, flow.NoAck)
	g.send(g.channel(), "", q)
	g.send(g.channel(), "", q)
	g.between()
	if g.m.chanOf(at) != nil && g.chance(70) {
		o := g.op(at, amqp.OpBasicCancel)
		o.Tag = tag
		g.do(o)
	}
	g.send(g.channel(), "", q)
	g.settle()
}

// settleMany: several deliveries settled at once.
func (g *generator) settleMany() {
	q := g.newQueue(pick(g, []flow.Flags{0, flow.Durable}))
	if q == "" {
		return
	}
	for range 4 {
		g.send(g.channel(), "", q)
	}
	at := g.trusted()
	g.prefetch(at, 2+g.rng.IntN(3))
	o := g.op(at, amqp.OpBasicConsume)
	g.tags++
	o.Queue, o.Tag = q, fmt.Sprintf("c%d", g.tags)
	g.do(o)
	for range 2 {
		ch := g.m.chanOf(at)
		if ch == nil || len(ch.unacked) == 0 {
			return
		}
		d := ch.unacked[g.rng.IntN(len(ch.unacked))]
		if g.chance(50) {
			d = ch.unacked[len(ch.unacked)-1]
		}
		s := g.op(at, pick(g, []Verb{amqp.OpBasicAck, amqp.OpBasicNack}))
		s.Delivery, s.Flags = Delivery{Number: d.number, Tag: d.consumer}, flow.Multiple
		if s.Verb == amqp.OpBasicNack && g.chance(50) {
			s.Flags |= flow.Requeued
		}
		if ch.find(s.Delivery) == d.tag && !g.splits(&s) {
			g.do(s)
		}
		g.between()
	}
}

// deleteUnderConsumers: a queue goes while others consume from it.
func (g *generator) deleteUnderConsumers() {
	q := g.newQueue(0)
	if q == "" {
		return
	}
	g.listen(q, 0)
	g.listen(q, flow.NoAck)
	g.send(g.channel(), "", q)
	g.between()
	o := g.op(g.trusted(), amqp.OpQueueDelete)
	o.Queue = q
	g.do(o)
	g.settle()
}

// exclusiveConsumer: one who has a queue to itself, and others who may not.
func (g *generator) exclusiveConsumer() {
	q := g.newQueue(0)
	if q == "" {
		return
	}
	tag, at := g.listen(q, flow.Exclusive)
	g.between()
	_, other := g.listen(q, pick(g, []flow.Flags{0, flow.Exclusive}))
	if g.m.isOpen(other.conn) && g.m.chanOf(other) == nil {
		g.openChannel(other)
	}
	if g.m.chanOf(at) == nil {
		return
	}
	o := g.op(at, amqp.OpBasicCancel)
	o.Tag = tag
	g.do(o)
	g.listen(q, 0)
	g.send(g.trusted(), "", q)
}

// limits of what a consumer or a channel may hold.
func (g *generator) limits() {
	q := g.newQueue(0)
	if q == "" {
		return
	}
	at := g.trusted()
	o := g.op(at, amqp.OpBasicQos)
	o.Count, o.Flags = 1+g.rng.IntN(2), pick(g, []flow.Flags{0, flow.Global})
	g.do(o)
	c := g.op(at, amqp.OpBasicConsume)
	g.tags++
	c.Queue, c.Tag = q, fmt.Sprintf("c%d", g.tags)
	g.do(c)
	for range 4 {
		g.send(g.trusted(), "", q)
	}
	g.settle()
	g.settle()
}

// transaction: what is published and settled in one counts at its commit, or never.
func (g *generator) transaction() {
	q := g.newQueue(0)
	if q == "" {
		return
	}
	g.send(g.trusted(), "", q)
	g.visit(Op{Verb: Connect, Conn: 'T'}, func(at place) {
		g.do(g.op(at, amqp.OpTxSelect))
		get := g.op(at, amqp.OpBasicGet)
		get.Queue = q
		g.do(get)
		g.settle()
		g.send(at, "", q, func(o *Op) { o.Flags = pick(g, []flow.Flags{0, flow.Mandatory}) })
		g.send(at, "", "nowhere", func(o *Op) { o.Flags = flow.Mandatory })
		if g.m.chanOf(at) == nil {
			return
		}
		if g.chance(50) {
			g.do(g.op(at, amqp.OpTxRollback))
		}
		g.do(g.op(at, amqp.OpTxCommit))
		g.do(get)
	})
}

// behindTheHead: what has outlived its time stays while something that has not stands before it.
func (g *generator) behindTheHead() {
	q := g.newQueue(0)
	if q == "" {
		return
	}
	at := g.trusted()
	g.send(at, "", q)
	g.send(at, "", q, func(o *Op) { o.Message.Expiration = shortTTL })
	g.rest()
	g.between()
	get := g.op(g.trusted(), amqp.OpBasicGet)
	get.Queue, get.Flags = q, pick(g, []flow.Flags{0, flow.NoAck})
	g.do(get)
}

// backAmongOthers: what is put back stands where it stood.
func (g *generator) backAmongOthers() {
	q := g.newQueue(pick(g, []flow.Flags{0, flow.Durable}))
	if q == "" {
		return
	}
	for range 4 {
		g.send(g.trusted(), "", q)
	}
	g.visit(Op{Verb: Connect, Conn: 'I'}, func(at place) {
		get := g.op(at, amqp.OpBasicGet)
		get.Queue = q
		for range 3 {
			g.do(get)
		}
		ch := g.m.chanOf(at)
		if ch == nil || len(ch.unacked) == 0 {
			return
		}
		d := pick(g, ch.unacked)
		o := g.op(at, amqp.OpBasicNack)
		o.Delivery, o.Flags = Delivery{Number: d.number, Tag: d.consumer}, flow.Requeued
		if ch.find(o.Delivery) == d.tag {
			g.do(o)
		}
		g.do(get)
	})
}
