package amqp

import "rpcscope/engine/flow"

const (
	msUnit = int64(1e6)
	// maxExpiry is the greatest time RabbitMQ takes: ten years in milliseconds.
	maxExpiry = 315_360_000_000
	anyCount  = never
)

// setArgs reads a queue's arguments; it returns what is wrong with them, in RabbitMQ's words.
func (b *Broker) setArgs(q *queue) string {
	t := b.tables.Table(q.args)
	what := b.rs("queue", q.name, q.vhost)
	for i := range t {
		f := &t[i]
		if bad := b.setArg(q, f); bad != "" {
			return "invalid arg '" + f.Key + "' for " + what + ": " + bad
		}
	}
	if q.hasDLKey && !q.hasDLX {
		return "invalid arg 'x-dead-letter-routing-key' for " + what + ": routing_key_but_no_dlx_defined"
	}
	if q.typeName == b.known.quorum {
		return badQuorum(q.flags, what)
	}
	return ""
}

func (b *Broker) setArg(q *queue, f *Field) (bad string) {
	v := f.Value
	switch f.Key {
	case "x-expires":
		q.expires, bad = number(v, 1, maxExpiry, msUnit)
	case "x-message-ttl":
		q.ttl, bad = number(v, 0, maxExpiry, msUnit)
	case "x-max-length":
		q.maxLen, bad = number(v, 0, anyCount, 1)
	case "x-max-length-bytes":
		q.maxBytes, bad = number(v, 0, anyCount, 1)
	case "x-dead-letter-exchange":
		q.dlx, q.hasDLX = b.names.Intern(v.Text), true
	case "x-dead-letter-routing-key":
		q.dlKey, q.hasDLKey, bad = b.names.Intern(v.Text), true, mustBe(v, StringValue)
	case "x-overflow":
		bad = q.setOverflow(v)
	case "x-queue-type":
		if v.Text != "classic" {
			q.typeName = b.names.Intern(v.Text)
		}
		if v.Text != "classic" && v.Text != "quorum" {
			bad = "\"unsupported queue type '" + v.Text + "'\""
		}
	}
	return bad
}

// number reads a whole number from least to most.
func number(v Value, least, most, unit int64) (n int64, bad string) {
	switch {
	case v.Kind != IntValue:
		return 0, "\"expected integer, got " + v.typeName() + "\""
	case v.Int < 0:
		return 0, "{value_negative," + v.bare() + "}"
	case v.Int < least:
		return 0, "{value_zero," + v.bare() + "}"
	case v.Int > most:
		return 0, "{value_too_large," + v.bare() + "}"
	}
	return v.Int * unit, ""
}

func mustBe(v Value, k ValueKind) string {
	if v.Kind != k {
		return "{unacceptable_type," + v.typeName() + "}"
	}
	return ""
}

func (q *queue) setOverflow(v Value) string {
	switch v.Text {
	case "drop-head":
		q.overflow = dropHead
	case "reject-publish":
		q.overflow = rejectPublish
	case "reject-publish-dlx":
		q.overflow = rejectPublishDLX
	default:
		if bad := mustBe(v, StringValue); bad != "" {
			return bad
		}
		return "invalid_overflow"
	}
	return ""
}

// badQuorum says which property a quorum queue cannot have.
func badQuorum(flags flow.Flags, what string) string {
	property := ""
	switch {
	case flags&flow.Durable == 0:
		property = "non-durable"
	case flags&flow.AutoDelete != 0:
		property = "auto-delete"
	case flags&flow.Exclusive != 0:
		property = "exclusive-owner"
	default:
		return ""
	}
	return "invalid property '" + property + "' for " + what
}
