package rpc

import (
	"rpcscope/engine/flow"
)

// call is a request that somebody waits for.
type call struct {
	task int32
	// reply is the body of the answer that came, 0 while none has; msg its message.
	reply int32
	msg   flow.MsgID
	// beats counts the heartbeats.
	beats int32
}

// MaxKey is the greatest length of a routing key or a name in bytes (AMQP 0-9-1, short string).
const MaxKey = 255

// Points of opCall.
const (
	callBegin int32 = iota
	callReply
	callReplyOpened
	callReplyDeclared
	callReplyWaited
	callSent
	callWaiting
)

// runCall is a request: a call with its answer, a cast or a fanout. step and
// args say what; at is when it began, until when the caller gives up, since
// when the monitor heard something last, d how many heartbeats it has heard.
func (s *System) runCall(i int32, f *frame) bool {
	switch f.pc {
	case callBegin:
		if fail := f.step.overCap(); !fail.isNone() {
			return s.raise(i, fail)
		}
		if len(f.step.Topic)+1+len(f.server) > MaxKey {
			return s.raise(i, failure{Class: "ValueError", Module: "builtins", Text: "routing key longer than " + itoa(MaxKey) + " bytes"})
		}
		s.request(i, f)
		if f.step.Kind != StepCall {
			f.pc = callSent
			return s.push(i, frame{op: opSend, a: -1, out: f.out})
		}
		f.pc = callReply
		return s.replyConn(i, f)
	case callReply, callReplyOpened, callReplyDeclared:
		return s.replyConn(i, f)
	case callReplyWaited:
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

// request makes the body and says that an RPC begins.
func (s *System) request(i int32, f *frame) {
	t, st := &s.tasks[i], f.step
	p := &s.procs[t.proc]
	b := &body{
		method: st.Method, namespace: st.Namespace, version: st.Version, args: f.args, ctx: f.ctx, monitor: st.Monitor,
	}
	b.unique = flow.ID(s.ids.UUID())
	exchange := st.Exchange
	if exchange == "" {
		exchange = p.cfg.Options.ControlExchange
	}
	key := st.Topic
	if f.server != "" {
		key += "." + f.server
	}
	f.at = s.now
	f.out = outgoing{exchange: s.names.Intern(exchange), key: s.names.Intern(key)}
	e := flow.Event{Kind: flow.Request, Label: s.names.Intern(st.Method), Key: f.out.key}
	switch st.Kind {
	case StepCall:
		b.class, b.id = flow.ClassCall, flow.ID(s.ids.UUID())
		f.out.expiration = st.Timeout
		if st.Timeout == 0 {
			f.out.expiration = p.cfg.Options.ResponseTimeout
		}
		e.Value = f.out.expiration
	case StepFanout:
		b.class = flow.ClassFanout
		f.out.exchange, f.out.fanout = s.names.Intern(st.Topic+"_fanout"), true
	default:
		b.class = flow.ClassCast
	}
	e.RPC, e.Class = b.id, b.class
	f.out.body = s.keep(b)
	s.emit(t.proc, -1, e)
}

// overCap refuses a version above the client's cap: nothing is sent (oslo_messaging/rpc/client.py).
func (st *Step) overCap() failure {
	want := st.Version
	if want == "" {
		want = "1.0"
	}
	if st.VersionCap == "" || compatible(st.VersionCap, want) {
		return failure{}
	}
	return failure{
		Class: "RPCVersionCapError", Module: "oslo_messaging.rpc.client",
		Text: "Requested message version, " + want + " is incompatible.  It needs to be equal in major version and less than or equal in minor version as the specified version cap " + st.VersionCap + ".",
	}
}

// replyConn opens the transport's reply connection at its first call. Calls
// that begin meanwhile wait for it.
func (s *System) replyConn(i int32, f *frame) bool {
	t := &s.tasks[i]
	p := &s.procs[t.proc]
	if t.fail.Class == "ConnectionError" { // it went away while it was being opened: again, as often as it takes
		t.fail = failure{}
		p.replyState = replyNone
		s.sleep(i, p.cfg.Options.ReconnectDelay)
		return false
	}
	switch {
	case p.replyState == replyReady:
		f.pc = callReplyWaited
		return true
	case p.replyState == replyOpening && f.pc == callReply:
		p.replyWait = append(p.replyWait, i)
		return false
	case p.replyState == replyNone:
		p.replyState = replyOpening
		p.reply = s.newConn(t.proc, roleReply, -1)
		if p.replyQueue == 0 {
			p.replyQueue = s.names.Intern("reply_" + flow.ID(s.ids.UUID()).String())
		}
		s.conns[p.reply].consumers = []consumer{{queue: p.replyQueue, args: s.transient(&p.cfg.Options), tag: s.words.tags[1]}}
		f.pc = callReplyOpened
		return s.push(i, frame{op: opOpen, a: p.reply})
	case f.pc == callReplyOpened:
		f.pc = callReplyDeclared
		return s.push(i, frame{op: opConsumers, a: p.reply, d: 1})
	}
	p.replyState = replyReady
	wait := p.replyWait
	p.replyWait = nil
	s.start(t.proc, frame{op: opReconnect, pc: 2, a: p.reply, b: 1}) // the thread that reads replies
	for _, w := range wait {
		s.sleep(w, 0)
	}
	f.pc = callReplyWaited
	return true
}

func (s *System) sendCall(i int32, f *frame) bool {
	b := *s.bodyOf(f.out.body)
	b.replyQueue = s.procs[s.tasks[i].proc].replyQueue
	s.bodies[f.out.body-1] = &b
	s.calls[b.id] = call{task: i}
	f.pc = callSent
	return s.push(i, frame{op: opSend, a: -1, out: f.out})
}

// await waits for the reply, a heartbeat or the time to give up.
func (s *System) await(i int32, f *frame) bool {
	b := s.bodyOf(f.out.body)
	c := s.calls[b.id]
	if c.reply != 0 {
		delete(s.calls, b.id)
		return s.answered(i, f, b, c)
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
	s.emit(s.tasks[i].proc, s.procs[s.tasks[i].proc].reply, flow.Event{
		Kind: flow.Timeout, RPC: b.id, Class: flow.ClassCall, Label: s.names.Intern(b.method), Value: s.now - f.at,
	})
	return s.raise(i, failure{
		Class: "MessagingTimeout", Module: "oslo_messaging.exceptions",
		Text: "Timed out waiting for a reply to message ID " + b.id.String(),
	})
}
