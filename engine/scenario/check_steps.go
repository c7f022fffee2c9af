package scenario

import (
	"slices"
	"strconv"
	"strings"

	"rpcscope/engine/rpc"
)

// place is where a list of steps stands, and what its steps may refer to.
type place struct {
	// names are arguments and saved results.
	names []string
	// answers: it answers HTTP requests. method: it is a method's, "" for none.
	answers bool
	method  string
	// alone: it is one step, an action's, and no list.
	alone bool
}

// checkSteps looks at one list of steps: whether each is reached, and refers to what is there.
func (r *reader) checkSteps(path string, list []rpc.Step, in place) {
	written := 0
	for i := range list {
		s := &list[i]
		at := path
		if !in.alone {
			at = placeOf(path, s, &written)
		}
		if i > 0 && list[i-1].Raises() && !list[i-1].Continue {
			r.fail(at, "is never reached, as the step before it ends what runs it", "remove it, or move it up")
		}
		value := at
		if !s.Implied {
			value += "." + valueField(s.Kind)
		}
		for _, x := range [...]struct {
			path string
			v    rpc.Value
		}{{at + ".server", rpc.Str(s.Server)}, {at + "." + argsField(s.Kind), s.Args}, {at + ".context", s.Context}, {value, s.Value}} {
			r.refers(x.path, &x.v, &in)
		}
		for k := range s.OneOf {
			r.refers(at+".return_one_of["+strconv.Itoa(k)+"]", &s.OneOf[k], &in)
		}
		if s.Kind == rpc.StepReturn && s.Status != 0 && !in.answers {
			r.fail(at+".status", "is that of an HTTP response, and no request is answered here", `remove it, or move the step into "rest"`)
		}
		if s.Kind == rpc.StepYield && in.method == "" {
			r.fail(at+".yield", "gives a result, and nobody has called", "move it into a method")
		}
		for b, branch := range s.Branches {
			within := in
			within.names = slices.Clone(in.names)
			r.checkSteps(at+".parallel["+strconv.Itoa(b)+"]", branch, within)
		}
		if s.Save != "" {
			in.names = append(in.names, s.Save)
		}
	}
}

// placeOf is the path of a step of the list at path, of which so many were written before it.
func placeOf(path string, s *rpc.Step, written *int) string {
	if !s.Implied {
		*written++
		return path + "[" + strconv.Itoa(*written-1) + "]"
	}
	path = strings.TrimSuffix(path, ".steps")
	switch {
	case s.Kind == rpc.StepSleep:
		return path + ".takes"
	case s.Status != 0:
		return path + ".status"
	}
	return path + ".returns"
}

func argsField(k rpc.StepKind) string {
	if k == rpc.StepNotify {
		return "payload"
	}
	return "args"
}

func valueField(k rpc.StepKind) string {
	if k == rpc.StepYield {
		return "yield"
	}
	return "return"
}

// refers refuses a text ${name} for which there is neither an argument nor a saved result.
func (r *reader) refers(path string, v *rpc.Value, in *place) {
	if v.Kind == rpc.String && open(v.Text) {
		name := strings.TrimSuffix(strings.TrimPrefix(v.Text, "${"), "}")
		if slices.Contains(in.names, name) {
			return
		}
		remedy := `save it in a step before ("save": ` + quote(name) + ")"
		if in.method != "" {
			remedy = `add it to the method's "params", or ` + remedy
		}
		r.fail(path, quote(v.Text)+" is neither an argument nor saved before", perhaps(name, in.names, remedy))
	}
	for i := range v.Items {
		if v.Kind == rpc.Object {
			r.refers(join(path, v.Keys[i]), &v.Items[i], in)
		} else {
			r.refers(path+"["+strconv.Itoa(i)+"]", &v.Items[i], in)
		}
	}
}

// argsOf are the names of the arguments with which anything in a document calls each method, and those that methods list.
func argsOf(d *Document) map[string][]string {
	names := map[string][]string{}
	eachStep(d, func(s *rpc.Step) {
		switch s.Kind {
		case rpc.StepCall, rpc.StepMulticall, rpc.StepCast, rpc.StepFanout:
			names[s.Method] = append(names[s.Method], s.Args.Keys...)
		}
	})
	return names
}

// eachStep visits every step of a document, actions included.
func eachStep(d *Document, visit func(s *rpc.Step)) {
	eachProcessStep(d, func(_ *rpc.Process, s *rpc.Step) { visit(s) })
}

// eachProcessStep visits every step with the process that takes it; those of actions too.
func eachProcessStep(d *Document, visit func(p *rpc.Process, s *rpc.Step)) {
	r := &reader{}
	for i := range d.Config.Processes {
		p := &d.Config.Processes[i]
		r.lists(p, "", func(path string, list []rpc.Step, _ *rpc.Method, _ bool) {
			r.walk(path, list, func(_ string, s *rpc.Step) { visit(p, s) })
		})
	}
	for i := range d.actions {
		if p := processNamed(&d.Config, d.actions[i].Client); p != nil {
			visit(p, &d.actions[i].step)
		}
	}
}

// lists visits every list of steps of a process: those of a method (m), of what answers HTTP requests, and of threads.
func (r *reader) lists(p *rpc.Process, path string, visit func(path string, list []rpc.Step, m *rpc.Method, answers bool)) {
	at := func(kind string, i int) string { return path + "." + kind + "[" + strconv.Itoa(i) + "]" }
	for k := range p.Servers {
		for e := range p.Servers[k].Endpoints {
			list := p.Servers[k].Endpoints[e].Methods
			for m := range list {
				where := at("servers", k) + ".endpoints[" + strconv.Itoa(e) + "].methods"
				visit(join(where, list[m].Name)+".steps", list[m].Steps, &list[m], false)
			}
		}
	}
	for k := range p.WSGI {
		visit(at("pipeline", k)+".steps", p.WSGI[k].Steps, nil, true)
	}
	for k := range p.REST {
		visit(at("rest", k)+".steps", p.REST[k].Steps, nil, true)
	}
	for k := range p.Threads {
		visit(at("threads", k)+".steps", p.Threads[k].Steps, nil, false)
	}
}
