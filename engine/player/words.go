package player

import (
	"strconv"

	"rpcscope/engine/flow"
)

// duration writes nanoseconds as a person reads them.
func duration(ns int64) string {
	switch {
	case ns < 0:
		return "-" + duration(-ns)
	case ns < 1_000_000:
		return trim(float64(ns)/1e3, 0) + " µs"
	case ns < 10_000_000:
		return trim(float64(ns)/1e6, 1) + " ms"
	case ns < 1_000_000_000:
		return trim(float64(ns)/1e6, 0) + " ms"
	case ns < 60_000_000_000:
		return trim(float64(ns)/1e9, 1) + " s"
	}
	m := ns / 60_000_000_000
	if s := ns % 60_000_000_000 / 1_000_000_000; s != 0 {
		return strconv.FormatInt(m, 10) + " min " + strconv.FormatInt(s, 10) + " s"
	}
	return strconv.FormatInt(m, 10) + " min"
}

func trim(x float64, digits int) string {
	s := strconv.FormatFloat(x, 'f', digits, 64)
	if digits > 0 && s[len(s)-1] == '0' {
		return s[:len(s)-2]
	}
	return s
}

func count(n int64, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return strconv.FormatInt(n, 10) + " " + many
}

func exchangeText(n *flow.Names, x flow.Name) string {
	if x == 0 {
		return "the default exchange"
	}
	return n.Text(x)
}

func orText(s, otherwise string) string {
	if s == "" {
		return otherwise
	}
	return s
}

// sentence says in English what an event is.
func sentence(n *flow.Names, e *flow.Event, m *flow.Message) string {
	who := orText(n.Text(e.Process), orText(n.Text(e.Conn), "somebody"))
	queue, label, key := n.Text(e.Queue), n.Text(e.Label), n.Text(e.Key)
	if s := carried(n, e, m, who); s != "" {
		return s
	}
	if e.Kind >= flow.Operator {
		return faulty(n, e, who)
	}
	switch e.Kind {
	case flow.ConnectionOpen:
		return who + " opened a connection"
	case flow.ConnectionClose:
		return who + " closed a connection" + because(n.Text(e.Text))
	case flow.ExchangeDeclare:
		return "exchange " + exchangeText(n, e.Exchange) + " declared, " + orText(label, "type unknown")
	case flow.ExchangeDelete:
		return "exchange " + exchangeText(n, e.Exchange) + " gone" + because(label)
	case flow.QueueDeclare:
		return "queue " + queue + " declared"
	case flow.QueueDelete:
		if e.Value > 0 {
			return "queue " + queue + " gone with " + count(e.Value, "message", "messages") + because(label)
		}
		return "queue " + queue + " gone" + because(label)
	case flow.Bind:
		return queue + " bound to " + exchangeText(n, e.Exchange) + keyText(key)
	case flow.Unbind:
		return queue + " unbound from " + exchangeText(n, e.Exchange) + keyText(key)
	case flow.Consume:
		return who + " consumes from " + queue
	case flow.Cancel:
		return who + " no longer consumes from " + queue
	case flow.ProcessStart:
		return who + " started"
	case flow.ProcessReady:
		return who + " is ready"
	case flow.ProcessStop:
		return who + " " + orText(label, "stopped")
	case flow.Lost:
		return count(e.Value, "record", "records") + " lost" + because(label)
	}
	return transfer(n, e, m, who)
}

func because(why string) string {
	if why == "" {
		return ""
	}
	return " (" + why + ")"
}

func keyText(key string) string {
	if key == "" {
		return ""
	}
	return ", key " + key
}

// transfer says what an event on a message's way is.
func transfer(n *flow.Names, e *flow.Event, m *flow.Message, who string) string {
	queue, label, key := n.Text(e.Queue), n.Text(e.Label), n.Text(e.Key)
	switch e.Kind {
	case flow.Publish:
		what := article(e.Class)
		if m != nil && m.Method != 0 {
			what += " " + n.Text(m.Method)
		} else if m != nil && m.EventType != 0 {
			what += " " + n.Text(m.EventType)
		}
		return who + " published " + what + " to " + exchangeText(n, e.Exchange) + keyText(key)
	case flow.Route:
		if e.Has(flow.NoRoute) {
			return exchangeText(n, e.Exchange) + " found no queue for key " + orText(key, `""`)
		}
		return exchangeText(n, e.Exchange) + " routed it to " + queue
	case flow.Return:
		return "returned to " + who + ": " + orText(n.Text(e.Text), "no route")
	case flow.Enqueue:
		return queue + " took it, " + strconv.FormatInt(e.Value, 10) + " ready"
	case flow.Deliver:
		if e.Has(flow.Redelivered) {
			return queue + " delivered it again, to " + who
		}
		return queue + " delivered it to " + who
	case flow.Ack:
		return who + " acknowledged it"
	case flow.Reject:
		return who + " rejected it"
	case flow.Requeue:
		return "back to the head of " + queue + because(label)
	case flow.Expire:
		return "expired in " + queue
	case flow.DeadLetter:
		return "dead-lettered from " + queue + " to " + exchangeText(n, e.Exchange) + because(label)
	case flow.Drop:
		return "dropped" + because(label)
	}
	return calling(n, e, who)
}

// calling says what an event of an RPC or of REST is.
func calling(n *flow.Names, e *flow.Event, who string) string {
	label := n.Text(e.Label)
	switch e.Kind {
	case flow.Request:
		return who + " starts " + e.Class.String() + " " + label + " to " + n.Text(e.Key)
	case flow.Dispatch:
		return who + " runs " + label
	case flow.Finish:
		if e.Text != 0 {
			return who + ": " + label + " raised " + n.Text(e.Text) + " after " + duration(e.Value)
		}
		return who + ": " + label + " ended after " + duration(e.Value)
	case flow.Reply:
		return who + ": " + label + " returned after " + duration(e.Value)
	case flow.Failure:
		return who + ": " + label + " raised " + n.Text(e.Text) + " after " + duration(e.Value)
	case flow.Timeout:
		return who + ": " + label + " timed out after " + duration(e.Value)
	case flow.LateReply:
		return who + " discarded a late reply"
	case flow.Heartbeat:
		return who + " heard that the method still runs"
	case flow.Notification:
		return who + " was notified of " + label
	case flow.RestRequest:
		return who + " asks " + n.Text(e.Key) + ": " + label + " " + n.Text(e.Text)
	case flow.RestResponse:
		by := ""
		if e.Tag != 0 {
			by = " (its filter " + n.Text(e.Tag) + ")"
		}
		return who + by + " answers " + n.Text(e.Key) + " with " + strconv.FormatInt(e.Value, 10) + ": " + label + " " + n.Text(e.Text)
	case flow.RestFilter:
		return who + ": the filter " + label + " passed the request on after " + duration(e.Value)
	case flow.RestDone:
		return who + ": " + label + " " + n.Text(e.Text) + " answered " + strconv.Itoa(int(e.Count)) + " after " + duration(e.Value)
	case flow.RestFailure:
		return who + ": " + label + " " + n.Text(e.Text) + " raised " + n.Text(e.Tag) + " after " + duration(e.Value)
	}
	return e.Kind.String()
}

func article(c flow.Class) string {
	switch c {
	case flow.ClassOther:
		return "a message"
	default:
		return "a " + c.String()
	}
}
