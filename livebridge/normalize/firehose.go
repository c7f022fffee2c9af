package normalize

import (
	"slices"
	"strings"

	"rpcscope/engine/flow"
)

// queueSettles is how long a queue that a publish to the default exchange names may take to be
// announced: the two streams of the broker differ by up to about 50 ms, more under load.
const queueSettles = 1_000_000_000

// trace is a firehose message taken apart.
type trace struct {
	vhost, exchange, key flow.Name
	exchangeText         string
	keyText              string
	conn                 *connection
	connName, process    flow.Name
	channel              uint16
	props                map[string]any
	print                fingerprint
}

// firehose takes a trace message.
func (n *Normalizer) firehose(r *Record) error {
	verb, rest, ok := strings.Cut(r.RoutingKey, ".")
	if !ok || verb != "publish" && verb != "deliver" {
		return bad(`%q is no trace key: it must begin with "publish." or "deliver."`, clip(r.RoutingKey, 80))
	}
	t, err := n.openTrace(r)
	if err != nil {
		return err
	}
	if verb == "publish" {
		return n.published(r, t)
	}
	n.delivered(r, t, clip(rest, maxText))
	return nil
}

func (n *Normalizer) openTrace(r *Record) (*trace, error) {
	h := r.Headers
	if !isText(h["exchange_name"]) {
		return nil, bad(`the trace message lacks the text "exchange_name"`)
	}
	keys := texts(h["routing_keys"])
	if len(keys) == 0 {
		return nil, bad(`the trace message lacks "routing_keys", an array with at least one text`)
	}
	t := &trace{exchangeText: text(h["exchange_name"]), keyText: keys[0], props: table(h["properties"])}
	t.vhost = n.names.Intern(text(h["vhost"]))
	t.exchange, t.key = n.names.Intern(t.exchangeText), n.names.Intern(t.keyText)
	if c := n.connOf(text(h["connection"])); c != nil {
		t.conn, t.connName, t.process = c, c.name, c.process
	}
	ch, _ := integer(h["channel"])
	t.channel = uint16(ch)
	t.print = fingerprintOf(t.exchangeText, keys, t.props, r.Body)
	return t, nil
}

func (t *trace) event(kind flow.Kind, msg flow.MsgID) flow.Event {
	e := flow.Event{Kind: kind, Msg: msg, VHost: t.vhost, Conn: t.connName, Channel: t.channel, Process: t.process}
	if mode, ok := integer(t.props["delivery_mode"]); ok && mode == 2 {
		e.Flags |= flow.Persistent
	}
	return e
}

func (n *Normalizer) published(r *Record, t *trace) error {
	queues := list(r.Headers["routed_queues"])
	if queues == nil && r.Headers["routed_queues"] != nil {
		return bad(`"routed_queues" must be an array of texts`)
	}
	n.lastMsg++
	id := n.lastMsg
	describe(n.names, &n.msg, t.exchangeText, t.keyText, t.props, r.Body)
	m := n.msg
	e := t.event(flow.Publish, id)
	e.Exchange, e.Key, e.Class, e.RPC = t.exchange, t.key, m.Class, m.RPC
	n.emitWith(e, &m)
	n.request(t, id, &m)
	routed := texts(r.Headers["routed_queues"])
	if len(routed) == 0 {
		e := t.event(flow.Route, id)
		e.Exchange, e.Key, e.Flags = t.exchange, t.key, e.Flags|flow.NoRoute
		n.emit(e)
	}
	for _, q := range slices.Compact(routed) {
		n.routed(t, id, &m, n.names.Intern(q))
	}
	n.replied(t, &m)
	return nil
}

// routed tells that a message went to a queue – or to the default exchange with the name of one.
func (n *Normalizer) routed(t *trace, id flow.MsgID, m *flow.Message, queue flow.Name) {
	k := objectKey{t.vhost, queue}
	e := t.event(flow.Route, id)
	e.Exchange, e.Queue = t.exchange, queue
	if t.exchangeText == "" {
		e.Key, e.Flags = queue, e.Flags|flow.Implicit
		if _, exists := n.objects.queues[k]; !exists && n.objects.wasDeleted(k) {
			n.unroutable(e, m)
			return
		}
	} else {
		key, sure := n.bindingFor(k, t.exchange, t.key)
		e.Key = key
		if !sure {
			e.Flags |= flow.Inferred
		}
	}
	n.emit(e)
	n.copies.add(copyKey{k, t.print}, id, m.Class)
	in := t.event(flow.Enqueue, id)
	in.Queue, in.Conn, in.Channel, in.Process = queue, 0, 0, 0
	n.emit(in)
	if m.Expiration >= 0 {
		n.deadline.push(due{at: n.now + m.Expiration + queueSettles, kind: dueExpiry, msg: id, copy: copyKey{k, t.print}})
	}
	if _, exists := n.objects.queues[k]; !exists && t.exchangeText == "" && n.objects.complete[t.vhost] {
		n.deadline.push(due{at: n.now + queueSettles, kind: dueReturn, msg: id, name: queue})
		n.copies.doubt(id, doubt{k, t.vhost, t.key, t.connName, t.process, t.channel, m.Class, copyKey{k, t.print}})
	}
}

// unroutable tells that a publish to the default exchange named a queue that is gone. The
// firehose does not show it; a reply is published mandatory, so it comes back (oslo-messaging's amqpdriver).
func (n *Normalizer) unroutable(e flow.Event, m *flow.Message) {
	gone := e
	gone.Queue, gone.Flags = 0, e.Flags|flow.NoRoute|flow.Inferred
	n.emit(gone)
	if m.Class == flow.ClassReply {
		back := e
		back.Kind, back.Queue, back.Value, back.Text = flow.Return, 0, 312, n.names.Intern("NO_ROUTE")
		back.Flags = flow.Inferred | flow.Mandatory
		n.emit(back)
		return
	}
	lost := e
	lost.Kind, lost.Queue, lost.Label, lost.Flags = flow.Drop, 0, n.names.Intern("unroutable"), flow.Inferred
	n.emit(lost)
}

// neverQueued settles a doubt: the queue was never announced and nobody took the message.
func (n *Normalizer) neverQueued(d due) {
	u, ok := n.copies.settle(d.msg)
	if !ok {
		return
	}
	if _, exists := n.objects.queues[u.queue]; exists {
		return
	}
	if !n.copies.remove(u.copy, d.msg) {
		return // it was delivered, so the queue exists after all
	}
	e := flow.Event{Kind: flow.Drop, Msg: d.msg, VHost: u.vhost, Queue: u.queue.name, Label: n.names.Intern("unroutable"), Flags: flow.Inferred}
	n.emit(e)
	if u.class == flow.ClassReply {
		n.emit(flow.Event{Kind: flow.Return, Msg: d.msg, VHost: u.vhost, Key: u.key, Conn: u.conn, Process: u.process, Channel: u.channel, Value: 312, Text: n.names.Intern("NO_ROUTE"), Flags: flow.Inferred | flow.Mandatory})
	}
}

// expired concludes that a message outlived its expiration in a queue: it was
// not delivered, and a moment was waited for a trace that came late.
func (n *Normalizer) expired(d due) {
	if n.copies.remove(d.copy, d.msg) {
		n.emit(flow.Event{Kind: flow.Expire, Msg: d.msg, VHost: d.copy.queue.vhost, Queue: d.copy.queue.name, Flags: flow.Inferred})
	}
}

func (n *Normalizer) delivered(r *Record, t *trace, queueText string) {
	queue := objectKey{t.vhost, n.names.Intern(queueText)}
	again := truth(r.Headers["redelivered"])
	c, found, ambiguous := n.copies.take(copyKey{queue, t.print}, again)
	e := t.event(flow.Deliver, c.id)
	e.Queue, e.Tag = queue.name, n.consumerOn(queue, t)
	if again {
		e.Flags |= flow.Redelivered
		if found && c.out {
			back := e
			back.Kind, back.Conn, back.Channel, back.Process, back.Tag = flow.Requeue, 0, 0, 0, 0
			back.Flags = flow.Inferred
			n.emit(back)
		}
	}
	if ambiguous || !found {
		e.Flags |= flow.Inferred
	}
	if found {
		e.Class = c.class
		n.emit(e)
	} else {
		n.introduce(&e, t, queue, r.Body)
	}
	n.acknowledged(e)
	n.afterDelivery(t, e)
}

// introduce delivers a message that nobody saw published.
func (n *Normalizer) introduce(e *flow.Event, t *trace, queue objectKey, body []byte) {
	n.lastMsg++
	e.Msg = n.lastMsg
	describe(n.names, &n.msg, t.exchangeText, t.keyText, t.props, body)
	m := n.msg
	e.Class, e.RPC, e.Exchange, e.Key = m.Class, m.RPC, t.exchange, t.key
	n.copies.delivered(copyKey{queue, t.print}, e.Msg, m.Class)
	n.emitWith(*e, &m)
	n.calls.learn(e.Msg, &m)
}

// consumerOn returns the tag of the consumer that a channel has on a queue, when it has just one.
func (n *Normalizer) consumerOn(queue objectKey, t *trace) (tag flow.Name) {
	return n.objects.tagOf[channelQueue{queue, t.connName, t.channel}]
}
