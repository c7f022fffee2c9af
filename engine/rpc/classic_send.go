package rpc

import (
	"rpcscope/engine/amqp"
	"rpcscope/engine/flow"
)

// Points of opContext.
const (
	contextLease int32 = iota
	contextOpened
	contextSent
	contextDone
)

// runContext is the library's "with ConnectionContext() as conn": it borrows a
// connection, publishes f.out, resets the connection and gives it back. With
// step it makes a connection of its own for that step's server, and closes it.
func (s *System) runContext(i int32, f *frame) bool {
	if t := &s.tasks[i]; !t.fail.isNone() {
		if f.pc == contextSent {
			f.fail = t.fail // passed on once the connection has gone back
		}
		t.fail = failure{}
	}
	switch f.pc {
	case contextLease:
		if f.step != nil {
			f.a = s.newConn(s.tasks[i].proc, roleSend, -1)
			s.conns[f.a].at = f.step.At
		} else if !s.borrow(i, f) {
			return false
		}
		f.pc = contextOpened
		return s.opened(i, f.a)
	case contextOpened:
		f.pc = contextSent
		return s.push(i, frame{op: opPublish, a: f.a, out: f.out})
	case contextSent:
		f.pc = contextDone
		if f.step != nil {
			return s.push(i, frame{op: opClose, a: f.a})
		}
		return s.push(i, frame{op: opReset, a: f.a})
	}
	if fail := f.fail; !fail.isNone() {
		return s.raise(i, fail)
	}
	return s.pop(i, Value{})
}

// Points of opPublish.
const (
	publishExchange int32 = iota
	publishQueueExchange
	publishQueue
	publishBind
	publishSend
)

// runPublish is a publisher on connection a: what it publishes to is declared
// first, then f.out sent. A lost connection is made again, and the publisher too.
func (s *System) runPublish(i int32, f *frame) bool {
	t := &s.tasks[i]
	if fail := s.refusal(t.proc, &t.in.m); t.in.lost && !fail.isNone() {
		t.in.lost = false
		return s.raise(i, fail)
	}
	if t.in.lost || t.fail.Class == "ConnectionError" {
		t.in.lost, t.fail = false, failure{}
		f.pc = publishExchange
		return s.push(i, frame{op: opReconnect, a: f.a})
	}
	c := &s.conns[f.a]
	o := &s.procs[c.proc].cfg.Options
	x := f.out.exchange
	switch f.pc {
	case publishExchange:
		f.pc = publishSend
		if f.out.notify {
			f.pc = publishQueueExchange // the queue declares the exchange as well
			return true
		}
		if f.out.kind == s.words.topic && o.DeclareOnce {
			if c.hasExchange(x) {
				return true
			}
			c.declared = append(c.declared, x)
		}
		return s.say(f.a, i, s.declareOld(o, &f.out))
	case publishQueueExchange:
		f.pc = publishQueue
		return s.say(f.a, i, s.declareOld(o, &f.out))
	case publishQueue:
		f.pc = publishBind
		return s.say(f.a, i, amqp.Method{Op: amqp.OpQueueDeclare, Queue: f.out.key, Flags: o.flags(), Args: s.queueArgs(o)})
	case publishBind:
		f.pc = publishSend
		return s.say(f.a, i, amqp.Method{Op: amqp.OpQueueBind, Queue: f.out.key, Exchange: x, Key: f.out.key})
	}
	s.publish(-1, f)
	return s.pop(i, Value{})
}

// declareOld is the declaration of what a classic publisher publishes to.
func (s *System) declareOld(o *Options, out *outgoing) amqp.Method {
	m := amqp.Method{Op: amqp.OpExchangeDeclare, Exchange: out.exchange, Type: out.kind, Flags: flow.AutoDelete}
	if out.kind == s.words.topic {
		m.Flags = o.flags()
	}
	return m
}

// runReset makes connection a ready for its next user, a new channel that is,
// and gives it back to the pool. Consumers and their auto-delete queues go with the old one.
func (s *System) runReset(i int32, f *frame) bool {
	c := &s.conns[f.a]
	in := &s.tasks[i].in
	step := f.pc
	f.pc++
	switch {
	case in.lost || step == 0 && !c.ready:
		in.lost = false // whoever borrows it next finds out
	case step == 0:
		c.ready, c.consumers, c.inbox = false, nil, nil
		return s.say(f.a, i, amqp.Method{Op: amqp.OpChannelClose})
	case step == 1:
		if in.m.Op != amqp.OpChannelCloseOk { // the answer to what was said before
			f.pc, c.waiter = step, i
			return false
		}
		return s.say(f.a, i, amqp.Method{Op: amqp.OpChannelOpen})
	default:
		s.channelOpened(c)
	}
	c.consumers = nil
	s.giveBack(f.a)
	return s.pop(i, Value{})
}

// runCleanup closes the connections of the pool that nobody uses, the one returned last first.
func (s *System) runCleanup(i int32) bool {
	p := &s.procs[s.tasks[i].proc]
	n := len(p.pool)
	if n == 0 {
		return s.pop(i, Value{})
	}
	c := p.pool[n-1]
	p.pool = p.pool[:n-1]
	p.open--
	return s.push(i, frame{op: opClose, a: c})
}
