package zmq

import (
	"slices"
	"strings"

	"rpcscope/engine/flow"
	"rpcscope/engine/transport"
)

// ReplyTo implements [transport.Carrier]. In the second generation an answer
// takes the connection back by which its request came, and needs no name.
func (w *Network) ReplyTo(p int32) flow.Name {
	if w.first() {
		return w.names.Intern("zmq_replies." + w.peers[p].host)
	}
	return 0
}

// Send implements [transport.Carrier].
func (w *Network) Send(now int64, p, task int32, to transport.Target, m *transport.Message) {
	k := parcel{m: *m, to: to, from: p, task: task, dealer: -1, daemon: -1}
	w.serial++
	k.serial = w.serial
	switch {
	case w.first():
		w.sendFirst(now, &k)
	case m.Class == flow.ClassReply:
		w.answer(now, &k)
	default:
		// The socket for the target has the message while the matchmaker is asked.
		w.publish(now, &k, w.dealers[w.dealerOf(now, p, w.line(&k), m.Class == flow.ClassCall)].name)
		w.forward(now, &k)
	}
}

// line is the key of the socket by which a message leaves: one for each target, or one for all proxies.
func (w *Network) line(k *parcel) string {
	if w.set.Proxy || w.set.PubSub && (k.to.Fanout || k.to.Notify) {
		return "proxies"
	}
	return k.to.Key()
}

// finish lets the sender go on.
func (w *Network) finish(now int64, k *parcel, f transport.Fault) {
	if k.task >= 0 {
		w.push(now, act{do: toFinish, peer: k.from, gen: w.peers[k.from].gen, fault: f, parcel: parcel{task: k.task}})
		k.task = -1
	}
}

// forward sends a request or a notification on, as soon as it is known where to.
func (w *Network) forward(now int64, k *parcel) {
	need := func(key string) *cached {
		c := w.known(now, k.from, key)
		if c == nil {
			b := *k
			b.host = key
			w.lookup(now, act{peer: k.from, gen: w.peers[k.from].gen, parcel: b})
		}
		return c
	}
	spread := w.set.PubSub && (k.to.Fanout || k.to.Notify)
	if !spread && !w.set.Proxy {
		c := need(w.keyOf(&k.to))
		if c == nil {
			return
		}
		d := w.dealerOf(now, k.from, w.line(k), k.m.Class == flow.ClassCall)
		w.sync(now, d, c.values)
		k.dealer = d
		w.offer(now, k)
		return
	}
	pubs := need(publishers)
	if pubs == nil {
		return
	}
	fronts := make([]string, len(pubs.values))
	for i, v := range pubs.values {
		fronts[i] = strings.TrimPrefix(v[strings.LastIndexByte(v, ',')+1:], "tcp://")
	}
	to := []string{""}
	if !spread {
		c := need(w.keyOf(&k.to))
		if c == nil {
			return
		}
		if to = c.values; !k.to.Fanout {
			to = c.values[c.next%len(c.values):][:1]
			c.next++
		}
	}
	d := w.dealerOf(now, k.from, w.line(k), k.m.Class == flow.ClassCall)
	w.sync(now, d, fronts)
	for i, identity := range to {
		b := *k
		b.dealer, b.host = d, identity
		if i > 0 {
			b.task = -1
		}
		w.offer(now, &b)
	}
}

// dealerOf returns a client's socket for a target, made at its first use.
func (w *Network) dealerOf(now int64, p int32, key string, calls bool) int32 {
	at := slices.IndexFunc(w.dealers, func(d dealer) bool { return d.owner == p && d.key == key })
	if at < 0 {
		w.dealers = append(w.dealers, dealer{owner: p, key: key, name: w.names.Intern(w.peers[p].text + "→" + key), in: -1})
		at = len(w.dealers) - 1
	}
	d := &w.dealers[at]
	if d.alive && (!calls || d.in >= 0 && w.sockets[d.in].alive) {
		return int32(at)
	}
	e := flow.Event{Kind: flow.SocketOpen, Label: w.words.dealer}
	if !d.alive {
		d.alive, e.Exchange = true, d.name
	}
	if calls {
		e.Queue, e.Class = d.name, flow.ClassReply
		s := socket{name: d.name, label: w.words.dealer, owner: p, service: transport.Replies, class: flow.ClassReply, alive: true}
		if d.in < 0 {
			w.sockets = append(w.sockets, s)
			d.in = int32(len(w.sockets) - 1)
		} else {
			w.sockets[d.in] = s
		}
	}
	w.emit(now, p, e, nil)
	return int32(at)
}

// sync connects a socket to the hosts of its target, and no longer to those that are gone from the table.
func (w *Network) sync(now int64, at int32, hosts []string) {
	d := &w.dealers[at]
	want := make([]flow.Name, len(hosts))
	for i, h := range hosts {
		want[i] = w.names.Intern("tcp://" + h)
	}
	for c := 0; c < len(d.conns); c++ {
		if slices.Contains(want, d.conns[c].address) {
			continue
		}
		if d.conns[c].up {
			w.unplug(now, at, c)
		}
		d.conns = append(append([]connection(nil), d.conns[:c]...), d.conns[c+1:]...)
		c--
	}
	for _, a := range want {
		if slices.ContainsFunc(d.conns, func(c connection) bool { return c.address == a }) {
			continue
		}
		d.conns = append(d.conns, connection{address: a, socket: -1})
		w.dial(now, at, len(d.conns)-1)
	}
}

// dial starts a connection: the handshakes of TCP and ZMTP take two round trips.
func (w *Network) dial(now int64, at int32, c int) {
	d := &w.dealers[at]
	t := now
	for range 4 {
		t += w.latency.Draw(&w.rand)
	}
	w.push(t, act{do: toConnect, peer: d.owner, gen: w.peers[d.owner].gen, parcel: parcel{dealer: at}, n: c})
}

// connected ends a handshake, if there is somebody at the other end. What waited for a complete connection goes on.
func (w *Network) connected(now int64, a *act, r transport.Receiver) {
	d := &w.dealers[a.dealer]
	if a.n >= len(d.conns) || d.conns[a.n].up || !d.alive {
		return
	}
	k := &d.conns[a.n]
	s := w.socketAt(k.address)
	if s < 0 {
		return // ZeroMQ tries on by itself
	}
	k.up, k.socket = true, s
	e := flow.Event{Kind: flow.SocketConnect, Exchange: d.name, Queue: w.sockets[s].name}
	if w.sockets[s].passes {
		e.Flags = flow.ToExchange
	}
	w.emit(now, d.owner, e, nil)
	var waiting []parcel
	w.parked = slices.DeleteFunc(slices.Clone(w.parked), func(p parcel) bool {
		if p.dealer == a.dealer {
			waiting = append(waiting, p)
			return true
		}
		return false
	})
	for i := range waiting {
		w.offer(now, &waiting[i])
	}
}

// unplug ends a connection.
func (w *Network) unplug(now int64, at int32, c int) {
	d := &w.dealers[at]
	k := &d.conns[c]
	e := flow.Event{Kind: flow.SocketDisconnect, Exchange: d.name, Queue: k.address}
	if w.sockets[k.socket].passes {
		e.Flags = flow.ToExchange
	}
	k.up, k.socket = false, -1
	w.emit(now, d.owner, e, nil)
}

// offer gives a message to a socket: it goes to the next complete connection
// (ZMQ_IMMEDIATE), a fanout to all of them, or waits for one for as long as the sender does.
func (w *Network) offer(now int64, k *parcel) {
	d := &w.dealers[k.dealer]
	n := len(d.conns)
	all := k.to.Fanout && !w.set.PubSub && !w.set.Proxy
	taken := false
	for i := range n {
		at := (d.next + i) % n
		c := d.conns[at]
		if !c.up {
			continue
		}
		taken = true
		w.transmit(now, k, d.name, c.socket)
		if !all {
			d.next = at + 1
			break
		}
	}
	if taken {
		w.finish(now, k, transport.OK)
		return
	}
	if k.until == 0 {
		k.until = now + w.set.CastTimeout
		if k.m.Expiration >= 0 {
			k.until = now + k.m.Expiration
		}
		w.push(k.until, act{do: toGiveUp, peer: k.from, gen: w.peers[k.from].gen, parcel: parcel{serial: k.serial}})
	}
	w.parked = append(w.parked, *k)
}

// giveUp ends the wait of a message that nobody took.
func (w *Network) giveUp(now int64, a *act, r transport.Receiver) {
	at := slices.IndexFunc(w.parked, func(k parcel) bool { return k.serial == a.serial })
	if at < 0 {
		return
	}
	k := w.parked[at]
	if at == 0 { // it waits longest: of many that wait, none has to move
		w.parked = w.parked[1:]
	} else {
		w.parked = slices.Delete(w.parked, at, at+1)
	}
	if k.dealer >= 0 {
		w.lose(now, &k, w.dealers[k.dealer].name)
		r.Done(now, k.task, transport.Unreachable)
		return
	}
	w.emit(now, -1, flow.Event{Kind: flow.Drop, Flags: flow.Peer, Msg: k.id, RPC: k.m.RPC, Class: k.m.Class, Exchange: k.m.Exchange, Label: w.words.nobody}, nil)
}

// transmit puts a message on the way to a socket.
func (w *Network) transmit(now int64, k *parcel, by flow.Name, to int32) {
	w.publish(now, k, by)
	s := &w.sockets[to]
	e := flow.Event{Kind: flow.Route, Flags: flow.Peer, Msg: k.id, RPC: k.m.RPC, Class: k.m.Class, Exchange: by, Queue: s.name, Key: k.m.Key}
	if s.passes {
		e.Flags |= flow.ToExchange
	}
	if e.Key = 0; s.label == w.words.sub && s.topic != "" {
		e.Key = w.names.Intern(s.topic)
	}
	w.emit(now, -1, e, nil)
	b := *k
	if b.via == 0 && k.dealer >= 0 {
		b.via = uint64(k.dealer) + 1
	}
	w.push(w.leave(now, k.from), act{do: toArrive, peer: k.from, socket: to, parcel: b, holds: true})
}

// arrive is a message at its next socket.
func (w *Network) arrive(now int64, a *act, r transport.Receiver) {
	s := &w.sockets[a.socket]
	e := flow.Event{Flags: flow.Peer, Msg: a.id, RPC: a.m.RPC, Class: a.m.Class, Queue: s.name}
	if !s.alive {
		if e.Kind, e.Label = flow.Drop, w.words.gone; s.passes {
			e.Exchange, e.Queue = s.name, 0
		}
		w.emit(now, -1, e, nil)
		return
	}
	if s.passes {
		w.relay(now, a)
		return
	}
	e.Kind, e.Value = flow.Enqueue, 1
	w.emit(now, -1, e, nil)
	e.Kind, e.Value = flow.Deliver, 0
	e.Flags |= flow.NoAck
	w.emit(now, s.owner, e, nil)
	r.Delivered(now, transport.Delivery{Peer: s.owner, Service: s.service, Body: a.m.Body, Msg: a.id, Tag: a.via})
}

// relay is a proxy with a message: back to a client, by its PUB socket to all that
// subscribed, or to the server whose identity is the routing key.
func (w *Network) relay(now int64, a *act) {
	k := &a.parcel
	s := w.sockets[a.socket]
	k.via |= uint64(a.socket+1) << 32
	k.from = s.owner
	switch {
	case w.first():
		w.receive(now, a)
	case k.m.Class == flow.ClassReply:
		if d := &w.dealers[k.to.Via&0xffffffff-1]; d.alive && d.in >= 0 {
			w.transmit(now, k, s.name, d.in)
			return
		}
		w.nowhere(now, k, s.name)
	case w.set.PubSub && (k.to.Fanout || k.to.Notify):
		pub := w.sockets[w.peers[s.owner].pub].name
		w.emit(now, -1, flow.Event{Kind: flow.Route, Flags: flow.Peer | flow.ToExchange, Msg: k.id, RPC: k.m.RPC, Class: k.m.Class, Exchange: s.name, Queue: pub}, nil)
		found := false
		for i := range w.sockets {
			if o := &w.sockets[i]; o.alive && o.label == w.words.sub && o.topic == k.to.Topic {
				found = true
				w.transmit(now, k, pub, int32(i))
			}
		}
		if !found {
			w.nowhere(now, k, pub)
		}
	default:
		n, _ := w.names.Lookup(k.host)
		if to := w.socketAt(n); to >= 0 && n != 0 {
			w.transmit(now, k, s.name, to)
			return
		}
		w.nowhere(now, k, s.name)
	}
}

// nowhere: a ROUTER drops what is for an identity that it does not know, a PUB what nobody subscribed to.
func (w *Network) nowhere(now int64, k *parcel, by flow.Name) {
	w.emit(now, -1, flow.Event{Kind: flow.Route, Flags: flow.NoRoute | flow.Peer, Msg: k.id, RPC: k.m.RPC, Class: k.m.Class, Exchange: by}, nil)
}

// answer sends a reply back by the connection, or the proxy, by which its request came.
func (w *Network) answer(now int64, k *parcel) {
	at := slices.IndexFunc(w.sockets, func(s socket) bool {
		return s.alive && s.owner == k.from && s.service >= 0 && !s.passes && s.label != w.words.sub
	})
	if at < 0 || k.to.Via == 0 {
		w.finish(now, k, transport.Unreachable)
		return
	}
	by := w.sockets[at].name
	d := &w.dealers[k.to.Via&0xffffffff-1]
	if proxy := int32(k.to.Via>>32) - 1; proxy >= 0 {
		by = w.sockets[proxy].name
		w.publish(now, k, by)
		w.push(w.leave(now, k.from), act{do: toArrive, peer: k.from, socket: proxy, parcel: *k, holds: true})
	} else if d.alive && d.in >= 0 && w.sockets[d.in].alive {
		w.transmit(now, k, by, d.in)
	} else {
		w.publish(now, k, by)
		w.nowhere(now, k, by)
	}
	w.finish(now, k, transport.OK)
}

// Over implements [transport.Carrier].
func (w *Network) Over(now int64, p int32, id flow.ID) {
	v := &w.peers[p]
	at := slices.Index(v.waits, id)
	if at < 0 {
		return
	}
	v.waits = slices.Delete(slices.Clone(v.waits), at, at+1)
	if len(v.waits) == 0 && v.replies >= 0 {
		w.closeSocket(now, v.replies, w.words.closed)
		v.replies = -1
	}
}
