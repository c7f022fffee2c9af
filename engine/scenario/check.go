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
	r.checkTransport(c)
	for i := range c.Processes {
		r.checkProcess(process(i), c, i, known)
	}
	r.checkActs(d, known)
	for i, a := range d.actions {
		path := "$.actions[" + strconv.Itoa(i) + "]"
		known(path+".client", a.Client)
		if j, ok := seen[a.Client]; ok && c.Processes[j].RESTOnly {
			r.fail(path+".client", quote(a.Client)+" only speaks REST", "name a process that uses the broker")
		}
	}
}

func process(i int) string { return "$.processes[" + strconv.Itoa(i) + "]" }

func (r *reader) checkProcess(path string, c *rpc.Config, i int, known func(path, name string)) {
	p := &c.Processes[i]
	walk := func(where string, steps []rpc.Step) {
		r.walk(where, steps, func(at string, s *rpc.Step) { r.checkStep(at, s, c, p, known) })
	}
	for k := range p.Servers {
		r.checkKey(path+".servers["+strconv.Itoa(k)+"].topic", p.Servers[k].Topic, p.Servers[k].Name)
		for e := range p.Servers[k].Endpoints {
			for m := range p.Servers[k].Endpoints[e].Methods {
				method := &p.Servers[k].Endpoints[e].Methods[m]
				where := path + ".servers[" + strconv.Itoa(k) + "].endpoints[" + strconv.Itoa(e) + "].methods"
				walk(join(where, method.Name)+".steps", method.Steps)
			}
		}
	}
	for k := range p.WSGI {
		walk(path+".pipeline["+strconv.Itoa(k)+"].steps", p.WSGI[k].Steps)
	}
	for k := range p.REST {
		walk(path+".rest["+strconv.Itoa(k)+"].steps", p.REST[k].Steps)
	}
	for k := range p.Threads {
		walk(path+".threads["+strconv.Itoa(k)+"].steps", p.Threads[k].Steps)
	}
}

// checkKey refuses a topic and a server's name that together are no AMQP name any more.
func (r *reader) checkKey(path, topic, server string) {
	if n := len(topic) + 1 + len(server); n > rpc.MaxKey {
		r.fail(path, "makes a routing key of "+strconv.Itoa(n)+" bytes with the server's name", "AMQP's limit is "+strconv.Itoa(rpc.MaxKey))
	}
}

func (r *reader) walk(path string, steps []rpc.Step, visit func(path string, s *rpc.Step)) {
	for i := range steps {
		at := path + "[" + strconv.Itoa(i) + "]"
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
	}
}
