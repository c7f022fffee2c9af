package view

import "rpcscope/engine/flow"

// Alarms of a broker, as bits.
const (
	AlarmMemory uint8 = 1 << iota
	AlarmDisk
	alarmOther
)

// Node is how the broker itself fares.
type Node struct {
	// Down: it has stopped, and is not there to be reached.
	Down bool
	// Alarms are what it runs low on; it reads nothing from who publishes while there are any.
	Alarms uint8
}

// Hindered says what hinders a process, by the fault that weighs most.
type Hindered uint8

// What can hinder a process, the worst last.
const (
	NotHindered Hindered = iota
	// SlowedDown: its work takes [Process.Slow] thousandths of the usual time.
	SlowedDown
	// LinkDelayed: what passes between it and the broker takes [Process.Delay] longer.
	LinkDelayed
	// ConnBlocked: the broker does not read from a connection of it.
	ConnBlocked
	// LinkCut: nothing passes between it and the broker.
	LinkCut
	// Held: it is paused.
	Held
)

// Hindered is what hinders the process most, if anything.
func (p *Process) Hindered() Hindered {
	switch {
	case p.Died != 0:
		return NotHindered
	case p.Condition == Paused:
		return Held
	case p.Cut:
		return LinkCut
	case p.Blocked > 0:
		return ConnBlocked
	case p.Delay > 0:
		return LinkDelayed
	case p.Slow > 0:
		return SlowedDown
	}
	return NotHindered
}

// foldFault takes in what goes wrong, and what mends it.
func (s *State) foldFault(d int64, e *flow.Event) {
	switch e.Kind {
	case flow.Operator:
		return
	case flow.BrokerStop, flow.BrokerStart:
		s.Node.Down = e.Kind == flow.BrokerStop
		if s.Node.Down {
			s.Node.Alarms = 0
		}
		return
	case flow.AlarmSet, flow.AlarmClear:
		bit := alarmOther
		switch s.names.Text(e.Label) {
		case "memory":
			bit = AlarmMemory
		case "disk":
			bit = AlarmDisk
		}
		if s.Node.Alarms |= bit; e.Kind == flow.AlarmClear {
			s.Node.Alarms &^= bit
		}
		return
	case flow.QueueLimit:
		if q := s.queue(d, e); q != 0 {
			v := s.Queues.At(q)
			v.PolicyLen = max(0, e.Value)
		}
		return
	case flow.ConnectionBlock, flow.ConnectionUnblock:
		s.block(d, e)
		return
	}
	p := s.process(d, e)
	if p == 0 {
		return
	}
	x := s.Processes.At(p)
	switch e.Kind {
	case flow.ProcessPause:
		if x.Died == 0 {
			x.Condition = Paused
		}
	case flow.ProcessContinue:
		if x.Condition == Paused {
			x.Condition, x.SpokeD = Up, d
		}
	case flow.ProcessSlow:
		if x.Slow = e.Value; e.Value <= 1000 {
			x.Slow = 0
		}
	case flow.NetworkCut:
		x.Cut = true
		s.hold(d, x.Name)
	case flow.NetworkDelay:
		x.Delay = max(0, e.Value)
	case flow.NetworkRestore:
		if x.Cut {
			s.letPass(d, x.Name)
		}
		x.Cut, x.Delay = false, 0
	}
}

// heldHop is how long a message takes for the second half of its way, in display time.
const heldHop = 300_000_000

// hold lets what is on its way to a process wait where its link is cut, unless it is past that place.
func (s *State) hold(d int64, process flow.Name) {
	each(&s.Copies, func(_ Slot, v *Copy) {
		if v.Holder == process && v.Place == Unacked && v.Hop.Covers(d) && v.Hop.Fraction(d) < .5 {
			v.Held = true
		}
	})
}

// letPass lets it go on.
func (s *State) letPass(d int64, process flow.Name) {
	each(&s.Copies, func(_ Slot, v *Copy) {
		if v.Holder == process && v.Held {
			v.Held, v.Hop = false, Hop{d - heldHop, d + heldHop}
		}
	})
}

// block takes in that the broker reads from a connection no more, or again.
func (s *State) block(d int64, e *flow.Event) {
	c := s.connection(d, e)
	if c == 0 {
		return
	}
	x := s.Connections.At(c)
	on := e.Kind == flow.ConnectionBlock
	if x.Blocked == on || x.Died != 0 {
		return
	}
	x.Blocked = on
	if x.Process != 0 {
		p := s.Processes.At(x.Process)
		if on {
			p.Blocked++
		} else {
			p.Blocked = max(0, p.Blocked-1)
		}
	}
}

// Limit is the queue's length limit, 0 for none: the lesser of its own and its policy's.
func (q *Queue) Limit() int64 {
	if q.MaxLen == 0 || q.PolicyLen > 0 && q.PolicyLen < q.MaxLen {
		return q.PolicyLen
	}
	return q.MaxLen
}

// faults writes into a snapshot what is wrong now.
func (w *snapshot) faults(to flow.Sink) {
	s := w.s
	tell := func(e flow.Event) {
		e.At = s.At
		w.emit(to, &e, nil)
	}
	if s.Node.Down {
		tell(flow.Event{Kind: flow.BrokerStop})
	}
	for i, name := range [...]string{"memory", "disk", "other"} {
		if s.Node.Alarms>>i&1 != 0 {
			tell(flow.Event{Kind: flow.AlarmSet, Label: s.names.Intern(name)})
		}
	}
	each(&s.Processes, func(_ Slot, v *Process) {
		if v.Died != 0 {
			return
		}
		e := flow.Event{Process: v.Name}
		for _, f := range [...]struct {
			is    bool
			kind  flow.Kind
			value int64
		}{
			{v.Condition == Paused, flow.ProcessPause, 0},
			{v.Slow > 0, flow.ProcessSlow, v.Slow},
			{v.Delay > 0, flow.NetworkDelay, v.Delay},
			{v.Cut, flow.NetworkCut, 0},
		} {
			if e.Kind, e.Value = f.kind, f.value; f.is {
				tell(e)
			}
		}
	})
	each(&s.Connections, func(_ Slot, v *Connection) {
		if v.Blocked && v.Died == 0 {
			tell(flow.Event{Kind: flow.ConnectionBlock, VHost: v.VHost, Conn: v.Name, Process: s.Processes.At(v.Process).Name})
		}
	})
	each(&s.Queues, func(_ Slot, v *Queue) {
		if v.PolicyLen > 0 && v.Died == 0 {
			tell(flow.Event{Kind: flow.QueueLimit, VHost: v.VHost, Queue: v.Name, Value: v.PolicyLen})
		}
	})
}
