package player

import (
	"strconv"

	"rpcscope/engine/flow"
	"rpcscope/engine/view"
)

// socketWhy is the rule by which a message without a broker went where it went.
func (p *Player) socketWhy(d *descriptor, routed, none bool) string {
	st := p.State()
	first := st.Carrier == view.CarrierZMQ1
	proxied := false
	for i := range p.sel.events {
		if e := &p.sel.events[i].e; e.Kind == flow.Route && e.Msg == d.e.Msg && e.Has(flow.ToExchange) {
			proxied = true
		}
	}
	switch {
	case none && first:
		return "socket-nobody-daemon"
	case none:
		return "socket-nobody"
	case !routed && first:
		return "socket-waiting-daemon"
	case !routed:
		return "socket-waiting"
	case d.m.Class == flow.ClassReply && first:
		return "socket-reply-daemon"
	case d.m.Class == flow.ClassReply:
		return "socket-reply"
	case first:
		return "socket-daemon"
	case proxied:
		return "socket-proxy"
	case d.m.Class == flow.ClassFanout:
		return "socket-fanout"
	}
	return "socket-direct"
}

// carried says what an event of a transport without RabbitMQ is; "" for any other.
func carried(n *flow.Names, e *flow.Event, m *flow.Message, who string) string {
	label, text, key := n.Text(e.Label), n.Text(e.Text), n.Text(e.Key)
	socket := n.Text(e.Exchange)
	if socket == "" {
		socket = n.Text(e.Queue)
	}
	if e.Has(flow.Peer) {
		switch e.Kind {
		case flow.Publish:
			what := article(e.Class)
			if m != nil && m.Method != 0 {
				what += " " + n.Text(m.Method)
			}
			return who + " sent " + what + " by " + socket + keyText(key)
		case flow.Route:
			if e.Has(flow.NoRoute) {
				return socket + " found nobody to take it"
			}
			return socket + " passed it on to " + n.Text(e.Queue)
		case flow.Enqueue:
			return socket + " has it"
		case flow.Deliver:
			return who + " read it from " + socket
		}
		return ""
	}
	switch e.Kind {
	case flow.Transport:
		return "the transport is " + label + because(text)
	case flow.SocketOpen:
		return who + " opened a " + label + " socket" + because(orText(text, socket))
	case flow.SocketClose:
		return label + " socket " + socket + " of " + who + " closed" + because(text)
	case flow.SocketConnect:
		return socket + " connected to " + n.Text(e.Queue)
	case flow.SocketDisconnect:
		return socket + " no longer connected to " + n.Text(e.Queue)
	case flow.LinkAttach:
		return who + " attached a link to " + n.Text(e.Queue)
	case flow.LinkDetach:
		return "link of " + who + " to " + n.Text(e.Queue) + " detached" + because(text)
	case flow.Record:
		return "matchmaker: " + key + " is " + text + ", for " + duration(e.Value)
	case flow.RecordGone:
		return "matchmaker: " + key + " is no longer " + text + because(label)
	case flow.Lookup:
		return who + " looked up " + key + ": " + strconv.FormatInt(e.Value, 10) + " found" + because(text)
	}
	return ""
}
