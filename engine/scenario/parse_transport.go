package scenario

import (
	"slices"
	"strconv"
	"strings"

	"rpcscope/engine/rpc"
	"rpcscope/engine/transport"
)

// profileNames are those of documents: RabbitMQ's, then those without it.
var profileNames = append(rpc.Profiles[:len(rpc.Profiles):len(rpc.Profiles)], transport.Qpid1, transport.Qpid2, transport.ZMQ1, transport.ZMQ2)

// schemes are those of transport_url, with the profile that each stands for when none is named.
var schemes = []struct{ scheme, family, profile string }{
	{"rabbit", "rabbit", "modern"},
	{"kombu", "rabbit", "modern"},
	{"qpid", "qpid", transport.Qpid2},
	{"zmq", "zmq", transport.ZMQ2},
	{"zmq+redis", "zmq", transport.ZMQ2},
}

// usualProfile is the profile of a document that names none: that of its transport's URL.
func usualProfile(v rpc.Value) string {
	t, _ := v.Get("transport")
	u, _ := t.Get("url")
	for _, s := range schemes {
		if strings.HasPrefix(u.Text, s.scheme+"://") {
			return s.profile
		}
	}
	return "modern"
}

// transport reads the options of the driver: first those of a URL, then those that stand beside it.
func (r *reader) transport(t rpc.Value, profile string, d *Document) {
	set := transport.Defaults(profile)
	family := transport.Family(profile)
	vhost := ""
	read := func(path string, v rpc.Value) {
		if family == "rabbit" {
			d.Config.Options = r.options(path, v, d.Config.Options)
			return
		}
		r.carrier(path, v, &set, &d.Config.Options)
	}
	r.reach = &set
	if u, ok := t.Get("url"); ok {
		options := r.url("$.transport.url", u, family, profile, &set)
		for _, k := range options.Keys {
			if _, twice := t.Get(k); twice {
				r.fail("$.transport."+k, "is set in the URL too", "set it once")
			}
		}
		read("$.transport.url", options)
		if t = without(t, "url"); set.VirtualHost != "" {
			vhost = set.VirtualHost
		}
		for _, names := range aliases {
			for i, name := range names {
				_, here := t.Get(name)
				_, there := options.Get(names[1-i])
				if here && there {
					r.fail("$.transport."+name, "is another name of "+names[1-i]+", which is set in the URL", "set one of the two")
				}
			}
		}
	}
	read("$.transport", t)
	r.reach = nil
	switch matchmaker := set.Matchmaker; {
	case profile != transport.ZMQ1:
	case matchmaker == "ring" && len(set.Ring) == 0:
		r.fail("$.transport.ring", "names no topic, but the matchmaker is the ring", `write which hosts serve which topic, such as {"compute": ["host1"]}`)
	case matchmaker != "redis" && len(set.Hosts) > 0:
		r.fail("$.transport.url", "names hosts, but the matchmaker is "+quote(matchmaker), `add "rpc_zmq_matchmaker": "redis", or leave the hosts out`)
	}
	if vhost != "" && set.VirtualHost != vhost {
		r.fail("$.transport.rabbit_virtual_host", "is "+quote(set.VirtualHost)+", but that of the URL is "+quote(vhost), "set it once")
	}
	if set.VirtualHost != "" {
		if b := d.Config.VHost; r.vhost && b != set.VirtualHost {
			r.fail("$.broker.vhost", "is "+quote(b)+", but the transport's virtual host is "+quote(set.VirtualHost), "remove one of the two")
		}
		d.Config.VHost = set.VirtualHost
	}
	if family != "rabbit" {
		d.Config.Transport = &set
	}
	if d.Broker == usualBroker {
		host := "localhost"
		if len(set.Hosts) > 0 {
			host = set.Hosts[0].Name
		}
		d.Broker = family + "@" + host
	}
	if len(set.Hosts) > 0 && family == "rabbit" {
		d.Config.Reach = set.Hosts[0].Address(5672)
	}
}

// aliases are the settings of which oslo.messaging takes an older name as well.
var aliases = [...][2]string{{"rabbit_durable_queues", "amqp_durable_queues"}}

// without is an object less one member.
func without(v rpc.Value, name string) rpc.Value {
	out := rpc.Value{Kind: v.Kind}
	for i, k := range v.Keys {
		if k != name {
			out.Keys, out.Items = append(out.Keys, k), append(out.Items, v.Items[i])
		}
	}
	return out
}

// url reads a transport_url; its options come back as an object.
func (r *reader) url(path string, v rpc.Value, family, profile string, set *transport.Settings) rpc.Value {
	out := rpc.Value{Kind: rpc.Object}
	if v.Kind != rpc.String {
		r.fail(path, "is "+kindName(v.Kind), `write a text, such as "rabbit://user:password@host:5672/"`)
		return out
	}
	if len(v.Text) > maxText {
		r.fail(path, "has "+strconv.Itoa(len(v.Text))+" bytes", "the limit is "+strconv.Itoa(maxText))
		return out
	}
	u, err := transport.ParseURL(v.Text)
	if err != nil {
		if e, ok := err.(*transport.URLError); ok {
			r.fail(path, e.Problem, e.Remedy)
		}
		return out
	}
	at := slices.IndexFunc(schemes, func(s struct{ scheme, family, profile string }) bool { return s.scheme == u.Scheme })
	switch {
	case at < 0:
		r.fail(path, quote(u.Scheme)+" is no known scheme", `begin with "rabbit://", "qpid://" or "zmq://"`)
	case schemes[at].family != family:
		r.fail(path, quote(u.Scheme)+" is not the scheme of the profile "+quote(profile), `change $.profile, or begin the URL with "`+family+`://"`)
	case u.HasVirtualHost && family != "rabbit":
		r.fail(path, "has a virtual host, which "+family+" has not", "remove what follows the slash")
	}
	for _, h := range u.Hosts {
		r.checkHost(path, h.Name)
	}
	set.Hosts, set.VirtualHost = u.Hosts, u.VirtualHost
	if u.HasVirtualHost {
		r.checkName(path, u.VirtualHost)
	}
	for _, o := range u.Options {
		out.Keys, out.Items = append(out.Keys, o.Name), append(out.Items, optionValue(o.Name, o.Value))
	}
	return out
}

// optionValue makes a setting of a URL what a document would write: oslo.messaging counts time in seconds.
func optionValue(name, text string) rpc.Value {
	switch lower(text) {
	case "true":
		return rpc.Value{Kind: rpc.Bool, True: true}
	case "false":
		return rpc.Value{Kind: rpc.Bool}
	}
	if _, err := strconv.Atoi(text); err != nil {
		return rpc.Str(text)
	}
	for _, w := range []string{"_timeout", "_ttl", "_delay", "_interval", "_backoff", "_interval_max", "_expire", "_update", "heartbeat_check", "heartbeat_freq"} {
		if strings.HasSuffix(name, w) {
			return rpc.Str(text + "s")
		}
	}
	return rpc.Value{Kind: rpc.Number, Text: text}
}

// hosts reads where the broker, or ZeroMQ's matchmaker, is to be found: the options called
// prefix+host, prefix+port and so on, for what no URL has said.
func (o *object) hosts(set *transport.Settings, host, port, user, password, several string) {
	h := transport.Host{Name: o.name(host, ""), Port: int(o.number(port, 0, 1, 65535))}
	if user != "" {
		h.User = o.name(user, "")
	}
	h.Password = o.text(password, "")
	var list []string
	if several != "" {
		list = o.names(several, maxList)
	}
	given := h != transport.Host{} || list != nil
	switch {
	case given && len(set.Hosts) > 0:
		o.r.fail(join(o.path, host), "is set beside a URL that names hosts", "name hosts in one place")
	case h.Name != "" && list != nil:
		o.r.fail(join(o.path, several), "is set beside "+quote(host), "write one of the two")
	}
	if !given {
		return
	}
	if list == nil {
		if h.Name == "" {
			h.Name = "localhost"
		}
		o.r.checkHost(join(o.path, host), h.Name)
		set.Hosts = []transport.Host{h}
		return
	}
	for i, s := range list {
		u, err := transport.ParseURL("x://" + s)
		path := join(o.path, several) + "[" + strconv.Itoa(i) + "]"
		if err != nil || len(u.Hosts) != 1 || u.HasVirtualHost || len(u.Options) > 0 {
			o.r.fail(path, quote(s)+" is no host", `write a name or an address with or without a port, such as "ctl1:5672" or "[::1]:5672"`)
			return
		}
		one := u.Hosts[0]
		one.User, one.Password = h.User, h.Password
		if one.Port == 0 {
			one.Port = h.Port
		}
		o.r.checkHost(path, one.Name)
		set.Hosts = append(set.Hosts, one)
	}
}

// checkHost refuses what can be no host.
func (r *reader) checkHost(path, name string) {
	if name == "" {
		return
	}
	r.checkName(path, name)
	const remedy = "write a name or an address, without brackets; the port is an option of its own"
	if _, err := transport.ParseURL("x://[" + name + "]"); strings.ContainsAny(name, "/@?# ,[]") || strings.Contains(name, ":") && err != nil {
		r.fail(path, quote(name)+" is no host", remedy)
	}
}

// carrier reads the options of a driver other than RabbitMQ's.
func (r *reader) carrier(path string, v rpc.Value, set *transport.Settings, p *rpc.Options) {
	o := r.object(path, v)
	o.common(p)
	switch set.Profile {
	case transport.Qpid1, transport.Qpid2:
		o.hosts(set, "qpid_hostname", "qpid_port", "qpid_username", "qpid_password", "qpid_hosts")
		set.TLS = o.choice("qpid_protocol", "tcp", "tcp", "ssl") == "ssl"
		set.Durable = o.truth("amqp_durable_queues", set.Durable)
		set.AutoDelete = o.truth("amqp_auto_delete", set.AutoDelete)
		set.Capacity = int(o.number("qpid_receiver_capacity", int64(set.Capacity), 1, 100))
	case transport.ZMQ1:
		set.BindAddress = o.name("rpc_zmq_bind_address", set.BindAddress)
		set.Port = int(o.number("rpc_zmq_port", int64(set.Port), 1, 65535))
		set.IPCDir = o.name("rpc_zmq_ipc_dir", set.IPCDir)
		set.Backlog = int(o.number("rpc_zmq_topic_backlog", int64(set.Backlog), 0, 1000000))
		set.CastTimeout = o.duration("rpc_cast_timeout", set.CastTimeout, millisecond, longest)
		set.Matchmaker = o.choice("rpc_zmq_matchmaker", set.Matchmaker, "localhost", "ring", "redis")
		o.ring(set)
		o.redis(set)
		if set.IPCDir[:min(1, len(set.IPCDir))] != "/" {
			r.fail(join(path, "rpc_zmq_ipc_dir"), quote(set.IPCDir)+" is no absolute path", `write one that begins with "/"`)
		}
	case transport.ZMQ2:
		o.hosts(set, "redis_host", "redis_port", "", "redis_password", "")
		set.Matchmaker = o.choice("rpc_zmq_matchmaker", set.Matchmaker, "redis", "dummy")
		set.PubSub = o.truth("use_pub_sub", set.PubSub)
		set.Proxy = o.truth("use_router_proxy", set.Proxy)
		set.Expire = o.duration("zmq_target_expire", set.Expire, second, longest)
		set.Update = o.duration("zmq_target_update", set.Update, second, longest)
		set.MinPort = int(o.number("rpc_zmq_min_port", int64(set.MinPort), 1, 65535))
		set.MaxPort = int(o.number("rpc_zmq_max_port", int64(set.MaxPort), 2, 65536))
		if set.MaxPort-set.MinPort < 100 {
			r.fail(join(path, "rpc_zmq_max_port"), "leaves fewer than 100 ports", "write a greater number, or a smaller rpc_zmq_min_port")
		}
	}
	o.strangers(set.Profile)
	o.done()
}

// common are the options that every driver has.
func (o *object) common(p *rpc.Options) {
	p.ControlExchange = o.name("control_exchange", p.ControlExchange)
	p.ResponseTimeout = o.duration("rpc_response_timeout", p.ResponseTimeout, millisecond, longest)
	p.StopPoll = o.dist("stop_poll", p.StopPoll, 0, hour)
}

// redis reads where the first driver's Redis is, and how long its records live.
func (o *object) redis(set *transport.Settings) {
	o.hosts(set, "redis_host", "redis_port", "", "redis_password", "")
	set.Update = o.duration("matchmaker_heartbeat_freq", set.Update, second, longest)
	set.Expire = o.duration("matchmaker_heartbeat_ttl", set.Expire, second, longest)
	for _, name := range []string{"redis_host", "redis_port", "redis_password", "matchmaker_heartbeat_freq", "matchmaker_heartbeat_ttl"} {
		if o.has(name) && set.Matchmaker != "redis" {
			o.r.fail(join(o.path, name), "is set, but the matchmaker is "+quote(set.Matchmaker), `add "rpc_zmq_matchmaker": "redis"`)
		}
	}
}

// ring reads a ring file: which hosts serve which topic.
func (o *object) ring(set *transport.Settings) {
	v, ok := o.get("ring", rpc.Object)
	if ok && set.Matchmaker != "ring" {
		o.r.fail(join(o.path, "ring"), "is set, but the matchmaker is "+quote(set.Matchmaker), `add "rpc_zmq_matchmaker": "ring"`)
	}
	if len(v.Keys) > maxList {
		o.r.fail(join(o.path, "ring"), "has "+strconv.Itoa(len(v.Keys))+" topics", "the limit is "+strconv.Itoa(maxList))
		return
	}
	in := o.r.object(join(o.path, "ring"), rpc.Value{Kind: rpc.Object, Keys: v.Keys, Items: v.Items})
	for _, topic := range v.Keys {
		o.r.checkName(join(in.path, topic), topic)
		set.Ring = append(set.Ring, transport.RingTopic{Topic: topic, Hosts: in.names(topic, maxList)})
	}
}

// checkTransport looks at what a transport without a broker needs to be there.
func (r *reader) checkTransport(c *rpc.Config) {
	set := c.Transport
	proxies := 0
	hosts := map[string]bool{}
	for i := range c.Processes {
		p := &c.Processes[i]
		path := process(i)
		switch {
		case p.Runs == "":
			continue
		case len(p.Servers)+len(p.Listeners)+len(p.REST)+len(p.Threads) > 0:
			r.fail(path+".runs", "stands beside servers, listeners, rest or threads", "let it be a process of its own")
		case p.Runs == "zmq-receiver" && (set == nil || set.Profile != transport.ZMQ1):
			r.fail(path+".runs", "is a part of the profile "+quote(transport.ZMQ1)+" only", "remove the process, or change $.profile")
		case p.Runs == "zmq-proxy" && (set == nil || set.Profile != transport.ZMQ2 || !set.PubSub && !set.Proxy):
			r.fail(path+".runs", "has nothing to do without use_router_proxy or use_pub_sub", "set one of them in $.transport, or remove the process")
		case p.Runs == "zmq-receiver" && hosts[p.Host]:
			r.fail(path+".runs", quote(p.Host)+" has a receiver daemon already", "one daemon takes the port of its host")
		case p.Runs == "zmq-receiver":
			hosts[p.Host] = true
		default:
			proxies++
		}
	}
	if set == nil || set.Profile != transport.ZMQ1 && set.Profile != transport.ZMQ2 {
		return
	}
	for i := range c.Processes {
		p := &c.Processes[i]
		if set.Profile == transport.ZMQ1 && p.Runs == "" && !p.RESTOnly && !hosts[p.Host] {
			r.fail(process(i)+".host", quote(p.Host)+" has no receiver daemon",
				`add a process {"name": "zmq-receiver@`+p.Host+`", "runs": "zmq-receiver"}`)
		}
	}
	if (set.PubSub || set.Proxy) && proxies == 0 {
		r.fail("$.transport", "uses proxies, but no process runs one", `add a process {"name": "zmq-proxy@host", "runs": "zmq-proxy"}`)
	}
}
