package rpc

import (
	"rpcscope/engine/amqp"
	"rpcscope/engine/flow"
)

// Release is a release of oslo.messaging as [Options] hold it.
func Release(major, minor int) int { return major*1000 + minor }

// The releases that changed what the broker gets to see.
const (
	// sinceTTL: reply and fanout queues expire; before, they were auto-delete.
	sinceTTL = 4*1000 + 1
	// sinceDefault: replies go to the default exchange; before, to one named like their queue.
	sinceDefault = 9*1000 + 2
	// sinceUnbound: that exchange is made no more.
	sinceUnbound = 10 * 1000
	// SinceNoBlocking: there is no blocking executor any more (its release notes, 12.0.0).
	SinceNoBlocking = 12 * 1000
	// SinceQuorum: queues can be quorum queues.
	SinceQuorum = 12*1000 + 13
	// sinceSafe: notifications pass on only who the context says they are from, as Debian's 14.0.3 does.
	sinceSafe = 14 * 1000
	// SinceManager: names can come from the queue manager.
	SinceManager = 14*1000 + 7
)

// TransientTTLOf is a release's default of rabbit_transient_queues_ttl in nanoseconds.
func TransientTTLOf(release int) int64 {
	if release < Release(5, 0) {
		return 600e9
	}
	return 1800e9
}

// replyConsumer is what reads a process's reply queue.
func (s *System) replyConsumer(p *proc) consumer {
	o := &p.cfg.Options
	if o.Profile.Old() {
		c := s.direct(o, p.replyQueue)
		c.tag = s.words.tags[1]
		return c
	}
	c := consumer{queue: p.replyQueue, tag: s.words.tags[1]}
	c.args, c.flags = s.transient(o), o.transientFlags()
	if o.Release < sinceUnbound {
		c.exchange, c.kind, c.key, c.exFlags = p.replyQueue, s.words.direct, p.replyQueue, flow.AutoDelete
	}
	return c
}

// transient are the arguments of reply and fanout queues. Of the options only
// the one for mirrored queues touches them.
func (s *System) transient(o *Options) flow.Name {
	var t amqp.Table
	if o.HA {
		t = append(t, amqp.Field{Key: "x-ha-policy", Value: amqp.String("all")})
	}
	if o.Release >= sinceTTL {
		t = append(t, amqp.Field{Key: "x-expires", Value: amqp.Int(o.TransientTTL / 1e6)})
	}
	return s.broker.Tables().Intern(t)
}

// transientFlags are those of the same queues.
func (o *Options) transientFlags() flow.Flags {
	if o.Release < sinceTTL {
		return flow.AutoDelete
	}
	return 0
}

// replyTo is where a reply goes. Before the default exchange was used, the
// sender looked whether the exchange was there, and tried again later when it
// was not; the first releases made it, as the library before them.
func (s *System) replyTo(o *Options, queue flow.Name, handle int32) outgoing {
	out := outgoing{body: handle, key: queue, mandatory: true}
	if o.Release < sinceDefault {
		out.exchange, out.kind, out.mandatory = queue, s.words.direct, false
		out.passive = o.Release >= sinceTTL
	}
	return out
}

// unique is what makes the name of a reply or fanout queue unique: a random id,
// or with the queue manager host, program and a number.
func (s *System) unique(p *proc) string {
	if !p.cfg.Options.QueueManager {
		return flow.ID(s.ids.UUID()).String()
	}
	return p.cfg.Host + ":" + p.cfg.Program + ":" + itoa(s.nextName(p))
}

// nextName is the queue manager's next number. The processes of a program on a
// host count together, and from one again when none of them was left.
func (s *System) nextName(p *proc) int {
	n, alone := 0, true
	for i := range s.procs {
		q := &s.procs[i]
		if q.cfg.Host != p.cfg.Host || q.cfg.Program != p.cfg.Program {
			continue
		}
		n = max(n, q.named)
		alone = alone && (q == p || q.state == procStopped || q.state == procWaiting)
	}
	if alone {
		n = p.named
	}
	p.named = n + 1
	return p.named
}
