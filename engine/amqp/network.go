package amqp

import (
	"rpcscope/engine/flow"
	"rpcscope/engine/sim"
)

// Reach is what passes between a client and the broker.
type Reach struct {
	// HoldUp: nothing that the client sent reaches the broker. HoldDown: nothing that the broker sent reaches the
	// client. What is held arrives when that ends: TCP loses nothing.
	HoldUp, HoldDown bool
	// Silent: the client sends not even heartbeats, so that the broker closes the connection when it misses them.
	Silent bool
	// Delay is what a method takes longer, in nanoseconds, either way.
	Delay int64
}

// hold says which directions of a link are held.
type hold uint8

const (
	holdUp hold = 1 << iota
	holdDown
)

// SetReach changes what passes from time now on between the broker and a
// process's connections, those that the process has given up included.
func (b *Broker) SetReach(now int64, process flow.Name, r Reach) {
	b.now = now
	for i := 1; i < b.conns.len(); i++ {
		if cn := b.conns.get(uint32(i)); cn.process == process && cn.stage != stageFree {
			b.setReach(now, cn, r)
		}
	}
}

func (b *Broker) setReach(now int64, cn *conn, r Reach) {
	cn.delay = r.Delay
	had := cn.held
	cn.held = 0
	if r.HoldUp {
		cn.held |= holdUp
	}
	if r.HoldDown {
		cn.held |= holdDown
	}
	if had&holdUp != 0 && !r.HoldUp {
		b.letPass(cn, now+cn.latency.Draw(&cn.rand), kindToBroker, &cn.owedUp)
	}
	if had&holdDown != 0 && !r.HoldDown {
		b.letPass(cn, now, kindToClient, &cn.owedDown)
	}
	if r.Silent != cn.silent {
		cn.silent = r.Silent
		cn.silence++
		if r.Silent && cn.heartbeat > 0 {
			b.watchHeartbeat(cn, (cn.lastSpoke(now)-cn.dialed)/cn.heartbeat+3)
		}
	}
}

// letPass schedules what was held.
func (b *Broker) letPass(cn *conn, at int64, kind uint16, owed *int32) {
	for ; *owed > 0; *owed-- {
		b.events.Push(sim.Item{At: at, Kind: kind, A: uint32(cn.id)})
	}
}

// lastSpoke is when the broker heard the last of a client: a method, or the
// heartbeat that one sends who has been silent for a period, and notices that
// at a check each quarter of one (amqp/connection.py, heartbeat_tick).
func (cn *conn) lastSpoke(now int64) int64 {
	every := cn.heartbeat + cn.heartbeat/4
	return cn.lastUp + max(0, now-cn.lastUp)/every*every
}

// watchHeartbeat lets the broker look at its n-th look. It looks once each
// period, counted from the beginning, and hangs up when it sees for the second
// time that nothing came (rabbit_heartbeat:heartbeater): the look that follows the last
// sign of life sees it, the next one that there is no new one, the third ends it.
func (b *Broker) watchHeartbeat(cn *conn, n int64) {
	b.events.Push(sim.Item{At: cn.dialed + n*cn.heartbeat, Kind: kindHeartbeat, A: uint32(cn.id), B: cn.silence})
}

// heartbeatMissed ends a connection of which nothing was heard. One that is
// blocked is not read from, and so not missed.
func (b *Broker) heartbeatMissed(c ConnID, silence uint32) {
	cn := b.conn(c)
	switch {
	case cn == nil || cn.silence != silence || cn.stage == stageGone:
		return
	case cn.blocked:
		b.watchHeartbeat(cn, (b.now-cn.dialed)/cn.heartbeat+1)
		return
	}
	if cn.stage == stageOpen {
		b.reportClosed(cn, 0, b.names.Intern("missed heartbeats from client, timeout: "+decimal(cn.heartbeat/second)+"s"))
		b.closeAll(cn)
	}
	b.forgetWaiting(cn)
	b.hangUp(cn)
	b.freeIfGone(cn)
}

const second = int64(1e9)

// tellLimit says which length limit a policy gives a queue; had is whether one did before.
func (b *Broker) tellLimit(q *queue, had bool) {
	limited := q.policy.find("max-length") != nil
	if !limited && !had {
		return
	}
	e := b.event(flow.QueueLimit, q.vhost)
	e.Queue = q.name
	if q.maxLen != never {
		e.Value = q.maxLen
	}
	b.emit()
}
