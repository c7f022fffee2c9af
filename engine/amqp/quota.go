package amqp

import "rpcscope/engine/flow"

// quota bounds how much there may be of two things; zero is no bound, else the bound plus one.
type quota struct{ connections, others int }

// newQuota makes a quota; a negative number is no bound.
func newQuota(connections, others int) quota {
	return quota{max(0, connections+1), max(0, others+1)}
}

func reached(bound, have int) bool { return bound > 0 && have >= bound-1 }

// SetVHostLimits bounds the connections to a virtual host and its queues; a negative number is no bound.
func (b *Broker) SetVHostLimits(name string, connections, queues int) {
	if v := b.findVHost(b.names.Intern(name)); v >= 0 {
		b.vhosts[v].quota = newQuota(connections, queues)
	}
}

// SetUserLimits bounds a user's connections and channels; a negative number is no bound.
func (b *Broker) SetUserLimits(name string, connections, channels int) {
	if u := b.findUser(b.names.Intern(name)); u != nil {
		u.quota = newQuota(connections, channels)
	}
}

// overQuota says why a connection may not be opened for the number of those that are.
func (b *Broker) overQuota(cn *conn, v int) string {
	vhost, user := &b.vhosts[v], b.findUser(cn.user)
	if vhost.quota.connections == 0 && (user == nil || user.quota.connections == 0) {
		return ""
	}
	inVHost, ofUser := 0, 0
	for i := 1; i < b.conns.len(); i++ {
		o := b.conns.get(uint32(i))
		if o.stage != stageOpen {
			continue
		}
		if int(o.vhost) == v {
			inVHost++
		}
		if o.user == cn.user {
			ofUser++
		}
	}
	switch {
	case reached(vhost.quota.connections, inVHost):
		return "access to vhost '" + b.names.Text(vhost.name) + "' refused for user '" + b.names.Text(cn.user) +
			"': connection limit (" + decimal(int64(vhost.quota.connections-1)) + ") is reached"
	case user != nil && reached(user.quota.connections, ofUser):
		return "connection refused for user '" + b.names.Text(cn.user) + "': user connection limit (" + decimal(int64(user.quota.connections-1)) + ") is reached"
	}
	return ""
}

// tooManyChannels says why a connection may not have one channel more.
func (b *Broker) tooManyChannels(cn *conn) string {
	if cn.opened >= maxChannels {
		limit := decimal(maxChannels)
		return "number of channels opened (" + limit + ") has reached the negotiated channel_max (" + limit + ")"
	}
	user := b.findUser(cn.user)
	if user == nil || user.quota.others == 0 {
		return ""
	}
	n := 0
	for i := 1; i < b.conns.len(); i++ {
		if o := b.conns.get(uint32(i)); o.stage == stageOpen && o.user == cn.user {
			n += o.opened
		}
	}
	if !reached(user.quota.others, n) {
		return ""
	}
	return "number of channels opened for user '" + b.names.Text(cn.user) + "' has reached the maximum allowed user limit of (" + decimal(int64(user.quota.others-1)) + ")"
}

// tooManyQueues says why a virtual host may not have one queue more.
func (b *Broker) tooManyQueues(v uint32, name flow.Name) string {
	bound := b.vhosts[v].quota.others
	if bound == 0 {
		return ""
	}
	n := 0
	for i := 1; i < b.queues.len(); i++ {
		if q := b.queues.get(uint32(i)); q.live && q.vhost == v {
			n++
		}
	}
	if !reached(bound, n) {
		return ""
	}
	return "cannot declare queue '" + b.names.Text(name) + "': queue limit in vhost '" + b.names.Text(b.vhosts[v].name) + "' (" + decimal(int64(bound-1)) + ") is reached"
}
