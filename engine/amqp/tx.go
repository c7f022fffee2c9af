package amqp

import "rpcscope/engine/flow"

// txn is what a channel in transaction mode keeps until tx.commit.
type txn struct {
	messages []txMessage
	settled  []txSettle
}

// txMessage is a publish whose way is known; its queues are looked up when it goes there.
type txMessage struct {
	method Method
	queues []flow.Name
}

// txSettle is a run of acknowledgements or rejections of one kind.
type txSettle struct {
	op    Op
	flags flow.Flags
	list  []unacked
}

// keep keeps deliveries for the commit; what is settled alike in a row is one run.
func (t *txn) keep(op Op, flags flow.Flags, list []unacked) {
	flags &= flow.Requeued
	if n := len(t.settled); n > 0 && (t.settled[n-1].op == OpBasicAck) == (op == OpBasicAck) && t.settled[n-1].flags == flags {
		t.settled[n-1].list = append(t.settled[n-1].list, list...)
		return
	}
	t.settled = append(t.settled, txSettle{op, flags, append([]unacked(nil), list...)})
}

func (t *txn) clone() *txn {
	if t == nil {
		return nil
	}
	c := &txn{messages: append([]txMessage(nil), t.messages...)}
	for _, s := range t.settled {
		s.list = append([]unacked(nil), s.list...)
		c.settled = append(c.settled, s)
	}
	return c
}

func (b *Broker) txSelect(cn *conn, ch *channel, m *Method) {
	if ch.confirm {
		b.fail(cn, ch, preconditionFailed, "cannot switch from confirm to tx mode", m.Op)
		return
	}
	if ch.tx == nil {
		ch.tx = &txn{}
	}
	b.reply(cn, &Method{Op: OpTxSelectOk, Channel: ch.number})
}

// inTx refuses commit and rollback outside transaction mode.
func (b *Broker) inTx(cn *conn, ch *channel, m *Method) bool {
	if ch.tx == nil {
		b.fail(cn, ch, preconditionFailed, "channel is not transactional", m.Op)
	}
	return ch.tx != nil
}

// txCommit carries out what was kept: messages first, then settlements. It is no
// transaction in the sense of databases: a queue that refuses a message does not undo the rest.
func (b *Broker) txCommit(cn *conn, ch *channel, m *Method) {
	if !b.inTx(cn, ch, m) {
		return
	}
	t := ch.tx
	ch.tx = &txn{}
	b.atCommit = b.atCommit[:0]
	refused := false
	for i := range t.messages {
		p := &t.messages[i]
		b.targets = b.targets[:0]
		for _, name := range p.queues {
			if q := b.findQueue(cn.vhost, name); q != nil {
				b.targets = append(b.targets, q.id)
			}
		}
		refused = b.hand(cn, &p.method) || refused
		b.store.letGo(p.method.content)
	}
	for _, s := range t.settled {
		b.settled = append(b.settled[:0], s.list...)
		if s.op == OpBasicAck {
			b.acknowledge(cn, ch, 0)
		} else {
			b.refuse(cn, ch, s.op, s.flags)
		}
	}
	if refused {
		b.fail(cn, ch, preconditionFailed, "partial tx completion", m.Op)
		return
	}
	b.reply(cn, &Method{Op: OpTxCommitOk, Channel: ch.number})
}

// atCommit is whether a quorum queue took messages from the channel when its commit began.
type atCommit struct {
	queue   uint32
	refuses bool
}

// refusesNow is [queue.refusesQuorum] for a publish. All that a commit brings a queue is sent to it before
// the channel can hear that it is full.
func (b *Broker) refusesNow(q *queue, ch *channel) bool {
	if ch.tx == nil {
		return q.refusesQuorum(ch)
	}
	for _, c := range b.atCommit {
		if c.queue == q.id {
			return c.refuses
		}
	}
	c := atCommit{q.id, q.refusesQuorum(ch)}
	b.atCommit = append(b.atCommit, c)
	return c.refuses
}

// txRollback forgets the messages and lets the deliveries wait for their acknowledgement again.
func (b *Broker) txRollback(cn *conn, ch *channel, m *Method) {
	if !b.inTx(cn, ch, m) {
		return
	}
	b.endTx(ch)
	ch.tx = &txn{}
	b.reply(cn, &Method{Op: OpTxRollbackOk, Channel: ch.number})
}

// endTx gives up what was kept.
func (b *Broker) endTx(ch *channel) {
	if ch.tx == nil {
		return
	}
	for i := range ch.tx.messages {
		b.store.letGo(ch.tx.messages[i].method.content)
	}
	var all []unacked
	for _, s := range ch.tx.settled {
		all = append(all, s.list...)
	}
	b.settled = b.settled[:0]
	b.settleUpTo(ch, ch.unacked.len())
	all = append(all, b.settled...)
	sortByTag(all)
	for _, u := range all {
		ch.unacked.push(u)
	}
	ch.tx = nil
}

// sortByTag sorts by insertion: the list is a few runs that are in order.
func sortByTag(list []unacked) {
	for i := range list {
		for k := i; k > 0 && list[k].tag < list[k-1].tag; k-- {
			list[k], list[k-1] = list[k-1], list[k]
		}
	}
}
