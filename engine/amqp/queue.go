package amqp

import (
	"encoding/base64"

	"rpcscope/engine/flow"
	"rpcscope/engine/sim"
)

func (b *Broker) findQueue(v uint32, name flow.Name) *queue {
	if id := b.queNames.get(pair(v, name)); id != 0 {
		return b.queues.get(id)
	}
	return nil
}

// expandQueue puts the queue last declared on the channel for an empty name; false when there is none, which was then answered.
func (b *Broker) expandQueue(cn *conn, ch *channel, m *Method) bool {
	if m.Queue == 0 {
		if m.Queue = ch.lastQueue; m.Queue == 0 {
			b.fail(cn, ch, notFound, "no previously declared queue", m.Op)
			return false
		}
	}
	return true
}

// lookup finds the queue that a method wants to read from; nil when an error was sent.
func (b *Broker) lookup(cn *conn, ch *channel, m *Method) *queue {
	if !b.allowed(cn, ch, mayRead, "queue", m.Queue, m.Op) {
		return nil
	}
	q := b.findQueue(cn.vhost, m.Queue)
	if q == nil {
		b.fail(cn, ch, notFound, "no "+b.rs("queue", m.Queue, cn.vhost), m.Op)
		return nil
	}
	if !b.mayUse(cn, ch, q, m.Op) {
		return nil
	}
	return q
}

// mayUse refuses another connection's exclusive queue.
func (b *Broker) mayUse(cn *conn, ch *channel, q *queue, op Op) bool {
	if q.owner == 0 || q.owner == cn.id {
		return true
	}
	b.fail(cn, ch, resourceLocked, b.lockedText(q), op)
	return false
}

func (b *Broker) lockedText(q *queue) string {
	return "cannot obtain exclusive access to locked " + b.rs("queue", q.name, q.vhost) +
		". It could be originally declared on another connection or the exclusive property value does not match that of the original declaration."
}

// madeName is a name of the broker's making, such as "amq.gen-…".
func (b *Broker) madeName(prefix string) flow.Name {
	id := b.rand.UUID()
	return b.names.Intern(prefix + base64.RawURLEncoding.EncodeToString(id[:]))
}

func (b *Broker) queueDeclare(cn *conn, ch *channel, m *Method) {
	m.Queue = b.stripped(m.Queue)
	var q *queue
	if m.Flags&flow.Passive != 0 {
		q = b.declaredAlready(cn, ch, m)
	} else {
		q = b.declareOrCreate(cn, ch, m)
	}
	if q == nil {
		return
	}
	ch.lastQueue = q.name
	if !q.quorum { // whose clock only consumers and basic.get set back
		b.touch(q)
	}
	b.okUnless(cn, m, &Method{Op: OpQueueDeclareOk, Queue: q.name, Value: int64(q.ready.len()), Count: uint32(b.consumersOf(q))})
}

// declaredAlready answers a passive declaration; nil when an error was sent.
func (b *Broker) declaredAlready(cn *conn, ch *channel, m *Method) *queue {
	q := b.findQueue(cn.vhost, m.Queue)
	if q == nil {
		b.fail(cn, ch, notFound, "no "+b.rs("queue", m.Queue, cn.vhost), m.Op)
		return nil
	}
	if !b.mayUse(cn, ch, q, m.Op) {
		return nil
	}
	return q
}

// declareOrCreate makes a queue, or compares the one that is there with what was asked for; nil when an error was sent.
func (b *Broker) declareOrCreate(cn *conn, ch *channel, m *Method) *queue {
	if m.Flags&flow.Exclusive != 0 { // what goes with its connection needs not last
		m.Flags &^= flow.Durable
	}
	if m.Queue == 0 {
		if t := b.tables.Table(m.Args).find("x-queue-type"); t != nil && t.Text != "classic" {
			b.fail(cn, ch, preconditionFailed, "Cannot declare a server-named queue for type rabbit_"+t.Text+"_queue", m.Op)
			return nil
		}
		m.Queue = b.madeName("amq.gen-")
	} else if b.reserved(cn, ch, "queue", m.Queue, m.Op) {
		return nil
	}
	if !b.allowed(cn, ch, mayConfigure, "queue", m.Queue, m.Op) {
		return nil
	}
	q := b.findQueue(cn.vhost, m.Queue)
	if q == nil {
		return b.createQueue(cn, ch, m)
	}
	if mine := m.Flags&flow.Exclusive != 0 && q.owner == cn.id; !mine && (q.owner != 0 || m.Flags&flow.Exclusive != 0) {
		b.fail(cn, ch, resourceLocked, b.lockedText(q), m.Op)
		return nil
	}
	if diff := b.unlikeQueue(q, m); diff != "" {
		b.fail(cn, ch, preconditionFailed, diff, m.Op)
		return nil
	}
	return q
}

// createQueue makes a queue after checking its arguments; nil when an error was sent.
func (b *Broker) createQueue(cn *conn, ch *channel, m *Method) *queue {
	if bad := b.tooManyQueues(cn.vhost, m.Queue); bad != "" {
		b.fail(cn, ch, preconditionFailed, bad, m.Op)
		return nil
	}
	if !b.mayDeadLetter(cn, ch, m) {
		return nil
	}
	id, q := b.queues.alloc()
	*q = queue{
		id: id, gen: q.gen, name: m.Queue, vhost: cn.vhost, args: m.Args,
		flags: m.Flags & (flow.Durable | flow.AutoDelete | flow.Exclusive),
		timer: never,
		ready: q.ready, consumers: q.consumers[:0], active: q.active, in: q.in[:0], enqueuers: q.enqueuers[:0], live: true,
	}
	q.ready.clear()
	q.active.clear()
	if q.ready.bottom.buf == nil {
		q.ready.bottom.buf, q.active.buf = q.ready0[:], q.active0[:]
	}
	if bad := b.badArgs(q); bad != "" {
		q.live = false
		b.queues.release(id)
		b.fail(cn, ch, preconditionFailed, bad, m.Op)
		return nil
	}
	if m.Flags&flow.Exclusive != 0 {
		q.owner = cn.id
		cn.exclusives++
	}
	q.policy = b.policyFor(q.vhost, q.name, q.typeBit())
	b.configureQueue(q)
	switch {
	case q.quorum:
		q.ready.bands(2)
	case q.top > 0:
		q.ready.bands(int(q.top) + 1)
	}
	b.queNames.set(pair(cn.vhost, q.name), id)
	e := b.clientEvent(flow.QueueDeclare, cn, m.Channel)
	e.Queue, e.Label, e.Flags, e.Args, e.Value = q.name, q.typeName, q.flags, q.args, q.expires
	b.emit()
	b.tellLimit(q, false)
	b.touch(q)
	return q
}

// mayDeadLetter checks the rights that a dead-letter exchange asks for, before anything else about the arguments.
func (b *Broker) mayDeadLetter(cn *conn, ch *channel, m *Method) bool {
	v := b.tables.Table(m.Args).find("x-dead-letter-exchange")
	if v == nil {
		return true
	}
	if v.Kind != StringValue {
		b.fail(cn, ch, preconditionFailed, "invalid type '"+v.typeName()+"' for arg 'x-dead-letter-exchange' in "+b.rs("queue", m.Queue, cn.vhost), m.Op)
		return false
	}
	return b.allowed(cn, ch, mayRead, "queue", m.Queue, m.Op) && b.allowed(cn, ch, mayWrite, "exchange", b.names.Intern(v.Text), m.Op)
}

func (b *Broker) queueDelete(cn *conn, ch *channel, m *Method) {
	if !b.expandQueue(cn, ch, m) {
		return
	}
	m.Queue = b.stripped(m.Queue)
	if !b.allowed(cn, ch, mayConfigure, "queue", m.Queue, m.Op) {
		return
	}
	q := b.findQueue(cn.vhost, m.Queue)
	if q == nil { // succeeds, since RabbitMQ 3.2
		b.okUnless(cn, m, &Method{Op: OpQueueDeleteOk})
		return
	}
	if !b.mayUse(cn, ch, q, m.Op) {
		return
	}
	switch {
	case q.quorum && m.Flags&(flow.IfUnused|flow.IfEmpty) != 0:
		condition := "if-empty"
		if m.Flags&flow.IfUnused != 0 {
			condition = "if-unused"
		}
		b.fail(cn, ch, notImplemented, "cannot delete "+b.rs("queue", q.name, q.vhost)+". queue.delete operations with "+condition+
			" flag set are not supported by quorum queues", m.Op)
		return
	case m.Flags&flow.IfEmpty != 0 && q.ready.len() > 0:
		b.fail(cn, ch, preconditionFailed, b.rs("queue", q.name, q.vhost)+" not empty", m.Op)
		return
	case m.Flags&flow.IfUnused != 0 && len(q.consumers) > 0:
		b.fail(cn, ch, preconditionFailed, b.rs("queue", q.name, q.vhost)+" in use", m.Op)
		return
	}
	ready := int64(q.ready.len())
	// The answer goes out before the consumers, on this channel or others, are told.
	b.okUnless(cn, m, &Method{Op: OpQueueDeleteOk, Value: ready})
	b.deleteQueue(q, b.known.deleted)
}

// deleteQueue removes a queue with its consumers, bindings and messages.
func (b *Broker) deleteQueue(q *queue, why flow.Name) {
	q.live = false
	b.queNames.del(pair(q.vhost, q.name))
	for len(q.consumers) > 0 {
		b.cancelByBroker(b.firstByTag(q))
	}
	for len(q.in) > 0 {
		b.removeBinding(q.in[len(q.in)-1])
	}
	e := b.event(flow.QueueDelete, q.vhost)
	e.Queue, e.Label, e.Value = q.name, why, int64(q.ready.len())+int64(q.unacked)
	b.emit()
	for q.ready.len() > 0 {
		b.store.letGo(q.ready.pop().msg)
	}
	if q.owner != 0 {
		if cn := b.conn(q.owner); cn != nil {
			cn.exclusives--
		}
	}
	q.gen++
	b.queues.release(q.id)
}

func (b *Broker) queuePurge(cn *conn, ch *channel, m *Method) {
	if !b.expandQueue(cn, ch, m) {
		return
	}
	q := b.lookup(cn, ch, m)
	if q == nil {
		return
	}
	b.okUnless(cn, m, &Method{Op: OpQueuePurgeOk, Value: int64(b.purge(q))})
}

// purge drops all that is ready, and says how much that was.
func (b *Broker) purge(q *queue) int {
	n := q.ready.len()
	for q.ready.len() > 0 {
		b.drop(q, q.ready.pop(), b.known.purged)
	}
	if q.quorum {
		b.evaluate(q)
	}
	return n
}

// drop forgets an entry that was taken out of ready.
func (b *Broker) drop(q *queue, en entry, why flow.Name) {
	q.bytes -= int64(b.store.at(en.msg).Size)
	e := b.event(flow.Drop, q.vhost)
	e.Msg, e.Queue, e.Label = b.store.at(en.msg).id, q.name, why
	b.emit()
	b.store.letGo(en.msg)
}

// touch restarts the clock of x-expires: declaring and getting count as use.
func (b *Broker) touch(q *queue) {
	if q.expires == 0 || len(q.consumers) > 0 {
		return
	}
	q.idleSince = b.now
	if !q.armed {
		q.armed = true
		b.events.Push(sim.Item{At: b.now + q.expires, Kind: kindQueueExpires, A: q.id, B: q.gen, C: q.epoch})
	}
}

// queueTimer looks whether a queue was idle for all of x-expires; if it was
// used meanwhile the timer is set again, to when that would be.
func (b *Broker) queueTimer(id, gen, epoch uint32) {
	q := b.queues.get(id)
	if !q.live || q.gen != gen || q.epoch != epoch {
		return
	}
	q.armed = false
	switch due := q.idleSince + q.expires; {
	case b.consumersOf(q) > 0: // the clock starts when the last of them goes
	case due > b.now:
		q.armed = true
		b.events.Push(sim.Item{At: due, Kind: kindQueueExpires, A: id, B: gen, C: epoch})
	default:
		b.deleteQueue(q, b.known.expired)
		b.runDirty()
	}
}
