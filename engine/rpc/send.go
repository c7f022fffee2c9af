package rpc

import (
	"rpcscope/engine/amqp"
	"rpcscope/engine/flow"
)

// Points of opSend.
const (
	sendBorrow int32 = iota
	sendBorrowed
	sendOpened
	sendQueueExchange
	sendQueueDeclared
	sendQueueBound
	sendExchange
	sendConfirms
	sendPublish
	sendPublished
	sendRecover
	sendRedial
	sendRefused
)

// runSend publishes f.out on a borrowed connection and waits for the
// confirm: declare what the channel has not declared yet, select confirms
// once, publish (oslo_messaging/_drivers/impl_rabbit.py, _publish and
// _ensure_publishing). Its value is true when the message came back.
// a is the connection, −1 before there is one; c how often it failed, d is 1 while it never was up, 2 when a request before failed on it.
func (s *System) runSend(i int32, f *frame) bool {
	if s.carrier != nil {
		return s.runCarry(i, f)
	}
	t := &s.tasks[i]
	if f.out.passive && f.pc > sendBorrow && t.in.lost && s.conns[f.a].state == connOpen { // no such exchange: 404 closed the channel
		t.in.lost = false
		s.giveBack(f.a)
		return s.pop(i, Value{Kind: Bool, True: true})
	}
	if f.pc > sendBorrow && (t.in.lost || t.fail.Class == "ConnectionError") {
		if fail := s.refusal(t.proc, &t.in.m); t.in.lost && !fail.isNone() {
			t.in.lost = false
			f.fail, f.pc = fail, sendRefused
			return s.push(i, frame{op: opReopen, a: f.a})
		}
		t.in.lost, t.fail = false, failure{}
		f.pc = sendRecover
	}
	for {
		switch f.pc {
		case sendBorrow:
			if !s.borrow(i, f) {
				return false
			}
			f.pc = sendBorrowed
		case sendBorrowed:
			f.pc = sendOpened
			c := &s.conns[f.a]
			if c.stale {
				s.abandon(f.a)
			}
			if c.state == connLost || c.state == connClosed {
				f.pc = sendRecover
				if c.spent {
					f.d = 2
				}
			} else if !c.ready {
				return s.push(i, frame{op: opOpen, a: f.a})
			}
		case sendOpened:
			f.pc, f.c, f.d = sendExchange, 0, 0
			if f.out.notify && !s.conns[f.a].hasQueue(f.out.exchange, f.out.key) {
				f.pc = sendQueueExchange
			}
		case sendQueueExchange, sendQueueDeclared, sendQueueBound:
			return s.sendQueue(i, f)
		case sendExchange:
			f.pc = sendConfirms
			if x := f.out.exchange; x != 0 && !s.conns[f.a].hasExchange(x) {
				c := &s.conns[f.a]
				if f.out.kind == s.words.direct { // looked for, or made, before each message
					return s.say(f.a, i, declareDirect(x, s.words.direct, f.out.passive))
				}
				c.declared = append(c.declared, x)
				return s.say(f.a, i, s.declare(c.proc, x, f.out.fanout))
			}
		case sendConfirms:
			f.pc = sendPublish
			if c := &s.conns[f.a]; !c.confirms {
				c.confirms = true
				return s.say(f.a, i, amqp.Method{Op: amqp.OpConfirmSelect})
			}
		case sendPublish:
			f.pc = sendPublished
			s.publish(i, f)
			return false
		case sendPublished:
			c := &s.conns[f.a]
			if t.in.timer {
				s.abandon(f.a)
				f.pc = sendRecover
				continue
			}
			back := c.returned
			c.returned = false
			if t.in.m.Op == amqp.OpBasicNack { // MessageNacked, which says nothing; the driver takes another channel
				f.fail, f.pc = s.undelivered(f.tries(), ""), sendRefused
				c.ready, c.confirms, c.declared, c.queues = false, false, nil, nil
				return s.push(i, frame{op: opReopen, pc: reopenClose, a: f.a})
			}
			s.giveBack(f.a)
			return s.pop(i, Value{Kind: Bool, True: back})
		case sendRecover:
			if fail := s.tired(f); !fail.isNone() {
				return s.giveUp(i, f, fail)
			}
			f.pc = sendRedial
			d := int64(f.c) * spentPause
			if f.d != 2 {
				d = s.procs[t.proc].cfg.Options.pause(f.c+f.d, f.d == 1)
			}
			s.sleep(i, d)
			f.c++
			return false
		case sendRedial:
			f.pc = sendOpened
			if c := &s.conns[f.a]; c.state == connLost || c.state == connClosed {
				*c = conn{proc: c.proc, role: roleSend, waiter: -1, usual: f.d != 1, spent: f.d == 2}
			}
			return s.push(i, frame{op: opOpen, a: f.a})
		case sendRefused:
			return s.giveUp(i, f, f.fail)
		}
	}
}

// sendQueue declares and binds a notification's queue, as either side does that comes first.
func (s *System) sendQueue(i int32, f *frame) bool {
	c := &s.conns[f.a]
	f.pc++
	switch f.pc - 1 {
	case sendQueueExchange:
		return s.say(f.a, i, s.declare(c.proc, f.out.exchange, false))
	case sendQueueDeclared:
		o := &s.procs[c.proc].cfg.Options
		return s.say(f.a, i, amqp.Method{Op: amqp.OpQueueDeclare, Queue: f.out.key, Flags: o.flags(), Args: s.queueArgs(o)})
	}
	f.pc = sendExchange
	c.queues = append(c.queues, binding{f.out.exchange, f.out.key})
	return s.say(f.a, i, amqp.Method{Op: amqp.OpQueueBind, Queue: f.out.key, Exchange: f.out.exchange, Key: f.out.key})
}

// spentPause is how much longer kombu waits each time before it connects by itself.
const spentPause = int64(2e9)

// declare is the declaration of a control or fanout exchange.
func (s *System) declare(p int32, exchange flow.Name, fanout bool) amqp.Method {
	m := amqp.Method{Op: amqp.OpExchangeDeclare, Exchange: exchange, Type: s.words.topic, Flags: s.procs[p].cfg.Options.flags()}
	if fanout {
		m.Type, m.Flags = s.words.fanout, flow.AutoDelete
	}
	return m
}

// declareDirect declares the exchange of a reply queue, or with passive only looks for it.
func declareDirect(x, kind flow.Name, passive bool) amqp.Method {
	m := amqp.Method{Op: amqp.OpExchangeDeclare, Exchange: x, Type: kind, Flags: flow.AutoDelete}
	if passive {
		m.Flags |= flow.Passive
	}
	return m
}

// flags are those of the control exchange, the topic queues and the notification queues.
func (o *Options) flags() (f flow.Flags) {
	if o.Durable || o.Quorum {
		f |= flow.Durable
	}
	if o.AutoDelete {
		f |= flow.AutoDelete
	}
	return f
}

func (s *System) queueArgs(o *Options) flow.Name {
	var t amqp.Table
	if o.HA {
		t = append(t, amqp.Field{Key: "x-ha-policy", Value: amqp.String("all")})
	}
	if o.Quorum {
		t = append(t, amqp.Field{Key: "x-queue-type", Value: amqp.String("quorum")})
	}
	if o.DeliveryLimit > 0 {
		t = append(t, amqp.Field{Key: "x-delivery-limit", Value: amqp.Int(int64(o.DeliveryLimit))})
	}
	return s.broker.Tables().Intern(t)
}

func (c *conn) hasExchange(x flow.Name) bool {
	for _, d := range c.declared {
		if d == x {
			return true
		}
	}
	return false
}

func (c *conn) hasQueue(x, key flow.Name) bool {
	for _, d := range c.queues {
		if d == (binding{x, key}) {
			return true
		}
	}
	return false
}

func (s *System) publish(i int32, f *frame) {
	c := &s.conns[f.a]
	c.waiter, c.returned = i, false
	m := amqp.Method{Channel: theChannel, Exchange: f.out.exchange, Key: f.out.key}
	if f.out.fanout {
		m.Key = 0
	}
	if f.out.mandatory {
		m.Flags = flow.Mandatory
	}
	content := s.describe(s.bodyOf(f.out.body), &f.out)
	s.broker.Publish(s.now, c.id, &m, &content)
	if p := &s.procs[c.proc]; p.cut || p.delay > 0 {
		s.limitPublish(c)
	}
}

// borrow takes the connection that was returned last, or opens another one
// while the pool is not full; else the task waits until one comes back.
func (s *System) borrow(i int32, f *frame) bool {
	p := &s.procs[s.tasks[i].proc]
	if n := len(p.pool); n > 0 {
		f.a = p.pool[n-1]
		p.pool = p.pool[:n-1]
		s.shrink(s.tasks[i].proc)
		return true
	}
	if p.open >= p.cfg.Options.PoolSize {
		p.queueing = append(p.queueing, i)
		return false
	}
	p.open++
	f.a, f.d = s.newConn(s.tasks[i].proc, roleSend, -1), 1
	return true
}

// Pooled connections that nobody used for a time are closed, down to a few beside
// the one just taken (conn_pool_ttl and conn_pool_min_size; _drivers/pool.py, Pool.get).
const (
	poolKept = 2
	poolTTL  = int64(1200e9)
)

// shrink closes superfluous connections of a pool; the one idle longest is the first.
func (s *System) shrink(p int32) {
	for q := &s.procs[p]; !q.cfg.Options.Profile.Old() && len(q.pool) > poolKept && s.now-s.conns[q.pool[0]].idleSince > poolTTL; q.open-- {
		c := q.pool[0]
		q.pool = q.pool[1:]
		s.start(p, frame{op: opClose, a: c})
	}
}

// giveBack returns a connection to the pool and lets the next in line have it.
func (s *System) giveBack(c int32) {
	p := &s.procs[s.conns[c].proc]
	s.conns[c].idleSince = s.now
	p.pool = append(p.pool, c)
	if len(p.queueing) > 0 {
		next := p.queueing[0]
		p.queueing = p.queueing[1:]
		s.sleep(next, 0)
	}
}

// runRefresh reopens an idle sending connection a that was lost, when the
// heartbeat thread comes by – unless it was used before – and tries as often as
// that takes. c counts the attempts.
func (s *System) runRefresh(i int32, f *frame) bool {
	p := &s.procs[s.tasks[i].proc]
	switch f.pc {
	case 0:
		f.pc = 1
		every := max(p.cfg.Options.HeartbeatCheck, 1)
		s.sleep(i, every-s.now%every)
		return false
	case 1:
		at := -1
		for k, c := range p.pool {
			if c == f.a {
				at = k
			}
		}
		if at < 0 || s.conns[f.a].state != connLost {
			return s.pop(i, Value{})
		}
		p.pool = append(p.pool[:at], p.pool[at+1:]...)
		return s.reopen(i, f)
	case 2:
		return s.reopen(i, f)
	}
	if t := &s.tasks[i]; t.fail.Class == "ConnectionError" {
		t.fail = failure{}
		f.c++
		f.pc = 2
		s.sleep(i, p.cfg.Options.pause(f.c, true))
		return false
	}
	s.giveBack(f.a)
	return s.pop(i, Value{})
}

func (s *System) reopen(i int32, f *frame) bool {
	s.conns[f.a] = conn{proc: s.tasks[i].proc, role: roleSend, waiter: -1}
	f.pc = 3
	return s.push(i, frame{op: opOpen, a: f.a})
}
