package rpc

import (
	"rpcscope/engine/flow"
)

// restBroken stands in place of a status: the connection broke before one came.
const restBroken = -1

// runREST sends an HTTP request and waits for its response. id is the
// request's, which the answering side shows; c is the response's status, 0
// until it is there. It waits until then, where it does not wait for ever.
func (s *System) runREST(i int32, f *frame) bool {
	p := s.tasks[i].proc
	st := f.step
	switch f.pc {
	case 0:
		f.pc, f.since = 1, s.now
		f.id = flow.ID(s.ids.UUID())
		s.emit(p, -1, s.restEvent(flow.RestRequest, f))
		s.sleep(i, s.cfg.RESTLatency.Draw(&s.times))
		return false
	case 1:
		f.pc = 2
		to := s.procByName(st.To)
		if to < 0 || s.procs[to].state != procReady {
			return s.noResponse(i, f, connectFailure("Unable to establish connection to "+st.To+st.Path+": Connection refused"))
		}
		depth := int32(len(s.tasks[i].frames) - 1)
		s.start(to, frame{op: opAnswerREST, a: i, b: depth, d: p, step: st, ctx: f.ctx, id: f.id})
		if f = s.top(i); f.c == 0 && st.Timeout > 0 {
			f.until = f.since + st.Timeout
			s.sleep(i, f.until-s.now)
		}
		return false
	}
	switch {
	case f.c == 0 && f.until > 0 && s.now >= f.until:
		// keystoneauth1/session.py makes this class of both time-outs of requests, ReadTimeout and ConnectTimeout.
		return s.noResponse(i, f, failure{
			Class: "ConnectTimeout", Module: "keystoneauth1.exceptions.connection", where: "raise",
			Text: "Request to " + st.To + st.Path + " timed out",
		})
	case f.c == 0:
		return false
	case f.c == restBroken:
		return s.noResponse(i, f, connectFailure("Unable to establish connection to "+st.To+st.Path+": ('Connection aborted.', RemoteDisconnected('Remote end closed connection without response'))"))
	}
	e := s.restEvent(flow.RestDone, f)
	e.Value, e.Count = s.now-f.since, uint32(f.c)
	s.emit(p, -1, e)
	if f.c >= 400 {
		return s.raise(i, httpError(st, int(f.c)))
	}
	return s.pop(i, Value{})
}

// noResponse ends a request that got none.
func (s *System) noResponse(i int32, f *frame, why failure) bool {
	e := s.restEvent(flow.RestFailure, f)
	e.Value, e.Tag, e.Args = s.now-f.since, s.names.Intern(why.Class), s.names.Intern(why.Text)
	s.emit(s.tasks[i].proc, -1, e)
	return s.raise(i, why)
}

// restEvent is what all events of a request at the one who asks have in common.
func (s *System) restEvent(k flow.Kind, f *frame) flow.Event {
	return flow.Event{
		Kind: k, RPC: f.id, Class: flow.ClassREST, Key: s.names.Intern(f.step.To),
		Label: s.names.Intern(f.step.Method), Text: s.names.Intern(f.step.Path),
	}
}

// The points of opAnswerREST.
const (
	restFilter int32 = iota
	restFiltered
	restRoute
	restAnswer
	restArrived
)

// runAnswerREST answers the request of task a, of the process d, whose frame b
// waits: at is the filter of the WSGI pipeline that it has reached, server the
// one that answered in place of the application. c is the status once it is
// known, until when the response arrives.
func (s *System) runAnswerREST(i int32, f *frame) bool {
	t := &s.tasks[i]
	p := t.proc
	switch f.pc {
	case restFilter:
		return s.enterFilter(i, f)
	case restFiltered:
		return s.leaveFilter(i, f)
	case restRoute:
		f.pc = restAnswer
		k := s.procs[p].cfg.Route(f.step.Method, f.step.Path)
		if k < 0 {
			t.status = 404
			return true
		}
		t.status = 0
		f.until = int64(s.procs[p].cfg.REST[k].OnFailure)
		return s.push(i, frame{op: opSteps, steps: s.procs[p].cfg.REST[k].Steps, ctx: f.ctx})
	case restAnswer:
		f.pc = restArrived
		f.c = int32(t.status)
		if !t.fail.isNone() {
			f.c = 500
			if f.until > 0 {
				f.c = int32(f.until)
			}
		} else if f.c == 0 {
			f.c = 200
		}
		t.fail = failure{}
		s.emit(p, -1, flow.Event{
			Kind: flow.RestResponse, RPC: f.id, Class: flow.ClassREST, Label: s.names.Intern(f.step.Method), Tag: s.names.Intern(f.server),
			Text: s.names.Intern(f.step.Path), Value: int64(f.c), Key: s.procs[f.d].name,
		})
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
		if f.pc == restArrived {
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

// httpClasses are the exceptions of keystoneauth1.exceptions.http by status.
var httpClasses = [...]struct {
	status      int
	class, text string
}{
	{400, "BadRequest", "Bad Request"},
	{401, "Unauthorized", "Unauthorized"},
	{403, "Forbidden", "Forbidden"},
	{404, "NotFound", "Not Found"},
	{409, "Conflict", "Conflict"},
	{413, "RequestEntityTooLarge", "Request Entity Too Large"},
	{500, "InternalServerError", "Internal Server Error"},
	{502, "BadGateway", "Bad Gateway"},
	{503, "ServiceUnavailable", "Service Unavailable"},
	{504, "GatewayTimeout", "Gateway Timeout"},
}

// httpError is the exception that a response of 400 and more becomes in who asked.
func httpError(st *Step, status int) failure {
	f := failure{Class: "HTTPClientError", Module: "keystoneauth1.exceptions.http", where: "raise", status: status}
	text := "HTTP Client Error"
	if status >= 500 {
		f.Class, text = "HttpServerError", "HTTP Server Error"
	}
	for i := range httpClasses {
		if h := &httpClasses[i]; h.status == status {
			f.Class, text = h.class, h.text
		}
	}
	f.Text = st.Method + " " + st.To + st.Path + ": " + text + " (HTTP " + itoa(status) + ")"
	return f
}
