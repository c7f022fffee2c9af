// Package wire is AMQP 0-9-1 on a socket, as thin as can be: methods in,
// methods out, in the order in which they are on the wire, nothing retried,
// nothing hidden, nothing refused on the client's side. A test that compares a
// broker with a model needs to see – and to send – exactly that, wrong methods
// included, which libraries for applications rightly prevent.
package wire
