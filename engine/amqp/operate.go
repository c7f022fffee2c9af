package amqp

import "strings"

// CloseConnection makes the broker close a connection, as an operator's
// rabbitmqctl close_connection does: connection.close 320.
func (b *Broker) CloseConnection(now int64, c ConnID, reason string) {
	if cn := b.conn(c); cn != nil && cn.stage == stageOpen {
		b.now = now
		b.failConnection(cn, connectionForced, reason, OpNone)
	}
}

// DeleteQueue deletes a queue, as an operator may; its consumers are told. It
// is false when there is no such queue, or it is some connection's own.
func (b *Broker) DeleteQueue(now int64, vhost, name string) bool {
	q := b.operatorsQueue(now, vhost, name)
	if q == nil {
		return false
	}
	b.deleteQueue(q, b.known.deleted)
	b.runDirty()
	return true
}

// PurgeQueue drops what is ready in a queue; n is how much that was. It is false as DeleteQueue is.
func (b *Broker) PurgeQueue(now int64, vhost, name string) (n int, ok bool) {
	q := b.operatorsQueue(now, vhost, name)
	if q == nil {
		return 0, false
	}
	return b.purge(q), true
}

// operatorsQueue finds a queue that an operator may touch.
func (b *Broker) operatorsQueue(now int64, vhost, name string) *queue {
	b.now = now
	v := b.findVHost(b.names.Intern(vhost))
	if v < 0 {
		return nil
	}
	if q := b.findQueue(uint32(v), b.names.Intern(name)); q != nil && q.owner == 0 {
		return q
	}
	return nil
}

// DeleteExchange deletes an exchange with its bindings. It is false when there
// is no such exchange, or the broker made it itself.
func (b *Broker) DeleteExchange(now int64, vhost, name string) bool {
	b.now = now
	v := b.findVHost(b.names.Intern(vhost))
	if v < 0 || name == "" || strings.HasPrefix(name, "amq.") {
		return false
	}
	x := b.findExchange(uint32(v), b.names.Intern(name))
	if x != nil {
		b.deleteExchange(x, b.known.deleted)
	}
	return x != nil
}
