package normalize

import (
	"strings"

	"rpcscope/engine/flow"
)

// event takes a message of the event exchange.
func (n *Normalizer) event(r *Record) error {
	object, what, ok := strings.Cut(r.RoutingKey, ".")
	if !ok {
		return bad("%q is no routing key of the event exchange", clip(r.RoutingKey, 80))
	}
	made := what == "created"
	if !made && what != "deleted" && what != "closed" {
		return nil // parameters, permissions, policies, authentication
	}
	h := r.Headers
	switch object {
	case "connection":
		return n.connectionEvent(h, made)
	case "channel":
		return n.channelEvent(h, made)
	case "exchange", "queue":
		return n.objectEvent(object, h, made)
	case "binding":
		return n.bindingEvent(h, made)
	case "consumer":
		return n.consumerEvent(h, made)
	}
	return nil
}

func need(h map[string]any, fields ...string) error {
	for _, f := range fields {
		if !isText(h[f]) {
			return bad("the event lacks the text %q", f)
		}
	}
	return nil
}

// byUser tells a client's doing from the broker's own.
func byUser(h map[string]any) bool {
	who := text(h["user_who_performed_action"])
	return who != "" && who != "rmq-internal"
}

func (n *Normalizer) connectionEvent(h map[string]any, made bool) error {
	if err := need(h, "name"); err != nil {
		return err
	}
	key := text(h["name"])
	if !made {
		n.closedUnannounced(n.clients.conns[key])
		n.closed(n.clients.conns[key], 0)
		return nil
	}
	peer, _, _ := strings.Cut(key, " -> ")
	c := n.opened(key, givenName(h), text(h["vhost"]), hostOf(peer), 0)
	if pid := text(h["pid"]); pid != "" && c != nil {
		c.pid = pid
		n.clients.byPid[pid] = c
	}
	return nil
}

// hostOf cuts the port off an address.
func hostOf(peer string) string {
	if i := strings.LastIndexByte(peer, ':'); i > 0 {
		return peer[:i]
	}
	return peer
}

func (n *Normalizer) channelEvent(h map[string]any, made bool) error {
	if err := need(h, "pid"); err != nil {
		return err
	}
	pid := text(h["pid"])
	if !made {
		if ch, ok := n.clients.channels[pid]; ok && !ch.closed {
			ch.closed = true
			n.clients.channels[pid] = ch
			n.emit(flow.Event{Kind: flow.ChannelClose, Conn: ch.conn.name, Channel: ch.number, Process: ch.conn.process, VHost: ch.conn.vhost})
		}
		return nil
	}
	number, _ := integer(h["number"])
	key := strings.TrimSuffix(text(h["name"]), " ("+text(h["number"])+")")
	c := n.clients.byPid[text(h["connection"])]
	if c == nil {
		c = n.connOf(key)
	}
	if c == nil {
		return bad("the event names no connection of the channel")
	}
	if len(n.clients.channels) >= maxChannels {
		n.forgetChannels()
	}
	n.clients.channels[pid] = channel{conn: c, number: uint16(number)}
	n.emit(flow.Event{Kind: flow.ChannelOpen, Conn: c.name, Channel: uint16(number), Process: c.process, VHost: n.names.Intern(text(h["vhost"]))})
	return nil
}

func (n *Normalizer) objectEvent(object string, h map[string]any, made bool) error {
	if err := need(h, "name", "vhost"); err != nil {
		return err
	}
	k := objectKey{n.names.Intern(text(h["vhost"])), n.names.Intern(text(h["name"]))}
	why := "auto-delete"
	if byUser(h) {
		why = "deleted"
	}
	args := erlangArguments(h["arguments"])
	flags := objectFlags(truth(h["durable"]), truth(h["auto_delete"]), truth(h["exclusive"]), truth(h["internal"]))
	switch {
	case object == "exchange" && made:
		n.exchangeIs(k, text(h["type"]), flags, args)
	case object == "exchange":
		n.exchangeGoneUnannounced(k, why)
		n.exchangeGone(k, why, 0)
	case made:
		n.queueIs(k, flags, args)
	default:
		if why != "deleted" {
			why = "expired or auto-deleted" // the broker does not say which
		}
		n.queueGoneUnannounced(k, why)
		n.queueGone(k, why, 0)
	}
	return nil
}

func (n *Normalizer) bindingEvent(h map[string]any, made bool) error {
	if err := need(h, "source_name", "destination_name", "vhost"); err != nil {
		return err
	}
	k := bindingKey{
		vhost: n.names.Intern(text(h["vhost"])), source: n.names.Intern(text(h["source_name"])), dest: n.names.Intern(text(h["destination_name"])),
		key: n.names.Intern(text(h["routing_key"])), args: n.names.Intern(argumentText(erlangArguments(h["arguments"]))),
		toExchange: text(h["destination_kind"]) == "exchange",
	}
	switch {
	case k.source == 0: // implicit
	case made:
		n.bindingIs(k, 0)
	default:
		n.bindingGone(k, 0)
	}
	return nil
}

func (n *Normalizer) consumerEvent(h map[string]any, made bool) error {
	if err := need(h, "queue", "consumer_tag", "vhost"); err != nil {
		return err
	}
	k := consumerKey{queue: objectKey{n.names.Intern(text(h["vhost"])), n.names.Intern(text(h["queue"]))}, tag: n.names.Intern(text(h["consumer_tag"]))}
	pid := text(h["channel"])
	ch, known := n.clients.channels[pid]
	var process flow.Name
	if known {
		k.conn, k.ch, process = ch.conn.name, ch.number, ch.conn.process
	} else {
		// Its channel was not announced, so its pid is all we have to tell it from others.
		k.conn = n.names.Intern(pid)
	}
	if !made {
		n.consumerGone(k, process, 0)
		return nil
	}
	prefetch, _ := integer(h["prefetch_count"])
	flags := objectFlags(false, false, truth(h["exclusive"]), false)
	if required, ok := integer(h["ack_required"]); ok && required == 0 {
		flags |= flow.NoAck
	}
	n.consumerIs(k, process, prefetch, flags)
	return nil
}
