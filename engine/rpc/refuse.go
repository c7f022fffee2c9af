package rpc

import (
	"rpcscope/engine/amqp"
	"rpcscope/engine/flow"
)

// refusal is the exception that a client raises when the broker closed its
// channel for good, none when trying again may help. oslo.messaging's words
// speak of connecting whatever it was that failed (_drivers/impl_rabbit.py, Connection.ensure).
func (s *System) refusal(p int32, m *amqp.Method) failure {
	const accessRefused, notFound, preconditionFailed = 403, 404, 406
	if m.Op != amqp.OpChannelClose || m.Value != accessRefused && m.Value != notFound && m.Value != preconditionFailed {
		return failure{}
	}
	why := "(" + itoa(int(m.Value)) + ") " + s.names.Text(m.Text)
	if s.procs[p].cfg.Options.Profile.Old() { // passed up as it is
		return failure{Class: "AMQPChannelException", Module: "amqplib.client_0_8.exceptions", Text: why}
	}
	return s.undelivered("inf", saidOf(m.Failed)+": "+why)
}

// tries is how often a request is tried, as errors write it.
func (f *frame) tries() string {
	if f.out.retry == 0 {
		return "inf"
	}
	return itoa(int(f.out.retry - 1))
}

// reopenClose is the point of opReopen at which the channel is open, as it always was when the broker did not close it.
const reopenClose = int32(1)

// channelClosed is the broker ending a connection's channel. Nobody waits for
// that word on one that only reads, such as when an acknowledgement is overdue:
// oslo.messaging's thread logs what it is told and reads on by another channel
// a little later; that of Nova's library ends, and its service is deaf.
func (s *System) channelClosed(i int32, m *amqp.Method) {
	c := &s.conns[i]
	c.ready, c.confirms, c.declared, c.queues, c.inbox = false, false, nil, nil, nil
	p := &s.procs[c.proc]
	if c.waiter < 0 && c.role != roleSend && p.state == procReady && !p.cfg.Options.Profile.Old() {
		if c.role == roleListen {
			p.services[c.owner].waiting = nil // the broker will deliver them again
		}
		s.start(c.proc, frame{op: opReconnect, pc: reconnectRefused, a: i})
		return
	}
	s.answer(i, input{m: *m, lost: true})
}

// runReopen is what oslo.messaging does on connection a when the broker has
// closed its channel for good: py-amqp opens the channel again by itself, and
// the driver, which will have another one, closes it (amqp/channel.py, _on_close;
// _drivers/impl_rabbit.py, Connection._set_current_channel). A channel that
// kombu keeps for the connection is found closed at the next use, and the
// connection with it is given up then.
func (s *System) runReopen(i int32, f *frame) bool {
	c := &s.conns[f.a]
	in := &s.tasks[i].in
	step := f.pc
	f.pc++
	switch {
	case in.lost || c.state != connOpen:
		in.lost = false
	case step == 0:
		return s.say(f.a, i, amqp.Method{Op: amqp.OpChannelOpen})
	case step == reopenClose:
		return s.say(f.a, i, amqp.Method{Op: amqp.OpChannelClose})
	default:
		c.stale = c.usual
	}
	return s.pop(i, Value{})
}

// saidOf writes a method as the client library does: "Exchange.declare".
func saidOf(op amqp.Op) string {
	text := []byte(op.String())
	if len(text) > 0 && 'a' <= text[0] && text[0] <= 'z' {
		text[0] -= 'a' - 'A'
	}
	return string(text)
}

// undelivered is what a request fails with that could not be published.
func (s *System) undelivered(tries, why string) failure {
	reach := s.cfg.Reach
	if reach == "" {
		reach = "localhost:5672"
	}
	return failure{
		Class: "MessageDeliveryFailure", Module: "oslo_messaging.exceptions",
		Text: "Unable to connect to AMQP server on " + reach + " after " + tries + " tries: " + why, where: "remote",
	}
}

// Why a connection fails, in the client library's words.
const (
	closedByServer = "Server unexpectedly closed connection"
	refusedByHost  = "[Errno 111] Connection refused"
	refusedGreenly = "[Errno 111] ECONNREFUSED" // as eventlet's sockets say it
)

// tired reports why a request is given up after the connection under f failed,
// none when it is to be tried again. f.c counts the failures so far; f.d is 1
// for a connection that never was up, for which the attempt to make it counts.
// A connection that was up is not tried at all with no retries, and with any
// number of them once more than that (kombu/connection.py, Connection.ensure).
// One that failed a request before (d is 2) is tried three times over 6 s, whatever
// the number of retries: by kombu itself, on the way to its channel (measured; kombu/connection.py, default_channel).
func (s *System) tired(f *frame) failure {
	refused := refusedByHost
	if s.procs[s.conns[f.a].proc].green() {
		refused = refusedGreenly
	}
	if f.d == 2 && f.c >= 3 {
		return s.undelivered(f.tries(), refused)
	}
	if f.out.retry == 0 || f.d == 2 {
		return failure{}
	}
	n := f.out.retry - 1
	switch {
	case f.d == 1 && f.c >= n:
		return failure{Class: "OperationalError", Module: "kombu.exceptions", Text: refused}
	case f.d == 1 || f.c <= n && n > 0:
		return failure{}
	case n == 0:
		return s.undelivered("0", closedByServer)
	}
	return s.undelivered(itoa(int(n)), refused)
}

// unpublished says that a request, begun at f.at by f.step, was not published.
func (s *System) unpublished(i int32, f *frame, id flow.ID, class flow.Class, fail failure) {
	s.emit(s.tasks[i].proc, -1, flow.Event{
		Kind: flow.Failure, RPC: id, Class: class, Label: s.names.Intern(f.step.Method), Value: s.now - f.at,
		Text: s.names.Intern(fail.Class), Args: s.names.Intern(fail.Text),
	})
}

// giveUp ends a request on connection f.a with an exception. One that never
// was up leaves its place in the pool to another.
func (s *System) giveUp(i int32, f *frame, fail failure) bool {
	c := f.a
	if f.d != 1 {
		s.conns[c].spent = s.conns[c].state != connOpen
		s.giveBack(c)
		return s.raise(i, fail)
	}
	p := &s.procs[s.tasks[i].proc]
	s.conns[c].state = connClosed
	p.open--
	if len(p.queueing) > 0 {
		next := p.queueing[0]
		p.queueing = p.queueing[1:]
		s.sleep(next, 0)
	}
	return s.raise(i, fail)
}
