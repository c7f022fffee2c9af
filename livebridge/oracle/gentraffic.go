package oracle

import (
	"fmt"
	"slices"
	"strings"

	"rpcscope/engine/amqp"
	"rpcscope/engine/flow"
)

// trafficOp is one step of a program's main part.
func (g *generator) trafficOp() {
	at := g.channel()
	switch n := g.rng.IntN(100); {
	case n < 34:
		for range 1 + g.rng.IntN(3) {
			g.publish(at)
		}
	case n < 34+g.likely(themeConsumers, 11, 8):
		g.consume(at)
	case n < 50:
		o := g.op(at, amqp.OpBasicGet)
		o.Queue = g.someQueue()
		if g.chance(30) {
			o.Flags = flow.NoAck
		}
		g.do(o)
	case n < 50+g.likely(themeAcks, 24, 16):
		g.settle()
	case n < 76:
		g.topologyOp()
	case n < 79:
		g.unbind(at)
	case n < 81:
		g.cancel()
	case n < 85:
		g.recover()
	case n < 87:
		o := g.op(at, amqp.OpQueuePurge)
		o.Queue = g.someQueue()
		g.do(o)
	case n < 90:
		g.remove(at)
	case n < 92:
		g.limit(at)
	case n < 94 && g.has(themeTx):
		g.do(g.op(at, pick(g, []Verb{amqp.OpTxCommit, amqp.OpTxCommit, amqp.OpTxRollback})))
	case n < 95:
		g.leave(at)
	default:
		if g.has(themeErrors) || g.chance(35) {
			g.mistake(at, mistakes)
		}
	}
}

func (g *generator) publish(at place) {
	if g.m.chanOf(at) == nil {
		return
	}
	o := g.op(at, amqp.OpBasicPublish)
	o.Exchange = g.someExchange()
	for range 2 { // rather one that leads somewhere
		if !g.leads(o.Exchange) {
			o.Exchange = g.someExchange()
		}
	}
	o.Key = g.keyFor(o.Exchange)
	if g.chance(25) || !g.leads(o.Exchange) && g.chance(60) {
		o.Exchange, o.Key = "", g.someQueue()
	}
	if g.chance(18) {
		o.Flags |= flow.Mandatory
	}
	g.sent++
	o.Message = g.message()
	if g.kind(o.Exchange) == "headers" {
		o.Message.Headers = append(o.Message.Headers, g.headerFields(45)...)
	}
	g.do(o)
}

func (g *generator) message() *Message {
	m := &Message{Number: g.sent, Expiration: -1}
	m.Size = len(m.name())
	if g.chance(25) {
		m.Size = 5 + g.rng.IntN(40)
	}
	m.Persistent = g.chance(25)
	if g.chance(g.likely(themePriority, 75, 12)) {
		m.Priority = g.rng.IntN(7)
	}
	if g.chance(g.likely(themeTTL, 25, 3)) {
		m.Expiration = pick(g, []int{shortTTL, shortTTL, 0, longTTL})
	}
	if g.chance(g.likely(themeCopies, 30, 2)) {
		for _, h := range []string{"CC", "BCC"} {
			if !g.chance(60) {
				continue
			}
			v := amqp.Value{Kind: amqp.ArrayValue}
			for range 1 + g.rng.IntN(2) {
				key := pick(g, plainKeys)
				if g.chance(50) {
					key = g.queueName()
				}
				v.Items = append(v.Items, amqp.String(key))
			}
			m.Headers = append(m.Headers, amqp.Field{Key: h, Value: v})
		}
	}
	return m
}

// leads reports whether an exchange has bindings.
func (g *generator) leads(exchange string) bool {
	for b := range g.m.top.bindings {
		if b.source == exchange {
			return true
		}
	}
	return false
}

// keyFor picks a key that is likely to match a binding of the exchange.
func (g *generator) keyFor(exchange string) string {
	if exchange == "" {
		return g.someQueue()
	}
	var keys []string
	for b := range g.m.top.bindings {
		if b.source == exchange && !strings.ContainsAny(b.key, "*#") {
			keys = append(keys, g.m.tidy(b.key))
		}
	}
	slices.Sort(keys)
	if len(keys) > 0 && g.chance(60) {
		return pick(g, keys)
	}
	return pick(g, plainKeys)
}

func (g *generator) consume(at place) {
	if len(g.queues()) == 0 {
		return
	}
	if g.chance(g.likely(themePrefetch, 50, 15)) {
		g.limit(at)
	}
	if g.m.chanOf(at) == nil {
		return
	}
	o := g.op(at, amqp.OpBasicConsume)
	o.Queue = g.someQueue()
	g.tags++
	o.Tag = fmt.Sprintf("c%d", g.tags)
	if g.chance(20) {
		o.Flags |= flow.NoAck
	}
	if g.chance(6) {
		o.Flags |= flow.Exclusive
	}
	if g.chance(3) {
		o.Flags |= flow.NoWait
	}
	if g.chance(g.likely(themeConsumers, 50, 5)) {
		o.Args = amqp.Table{{Key: "x-priority", Value: amqp.Int(int64(g.rng.IntN(4) - 1))}}
	}
	g.do(o)
}

// limit changes a channel's prefetch.
func (g *generator) limit(at place) {
	if g.m.chanOf(at) == nil {
		return
	}
	o := g.op(at, amqp.OpBasicQos)
	o.Count = g.rng.IntN(4)
	if g.chance(30) {
		o.Flags |= flow.Global
	}
	g.do(o)
}

// holder is an unsettled delivery.
type holder struct {
	at place
	d  delivered
}

func (g *generator) held() (all []holder) {
	for _, l := range sortedLetters(g.m.session) {
		for _, n := range g.m.conns[l].numbers() {
			for _, d := range g.m.conns[l].chans[n].unacked {
				all = append(all, holder{place{l, n}, d})
			}
		}
	}
	return all
}

// settle acknowledges or rejects something that is held.
func (g *generator) settle() {
	all := g.held()
	if len(all) == 0 {
		return
	}
	h := pick(g, all)
	o := g.op(h.at, pick(g, []amqp.Op{amqp.OpBasicAck, amqp.OpBasicAck, amqp.OpBasicAck, amqp.OpBasicNack, amqp.OpBasicNack, amqp.OpBasicReject}))
	o.Delivery = Delivery{Number: h.d.number, Tag: h.d.consumer}
	if g.m.chanOf(h.at).find(o.Delivery) != h.d.tag {
		return // an earlier one has the same name
	}
	if o.Verb != amqp.OpBasicAck && g.chance(50) {
		o.Flags |= flow.Requeued
	}
	if o.Verb != amqp.OpBasicReject && g.chance(30) && !g.splits(&o) {
		o.Flags |= flow.Multiple
	}
	g.do(o)
}

// splits reports whether "all up to" would mean some but not all of the
// deliveries that came in one step, as far as their order is open: those of
// another queue, and those behind the last.
func (g *generator) splits(o *Op) bool {
	at := place{o.Conn, o.Chan}
	ch := g.m.chanOf(at)
	if ch == nil || o.Delivery.Number == 0 {
		return false
	}
	last, step := ch.find(o.Delivery), g.step[at]
	for _, d := range ch.unacked {
		other := g.from[delivery{at, d.tag}] != g.from[delivery{at, last}]
		if (other || d.tag > last) && step[d.tag] == step[last] {
			return true
		}
	}
	return false
}

func (g *generator) cancel() {
	var all []consumerKey
	for k := range g.consumers {
		if g.m.chanOf(k.at) != nil {
			all = append(all, k)
		}
	}
	if len(all) == 0 {
		return
	}
	slices.SortFunc(all, func(a, b consumerKey) int { return strings.Compare(a.at.String()+a.tag, b.at.String()+b.tag) })
	k := pick(g, all)
	o := g.op(k.at, amqp.OpBasicCancel)
	o.Tag = k.tag
	g.do(o)
}

func (g *generator) recover() {
	all := g.held()
	if len(all) == 0 {
		return
	}
	o := g.op(pick(g, all).at, amqp.OpBasicRecover)
	if g.chance(20) {
		o.Verb = amqp.OpBasicRecoverAsync
	}
	o.Flags = flow.Requeued
	g.do(o)
}

// remove deletes a queue or an exchange, on conditions at times.
func (g *generator) remove(at place) {
	o := g.op(at, amqp.OpQueueDelete)
	if g.chance(50) {
		o.Verb, o.Exchange = amqp.OpExchangeDelete, g.exchangeName()
	} else {
		o.Queue = g.someQueue()
		if g.chance(25) {
			o.Flags |= flow.IfEmpty
		}
	}
	if g.chance(30) {
		o.Flags |= flow.IfUnused
	}
	if g.chance(5) {
		o.Flags |= flow.NoWait
	}
	g.do(o)
}

// leave closes a channel or a connection, and comes back.
func (g *generator) leave(at place) {
	if g.holders(at.conn) > 1 || g.chance(55) {
		g.do(g.op(at, amqp.OpChannelClose))
		g.openChannel(at)
		return
	}
	if g.chance(50) {
		g.do(Op{Verb: Cut, Conn: at.conn})
	} else {
		g.do(Op{Verb: amqp.OpConnectionClose, Conn: at.conn})
	}
	if !g.m.isOpen(at.conn) {
		g.connect(at.conn)
	}
	g.openChannel(at)
}
