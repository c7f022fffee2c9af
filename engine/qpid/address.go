package qpid

import (
	"rpcscope/engine/flow"
	"rpcscope/engine/transport"
)

// node is what an address names: an exchange and the subject that selects
// among what is sent to it, with what is made when it is not there.
type node struct {
	exchange, kind, key flow.Name
	// own: the broker's own exchange, which is there and stays.
	own     bool
	durable bool
}

// receiver is the link that a consumer attaches.
type receiver struct {
	node
	// name of the link, which is that of its queue; made by the library when 0.
	name flow.Name
	// exclusive, autoDelete, durable are the queue's.
	exclusive, autoDelete, durable bool
	class                          flow.Class
	address                        flow.Name
}

// node of a target, for either side (nova impl_qpid, the Publisher and Consumer classes).
func (b *Broker) node(t *transport.Target) node {
	n := b.names.Intern
	switch {
	case t.ReplyTo != 0 && b.two():
		return node{exchange: b.words.amqDirect, kind: b.words.direct, key: t.ReplyTo, own: true}
	case t.ReplyTo != 0:
		return node{exchange: t.ReplyTo, kind: b.words.direct, key: t.ReplyTo, durable: true}
	case t.Fanout && b.two():
		return node{exchange: b.words.amqTopic, kind: b.words.topic, key: n("fanout/" + t.Topic), own: true}
	case t.Fanout:
		return node{exchange: n(t.Topic + "_fanout"), kind: b.words.fanout, key: 0}
	case b.two():
		return node{exchange: b.words.amqTopic, kind: b.words.topic, key: n("topic/" + t.Exchange + "/" + t.Key()), own: true}
	}
	return node{exchange: n(t.Exchange), kind: b.words.topic, key: n(t.Key()), durable: true}
}

// receiver of a target: the table of oslo-messaging's addresses, row by row.
func (b *Broker) receiver(t *transport.Target) receiver {
	r := receiver{node: b.node(t), durable: b.set.Durable}
	switch {
	case t.ReplyTo != 0:
		r.name, r.exclusive, r.autoDelete, r.class = t.ReplyTo, true, true, flow.ClassReply
	case t.Fanout:
		r.exclusive, r.autoDelete, r.durable, r.class = true, true, false, flow.ClassFanout
	default:
		name := t.Key()
		if t.Pool != "" {
			name = t.Pool
		}
		r.name, r.autoDelete = b.names.Intern(name), b.set.AutoDelete
	}
	r.address = b.names.Intern(b.address(&r))
	return r
}

// address writes the address string that the driver makes.
func (b *Broker) address(r *receiver) string {
	s := b.names.Text(r.exchange)
	if r.key != 0 && r.kind != b.words.fanout {
		s += "/" + b.names.Text(r.key)
	}
	s += " ; {"
	if !b.two() {
		s += "create: always, node: {type: topic, x-declare: {durable: " + yes(r.kind != b.words.fanout) +
			", auto-delete: True, type: " + b.names.Text(r.kind) + "}}, "
	}
	s += "link: {"
	if r.name != 0 {
		s += "name: " + b.names.Text(r.name) + ", "
	}
	return s + "durable: " + yes(r.durable) + ", x-declare: {auto-delete: " + yes(r.autoDelete) + ", exclusive: " + yes(r.exclusive) + "}}}"
}

func yes(b bool) string {
	if b {
		return "True"
	}
	return "False"
}
