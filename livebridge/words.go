package livebridge

import (
	"fmt"
	"strings"
	"time"
)

// words says one virtual host's state to a person: what is, and what to do.
// User names and passwords never are among them; where a command needs the
// user, it says USER.
type words struct {
	broker, vhost string
	fault         *fault
	retry         time.Duration
	quiet         time.Duration
	prefix        string
	longQueue     string
	managementWhy string
	up            bool
	// traced: tracing is known to be on; restarted: nothing came since the broker came back.
	traced, restarted bool
	// over: no further attempt will be made.
	over bool
}

func (w *words) say(s State) (text, remedy string) {
	switch s {
	case Connecting:
		return fmt.Sprintf("Connecting to %s, virtual host %s.", w.broker, w.vhost), ""
	case BadCredentials:
		return sentences(fmt.Sprintf("The broker at %s refuses this user or password.", w.broker), w.next()),
			"Check user and password in --amqp (or RPCSCOPE_AMQP). The user guest may only connect from the broker's own machine."
	case VHostMissing:
		return sentences(fmt.Sprintf("Virtual host %s cannot be opened: %s.", w.vhost, w.fault.why), w.next()),
			fmt.Sprintf("Name an existing one with --vhost (rabbitmqctl list_vhosts), or let the user in: rabbitmqctl set_permissions -p %s USER %s", quote(w.vhost), w.rights(traceExchange))
	case NoRights:
		return sentences(fmt.Sprintf("Connected, but the user lacks a right in virtual host %s: to %s.", w.vhost, w.fault.why), w.next()),
			fmt.Sprintf("rabbitmqctl set_permissions -p %s USER %s – this replaces the rights that USER has there, so a user of its own is best.", quote(w.vhost), w.rights(traceExchange))
	case BrokerGone:
		return w.gone()
	case TraceKeyTooLong:
		return w.keyTooLong()
	case TracingOff:
		return fmt.Sprintf("Connected, but tracing is off in virtual host %s: no message can be seen.", w.vhost),
			fmt.Sprintf("On the broker's machine: rabbitmqctl trace_on -p %s (off again: trace_off; a restart of the broker switches it off too).", quote(w.vhost))
	case Idle:
		return w.idle()
	}
	return fmt.Sprintf("Connected to %s, virtual host %s.", w.broker, w.vhost), ""
}

// gone says why there is no connection. A broker that was never there is not called gone when all is over.
func (w *words) gone() (text, remedy string) {
	switch {
	case w.fault.remedy != "":
		return sentences(fmt.Sprintf("The broker at %s cannot be used: %s.", w.broker, w.fault.why), w.next()), w.fault.remedy
	case w.over:
		return fmt.Sprintf("The broker at %s cannot be reached: %s.", w.broker, w.fault.why),
			"Check host and port in --amqp (or RPCSCOPE_AMQP), and whether the broker runs."
	}
	return sentences(fmt.Sprintf("The broker at %s is gone: %s.", w.broker, w.fault.why), w.next()),
		"It reconnects by itself. If the broker was restarted, tracing is off afterwards: rabbitmqctl trace_on -p " + quote(w.vhost)
}

// sentences joins what there is.
func sentences(a, b string) string { return strings.TrimSpace(a + " " + b) }

// next says when the next attempt to connect is due, unless all is over.
func (w *words) next() string {
	if w.over {
		return ""
	}
	if w.retry <= 0 {
		return "Next attempt now."
	}
	return fmt.Sprintf("Next attempt in %s.", seconds(w.retry+time.Second/2-1))
}

func (w *words) idle() (text, remedy string) {
	text = fmt.Sprintf("Connected, no traffic for %s.", seconds(w.quiet.Truncate(time.Second)))
	if w.traced {
		return text, ""
	}
	text += " Whether tracing is on cannot be told: the management API is not available (" + w.managementWhy + ")."
	if w.restarted {
		text += " The broker was gone in between; a restart switches tracing off."
	}
	return text, "If there should be traffic: rabbitmqctl trace_on -p " + quote(w.vhost)
}

func (w *words) keyTooLong() (text, remedy string) {
	which := "the name of a queue or exchange"
	if w.longQueue != "" {
		which = "the name of queue " + w.longQueue
	}
	text = fmt.Sprintf("The broker cut the tap off (541): %s in virtual host %s is too long to be traced (over 247 bytes). Every message through it does this again.", which, w.vhost)
	if !w.up {
		text = sentences(text, w.next())
	}
	return text, "Use a shorter name; messages of the moments in between are missing here."
}

// rights are the least that work, as rabbitmqctl wants them: configure, write, read.
func (w *words) rights(exchange string) string {
	p := strings.ReplaceAll(w.prefix, ".", `\.`)
	return fmt.Sprintf(`'^%s\.' '^%s\.' '^(%s\..*|%s)$'`, p, p, p, strings.ReplaceAll(exchange, ".", `\.`))
}

// quote makes one shell word of s.
func quote(s string) string {
	if s != "" && strings.IndexFunc(s, func(r rune) bool {
		return !(r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("/._-", r))
	}) < 0 {
		return s
	}
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}
