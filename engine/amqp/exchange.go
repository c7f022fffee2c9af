package amqp

import (
	"slices"
	"strings"

	"rpcscope/engine/flow"
)

// rs names a thing as RabbitMQ's error texts do (rabbit_misc:rs).
//
//go:noinline
func (b *Broker) rs(kind string, name flow.Name, v uint32) string {
	return kind + " '" + b.names.Text(name) + "' in vhost '" + b.names.Text(b.vhosts[v].name) + "'"
}

func (b *Broker) findExchange(v uint32, name flow.Name) *exchange {
	if id := b.exNames.get(pair(v, name)); id != 0 {
		return b.exs.get(id)
	}
	return nil
}

// newExchange makes an exchange without a word about it.
func (b *Broker) newExchange(v uint32, name flow.Name, kind exchangeType, flags flow.Flags, args flow.Name) *exchange {
	id, x := b.exs.alloc()
	*x = exchange{id: id, name: name, vhost: v, kind: kind, typeName: b.known.types[kind], flags: flags, args: args, out: x.out[:0], in: x.in[:0]}
	b.configureExchange(x)
	b.exNames.set(pair(v, name), id)
	return x
}

func (b *Broker) exchangeDeclare(cn *conn, ch *channel, m *Method) {
	m.Exchange = b.stripped(m.Exchange)
	if m.Flags&flow.Passive != 0 {
		if b.notDefault(cn, ch, m.Exchange, m.Op) && b.exchangeOrFail(cn, ch, m.Exchange, m.Op) != nil {
			b.okUnless(cn, m, &Method{Op: OpExchangeDeclareOk})
		}
		return
	}
	kind := slices.Index(b.known.types[:], m.Type)
	if kind < 0 {
		b.fail(cn, ch, commandInvalid, "unknown exchange type '"+b.names.Text(m.Type)+"'", m.Op)
		return
	}
	if !b.notDefault(cn, ch, m.Exchange, m.Op) || !b.allowed(cn, ch, mayConfigure, "exchange", m.Exchange, m.Op) {
		return
	}
	if x := b.findExchange(cn.vhost, m.Exchange); x == nil {
		if !b.mayCreateExchange(cn, ch, m) {
			return
		}
		const properties = flow.Durable | flow.AutoDelete | flow.Internal
		x = b.newExchange(cn.vhost, m.Exchange, exchangeType(kind), m.Flags&properties, m.Args)
		e := b.clientEvent(flow.ExchangeDeclare, cn, m.Channel)
		e.Exchange, e.Label, e.Flags, e.Args = x.name, x.typeName, x.flags, x.args
		b.emit()
	} else if diff := b.unlikeExchange(x, m); diff != "" {
		b.fail(cn, ch, preconditionFailed, diff, m.Op)
		return
	}
	b.okUnless(cn, m, &Method{Op: OpExchangeDeclareOk})
}

// mayCreateExchange looks at the name and the alternate exchange of a new one, which need not exist.
func (b *Broker) mayCreateExchange(cn *conn, ch *channel, m *Method) bool {
	if b.reserved(cn, ch, "exchange", m.Exchange, m.Op) {
		return false
	}
	const arg = "alternate-exchange"
	v := b.tables.Table(m.Args).find(arg)
	if v == nil {
		return true
	}
	if v.Kind != StringValue {
		b.fail(cn, ch, preconditionFailed, "invalid type '"+v.typeName()+"' for arg '"+arg+"' in "+b.rs("exchange", m.Exchange, cn.vhost), m.Op)
		return false
	}
	return b.allowed(cn, ch, mayRead, "exchange", m.Exchange, m.Op) && b.allowed(cn, ch, mayWrite, "exchange", b.names.Intern(v.Text), m.Op)
}

// exchangeOrFail finds an exchange; nil when an error was sent.
func (b *Broker) exchangeOrFail(cn *conn, ch *channel, name flow.Name, op Op) *exchange {
	x := b.findExchange(cn.vhost, name)
	if x == nil {
		b.fail(cn, ch, notFound, "no "+b.rs("exchange", name, cn.vhost), op)
	}
	return x
}

// notDefault refuses the default exchange.
//
//go:noinline
func (b *Broker) notDefault(cn *conn, ch *channel, name flow.Name, op Op) bool {
	if name == 0 {
		b.fail(cn, ch, accessRefused, "operation not permitted on the default exchange", op)
	}
	return name != 0
}

// reserved refuses names that only the broker gives.
func (b *Broker) reserved(cn *conn, ch *channel, kind string, name flow.Name, op Op) bool {
	text := b.names.Text(name)
	if !strings.HasPrefix(text, "amq.") {
		return false
	}
	b.fail(cn, ch, accessRefused, kind+" name '"+text+"' contains reserved prefix 'amq.*'", op)
	return true
}

// stripped is a name without line breaks, which RabbitMQ takes out of those that declare, bind and delete.
func (b *Broker) stripped(name flow.Name) flow.Name {
	text := b.names.Text(name)
	if !strings.ContainsAny(text, "\r\n") {
		return name
	}
	return b.names.Intern(strings.Join(strings.FieldsFunc(text, func(r rune) bool { return r == '\r' || r == '\n' }), ""))
}

func (b *Broker) exchangeDelete(cn *conn, ch *channel, m *Method) {
	m.Exchange = b.stripped(m.Exchange)
	if !b.notDefault(cn, ch, m.Exchange, m.Op) {
		return
	}
	if strings.HasPrefix(b.names.Text(m.Exchange), "amq.") {
		b.fail(cn, ch, accessRefused, "deletion of system "+b.rs("exchange", m.Exchange, cn.vhost)+" not allowed", m.Op)
		return
	}
	if !b.allowed(cn, ch, mayConfigure, "exchange", m.Exchange, m.Op) {
		return
	}
	if x := b.findExchange(cn.vhost, m.Exchange); x != nil { // deleting what is not there succeeds, since RabbitMQ 3.2
		if m.Flags&flow.IfUnused != 0 && len(x.out) > 0 {
			b.fail(cn, ch, preconditionFailed, b.rs("exchange", m.Exchange, cn.vhost)+" in use", m.Op)
			return
		}
		b.deleteExchange(x, b.known.deleted)
	}
	b.okUnless(cn, m, &Method{Op: OpExchangeDeleteOk})
}

// deleteExchange removes an exchange with the bindings from and to it; sources
// that are auto-delete and lose their last binding by it follow.
func (b *Broker) deleteExchange(x *exchange, why flow.Name) {
	if x.gone {
		return
	}
	x.gone = true
	e := b.event(flow.ExchangeDelete, x.vhost)
	e.Exchange, e.Label = x.name, why
	b.emit()
	b.exNames.del(pair(x.vhost, x.name))
	for len(x.out) > 0 {
		b.removeBinding(x.out[len(x.out)-1])
	}
	for len(x.in) > 0 {
		b.removeBinding(x.in[len(x.in)-1])
	}
	x.topics = trie{}
	b.exs.release(x.id)
}
