package amqp

// Held is how many messages the broker holds: in queues, unacknowledged, or on the way in either direction.
func (b *Broker) Held() int { return b.store.held() }

// EachHeld visits the content of every message that the broker holds, so that
// a publisher can tell which of the bodies it handed over are still needed.
// What visit gets is good during the call only.
func (b *Broker) EachHeld(visit func(c *Content)) {
	var c Content
	for i := uint32(1); i < b.store.n; i++ {
		if s := b.store.at(i); s.refs() > 0 {
			c = s.content()
			visit(&c)
		}
	}
}
