package view

import (
	"cmp"

	"rpcscope/engine/flow"
)

// AppendEvents writes the State as events flagged flow.Snapshot, for a viewer
// that joins: what exists in the order of birth, the messages that wait, the
// calls that wait and the methods that run, the counts. Their times are those
// at which things began where that matters (a timeout, an x-expires clock), so
// a snapshot begins before the moment that it describes and ends at it.
//
// Three events say more here than elsewhere: QueueDeclare names the owner as
// Process; Request names the reply queue as Queue and the worker as Text; a
// Publish without a message says that Process publishes to Exchange.
// Times of display are not part of it. It allocates.
func (s *State) AppendEvents(to flow.Sink) {
	w := &snapshot{s: s, from: s.At}
	w.timed()
	flow.SortStable(w.later, func(a, b timedEvent) int { return cmp.Compare(a.e.At, b.e.At) })
	if len(w.later) > 0 {
		w.from = min(w.from, w.later[0].e.At)
	}
	w.carrier(to)
	w.objects()
	flow.SortStable(w.born, func(a, b bornEvent) int { return cmp.Compare(a.seq, b.seq) })
	for i := range w.born {
		w.emit(to, &w.born[i].e, nil)
	}
	for i := range w.later {
		w.emit(to, &w.later[i].e, w.later[i].m)
	}
	w.lists(to)
	w.faults(to)
}

type bornEvent struct {
	e   flow.Event
	seq uint32
}

type timedEvent struct {
	e flow.Event
	m *flow.Message
}

type snapshot struct {
	s     *State
	from  int64
	born  []bornEvent
	later []timedEvent
}

func (w *snapshot) emit(to flow.Sink, e *flow.Event, m *flow.Message) {
	e.Flags |= flow.Snapshot
	to.Emit(e, m)
}

func inferred(is bool) flow.Flags {
	if is {
		return flow.Inferred
	}
	return 0
}

func (w *snapshot) birth(l *Life, e flow.Event) {
	if l.Died != 0 {
		return
	}
	e.At = w.from
	e.Flags |= inferred(l.Inferred)
	w.born = append(w.born, bornEvent{e, l.Seq})
}

func (w *snapshot) objects() {
	s := w.s
	each(&s.Processes, func(_ Slot, v *Process) {
		e := flow.Event{Kind: flow.ProcessStart, Process: v.Name, Label: v.Program, Text: v.Host, Value: v.Pid, Args: v.Anatomy}
		e.Key = [...]flow.Name{0, s.words.invoker, s.words.worker, s.words.both}[v.Role]
		if v.Daemon {
			e.Key = s.words.daemon
		}
		w.birth(&v.Life, e)
		if v.Died != 0 && v.Conns > 0 { // the broker has not noticed yet, and hands messages to it still
			w.born = append(w.born, bornEvent{e, v.Seq}, bornEvent{flow.Event{Kind: flow.ProcessStop, Process: v.Name, Label: v.Reason}, v.Seq})
			for i := len(w.born) - 2; i < len(w.born); i++ {
				w.born[i].e.At = w.from
			}
		}
		if v.Condition == Up || v.Condition == Silent || v.Condition == Paused {
			w.birth(&v.Life, flow.Event{Kind: flow.ProcessReady, Process: v.Name})
		}
	})
	each(&s.Connections, func(_ Slot, v *Connection) {
		e := flow.Event{Kind: flow.ConnectionOpen, VHost: v.VHost, Conn: v.Name, Process: s.Processes.At(v.Process).Name}
		w.birth(&v.Life, e)
		for i := range v.Channels {
			e.Kind, e.Channel = flow.ChannelOpen, uint16(i+1)
			w.birth(&v.Life, e)
		}
	})
	each(&s.Exchanges, func(_ Slot, v *Exchange) {
		if v.Form == FormSocket {
			w.birth(&v.Life, flow.Event{Kind: flow.SocketOpen, VHost: v.VHost, Exchange: v.Name, Label: v.Type})
			return
		}
		w.birth(&v.Life, flow.Event{Kind: flow.ExchangeDeclare, VHost: v.VHost, Exchange: v.Name, Label: v.Type, Flags: v.Flags})
	})
	each(&s.Queues, func(_ Slot, v *Queue) { w.birth(&v.Life, w.declare(v)) })
	each(&s.Bindings, func(_ Slot, v *Binding) {
		x := s.Exchanges.At(v.Exchange)
		e := flow.Event{Kind: flow.Bind, VHost: x.VHost, Exchange: x.Name, Key: v.Key, Args: v.Args}
		if v.ToExchange {
			e.Queue, e.Flags = s.Exchanges.At(v.Queue).Name, flow.ToExchange
		} else {
			e.Queue = s.Queues.At(v.Queue).Name
		}
		if v.Implicit {
			e.Flags |= flow.Implicit
		}
		w.birth(&v.Life, e)
	})
	each(&s.Consumers, func(_ Slot, v *Consumer) {
		q := s.Queues.At(v.Queue)
		e := flow.Event{
			Kind: flow.Consume, VHost: q.VHost, Queue: q.Name, Tag: v.Tag, Conn: v.Conn, Channel: v.Channel,
			Value: v.Prefetch, Process: s.Processes.At(v.Process).Name,
		}
		if v.NoAck {
			e.Flags |= flow.NoAck
		}
		if v.Exclusive {
			e.Flags |= flow.Exclusive
		}
		w.birth(&v.Life, e)
	})
	each(&s.Links, func(_ Slot, v *Link) {
		if v.Exchange != 0 && s.Processes.At(v.Process).Died == 0 {
			x := s.Exchanges.At(v.Exchange)
			w.birth(&v.Life, flow.Event{
				Kind: flow.Publish, VHost: x.VHost, Exchange: x.Name, Process: s.Processes.At(v.Process).Name,
			})
		}
	})
}

// carrier says what the transport is, and what its matchmaker knows.
func (w *snapshot) carrier(to flow.Sink) {
	s := w.s
	if s.Carrier == CarrierRabbit {
		return
	}
	label, _ := s.names.Lookup(carriers[s.Carrier])
	w.emit(to, &flow.Event{At: w.from, Kind: flow.Transport, Label: label, Text: s.How}, nil)
	for _, r := range s.Records {
		e := flow.Event{At: w.from, Kind: flow.Record, Key: r.Key, Text: r.Value, Process: r.Owner}
		if r.Until > 0 {
			e.Value = max(1, r.Until-w.from)
		}
		w.emit(to, &e, nil)
	}
}

func (w *snapshot) declare(v *Queue) flow.Event {
	if v.Socket {
		e := flow.Event{Kind: flow.SocketOpen, VHost: v.VHost, Queue: v.Name, Label: v.Type, Text: v.Args, Process: v.Owner}
		if v.Reply {
			e.Class = flow.ClassReply
		} else if v.Fanout {
			e.Class = flow.ClassFanout
		}
		return e
	}
	e := flow.Event{
		Kind: flow.QueueDeclare, VHost: v.VHost, Queue: v.Name, Label: v.Type, Args: v.Args, Value: v.Expires,
		Flags: v.Flags, Process: v.Owner,
	}
	if v.Fanout && w.s.Carrier != CarrierRabbit {
		e.Class = flow.ClassFanout
	}
	return e
}

// timed collects what began at a time of its own.
func (w *snapshot) timed() {
	s := w.s
	each(&s.Queues, func(_ Slot, v *Queue) {
		if v.Died == 0 && v.IdleAt != 0 {
			e := w.declare(v)
			e.At = v.IdleAt
			e.Flags |= inferred(v.Inferred)
			w.later = append(w.later, timedEvent{e, nil})
		}
	})
	each(&s.Messages, func(_ Slot, v *Message) {
		if v.EndD != 0 || v.Copies != 0 && !s.waits(v) {
			return
		}
		m := &flow.Message{
			RPC: v.RPC, UniqueID: v.UniqueID, Expiration: v.Expiration, Size: v.Size, Facts: v.Facts,
			Exchange: v.Exchange, Key: v.Key, Props: v.Props, Class: v.Class,
		}
		if v.Class == flow.ClassNotification {
			m.EventType = v.Label
		} else {
			m.Method = v.Label
		}
		e := flow.Event{
			At: v.At, Kind: flow.Publish, Msg: v.ID, RPC: v.RPC, Class: v.Class, VHost: v.VHost, Exchange: v.Exchange,
			Key: v.Key, Process: v.Process, Conn: v.Conn, Flags: inferred(v.Inferred),
		}
		if v.Mandatory {
			e.Flags |= flow.Mandatory
		}
		w.later = append(w.later, timedEvent{e, m})
	})
	each(&s.Calls, func(_ Slot, v *Call) {
		if v.State == Waiting {
			w.later = append(w.later, timedEvent{flow.Event{
				At: v.StartAt, Kind: flow.Request, RPC: v.ID, Msg: v.Request, Class: flow.ClassCall, Label: v.Method,
				Key: v.Target, Value: v.Timeout, Process: v.Process, Queue: v.ReplyQueue, Text: v.Worker, Flags: inferred(!v.told),
			}, nil})
		}
	})
	each(&s.Runs, func(_ Slot, v *Run) {
		if v.EndD == 0 {
			w.later = append(w.later, timedEvent{flow.Event{
				At: v.StartAt, Kind: flow.Dispatch, RPC: v.RPC, Msg: v.Msg, Class: v.Class, Label: v.Method,
				Process: v.Process, Queue: v.Queue, Flags: inferred(v.Inferred),
			}, nil})
		}
	})
}

// lists writes what the queues hold, in order, and their exact counts.
func (w *snapshot) lists(to flow.Sink) {
	s := w.s
	each(&s.Queues, func(_ Slot, v *Queue) {
		if v.Died != 0 {
			return
		}
		for c := v.UnackedHead; c != 0; c = s.Copies.At(c).Next {
			w.copy(to, v, s.Copies.At(c), flow.Deliver)
		}
		for c := v.ReadyHead; c != 0; c = s.Copies.At(c).Next {
			w.copy(to, v, s.Copies.At(c), flow.Enqueue)
		}
		if v.Ready > 0 || v.Unacked > 0 {
			w.emit(to, &flow.Event{
				At: s.At, Kind: flow.Depth, VHost: v.VHost, Queue: v.Name, Value: v.Ready, Count: uint32(v.Unacked),
			}, nil)
		}
	})
}

func (w *snapshot) copy(to flow.Sink, q *Queue, c *Copy, kind flow.Kind) {
	m := w.s.Messages.At(c.Msg)
	e := flow.Event{
		At: w.s.At, Kind: kind, VHost: q.VHost, Queue: q.Name, Msg: m.ID, RPC: m.RPC, Class: m.Class,
		Flags: inferred(c.Inferred),
	}
	if c.Redelivered {
		e.Flags |= flow.Redelivered
	}
	if kind == flow.Deliver {
		e.Process, e.Value = c.Holder, c.DeliveryTag
		if c.Consumer != 0 {
			k := w.s.Consumers.At(c.Consumer)
			e.Conn, e.Channel, e.Tag = k.Conn, k.Channel, k.Tag
		} else {
			e.Flags |= flow.Get
		}
	}
	w.emit(to, &e, nil)
}
