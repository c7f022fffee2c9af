package rpc

import (
	"rpcscope/engine/flow"
)

// Points of opClassic.
const (
	classicBegin int32 = iota
	classicProxy
	classicLease
	classicOpened
	classicDeclared
	classicPublished
	classicConsumed
	classicWait
	classicReset
	classicDone
)

// runClassic is call or multicall of Nova's library (openstack/common/rpc,
// amqp.py). It declares a reply exchange and queue on a connection of the
// pool, publishes, consumes, and keeps the connection until the last message
// has come; with a single reply queue it only borrows one to publish.
// step and args say what; a is the connection, c the point to come back to when
// it is lost; at is when the call began, since when a message came last, d how many have come.
func (s *System) runClassic(i int32, f *frame) bool {
	t := &s.tasks[i]
	if t.in.lost || t.fail.Class == "ConnectionError" { // ensure: connect again, then run the method once more
		t.in.lost, t.fail = false, failure{}
		f.pc = f.c
		return s.push(i, frame{op: opReconnect, a: f.a})
	}
	if fail := t.fail; !fail.isNone() && f.pc > classicBegin && f.pc < classicWait {
		b := s.bodyOf(f.out.body)
		delete(s.calls, b.id)
		f.fail, f.pc = fail, classicReset
		t.fail = failure{}
		s.unpublished(i, f, b.id, b.class, fail)
		return true
	}
	single := s.procs[t.proc].cfg.Options.Profile == ClassicSingle
	switch f.pc {
	case classicBegin:
		if fail := f.step.refused(f.server); !fail.isNone() {
			return s.raise(i, fail)
		}
		s.request(i, f)
		f.a, f.pc = -1, classicLease
		if single {
			f.pc = classicProxy
			return s.push(i, frame{op: opReplyConn})
		}
	case classicProxy:
		f.pc = classicConsumed
		s.expectReply(i, f, s.procs[t.proc].replyQueue)
		return s.push(i, frame{op: opContext, out: f.out})
	case classicLease:
		if !s.borrow(i, f) {
			return false
		}
		f.pc = classicOpened
		s.expectReply(i, f, 0)
		return s.opened(i, f.a)
	default:
		return s.converse(i, f)
	}
	return true
}

// converse is what a call says on its connection once it has one.
func (s *System) converse(i int32, f *frame) bool {
	switch f.pc {
	case classicOpened:
		f.c, f.pc = f.pc, classicDeclared
		s.conns[f.a].consumers = nil
		s.expectOn(f)
		return s.push(i, frame{op: opConsumers, a: f.a, d: 1})
	case classicDeclared:
		f.c, f.pc = f.pc, classicPublished
		return s.push(i, frame{op: opPublish, a: f.a, out: f.out})
	case classicPublished:
		f.c, f.pc = f.pc, classicConsumed
		return s.push(i, frame{op: opConsumers, a: f.a, d: 2})
	case classicConsumed:
		f.pc, f.since = classicWait, s.now
		return true
	case classicWait:
		return s.gather(i, f)
	case classicReset:
		f.pc = classicDone
		if f.a >= 0 {
			return s.push(i, frame{op: opReset, a: f.a})
		}
	case classicDone:
		conn := f.a
		if conn < 0 {
			conn = s.procs[s.tasks[i].proc].reply
		}
		if fail := f.fail; !fail.isNone() {
			return s.raise(i, fail)
		}
		value := f.args
		if n := len(value.Items); f.step.Kind == StepCall {
			value = Value{}
			if n > 0 {
				value = f.args.Items[n-1]
			}
		}
		return s.answered(i, f, conn, f.from, value)
	}
	return true
}

// opened makes sure that a leased connection is up.
func (s *System) opened(i, conn int32) bool {
	if s.conns[conn].ready {
		return true
	}
	return s.push(i, frame{op: opReconnect, a: conn})
}

// expectReply registers the call and writes into its request where the answer is to go.
func (s *System) expectReply(i int32, f *frame, queue flow.Name) {
	b := *s.bodyOf(f.out.body)
	b.replyQueue = queue
	s.bodies[f.out.body-1] = &b
	s.calls[b.id] = call{task: i}
}

// expectOn makes the consumer of the call's own reply queue.
func (s *System) expectOn(f *frame) {
	c := &s.conns[f.a]
	c.tags++
	name := s.names.Intern(s.bodyOf(f.out.body).id.String())
	k := s.direct(&s.procs[c.proc].cfg.Options, name)
	k.tag = s.names.Intern(itoa(c.tags))
	c.consumers = append(c.consumers, k)
}

// direct is a consumer of replies with an exchange of its own.
func (s *System) direct(o *Options, name flow.Name) consumer {
	return consumer{
		exchange: name, kind: s.words.direct, queue: name, key: name, args: s.queueArgs(o),
		exFlags: flow.AutoDelete, flags: flow.AutoDelete,
	}
}

// gather waits for messages until one ends the call: each has the whole timeout to come.
func (s *System) gather(i int32, f *frame) bool {
	b := s.bodyOf(f.out.body)
	c := s.calls[b.id]
	if c.reply != 0 {
		delete(s.calls, b.id)
		f.pc = classicReset
		f.from, f.args = delivery{body: c.reply, msg: c.msg}, Value{Kind: Array, Items: c.results}
		return true
	}
	if c.beats != f.d {
		f.d, f.since = c.beats, s.now
	}
	if until := f.since + f.step.wait(&s.procs[s.tasks[i].proc].cfg.Options); s.now < until {
		if f.a >= 0 {
			f.c = classicPublished // a lost connection: everything is declared again, then consumed
			s.conns[f.a].waiter = i
		}
		s.sleep(i, until-s.now)
		return false
	}
	delete(s.calls, b.id)
	s.emit(s.tasks[i].proc, f.a, flow.Event{
		Kind: flow.Timeout, RPC: b.id, Class: flow.ClassCall, Label: s.names.Intern(b.method), Value: s.now - f.at,
	})
	s.reached(s.tasks[i].proc, HasTimedOut, b.method)
	f.pc = classicReset
	f.fail = failure{Class: "Timeout", Module: "nova.openstack.common.rpc.common", Text: "Timeout while waiting on RPC response.", where: "remote"}
	return true
}

// heard is a message for a call of the classic profiles: each result is one, the ending or a failure the last.
func (c *call) heard(r *body, d delivery) {
	c.beats++
	if r.ending || !r.fail.isNone() {
		c.reply, c.msg = d.body, d.msg
		return
	}
	n := len(c.results)
	c.results = append(c.results[:n:n], r.result) // never in place: clones share it
	c.msg = d.msg
}

// wait is how long a caller waits for an answer, or for the next message of one.
func (st *Step) wait(o *Options) int64 {
	if st.Timeout != 0 {
		return st.Timeout
	}
	return o.ResponseTimeout
}

// Points of opOldReply.
const (
	oldReplyResult int32 = iota
	oldReplyEnding
	oldReplyDone
)

// runOldReply answers the request from: args is the result, fail the
// exception; d is 1 when a generator has given its results already. A result
// is followed by a second message that ends the call; a failure is not.
func (s *System) runOldReply(i int32, f *frame) bool {
	b := &body{class: flow.ClassReply, fail: f.fail, result: f.args}
	switch f.pc {
	case oldReplyResult:
		f.pc = oldReplyEnding
		if !f.fail.isNone() {
			f.pc = oldReplyDone
		} else if f.d == 1 {
			return true
		}
	case oldReplyEnding:
		f.pc = oldReplyDone
		b.ending, b.result = true, Value{}
	default:
		return s.pop(i, Value{})
	}
	return s.sendOld(i, f.from, b)
}

// yielded sends one result of a generator; a cast's go nowhere.
func (s *System) yielded(i int32, v Value) bool {
	w := &s.tasks[i].frames[0]
	if w.op != opWork || s.bodyOf(w.from.body).class != flow.ClassCall {
		return true
	}
	return s.sendOld(i, w.from, &body{class: flow.ClassReply, result: v})
}

// sendOld publishes one message of an answer to the exchange that its request named.
func (s *System) sendOld(i int32, from delivery, b *body) bool {
	request := s.bodyOf(from.body)
	p := &s.procs[s.tasks[i].proc]
	b.id, b.unique = request.id, flow.ID(s.ids.UUID())
	b.profile, b.bare = Classic, p.cfg.Options.Bare
	to := s.names.Intern(request.id.String())
	if request.replyQueue != 0 {
		b.profile, to = ClassicSingle, request.replyQueue
	}
	if b.fail.Module == "builtins" {
		b.fail.Module = "exceptions"
	}
	b.fail.file, b.fail.function, b.fail.old = p.cfg.Program, request.method, true
	return s.push(i, frame{op: opContext, out: outgoing{body: s.keep(b), exchange: to, key: to, kind: s.words.direct}})
}
