package scenario

import (
	"slices"
	"strconv"
	"strings"

	"rpcscope/engine/amqp"
	"rpcscope/engine/rpc"
)

// deeds are the members that say what the operator does: exactly one of them stands in each entry.
var deeds = rpc.ActNames[:rpc.ActSend]

// act reads one entry of "operator": what is done, and when.
func (r *reader) act(path string, v rpc.Value, options *rpc.Options) rpc.Act {
	o := r.object(path, v)
	a := rpc.Act{}
	var does []string
	for kind, name := range deeds {
		if o.has(name) {
			does = append(does, name)
			a.Kind = rpc.ActKind(kind)
		}
	}
	if len(does) != 1 && r.err == nil {
		remedy := "write one of " + strings.Join(deeds, ", ")
		for _, k := range v.Keys {
			if n := nearest(k, deeds); n != "" && len(does) == 0 && k != "at" && k != "when" && k != "after" {
				remedy = "did you mean " + quote(n) + "? " + remedy
				break
			}
		}
		r.fail(path, "says "+strconv.Itoa(len(does))+" things to do", remedy)
		return a
	}
	r.time(o, &a)
	r.deedOf(o, &a, options)
	o.done()
	return a
}

// time reads when it is done: "at" a time, or "when" something has come about, and "after" that.
func (r *reader) time(o *object, a *rpc.Act) {
	a.At = o.duration("at", 0, 0, longest)
	w, waits := o.get("when", rpc.Object)
	a.After = o.duration("after", 0, 0, longest)
	switch {
	case o.has("at") && o.has("when"):
		r.fail(o.path, `says both "at" and "when"`, `write one of them; "since" in "when" says from when on something counts`)
	case !o.has("at") && !o.has("when"):
		r.fail(o.path, "does not say when", `write "at" with a time, or "when" with what is waited for`)
	case !waits && o.has("after"):
		r.fail(join(o.path, "after"), `goes with "when" only`, `write the time into "at"`)
	case waits:
		a.When = r.when(join(o.path, "when"), w)
	}
}

// when reads what is waited for.
func (r *reader) when(path string, v rpc.Value) rpc.When {
	o := r.object(path, v)
	w := rpc.When{Process: o.name("process", ""), Queue: o.name("queue", "")}
	has := o.choice("has", "", rpc.DeedNames[1:]...)
	w.Has = rpc.Deed(max(0, slices.Index(rpc.DeedNames[:], has)))
	w.Method = o.name("method", "")
	w.Ready = int(o.number("ready", 0, 1, maxTimes))
	w.Unacked = int(o.number("unacked", 0, 1, maxTimes))
	w.Nth = int(o.number("nth", 1, 1, maxTimes))
	w.Every = o.truth("every", false)
	w.Since = o.duration("since", 0, 0, longest)
	o.done()
	ofProcess, ofQueue := o.has("process") || o.has("has") || o.has("method"), o.has("queue") || o.has("ready") || o.has("unacked")
	switch {
	case ofProcess && ofQueue:
		r.fail(path, "waits for a process and for a queue", `write "process" and "has", or "queue" and "ready" or "unacked"`)
	case ofProcess && (w.Process == "" || w.Has == rpc.NoDeed):
		r.fail(path, `needs both "process" and "has"`, "name the process, and write what it has done: "+strings.Join(rpc.DeedNames[1:], ", "))
	case ofProcess && w.Method != "" && !w.Has.OfMethod():
		r.fail(join(path, "method"), "means nothing to a process that has "+has, "remove it")
	case ofQueue && (w.Queue == "" || (w.Ready > 0) == (w.Unacked > 0)):
		r.fail(path, `needs "queue" and one of "ready" and "unacked"`, "name the queue, and write how many messages")
	case !ofProcess && !ofQueue:
		r.fail(path, "waits for nothing", `write "process" and "has", or "queue" and "ready" or "unacked"`)
	}
	return w
}

// deedOf reads what is done.
func (r *reader) deedOf(o *object, a *rpc.Act, options *rpc.Options) {
	name := rpc.ActNames[a.Kind]
	switch a.Kind {
	case rpc.ActDelete, rpc.ActPurge:
		a.Queue = o.name(name, "")
	case rpc.ActRestart:
		a.Value = o.duration(name, 0, 0, longest)
		a.Crash = o.choice("how", "shutdown", "shutdown", "crash") == "crash"
	case rpc.ActStopBroker:
		a.Crash = o.choice(name, "shutdown", "shutdown", "crash") == "crash"
	case rpc.ActStartBroker:
		o.truth(name, true)
	case rpc.ActAlarm, rpc.ActClearAlarm:
		a.Alarm = alarms[o.choice(name, "memory", "memory", "disk")]
	case rpc.ActPolicy:
		v, _ := o.get(name, rpc.Object)
		a.Policy = r.policy(join(o.path, name), v)
	default:
		a.Process = o.name(name, "")
		r.processDeed(o, a, options)
	}
}

var alarms = map[string]amqp.Alarm{"memory": amqp.MemoryAlarm, "disk": amqp.DiskAlarm}

// processDeed reads what goes with a deed that is done to a process.
func (r *reader) processDeed(o *object, a *rpc.Act, options *rpc.Options) {
	switch a.Kind {
	case rpc.ActDrop:
		a.Role = rpc.Role(max(0, slices.Index(rpc.RoleNames[:], o.choice("connections", "all", rpc.RoleNames[:]...))))
	case rpc.ActSlow:
		o.require("times")
		a.Value = 1000 * o.number("times", 1, 1, maxSlower)
	case rpc.ActDelay:
		o.require("by")
		a.Value = o.duration("by", 0, 0, hour)
	case rpc.ActVersion:
		o.require("version")
		a.Version = o.version("version", "")
	case rpc.ActPoison:
		o.require("topic")
		a.Step = poison(o.name("topic", ""), o.name("server", ""))
		a.Step.Exchange = o.name("exchange", options.ControlExchange)
		r.checkKey(join(o.path, "topic"), a.Step.Topic, a.Step.Server)
	}
}

// maxSlower is how many times slower a process may be made.
const maxSlower = 100_000

// poison is the step that sends what nobody can read.
func poison(topic, server string) rpc.Step {
	return rpc.Step{Kind: rpc.StepCast, Topic: topic, Server: server, Args: rpc.Value{Kind: rpc.Object}, Context: rpc.Value{Kind: rpc.Object}}
}

// policy reads a policy of the broker's.
func (r *reader) policy(path string, v rpc.Value) *amqp.Policy {
	o := r.object(path, v)
	o.require("pattern")
	o.require("definition")
	p := &amqp.Policy{
		Name: o.name("name", "policy"), Pattern: o.name("pattern", ""), ApplyTo: o.choice("apply_to", "queues", "all", "queues", "exchanges"),
		Priority: int(o.number("priority", 0, 0, 1000)),
	}
	if d, ok := o.get("definition", rpc.Object); ok {
		p.Definition = r.definition(join(path, "definition"), d)
	}
	o.done()
	if r.err == nil {
		if bad := amqp.BadPolicy(*p); bad != "" {
			r.fail(join(path, "pattern"), bad, "write a regular expression")
		}
	}
	return p
}

// definition reads the settings of a policy.
func (r *reader) definition(path string, v rpc.Value) (t amqp.Table) {
	o := r.object(path, v)
	for _, name := range [...]string{"max-length", "max-length-bytes", "message-ttl", "delivery-limit", "expires"} {
		low := int64(0)
		if name == "expires" {
			low = 1
		}
		if o.has(name) {
			t = append(t, amqp.Field{Key: name, Value: amqp.Int(o.number(name, low, low, 1<<32))})
		} else {
			o.any(name)
		}
	}
	for _, name := range [...]string{"dead-letter-exchange", "dead-letter-routing-key", "alternate-exchange"} {
		if text := o.name(name, ""); text != "" {
			t = append(t, amqp.Field{Key: name, Value: amqp.String(text)})
		}
	}
	if how := o.choice("overflow", "", "drop-head", "reject-publish", "reject-publish-dlx"); how != "" {
		t = append(t, amqp.Field{Key: "overflow", Value: amqp.String(how)})
	}
	o.done()
	if len(v.Keys) == 0 {
		r.fail(path, "is empty", `write at least one setting, such as "max-length"`)
	}
	return t
}
