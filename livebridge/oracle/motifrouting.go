package oracle

import (
	"strings"

	"rpcscope/engine/amqp"
	"rpcscope/engine/flow"
)

// Motifs about exchanges, bindings and policies.

// diamond: two ways from one exchange to another, and one back.
func (g *generator) diamond() {
	top, left := g.newExchange("fanout", 0), g.newExchange("topic", 0)
	bottom := g.newExchange(pick(g, []string{"fanout", "direct", "topic"}), 0)
	if bottom == "" || left == "" || top == "" {
		return
	}
	for _, w := range [][3]string{{left, top, ""}, {bottom, top, "k"}, {bottom, left, "#"}, {top, bottom, "k1"}} {
		if w[0] == top && g.chance(30) {
			continue
		}
		o := g.op(g.trusted(), amqp.OpExchangeBind)
		o.Queue, o.Exchange, o.Key = w[0], w[1], w[2]
		g.do(o)
	}
	q := g.someQueue()
	g.bind(q, bottom, "k1")
	g.bind(q, top, "k1")
	g.between()
	g.send(g.trusted(), top, "k1")
	g.send(g.trusted(), bottom, "k1")
	if inside := g.newExchange("direct", flow.Internal); inside != "" && g.chance(60) {
		o := g.op(g.trusted(), amqp.OpExchangeBind)
		o.Queue, o.Exchange, o.Key = inside, top, "k1"
		g.do(o)
		g.bind(q, inside, "k1")
		g.send(g.trusted(), top, "k1")
		at := g.trusted()
		g.send(at, inside, "k1")
		if g.m.isOpen(at.conn) && g.m.chanOf(at) == nil {
			g.openChannel(at)
		}
	}
}

// headersChoice: bindings that a message's headers choose among.
func (g *generator) headersChoice() {
	x := g.newExchange("headers", 0)
	if x == "" {
		return
	}
	for range 2 + g.rng.IntN(2) {
		o := g.op(g.trusted(), amqp.OpQueueBind)
		o.Queue, o.Exchange, o.Args = g.someQueue(), x, g.headersArgs()
		g.do(o)
	}
	for range 3 {
		g.send(g.trusted(), x, "", func(o *Op) { o.Message.Headers = g.headerFields(60) })
		g.between()
	}
}

// copies: a sender who names more keys, openly and not, and what becomes of them when the message dies.
func (g *generator) copies() {
	to := g.newQueue(0)
	q := g.newQueue(0, arg("x-dead-letter-exchange", "amq.direct"))
	if q == "" || to == "" {
		return
	}
	g.bind(to, "amq.direct", "k2")
	list := func(keys ...string) amqp.Value {
		v := amqp.Value{Kind: amqp.ArrayValue}
		for _, k := range keys {
			v.Items = append(v.Items, amqp.String(k))
		}
		return v
	}
	g.send(g.trusted(), "", "k1", func(o *Op) {
		o.Message.Headers = amqp.Table{{Key: "BCC", Value: list(q, "k2")}}
		if g.chance(50) {
			o.Message.Headers = append(o.Message.Headers, amqp.Field{Key: "CC", Value: list(to, "k3")})
		}
	})
	g.between()
	g.reject(q, false)
}

// wildcards where they overlap, with keys of many words.
func (g *generator) wildcards() {
	x := g.newExchange("topic", 0)
	if x == "" {
		return
	}
	for range 2 + g.rng.IntN(3) {
		g.bind(g.someQueue(), x, pick(g, []string{"a.#.a", "#.a", "#", "#.#", "a.*.#", "*.#.b", "*", "a.#", "#.b.#"}))
	}
	long := strings.Repeat("a.", 23) + "b"
	for range 3 {
		g.send(g.trusted(), x, pick(g, []string{"a", "a.a", "a.b.a", "b", "", "a.b", "a.", long}), func(o *Op) { o.Flags = flow.Mandatory })
		g.between()
	}
}

// namesakes: an exchange and a queue of one name.
func (g *generator) namesakes() {
	q := g.newQueue(pick(g, []flow.Flags{0, flow.Durable}))
	if q == "" {
		return
	}
	o := g.op(g.trusted(), amqp.OpExchangeDeclare)
	o.Exchange, o.Type = q, pick(g, []string{"fanout", "direct", "topic"})
	if !g.do(o) {
		return
	}
	g.bind(q, q, q)
	g.send(g.trusted(), q, q)
	g.between()
	d := g.op(g.trusted(), pick(g, []Verb{amqp.OpExchangeDelete, amqp.OpQueueDelete}))
	d.Queue, d.Exchange = q, q
	if d.Verb == amqp.OpQueueDelete {
		d.Exchange = ""
	} else {
		d.Queue = ""
	}
	g.do(d)
	g.send(g.trusted(), pick(g, []string{"", q}), q)
}

// policies come and go, and change what queues and exchanges do.
func (g *generator) policies() {
	q := g.newQueue(0)
	x := g.newExchange("direct", 0)
	if q == "" || x == "" {
		return
	}
	set := Op{Verb: SetPolicy, Policy: Policy{Name: "p3", Pattern: "^" + q + "$", ApplyTo: "queues", Priority: policyPriority("p3", 5)}, Args: amqp.Table{arg("max-length", 1)}}
	if g.chance(40) {
		set.Args = append(set.Args, arg("overflow", "reject-publish"))
	}
	if g.chance(55) {
		set.Policy = Policy{Name: "p3", Pattern: x, ApplyTo: pick(g, []string{"all", "exchanges"}), Priority: policyPriority("p3", g.rng.IntN(3))}
		set.Args = amqp.Table{arg("alternate-exchange", "amq.fanout")}
		g.bind(q, "amq.fanout", "")
	}
	before := g.chance(50)
	if before {
		g.do(set)
	}
	for range 3 {
		g.send(g.trusted(), pick(g, []string{"", x}), q)
	}
	if !before {
		g.do(set)
	}
	g.send(g.trusted(), x, "nowhere", func(o *Op) { o.Flags = flow.Mandatory })
	if g.chance(60) {
		g.do(Op{Verb: ClearPolicy, Policy: Policy{Name: "p3"}})
		g.send(g.trusted(), "", q)
	}
}

// shortLives: auto-delete exchanges and queues that fall like dominoes.
func (g *generator) shortLives() {
	x := g.newExchange("fanout", flow.AutoDelete)
	q := g.newQueue(flow.AutoDelete)
	if q == "" || x == "" {
		return
	}
	g.bind(q, x, "")
	g.send(g.trusted(), x, "")
	g.visit(Op{Verb: Connect, Conn: 'K'}, func(at place) {
		g.prefetch(at, g.rng.IntN(2))
		o := g.op(at, amqp.OpBasicConsume)
		o.Queue, o.Tag = q, "brief"
		g.do(o)
		g.send(g.trusted(), x, "")
		o.Verb = amqp.OpBasicCancel
		if g.m.chanOf(at) != nil && g.chance(60) {
			g.do(o)
		}
	})
	g.send(g.trusted(), x, "")
}

// policiesInRank: of two that match only the one of higher priority counts.
func (g *generator) policiesInRank() {
	q := g.newQueue(0)
	if q == "" {
		return
	}
	ranks := []int{7, 8}
	if g.chance(50) {
		ranks = []int{8, 7}
	}
	for i, name := range []string{"p1", "p2"} {
		set := Op{Verb: SetPolicy, Policy: Policy{Name: name, Pattern: "^" + q + "$", ApplyTo: "queues", Priority: policyPriority(name, ranks[i])}}
		set.Args = amqp.Table{arg("max-length", 1+2*i)}
		g.do(set)
	}
	for range 4 {
		g.send(g.trusted(), "", q)
	}
	g.do(Op{Verb: ClearPolicy, Policy: Policy{Name: pick(g, []string{"p1", "p2"})}})
	g.send(g.trusted(), "", q)
}

// deleteOnCondition: deletions that are refused, and then not.
func (g *generator) deleteOnCondition() {
	q := g.newQueue(0)
	x := g.newExchange("direct", 0)
	if q == "" || x == "" {
		return
	}
	g.bind(q, x, "k1")
	g.send(g.trusted(), x, "k1")
	for _, try := range [][2]int{{0, 0}, {1, 0}, {0, 1}} {
		at := g.trusted()
		o := g.op(at, amqp.OpQueueDelete)
		o.Queue, o.Flags = q, flow.IfEmpty
		if try[0] == 1 {
			o = g.op(at, amqp.OpExchangeDelete)
			o.Exchange, o.Flags = x, flow.IfUnused
		} else if try[1] == 1 {
			g.listen(q, 0)
			o.Flags = flow.IfUnused
		}
		g.do(o)
		if g.m.isOpen(at.conn) && g.m.chanOf(at) == nil {
			g.openChannel(at)
		}
	}
}
