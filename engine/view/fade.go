package view

// fade remembers that a record is over, and since when.
type fade struct {
	since int64
	slot  Slot
	table fadeTable
}

type fadeTable uint8

const (
	fadeProcess fadeTable = iota
	fadeConnection
	fadeExchange
	fadeQueue
	fadeBinding
	fadeConsumer
	fadeLink
	fadeMessage
	fadeCopy
	fadeCall
	fadeRun
	fadeRest
	fadeDrop
)

// fadeRing is a queue of fades in the order of their times, which rise with the fold.
type fadeRing struct {
	buf     []fade
	head, n int
}

func (r *fadeRing) push(f fade) {
	if r.n == len(r.buf) {
		bigger := make([]fade, max(16, 2*len(r.buf)))
		for i := range r.n {
			bigger[i] = *r.at(i)
		}
		r.buf, r.head = bigger, 0
	}
	*r.at(r.n) = f
	r.n++
}

func (r *fadeRing) at(i int) *fade { return &r.buf[(r.head+i)&(len(r.buf)-1)] }

func (r *fadeRing) pop() {
	r.head = (r.head + 1) & (len(r.buf) - 1)
	r.n--
}

// fades are the rings, one for each time that things linger. pending holds
// messages that nothing was heard of since their publish or route, waits the
// calls in the order in which they began.
type fades struct {
	objects, processes, copies, drops, calls, pending, waits fadeRing
}

const (
	// lingerPending is how long a message may be between two stages before the fold gives it up.
	lingerPending = 20_000_000_000
	maxPending    = 8192
)

// Settle lets go of what has lingered long enough at display time d, though no
// event came since. It reports whether anything went: the state then is that of
// d, no longer that of the last event.
func (s *State) Settle(d int64) bool {
	if d <= s.D {
		return false
	}
	before := s.fade.left()
	s.sweep(d)
	return s.fade.left() != before
}

// Fading reports whether a node or an edge that is over still lingers, and so takes room.
func (s *State) Fading() bool { return s.fade.objects.n+s.fade.processes.n > 0 }

func (f *fades) left() int {
	return f.objects.n + f.processes.n + f.copies.n + f.drops.n + f.calls.n + f.pending.n + f.waits.n
}

// sweep frees what has lingered long enough at display time d.
func (s *State) sweep(d int64) {
	s.sweepRing(&s.fade.copies, d-LingerCopy)
	s.sweepRing(&s.fade.calls, d-LingerCall)
	s.sweepRing(&s.fade.drops, d-LingerDrop)
	if s.fade.objects.n > 0 {
		s.sweepRing(&s.fade.objects, d-LingerObject)
	}
	if s.fade.processes.n > 0 {
		s.sweepRing(&s.fade.processes, d-LingerProcess)
	}
	s.sweepPending(d)
	s.sweepWaits(d)
}

func (s *State) sweepRing(r *fadeRing, until int64) {
	for r.n > 0 && r.at(0).since <= until {
		f := *r.at(0)
		r.pop()
		s.release(f)
	}
}

// sweepPending looks at the oldest message under way. Those that went on leave at once, so the ring stays short.
func (s *State) sweepPending(d int64) {
	r := &s.fade.pending
	for r.n > 0 {
		f := *r.at(0)
		if s.isPending(f) {
			if f.since > d-lingerPending && r.n < maxPending {
				return
			}
			s.giveUp(f)
		}
		r.pop()
	}
}

func (s *State) isPending(f fade) bool {
	if f.table == fadeMessage {
		m := s.Messages.At(f.slot)
		return s.Messages.Live(f.slot) && m.Copies == 0 && m.EndD == 0 && m.Hop.Start == f.since
	}
	c := s.Copies.At(f.slot)
	return s.Copies.Live(f.slot) && c.Place == Routing && c.Hop.Start == f.since
}

func (s *State) giveUp(f fade) {
	if f.table == fadeMessage {
		s.freeMessage(f.slot)
	} else {
		s.freeCopy(f.slot)
	}
}

// release frees one record, unless it came back to life or its slot has a new tenant.
func (s *State) release(f fade) {
	switch f.table {
	case fadeProcess:
		if p := s.Processes.At(f.slot); s.Processes.Live(f.slot) && p.Died == f.since {
			s.freeProcess(f.slot)
		}
	case fadeConnection:
		if c := s.Connections.At(f.slot); s.Connections.Live(f.slot) && c.Died == f.since {
			s.ix.connection.del(uint64(c.Name))
			s.Connections.drop(f.slot)
		}
	case fadeExchange:
		if x := s.Exchanges.At(f.slot); s.Exchanges.Live(f.slot) && x.Died == f.since {
			s.freeExchange(f.slot)
		}
	case fadeQueue:
		if q := s.Queues.At(f.slot); s.Queues.Live(f.slot) && q.Died == f.since {
			s.freeQueue(f.slot)
		}
	case fadeBinding:
		if b := s.Bindings.At(f.slot); s.Bindings.Live(f.slot) && b.Died == f.since {
			s.freeBinding(f.slot)
		}
	case fadeConsumer:
		if c := s.Consumers.At(f.slot); s.Consumers.Live(f.slot) && c.Died == f.since {
			s.freeConsumer(f.slot)
		}
	case fadeLink:
		if l := s.Links.At(f.slot); s.Links.Live(f.slot) && l.Died == f.since {
			s.freeLink(f.slot)
		}
	default:
		s.releaseTraffic(f)
	}
}

func (s *State) releaseTraffic(f fade) {
	switch f.table {
	case fadeMessage:
		if m := s.Messages.At(f.slot); s.Messages.Live(f.slot) && m.EndD == f.since {
			s.freeMessage(f.slot)
		}
	case fadeCopy:
		if c := s.Copies.At(f.slot); s.Copies.Live(f.slot) && c.SinceD == f.since && (c.Place == Acked || c.Place == Passed) {
			s.freeCopy(f.slot)
		}
	case fadeCall:
		if c := s.Calls.At(f.slot); s.Calls.Live(f.slot) && c.EndD == f.since {
			s.ix.call.del(idKey(c.ID))
			s.Calls.drop(f.slot)
		}
	case fadeRun:
		if r := s.Runs.At(f.slot); s.Runs.Live(f.slot) && r.EndD == f.since {
			s.ix.run.del(runKey(r.Process, r.RPC, r.Msg))
			s.Runs.drop(f.slot)
		}
	case fadeRest:
		if r := s.Rests.At(f.slot); s.Rests.Live(f.slot) && r.Answer.Start == f.since {
			s.ix.rest.del(idKey(r.ID))
			s.Rests.drop(f.slot)
		}
	case fadeDrop:
		if x := s.Drops.At(f.slot); s.Drops.Live(f.slot) && x.D == f.since {
			s.Drops.drop(f.slot)
		}
	}
}

const (
	// graceWait is how long after its timeout a call whose end nobody reported counts as given up.
	graceWait = 5_000_000_000
	// foreverWait does so for a call that has no timeout, and for one whose caller reports: it may wait for longer
	// than its timeout while its request does not get through, and says itself when it gives up.
	foreverWait = 3600_000_000_000
)

// sweepWaits ends calls whose caller must have given up, though no source said so (a broker's trace cannot).
func (s *State) sweepWaits(d int64) {
	r := &s.fade.waits
	for r.n > 0 {
		f := *r.at(0)
		c := s.Calls.At(f.slot)
		if s.Calls.Live(f.slot) && c.StartD == f.since && c.State == Waiting {
			limit := c.Timeout + graceWait
			if c.Timeout <= 0 || c.told {
				limit = foreverWait
			}
			if s.At < c.StartAt+limit && r.n <= s.limits.Calls {
				return
			}
			c.Inferred = true
			s.endCall(f.slot, d, s.At, TimedOut)
		}
		r.pop()
	}
}
