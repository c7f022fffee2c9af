package amqp

import (
	"slices"
	"strconv"

	"rpcscope/engine/flow"
)

func msText(ns int64) string { return strconv.FormatInt(ns/1e6, 10) }

func (b *Broker) qos(cn *conn, ch *channel, m *Method) {
	if m.Value != 0 {
		b.fail(cn, ch, notImplemented, "prefetch_size!=0 ("+decimal(m.Value)+")", m.Op)
		return
	}
	if m.Flags&flow.Global == 0 { // which ends a limit of the channel, too
		ch.prefetch = m.Count
		m.Count = 0
	}
	switch {
	case m.Count == 0:
		ch.extra = 0
	case ch.limit == 0:
		ch.extra = uint32(ch.unacked.len()-ch.dead) - ch.held
	}
	ch.limit = m.Count
	b.unblockChannel(ch)
	b.reply(cn, &Method{Op: OpBasicQosOk, Channel: ch.number})
	b.runDirty()
}

func (b *Broker) consume(cn *conn, ch *channel, m *Method) {
	if !b.expandQueue(cn, ch, m) {
		return
	}
	tag := m.Tag
	if tag != 0 && b.findConsumer(ch, tag) != nil {
		b.fail(cn, ch, notAllowed, "attempt to reuse consumer tag '"+b.names.Text(tag)+"'", m.Op)
		return
	}
	q := b.lookup(cn, ch, m)
	if q == nil {
		return
	}
	if tag == 0 {
		tag = b.madeName("amq.ctag-")
	}
	id, c := b.cons.alloc()
	*c = consumer{
		id: id, gen: c.gen, tag: tag, args: m.Args, channel: ch.id, queue: q.id, prefetch: ch.prefetch,
		flags: m.Flags & (flow.NoAck | flow.Exclusive), live: true,
	}
	if code, bad := b.badConsumer(q, ch, c); bad != "" {
		c.live = false
		b.cons.release(id)
		b.fail(cn, ch, code, bad, m.Op)
		return
	}
	ch.consumers = append(ch.consumers, id)
	q.consumers = append(q.consumers, id)
	if q.holder == 0 && (q.single || c.flags&flow.Exclusive != 0 && !q.quorum) {
		q.holder = id
	}
	q.enter(b, c)
	e := b.clientEvent(flow.Consume, cn, ch.number)
	e.Queue, e.Tag, e.Value, e.Flags, e.Args = q.name, tag, int64(c.prefetch), c.flags, c.args
	b.emit()
	b.okUnless(cn, m, &Method{Op: OpBasicConsumeOk, Tag: tag})
	if q.quorum && c.prefetch == 0 {
		c.prefetch = quorumPrefetch
	}
	b.run(q)
}

// badConsumer reads a new consumer's arguments and says why the queue cannot take it, in RabbitMQ's words.
func (b *Broker) badConsumer(q *queue, ch *channel, c *consumer) (code replyCode, bad string) {
	what := b.rs("queue", q.name, q.vhost)
	for _, f := range b.tables.Table(c.args) {
		wrong := ""
		switch {
		case f.Key == "x-priority" && f.Value.Kind != IntValue:
			wrong = ": \"expected integer, got " + f.Value.typeName() + "\""
		case f.Key == "x-priority":
			c.priority = int32(max(min(f.Value.Int, 1<<30), -1<<30))
			q.ranked = q.ranked || c.priority != 0
		case f.Key == "x-cancel-on-ha-failover" && !q.quorum && f.Value.Kind != BoolValue:
			wrong = ": {unacceptable_type," + f.Value.typeName() + "}"
		case f.Key == "x-cancel-on-ha-failover" && q.quorum, f.Key == "x-stream-offset":
			wrong = " of queue type " + q.module()
		}
		if wrong != "" {
			return preconditionFailed, "invalid arg '" + f.Key + "' for " + what + wrong
		}
	}
	exclusive := c.flags&flow.Exclusive != 0
	switch {
	case q.quorum && ch.limit > 0:
		return notImplemented, what + " does not support global qos"
	case q.quorum: // exclusive consumers are not looked at there
	case q.single && exclusive, !q.single && q.holder != 0, !q.single && exclusive && len(q.consumers) > 0:
		return accessRefused, what + " in exclusive use"
	}
	return 0, ""
}

// module is the part of RabbitMQ that makes queues of this type, as error texts name it.
func (q *queue) module() string {
	if q.quorum {
		return "rabbit_quorum_queue"
	}
	return "rabbit_classic_queue"
}

func (b *Broker) findConsumer(ch *channel, tag flow.Name) *consumer {
	for _, id := range ch.consumers {
		if c := b.cons.get(id); c.tag == tag {
			return c
		}
	}
	return nil
}

func (b *Broker) cancel(cn *conn, ch *channel, m *Method) {
	c := b.findConsumer(ch, m.Tag)
	ok := Method{Op: OpBasicCancelOk, Tag: m.Tag}
	if c == nil { // not an error
		b.okUnless(cn, m, &ok)
		return
	}
	q := b.queues.get(c.queue)
	b.removeConsumer(c)
	b.okUnless(cn, m, &ok)
	b.consumerLeft(q)
	if q.quorum && q.single { // whose next one need not wait until something comes
		b.run(q)
	}
}

// removeConsumer takes a consumer off its channel and queue. What it holds
// unacknowledged stays with the channel.
func (b *Broker) removeConsumer(c *consumer) {
	ch, q := b.chans.get(c.channel), b.queues.get(c.queue)
	ch.consumers = without(ch.consumers, c.id)
	ch.blocked = without(ch.blocked, c.id)
	q.consumers = without(q.consumers, c.id)
	for i := range q.active.len() {
		if *q.active.at(i) == c.id {
			q.active.remove(i)
			break
		}
	}
	if q.holder == c.id {
		q.holder = 0
		b.appoint(q)
	}
	e := b.clientEvent(flow.Cancel, b.conns.get(ch.conn&(maxConns-1)), ch.number)
	e.Queue, e.Tag = q.name, c.tag
	b.emit()
	c.live = false
	c.gen++
	b.cons.release(c.id)
}

// appoint makes one of the waiting consumers the single active one: the first,
// in a classic queue the first of the highest priority.
func (b *Broker) appoint(q *queue) {
	if !q.single || len(q.consumers) == 0 {
		return
	}
	best := b.cons.get(q.consumers[0])
	if !q.quorum {
		for _, id := range q.consumers[1:] {
			if c := b.cons.get(id); c.priority > best.priority {
				best = c
			}
		}
	}
	q.holder = best.id
	q.enter(b, best) // and gets what is ready when the queue stirs next, not before: a classic queue does not by itself
}

func without(ids []uint32, id uint32) []uint32 {
	if i := slices.Index(ids, id); i >= 0 {
		return slices.Delete(ids, i, i+1)
	}
	return ids
}

// consumerLeft is what a queue does when a consumer of its own has gone.
func (b *Broker) consumerLeft(q *queue) {
	if !q.live || len(q.consumers) > 0 {
		return
	}
	if q.flags&flow.AutoDelete != 0 {
		b.deleteQueue(q, b.known.autoDelete)
		return
	}
	b.touch(q)
}

// firstByTag is the consumer of a queue that a channel cancels first (rabbit_channel:handle_consuming_queue_down_or_eol).
func (b *Broker) firstByTag(q *queue) *consumer {
	first := b.cons.get(q.consumers[0])
	for _, id := range q.consumers[1:] {
		if c := b.cons.get(id); b.names.Text(c.tag) < b.names.Text(first.tag) {
			first = c
		}
	}
	return first
}

// cancelByBroker tells a consumer that its queue is gone (consumer_cancel_notify).
func (b *Broker) cancelByBroker(c *consumer) {
	ch, tag := b.chans.get(c.channel), c.tag
	b.removeConsumer(c)
	if cn := b.conns.get(ch.conn & (maxConns - 1)); !cn.plain {
		b.reply(cn, &Method{Op: OpBasicCancel, Channel: ch.number, Tag: tag, Flags: flow.NoWait})
	}
}

// dropConsumers ends all consumers of a channel that is going away.
func (b *Broker) dropConsumers(ch *channel) {
	for len(ch.consumers) > 0 {
		c := b.cons.get(ch.consumers[0])
		q := b.queues.get(c.queue)
		b.removeConsumer(c)
		b.consumerLeft(q)
		b.dirty = append(b.dirty, q.id)
	}
}

// unblock lets a consumer take part again if it may hold more.
func (b *Broker) unblock(c *consumer, ch *channel) {
	switch {
	case !c.blocked || c.full():
	case ch.limit == 0 || b.queues.get(c.queue).quorum:
		b.free(c)
	default:
		b.unblockLimited(c, ch)
	}
}

// free puts a blocked consumer back into its queue's turn.
func (b *Broker) free(c *consumer) {
	q := b.queues.get(c.queue)
	c.blocked = false
	q.enter(b, c)
	b.dirty = append(b.dirty, c.queue)
}

// unblockLimited is unblock under a limit of the channel. It frees all of the
// channel's consumers of that queue that may hold more, in the order in which
// they were blocked; while the channel is full they only change places with
// those that may not (rabbit_queue_consumers:unblock).
func (b *Broker) unblockLimited(c *consumer, ch *channel) {
	if !slices.Contains(ch.blocked, c.id) {
		ch.blocked = append(ch.blocked, c.id)
	}
	var ready []uint32
	rest := ch.blocked[:0]
	for _, id := range ch.blocked {
		if o := b.cons.get(id); o.queue == c.queue && !o.full() {
			ready = append(ready, id)
		} else {
			rest = append(rest, id)
		}
	}
	ch.blocked = rest
	if ch.full() {
		ch.blocked = append(ch.blocked, ready...)
		return
	}
	for _, id := range ready {
		b.free(b.cons.get(id))
	}
}

// unblockChannel frees the consumers that waited for the channel's own limit.
func (b *Broker) unblockChannel(ch *channel) {
	if len(ch.blocked) == 0 || ch.full() {
		return
	}
	rest := ch.blocked[:0]
	for _, id := range ch.blocked {
		if c := b.cons.get(id); c.full() {
			rest = append(rest, id)
		} else {
			b.free(c)
		}
	}
	ch.blocked = rest
	if ch.limit == 0 {
		ch.blocked = ch.blocked[:0]
	}
}

// runDirty lets the queues go on that gained a consumer or a message on the way.
func (b *Broker) runDirty() {
	for i := 0; i < len(b.dirty); i++ {
		if q := b.queues.get(b.dirty[i]); q.live {
			b.run(q)
			if q.quorum {
				b.trim(q)
			}
		}
	}
	b.dirty = b.dirty[:0]
}
