package amqp

// Held is how many messages the broker holds: in queues, unacknowledged, or on the way in either direction.
func (b *Broker) Held() int { return max(0, len(b.store)-1-len(b.freeStore)) }

// EachHeld visits the content of every message that the broker holds, so that
// a publisher can tell which of the bodies it handed over are still needed.
func (b *Broker) EachHeld(visit func(c *Content)) {
	for i := range b.store {
		if b.store[i].refs > 0 {
			visit(&b.store[i].Content)
		}
	}
}
