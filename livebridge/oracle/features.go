package oracle

import (
	"regexp"
	"strings"

	"rpcscope/engine/amqp"
	"rpcscope/engine/flow"
)

// feature is something that the model and RabbitMQ are to agree about.
type feature struct {
	name   string
	effect func(*reading) bool
}

// features is the list, in the order of the issue that asks for them.
var features = []feature{
	{"error 403 access refused", says(`close 403`)},
	{"error 404 not found", says(`close 404`)},
	{"error 405 resource locked", says(`close 405`)},
	{"error 406 precondition failed", says(`close 406`)},
	{"connection error 503 command invalid", says(`connection\.close 503`)},
	{"connection error 504 channel error", says(`connection\.close 504`)},
	{"connection error 530 not allowed", says(`(connection\.close|refused) 530`)},
	{"connection error 540 not implemented", says(`connection\.close 540`)},
	{"connection error 541 internal error", says(`connection\.close 541`)},
	{"a stranger is not let in", says(`refused (403|530)`)},
	{"virtual hosts are apart", func(r *reading) bool {
		return r.without(func(o *Op) bool { had := o.VHost == otherVHost; o.VHost = ""; return had && o.User == "" })
	}},
	{"a user's rights: configure", says(`refused for user 'u1' for (queue|exchange)\.(declare|delete)`)},
	{"a user's rights: write", says(`refused for user 'u1' for (basic\.publish|queue\.bind|exchange\.bind)`)},
	{"a user's rights: read", says(`refused for user 'u1' for (basic\.get|basic\.consume|queue\.purge|queue\.bind)`)},
	{"a user's rights: topics", says(`access to topic`)},
	{"a message in another's name", says(`user_id property set`)},
	{"a virtual host's limit of queues", says(`queue limit in vhost`)},
	{"a virtual host's limit of connections", says(`connection limit \(`)},
	{"a user's limit of channels", says(`maximum allowed user limit`)},
	{"a connection closed by an operator", says(`320 CONNECTION_FORCED - by operator`)},
	{"policy: limits of length", policySetting("max-length", "max-length-bytes", "overflow")},
	{"policy: times", policySetting("message-ttl", "expires")},
	{"policy: dead letters", policySetting("dead-letter-exchange", "dead-letter-routing-key", "delivery-limit")},
	{"policy: alternate exchange", policySetting("alternate-exchange")},
	{"operator's policy", func(r *reading) bool {
		return r.without(func(o *Op) bool {
			had := o.Verb == SetOperatorPolicy
			if had {
				o.Verb = ClearOperatorPolicy
			}
			return had
		})
	}},

	{"direct exchange", sees("route direct")},
	{"topic exchange with wildcards", sees("route wildcard")},
	{"fanout exchange", sees("route fanout")},
	{"headers exchange, all", sees("route headers all")},
	{"headers exchange, any", sees("route headers any")},
	{"headers exchange, with-x", sees("route headers all-with-x", "route headers any-with-x")},
	{"default exchange", sees("route default")},
	{"auto-delete exchange goes", sees("exchange-delete auto-delete")},
	{"internal exchange refuses", says(`cannot publish to internal`)},
	{"alternate exchange routes", sees("route alternate")},
	{"exchange-to-exchange binding routes", sees("route exchange")},
	{"cycles and diamonds of exchanges", sees("route exchange again")},
	{"several bindings to one queue, one copy", sees("route again")},
	{"passive declaration", func(r *reading) bool { return r.declaredAgain(true) }},
	{"equivalent declaration", func(r *reading) bool { return r.declaredAgain(false) }},
	{"inequivalent declaration", says(`inequivalent arg`)},
	{"delete if-unused refused", says(`in use'? for (queue|exchange)\.delete|in use for`)},
	{"delete if-empty refused", says(`not empty`)},
	{"CC", header("CC")},
	{"BCC", header("BCC")},

	{"restart keeps durable queues and persistent messages", sees("kept by a restart")},
	{"restart ends transient queues", sees("queue-delete restart")},
	{"restart drops transient messages", sees("drop restart")},
	{"restart puts back what was not acknowledged", sees("requeued by a restart")},
	{"alarm blocks several connections", func(r *reading) bool {
		return len(blockedConns.FindAllString(r.text, -1)) > 1
	}},
	{"alarm blocks who publishes", says(`connection\.blocked`)},
	{"alarm's end lets go on", says(`connection\.unblocked`)},
	{"quorum queues deliver", says(`x-delivery-count`)},
	{"exclusive queue goes with its connection", sees("queue-delete exclusive")},
	{"auto-delete queue goes", sees("queue-delete auto-delete")},
	{"server-named queue", says(`declare-ok @`)},
	{"x-expires", sees("queue-delete expired")},
	{"x-message-ttl expires", sees("expire")},
	{"per-message expiration", sees("expire own")},
	{"expiry at the head only", sees("expire behind")},
	{"x-max-length", argument("x-max-length")},
	{"x-max-length-bytes", argument("x-max-length-bytes")},
	{"drop-head", sees("drop maxlen", "dead-letter maxlen")},
	{"reject-publish", overflow("reject-publish")},
	{"reject-publish-dlx", overflow("reject-publish-dlx")},
	{"dead letter, rejected", sees("dead-letter rejected")},
	{"dead letter, expired", sees("dead-letter expired")},
	{"dead letter, maxlen", sees("dead-letter maxlen")},
	{"x-death counted twice or more", says(`count=[2-9]|x-death=\[\{[^\]]*\}, \{`)},
	{"dead-letter cycle ended", sees("drop dead-letter cycle")},
	{"x-max-priority changes an order", argument("x-max-priority")},
	{"x-single-active-consumer", argument("x-single-active-consumer")},
	{"x-delivery-limit", sees("dead-letter delivery_limit", "drop delivery_limit")},
	{"purge", says(`purge-ok [1-9]`)},
	{"basic.get", sees("deliver get")},
	{"basic.get of an empty queue", says(`get-empty`)},

	{"no-ack", sees("deliver no-ack")},
	{"exclusive consumer", func(r *reading) bool {
		return r.without(func(o *Op) bool { return o.Verb == amqp.OpBasicConsume && dropFlag(o, flow.Exclusive) })
	}},
	{"consumer priority", func(r *reading) bool {
		return r.without(func(o *Op) bool { return o.Verb == amqp.OpBasicConsume && dropArg(&o.Args, "x-priority") })
	}},
	{"prefetch per consumer", prefetch(0)},
	{"prefetch per channel", prefetch(flow.Global)},
	{"multiple acknowledgement", func(r *reading) bool {
		return r.without(func(o *Op) bool { return o.Verb == amqp.OpBasicAck && dropFlag(o, flow.Multiple) })
	}},
	{"multiple negative acknowledgement", func(r *reading) bool {
		return r.without(func(o *Op) bool { return o.Verb == amqp.OpBasicNack && dropFlag(o, flow.Multiple) })
	}},
	{"requeue", sees("requeue nacked", "requeue rejected")},
	{"requeue among others", sees("requeue among others")},
	{"redelivered", sees("deliver redelivered")},
	{"recover", sees("requeue recovered")},
	{"cancel", func(r *reading) bool { return r.leavesOut(amqp.OpBasicCancel) }},
	{"cancel by the broker", says(`basic\.cancel to`)},
	{"no word to a client that would not understand", func(r *reading) bool {
		return r.without(func(o *Op) bool { had := o.Plain; o.Plain = false; return had })
	}},
	{"requeue when a channel or connection goes", sees("requeue channel closed", "requeue connection closed")},

	{"mandatory return", sees("return")},
	{"confirm, ack", sees("confirm")},
	{"confirm, nack", sees("confirm nack")},
	{"transaction committed", func(r *reading) bool { return r.leavesOut(amqp.OpTxCommit) }},
	{"transaction rolled back", func(r *reading) bool { return r.leavesOut(amqp.OpTxRollback) }},
	{"publish to a missing exchange", says(`close 404 NOT_FOUND - no exchange '[^']*' in vhost '[^']*' for basic.publish`)},
}

func says(pattern string) func(*reading) bool {
	re := regexp.MustCompile(pattern)
	return func(r *reading) bool { return re.MatchString(r.text) }
}

var blockedConns = regexp.MustCompile(`[A-Z]: connection\.blocked`)

// policySetting takes settings away from policies.
func policySetting(keys ...string) func(*reading) bool {
	return func(r *reading) bool {
		return r.without(func(o *Op) (had bool) {
			if o.Verb != SetPolicy {
				return false
			}
			for _, k := range keys {
				had = dropArg(&o.Args, k) || had
			}
			if len(o.Args) == 0 {
				o.Verb = ClearPolicy
			}
			return had
		})
	}
}

func sees(keys ...string) func(*reading) bool {
	return func(r *reading) bool {
		for _, k := range keys {
			if r.events[k] > 0 {
				return true
			}
		}
		return false
	}
}

// argument of a queue.
func argument(key string) func(*reading) bool {
	return func(r *reading) bool {
		return r.without(func(o *Op) bool { return o.Verb == amqp.OpQueueDeclare && dropArg(&o.Args, key) })
	}
}

func header(key string) func(*reading) bool {
	return func(r *reading) bool {
		return r.without(func(o *Op) bool { return o.Message != nil && dropArg(&o.Message.Headers, key) })
	}
}

// overflow takes away what a queue does when it is full.
func overflow(what string) func(*reading) bool {
	return func(r *reading) bool {
		return r.without(func(o *Op) bool {
			v, _ := o.Args.Get("x-overflow")
			return v.Text == what && dropArg(&o.Args, "x-overflow")
		})
	}
}

func prefetch(global flow.Flags) func(*reading) bool {
	return func(r *reading) bool {
		return r.without(func(o *Op) bool {
			if o.Verb != amqp.OpBasicQos || o.Flags&flow.Global != global || o.Count == 0 {
				return false
			}
			o.Count = 0
			return true
		})
	}
}

// declaredAgain reports whether a queue that was there was declared with success.
func (r *reading) declaredAgain(passive bool) bool {
	seen := map[string]bool{}
	for i, o := range r.p {
		if o.Verb != amqp.OpQueueDeclare && o.Verb != amqp.OpExchangeDeclare {
			continue
		}
		name := o.Queue + "/" + o.Exchange
		ok := strings.Contains(r.answers[i], "declare-ok")
		if ok && seen[name] && (o.Flags&flow.Passive != 0) == passive {
			return true
		}
		seen[name] = seen[name] || ok
	}
	return false
}

// leavesOut reports whether it matters that an operation of this kind happens.
func (r *reading) leavesOut(v Verb) bool {
	for i, o := range r.p {
		if o.Verb != v {
			continue
		}
		q := append(append(Program{}, r.p[:i]...), r.p[i+1:]...)
		a := Model(q)
		for k := i; k < len(q); k++ {
			if a[k] != r.answers[k+1] {
				return true
			}
		}
	}
	return false
}
