package qpid

import (
	"strconv"

	"rpcscope/engine/flow"
	"rpcscope/engine/sim"
	"rpcscope/engine/transport"
)

type state uint8

const (
	closed state = iota
	opening
	connected
	lost
)

// peer is one process's connection and session.
type peer struct {
	text       string
	name, conn flow.Name
	replyTo    flow.Name
	links      []link
	// sends are messages that the broker has not confirmed; a new connection sends them again.
	sends []send
	opens []open
	// gen counts the sessions: what an older one had under way is void.
	gen uint32
	// toBroker and toPeer are when what was sent last arrives: the way keeps the order.
	toBroker, toPeer int64
	// tries counts attempts to connect in a row; host is the one tried.
	tries, host int
	state       state
}

// link is a receiver's, attached again with each session.
type link struct {
	receiver
	service  int32
	target   transport.Target
	attached bool
	queue    flow.Name
	// credit is how many more it may be sent.
	credit int
	// held are the deliveries not yet acknowledged: capacity is small.
	held []copied
	tag  uint64
}

type linkID struct{ peer, link int32 }

type send struct {
	serial uint64
	task   int32
	to     transport.Target
	m      transport.Message
}

// open is a service that waits for its links.
type open struct{ service, task int32 }

// what an act does.
type deed uint8

const (
	toConnect deed = iota
	toAttach
	toPublish
	toSettle
	toDeliver
	toFinish
)

// act is something on its way between a peer and the broker.
type act struct {
	do       deed
	peer     int32
	gen      uint32
	link     int32
	task     int32
	n        uint64
	delivery transport.Delivery
}

func (b *Broker) push(at int64, a act) {
	var i int32
	if n := len(b.idle); n > 0 {
		i = b.idle[n-1]
		b.idle = b.idle[:n-1]
		b.acts[i] = a
	} else {
		i = int32(len(b.acts))
		b.acts = append(b.acts, a)
	}
	b.queue.Push(sim.Item{At: at, Kind: kindAct, A: uint32(i)})
}

// up sends an act to the broker, down one to the peer; each way keeps the order.
func (b *Broker) up(now int64, a act) {
	p := &b.peers[a.peer]
	p.toBroker = max(p.toBroker, now+b.latency.Draw(&b.rand))
	a.gen = p.gen
	b.push(p.toBroker, a)
}

func (b *Broker) down(now int64, a act) {
	p := &b.peers[a.peer]
	p.toPeer = max(p.toPeer, now+b.latency.Draw(&b.rand))
	a.gen = p.gen
	b.push(p.toPeer, a)
}

// Dispatch implements [transport.Carrier].
func (b *Broker) Dispatch(it *sim.Item, r transport.Receiver) bool {
	switch it.Kind {
	case kindAct:
		a := b.acts[it.A]
		b.acts[it.A] = act{}
		b.idle = append(b.idle, int32(it.A))
		if a.gen == b.peers[a.peer].gen {
			b.act(it.At, &a, r)
		}
	case kindExpires:
		b.expire(it.At, int32(it.A), it.B)
	default:
		return false
	}
	return true
}

func (b *Broker) act(now int64, a *act, r transport.Receiver) {
	switch a.do {
	case toConnect:
		b.connected(now, a.peer)
	case toAttach:
		b.attach(now, a.peer, a.link)
	case toPublish:
		b.publish(now, a.peer, a.n)
	case toSettle:
		b.settled(now, a.n)
	case toDeliver:
		r.Delivered(now, a.delivery)
	case toFinish:
		b.confirmed(a.peer, a.n)
		r.Done(now, a.task, transport.OK)
	}
}

// Start implements [transport.Carrier]: a process connects when it has something to do.
func (b *Broker) Start(now int64, p int32) {}

// connect opens the connection of a peer unless it is open or being opened.
func (b *Broker) connect(now int64, p int32) {
	v := &b.peers[p]
	if v.state == connected || v.state == opening {
		return
	}
	v.state = opening
	at := now
	for range 4 { // TCP, then SASL, tune and open of AMQP 0-10
		at += b.latency.Draw(&b.rand)
	}
	v.toBroker = max(v.toBroker, at)
	b.push(v.toBroker, act{do: toConnect, peer: p, gen: v.gen})
}

func (b *Broker) connected(now int64, p int32) {
	v := &b.peers[p]
	v.state, v.tries = connected, 0
	b.conns++
	v.conn = b.names.Intern("qpid." + v.text + "." + strconv.Itoa(b.conns))
	host := ""
	if n := len(b.set.Hosts); n > 0 {
		host = b.set.Hosts[v.host%n].Name
	}
	e := flow.Event{Kind: flow.ConnectionOpen, Text: b.names.Intern(host)}
	b.emitOf(now, p, e, nil)
	b.emitOf(now, p, flow.Event{Kind: flow.ChannelOpen}, nil)
	for i := range v.links {
		b.up(now, act{do: toAttach, peer: p, link: int32(i)})
	}
	for i := range v.sends {
		b.up(now, act{do: toPublish, peer: p, n: v.sends[i].serial})
	}
}

// Open implements [transport.Carrier].
func (b *Broker) Open(now int64, p, service int32, targets []transport.Target, task int32) {
	v := &b.peers[p]
	if service == transport.Replies && v.replyTo == 0 {
		v.replyTo = b.names.Intern("reply_" + flow.ID(b.rand.UUID()).String())
		targets = []transport.Target{{ReplyTo: v.replyTo}}
	}
	for i := range targets {
		v.links = append(v.links, link{receiver: b.receiver(&targets[i]), service: service, target: targets[i]})
		if v.state == connected {
			b.up(now, act{do: toAttach, peer: p, link: int32(len(v.links) - 1)})
		}
	}
	v.opens = append(v.opens, open{service, task})
	b.connect(now, p)
}

// ReplyTo implements [transport.Carrier].
func (b *Broker) ReplyTo(p int32) flow.Name { return b.peers[p].replyTo }
