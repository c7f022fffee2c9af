package rpc

import (
	"rpcscope/engine/sim"
	"rpcscope/engine/transport"
)

// Config is what a [System] is made of. It is never changed while a system runs, so clones share it.
type Config struct {
	// VHost is the virtual host that everything lives in.
	VHost string
	// Latency is the time one AMQP frame takes between a process and the broker, either way.
	Latency sim.Dist
	// Handling is the time a client library takes between receiving a method and acting on it.
	Handling sim.Dist
	// RESTLatency is the time an HTTP request or response takes.
	RESTLatency sim.Dist
	Options     Options
	Processes   []Process
	// Operator is what someone outside does to the processes, in order of time.
	Operator []Act
	// Transport is what carries the messages instead of RabbitMQ, nil for RabbitMQ.
	Transport *transport.Settings
	// Reach is where the broker is to be found, "host:port", as errors name it.
	Reach string
}

// Options are the settings of oslo.messaging's RabbitMQ driver that the model knows. Durations are nanoseconds.
type Options struct {
	// Profile is the RPC library.
	Profile Profile
	// Release of oslo.messaging as major×1000+minor; see [Release].
	Release int
	// ControlExchange is the exchange of a target that names none.
	ControlExchange string
	// ResponseTimeout is how long a call waits unless it says otherwise (rpc_response_timeout).
	ResponseTimeout int64
	// TransientTTL is the x-expires of reply and fanout queues (rabbit_transient_queues_ttl).
	TransientTTL int64
	// MissingConsumerRetry is how long a returned reply is published again (kombu_missing_consumer_retry_timeout).
	MissingConsumerRetry int64
	// ReconnectDelay is the wait before a lost connection is opened again (kombu_reconnect_delay).
	ReconnectDelay int64
	// RetryInterval, RetryBackoff and RetryMax are the wait after the first failure to connect, how much it grows with
	// each further one, and its greatest length (rabbit_retry_interval, rabbit_retry_backoff, rabbit_interval_max).
	RetryInterval, RetryBackoff, RetryMax int64
	// MaxRetries is after how many failures to connect a process of the classic profiles exits, 0 for never (rabbit_max_retries).
	MaxRetries int
	// Bare: requests and answers of a classic profile go without the envelope, as before it was introduced.
	Bare bool
	// DeclareOnce: a classic publisher declares an exchange that is not auto-delete once for each connection, as later
	// releases of its client library do; otherwise before each message.
	DeclareOnce bool
	// Heartbeat is the period of heartbeats that connections agree upon, 0 for none (heartbeat_timeout_threshold).
	Heartbeat int64
	// HeartbeatCheck is how often connections are looked after, idle ones of the pool and heartbeats that are due.
	HeartbeatCheck int64
	// StopPoll is how long a server that was told to stop may still sit in its poll.
	StopPoll sim.Dist
	// PoolSize is the greatest number of sending connections of a transport (rpc_conn_pool_size).
	PoolSize int
	// Durable, AutoDelete and Quorum are amqp_durable_queues, amqp_auto_delete and rabbit_quorum_queue.
	Durable, AutoDelete, Quorum bool
	// DeliveryLimit is rabbit_quorum_delivery_limit, 0 for none.
	DeliveryLimit int
	// QueueManager names reply and fanout queues by host, program and a number (use_queue_manager).
	QueueManager bool
	// HA asks for mirrored queues (rabbit_ha_queues).
	HA bool
	// Allowed are modules whose exceptions the caller builds again (allowed_remote_exmods; allowed_rpc_exception_modules).
	Allowed []string
	// Prefetch is how many unacknowledged messages a connection that consumes may hold, 0 for no limit (rabbit_qos_prefetch_count).
	Prefetch int
}

// DefaultOptions are the driver's defaults.
func DefaultOptions() Options {
	const second = int64(1e9)
	return Options{
		ControlExchange: "openstack", ResponseTimeout: 60 * second, TransientTTL: 1800 * second,
		MissingConsumerRetry: 60 * second, ReconnectDelay: second, Heartbeat: 60 * second, HeartbeatCheck: 15 * second, PoolSize: 30,
		Release: Release(14, 0), RetryInterval: second, RetryBackoff: 2 * second, RetryMax: 30 * second,
	}
}

// Process is one operating system process.
type Process struct {
	// Name is its identity on the display, such as "nova-compute@host1"; unique.
	Name string
	// Program is the base name that oslo.messaging puts into connection names; Host where it runs.
	Program, Host string
	PID           int
	// PIDGiven: the document says which; a process that starts again gets another.
	PIDGiven bool
	// StartAt is when it starts, in nanoseconds.
	StartAt int64
	Options Options
	Servers []Server
	// Listeners are its notification listeners.
	Listeners []Listener
	// REST are the requests that its HTTP side answers.
	REST []Route
	// Threads are what it does by itself.
	Threads []Thread
	// RESTOnly is true for a process that only speaks REST and has no place on the broker.
	RESTOnly bool
	// Component is the component that it belongs to, such as "nova", or ""; Door is true for the process by which the
	// other components reach it.
	Component string
	Door      bool
	// Binary and EntryPoint are its program and the console script's, such as "nova.cmd.compute:main"; may be empty.
	Binary, EntryPoint string
	// WSGI is the pipeline that a request passes before a route answers it; empty for none.
	WSGI []Filter
	// Runs is "zmq-receiver" or "zmq-proxy" for a process that is a part of the transport itself.
	Runs string
}

// Server is one RPC server: oslo.messaging's get_rpc_server.
type Server struct {
	Exchange, Topic, Name string
	// Executor is how many methods may run at once: 1 for the blocking executor, else the size of its pool.
	Executor int
	// Kind is which executor it is.
	Kind      ExecutorKind
	Endpoints []Endpoint
}

// ExecutorKind says what runs methods, and so what else can happen meanwhile.
type ExecutorKind uint8

// The executors.
const (
	// Threading runs each method in a thread of a pool.
	Threading ExecutorKind = iota
	// Blocking runs methods in the thread that receives: the next request stays with the broker, unacknowledged.
	Blocking
	// Eventlet runs each method in a green thread: what keeps the processor busy stops the whole process.
	Eventlet
)

// Endpoint is one object whose methods a server offers.
type Endpoint struct {
	// Class is the Python class, which shows in the text of a TypeError.
	Class string
	// Namespace is null when absent. Legacy are further namespaces it answers to.
	Namespace    string
	HasNamespace bool
	Legacy       []string
	// Version is "major.minor".
	Version string
	Methods []Method
	// Client is the rpcapi class that callers use and ClientVersion the version it was written for; may be empty.
	Client, ClientVersion string
}

// Method is one RPC method.
type Method struct {
	Name string
	// Params are the names of its arguments; nil accepts any.
	Params    []string
	AnyParams bool
	Steps     []Step
}

// Listener is one notification listener.
type Listener struct {
	Exchange   string
	Topics     []string
	Priorities []string
	// Pool is the pool's name, or "" for none.
	Pool string
	// RequeueOnce makes it put back each notification the first time it sees it.
	RequeueOnce bool
	// Handling is how long one notification takes.
	Handling sim.Dist
	// Executor is how many may be handled at once.
	Executor int
	// Missing: the document knows that nobody notifies its topics.
	Missing bool
}

// Route is one HTTP request that a process answers.
type Route struct {
	// Verb and Path, such as "POST" and "/servers".
	Verb, Path string
	Steps      []Step
	// OnFailure is the status when a step fails, 0 for 500.
	OnFailure int
}

// Filter is one part of a WSGI pipeline as Paste Deployment composes it (api-paste.ini); the last is the application.
type Filter struct {
	Name string
	// App: it is the application, whose routes answer.
	App bool
	// Steps are what it does before it passes a request on. When one fails, the filter answers in place of the
	// application: 401 when who was asked refused (4xx), otherwise 503.
	Steps []Step
	// Requires is the entry of the request's context without which it answers by itself, "" for none.
	Requires string
	// Limit is how many requests it passes on in any stretch of Per nanoseconds, 0 for any number.
	Limit int
	Per   int64
	// Status is what it answers with when it refuses: 401 or 429 unless a document says otherwise.
	Status int
}

// Thread is something a process does by itself, once or again and again.
type Thread struct {
	Name string
	// StartAt is counted from the moment at which the process is ready, in nanoseconds.
	StartAt sim.Dist
	// Times is how often the steps run; 0 means for ever. Every is the time from the start of one run to the start of the next, at least 1 ms; a run that takes longer delays the next.
	Times int
	Every sim.Dist
	Steps []Step
}

// StepKind says what a step does.
type StepKind uint8

// The kinds of steps.
const (
	// StepSleep waits for For.
	StepSleep StepKind = iota
	// StepCall, StepCast and StepFanout send a request.
	StepCall
	StepCast
	StepFanout
	// StepMulticall is a call that gives back every result of a generator (classic profiles).
	StepMulticall
	// StepYield gives one result of a generator, before it ends (classic profiles).
	StepYield
	// StepBusy keeps the processor for For.
	StepBusy
	// StepCleanup closes the connections of the pool that nobody uses (classic profiles).
	StepCleanup
	// StepNotify emits a notification.
	StepNotify
	// StepREST sends an HTTP request and waits for its response.
	StepREST
	// StepReturn ends the method with Value.
	StepReturn
	// StepRaise ends it with an exception.
	StepRaise
	// StepParallel runs each list of steps in a thread of its own and waits for all.
	StepParallel
	// StepStopServer tells the process's servers to stop, as the reference program's control endpoint does.
	StepStopServer
	// StepExit ends the process: cleanly, or at once when Abrupt.
	StepExit
)

// Step is one thing done. Which fields count depends on Kind.
type Step struct {
	Kind StepKind
	For  sim.Dist

	// Method is the name of the RPC method, the event type of a notification, or the verb of an HTTP request.
	Method string
	// Exchange, Topic, Server, Namespace and Version are the target; an empty Exchange is the control exchange.
	Exchange, Topic, Server, Namespace, Version string
	// VersionCap is the highest version the client may send, or "".
	VersionCap string
	// Args is an object; Context too.
	Args, Context Value
	// Retry is one more than how often a connection that fails is tried again before the request fails, 0 for ever (retry).
	Retry int32
	// Timeout of a call in nanoseconds, 0 for the default. Monitor is the call monitor period, 0 for none.
	Timeout, Monitor int64

	// Topics, Priority and Publisher are a notification's.
	Topics              []string
	Priority, Publisher string
	// Bare sends a notification without the envelope, as the version 1 driver does.
	Bare bool

	// To and Path are an HTTP request's. Timeout, when not 0, is how long it waits for the response; Context is what its headers add.
	To, Path string
	// Missing: the document knows that nobody has what it names; an HTTP request gets a 404.
	Missing bool
	// Implied: it is written as a member of its own beside the steps ("takes", "returns", "status").
	Implied bool
	// Status of the response that StepReturn gives to an HTTP request, 0 for 200.
	Status int

	Value Value
	// Class, Module and Text are an exception's. Expected is true for one that the endpoint declares as expected.
	Class, Module, Text string
	Expected            bool

	// OneOf are values of which StepReturn gives one, drawn at random; nil for Value.
	OneOf []Value
	// Save is the name under which later steps find what this one gave back, as if it were an argument.
	Save string

	// At is the broker that a cast goes to instead of the transport's (cast_to_server, fanout_cast_to_server).
	At *Address

	Branches [][]Step
	Abrupt   bool
	// Unreadable: the message's body is no message of oslo.messaging's.
	Unreadable bool
	// Continue: go on with the next step when this one failed, instead of passing the exception up.
	Continue bool
}

// Address are the server_params of the classic library's casts to a server. Empty fields are the transport's.
type Address struct {
	Host, User, Password, VHost string
	Port                        int
}

// Raises reports whether the step ends what runs it: by its value, an exception or the end of the process.
func (s *Step) Raises() bool {
	return s.Kind == StepReturn || s.Kind == StepRaise || s.Kind == StepExit
}

// Route returns the index of the route that answers a request, or -1. A path
// answers its own sub-paths too, so that "/images" serves "/images/cirros".
func (p *Process) Route(verb, path string) int {
	best, length := -1, -1
	for i := range p.REST {
		r := &p.REST[i]
		n := len(r.Path)
		if r.Verb != verb || len(path) < n || path[:n] != r.Path || n <= length {
			continue
		}
		if len(path) == n || r.Path[n-1] == '/' || path[n] == '/' || path[n] == '?' {
			best, length = i, n
		}
	}
	return best
}
