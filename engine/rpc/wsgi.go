package rpc

import "rpcscope/engine/flow"

// enterFilter brings a request to the next filter of its service's WSGI
// pipeline, or past them all to the routes.
func (s *System) enterFilter(i int32, f *frame) bool {
	t := &s.tasks[i]
	pipeline := s.procs[t.proc].cfg.WSGI
	for k := int(f.at); k < len(pipeline); k++ {
		w := &pipeline[k]
		if status := s.refuses(t.proc, k, f); status != 0 {
			f.server, f.pc, t.status = w.Name, restAnswer, status
			return true
		}
		if len(w.Steps) > 0 {
			f.at, f.pc, f.since = int64(k), restFiltered, s.now
			return s.push(i, frame{op: opSteps, steps: w.Steps, ctx: f.ctx})
		}
	}
	f.pc = restRoute
	return true
}

// leaveFilter goes on when the steps of a filter have ended. Where they
// failed the filter answers, as keystonemiddleware's auth_token does: 401 for a
// token that Keystone refuses, 503 when Keystone cannot be asked.
func (s *System) leaveFilter(i int32, f *frame) bool {
	t := &s.tasks[i]
	w := &s.procs[t.proc].cfg.WSGI[f.at]
	if !t.fail.isNone() {
		f.server, f.pc, t.status = w.Name, restAnswer, 503
		if 400 <= t.fail.status && t.fail.status < 500 {
			t.status = 401
		}
		t.fail = failure{}
		return true
	}
	if s.now > f.since && !w.App {
		s.emit(t.proc, -1, flow.Event{Kind: flow.RestFilter, RPC: f.id, Class: flow.ClassREST, Label: s.names.Intern(w.Name), Value: s.now - f.since})
	}
	f.at++
	f.pc = restFilter
	return true
}

// refuses returns the status with which filter k answers a request by itself, 0 when it does not.
func (s *System) refuses(p int32, k int, f *frame) int {
	w := &s.procs[p].cfg.WSGI[k]
	if w.Requires != "" {
		if _, ok := f.ctx.Get(w.Requires); !ok {
			return w.Status
		}
	}
	if w.Limit == 0 {
		return 0
	}
	passed := s.procs[p].passed[k]
	for len(passed) > 0 && passed[0] <= s.now-w.Per {
		passed = passed[1:]
	}
	status := 0
	if len(passed) >= w.Limit {
		status = w.Status
	} else {
		passed = append(passed, s.now)
	}
	s.procs[p].passed[k] = passed
	return status
}

// anatomy says what is known of a service, as the Args of a ProcessStart.
func anatomy(c *Process) string {
	a := flow.AppendAnatomy("", flow.AnatomyComponent, c.Component)
	if c.Door {
		a = flow.AppendAnatomy(a, flow.AnatomyDoor, "yes")
	}
	a = flow.AppendAnatomy(a, flow.AnatomyBinary, c.Binary)
	a = flow.AppendAnatomy(a, flow.AnatomyEntry, c.EntryPoint)
	for i := range c.Servers {
		for k := range c.Servers[i].Endpoints {
			a = endpointAnatomy(a, &c.Servers[i], &c.Servers[i].Endpoints[k])
		}
	}
	for i := range c.REST {
		a = flow.AppendAnatomy(a, flow.AnatomyRoute, c.REST[i].Verb+" "+c.REST[i].Path)
	}
	for i := range c.WSGI {
		if c.WSGI[i].App {
			a = flow.AppendAnatomy(a, flow.AnatomyApp, c.WSGI[i].Name)
		} else {
			a = flow.AppendAnatomy(a, flow.AnatomyFilter, c.WSGI[i].Name)
		}
	}
	return a
}

// methodsShown bounds the text that lists an endpoint's methods.
const methodsShown = 1000

func endpointAnatomy(a string, srv *Server, e *Endpoint) string {
	a = flow.AppendAnatomy(a, flow.AnatomyTopic, srv.Topic)
	manager := e.Class + " " + e.Version
	if e.Namespace != "" {
		manager += ", namespace " + e.Namespace
	}
	a = flow.AppendAnatomy(a, flow.AnatomyManager, manager)
	methods := ""
	for i := range e.Methods {
		if len(methods) > methodsShown {
			methods += ", …"
			break
		}
		if i > 0 {
			methods += ", "
		}
		methods += e.Methods[i].Name
	}
	a = flow.AppendAnatomy(a, flow.AnatomyMethods, methods)
	if e.Client == "" {
		return a
	}
	return flow.AppendAnatomy(a, flow.AnatomyClient, e.Client+" "+e.ClientVersion)
}
