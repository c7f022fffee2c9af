package scenario

import (
	"slices"
	"strconv"

	"rpcscope/engine/rpc"
)

// checkActs looks at whether what the operator does makes sense in this document.
func (r *reader) checkActs(d *Document, known func(path, name string)) {
	c := &d.Config
	var names *namesOf
	last := int64(-1)
	for i := range c.Operator {
		a := &c.Operator[i]
		path := "$.operator[" + strconv.Itoa(i) + "]"
		what := join(path, rpc.ActNames[a.Kind])
		if names == nil {
			names = namesIn(d)
		}
		if a.Kind.OfProcess() {
			known(what, a.Process)
		}
		if a.Queue != "" {
			r.oneOf(what, "queue", a.Queue, names.queues)
		}
		if bad, remedy := senseless(c, a); bad != "" {
			r.fail(what, bad, remedy)
		}
		if a.Policy != nil {
			for _, f := range a.Policy.Definition {
				if f.Key == "dead-letter-exchange" || f.Key == "alternate-exchange" {
					r.oneOf(what+".definition"+`["`+f.Key+`"]`, "exchange", f.Value.Text, names.exchanges)
				}
			}
		}
		r.effect(path, d, i)
		w := &a.When
		if w.Queue != "" {
			r.oneOf(path+".when.queue", "queue", w.Queue, names.queues)
		}
		if w.Process != "" {
			known(path+".when.process", w.Process)
		}
		if w.Method != "" {
			r.oneOf(path+".when.method", "method", w.Method, names.methods)
		}
		if w.Waits() {
			r.early(path+".when.since", d, w.Since)
			r.comes(path+".when", d, w)
			continue
		}
		r.early(path+".at", d, a.At)
		if a.At < last {
			r.fail(path+".at", "is before the entry above it", "write the entries in order of time")
		}
		last = a.At
	}
}

// oneOf refuses a name that nothing in the document has.
func (r *reader) oneOf(path, kind, name string, names []string) {
	if slices.Contains(names, name) {
		return
	}
	article := "a "
	if kind == "exchange" {
		article = "an "
	}
	remedy := "name " + article + kind + " that this document makes"
	if n := nearest(name, names); n != "" {
		remedy = "did you mean " + quote(n) + "?"
	}
	r.fail(path, "there is no "+kind+" "+quote(name), remedy)
}

// senseless is why an act cannot be done to this model, "" when it can.
func senseless(c *rpc.Config, a *rpc.Act) (problem, remedy string) {
	switch {
	case a.Kind == rpc.ActDetach && c.Transport == nil:
		return "means nothing to RabbitMQ", `write "drop_connections", or choose a profile of Qpid or ZeroMQ`
	case a.Kind.OfRabbit() && c.Transport != nil:
		return "is modelled for RabbitMQ only", "choose a profile of RabbitMQ"
	}
	if p := processNamed(c, a.Process); p != nil && p.RESTOnly && (a.Kind.OfRabbit() || a.Kind == rpc.ActDrop || a.Kind == rpc.ActDetach) {
		return quote(p.Name) + " only speaks REST", "name a process that uses the broker"
	}
	return "", ""
}

func processNamed(c *rpc.Config, name string) *rpc.Process {
	for i := range c.Processes {
		if p := &c.Processes[i]; p.Name == name {
			return p
		}
	}
	return nil
}

// namesOf are the names that a document gives: of queues that last, of exchanges, and of methods and events.
type namesOf struct{ queues, exchanges, methods []string }

func namesIn(d *Document) *namesOf {
	n := &namesOf{exchanges: []string{"amq.direct", "amq.topic", "amq.fanout", "amq.headers", "amq.match"}}
	for i := range d.Config.Processes {
		p := &d.Config.Processes[i]
		n.exchanges = append(n.exchanges, p.Options.ControlExchange)
		for k := range p.Servers {
			v := &p.Servers[k]
			n.queues = append(n.queues, v.Topic, v.Topic+"."+v.Name)
			n.exchanges = append(n.exchanges, v.Exchange, v.Topic+"_fanout")
		}
		n.methods = append(n.methods, served(p)...)
		for k := range p.Listeners {
			l := &p.Listeners[k]
			n.exchanges = append(n.exchanges, l.Exchange)
			for _, topic := range l.Topics {
				for _, priority := range l.Priorities {
					n.queues = append(n.queues, topic+"."+priority)
				}
			}
			if l.Pool != "" {
				n.queues = append(n.queues, l.Pool)
			}
		}
	}
	eachStep(d, n.step)
	return n
}

func (n *namesOf) step(s *rpc.Step) {
	switch s.Kind {
	case rpc.StepCall, rpc.StepMulticall, rpc.StepCast, rpc.StepFanout:
		n.methods = append(n.methods, s.Method)
	case rpc.StepNotify:
		n.methods = append(n.methods, s.Method)
		for _, topic := range s.Topics {
			n.queues = append(n.queues, topic+"."+s.Priority)
		}
	default:
		return
	}
	if s.Exchange != "" {
		n.exchanges = append(n.exchanges, s.Exchange)
	}
}
