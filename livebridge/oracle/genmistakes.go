package oracle

import (
	"rpcscope/engine/amqp"
	"rpcscope/engine/flow"
)

// mistake does something that RabbitMQ refuses, most of the time.
func (g *generator) mistake(at place, among []func(*generator, place) Op) {
	o := pick(g, among)(g, at)
	if o.Verb == amqp.OpNone {
		return
	}
	g.do(o)
	if g.m.isOpen(o.Conn) && g.m.chanOf(place{o.Conn, o.Chan}) == nil {
		g.openChannel(place{o.Conn, o.Chan})
	} else if !g.m.isOpen(o.Conn) {
		g.connect(o.Conn)
		g.openChannel(at)
	}
}

var mistakes = []func(*generator, place) Op{
	func(g *generator, at place) Op { // 404
		o := g.op(at, amqp.OpBasicPublish)
		g.sent++
		o.Exchange, o.Key, o.Message = "x9", "k1", &Message{Number: g.sent, Expiration: -1}
		return o
	},
	func(g *generator, at place) Op { // 404
		o := g.op(at, pick(g, []Verb{amqp.OpQueueDeclare, amqp.OpBasicGet, amqp.OpBasicConsume, amqp.OpQueuePurge}))
		o.Queue = "q9"
		if o.Verb == amqp.OpQueueDeclare {
			o.Flags = flow.Passive
		}
		return o
	},
	func(g *generator, at place) Op { // 404
		o := g.op(at, pick(g, []Verb{amqp.OpQueueBind, amqp.OpExchangeBind}))
		o.Queue, o.Exchange, o.Key = g.someQueue(), "x9", "k1"
		return o
	},
	func(g *generator, at place) Op { // 406
		o := g.op(at, amqp.OpQueueDeclare)
		o.Queue, o.Flags, o.Args = g.someQueue(), pick(g, []flow.Flags{0, flow.Durable, flow.AutoDelete}), g.queueArgs()
		return o
	},
	func(g *generator, at place) Op { // 405
		for q, i := range g.m.top.queues {
			if i.flags&flow.Exclusive == 0 || q.vhost != firstVHost {
				continue
			}
			o := g.op(at, pick(g, []Verb{amqp.OpQueueDeclare, amqp.OpBasicGet, amqp.OpBasicConsume, amqp.OpQueueDelete, amqp.OpQueuePurge}))
			o.Queue = g.firstExclusive()
			if o.Verb == amqp.OpQueueDeclare && g.chance(50) {
				o.Flags = flow.Passive
			}
			return o
		}
		return Op{}
	},
	func(g *generator, at place) Op { // 406
		o := g.op(at, amqp.OpExchangeDeclare)
		o.Exchange, o.Type = g.someExchange(), pick(g, []string{"direct", "fanout", "topic", "headers"})
		o.Flags = pick(g, []flow.Flags{0, flow.Durable, flow.AutoDelete, flow.Internal})
		return o
	},
	func(g *generator, at place) Op { // 503
		o := g.op(at, amqp.OpExchangeDeclare)
		o.Exchange, o.Type = g.exchangeName(), "x-tree"
		return o
	},
	func(g *generator, at place) Op { // 403
		o := g.op(at, amqp.OpExchangeDeclare)
		o.Exchange, o.Type = "amq.mine", "direct"
		return o
	},
	func(g *generator, at place) Op { // 403
		o := g.op(at, pick(g, []Verb{amqp.OpQueueBind, amqp.OpQueueUnbind, amqp.OpExchangeDelete, amqp.OpExchangeDeclare}))
		o.Queue, o.Key, o.Type = g.someQueue(), "k1", "direct"
		return o
	},
	func(g *generator, at place) Op { // 403
		o := g.op(at, pick(g, []Verb{amqp.OpExchangeDelete, amqp.OpQueueDeclare}))
		o.Exchange, o.Queue = "amq.direct", "amq.mine"
		return o
	},
	func(g *generator, at place) Op { // 406
		o := g.op(at, pick(g, []Verb{amqp.OpBasicAck, amqp.OpBasicNack, amqp.OpBasicReject}))
		o.Delivery.Raw = 77
		if o.Verb != amqp.OpBasicReject && g.chance(30) {
			o.Flags = flow.Multiple
		}
		return o
	},
	func(g *generator, at place) Op { // 504
		return g.op(at, amqp.OpChannelOpen)
	},
	func(g *generator, at place) Op { // 504
		o := g.op(place{at.conn, 3}, amqp.OpBasicGet)
		o.Queue = g.someQueue()
		return o
	},
	func(g *generator, at place) Op { // 530
		for k := range g.consumers {
			if k.at == at {
				o := g.op(at, amqp.OpBasicConsume)
				o.Queue, o.Tag = g.someQueue(), g.firstTag(at)
				return o
			}
		}
		return Op{}
	},
	func(g *generator, at place) Op { // 403: a queue that has consumers
		o := g.op(at, amqp.OpBasicConsume)
		g.tags++
		o.Queue, o.Tag, o.Flags = g.someQueue(), "c0", flow.Exclusive
		return o
	},
	func(g *generator, at place) Op { // 403: an internal exchange
		for x, i := range g.m.top.exchanges {
			if i.flags&flow.Internal != 0 && x.name == g.firstInternal() {
				o := g.op(at, amqp.OpBasicPublish)
				g.sent++
				o.Exchange, o.Key, o.Message = x.name, "k1", &Message{Number: g.sent, Expiration: -1}
				return o
			}
		}
		return Op{}
	},
	func(g *generator, at place) Op { // 540
		return g.op(at, amqp.OpBasicRecover)
	},
	func(g *generator, at place) Op { // 406: arguments that make no sense
		o := g.op(at, amqp.OpQueueDeclare)
		o.Queue = "q8"
		o.Args = amqp.Table{pick(g, []amqp.Field{
			{Key: "x-message-ttl", Value: amqp.Int(-1)},
			{Key: "x-message-ttl", Value: amqp.String("1")},
			{Key: "x-expires", Value: amqp.Int(0)},
			{Key: "x-max-length", Value: amqp.Int(-5)},
			{Key: "x-max-length", Value: amqp.Bool(true)},
			{Key: "x-overflow", Value: amqp.String("spill")},
			{Key: "x-dead-letter-exchange", Value: amqp.Int(3)},
			{Key: "x-dead-letter-routing-key", Value: amqp.String("k")},
			{Key: "x-queue-type", Value: amqp.String("tape")},
			{Key: "x-unknown", Value: amqp.Int(3)},
		})}
		return o
	},
	func(g *generator, at place) Op { // 406: a headers binding that matches nothing known
		o := g.op(at, amqp.OpQueueBind)
		o.Queue, o.Exchange = g.someQueue(), "amq.headers"
		o.Args = amqp.Table{{Key: "x-match", Value: pick(g, []amqp.Value{amqp.String("most"), amqp.Int(1)})}}
		return o
	},
	func(g *generator, at place) Op { // 406: a header that must be a list
		o := g.op(at, amqp.OpBasicPublish)
		g.sent++
		o.Key = g.someQueue()
		o.Message = &Message{Number: g.sent, Expiration: -1, Headers: amqp.Table{{Key: pick(g, []string{"CC", "BCC"}), Value: amqp.String("k1")}}}
		return o
	},
}

// hardMistakes end the connection.
var hardMistakes = []func(*generator, place) Op{
	func(g *generator, at place) Op { // 503
		o := g.op(at, amqp.OpExchangeDeclare)
		o.Exchange, o.Type = g.exchangeName(), "x-tree"
		return o
	},
	func(g *generator, at place) Op { // 504
		if g.chance(50) {
			return g.op(at, amqp.OpChannelOpen)
		}
		o := g.op(place{at.conn, 3}, amqp.OpBasicGet)
		o.Queue = g.someQueue()
		return o
	},
	func(g *generator, at place) Op { // 530
		q := g.newQueue(0)
		o := g.op(at, amqp.OpBasicConsume)
		g.tags++
		o.Queue, o.Tag = q, "twice"
		if q == "" || g.m.chanOf(at) == nil || !g.do(o) || g.m.chanOf(at) == nil {
			return Op{}
		}
		return o
	},
	func(g *generator, at place) Op { // 540
		if g.chance(50) {
			g.sent++
			o := g.op(at, amqp.OpBasicPublish)
			o.Key, o.Flags, o.Message = g.someQueue(), flow.Immediate, &Message{Number: g.sent, Expiration: -1}
			return o
		}
		return g.op(at, amqp.OpBasicRecover)
	},
}

// firstExclusive, firstInternal and firstTag are the first by name, since maps have no order.
func (g *generator) firstExclusive() string {
	for _, q := range g.queues() {
		if i := g.m.top.queues[queueName{firstVHost, g.m.real(q)}]; i != nil && i.flags&flow.Exclusive != 0 {
			return q
		}
	}
	return "q9"
}

func (g *generator) firstInternal() string {
	for _, x := range g.exchanges() {
		if g.m.top.exchanges[queueName{firstVHost, x}].flags&flow.Internal != 0 {
			return x
		}
	}
	return ""
}

func (g *generator) firstTag(at place) string {
	first := ""
	for k := range g.consumers {
		if k.at == at && (first == "" || k.tag < first) {
			first = k.tag
		}
	}
	return first
}
