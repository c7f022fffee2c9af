package transport

import (
	"rpcscope/engine/flow"
	"rpcscope/engine/sim"
)

// Target is where a message goes, or what a server listens to.
type Target struct {
	Exchange, Topic string
	// Server is one server of the topic; empty for any.
	Server string
	// Fanout: all servers of the topic.
	Fanout bool
	// Notify: Topic is "topic.priority" of notifications.
	Notify bool
	// Pool is the pool of a listener, or "".
	Pool string
	// ReplyTo is where a reply goes instead: what [Carrier.ReplyTo] gave; Via is the request's [Delivery.Tag].
	ReplyTo flow.Name
	Via     uint64
}

// Key is the target in words: "compute" or "compute.host1".
func (t *Target) Key() string {
	if t.Server != "" {
		return t.Topic + "." + t.Server
	}
	return t.Topic
}

// Message is what a peer sends. Expiration is its time to live, negative for none.
type Message struct {
	flow.Message
	// Body is the sender's own, handed back with each delivery.
	Body int32
}

// Replies is the service number of a peer's replies; its servers and listeners count from 0.
const Replies int32 = -1

// Delivery is a message that has come to a peer.
type Delivery struct {
	Peer, Service, Body int32
	Msg                 flow.MsgID
	// Tag is what [Carrier.Settle] takes, and [Target.Via] of the answer.
	Tag         uint64
	Redelivered bool
}

// Fault is why an operation failed.
type Fault uint8

// The faults.
const (
	// OK: the operation is done.
	OK Fault = iota
	// NoPeer: the matchmaker knew nobody to send to.
	NoPeer
	// Unreachable: who should take the message is not there.
	Unreachable
)

// Receiver is the RPC layer.
type Receiver interface {
	// Delivered hands a message over.
	Delivered(now int64, d Delivery)
	// Done says that the operation which task waits for has ended.
	Done(now int64, task int32, f Fault)
}

// Peer is one process on the transport.
type Peer struct {
	// Name is its identity on the display; Host where it runs.
	Name, Host string
	// Runs is "zmq-receiver" or "zmq-proxy" for a part of the transport itself, else "".
	Runs string
}

// KindBase is the first kind of [sim.Item] of carriers; they use less than 32.
const KindBase uint16 = 128

// Carrier is a transport without RabbitMQ: a pure state machine on virtual time.
// Peers are named by their place in the list that it was made with. What it is
// asked for happens after the latencies of its way and is reported as flow events.
type Carrier interface {
	// Dispatch runs an item of its kinds; it reports whether the item was its own.
	Dispatch(it *sim.Item, r Receiver) bool
	// Start is a process that begins; services follow with Open.
	Start(now int64, peer int32)
	// Open lets a service listen at its targets; Done follows. Service Replies prepares for replies.
	Open(now int64, peer, service int32, targets []Target, task int32)
	// ReplyTo is what a request names as the place for its reply; 0 before Open of Replies.
	ReplyTo(peer int32) flow.Name
	// Send takes a message; Done follows when the sender may go on.
	Send(now int64, peer, task int32, to Target, m *Message)
	// Settle says that the peer has taken a delivery.
	Settle(now int64, tag uint64)
	// Over says that the peer no longer waits for an answer to the call id.
	Over(now int64, peer int32, id flow.ID)
	// Stop closes all that a peer has; abrupt is without a word.
	Stop(now int64, peer int32, abrupt bool)
	// Drop cuts the peer off from the others for a moment; detach ends its links (Qpid) or its matchmaker records (ZeroMQ).
	Drop(now int64, peer int32, detach bool)
	// TwoReplies reports whether an answer is two messages, the result and an ending.
	TwoReplies() bool
	// Held is how many messages it holds; EachBody names their bodies.
	Held() int
	EachBody(f func(body int32))
	SetSink(sink flow.Sink)
	Clone(queue *sim.Queue, sink flow.Sink) Carrier
	Digest(d *sim.Digest)
}

// Config is what carriers are made of.
type Config struct {
	Settings *Settings
	Peers    []Peer
	Names    *flow.Names
	Sink     flow.Sink
	Queue    *sim.Queue
	// Rand is the carrier's own stream. Latency is one hop's, over the network.
	Rand    sim.Rand
	Latency sim.Dist
}
