package zmq

import (
	"slices"
	"strconv"
	"strings"

	"rpcscope/engine/flow"
	"rpcscope/engine/transport"
)

// The keys under which proxies announce themselves.
const (
	publishers = "PUBLISHERS" // "pub address,front ROUTER address"
	routers    = "ROUTERS"    // back ROUTER addresses
)

// Start implements [transport.Carrier].
func (w *Network) Start(now int64, p int32) {
	v := &w.peers[p]
	v.alive = true
	switch v.runs {
	case "zmq-receiver":
		w.startDaemon(now, p)
	case "zmq-proxy":
		front, back := w.freePort(v.host), ""
		v.in = w.open(now, socket{name: w.names.Intern(front), label: w.words.router, owner: p, address: front, passes: true})
		value := front
		if w.set.PubSub {
			back = w.freePort(v.host)
			v = &w.peers[p]
			v.pub = w.open(now, socket{name: w.names.Intern(back), label: w.words.pub, owner: p, address: back, passes: true, class: flow.ClassFanout})
			w.join(now, v.in, v.pub)
			value = back + "," + front
		}
		v = &w.peers[p]
		v.keys = append(v.keys, entry{publishers, value}, entry{routers, front})
		w.push(w.leave(now, p), act{do: toAnnounce, peer: p, gen: v.gen, parcel: parcel{task: -1}})
		w.push(now+w.set.Update, act{do: toRefresh, peer: p, gen: v.gen})
		w.meet(now, p)
	}
}

// freePort is an address with a free random port of a host.
func (w *Network) freePort(host string) string {
	for {
		port := w.set.MinPort + int(w.rand.N(uint64(w.set.MaxPort-w.set.MinPort)))
		a := "tcp://" + host + ":" + strconv.Itoa(port)
		if n, ok := w.names.Lookup(a); !ok || w.socketAt(n) < 0 {
			return a
		}
	}
}

// socketAt returns the living socket of that name, −1 for none.
func (w *Network) socketAt(name flow.Name) int32 {
	for i := range w.sockets {
		if s := &w.sockets[i]; s.alive && s.name == name {
			return int32(i)
		}
	}
	return -1
}

// open makes a socket and lets those connect that have tried to.
func (w *Network) open(now int64, s socket) int32 {
	s.alive = true
	at := slices.IndexFunc(w.sockets, func(o socket) bool { return !o.alive && o.name == s.name })
	if at < 0 {
		w.sockets = append(w.sockets, s)
		at = len(w.sockets) - 1
	} else {
		w.sockets[at] = s
	}
	e := flow.Event{Kind: flow.SocketOpen, Label: s.label, Class: s.class}
	if s.address != "" {
		e.Text = w.names.Intern(s.address)
	}
	if s.passes {
		e.Exchange = s.name
	} else {
		e.Queue = s.name
		if s.label == w.words.router {
			e.Tag = s.name
		}
	}
	w.emit(now, s.owner, e, nil)
	for d := range w.dealers {
		for c := range w.dealers[d].conns {
			if k := &w.dealers[d].conns[c]; k.address == s.name && !k.up && w.dealers[d].alive {
				w.dial(now, int32(d), c)
			}
		}
	}
	return int32(at)
}

// join tells that what passes at one socket reaches another.
func (w *Network) join(now int64, from, to int32) {
	e := flow.Event{Kind: flow.SocketConnect, Exchange: w.sockets[from].name, Queue: w.sockets[to].name, Class: w.sockets[to].class}
	if w.sockets[to].passes {
		e.Flags = flow.ToExchange
	}
	if w.sockets[to].label == w.words.sub && w.sockets[to].topic != "" {
		e.Key = w.names.Intern(w.sockets[to].topic)
	}
	w.emit(now, w.sockets[to].owner, e, nil)
}

// Open implements [transport.Carrier].
func (w *Network) Open(now int64, p, service int32, targets []transport.Target, task int32) {
	v := &w.peers[p]
	finish := act{do: toFinish, peer: p, gen: v.gen, parcel: parcel{task: task}}
	if service == transport.Replies {
		w.push(now, finish)
		return
	}
	for i := range targets {
		v.opens = append(v.opens, target{targets[i], service})
	}
	had := len(v.keys) > 0
	switch {
	case !w.first():
		w.listen(now, p, service, targets)
	case w.set.Matchmaker == redis:
		w.openFirst(now, p, service, targets)
		w.register(p, targets)
	default:
		w.openFirst(now, p, service, targets)
		w.push(w.leave(now, p), finish)
		return
	}
	w.push(w.leave(now, p), act{do: toAnnounce, peer: p, gen: w.peers[p].gen, parcel: parcel{task: task}})
	if !had {
		w.push(now+w.set.Update, act{do: toRefresh, peer: p, gen: w.peers[p].gen})
	}
}

// listen opens a server's sockets (zmq_driver/server/zmq_server.py): a ROUTER,
// or with proxies a DEALER; with pub/sub a SUB for each topic as well.
func (w *Network) listen(now int64, p, service int32, targets []transport.Target) {
	v := &w.peers[p]
	address := ""
	var at int32
	if w.set.Proxy {
		address = v.host + "/" + targets[0].Topic + "/" + flow.ID(w.rand.UUID()).String()[:8]
		at = w.open(now, socket{name: w.names.Intern(address), label: w.words.dealer, owner: p, service: service})
	} else {
		address = w.freePort(v.host)
		at = w.open(now, socket{name: w.names.Intern(address), label: w.words.router, owner: p, service: service, address: address})
	}
	for i := range targets {
		t := &targets[i]
		switch {
		case t.Fanout || t.Notify && w.set.PubSub:
			if !w.set.PubSub {
				continue
			}
			s := w.open(now, socket{
				name: w.names.Intern(t.Topic + " at " + v.text), label: w.words.sub, owner: p, service: service, topic: t.Topic, class: flow.ClassFanout,
			})
			w.meetAt(now, s)
		default:
			w.peers[p].keys = append(w.peers[p].keys, entry{w.keyOf(t), strings.TrimPrefix(address, "tcp://")})
		}
	}
	if w.set.Proxy {
		w.meetAt(now, at)
	}
}

// meet connects the servers that are there to a proxy that has come.
func (w *Network) meet(now int64, proxy int32) {
	for i := range w.sockets {
		if s := &w.sockets[i]; s.alive && !s.passes && s.service >= 0 && s.class != flow.ClassReply {
			w.meetOne(now, proxy, int32(i))
		}
	}
}

// meetAt connects a server's socket to the proxies that are there.
func (w *Network) meetAt(now int64, at int32) {
	for p := range w.peers {
		w.meetOne(now, int32(p), at)
	}
}

func (w *Network) meetOne(now int64, proxy, at int32) {
	v, s := &w.peers[proxy], &w.sockets[at]
	if !v.alive || v.in < 0 || v.runs != "zmq-proxy" {
		return
	}
	switch {
	case s.label == w.words.sub && v.pub >= 0:
		w.join(now, v.pub, at)
	case s.label == w.words.dealer && w.set.Proxy:
		w.join(now, v.in, at)
	}
}

// Stop implements [transport.Carrier].
func (w *Network) Stop(now int64, p int32, abrupt bool) {
	v := &w.peers[p]
	if !v.alive {
		return
	}
	why := w.words.closed
	if abrupt {
		why = w.words.gone
	} else if !w.first() { // the first driver stops its heartbeats and leaves the rest to time
		w.forget(now, w.words.removed, func(r *record) bool { return r.owner == p })
	}
	v.alive, v.in, v.pub, v.replies = false, -1, -1, -1
	v.gen++
	v.keys, v.table, v.waits, v.opens, v.bound = nil, nil, nil, nil, nil
	for i := range w.dealers {
		if d := &w.dealers[i]; d.alive && d.owner == p {
			d.alive, d.conns = false, nil
			e := flow.Event{Kind: flow.SocketClose, Label: w.words.dealer, Exchange: d.name, Text: why}
			if d.in >= 0 {
				e.Queue, w.sockets[d.in].alive = d.name, false
			}
			w.emit(now, p, e, nil)
		}
	}
	for i := range w.sockets {
		if s := &w.sockets[i]; s.alive && s.owner == p {
			w.closeSocket(now, int32(i), why)
		}
	}
	w.parked = slices.DeleteFunc(slices.Clone(w.parked), func(k parcel) bool { return k.from == p || k.daemon == p && k.id != 0 && k.host == "" })
}

func (w *Network) closeSocket(now int64, at int32, why flow.Name) {
	s := &w.sockets[at]
	s.alive = false
	e := flow.Event{Kind: flow.SocketClose, Label: s.label, Text: why, Class: s.class}
	if s.passes {
		e.Exchange = s.name
	} else {
		e.Queue = s.name
	}
	w.emit(now, s.owner, e, nil)
	for d := range w.dealers {
		for c := range w.dealers[d].conns {
			if k := &w.dealers[d].conns[c]; k.socket == at {
				k.up, k.socket = false, -1
			}
		}
	}
}

// Drop implements [transport.Carrier]: with detach the peer's records leave the
// matchmaker before their time, and come back with its next announcement; else
// its connections are cut and made again after a moment.
func (w *Network) Drop(now int64, p int32, detach bool) {
	if detach {
		w.forget(now, w.words.expired, func(r *record) bool { return r.owner == p })
		return
	}
	for d := range w.dealers {
		for c := range w.dealers[d].conns {
			k := &w.dealers[d].conns[c]
			if k.up && (w.dealers[d].owner == p || w.sockets[k.socket].owner == p) {
				w.unplug(now, int32(d), c)
				w.push(now+reconnect, act{do: toConnect, peer: w.dealers[d].owner, gen: w.peers[w.dealers[d].owner].gen, parcel: parcel{dealer: int32(d)}, n: c})
			}
		}
	}
}

// reconnect is how long ZeroMQ waits before it connects again (ZMQ_RECONNECT_IVL).
const reconnect = int64(100e6)

// Settle implements [transport.Carrier]: a socket knows no acknowledgement.
func (w *Network) Settle(int64, uint64) {}
