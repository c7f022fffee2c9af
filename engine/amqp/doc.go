// Package amqp is a model of a RabbitMQ broker (3.10, AMQP 0-9-1) at the level
// of protocol methods.
//
// A [Broker] lives on virtual time. Clients [Broker.Dial] a connection and
// [Broker.Send] methods; each travels over its connection's link and reaches
// the broker after the link's latency, in order. The broker acts at once,
// reports every step as flow events stamped with its own time, and answers
// with methods that travel back and reach the client's [Receiver]. All that is
// scheduled – methods on the way, expiring messages and queues – are items in a
// shared [sim.Queue]; whoever owns that queue hands items whose kind is below
// [KindLimit] to [Broker.Dispatch].
//
// The broker is a value in the sense that matters: [Broker.Clone] forks it.
package amqp
