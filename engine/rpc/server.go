package rpc

import (
	"rpcscope/engine/flow"
)

// pump lets idle workers of a service take waiting messages.
func (s *System) pump(p int32, k int) {
	for {
		v := &s.procs[p].services[k]
		early := s.procs[p].early(k)
		if len(v.waiting) == 0 || v.running >= s.procs[p].executor(k) || v.stopping && !early {
			return
		}
		d := v.waiting[0]
		v.waiting = v.waiting[1:]
		if !early && v.knows(s.bodyOf(d.body).unique) {
			if !s.procs[p].defers(k) { // a listener of oslo.messaging leaves it unacknowledged
				s.settle(d, false)
			}
			continue
		}
		v.running++
		op := opWork
		if k >= len(s.procs[p].cfg.Servers) {
			op = opHandle
		}
		s.start(p, frame{op: op, a: int32(k), from: d})
	}
}

// workerDone frees a worker, for the next message or for who waits to stop.
func (s *System) workerDone(p int32, k int) {
	s.procs[p].services[k].running--
	if t := s.procs[p].stopper; t >= 0 && s.top(t).op == opStop && s.top(t).pc == stopWorkers {
		s.sleep(t, 0)
	}
	s.pump(p, k)
}

// workerOverhead is what unpacking a request and finding its method costs at
// least; it takes a real server a millisecond or more, so that the
// acknowledgement is always on its way well before the reply.
const workerOverhead = int64(600e3)

// Points of opWork.
const (
	workBegin int32 = iota
	workEntered
	workRan
	workFinished
	workReplied
)

// runWork is a worker thread with one request, of service a: acknowledge
// unless that was done before, dispatch, run, reply (oslo_messaging/rpc/server.py, _process_incoming).
// b is the watchdog's task plus one, c is 1 when the method is a generator; at is when the method began.
func (s *System) runWork(i int32, f *frame) bool {
	t := &s.tasks[i]
	p := t.proc
	b := s.bodyOf(f.from.body)
	switch f.pc {
	case workBegin:
		f.pc = workEntered
		f.at = s.now
		if !s.procs[p].early(int(f.a)) {
			s.settle(f.from, false)
			s.procs[p].services[f.a].remember(b.unique)
			s.reached(p, HasAcknowledged, b.method)
		}
		s.emit(p, f.from.conn, s.about(flow.Dispatch, b, f.from))
		s.sleep(i, s.stretch(p, workerOverhead+s.cfg.Handling.Draw(&s.times)))
		return false
	case workEntered:
		f.pc = workRan
		return s.enter(i, f, b)
	case workRan:
		value, fail := t.value, t.fail
		e := s.about(flow.Finish, b, f.from)
		e.Text, e.Value = s.names.Intern(fail.Class), s.now-f.at
		s.emit(p, f.from.conn, e)
		s.callOff(f.b - 1)
		s.tasks[i].value, s.tasks[i].fail = value, fail
		if s.reached(p, HasFinished, b.method) { // before the answer leaves
			f.pc = workFinished
			s.sleep(i, 0)
			return false
		}
		return s.respond(i, f, b)
	case workFinished:
		return s.respond(i, f, b)
	}
	k := int(f.a)
	s.pop(i, Value{})
	s.workerDone(p, k)
	return true
}

// respond sends what the method gave, to who called it.
func (s *System) respond(i int32, f *frame, b *body) bool {
	t := &s.tasks[i]
	value, fail := t.value, t.fail
	t.fail = failure{}
	f.pc = workReplied
	switch {
	case b.class != flow.ClassCall:
		return true
	case s.procs[t.proc].cfg.Options.Profile.Old():
		return s.push(i, frame{op: opOldReply, from: f.from, args: value, fail: fail, d: f.c})
	}
	return s.push(i, frame{op: opReply, from: f.from, args: value, fail: fail, d: 1})
}

// enter finds the method and begins it.
func (s *System) enter(i int32, f *frame, b *body) bool {
	p := s.tasks[i].proc
	srv := &s.procs[p].cfg.Servers[f.a]
	old := s.procs[p].cfg.Options.Profile.Old()
	if !old && b.class == flow.ClassCall && b.monitor >= watchdogLeast {
		f.b = s.spawn(p, frame{op: opWatchdog, from: f.from, at: b.monitor / 2}) + 1
		s.sleep(f.b-1, b.monitor/2)
	}
	endpoint, method, fail := srv.find(b.method, b.namespace, b.version, s.procs[p].version, old)
	if !fail.isNone() {
		f.b = 0 // a request that no endpoint serves leaves its watchdog running (rpc/dispatcher.py, RPCDispatcher.dispatch)
	} else {
		if text := endpoint.Refuses(method, &b.args); text != "" {
			fail = failure{Class: "TypeError", Module: "builtins", Text: text, where: "call"}
		}
	}
	if !fail.isNone() {
		s.tasks[i].value, s.tasks[i].fail = Value{}, fail
		return true
	}
	if method.generates() {
		f.c = 1
	}
	return s.push(i, frame{op: opSteps, steps: method.Steps, args: b.args, ctx: b.ctx})
}

// generates reports whether a method gives its results one by one.
func (m *Method) generates() bool {
	for i := range m.Steps {
		if m.Steps[i].Kind == StepYield {
			return true
		}
	}
	return false
}

// watchdogLeast is the shortest monitor period that a server honours
// (oslo_messaging/_drivers/amqpdriver.py refuses intervals below one second).
const watchdogLeast = int64(2e9)

// runWatchdog sends a heartbeat each at nanoseconds until it is called off, d
// is then 1, or one comes back: it gives up when the reply queue is not there.
func (s *System) runWatchdog(i int32, f *frame) bool {
	t := &s.tasks[i]
	if f.d == 1 || f.pc == 1 && (t.value.True || !t.fail.isNone()) {
		return s.pop(i, Value{})
	}
	if f.pc == 0 {
		f.pc = 1
		return s.push(i, frame{op: opReply, from: f.from})
	}
	f.pc = 0
	s.sleep(i, f.at)
	return false
}

// callOff ends a watchdog; one that is just sending finishes that first.
func (s *System) callOff(i int32) {
	if i < 0 {
		return
	}
	if t := &s.tasks[i]; len(t.frames) > 1 {
		t.frames[0].d = 1
		return
	}
	s.kill(i)
}

// runHandle is a listener with one notification: it acknowledges after
// handling, or puts it back the first time (oslo_messaging/notify/listener.py).
func (s *System) runHandle(i int32, f *frame) bool {
	p := s.tasks[i].proc
	k := int(f.a)
	l := &s.procs[p].cfg.Listeners[k-len(s.procs[p].cfg.Servers)]
	b := s.bodyOf(f.from.body)
	old := s.procs[p].cfg.Options.Profile.Old()
	if f.pc == 0 {
		f.pc = 1
		if old { // Nova's library acknowledges as soon as it has handed the message over
			s.settle(f.from, false)
		}
		s.emit(p, f.from.conn, s.about(flow.Notification, b, f.from))
		s.sleep(i, s.stretch(p, l.Handling.Draw(&s.times)))
		return false
	}
	v := &s.procs[p].services[k]
	again := l.RequeueOnce && !f.from.redelivered
	if !again {
		v.remember(b.unique)
	}
	s.handled(p, k, handled{from: f.from, again: again, method: b.method})
	s.pop(i, Value{})
	s.workerDone(p, k)
	return true
}

// about is an event that concerns a delivered message.
func (s *System) about(k flow.Kind, b *body, d delivery) flow.Event {
	e := flow.Event{Kind: k, RPC: b.id, Msg: d.msg, Class: b.class, Label: s.names.Intern(b.method)}
	if d.redelivered {
		e.Flags = flow.Redelivered
	}
	return e
}

// emit reports an event of a process; c is the connection it belongs to, −1 for none.
func (s *System) emit(p, c int32, e flow.Event) {
	e.At, e.Process, e.VHost = s.now, s.procs[p].name, s.vhost
	if c >= 0 {
		if e.Conn = s.broker.ConnName(s.conns[c].id); e.Conn != 0 {
			e.Channel = theChannel
		}
	}
	s.sink.Emit(&e, nil)
}
