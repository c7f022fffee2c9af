package amqp

import (
	"slices"

	"rpcscope/engine/flow"
)

// deadLetter takes over one hold on a message that a queue gives up, and
// republishes it when the queue has a dead-letter exchange. It goes on under its
// own number, as a copy with its own exchange, key and headers.
func (b *Broker) deadLetter(q *queue, msg uint32, why flow.Name) {
	x := (*exchange)(nil)
	if q.hasDLX {
		x = b.findExchange(q.vhost, q.dlx)
	}
	if x == nil {
		if why != b.known.rejected && why != b.known.expired { // of which an event told already
			e := b.event(flow.Drop, q.vhost)
			e.Msg, e.Queue, e.Label = b.store.at(msg).id, q.name, why
			b.emit()
		}
		b.store.letGo(msg)
		return
	}
	old := *b.store.at(msg)
	var next Content
	old.fill(&next)
	next.Headers = b.withDeath(&old, q, why)
	next.Exchange = q.dlx
	if q.hasDLKey { // and it goes by that key only
		next.Key = q.dlKey
		next.Headers = b.tables.without(b.tables.without(next.Headers, "CC"), "BCC")
	}
	next.Expiration = -1
	b.store.letGo(msg)
	slot := b.store.hold(&next)
	b.store.at(slot).id = old.id
	e := b.event(flow.DeadLetter, q.vhost)
	e.Msg, e.Queue, e.Exchange, e.Key, e.Label = old.id, q.name, next.Exchange, next.Key, why
	b.emit()
	b.republish(x, slot, why)
	b.store.letGo(slot)
}

// republish routes and enqueues a dead letter. It may happen in the middle of
// a publish, so it keeps the outer search's results aside.
func (b *Broker) republish(x *exchange, slot uint32, why flow.Name) {
	outer := b.targets
	b.targets = nil
	s := b.store.at(slot)
	id := s.id
	e := flow.Event{At: b.now, Kind: flow.Route, VHost: b.vhosts[x.vhost].name, Msg: id}
	b.route(x, &e, s.Key, s.headers)
	if len(b.targets) == 0 {
		d := b.event(flow.Drop, x.vhost)
		d.Msg, d.Exchange, d.Label = id, x.name, b.known.unroutable
		b.emit()
	}
	for _, qid := range b.targets {
		q := b.queues.get(qid)
		if why != b.known.rejected && b.cycled(b.deaths(b.store.at(slot)), q.name) {
			d := b.event(flow.Drop, q.vhost)
			d.Msg, d.Queue, d.Label = id, q.name, b.known.cycle
			b.emit()
		} else if q.live {
			b.enqueue(q, slot)
		}
	}
	b.targets = outer
}

func (b *Broker) deaths(s *stored) []Value {
	if v := b.tables.Table(s.headers).find("x-death"); v != nil {
		return v.Items
	}
	return nil
}

// cycled reports whether a message comes to a queue again where it died
// before, without a rejection by a consumer since then, that death included
// (rabbit_dead_letter:is_cycle). The latest death stands first.
func (b *Broker) cycled(deaths []Value, name flow.Name) bool {
	for _, d := range deaths {
		if d.Table.text("reason") == "rejected" {
			return false
		}
		if d.Table.text("queue") == b.names.Text(name) {
			return true
		}
	}
	return false
}

// withDeath returns the headers with this death put in front of the header
// x-death, or counted where the queue and the reason are known there: that
// entry keeps the rest of what it says of the first time
// (rabbit_dead_letter:update_x_death_header).
func (b *Broker) withDeath(s *stored, q *queue, why flow.Name) flow.Name {
	queueName, reason := b.names.Text(q.name), b.names.Text(why)
	var rest []Value
	var death Table
	for _, d := range b.deaths(s) {
		if d.Table.text("reason") == reason && d.Table.text("queue") == queueName && death == nil {
			death = oneMore(d.Table)
		} else {
			rest = append(rest, d)
		}
	}
	slices.Reverse(rest) // each death turns the earlier ones round, too (group_by_queue_and_reason)
	headers := b.tables.Table(s.headers)
	if death == nil {
		death = b.newDeath(s, headers, queueName, reason)
	}
	if headers.find("x-death") == nil {
		headers = headers.with(
			Field{"x-first-death-exchange", String(b.names.Text(s.Exchange))},
			Field{"x-first-death-queue", String(queueName)},
			Field{"x-first-death-reason", String(reason)})
	}
	deaths := Value{Kind: ArrayValue, Items: append([]Value{{Kind: TableValue, Table: death}}, rest...)}
	return b.tables.Intern(headers.with(Field{"x-death", deaths}))
}

func (b *Broker) newDeath(s *stored, headers Table, queueName, reason string) Table {
	keys := []Value{String(b.names.Text(s.Key))}
	if cc := headers.find("CC"); cc != nil {
		keys = append(keys, cc.Items...)
	}
	death := Table{
		{"count", Int(1)},
		{"exchange", String(b.names.Text(s.Exchange))},
		{"queue", String(queueName)},
		{"reason", String(reason)},
		{"routing-keys", Value{Kind: ArrayValue, Items: keys}},
		{"time", Value{Kind: TimeValue, Int: b.epoch + b.now/1e9}},
	}
	if s.Expiration >= 0 {
		death = append(death, Field{"original-expiration", String(msText(s.Expiration))})
	}
	return death
}

// oneMore is an entry of x-death with its count raised.
func oneMore(death Table) Table {
	n := int64(1)
	if c := death.find("count"); c != nil {
		n += c.Int
	}
	return death.with(Field{"count", Int(n)})
}
