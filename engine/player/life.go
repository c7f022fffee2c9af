package player

import "rpcscope/engine/flow"

// lifeOf tells the selected life: what happened by the playhead, the last of it
// as now while it goes on, and what is known to come. The codes are the kinds
// of event (flow.Kind.String), but for these: publish-reply, route-none,
// deliver-again, return-mandatory for an unroutable message given back, and
// returned, raised and timed-out for the three ends of a call.
func (p *Player) lifeOf() []LifeStep {
	s := &p.sel
	steps := make([]LifeStep, 0, len(s.events))
	now := -1
	for i := range s.events {
		m := &s.events[i]
		code, args := p.step1(m, i)
		if code == "" {
			continue
		}
		step := LifeStep{T: float64(m.e.At) / ms, D: float64(m.d) / ms, Code: code, Args: args, State: "ahead"}
		if m.e.Kind == flow.Publish {
			step.Cls = m.e.Class.String()
		}
		if m.d <= p.d {
			step.State = "past"
			now = len(steps)
		}
		steps = append(steps, step)
	}
	if now >= 0 && (now < len(steps)-1 || p.underWay()) {
		steps[now].State = "now"
	}
	return steps
}

// underWay reports whether the selected message or call is still going on.
func (p *Player) underWay() bool {
	st := p.State()
	if c := st.CallSlot(p.sel.rpc); c != 0 && st.Calls.At(c).EndD == 0 {
		return true
	}
	if r := st.RestSlot(p.sel.rpc); r != 0 && st.Rests.At(r).Answer.Start == 0 {
		return true
	}
	i := st.MessageSlot(p.sel.msg)
	return i != 0 && st.Messages.At(i).EndD == 0
}

// step1 gives the code and arguments of one moment; "" leaves it out.
func (p *Player) step1(m *moment, i int) (string, Args) {
	n, e := p.names, &m.e
	args := Args{"process": n.Text(e.Process)}
	if m.n > 1 {
		args["n"] = m.n
	}
	switch e.Kind {
	case flow.Request:
		args["method"], args["target"] = n.Text(e.Label), n.Text(e.Key)
		args["timeout"] = duration(e.Value)
		return "request", args
	case flow.Publish:
		args["class"], args["key"], args["exchange"] = e.Class.String(), n.Text(e.Key), orText(n.Text(e.Exchange), "(default)")
		if e.Class == flow.ClassReply {
			return "publish-reply", args
		}
		return "publish", args
	case flow.Route:
		args["exchange"], args["queue"], args["key"] = orText(n.Text(e.Exchange), "(default)"), n.Text(e.Queue), n.Text(e.Key)
		if e.Has(flow.NoRoute) {
			return "route-none", args
		}
		args["n"] = m.n
		return "route", args
	case flow.Enqueue:
		args["queue"] = n.Text(e.Queue)
		if held, ok := p.held(i); ok {
			args["held"] = duration(held)
		}
		return "enqueue", args
	case flow.Deliver:
		args["queue"] = n.Text(e.Queue)
		if e.Has(flow.Redelivered) {
			return "deliver-again", args
		}
		return "deliver", args
	case flow.Return:
		return "return-mandatory", args
	case flow.Requeue, flow.Expire, flow.Drop, flow.DeadLetter, flow.Reject, flow.Ack:
		args["queue"], args["reason"] = n.Text(e.Queue), n.Text(e.Label)
		return e.Kind.String(), args
	}
	if e.Class == flow.ClassREST {
		return restStep(n, e, args)
	}
	args["method"] = n.Text(e.Label)
	switch e.Kind {
	case flow.Finish, flow.Reply, flow.Failure, flow.Timeout:
		args["took"] = duration(e.Value)
		args["failure"] = n.Text(e.Text)
	}
	switch e.Kind {
	case flow.Reply:
		return "returned", args
	case flow.Failure:
		return "raised", args
	case flow.Timeout:
		return "timed-out", args
	case flow.Dispatch, flow.Finish, flow.LateReply, flow.Heartbeat, flow.Notification:
		return e.Kind.String(), args
	}
	return "", nil
}

// held is how long the queue of an Enqueue held its message, when it was delivered.
func (p *Player) held(i int) (int64, bool) {
	e := &p.sel.events[i].e
	for j := i + 1; j < len(p.sel.events); j++ {
		if o := &p.sel.events[j].e; o.Kind == flow.Deliver && o.Msg == e.Msg && o.Queue == e.Queue {
			return o.At - e.At, true
		}
	}
	return 0, false
}
