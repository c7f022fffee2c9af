package rpc

import (
	"rpcscope/engine/amqp"
	"rpcscope/engine/flow"
)

// incoming acts on the oldest delivery of a connection.
func (s *System) incoming(i int32) {
	c := &s.conns[i]
	if len(c.inbox) == 0 {
		return // the channel was closed meanwhile
	}
	d := c.inbox[0]
	c.inbox = c.inbox[1:]
	s.read(c)
	if c.role != roleListen {
		s.replied(d)
		return
	}
	p := &s.procs[c.proc]
	v := &p.services[c.owner]
	if s.bodyOf(d.body).unreadable {
		s.skip(d)
		return
	}
	if p.early(int(c.owner)) && !v.stopping {
		s.settle(d, false)
		b := s.bodyOf(d.body)
		if v.knows(b.unique) {
			return
		}
		v.remember(b.unique)
		s.reached(c.proc, HasAcknowledged, b.method)
	}
	v.waiting = append(v.waiting, d)
	s.pump(c.proc, int(c.owner))
}

// skip gives up a message that cannot be read: oslo.messaging logs it and
// rejects it (_drivers/impl_rabbit.py, Consumer._callback), Nova's library acknowledged it.
func (s *System) skip(d delivery) {
	c := &s.conns[d.conn]
	switch {
	case s.procs[c.proc].cfg.Options.Profile.Old():
		s.settle(d, false)
	case c.ready && c.channel == d.channel:
		s.say(d.conn, -1, amqp.Method{Op: amqp.OpBasicReject, Delivery: d.tag})
	}
}

// settle acknowledges a delivery, or rejects it for another try.
func (s *System) settle(d delivery, requeue bool) {
	if s.carrier != nil {
		s.carrier.Settle(s.now, d.tag)
		return
	}
	if c := &s.conns[d.conn]; !c.ready || c.channel != d.channel {
		return // the broker has taken it back
	}
	m := amqp.Method{Op: amqp.OpBasicAck, Delivery: d.tag}
	if requeue {
		m.Op, m.Flags = amqp.OpBasicReject, flow.Requeued
	}
	s.say(d.conn, -1, m)
}

// replied is a message from the reply queue: acknowledged first, then given
// to who waits for it (oslo_messaging/_drivers/amqpdriver.py, ReplyWaiters).
func (s *System) replied(d delivery) {
	s.settle(d, false)
	b := s.bodyOf(d.body)
	p := s.conns[d.conn].proc
	c, ok := s.calls[b.id]
	switch {
	case !ok && s.procs[p].state == procStopping:
		return // its caller did not give up: it went down with its process
	case !ok:
		s.emit(p, d.conn, flow.Event{Kind: flow.LateReply, RPC: b.id, Msg: d.msg, Class: flow.ClassReply})
		return
	case b.profile.Old():
		c.heard(b, d)
	case !b.ending:
		c.beats++
		s.emit(p, d.conn, flow.Event{Kind: flow.Heartbeat, RPC: b.id, Msg: d.msg, Class: flow.ClassReply})
	case c.reply == 0:
		c.reply, c.msg = d.body, d.msg
	}
	s.calls[b.id] = c
	if t := &s.tasks[c.task]; len(t.frames) > 0 && s.top(c.task).listens() {
		s.wake(c.task, input{})
	}
}

// listens reports whether a frame waits for its call's answer.
func (f *frame) listens() bool {
	return f.op == opCall && f.pc == callWaiting || f.op == opClassic && f.pc == classicWait
}

// answered ends a call with what its reply says; conn is where it came, value what the caller gets when it is no failure.
func (s *System) answered(i int32, f *frame, conn int32, from delivery, value Value) bool {
	b, r := s.bodyOf(f.out.body), s.bodyOf(from.body)
	p := s.tasks[i].proc
	s.reached(p, HasAnswer, b.method)
	e := flow.Event{
		Kind: flow.Reply, RPC: b.id, Msg: from.msg, Class: flow.ClassCall,
		Label: s.names.Intern(b.method), Value: s.now - f.at,
	}
	if r.fail.isNone() {
		s.emit(p, conn, e)
		return s.pop(i, value)
	}
	fail := r.fail.remote(s.procs[p].cfg.Options.Allowed)
	e.Kind, e.Text, e.Args = flow.Failure, s.names.Intern(r.fail.Class), s.names.Intern(fail.Text)
	s.emit(p, conn, e)
	return s.raise(i, fail)
}

// Points of opReply.
const (
	replySend int32 = iota
	replySent
	replyWait
)

// replyRetry is the pause before a returned reply is published again
// (oslo_messaging/_drivers/amqpdriver.py, AMQPIncomingMessage.reply).
const replyRetry = int64(250e6)

// runReply publishes the answer to the request from: args is the result, fail
// the exception. A reply that comes back is published again, as a new message,
// until then. d is 0 for a heartbeat.
func (s *System) runReply(i int32, f *frame) bool {
	if s.carrier != nil {
		return s.runCarriedReply(i, f)
	}
	t := &s.tasks[i]
	o := &s.procs[t.proc].cfg.Options
	for {
		switch f.pc {
		case replySend:
			if f.until == 0 {
				f.until = s.now + o.MissingConsumerRetry
			}
			request := s.bodyOf(f.from.body)
			if s.procs[t.proc].obsolete(request.replyQueue, s.now) {
				return s.pop(i, Value{})
			}
			b := &body{
				class: flow.ClassReply, id: request.id, unique: flow.ID(s.ids.UUID()),
				result: f.args, fail: f.fail, ending: f.d != 0,
			}
			b.fail.file, b.fail.function = s.procs[t.proc].cfg.Program, request.method
			f.pc = replySent
			return s.push(i, frame{op: opSend, a: -1, out: s.replyTo(o, request.replyQueue, s.keep(b))})
		case replySent:
			if !t.fail.isNone() { // logged, and that is all
				return s.pop(i, Value{Kind: Bool, True: true})
			}
			if f.d != 0 && !t.value.True {
				s.reached(t.proc, HasReplied, s.bodyOf(f.from.body).method)
			}
			if !t.value.True || f.d == 0 {
				return s.pop(i, t.value)
			}
			if s.now >= f.until {
				s.procs[t.proc].forget(s.bodyOf(f.from.body).replyQueue, s.now)
				return s.pop(i, Value{})
			}
			f.pc = replyWait
			s.sleep(i, replyRetry)
			return false
		case replyWait:
			f.pc = replySend
		}
	}
}
