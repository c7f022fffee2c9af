package view

import "rpcscope/engine/flow"

func runKey(process flow.Name, rpc flow.ID, msg flow.MsgID) uint64 {
	if rpc.IsZero() {
		return fold64(uint64(msg), uint64(process))
	}
	return fold64(idKey(rpc), uint64(process)<<1|1)
}

func (s *State) foldRPC(d int64, e *flow.Event) {
	p := s.process(d, e)
	switch e.Kind {
	case flow.Request:
		s.request(d, e, p)
	case flow.Dispatch:
		s.dispatch(d, e, p)
	case flow.Finish:
		s.spoke(p, d)
		if r := s.runOf(p, e.RPC, e.Msg); r != 0 {
			s.endRun(r, d, e.At, e.Text)
		}
	case flow.Reply, flow.Failure:
		if c := s.CallSlot(e.RPC); c != 0 && s.Calls.At(c).State == Waiting {
			k := s.Calls.At(c)
			k.Reply, k.Failure = e.Msg, e.Text
			state := Answered
			if e.Kind == flow.Failure {
				state = Failed
			}
			s.endCall(c, d, e.At, state)
		}
	case flow.Timeout:
		s.timeout(d, e)
	case flow.LateReply:
		s.lateReply(e)
	case flow.Heartbeat:
		if c := s.CallSlot(e.RPC); c != 0 {
			s.Calls.At(c).Heartbeats++
		}
	}
}

// call finds or makes the call of an RPC.
func (s *State) call(d int64, e *flow.Event, id flow.ID) Slot {
	if id.IsZero() {
		return 0
	}
	key := idKey(id)
	if c := s.ix.call.get(key); c != 0 {
		return c
	}
	for s.Calls.Len() >= s.limits.Calls {
		if s.fade.calls.n == 0 {
			s.Counters.Skipped++
			return 0
		}
		f := *s.fade.calls.at(0)
		s.fade.calls.pop()
		s.release(f)
	}
	c := s.Calls.add()
	*s.Calls.At(c) = Call{ID: id, StartAt: e.At, StartD: d, Inferred: e.Has(flow.Inferred)}
	s.ix.call.put(key, c)
	s.fade.waits.push(fade{since: d, slot: c})
	if !e.Has(flow.Snapshot) {
		s.Counters.Calls++
	}
	return c
}

func (s *State) request(d int64, e *flow.Event, p Slot) {
	s.spoke(p, d)
	if !s.quiet {
		s.requests = true
	}
	if e.Class != flow.ClassCall || e.RPC.IsZero() {
		return
	}
	c := s.call(d, e, e.RPC)
	if c == 0 {
		return
	}
	k := s.Calls.At(c)
	k.Method, k.Target, k.Timeout, k.Request = e.Label, e.Key, e.Value, e.Msg
	k.told = !e.Has(flow.Inferred)
	if s.quiet {
		k.ReplyQueue, k.Worker = e.Queue, e.Text
	}
	s.own(c, p)
}

// own makes p the one who waits for the call.
func (s *State) own(c, p Slot) {
	k := s.Calls.At(c)
	if p == 0 || k.State != Waiting || k.Process == s.Processes.At(p).Name {
		return
	}
	if old := s.ProcessSlot(k.Process); old != 0 {
		s.Processes.At(old).Waiting = max(0, s.Processes.At(old).Waiting-1)
	}
	k.Process = s.Processes.At(p).Name
	s.Processes.At(p).Waiting++
}

// publishRPC draws from a publish what it means for its call.
func (s *State) publishRPC(d int64, e *flow.Event, m *flow.Message, p Slot) {
	if m == nil {
		return
	}
	if m.Method != 0 {
		s.trip(m.Method, m.Class, -1)
	}
	if m.RPC.IsZero() {
		return
	}
	switch m.Class {
	case flow.ClassCall:
		c := s.call(d, e, m.RPC)
		if c == 0 {
			return
		}
		k := s.Calls.At(c)
		if k.ReplyQueue == 0 {
			// The caller's clock starts with the publish (oslo.messaging, amqpdriver: ReplyWaiter.wait); a republished request keeps its first time.
			if k.StartD != d {
				k.StartAt, k.StartD = e.At, d
				s.fade.waits.push(fade{since: d, slot: c})
			}
			k.ReplyQueue, k.Request = m.ReplyQueue, e.Msg
		}
		if k.Method == 0 {
			k.Method, k.Target = m.Method, e.Key
		}
		if k.Timeout == 0 && m.Expiration > 0 {
			k.Timeout = m.Expiration
		}
		s.own(c, p)
	case flow.ClassReply:
		s.replyPublished(d, e, m, p)
	}
}

func (s *State) replyPublished(d int64, e *flow.Event, m *flow.Message, p Slot) {
	if m.Has(flow.NotEnding) {
		s.Counters.Heartbeats++
		return
	}
	if p != 0 {
		if r := s.runOf(p, m.RPC, 0); r != 0 && s.Runs.At(r).Inferred {
			s.endRun(r, d, e.At, m.FailureClass)
		}
	}
	c := s.CallSlot(m.RPC)
	if c == 0 {
		return
	}
	k := s.Calls.At(c)
	if p != 0 {
		k.Worker = s.Processes.At(p).Name
	}
	if k.replied {
		return
	}
	k.replied = true
	k.Reply, k.Failure, k.RepliedAt = e.Msg, m.FailureClass, e.At
	if m.Has(flow.HasFailure) {
		s.Counters.AnsweredError++
	} else {
		s.Counters.AnsweredOK++
	}
	if k.Timeout > 0 && e.At-k.StartAt > k.Timeout {
		s.Counters.Late++
		k.Late = true
	}
}

// deliverRPC draws from a delivery what only a broker's trace leaves to be
// concluded: that the worker runs the method now, that the caller has its answer.
func (s *State) deliverRPC(d, hopEnd int64, e *flow.Event, i, p, q Slot) {
	if i == 0 {
		return
	}
	m := s.Messages.At(i)
	if p != 0 && m.Process != 0 && !s.quiet && (m.Class == flow.ClassCall || m.Class == flow.ClassCast || m.Class == flow.ClassFanout) {
		s.Processes.At(p).calledBy(m.Process)
	}
	c := s.CallSlot(m.RPC)
	if c == 0 {
		return
	}
	k := s.Calls.At(c)
	switch m.Class {
	case flow.ClassCall:
		if p == 0 || k.State != Waiting {
			return
		}
		k.Worker = s.Processes.At(p).Name
		if s.dispatches {
			return
		}
		if r := s.run(p, m.RPC, m.ID); r != 0 {
			v := s.Runs.At(r)
			v.Method, v.Class, v.Queue, v.Inferred = m.Label, m.Class, s.Queues.At(q).Name, true
			v.StartAt, v.StartD = e.At, max(d, hopEnd)
		}
	case flow.ClassReply:
		if s.requests || m.Facts&flow.NotEnding != 0 || k.State != Waiting {
			return
		}
		state := Answered
		if m.Facts&flow.HasFailure != 0 {
			state = Failed
		}
		s.endCall(c, d, e.At, state)
	}
}

func (s *State) runOf(p Slot, rpc flow.ID, msg flow.MsgID) Slot {
	if p == 0 {
		return 0
	}
	return s.ix.run.get(runKey(s.Processes.At(p).Name, rpc, msg))
}

// run finds or makes the run of a method in a process.
func (s *State) run(p Slot, rpc flow.ID, msg flow.MsgID) Slot {
	name := s.Processes.At(p).Name
	key := runKey(name, rpc, msg)
	if r := s.ix.run.get(key); r != 0 {
		if v := s.Runs.At(r); v.EndD == 0 {
			return r
		}
		*s.Runs.At(r) = Run{RPC: rpc, Msg: msg, Process: name}
		s.Processes.At(p).Running++
		return r
	}
	if s.Runs.Len() >= s.limits.Calls {
		s.Counters.Skipped++
		return 0
	}
	r := s.Runs.add()
	*s.Runs.At(r) = Run{RPC: rpc, Msg: msg, Process: name}
	s.ix.run.put(key, r)
	s.Processes.At(p).Running++
	return r
}

func (s *State) dispatch(d int64, e *flow.Event, p Slot) {
	if !s.quiet {
		s.dispatches = true
	}
	s.spoke(p, d)
	if p == 0 {
		return
	}
	r := s.run(p, e.RPC, e.Msg)
	if r == 0 {
		return
	}
	v := s.Runs.At(r)
	v.Method, v.Class, v.Msg, v.Inferred = e.Label, e.Class, e.Msg, e.Has(flow.Inferred)
	v.StartAt, v.StartD = e.At, d
	if e.Queue != 0 {
		v.Queue = e.Queue
	} else if i := s.MessageSlot(e.Msg); i != 0 && v.Queue == 0 {
		for c := s.Messages.At(i).Copies; c != 0; c = s.Copies.At(c).NextOfMsg {
			if k := s.Copies.At(c); k.Holder == v.Process && !k.ToExchange {
				v.Queue = s.Queues.At(k.Queue).Name
			}
		}
	}
	if c := s.CallSlot(e.RPC); c != 0 {
		s.Calls.At(c).Worker = v.Process
	}
	if v.Inferred && v.Class != flow.ClassCall {
		// A method that answers nothing ends unseen: it is shown as begun, not as running for ever.
		s.endRun(r, d, e.At, 0)
	}
}

func (s *State) endRun(r Slot, d, at int64, failure flow.Name) {
	v := s.Runs.At(r)
	if v.EndD != 0 {
		return
	}
	v.EndAt, v.EndD, v.Failure = at, d, failure
	if p := s.ProcessSlot(v.Process); p != 0 {
		s.Processes.At(p).Running = max(0, s.Processes.At(p).Running-1)
	}
	s.fade.calls.push(fade{since: d, slot: r, table: fadeRun})
}

func (s *State) endCall(c Slot, d, at int64, state CallState) {
	k := s.Calls.At(c)
	k.EndAt, k.EndD, k.State = at, d, state
	if p := s.ProcessSlot(k.Process); p != 0 {
		s.Processes.At(p).Waiting = max(0, s.Processes.At(p).Waiting-1)
	}
	s.fade.calls.push(fade{since: d, slot: c, table: fadeCall})
	if state != TimedOut {
		s.trip(k.Method, flow.ClassCall, at-k.StartAt)
	}
}

// lateReply counts the round trip of an answer that came after its caller had given up.
func (s *State) lateReply(e *flow.Event) {
	method, took := e.Label, e.Value
	if c := s.CallSlot(e.RPC); c != 0 {
		k := s.Calls.At(c)
		k.Late = true
		if method == 0 {
			method, took = k.Method, e.At-k.StartAt
		}
	}
	if method != 0 && !s.quiet {
		s.trip(method, flow.ClassCall, max(0, took))
	}
}

func (s *State) timeout(d int64, e *flow.Event) {
	c := s.CallSlot(e.RPC)
	if c == 0 || s.Calls.At(c).State != Waiting {
		return
	}
	s.endCall(c, d, e.At, TimedOut)
	k := s.Calls.At(c)
	// The method it took may still run; unless its process speaks, that is all one can say.
	if p := s.ProcessSlot(k.Worker); p != 0 && k.RepliedAt == 0 && s.Processes.At(p).Condition == Up && s.Processes.At(p).SpokeD <= k.StartD {
		s.Processes.At(p).Condition = Silent
	}
}
