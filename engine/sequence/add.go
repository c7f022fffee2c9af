package sequence

import "rpcscope/engine/flow"

// Add takes the next paced event; it must not come before the one before.
func (b *Maker) Add(d, hopEnd int64, e *flow.Event, m *flow.Message) {
	if e.Has(flow.Snapshot) || d > b.out.End {
		return
	}
	b.crowd.fed = d
	switch e.Kind {
	case flow.Publish, flow.Route, flow.Return:
		b.towardsQueue(d, hopEnd, e, m)
	case flow.Deliver, flow.Requeue, flow.Drop, flow.Expire, flow.DeadLetter:
		b.fromQueue(d, hopEnd, e)
	case flow.Request, flow.Dispatch, flow.Finish, flow.Reply, flow.Failure, flow.Timeout:
		b.process(d, e)
	case flow.RestRequest, flow.RestResponse:
		a := Arrow{Start: d, End: hopEnd, RPC: e.RPC, Class: flow.ClassREST}
		a.From, a.To = b.line(Process, 0, e.Process), b.line(Process, 0, e.Key)
		b.arrow(a)
	case flow.ProcessStop:
		b.stop(d, e)
		return
	case flow.NetworkCut, flow.NetworkRestore:
		b.link(d, e)
		return
	case flow.Enqueue, flow.Ack, flow.Operator, flow.AlarmSet, flow.BrokerStop:
	default:
		return
	}
	if d >= b.out.Start {
		class := e.Class
		if m != nil {
			class = m.Class
		}
		if b.ticks(d, e.Kind, class) {
			b.out.Ticks = append(b.out.Ticks, Tick{D: d, Msg: e.Msg, RPC: e.RPC, Class: class, Kind: e.Kind})
		}
	}
}

func (b *Maker) towardsQueue(d, hopEnd int64, e *flow.Event, m *flow.Message) {
	from := -1
	if e.Kind == flow.Publish && e.Process != 0 {
		from = b.line(Process, 0, e.Process) // before its exchange, when both are new
	}
	x := b.line(Exchange, e.VHost, e.Exchange)
	a := Arrow{Start: d, End: hopEnd, Msg: e.Msg, RPC: e.RPC, Class: e.Class}
	switch e.Kind {
	case flow.Publish:
		if m != nil {
			a.Class, a.RPC = m.Class, m.RPC
			b.published(d, e, m)
		}
		a.From, a.To = from, x
		b.arrow(a)
	case flow.Route:
		if e.Has(flow.NoRoute) {
			b.lose(e.Msg)
			return
		}
		a.From, a.To = x, b.line(Queue, e.VHost, e.Queue)
		if e.Has(flow.ToExchange) {
			a.To = b.line(Exchange, e.VHost, e.Queue)
		}
		b.arrow(a)
	case flow.Return:
		if e.Process != 0 {
			a.From, a.To, a.Back, a.Lost = x, b.line(Process, 0, e.Process), true, true
			b.arrow(a)
		}
	}
}

// published opens or closes what a publish means for its RPC, where no process tells.
func (b *Maker) published(d int64, e *flow.Event, m *flow.Message) {
	if m.RPC.IsZero() || e.Process == 0 {
		return
	}
	line := b.line(Process, 0, e.Process)
	switch m.Class {
	case flow.ClassCall:
		b.called(m.RPC, m.Method)
		b.begin(spanKey{rpc: m.RPC, line: line}, Span{
			Start: d, RPC: m.RPC, Msg: e.Msg, Method: m.Method, Class: flow.ClassCall, State: Waiting, Deduced: !b.requests,
		})
	case flow.ClassReply:
		if !b.dispatches && !m.Has(flow.NotEnding) {
			state := Done
			if m.Has(flow.HasFailure) {
				state = Raised
			}
			b.end(spanKey{rpc: m.RPC, line: line, run: true}, d, 0, state)
		}
	}
}

// called remembers what a call is of.
func (b *Maker) called(rpc flow.ID, method flow.Name) {
	if len(b.method) >= maxMethods {
		clear(b.method)
	}
	b.method[rpc] = method
}

func (b *Maker) fromQueue(d, hopEnd int64, e *flow.Event) {
	switch e.Kind {
	case flow.Deliver:
		if e.Process == 0 {
			return
		}
		a := Arrow{Start: d, End: hopEnd, Msg: e.Msg, RPC: e.RPC, Class: e.Class, Back: e.Has(flow.Redelivered)}
		a.From, a.To = b.line(Queue, e.VHost, e.Queue), b.line(Process, 0, e.Process)
		held := a.To >= 0 && b.cut[a.To]
		if held {
			a.End = b.out.End // or earlier, as soon as the link is back
		}
		n := len(b.out.Arrows)
		if b.arrow(a); held && len(b.out.Arrows) > n {
			b.held = append(b.held, n)
		}
		if e.RPC.IsZero() {
			return
		}
		if e.Class == flow.ClassCall && !b.dispatches {
			b.begin(spanKey{rpc: e.RPC, line: a.To, run: true}, Span{
				Start: max(d, hopEnd), RPC: e.RPC, Msg: e.Msg, Method: b.method[e.RPC], Class: flow.ClassCall, State: Running, Deduced: true,
			})
		}
		if e.Class == flow.ClassReply && !b.requests {
			b.end(spanKey{rpc: e.RPC, line: a.To}, max(d, hopEnd), 0, Answered)
		}
	case flow.Requeue:
		b.arrived(d, func(a *Arrow) bool { return a.Msg == e.Msg })
		if e.Process != 0 {
			a := Arrow{Start: d, End: hopEnd, Msg: e.Msg, RPC: e.RPC, Class: e.Class, Back: true}
			a.From, a.To = b.line(Process, 0, e.Process), b.line(Queue, e.VHost, e.Queue)
			b.arrow(a)
		}
	default:
		b.lose(e.Msg)
	}
}

// link takes in that a process's link is cut or back: what is for it arrives then.
func (b *Maker) link(d int64, e *flow.Event) {
	line := b.line(Process, 0, e.Process)
	if line < 0 {
		return
	}
	b.cut[line] = e.Kind == flow.NetworkCut
	if !b.cut[line] {
		b.arrived(d+hop, func(a *Arrow) bool { return a.To == line })
	}
}

// arrived ends the ways of messages that were held up by a cut link.
func (b *Maker) arrived(d int64, which func(*Arrow) bool) {
	kept := b.held[:0]
	for _, i := range b.held {
		if a := &b.out.Arrows[i]; which(a) {
			a.End = min(a.End, d)
		} else {
			kept = append(kept, i)
		}
	}
	b.held = kept
}

// stop ends what a process did: who is gone waits for nothing and runs nothing.
func (b *Maker) stop(d int64, e *flow.Event) {
	line, known := b.lines[Line{Kind: Process, Name: e.Process}]
	if !known {
		return
	}
	for k := range b.open {
		switch {
		case k.line != line:
		case k.run:
			b.end(k, d, 0, Raised)
		default:
			b.end(k, d, 0, TimedOut)
		}
	}
}

// beganOnly is how long a method is shown of which only the beginning is known, in nanoseconds of the axis.
const beganOnly = 200_000_000

// process takes what a process says of itself.
func (b *Maker) process(d int64, e *flow.Event) {
	line := b.line(Process, 0, e.Process)
	call, run := spanKey{rpc: e.RPC, line: line}, spanKey{rpc: e.RPC, line: line, run: true}
	if e.RPC.IsZero() {
		run.msg = e.Msg
	}
	switch e.Kind {
	case flow.Request:
		b.requests = true
		if e.Class == flow.ClassCall {
			b.called(e.RPC, e.Label)
			b.begin(call, Span{Start: d, RPC: e.RPC, Msg: e.Msg, Method: e.Label, Class: flow.ClassCall, State: Waiting})
		}
	case flow.Dispatch:
		b.dispatches = true
		b.begin(run, Span{Start: d, RPC: e.RPC, Msg: e.Msg, Method: e.Label, Class: e.Class, State: Running, Deduced: e.Has(flow.Inferred)})
		if e.Has(flow.Inferred) && e.Class != flow.ClassCall {
			// It answers nothing, so nobody sees it end.
			b.end(run, d+beganOnly, 0, Done)
		}
	case flow.Finish:
		state := Done
		if e.Text != 0 {
			state = Raised
		}
		b.end(run, d, e.Value, state)
	case flow.Reply:
		b.end(call, d, e.Value, Answered)
	case flow.Failure:
		b.end(call, d, e.Value, Failed)
	case flow.Timeout:
		b.end(call, d, e.Value, TimedOut)
	}
}
