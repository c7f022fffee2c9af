package amqp

import "rpcscope/engine/flow"

// Stop ends the node at time now, as a shutdown that closes connections by
// connection.close 320, or as a crash that closes them without a word. What is
// not durable is gone, persistent messages and those of quorum queues stay, and
// what was delivered but not acknowledged waits again. Connections that clients
// open are closed at once until [Broker.Start].
func (b *Broker) Stop(now int64, crash bool) {
	if b.stopped {
		return
	}
	b.now, b.stopped = now, true
	how := b.known.shutdown
	if crash {
		how = b.known.crash
	}
	b.tell(flow.BrokerStop, how)
	b.alarms = 0
	b.crashing = crash
	b.endConnections(crash)
	b.crashing = false
	for i := 1; i < b.queues.len(); i++ {
		if q := b.queues.get(uint32(i)); q.live {
			b.stopQueue(q)
		}
	}
	for i := 1; i < b.exs.len(); i++ {
		if x := b.exs.get(uint32(i)); !x.gone && x.flags&flow.Durable == 0 {
			b.deleteExchange(x, b.known.restart)
		}
	}
	b.dirty = b.dirty[:0]
}

// Start ends a stop: queues take up their clocks, connections are accepted again.
func (b *Broker) Start(now int64) {
	if !b.stopped {
		return
	}
	b.now, b.stopped = now, false
	b.tell(flow.BrokerStart, 0)
	for i := 1; i < b.queues.len(); i++ {
		if q := b.queues.get(uint32(i)); q.live {
			q.armed, q.timer = false, never
			q.epoch++
			b.touch(q)
			if q.quorum {
				b.giveUpAfterCrash(q)
			}
			b.watchHead(q)
		}
	}
	b.runDirty()
}

// tell emits an event that concerns the whole node.
func (b *Broker) tell(kind flow.Kind, label flow.Name) {
	e := b.event(kind, 0)
	e.VHost, e.Label = 0, label
	b.emit()
}

// endConnections ends them all at once: none gets what another gives back.
func (b *Broker) endConnections(crash bool) {
	for i := 1; i < b.conns.len(); i++ {
		for _, id := range b.conns.get(uint32(i)).channels {
			if id != 0 {
				b.forgetConsumers(b.chans.get(id), crash)
			}
		}
	}
	reason := "broker forced connection closure with reason 'shutdown'"
	for i := 1; i < b.conns.len(); i++ {
		cn := b.conns.get(uint32(i))
		switch {
		case cn.stage == stageFree || cn.stage == stageGone:
		case crash || cn.stage != stageOpen:
			if cn.stage == stageOpen {
				b.reportClosed(cn, 0, b.known.lost)
				b.closeAll(cn)
			}
			b.forgetWaiting(cn)
			b.hangUp(cn)
			b.freeIfGone(cn)
		default:
			b.failConnection(cn, connectionForced, reason, OpNone)
		}
	}
}

// forgetConsumers removes a channel's consumers. In a crash that does nothing to
// their queues; in a shutdown auto-delete ones notice and go.
func (b *Broker) forgetConsumers(ch *channel, crash bool) {
	for len(ch.consumers) > 0 {
		c := b.cons.get(ch.consumers[0])
		q := b.queues.get(c.queue)
		b.removeConsumer(c)
		if !crash && q.live && len(q.consumers) == 0 && q.flags&flow.AutoDelete != 0 {
			b.deleteQueue(q, b.known.autoDelete)
		}
	}
}

// stopQueue does to a queue what a stop of its node does.
func (b *Broker) stopQueue(q *queue) {
	if q.flags&flow.Durable == 0 {
		b.deleteQueue(q, b.known.restart)
		return
	}
	if q.quorum {
		return
	}
	for band := range len(q.ready.above) + 1 {
		r := q.ready.band(band)
		for n := r.len(); n > 0; n-- {
			en := r.pop()
			if b.store.at(en.msg).persistent() {
				r.push(en)
				continue
			}
			q.ready.n--
			b.drop(q, en, b.known.restart)
		}
	}
}
