package normalize

import (
	"bytes"
	"cmp"
	"encoding/json"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"rpcscope/engine/flow"
)

// describe fills the descriptor of a message from its properties and body. It
// is the only place that reads a body.
func describe(names *flow.Names, m *flow.Message, exchange, key string, props map[string]any, body []byte) {
	*m = flow.Message{
		Expiration: expiration(props["expiration"]),
		Size:       uint32(min(uint64(len(body)), 1<<32-1)),
		Exchange:   names.Intern(exchange), Key: names.Intern(key),
		Props: names.Intern(propsText(props)),
	}
	fields := openEnvelope(m, body)
	if fields == nil {
		m.Facts |= flow.NotJSON
	}
	fill(names, m, fields)
	m.Class = classify(exchange, key, fields)
	if m.Class == flow.ClassReply && m.RPC.IsZero() && exchange != "" {
		// Classic profile: the reply exchange is named by the call's id.
		m.RPC, _ = idOf(exchange)
	}
}

// classify gives the one class of a message, the first that fits.
func classify(exchange, key string, fields map[string]json.RawMessage) flow.Class {
	has := func(k string) bool { _, ok := fields[k]; return ok }
	method := has("method")
	switch {
	case exchange == "" && strings.HasPrefix(key, "reply_"), has("result") && has("failure") && !method:
		return flow.ClassReply
	case has("event_type"):
		return flow.ClassNotification
	case method && strings.HasSuffix(exchange, "_fanout"):
		return flow.ClassFanout
	case method && present(fields["_msg_id"]):
		return flow.ClassCall
	case method:
		return flow.ClassCast
	}
	return flow.ClassOther
}

// openEnvelope returns the members of the oslo message in body, nil when it is
// no JSON object. A body without both envelope members is the bare message.
func openEnvelope(m *flow.Message, body []byte) map[string]json.RawMessage {
	if !utf8.Valid(body) {
		return nil // no receiver can decode it
	}
	fields := members(body)
	if fields == nil {
		return nil
	}
	version, message := fields["oslo.version"], fields["oslo.message"]
	if version == nil || message == nil {
		return fields
	}
	var inner string
	if json.Unmarshal(message, &inner) != nil {
		return fields
	}
	bare := members([]byte(inner))
	if bare == nil {
		return fields
	}
	m.Facts |= flow.HasEnvelope
	return bare
}

// members returns the members of a JSON object, nil when data is none. Python
// also writes and reads NaN and Infinity, which are no JSON.
func members(data []byte) (fields map[string]json.RawMessage) {
	if json.Unmarshal(data, &fields) == nil {
		return fields
	}
	fields = nil
	if data = withoutNaN(data); data == nil || json.Unmarshal(data, &fields) != nil {
		return nil
	}
	return fields
}

// withoutNaN puts null in the place of Python's words for numbers that are
// none; nil when there are none.
func withoutNaN(data []byte) []byte {
	var out []byte
	from, quoted := 0, false
	for i := 0; i < len(data); i++ {
		switch c := data[i]; {
		case quoted && c == '\\':
			i++
		case c == '"':
			quoted = !quoted
		case !quoted && (c == 'N' || c == 'I' || c == '-'):
			for _, word := range []string{"NaN", "Infinity", "-Infinity"} {
				if bytes.HasPrefix(data[i:], []byte(word)) {
					out = append(append(out, data[from:i]...), "null"...)
					from = i + len(word)
					i = from - 1
					break
				}
			}
		}
	}
	if from == 0 {
		return nil
	}
	return append(out, data[from:]...)
}

func present(raw json.RawMessage) bool { return len(raw) > 0 && string(raw) != "null" }

// word returns a JSON text that may leave: nothing that is no text, and no more than a name's length.
func word(raw json.RawMessage) string { return clip(whole(raw), 255) }

// whole returns a JSON text of any length, to be digested; "" when it is no text.
func whole(raw json.RawMessage) string {
	var s string
	if len(raw) == 0 || json.Unmarshal(raw, &s) != nil {
		return ""
	}
	return s
}

func fill(names *flow.Names, m *flow.Message, fields map[string]json.RawMessage) {
	in := func(k string) flow.Name { return names.Intern(word(fields[k])) }
	m.Method, m.Namespace, m.Version = in("method"), in("namespace"), in("version")
	m.ReplyQueue = in("_reply_q")
	if present(fields["event_type"]) {
		m.EventType, m.Priority = in("event_type"), in("priority")
	}
	if raw := fields["_msg_id"]; present(raw) {
		m.Facts |= flow.HasID
		m.RPC = anyID(m, raw)
	}
	if raw := fields["_unique_id"]; present(raw) {
		m.UniqueID, _ = flow.ParseID(whole(raw))
	}
	if present(fields["_timeout"]) {
		m.Facts |= flow.HasMonitor
	}
	switch string(fields["ending"]) {
	case "true":
		m.Facts |= flow.Ending
	case "false":
		m.Facts |= flow.NotEnding
	}
	if raw := fields["failure"]; present(raw) {
		m.Facts |= flow.HasFailure
		m.FailureClass = names.Intern(failureClass(raw))
	}
	m.Context = names.Intern(contextKeys(fields))
}

// anyID reads a `_msg_id` that may be something else than oslo's 32 hex digits.
func anyID(m *flow.Message, raw json.RawMessage) flow.ID {
	s := whole(raw)
	if s == "" {
		s = string(raw)
	}
	id, exact := idOf(s)
	if !exact {
		m.Facts |= flow.DigestID
	}
	return id
}

// idOf reads the id of a call. Ids are texts: those that stand for the same number in other letters, or with dashes, are others.
func idOf(s string) (id flow.ID, exact bool) {
	if id, exact = flow.ParseID(s); exact && strings.ContainsAny(s, "-ABCDEF") {
		id, _ = flow.ParseID("id " + s)
		exact = false
	}
	return id, exact
}

// failureClass takes the class, and nothing else, out of a reply's failure,
// which is a JSON text in a string (oslo.messaging _drivers/common.py).
func failureClass(raw json.RawMessage) string {
	var inner string
	if json.Unmarshal(raw, &inner) == nil {
		raw = json.RawMessage(inner)
	}
	var f struct {
		Class any `json:"class"`
	}
	if json.Unmarshal(raw, &f) != nil {
		return "unknown"
	}
	class, _ := f.Class.(string)
	if !isIdentifier(class) {
		return "unknown"
	}
	return class
}

// isIdentifier reports whether s can be the name of a Python class, so that no
// message text passes for one.
func isIdentifier(s string) bool {
	if s == "" || len(s) > 128 {
		return false
	}
	for i, r := range s {
		letter := r == '_' || r == '.' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= 0x80
		if !letter && (i == 0 || r < '0' || r > '9') {
			return false
		}
	}
	return true
}

// maxContextKeys bounds the context keys that are listed; a request has about 20.
const maxContextKeys = 64

func contextKeys(fields map[string]json.RawMessage) string {
	var keys []string
	for k := range fields {
		if name, ok := strings.CutPrefix(k, "_context_"); ok {
			keys = append(keys, clip(name, 64))
		}
	}
	slices.Sort(keys)
	if len(keys) > maxContextKeys {
		keys = append(keys[:maxContextKeys], "…")
	}
	return strings.Join(keys, ",")
}

// expiration reads the basic property of that name, a text of milliseconds. -1 without, or when RabbitMQ would refuse it.
func expiration(v any) int64 {
	if v == nil {
		return -1
	}
	ms, err := strconv.ParseInt(text(v), 10, 64)
	if err != nil || ms < 0 || ms > 1<<40 {
		return -1
	}
	return ms * 1e6
}

// basicProperties in protocol order, less those that name a person or carry values we do not know: user_id, cluster_id, headers.
var basicProperties = []string{
	"content_type", "content_encoding", "delivery_mode", "priority", "correlation_id",
	"reply_to", "expiration", "message_id", "timestamp", "type", "app_id",
}

func propsText(props map[string]any) string {
	var parts []string
	for _, k := range basicProperties {
		if v, ok := props[k]; ok && v != nil {
			parts = append(parts, k+"="+clip(text(v), 128))
		}
	}
	if h := table(props["headers"]); len(h) > 0 {
		keys := make([]string, 0, len(h))
		for k := range h {
			keys = append(keys, clip(k, 64))
		}
		slices.SortFunc(keys, cmp.Compare[string])
		parts = append(parts, "headers="+clip(strings.Join(keys, ","), 512))
	}
	return strings.Join(parts, "; ")
}
