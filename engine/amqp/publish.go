package amqp

import (
	"strconv"
	"strings"

	"rpcscope/engine/flow"
)

func (b *Broker) publish(cn *conn, ch *channel, m *Method) {
	x := b.mayPublish(cn, ch, m)
	if x == nil {
		return
	}
	s := b.store.at(m.content)
	b.lastMsg++
	s.id, s.Exchange, s.Key = b.lastMsg, m.Exchange, m.Key
	e := b.clientEvent(flow.Publish, cn, m.Channel)
	e.Msg, e.Exchange, e.Key, e.Flags = s.id, m.Exchange, m.Key, m.Flags&flow.Mandatory
	if s.persistent() {
		e.Flags |= flow.Persistent
	}
	b.sink.Emit(e, &s.Message)
	b.routeAndEnqueue(cn, m, x, s.headers)
	if b.alarms != 0 { // it had no body
		b.blockConn(cn)
	}
}

// mayPublish makes the checks of a publish in RabbitMQ's order; nil when an error was sent.
func (b *Broker) mayPublish(cn *conn, ch *channel, m *Method) *exchange {
	if m.Flags&flow.Immediate != 0 {
		b.fail(cn, ch, notImplemented, "immediate=true", m.Op)
		return nil
	}
	s := b.store.at(m.content)
	if int64(s.Size) > b.maxSize {
		text := "message size " + decimal(int64(s.Size)) + " is larger than configured max size " + decimal(b.maxSize)
		b.fail(cn, ch, preconditionFailed, text, m.Op)
		return nil
	}
	if !b.allowed(cn, ch, mayWrite, "exchange", m.Exchange, m.Op) {
		return nil
	}
	x := b.exchangeOrFail(cn, ch, m.Exchange, m.Op)
	if x == nil {
		return nil
	}
	if x.flags&flow.Internal != 0 {
		b.fail(cn, ch, accessRefused, "cannot publish to internal "+b.rs("exchange", m.Exchange, cn.vhost), m.Op)
		return nil
	}
	if !b.allowedTopic(cn, ch, mayWrite, x, m.Key, m.Op) {
		return nil
	}
	if bad := b.badProperties(cn, m, s); bad != "" {
		b.fail(cn, ch, preconditionFailed, bad, m.Op)
		return nil
	}
	return x
}

// badProperties says what is wrong with a message's properties, in RabbitMQ's words.
func (b *Broker) badProperties(cn *conn, m *Method, s *stored) string {
	if m.Tag != 0 && m.Tag != cn.user {
		if u := b.findUser(cn.user); u == nil || !u.impersonator {
			return "user_id property set to '" + b.names.Text(m.Tag) + "' but authenticated user was '" + b.names.Text(cn.user) + "'"
		}
	}
	if s.Expiration > maxExpiry*msUnit {
		m.Text = b.names.Intern(msText(s.Expiration))
	}
	if m.Text != 0 {
		ms, bad := readExpiration(b.names.Text(m.Text))
		if bad != "" {
			return "invalid expiration '" + b.names.Text(m.Text) + "': " + bad
		}
		s.Expiration = ms * msUnit
	}
	if bad := b.badCopies(s.headers); bad != "" {
		return "invalid message: " + bad
	}
	return ""
}

// readExpiration reads the property as RabbitMQ does (rabbit_basic:parse_expiration).
func readExpiration(text string) (ms int64, bad string) {
	digits := strings.TrimLeft(text, "+-")
	n := len(digits) - len(strings.TrimLeft(digits, "0123456789"))
	if signs := len(text) - len(digits); signs > 1 || n == 0 {
		return 0, "no_integer"
	}
	if rest := digits[n:]; rest != "" {
		return 0, "{leftover_string,\"" + rest + "\"}"
	}
	ms, err := strconv.ParseInt(text, 10, 64)
	switch {
	case ms < 0:
		return 0, "{value_negative," + text + "}"
	case err != nil || ms > maxExpiry:
		return 0, "{value_too_large," + strings.TrimLeft(text, "+0") + "}"
	}
	return ms, ""
}

//go:noinline
func decimal(n int64) string { return strconv.FormatInt(n, 10) }

// badCopies refuses CC and BCC headers that are no lists.
func (b *Broker) badCopies(headers flow.Name) string {
	if headers == 0 {
		return ""
	}
	t := b.tables.Table(headers)
	for _, h := range [2]string{"CC", "BCC"} {
		if v := t.find(h); v != nil && v.Kind != ArrayValue {
			return "{unacceptable_type_in_header,\"" + h + "\"," + v.typeName() + "}"
		}
	}
	return ""
}

// routeAndEnqueue does with a published message all that follows: bindings,
// queues, and what its publisher is told. A return goes out before the confirm.
func (b *Broker) routeAndEnqueue(cn *conn, m *Method, x *exchange, headers flow.Name) {
	id := b.store.at(m.content).id
	e := b.event(flow.Route, cn.vhost)
	e.Msg = id
	b.route(x, e, m.Key, headers)
	ch := b.chans.get(cn.channels[m.Channel])
	if ch.tx != nil {
		b.keepForCommit(ch, m)
		return
	}
	refused := b.hand(cn, m)
	// The channel may be gone by now only through its own doing, never through a publish.
	if ch.confirm {
		ch.published++
		b.confirm(cn, ch, id, refused)
	}
}

// hand gives a message to the queues in b.targets; it reports whether one refused.
func (b *Broker) hand(cn *conn, m *Method) (refused bool) {
	if len(b.targets) == 0 {
		b.unroutable(cn, m, b.store.at(m.content).id)
	}
	for _, qid := range b.targets {
		if !b.accept(cn, m, b.queues.get(qid)) {
			refused = true
		}
	}
	return refused
}

// accept is enqueue for a publisher, whose channel may have been told by a quorum queue that it is full.
func (b *Broker) accept(cn *conn, m *Method, q *queue) bool {
	if ch := b.chans.get(cn.channels[m.Channel]); q.quorum && b.refusesNow(q, ch) {
		b.turnAway(q, m.content)
		return ch.tx != nil // a commit goes through without what its channel keeps back
	}
	return b.enqueue(q, m.content)
}

// keepForCommit keeps a routed message until the transaction is committed.
func (b *Broker) keepForCommit(ch *channel, m *Method) {
	p := txMessage{method: *m}
	for _, qid := range b.targets {
		p.queues = append(p.queues, b.queues.get(qid).name)
	}
	if m.Exchange == 0 { // which knows keys only; a queue may come until the commit
		p.queues = append([]flow.Name(nil), b.keys...)
	}
	b.store.share(m.content)
	ch.tx.messages = append(ch.tx.messages, p)
}

// unroutable tells that no queue took the message, and returns it when its publisher asked for that.
func (b *Broker) unroutable(cn *conn, m *Method, id flow.MsgID) {
	e := b.event(flow.Route, cn.vhost)
	e.Msg, e.Exchange, e.Key, e.Flags = id, m.Exchange, m.Key, flow.NoRoute
	if m.Exchange == 0 {
		e.Flags |= flow.Implicit
	}
	b.emit()
	if m.Flags&flow.Mandatory == 0 {
		e = b.event(flow.Drop, cn.vhost)
		e.Msg, e.Exchange, e.Label = id, m.Exchange, b.known.unroutable
		b.emit()
		return
	}
	r := Method{
		Op: OpBasicReturn, Channel: m.Channel, Value: int64(noRouteCode), Text: b.known.noRoute,
		Exchange: m.Exchange, Key: m.Key, Msg: id, content: m.content,
	}
	b.reply(cn, &r)
	e = b.clientEvent(flow.Return, cn, m.Channel)
	e.Msg, e.Exchange, e.Key, e.Value, e.Text = id, m.Exchange, m.Key, r.Value, r.Text
	b.emit()
}

func (b *Broker) confirm(cn *conn, ch *channel, id flow.MsgID, refused bool) {
	r := Method{Op: OpBasicAck, Channel: ch.number, Delivery: ch.published, Msg: id}
	var negative flow.Flags
	if refused {
		r.Op, negative = OpBasicNack, flow.Negative
	}
	b.reply(cn, &r)
	e := b.clientEvent(flow.Confirm, cn, ch.number)
	e.Msg, e.Value, e.Flags = id, int64(r.Delivery), negative
	b.emit()
}

// enqueue puts a message at the end of a queue and lets it go on to a consumer
// if one waits. It is false when the queue is full and refuses: a classic one, for
// a quorum queue refuses publishers only ([queue.refusesQuorum]) and takes all dead letters.
func (b *Broker) enqueue(q *queue, msg uint32) bool {
	s := b.store.at(msg)
	if q.overflow != dropHead && !q.quorum && q.refuses(int64(s.Size)) {
		b.turnAway(q, msg)
		return false
	}
	ttl := q.ttl
	if s.Expiration >= 0 {
		ttl = min(ttl, s.Expiration)
	}
	band := 0
	if q.top > 0 {
		band = b.band(q, msg)
	} else if q.quorum {
		ttl = max(ttl, msUnit) // the least there (rabbit_fifo:update_expiry_header)
	}
	en := q.ready.slot(band)
	*en = entry{order: q.nextSeq << 1, expires: never, msg: msg}
	if q.quorum {
		en.order = 0
	}
	q.nextSeq++
	if ttl < never-b.now {
		en.expires = b.now + ttl
	}
	b.store.share(msg)
	q.bytes += int64(s.Size)
	e := b.event(flow.Enqueue, q.vhost)
	e.Msg, e.Queue, e.Value = s.id, q.name, int64(q.ready.len())
	b.emit()
	expires, dropped := en.expires, false
	limited := q.maxLen != never || q.maxBytes != never
	if limited && q.active.len() == 0 { // what is too much goes before what is too old
		dropped = b.trimFor(q, expires)
	}
	// What overtakes others in a priority queue is not looked at for its age
	// (rabbit_amqqueue_process:deliver_or_enqueue does so for a queue's only message).
	if q.top == 0 || q.ready.len() == 1 && !dropped || q.active.len() > 0 {
		b.run(q)
	}
	if limited {
		b.trimFor(q, expires)
	}
	return true
}

// band is where a message lies by its priority.
func (b *Broker) band(q *queue, msg uint32) int {
	return int(min(uint8(b.store.at(msg).meta), q.top))
}

// refuses reports whether a classic queue that may refuse takes no more.
func (q *queue) refuses(size int64) bool {
	return int64(q.ready.len()) >= q.maxLen || q.maxBytes != never && q.bytes+size > q.maxBytes
}

// turnAway is what a full queue does with a message that it does not take.
func (b *Broker) turnAway(q *queue, msg uint32) {
	e := b.event(flow.Drop, q.vhost)
	e.Msg, e.Queue, e.Label = b.store.at(msg).id, q.name, b.known.maxlen
	b.emit()
	if q.overflow == rejectPublishDLX {
		b.store.share(msg)
		b.deadLetter(q, msg, b.known.maxlen)
	}
}

// trim drops from the head until the queue is within its limits again.
func (b *Broker) trim(q *queue) (dropped bool) {
	dropped = q.overflow == dropHead && b.dropOver(q)
	if dropped { // the new head may have less time than the old one
		b.watchHead(q)
		if q.quorum {
			b.evaluate(q)
		}
	}
	return dropped
}

// trimFor is trim because of a message that came. When only one is left and what came has no time to live, that
// one is taken for what came and not looked at for its age, though it may be another in a priority queue
// (rabbit_amqqueue_process:deliver_or_enqueue).
func (b *Broker) trimFor(q *queue, expires int64) (dropped bool) {
	if q.top == 0 || expires != never {
		return b.trim(q)
	}
	dropped = q.overflow == dropHead && b.dropOver(q)
	if dropped && q.ready.len() > 1 {
		b.watchHead(q)
	}
	return dropped
}

// dropOver drops from the head until the queue is within its limits; it reports whether it had to.
// What a quorum queue drops at once is dead-lettered last first (rabbit_fifo:evaluate_limit).
func (b *Broker) dropOver(q *queue) (dropped bool) {
	if q.quorum {
		return b.dropOverQuorum(q)
	}
	for q.live && q.ready.len() > 0 && q.over() {
		en := q.ready.pop()
		q.bytes -= int64(b.store.at(en.msg).Size)
		b.deadLetter(q, en.msg, b.known.maxlen)
		dropped = true
	}
	return dropped
}

func (b *Broker) dropOverQuorum(q *queue) (dropped bool) {
	var over []uint32
	for q.ready.len() > 0 && q.over() {
		en := q.ready.pop()
		q.bytes -= int64(b.store.at(en.msg).Size)
		over = append(over, en.msg)
	}
	for i := len(over) - 1; i >= 0; i-- {
		b.deadLetter(q, over[i], b.known.maxlen)
	}
	return len(over) > 0
}
