package rpc

import (
	"rpcscope/engine/flow"
	"rpcscope/engine/transport"
)

// call is a request that somebody waits for.
type call struct {
	task int32
	// reply is the body of the answer that came, 0 while none has; msg its message.
	reply int32
	msg   flow.MsgID
	// part is the body of an answer whose ending has not come yet, on a transport without RabbitMQ.
	part int32
	// beats counts the heartbeats, or the messages of a classic answer.
	beats int32
	// results are those of a classic answer so far.
	results []Value
}

// MaxKey is the greatest length of a routing key or a name in bytes (AMQP 0-9-1, short string).
const MaxKey = 255

// Points of opCall.
const (
	callBegin int32 = iota
	callReplyReady
	callSent
	callWaiting
)

// runCall is a request: a call with its answer, a cast or a fanout. step and
// args say what; at is when it began, until when the caller gives up, since
// when the monitor heard something last, d how many heartbeats it has heard.
func (s *System) runCall(i int32, f *frame) bool {
	if fail := s.tasks[i].fail; f.pc == callSent && !fail.isNone() {
		if s.carrier != nil {
			return s.unsent(i, f)
		}
		b := s.bodyOf(f.out.body)
		delete(s.calls, b.id)
		s.unpublished(i, f, b.id, b.class, fail)
		return s.raise(i, fail)
	}
	switch f.pc {
	case callBegin:
		if fail := f.step.refused(f.server); !fail.isNone() {
			return s.raise(i, fail)
		}
		s.request(i, f)
		if f.step.Kind != StepCall {
			f.pc = callSent
			return s.sendOff(i, frame{a: -1, step: f.step, out: f.out})
		}
		f.pc = callReplyReady
		return s.push(i, frame{op: opReplyConn})
	case callReplyReady:
		return s.sendCall(i, f)
	case callSent:
		if f.step.Kind != StepCall {
			return s.pop(i, Value{})
		}
		f.pc = callWaiting
		f.since, f.until = s.now, s.now+f.out.expiration
	}
	return s.await(i, f)
}

// sendOff publishes what no answer is expected to, as the process's library does it.
func (s *System) sendOff(i int32, f frame) bool {
	f.op = opSend
	if s.procs[s.tasks[i].proc].cfg.Options.Profile.Old() {
		f.op = opContext
		if f.step != nil && f.step.At == nil {
			f.step = nil
		}
	}
	return s.push(i, f)
}

// request makes the body and says that an RPC begins.
func (s *System) request(i int32, f *frame) {
	t, st := &s.tasks[i], f.step
	p := &s.procs[t.proc]
	b := &body{
		method: st.Method, namespace: st.Namespace, version: st.Version, args: f.args, ctx: f.ctx, monitor: st.Monitor,
	}
	b.unique = flow.ID(s.ids.UUID())
	b.profile, b.bare = p.cfg.Options.Profile, p.cfg.Options.Bare
	exchange := st.Exchange
	if exchange == "" {
		exchange = p.cfg.Options.ControlExchange
	}
	key := st.Topic
	if f.server != "" {
		key += "." + f.server
	}
	f.at = s.now
	f.out = outgoing{exchange: s.names.Intern(exchange), key: s.names.Intern(key), kind: s.words.topic, retry: st.Retry}
	e := flow.Event{Kind: flow.Request, Label: s.names.Intern(st.Method), Key: f.out.key}
	switch st.Kind {
	case StepCall, StepMulticall:
		b.class, b.id = flow.ClassCall, flow.ID(s.ids.UUID())
		e.Value = st.wait(&p.cfg.Options)
		if p.cfg.Options.Profile.Old() {
			f.out.ttl = st.Timeout
		} else {
			f.out.expiration = e.Value
		}
	case StepFanout:
		b.class = flow.ClassFanout
		f.out.exchange, f.out.fanout, f.out.kind = s.names.Intern(st.Topic+"_fanout"), true, s.words.fanout
	default:
		b.class = flow.ClassCast
	}
	f.out.to = transport.Target{Exchange: exchange, Topic: st.Topic, Server: f.server, Fanout: st.Kind == StepFanout}
	if st.Unreadable {
		b.class, b.unreadable = flow.ClassOther, true
		f.out.body = s.keep(b)
		return
	}
	e.RPC, e.Class = b.id, b.class
	f.out.body = s.keep(b)
	s.emit(t.proc, -1, e)
	s.reached(t.proc, HasRequested, b.method)
}

// refused is why a request is not even sent.
func (st *Step) refused(server string) failure {
	if fail := st.overCap(); !fail.isNone() {
		return fail
	}
	if len(st.Topic)+1+len(server) > MaxKey {
		return failure{Class: "ValueError", Module: "builtins", Text: "routing key longer than " + itoa(MaxKey) + " bytes", where: "remote"}
	}
	return failure{}
}

// overCap refuses a version above the client's cap: nothing is sent (oslo_messaging/rpc/client.py).
func (st *Step) overCap() failure {
	want := st.Version
	if want == "" {
		want = "1.0"
	}
	if st.VersionCap == "" || Compatible(st.VersionCap, want) {
		return failure{}
	}
	return failure{
		Class: "RPCVersionCapError", Module: "oslo_messaging.rpc.client",
		Text: "Requested message version, " + want + " is incompatible.  It needs to be equal in major version and less than or equal in minor version as the specified version cap " + st.VersionCap + ".", where: "remote",
	}
}

// Points of opReplyConn.
const (
	replyConnBegin int32 = iota
	replyConnOpened
	replyConnDeclared
)

// runReplyConn opens the transport's reply connection at its first call. Calls
// that begin meanwhile wait for it. c counts the attempts that failed.
func (s *System) runReplyConn(i int32, f *frame) bool {
	if s.carrier != nil {
		return s.carrierReplies(i, f)
	}
	t := &s.tasks[i]
	p := &s.procs[t.proc]
	if t.fail.Class == "ConnectionError" { // it went away while it was being opened: again, as often as it takes
		t.fail = failure{}
		p.replyState = replyNone
		f.pc = replyConnBegin
		return s.again(i, f, true)
	}
	switch {
	case p.replyState == replyReady:
		return s.pop(i, Value{})
	case p.replyState == replyOpening && f.pc == replyConnBegin:
		p.replyWait = append(p.replyWait, i)
		return false
	case p.replyState == replyNone:
		p.replyState = replyOpening
		p.reply = s.newConn(t.proc, roleReply, -1)
		if p.replyQueue == 0 {
			p.replyQueue = s.names.Intern("reply_" + s.unique(p))
		}
		s.conns[p.reply].consumers = []consumer{s.replyConsumer(p)}
		f.pc = replyConnOpened
		return s.push(i, frame{op: opOpen, a: p.reply})
	case f.pc == replyConnOpened:
		f.pc = replyConnDeclared
		return s.push(i, frame{op: opConsumers, a: p.reply, d: 1})
	}
	p.replyState = replyReady
	wait := p.replyWait
	p.replyWait = nil
	s.start(t.proc, frame{op: opReconnect, pc: reconnectOpened, a: p.reply, b: 1}) // the thread that reads replies
	for _, w := range wait {
		s.sleep(w, 0)
	}
	return s.pop(i, Value{})
}

func (s *System) sendCall(i int32, f *frame) bool {
	s.expectReply(i, f, s.procs[s.tasks[i].proc].replyQueue)
	f.pc = callSent
	return s.push(i, frame{op: opSend, a: -1, out: f.out})
}

// await waits for the reply, a heartbeat or the time to give up.
func (s *System) await(i int32, f *frame) bool {
	b := s.bodyOf(f.out.body)
	c := s.calls[b.id]
	if c.reply != 0 {
		delete(s.calls, b.id)
		s.over(i, b.id)
		return s.answered(i, f, s.procs[s.tasks[i].proc].reply, delivery{body: c.reply, msg: c.msg}, s.bodyOf(c.reply).result)
	}
	if c.beats != f.d {
		f.d, f.since = c.beats, s.now
	}
	until := f.until
	if b.monitor > 0 {
		until = min(until, f.since+b.monitor)
	}
	if s.now < until {
		s.sleep(i, until-s.now)
		return false
	}
	delete(s.calls, b.id)
	s.over(i, b.id)
	s.emit(s.tasks[i].proc, s.procs[s.tasks[i].proc].reply, flow.Event{
		Kind: flow.Timeout, RPC: b.id, Class: flow.ClassCall, Label: s.names.Intern(b.method), Value: s.now - f.at,
	})
	s.reached(s.tasks[i].proc, HasTimedOut, b.method)
	return s.raise(i, failure{
		Class: "MessagingTimeout", Module: "oslo_messaging.exceptions",
		Text: "Timed out waiting for a reply to message ID " + b.id.String(), where: "remote",
	})
}
