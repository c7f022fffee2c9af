package oracle

import (
	"fmt"

	"rpcscope/engine/amqp"
	"rpcscope/engine/flow"
)

// motif is a short course of events in which something comes to bear that
// operations at random seldom bring about. Its steps stand among others, on
// names that others use too.
type motif func(*generator)

// motifs, those that succeed less often or bear several features more than once.
var motifs = []motif{
	(*generator).deadLetterLoop, (*generator).deadLetterLoop,
	(*generator).deadLetterFull,
	(*generator).expiryCycle, (*generator).expiryCycle,
	(*generator).diamond, (*generator).diamond,
	(*generator).consumersInRank, (*generator).consumersInRank,
	(*generator).oneActive, (*generator).oneActive,
	(*generator).settleMany, (*generator).settleMany,
	(*generator).deleteUnderConsumers, (*generator).deleteUnderConsumers,
	(*generator).deleteOnCondition, (*generator).deleteOnCondition,
	(*generator).refusePublish, (*generator).refusePublish, (*generator).refusePublish,
	(*generator).refuseBySize, (*generator).refuseBySize,
	(*generator).deliverTooOften,
	(*generator).shortLives,
	(*generator).policies, (*generator).policies, (*generator).policies,
	(*generator).policiesInRank,
	(*generator).exclusiveConsumer,
	(*generator).priorities, (*generator).priorities,
	(*generator).limits, (*generator).limits,
	(*generator).expiringQueue,
	(*generator).headersChoice, (*generator).headersChoice, (*generator).headersChoice,
	(*generator).copies,
	(*generator).retry,
	(*generator).wildcards, (*generator).wildcards,
	(*generator).namesakes,
	(*generator).elsewhere, (*generator).elsewhere,
	(*generator).strangers, (*generator).strangers,
	(*generator).trespass,
	(*generator).topicRights, (*generator).topicRights,
	(*generator).plainClient, (*generator).plainClient,
	(*generator).policyForOne, (*generator).policyForOne, (*generator).policyForOne, (*generator).policyForOne,
	(*generator).policyForOne, (*generator).policyForOne,
	(*generator).keyTooLong, (*generator).keyTooLong,
	(*generator).hardMistake, (*generator).hardMistake, (*generator).hardMistake, (*generator).hardMistake,
	(*generator).transaction, (*generator).transaction, (*generator).transaction,
	(*generator).behindTheHead,
	(*generator).backAmongOthers,
	(*generator).falseName, (*generator).falseName,
	(*generator).expiryCycle,
	(*generator).forced, (*generator).forced,
	(*generator).tooManyQueues, (*generator).tooManyQueues,
	(*generator).exclusiveConsumer,
	(*generator).noneLetIn, (*generator).noneLetIn,
	(*generator).noMoreChannels, (*generator).noMoreChannels, (*generator).deadLetterLoop,
	(*generator).refusedByChannel,
	(*generator).limits, (*generator).settleMany, (*generator).hardMistake, (*generator).hardMistake, (*generator).policyForOne,
}

// between lets something else happen at times.
func (g *generator) between() {
	if g.chance(12) {
		g.trafficOp()
	}
}

// newQueue declares a queue that is not there yet; a channel's death on the way makes it "".
func (g *generator) newQueue(flags flow.Flags, args ...amqp.Field) string {
	taken := map[string]bool{}
	for _, q := range g.queues() {
		taken[q] = true
	}
	free := []string{}
	for i := range 7 {
		if name := fmt.Sprintf("q%d", i+1); !taken[name] {
			free = append(free, name)
		}
	}
	if len(free) == 0 {
		return ""
	}
	o := g.op(g.trusted(), amqp.OpQueueDeclare)
	o.Queue, o.Flags, o.Args = pick(g, free), flags, args
	if !g.do(o) {
		return ""
	}
	return o.Queue
}

func (g *generator) newExchange(kind string, flags flow.Flags, args ...amqp.Field) string {
	for range 8 {
		name := fmt.Sprintf("x%d", 1+g.rng.IntN(6))
		if g.m.top.exchanges[queueName{firstVHost, name}] != nil {
			continue
		}
		o := g.op(g.trusted(), amqp.OpExchangeDeclare)
		o.Exchange, o.Type, o.Flags, o.Args = name, kind, flags, args
		if g.do(o) {
			return name
		}
	}
	return ""
}

// trusted is a channel whose user may do all, if there is one.
func (g *generator) trusted() place {
	for range 6 {
		if at := g.channel(); g.users[at.conn] == "" {
			return at
		}
	}
	return g.channel()
}

func (g *generator) send(at place, exchange, key string, change ...func(*Op)) {
	if g.m.chanOf(at) == nil {
		return
	}
	o := g.op(at, amqp.OpBasicPublish)
	g.sent++
	o.Exchange, o.Key, o.Message = exchange, key, &Message{Number: g.sent, Expiration: -1}
	o.Message.Size = len(o.Message.name())
	for _, c := range change {
		c(&o)
	}
	g.do(o)
}

func (g *generator) bind(queue, exchange, key string) {
	o := g.op(g.trusted(), amqp.OpQueueBind)
	o.Queue, o.Exchange, o.Key = queue, exchange, key
	g.do(o)
}

// listen consumes; it returns the consumer's tag and channel.
func (g *generator) listen(queue string, flags flow.Flags, args ...amqp.Field) (string, place) {
	at := g.trusted()
	o := g.op(at, amqp.OpBasicConsume)
	g.tags++
	o.Queue, o.Tag, o.Flags, o.Args = queue, fmt.Sprintf("c%d", g.tags), flags, args
	g.do(o)
	return o.Tag, at
}

func (g *generator) prefetch(at place, n int) {
	if g.m.chanOf(at) == nil {
		return
	}
	o := g.op(at, amqp.OpBasicQos)
	o.Count = n
	g.do(o)
}

// reject fetches a message and refuses it.
func (g *generator) reject(queue string, requeue bool) {
	at := g.trusted()
	o := g.op(at, amqp.OpBasicGet)
	o.Queue = queue
	g.do(o)
	ch := g.m.chanOf(at)
	if ch == nil || len(ch.unacked) == 0 {
		return
	}
	d := ch.unacked[len(ch.unacked)-1]
	r := g.op(at, pick(g, []Verb{amqp.OpBasicReject, amqp.OpBasicNack}))
	r.Delivery = Delivery{Number: d.number, Tag: d.consumer}
	if requeue {
		r.Flags = flow.Requeued
	}
	if ch.find(r.Delivery) == d.tag {
		g.do(r)
	}
}

func arg(key string, v any) amqp.Field {
	switch v := v.(type) {
	case int:
		return amqp.Field{Key: key, Value: amqp.Int(int64(v))}
	case bool:
		return amqp.Field{Key: key, Value: amqp.Bool(v)}
	case string:
		return amqp.Field{Key: key, Value: amqp.String(v)}
	}
	panic("oracle: argument of no known type")
}

// deadLetterLoop: what is rejected goes to a second queue and from there back, to be rejected again.
func (g *generator) deadLetterLoop() {
	flags := pick(g, []flow.Flags{0, flow.Durable})
	first := g.newQueue(flags)
	if first == "" {
		return
	}
	second := g.newQueue(0, arg("x-dead-letter-exchange", ""), arg("x-dead-letter-routing-key", first))
	third := g.newQueue(0, arg("x-dead-letter-exchange", ""), arg("x-dead-letter-routing-key", second))
	if third == "" {
		return
	}
	at := g.trusted()
	g.send(at, "", third)
	g.between()
	g.reject(third, false)
	g.reject(second, false)
	if g.chance(60) {
		g.send(at, "", second)
		g.reject(second, g.chance(30))
	}
	o := g.op(g.trusted(), amqp.OpQueueDelete)
	o.Queue = first
	g.do(o)
	if g.m.chanOf(place{o.Conn, o.Chan}) == nil {
		return
	}
	// Now second dead-letters into itself by way of third.
	o = g.op(g.trusted(), amqp.OpQueueDeclare)
	o.Queue, o.Args = first, amqp.Table{arg("x-dead-letter-exchange", ""), arg("x-dead-letter-routing-key", third)}
	g.do(o)
	g.send(at, "", third)
	for _, q := range []string{third, second, first, third, second} {
		g.reject(q, false)
	}
}

// deadLetterFull: a queue that is full lets its oldest go to another.
func (g *generator) deadLetterFull() {
	to := g.newQueue(0)
	x := g.newExchange("fanout", 0)
	if to == "" || x == "" {
		return
	}
	g.bind(to, x, "")
	q := g.newQueue(0, arg("x-max-length", 1+g.rng.IntN(2)), arg("x-dead-letter-exchange", x))
	if g.chance(40) {
		q = g.newQueue(0, arg("x-max-length-bytes", 20), arg("x-dead-letter-exchange", x), arg("x-dead-letter-routing-key", "dead"))
	}
	for range 4 {
		g.send(g.channel(), "", q, func(o *Op) { o.Message.Size = 5 + g.rng.IntN(12) })
		g.between()
	}
}

// expiryCycle: two queues that expire into each other, which RabbitMQ ends.
func (g *generator) expiryCycle() {
	ttl := []amqp.Field{arg("x-message-ttl", shortTTL), arg("x-dead-letter-exchange", "")}
	a := g.newQueue(0, append(ttl, arg("x-dead-letter-routing-key", "q6"))...)
	if a == "" || a == "q6" {
		return
	}
	o := g.op(g.trusted(), amqp.OpQueueDeclare)
	o.Queue, o.Args = "q6", amqp.Table(append(ttl[:len(ttl):len(ttl)], arg("x-dead-letter-routing-key", a)))
	g.do(o)
	g.send(g.channel(), "", a)
	g.rest()
}

// refusePublish: a full queue that takes nothing more, and a publisher who is told.
func (g *generator) refusePublish() {
	at := g.trusted()
	if !g.m.chanOf(at).transacted {
		g.do(g.op(at, amqp.OpConfirmSelect))
	}
	to := g.newQueue(0)
	how := pick(g, []string{"reject-publish", "reject-publish-dlx", "reject-publish-dlx"})
	q := g.newQueue(0, arg("x-max-length", 1), arg("x-overflow", how), arg("x-dead-letter-exchange", ""), arg("x-dead-letter-routing-key", to))
	if q == "" {
		return
	}
	for range 3 {
		g.send(at, "", q)
		g.between()
	}
	g.reject(q, g.chance(50))
	g.send(at, "", q)
}

// refuseBySize does so by bytes.
func (g *generator) refuseBySize() {
	q := g.newQueue(0, arg("x-max-length-bytes", 12+g.rng.IntN(30)), arg("x-overflow", pick(g, []string{"drop-head", "reject-publish"})))
	if q == "" {
		return
	}
	at := g.trusted()
	for range 3 {
		g.send(at, "", q, func(o *Op) { o.Message.Size = 6 + g.rng.IntN(18) })
	}
	g.reject(q, true)
}

// deliverTooOften: a quorum queue gives up what comes back too often.
func (g *generator) deliverTooOften() {
	to := g.newQueue(0)
	q := g.newQueue(
		flow.Durable, arg("x-queue-type", "quorum"), arg("x-delivery-limit", 1), arg("x-dead-letter-exchange", ""), arg("x-dead-letter-routing-key", to))
	if q == "" || to == "" {
		return
	}
	g.send(g.trusted(), "", q)
	for range 3 {
		g.reject(q, true)
		g.between()
	}
}

// priorities of messages.
func (g *generator) priorities() {
	q := g.newQueue(0, arg("x-max-priority", 1+g.rng.IntN(4)))
	if q == "" {
		return
	}
	for range 4 {
		g.send(g.trusted(), "", q, func(o *Op) { o.Message.Priority = g.rng.IntN(6) })
	}
	g.between()
	g.reject(q, true)
	g.listen(q, 0)
}

// expiringQueue: a queue that goes when nobody uses it, but not while somebody does.
func (g *generator) expiringQueue() {
	q := g.newQueue(0, arg("x-expires", shortExpiry))
	if q == "" {
		return
	}
	tag, at := g.listen(q, flow.NoAck)
	g.rest()
	g.send(g.trusted(), "", q)
	if g.m.chanOf(at) == nil {
		return
	}
	o := g.op(at, amqp.OpBasicCancel)
	o.Tag = tag
	g.do(o)
	g.rest()
	g.send(g.trusted(), "", q, func(o *Op) { o.Flags = flow.Mandatory })
}

// retry: what is rejected waits in a second queue and comes back.
func (g *generator) retry() {
	work := g.newQueue(0)
	wait := g.newQueue(0, arg("x-message-ttl", shortTTL), arg("x-dead-letter-exchange", ""), arg("x-dead-letter-routing-key", "q6"))
	if wait == "" || work == "q6" || wait == "q6" {
		return
	}
	o := g.op(g.trusted(), amqp.OpQueueDeclare)
	o.Queue, o.Args = "q6", amqp.Table{arg("x-dead-letter-exchange", ""), arg("x-dead-letter-routing-key", wait)}
	if !g.do(o) {
		return
	}
	g.send(g.trusted(), "", "q6")
	for range 1 + g.rng.IntN(2) {
		g.reject("q6", false)
		g.rest()
		g.between()
	}
	get := g.op(g.trusted(), amqp.OpBasicGet)
	get.Queue = "q6"
	g.do(get)
}
