package normalize

import "rpcscope/engine/flow"

// Where records begin in the middle and no topology is among them, the first
// that is heard of an object's being may be its end. Traffic has shown it
// before, so the end is told; and a reply to a queue that is gone is returned,
// whether or not anybody announced the queue.

func (n *Normalizer) queueGoneUnannounced(k objectKey, why string) {
	if _, known := n.objects.queues[k]; known || n.objects.wasDeleted(k) {
		return // the broker repeats some events
	}
	n.queueEnded(k, why, 0)
}

func (n *Normalizer) exchangeGoneUnannounced(k objectKey, why string) {
	if _, known := n.objects.exchanges[k]; !known {
		n.emit(flow.Event{Kind: flow.ExchangeDelete, VHost: k.vhost, Exchange: k.name, Label: n.names.Intern(why)})
	}
}

// closedUnannounced ends a connection that only its messages told of.
func (n *Normalizer) closedUnannounced(c *connection) {
	if c == nil || c.open || c.ended {
		return
	}
	c.ended = true
	n.emit(flow.Event{Kind: flow.ConnectionClose, Conn: c.name, Process: c.process, VHost: c.vhost})
}
