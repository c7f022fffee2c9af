// Package zmq models both ZeroMQ drivers: no broker, but sockets that peers
// connect to each other.
//
// First generation (nova impl_zmq, 2012–2015): on each host a receiver daemon
// takes what comes by TCP and hands it to the services there by IPC sockets.
// Second generation (oslo.messaging zmq_driver, 2015–2018): servers bind ROUTER
// sockets, clients connect DEALERs to them, or both meet at proxies; who is
// where is known to a matchmaker, whose records live for a time only.
//
// The [Network] is a [transport.Carrier]: pure, on virtual time, cloneable.
package zmq
