package rpc

import (
	"rpcscope/engine/amqp"
	"rpcscope/engine/flow"
	"rpcscope/engine/sim"
)

// role of a connection, as oslo.messaging uses them: each has one purpose and one channel.
type role uint8

const (
	roleListen role = iota // of a server or a listener
	roleReply              // of a transport, for the replies to its calls
	roleSend               // of the pool
)

type connState uint8

const (
	connOpening connState = iota
	connOpen
	connLost
	connClosed
)

// conn is the client's side of one connection.
type conn struct {
	id    amqp.ConnID
	proc  int32
	owner int32 // which of the process's servers, then listeners, a listening connection belongs to
	// waiter is the task that waits for the broker's next word, -1 for none.
	waiter    int32
	role      role
	state     connState
	ready     bool // the channel is open
	confirms  bool
	returned  bool
	declared  []flow.Name
	queues    []binding
	consumers []consumer
	inbox     []delivery
	// late are answers that came while the process was busy.
	late []input
	// handled is when the delivery that came last is acted upon.
	handled int64
	// tags is how many consumers it has had; at where it connects to, nil for the transport's broker.
	tags int
	at   *Address
	// idleSince is when it came back to the pool.
	idleSince int64
	// usual: its channel is the one that the client library keeps for the connection and takes again. stale: that one is closed.
	// spent: a request was given up on it.
	usual, stale, spent bool
	// polled is when its reader had something to read last.
	polled int64
	// channel counts the channels of all connections: which one it has now.
	channel uint32
}

// binding is a notification queue that was declared on a channel.
type binding struct{ exchange, key flow.Name }

// consumer is an object that a connection declares and consumes, again after each reconnection.
type consumer struct {
	exchange, kind, queue, key, args, tag flow.Name
	exFlags, flags                        flow.Flags
	// shared: an earlier consumer of the connection already reads this queue.
	shared bool
}

// delivery is one message handed to a client, not yet acknowledged.
type delivery struct {
	conn, body  int32
	channel     uint32
	tag         uint64
	msg         flow.MsgID
	consumer    flow.Name
	redelivered bool
}

func (c *conn) clone() conn {
	d := *c
	d.declared = append([]flow.Name(nil), c.declared...)
	d.queues = append([]binding(nil), c.queues...)
	d.consumers = append([]consumer(nil), c.consumers...)
	d.inbox = append([]delivery(nil), c.inbox...)
	d.late = append([]input(nil), c.late...)
	return d
}

// theChannel is the only channel that oslo.messaging opens on a connection.
const theChannel = 1

// newConn prepares a connection; opOpen dials it.
func (s *System) newConn(p int32, r role, owner int32) int32 {
	s.conns = append(s.conns, conn{proc: p, role: r, owner: owner, waiter: -1})
	return int32(len(s.conns) - 1)
}

// say sends a method on a connection's channel. The task, when not −1, is who waits for the answer.
func (s *System) say(c, waiter int32, m amqp.Method) bool {
	k := &s.conns[c]
	if waiter >= 0 {
		k.waiter = waiter
	}
	m.Channel = theChannel
	if m.Op == amqp.OpConnectionClose {
		m.Channel = 0
	}
	s.broker.Send(s.now, k.id, &m)
	return false
}

// Receive implements [amqp.Receiver].
func (s *System) Receive(now int64, id amqp.ConnID, m *amqp.Method, content *amqp.Content) {
	s.now = now
	i, ok := s.byID[id]
	if !ok {
		return
	}
	c := &s.conns[i]
	switch m.Op {
	case amqp.OpBasicDeliver:
		if !c.ready && c.role == roleSend {
			return // for a channel that was closed
		}
		d := delivery{conn: i, channel: c.channel, tag: m.Delivery, msg: m.Msg, consumer: m.Tag, redelivered: m.Flags&flow.Redelivered != 0}
		if content != nil {
			d.body = int32(content.Body)
		}
		c.inbox = append(c.inbox, d)
		c.handled = max(c.handled, now+s.stretch(c.proc, s.cfg.Handling.Draw(&s.times)))
		if c.role == roleListen {
			s.reached(c.proc, HasFetched, s.bodyOf(d.body).method)
		}
		s.queue.Push(sim.Item{At: c.handled, Kind: kindIncoming, A: uint32(i)})
	case amqp.OpBasicReturn:
		c.returned = true
	case amqp.OpBasicCancel:
		s.canceled(i)
	case amqp.OpChannelClose:
		s.channelClosed(i, m)
	case amqp.OpConnectionBlocked:
		s.limitPublish(c)
	case amqp.OpConnectionClose, amqp.OpConnectionUnblocked:
	case amqp.OpTCPClose:
		s.lost(i)
	default:
		s.answer(i, input{m: *m})
	}
}

// answer wakes who waits for a connection's word.
func (s *System) answer(i int32, in input) {
	c := &s.conns[i]
	if p := &s.procs[c.proc]; p.stuck(s.now, -1) { // read when there is time again
		c.late = append(c.late, in)
		s.queue.Push(sim.Item{At: p.busy, Kind: kindLate, A: uint32(i)})
		return
	}
	if t := c.waiter; t >= 0 {
		c.waiter = -1
		s.wake(t, in)
	}
}

// overdue takes up the answer that waited longest.
func (s *System) overdue(i int32) {
	if c := &s.conns[i]; len(c.late) > 0 {
		in := c.late[0]
		c.late = c.late[1:]
		s.answer(i, in)
	}
}

// lost is a connection gone without the client having asked for it.
func (s *System) lost(i int32) {
	c := &s.conns[i]
	delete(s.byID, c.id)
	if c.state == connClosed {
		return
	}
	c.state, c.ready, c.confirms = connLost, false, false
	c.declared, c.queues, c.inbox = nil, nil, nil
	p := &s.procs[c.proc]
	if p.state == procStopped {
		c.state = connClosed
		return
	}
	waited := c.waiter >= 0
	s.answer(i, input{lost: true})
	switch {
	case waited: // that task sees to it
	case c.role == roleSend && p.cfg.Options.Profile.Old(): // nobody looks after it before its next use
	case c.role == roleSend:
		s.start(c.proc, frame{op: opRefresh, a: i})
	case p.state == procReady || p.state == procStarting:
		s.start(c.proc, frame{op: opReconnect, a: i})
	}
}

// connectionLost is what a frame raises when the connection under it went away.
func connectionLost() failure {
	return failure{Class: "ConnectionError", Module: "builtins", Text: "Server unexpectedly closed connection"}
}

// runOpen opens connection a and its channel; a connection that is open gets a new channel.
func (s *System) runOpen(i int32, f *frame) bool {
	c := &s.conns[f.a]
	in := &s.tasks[i].in
	if in.timer && f.pc > 0 && c.state != connOpen { // the broker was not to be reached
		s.abandon(f.a)
		in.lost = true
	}
	if in.lost && f.pc > 0 {
		return s.raise(i, connectionLost())
	}
	switch f.pc {
	case 0:
		f.pc = 1
		if c.state != connOpen {
			if 2*s.procs[c.proc].delay >= connectTimeout { // the answer to the first packet would come too late
				s.sleep(i, connectTimeout)
				return false
			}
			s.dial(f.a)
			if c.id == 0 {
				c.state = connClosed
				return s.raise(i, connectionLost())
			}
			c.waiter = i
			s.limitDial(f.a)
			return false
		}
		c.usual = true
		fallthrough
	case 1:
		f.pc = 2
		c.state = connOpen
		return s.say(f.a, i, amqp.Method{Op: amqp.OpChannelOpen})
	case 2:
		f.pc = 3
		if n := s.procs[c.proc].cfg.Options.Prefetch; n > 0 && c.role != roleSend {
			return s.say(f.a, i, amqp.Method{Op: amqp.OpBasicQos, Count: uint32(n)})
		}
	}
	s.channelOpened(c)
	return s.pop(i, Value{})
}

// channelOpened: what comes from now on is of another channel.
func (s *System) channelOpened(c *conn) {
	s.channels++
	c.ready, c.channel, c.polled = true, s.channels, s.now
}

func (s *System) dial(i int32) {
	c := &s.conns[i]
	p := &s.procs[c.proc]
	name := p.cfg.Program + ":" + itoa(p.pid) + ":" + s.ids.UUID().String()
	d := amqp.Dial{
		Process: p.name, Name: s.names.Intern(name), VHost: s.vhost,
		Latency: s.cfg.Latency, Rand: s.seeds.Stream("link " + name),
		Heartbeat: p.cfg.Options.Heartbeat, Delay: p.delay,
	}
	if p.cfg.Options.Profile.Old() { // clients of that time announced neither names nor capabilities
		d.Name, d.NoCapabilities = 0, true
	}
	if a := c.at; a != nil {
		if a.VHost != "" {
			d.VHost = s.names.Intern(a.VHost)
		}
		if a.User != "" {
			d.User, d.Password = s.names.Intern(a.User), s.names.Intern(a.Password)
		}
	}
	c.id = s.broker.Dial(s.now, d)
	if c.id != 0 {
		s.byID[c.id] = i
		if p.cut || p.paused || p.delay != 0 {
			s.reach(c.proc)
		}
	}
}

// runConsumers declares what connection a consumes, and consumes it: d says which (1 declare, 2 consume).
func (s *System) runConsumers(i int32, f *frame) bool {
	if !f.fail.isNone() {
		return s.raise(i, f.fail)
	}
	list := s.conns[f.a].consumers
	old := s.procs[s.conns[f.a].proc].cfg.Options.Profile.Old()
	if in := &s.tasks[i].in; in.lost {
		in.lost = false
		fail := s.refusal(s.tasks[i].proc, &in.m)
		switch {
		case fail.isNone():
			return s.raise(i, connectionLost())
		case old:
			return s.raise(i, fail)
		}
		f.fail = fail
		return s.push(i, frame{op: opReopen, a: f.a})
	}
	for f.d&1 != 0 {
		if int(f.b) == len(list) {
			f.d &^= 1
			f.b = 0
			break
		}
		k := &list[f.b]
		step := f.pc
		f.pc++
		switch {
		case step == 0 && k.exchange != 0:
			return s.say(f.a, i, amqp.Method{Op: amqp.OpExchangeDeclare, Exchange: k.exchange, Type: k.kind, Flags: k.exFlags})
		case step == 1:
			return s.say(f.a, i, amqp.Method{Op: amqp.OpQueueDeclare, Queue: k.queue, Flags: k.flags, Args: k.args})
		case step == 2 && k.exchange != 0:
			return s.say(f.a, i, amqp.Method{Op: amqp.OpQueueBind, Queue: k.queue, Exchange: k.exchange, Key: k.key})
		case step == 3:
			f.pc = 0
			f.b++
		}
	}
	for f.d&2 != 0 && int(f.b) < len(list) {
		k := &list[f.b]
		f.b++
		m := amqp.Method{Op: amqp.OpBasicConsume, Queue: k.queue, Tag: k.tag}
		switch {
		case k.shared:
		case old && int(f.b) < len(list): // only the last one waits
			m.Flags = flow.NoWait
			s.say(f.a, -1, m)
		default:
			return s.say(f.a, i, m)
		}
	}
	return s.pop(i, Value{})
}
