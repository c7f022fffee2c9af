package amqp

import (
	"cmp"
	"slices"
)

// quorumPrefetch is how many messages a consumer of a quorum queue may hold that set no limit (rabbit_quorum_queue:consume).
const quorumPrefetch = 2000

// Bands of a quorum queue.
const (
	freshBand    = 0
	returnedBand = 1
)

// returns is how often an entry of a quorum queue was put back.
func (en *entry) returns() uint32 { return en.order >> 1 }

// putBackQuorum takes an entry back into a quorum queue, or gives it up when it
// came back too often. With a delivery limit it goes before what was never
// delivered; without one a consumer that returns it sends it to the end, and only
// one that is gone leaves it at the front (rabbit_fifo: handle_aux, return_one).
func (b *Broker) putBackQuorum(q *queue, u *unacked, gone bool) {
	en := u.entry
	if int64(en.returns()) >= q.maxReturns && !b.crashing {
		b.deadLetter(q, en.msg, b.known.deliveryLimit)
		if u.consumer != 0 && !gone {
			b.mayHoldOneMore(u)
		}
		return
	}
	en.order = (en.returns()+1)<<1 | 1
	band := returnedBand
	if q.maxReturns == never && !gone {
		band = freshBand
	}
	q.bytes += int64(b.store.at(en.msg).Size)
	*q.ready.slot(band) = en
}

// giveUpAfterCrash gives up what was delivered too often when the node crashed: the queue hears of it when it is up again.
func (b *Broker) giveUpAfterCrash(q *queue) {
	r := q.ready.band(returnedBand)
	for n := r.len(); n > 0; n-- {
		en := r.pop()
		if int64(en.returns()) <= q.maxReturns {
			r.push(en)
			continue
		}
		q.ready.n--
		q.bytes -= int64(b.store.at(en.msg).Size)
		b.deadLetter(q, en.msg, b.known.deliveryLimit)
	}
}

// mayHoldOneMore raises a consumer's limit for good: what 3.10 gives up it counts
// twice, as settled and as returned (rabbit_fifo: complete, return).
func (b *Broker) mayHoldOneMore(u *unacked) {
	if c := b.cons.get(u.consumer); c.live && c.gen == u.consGen {
		c.prefetch++
		b.unblock(c, b.chans.get(c.channel))
	}
}

// marked is the message of an entry as a quorum queue delivers it, with the header x-delivery-count. The caller lets it go.
func (b *Broker) marked(en *entry) uint32 {
	old := b.store.at(en.msg)
	var c Content
	old.fill(&c)
	c.Headers = b.tables.Intern(b.tables.Table(c.Headers).with(Field{"x-delivery-count", Int(int64(en.returns()))}))
	id := old.id
	slot := b.store.hold(&c)
	b.store.at(slot).id = id
	return slot
}

// enqueuer is a channel that has published to a quorum queue.
type enqueuer struct {
	serial  uint32 // of the channel
	refused bool   // it was told that the queue takes nothing more
}

// refusesQuorum reports whether a quorum queue takes nothing more from a
// channel. It is the channel that refuses, when the queue told it so: at its first
// publish or in [Broker.evaluate] (rabbit_fifo_client:enqueue).
func (q *queue) refusesQuorum(ch *channel) bool {
	i, found := q.enqueuer(ch.serial)
	if !found {
		q.enqueuers = slices.Insert(q.enqueuers, i, enqueuer{ch.serial, q.overflow == rejectPublish && q.over()})
		ch.enqueues = append(ch.enqueues, q.id)
	}
	return q.enqueuers[i].refused
}

// enqueuer finds a channel among those that have published.
func (q *queue) enqueuer(serial uint32) (int, bool) {
	return slices.BinarySearchFunc(q.enqueuers, serial, func(e enqueuer, s uint32) int { return cmp.Compare(e.serial, s) })
}

// evaluate looks at a quorum queue's limit after something happened to it. All
// channels that have published are told when it is passed, and again when the
// queue has come down to four fifths of it – not when a policy lifts it: then they
// refuse until another limit is set (rabbit_fifo:evaluate_limit).
func (b *Broker) evaluate(q *queue) {
	limited := q.maxLen != never || q.maxBytes != never
	below := limited && int64(q.ready.len()) <= fourFifths(q.maxLen) && q.bytes <= fourFifths(q.maxBytes)
	if q.overflow == rejectPublish {
		switch {
		case q.over():
			q.tell(true)
		case below && !q.below:
			q.tell(false)
		}
	}
	q.below = below
}

func (q *queue) tell(refused bool) {
	for i := range q.enqueuers {
		q.enqueuers[i].refused = refused
	}
}

// over reports whether a queue holds more than its limits allow.
func (q *queue) over() bool { return int64(q.ready.len()) > q.maxLen || q.bytes > q.maxBytes }

// forgetEnqueuer takes a channel that ends off the queues it has published to.
func (b *Broker) forgetEnqueuer(ch *channel) {
	for _, id := range ch.enqueues {
		q := b.queues.get(id)
		if i, found := q.enqueuer(ch.serial); found {
			q.enqueuers = slices.Delete(q.enqueuers, i, i+1)
		}
	}
	ch.enqueues = ch.enqueues[:0]
}

func fourFifths(n int64) int64 { return n/5*4 + n%5*4/5 }

// consumersOf is how many consumers a queue counts. A quorum queue counts one
// for every basic.get, and every cancelled consumer, too, as long as what it
// fetched is not settled (rabbit_fifo keeps them in one map).
func (b *Broker) consumersOf(q *queue) int {
	n := len(q.consumers)
	if !q.quorum || q.unacked == 0 {
		return n
	}
	var cancelled []unacked // one delivery of each
	count := func(u *unacked) {
		switch {
		case u.entry.msg == 0 || u.queue != q.id || u.queueGen != q.gen:
		case u.consumer == 0:
			n++
		case b.cons.get(u.consumer).gen != u.consGen && !slices.ContainsFunc(cancelled, func(o unacked) bool { return o.consumer == u.consumer && o.consGen == u.consGen }):
			cancelled = append(cancelled, *u)
		}
	}
	for i := 1; i < b.conns.len(); i++ {
		for _, id := range b.conns.get(uint32(i)).channels {
			if id == 0 {
				continue
			}
			ch := b.chans.get(id)
			for k := range ch.unacked.len() {
				count(ch.unacked.at(k))
			}
			if ch.tx == nil {
				continue
			}
			for s := range ch.tx.settled {
				for k := range ch.tx.settled[s].list {
					count(&ch.tx.settled[s].list[k])
				}
			}
		}
	}
	return n + len(cancelled)
}
