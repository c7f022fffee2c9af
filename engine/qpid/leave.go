package qpid

import (
	"rpcscope/engine/flow"
	"rpcscope/engine/transport"
)

// Send implements [transport.Carrier]: the sender goes on when the broker has
// the message; what a lost connection left unconfirmed is sent again.
func (b *Broker) Send(now int64, p, task int32, to transport.Target, m *transport.Message) {
	v := &b.peers[p]
	b.serial++
	v.sends = append(append([]send(nil), v.sends...), send{serial: b.serial, task: task, to: to, m: *m})
	if v.state == connected {
		b.up(now, act{do: toPublish, peer: p, n: b.serial})
		return
	}
	b.connect(now, p)
}

// Over implements [transport.Carrier]: the reply queue stays.
func (b *Broker) Over(int64, int32, flow.ID) {}

// Stop implements [transport.Carrier].
func (b *Broker) Stop(now int64, p int32, abrupt bool) {
	v := &b.peers[p]
	why := b.words.closed
	if abrupt {
		why = b.words.gone
	}
	b.leave(now, p, why)
	v.links, v.sends, v.opens, v.replyTo, v.state = nil, nil, nil, 0, closed
}

// leave is the end of a session: links go, with them the queues that were theirs alone.
func (b *Broker) leave(now int64, p int32, why flow.Name) {
	v := &b.peers[p]
	v.gen++
	if v.state != connected {
		v.state = lost
		return
	}
	b.detach(now, p, why)
	b.emitOf(now, p, flow.Event{Kind: flow.ConnectionClose, Text: why}, nil)
	v.conn, v.state = 0, lost
}

// detach ends the receivers of a session.
func (b *Broker) detach(now int64, p int32, why flow.Name) {
	v := &b.peers[p]
	for i := range v.links {
		l := &v.links[i]
		if !l.attached {
			continue
		}
		l.attached, l.credit = false, 0
		b.emitOf(now, p, flow.Event{Kind: flow.LinkDetach, Queue: l.queue, Tag: l.queue, Text: why, Class: l.class}, nil)
		q := b.queueOf(l.queue)
		if q == nil {
			continue
		}
		for k, id := range q.links {
			if id == (linkID{p, int32(i)}) {
				q.links = append(append([]linkID(nil), q.links[:k]...), q.links[k+1:]...)
				break
			}
		}
		back := l.held
		l.held = nil
		for k := len(back) - 1; k >= 0; k-- {
			m := &b.messages[back[k].message]
			q.ready = append([]copied{{back[k].message, true}}, q.ready...)
			b.emit(now, flow.Event{Kind: flow.Requeue, Msg: m.id, RPC: m.RPC, Class: m.Class, Queue: q.name, Label: b.words.again}, nil)
		}
		if len(q.links) == 0 && q.flags&flow.AutoDelete != 0 {
			b.remove(now, q)
		} else {
			b.pump(now, q)
		}
	}
}

// remove deletes a queue, and an exchange that lost its last binding by that and is to go then.
func (b *Broker) remove(now int64, q *queue) {
	for _, c := range q.ready {
		b.release(c.message)
	}
	b.emit(now, flow.Event{Kind: flow.QueueDelete, Queue: q.name, Label: b.words.autoDelete, Value: int64(len(q.ready))}, nil)
	name := q.name
	q.alive, q.ready, q.links = false, nil, nil
	for i := range b.exchanges {
		x := &b.exchanges[i]
		had := len(x.bindings)
		kept := make([]binding, 0, had)
		for _, d := range x.bindings {
			if d.queue != name {
				kept = append(kept, d)
			}
		}
		x.bindings = kept
		if x.alive && x.autoDelete && had > 0 && len(kept) == 0 {
			x.alive = false
			b.emit(now, flow.Event{Kind: flow.ExchangeDelete, Exchange: x.name, Label: b.words.autoDelete}, nil)
		}
	}
	b.compact()
}

// compact forgets what is gone.
func (b *Broker) compact() {
	qs := make([]queue, 0, len(b.queues))
	for i := range b.queues {
		if b.queues[i].alive {
			qs = append(qs, b.queues[i])
		}
	}
	xs := make([]exchange, 0, len(b.exchanges))
	for i := range b.exchanges {
		if b.exchanges[i].alive {
			xs = append(xs, b.exchanges[i])
		}
	}
	b.queues, b.exchanges = qs, xs
}

// Waits between attempts to connect again: one second, growing by one to five (nova impl_qpid, Connection.reconnect).
const (
	firstWait = int64(1e9)
	mostWait  = int64(5e9)
)

// Drop implements [transport.Carrier]: the session ends from the broker's side,
// without detach the connection with it. The peer tries the next of its hosts
// and opens every consumer again.
func (b *Broker) Drop(now int64, p int32, detach bool) {
	v := &b.peers[p]
	if v.state != connected {
		return
	}
	if detach {
		v.gen++
		b.detach(now, p, b.words.detached)
		v.state = lost
		b.emitOf(now, p, flow.Event{Kind: flow.ChannelClose, Text: b.words.detached}, nil)
		b.emitOf(now, p, flow.Event{Kind: flow.ConnectionClose, Text: b.words.detached}, nil)
		v.conn = 0
	} else {
		b.leave(now, p, b.words.back)
		v.host++
	}
	v.tries++
	v.state = opening
	wait := min(firstWait*int64(v.tries), mostWait)
	v.toBroker = now + wait
	b.push(v.toBroker, act{do: toConnect, peer: p, gen: v.gen})
}

var _ transport.Carrier = (*Broker)(nil)
