package normalize

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"rpcscope/engine/flow"
)

// sorted returns the channels by number.
func (d *dialogue) sorted() []*dialogueChannel {
	return slices.SortedFunc(maps.Values(d.channels), func(a, b *dialogueChannel) int { return cmp.Compare(a.number, b.number) })
}

func (d *dialogue) consumesFrom(k objectKey) bool {
	for _, ch := range d.channels {
		if slices.ContainsFunc(ch.tags, func(c consumerTag) bool { return c.key.queue == k }) {
			return true
		}
	}
	return false
}

// sortedDialogues returns those that pick takes, by the number of their connection's name.
func sortedDialogues(all map[string]*dialogue, pick func(*dialogue) bool) (out []*dialogue) {
	for _, d := range all {
		if pick(d) {
			out = append(out, d)
		}
	}
	slices.SortFunc(out, func(a, b *dialogue) int { return cmp.Compare(a.c.name, b.c.name) })
	return out
}

// traceOf takes a frame with content apart, as a firehose message is.
func (n *Normalizer) traceOf(d *dialogue, r *Record, e flow.Event) *trace {
	t := &trace{
		vhost: d.vhost, exchange: e.Exchange, key: e.Key, exchangeText: n.names.Text(e.Exchange), keyText: n.names.Text(e.Key),
		conn: d.c, connName: d.c.name, process: d.c.process, channel: r.Channel, props: r.Properties,
	}
	if h := table(t.props["headers"]); h != nil {
		if _, blind := h["BCC"]; blind { // the broker takes it out
			t.props, h = maps.Clone(t.props), maps.Clone(h)
			delete(h, "BCC")
			t.props["headers"] = h
		}
	}
	t.print = fingerprintOf(t.exchangeText, []string{t.keyText}, t.props, r.Body)
	return t
}

func (n *Normalizer) framePublish(d *dialogue, r *Record, e flow.Event) {
	if n.frames.refused[refusal{r.Connection, r.Channel, text(r.Headers["exchange"])}] && n.exchangeAt(objectKey{d.vhost, e.Exchange}) == nil {
		return
	}
	t := n.traceOf(d, r, e)
	n.lastMsg++
	id := n.lastMsg
	describe(n.names, &n.msg, t.exchangeText, t.keyText, t.props, r.Body)
	m := n.msg
	p := t.event(flow.Publish, id)
	p.Exchange, p.Key, p.Class, p.RPC, p.Flags = t.exchange, t.key, m.Class, m.RPC, p.Flags|e.Flags&(flow.Mandatory|flow.Immediate)
	n.emitWith(p, &m)
	n.request(t, id, &m)
	ch := n.channelOf(d, r.Channel)
	s := sent{msg: id, exchange: t.exchange, key: t.key, mandatory: e.Has(flow.Mandatory), queues: n.routes(t, id, &m, r.Properties)}
	if ch.confirms {
		ch.seq++
		s.seq = ch.seq
	} else if s.mandatory && len(ch.sent) >= maxAsked {
		ch.sent = slices.Delete(ch.sent, 0, 1)
		n.frames.held--
	}
	if (ch.confirms || s.mandatory) && n.frames.held < MaxWaiting {
		ch.sent = append(ch.sent, s)
		n.frames.held++
	}
	n.replied(t, &m)
}

// routes tells to which queues a message goes, by the bindings that were seen
// to be made. Of an exchange that nobody was seen to declare, nothing is told.
func (n *Normalizer) routes(t *trace, id flow.MsgID, m *flow.Message, props map[string]any) (taken []copyKey) {
	keys := append([]string{t.keyText}, carbonCopies(props)...)
	if t.exchangeText == "" {
		for _, key := range keys {
			if q := (objectKey{t.vhost, n.names.Intern(key)}); !n.objects.wasDeleted(q) && key != "" {
				e := t.event(flow.Route, id)
				e.Queue, e.Key, e.Flags = q.name, q.name, e.Flags|flow.Implicit
				taken = n.took(taken, t, id, m, e)
			}
		}
	} else if taken = n.spread(t, id, m, keys); taken == nil && n.exchangeAt(objectKey{t.vhost, t.exchange}) == nil {
		return nil
	}
	if len(taken) == 0 {
		e := t.event(flow.Route, id)
		e.Exchange, e.Key, e.Flags = t.exchange, t.key, e.Flags|flow.NoRoute|flow.Inferred
		if t.exchange == 0 {
			e.Flags |= flow.Implicit
		}
		n.emit(e)
	}
	return taken
}

// spread follows bindings from exchange to exchange; each is visited once, and each queue gets one copy.
func (n *Normalizer) spread(t *trace, id flow.MsgID, m *flow.Message, keys []string) (taken []copyKey) {
	headers := table(t.props["headers"])
	next := []flow.Name{t.exchange}
	for i := 0; i < len(next); i++ {
		x := n.exchangeAt(objectKey{t.vhost, next[i]})
		if x == nil {
			continue
		}
		some := false
		for _, b := range x.bindings {
			if !slices.ContainsFunc(keys, func(key string) bool { return n.takes(x, b, key, headers) }) {
				continue
			}
			some = true
			e := t.event(flow.Route, id)
			e.Exchange, e.Queue, e.Key, e.Args, e.Flags = b.source, b.dest, b.key, b.args, e.Flags|flow.Inferred
			if !b.toExchange {
				taken = n.took(taken, t, id, m, e)
			} else if !slices.Contains(next, b.dest) {
				e.Flags |= flow.ToExchange
				n.emit(e)
				next = append(next, b.dest)
			}
		}
		if !some && x.alternate != 0 && !slices.Contains(next, x.alternate) {
			e := t.event(flow.Route, id)
			e.Exchange, e.Queue, e.Flags = next[i], x.alternate, e.Flags|flow.Inferred|flow.ToExchange|flow.Implicit
			n.emit(e)
			next = append(next, x.alternate)
		}
	}
	return taken
}

// took tells that a queue took a message, once.
func (n *Normalizer) took(taken []copyKey, t *trace, id flow.MsgID, m *flow.Message, route flow.Event) []copyKey {
	k := copyKey{objectKey{t.vhost, route.Queue}, t.print}
	if slices.Contains(taken, k) {
		return taken
	}
	n.emit(route)
	n.copies.add(k, id, m.Class)
	in := t.event(flow.Enqueue, id)
	in.Queue, in.Conn, in.Channel, in.Process, in.Flags = route.Queue, 0, 0, 0, in.Flags|flow.Inferred
	n.emit(in)
	if m.Expiration >= 0 {
		n.deadline.push(due{at: n.now + m.Expiration + queueSettles, kind: dueExpiry, msg: id, copy: k})
	}
	return append(taken, k)
}

// carbonCopies are the further routing keys of a message (RabbitMQ: Sender-selected Distribution).
func carbonCopies(props map[string]any) (keys []string) {
	h := table(props["headers"])
	for _, name := range []string{"CC", "BCC"} {
		keys = append(keys, texts(h[name])...)
	}
	return keys
}

// takes reports whether a binding takes a message.
func (n *Normalizer) takes(x *exchange, b bindingKey, key string, headers map[string]any) bool {
	switch x.kind {
	case "fanout":
		return true
	case "topic":
		return topicMatches(n.names.Text(b.key), key)
	case "headers":
		return headersMatch(textArguments(n.names.Text(b.args)), headers)
	}
	return n.names.Text(b.key) == key
}

// headersMatch is the rule of headers exchanges, on the texts of the values.
func headersMatch(args []argument, headers map[string]any) bool {
	mode, some, all := "all", false, true
	for _, a := range args {
		if a.name == "x-match" {
			mode = a.value
		}
	}
	for _, a := range args {
		if a.name == "x-match" || strings.HasPrefix(a.name, "x-") && !strings.HasSuffix(mode, "-with-x") {
			continue
		}
		v, there := headers[a.name]
		if fits := there && (a.value == "" || text(v) == a.value); fits {
			some = true
		} else {
			all = false
		}
	}
	if strings.HasPrefix(mode, "any") {
		return some
	}
	return all
}

// frameDeliver takes a delivery, or what basic.get fetched.
func (n *Normalizer) frameDeliver(d *dialogue, r *Record, method flow.Event, queue objectKey, flags flow.Flags) {
	t := n.traceOf(d, r, method)
	c, found, ambiguous := n.copies.take(copyKey{queue, t.print}, method.Has(flow.Redelivered))
	e := t.event(flow.Deliver, c.id)
	e.Queue, e.Tag, e.Value, e.Flags = queue.name, method.Tag, method.Value, e.Flags|method.Flags&flow.Redelivered|flags
	if ambiguous || !found {
		e.Flags |= flow.Inferred
	}
	if found {
		e.Class = c.class
		n.emit(e)
	} else {
		n.introduce(&e, t, queue, r.Body)
	}
	if flags&flow.NoAck == 0 && n.frames.held < MaxWaiting {
		ch := n.channelOf(d, r.Channel)
		ch.unacked = append(ch.unacked, got{uint64(method.Value), e.Msg, queue})
		n.frames.held++
	}
	if flags&flow.Get != 0 {
		n.touched(queue, n.frames.queues[queue])
	}
	n.afterDelivery(t, e)
}

// settled takes a client's word for what was delivered to it.
func (n *Normalizer) settled(d *dialogue, method flow.Event, op string) {
	ch := n.channelOf(d, method.Channel)
	multiple := method.Has(flow.Multiple) && op != "basic.reject"
	var put []got
	kept := ch.unacked[:0]
	for _, g := range ch.unacked {
		if tag := uint64(method.Value); g.tag != tag && !(multiple && (tag == 0 || g.tag < tag)) {
			kept = append(kept, g)
			continue
		}
		n.frames.held--
		e := d.event(flow.Ack, ch.number)
		e.Msg, e.Queue, e.Value = g.msg, g.queue.name, int64(g.tag)
		if multiple {
			e.Flags |= flow.Multiple
		}
		if op != "basic.ack" {
			e.Kind, e.Flags = flow.Reject, e.Flags|method.Flags&flow.Requeued
			if method.Has(flow.Requeued) {
				put = append(put, g)
			}
		}
		n.emit(e)
	}
	ch.unacked = kept
	n.requeued(put, strings.TrimPrefix(op, "basic.")+"ed")
}

// putBack returns to its queues what a channel has not acknowledged.
func (n *Normalizer) putBack(_ *dialogue, ch *dialogueChannel, why string) {
	n.requeued(ch.unacked, why)
	n.frames.held -= len(ch.unacked)
	ch.unacked = nil
}

func (n *Normalizer) requeued(put []got, why string) {
	for _, g := range put {
		n.emit(flow.Event{Kind: flow.Requeue, Msg: g.msg, VHost: g.queue.vhost, Queue: g.queue.name, Label: n.names.Intern(why), Flags: flow.Inferred})
	}
}

// confirmed tells of each publish that the broker confirms.
func (n *Normalizer) confirmed(d *dialogue, method flow.Event, op string) {
	ch := n.channelOf(d, method.Channel)
	kept := ch.sent[:0]
	for _, s := range ch.sent {
		tag := uint64(method.Value)
		if s.seq == 0 || s.seq != tag && !(method.Has(flow.Multiple) && (tag == 0 || s.seq < tag)) {
			kept = append(kept, s)
			continue
		}
		n.frames.held--
		e := d.event(flow.Confirm, ch.number)
		e.Msg, e.Value = s.msg, int64(s.seq)
		if op == "basic.nack" {
			e.Flags |= flow.Negative
		}
		n.emit(e)
	}
	ch.sent = kept
}

// frameReturn finds the publish that is returned: the oldest of its kind, for
// returns come in the order of publishing and before the confirm. Where the
// bindings seemed to take it, they have gone since.
func (n *Normalizer) frameReturn(d *dialogue, method flow.Event) {
	e := d.event(flow.Return, method.Channel)
	e.Exchange, e.Key, e.Value, e.Text = method.Exchange, method.Key, method.Value, method.Text
	ch := n.channelOf(d, method.Channel)
	for i := range ch.sent {
		s := &ch.sent[i]
		if !s.mandatory || s.exchange != method.Exchange || s.key != method.Key {
			continue
		}
		s.mandatory, e.Msg = false, s.msg
		for _, k := range s.queues {
			if n.copies.remove(k, s.msg) {
				n.emit(flow.Event{Kind: flow.Drop, Msg: s.msg, VHost: d.vhost, Queue: k.queue.name, Label: n.names.Intern("unroutable"), Flags: flow.Inferred})
			}
			if method.Exchange == 0 {
				n.queueEnds(k.queue, "expired or auto-deleted", flow.Inferred)
			}
		}
		if s.seq == 0 {
			ch.sent = slices.Delete(ch.sent, i, i+1)
			n.frames.held--
		}
		break
	}
	n.emit(e)
}
