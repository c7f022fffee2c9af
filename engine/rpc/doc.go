// Package rpc models oslo.messaging 14.0.3 with its RabbitMQ driver on the
// broker of engine/amqp: processes, RPC servers and their worker threads,
// clients with their connection pools, notifications and listeners; and, in the
// classic profiles, the library it came from: nova/openstack/common/rpc of 2012
// and early 2013 (impl_kombu, amqp, common, dispatcher).
//
// What a process says to the broker, in which order and with which arguments,
// follows the published source of oslo.messaging (_drivers/impl_rabbit,
// amqpdriver, amqp, common, rpc and notify) and was compared with captures of
// the real thing; the tests of this package hold it to them.
//
// All state is data: a [System] can be cloned, its threads are stacks of
// frames with a program counter each, and what is due later is an item of the
// event queue.
package rpc
