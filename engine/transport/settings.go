package transport

// The profiles that this package's carriers model.
const (
	Qpid1 = "qpid-1"
	Qpid2 = "qpid-2"
	ZMQ1  = "zmq-1"
	ZMQ2  = "zmq-2"
)

// Settings are how a transport is set up: the options of its driver. Durations are nanoseconds.
type Settings struct {
	// Profile is one of the above, or "" for RabbitMQ.
	Profile string
	// Hosts are those of the broker, or of the matchmaker's Redis.
	Hosts []Host
	// VirtualHost of RabbitMQ.
	VirtualHost string

	// Durable and AutoDelete are qpid_topic's amqp_durable_queues and amqp_auto_delete; TLS is qpid_protocol=ssl.
	Durable, AutoDelete, TLS bool
	// Capacity of a Qpid receiver (qpid_receiver_capacity).
	Capacity int

	// BindAddress, Port and IPCDir of the first ZeroMQ driver (rpc_zmq_bind_address, rpc_zmq_port, rpc_zmq_ipc_dir).
	BindAddress string
	Port        int
	IPCDir      string
	// Backlog is how many messages the receiver daemon holds per topic, 0 for no limit (rpc_zmq_topic_backlog).
	Backlog int
	// Matchmaker is "localhost", "ring", "redis" or "dummy" (rpc_zmq_matchmaker).
	Matchmaker string
	// Ring is the ring's file.
	Ring []RingTopic
	// CastTimeout is how long a PUSH socket keeps what it cannot send (rpc_cast_timeout).
	CastTimeout int64

	// PubSub and Proxy are use_pub_sub and use_router_proxy of the second driver.
	PubSub, Proxy bool
	// Expire and Update are zmq_target_expire and zmq_target_update: the life of a record, and when it is written again.
	Expire, Update int64
	// MinPort and MaxPort bound the ports of ROUTER sockets (rpc_zmq_min_port, rpc_zmq_max_port; the latter is never reached).
	MinPort, MaxPort int
}

// RingTopic is one line of a ring file.
type RingTopic struct {
	Topic string
	Hosts []string
}

// Defaults are the drivers' defaults for a profile.
func Defaults(profile string) Settings {
	const second = int64(1e9)
	s := Settings{
		Profile: profile, Capacity: 1, BindAddress: "*", Port: 9501, IPCDir: "/var/run/openstack", Matchmaker: "redis",
		CastTimeout: 30 * second, Expire: 300 * second, Update: 180 * second, MinPort: 49153, MaxPort: 65536,
	}
	if profile == ZMQ1 {
		s.Matchmaker = "localhost"
		s.Expire, s.Update = 600*second, 300*second
	}
	return s
}

// Family is "rabbit", "qpid" or "zmq": the scheme of the profile's transport_url.
func Family(profile string) string {
	switch profile {
	case Qpid1, Qpid2:
		return "qpid"
	case ZMQ1, ZMQ2:
		return "zmq"
	}
	return "rabbit"
}
