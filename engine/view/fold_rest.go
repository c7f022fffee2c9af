package view

import "rpcscope/engine/flow"

func (s *State) restRequest(d, hopEnd int64, e *flow.Event) {
	if e.Process == 0 || e.Key == 0 {
		return
	}
	from, to := s.processNamed(d, e.Process, e), s.processNamed(d, e.Key, e)
	s.spoke(from, d)
	s.Counters.Asked++
	if l := s.link(d, e, from, 0, to); l != 0 {
		s.Links.At(l).Out.pass(d, e.At, flow.ClassREST, 0, e.RPC)
	}
	key := idKey(e.RPC)
	r := s.ix.rest.get(key)
	if r == 0 {
		if s.Rests.Len() >= s.limits.Calls {
			s.Counters.Skipped++
			return
		}
		r = s.Rests.add()
		s.ix.rest.put(key, r)
	}
	*s.Rests.At(r) = Rest{
		ID: e.RPC, From: e.Process, To: e.Key, Verb: e.Label, Path: e.Text,
		StartAt: e.At, Ask: Hop{d, hopEnd}, Inferred: e.Has(flow.Inferred),
	}
}

func (s *State) restResponse(d, hopEnd int64, e *flow.Event) {
	if e.Value < 400 {
		s.Counters.Granted++
	} else {
		s.Counters.Refused++
	}
	r := s.ix.rest.get(idKey(e.RPC))
	if r == 0 {
		return
	}
	v := s.Rests.At(r)
	v.Filter = e.Tag
	if v.Ask.End == 0 {
		v.Ask.End = d
	}
	v.Answer, v.Status, v.EndAt = Hop{d, hopEnd}, e.Value, e.At
	s.fade.calls.push(fade{since: d, slot: r, table: fadeRest})
}

// breakRests ends the requests that a process which is gone can no longer answer. Their status stays 0.
func (s *State) breakRests(process flow.Name, d, at int64) {
	for i := Slot(1); i < s.Rests.Cap(); i++ {
		r := s.Rests.At(i)
		if !s.Rests.Live(i) || r.To != process || r.Answer.Start != 0 {
			continue
		}
		if r.Ask.End == 0 || r.Ask.End > d {
			r.Ask.End = d
		}
		r.Answer, r.EndAt = Hop{d, d}, at
		s.fade.calls.push(fade{since: d, slot: i, table: fadeRest})
	}
}

// restFailure ends a request whose asker goes on without a response: refused, cut off, or too late. The response that
// comes too late is drawn all the same, if it comes while the request is remembered.
func (s *State) restFailure(d int64, e *flow.Event) {
	s.Counters.NoResponse++
	r := s.ix.rest.get(idKey(e.RPC))
	if r == 0 {
		return
	}
	v := s.Rests.At(r)
	v.Failure = e.Tag
	if v.Answer.Start != 0 {
		return
	}
	if v.Ask.End == 0 || v.Ask.End > d {
		v.Ask.End = d
	}
	v.Answer, v.EndAt = Hop{d, d}, e.At
	s.fade.calls.push(fade{since: d, slot: r, table: fadeRest})
}

// takeAnatomy notes what a source says of a service.
func (s *State) takeAnatomy(p *Process, args flow.Name) {
	if args == 0 || args == p.Anatomy {
		return
	}
	text := s.names.Text(args)
	p.Anatomy = args
	p.Component = s.names.Intern(flow.AnatomyOf(text, flow.AnatomyComponent))
	p.Door = flow.AnatomyOf(text, flow.AnatomyDoor) != ""
	s.Shape++
}
