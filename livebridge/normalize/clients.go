package normalize

import (
	"strconv"
	"strings"

	"rpcscope/engine/flow"
)

// A process that has had no connection for this long is taken to have ended: a client of
// oslo.messaging that lost its connection is back after about a second.
const processGoneAfter = 5_000_000_000

// Bounds on what is remembered of clients. A broker has a few thousand connections.
const (
	maxConnections = 1 << 16
	maxChannels    = 1 << 17
)

// clients knows who is connected.
type clients struct {
	conns     map[string]*connection // by the broker's name
	byPid     map[string]*connection // by Erlang pid
	channels  map[string]channel     // by Erlang pid
	processes map[flow.Name]*process
	// learned names connections before their opening was taken, see Learn.
	learned map[string]string
	// hosts is where a process of that name was seen first.
	hosts map[string]string
}

type connection struct {
	name    flow.Name
	key     string
	pid     string
	process flow.Name
	vhost   flow.Name
	open    bool
	// ended ones are kept for the messages that are traced after them.
	ended bool
}

type channel struct {
	conn   *connection
	number uint16
	// closed ones are kept for the consumers whose end is told after theirs.
	closed bool
}

type process struct {
	name  flow.Name
	open  int
	since int64 // since when it has no connection
}

func (c *clients) init() {
	c.conns, c.byPid = map[string]*connection{}, map[string]*connection{}
	c.channels, c.processes = map[string]channel{}, map[flow.Name]*process{}
	c.learned, c.hosts = map[string]string{}, map[string]string{}
}

// Ahead reports whether [Normalizer.Learn] has a use for a record.
func (r *Record) Ahead() bool {
	return r.Source == Event && r.RoutingKey == "connection.created" ||
		r.Source == Frame && r.RoutingKey == "s2c.channel.close" && text(r.Headers["reply_code"]) == "404"
}

// Learn looks at a record ahead of its turn, for the names of connections: the
// broker's events and its trace messages take different ways, and a message
// may be traced before its sender is announced.
//
// Of frames it looks for publishes that will be refused, which a firehose does not show.
func (n *Normalizer) Learn(r *Record) {
	if r.Source == Frame {
		n.frames.learn(r)
	}
	if r.Source != Event || r.RoutingKey != "connection.created" || len(n.clients.learned) >= maxConnections {
		return
	}
	if name := text(r.Headers["name"]); name != "" {
		if given := givenName(r.Headers); given != "" {
			n.clients.learned[name] = given
		}
	}
}

// givenName returns the name that a client gave to its connection.
func givenName(h map[string]any) string {
	if s := text(h["user_provided_name"]); s != "" && s != "undefined" {
		return s
	}
	for _, a := range erlangArguments(h["client_properties"]) {
		if a.name == "connection_name" {
			return a.value
		}
	}
	return text(table(h["client_properties"])["connection_name"])
}

// identity splits a connection's given name. oslo.messaging joins program, process id
// and a random UUID by colons; other clients give what they like.
func identity(given, conn string) (process, program string, pid int64) {
	parts := strings.Split(given, ":")
	if len(parts) >= 3 {
		if p, err := strconv.ParseInt(parts[len(parts)-2], 10, 64); err == nil && p > 0 {
			program = strings.Join(parts[:len(parts)-2], ":")
			return program + ":" + parts[len(parts)-2], program, p
		}
	}
	if given != "" {
		return given, given, 0
	}
	// Nameless: the client's address stands for it.
	peer, _, _ := strings.Cut(conn, " -> ")
	return peer, peer, 0
}

// identity tells processes of the same program and number apart by their hosts:
// in containers all have the same numbers.
func (n *Normalizer) identity(given, conn string) (process, program string, pid int64) {
	process, program, pid = identity(given, conn)
	if given == "" {
		return process, program, pid
	}
	peer, _, _ := strings.Cut(conn, " -> ")
	host := hostOf(peer)
	first, known := n.clients.hosts[process]
	if !known {
		if len(n.clients.hosts) >= maxConnections {
			clear(n.clients.hosts)
		}
		n.clients.hosts[process] = host
	} else if first != host {
		process += "@" + host
	}
	return process, program, pid
}

// connOf returns the connection that the broker calls key, known or not.
func (n *Normalizer) connOf(key string) *connection {
	if key == "" {
		return nil
	}
	if c := n.clients.conns[key]; c != nil {
		return c
	}
	if len(n.clients.conns) >= maxConnections {
		n.forgetClosed()
	}
	c := &connection{name: n.names.Intern(key), key: key}
	if given := n.clients.learned[key]; given != "" {
		name, _, _ := n.identity(given, key)
		c.process = n.names.Intern(name)
	}
	n.clients.conns[key] = c
	return c
}

// forgetClosed makes room: closed connections go, and when there are none, all do.
func (n *Normalizer) forgetClosed() {
	before := len(n.clients.conns)
	for k, c := range n.clients.conns {
		if !c.open {
			delete(n.clients.conns, k)
			delete(n.clients.byPid, c.pid)
		}
	}
	if len(n.clients.conns) == before {
		clear(n.clients.conns)
		clear(n.clients.byPid)
	}
}

// forgetChannels makes room: closed channels go, and when there are none, all do.
func (n *Normalizer) forgetChannels() {
	before := len(n.clients.channels)
	for pid, ch := range n.clients.channels {
		if ch.closed {
			delete(n.clients.channels, pid)
		}
	}
	if len(n.clients.channels) == before {
		clear(n.clients.channels)
	}
}

// opened announces a connection, once.
func (n *Normalizer) opened(key, given, vhost, host string, flags flow.Flags) *connection {
	c := n.connOf(key)
	if c == nil || c.open {
		return c
	}
	if c.ended { // another connection from the same address and port
		c = &connection{name: c.name, key: key}
		n.clients.conns[key] = c
	}
	name, program, pid := n.identity(given, key)
	c.open, c.process, c.vhost = true, n.names.Intern(name), n.names.Intern(vhost)
	p := n.clients.processes[c.process]
	if p == nil {
		p = &process{name: c.process}
		n.clients.processes[c.process] = p
		n.emit(flow.Event{Kind: flow.ProcessStart, Process: c.process, VHost: c.vhost, Label: n.names.Intern(program), Text: n.names.Intern(host), Value: pid, Flags: flags | flow.Inferred})
	}
	p.open++
	n.emit(flow.Event{Kind: flow.ConnectionOpen, Conn: c.name, Process: c.process, VHost: c.vhost, Text: n.names.Intern(given), Flags: flags})
	return c
}

// closed takes a connection away, once. Its channels and consumers are told of by events of their own.
func (n *Normalizer) closed(c *connection, flags flow.Flags) {
	if c == nil || !c.open {
		return
	}
	c.open, c.ended = false, true
	n.emit(flow.Event{Kind: flow.ConnectionClose, Conn: c.name, Process: c.process, VHost: c.vhost, Flags: flags})
	delete(n.clients.byPid, c.pid)
	delete(n.clients.learned, c.key)
	if p := n.clients.processes[c.process]; p != nil {
		if p.open--; p.open == 0 {
			p.since = n.now
			n.deadline.push(due{at: n.now + processGoneAfter, kind: dueProcessGone, name: p.name})
		}
	}
}

// processGone ends a process that has not come back.
func (n *Normalizer) processGone(name flow.Name) {
	p := n.clients.processes[name]
	if p == nil || p.open > 0 || n.now-p.since < processGoneAfter {
		return
	}
	delete(n.clients.processes, name)
	n.emit(flow.Event{Kind: flow.ProcessStop, Process: name, Label: n.names.Intern("exited"), Flags: flow.Inferred})
}
