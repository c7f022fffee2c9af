package scenario

import (
	"slices"
	"strconv"
	"strings"

	"rpcscope/engine/rpc"
	"rpcscope/engine/sim"
	"rpcscope/engine/transport"
)

func (r *reader) process(path string, v rpc.Value, index int, c *rpc.Config) rpc.Process {
	o := r.object(path, v)
	o.require("name")
	p := rpc.Process{Name: o.name("name", "")}
	program, host, _ := strings.Cut(p.Name, "@")
	if program == "" {
		program = p.Name
	}
	p.Program = o.name("program", program)
	p.Host = o.name("host", host)
	p.PID = int(o.number("pid", int64(1000+index*113%7919), 1, 4194304))
	p.PIDGiven = o.has("pid")
	p.StartAt = o.duration("start", 0, 0, longest)
	p.RESTOnly = o.truth("rest_only", false)
	r.service(o, &p)
	p.Runs = o.choice("runs", "", "zmq-receiver", "zmq-proxy")
	p.Options = c.Options
	if t, ok := o.get("transport", rpc.Object); ok {
		if r.carried != nil {
			in := r.object(join(path, "transport"), t)
			in.common(&p.Options)
			r.zmqHost(in, &p)
			in.done()
		} else {
			p.Options = r.options(join(path, "transport"), t, p.Options)
		}
	}
	o.each("servers", maxServers, func(path string, v rpc.Value) {
		p.Servers = append(p.Servers, r.server(path, v, &p))
	})
	o.each("listeners", maxServers, func(path string, v rpc.Value) {
		p.Listeners = append(p.Listeners, r.listener(path, v, &p))
	})
	o.each("rest", maxMethods, func(path string, v rpc.Value) {
		p.REST = append(p.REST, r.route(path, v))
	})
	o.each("threads", maxThreads, func(path string, v rpc.Value) {
		p.Threads = append(p.Threads, r.thread(path, v, len(p.Threads)))
	})
	p.WSGI = r.pipeline(o)
	o.done()
	if p.RESTOnly && (len(p.Servers) > 0 || len(p.Listeners) > 0) {
		r.fail(join(path, "rest_only"), "is true, but the process has servers or listeners", "remove it, or give them to another process")
	}
	if len(p.REST) == 0 && len(p.WSGI) > 0 {
		r.fail(join(path, "pipeline"), "leads nowhere", `add the requests that the application answers as "rest"`)
	}
	if len(p.REST) == 0 && p.Door {
		r.fail(join(path, "door"), "is true, but the process answers no requests", `add them as "rest", or remove it`)
	}
	return p
}

// zmqHost reads the name under which ZeroMQ's drivers announce a process's host.
func (r *reader) zmqHost(o *object, p *rpc.Process) {
	host := o.name("rpc_zmq_host", p.Host)
	switch {
	case o.has("rpc_zmq_host") && transport.Family(r.carried.Profile) != "zmq":
		r.fail(join(o.path, "rpc_zmq_host"), "is a setting of ZeroMQ's drivers", "remove it, or change $.profile")
	case o.has("rpc_zmq_host"):
		r.checkHost(join(o.path, "rpc_zmq_host"), host)
		p.Host = host
	}
}

// each reads a list of things.
func (o *object) each(name string, limit int, read func(path string, v rpc.Value)) {
	list, ok := o.get(name, rpc.Array)
	if !ok {
		return
	}
	for i, v := range o.items(name, list, limit) {
		read(join(o.path, name)+"["+strconv.Itoa(i)+"]", v)
	}
}

func (r *reader) server(path string, v rpc.Value, p *rpc.Process) rpc.Server {
	o := r.object(path, v)
	o.require("topic")
	s := rpc.Server{
		Exchange: o.name("exchange", p.Options.ControlExchange),
		Topic:    o.name("topic", ""),
		Name:     o.name("server", p.Host),
	}
	executor := o.choice("executor", "threading", "threading", "blocking", "eventlet")
	if o.has("executor") && executor != "eventlet" && r.profile.Old() {
		r.fail(join(path, "executor"), "is not known to the classic profiles", "they always use eventlet; remove it")
	}
	if executor == "blocking" && r.released && p.Options.Release >= rpc.SinceNoBlocking {
		r.fail(join(path, "executor"), "is not known to oslo.messaging 12.0 and later", `write "threading" or "eventlet", or set "release" to an earlier one`)
	}
	s.Executor = int(o.number("executor_pool_size", 64, 1, 1000))
	switch {
	case r.profile.Old():
		s.Kind = rpc.Eventlet
	case executor == "blocking":
		s.Executor, s.Kind = 1, rpc.Blocking
	case executor == "eventlet":
		s.Kind = rpc.Eventlet
	}
	if s.Kind == rpc.Blocking && o.has("executor_pool_size") {
		r.fail(join(path, "executor_pool_size"), "means nothing to the executor blocking", "it runs one method at a time; remove it")
	}
	o.require("endpoints")
	o.each("endpoints", maxEndpoints, func(path string, v rpc.Value) {
		s.Endpoints = append(s.Endpoints, r.endpoint(path, v))
	})
	o.done()
	if len(s.Endpoints) == 0 {
		r.fail(join(path, "endpoints"), "is empty", `write at least one object with "methods"; a server without any refuses every request`)
	}
	if s.Name == "" {
		r.fail(join(path, "server"), "is missing", "name the server, or give the process a host")
	}
	return s
}

func (r *reader) endpoint(path string, v rpc.Value) rpc.Endpoint {
	o := r.object(path, v)
	e := rpc.Endpoint{Class: o.name("class", "Endpoint"), Version: "1.0"}
	if o.has("namespace") {
		e.Namespace, e.HasNamespace = o.name("namespace", ""), true
	}
	e.Legacy = o.distinct("legacy_namespaces")
	e.Version = o.version("version", "1.0")
	if c, ok := o.get("rpcapi", rpc.Object); ok {
		in := r.object(join(path, "rpcapi"), c)
		in.require("class")
		e.Client, e.ClientVersion = in.name("class", ""), in.version("version", e.Version)
		in.done()
	}
	o.require("methods")
	methods, has := o.get("methods", rpc.Object)
	if has && len(methods.Keys) == 0 {
		r.fail(join(path, "methods"), "is empty", "write at least one; an endpoint without any refuses every request")
	}
	if len(methods.Keys) > maxMethods {
		r.fail(join(path, "methods"), "has "+strconv.Itoa(len(methods.Keys))+" entries", "the limit is "+strconv.Itoa(maxMethods))
		return e
	}
	for i, name := range methods.Keys {
		e.Methods = append(e.Methods, r.method(join(join(path, "methods"), name), name, methods.Items[i]))
	}
	o.done()
	return e
}

// version is "major.minor", or with a revision behind.
func (o *object) version(name, fallback string) string {
	v, ok := o.get(name, rpc.String)
	if !ok {
		return fallback
	}
	if _, ok := rpc.ParseVersion(v.Text); !ok {
		o.r.fail(join(o.path, name), quote(v.Text)+" is no version", `write major and minor, such as "1.0"`)
	}
	return v.Text
}

func (r *reader) method(path, name string, v rpc.Value) rpc.Method {
	r.checkName(path, name)
	o := r.object(path, v)
	m := rpc.Method{Name: name, AnyParams: !o.has("params"), Params: o.distinct("params")}
	m.Steps = r.steps(o, "steps", 0)
	takes := o.dist("takes", sim.Dist{}, 0, longest)
	if takes != (sim.Dist{}) {
		m.Steps = append([]rpc.Step{{Kind: rpc.StepSleep, For: takes, Implied: true}}, m.Steps...)
	}
	if x, ok := o.any("returns"); ok {
		m.Steps = append(m.Steps, rpc.Step{Kind: rpc.StepReturn, Value: x, Implied: true})
	}
	o.done()
	return m
}

func (r *reader) listener(path string, v rpc.Value, p *rpc.Process) rpc.Listener {
	o := r.object(path, v)
	l := rpc.Listener{
		Exchange:    o.name("exchange", p.Options.ControlExchange),
		Topics:      o.some("topics"),
		Priorities:  o.some("priorities"),
		Pool:        o.name("pool", ""),
		RequeueOnce: o.truth("requeue_once", false),
		Handling:    o.dist("takes", sim.Constant(millisecond), 0, longest),
		Executor:    int(o.number("executor_pool_size", 64, 1, 1000)),
	}
	l.Missing = o.truth("missing", false)
	if l.RequeueOnce && r.profile.Old() {
		r.fail(join(path, "requeue_once"), "is not known to the classic profiles", `remove it, or change $.profile to "modern"`)
	}
	for i, priority := range l.Priorities {
		if !slices.Contains(priorities, priority) {
			r.fail(join(path, "priorities")+"["+strconv.Itoa(i)+"]", quote(priority)+" is no priority", perhaps(priority, priorities, "one of "+strings.Join(priorities, ", ")))
		}
	}
	o.done()
	if len(l.Topics) == 0 {
		l.Topics = []string{usualTopic}
	}
	if len(l.Priorities) == 0 {
		l.Priorities = []string{usualPriority}
	}
	return l
}

// usualTopic and usualPriority are what a listener takes that names none.
const usualTopic, usualPriority = "notifications", "info"

// priorities are those of notifications (oslo_messaging/notify/notifier.py).
var priorities = []string{"audit", "debug", "info", "warn", "error", "critical", "sample"}

func (r *reader) route(path string, v rpc.Value) rpc.Route {
	o := r.object(path, v)
	o.require("request")
	verb, where := r.request(join(path, "request"), o.text("request", "GET /"))
	rt := rpc.Route{Verb: verb, Path: where, Steps: r.steps(o, "steps", 0)}
	takes := o.dist("takes", sim.Dist{}, 0, longest)
	if takes != (sim.Dist{}) {
		rt.Steps = append([]rpc.Step{{Kind: rpc.StepSleep, For: takes, Implied: true}}, rt.Steps...)
	}
	rt.OnFailure = int(o.number("on_failure", 0, 400, 599))
	if status := o.number("status", 0, 100, 599); status != 0 {
		rt.Steps = append(rt.Steps, rpc.Step{Kind: rpc.StepReturn, Status: int(status), Implied: true})
	}
	o.done()
	return rt
}

// request splits "POST /servers".
func (r *reader) request(path, s string) (verb, where string) {
	verb, where, ok := strings.Cut(s, " ")
	if !ok || verb == "" || len(verb) > 16 || verb != strings.ToUpper(verb) || !strings.HasPrefix(where, "/") || len(where) > maxName {
		r.fail(path, quote(s)+" is no request", `write a verb and a path, such as "POST /servers"`)
	}
	return verb, where
}

func (r *reader) thread(path string, v rpc.Value, index int) rpc.Thread {
	o := r.object(path, v)
	t := rpc.Thread{
		Name:    o.name("name", "thread-"+strconv.Itoa(index+1)),
		StartAt: o.dist("start", sim.Dist{}, 0, longest),
		Times:   1,
	}
	if o.has("every") {
		t.Every, t.Times = o.dist("every", sim.Dist{}, millisecond, longest), 0
	}
	t.Times = int(o.number("times", int64(t.Times), 1, maxTimes))
	if t.Times > 1 && !o.has("every") {
		r.fail(join(path, "times"), "needs to know how often", `add "every", such as "2s"`)
	}
	o.require("steps")
	t.Steps = r.steps(o, "steps", 0)
	for i := range t.Steps {
		t.Steps[i].Continue = !t.Steps[i].Raises()
	}
	o.done()
	return t
}
