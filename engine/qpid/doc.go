// Package qpid models oslo.messaging's Qpid driver and the broker behind it at
// the level at which the driver speaks to it: addresses and links.
//
// A peer names what it wants by an address string; attaching a receiver's link
// makes the nodes, the queue and the binding that the address asks for
// (nova impl_qpid; oslo.messaging up to 3.0). Topology version 1 makes an
// exchange for each control exchange, fanout and reply; version 2 uses the
// broker's own amq.topic and amq.direct, so that federation works.
//
// The [Broker] is a [transport.Carrier]: pure, on virtual time, cloneable.
package qpid
