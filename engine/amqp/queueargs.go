package amqp

import (
	"slices"
	"strings"

	"rpcscope/engine/flow"
)

const (
	msUnit = int64(1e6)
	// maxExpiry is the greatest time RabbitMQ takes: ten years in milliseconds.
	maxExpiry = 315_360_000_000
)

// Queue types that know an argument.
const (
	inClassic = 1 << iota
	inQuorum
	inStream
)

// queueArg is an argument of queue.declare.
type queueArg struct {
	key   string
	types uint8
	check func(v *Value, all Table) string
}

// queueArgs are the arguments that RabbitMQ knows, in the order in which it
// checks and, in classic queues, compares them (rabbit_amqqueue:declare_args, rabbit_classic_queue:capabilities).
var queueArgs = []queueArg{
	{"x-expires", inClassic | inQuorum, func(v *Value, _ Table) string { return badNumber(v, 1, maxExpiry) }},
	{"x-message-ttl", inClassic | inQuorum, func(v *Value, _ Table) string { return badNumber(v, 0, maxExpiry) }},
	{"x-dead-letter-exchange", inClassic | inQuorum, nil}, // checked before
	{"x-dead-letter-routing-key", inClassic | inQuorum, badDeadLetterKey},
	{"x-dead-letter-strategy", inQuorum, oneOf("invalid_dlx_strategy", "at-most-once", "at-least-once")},
	{"x-max-length", inClassic | inQuorum, badCount},
	{"x-max-length-bytes", inClassic | inQuorum | inStream, badCount},
	{"x-max-in-memory-length", inQuorum, badCount},
	{"x-max-in-memory-bytes", inQuorum, badCount},
	{"x-max-priority", inClassic, badPriority},
	{"x-overflow", inClassic | inQuorum, oneOf("invalid_overflow", "drop-head", "reject-publish", "reject-publish-dlx")},
	{"x-queue-mode", inClassic, oneOf("\"unsupported queue mode '%'\"", "default", "lazy")},
	{"x-queue-version", inClassic, badVersion},
	{"x-single-active-consumer", inClassic | inQuorum, func(v *Value, _ Table) string { return mustBe(v, BoolValue) }},
	{"x-queue-type", inClassic | inQuorum | inStream, nil}, // checked before
	{"x-quorum-initial-group-size", inQuorum, func(v *Value, _ Table) string { return badNumber(v, 1, never) }},
	{"x-delivery-limit", inQuorum, nil},
	{"x-queue-leader-locator", inQuorum | inStream, oneOf("invalid_queue_locator_arg", "client-local", "balanced", "random", "least-leaders")},
	{"x-queue-master-locator", inClassic, nil},
	{"x-max-age", inStream, nil},
	{"x-stream-max-segment-size-bytes", inStream, nil},
	{"x-initial-cluster-size", inStream, nil},
}

// typeBit is the queue's type among those that know an argument.
func (q *queue) typeBit() uint8 {
	if q.quorum {
		return inQuorum
	}
	return inClassic
}

var badType = oneOf("\"unsupported queue type '%'\"", "classic", "quorum")

// badArgs says what is wrong with a new queue's arguments and properties, in
// RabbitMQ's words and order. It sets the queue's type.
func (b *Broker) badArgs(q *queue) string {
	t := b.tables.Table(q.args)
	what := b.rs("queue", q.name, q.vhost)
	wrong := func(key, why string) string { return "invalid arg '" + key + "' for " + what + why }
	if v := t.find("x-queue-type"); v != nil {
		if bad := badType(v, t); bad != "" {
			return wrong("x-queue-type", ": "+bad)
		}
		if q.quorum = v.Text == "quorum"; q.quorum {
			q.typeName = b.known.quorum
		}
	}
	for i := range queueArgs {
		a := &queueArgs[i]
		if v := t.find(a.key); v != nil && a.check != nil && a.types&q.typeBit() != 0 {
			if bad := a.check(v, t); bad != "" {
				return wrong(a.key, ": "+bad)
			}
		}
	}
	for i := range t {
		k := slices.IndexFunc(queueArgs, func(a queueArg) bool { return a.key == t[i].Key })
		if k >= 0 && queueArgs[k].types&q.typeBit() == 0 {
			return wrong(t[i].Key, " of queue type "+q.module())
		}
	}
	if q.quorum {
		return badQuorum(q.flags, what)
	}
	return ""
}

// badNumber says why a value is no whole number from least to most.
func badNumber(v *Value, least, most int64) string {
	switch {
	case v.Kind != IntValue:
		return "\"expected integer, got " + v.typeName() + "\""
	case v.Int < 0:
		return "{value_negative," + v.bare() + "}"
	case v.Int < least:
		return "{value_zero," + v.bare() + "}"
	case v.Int > most:
		return "{value_too_large," + v.bare() + "}"
	}
	return ""
}

func badCount(v *Value, _ Table) string { return badNumber(v, 0, never) }

func badPriority(v *Value, _ Table) string {
	if v.Kind == IntValue && v.Int > 255 {
		return "{max_value_exceeded," + v.bare() + "}"
	}
	return badNumber(v, 0, never)
}

func badVersion(v *Value, _ Table) string {
	if bad := badNumber(v, 0, never); bad != "" {
		return bad
	}
	if v.Int < 1 || v.Int > 2 {
		return "\"unsupported queue version '" + v.bare() + "'\""
	}
	return ""
}

func badDeadLetterKey(v *Value, all Table) string {
	if all.find("x-dead-letter-exchange") == nil && v.Kind == StringValue {
		return "routing_key_but_no_dlx_defined"
	}
	return mustBe(v, StringValue)
}

// oneOf makes a check for one of some words; in what it says of others "%" stands for the value.
func oneOf(bad string, words ...string) func(*Value, Table) string {
	return func(v *Value, _ Table) string {
		switch {
		case v.Kind != StringValue:
			return mustBe(v, StringValue)
		case slices.Contains(words, v.Text):
			return ""
		}
		if at := strings.IndexByte(bad, '%'); at >= 0 {
			return bad[:at] + v.Text + bad[at+1:]
		}
		return bad
	}
}

func mustBe(v *Value, k ValueKind) string {
	if v.Kind != k {
		return "{unacceptable_type," + v.typeName() + "}"
	}
	return ""
}

// badQuorum says which property a quorum queue cannot have.
func badQuorum(flags flow.Flags, what string) string {
	property := ""
	switch {
	case flags&flow.AutoDelete != 0:
		property = "auto-delete"
	case flags&flow.Exclusive != 0:
		property = "exclusive-owner"
	case flags&flow.Durable == 0:
		property = "non-durable"
	default:
		return ""
	}
	return "invalid property '" + property + "' for " + what
}
