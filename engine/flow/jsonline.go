package flow

import (
	"strconv"
	"unicode/utf8"
)

// AppendJSON appends e, and m unless it is nil, as one JSON object on one line.
// Absent fields are left out; times are nanoseconds; ids are hex.
func AppendJSON(dst []byte, names *Names, e *Event, m *Message) []byte {
	w := jsonWriter{dst: append(dst, '{'), names: names}
	w.int("at", e.At)
	w.text("kind", e.Kind.String())
	w.nonzero("msg", int64(e.Msg))
	w.id("rpc", e.RPC)
	if e.Class != ClassOther {
		w.text("class", e.Class.String())
	}
	w.name("vhost", e.VHost)
	w.name("process", e.Process)
	w.name("conn", e.Conn)
	w.nonzero("channel", int64(e.Channel))
	// The default exchange has the empty name, which must not look like none.
	if e.Exchange != 0 || e.Kind == Publish || e.Kind == Route {
		w.text("exchange", names.Text(e.Exchange))
	}
	w.name("queue", e.Queue)
	w.name("key", e.Key)
	w.name("tag", e.Tag)
	w.name("label", e.Label)
	w.name("text", e.Text)
	w.name("args", e.Args)
	w.nonzero("value", e.Value)
	w.nonzero("count", int64(e.Count))
	w.flags(e.Flags)
	if m != nil {
		w.message(m)
	}
	return append(w.dst, '}')
}

type jsonWriter struct {
	dst   []byte
	names *Names
}

func (w *jsonWriter) key(k string) {
	if last := w.dst[len(w.dst)-1]; last != '{' {
		w.dst = append(w.dst, ',')
	}
	w.dst = append(append(append(w.dst, '"'), k...), `":`...)
}

func (w *jsonWriter) int(k string, v int64) {
	w.key(k)
	w.dst = strconv.AppendInt(w.dst, v, 10)
}

func (w *jsonWriter) nonzero(k string, v int64) {
	if v != 0 {
		w.int(k, v)
	}
}

func (w *jsonWriter) text(k, s string) {
	w.key(k)
	w.dst = appendJSONText(w.dst, s)
}

func (w *jsonWriter) name(k string, n Name) {
	if n != 0 {
		w.text(k, w.names.Text(n))
	}
}

func (w *jsonWriter) id(k string, id ID) {
	if !id.IsZero() {
		w.text(k, id.String())
	}
}

// jsonFlags are the words for the flags: those that the text form says in
// sentences of its own come first.
var jsonFlags = append([]flagName{
	{Inferred, "inferred"},
	{Snapshot, "snapshot"},
	{ToClient, "to-client"},
	{NoRoute, "no-route"},
	{ToExchange, "to-exchange"},
	{Implicit, "implicit"},
	{Persistent, "persistent"},
	{Peer, "peer"},
}, flagNames[:]...)

func (w *jsonWriter) flags(f Flags) {
	first := true
	for _, x := range jsonFlags {
		if f&x.bit == 0 {
			continue
		}
		if first {
			w.key("flags")
			w.dst = append(w.dst, '[')
		} else {
			w.dst = append(w.dst, ',')
		}
		first = false
		w.dst = appendJSONText(w.dst, x.word)
	}
	if !first {
		w.dst = append(w.dst, ']')
	}
}

func (w *jsonWriter) message(m *Message) {
	w.key("message")
	w.dst = append(w.dst, '{')
	w.text("class", m.Class.String())
	w.id("msg_id", m.RPC)
	w.id("unique_id", m.UniqueID)
	w.name("method", m.Method)
	w.name("namespace", m.Namespace)
	w.name("version", m.Version)
	w.name("event_type", m.EventType)
	w.name("priority", m.Priority)
	w.name("failure_class", m.FailureClass)
	w.name("reply_queue", m.ReplyQueue)
	if m.Expiration >= 0 {
		w.int("expiration", m.Expiration)
	}
	w.int("size", int64(m.Size))
	if m.Has(Ending) || m.Has(NotEnding) {
		w.key("ending")
		w.dst = strconv.AppendBool(w.dst, m.Has(Ending))
	}
	w.name("properties", m.Props)
	w.name("context_keys", m.Context)
	w.name("preview", m.Preview)
	w.dst = append(w.dst, '}')
}

const hexDigits = "0123456789abcdef"

// appendJSONText appends s as a JSON string; invalid UTF-8 becomes U+FFFD.
func appendJSONText(dst []byte, s string) []byte {
	dst = append(dst, '"')
	for _, r := range s {
		switch {
		case r == '"' || r == '\\':
			dst = append(dst, '\\', byte(r))
		case r <= 0xffff && Hidden(r):
			dst = appendJSONEscape(dst, r)
		default:
			dst = utf8.AppendRune(dst, r)
		}
	}
	return append(dst, '"')
}
