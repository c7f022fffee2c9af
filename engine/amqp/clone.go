package amqp

import (
	"maps"
	"slices"

	"rpcscope/engine/flow"
	"rpcscope/engine/sim"
)

// Clone returns an independent copy that continues on the given event queue
// (a clone of this broker's) and reports to the given sink. Names and tables
// only ever grow and are shared.
func (b *Broker) Clone(q *sim.Queue, s flow.Sink) *Broker {
	c := &Broker{
		names: b.names, tables: b.tables, words: b.words, known: b.known,
		sink: s, events: q, address: b.address, omit: b.omit, maxSize: b.maxSize, returns: b.returns, ackTimeout: b.ackTimeout, serial: b.serial, epoch: b.epoch, rand: b.rand,
		now: b.now, ports: b.ports, lastMsg: b.lastMsg, alarms: b.alarms, stopped: b.stopped, stamp: b.stamp,
		vhosts: slices.Clone(b.vhosts), users: slices.Clone(b.users), perms: slices.Clone(b.perms), topicPerms: slices.Clone(b.topicPerms), policies: slices.Clone(b.policies),
		exNames: b.exNames.clone(), queNames: b.queNames.clone(), direct: b.direct.clone(),
		bindings: slices.Clone(b.bindings), freeBinds: slices.Clone(b.freeBinds), bound: maps.Clone(b.bound), edition: b.edition,
		store: b.store.clone(),
	}
	c.conns = b.conns.clone(func(n, o *conn) {
		*n = *o
		n.toBroker, n.toClient, n.waiting, n.channels = o.toBroker.clone(nil), o.toClient.clone(nil), o.waiting.clone(nil), slices.Clone(o.channels)
	})
	c.chans = b.chans.clone(func(n, o *channel) {
		*n = *o
		n.tx = o.tx.clone()
		n.unacked, n.consumers, n.blocked, n.enqueues = o.unacked.clone(nil), slices.Clone(o.consumers), slices.Clone(o.blocked), slices.Clone(o.enqueues)
	})
	c.exs = b.exs.clone(func(n, o *exchange) {
		*n = *o
		n.out, n.in, n.topics = slices.Clone(o.out), slices.Clone(o.in), o.topics.clone()
	})
	c.queues = b.queues.clone(func(n, o *queue) {
		*n = *o
		n.ready, n.active = o.ready.clone(n.ready0[:]), o.active.clone(n.active0[:])
		n.consumers, n.in, n.enqueuers = slices.Clone(o.consumers), slices.Clone(o.in), slices.Clone(o.enqueuers)
	})
	c.cons = b.cons.clone(func(n, o *consumer) { *n = *o })
	return c
}

// Digest folds the broker's state into d, apart from what waits in the event queue.
func (b *Broker) Digest(d *sim.Digest) {
	d.Uint(uint64(b.lastMsg))
	b.rand.Digest(d)
	if b.alarms != 0 || b.stopped {
		d.Uint(uint64(b.alarms))
		d.Bool(b.stopped)
	}
	for i := range b.policies {
		d.Text(b.names.Text(b.policies[i].name))
	}
	for i := 1; i < b.exs.len(); i++ {
		x := b.exs.get(uint32(i))
		if b.findExchange(x.vhost, x.name) == x {
			b.digestExchange(d, x)
		}
	}
	for i := 1; i < b.queues.len(); i++ {
		if q := b.queues.get(uint32(i)); q.live {
			b.digestQueue(d, q)
		}
	}
	for i := 1; i < b.conns.len(); i++ {
		if cn := b.conns.get(uint32(i)); cn.stage != stageFree {
			b.digestConn(d, cn)
		}
	}
}

func (b *Broker) digestExchange(d *sim.Digest, x *exchange) {
	d.Text(b.names.Text(x.name))
	d.Uint(uint64(x.kind)<<32 | uint64(x.flags))
	for _, id := range x.out {
		w := &b.bindings[id]
		d.Text(b.names.Text(w.key))
		d.Text(b.names.Text(w.args))
		d.Uint(uint64(w.dest))
		d.Bool(w.toExchange)
	}
}

func (b *Broker) digestQueue(d *sim.Digest, q *queue) {
	d.Text(b.names.Text(q.name))
	d.Text(b.names.Text(q.args))
	d.Uint(uint64(q.flags)<<32 | uint64(q.unacked))
	d.Uint(uint64(q.nextSeq))
	d.Uint(uint64(q.ready.len()))
	q.ready.each(func(en *entry) bool {
		d.Uint(uint64(b.store.at(en.msg).id))
		d.Uint(uint64(en.seq()))
		d.Uint(uint64(en.expires))
		d.Bool(en.redelivered())
		return true
	})
	for _, e := range q.enqueuers {
		d.Uint(uint64(e.serial))
		d.Bool(e.refused)
	}
	for i := range q.active.len() {
		d.Uint(uint64(*q.active.at(i)))
	}
	for _, id := range q.consumers {
		c := b.cons.get(id)
		d.Text(b.names.Text(c.tag))
		d.Uint(uint64(c.prefetch)<<32 | uint64(c.held))
	}
}

func (b *Broker) digestConn(d *sim.Digest, cn *conn) {
	d.Text(b.names.Text(cn.name))
	d.Uint(uint64(cn.id)<<8 | uint64(cn.stage))
	cn.rand.Digest(d)
	d.Uint(uint64(cn.lastUp))
	d.Uint(uint64(cn.lastDown))
	if cn.held != 0 || cn.delay != 0 || cn.silence != 0 {
		d.Uint(uint64(cn.held)<<32 | uint64(cn.silence))
		d.Uint(uint64(cn.owedUp)<<32 | uint64(cn.owedDown))
		d.Uint(uint64(cn.delay))
	}
	for i, r := range [3]*ring[Method]{&cn.toBroker, &cn.toClient, &cn.waiting} {
		if i == 2 && r.len() == 0 {
			break
		}
		d.Uint(uint64(r.len()))
		for i := range r.len() {
			m := r.at(i)
			d.Uint(uint64(m.Op)<<32 | uint64(m.Channel))
			d.Uint(m.Delivery)
			d.Uint(uint64(m.Msg))
		}
	}
	for _, id := range cn.channels {
		if id == 0 {
			continue
		}
		ch := b.chans.get(id)
		d.Uint(ch.published)
		d.Uint(ch.delivered)
		if ch.tx != nil {
			d.Uint(uint64(len(ch.tx.messages))<<32 | uint64(len(ch.tx.settled)))
		}
		for i := range ch.unacked.len() {
			u := ch.unacked.at(i)
			d.Uint(u.tag)
			d.Bool(u.entry.msg != 0)
		}
	}
}
