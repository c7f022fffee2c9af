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
	headers := s.headers
	e := b.clientEvent(flow.Publish, cn, m.Channel)
	e.Msg, e.Exchange, e.Key, e.Flags = s.id, m.Exchange, m.Key, m.Flags&flow.Mandatory
	if s.persistent() {
		e.Flags |= flow.Persistent
	}
	b.sink.Emit(e, &s.Message)
	if headers != 0 {
		b.hideBCC(s)
	}
	b.routeAndEnqueue(cn, m, x, headers)
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

func decimal(n int64) string { return strconv.FormatInt(n, 10) }

// badCopies refuses CC and BCC headers that are no lists.
func (b *Broker) badCopies(headers flow.Name) string {
	if headers == 0 {
		return ""
	}
	t := b.tables.Table(headers)
	for _, h := range [2]string{"CC", "BCC"} {
		if v, ok := t.Get(h); ok && v.Kind != ArrayValue {
			return "{unacceptable_type_in_header,\"" + h + "\"," + v.typeName() + "}"
		}
	}
	return ""
}

// hideBCC takes the header BCC away once it was read (sender-selected distribution).
func (b *Broker) hideBCC(s *stored) {
	t := b.tables.Table(s.headers)
	if _, ok := t.Get("BCC"); ok {
		var rest Table
		for _, f := range t {
			if f.Key != "BCC" {
				rest = append(rest, f)
			}
		}
		s.headers = b.tables.Intern(rest)
	}
}

// routeAndEnqueue does with a published message all that follows: bindings,
// queues, and what its publisher is told. A return goes out before the confirm.
func (b *Broker) routeAndEnqueue(cn *conn, m *Method, x *exchange, headers flow.Name) {
	id := b.store.at(m.content).id
	e := b.event(flow.Route, cn.vhost)
	e.Msg = id
	b.route(x, e, m.Key, headers)
	refused := false
	if len(b.targets) == 0 {
		b.unroutable(cn, m, id)
	}
	for _, qid := range b.targets {
		if !b.enqueue(b.queues.get(qid), m.content) {
			refused = true
		}
	}
	// The channel may be gone by now only through its own doing, never through a publish.
	if ch := b.chans.get(cn.channels[m.Channel]); ch.confirm {
		ch.published++
		b.confirm(cn, ch, id, refused)
	}
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
// if one waits. It is false when the queue is full and refuses.
func (b *Broker) enqueue(q *queue, msg uint32) bool {
	s := b.store.at(msg)
	if q.overflow != dropHead && q.full(int64(s.Size)) {
		b.refuse(q, msg)
		return false
	}
	ttl := q.ttl
	if s.Expiration >= 0 {
		ttl = min(ttl, s.Expiration)
	}
	en := q.ready.slot()
	*en = entry{order: q.nextSeq << 1, expires: never, msg: msg}
	q.nextSeq++
	if ttl < never-b.now {
		en.expires = b.now + ttl
	}
	b.store.share(msg)
	q.bytes += int64(s.Size)
	e := b.event(flow.Enqueue, q.vhost)
	e.Msg, e.Queue, e.Value = s.id, q.name, int64(q.ready.len())
	b.emit()
	b.run(q)
	if q.maxLen != never || q.maxBytes != never {
		b.trim(q)
	}
	return true
}

// full reports whether a queue that refuses may take no more.
func (q *queue) full(size int64) bool {
	return int64(q.ready.len()) >= q.maxLen || q.maxBytes != never && q.bytes+size > q.maxBytes
}

func (b *Broker) refuse(q *queue, msg uint32) {
	e := b.event(flow.Drop, q.vhost)
	e.Msg, e.Queue, e.Label = b.store.at(msg).id, q.name, b.known.maxlen
	b.emit()
	if q.overflow == rejectPublishDLX {
		b.store.share(msg)
		b.deadLetter(q, msg, b.known.maxlen)
	}
}

// trim drops from the head until the queue is within its limits again.
func (b *Broker) trim(q *queue) {
	for q.live && q.ready.len() > 0 && (int64(q.ready.len()) > q.maxLen || q.bytes > q.maxBytes) {
		en := q.ready.pop()
		if q.hasDLX {
			q.bytes -= int64(b.store.at(en.msg).Size)
			b.deadLetter(q, en.msg, b.known.maxlen)
		} else {
			b.drop(q, en, b.known.maxlen)
		}
	}
}
