package rpc

import (
	"rpcscope/engine/amqp"
)

// Points of opStop.
const (
	stopBegin int32 = iota
	stopPolled
	stopWorkers
	stopService
	stopFanout
	stopSenders
	stopReply
	stopEnd
)

// stop asks a process to end in order; exits says that it ends by itself.
func (s *System) stop(p int32, exits bool) {
	q := &s.procs[p]
	if q.state != procReady && q.state != procStarting {
		return
	}
	q.state = procStopping
	f := frame{op: opStop}
	if exits {
		f.c = 1
	}
	q.stopper = s.spawn(p, f)
	s.sleep(q.stopper, 0)
}

// runStop ends a process in order: servers stop polling, running methods end,
// the fanout queues are deleted, listening connections close, then the
// sending ones, then the one for replies. b is the service or connection at hand.
func (s *System) runStop(i int32, f *frame) bool {
	p := s.tasks[i].proc
	q := &s.procs[p]
	if s.tasks[i].in.lost || !s.tasks[i].fail.isNone() {
		s.tasks[i].in.lost, s.tasks[i].fail = false, failure{} // gone is as good as closed
	}
	switch f.pc {
	case stopBegin:
		f.pc = stopPolled
		if len(q.services) > 0 && !q.cfg.Options.Profile.Old() {
			s.sleep(i, q.cfg.Options.StopPoll.Draw(&s.times))
			return false
		}
	case stopPolled:
		f.pc = stopWorkers
		for k := range q.services {
			q.services[k].stopping = true
			s.settleHandled(p, k)
		}
	case stopWorkers:
		for k := range q.services {
			if !q.idle(k) {
				return false
			}
		}
		f.pc, f.b = stopService, 0
		s.quiet(p, i)
	case stopService:
		return s.stopService(i, f, q)
	case stopFanout:
		f.pc = stopService
		f.b++
		return s.push(i, frame{op: opClose, a: q.services[f.b-1].conn})
	case stopSenders, stopReply:
		want := roleSend
		if f.pc == stopReply {
			want = roleReply
		}
		for ; int(f.b) < len(s.conns); f.b++ {
			if c := &s.conns[f.b]; c.proc == p && c.role == want && c.state != connClosed {
				return s.push(i, frame{op: opClose, a: f.b})
			}
		}
		f.pc++
		f.b = 0
	case stopEnd:
		how := s.words.stopped
		if f.c == 1 {
			how = s.words.exited
		}
		s.ended(p, how)
		return false
	}
	return true
}

// stopService ends the service that is next: the fanout queue of a server goes with it.
func (s *System) stopService(i int32, f *frame, q *proc) bool {
	if int(f.b) == len(q.services) {
		f.pc, f.b = stopSenders, 0
		return true
	}
	c := q.services[f.b].conn
	if c < 0 { // told to stop before it had started
		f.b++
		return true
	}
	f.pc = stopFanout
	if int(f.b) < len(q.cfg.Servers) && s.conns[c].ready && !q.cfg.Options.Profile.Old() {
		return s.say(c, i, amqp.Method{Op: amqp.OpQueueDelete, Queue: s.conns[c].consumers[2].queue})
	}
	return true
}

// runClose closes channel and connection a and ends the byte stream.
func (s *System) runClose(i int32, f *frame) bool {
	c := &s.conns[f.a]
	in := &s.tasks[i].in
	if in.lost || c.state != connOpen {
		in.lost = false
		return s.hangUp(i, f.a)
	}
	switch f.pc {
	case 0:
		f.pc = 2
		if c.ready && !s.procs[c.proc].cfg.Options.Profile.Old() {
			f.pc, c.ready = 1, false
			return s.say(f.a, i, amqp.Method{Op: amqp.OpChannelClose})
		}
	case 1:
		if in.m.Op != amqp.OpChannelCloseOk {
			c.waiter = i // the answer to what was said before
			return false
		}
		f.pc = 2
	case 2:
		f.pc = 3
		return s.say(f.a, i, amqp.Method{Op: amqp.OpConnectionClose})
	default:
		return s.hangUp(i, f.a)
	}
	return true
}

// hangUp ends the byte stream of a connection.
func (s *System) hangUp(i, k int32) bool {
	c := &s.conns[k]
	c.state, c.waiter, c.ready, c.inbox = connClosed, -1, false, nil
	if c.id != 0 {
		s.broker.Cut(s.now, c.id)
		delete(s.byID, c.id)
	}
	return s.pop(i, Value{})
}

// quiet ends all tasks of a process but one.
func (s *System) quiet(p, but int32) {
	for id, c := range s.calls { // unsorted: entries are only removed
		if s.tasks[c.task].proc == p {
			delete(s.calls, id)
		}
	}
	for i := range s.tasks {
		if s.tasks[i].alive && s.tasks[i].proc == p && int32(i) != but {
			s.breakREST(int32(i))
			s.kill(int32(i))
		}
	}
	for i := range s.conns {
		if s.conns[i].proc == p {
			s.conns[i].waiter = -1
		}
	}
	s.procs[p].queueing, s.procs[p].replyWait = nil, nil
}
