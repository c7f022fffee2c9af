package oracle

import (
	"strings"

	"rpcscope/engine/amqp"
	"rpcscope/engine/flow"
)

// The rules of the generator: what no program does because RabbitMQ leaves open
// what it leads to, and all that follows from it – or because RabbitMQ 3.10
// crashes on it. Orders that can be compared freely are in freedoms.go.

// Sound reports whether a program keeps to the generator's rules: RabbitMQ
// leaves open nothing that it leads to, and no clock runs unwatched.
func Sound(p Program) bool {
	g := &generator{}
	g.restart(nil)
	for _, o := range p {
		holders := g.holders(o.Conn)
		g.newStep()
		scattered := g.scattered(&o) || g.orphans(&o)
		g.apply(o)
		if g.m.limits[LimitConnections-LimitQueues] > 0 || scattered || g.open(holders, o.Conn) || g.burst > 3 || g.burst > 1 && o.Verb != Wait && !g.blind(&o) || o.Verb == Wait && g.m.ticking() || o.Flags&flow.Multiple != 0 && g.split {
			return false
		}
	}
	return !g.m.ticking() && !g.m.bounded() && !g.endsBadly()
}

// open reports whether the operation just applied leads to more than one
// thing. One way to it is that a channel ends and what it held dies of that: the
// dead letters may come to consumers that the channel still has, or has not any more.
func (g *generator) open(holders int, conn byte) bool {
	return g.reborn || g.closing && len(g.died) > 0 || g.raced() || g.contended() || holders > 1 && !g.m.isOpen(conn)
}

// raced reports whether two processes of the broker put messages in one queue
// at the same time, or within the time of a clock: a fanout to a queue and to another that dead-letters into
// it, two queues that expire into a third. Their order is open, and all that
// follows from it, so no program does it.
func (g *generator) raced() bool {
	for _, from := range g.sources {
		if len(from) > 1 {
			return true
		}
	}
	return false
}

// holders counts the channels of a connection that hold deliveries or
// consumers. The channels of a connection that ends do so in any order, and
// what one puts back another may get: only one may hold something then.
func (g *generator) holders(conn byte) (n int) {
	if !g.m.isOpen(conn) {
		return 0
	}
	for number, ch := range g.m.conns[conn].chans {
		if ch.open && (len(ch.unacked) > 0 || g.firstTag(place{conn, number}) != "") {
			n++
		}
	}
	return n
}

// contended reports whether two queues race for the room that a channel-wide
// prefetch limit leaves.
func (g *generator) contended() bool {
	first := map[place]string{}
	for k, q := range g.consumers { // unsorted: any will do
		ch := g.m.chanOf(k.at)
		if ch == nil || !ch.limited {
			continue
		}
		if other, ok := first[k.at]; ok && other != q {
			return true
		}
		first[k.at] = q
	}
	return false
}

// scattered reports whether an operation puts something back on a channel with
// a limit of its own, and the queue could hand out something else, or to somebody else. The limit is
// lifted by another process, which may tell the queue before or after it has
// the message back; and each consumer's deliveries go back by themselves
// (rabbit_channel:foreach_per_queue).
func (g *generator) scattered(o *Op) bool {
	ch := g.m.chanOf(place{o.Conn, o.Chan})
	if ch == nil || !ch.limited {
		return false
	}
	all := o.Verb == amqp.OpBasicRecover || o.Verb == amqp.OpBasicRecoverAsync
	if !all && o.Flags&flow.Requeued == 0 {
		return false
	}
	for q, i := range g.m.top.queues { // any: which ones are meant is not worth finding out
		if g.m.depth(q) > 0 || i.consumers > 1 {
			return true
		}
	}
	if !all && o.Flags&flow.Multiple == 0 {
		return false
	}
	last := ch.find(o.Delivery)
	consumers := map[string]bool{}
	for _, d := range ch.unacked {
		if all || d.tag <= last {
			consumers[d.consumer] = true
		}
	}
	return len(consumers) > 1
}

// orphans reports whether an operation cancels a consumer of a single-active
// queue that has messages ready and other consumers. RabbitMQ 3.10 appoints the
// next one but does not wake it, and the queue's process crashes at the next
// publish (rabbit_amqqueue_process:attempt_delivery asserts that a queue whose
// consumers can take something is empty). The model does not crash.
func (g *generator) orphans(o *Op) bool {
	if o.Verb != amqp.OpBasicCancel {
		return false
	}
	name := queueName{firstVHost, g.consumers[consumerKey{place{o.Conn, o.Chan}, o.Tag}]}
	i := g.m.top.queues[name]
	return i != nil && !isQuorum(i.args) && strings.Contains(i.args, "x-single-active-consumer=true") && i.consumers > 1 && g.m.depth(name) > 0
}

// remembered reports whether somebody still holds a delivery of a queue. When a
// queue of that name is declared again, RabbitMQ 3.10 tells the new one of
// acknowledgements that were meant for the old one: one may settle something
// else there, or crash a priority queue.
func (g *generator) remembered(q queueName) bool {
	for _, h := range g.held() {
		if g.from[delivery{h.at, h.d.tag}] == q {
			return true
		}
	}
	return false
}

// turnedIntoAnother notes a queue's type; it reports whether an earlier queue of
// that name had another. A channel of RabbitMQ 3.10 that knew the earlier one
// crashes when it has to do with the new one, and its connection with it (541).
func (g *generator) turnedIntoAnother(q queueName, quorum bool) bool {
	before, known := g.quorum[q]
	g.quorum[q] = quorum
	return known && before != quorum
}

// blind reports whether an operation may be done while a clock runs: it shows
// nothing that the clock changes, and takes no time (a persistent message's
// confirm waits for the disc).
func (g *generator) blind(o *Op) bool {
	switch o.Verb {
	case amqp.OpBasicPublish:
		return !o.Message.Persistent && !g.quorumRefuses()
	case Connect, amqp.OpChannelOpen, amqp.OpConfirmSelect, amqp.OpQueueBind, amqp.OpExchangeBind, amqp.OpExchangeDeclare, amqp.OpBasicQos:
		return true
	case amqp.OpBasicConsume, amqp.OpBasicGet:
		return !g.m.fading() // of a queue that itself is about to expire
	}
	return false
}

// quorumRefuses reports whether there is a quorum queue that may refuse
// publishes. Channels hear of it some time after it is full.
func (g *generator) quorumRefuses() bool {
	for _, i := range g.m.top.queues {
		if isQuorum(i.args) && strings.Contains(i.args, "reject-publish") {
			return true
		}
	}
	return false
}

// endsBadly reports whether what is put back when all connections have closed starts a clock or dies.
func (g *generator) endsBadly() bool {
	m := newModel()
	for i := range g.p {
		m.apply(&g.p[i])
	}
	m.take()
	deaths := false
	m.watch = func(e *flow.Event, _ *flow.Message) {
		deaths = deaths || e.Kind == flow.DeadLetter || e.Kind == flow.ConnectionClose && e.Value > 500 // choked on what it fetched
	}
	m.finish(func(*Op) {})
	return deaths || m.ticking()
}
