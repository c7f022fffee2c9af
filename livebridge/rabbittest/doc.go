// Package rabbittest runs a private RabbitMQ node for tests: its own ports,
// port mapper, name, cookie, data and logs, everything on 127.0.0.1, so that
// tests never meet another broker and leave nothing behind.
//
// It drives the broker that Debian and Ubuntu install by
//
//	apt-get install rabbitmq-server
//
// without its service wrapper, as whatever user runs the test. Users, virtual
// hosts, rights and tracing are set through the node's management API, which
// takes milliseconds where rabbitmqctl takes seconds.
package rabbittest
