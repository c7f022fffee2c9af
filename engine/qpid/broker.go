package qpid

import (
	"rpcscope/engine/flow"
	"rpcscope/engine/sim"
	"rpcscope/engine/transport"
)

// The kinds of [sim.Item].
const (
	kindAct     = transport.KindBase + iota // A: index into acts
	kindExpires                             // A: message, B: its generation
)

// Broker is a Qpid broker with its clients. Make one with [New].
type Broker struct {
	set     *transport.Settings
	names   *flow.Names
	sink    flow.Sink
	queue   *sim.Queue
	rand    sim.Rand
	latency sim.Dist
	vhost   flow.Name
	words   words

	peers     []peer
	exchanges []exchange
	queues    []queue
	messages  []message
	spare     []int32 // places in messages that are free
	acts      []act
	idle      []int32 // places in acts that are free
	published flow.MsgID
	conns     int
	// serial numbers sends and deliveries.
	serial uint64
}

type words struct {
	direct, topic, fanout             flow.Name
	amqTopic, amqDirect               flow.Name
	autoDelete, gone, detached, again flow.Name
	closed, back                      flow.Name
}

// New makes a broker on which nothing exists but its own exchanges.
func New(c *transport.Config) *Broker {
	b := &Broker{set: c.Settings, names: c.Names, sink: c.Sink, queue: c.Queue, rand: c.Rand, latency: c.Latency}
	n := b.names.Intern
	b.vhost = n("/")
	b.words = words{
		direct: n("direct"), topic: n("topic"), fanout: n("fanout"), amqTopic: n("amq.topic"), amqDirect: n("amq.direct"),
		autoDelete: n("auto-delete"), gone: n("connection lost"), detached: n("session ended"), again: n("unacknowledged"),
		closed: n("closed"), back: n("connection closed"),
	}
	for i := range c.Peers {
		b.peers = append(b.peers, peer{name: n(c.Peers[i].Name), text: c.Peers[i].Name})
	}
	return b
}

// two reports whether topology version 2 is used.
func (b *Broker) two() bool { return b.set.Profile == transport.Qpid2 }

// TwoReplies implements [transport.Carrier]: the protocol of replies is the classic one.
func (b *Broker) TwoReplies() bool { return true }

// SetSink implements [transport.Carrier].
func (b *Broker) SetSink(sink flow.Sink) { b.sink = sink }

// Held implements [transport.Carrier].
func (b *Broker) Held() int { return len(b.messages) - len(b.spare) }

// EachBody implements [transport.Carrier].
func (b *Broker) EachBody(f func(int32)) {
	for i := range b.messages {
		if b.messages[i].copies > 0 {
			f(b.messages[i].body)
		}
	}
	for i := range b.peers {
		for k := range b.peers[i].sends {
			f(b.peers[i].sends[k].m.Body)
		}
	}
}

// emit reports what happened at the broker.
func (b *Broker) emit(now int64, e flow.Event, m *flow.Message) {
	e.At, e.VHost = now, b.vhost
	b.sink.Emit(&e, m)
}

// emitOf reports what happened on a peer's connection.
func (b *Broker) emitOf(now int64, p int32, e flow.Event, m *flow.Message) {
	e.Process = b.peers[p].name
	if e.Conn = b.peers[p].conn; e.Conn != 0 {
		e.Channel = 1
	}
	b.emit(now, e, m)
}

// message is one that some queue holds.
type message struct {
	flow.Message
	id     flow.MsgID
	body   int32
	copies int32
	gen    uint32
}

func (b *Broker) keep(m message) int32 {
	if n := len(b.spare); n > 0 {
		i := b.spare[n-1]
		b.spare = b.spare[:n-1]
		m.gen = b.messages[i].gen + 1
		b.messages[i] = m
		return i
	}
	b.messages = append(b.messages, m)
	return int32(len(b.messages) - 1)
}

func (b *Broker) release(i int32) {
	if b.messages[i].copies--; b.messages[i].copies == 0 {
		b.spare = append(b.spare, i)
	}
}

// Clone implements [transport.Carrier].
func (b *Broker) Clone(events *sim.Queue, sink flow.Sink) transport.Carrier {
	c := *b
	c.queue, c.sink = events, sink
	c.peers = append([]peer(nil), b.peers...)
	for i := range c.peers {
		p := &c.peers[i]
		p.links = append([]link(nil), p.links...)
		p.sends = append([]send(nil), p.sends...)
		p.opens = append([]open(nil), p.opens...)
	}
	c.exchanges = append([]exchange(nil), b.exchanges...)
	for i := range c.exchanges {
		c.exchanges[i].bindings = append([]binding(nil), c.exchanges[i].bindings...)
	}
	c.queues = append([]queue(nil), b.queues...)
	for i := range c.queues {
		c.queues[i].ready = append([]copied(nil), c.queues[i].ready...)
		c.queues[i].links = append([]linkID(nil), c.queues[i].links...)
	}
	c.messages = append([]message(nil), b.messages...)
	c.spare = append([]int32(nil), b.spare...)
	c.acts = append([]act(nil), b.acts...)
	c.idle = append([]int32(nil), b.idle...)
	return &c
}

// Digest implements [transport.Carrier].
func (b *Broker) Digest(d *sim.Digest) {
	b.rand.Digest(d)
	d.Uint(uint64(b.published))
	for i := range b.peers {
		p := &b.peers[i]
		d.Uint(uint64(p.state)<<32 | uint64(p.gen))
		d.Uint(uint64(len(p.sends)))
		for k := range p.links {
			l := &p.links[k]
			d.Bool(l.attached)
			d.Uint(uint64(l.tag))
		}
	}
	for i := range b.exchanges {
		x := &b.exchanges[i]
		d.Text(b.names.Text(x.name))
		d.Uint(uint64(len(x.bindings)))
	}
	for i := range b.queues {
		q := &b.queues[i]
		d.Text(b.names.Text(q.name))
		for _, c := range q.ready {
			d.Uint(uint64(b.messages[c.message].id))
		}
	}
	d.Uint(uint64(len(b.acts) - len(b.idle)))
}
