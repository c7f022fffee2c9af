package scenario

import (
	"strconv"
	"strings"

	"rpcscope/engine/rpc"
)

func (r *reader) steps(o *object, name string, depth int) []rpc.Step {
	list, ok := o.get(name, rpc.Array)
	if !ok {
		return nil
	}
	return r.list(join(o.path, name), list, depth)
}

func (r *reader) list(path string, list rpc.Value, depth int) []rpc.Step {
	if depth > maxNesting {
		r.fail(path, "is nested too deeply", "the limit is "+strconv.Itoa(maxNesting)+" levels of steps")
		return nil
	}
	if r.count += len(list.Items); r.count > maxSteps {
		r.fail(path, "the document has more than "+strconv.Itoa(maxSteps)+" steps", "let threads repeat instead of writing steps out")
		return nil
	}
	var out []rpc.Step
	for i, v := range list.Items {
		out = append(out, r.step(path+"["+strconv.Itoa(i)+"]", v, depth))
	}
	return out
}

// stepNames are the members that say what a step does: exactly one of them stands in each step.
var stepNames = []string{"sleep", "call", "multicall", "cast", "fanout", "notify", "rest", "return", "yield", "busy", "cleanup", "return_one_of", "raise", "parallel", "stop_servers", "exit"}

func (r *reader) step(path string, v rpc.Value, depth int) rpc.Step {
	o := r.object(path, v)
	var does []string
	for _, n := range stepNames {
		if o.has(n) {
			does = append(does, n)
		}
	}
	if len(does) > 1 {
		r.fail(path, "says more than one thing to do: "+strings.Join(does, " and "), "write a step for each")
	}
	s, found := r.send(o, depth)
	if !found {
		s, found = r.deed(o, depth)
	}
	if !found && r.err == nil {
		remedy := "write one of " + strings.Join(stepNames, ", ")
		for _, k := range v.Keys {
			if n := nearest(k, stepNames); n != "" {
				remedy = "did you mean " + quote(n) + "? " + remedy
				break
			}
		}
		r.fail(path, "does not say what to do", remedy)
	}
	s.Continue = o.choice("on_error", "raise", "raise", "continue") == "continue"
	o.done()
	return s
}

// send reads the steps that send something.
func (r *reader) send(o *object, depth int) (s rpc.Step, found bool) {
	switch {
	case o.has("call"):
		s = rpc.Step{Kind: rpc.StepCall, Method: o.name("call", "")}
		s.Timeout = o.duration("timeout", 0, millisecond, longest)
		s.Save = o.name("save", "")
		r.monitor(o, &s)
	case o.has("multicall"):
		r.onlyOld(join(o.path, "multicall"))
		s = rpc.Step{Kind: rpc.StepMulticall, Method: o.name("multicall", "")}
		s.Timeout = o.duration("timeout", 0, millisecond, longest)
		s.Save = o.name("save", "")
	case o.has("cast"):
		s = rpc.Step{Kind: rpc.StepCast, Method: o.name("cast", "")}
	case o.has("fanout"):
		s = rpc.Step{Kind: rpc.StepFanout, Method: o.name("fanout", "")}
	case o.has("notify"):
		return r.notify(o), true
	case o.has("rest"):
		s = rpc.Step{Kind: rpc.StepREST, To: o.name("to", "")}
		o.require("to")
		s.Method, s.Path = r.request(join(o.path, "rest"), o.text("rest", "GET /"))
		s.Timeout = o.duration("timeout", 0, millisecond, longest)
		s.Context = o.context()
		s.Missing = o.truth("missing", false)
		return s, true
	default:
		return s, false
	}
	o.require("topic")
	s.Topic = o.name("topic", "")
	s.Exchange = o.name("exchange", "")
	if s.Kind != rpc.StepFanout {
		s.Server = o.name("server", "")
	}
	if s.Kind == rpc.StepCast || s.Kind == rpc.StepFanout {
		s.At = r.address(o)
	}
	s.Namespace = o.name("namespace", "")
	s.Version = o.version("version", "")
	s.VersionCap = o.version("version_cap", "")
	r.retry(o, &s)
	s.Missing = o.truth("missing", false)
	s.Args = o.members("args")
	s.Context = o.context()
	return s, true
}

// address reads the server_params of a cast that goes to another broker than the transport's.
func (r *reader) address(o *object) *rpc.Address {
	v, ok := o.get("server_params", rpc.Object)
	if !ok {
		return nil
	}
	path := join(o.path, "server_params")
	r.onlyOld(path)
	p := r.object(path, v)
	a := &rpc.Address{
		Host: p.name("hostname", ""), Port: int(p.number("port", 5672, 1, 65535)),
		User: p.name("username", ""), Password: p.text("password", ""), VHost: p.name("virtual_host", ""),
	}
	p.done()
	return a
}

// monitor reads a call monitor's period.
func (r *reader) monitor(o *object, s *rpc.Step) {
	s.Monitor = o.duration("monitor", 0, second, longest)
	switch {
	case s.Monitor%second != 0:
		r.fail(join(o.path, "monitor"), "is no whole number of seconds", "oslo.messaging sends it in seconds")
	case s.Monitor != 0 && r.profile.Old():
		r.fail(join(o.path, "monitor"), "is not known to the classic profiles", `remove it, or change $.profile to "modern"`)
	}
}

// retry reads how often a connection that fails is tried again.
func (r *reader) retry(o *object, s *rpc.Step) {
	if !o.has("retry") {
		return
	}
	s.Retry = int32(o.number("retry", -1, -1, 1000000)) + 1
	switch {
	case r.profile.Old():
		r.fail(join(o.path, "retry"), "is not known to the classic profiles", `remove it, or change $.profile to "modern"; "rabbit_max_retries" ends the process`)
	case r.carried != nil:
		r.fail(join(o.path, "retry"), "is modelled for RabbitMQ only", "remove it, or change $.profile")
	}
}

// onlyOld refuses what oslo.messaging has no counterpart for.
func (r *reader) onlyOld(path string) {
	if !r.profile.Old() {
		r.fail(path, "is not known to oslo.messaging", `change $.profile to "classic" or "classic-single"`)
	}
}

// members is an object of free members.
func (o *object) members(name string) rpc.Value {
	v, ok := o.get(name, rpc.Object)
	if !ok {
		return rpc.Value{Kind: rpc.Object}
	}
	return v
}

// context reads what goes with a request; each one on the way hands it on and may add to it.
func (o *object) context() rpc.Value {
	v := o.members("context")
	if n := len(v.Keys); n > maxList {
		o.r.fail(join(o.path, "context"), "has "+strconv.Itoa(n)+" entries", "the limit is "+strconv.Itoa(maxList))
	}
	return v
}

func (r *reader) notify(o *object) rpc.Step {
	s := rpc.Step{Kind: rpc.StepNotify, Method: o.name("notify", ""), Topics: o.some("topics")}
	s.Exchange = o.name("exchange", "")
	s.Priority = o.choice("priority", "info", priorities...)
	s.Publisher = o.name("publisher_id", "")
	s.Args = o.members("payload")
	s.Context = o.context()
	r.retry(o, &s)
	driver := "messagingv2"
	if r.profile.Old() {
		driver = "messaging"
	}
	s.Bare = o.choice("driver", driver, "messagingv2", "messaging") == "messaging"
	if len(s.Topics) == 0 {
		s.Topics = []string{usualTopic}
	}
	return s
}

// deed reads the steps that send nothing.
func (r *reader) deed(o *object, depth int) (s rpc.Step, found bool) {
	switch {
	case o.has("sleep"):
		return rpc.Step{Kind: rpc.StepSleep, For: o.dist("sleep", s.For, 0, longest)}, true
	case o.has("return"):
		s = rpc.Step{Kind: rpc.StepReturn}
		s.Value, _ = o.any("return")
		s.Status = int(o.number("status", 0, 100, 599))
		return s, true
	case o.has("busy"):
		return rpc.Step{Kind: rpc.StepBusy, For: o.dist("busy", s.For, 0, longest)}, true
	case o.has("cleanup"):
		r.onlyOld(join(o.path, "cleanup"))
		o.truth("cleanup", true)
		return rpc.Step{Kind: rpc.StepCleanup}, true
	case o.has("yield"):
		r.onlyOld(join(o.path, "yield"))
		s = rpc.Step{Kind: rpc.StepYield}
		s.Value, _ = o.any("yield")
		return s, true
	case o.has("return_one_of"):
		v, _ := o.get("return_one_of", rpc.Array)
		s = rpc.Step{Kind: rpc.StepReturn, OneOf: o.items("return_one_of", v, maxList)}
		if len(v.Items) == 0 {
			r.fail(join(o.path, "return_one_of"), "is empty", "write the values to choose from")
		}
		return s, true
	case o.has("raise"):
		return rpc.Step{
			Kind: rpc.StepRaise, Class: o.name("raise", ""), Module: o.name("module", "builtins"),
			Text: o.text("message", ""), Expected: o.truth("expected", false),
		}, true
	case o.has("parallel"):
		return r.parallel(o, depth), true
	case o.has("stop_servers"):
		o.truth("stop_servers", true)
		return rpc.Step{Kind: rpc.StepStopServer}, true
	case o.has("exit"):
		return rpc.Step{Kind: rpc.StepExit, Abrupt: o.choice("exit", "clean", "clean", "abrupt") == "abrupt"}, true
	}
	return s, false
}

func (r *reader) parallel(o *object, depth int) rpc.Step {
	s := rpc.Step{Kind: rpc.StepParallel}
	list, _ := o.get("parallel", rpc.Array)
	for i, v := range o.items("parallel", list, maxList) {
		p := join(o.path, "parallel") + "[" + strconv.Itoa(i) + "]"
		if v.Kind != rpc.Array {
			r.fail(p, "is "+kindName(v.Kind), "write a list of steps")
			return s
		}
		s.Branches = append(s.Branches, r.list(p, v, depth+1))
	}
	return s
}
