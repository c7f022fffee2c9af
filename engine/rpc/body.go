package rpc

import (
	"strconv"
	"strings"

	"rpcscope/engine/amqp"
	"rpcscope/engine/flow"
	"rpcscope/engine/transport"
)

// body is what a message says. It is never changed once published.
type body struct {
	class      flow.Class
	id, unique flow.ID
	// Requests.
	method, namespace, version string
	args, ctx                  Value
	replyQueue                 flow.Name
	monitor                    int64
	// Replies.
	result Value
	fail   failure
	ending bool
	// Notifications.
	message, publisher, priority, timestamp string
	bare                                    bool
	// unreadable: it is no message of oslo.messaging's at all.
	unreadable bool
	// profile is the library that wrote it; a classic reply says whose it is only with a single reply queue.
	profile Profile
}

// outgoing is a message on its way to the broker.
type outgoing struct {
	body          int32 // index into bodies, plus one
	exchange, key flow.Name
	kind          flow.Name // the exchange's type
	expiration    int64     // nanoseconds; 0 for none
	ttl           int64     // the header "ttl" of a classic call, in nanoseconds; RabbitMQ does not read it
	mandatory     bool
	passive       bool // the exchange must be there already
	fanout        bool
	// notify: the queue named like the key is declared and bound first.
	notify bool
	// retry is that of the [Step].
	retry int32
	// to is where it goes on a transport other than RabbitMQ.
	to transport.Target
}

// keep stores a body and returns its handle. Bodies that nobody can come
// across any more make room.
func (s *System) keep(b *body) int32 {
	s.bound(b)
	if len(s.spare) == 0 && len(s.bodies) >= s.sweepAt {
		s.sweep()
	}
	if n := len(s.spare); n > 0 {
		i := s.spare[n-1]
		s.spare = s.spare[:n-1]
		s.bodies[i] = b
		return i + 1
	}
	s.bodies = append(s.bodies, b)
	return int32(len(s.bodies))
}

// sweepLeast is how many bodies are kept without looking for superfluous ones.
const sweepLeast = 4096

// sweep finds the bodies that neither the broker nor a client refers to.
func (s *System) sweep() {
	used := make([]bool, len(s.bodies)+1)
	mark := func(list []delivery) {
		for i := range list {
			used[list[i].body] = true
		}
	}
	if s.carrier != nil {
		s.carrier.EachBody(func(b int32) { used[b] = true })
	}
	s.broker.EachHeld(func(c *amqp.Content) { used[c.Body] = true })
	for i := range s.conns {
		mark(s.conns[i].inbox)
	}
	for i := range s.procs {
		for k := range s.procs[i].services {
			mark(s.procs[i].services[k].waiting)
		}
		for k := range s.procs[i].held {
			used[s.procs[i].held[k].given.Body] = true
		}
	}
	for i := range s.tasks {
		for k := range s.tasks[i].frames {
			f := &s.tasks[i].frames[k]
			used[f.out.body], used[f.from.body] = true, true
		}
	}
	for _, c := range s.calls { // unsorted: only marks
		used[c.reply], used[c.part] = true, true
	}
	s.spare = s.spare[:0]
	for i := len(s.bodies) - 1; i >= 0; i-- {
		if !used[i+1] {
			s.bodies[i] = nil
			s.spare = append(s.spare, int32(i))
		}
	}
	s.sweepAt = max(sweepLeast, 2*(len(s.bodies)-len(s.spare)))
}

// bodyOf returns the body of a handle; an empty one for messages that this model did not make.
func (s *System) bodyOf(h int32) *body {
	if h <= 0 || int(h) > len(s.bodies) || s.bodies[h-1] == nil {
		return &body{}
	}
	return s.bodies[h-1]
}

// appendMessage writes the inner message as oslo.messaging's serializer does.
func (b *body) appendMessage(dst []byte, names *flow.Names) []byte {
	if b.unreadable {
		return append(dst, "no JSON"...)
	}
	w := writer{dst: append(dst, '{')}
	switch b.class {
	case flow.ClassReply:
		w.value("result", &b.result)
		if b.fail.isNone() {
			w.raw("failure", "null")
		} else {
			w.text("failure", string(b.fail.appendJSON(nil)))
		}
		if b.ending || !b.profile.Old() {
			w.raw("ending", strconv.FormatBool(b.ending))
		}
		if b.profile != Classic {
			w.text("_msg_id", b.id.String())
		}
		w.text("_unique_id", b.unique.String())
	case flow.ClassNotification:
		w.text("message_id", b.message)
		w.text("publisher_id", b.publisher)
		w.text("event_type", b.method)
		w.text("priority", upper(b.priority))
		w.value("payload", &b.args)
		w.text("timestamp", b.timestamp)
		w.text("_unique_id", b.unique.String())
	default:
		w.text("method", b.method)
		w.value("args", &b.args)
		if b.namespace != "" {
			w.text("namespace", b.namespace)
		}
		if b.version != "" {
			w.text("version", b.version)
		}
		if b.class == flow.ClassCall {
			w.text("_msg_id", b.id.String())
			b.appendReplyTo(&w, names)
		}
		w.text("_unique_id", b.unique.String())
	}
	for i, k := range b.ctx.Keys {
		w.value("_context_"+k, &b.ctx.Items[i])
	}
	return append(w.dst, '}')
}

// appendReplyTo writes where the answer to a call is to go.
func (b *body) appendReplyTo(w *writer, names *flow.Names) {
	if b.replyQueue != 0 {
		w.text("_reply_q", names.Text(b.replyQueue))
	}
	switch {
	case b.profile.Old():
	case b.monitor > 0:
		w.raw("_timeout", strconv.FormatInt(b.monitor/1e9, 10))
	default:
		w.raw("_timeout", "null")
	}
}

// writer writes the members of an object in Python's form.
type writer struct {
	dst  []byte
	some bool
}

func (w *writer) key(k string) {
	if w.some {
		w.dst = append(w.dst, ", "...)
	}
	w.some = true
	w.dst = appendQuoted(w.dst, k)
	w.dst = append(w.dst, ": "...)
}

func (w *writer) text(k, v string) { w.key(k); w.dst = appendQuoted(w.dst, v) }
func (w *writer) raw(k, v string)  { w.key(k); w.dst = append(w.dst, v...) }
func (w *writer) value(k string, v *Value) {
	w.key(k)
	w.dst = v.AppendJSON(w.dst)
}

func upper(s string) string {
	b := []byte(s)
	for i, c := range b {
		if 'a' <= c && c <= 'z' {
			b[i] = c - 'a' + 'A'
		}
	}
	return string(b)
}

// size is the length of the whole body: the inner message as a JSON text in the envelope.
func (b *body) size(inner []byte) int {
	if b.bare {
		return len(inner)
	}
	n := len(`{"oslo.version": "2.0", "oslo.message": ""}`) + len(inner)
	for _, c := range inner { // ASCII without control characters: only these are escaped
		if c == '"' || c == '\\' {
			n++
		}
	}
	return n
}

// previewLimit bounds what the inspector shows of arguments and results.
const previewLimit = 240

// describe makes the descriptor that travels with the message.
func (s *System) describe(b *body, o *outgoing) amqp.Content {
	n := s.names
	s.scratch = b.appendMessage(s.scratch[:0], n)
	s.written += int64(len(s.scratch))
	m := flow.Message{
		RPC: b.id, UniqueID: b.unique, Expiration: -1, Size: uint32(b.size(s.scratch)),
		Method: n.Intern(b.method), Namespace: n.Intern(b.namespace), Version: n.Intern(b.version),
		ReplyQueue: b.replyQueue, Class: b.class, Props: s.words.props,
	}
	if b.unreadable {
		m = flow.Message{Expiration: -1, Size: uint32(len(s.scratch)), Facts: flow.NotJSON, Props: s.words.props, Preview: n.Intern("no JSON")}
		return amqp.Content{Message: m, Body: uint64(o.body), Persistent: true}
	}
	if !b.bare {
		m.Facts |= flow.HasEnvelope
	}
	if !b.id.IsZero() && (b.class != flow.ClassReply || b.profile != Classic) {
		m.Facts |= flow.HasID
	}
	if b.monitor > 0 {
		m.Facts |= flow.HasMonitor
	}
	if o.expiration > 0 {
		m.Expiration = o.expiration
		m.Props = n.Intern(n.Text(s.words.props) + "; expiration=" + strconv.FormatInt(o.expiration/1e6, 10))
	}
	c := amqp.Content{Body: uint64(o.body), Persistent: true}
	if o.ttl > 0 {
		m.Props = n.Intern(n.Text(s.words.props) + "; headers=ttl")
		c.Headers = s.broker.Tables().Intern(amqp.Table{{Key: "ttl", Value: amqp.Int(o.ttl / 1e6)}})
	}
	preview := &b.args
	switch b.class {
	case flow.ClassReply:
		preview = &b.result
		m.Method, m.ReplyQueue = 0, 0
		if b.ending {
			m.Facts |= flow.Ending
		} else if !b.profile.Old() {
			m.Facts |= flow.NotEnding
		}
		if !b.fail.isNone() {
			m.Facts |= flow.HasFailure
			m.FailureClass = n.Intern(b.fail.Class)
		}
	case flow.ClassNotification:
		m.EventType, m.Method = m.Method, 0
		m.Priority = n.Intern(upper(b.priority))
	}
	if b.fail.isNone() {
		s.scratch = preview.AppendJSON(s.scratch[:0])
	} else {
		s.scratch = append(append(append(s.scratch[:0], b.fail.Class...), ": "...), b.fail.Text...)
	}
	m.Preview = n.InternBytes(cut(s.scratch))
	m.Context = n.Intern(contextKeys(&b.ctx))
	c.Message = m
	return c
}

// cut shortens a preview; the text is ASCII unless it is an exception's.
func cut(b []byte) []byte {
	if len(b) <= previewLimit {
		return b
	}
	n := previewLimit
	for n > 0 && b[n]&0xc0 == 0x80 {
		n--
	}
	return append(b[:n], "…"...)
}

// contextKeys are the names of a context's entries, sorted and joined.
func contextKeys(ctx *Value) string {
	keys := append([]string(nil), ctx.Keys...)
	flow.SortStable(keys, strings.Compare)
	return strings.Join(keys, ",")
}
