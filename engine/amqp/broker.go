package amqp

import (
	"rpcscope/engine/flow"
	"rpcscope/engine/sim"
)

// Broker is one RabbitMQ node. Make it with [New].
type Broker struct {
	names  *flow.Names
	tables *Tables
	sink   flow.Sink
	queue  *sim.Queue
}

// New makes a broker with its virtual hosts and their predeclared exchanges.
func New(cfg Config) *Broker {
	return &Broker{names: cfg.Names, tables: NewTables(cfg.Names), sink: cfg.Sink, queue: cfg.Queue}
}

// Tables interns argument and header tables for this broker's methods.
func (b *Broker) Tables() *Tables { return b.tables }

// SetSink changes who gets the flow events from now on.
func (b *Broker) SetSink(s flow.Sink) { b.sink = s }

// Dial opens a connection at time now; the handshake runs by itself and ends
// with connection.open-ok at the client's [Receiver].
func (b *Broker) Dial(now int64, d Dial) ConnID { return 0 }

// Send hands a method to the connection's link at time now. m is copied.
// Methods for a connection that is gone are discarded.
func (b *Broker) Send(now int64, c ConnID, m *Method) {}

// Publish is [Broker.Send] for a basic.publish with its content, which is copied too.
func (b *Broker) Publish(now int64, c ConnID, m *Method, content *Content) {}

// Cut ends the connection without a word, as when the client's process dies:
// what was sent before still arrives at the broker, nothing more reaches the client.
func (b *Broker) Cut(now int64, c ConnID) {}

// CloseConnection makes the broker close a connection, as an operator's
// rabbitmqctl close_connection does: connection.close 320.
func (b *Broker) CloseConnection(now int64, c ConnID, reason string) {}

// Dispatch runs an item that is due; it returns false when its kind is not this package's.
// Virtual time is it.At.
func (b *Broker) Dispatch(it *sim.Item, r Receiver) bool { return it.Kind < KindLimit }

// Poll takes the next method for a Manual connection's client.
func (b *Broker) Poll(c ConnID, m *Method, content *Content) bool { return false }

// ConnName is the broker's name of a connection, "client address -> broker address"; 0 when it is gone.
func (b *Broker) ConnName(c ConnID) flow.Name { return 0 }

// Depth returns how many messages of a queue are ready and unacknowledged; ok is false when there is no such queue.
func (b *Broker) Depth(vhost, queue flow.Name) (ready, unacked int, ok bool) { return 0, 0, false }

// Clone returns an independent copy that continues on the given event queue
// (a clone of this broker's) and reports to the given sink. Names and tables
// only ever grow and are shared.
func (b *Broker) Clone(q *sim.Queue, s flow.Sink) *Broker { return nil }

// Digest folds the broker's state into d, apart from what waits in the event queue.
func (b *Broker) Digest(d *sim.Digest) {}
