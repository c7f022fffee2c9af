package scenario

import (
	"slices"
	"strconv"

	"rpcscope/engine/rpc"
	"rpcscope/engine/sim"
	"rpcscope/engine/transport"
)

// How much a document may ask for. Larger things freeze a page rather than teach.
const (
	maxProcesses = 200
	maxServers   = 16
	maxEndpoints = 16
	maxMethods   = 100
	maxThreads   = 64
	maxSteps     = 5000
	maxNesting   = 8
	maxList      = 64
	maxActs      = 500
	maxTimes     = 1000000
)

// Groups are the headings under which a picker lists scenarios.
var Groups = [...]string{"basics", "openstack", "transports", "faults"}

// Parse reads a scenario document. The error, if any, is an [*Error].
func Parse(data []byte) (*Document, error) {
	v, err := readJSON(data)
	if err != nil {
		return nil, err
	}
	return read(v)
}

// read reads a document from its JSON.
func read(v rpc.Value) (*Document, error) {
	r := &reader{}
	d := r.document(v)
	if r.err == nil {
		r.check(d)
	}
	if r.err != nil {
		return nil, r.err
	}
	return d, nil
}

func (r *reader) document(v rpc.Value) *Document {
	o := r.object("$", v)
	o.any("$schema")
	o.require("title")
	o.require("processes")
	d := &Document{
		Name:        o.name("name", ""),
		Title:       o.name("title", ""),
		Description: o.text("description", ""),
		Group:       o.choice("group", "", Groups[:]...),
		Seed:        uint64(o.number("seed", 1, 0, 1<<53)),
		Until:       o.duration("until", 0, 1, longest),
	}
	profile := o.choice("profile", usualProfile(v), profileNames...)
	own, _ := v.Get("transport")
	d.carrier = carrierOf(profile, own)
	d.Config = rpc.Config{VHost: "/", Options: rpc.DefaultOptions()}
	d.Config.Options.Profile = rpc.Profile(max(0, slices.Index(rpc.Profiles[:], profile)))
	r.profile = d.Config.Options.Profile
	d.Config.Options.StopPoll = sim.Uniform(0, 5*second) // the poll interval of oslo.messaging's listeners
	if b, ok := o.get("broker", rpc.Object); ok {
		r.broker(d, r.object("$.broker", b))
	} else {
		r.broker(d, r.object("$.broker", rpc.Value{Kind: rpc.Object}))
	}
	if t, ok := o.get("transport", rpc.Object); ok || transport.Family(profile) != "rabbit" {
		t.Kind = rpc.Object
		r.transport(t, profile, d)
	}
	r.carried = d.Config.Transport
	list, _ := o.get("processes", rpc.Array)
	for i, p := range o.items("processes", list, maxProcesses) {
		d.Config.Processes = append(d.Config.Processes, r.process("$.processes["+strconv.Itoa(i)+"]", p, i, &d.Config))
	}
	if o.has("processes") && len(list.Items) == 0 {
		r.fail("$.processes", "is empty", "a scenario needs at least one process")
	}
	if list, ok := o.get("operator", rpc.Array); ok {
		for i, a := range o.items("operator", list, maxActs) {
			d.Config.Operator = append(d.Config.Operator, r.act("$.operator["+strconv.Itoa(i)+"]", a, &d.Config.Options))
		}
	}
	if list, ok := o.get("actions", rpc.Array); ok {
		for i, a := range o.items("actions", list, maxList) {
			d.actions = append(d.actions, r.action("$.actions["+strconv.Itoa(i)+"]", a))
		}
	}
	o.done()
	return d
}

// usualBroker is what a broker is called that has no name.
const usualBroker = "rabbit@localhost"

func (r *reader) broker(d *Document, o *object) {
	d.Broker = o.name("name", usualBroker)
	c := &d.Config
	c.VHost, r.vhost = o.name("vhost", "/"), o.has("vhost")
	c.Latency = o.dist("latency", sim.Uniform(200*microsecond, 450*microsecond), 0, minute)
	c.Handling = o.dist("handling", sim.Uniform(100*microsecond, 300*microsecond), 0, minute)
	c.RESTLatency = o.dist("rest_latency", sim.Uniform(600*microsecond, 1400*microsecond), 0, minute)
	o.done()
}

func (r *reader) options(path string, v rpc.Value, p rpc.Options) rpc.Options {
	o := r.object(path, v)
	if r.reach != nil {
		o.hosts(r.reach, "rabbit_host", "rabbit_port", "rabbit_userid", "rabbit_password", "rabbit_hosts")
		r.reach.VirtualHost = o.name("rabbit_virtual_host", r.reach.VirtualHost)
	}
	p.ControlExchange = o.name("control_exchange", p.ControlExchange)
	p.ResponseTimeout = o.duration("rpc_response_timeout", p.ResponseTimeout, millisecond, longest)
	r.release(o, &p)
	p.Allowed = append(p.Allowed[:len(p.Allowed):len(p.Allowed)], o.names("allowed_remote_exmods", maxList)...)
	p.TransientTTL = o.duration("rabbit_transient_queues_ttl", p.TransientTTL, millisecond, longest)
	p.MissingConsumerRetry = o.duration("kombu_missing_consumer_retry_timeout", p.MissingConsumerRetry, 0, longest)
	p.ReconnectDelay = o.duration("kombu_reconnect_delay", p.ReconnectDelay, millisecond, hour)
	p.Heartbeat = o.duration("heartbeat_timeout_threshold", p.Heartbeat, 0, hour)
	p.HeartbeatCheck = o.duration("heartbeat_check", p.HeartbeatCheck, second, hour)
	p.StopPoll = o.dist("stop_poll", p.StopPoll, 0, hour)
	p.PoolSize = int(o.number("rpc_conn_pool_size", int64(p.PoolSize), 1, 200))
	p.Prefetch = int(o.number("rabbit_qos_prefetch_count", int64(p.Prefetch), 0, 65535))
	p.RetryInterval = o.duration("rabbit_retry_interval", p.RetryInterval, millisecond, hour)
	p.RetryBackoff = o.duration("rabbit_retry_backoff", p.RetryBackoff, 0, hour)
	p.RetryMax = o.duration("rabbit_interval_max", p.RetryMax, millisecond, hour)
	p.HA = o.truth("rabbit_ha_queues", p.HA)
	p.Durable = o.truth("amqp_durable_queues", p.Durable)
	if p.Profile.Old() {
		if o.has("rabbit_durable_queues") && o.has("amqp_durable_queues") {
			r.fail(join(path, "rabbit_durable_queues"), "is another name of amqp_durable_queues, which is set too", "set one of the two")
		}
		p.Durable = o.truth("rabbit_durable_queues", p.Durable)
		p.MaxRetries = int(o.number("rabbit_max_retries", int64(p.MaxRetries), 0, 1000000))
		p.DeclareOnce = o.truth("declare_once", p.DeclareOnce)
		p.Bare = !o.truth("send_rpc_envelope", !p.Bare)
	} else {
		p.AutoDelete = o.truth("amqp_auto_delete", p.AutoDelete)
		p.Quorum = o.truth("rabbit_quorum_queue", p.Quorum)
		p.DeliveryLimit = int(o.number("rabbit_quorum_delivery_limit", int64(p.DeliveryLimit), 0, 1000000))
		p.QueueManager = o.truth("use_queue_manager", p.QueueManager)
		if p.Quorum && p.HA {
			r.fail(join(path, "rabbit_quorum_queue"), "and rabbit_ha_queues are both true", "oslo.messaging refuses it: queues are quorum queues or mirrored; set one of the two")
		}
		if p.DeliveryLimit > 0 && !p.Quorum {
			r.fail(join(path, "rabbit_quorum_delivery_limit"), "is set, but the queues are no quorum queues", `add "rabbit_quorum_queue": true, or remove it`)
		}
		o.since("rabbit_quorum_queue", p.Quorum, "12.13", p.Release >= rpc.SinceQuorum)
		o.since("use_queue_manager", p.QueueManager, "14.7", p.Release >= rpc.SinceManager)
	}
	o.elsewhere(p.Profile.Old())
	o.strangers(rpc.Profiles[p.Profile])
	o.done()
	return p
}

// The members of a transport that only one kind of profile knows.
var (
	onlyOld    = []string{"rabbit_durable_queues", "rabbit_max_retries", "declare_once", "send_rpc_envelope"}
	onlyModern = []string{"amqp_auto_delete", "rabbit_quorum_queue", "rabbit_quorum_delivery_limit", "use_queue_manager", "release"}
)

// release reads the release of oslo.messaging, and what follows from it.
func (r *reader) release(o *object, p *rpc.Options) {
	if p.Profile.Old() {
		return
	}
	if text := o.version("release", ""); text != "" && r.err == nil {
		v, _ := rpc.ParseVersion(text)
		major, minor := v[0], v[1]
		if minor > 999 || major < 1 || major > 99 {
			r.fail(join(o.path, "release"), quote(text)+" is no release of oslo.messaging", "write 1.0 or later")
		}
		p.Release, r.released = rpc.Release(major, minor), true
		p.TransientTTL = rpc.TransientTTLOf(p.Release)
	}
}

// since refuses a setting that the release does not have yet.
func (o *object) since(name string, on bool, release string, there bool) {
	if on && !there {
		o.r.fail(join(o.path, name), "needs oslo.messaging "+release, `set "release" to that or a later one`)
	}
}

// elsewhere refuses what another profile would understand.
func (o *object) elsewhere(old bool) {
	others, whose := onlyOld, "the classic profiles"
	if old {
		others, whose = onlyModern, `the profile "modern"`
	}
	for _, name := range others {
		if o.has(name) {
			o.r.fail(join(o.path, name), "is a setting of "+whose, "remove it, or change $.profile")
		}
	}
}

func (r *reader) action(path string, v rpc.Value) Action {
	o := r.object(path, v)
	o.require("client")
	a := Action{Client: o.name("client", ""), Label: o.text("label", "")}
	a.step, _ = r.send(o, 0)
	switch a.step.Kind {
	case rpc.StepCall, rpc.StepMulticall, rpc.StepCast, rpc.StepFanout, rpc.StepNotify:
	default:
		if r.err == nil {
			r.fail(path, "is nothing that can be sent", `write "call", "cast", "fanout" or "notify" with a method's name`)
		}
	}
	o.done()
	a.Kind, a.Method, a.Target = kindWord(a.step.Kind), a.step.Method, target(&a.step)
	return a
}

func kindWord(k rpc.StepKind) string {
	switch k {
	case rpc.StepCall, rpc.StepMulticall:
		return "call"
	case rpc.StepCast:
		return "cast"
	case rpc.StepFanout:
		return "fanout"
	}
	return "notify"
}

// target says in words where a send goes.
func target(s *rpc.Step) string {
	switch {
	case s.Kind == rpc.StepNotify:
		return s.Topics[0] + "." + s.Priority
	case s.Server != "":
		return s.Topic + "." + s.Server
	}
	return s.Topic
}
