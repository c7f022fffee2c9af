// Package transport is what the RPC layer knows of carriers other than
// RabbitMQ – the [Carrier] that packages qpid and zmq implement – and how any
// transport is named: settings and the transport_url of oslo.messaging.
package transport
