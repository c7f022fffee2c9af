package amqp

import "rpcscope/engine/flow"

type vhost struct {
	name      flow.Name
	defaultEx uint32
	gone      bool
	quota     quota // of connections and queues
}

// predeclared exchanges of each virtual host besides the default one.
var predeclared = [...]struct {
	name     string
	kind     exchangeType
	internal bool
}{
	{"amq.direct", directType, false},
	{"amq.fanout", fanoutType, false},
	{"amq.topic", topicType, false},
	{"amq.headers", headersType, false},
	{"amq.match", headersType, false},
	{"amq.rabbitmq.trace", topicType, true},
}

// AddVHost makes a virtual host with its predeclared exchanges, where [Guest]
// may do everything. One that is there already stays as it is.
func (b *Broker) AddVHost(name string) {
	id := b.names.Intern(name)
	if b.findVHost(id) >= 0 {
		return
	}
	v := uint32(len(b.vhosts))
	b.vhosts = append(b.vhosts, vhost{name: id})
	b.vhosts[v].defaultEx = b.newExchange(v, 0, directType, flow.Durable, 0).id
	for _, p := range predeclared {
		flags := flow.Durable
		if p.internal {
			flags |= flow.Internal
		}
		b.newExchange(v, b.names.Intern(p.name), p.kind, flags, 0)
	}
	b.Permit(name, Guest, ".*", ".*", ".*")
}

// DeleteVHost removes a virtual host with all that is in it; connections to it
// are closed, with a text that in RabbitMQ says "is down" when that is noticed first.
func (b *Broker) DeleteVHost(now int64, name string) {
	b.now = now
	v := b.findVHost(b.names.Intern(name))
	if v < 0 {
		return
	}
	id := b.vhosts[v].name
	for i := 1; i < b.queues.len(); i++ {
		if q := b.queues.get(uint32(i)); q.live && int(q.vhost) == v {
			b.deleteQueue(q, b.known.deleted)
		}
	}
	for i := 1; i < b.exs.len(); i++ {
		if x := b.exs.get(uint32(i)); !x.gone && int(x.vhost) == v {
			b.deleteExchange(x, b.known.deleted)
		}
	}
	b.vhosts[v].gone = true
	b.policies = keep(b.policies, func(p *policy) bool { return p.vhost != id })
	b.perms = keep(b.perms, func(p *permission) bool { return p.vhost != id })
	b.topicPerms = keep(b.topicPerms, func(p *topicPermission) bool { return p.vhost != id })
	b.closeWhere(now, func(cn *conn) bool { return int(cn.vhost) == v }, "vhost '"+name+"' is deleted")
}

func (b *Broker) findVHost(name flow.Name) int {
	for i := range b.vhosts {
		if b.vhosts[i].name == name && !b.vhosts[i].gone {
			return i
		}
	}
	return -1
}
