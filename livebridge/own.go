package livebridge

import "strings"

// ownObjects leaves the bridge's own connections, queues and consumers – and
// those of other bridges with the same prefix – out of the picture. It is used
// by one goroutine.
type ownObjects struct {
	set *settings
	// pids are the broker's process ids of our connections and channels, which
	// is all that a channel's events name. As many as there are of those.
	pids map[string]struct{}
}

func newOwnObjects(set *settings) *ownObjects {
	return &ownObjects{set: set, pids: make(map[string]struct{})}
}

// hides reports whether the event r is about us.
func (o *ownObjects) hides(r *record) bool {
	field := func(name string) string { return text(r.header[name]) }
	switch r.key {
	case "connection.created":
		return o.remember(strings.HasPrefix(field("user_provided_name"), ownConnection), field("pid"))
	case "channel.created":
		_, own := o.pids[field("connection")]
		return o.remember(own, field("pid"))
	case "connection.closed", "channel.closed":
		_, own := o.pids[field("pid")]
		delete(o.pids, field("pid"))
		return own || strings.HasPrefix(field("user_provided_name"), ownConnection)
	case "queue.created", "queue.deleted":
		return o.set.ownQueue(field("name"))
	case "binding.created", "binding.deleted":
		return o.set.ownQueue(field("destination_name"))
	case "consumer.created", "consumer.deleted":
		return o.set.ownQueue(field("queue"))
	}
	return false
}

func (o *ownObjects) remember(own bool, pid string) bool {
	if own && pid != "" {
		// Pids of a broker that was killed are never reported as gone.
		if len(o.pids) >= 1000 {
			clear(o.pids)
		}
		o.pids[pid] = struct{}{}
	}
	return own
}
