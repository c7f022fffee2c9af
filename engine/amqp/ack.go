package amqp

import (
	"sort"
	"strconv"

	"rpcscope/engine/flow"
)

// settle collects in b.settled the deliveries that a tag stands for, in order,
// and takes them off the channel. It is false when the tag is unknown, which
// was then answered.
func (b *Broker) settleTags(cn *conn, ch *channel, m *Method) bool {
	b.settled = b.settled[:0]
	multiple := m.Flags&flow.Multiple != 0 && m.Op != OpBasicReject
	if multiple && m.Delivery == 0 {
		b.settleUpTo(ch, ch.unacked.len())
		return true
	}
	i := sort.Search(ch.unacked.len(), func(i int) bool { return ch.unacked.at(i).tag >= m.Delivery })
	if i == ch.unacked.len() || ch.unacked.at(i).tag != m.Delivery || ch.unacked.at(i).entry.msg == 0 {
		b.fail(cn, ch, preconditionFailed, "unknown delivery tag "+strconv.FormatUint(m.Delivery, 10), m.Op)
		return false
	}
	if multiple {
		b.settleUpTo(ch, i+1)
		return true
	}
	b.settled = append(b.settled, *ch.unacked.at(i))
	ch.unacked.at(i).entry.msg = 0
	ch.dead++
	ch.sweep()
	return true
}

// settleUpTo settles the first n.
func (b *Broker) settleUpTo(ch *channel, n int) {
	for range n {
		if u := ch.unacked.pop(); u.entry.msg != 0 {
			b.settled = append(b.settled, u)
		} else {
			ch.dead--
		}
	}
}

// sweep removes what is settled from the front, and everywhere once it is most of the ring.
func (ch *channel) sweep() {
	for ch.unacked.len() > 0 && ch.unacked.at(0).entry.msg == 0 {
		ch.unacked.drop()
		ch.dead--
	}
	if ch.dead < 32 || 2*ch.dead < ch.unacked.len() {
		return
	}
	kept := 0
	for i := range ch.unacked.len() {
		if u := *ch.unacked.at(i); u.entry.msg != 0 {
			*ch.unacked.at(kept) = u
			kept++
		}
	}
	ch.unacked.n, ch.dead = kept, 0
}

// release takes one settled delivery off the counts of its consumer and queue;
// nil when the queue is gone.
func (b *Broker) release(ch *channel, u *unacked) *queue {
	if u.consumer != 0 {
		ch.held--
		if c := b.cons.get(u.consumer); c.live && c.gen == u.consGen {
			c.held--
			b.unblock(c, ch)
		}
	}
	q := b.queues.get(u.queue)
	if !q.live || q.gen != u.queueGen {
		return nil
	}
	q.unacked--
	return q
}

func (b *Broker) ack(cn *conn, ch *channel, m *Method) {
	if !b.settleTags(cn, ch, m) {
		return
	}
	for i := range b.settled {
		u := &b.settled[i]
		if q := b.release(ch, u); q != nil {
			e := b.clientEvent(flow.Ack, cn, ch.number)
			e.Msg, e.Queue, e.Value, e.Flags = b.store.at(u.entry.msg).id, q.name, int64(u.tag), m.Flags&flow.Multiple
			b.emit()
		}
		b.store.letGo(u.entry.msg)
	}
	b.unblockChannel(ch)
	b.runDirty()
}

func (b *Broker) reject(cn *conn, ch *channel, m *Method) {
	if !b.settleTags(cn, ch, m) {
		return
	}
	label, flags := b.known.rejected, m.Flags&flow.Requeued
	if m.Op == OpBasicNack {
		label, flags = b.known.nacked, m.Flags&(flow.Requeued|flow.Multiple)
	}
	for i := range b.settled {
		u := &b.settled[i]
		q := b.release(ch, u)
		if q == nil {
			b.store.letGo(u.entry.msg)
			u.entry.msg = 0
			continue
		}
		e := b.clientEvent(flow.Reject, cn, ch.number)
		e.Msg, e.Queue, e.Value, e.Flags = b.store.at(u.entry.msg).id, q.name, int64(u.tag), flags
		b.emit()
		if m.Flags&flow.Requeued == 0 {
			b.deadLetter(q, u.entry.msg, b.known.rejected)
		}
	}
	if m.Flags&flow.Requeued != 0 {
		b.putBack(label)
	}
	b.unblockChannel(ch)
	b.runDirty()
}

func (b *Broker) recover(cn *conn, ch *channel, m *Method) {
	if m.Flags&flow.Requeued == 0 {
		b.failConnection(cn, notImplemented, "requeue=false", m.Op)
		return
	}
	b.putBackAll(ch, b.known.recovered)
	if m.Op == OpBasicRecover {
		b.reply(cn, &Method{Op: OpBasicRecoverOk, Channel: ch.number})
	}
	b.unblockChannel(ch)
	b.runDirty()
}

// putBackAll returns everything a channel holds to its queues.
func (b *Broker) putBackAll(ch *channel, why flow.Name) {
	b.settled = b.settled[:0]
	b.settleUpTo(ch, ch.unacked.len())
	for i := range b.settled {
		u := &b.settled[i]
		if b.release(ch, u) == nil {
			b.store.letGo(u.entry.msg)
			u.entry.msg = 0
		}
	}
	b.putBack(why)
}

// putBack returns what b.settled still holds to its queues, each to its old
// place. The last goes first, so that each finds its place at the front.
func (b *Broker) putBack(why flow.Name) {
	for i := len(b.settled) - 1; i >= 0; i-- {
		if u := &b.settled[i]; u.entry.msg != 0 {
			q := b.queues.get(u.queue)
			u.entry.order |= 1
			q.bytes += int64(b.store.at(u.entry.msg).Size)
			q.insert(u.entry)
		}
	}
	for i := range b.settled {
		u := &b.settled[i]
		if u.entry.msg == 0 {
			continue
		}
		q := b.queues.get(u.queue)
		e := b.event(flow.Requeue, q.vhost)
		e.Msg, e.Queue, e.Label = b.store.at(u.entry.msg).id, q.name, why
		b.emit()
		b.dirty = append(b.dirty, u.queue)
	}
	for i := range b.settled {
		if u := &b.settled[i]; u.entry.msg != 0 {
			b.trim(b.queues.get(u.queue))
		}
	}
}

// insert puts an entry where its sequence number belongs.
func (q *queue) insert(en entry) {
	n := q.ready.len()
	switch {
	case n == 0 || en.before(q.ready.at(0)):
		q.ready.pushFront(en)
	case q.ready.at(n - 1).before(&en):
		q.ready.push(en)
	default:
		q.ready.insert(sort.Search(n, func(i int) bool { return en.before(q.ready.at(i)) }), en)
	}
}
