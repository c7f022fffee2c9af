package rpc

import (
	"rpcscope/engine/flow"
	"rpcscope/engine/qpid"
	"rpcscope/engine/sim"
	"rpcscope/engine/transport"
	"rpcscope/engine/zmq"
)

// kindTransport is the item that tells which transport it is, before anything else.
const kindTransport = transport.KindBase + 31

// carry makes the carrier of a transport without RabbitMQ.
func (s *System) carry(root sim.Rand) {
	set := s.cfg.Transport
	if set == nil {
		return
	}
	peers := make([]transport.Peer, len(s.cfg.Processes))
	for i := range peers {
		p := &s.cfg.Processes[i]
		peers[i] = transport.Peer{Name: p.Name, Host: p.Host, Runs: p.Runs}
		if p.Host == "" {
			peers[i].Host = "localhost"
		}
	}
	c := &transport.Config{
		Settings: set, Peers: peers, Names: s.names, Sink: s.sink, Queue: s.queue, Rand: root.Stream("transport"), Latency: s.cfg.Latency,
	}
	if transport.Family(set.Profile) == "qpid" {
		s.carrier = qpid.New(c)
	} else {
		s.carrier = zmq.New(c)
	}
	s.queue.Push(sim.Item{Kind: kindTransport})
}

// announce says which transport the stream is of.
func (s *System) announce() {
	set := s.cfg.Transport
	how := ""
	switch {
	case set.Profile == transport.ZMQ1:
		how = set.Matchmaker + " matchmaker"
	case set.Profile != transport.ZMQ2:
	case set.Proxy && set.PubSub:
		how = "proxy and pub/sub"
	case set.Proxy:
		how = "proxy"
	case set.PubSub:
		how = "direct and pub/sub"
	default:
		how = "direct"
	}
	e := flow.Event{At: s.now, Kind: flow.Transport, Label: s.names.Intern(set.Profile), Text: s.names.Intern(how), VHost: s.vhost}
	s.sink.Emit(&e, nil)
}

// Done implements [transport.Receiver].
func (s *System) Done(now int64, i int32, f transport.Fault) {
	s.now = now
	if i < 0 || int(i) >= len(s.tasks) || !s.tasks[i].alive || len(s.tasks[i].frames) == 0 {
		return
	}
	if t := s.top(i); (t.op == opSend || t.op == opServe) && t.pc == 1 {
		s.wake(i, input{done: true, fault: f})
	}
}

// Delivered implements [transport.Receiver].
func (s *System) Delivered(now int64, d transport.Delivery) {
	s.now = now
	p := &s.procs[d.Peer]
	if p.paused {
		p.held = append(p.held, late{given: d, isGiven: true})
		return
	}
	got := delivery{conn: -1, body: d.Body, tag: d.Tag, msg: d.Msg, redelivered: d.Redelivered}
	switch {
	case p.state == procStopped || p.state == procWaiting:
	case d.Service == transport.Replies:
		s.answerCame(d.Peer, got)
	case int(d.Service) < len(p.services):
		v := &p.services[d.Service]
		s.reached(d.Peer, HasFetched, s.bodyOf(got.body).method)
		if p.early(int(d.Service)) && !v.stopping {
			s.settle(got, false)
			b := s.bodyOf(got.body)
			if v.knows(b.unique) {
				return
			}
			v.remember(b.unique)
			s.reached(d.Peer, HasAcknowledged, b.method)
		}
		v.waiting = append(v.waiting, got)
		s.pump(d.Peer, int(d.Service))
	}
}

// runServe lets service a of the process listen and waits until it does.
func (s *System) runServe(i int32, f *frame) bool {
	t := &s.tasks[i]
	if f.pc == 0 {
		f.pc = 1
		s.carrier.Open(s.now, t.proc, f.a, s.targets(&s.procs[t.proc], f.a), i)
		return false
	}
	if !t.in.done {
		return false
	}
	return s.pop(i, Value{})
}

// targets are what service k listens to: a server to its topic, to its own name there and to all that is for everyone.
func (s *System) targets(p *proc, k int32) (list []transport.Target) {
	n := int32(len(p.cfg.Servers))
	switch {
	case k == transport.Replies:
	case k < n:
		v := &p.cfg.Servers[k]
		one := transport.Target{Exchange: v.Exchange, Topic: v.Topic}
		own, all := one, one
		own.Server, all.Fanout = v.Name, true
		return []transport.Target{one, own, all}
	default:
		l := &p.cfg.Listeners[k-n]
		for _, topic := range l.Topics {
			for _, priority := range l.Priorities {
				list = append(list, transport.Target{Exchange: l.Exchange, Topic: topic + "." + priority, Notify: true, Pool: l.Pool})
			}
		}
	}
	return list
}

// mapMost is the longest text in bytes that Qpid's client library can put into
// an AMQP map; what holds a longer one is sent as JSON (impl_qpid, Publisher.send).
const mapMost = 65535

// runCarry hands a message to the carrier and waits until the sender may go on.
func (s *System) runCarry(i int32, f *frame) bool {
	t := &s.tasks[i]
	b := s.bodyOf(f.out.body)
	if f.pc == 0 {
		f.pc = 1
		m := transport.Message{Message: s.describe(b, &f.out).Message, Body: f.out.body}
		m.Props, m.Facts = 0, m.Facts&^flow.NotEnding
		if transport.Family(s.cfg.Transport.Profile) == "qpid" && m.Size > mapMost && len(b.appendMessage(nil, s.names)) > mapMost {
			m.Props = s.names.Intern("content_type=application/json; charset=utf8")
		}
		if s.cfg.Transport.Profile == transport.ZMQ2 {
			m.Facts &^= flow.HasEnvelope
		}
		s.carrier.Send(s.now, t.proc, i, f.out.to, &m)
		return false
	}
	if !t.in.done {
		return false
	}
	// A cast's success says only that somebody took it; the first ZeroMQ driver alone fails one that no host is known for.
	first := s.cfg.Transport.Profile == transport.ZMQ1 && t.in.fault == transport.NoPeer
	if t.in.fault == transport.OK || b.class == flow.ClassReply || b.class != flow.ClassCall && !first {
		return s.pop(i, Value{})
	}
	text := "No match from matchmaker."
	if t.in.fault == transport.Unreachable {
		text = "Nobody took the message in time"
	}
	return s.raise(i, failure{Class: "MessagingTimeout", Module: "oslo_messaging.exceptions", Text: text, where: "remote"})
}

// unsent ends a request that nobody took.
func (s *System) unsent(i int32, f *frame) bool {
	b := s.bodyOf(f.out.body)
	fail := s.tasks[i].fail
	if b.class == flow.ClassCall {
		delete(s.calls, b.id)
		s.over(i, b.id)
		s.emit(s.tasks[i].proc, -1, flow.Event{
			Kind: flow.Timeout, RPC: b.id, Class: flow.ClassCall, Label: s.names.Intern(b.method), Value: s.now - f.at,
		})
		s.reached(s.tasks[i].proc, HasTimedOut, b.method)
	}
	return s.raise(i, fail)
}

// over tells the carrier that a call has ended for its caller.
func (s *System) over(i int32, id flow.ID) {
	if s.carrier != nil {
		s.carrier.Over(s.now, s.tasks[i].proc, id)
	}
}

// carrierReplies prepares the process for answers at its first call; calls that begin meanwhile wait.
func (s *System) carrierReplies(i int32, f *frame) bool {
	p := &s.procs[s.tasks[i].proc]
	switch {
	case p.replyState == replyReady:
		return s.pop(i, Value{})
	case p.replyState == replyOpening && f.pc == replyConnBegin:
		p.replyWait = append(p.replyWait, i)
		return false
	case p.replyState == replyNone:
		p.replyState = replyOpening
		f.pc = replyConnOpened
		return s.push(i, frame{op: opServe, a: transport.Replies})
	}
	p.replyState, p.replyQueue = replyReady, s.carrier.ReplyTo(s.tasks[i].proc)
	for _, w := range p.replyWait {
		s.sleep(w, 0)
	}
	p.replyWait = nil
	return s.pop(i, Value{})
}

// runCarriedReply answers the request from: with one message, or in the classic
// protocol with the result and then an ending; a failure needs no ending.
func (s *System) runCarriedReply(i int32, f *frame) bool {
	two := s.carrier.TwoReplies()
	if f.d == 0 || f.pc == 2 || f.pc == 1 && (!two || !f.fail.isNone()) {
		return s.pop(i, Value{}) // there are no heartbeats
	}
	t := &s.tasks[i]
	request := s.bodyOf(f.from.body)
	b := &body{class: flow.ClassReply, id: request.id, unique: flow.ID(s.ids.UUID()), ending: !two || f.pc == 1}
	if f.pc == 0 {
		b.result, b.fail = f.args, f.fail
		b.fail.file, b.fail.function = s.procs[t.proc].cfg.Program, request.method
	}
	f.pc++
	return s.push(i, frame{op: opSend, a: -1, out: outgoing{
		body: s.keep(b), key: request.replyQueue, to: transport.Target{ReplyTo: request.replyQueue, Via: f.from.tag},
	}})
}

// answerCame is an answer at its caller.
func (s *System) answerCame(p int32, d delivery) {
	s.settle(d, false)
	b := s.bodyOf(d.body)
	c, ok := s.calls[b.id]
	switch {
	case !ok && s.procs[p].state == procStopping:
		return
	case !ok:
		s.emit(p, -1, flow.Event{Kind: flow.LateReply, RPC: b.id, Msg: d.msg, Class: flow.ClassReply})
		return
	case !b.ending && b.fail.isNone():
		c.part = d.body
		s.calls[b.id] = c
		return
	}
	c.reply, c.msg = d.body, d.msg
	if c.part != 0 && b.fail.isNone() {
		c.reply = c.part
	}
	s.calls[b.id] = c
	if t := &s.tasks[c.task]; len(t.frames) > 0 && s.top(c.task).listens() {
		s.wake(c.task, input{})
	}
}
