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
// What operators do comes from outside the protocol: [Broker.AddVHost],
// [Broker.DeleteVHost], [Broker.SetUser], [Broker.DeleteUser], [Broker.Permit],
// [Broker.Forbid], [Broker.PermitTopic], [Broker.SetPolicy], [Broker.ClearPolicy],
// [Broker.SetAlarm], [Broker.CloseConnection], [Broker.Stop], [Broker.Start]. Each
// acts at once at the given time; what clients hear of it goes over their links.
//
// Every reply code, text and order of checks follows RabbitMQ 3.10.8; the
// scripts in testdata/scripts say what clients hear, and TestScriptsOnNode
// compares that with a real node. Left out are streams, mirrored queues,
// dead-lettering at least once (it is done at most once), direct reply-to,
// memory limits of queues, and frames: sizes, heartbeats, flow control.
//
// Later releases differ in this (their release notes): 3.12 no longer looks at
// x-queue-mode; 3.13 is the last with mirrored queues; in 4.0 quorum queues
// have a delivery limit of 20 unless they set one ([Config.DeliveryLimit]) and
// two priorities, and x-death headers that a client publishes are not read.
//
// The broker is a value in the sense that matters: [Broker.Clone] forks it.
package amqp
