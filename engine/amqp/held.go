package amqp

import "rpcscope/engine/flow"

// Held is how many messages the broker holds: in queues, unacknowledged, or on the way in either direction.
func (b *Broker) Held() int { return b.store.held() }

// Longest is the queue with the most ready messages; there is none when all are empty.
func (b *Broker) Longest() (queue flow.Name, ready int) {
	for i := 1; i < b.queues.len(); i++ {
		if q := b.queues.get(uint32(i)); q.live && q.ready.len() > ready {
			queue, ready = q.name, q.ready.len()
		}
	}
	return queue, ready
}

// EachHeld visits the content of every message that the broker holds, so that
// a publisher can tell which of the bodies it handed over are still needed.
// What visit gets is good during the call only.
func (b *Broker) EachHeld(visit func(c *Content)) {
	var c Content
	for i := uint32(1); i < b.store.n; i++ {
		if s := b.store.at(i); s.refs() > 0 {
			s.fill(&c)
			visit(&c)
		}
	}
}
