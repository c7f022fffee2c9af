package scenario

import (
	"strconv"
	"strings"

	"rpcscope/engine/rpc"
	"rpcscope/engine/sim"
)

// maxFilters bounds a WSGI pipeline, maxLimit how many requests a filter counts.
const (
	maxFilters = 32
	maxLimit   = 1000
)

// service reads what a process is in its component.
func (r *reader) service(o *object, p *rpc.Process) {
	if v, ok := o.v.Get("component"); ok && v.Kind == rpc.Bool {
		r.fail(join(o.path, "component"), "is true or false", `write the component's name, such as "nova"; "rest_only" says that a process has no place on the broker`)
	}
	p.Component = o.name("component", "")
	p.Door = o.truth("door", false)
	if p.Door && p.Component == "" {
		r.fail(join(o.path, "door"), "is true, but the process belongs to no component", `name it, such as "component": "nova"`)
	}
	p.Binary = o.name("binary", "")
	p.EntryPoint = o.name("entry_point", "")
	if p.EntryPoint == "" {
		return
	}
	path := join(o.path, "entry_point")
	at := strings.LastIndex(p.EntryPoint, " = ")
	script, target := "", ""
	if at > 0 {
		script, target = p.EntryPoint[:at], p.EntryPoint[at+len(" = "):]
	}
	module, function, colon := strings.Cut(target, ":")
	if at <= 0 || !colon || !dotted(module) || !dotted(function) {
		r.fail(path, quote(p.EntryPoint)+" is no console script", `write it as setup.cfg does, such as "nova-compute = nova.cmd.compute:main"`)
		return
	}
	if p.Binary != "" && p.Binary != script {
		r.fail(path, "is the script "+quote(script)+", but the binary is "+quote(p.Binary), "let them agree, or leave the binary out")
	}
	p.Binary = script
}

// dotted reports whether s could be the dotted name of something in Python.
func dotted(s string) bool {
	for part := range strings.SplitSeq(s, ".") {
		if part == "" || '0' <= part[0] && part[0] <= '9' {
			return false
		}
		for _, c := range part {
			if c != '_' && (c < '0' || c > '9') && (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') {
				return false
			}
		}
	}
	return true
}

// pipeline reads a WSGI pipeline: filters, and an application at the end.
func (r *reader) pipeline(o *object) []rpc.Filter {
	var list []rpc.Filter
	o.each("pipeline", maxFilters, func(path string, v rpc.Value) {
		list = append(list, r.filter(path, v))
	})
	path := join(o.path, "pipeline")
	for i := range list {
		switch last := i == len(list)-1; {
		case last && !list[i].App:
			r.fail(path, "does not end in an application", `add {"app": "its name"} at the end`)
		case !last && list[i].App:
			r.fail(path+"["+strconv.Itoa(i)+"].app", "is not the last of its pipeline", "an application passes nothing on; move it to the end")
		}
	}
	if o.has("pipeline") && len(list) == 0 {
		r.fail(path, "is empty", "write filters and an application, or remove it")
	}
	return list
}

func (r *reader) filter(path string, v rpc.Value) rpc.Filter {
	o := r.object(path, v)
	f := rpc.Filter{}
	switch {
	case o.has("app") && o.has("filter"):
		r.fail(path, "is both a filter and an application", "write one of them")
	case o.has("app"):
		f.Name, f.App = o.name("app", ""), true
	default:
		o.require("filter")
		f.Name = o.name("filter", "")
	}
	if takes := o.dist("takes", sim.Dist{}, 0, longest); takes != (sim.Dist{}) {
		f.Steps = append(f.Steps, rpc.Step{Kind: rpc.StepSleep, For: takes, Implied: true})
	}
	if f.App {
		o.done()
		return f
	}
	f.Steps = append(f.Steps, r.steps(o, "steps", 0)...)
	f.Requires = o.name("requires", "")
	usual := 401
	if l, ok := o.get("limit", rpc.Object); ok {
		in := r.object(join(path, "limit"), l)
		in.require("requests")
		in.require("per")
		f.Limit = int(in.number("requests", 1, 1, maxLimit))
		f.Per = in.duration("per", second, millisecond, longest)
		in.done()
		usual = 429
		if f.Requires != "" {
			r.fail(join(path, "limit"), `stands beside "requires"`, "write a filter for each")
		}
	}
	f.Status = int(o.number("status", int64(usual), 400, 599))
	if o.has("status") && f.Requires == "" && f.Limit == 0 {
		r.fail(join(path, "status"), "is what a filter answers that refuses, and this one passes all on", `add "requires" or "limit", or remove it`)
	}
	o.done()
	return f
}
