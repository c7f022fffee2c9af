package rpc

import (
	"slices"

	"rpcscope/engine/flow"
)

// Points of opStart.
const (
	startBegin int32 = iota
	startOpen
	startConsume
	startNext
	startFailed
)

// runStart brings a process up: its servers and listeners one after the other,
// then its threads. b is the service that starts, a its connection.
func (s *System) runStart(i int32, f *frame) bool {
	t := &s.tasks[i]
	pi := t.proc
	p := &s.procs[pi]
	if t.fail.Class == "ConnectionError" { // not there or gone again: try once more after a while
		t.fail = failure{}
		f.pc = startOpen
		return s.again(i, f, true)
	}
	if fail := t.fail; !fail.isNone() { // nothing handles what start() raises
		if f.fail = fail; p.cfg.Options.Profile.Old() {
			s.crash(pi, fail)
			return false
		}
		f.pc = startFailed
		return s.push(i, frame{op: opClose, a: f.a})
	}
	n := len(p.cfg.Servers) + len(p.cfg.Listeners)
	switch f.pc {
	case startBegin:
		p.state = procStarting
		p.services = make([]service, n)
		for k := range p.services {
			p.services[k].conn = -1
		}
		s.emit(pi, -1, flow.Event{
			Kind: flow.ProcessStart, Label: s.names.Intern(p.cfg.Program), Text: s.names.Intern(p.cfg.Host), Key: s.role(p.cfg), Value: int64(p.pid),
			Args: s.names.Intern(anatomy(p.cfg)),
		})
		f.pc = startOpen
		if s.carrier != nil {
			s.carrier.Start(s.now, pi)
		}
	case startOpen:
		if int(f.b) == n {
			return s.ready(i)
		}
		if s.carrier != nil {
			f.pc = startNext
			return s.push(i, frame{op: opServe, a: f.b})
		}
		if f.a = p.services[f.b].conn; f.a < 0 {
			f.a = s.newConn(pi, roleListen, f.b)
			p.services[f.b].conn = f.a
		} else { // the one that did not come up
			s.conns[f.a] = conn{proc: pi, role: roleListen, owner: f.b, waiter: -1}
		}
		s.conns[f.a].consumers = s.consumers(p, int(f.b))
		f.pc = startConsume
		return s.push(i, frame{op: opOpen, a: f.a})
	case startConsume:
		f.pc = startNext
		return s.push(i, frame{op: opConsumers, a: f.a, d: 3})
	case startNext:
		f.b++
		f.pc = startOpen
	case startFailed:
		s.crash(pi, f.fail)
		return false
	}
	return true
}

// again waits before the next attempt to connect; c counts those that failed.
func (s *System) again(i int32, f *frame, fresh bool) bool {
	p := s.tasks[i].proc
	o := &s.procs[p].cfg.Options
	if f.c++; o.exhausted(f.c) {
		s.die(p, s.words.exited)
		return false
	}
	s.sleep(i, o.pause(f.c, fresh))
	return false
}

// ready lets the process's threads begin.
func (s *System) ready(i int32) bool {
	pi := s.tasks[i].proc
	p := &s.procs[pi]
	s.pop(i, Value{})
	p.state = procReady
	s.emit(pi, -1, flow.Event{Kind: flow.ProcessReady})
	s.reached(pi, HasStarted, "")
	for k := range p.cfg.Threads {
		s.start(pi, frame{op: opThread, a: int32(k)})
	}
	return true
}

// role says which side of RPC a process is on: "invoker" when it sends, "worker" when it serves.
func (s *System) role(c *Process) flow.Name {
	if c.Runs != "" {
		return s.names.Intern("daemon")
	}
	serves := len(c.Servers)+len(c.Listeners) > 0
	any := false
	for i := range c.Threads {
		any = any || sends(c.Threads[i].Steps)
	}
	for i := range c.REST {
		any = any || sends(c.REST[i].Steps)
	}
	for i := range c.WSGI {
		any = any || sends(c.WSGI[i].Steps)
	}
	for i := range c.Servers {
		for k := range c.Servers[i].Endpoints {
			for m := range c.Servers[i].Endpoints[k].Methods {
				any = any || sends(c.Servers[i].Endpoints[k].Methods[m].Steps)
			}
		}
	}
	switch {
	case serves && any:
		return s.words.both
	case serves:
		return s.words.worker
	case any || !c.RESTOnly:
		return s.words.invoker
	}
	return 0
}

// sends reports whether steps send anything to the broker.
func sends(steps []Step) bool {
	for i := range steps {
		switch steps[i].Kind {
		case StepCall, StepMulticall, StepCast, StepFanout, StepNotify:
			return true
		}
		for _, b := range steps[i].Branches {
			if sends(b) {
				return true
			}
		}
	}
	return false
}

// consumers are what service k declares and reads.
func (s *System) consumers(p *proc, k int) []consumer {
	n := s.names
	o := &p.cfg.Options
	args := s.queueArgs(o)
	if k >= len(p.cfg.Servers) {
		return s.listenerConsumers(p, &p.cfg.Listeners[k-len(p.cfg.Servers)])
	}
	srv := &p.cfg.Servers[k]
	x := n.Intern(srv.Exchange)
	own := srv.Topic + "." + srv.Name
	fan := srv.Topic + "_fanout"
	shared := consumer{exchange: x, kind: s.words.topic, queue: n.Intern(srv.Topic), key: n.Intern(srv.Topic), args: args, exFlags: o.flags(), flags: o.flags(), tag: s.words.tags[1]}
	single := shared
	single.queue, single.key, single.tag = n.Intern(own), n.Intern(own), s.words.tags[2]
	if o.Profile.Old() {
		exchange, unique := n.Intern(fan), n.Intern(fan+"_"+s.unique(p))
		last := s.direct(o, unique)
		last.exchange, last.kind, last.key, last.tag = exchange, s.words.fanout, shared.key, s.words.tags[3]
		return []consumer{shared, single, last}
	}
	fanout := consumer{
		exchange: n.Intern(fan), kind: s.words.fanout, queue: n.Intern(fan + "_" + s.unique(p)), key: n.Intern(srv.Topic),
		args: s.transient(o), flags: o.transientFlags(), exFlags: flow.AutoDelete, tag: s.words.tags[3],
	}
	return []consumer{shared, single, fanout}
}

// listenerConsumers are one queue per topic and priority, or the pool's one bound to all of them.
func (s *System) listenerConsumers(p *proc, l *Listener) (list []consumer) {
	n := s.names
	o := &p.cfg.Options
	for _, topic := range l.Topics {
		for _, priority := range l.Priorities {
			key := topic + "." + priority
			c := consumer{exchange: n.Intern(l.Exchange), kind: s.words.topic, queue: n.Intern(key), key: n.Intern(key), args: s.queueArgs(o), exFlags: o.flags(), flags: o.flags()}
			if l.Pool != "" {
				c.queue = n.Intern(l.Pool)
			}
			distinct := 1
			for i := range list {
				c.shared = c.shared || list[i].queue == c.queue
				if !list[i].shared {
					distinct++
				}
			}
			c.tag = n.Intern(itoa(distinct))
			list = append(list, c)
		}
	}
	return list
}

// untilRetried is how long a thread waits that an exception must not end (oslo_utils/excutils.py, forever_retry_uncaught_exceptions).
const untilRetried = int64(1e9)

// Points of opReconnect.
const (
	reconnectBegin int32 = iota
	reconnectDial
	reconnectOpened
	reconnectDone
	reconnectRefused
	reconnectChannel
	reconnectAgain
)

// runReconnect opens a lost listening or reply connection a again, under the
// same names: LC and RC notice the loss at once. A new reply connection begins
// at its last point, when only the consuming is left to do (b is 1).
func (s *System) runReconnect(i int32, f *frame) bool {
	t := &s.tasks[i]
	p := &s.procs[t.proc]
	switch {
	case t.fail.Class == "ConnectionError":
		t.fail = failure{}
		f.pc, f.b = reconnectDial, 0
		if f.until == 0 {
			s.round(f)
		}
		if f.until > 0 && s.now >= f.until { // the poll is over, and with it this round of attempts
			f.since, f.until, f.c = s.now, s.now+min(2*(f.until-f.since), pollLast), 0
			s.sleep(i, p.cfg.Options.pause(0, false))
			return false
		}
		return s.again(i, f, false)
	case t.fail.isNone():
	case s.conns[f.a].role == roleSend: // ensure passes on what is no matter of the connection
		return s.raise(i, t.fail)
	default: // the thread that reads logs it and tries again on another channel
		t.fail = failure{}
		f.pc, f.b, f.c = reconnectChannel, 0, 0
	}
	switch f.pc {
	case reconnectRefused:
		f.pc = reconnectChannel
		return s.push(i, frame{op: opReopen, a: f.a})
	case reconnectChannel:
		f.pc = reconnectAgain
		s.sleep(i, untilRetried)
		return false
	case reconnectAgain:
		f.pc = reconnectOpened
		if c := &s.conns[f.a]; c.stale || c.state != connOpen {
			s.abandon(f.a)
			f.pc = reconnectBegin
			return true
		}
		return s.push(i, frame{op: opOpen, a: f.a})
	case reconnectBegin:
		f.pc = reconnectDial
		s.round(f)
		if d := p.cfg.Options.pause(0, false); d > 0 {
			s.sleep(i, d)
			return false
		}
		return true
	case reconnectDial:
		f.pc = reconnectOpened
		c := &s.conns[f.a]
		if c.owner >= 0 && c.role == roleListen {
			p.services[c.owner].waiting = nil // unacknowledged: the broker will deliver them again
		}
		*c = conn{proc: c.proc, owner: c.owner, role: c.role, waiter: -1, consumers: c.consumers, at: c.at, usual: true}
		return s.push(i, frame{op: opOpen, a: f.a})
	case reconnectOpened:
		f.pc = reconnectDone
		d := 3 - f.b
		if s.conns[f.a].role == roleSend {
			d = 1 // who borrowed it consumes
		}
		return s.push(i, frame{op: opConsumers, a: f.a, d: d})
	}
	return s.pop(i, Value{})
}

// canceled is the broker saying that the queue of one of the connection's consumers is gone.
func (s *System) canceled(i int32) {
	c := &s.conns[i]
	if s.procs[c.proc].state != procReady && s.procs[c.proc].state != procStarting {
		return
	}
	// kombu takes it for a lost connection: the channel is made again and everything declared anew.
	s.broker.Cut(s.now, c.id)
	s.lost(i)
}

// Ready reports whether the process called name is up and can be asked to send.
func (s *System) Ready(name string) bool {
	p := s.procByName(name)
	return p >= 0 && s.procs[p].state == procReady
}

// HasQueue reports whether the broker has a queue called name that an operator may touch.
func (s *System) HasQueue(name string) bool {
	_, _, ok := s.broker.Depth(s.vhost, s.names.Intern(name))
	return ok && s.carrier == nil
}

// die ends a process at once: its connections drop, its threads are gone.
func (s *System) die(p int32, how flow.Name) {
	if st := s.procs[p].state; st == procStopped || st == procWaiting {
		return
	}
	for i := range s.conns {
		if c := &s.conns[i]; c.proc == p && c.state != connClosed && c.id != 0 {
			c.state, c.waiter, c.ready, c.inbox = connClosed, -1, false, nil
			s.broker.Cut(s.now, c.id)
			delete(s.byID, c.id)
		}
	}
	s.ended(p, how)
}

// crash ends a process by an exception that nothing handles.
func (s *System) crash(p int32, fail failure) {
	s.procs[p].died = s.names.Intern(fail.Class + ": " + fail.Text)
	s.die(p, s.words.exited)
}

// ended is the end of a process, however it came.
func (s *System) ended(p int32, how flow.Name) {
	s.quiet(p, -1)
	q := &s.procs[p]
	q.state, q.stopper = procStopped, -1
	q.pool, q.queueing, q.replyWait, q.open = nil, nil, nil, 0
	q.reply, q.replyState = -1, replyNone
	for k := range q.services {
		q.services[k].waiting, q.services[k].handled, q.services[k].running = nil, nil, 0
	}
	if s.carrier != nil {
		s.carrier.Stop(s.now, p, how == s.words.killed)
	}
	q.paused, q.held, q.slow = false, nil, 0
	s.emit(p, -1, flow.Event{Kind: flow.ProcessStop, Label: how, Text: q.died})
	q.died = 0
	if q.again {
		q.again = false
		s.acts = append(s.acts, Act{Kind: ActStart, Process: q.cfg.Name, At: s.now + restartPause, quiet: true})
		s.acts = slices.Clip(s.acts)
		s.schedule(int32(len(s.acts) - 1))
	}
	s.reached(p, HasStopped, "")
}
