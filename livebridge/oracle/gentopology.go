package oracle

import (
	"rpcscope/engine/amqp"
	"rpcscope/engine/flow"
)

// topologyOp declares, binds, unbinds or deletes something.
func (g *generator) topologyOp() {
	at := g.channel()
	switch n := g.rng.IntN(100); {
	case n < 34 || len(g.queues()) == 0:
		g.declareQueue(at)
	case n < 56:
		g.declareExchange(at)
	case n < 84:
		g.bindQueue(at)
	case n < 88:
		g.policy()
	default:
		if g.has(themeBindings) || g.chance(40) {
			g.bindExchange(at)
		} else {
			g.bindQueue(at)
		}
	}
}

func (g *generator) declareQueue(at place) {
	o := g.op(at, amqp.OpQueueDeclare)
	o.Queue = g.queueName()
	if g.chance(6) {
		o.Queue = ""
	}
	for _, f := range []struct {
		flag flow.Flags
		in   int
	}{{flow.Durable, 35}, {flow.AutoDelete, g.likely(themeLifetime, 30, 6)}, {flow.Exclusive, g.likely(themeLifetime, 25, 6)}, {flow.NoWait, 3}} {
		if g.chance(f.in) {
			o.Flags |= f.flag
		}
	}
	if o.Queue == "" {
		o.Flags &^= flow.NoWait
	}
	o.Args = g.queueArgs()
	if g.chance(g.likely(themeQuorum, 60, 1)) {
		g.makeQuorum(&o)
	}
	if i := g.m.top.queues[queueName{firstVHost, o.Queue}]; i != nil && !g.chance(15) {
		// As it is: most programs that declare again do.
		o.Flags, o.Args = i.flags|o.Flags&flow.NoWait, g.m.b.Tables().Table(g.m.names.Intern(i.args))
		if g.chance(30) {
			o.Flags, o.Args = flow.Passive, nil
		}
	}
	g.do(o)
}

// makeQuorum turns a declaration into that of a quorum queue, mostly one that is allowed.
func (g *generator) makeQuorum(o *Op) {
	if !g.chance(7) {
		o.Flags = flow.Durable | o.Flags&flow.NoWait
	}
	var args amqp.Table
	for _, f := range o.Args {
		if f.Key == "x-expires" { // a quorum queue looks at it every five seconds only
			f.Value = amqp.Int(longTTL)
		}
		if f.Key != "x-max-priority" && (f.Key != "x-overflow" || f.Value.Text != "reject-publish-dlx") || g.chance(4) {
			args = append(args, f)
		}
	}
	args = append(args, amqp.Field{Key: "x-queue-type", Value: amqp.String("quorum")})
	if g.chance(50) {
		args = append(args, amqp.Field{Key: "x-delivery-limit", Value: amqp.Int(int64(g.rng.IntN(3)))})
	}
	if o.Queue == "" {
		o.Queue = g.queueName()
	}
	o.Args = args
}

// policy sets or clears one of a few policies.
func (g *generator) policy() {
	if !g.has(themePolicy) && !g.chance(10) {
		return
	}
	o := Op{Verb: SetPolicy, Policy: Policy{Name: pick(g, []string{"p1", "p2"})}}
	if g.chance(25) {
		o.Verb = ClearPolicy
		g.do(o)
		return
	}
	o.Policy.Pattern = pick(g, []string{"^q", "^x", "[12]$", "^q[13]$", ".*", "^x[24]$"})
	o.Policy.ApplyTo = pick(g, []string{"all", "queues", "exchanges"})
	o.Policy.Priority = policyPriority(o.Policy.Name, g.rng.IntN(3))
	for len(o.Args) == 0 {
		for _, f := range []amqp.Field{
			{Key: "max-length", Value: amqp.Int(int64(1 + g.rng.IntN(3)))},
			{Key: "overflow", Value: amqp.String(pick(g, []string{"drop-head", "reject-publish"}))},
			{Key: "dead-letter-exchange", Value: amqp.String(pick(g, []string{"x1", "x2", "amq.fanout"}))},
			{Key: "dead-letter-routing-key", Value: amqp.String(pick(g, plainKeys[:3]))},
			{Key: "alternate-exchange", Value: amqp.String(pick(g, []string{"x1", "x2", "amq.fanout"}))},
			{Key: "max-length-bytes", Value: amqp.Int(int64(20 + g.rng.IntN(60)))},
		} {
			if g.chance(30) {
				o.Args = append(o.Args, f)
			}
		}
	}
	g.do(o)
}

// policyPriority keeps policies of two names apart: which of two of one priority
// applies RabbitMQ leaves open.
func policyPriority(name string, rank int) int { return 10*rank + int(name[len(name)-1]-'0') }

// likely is one chance with a theme, another without.
func (g *generator) likely(t theme, with, without int) int {
	if g.has(t) {
		return with
	}
	return without
}

func (g *generator) queueArgs() (args amqp.Table) {
	add := func(t theme, with, without int, key string, v amqp.Value) bool {
		if !g.chance(g.likely(t, with, without)) {
			return false
		}
		args = append(args, amqp.Field{Key: key, Value: v})
		return true
	}
	add(themeTTL, 45, 4, "x-message-ttl", amqp.Int(pick(g, []int64{shortTTL, shortTTL, shortTTL, 0, longTTL})))
	add(themeExpires, 25, 1, "x-expires", amqp.Int(pick(g, []int64{shortExpiry, shortExpiry, longTTL})))
	if add(themeLimit, 50, 4, "x-max-length", amqp.Int(int64(g.rng.IntN(4)))) || add(themeLimit, 35, 3, "x-max-length-bytes", amqp.Int(int64(10+g.rng.IntN(60)))) {
		add(themeLimit, 60, 50, "x-overflow", amqp.String(pick(g, []string{"reject-publish", "drop-head", "reject-publish-dlx", "reject-publish"})))
	}
	add(themePriority, 65, 2, "x-max-priority", amqp.Int(int64(1+g.rng.IntN(5))))
	add(themeConsumers, 40, 2, "x-single-active-consumer", amqp.Bool(!g.chance(10)))
	dlx := pick(g, []string{"x1", "x2", "x3", "", "amq.fanout", "x9"})
	if add(themeDeadLetter, 75, 12, "x-dead-letter-exchange", amqp.String(dlx)) {
		key := pick(g, plainKeys)
		if dlx == "" || g.chance(40) {
			key = g.queueName()
		}
		add(themeDeadLetter, 45, 40, "x-dead-letter-routing-key", amqp.String(key))
		if dlx == "" && len(args) > 0 && args[len(args)-1].Key != "x-dead-letter-routing-key" && g.chance(80) {
			args = append(args, amqp.Field{Key: "x-dead-letter-routing-key", Value: amqp.String(g.queueName())})
		}
	}
	return args
}

func (g *generator) declareExchange(at place) {
	o := g.op(at, amqp.OpExchangeDeclare)
	o.Exchange = g.exchangeName()
	kinds := []string{"direct", "fanout", "topic", "headers"}
	if g.has(themeTopic) {
		kinds = append(kinds, "topic", "topic", "topic")
	}
	if g.has(themeHeaders) {
		kinds = append(kinds, "headers", "headers", "headers")
	}
	o.Type = pick(g, kinds)
	for _, f := range []struct {
		flag flow.Flags
		in   int
	}{{flow.Durable, 30}, {flow.AutoDelete, g.likely(themeLifetime, 35, 5)}, {flow.Internal, g.likely(themeBindings, 15, 3)}, {flow.NoWait, 3}} {
		if g.chance(f.in) {
			o.Flags |= f.flag
		}
	}
	if g.chance(g.likely(themeAlternate, 65, 5)) {
		o.Args = amqp.Table{{Key: "alternate-exchange", Value: amqp.String(g.exchangeName())}}
	}
	if i := g.m.top.exchanges[queueName{firstVHost, o.Exchange}]; i != nil && !g.chance(20) {
		o.Type, o.Flags, o.Args = i.kind, i.flags|o.Flags&flow.NoWait, g.m.b.Tables().Table(g.m.names.Intern(i.args))
		if g.chance(20) {
			o.Flags, o.Args = flow.Passive, nil
		}
	}
	g.do(o)
}

func (g *generator) bindQueue(at place) {
	o := g.op(at, amqp.OpQueueBind)
	o.Queue, o.Exchange = g.someQueue(), g.someExchange()
	g.bindingOf(&o)
	g.do(o)
}

func (g *generator) bindExchange(at place) {
	o := g.op(at, amqp.OpExchangeBind)
	o.Queue, o.Exchange = g.someExchange(), g.someExchange()
	if len(o.Queue) > 3 {
		o.Queue = g.exchangeName() // what is predeclared stays as it is
	}
	g.bindingOf(&o)
	g.do(o)
}

// bindingOf gives a binding a key and arguments that suit the source's type.
func (g *generator) bindingOf(o *Op) {
	switch g.kind(o.Exchange) {
	case "topic":
		o.Key = pick(g, patterns)
	case "headers":
		o.Args = g.headersArgs()
	default:
		o.Key = pick(g, plainKeys)
	}
	if g.chance(6) {
		o.Args = append(o.Args, amqp.Field{Key: "note", Value: amqp.Int(int64(g.rng.IntN(2)))})
	}
	if g.chance(3) && o.Verb != amqp.OpQueueUnbind {
		o.Flags |= flow.NoWait
	}
}

func (g *generator) headersArgs() (args amqp.Table) {
	if !g.chance(15) {
		args = append(args, amqp.Field{Key: "x-match", Value: amqp.String(pick(g, []string{"all", "any", "all", "any", "all-with-x", "any-with-x"}))})
	}
	return append(args, g.headerFields(30)...)
}

// headerFields are some of the headers that messages and bindings have in common.
func (g *generator) headerFields(chance int) (t amqp.Table) {
	for _, f := range []struct {
		key    string
		values []amqp.Value
	}{
		{"a", []amqp.Value{amqp.Int(1), amqp.Int(2), amqp.String("1")}},
		{"b", []amqp.Value{amqp.String("x"), amqp.String("y"), {}}},
		{"x-c", []amqp.Value{amqp.Int(1), amqp.Bool(true)}},
		{"d", []amqp.Value{amqp.Bool(true), amqp.Bool(false)}},
	} {
		if g.chance(chance) {
			t = append(t, amqp.Field{Key: f.key, Value: pick(g, f.values)})
		}
	}
	return t
}

// binding picks one that exists.
func (g *generator) binding() (w bindingInfo, ok bool) {
	var all []bindingInfo
	for b := range g.m.top.bindings {
		if b.vhost == firstVHost {
			all = append(all, b)
		}
	}
	if len(all) == 0 {
		return w, false
	}
	sortBindings(all)
	return pick(g, all), true
}

func (g *generator) unbind(at place) {
	w, ok := g.binding()
	if !ok {
		return
	}
	o := g.op(at, amqp.OpQueueUnbind)
	if w.toExchange {
		o.Verb = amqp.OpExchangeUnbind
	}
	o.Exchange, o.Queue, o.Key = w.source, g.m.tidy(w.dest), g.m.tidy(w.key)
	o.Args = g.m.b.Tables().Table(g.m.names.Intern(w.args))
	if g.chance(10) {
		o.Key = pick(g, plainKeys)
	}
	g.do(o)
}
