package pace

import "rpcscope/engine/flow"

// The sorts of chains, lanes and objects that have a mark.
const (
	ofMessage uint8 = iota + 1
	ofCopy
	ofRPC
	ofRun
	ofWork
	ofRest
	ofQueue
	ofExchange
	ofChannel
	ofConnection
	ofProcess
	laneIn
	laneOut
	lanePublish
	laneAck
	arrival
)

// placing is one event on its way to a display time.
type placing struct {
	p    *Pacer
	e    *flow.Event
	base int64
	d    int64
	end  int64
	hop  int64
	slot int32
}

// place finds the display time of e and lets it wait for that.
func (p *Pacer) place(base int64, e *flow.Event, m *flow.Message) {
	p.remember(e, m)
	slot := p.pending.take(e, m, p.seq)
	ev := &p.pending.at(slot).event
	if k := &p.known[e.Msg&(1<<knownBits-1)]; e.Msg != 0 && k.msg == e.Msg {
		// Brokers do not know whose a message is; whoever looks at the paced stream does.
		if ev.RPC.IsZero() {
			ev.RPC = k.rpc
		}
		if ev.Class == flow.ClassOther {
			ev.Class = k.class
		}
	}
	w := placing{p: p, e: ev, base: base, d: max(base, p.told), slot: slot}
	w.hop = p.cfg.MinHop
	if n := len(p.heap); n > 0 {
		w.hop -= w.hop * int64(min(n, p.cfg.MaxPending)) / int64(p.cfg.MaxPending)
	}
	w.place()
	p.pending.at(slot).hopEnd = w.end
	p.last = max(p.last, w.d, w.end)
	p.push(w.d, slot)
}

// step is the earliest end of a hop that begins at c. One call's chain of hops
// lags by some 1.5 s of itself and should run evenly, so the hop keeps its
// length up to half the bound and shrinks to nothing over the other half.
func (w *placing) step(c int64) int64 {
	lag := max(0, c-w.base)
	if lag >= w.p.cfg.MaxLag {
		return c
	}
	left := w.p.cfg.MaxLag - lag
	return c + min(w.hop, w.hop*2*left/w.p.cfg.MaxLag)
}

func (w *placing) from(d int64) { w.d = max(w.d, d) }

// follow puts the event at or after the last one of chain k.
func (w *placing) follow(k uint64) {
	if m := w.p.marks.get(k); m != nil {
		w.from(m.d)
	}
}

// hopFrom puts it a hop after the last one of chain k, and says so to that
// one when it waits to hear where its journey ends. It reports whether there is such a chain.
func (w *placing) hopFrom(k uint64) bool {
	m := w.p.marks.get(k)
	if m == nil {
		return false
	}
	w.from(max(w.step(m.d), m.end))
	return true
}

// arrive tells the departure kept in chain k where its journey ends; the first arrival counts.
func (w *placing) arrive(k uint64) {
	m := w.p.marks.get(k)
	if m == nil {
		return
	}
	if h := w.p.pending.at(m.slot); h.seq == m.seq && h.hopEnd == 0 {
		h.hopEnd = w.d
	}
}

func (w *placing) stale() int64 { return w.base - 4*w.p.cfg.MinHop }

// set makes this event the last one of chain k.
func (w *placing) set(k uint64) {
	m := w.p.marks.put(k, w.stale())
	m.d, m.end, m.seq, m.slot, m.step = w.d, w.end, w.p.seq, w.slot, w.e.Kind
}

// use says that the event needs an object as it stands; touch that it was used.
func (w *placing) use(k uint64) {
	if m := w.p.marks.get(k); m != nil {
		w.from(m.life)
	}
}

func (w *placing) touch(k uint64) {
	m := w.p.marks.put(k, w.stale())
	m.d = max(m.d, w.d)
}

// change says that the event makes, ends or alters an object, after all that was done with it.
func (w *placing) change(k uint64) {
	m := w.p.marks.put(k, w.stale())
	m.d = max(m.d, w.d)
	m.life = m.d
}

func (w *placing) queue() uint64 { return key(ofQueue, w.p.hash(w.e.VHost), w.p.hash(w.e.Queue)) }

func (w *placing) exchange() uint64 {
	return key(ofExchange, w.p.hash(w.e.VHost), w.p.hash(w.e.Exchange))
}

func (w *placing) channel() uint64 { return key(ofChannel, w.p.hash(w.e.Conn), uint64(w.e.Channel)) }

func (w *placing) connection() uint64 { return key(ofConnection, w.p.hash(w.e.Conn), 0) }

func (w *placing) process() uint64 { return key(ofProcess, w.p.hash(w.e.Process), 0) }

func (w *placing) message() uint64 { return key(ofMessage, uint64(w.e.Msg), 0) }

// copy is the chain of a message in one queue or, between exchanges, at one exchange.
func (w *placing) copy(dest flow.Name, isExchange bool) uint64 {
	k := w.p.hash(dest) << 1
	if isExchange {
		k |= 1
	}
	return key(ofCopy, uint64(w.e.Msg), k)
}

func (w *placing) lane(sort uint8) uint64 {
	if sort == lanePublish || sort == laneAck {
		return key(sort, w.p.hash(w.e.Conn), uint64(w.e.Channel))
	}
	return key(sort, w.p.hash(w.e.VHost), w.p.hash(w.e.Queue))
}

func idKey(id flow.ID) uint64 {
	var a, b uint64
	for i := range 8 {
		a |= uint64(id[i]) << (8 * i)
		b |= uint64(id[8+i]) << (8 * i)
	}
	return a ^ b*0x9e3779b97f4a7c15
}

func (w *placing) rpc() uint64 { return key(ofRPC, idKey(w.e.RPC), 0) }

func (w *placing) place() {
	// A client's events follow what opened its channel and connection, and its start.
	w.use(w.channel())
	w.use(w.connection())
	w.use(w.process())
	switch w.e.Kind {
	case flow.Publish, flow.Route, flow.Return, flow.Confirm:
		w.published()
	case flow.Enqueue, flow.Deliver, flow.Ack, flow.Reject, flow.Requeue, flow.Expire, flow.DeadLetter, flow.Drop:
		w.queued()
	case flow.Request, flow.Dispatch, flow.Finish, flow.Reply, flow.Failure, flow.Timeout, flow.LateReply,
		flow.Heartbeat, flow.Notification, flow.RestRequest, flow.RestResponse,
		flow.RestFilter, flow.RestDone, flow.RestFailure:
		w.called()
	default:
		w.changed()
		return
	}
	if w.e.Conn != 0 {
		w.touch(w.channel())
		w.touch(w.connection())
	}
	if w.e.Process != 0 {
		w.touch(w.process())
	}
}

// changed places what happens to objects: after all that was done with them before.
func (w *placing) changed() {
	var objects [4]uint64
	n := 0
	switch w.e.Kind {
	case flow.ConnectionOpen, flow.ConnectionClose:
		objects[0], n = w.connection(), 1
	case flow.ChannelOpen, flow.ChannelClose:
		objects[0], n = w.channel(), 1
	case flow.ExchangeDeclare, flow.ExchangeDelete:
		objects[0], n = w.exchange(), 1
	case flow.SocketOpen, flow.SocketClose:
		if w.e.Exchange != 0 {
			objects[n] = w.exchange()
			n++
		}
		if w.e.Queue != 0 {
			objects[n] = w.queue()
			n++
		}
	case flow.QueueDeclare, flow.QueueDelete, flow.Depth:
		objects[0], n = w.queue(), 1
	case flow.Bind, flow.Unbind, flow.SocketConnect, flow.SocketDisconnect:
		objects[0], objects[1], n = w.exchange(), w.queue(), 2
		if w.e.Has(flow.ToExchange) {
			objects[1] = key(ofExchange, w.p.hash(w.e.VHost), w.p.hash(w.e.Queue))
		}
	case flow.Consume, flow.Cancel, flow.LinkAttach, flow.LinkDetach:
		objects[0], objects[1], n = w.queue(), w.channel(), 2
	case flow.ProcessStart, flow.ProcessReady, flow.ProcessStop, flow.ProcessPause, flow.ProcessContinue, flow.ProcessSlow,
		flow.NetworkCut, flow.NetworkDelay, flow.NetworkRestore:
		objects[0], n = w.process(), 1
	case flow.Operator:
		switch {
		case w.e.Queue != 0:
			objects[0], n = w.queue(), 1
		case w.e.Process != 0:
			objects[0], n = w.process(), 1
		}
	case flow.ConnectionBlock, flow.ConnectionUnblock:
		objects[0], n = w.connection(), 1
	case flow.QueueLimit:
		objects[0], n = w.queue(), 1
	}
	if w.e.Kind >= flow.Operator && w.p.pinned && w.e.At == w.p.pinnedAt {
		n = 0 // a person's doing is seen when it is done
	}
	for _, k := range objects[:n] {
		w.follow(k)
	}
	for _, k := range objects[:n] {
		w.change(k)
	}
	if m := w.p.marks.get(objects[0]); w.e.Kind == flow.NetworkRestore && n > 0 && m != nil {
		m.life = w.step(m.d) // what was held up arrives first
	}
	if w.e.Conn != 0 && n > 0 {
		w.touch(w.connection())
	}
	w.window()
}

// maxLimited bounds the channels whose prefetch window is known.
const maxLimited = 20_000

// window keeps in mind which channels have a prefetch window: there a delivery follows the acknowledgement that made room.
func (w *placing) window() {
	k := w.lane(laneAck)
	switch {
	case (w.e.Kind == flow.Consume || w.e.Kind == flow.LinkAttach) && w.e.Value > 0 && len(w.p.limited) < maxLimited:
		w.p.limited[k] = struct{}{}
	case w.e.Kind == flow.Cancel, w.e.Kind == flow.ChannelClose:
		delete(w.p.limited, k)
	}
}
