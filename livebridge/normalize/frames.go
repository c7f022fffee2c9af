package normalize

import (
	"strings"

	"rpcscope/engine/flow"
)

// Frames are what clients and broker said to each other, method by method.
// Each method becomes a [flow.Method]; what happened to connections, objects
// and messages is concluded from them. Frames say who declared, published, got,
// acknowledged and confirmed what; they do not say which queues a message went
// to, nor what the broker does by itself (expiry, auto-delete). That is deduced
// from the declarations seen and marked [flow.Inferred]. Transactions are not
// followed: a publish counts when it is sent.

// frames is what is known of the dialogues.
type frames struct {
	conns     map[string]*dialogue
	exchanges map[objectKey]*exchange
	queues    map[objectKey]*queueUse
	// held is how many published and delivered messages await their settlement, at most [MaxWaiting].
	held int
	// channels is how many are remembered, at most [maxChannels].
	channels int
	// refused are publishes that the broker answers by closing the channel, see Learn.
	refused map[refusal]bool
}

// refusal names an exchange that a channel published to and that does not exist.
type refusal struct {
	conn     string
	channel  uint16
	exchange string
}

// dialogue is one connection's.
type dialogue struct {
	c        *connection
	given    string
	vhost    flow.Name
	closing  bool
	channels map[uint16]*dialogueChannel
	// exclusives are the queues that go with it.
	exclusives []objectKey
}

// dialogueChannel is a channel's state as both sides know it.
type dialogueChannel struct {
	number   uint16
	confirms bool
	seq      uint64    // publishes since confirms were asked for
	last     flow.Name // the queue declared last
	prefetch int64
	waiting  []flow.Event // methods that await their answer, in order
	sent     []sent
	unacked  []got
	tags     []consumerTag
}

// sent is a publish that may still be confirmed or returned.
type sent struct {
	seq           uint64
	msg           flow.MsgID
	exchange, key flow.Name
	mandatory     bool
	queues        []copyKey
}

// got is a delivery that awaits its acknowledgement.
type got struct {
	tag   uint64
	msg   flow.MsgID
	queue objectKey
}

type consumerTag struct {
	key   consumerKey
	noAck bool
}

const (
	// maxAsked bounds the methods of a channel that await an answer, and the mandatory publishes kept without confirms.
	maxAsked = 1024
	// maxArgument bounds what is shown of an argument of a method, in bytes.
	maxArgument = 255
)

func (f *frames) init() {
	f.conns, f.exchanges, f.queues = map[string]*dialogue{}, map[objectKey]*exchange{}, map[objectKey]*queueUse{}
	f.refused = map[refusal]bool{}
}

// learn notes which publishes will turn out to have been refused.
func (f *frames) learn(r *Record) {
	if !r.Ahead() || len(f.refused) >= maxObjects {
		return
	}
	if _, rest, ok := strings.Cut(text(r.Headers["reply_text"]), "no exchange '"); ok {
		if name, _, ok := strings.Cut(rest, "' in vhost"); ok {
			f.refused[refusal{r.Connection, r.Channel, name}] = true
		}
	}
}

// frame takes one method.
func (n *Normalizer) frame(r *Record) error {
	way, op, ok := strings.Cut(r.RoutingKey, ".")
	if !ok || op == "" || len(op) > 64 || way != "c2s" && way != "s2c" {
		return bad(`%q is no method of a frame: it must begin with "c2s." or "s2c."`, clip(r.RoutingKey, 80))
	}
	if op == "heartbeat" {
		return nil
	}
	d := n.dialogue(r.Connection)
	e := n.method(d, r, op)
	if way == "s2c" {
		e.Flags |= flow.ToClient
	}
	if op == "basic.publish" || op == "basic.deliver" || op == "basic.get-ok" {
		if !isText(r.Headers["exchange"]) || !isText(r.Headers["routing_key"]) {
			return bad(`the %s lacks the texts "exchange" and "routing_key"`, op)
		}
	}
	if way == "c2s" {
		n.emit(e)
		n.said(d, r, op, e)
	} else {
		n.answered(d, r, op, e)
	}
	return nil
}

func (n *Normalizer) dialogue(name string) *dialogue {
	f := &n.frames
	if d := f.conns[name]; d != nil {
		return d
	}
	if len(f.conns) >= maxConnections {
		n.forgetClosed()
		for k, d := range f.conns {
			if n.clients.conns[k] != d.c {
				n.frames.channels -= len(d.channels)
				delete(f.conns, k)
			}
		}
	}
	d := &dialogue{c: n.connOf(name), channels: map[uint16]*dialogueChannel{}}
	f.conns[name] = d
	return d
}

// channelOf returns a channel of a dialogue, known or not. Beyond the bound, nothing is remembered of it.
func (n *Normalizer) channelOf(d *dialogue, number uint16) *dialogueChannel {
	ch := d.channels[number]
	if ch == nil {
		ch = &dialogueChannel{number: number}
		if n.frames.channels < maxChannels {
			d.channels[number] = ch
			n.frames.channels++
		}
	}
	return ch
}

var methodFlags = []struct {
	name string
	flag flow.Flags
}{
	{"passive", flow.Passive},
	{"durable", flow.Durable},
	{"auto_delete", flow.AutoDelete},
	{"exclusive", flow.Exclusive},
	{"internal", flow.Internal},
	{"nowait", flow.NoWait},
	{"no_ack", flow.NoAck},
	{"mandatory", flow.Mandatory},
	{"immediate", flow.Immediate},
	{"multiple", flow.Multiple},
	{"requeue", flow.Requeued},
	{"redelivered", flow.Redelivered},
	{"if_unused", flow.IfUnused},
	{"if_empty", flow.IfEmpty},
	{"global", flow.Global},
	{"a_global", flow.Global},
}

// method returns the Method event of a frame: of the arguments names, flags and numbers, and texts that the broker wrote.
func (n *Normalizer) method(d *dialogue, r *Record, op string) flow.Event {
	h := r.Headers
	in := func(fields ...string) flow.Name {
		for _, f := range fields {
			if s := text(h[f]); s != "" {
				return n.names.Intern(clip(s, maxArgument))
			}
		}
		return 0
	}
	e := d.event(flow.Method, r.Channel)
	e.Label = n.names.Intern(clip(op, 64))
	e.Exchange, e.Queue, e.Key, e.Tag = in("exchange", "source"), in("queue", "destination"), in("routing_key"), in("consumer_tag")
	e.Args = n.names.Intern(argumentText(jsonArguments(table(h["arguments"]))))
	for _, f := range methodFlags {
		if truth(h[f.name]) {
			e.Flags |= f.flag
		}
	}
	number := func(f string) int64 { v, _ := integer(h[f]); return v }
	switch op {
	case "connection.start-ok":
		e.Text = n.names.Intern(clip(givenName(h), maxArgument))
	case "connection.open":
		e.Queue = in("vhost", "virtual_host")
	case "connection.close", "channel.close", "basic.return":
		e.Value = number("reply_code")
		if strings.HasPrefix(r.RoutingKey, "s2c.") { // a client may say anything
			e.Text = n.names.Intern(withoutUser(text(h["reply_text"])))
		}
	case "connection.blocked":
		e.Text = in("reason")
	case "exchange.declare":
		e.Text = in("type")
	case "basic.qos":
		e.Count = uint32(number("prefetch_count"))
	case "basic.get-ok":
		e.Value, e.Count = number("delivery_tag"), uint32(number("message_count"))
	case "basic.deliver", "basic.ack", "basic.nack", "basic.reject":
		e.Value = number("delivery_tag")
	default:
		e.Value, e.Count = number("message_count"), uint32(number("consumer_count"))
	}
	return e
}

// withoutUser takes the user's name out of a refusal of the broker.
func withoutUser(s string) string {
	if before, _, ok := strings.Cut(s, "for user '"); ok {
		s = before + "for user '…'"
	}
	return clip(s, maxArgument)
}

func (d *dialogue) event(kind flow.Kind, channel uint16) flow.Event {
	return flow.Event{Kind: kind, VHost: d.vhost, Conn: d.c.name, Process: d.c.process, Channel: channel}
}

// said acts on what a client said.
func (n *Normalizer) said(d *dialogue, r *Record, op string, e flow.Event) {
	switch op {
	case "connection.start-ok":
		d.given = givenName(r.Headers)
		process, _, _ := n.identity(d.given, r.Connection)
		d.c.process = n.names.Intern(process)
	case "connection.open":
		d.vhost = e.Queue
	case "connection.close", "tcp-close":
		n.hungUp(d, e)
	case "channel.close":
		n.channelGone(d, r.Channel, e)
	case "basic.publish":
		n.framePublish(d, r, e)
	case "basic.ack", "basic.nack", "basic.reject":
		n.settled(d, e, op)
	case "protocol-header", "connection.tune-ok", "connection.close-ok", "channel.close-ok", "channel.open":
	default:
		ch := n.channelOf(d, r.Channel)
		if e.Queue == 0 && !e.Has(flow.NoWait) {
			e.Queue = ch.last // the last declared, AMQP 0-9-1: queue.bind
		}
		if e.Has(flow.NoWait) {
			n.done(d, ch, op, e, e)
		} else if len(ch.waiting) < maxAsked {
			ch.waiting = append(ch.waiting, e)
		}
	}
}

// answered acts on what the broker said: what it brought about comes before the method that says so.
func (n *Normalizer) answered(d *dialogue, r *Record, op string, e flow.Event) {
	switch op {
	case "connection.open-ok":
		peer, _, _ := strings.Cut(r.Connection, " -> ")
		d.c = n.opened(r.Connection, d.given, n.names.Text(d.vhost), hostOf(peer), 0)
		d.closing = false
	case "channel.open-ok":
		n.channelOf(d, r.Channel)
		n.emit(d.event(flow.ChannelOpen, r.Channel))
	case "basic.get-ok", "basic.get-empty":
		n.emit(e)
		ask, _ := n.channelOf(d, r.Channel).answer(n, "basic.get")
		if op == "basic.get-ok" {
			n.frameDeliver(d, r, e, objectKey{d.vhost, ask.Queue}, ask.Flags&flow.NoAck|flow.Get)
		}
		return
	case "basic.deliver":
		n.emit(e)
		ch := n.channelOf(d, r.Channel)
		c := ch.consumer(e.Tag)
		n.frameDeliver(d, r, e, c.key.queue, noAck(c.noAck))
		return
	case "basic.return":
		n.emit(e)
		n.frameReturn(d, e)
		return
	case "basic.ack", "basic.nack":
		n.emit(e)
		n.confirmed(d, e, op)
		return
	case "basic.cancel":
		n.emit(e)
		n.consumerEnds(d, n.channelOf(d, r.Channel), e.Tag)
		return
	case "channel.close":
		n.emit(e)
		n.channelGone(d, r.Channel, e)
		return
	case "connection.close", "tcp-close":
		n.emit(e)
		n.hungUp(d, e)
		return
	default:
		if asked, ok := strings.CutSuffix(op, "-ok"); ok && !strings.HasPrefix(op, "connection.") {
			if ch := d.channels[r.Channel]; ch != nil { // not what was closed meanwhile
				if ask, ok := ch.answer(n, asked); ok {
					n.done(d, ch, asked, ask, e)
				}
			}
		}
	}
	n.emit(e)
}

func noAck(yes bool) flow.Flags {
	if yes {
		return flow.NoAck
	}
	return 0
}

// answer takes the oldest method that awaits an answer of that kind; older ones were never answered.
func (ch *dialogueChannel) answer(n *Normalizer, op string) (flow.Event, bool) {
	for i, e := range ch.waiting {
		if n.names.Text(e.Label) == op {
			ch.waiting = append(ch.waiting[:0], ch.waiting[i+1:]...)
			return e, true
		}
	}
	return flow.Event{}, false
}

func (ch *dialogueChannel) consumer(tag flow.Name) consumerTag {
	for _, c := range ch.tags {
		if c.key.tag == tag {
			return c
		}
	}
	return consumerTag{}
}
