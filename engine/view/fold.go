package view

import "rpcscope/engine/flow"

// Fold lets an event happen at display time d, which must not fall from one
// call to the next. hopEnd is when what departs with it arrives, 0 when that
// is not known; m accompanies the event that introduces a message (flow.Sink).
func (s *State) Fold(d, hopEnd int64, e *flow.Event, m *flow.Message) {
	d = max(d, s.D, 1)
	s.D, s.At = d, max(s.At, e.At)
	s.Counters.Events++
	s.quiet = e.Has(flow.Snapshot)
	s.sweep(d)
	switch e.Kind {
	case flow.Publish:
		s.publish(d, hopEnd, e, m)
	case flow.Route:
		s.route(d, hopEnd, e, m)
	case flow.Enqueue:
		s.enqueue(d, e, m)
	case flow.Deliver:
		s.deliver(d, hopEnd, e, m)
	case flow.Ack:
		s.ack(d, e, m)
	case flow.Reject:
		s.reject(d, e, m)
	case flow.Requeue:
		s.requeue(d, e, m)
	case flow.Return:
		s.returned(d, e, m)
	case flow.Expire, flow.Drop, flow.DeadLetter:
		s.lose(d, hopEnd, e, m)
	case flow.Method, flow.Confirm, flow.Note, flow.Tick:
	case flow.Lost:
		s.Counters.Lost += uint64(max(0, e.Value))
	default:
		if e.Kind >= flow.Operator {
			s.foldFault(d, e)
		} else if e.Kind >= flow.Transport && e.Kind < flow.RestFilter {
			s.foldTransport(d, e)
		} else if e.Kind >= flow.Request && e.Kind <= flow.Notification {
			s.foldRPC(d, e)
		} else {
			s.foldObject(d, hopEnd, e)
		}
	}
}

func (s *State) foldObject(d, hopEnd int64, e *flow.Event) {
	switch e.Kind {
	case flow.ConnectionOpen:
		s.connectionOpen(d, e)
	case flow.ConnectionClose:
		s.connectionClose(d, e)
	case flow.ChannelOpen, flow.ChannelClose:
		s.channel(d, e)
	case flow.ExchangeDeclare:
		s.exchangeDeclare(d, e)
	case flow.ExchangeDelete:
		s.exchangeDelete(d, e)
	case flow.QueueDeclare:
		s.queueDeclare(d, e)
	case flow.QueueDelete:
		s.queueDelete(d, e)
	case flow.Bind:
		s.bind(d, e)
	case flow.Unbind:
		s.unbind(d, e)
	case flow.Consume:
		s.consume(d, e)
	case flow.Cancel:
		s.cancel(d, e)
	case flow.Depth:
		s.depth(d, e)
	case flow.ProcessStart:
		s.processStart(d, e)
	case flow.ProcessReady:
		if p := s.process(d, e); p != 0 {
			s.Processes.At(p).Condition = Up
		}
	case flow.ProcessStop:
		s.processStop(d, e)
	case flow.RestRequest:
		s.restRequest(d, hopEnd, e)
	case flow.RestResponse:
		s.restResponse(d, hopEnd, e)
	case flow.RestFailure:
		s.restFailure(d, e)
	}
}

func (s *State) born(d int64, e *flow.Event, announced bool) Life {
	s.seq++
	s.Shape++
	l := Life{Born: d, Seq: s.seq, Inferred: !announced || e.Has(flow.Inferred)}
	if e.Has(flow.Snapshot) {
		l.Born = Always
	}
	return l
}

// revive brings a fading thing back under a new birth; it reports whether the thing was gone.
func (s *State) revive(l *Life, d int64, e *flow.Event) bool {
	if !e.Has(flow.Inferred) {
		l.Inferred = false
	}
	if l.Died == 0 {
		return false
	}
	seq := l.Seq
	*l = s.born(d, e, true)
	l.Seq = seq
	return true
}

//go:noinline
func (s *State) die(l *Life, ring *fadeRing, table fadeTable, slot Slot, d int64, reason flow.Name) {
	l.Died, l.Reason = d, reason
	s.Shape++
	ring.push(fade{since: d, slot: slot, table: table})
}

func (t *Traffic) pass(d int64, at int64, class flow.Class, msg flow.MsgID, rpc flow.ID) {
	const window = 1_000_000_000
	t.Count++
	if at-t.WinAt >= window {
		if at-t.WinAt < 2*window {
			t.Prev, t.WinAt = t.Win, t.WinAt+window
		} else {
			t.Prev, t.WinAt = 0, at-at%window
		}
		t.Win = 0
	}
	t.Win++
	t.LastD, t.LastMsg, t.LastRPC, t.Class = d, msg, rpc, class
}

// Rate is how many passed per second of stream time, around t.
func (t *Traffic) Rate(at int64) float64 {
	const window = 1_000_000_000
	age := at - t.WinAt
	switch {
	case age < 0:
		return 0
	case age < window:
		return float64(t.Win) + float64(t.Prev)*float64(window-age)/window
	case age < 2*window:
		return float64(t.Win) * float64(2*window-age) / window
	}
	return 0
}
