package scene

import (
	"strings"

	"rpcscope/engine/layout"
)

// Quiet says why nothing may be seen, in the words of the live status ("tracing-off", "connecting", …).
// The empty one says nothing about a map without messages.
type Quiet string

// The codes that are no live status: a source that has nothing to show, and one that shows what passes.
const (
	QuietEmpty   Quiet = "empty"
	QuietWaiting Quiet = "waiting"
)

// silent reports whether no message was ever seen.
func (b *Builder) silent() bool {
	for _, n := range b.st.Counters.Published {
		if n > 0 {
			return false
		}
	}
	return len(b.list.Tokens) == 0
}

// quietWord is the short form beside the broker's name, "" for none.
func (b *Builder) quietWord() string {
	if b.opt.Quiet == "" || !b.silent() {
		return ""
	}
	if s, ok := b.words.QuietShort[string(b.opt.Quiet)]; ok {
		return s
	}
	return b.words.QuietShort[string(QuietWaiting)]
}

// quietLabels write into a map without anything what will stand there, and why nothing does.
func (b *Builder) quietLabels() {
	r := b.lay.Broker
	if b.opt.Quiet == "" || len(b.lay.Nodes) > 0 || r.W == 0 {
		return
	}
	const line = 20
	text, ok := b.words.Quiet[string(b.opt.Quiet)]
	if !ok {
		text = b.words.Quiet[string(QuietWaiting)]
	}
	rows := b.wrap(text, StyleSub, min(420, r.W-40))
	y := r.CY() - float32(len(rows))*line/2 + 4
	b.label(1, lbEmpty, at(r.CX(), y, Middle, r.W-24), b.words.Empty, StyleName, 9)
	for i, s := range rows {
		b.label(1, lbEmpty+1+i, at(r.CX(), y+float32(i+1)*line+4, Middle, r.W-24), s, StyleSub, 8)
	}
}

// wrap breaks a text into lines of at most most px.
func (b *Builder) wrap(text string, style Style, most float32) []string {
	if len(b.rows) > 0 && b.wrapped == text && b.wrapAt == most {
		return b.rows
	}
	b.wrapped, b.wrapAt, b.rows = text, most, nil
	row := ""
	for _, word := range strings.Fields(text) {
		next := word
		if row != "" {
			next = row + " " + word
		}
		if row != "" && b.txt.width(next, style) > most {
			b.rows = append(b.rows, row)
			next = word
		}
		row = next
	}
	if row != "" {
		b.rows = append(b.rows, row)
	}
	return b.rows
}

// brokerText is the broker's name as far as there is room, and that nothing passes.
func (b *Builder) brokerText(h *layout.Head, style Style) string {
	name, quiet := b.headWord(h.Word), b.nodeWord()
	if quiet == "" {
		quiet = b.quietWord()
	}
	fits := func(s string) bool { return h.Max == 0 || b.txt.width(s, style) <= h.Max }
	if b.opt.Broker != "" && !b.st.Brokerless() && fits(b.opt.Broker) {
		name = b.opt.Broker
	}
	if short := b.words.Carriers[b.st.Carrier].NoBroker; short != "" && !fits(name) {
		name = short
	}
	if quiet == "" {
		return name
	}
	if both := b.txt.make(textKey{kind: txSimple, a: int64(h.Max), b: 11, c: int64(len(name))<<8 | int64(len(quiet))}, func() string { return name + " · " + quiet }); fits(both) {
		return both
	}
	return quiet
}
