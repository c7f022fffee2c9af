package amqp

import (
	"slices"
	"strconv"

	"rpcscope/engine/flow"
)

func msText(ns int64) string { return strconv.FormatInt(ns/1e6, 10) }

func (b *Broker) qos(cn *conn, ch *channel, m *Method) {
	if m.Flags&flow.Global != 0 {
		ch.limit = m.Count
		b.unblockChannel(ch)
	} else {
		ch.prefetch = m.Count
	}
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
	if q.exclusive != 0 || m.Flags&flow.Exclusive != 0 && len(q.consumers) > 0 {
		b.fail(cn, ch, accessRefused, b.rs("queue", q.name, q.vhost)+" in exclusive use", m.Op)
		return
	}
	id, c := b.cons.alloc()
	*c = consumer{
		id: id, gen: c.gen, tag: tag, args: m.Args, channel: ch.id, queue: q.id, prefetch: ch.prefetch,
		flags: m.Flags & (flow.NoAck | flow.Exclusive), live: true,
	}
	if c.flags&flow.Exclusive != 0 {
		q.exclusive = id
	}
	ch.consumers = append(ch.consumers, id)
	q.consumers = append(q.consumers, id)
	q.active.push(id)
	e := b.clientEvent(flow.Consume, cn, ch.number)
	e.Queue, e.Tag, e.Value, e.Flags, e.Args = q.name, tag, int64(c.prefetch), c.flags, c.args
	b.emit()
	b.okUnless(cn, m, &Method{Op: OpBasicConsumeOk, Tag: tag})
	b.run(q)
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
	if q.exclusive == c.id {
		q.exclusive = 0
	}
	e := b.clientEvent(flow.Cancel, b.conns.get(ch.conn&(maxConns-1)), ch.number)
	e.Queue, e.Tag = q.name, c.tag
	b.emit()
	c.live = false
	c.gen++
	b.cons.release(c.id)
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

// cancelByBroker tells a consumer that its queue is gone (consumer_cancel_notify).
func (b *Broker) cancelByBroker(c *consumer) {
	ch, tag := b.chans.get(c.channel), c.tag
	b.removeConsumer(c)
	b.reply(b.conns.get(ch.conn&(maxConns-1)), &Method{Op: OpBasicCancel, Channel: ch.number, Tag: tag, Flags: flow.NoWait})
}

// dropConsumers ends all consumers of a channel that is going away.
func (b *Broker) dropConsumers(ch *channel) {
	for len(ch.consumers) > 0 {
		c := b.cons.get(ch.consumers[0])
		q := b.queues.get(c.queue)
		b.removeConsumer(c)
		b.consumerLeft(q)
	}
}

// unblock lets a consumer take part again if it may hold more. One that only
// its channel's limit holds back waits with the others of the channel.
func (b *Broker) unblock(c *consumer, ch *channel) {
	switch {
	case !c.blocked || c.prefetch > 0 && c.held >= c.prefetch:
	case ch.limit > 0 && ch.held >= ch.limit:
		if !slices.Contains(ch.blocked, c.id) {
			ch.blocked = append(ch.blocked, c.id)
		}
	default:
		c.blocked = false
		b.queues.get(c.queue).active.push(c.id)
		b.dirty = append(b.dirty, c.queue)
	}
}

// unblockChannel does so for those that waited for the channel's own limit, in the order in which they came to wait.
func (b *Broker) unblockChannel(ch *channel) {
	if len(ch.blocked) == 0 || ch.limit > 0 && ch.held >= ch.limit {
		return
	}
	for _, id := range ch.blocked {
		b.unblock(b.cons.get(id), ch)
	}
	ch.blocked = ch.blocked[:0]
}

// runDirty lets the queues go on that gained a consumer or a message on the way.
func (b *Broker) runDirty() {
	for i := 0; i < len(b.dirty); i++ {
		if q := b.queues.get(b.dirty[i]); q.live {
			b.run(q)
		}
	}
	b.dirty = b.dirty[:0]
}
