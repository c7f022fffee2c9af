package rpc

import (
	"rpcscope/engine/amqp"
	"rpcscope/engine/flow"
	"rpcscope/engine/sim"
	"rpcscope/engine/transport"
)

// maxSlow is the greatest time that slowing down may make of one, in nanoseconds.
const maxSlow = int64(24 * 3600e9)

// stretch is how long something takes in a process that was slowed down.
func (s *System) stretch(p int32, d int64) int64 {
	slow := s.procs[p].slow
	if slow == 0 {
		return d
	}
	if d > maxSlow/slow*1000 {
		return maxSlow
	}
	return d * slow / 1000
}

// serves reports whether a task is work that others asked for, which is what slowing down is about: waiting in a process's own threads is not.
func (t *task) serves() bool {
	return len(t.frames) > 0 && (t.frames[0].op == opWork || t.frames[0].op == opHandle || t.frames[0].op == opAnswerREST || t.frames[0].op == opBranch)
}

// late is what happened to a process while it was paused, in order: a task that would have woken, or what a carrier brought.
type late struct {
	task  int32
	in    input
	timer uint32 // of the task when in is its timer
	// given is a delivery of a carrier; conn and kind are an item that would have been run.
	given   transport.Delivery
	isGiven bool
	kind    uint16
	conn    uint32
}

// pause stops a process where it stands: nothing in it runs and nothing is read.
func (s *System) pause(p int32) {
	q := &s.procs[p]
	if q.paused || q.state == procStopped || q.state == procWaiting {
		return
	}
	q.paused = true
	s.emit(p, -1, flow.Event{Kind: flow.ProcessPause})
	s.reach(p)
}

// resume lets it go on: timers that are over fire at once, then comes what is there to be read.
func (s *System) resume(p int32) {
	q := &s.procs[p]
	if !q.paused {
		return
	}
	q.paused = false
	s.emit(p, -1, flow.Event{Kind: flow.ProcessContinue})
	held := q.held
	q.held = nil
	for i := range held {
		h := &held[i]
		switch {
		case s.procs[p].paused || s.procs[p].state == procStopped: // again, by what was just done
			return
		case h.isGiven:
			s.Delivered(s.now, h.given)
		case h.kind != 0:
			s.queue.Push(sim.Item{At: s.now, Kind: h.kind, A: h.conn})
		case h.in.timer && (!s.tasks[h.task].alive || s.tasks[h.task].timer != h.timer):
		default:
			s.wake(h.task, h.in)
		}
	}
	s.reach(p)
}

// slowDown makes what a process does take thousandths of the usual time.
func (s *System) slowDown(p int32, thousandths int64) {
	q := &s.procs[p]
	if thousandths == 1000 {
		thousandths = 0
	}
	if q.slow == thousandths || q.state == procStopped || q.state == procWaiting {
		return
	}
	q.slow = thousandths
	s.emit(p, -1, flow.Event{Kind: flow.ProcessSlow, Value: max(thousandths, 1000*b2i(thousandths == 0))})
}

func b2i(b bool) int64 {
	if b {
		return 1
	}
	return 0
}

// reach tells the broker what passes between it and a process.
func (s *System) reach(p int32) {
	q := &s.procs[p]
	silent := q.cut || q.paused || s.now < q.busy
	s.broker.SetReach(s.now, q.name, amqp.Reach{HoldUp: q.cut, HoldDown: q.cut || q.paused, Silent: silent, Delay: q.delay})
}

// missBeats lets a process of green threads that is busy for so long send no
// heartbeats meanwhile: the broker closes its connections when it has missed two or three.
func (s *System) missBeats(p int32, d int64) {
	if beat := s.procs[p].cfg.Options.Heartbeat; beat > 0 && d >= beat && s.carrier == nil {
		s.reach(p)
		s.queue.Push(sim.Item{At: s.now + d, Kind: kindAwake, A: uint32(p)})
	}
}

// cutLink lets nothing pass between a process and the broker, not even on new
// connections. A client notices when it misses heartbeats.
func (s *System) cutLink(p int32) {
	q := &s.procs[p]
	if q.cut {
		return
	}
	q.cut = true
	q.cuts++
	s.emit(p, -1, flow.Event{Kind: flow.NetworkCut})
	s.reach(p)
	s.watchBeats(p)
	for i := range s.conns {
		if c := &s.conns[i]; c.proc == p {
			s.limitPublish(c)
		}
	}
	s.limitDials(p)
}

// connectTimeout is how long the client library tries to reach the broker
// before it is tried again (kombu/connection.py, connect_timeout).
const connectTimeout = int64(5e9)

// limitDial lets an attempt to connect end when the link is cut, or takes that back.
func (s *System) limitDial(i int32) {
	c := &s.conns[i]
	if c.waiter < 0 || c.state != connOpening {
		return
	}
	t := &s.tasks[c.waiter]
	if f := s.top(c.waiter); f.op != opOpen || f.a != i || f.pc != 1 {
		return
	}
	if p := &s.procs[c.proc]; p.cut {
		s.sleep(c.waiter, connectTimeout)
		return
	}
	t.timer++
}

func (s *System) limitDials(p int32) {
	for i := range s.conns {
		if s.conns[i].proc == p {
			s.limitDial(int32(i))
		}
	}
}

// limitPublish lets a publish that the broker does not confirm end at the
// socket's timeout: a heartbeat's period, or the call's timeout when that is
// shorter (_drivers/impl_rabbit.py, set_transport_socket_timeout). It is
// published again then, on a new connection; the caller's time begins when one was
// confirmed. Measured: a call of 5 s under a memory alarm was published every 6 s and
// answered when the alarm was over, after 18 s; one of 2 s on a link 1.5 s slower each way was
// published again for as long as that lasted, and answered after it.
func (s *System) limitPublish(c *conn) {
	if c.role != roleSend || c.waiter < 0 || s.procs[c.proc].cfg.Options.Profile.Old() {
		return
	}
	f := s.top(c.waiter)
	d := s.procs[c.proc].cfg.Options.Heartbeat
	if f.op != opSend || f.pc != sendPublished {
		return
	}
	if x := f.out.expiration; x > 0 && (d == 0 || x < d) {
		d = x
	}
	if d > 0 {
		s.sleep(c.waiter, d)
	}
}

// abandon closes a connection that does not answer; what was sent on it may arrive yet.
func (s *System) abandon(i int32) {
	c := &s.conns[i]
	s.broker.Cut(s.now, c.id)
	delete(s.byID, c.id)
	c.state, c.waiter, c.ready, c.confirms, c.declared, c.queues, c.inbox = connLost, -1, false, false, nil, nil, nil
}

// watchBeats lets a process notice at one of its checks that no heartbeat came
// for two periods (amqp/connection.py, heartbeat_tick).
func (s *System) watchBeats(p int32) {
	q := &s.procs[p]
	o := &q.cfg.Options
	if o.Heartbeat <= 0 {
		return
	}
	check := max(o.HeartbeatCheck, 1)
	at := s.now + 2*o.Heartbeat
	at += check - at%check
	s.queue.Push(sim.Item{At: at, Kind: kindBeats, A: uint32(p), B: q.cuts})
}

// beatsMissed gives up the connections of a process that hears nothing.
func (s *System) beatsMissed(p int32, cuts uint32) {
	q := &s.procs[p]
	if !q.cut || q.cuts != cuts {
		return
	}
	if q.paused { // it does not notice; it will be looked at again
		s.queue.Push(sim.Item{At: s.now + max(q.cfg.Options.HeartbeatCheck, 1), Kind: kindBeats, A: uint32(p), B: cuts})
		return
	}
	for i := range s.conns {
		if c := &s.conns[i]; c.proc == p && c.state == connOpen {
			s.broker.Cut(s.now, c.id)
			s.lost(int32(i))
		}
	}
}

// delayLink makes all that passes between a process and the broker take longer, each way.
func (s *System) delayLink(p int32, by int64) {
	q := &s.procs[p]
	if q.delay == by {
		return
	}
	q.delay = by
	e := flow.Event{Kind: flow.NetworkDelay, Value: by}
	if by == 0 {
		e.Kind = flow.NetworkRestore
	}
	s.emit(p, -1, e)
	s.reach(p)
	for i := range s.conns {
		if c := &s.conns[i]; c.proc == p && by > 0 {
			s.limitPublish(c)
		}
	}
}

// restoreLink ends cut and delay.
func (s *System) restoreLink(p int32) {
	q := &s.procs[p]
	if !q.cut && q.delay == 0 {
		return
	}
	q.cut, q.delay = false, 0
	q.cuts++
	s.emit(p, -1, flow.Event{Kind: flow.NetworkRestore})
	s.reach(p)
	s.limitDials(p)
}

// changeVersion lets a process offer another version of its endpoints, from its next start on: when it runs it is stopped in order and started again.
func (s *System) changeVersion(p int32, version string) {
	q := &s.procs[p]
	q.version = version
	if q.state == procReady || q.state == procStarting {
		q.again = true
		s.stop(p, false)
	}
}

// restartPause is how long a process takes that is replaced by another release, between its end and its start.
const restartPause = int64(500e6)

// begin starts a process that has stopped.
func (s *System) startAgain(p int32) {
	q := &s.procs[p]
	if q.state != procStopped {
		return
	}
	n := newProc(q.cfg, s.names)
	n.pid = q.pid + 1 + int(s.places.N(97))
	n.cut, n.delay, n.cuts, n.version = q.cut, q.delay, q.cuts, q.version
	*q = n
	s.start(p, frame{op: opStart})
}
