package amqp

import (
	"cmp"
	"sort"
	"strconv"
	"strings"

	"rpcscope/engine/flow"
)

// settleTags collects in b.settled the deliveries that a tag stands for, in order,
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
	ch.unacked.n, ch.dead = uint32(kept), 0
}

// release takes one settled delivery off the counts of its consumer and queue;
// nil when the queue is gone. The channel's own count follows when all that was
// settled with it is (rabbit_channel:notify_limiter).
func (b *Broker) release(ch *channel, u *unacked) *queue {
	if u.consumer != 0 {
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
	if q.quorum && q.expires != 0 { // what held a message was a consumer to it
		b.touch(q)
	}
	return q
}

// inGroups calls settle for each part of b.settled that belongs to one consumer
// of one queue. A channel settles by queue and consumer tag, in their order, and
// each queue goes on before the next hears of it; only then the channel counts
// what it has room for (rabbit_channel:foreach_per_queue, notify_limiter).
func (b *Broker) inGroups(ch *channel, settle func([]unacked)) {
	consumed := uint32(0)
	for i := range b.settled {
		if b.settled[i].consumer != 0 {
			consumed++
		}
	}
	b.sortGroups()
	list := b.settled
	for from, to := 0, 0; from < len(list); from = to {
		for to = from + 1; to < len(list) && b.byGroup(&list[from], &list[to]) == 0; to++ {
		}
		settle(list[from:to])
		b.runDirty()
	}
	ch.held -= consumed
	b.unblockChannel(ch)
	b.runDirty()
}

// sortGroups sorts b.settled by group, what is of one group in the order it has, by merging ever longer runs.
func (b *Broker) sortGroups() {
	from, n := b.settled, len(b.settled)
	sorted := true
	for i := 1; i < n && sorted; i++ {
		sorted = b.byGroup(&from[i-1], &from[i]) <= 0
	}
	if sorted {
		return
	}
	to := append(b.group[:0], from...)
	for width := 1; width < n; width *= 2 {
		for low := 0; low < n; low += 2 * width {
			b.merge(to[low:min(low+2*width, n)], from[low:min(low+width, n)], from[min(low+width, n):min(low+2*width, n)])
		}
		from, to = to, from
	}
	b.settled, b.group = from, to
}

// merge puts two sorted runs into one.
func (b *Broker) merge(to, x, y []unacked) {
	for i := range to {
		if len(y) == 0 || len(x) > 0 && b.byGroup(&x[0], &y[0]) <= 0 {
			to[i], x = x[0], x[1:]
		} else {
			to[i], y = y[0], y[1:]
		}
	}
}

// byGroup orders deliveries by queue and consumer tag. What basic.get fetched
// comes first and each for itself.
func (b *Broker) byGroup(x, y *unacked) int {
	switch {
	case x.queue != y.queue:
		return strings.Compare(b.names.Text(b.queues.get(x.queue).name), b.names.Text(b.queues.get(y.queue).name))
	case x.consumer == 0 && y.consumer == 0:
		return cmp.Compare(x.tag, y.tag)
	case x.consTag == y.consTag:
		return 0
	}
	return strings.Compare(b.names.Text(x.consTag), b.names.Text(y.consTag))
}

func (b *Broker) ack(cn *conn, ch *channel, m *Method) {
	if !b.settleTags(cn, ch, m) {
		return
	}
	if ch.tx != nil {
		ch.tx.keep(m.Op, 0, b.settled)
		return
	}
	b.acknowledge(cn, ch, m.Flags&flow.Multiple)
}

// acknowledge forgets what b.settled holds.
func (b *Broker) acknowledge(cn *conn, ch *channel, multiple flow.Flags) {
	if len(b.settled) == 1 && ch.limit == 0 { // as most are: no groups, no room to be made
		if b.settled[0].consumer != 0 {
			ch.held--
		}
		b.ackGroup(cn, ch, b.settled, multiple)
		b.runDirty()
		return
	}
	b.inGroups(ch, func(group []unacked) { b.ackGroup(cn, ch, group, multiple) })
}

func (b *Broker) ackGroup(cn *conn, ch *channel, group []unacked, multiple flow.Flags) {
	for i := range group {
		u := &group[i]
		if q := b.release(ch, u); q != nil {
			e := b.clientEvent(flow.Ack, cn, ch.number)
			e.Msg, e.Queue, e.Value, e.Flags = b.store.at(u.entry.msg).id, q.name, int64(u.tag), multiple
			b.emit()
		}
		b.store.letGo(u.entry.msg)
	}
}

func (b *Broker) reject(cn *conn, ch *channel, m *Method) {
	if !b.settleTags(cn, ch, m) {
		return
	}
	flags := m.Flags & flow.Requeued
	if m.Op == OpBasicNack {
		flags = m.Flags & (flow.Requeued | flow.Multiple)
	}
	if ch.tx != nil {
		ch.tx.keep(m.Op, flags, b.settled)
		return
	}
	b.refuse(cn, ch, m.Op, flags)
}

// refuse rejects what b.settled holds.
func (b *Broker) refuse(cn *conn, ch *channel, op Op, flags flow.Flags) {
	label := b.known.rejected
	if op == OpBasicNack {
		label = b.known.nacked
	}
	b.inGroups(ch, func(group []unacked) {
		for i := range group {
			u := &group[i]
			q := b.release(ch, u)
			if q == nil {
				b.store.letGo(u.entry.msg)
				u.entry.msg = 0
				continue
			}
			e := b.clientEvent(flow.Reject, cn, ch.number)
			e.Msg, e.Queue, e.Value, e.Flags = b.store.at(u.entry.msg).id, q.name, int64(u.tag), flags
			b.emit()
			if flags&flow.Requeued == 0 {
				b.deadLetter(q, u.entry.msg, b.known.rejected)
			}
		}
		if flags&flow.Requeued != 0 {
			b.putBack(group, label, false)
		}
	})
}

func (b *Broker) recover(cn *conn, ch *channel, m *Method) {
	if m.Flags&flow.Requeued == 0 {
		b.fail(cn, ch, notImplemented, "requeue=false", m.Op)
		return
	}
	b.settled = b.settled[:0]
	b.settleUpTo(ch, ch.unacked.len())
	if m.Op == OpBasicRecover { // said before any queue can deliver again
		b.reply(cn, &Method{Op: OpBasicRecoverOk, Channel: ch.number})
	}
	b.inGroups(ch, func(group []unacked) {
		b.releaseAll(ch, group)
		b.putBack(group, b.known.recovered, false)
	})
}

// releaseAll releases a group; what has no queue any more is forgotten.
func (b *Broker) releaseAll(ch *channel, group []unacked) {
	for i := range group {
		u := &group[i]
		if b.release(ch, u) == nil {
			b.store.letGo(u.entry.msg)
			u.entry.msg = 0
		}
	}
}

// putBackAll returns everything to its queues that a channel that ends holds. Queues that may deliver again are left dirty.
func (b *Broker) putBackAll(ch *channel, why flow.Name) {
	b.endTx(ch)
	b.settled = b.settled[:0]
	b.settleUpTo(ch, ch.unacked.len())
	b.releaseAll(ch, b.settled)
	b.sortReturns(b.settled)
	b.putBack(b.settled, why, true)
	ch.held = 0
}

// sortReturns puts what a channel held of quorum queues in the order in which
// these take it back: consumer by consumer, with what basic.get fetched first
// (rabbit_fifo:handle_down goes through its map of consumers). In a classic
// queue all finds its old place.
func (b *Broker) sortReturns(list []unacked) {
	for i := range list {
		if list[i].entry.msg == 0 || !b.queues.get(list[i].queue).quorum {
			continue
		}
		for k := i; k > 0 && b.byGroup(&list[k], &list[k-1]) < 0; k-- {
			list[k], list[k-1] = list[k-1], list[k]
		}
	}
}

// putBack returns what a group still holds to its queues, in a classic one each
// to its old place. The last goes first, so that each finds its place at the front.
func (b *Broker) putBack(group []unacked, why flow.Name, gone bool) {
	for i := len(group) - 1; i >= 0; i-- {
		if u := &group[i]; u.entry.msg != 0 {
			if q := b.queues.get(u.queue); !q.quorum {
				u.entry.order |= 1
				q.bytes += int64(b.store.at(u.entry.msg).Size)
				q.ready.put(b.band(q, u.entry.msg), u.entry)
			}
		}
	}
	for i := range group {
		u := &group[i]
		if u.entry.msg == 0 {
			continue
		}
		q := b.queues.get(u.queue)
		e := b.event(flow.Requeue, q.vhost)
		e.Msg, e.Queue, e.Label = b.store.at(u.entry.msg).id, q.name, why
		b.emit()
		if q.quorum {
			b.putBackQuorum(q, u, gone)
		}
		b.dirty = append(b.dirty, u.queue)
	}
	for i := range group {
		if u := &group[i]; u.entry.msg != 0 {
			q := b.queues.get(u.queue)
			if !q.quorum { // which hands out before it looks at its limit
				b.trim(q)
			}
			if q.top > 0 { // which does not look at what it hands out
				b.watchHead(q)
			}
		}
	}
}
