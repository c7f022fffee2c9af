package amqp

import (
	"rpcscope/engine/flow"
	"rpcscope/engine/sim"
)

// ConnID is the handle of a connection. It is never issued twice; handles of connections that are gone are ignored.
type ConnID uint32

// Kinds of [sim.Item] that belong to this package; others start at KindLimit.
const (
	kindToBroker uint16 = iota + 1
	kindToClient
	kindQueueExpires
	kindMessageExpires
	kindAckTimeout
	kindHeartbeat
	// KindLimit is the first kind that is free for others.
	KindLimit uint16 = 32
)

// Config says what a broker is made of.
type Config struct {
	// Names interns every text; shared with the sink and the clients.
	Names *flow.Names
	// Sink gets the flow events.
	Sink flow.Sink
	// Queue schedules; shared with the clients' world.
	Queue *sim.Queue
	// Address is the broker's end in connection names; "127.0.0.1:5672" when empty.
	Address string
	// VHosts exist besides "/".
	VHosts []string
	// Rand is where server-made names come from.
	Rand sim.Rand
	// MaxMessageSize in bytes; 0 is RabbitMQ's 128 MiB.
	MaxMessageSize int64
	// AckTimeout closes a channel that leaves a delivery unacknowledged for so
	// long, in nanoseconds; 0 never does. RabbitMQ's is half an hour.
	AckTimeout int64
	// DeliveryLimit is that of quorum queues which set none; 0 is no limit, as up
	// to RabbitMQ 3.13. Release 4.0 has 20.
	DeliveryLimit int64
	// Epoch is the time of virtual time zero in seconds since 1970, for the time in the header x-death.
	Epoch int64
	// OmitMethods leaves Method events out of the stream.
	OmitMethods bool
}

// Dial describes a connection that a client opens.
type Dial struct {
	// Process is the display identity of the client's process.
	Process flow.Name
	// Name is what the client calls the connection; may be empty.
	Name flow.Name
	// VHost to open; empty is "/".
	VHost flow.Name
	// User and Password log in; an empty User is [Guest] with its password.
	User, Password flow.Name
	// Host is the client's address without port; empty is 127.0.0.1.
	Host flow.Name
	// Latency is drawn for each method in each direction; later ones never overtake earlier ones.
	Latency sim.Dist
	// Rand is the stream that Latency draws from.
	Rand sim.Rand
	// Heartbeat is the period that was agreed upon in nanoseconds; 0 is none.
	Heartbeat int64
	// Delay is what a method takes longer, in nanoseconds, either way; see [Broker.SetReach].
	Delay int64
	// NoCapabilities is a client that announces none of RabbitMQ's extensions: it
	// is not told when a consumer is cancelled or the connection blocked.
	NoCapabilities bool
	// Manual leaves the handshake and the replies to close methods to the client,
	// and delivers by [Broker.Poll] without latency, for tests that replay what a client sent.
	Manual bool
}

// Receiver is the client side. Dispatch calls it for each method that reaches
// a client. m and content (nil unless the method bears one) are valid only
// during the call.
//
// The handshake is done by the link as every client library does it: the first
// method a Receiver sees is connection.open-ok, or the close or tcp-close that
// came instead. A channel.close or connection.close from the broker has already
// been answered when it arrives here.
type Receiver interface {
	Receive(now int64, c ConnID, m *Method, content *Content)
}
