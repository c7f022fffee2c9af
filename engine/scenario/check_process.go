package scenario

import (
	"slices"
	"strconv"
	"strings"

	"rpcscope/engine/rpc"
	"rpcscope/engine/sim"
)

// checkServers looks at what a process serves: names that the broker keeps for itself, servers that take each other's
// requests, methods that none can reach.
func (r *reader) checkServers(path string, c *rpc.Config, p *rpc.Process) {
	for k := range p.Servers {
		v := &p.Servers[k]
		at := path + ".servers[" + strconv.Itoa(k) + "]"
		r.checkKey(at+".topic", v.Topic, v.Name)
		r.reserved(at+".topic", v.Topic, c, p)
		r.reserved(at+".exchange", v.Exchange, c, p)
		for j := range k {
			if w := &p.Servers[j]; w.Topic == v.Topic && w.Name == v.Name && w.Exchange == v.Exchange {
				r.fail(at+".topic", quote(v.Topic)+" is served by the same process as the same server already, in "+path+".servers["+strconv.Itoa(j)+"]", "put the endpoints of both into one")
			}
		}
		for e := range v.Endpoints {
			r.hidden(at+".endpoints", v.Endpoints[:e+1])
		}
	}
}

// hidden refuses a method of the last of these endpoints that one before it takes every request for.
func (r *reader) hidden(path string, list []rpc.Endpoint) {
	last := len(list) - 1
	e := &list[last]
	at := path + "[" + strconv.Itoa(last) + "]"
	if e.ClientVersion != "" && !rpc.Compatible(e.Version, e.ClientVersion) {
		r.fail(at+".rpcapi.version", quote(e.ClientVersion)+" is refused by the endpoint, which has version "+quote(e.Version), "write the version that callers ask for")
	}
	if slices.Contains(e.Legacy, e.Namespace) && e.HasNamespace {
		r.fail(at+".legacy_namespaces", quote(e.Namespace)+" is the namespace of the endpoint itself", "remove it")
	}
	for i := range list[:last] {
		b := &list[i]
		if !b.Serves(e.Namespace) || !rpc.Compatible(b.Version, e.Version) {
			continue
		}
		for m := range e.Methods {
			if other, _ := methodOf(b, e.Methods[m].Name); other != nil {
				r.fail(join(at+".methods", other.Name), "is never reached, as "+path+"["+strconv.Itoa(i)+"] takes every request for it", "remove one of the two, or give it another namespace or version")
			}
		}
	}
}

// checkListeners refuses listeners for what nobody notifies.
func (r *reader) checkListeners(path string, d *Document, p *rpc.Process) {
	c := &d.Config
	for k := range p.Listeners {
		l := &p.Listeners[k]
		at := path + ".listeners[" + strconv.Itoa(k) + "]"
		r.reserved(at+".exchange", l.Exchange, c, p)
		r.reserved(at+".pool", l.Pool, c, p)
		heard := false
		for i, topic := range l.Topics {
			r.reserved(at+".topics["+strconv.Itoa(i)+"]", topic, c, p)
			if r.notified(d, l.Exchange, topic) {
				heard = true
			} else if !l.Missing {
				r.fail(at+".topics["+strconv.Itoa(i)+"]", "nobody notifies the topic "+quote(topic)+" in the exchange "+quote(l.Exchange),
					orMeant(perhaps(topic, r.notifies, `add a step "notify" with that topic`)))
			}
		}
		if heard && l.Missing {
			r.fail(at+".missing", "is true, but its topics are notified", "remove it")
		}
	}
}

// notified reports whether anything in a document emits notifications for a topic; it keeps the topics that are notified.
func (r *reader) notified(d *Document, exchange, topic string) bool {
	found := false
	r.notifies = r.notifies[:0]
	eachProcessStep(d, func(p *rpc.Process, s *rpc.Step) {
		if s.Kind != rpc.StepNotify {
			return
		}
		r.notifies = append(r.notifies, s.Topics...)
		in := s.Exchange
		if in == "" {
			in = p.Options.ControlExchange
		}
		found = found || slices.Contains(s.Topics, topic) && (in == exchange || d.Config.Transport != nil)
	})
	return found
}

// checkRoutes refuses a request that is answered twice: the second answer never comes.
func (r *reader) checkRoutes(path string, p *rpc.Process) {
	for k := range p.REST {
		for j := range k {
			if a, b := &p.REST[j], &p.REST[k]; a.Verb == b.Verb && a.Path == b.Path {
				r.fail(path+".rest["+strconv.Itoa(k)+"].request", "is answered by "+path+".rest["+strconv.Itoa(j)+"] already", "remove one of the two")
			}
		}
	}
}

// checkTimes refuses what begins only when the interesting part has ended.
func (r *reader) checkTimes(path string, d *Document, p *rpc.Process) {
	r.early(path+".start", d, p.StartAt)
	for k := range p.Threads {
		r.early(path+".threads["+strconv.Itoa(k)+"].start", d, p.StartAt+lowest(p.Threads[k].StartAt))
	}
}

func (r *reader) early(path string, d *Document, at int64) {
	if d.Until > 0 && at >= d.Until {
		r.fail(path, "is at "+formatDuration(at)+", and the scenario ends at "+formatDuration(d.Until), `let it be earlier, or "until" later`)
	}
}

// lowest is the shortest time that a distribution surely reaches.
func lowest(d sim.Dist) int64 {
	if d.Kind == sim.ConstantDist || d.Kind == sim.UniformDist {
		return d.A
	}
	return 0
}

// reserved refuses names that RabbitMQ keeps for itself: declaring one ends in 403 ACCESS_REFUSED.
func (r *reader) reserved(path, name string, c *rpc.Config, p *rpc.Process) {
	if c.Transport == nil && strings.HasPrefix(name, "amq.") && !(name == "amq.topic" && p.Options.Durable) {
		r.fail(path, quote(name)+" begins with \"amq.\", which RabbitMQ keeps for itself", "give it another name")
	}
}
