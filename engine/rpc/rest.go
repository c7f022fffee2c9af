package rpc

import (
	"rpcscope/engine/flow"
)

// runREST sends an HTTP request and waits for its response. at is a token that
// the answering side shows, out.body the request's id.
func (s *System) runREST(i int32, f *frame) bool {
	p := s.tasks[i].proc
	st := f.step
	switch f.pc {
	case 0:
		f.pc = 1
		f.id = flow.ID(s.ids.UUID())
		s.emit(p, -1, flow.Event{
			Kind: flow.RestRequest, RPC: f.id, Class: flow.ClassREST, Key: s.names.Intern(st.To),
			Label: s.names.Intern(st.Method), Text: s.names.Intern(st.Path),
		})
		s.sleep(i, s.cfg.RESTLatency.Draw(&s.times))
		return false
	case 1:
		f.pc = 2
		to := s.procByName(st.To)
		if to < 0 || s.procs[to].state != procReady {
			return s.raise(i, failure{
				Class: "ConnectFailure", Module: "keystoneauth1.exceptions.connection",
				Text: "Unable to establish connection to " + st.To + st.Path, where: "raise",
			})
		}
		depth := int32(len(s.tasks[i].frames) - 1)
		s.start(to, frame{op: opAnswerREST, a: i, b: depth, step: st, ctx: f.ctx, id: f.id})
		return false
	case 2: // the response is on its way
		f.pc = 3
		return false
	}
	if f.c >= 400 {
		return s.raise(i, failure{Class: "HTTPError", Module: "keystoneauth1.exceptions.http", Text: st.Method + " " + st.Path + ": HTTP " + itoa(int(f.c)), where: "raise"})
	}
	return s.pop(i, Value{})
}

// runAnswerREST answers the request of task a, whose frame b waits.
func (s *System) runAnswerREST(i int32, f *frame) bool {
	t := &s.tasks[i]
	p := t.proc
	switch f.pc {
	case 0:
		f.pc = 1
		k := s.procs[p].cfg.Route(f.step.Method, f.step.Path)
		if k < 0 {
			t.status = 404
			return true
		}
		t.status = 0
		return s.push(i, frame{op: opSteps, steps: s.procs[p].cfg.REST[k].Steps, ctx: f.ctx})
	case 1:
		f.pc = 2
		f.c = int32(t.status)
		if !t.fail.isNone() {
			f.c = 500
		} else if f.c == 0 {
			f.c = 200
		}
		t.fail = failure{}
		e := flow.Event{
			Kind: flow.RestResponse, RPC: f.id, Class: flow.ClassREST, Label: s.names.Intern(f.step.Method),
			Text: s.names.Intern(f.step.Path), Value: int64(f.c),
		}
		if w := s.restWaiter(f); w != nil {
			e.Key = s.procs[s.tasks[f.a].proc].name
		}
		s.emit(p, -1, e)
		s.sleep(i, s.cfg.RESTLatency.Draw(&s.times))
		return false
	}
	from, status := f.a, f.c
	w := s.restWaiter(f)
	s.pop(i, Value{})
	if w != nil {
		w.pc, w.c = 3, status
		s.wake(from, input{})
	}
	return true
}

// restWaiter is the frame that waits for the answer, nil when its task is gone.
func (s *System) restWaiter(f *frame) *frame {
	t := &s.tasks[f.a]
	if !t.alive || len(t.frames) != int(f.b)+1 || t.frames[f.b].op != opREST || t.frames[f.b].id != f.id {
		return nil
	}
	return &t.frames[f.b]
}

func (s *System) procByName(name string) int32 {
	for i := range s.procs {
		if s.procs[i].cfg.Name == name {
			return int32(i)
		}
	}
	return -1
}
