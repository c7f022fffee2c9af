package scenario

import (
	"strconv"

	"rpcscope/engine/rpc"
)

// check looks at what a document's parts say about each other.
func (r *reader) check(d *Document) {
	c := &d.Config
	seen := map[string]int{}
	names := make([]string, len(c.Processes))
	for i := range c.Processes {
		p := &c.Processes[i]
		if j, ok := seen[p.Name]; ok {
			r.fail(process(i)+".name", quote(p.Name)+" is the name of $.processes["+strconv.Itoa(j)+"] too", "give each process a name of its own")
		}
		seen[p.Name], names[i] = i, p.Name
	}
	known := func(path, name string) {
		if _, ok := seen[name]; ok {
			return
		}
		remedy := "name a process of this document"
		if n := nearest(name, names); n != "" {
			remedy = "did you mean " + quote(n) + "?"
		}
		r.fail(path, "there is no process "+quote(name), remedy)
	}
	r.checkPIDs(c)
	r.reserved("$.transport.control_exchange", c.Options.ControlExchange, c, &rpc.Process{Options: c.Options})
	r.checkTransport(c)
	r.offers, r.args = offersOf(c), argsOf(d)
	for i := range c.Processes {
		r.checkProcess(process(i), d, i, known)
	}
	r.checkActs(d, known)
	for i, a := range d.actions {
		path := "$.actions[" + strconv.Itoa(i) + "]"
		known(path+".client", a.Client)
		if j, ok := seen[a.Client]; ok && c.Processes[j].RESTOnly {
			r.fail(path+".client", quote(a.Client)+" only speaks REST", "name a process that uses the broker")
		} else if ok {
			step := []rpc.Step{a.step}
			r.checkStep(path, &step[0], c, &c.Processes[j], known)
			r.checkSteps(path, step, place{alone: true})
		}
	}
}

// checkPIDs refuses two processes of a host with one process id, of which at least one was written down.
func (r *reader) checkPIDs(c *rpc.Config) {
	type id struct {
		host string
		pid  int
	}
	seen := map[id]int{}
	for i := range c.Processes {
		p := &c.Processes[i]
		j, twice := seen[id{p.Host, p.PID}]
		if twice && p.Host != "" {
			at := i
			if !p.PIDGiven {
				at, j = j, i
			}
			r.fail(process(at)+".pid", strconv.Itoa(p.PID)+" is the process id of "+process(j)+" on "+quote(p.Host)+" too", "give each process of a host one of its own")
		}
		seen[id{p.Host, p.PID}] = i
	}
}

func process(i int) string { return "$.processes[" + strconv.Itoa(i) + "]" }

func (r *reader) checkProcess(path string, d *Document, i int, known func(path, name string)) {
	c := &d.Config
	p := &c.Processes[i]
	r.reserved(path+".transport.control_exchange", p.Options.ControlExchange, c, p)
	r.checkServers(path, c, p)
	r.checkListeners(path, d, p)
	r.checkRoutes(path, p)
	r.checkTimes(path, d, p)
	r.lists(p, path, func(where string, list []rpc.Step, m *rpc.Method, answers bool) {
		in := place{answers: answers}
		if m != nil {
			in.method, in.names = m.Name, m.Params
			if m.AnyParams {
				in.names = r.args[m.Name]
			}
		}
		r.checkSteps(where, list, in)
		r.walk(where, list, func(at string, s *rpc.Step) { r.checkStep(at, s, c, p, known) })
	})
}

// checkKey refuses a topic and a server's name that together are no AMQP name any more.
func (r *reader) checkKey(path, topic, server string) {
	if n := len(topic) + 1 + len(server); n > rpc.MaxKey {
		r.fail(path, "makes a routing key of "+strconv.Itoa(n)+" bytes with the server's name", "AMQP's limit is "+strconv.Itoa(rpc.MaxKey))
	}
}

func (r *reader) walk(path string, steps []rpc.Step, visit func(path string, s *rpc.Step)) {
	written := 0
	for i := range steps {
		at := placeOf(path, &steps[i], &written)
		visit(at, &steps[i])
		for b, branch := range steps[i].Branches {
			r.walk(at+".parallel["+strconv.Itoa(b)+"]", branch, visit)
		}
	}
}

func (r *reader) checkStep(path string, s *rpc.Step, c *rpc.Config, p *rpc.Process, known func(path, name string)) {
	switch s.Kind {
	case rpc.StepREST:
		known(path+".to", s.To)
		for i := range c.Processes {
			q := &c.Processes[i]
			if q.Name != s.To {
				continue
			}
			switch there := q.Route(s.Method, s.Path) >= 0; {
			case !there && !s.Missing:
				r.fail(path+".rest", quote(s.To)+" does not answer "+s.Method+" "+s.Path, "add it to "+process(i)+`.rest, or write "missing": true for a 404`)
			case there && s.Missing:
				r.fail(path+".missing", "is true, but "+quote(s.To)+" answers "+s.Method+" "+s.Path, "remove it")
			}
		}
	case rpc.StepCall, rpc.StepMulticall, rpc.StepCast, rpc.StepFanout, rpc.StepNotify:
		if p.RESTOnly {
			r.fail(path, quote(p.Name)+" only speaks REST", `remove "rest_only", or send from another process`)
		}
		r.checkKey(path+".server", s.Topic, s.Server)
		r.reserved(path+".exchange", s.Exchange, c, p)
		if s.Kind != rpc.StepNotify {
			r.target(path, s, c, p)
		}
		for k, topic := range s.Topics {
			r.reserved(path+".topics["+strconv.Itoa(k)+"]", topic, c, p)
		}
	}
}
