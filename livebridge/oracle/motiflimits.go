package oracle

import (
	"rpcscope/engine/amqp"
	"rpcscope/engine/flow"
)

// Motifs about limits of virtual hosts, users and channels, and connections that operators close.

// forced: an operator closes a connection, and what it held goes back.
func (g *generator) forced() {
	q := g.newQueue(0)
	if q == "" {
		return
	}
	at := g.trusted()
	for range 2 {
		g.send(at, "", q)
	}
	if !g.do(Op{Verb: Connect, Conn: 'K'}) || !g.m.isOpen('K') {
		return
	}
	k := place{'K', 1}
	g.do(g.op(k, amqp.OpChannelOpen))
	get := g.op(k, amqp.OpBasicGet)
	get.Queue = q
	g.do(get)
	g.between()
	g.do(Op{Verb: ForceClose, Conn: 'K'})
	if g.m.chanOf(at) != nil {
		get = g.op(at, amqp.OpBasicGet)
		get.Queue = q
		g.do(get)
	}
}

// bounded does something under a limit, which is lifted again.
func (g *generator) bounded(limit Verb, n int, do func()) {
	g.rest()
	if g.burst > 0 || !g.do(Op{Verb: limit, Count: n}) {
		return
	}
	do()
	g.rest()
	g.do(Op{Verb: limit, Count: -1})
}

// tooManyQueues: a virtual host that takes no queue more, but knows those that are there.
func (g *generator) tooManyQueues() {
	n := len(g.queues())
	if g.chance(25) {
		n++
	}
	g.bounded(LimitQueues, n, func() {
		for i := range 2 {
			at := g.trusted()
			if g.m.chanOf(at) == nil {
				return
			}
			o := g.op(at, amqp.OpQueueDeclare)
			o.Queue = pick(g, []string{"q8", "q9", "q10"})
			if i == 0 && g.chance(20) {
				o.Queue = g.someQueue()
			}
			g.do(o)
			if g.m.isOpen(at.conn) && g.m.chanOf(at) == nil {
				g.openChannel(at)
			}
		}
	})
}

// noneLetIn: a virtual host that takes no connection more.
func (g *generator) noneLetIn() {
	g.bounded(LimitConnections, 0, func() { g.do(Op{Verb: Connect, Conn: 'L', User: pick(g, []string{"", limitedUser, boundUser})}) })
	g.visit(Op{Verb: Connect, Conn: 'L'}, func(place) {})
}

// noMoreChannels: a user who may not open any.
func (g *generator) noMoreChannels() {
	if !g.do(Op{Verb: Connect, Conn: 'M', User: boundUser}) || !g.m.isOpen('M') {
		return
	}
	at := place{'M', 1}
	if g.chance(50) {
		g.do(g.op(at, amqp.OpChannelOpen))
		g.send(at, "", g.someQueue())
		at.ch = 2
	}
	g.bounded(LimitChannels, 0, func() { g.do(g.op(at, amqp.OpChannelOpen)) })
	if g.m.isOpen('M') {
		g.do(Op{Verb: amqp.OpConnectionClose, Conn: 'M'})
	}
}

// refusedByChannel: a quorum queue that is full tells its publishers so, each for itself.
func (g *generator) refusedByChannel() {
	q := g.newQueue(flow.Durable, arg("x-queue-type", "quorum"), arg("x-overflow", "reject-publish"), arg("x-max-length", pick(g, []int{1, 2, 5})))
	feeder := g.newQueue(0, arg("x-dead-letter-exchange", ""), arg("x-dead-letter-routing-key", q))
	if q == "" || feeder == "" {
		return
	}
	at := g.trusted()
	if ch := g.m.chanOf(at); ch != nil && !ch.transacted {
		g.do(g.op(at, amqp.OpConfirmSelect))
	}
	publish := func(n int) {
		for range n {
			g.send(at, "", q)
		}
	}
	publish(pick(g, []int{3, 4, 7}))
	take := func() {
		o := g.op(g.trusted(), amqp.OpBasicGet)
		o.Queue, o.Flags = q, pick(g, []flow.Flags{0, flow.NoAck})
		g.do(o)
	}
	set := Op{Verb: SetPolicy, Policy: Policy{Name: "p4", Pattern: "^" + q + "$", ApplyTo: "queues", Priority: policyPriority("p4", 7)}}
	for range 4 {
		switch g.rng.IntN(7) {
		case 0:
			take()
		case 1:
			g.send(g.trusted(), "", feeder)
			g.reject(feeder, false)
		case 2:
			g.send(g.trusted(), "", q)
		case 3:
			set.Args = amqp.Table{arg("max-length", g.rng.IntN(3))}
			if g.chance(30) {
				set.Args = append(set.Args, arg("overflow", "drop-head"))
			}
			g.do(set)
		case 4:
			g.do(Op{Verb: ClearPolicy, Policy: Policy{Name: "p4"}})
		case 5:
			g.reject(q, true)
		case 6:
			o := g.op(g.trusted(), amqp.OpQueuePurge)
			o.Queue = q
			g.do(o)
		}
		publish(1)
		g.between()
	}
}
