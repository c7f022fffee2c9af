package normalize

import (
	"strings"

	"rpcscope/engine/flow"
)

// exchange is what routing needs to know of one that was declared.
type exchange struct {
	kind      string
	alternate flow.Name
	flags     flow.Flags
	bindings  []bindingKey
	bound     bool // it had a binding once
}

// queueUse tells when a queue goes by itself.
type queueUse struct {
	expires   int64
	flags     flow.Flags
	consumers int
	used      bool // it had a consumer once
	since     int64
}

// predeclared are the exchanges that every virtual host has.
var predeclared = map[string]string{
	"amq.direct": "direct", "amq.fanout": "fanout", "amq.topic": "topic",
	"amq.headers": "headers", "amq.match": "headers", "amq.rabbitmq.trace": "topic",
}

func (n *Normalizer) exchangeAt(k objectKey) *exchange {
	x := n.frames.exchanges[k]
	if x == nil && len(n.frames.exchanges) < maxObjects {
		if kind := predeclared[n.names.Text(k.name)]; kind != "" {
			x = &exchange{kind: kind}
			n.frames.exchanges[k] = x
		}
	}
	return x
}

// done acts on a method that was answered, or wants no answer.
func (n *Normalizer) done(d *dialogue, ch *dialogueChannel, op string, ask, answer flow.Event) {
	x, q := objectKey{d.vhost, ask.Exchange}, objectKey{d.vhost, ask.Queue}
	switch op {
	case "exchange.declare":
		n.exchangeDeclared(x, ask)
	case "exchange.delete":
		n.exchangeEnds(x, "deleted", 0)
	case "queue.declare":
		q.name = answer.Queue
		ch.last = q.name
		n.queueDeclared(d, q, ask)
	case "queue.delete":
		n.queueEnds(q, "deleted", 0)
	case "queue.purge":
		n.purged(q)
	case "queue.bind", "exchange.bind":
		n.bound(d.binding(ask, op), 0)
	case "queue.unbind", "exchange.unbind":
		n.unbound(d.binding(ask, op), 0)
	case "basic.consume":
		ask.Tag = answer.Tag
		n.consumes(d, ch, ask)
	case "basic.cancel":
		n.consumerEnds(d, ch, ask.Tag)
	case "basic.recover":
		n.putBack(d, ch, "recovered")
	case "basic.qos":
		ch.prefetch = int64(ask.Count)
	case "confirm.select":
		ch.confirms = true
	}
}

func (d *dialogue) binding(ask flow.Event, op string) bindingKey {
	return bindingKey{vhost: d.vhost, source: ask.Exchange, dest: ask.Queue, key: ask.Key, args: ask.Args, toExchange: strings.HasPrefix(op, "exchange.")}
}

// objectOf keeps of a method's flags those that describe an object.
func objectOf(e flow.Event) flow.Flags {
	return e.Flags & (flow.Durable | flow.AutoDelete | flow.Exclusive | flow.Internal)
}

// textArguments reads the canonical form back.
func textArguments(s string) (out []argument) {
	for part := range strings.SplitSeq(s, "; ") {
		if name, value, ok := strings.Cut(part, "="); ok {
			out = append(out, argument{name, value})
		}
	}
	return out
}

func (n *Normalizer) exchangeDeclared(k objectKey, ask flow.Event) {
	if k.name == 0 || n.exchangeAt(k) != nil || len(n.frames.exchanges) >= maxObjects {
		return
	}
	kind := n.names.Text(ask.Text)
	args := textArguments(n.names.Text(ask.Args))
	if ask.Has(flow.Passive) { // it exists, and that is all we know
		n.exchangeIs(k, kind, flow.Inferred, nil)
		return
	}
	x := &exchange{kind: kind, flags: objectOf(ask)}
	for _, a := range args {
		if a.name == "alternate-exchange" {
			x.alternate = n.names.Intern(a.value)
		}
	}
	n.frames.exchanges[k] = x
	n.exchangeIs(k, kind, x.flags, args)
}

func (n *Normalizer) exchangeEnds(k objectKey, why string, flags flow.Flags) {
	if x := n.frames.exchanges[k]; x != nil {
		for _, b := range x.bindings {
			n.bindingGone(b, flow.Inferred)
		}
		delete(n.frames.exchanges, k)
	}
	n.exchangeGone(k, why, flags)
}

func (n *Normalizer) queueDeclared(d *dialogue, k objectKey, ask flow.Event) {
	if ask.Has(flow.Passive) {
		n.queueIs(k, flow.Inferred, nil)
		return
	}
	args := textArguments(n.names.Text(ask.Args))
	q := n.frames.queues[k]
	if q == nil && len(n.frames.queues) < maxObjects {
		q = &queueUse{flags: objectOf(ask), expires: expires(args)}
		if q.flags&flow.Exclusive != 0 {
			d.exclusives = append(d.exclusives, k)
		}
		n.frames.queues[k] = q
		n.queueIs(k, q.flags, args)
	}
	n.touched(k, q)
}

// touched starts anew the time after which an unused queue expires.
func (n *Normalizer) touched(k objectKey, q *queueUse) {
	if q == nil {
		return
	}
	q.since = n.now
	if q.expires > 0 && q.consumers == 0 {
		n.deadline.push(due{at: n.now + q.expires, kind: dueQueueUnused, copy: copyKey{queue: k}})
	}
}

// queueUnused ends a queue that nobody has used for its x-expires.
func (n *Normalizer) queueUnused(d due) {
	k := d.copy.queue
	if q := n.frames.queues[k]; q != nil && q.consumers == 0 && n.now-q.since >= q.expires {
		n.queueEnds(k, "expired", flow.Inferred)
	}
}

// queueEnds takes a queue away, with its bindings and consumers.
func (n *Normalizer) queueEnds(k objectKey, why string, flags flow.Flags) {
	q := n.frames.queues[k]
	delete(n.frames.queues, k)
	for _, d := range sortedDialogues(n.frames.conns, func(d *dialogue) bool {
		return (q == nil || q.consumers > 0) && d.vhost == k.vhost && d.consumesFrom(k)
	}) {
		for _, ch := range d.sorted() {
			for i := len(ch.tags) - 1; i >= 0; i-- {
				if c := ch.tags[i]; c.key.queue == k {
					ch.tags = append(ch.tags[:i], ch.tags[i+1:]...)
					n.consumerGone(c.key, d.c.process, flow.Inferred)
				}
			}
		}
	}
	for _, b := range append([]bindingKey(nil), n.objects.from[k]...) {
		n.unbound(b, flow.Inferred)
	}
	n.queueGone(k, why, flags)
}

func (n *Normalizer) purged(k objectKey) {
	for _, id := range n.copies.waitingIn(k) {
		n.emit(flow.Event{Kind: flow.Drop, Msg: id, VHost: k.vhost, Queue: k.name, Label: n.names.Intern("purged"), Flags: flow.Inferred})
	}
	n.copies.dropQueue(k)
}

func (n *Normalizer) bound(b bindingKey, flags flow.Flags) {
	if b.source == 0 {
		return
	}
	if x := n.exchangeAt(objectKey{b.vhost, b.source}); x != nil {
		x.bound = true
		if _, known := n.objects.bindings[b]; !known && len(n.objects.bindings) < maxObjects {
			x.bindings = append(x.bindings, b)
		}
	}
	n.bindingIs(b, flags)
}

// unbound takes a binding away, and an auto-delete exchange with its last.
func (n *Normalizer) unbound(b bindingKey, flags flow.Flags) {
	k := objectKey{b.vhost, b.source}
	n.bindingGone(b, flags)
	x := n.frames.exchanges[k]
	if x == nil {
		return
	}
	kept := x.bindings[:0]
	for _, o := range x.bindings {
		if o != b {
			kept = append(kept, o)
		}
	}
	if x.bindings = kept; len(kept) == 0 && x.bound && x.flags&flow.AutoDelete != 0 {
		n.exchangeEnds(k, "auto-delete", flow.Inferred)
	}
}

func (n *Normalizer) consumes(d *dialogue, ch *dialogueChannel, ask flow.Event) {
	q := objectKey{d.vhost, ask.Queue}
	n.queueIs(q, flow.Inferred, nil) // it exists, even if nobody was seen to declare it
	k := consumerKey{queue: q, conn: d.c.name, ch: ch.number, tag: ask.Tag}
	if ch.consumer(ask.Tag).key.tag != 0 || len(n.objects.consumers) >= maxObjects {
		return
	}
	ch.tags = append(ch.tags, consumerTag{k, ask.Has(flow.NoAck)})
	if u := n.frames.queues[q]; u != nil {
		u.consumers++
		u.used = true
	}
	n.consumerIs(k, d.c.process, ch.prefetch, ask.Flags&(flow.NoAck|flow.Exclusive))
}

// consumerEnds takes a consumer away, and an auto-delete queue with its last.
func (n *Normalizer) consumerEnds(d *dialogue, ch *dialogueChannel, tag flow.Name) {
	for i, c := range ch.tags {
		if c.key.tag != tag {
			continue
		}
		ch.tags = append(ch.tags[:i], ch.tags[i+1:]...)
		n.consumerGone(c.key, d.c.process, 0)
		q := n.frames.queues[c.key.queue]
		if q == nil {
			return
		}
		q.consumers--
		if q.consumers == 0 && q.flags&flow.AutoDelete != 0 {
			n.queueEnds(c.key.queue, "auto-delete", flow.Inferred)
			return
		}
		n.touched(c.key.queue, q)
		return
	}
}

// channelGone ends a channel: its consumers go, and what it has not acknowledged is put back.
func (n *Normalizer) channelGone(d *dialogue, number uint16, cause flow.Event) {
	ch := d.channels[number]
	if ch == nil {
		return
	}
	for len(ch.tags) > 0 {
		n.consumerEnds(d, ch, ch.tags[0].key.tag)
	}
	n.putBack(d, ch, "channel closed")
	n.frames.held -= len(ch.sent)
	delete(d.channels, number)
	n.frames.channels--
	e := d.event(flow.ChannelClose, number)
	e.Value, e.Text = cause.Value, cause.Text
	n.emit(e)
}

// hungUp ends a connection, once, by a word or without.
func (n *Normalizer) hungUp(d *dialogue, cause flow.Event) {
	if n.names.Text(cause.Label) == "tcp-close" {
		delete(n.frames.conns, d.c.key)
	}
	if d.closing {
		return
	}
	d.closing = true
	for _, ch := range d.sorted() {
		n.channelGone(d, ch.number, flow.Event{})
	}
	for _, k := range d.exclusives {
		if n.frames.queues[k] != nil { // not deleted meanwhile
			n.queueEnds(k, "exclusive", flow.Inferred)
		}
	}
	d.exclusives = nil
	n.closed(d.c, 0)
}
