package rpc

import (
	"rpcscope/engine/flow"
)

// restBroken stands in place of a status: the connection broke before one came.
const restBroken = -1

// runREST sends an HTTP request and waits for its response. id is the
// request's, which the answering side shows; c is the response's status, 0 until it is there.
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
			return s.raise(i, connectFailure("Unable to establish connection to "+st.To+st.Path))
		}
		depth := int32(len(s.tasks[i].frames) - 1)
		s.start(to, frame{op: opAnswerREST, a: i, b: depth, step: st, ctx: f.ctx, id: f.id})
		return false
	}
	switch {
	case f.c == 0:
		return false
	case f.c == restBroken:
		return s.raise(i, connectFailure("Unable to establish connection to "+st.To+st.Path+": ('Connection aborted.')"))
	case f.c >= 400:
		return s.raise(i, failure{Class: "HTTPError", Module: "keystoneauth1.exceptions.http", Text: st.Method + " " + st.Path + ": HTTP " + itoa(int(f.c)), where: "raise"})
	}
	return s.pop(i, Value{})
}

// runAnswerREST answers the request of task a, whose frame b waits. c is the
// status once it is known, until when the response arrives.
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
		f.until = s.now + s.cfg.RESTLatency.Draw(&s.times)
		s.sleep(i, f.until-s.now)
		return false
	}
	from, status := f.a, f.c
	w := s.restWaiter(f)
	s.pop(i, Value{})
	if w != nil {
		w.c = status
		s.wake(from, input{})
	}
	return true
}

func connectFailure(text string) failure {
	return failure{Class: "ConnectFailure", Module: "keystoneauth1.exceptions.connection", Text: text, where: "raise"}
}

// breakREST tells who waits for the answer that task i was to give that its
// process is gone. A response that is on its way arrives all the same.
func (s *System) breakREST(i int32) {
	if len(s.tasks[i].frames) == 0 || s.tasks[i].frames[0].op != opAnswerREST {
		return
	}
	f := &s.tasks[i].frames[0]
	if w := s.restWaiter(f); w != nil {
		if f.pc == 2 {
			w.c = f.c
			s.sleep(f.a, f.until-s.now)
			return
		}
		w.c = restBroken
		s.sleep(f.a, s.cfg.RESTLatency.Draw(&s.times))
	}
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
