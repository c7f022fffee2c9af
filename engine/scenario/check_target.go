package scenario

import (
	"strings"

	"rpcscope/engine/rpc"
	"rpcscope/engine/transport"
)

// orMeant adds to a remedy how a document says that nobody is to have what it names.
func orMeant(remedy string) string {
	if strings.HasSuffix(remedy, "?") {
		return remedy + ` Where it is meant so, write "missing": true`
	}
	return remedy + `; where it is meant so, write "missing": true`
}

// offer is one server that a request may reach, and the version that a change by the operator gives its endpoints.
type offer struct {
	server  *rpc.Server
	process string
	host    string
	// later are versions that the operator changes the process to.
	later []string
}

// offersOf are all servers of a document.
func offersOf(c *rpc.Config) (list []offer) {
	for i := range c.Processes {
		p := &c.Processes[i]
		var later []string
		for k := range c.Operator {
			if a := &c.Operator[k]; a.Kind == rpc.ActVersion && a.Process == p.Name {
				later = append(later, a.Version)
			}
		}
		for k := range p.Servers {
			list = append(list, offer{&p.Servers[k], p.Name, p.Host, later})
		}
	}
	return list
}

// target looks for somebody who has what a request asks for: the topic, in its exchange, at its server, an endpoint of
// its namespace and version with its method, which takes its arguments.
func (r *reader) target(path string, s *rpc.Step, c *rpc.Config, p *rpc.Process) {
	if s.At != nil {
		return // another broker's, of which the document says nothing
	}
	field, problem, remedy := r.unmet(s, c, p)
	if field == "" && s.VersionCap != "" {
		field, problem, remedy = overCap(s)
	}
	switch {
	case field != "" && !s.Missing:
		r.fail(path+"."+field, problem, orMeant(remedy))
	case field == "" && s.Missing && !open(s.Server):
		r.fail(path+".missing", "is true, but there is a server that has what is asked for", "remove it")
	}
}

// open reports whether a text stands for something that only the run knows.
func open(text string) bool { return strings.HasPrefix(text, "${") && strings.HasSuffix(text, "}") }

// overCap refuses a version above what the client may send: such a request does not leave it.
func overCap(s *rpc.Step) (field, problem, remedy string) {
	want := s.Version
	if want == "" {
		want = "1.0"
	}
	if rpc.Compatible(s.VersionCap, want) {
		return "", "", ""
	}
	return "version_cap", quote(s.VersionCap) + " does not let version " + quote(want) + " pass", "let the two agree"
}

// unmet is the first part of a request's target that nobody has, "" when somebody has all.
func (r *reader) unmet(s *rpc.Step, c *rpc.Config, p *rpc.Process) (field, problem, remedy string) {
	zmq := c.Transport != nil && transport.Family(c.Transport.Profile) == "zmq"
	exchange := s.Exchange
	if exchange == "" {
		exchange = p.Options.ControlExchange
	}
	var topics, exchanges, servers []string
	var reached []offer
	for _, o := range r.offers {
		topics = append(topics, o.server.Topic)
		if o.server.Topic != s.Topic {
			continue
		}
		exchanges = append(exchanges, o.server.Exchange)
		if o.server.Exchange != exchange && !zmq && s.Kind != rpc.StepFanout {
			continue // a fanout exchange belongs to its topic alone, and ZeroMQ has none
		}
		servers = append(servers, o.server.Name)
		if s.Server == "" || open(s.Server) || s.Server == o.server.Name || zmq && (s.Server == o.host || before(s.Server) == before(o.server.Name)) {
			reached = append(reached, o)
		}
	}
	on := "topic " + quote(s.Topic)
	switch {
	case len(exchanges) == 0:
		return "topic", "no process serves the " + on, perhaps(s.Topic, topics, `add it to the "servers" of a process`)
	case len(servers) == 0:
		return "exchange", "the " + on + " is not served in the exchange " + quote(exchange), "it is in " + quote(exchanges[0])
	case len(reached) == 0:
		return "server", "the " + on + " has no server " + quote(s.Server), perhaps(s.Server, servers, "its servers are "+listed(servers))
	}
	return unmetThere(s, reached, on, c.Options.Profile.Old())
}

// before is a name up to the "@", as ZeroMQ's second driver takes servers' names.
func before(name string) string {
	name, _, _ = strings.Cut(name, "@")
	return name
}

// unmetThere is the first part of a request that none of the servers that it reaches has, in the order in which a dispatcher looks.
func unmetThere(s *rpc.Step, reached []offer, on string, old bool) (field, problem, remedy string) {
	want := s.Version
	if want == "" {
		want = "1.0"
	}
	var namespaces, versions, methods, apart []string
	refusal, private := "", false
	for _, o := range reached {
		for i := range o.server.Endpoints {
			e := &o.server.Endpoints[i]
			namespaces = append(namespaces, e.Namespace)
			if !e.Serves(s.Namespace) {
				continue
			}
			versions = append(append(versions, e.Version), o.later...)
			m, names := methodOf(e, s.Method)
			switch fits := fitsAny(want, e.Version, o.later); {
			case !fits && m != nil:
				apart = append(append(apart, e.Version), o.later...)
			case !fits:
			case m != nil && !old && strings.HasPrefix(s.Method, "_"):
				private = true
			case m == nil:
				methods = append(methods, names...)
			default:
				if refusal = e.Refuses(m, &s.Args); refusal == "" {
					return "", "", ""
				}
			}
		}
	}
	switch {
	case private:
		return stepWord(s.Kind), quote(s.Method) + " begins with an underscore, and oslo.messaging serves no such method", "give it another name"
	case len(versions) == 0 && s.Namespace == "":
		return "namespace", "is missing: every endpoint of the " + on + " has one", "write " + listed(namespaces)
	case len(versions) == 0:
		return "namespace", "no endpoint of the " + on + " has the namespace " + quote(s.Namespace), perhaps(s.Namespace, namespaces, "leave it out")
	case refusal != "":
		return "args", refusal, `let them agree with the "params" of the method`
	case len(apart) > 0:
		return "version", "no endpoint with the method " + quote(s.Method) + " serves version " + quote(want), "it is offered with " + listed(apart)
	case len(methods) == 0:
		return "version", "no endpoint of the " + on + " serves version " + quote(want), "there is " + listed(versions)
	}
	return stepWord(s.Kind), "no endpoint of the " + on + " has the method " + quote(s.Method), perhaps(s.Method, methods, "add it, or call "+listed(methods))
}

func fitsAny(want, have string, later []string) bool {
	fits := rpc.Compatible(have, want)
	for _, v := range later {
		fits = fits || rpc.Compatible(v, want)
	}
	return fits
}

func methodOf(e *rpc.Endpoint, name string) (m *rpc.Method, names []string) {
	for i := range e.Methods {
		if names = append(names, e.Methods[i].Name); e.Methods[i].Name == name {
			m = &e.Methods[i]
		}
	}
	return m, names
}

// perhaps asks whether a near name was meant, and otherwise says what to do.
func perhaps(name string, candidates []string, otherwise string) string {
	if n := nearest(name, candidates); n != "" && n != name {
		return "did you mean " + quote(n) + "?"
	}
	return otherwise
}

// listed is a few names, each once.
func listed(names []string) string {
	const few = 4
	var out []string
	seen := map[string]bool{}
	for _, n := range names {
		if n == "" || seen[n] {
			continue
		}
		if seen[n] = true; len(out) == few {
			return strings.Join(out, ", ") + " …"
		}
		out = append(out, quote(n))
	}
	return strings.Join(out, ", ")
}

// stepWord is the member that names a request's method.
func stepWord(k rpc.StepKind) string {
	if k == rpc.StepMulticall {
		return "multicall"
	}
	return kindWord(k)
}
