package scenario

import (
	"slices"
	"strings"

	"rpcscope/engine/rpc"
	"rpcscope/engine/transport"
)

// ParseOver is [Parse] for a document that is carried by another transport than its own. over is an object with the
// members "profile" and "transport" as documents have them, or empty for the document's own. What belongs to a
// transport goes with it: processes that run a part of it come and go, the transports of processes stay only
// within a family, and "zmq-1" without a matchmaker, or with a ring without its file, gets a ring file of the
// document's servers and listeners, or knows its own host only where there are none; a URL's host makes it Redis. The places in errors
// are those of the document, whose new processes come last.
func ParseOver(data, over []byte) (*Document, error) {
	if len(over) == 0 {
		return Parse(data)
	}
	v, err := readJSON(data)
	if err != nil {
		return nil, err
	}
	w, _, err := ReadJSON(over)
	if err != nil {
		return nil, err
	}
	r := &reader{}
	o := r.object("$", w)
	o.choice("profile", "", profileNames...)
	o.get("transport", rpc.Object)
	o.done()
	if r.err != nil {
		return nil, r.err
	}
	return read(carriedBy(v, w))
}

// Carrier is the profile and the transport of a document as [ParseOver] takes them, in JSON.
func (d *Document) Carrier() string { return d.carrier }

// carrierOf writes what [Document.Carrier] says.
func carrierOf(profile string, t rpc.Value) string {
	if t.Kind != rpc.Object {
		t = rpc.Value{Kind: rpc.Object}
	}
	v := rpc.Value{Kind: rpc.Object, Keys: []string{"profile", "transport"}, Items: []rpc.Value{rpc.Str(profile), t}}
	return string(v.AppendJSON(nil))
}

// common are the members of a transport that mean the same with every driver.
var common = []string{"control_exchange", "rpc_response_timeout", "stop_poll"}

// carriedBy is document v with the profile and transport of w.
func carriedBy(v, w rpc.Value) rpc.Value {
	if v.Kind != rpc.Object {
		return v
	}
	was := profileOf(v)
	t, _ := w.Get("transport")
	t.Kind = rpc.Object
	old, _ := v.Get("transport")
	for _, name := range common {
		m, ok := old.Get(name)
		if text := inURL(old, name); !ok && text != "" {
			m, ok = optionValue(name, text), true
		}
		if ok && !sets(t, name) {
			t = t.With(name, m)
		}
	}
	w = w.With("transport", t)
	profile := profileOf(w)
	if profile == transport.ZMQ1 {
		t = withRing(t, ringOf(v))
	}
	v = v.With("profile", rpc.Str(profile))
	v = v.With("transport", t)
	if b, ok := v.Get("broker"); ok && (namesHosts(t) || transport.Family(was) != transport.Family(profile)) {
		v = v.With("broker", without(b, "name")) // it is called by its host then
	}
	list, ok := v.Get("processes")
	if !ok || list.Kind != rpc.Array {
		return v
	}
	return v.With("processes", rpc.Value{Kind: rpc.Array, Items: fitted(list.Items, t, was, profile)})
}

// profileOf is the profile of a document, or of what takes its transport's place.
func profileOf(v rpc.Value) string {
	if p, _ := v.Get("profile"); p.Kind == rpc.String && p.Text != "" {
		return p.Text
	}
	return usualProfile(v)
}

// sets reports whether a transport sets an option, beside its URL or in it.
func sets(t rpc.Value, name string) bool {
	if _, ok := t.Get(name); ok {
		return true
	}
	return inURL(t, name) != ""
}

// inURL is what the URL of a transport says of an option, "" when nothing.
func inURL(t rpc.Value, name string) string {
	text, _ := t.Get("url")
	if u, err := transport.ParseURL(text.Text); err == nil {
		for _, o := range u.Options {
			if o.Name == name {
				return o.Value
			}
		}
	}
	return ""
}

// namesHosts reports whether a transport says where its broker is, or by its URL where Redis is.
func namesHosts(t rpc.Value) bool {
	text, _ := t.Get("url")
	if u, err := transport.ParseURL(text.Text); err == nil && len(u.Hosts) > 0 {
		return true
	}
	return slices.ContainsFunc([]string{"rabbit_host", "rabbit_hosts", "qpid_hostname", "qpid_hosts"}, func(name string) bool {
		_, ok := t.Get(name)
		return ok
	})
}

// on reports whether a transport switches an option on.
func on(t rpc.Value, name string) bool {
	m, _ := t.Get(name)
	return m.True || lower(inURL(t, name)) == "true"
}

// fitted are the processes of a document under another transport: without those that run a part of the old one, with those that the new one needs.
func fitted(processes []rpc.Value, t rpc.Value, was, profile string) []rpc.Value {
	var out []rpc.Value
	var hosts []string
	proxied := profile == transport.ZMQ2 && (on(t, "use_router_proxy") || on(t, "use_pub_sub"))
	needs := map[string]bool{"zmq-receiver": profile == transport.ZMQ1, "zmq-proxy": proxied}
	have := map[string]bool{}
	for _, p := range processes {
		host := hostOf(p)
		if runs, ok := p.Get("runs"); ok && !needs[runs.Text] {
			continue
		} else if ok {
			have[runs.Text+"@"+host], have[runs.Text] = true, true
		} else if only, _ := p.Get("rest_only"); !only.True && !slices.Contains(hosts, host) {
			hosts = append(hosts, host)
		}
		if _, ok := p.Get("transport"); ok && transport.Family(was) != transport.Family(profile) {
			p = without(p, "transport")
		}
		out = append(out, p)
	}
	add := func(runs, host string) {
		out = append(out, rpc.Value{
			Kind: rpc.Object, Keys: []string{"name", "host", "runs"},
			Items: []rpc.Value{rpc.Str(runs + "@" + host), rpc.Str(host), rpc.Str(runs)},
		})
	}
	for _, host := range hosts {
		if needs["zmq-receiver"] && !have["zmq-receiver@"+host] {
			add("zmq-receiver", host)
		}
	}
	if proxied && !have["zmq-proxy"] && len(hosts) > 0 {
		add("zmq-proxy", hosts[len(hosts)-1])
	}
	return out
}

// withRing lets a transport look into a ring file, unless it names another matchmaker, or a host of Redis in its URL, or the ring would be empty.
func withRing(t, ring rpc.Value) rpc.Value {
	m, beside := t.Get("rpc_zmq_matchmaker")
	matchmaker := m.Text
	if !beside {
		matchmaker = inURL(t, "rpc_zmq_matchmaker")
	}
	own := sets(t, "ring")
	switch {
	case matchmaker == "" && own:
		return t.With("rpc_zmq_matchmaker", rpc.Str("ring"))
	case own:
		return t
	case matchmaker == "" && namesHosts(t):
		return t.With("rpc_zmq_matchmaker", rpc.Str("redis"))
	case matchmaker == "" && len(ring.Keys) == 0:
		return t.With("rpc_zmq_matchmaker", rpc.Str("localhost"))
	case matchmaker == "":
		t = t.With("rpc_zmq_matchmaker", rpc.Str("ring"))
	case matchmaker != "ring":
		return t
	}
	return t.With("ring", ring)
}

// ringOf is the ring file that a deployer would write for a document: by itself the first ZeroMQ driver finds nobody beyond its own host.
func ringOf(v rpc.Value) rpc.Value {
	ring := rpc.Value{Kind: rpc.Object}
	add := func(topic, at string) {
		host := rpc.Str(at)
		hosts, _ := ring.Get(topic)
		if topic == "" || at == "" || slices.ContainsFunc(hosts.Items, func(h rpc.Value) bool { return h.Equal(&host) }) {
			return
		}
		ring = ring.With(topic, rpc.Value{Kind: rpc.Array, Items: append(hosts.Items[:len(hosts.Items):len(hosts.Items)], host)})
	}
	processes, _ := v.Get("processes")
	for _, p := range processes.Items {
		servers, _ := p.Get("servers")
		for _, s := range servers.Items {
			topic, _ := s.Get("topic")
			add(topic.Text, hostOf(p))
		}
		listeners, _ := p.Get("listeners")
		for _, l := range listeners.Items {
			for _, topic := range textsOr(l, "topics", usualTopic) {
				for _, priority := range textsOr(l, "priorities", usualPriority) {
					add(topic+"."+priority, hostOf(p))
				}
			}
		}
	}
	return ring
}

// textsOr are the texts in a list of an object, or the usual one.
func textsOr(v rpc.Value, name, usual string) []string {
	list, _ := v.Get(name)
	if len(list.Items) == 0 {
		return []string{usual}
	}
	var out []string
	for _, m := range list.Items {
		out = append(out, m.Text)
	}
	return out
}

// hostOf is the host of a process as ZeroMQ's drivers announce it, as documents say it, or as they imply it by the name.
func hostOf(p rpc.Value) string {
	t, _ := p.Get("transport")
	for _, h := range []rpc.Value{member(t, "rpc_zmq_host"), member(p, "host")} {
		if h.Kind == rpc.String {
			return h.Text
		}
	}
	_, host, _ := strings.Cut(member(p, "name").Text, "@")
	return host
}

// member is a member of an object, or null.
func member(v rpc.Value, name string) rpc.Value {
	m, _ := v.Get(name)
	return m
}
