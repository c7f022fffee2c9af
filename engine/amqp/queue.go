package amqp

import (
	"encoding/base64"
	"strings"

	"rpcscope/engine/flow"
	"rpcscope/engine/sim"
)

func (b *Broker) findQueue(v uint32, name flow.Name) *queue {
	if id := b.queNames.get(pair(v, name)); id != 0 {
		return b.queues.get(id)
	}
	return nil
}

// lookup finds the queue a method names, or for an empty name the one last
// declared on the channel; nil when an error was sent.
func (b *Broker) lookup(cn *conn, ch *channel, m *Method) *queue {
	if m.Queue == 0 {
		if m.Queue = ch.lastQueue; m.Queue == 0 {
			b.fail(cn, ch, notFound, "no previously declared queue", m.Op)
			return nil
		}
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
	if m.Queue == 0 && m.Flags&flow.Passive != 0 {
		if m.Queue = ch.lastQueue; m.Queue == 0 {
			b.fail(cn, ch, notFound, "no previously declared queue", m.Op)
			return
		}
	}
	q := b.findQueue(cn.vhost, m.Queue)
	switch {
	case m.Flags&flow.Passive != 0:
		if q == nil {
			b.fail(cn, ch, notFound, "no "+b.rs("queue", m.Queue, cn.vhost), m.Op)
			return
		}
		if !b.mayUse(cn, ch, q, m.Op) {
			return
		}
	case q == nil:
		if q = b.createQueue(cn, ch, m); q == nil {
			return
		}
	case q.owner != 0 && q.owner != cn.id || q.owner == 0 && m.Flags&flow.Exclusive != 0 || q.owner != 0 && m.Flags&flow.Exclusive == 0:
		b.fail(cn, ch, resourceLocked, b.lockedText(q), m.Op)
		return
	default:
		if diff := b.unlikeQueue(q, m); diff != "" {
			b.fail(cn, ch, preconditionFailed, diff, m.Op)
			return
		}
	}
	ch.lastQueue = q.name
	b.touch(q)
	b.okUnless(cn, m, &Method{Op: OpQueueDeclareOk, Queue: q.name, Value: int64(q.ready.len()), Count: uint32(len(q.consumers))})
}

// comparedQueueArgs are the arguments in which re-declarations must agree, in RabbitMQ's order.
var comparedQueueArgs = []string{
	"x-expires", "x-message-ttl", "x-dead-letter-exchange", "x-dead-letter-routing-key", "x-max-length", "x-max-length-bytes",
	"x-max-priority", "x-overflow", "x-queue-mode", "x-single-active-consumer", "x-queue-type", "x-delivery-limit",
}

func (b *Broker) unlikeQueue(q *queue, m *Method) string {
	what := b.rs("queue", q.name, q.vhost)
	if d := unlikeFlags(q.flags, m.Flags, what, flow.Durable, flow.AutoDelete); d != "" {
		return d
	}
	return unlikeArgs(b.tables.Table(q.args), b.tables.Table(m.Args), what, comparedQueueArgs)
}

// createQueue makes a queue after checking its arguments; nil when an error was sent.
func (b *Broker) createQueue(cn *conn, ch *channel, m *Method) *queue {
	name := m.Queue
	if name == 0 {
		name = b.madeName("amq.gen-")
	} else if text := b.names.Text(name); strings.HasPrefix(text, "amq.") {
		b.fail(cn, ch, accessRefused, "queue name '"+text+"' contains reserved prefix 'amq.*'", m.Op)
		return nil
	}
	id, q := b.queues.alloc()
	*q = queue{
		id: id, gen: q.gen, name: name, vhost: cn.vhost, args: m.Args,
		flags: m.Flags & (flow.Durable | flow.AutoDelete | flow.Exclusive),
		ttl:   never, maxLen: never, maxBytes: never, timer: never,
		ready: q.ready, consumers: q.consumers[:0], active: q.active, in: q.in[:0], live: true,
	}
	q.ready.clear()
	q.active.clear()
	if bad := b.setArgs(q); bad != "" {
		q.live = false
		b.queues.release(id)
		b.fail(cn, ch, preconditionFailed, bad, m.Op)
		return nil
	}
	if m.Flags&flow.Exclusive != 0 {
		q.owner = cn.id
		cn.exclusives++
	}
	b.queNames.set(pair(cn.vhost, name), id)
	e := b.clientEvent(flow.QueueDeclare, cn, m.Channel)
	e.Queue, e.Label, e.Flags, e.Args, e.Value = name, q.typeName, q.flags, q.args, q.expires
	b.emit()
	return q
}

// setArgs reads a queue's arguments; it returns what is wrong with them.
func (b *Broker) setArgs(q *queue) string {
	const ms = int64(1e6)
	t := b.tables.Table(q.args)
	for i := range t {
		f := &t[i]
		bad := ""
		switch f.Key {
		case "x-expires":
			q.expires, bad = count(f.Value, 1, ms)
		case "x-message-ttl":
			q.ttl, bad = count(f.Value, 0, ms)
		case "x-max-length":
			q.maxLen, bad = count(f.Value, 0, 1)
		case "x-max-length-bytes":
			q.maxBytes, bad = count(f.Value, 0, 1)
		case "x-dead-letter-exchange":
			q.dlx, q.hasDLX = b.names.Intern(f.Value.Text), true
		case "x-dead-letter-routing-key":
			q.dlKey, q.hasDLKey = b.names.Intern(f.Value.Text), true
		case "x-overflow":
			bad = q.setOverflow(f.Value)
		case "x-queue-type":
			if f.Value.Text != "classic" {
				q.typeName = b.names.Intern(f.Value.Text)
			}
		}
		if bad != "" {
			return "invalid arg '" + f.Key + "' for " + b.rs("queue", q.name, q.vhost) + ": " + bad
		}
	}
	if q.hasDLKey && !q.hasDLX {
		return "invalid arg 'x-dead-letter-routing-key' for " + b.rs("queue", q.name, q.vhost) + ": routing_key_but_no_dlx_defined"
	}
	return ""
}

// count reads a number that must be at least least; bad is RabbitMQ's name for what is wrong.
func count(v Value, least, unit int64) (n int64, bad string) {
	switch {
	case v.Kind != IntValue:
		return 0, "{unacceptable_type," + v.typeName() + "}"
	case v.Int < 0:
		return 0, "{value_negative," + v.bare() + "}"
	case v.Int < least:
		return 0, "{value_zero," + v.bare() + "}"
	}
	return min(v.Int, maxCount) * unit, ""
}

// maxCount keeps times in range: a century in milliseconds.
const maxCount = int64(100 * 366 * 24 * 3600 * 1000)

func (q *queue) setOverflow(v Value) string {
	switch v.Text {
	case "drop-head":
		q.overflow = dropHead
	case "reject-publish":
		q.overflow = rejectPublish
	case "reject-publish-dlx":
		q.overflow = rejectPublishDLX
	default:
		return "invalid_overflow"
	}
	return ""
}

func (b *Broker) queueDelete(cn *conn, ch *channel, m *Method) {
	if m.Queue != 0 && b.findQueue(cn.vhost, m.Queue) == nil { // succeeds, since RabbitMQ 3.2
		b.okUnless(cn, m, &Method{Op: OpQueueDeleteOk})
		return
	}
	q := b.lookup(cn, ch, m)
	if q == nil {
		return
	}
	switch {
	case m.Flags&flow.IfUnused != 0 && len(q.consumers) > 0:
		b.fail(cn, ch, preconditionFailed, b.rs("queue", q.name, q.vhost)+" in use", m.Op)
		return
	case m.Flags&flow.IfEmpty != 0 && q.ready.len() > 0:
		b.fail(cn, ch, preconditionFailed, b.rs("queue", q.name, q.vhost)+" not empty", m.Op)
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
		b.cancelByBroker(b.cons.get(q.consumers[0]))
	}
	for len(q.in) > 0 {
		b.removeBinding(q.in[len(q.in)-1])
	}
	e := b.event(flow.QueueDelete, q.vhost)
	e.Queue, e.Label, e.Value = q.name, why, int64(q.ready.len())+int64(q.unacked)
	b.emit()
	for q.ready.len() > 0 {
		b.letGo(q.ready.pop().msg)
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
	q := b.lookup(cn, ch, m)
	if q == nil {
		return
	}
	n := int64(q.ready.len())
	for q.ready.len() > 0 {
		b.drop(q, q.ready.pop(), b.known.purged)
	}
	b.okUnless(cn, m, &Method{Op: OpQueuePurgeOk, Value: n})
}

// drop forgets an entry that was taken out of ready.
func (b *Broker) drop(q *queue, en entry, why flow.Name) {
	q.bytes -= int64(b.store[en.msg].Size)
	e := b.event(flow.Drop, q.vhost)
	e.Msg, e.Queue, e.Label = b.store[en.msg].id, q.name, why
	b.emit()
	b.letGo(en.msg)
}

// touch restarts the clock of x-expires: declaring and getting count as use.
func (b *Broker) touch(q *queue) {
	if q.expires == 0 || len(q.consumers) > 0 {
		return
	}
	q.idleSince = b.now
	if !q.armed {
		q.armed = true
		b.events.Push(sim.Item{At: b.now + q.expires, Kind: kindQueueExpires, A: q.id, B: q.gen})
	}
}

// queueTimer looks whether a queue was idle for all of x-expires; if it was
// used meanwhile the timer is set again, to when that would be.
func (b *Broker) queueTimer(id, gen uint32) {
	q := b.queues.get(id)
	if !q.live || q.gen != gen {
		return
	}
	q.armed = false
	switch due := q.idleSince + q.expires; {
	case len(q.consumers) > 0:
	case due > b.now:
		q.armed = true
		b.events.Push(sim.Item{At: due, Kind: kindQueueExpires, A: id, B: gen})
	default:
		b.deleteQueue(q, b.known.expired)
		b.runDirty()
	}
}
