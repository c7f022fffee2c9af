package oracle

import (
	"strings"

	"rpcscope/engine/amqp"
	"rpcscope/engine/flow"
)

// Motifs about what operators set: virtual hosts, users, rights and policies.

// visit does something on a connection of its own, which is closed in the end.
func (g *generator) visit(connect Op, do func(at place)) {
	if g.m.isOpen(connect.Conn) || !g.do(connect) || !g.m.isOpen(connect.Conn) {
		return
	}
	at := place{connect.Conn, 1}
	g.do(g.op(at, amqp.OpChannelOpen))
	do(at)
	g.do(Op{Verb: amqp.OpConnectionClose, Conn: connect.Conn})
}

// elsewhere: the same names in another virtual host mean other things.
func (g *generator) elsewhere() {
	q, x := g.queueName(), g.exchangeName()
	if i := g.m.top.queues[queueName{firstVHost, q}]; i != nil && isQuorum(i.args) {
		return
	}
	here := g.trusted()
	g.visit(Op{Verb: Connect, Conn: 'D', VHost: otherVHost}, func(at place) {
		d := g.op(at, amqp.OpQueueDeclare)
		d.Queue = q
		g.do(d)
		e := g.op(at, amqp.OpExchangeDeclare)
		e.Exchange, e.Type = x, "fanout"
		g.do(e)
		if g.m.chanOf(at) == nil {
			return
		}
		b := g.op(at, amqp.OpQueueBind)
		b.Queue, b.Exchange = q, x
		g.do(b)
		g.send(at, x, "k1", func(o *Op) { o.Flags = flow.Mandatory })
		g.send(here, "", q, func(o *Op) { o.Flags = flow.Mandatory })
		get := g.op(at, amqp.OpBasicGet)
		get.Queue = q
		for range 2 {
			g.do(get)
		}
		g.send(at, "", q)
	})
}

// strangers are not let in.
func (g *generator) strangers() {
	o := Op{Verb: Connect, Conn: 'E'}
	switch g.rng.IntN(3) {
	case 0:
		o.VHost = "v9"
	case 1:
		o.User = "u9"
	case 2:
		o.VHost, o.User = otherVHost, limitedUser
	}
	g.do(o)
}

// guestOfLittle does something as the user who may not do all.
func (g *generator) guestOfLittle(do func(at place)) {
	g.visit(Op{Verb: Connect, Conn: 'F', User: limitedUser}, func(at place) {
		for range 2 {
			do(at)
			if g.m.isOpen(at.conn) && g.m.chanOf(at) == nil {
				g.do(g.op(at, amqp.OpChannelOpen))
			}
		}
	})
}

// trespass: what needs a right that the user has not.
func (g *generator) trespass() {
	g.guestOfLittle(func(at place) {
		o := g.op(at, pick(g, []Verb{amqp.OpQueueDeclare, amqp.OpExchangeDeclare, amqp.OpBasicPublish, amqp.OpBasicGet, amqp.OpBasicConsume, amqp.OpQueueBind}))
		o.Queue, o.Type = pick(g, []string{"q3", "q4", "q5"}), "fanout"
		switch o.Verb {
		case amqp.OpExchangeDeclare:
			o.Exchange = pick(g, []string{"x3", "x4", "x1"})
		case amqp.OpBasicPublish:
			g.sent++
			o.Exchange, o.Message = pick(g, []string{"x4", "amq.fanout", "x1"}), &Message{Number: g.sent, Expiration: -1}
		case amqp.OpQueueBind:
			o.Exchange = pick(g, []string{"x2", "x4", "amq.fanout"})
		}
		g.do(o)
	})
}

// topicRights narrow the keys at a topic exchange.
func (g *generator) topicRights() {
	q := g.newQueue(0)
	g.bind(q, "amq.topic", "#")
	g.guestOfLittle(func(at place) {
		if g.chance(30) && (q == "q1" || q == "q2") {
			b := g.op(at, amqp.OpQueueBind)
			b.Queue, b.Exchange, b.Key = q, "amq.topic", pick(g, []string{"a.*", "*.b"})
			g.do(b)
			return
		}
		g.send(at, "amq.topic", pick(g, []string{"a.b", "b.a", "k1"}))
	})
}

// plainClient is one that would not understand that its consumer is cancelled.
func (g *generator) plainClient() {
	q := g.newQueue(0)
	if q == "" {
		return
	}
	remover := g.trusted()
	g.visit(Op{Verb: Connect, Conn: 'G', Plain: true}, func(at place) {
		c := g.op(at, amqp.OpBasicConsume)
		g.tags++
		c.Queue, c.Tag = q, "plain"
		g.do(c)
		g.send(g.trusted(), "", q)
		d := g.op(remover, amqp.OpQueueDelete)
		d.Queue = q
		if g.m.chanOf(remover) != nil {
			g.do(d)
		}
		c.Tag = "late"
		g.do(c)
	})
}

// policyForOne sets one kind of setting for one queue, sees it work and takes it back.
func (g *generator) policyForOne() {
	to := g.newQueue(0)
	set := Op{Verb: SetPolicy, Policy: Policy{Name: "p3", ApplyTo: "queues", Priority: policyPriority("p3", 6)}}
	clear := Op{Verb: ClearPolicy, Policy: Policy{Name: "p3"}}
	if g.chance(40) {
		set.Verb, clear.Verb = SetOperatorPolicy, ClearOperatorPolicy
	}
	kind := pick(g, []int{0, 1, 2, 2, 3})
	var q string
	if kind == 3 {
		q = g.newQueue(flow.Durable, arg("x-queue-type", "quorum"), arg("x-dead-letter-exchange", ""), arg("x-dead-letter-routing-key", to))
	} else {
		q = g.newQueue(0, arg("x-max-length", 5))
	}
	if q == "" || to == "" {
		return
	}
	set.Policy.Pattern = "^" + q + "$"
	switch kind {
	case 0:
		set.Args = amqp.Table{arg("message-ttl", shortTTL)}
	case 1:
		set.Args = amqp.Table{arg("expires", shortExpiry)}
	case 2:
		set.Args = amqp.Table{arg("max-length", 1)}
		if set.Verb == SetPolicy {
			set.Args = append(set.Args, arg("dead-letter-exchange", ""), arg("dead-letter-routing-key", to))
		}
	case 3:
		set.Args = amqp.Table{arg("delivery-limit", 0)}
	}
	at := g.trusted()
	g.send(at, "", q)
	g.do(set)
	g.send(at, "", q)
	g.rest()
	if kind > 1 {
		g.reject(q, kind == 3)
	}
	g.do(clear)
}

// keyTooLong: a dead letter whose new key fits no delivery, which ends the connection that is to get it.
func (g *generator) keyTooLong() {
	x, to := g.newExchange("fanout", 0), g.newQueue(0)
	if x == "" || to == "" {
		return
	}
	g.bind(to, x, "")
	q := g.newQueue(0, arg("x-dead-letter-exchange", x), arg("x-dead-letter-routing-key", strings.Repeat("k", 256)))
	if q == "" {
		return
	}
	g.send(g.trusted(), "", q)
	g.reject(q, false)
	g.visit(Op{Verb: Connect, Conn: 'H'}, func(at place) {
		get := g.op(at, amqp.OpBasicGet)
		get.Queue = to
		g.do(get)
	})
	d := g.op(g.trusted(), amqp.OpQueueDelete)
	d.Queue = to
	g.do(d)
}

// hardMistake ends a connection, which comes back.
func (g *generator) hardMistake() {
	at := g.channel()
	if g.holders(at.conn) <= 1 {
		g.mistake(at, hardMistakes)
	}
}

// falseName: a message that says who sent it, truly or not.
func (g *generator) falseName() {
	g.guestOfLittle(func(at place) {
		g.send(at, "", "q1", func(o *Op) { o.Message.UserID = pick(g, []string{limitedUser, "guest", "u9"}) })
	})
}
