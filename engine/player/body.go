package player

import (
	"strconv"
	"strings"

	"rpcscope/engine/flow"
)

// bodyText writes a modelled message's body as oslo.messaging would have it
// inside the envelope, context left out. Real traffic has no arguments and results to show, and so no body.
func bodyText(n *flow.Names, m *flow.Message) *string {
	if m.Preview == 0 {
		return nil
	}
	var b strings.Builder
	first := true
	member := func(name, value string) {
		if first {
			b.WriteString("{\n")
		} else {
			b.WriteString(",\n")
		}
		first = false
		b.WriteString("  " + strconv.Quote(name) + ": " + value)
	}
	text := func(name string, v flow.Name) {
		if v != 0 {
			member(name, strconv.Quote(n.Text(v)))
		}
	}
	preview := n.Text(m.Preview)
	switch m.Class {
	case flow.ClassReply:
		if m.Has(flow.HasFailure) {
			member("result", "null")
			member("failure", strconv.Quote(preview))
		} else {
			member("result", preview)
			member("failure", "null")
		}
		member("ending", strconv.FormatBool(!m.Has(flow.NotEnding)))
	case flow.ClassNotification:
		text("event_type", m.EventType)
		text("priority", m.Priority)
		member("payload", preview)
	default:
		text("method", m.Method)
		text("namespace", m.Namespace)
		text("version", m.Version)
		member("args", preview)
	}
	if !m.RPC.IsZero() {
		member("_msg_id", strconv.Quote(m.RPC.String()))
	}
	text("_reply_q", m.ReplyQueue)
	if !m.UniqueID.IsZero() {
		member("_unique_id", strconv.Quote(m.UniqueID.String()))
	}
	b.WriteString("\n}")
	s := b.String()
	return &s
}
