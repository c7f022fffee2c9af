package amqp

import (
	"rpcscope/engine/flow"
	"rpcscope/engine/sim"
)

// run hands ready messages to consumers in turn until there are none of
// either, and drops what has expired at the head.
func (b *Broker) run(q *queue) {
	for q.ready.len() > 0 && q.active.len() > 0 {
		if q.top == 0 && q.ready.head().expires < b.now {
			b.expireHead(q)
			continue
		}
		c := b.cons.get(q.active.pop())
		ch := b.chans.get(c.channel)
		if b.block(c, ch) {
			continue
		}
		if q.quorum { // where who holds as much as he may is out of turn at once
			b.deliver(q, c, ch)
			if c.blocked = c.full(); !c.blocked {
				q.enter(b, c)
			}
			continue
		}
		q.enter(b, c)
		b.deliver(q, c, ch)
		if q.top > 0 { // what comes to the front of a priority queue is looked at when something leaves
			b.watchHead(q)
		}
	}
	b.watchHead(q)
	if q.quorum {
		b.evaluate(q)
	}
}

// enter puts a consumer at the end of the turn, behind all of its priority.
func (q *queue) enter(b *Broker, c *consumer) {
	if q.single && q.holder != c.id {
		return
	}
	if !q.ranked {
		q.active.push(c.id)
		return
	}
	i := q.active.len()
	for i > 0 && b.cons.get(*q.active.at(i - 1)).priority < c.priority {
		i--
	}
	q.active.insert(i, c.id)
}

// block takes a consumer that may hold no more out of its queue's turn until an acknowledgement.
func (b *Broker) block(c *consumer, ch *channel) bool {
	if !c.full() && (!ch.full() || b.queues.get(c.queue).quorum) { // the channel's own limit means nothing to quorum queues
		return false
	}
	c.blocked = true
	if ch.limit > 0 {
		ch.blocked = append(ch.blocked, c.id)
	}
	return true
}

// full reports whether a consumer holds as much as it may.
func (c *consumer) full() bool {
	return c.prefetch > 0 && c.held >= c.prefetch && c.flags&flow.NoAck == 0
}

// full reports whether a channel holds as much as it may. Consumers that do not
// acknowledge add nothing to that, but wait for it too.
func (ch *channel) full() bool { return ch.limit > 0 && ch.held+ch.extra >= ch.limit }

// deliver sends the head of a queue to a consumer.
func (b *Broker) deliver(q *queue, c *consumer, ch *channel) {
	en := q.ready.pop()
	s := b.store.at(en.msg)
	q.bytes -= int64(s.Size)
	ch.delivered++
	var m Method // field by field, as below: a literal is made elsewhere and copied
	m.Op, m.Channel, m.Tag, m.Delivery = OpBasicDeliver, ch.number, c.tag, ch.delivered
	m.Exchange, m.Key, m.Msg, m.content = s.Exchange, s.Key, s.id, en.msg
	cn := b.conns.get(ch.conn & (maxConns - 1))
	b.send(cn, q, &en, &m)
	e := b.clientEvent(flow.Deliver, cn, ch.number)
	e.Msg, e.Queue, e.Tag, e.Value, e.Flags = s.id, q.name, c.tag, int64(ch.delivered), m.Flags|c.flags&flow.NoAck
	b.emit()
	if c.flags&flow.NoAck != 0 {
		b.store.letGo(en.msg)
		return
	}
	q.unacked++
	c.held++
	ch.held++
	u := ch.unacked.slot()
	u.tag, u.entry, u.queue, u.queueGen, u.since = ch.delivered, en, q.id, q.gen, 0
	u.consumer, u.consGen, u.consTag = c.id, c.gen, c.tag
	b.held(ch)
}

// held starts the clock of the delivery that a channel has got last.
func (b *Broker) held(ch *channel) {
	if b.ackTimeout != 0 {
		ch.unacked.at(ch.unacked.len() - 1).since = uint32(b.now / msUnit)
		b.watchAcks(ch)
	}
}

// send sends a method that bears an entry's message. A quorum queue says in it
// how often it was returned, to basic.get even if that is never.
func (b *Broker) send(cn *conn, q *queue, en *entry, m *Method) {
	if en.redelivered() {
		m.Flags = flow.Redelivered
	}
	if b.store.at(en.msg).headers != 0 && len(b.names.Text(m.Key)) > maxShort {
		b.choke(cn)
		return
	}
	if !q.quorum || en.returns() == 0 && m.Op == OpBasicDeliver {
		b.reply(cn, m)
		return
	}
	m.content = b.marked(en)
	b.reply(cn, m)
	b.store.letGo(m.content)
}

func (b *Broker) get(cn *conn, ch *channel, m *Method) {
	if !b.expandQueue(cn, ch, m) {
		return
	}
	q := b.lookup(cn, ch, m)
	if q == nil {
		return
	}
	if q.quorum && q.single {
		b.fail(cn, ch, resourceLocked, "cannot obtain access to locked "+b.rs("queue", q.name, q.vhost)+
			". basic.get operations are not supported by quorum queues with single active consumer", m.Op)
		return
	}
	b.touch(q)
	for q.top == 0 && q.ready.len() > 0 && q.ready.head().expires <= b.now {
		b.expireHead(q)
	}
	if q.ready.len() == 0 {
		b.reply(cn, &Method{Op: OpBasicGetEmpty, Channel: ch.number})
		return
	}
	en := q.ready.pop()
	q.bytes -= int64(b.store.at(en.msg).Size)
	if !q.quorum || m.Flags&flow.NoAck != 0 {
		// Before what is left is counted. A quorum queue looks at the new head
		// once the message is settled (rabbit_fifo: dequeue).
		b.watchHead(q)
	}
	s := b.store.at(en.msg)
	ch.delivered++
	r := Method{
		Op: OpBasicGetOk, Channel: ch.number, Delivery: ch.delivered, Exchange: s.Exchange, Key: s.Key,
		Value: int64(q.ready.len()), Msg: s.id, content: en.msg,
	}
	b.send(cn, q, &en, &r)
	e := b.clientEvent(flow.Deliver, cn, ch.number)
	e.Msg, e.Queue, e.Value, e.Flags = s.id, q.name, int64(ch.delivered), r.Flags|m.Flags&flow.NoAck|flow.Get
	b.emit()
	if m.Flags&flow.NoAck != 0 {
		b.store.letGo(en.msg)
	} else {
		q.unacked++
		*ch.unacked.slot() = unacked{tag: ch.delivered, entry: en, queue: q.id, queueGen: q.gen}
		b.held(ch)
	}
	b.run(q)
}

// watchHead drops what has expired at the head and sets a timer for what will;
// messages behind the head wait for their turn to expire.
func (b *Broker) watchHead(q *queue) {
	for q.live && q.ready.len() > 0 {
		due := q.ready.head().expires
		if due > b.now {
			if due < q.timer {
				q.timer = due
				b.events.Push(sim.Item{At: due, Kind: kindMessageExpires, A: q.id, B: q.gen})
			}
			return
		}
		b.expireHead(q)
	}
}

func (b *Broker) messageTimer(id, gen uint32) {
	q := b.queues.get(id)
	if !q.live || q.gen != gen || q.timer > b.now {
		return
	}
	q.timer = never
	b.watchHead(q)
	if q.quorum {
		b.evaluate(q)
	}
}

// expireHead drops or dead-letters the head, which has outlived its time.
func (b *Broker) expireHead(q *queue) {
	en := q.ready.pop()
	q.bytes -= int64(b.store.at(en.msg).Size)
	e := b.event(flow.Expire, q.vhost)
	e.Msg, e.Queue = b.store.at(en.msg).id, q.name
	b.emit()
	b.deadLetter(q, en.msg, b.known.expired)
}
