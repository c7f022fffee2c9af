package normalize

import (
	"rpcscope/engine/flow"
)

// MaxCalls bounds the calls that are followed at a time; the oldest is forgotten first.
const MaxCalls = 1 << 17

// call is what is known of one RPC.
type call struct {
	msg        flow.MsgID
	at         int64 // when the request was published
	timeout    int64 // 0 without
	started    int64 // when it was delivered to a worker
	method     flow.Name
	process    flow.Name // the caller
	conn       flow.Name
	vhost      flow.Name
	class      flow.Class
	answered   bool
	timedOut   bool
	dispatched bool
}

// calls follows RPCs by `_msg_id`, and casts by their message.
type calls struct {
	byID  map[flow.ID]*call
	order []flow.ID
	// meta is what the newest messages are, for their deliveries.
	meta map[flow.MsgID]meta
	ring []flow.MsgID
	next int
}

// meta is what a delivery needs to know of its message.
type meta struct {
	rpc       flow.ID
	method    flow.Name
	eventType flow.Name
	failure   flow.Name
	class     flow.Class
	facts     flow.Facts
}

func (c *calls) init() {
	c.byID, c.meta = map[flow.ID]*call{}, map[flow.MsgID]meta{}
}

func (c *calls) learn(id flow.MsgID, m *flow.Message) {
	if len(c.ring) < MaxWaiting {
		c.ring = append(c.ring, id)
	} else {
		delete(c.meta, c.ring[c.next])
		c.ring[c.next] = id
		c.next = (c.next + 1) % len(c.ring)
	}
	c.meta[id] = meta{rpc: m.RPC, method: m.Method, eventType: m.EventType, failure: m.FailureClass, class: m.Class, facts: m.Facts}
}

// request notes a publish, and tells of the RPC that it starts.
func (n *Normalizer) request(t *trace, id flow.MsgID, m *flow.Message) {
	n.calls.learn(id, m)
	switch m.Class {
	case flow.ClassCall, flow.ClassCast, flow.ClassFanout:
	default:
		return
	}
	e := t.event(flow.Request, id)
	e.Flags = 0
	e.RPC, e.Class, e.Label, e.Key = m.RPC, m.Class, m.Method, t.key
	e.Value = max(0, m.Expiration)
	if m.Class != flow.ClassCall {
		n.emit(e)
		return
	}
	if n.calls.byID[m.RPC] != nil {
		return // published again after a reconnect: the first time counts
	}
	if len(n.calls.order) >= MaxCalls {
		delete(n.calls.byID, n.calls.order[0])
		n.calls.order = n.calls.order[1:]
	}
	n.calls.byID[m.RPC] = &call{msg: id, at: n.now, timeout: e.Value, method: m.Method, process: t.process, conn: t.connName, vhost: t.vhost, class: m.Class}
	n.calls.order = append(n.calls.order, m.RPC)
	if e.Value > 0 {
		n.deadline.push(due{at: n.now + e.Value, kind: dueTimeout, id: m.RPC})
	}
	n.emit(e)
}

// replied notes the publish of a reply: the method has ended then.
func (n *Normalizer) replied(t *trace, m *flow.Message) {
	if m.Class != flow.ClassReply || m.Has(flow.NotEnding) {
		return
	}
	c := n.calls.byID[m.RPC]
	if c == nil || !c.dispatched {
		return
	}
	c.dispatched = false // a classic reply comes in several messages, and a returned one is repeated
	n.emit(flow.Event{
		Kind: flow.Finish, RPC: m.RPC, Msg: c.msg, VHost: t.vhost, Process: t.process, Conn: t.connName, Channel: t.channel,
		Label: c.method, Text: m.FailureClass, Value: max(0, n.now-c.started), Class: c.class, Flags: flow.Inferred,
	})
}

// acknowledged tells of the acknowledgement that the firehose does not show.
func (n *Normalizer) acknowledged(d flow.Event) {
	d.Kind, d.Flags, d.Exchange, d.Key = flow.Ack, flow.Inferred, 0, 0
	n.emit(d)
}

// afterDelivery tells what the receiver does with a message.
func (n *Normalizer) afterDelivery(t *trace, d flow.Event) {
	what, ok := n.calls.meta[d.Msg]
	if !ok {
		return
	}
	e := flow.Event{Msg: d.Msg, RPC: what.rpc, VHost: d.VHost, Process: t.process, Conn: d.Conn, Channel: d.Channel, Class: what.class, Flags: flow.Inferred}
	switch what.class {
	case flow.ClassNotification:
		e.Kind, e.Label = flow.Notification, what.eventType
	case flow.ClassCall, flow.ClassCast, flow.ClassFanout:
		e.Kind, e.Label = flow.Dispatch, what.method
		if c := n.calls.byID[what.rpc]; c != nil && what.class == flow.ClassCall {
			c.started, c.dispatched = n.now, true
		}
	case flow.ClassReply:
		if !n.answer(&e, what) {
			return
		}
	default:
		return
	}
	n.emit(e)
}

// answer fills e with what a delivered reply means to its caller; false when it means nothing new.
func (n *Normalizer) answer(e *flow.Event, what meta) bool {
	c := n.calls.byID[what.rpc]
	if what.facts&flow.NotEnding != 0 {
		e.Kind = flow.Heartbeat
		return true
	}
	if c == nil || c.answered {
		return false
	}
	e.Label, e.Value = c.method, n.now-c.at
	c.answered = true
	switch {
	case c.timedOut:
		e.Kind = flow.LateReply
	case what.facts&flow.HasFailure != 0:
		e.Kind, e.Text = flow.Failure, what.failure
	default:
		e.Kind = flow.Reply
	}
	return true
}

// callTimedOut settles a call whose expiration passed. The request's
// expiration is the caller's timeout (oslo_messaging _drivers/amqpdriver).
func (n *Normalizer) callTimedOut(d due) {
	c := n.calls.byID[d.id]
	if c == nil || c.answered || c.timedOut {
		return
	}
	c.timedOut = true
	n.emit(flow.Event{Kind: flow.Timeout, RPC: d.id, Msg: c.msg, VHost: c.vhost, Process: c.process, Conn: c.conn, Label: c.method, Value: c.timeout, Class: c.class, Flags: flow.Inferred})
}
