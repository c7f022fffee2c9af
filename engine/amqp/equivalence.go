package amqp

import (
	"strconv"

	"rpcscope/engine/flow"
)

// unlikeExchange says in RabbitMQ's words in what a re-declaration differs, in its order of checks.
func (b *Broker) unlikeExchange(x *exchange, m *Method) string {
	what := b.rs("exchange", x.name, x.vhost)
	if x.typeName != m.Type {
		return inequivalent("type", what, "'"+b.names.Text(m.Type)+"'", "'"+b.names.Text(x.typeName)+"'")
	}
	if d := unlikeFlags(x.flags, m.Flags, what, flow.Durable, flow.AutoDelete, flow.Internal); d != "" {
		return d
	}
	return unlikeArgs(b.tables.Table(x.args), b.tables.Table(m.Args), what, "alternate-exchange")
}

func inequivalent(arg, what, received, current string) string {
	return "inequivalent arg '" + arg + "' for " + what + ": received " + received + " but current is " + current
}

var flagNames = map[flow.Flags]string{
	flow.Durable: "durable", flow.AutoDelete: "auto_delete", flow.Internal: "internal",
}

func unlikeFlags(have, want flow.Flags, what string, flags ...flow.Flags) string {
	for _, f := range flags {
		if have&f != want&f {
			return inequivalent(flagNames[f], what, "'"+strconv.FormatBool(want&f != 0)+"'", "'"+strconv.FormatBool(have&f != 0)+"'")
		}
	}
	return ""
}

func unlikeArgs(have, want Table, what, key string) string {
	h, w := have.find(key), want.find(key)
	switch {
	case h == nil && w == nil:
		return ""
	case h != nil && w != nil && h.Equal(*w):
		return ""
	case key == "x-queue-type" && (h == nil && w.Text == "classic" || w == nil && h.Text == "classic"): // left out is classic
		return ""
	}
	return inequivalent(key, what, argText(w, h), argText(h, w))
}

// argText shows a value, nil when left out, in the text of a difference: bare when
// the other side has one too, else with its type (rabbit_misc:equivalence_fail).
func argText(v, other *Value) string {
	switch {
	case v == nil:
		return "none"
	case other != nil:
		return "'" + v.bare() + "'"
	}
	return "the value '" + v.bare() + "' of type '" + v.typeName() + "'"
}

// bare is the value alone, strings unquoted.
//
//go:noinline
func (v *Value) bare() string {
	if v.Kind == StringValue {
		return v.Text
	}
	return string(v.appendText(nil))
}

// typeName is what RabbitMQ calls the value's type.
//
//go:noinline
func (v *Value) typeName() string {
	switch v.Kind {
	case BoolValue:
		return "bool"
	case IntValue:
		if v.Int == int64(int32(v.Int)) {
			return "signedint"
		}
		return "long"
	case FloatValue:
		return "double"
	case StringValue:
		return "longstr"
	case TimeValue:
		return "timestamp"
	case TableValue:
		return "table"
	case ArrayValue:
		return "array"
	}
	return "void"
}

func (b *Broker) unlikeQueue(q *queue, m *Method) string {
	what := b.rs("queue", q.name, q.vhost)
	if d := unlikeFlags(q.flags, m.Flags, what, flow.Durable, flow.AutoDelete); d != "" {
		return d
	}
	have, want := b.tables.Table(q.args), b.tables.Table(m.Args)
	if q.quorum {
		return unlikeQuorum(have, want, what)
	}
	for i := range queueArgs {
		if a := &queueArgs[i]; a.types&q.typeBit() != 0 {
			if d := unlikeArgs(have, want, what, a.key); d != "" {
				return d
			}
		}
	}
	return ""
}

// quorumArgs are those of a quorum queue in its order of comparison (rabbit_quorum_queue:capabilities).
var quorumArgs = [...]string{
	"x-dead-letter-exchange", "x-dead-letter-routing-key", "x-dead-letter-strategy", "x-expires", "x-max-length", "x-max-length-bytes",
	"x-max-in-memory-length", "x-max-in-memory-bytes", "x-overflow", "x-single-active-consumer", "x-queue-type",
	"x-quorum-initial-group-size", "x-delivery-limit", "x-message-ttl", "x-queue-leader-locator",
}

func unlikeQuorum(have, want Table, what string) string {
	for _, key := range quorumArgs {
		if d := unlikeArgs(have, want, what, key); d != "" {
			return d
		}
	}
	return ""
}
