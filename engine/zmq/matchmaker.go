package zmq

import (
	"slices"
	"strings"

	"rpcscope/engine/flow"
	"rpcscope/engine/transport"
)

// record is what the matchmaker knows: a member of the set under key, with the time at which it expires.
type record struct {
	key, value string
	owner      int32
	until      int64
}

// The matchmakers that keep records; see [transport.Settings].
const (
	redis = "redis"
	dummy = "dummy"
)

// announce writes the peer's records, or writes them again with a new life.
func (w *Network) announce(now int64, p int32) {
	for _, k := range w.peers[p].keys {
		until := now + w.set.Expire
		i := slices.IndexFunc(w.records, func(r record) bool { return r.key == k.key && r.value == k.value })
		if i < 0 {
			w.records = append(w.records, record{key: k.key, value: k.value, owner: p})
			i = len(w.records) - 1
		}
		w.records[i].until, w.records[i].owner = until, p
		w.emit(now, p, flow.Event{Kind: flow.Record, Key: w.names.Intern(k.key), Text: w.names.Intern(k.value), Value: w.set.Expire}, nil)
		w.push(until, act{do: toExpire, peer: p})
	}
}

// expire removes records whose life is over.
func (w *Network) expire(now int64, a *act) {
	w.forget(now, w.words.expired, func(r *record) bool { return r.owner == a.peer && r.until <= now })
}

// forget removes the records that match.
func (w *Network) forget(now int64, why flow.Name, match func(*record) bool) {
	kept := w.records[:0]
	var gone []record
	for i := range w.records {
		if match(&w.records[i]) {
			gone = append(gone, w.records[i])
		} else {
			kept = append(kept, w.records[i])
		}
	}
	w.records = kept
	for _, r := range gone {
		w.emit(now, r.owner, flow.Event{Kind: flow.RecordGone, Key: w.names.Intern(r.key), Text: w.names.Intern(r.value), Label: why}, nil)
	}
}

// Retries of an empty lookup: every two seconds, for twenty (zmq_driver, matchmaker/zmq_matchmaker_redis.py).
const (
	lookupEvery = int64(2e9)
	lookupTries = 10
)

// prefix is the first word of a server's keys: the type of the socket that it has.
func (w *Network) prefix() string {
	if w.set.Proxy {
		return "DEALER/"
	}
	return "ROUTER/"
}

// keyOf is the key under which the hosts of a target are found.
func (w *Network) keyOf(to *transport.Target) string {
	server, _, _ := strings.Cut(to.Server, "@") // a server name is cut at "@"
	if server == "" {
		return w.prefix() + to.Topic
	}
	return w.prefix() + to.Topic + "/" + server
}

// known returns the peer's table entry of a key if it is fresh.
func (w *Network) known(now int64, p int32, key string) *cached {
	v := &w.peers[p]
	for i := range v.table {
		if c := &v.table[i]; c.key == key && len(c.values) > 0 && now-c.at < w.set.Update {
			return c
		}
	}
	return nil
}

// lookup asks the matchmaker for what a parcel needs to go on.
func (w *Network) lookup(now int64, a act) {
	a.do, a.holds = toFound, true
	w.push(now+w.latency.Draw(&w.rand)+w.latency.Draw(&w.rand), a)
}

// found is the matchmaker's answer.
func (w *Network) found(now int64, a *act, r transport.Receiver) {
	v := &w.peers[a.peer]
	key := a.host
	var values []string
	for i := range w.records {
		if w.set.Matchmaker == dummy && w.records[i].owner != a.peer {
			continue // kept in the memory of the process that wrote it
		}
		if w.records[i].key == key {
			values = append(values, w.records[i].value)
		}
	}
	e := flow.Event{
		Kind: flow.Lookup, Key: w.names.Intern(key), Value: int64(len(values)), Text: w.names.Intern(strings.Join(values, ", ")),
		RPC: a.m.RPC, Class: a.m.Class,
	}
	at := slices.IndexFunc(v.table, func(c cached) bool { return c.key == key })
	switch {
	case a.tries > 0:
		e.Label = w.words.retry
	case at >= 0:
		e.Label = w.words.cached
	}
	w.emit(now, a.peer, e, nil)
	if at < 0 {
		v.table = append(v.table, cached{key: key})
		at = len(v.table) - 1
	}
	v.table[at].values, v.table[at].at = values, now
	if len(values) == 0 && a.tries < lookupTries {
		b := *a
		b.tries++
		w.push(now+lookupEvery, b)
		return
	}
	if len(values) == 0 {
		w.lose(now, &a.parcel, w.dealers[w.dealerOf(now, a.peer, w.line(&a.parcel), a.m.Class == flow.ClassCall)].name)
		if a.task >= 0 {
			r.Done(now, a.task, transport.NoPeer)
		}
		return
	}
	a.host = ""
	w.forward(now, &a.parcel)
}

// lose shows a message that nobody takes.
func (w *Network) lose(now int64, k *parcel, by flow.Name) {
	w.publish(now, k, by)
	w.emit(now, -1, flow.Event{Kind: flow.Route, Flags: flow.NoRoute | flow.Peer, Msg: k.id, RPC: k.m.RPC, Class: k.m.Class, Exchange: by, Key: k.m.Key}, nil)
}

// publish tells that a peer sends a message by a socket, the first time.
func (w *Network) publish(now int64, k *parcel, by flow.Name) {
	if k.id != 0 {
		return
	}
	w.sent++
	k.id = w.sent
	m := k.m.Message
	m.Exchange, m.Key = by, w.names.Intern(k.to.Key())
	if k.to.ReplyTo != 0 || m.Class == flow.ClassReply {
		m.Key = k.to.ReplyTo
	}
	k.m.Message = m
	w.emit(now, k.from, flow.Event{
		Kind: flow.Publish, Flags: flow.Peer, Msg: k.id, RPC: m.RPC, Class: m.Class, Exchange: by, Key: m.Key,
	}, &m)
}
