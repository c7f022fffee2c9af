package zmq

import (
	"slices"

	"rpcscope/engine/flow"
	"rpcscope/engine/sim"
	"rpcscope/engine/transport"
)

const kindAct = transport.KindBase + 8 // A: index into acts

// Network is all peers and what is between them. Make one with [New].
type Network struct {
	set     *transport.Settings
	names   *flow.Names
	sink    flow.Sink
	queue   *sim.Queue
	rand    sim.Rand
	latency sim.Dist
	vhost   flow.Name
	words   words

	peers   []peer
	sockets []socket
	dealers []dealer
	records []record
	// parked are messages that wait in a socket for somebody to connect.
	parked []parcel
	acts   []act
	idle   []int32
	sent   flow.MsgID
	serial uint64
}

type words struct {
	router, dealer, push, pull, pub, sub flow.Name
	expired, removed, retry, cached      flow.Name
	nobody, full, gone, closed, path     flow.Name
}

// New makes a network in which nobody has a socket yet.
func New(c *transport.Config) *Network {
	w := &Network{set: c.Settings, names: c.Names, sink: c.Sink, queue: c.Queue, rand: c.Rand, latency: c.Latency}
	n := w.names.Intern
	w.vhost = n("/")
	w.words = words{
		router: n("ROUTER"), dealer: n("DEALER"), push: n("PUSH"), pull: n("PULL"), pub: n("PUB"), sub: n("SUB"),
		expired: n("expired"), removed: n("removed"), retry: n("retry"), cached: n("refresh"),
		nobody: n("nobody listens"), full: n("backlog full"), gone: n("connection lost"), closed: n("closed"), path: n("path separator in the topic"),
	}
	for i := range c.Peers {
		p := &c.Peers[i]
		w.peers = append(w.peers, peer{
			text: p.Name, name: n(p.Name), host: p.Host, runs: p.Runs, in: -1, pub: -1, replies: -1,
		})
	}
	return w
}

// first reports whether it is the driver of the first generation.
func (w *Network) first() bool { return w.set.Profile == transport.ZMQ1 }

// TwoReplies implements [transport.Carrier].
func (w *Network) TwoReplies() bool { return false }

// SetSink implements [transport.Carrier].
func (w *Network) SetSink(sink flow.Sink) { w.sink = sink }

// peer is one process.
type peer struct {
	text, host, runs string
	name             flow.Name
	alive            bool
	// gen counts its lives: what an older one had under way is void.
	gen uint32
	// out is when what it sent last arrives.
	out int64
	// in is the socket that a daemon or proxy takes messages by, pub a proxy's PUB socket; −1 for none.
	in, pub int32
	// bound are the outgoing sockets that a daemon has made.
	bound []bound
	// keys are its records in the matchmaker.
	keys []entry
	// table is what it knows from the matchmaker.
	table []cached
	// replies is its SUB socket for replies (first generation), waits the calls that wait there.
	replies int32
	waits   []flow.ID
	opens   []target
}

// bound is a daemon's outgoing socket for a topic; ready is when it may be used.
type bound struct {
	topic string
	ready int64
}

type entry struct{ key, value string }

type cached struct {
	key    string
	values []string
	at     int64
	next   int
}

type target struct {
	transport.Target
	service int32
}

// socket is a receiving side. A daemon's or proxy's passes on: others send by its name.
type socket struct {
	name, label flow.Name
	owner       int32
	service     int32
	topic       string
	address     string
	class       flow.Class
	passes      bool
	alive       bool
}

// dealer is a client's socket for one target.
type dealer struct {
	name  flow.Name
	owner int32
	key   string
	conns []connection
	next  int
	// in is its receiving side among the sockets, −1 while nobody called by it.
	in    int32
	alive bool
}

// connection is to the socket bound at an address; up once it is complete.
type connection struct {
	address flow.Name
	socket  int32
	up      bool
}

// parcel is a message in a socket or on its way.
type parcel struct {
	m      transport.Message
	id     flow.MsgID
	to     transport.Target
	from   int32 // peer
	task   int32 // who waits for it to be taken, −1 for nobody
	dealer int32 // that it waits in, or −1
	daemon int32 // peer that it waits at, or for; −1 for none
	host   string
	until  int64
	via    uint64
	tries  int
	serial uint64
}

// what an act does.
type deed uint8

const (
	toFinish deed = iota
	toFound
	toArrive
	toConnect
	toAnnounce
	toRefresh
	toExpire
	toGiveUp
	toPass
)

// act is something that will happen.
type act struct {
	parcel
	do     deed
	peer   int32
	gen    uint32
	socket int32
	n      int
	fault  transport.Fault
	used   bool
	holds  bool
}

func (w *Network) push(at int64, a act) {
	a.used = true
	var i int32
	if n := len(w.idle); n > 0 {
		i = w.idle[n-1]
		w.idle = w.idle[:n-1]
		w.acts[i] = a
	} else {
		i = int32(len(w.acts))
		w.acts = append(w.acts, a)
	}
	w.queue.Push(sim.Item{At: at, Kind: kindAct, A: uint32(i)})
}

// leave is when what peer p sends now arrives; its way keeps the order.
func (w *Network) leave(now int64, p int32) int64 {
	v := &w.peers[p]
	v.out = max(v.out, now+w.latency.Draw(&w.rand))
	return v.out
}

func (w *Network) emit(now int64, p int32, e flow.Event, m *flow.Message) {
	e.At, e.VHost = now, w.vhost
	if p >= 0 {
		e.Process = w.peers[p].name
	}
	w.sink.Emit(&e, m)
}

// Dispatch implements [transport.Carrier].
func (w *Network) Dispatch(it *sim.Item, r transport.Receiver) bool {
	if it.Kind != kindAct {
		return false
	}
	a := w.acts[it.A]
	w.acts[it.A] = act{}
	w.idle = append(w.idle, int32(it.A))
	if a.gen == w.peers[a.peer].gen || a.do == toArrive || a.do == toExpire || a.do == toPass {
		w.act(it.At, &a, r)
	}
	return true
}

func (w *Network) act(now int64, a *act, r transport.Receiver) {
	switch a.do {
	case toFinish:
		r.Done(now, a.task, a.fault)
	case toFound:
		w.found(now, a, r)
	case toArrive:
		w.arrive(now, a, r)
	case toConnect:
		w.connected(now, a, r)
	case toAnnounce:
		w.announce(now, a.peer)
		if a.task >= 0 {
			w.push(w.leave(now, a.peer), act{do: toFinish, peer: a.peer, gen: a.gen, parcel: parcel{task: a.task}})
		}
	case toRefresh:
		w.announce(now, a.peer)
		w.push(now+w.set.Update, act{do: toRefresh, peer: a.peer, gen: a.gen})
	case toExpire:
		w.expire(now, a)
	case toGiveUp:
		w.giveUp(now, a, r)
	case toPass:
		w.pass(now, a)
	}
}

// Held implements [transport.Carrier].
func (w *Network) Held() int {
	n := len(w.parked)
	for i := range w.acts {
		if w.acts[i].holds {
			n++
		}
	}
	return n
}

// EachBody implements [transport.Carrier].
func (w *Network) EachBody(f func(int32)) {
	for i := range w.parked {
		f(w.parked[i].m.Body)
	}
	for i := range w.acts {
		if w.acts[i].holds {
			f(w.acts[i].m.Body)
		}
	}
}

// Clone implements [transport.Carrier].
func (w *Network) Clone(queue *sim.Queue, sink flow.Sink) transport.Carrier {
	c := *w
	c.queue, c.sink = queue, sink
	c.peers = slices.Clone(w.peers)
	for i := range c.peers {
		p := &c.peers[i]
		p.bound, p.keys, p.waits, p.opens = slices.Clone(p.bound), slices.Clone(p.keys), slices.Clone(p.waits), slices.Clone(p.opens)
		p.table = slices.Clone(p.table)
	}
	c.sockets = slices.Clone(w.sockets)
	c.dealers = slices.Clone(w.dealers)
	for i := range c.dealers {
		c.dealers[i].conns = slices.Clone(c.dealers[i].conns)
	}
	c.records = slices.Clone(w.records)
	c.parked = slices.Clone(w.parked)
	c.acts = slices.Clone(w.acts)
	c.idle = slices.Clone(w.idle)
	return &c
}

// Digest implements [transport.Carrier].
func (w *Network) Digest(d *sim.Digest) {
	w.rand.Digest(d)
	d.Uint(uint64(w.sent))
	for i := range w.peers {
		p := &w.peers[i]
		d.Bool(p.alive)
		d.Uint(uint64(p.gen)<<32 | uint64(len(p.waits)))
		d.Uint(uint64(p.out))
		for k := range p.table {
			d.Text(p.table[k].key)
			d.Uint(uint64(len(p.table[k].values))<<32 | uint64(p.table[k].next))
		}
	}
	for i := range w.sockets {
		d.Text(w.names.Text(w.sockets[i].name))
		d.Bool(w.sockets[i].alive)
	}
	for i := range w.dealers {
		k := &w.dealers[i]
		d.Text(w.names.Text(k.name))
		d.Bool(k.alive)
		d.Uint(uint64(k.next))
		for _, c := range k.conns {
			d.Bool(c.up)
		}
	}
	for i := range w.records {
		d.Text(w.records[i].key)
		d.Text(w.records[i].value)
		d.Uint(uint64(w.records[i].until))
	}
	d.Uint(uint64(len(w.parked))<<32 | uint64(len(w.acts)-len(w.idle)))
}
