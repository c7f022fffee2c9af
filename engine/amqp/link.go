package amqp

import (
	"rpcscope/engine/flow"
	"rpcscope/engine/sim"
)

// Dial opens a connection at time now; the handshake runs by itself and ends
// with connection.open-ok at the client's [Receiver]. It returns 0, which no
// connection has, when the broker's limit of 65535 connections is reached.
func (b *Broker) Dial(now int64, d Dial) ConnID {
	cn := b.newConn()
	if cn == nil {
		return 0
	}
	cn.process, cn.clientName, cn.vhostName = d.Process, d.Name, d.VHost
	cn.latency, cn.rand, cn.manual, cn.plain = d.Latency, d.Rand, d.Manual, d.NoCapabilities
	cn.user, cn.password = d.User, d.Password
	if cn.user == 0 {
		cn.user, cn.password = b.known.guest, b.known.guest
	}
	cn.lastUp, cn.lastDown = now, now
	cn.dialed, cn.heartbeat, cn.delay = now, d.Heartbeat, d.Delay
	if cn.vhostName == 0 {
		cn.vhostName = b.known.slash
	}
	cn.name = b.nameConn(d.Host)
	if !cn.manual {
		b.up(now, cn, &Method{Op: OpProtocolHeader})
	}
	return cn.id
}

// Send hands a method to the connection's link at time now. m is copied.
// Methods for a connection that is gone are discarded.
func (b *Broker) Send(now int64, c ConnID, m *Method) {
	if cn := b.conn(c); cn != nil && !cn.clientGone {
		x := *m
		x.content = 0
		b.up(now, cn, &x)
	}
}

// Publish is [Broker.Send] for a basic.publish with its content, which is copied too.
func (b *Broker) Publish(now int64, c ConnID, m *Method, content *Content) {
	if cn := b.conn(c); cn != nil && !cn.clientGone {
		x := *m
		x.Op = OpBasicPublish
		x.Tag, x.Text = content.UserID, content.ExpirationText
		x.content = b.store.hold(content)
		b.up(now, cn, &x)
	}
}

// Cut ends the connection without a word, as when the client's process dies:
// what was sent before still arrives at the broker, nothing more reaches the client.
func (b *Broker) Cut(now int64, c ConnID) {
	cn := b.conn(c)
	if cn == nil || cn.clientGone {
		return
	}
	if cn.stage == stageNew && cn.held&holdUp != 0 { // not even its first packet got through
		cn.stage = stageGone
	}
	if cn.stage == stageGone {
		b.leave(cn)
		return
	}
	b.up(now, cn, &Method{Op: OpTCPClose})
	b.leave(cn)
}

// up puts a method on the way to the broker; a manual connection's is there at once.
func (b *Broker) up(now int64, cn *conn, m *Method) {
	if cn.manual {
		b.now = now
		b.handle(cn, m)
		b.freeIfGone(cn)
		return
	}
	cn.toBroker.push(*m)
	cn.lastUp = max(cn.lastUp, now+cn.delay+cn.latency.Draw(&cn.rand))
	b.events.Push(sim.Item{At: cn.lastUp, Kind: kindToBroker, A: uint32(cn.id)})
}

// down puts a method on the way to the client.
func (b *Broker) down(cn *conn, m *Method) {
	if cn.clientGone || cn.choked {
		return
	}
	if m.content != 0 {
		b.store.share(m.content)
	}
	*cn.toClient.slot() = *m
	if cn.manual {
		return
	}
	cn.lastDown = max(cn.lastDown, b.now+cn.delay+cn.latency.Draw(&cn.rand))
	b.events.Push(sim.Item{At: cn.lastDown, Kind: kindToClient, A: uint32(cn.id)})
}

// leave is the client's end of the link going away.
func (b *Broker) leave(cn *conn) {
	cn.clientGone = true
	for cn.toClient.len() > 0 {
		m := cn.toClient.pop()
		b.discard(&m)
	}
	b.freeIfGone(cn)
}

// freeIfGone frees the connection once both ends are gone.
func (b *Broker) freeIfGone(cn *conn) {
	if cn.clientGone && cn.stage == stageGone {
		b.forgetWaiting(cn)
		for cn.toBroker.len() > 0 {
			m := cn.toBroker.pop()
			b.discard(&m)
		}
		b.freeConn(cn)
	}
}

// discard gives up a method's hold on its content.
func (b *Broker) discard(m *Method) {
	if m.content != 0 {
		b.store.letGo(m.content)
	}
}

// Dispatch runs an item that is due; it returns false when its kind is not this package's.
// Virtual time is it.At.
func (b *Broker) Dispatch(it *sim.Item, r Receiver) bool {
	switch it.Kind {
	case kindToBroker:
		b.now = it.At
		if cn := b.conn(ConnID(it.A)); cn != nil && cn.held&holdUp != 0 {
			cn.owedUp++
		} else if cn != nil && cn.toBroker.len() > 0 {
			m := cn.toBroker.pop()
			b.handle(cn, &m)
			b.freeIfGone(cn)
		}
	case kindToClient:
		b.now = it.At
		if cn := b.conn(ConnID(it.A)); cn != nil && cn.held&holdDown != 0 {
			cn.owedDown++
		} else if cn != nil && cn.toClient.len() > 0 {
			m := cn.toClient.pop()
			b.arrive(it.At, cn, &m, r)
		}
	case kindQueueExpires:
		b.now = it.At
		b.queueTimer(it.A, it.B, it.C)
	case kindAckTimeout:
		b.now = it.At
		b.ackTimer(ConnID(it.A), it.B, it.C)
	case kindHeartbeat:
		b.now = it.At
		b.heartbeatMissed(ConnID(it.A), it.B)
	case kindMessageExpires:
		b.now = it.At
		b.messageTimer(it.A, it.B)
	default:
		return it.Kind < KindLimit
	}
	b.failChoked()
	return true
}

// arrive is a method reaching the client, whose library does its part before the program sees it.
func (b *Broker) arrive(now int64, cn *conn, m *Method, r Receiver) {
	show := true
	switch m.Op {
	case OpConnectionStart:
		b.up(now, cn, &Method{Op: OpConnectionStartOk, Text: cn.clientName})
		show = false
	case OpConnectionTune:
		b.up(now, cn, &Method{Op: OpConnectionTuneOk})
		b.up(now, cn, &Method{Op: OpConnectionOpen, Queue: cn.vhostName})
		show = false
	case OpChannelClose:
		b.up(now, cn, &Method{Op: OpChannelCloseOk, Channel: m.Channel})
	case OpConnectionClose:
		b.up(now, cn, &Method{Op: OpConnectionCloseOk})
	case OpConnectionCloseOk:
		b.up(now, cn, &Method{Op: OpTCPClose})
	}
	id := cn.id
	if m.Op == OpTCPClose || m.Op == OpConnectionCloseOk {
		b.leave(cn)
	}
	if show {
		// Scratch, because the receiver may publish and move the store.
		b.shown = *m
		var content *Content
		if m.content != 0 {
			content = &b.content
			b.received(m.content, content)
		}
		r.Receive(now, id, &b.shown, content)
	}
	b.discard(m)
}

// received fills in a message as clients see it: without the header BCC, which only
// the broker reads, and reads again when the message is dead-lettered.
func (b *Broker) received(slot uint32, c *Content) {
	b.store.at(slot).fill(c)
	if c.Headers != 0 {
		c.Headers = b.tables.without(c.Headers, "BCC")
	}
}

// Poll takes the next method for a Manual connection's client; content is
// filled in when the method bears one. It returns false when none waits.
func (b *Broker) Poll(c ConnID, m *Method, content *Content) bool {
	cn := b.conn(c)
	if cn == nil || !cn.manual || cn.toClient.len() == 0 {
		return false
	}
	*m = *cn.toClient.at(0)
	cn.toClient.drop()
	if m.content != 0 {
		if content != nil {
			b.received(m.content, content)
		}
		b.store.letGo(m.content)
	}
	if m.Op == OpTCPClose || m.Op == OpConnectionCloseOk {
		b.leave(cn)
	}
	return true
}

// emit stamps and hands out the scratch event. The caller has set it whole by [Broker.event].
//
//go:noinline
func (b *Broker) emit() { b.sink.Emit(&b.ev, nil) }

// event readies the scratch event for a broker object.
//
//go:noinline
func (b *Broker) event(k flow.Kind, v uint32) *flow.Event {
	e := b.blank(k)
	e.VHost = b.vhosts[v].name
	return e
}

// clientEvent readies the scratch event for something a client does or gets.
//
//go:noinline
func (b *Broker) clientEvent(k flow.Kind, cn *conn, channel uint16) *flow.Event {
	e := b.blank(k)
	e.VHost, e.Conn, e.Process, e.Channel = cn.vhostName, cn.name, cn.process, channel
	return e
}

// blank clears the scratch event. A literal of all fields would be made beside it and copied.
func (b *Broker) blank(k flow.Kind) *flow.Event {
	b.ev = flow.Event{}
	b.ev.At, b.ev.Kind = b.now, k
	return &b.ev
}

// reportMethod emits the Method event of m.
func (b *Broker) reportMethod(cn *conn, m *Method, toClient flow.Flags) {
	if b.omit {
		return
	}
	e := b.clientEvent(flow.Method, cn, m.Channel)
	e.Label, e.Flags = b.known.ops[m.Op], m.Flags|toClient
	e.Exchange, e.Queue, e.Key, e.Tag, e.Args = m.Exchange, m.Queue, m.Key, m.Tag, m.Args
	e.Text, e.Value, e.Count, e.Msg = m.Text, m.Value, m.Count, m.Msg
	if m.Type != 0 {
		e.Text = m.Type
	}
	if m.Delivery != 0 {
		e.Value = int64(m.Delivery)
		if m.Op == OpBasicGetOk {
			e.Count = uint32(m.Value)
		}
	}
	b.emit()
}

// reply reports a method and sends it.
func (b *Broker) reply(cn *conn, m *Method) {
	b.reportMethod(cn, m, flow.ToClient)
	b.down(cn, m)
}
