package zmq

import (
	"slices"
	"strconv"
	"strings"

	"rpcscope/engine/flow"
	"rpcscope/engine/transport"
)

// warm is how long the daemon sleeps after it has made a PUB socket (impl_zmq, ZmqProxy.consume).
const warm = int64(500e6)

// startDaemon lets a host's receiver take messages (impl_zmq, ZmqProxy).
func (w *Network) startDaemon(now int64, p int32) {
	v := &w.peers[p]
	port := ":" + strconv.Itoa(w.set.Port)
	v.in = w.open(now, socket{
		name: w.names.Intern("tcp://" + v.host + port), label: w.words.pull, owner: p, address: "tcp://" + w.set.BindAddress + port, passes: true,
	})
	var waiting []parcel
	w.parked = slices.DeleteFunc(slices.Clone(w.parked), func(k parcel) bool {
		if k.host == w.peers[p].host {
			waiting = append(waiting, k)
			return true
		}
		return false
	})
	for i := range waiting {
		waiting[i].daemon = p
		w.push(w.leave(now, waiting[i].from), act{do: toArrive, peer: waiting[i].from, socket: w.peers[p].in, parcel: waiting[i], holds: true})
	}
}

// daemonAt returns the living receiver of a host, −1 for none.
func (w *Network) daemonAt(host string) int32 {
	return int32(slices.IndexFunc(w.peers, func(p peer) bool { return p.alive && p.runs == "zmq-receiver" && p.host == host && p.in >= 0 }))
}

// openFirst opens a service's IPC sockets: T and T.S are one, T.HOST, and a
// SUB for the fanout (impl_zmq, Connection.create_consumer).
func (w *Network) openFirst(now int64, p, service int32, targets []transport.Target) {
	v := &w.peers[p]
	for i := range targets {
		t := &targets[i]
		topic := collapse(t, v.host)
		s := socket{label: w.words.pull, owner: p, service: service, topic: topic}
		if t.Fanout {
			s.label, s.class = w.words.sub, flow.ClassFanout
		}
		if slices.ContainsFunc(w.sockets, func(o socket) bool { return o.alive && o.owner == p && o.topic == topic }) {
			continue // the second registration is skipped
		}
		s.name, s.address = w.ipc(topic, v.host)
		at := w.open(now, s)
		if d := w.daemonAt(v.host); d >= 0 && w.hasBound(d, topic) {
			w.join(now, w.peers[d].in, at)
			w.drain(now, d, topic)
		}
	}
}

// collapse is the topic by which a daemon hands a message over: text after the first dot is replaced by the host.
func collapse(t *transport.Target, host string) string {
	topic := strings.ReplaceAll(t.Topic, ".", "-")
	if !t.Notify {
		topic, _, _ = strings.Cut(t.Topic, ".")
	}
	if t.Fanout {
		return "fanout~" + topic
	}
	return topic + "." + host
}

// ipc is the address of a topic's IPC socket, and a name for one that connects to it on a host.
func (w *Network) ipc(topic, host string) (flow.Name, string) {
	name := "zmq_topic_" + topic
	address := "ipc://" + w.set.IPCDir + "/" + name
	if !strings.HasSuffix(topic, "."+host) {
		name += "@" + host
	}
	n := w.names.Intern(name)
	for i := 2; w.socketAt(n) >= 0; i++ {
		n = w.names.Intern(name + " #" + strconv.Itoa(i))
	}
	return n, address
}

func (w *Network) hasBound(d int32, topic string) bool {
	return slices.ContainsFunc(w.peers[d].bound, func(b bound) bool { return b.topic == topic })
}

// sendFirst sends by a PUSH socket of its own to the receiver of each host that the matchmaker names.
func (w *Network) sendFirst(now int64, k *parcel) {
	if k.m.Class == flow.ClassReply {
		w.push1(now, *k, strings.TrimPrefix(w.names.Text(k.to.ReplyTo), "zmq_replies."))
		w.finish(now, k, transport.OK)
		return
	}
	hosts := w.match(now, k)
	if len(hosts) == 0 {
		w.lose(now, k, w.names.Intern(k.to.Key()))
		w.finish(now, k, transport.NoPeer)
		return
	}
	if k.m.Class == flow.ClassCall {
		w.wait(now, k.from, k.m.RPC)
	}
	for _, h := range hosts {
		w.push1(now, *k, h)
	}
	w.finish(now, k, transport.OK)
}

// register notes which topics a service's host is to be known for in Redis
// (nova rpc/matchmaker_redis.py: a set for each topic, and a key with a life for each member).
func (w *Network) register(p int32, targets []transport.Target) {
	v := &w.peers[p]
	for i := range targets {
		t := &targets[i]
		e := entry{t.Topic, t.Topic + "." + v.host}
		if t.Server == "" && !t.Fanout && !slices.Contains(v.keys, e) {
			v.keys = append(v.keys, e)
		}
	}
}

// live are the hosts that Redis knows for a topic.
func (w *Network) live(topic string) (hosts []string) {
	for i := range w.records {
		if r := &w.records[i]; r.key == topic {
			hosts = append(hosts, strings.TrimPrefix(r.value, topic+"."))
		}
	}
	return hosts
}

// matchRedis is the same with Redis: any live member of a bare topic, and of a
// fanout all of them, by their plain names, so that it reaches the services' PULL sockets.
func (w *Network) matchRedis(k *parcel) (hosts []string) {
	switch {
	case k.to.Fanout:
		k.to.Fanout = false
		return w.live(k.to.Topic)
	case k.to.Server != "":
		return []string{k.to.Server}
	}
	if hosts = w.live(k.to.Topic); len(hosts) > 1 {
		hosts = hosts[w.rand.N(uint64(len(hosts))):][:1]
	}
	return hosts
}

// match asks the matchmaker which hosts a message goes to (nova rpc/matchmaker.py).
func (w *Network) match(now int64, k *parcel) (hosts []string) {
	key := k.to.Topic
	switch {
	case w.set.Matchmaker == redis:
		key = k.to.Key()
		if k.to.Fanout {
			key = "fanout~" + k.to.Topic
		}
		hosts = w.matchRedis(k)
	case k.to.Fanout:
		key = "fanout~" + key
		hosts = w.ring(k.to.Topic)
	case k.to.Server != "":
		key += "." + k.to.Server
		hosts = []string{k.to.Server}
	default:
		if hosts = w.ring(k.to.Topic); len(hosts) > 1 {
			hosts = hosts[w.turn(k.from, key)%len(hosts):][:1]
		}
	}
	w.emit(now, k.from, flow.Event{
		Kind: flow.Lookup, Key: w.names.Intern(key), Value: int64(len(hosts)), Text: w.names.Intern(strings.Join(hosts, ", ")),
		Label: w.names.Intern(w.set.Matchmaker), RPC: k.m.RPC, Class: k.m.Class,
	}, nil)
	return hosts
}

// ring are the hosts of a topic: those of the ring's file, or this one.
func (w *Network) ring(topic string) []string {
	if w.set.Matchmaker != "ring" {
		return []string{"localhost"}
	}
	for i := range w.set.Ring {
		if w.set.Ring[i].Topic == topic {
			return w.set.Ring[i].Hosts
		}
	}
	return nil
}

// turn counts how often a peer has asked for a key.
func (w *Network) turn(p int32, key string) int {
	v := &w.peers[p]
	for i := range v.table {
		if v.table[i].key == key {
			v.table[i].next++
			return v.table[i].next
		}
	}
	v.table = append(v.table, cached{key: key})
	return 0
}

// wait opens the SUB socket by which a caller waits, subscribed to the call's id.
func (w *Network) wait(now int64, p int32, id flow.ID) {
	v := &w.peers[p]
	v.waits = append(slices.Clone(v.waits), id)
	if v.replies >= 0 {
		return
	}
	name, address := w.ipc("zmq_replies."+v.host, v.host)
	at := w.open(now, socket{name: name, label: w.words.sub, owner: p, service: transport.Replies, topic: "", address: address, class: flow.ClassReply})
	w.peers[p].replies = at
	if d := w.daemonAt(v.host); d >= 0 && w.hasBound(d, "zmq_replies."+v.host) {
		w.join(now, w.peers[d].in, at)
	}
}

// push1 opens a PUSH socket, hands the message over and closes it; until there is
// a receiver the message waits in it, for as long as casts may.
func (w *Network) push1(now int64, k parcel, host string) {
	if host == "localhost" {
		host = w.peers[k.from].host
	}
	k.id, k.task, k.host = 0, -1, host
	address := w.names.Intern("tcp://" + host + ":" + strconv.Itoa(w.set.Port))
	w.emit(now, k.from, flow.Event{Kind: flow.SocketOpen, Label: w.words.push, Text: address, Class: k.m.Class}, nil)
	w.publish(now, &k, address)
	if d := w.daemonAt(host); d >= 0 {
		k.daemon = d
		w.push(w.leave(now, k.from), act{do: toArrive, peer: k.from, socket: w.peers[d].in, parcel: k, holds: true})
		return
	}
	w.serial++
	k.serial = w.serial
	w.parked = append(w.parked, k)
	w.push(now+w.set.CastTimeout, act{do: toGiveUp, peer: k.from, gen: w.peers[k.from].gen, parcel: parcel{serial: k.serial}})
}

// receive is the daemon with a message: it makes the outgoing socket of its topic at the first one.
func (w *Network) receive(now int64, a *act) {
	p := w.sockets[a.socket].owner
	k := a.parcel
	k.daemon, k.host = p, ""
	topic := "zmq_replies." + w.peers[p].host
	if k.m.Class != flow.ClassReply {
		topic = collapse(&k.to, w.peers[p].host)
	}
	if strings.Contains(topic, "/") { // it would be another directory's socket
		w.emit(now, -1, flow.Event{Kind: flow.Drop, Flags: flow.Peer, Msg: k.id, RPC: k.m.RPC, Class: k.m.Class, Exchange: k.m.Exchange, Label: w.words.path}, nil)
		return
	}
	v := &w.peers[p]
	at := slices.IndexFunc(v.bound, func(b bound) bool { return b.topic == topic })
	if at < 0 {
		b := bound{topic: topic, ready: now}
		label, class := w.words.push, flow.ClassOther
		if k.to.Fanout || k.m.Class == flow.ClassReply {
			label, b.ready = w.words.pub, now+warm
		}
		w.emit(now, p, flow.Event{Kind: flow.SocketOpen, Label: label, Class: class, Text: w.names.Intern("ipc://" + w.set.IPCDir + "/zmq_topic_" + topic)}, nil)
		v.bound = append(v.bound, b)
		at = len(v.bound) - 1
		for i := range w.sockets {
			if s := &w.sockets[i]; s.alive && !s.passes && w.peers[s.owner].host == v.host && w.topicOf(s) == topic {
				w.join(now, v.in, int32(i))
			}
		}
	}
	w.push(max(now, v.bound[at].ready), act{do: toPass, peer: p, gen: v.gen, parcel: k, holds: true, n: at})
}

// topicOf is the topic that a service's socket takes.
func (w *Network) topicOf(s *socket) string {
	if s.class == flow.ClassReply {
		return "zmq_replies." + w.peers[s.owner].host
	}
	return s.topic
}

// pass hands a message to the services of a daemon's host.
func (w *Network) pass(now int64, a *act) {
	v := &w.peers[a.peer]
	if v.gen != a.gen || !v.alive || a.n >= len(v.bound) {
		w.emit(now, -1, flow.Event{Kind: flow.Drop, Flags: flow.Peer, Msg: a.id, RPC: a.m.RPC, Class: a.m.Class, Exchange: a.m.Exchange, Label: w.words.gone}, nil)
		return
	}
	topic, by := v.bound[a.n].topic, w.sockets[v.in].name
	k := a.parcel
	k.from = a.peer
	k.via = 1
	all := k.to.Fanout || k.m.Class == flow.ClassReply
	var to []int32
	for i := range w.sockets {
		s := &w.sockets[i]
		if !s.alive || s.passes || w.peers[s.owner].host != v.host || w.topicOf(s) != topic {
			continue
		}
		if s.class == flow.ClassReply && !slices.Contains(w.peers[s.owner].waits, k.m.RPC) {
			continue // subscribed to other calls
		}
		to = append(to, int32(i))
	}
	switch {
	case len(to) == 0 && all:
		w.nowhere(now, &k, by)
	case len(to) == 0:
		w.hold(now, &k, topic, by)
	case all:
		for _, t := range to {
			w.transmit(now, &k, by, t)
		}
	default:
		w.transmit(now, &k, by, to[w.turn(a.peer, topic)%len(to)])
	}
}

// hold keeps a message that no service of the host takes yet in the daemon's backlog.
func (w *Network) hold(now int64, k *parcel, topic string, by flow.Name) {
	n := 0
	for i := 0; i < len(w.parked) && w.set.Backlog > 0; i++ { // without a limit nobody need know how many there are
		if w.parked[i].daemon == k.daemon && w.parked[i].host == "" && collapse(&w.parked[i].to, w.peers[k.daemon].host) == topic {
			n++
		}
	}
	if w.set.Backlog > 0 && n >= w.set.Backlog {
		w.emit(now, -1, flow.Event{Kind: flow.Drop, Flags: flow.Peer, Msg: k.id, RPC: k.m.RPC, Class: k.m.Class, Exchange: by, Label: w.words.full}, nil)
		return
	}
	w.serial++
	k.serial = w.serial
	w.parked = append(w.parked, *k)
}

// drain hands over what waited in the daemon for a service of a topic.
func (w *Network) drain(now int64, d int32, topic string) {
	var waiting []parcel
	w.parked = slices.DeleteFunc(slices.Clone(w.parked), func(k parcel) bool {
		if k.daemon == d && k.host == "" && collapse(&k.to, w.peers[d].host) == topic {
			waiting = append(waiting, k)
			return true
		}
		return false
	})
	at := slices.IndexFunc(w.peers[d].bound, func(b bound) bool { return b.topic == topic })
	for i := range waiting {
		w.push(now, act{do: toPass, peer: d, gen: w.peers[d].gen, parcel: waiting[i], holds: true, n: at})
	}
}
