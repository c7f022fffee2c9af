package diff

import (
	"strconv"

	"rpcscope/engine/flow"
)

// writer puts a line together: a template, and the ids that stand in it.
// A line begins with [Stream.begin] and ends with [Stream.end].

func (s *Stream) begin(words string) {
	s.buf, s.collected = append(s.buf[:0], words...), s.collected[:0]
}

func (s *Stream) say(words string) { s.buf = append(s.buf, words...) }

func (s *Stream) number(words string, n int64) {
	s.buf = strconv.AppendInt(append(s.buf, words...), n, 10)
}

// put appends a name behind words; nothing when it is empty.
func (s *Stream) put(words string, n flow.Name) {
	if n == 0 {
		return
	}
	s.buf = append(s.buf, words...)
	p := s.pattern(n)
	s.buf = append(s.buf, p.text...)
	s.collected = append(s.collected, p.ids...)
}

func (s *Stream) putID(words string, id uint32) {
	s.buf = append(append(s.buf, words...), mark)
	s.collected = append(s.collected, id)
}

// message appends a message's number; of one that the source only guessed, none in particular.
func (s *Stream) message(words string, e *flow.Event) {
	if e.Has(flow.Inferred) {
		s.putID(words, anyID)
	} else {
		s.putID(words, s.id(idMessage, uint64(e.Msg), 0))
	}
}

// tag appends a delivery tag of a channel, or the number of a publish that is confirmed; 0 stands for all and is no tag.
func (s *Stream) tag(e *flow.Event, kind idKind) {
	if e.Value == 0 {
		s.say(" tag 0")
		return
	}
	s.putID(" tag ", s.id(kind, uint64(e.Conn)<<16|uint64(e.Channel), uint64(e.Value)))
}

var flagWords = []struct {
	flag flow.Flags
	word string
}{
	{flow.Passive, "passive"},
	{flow.Durable, "durable"},
	{flow.AutoDelete, "auto-delete"},
	{flow.Exclusive, "exclusive"},
	{flow.Internal, "internal"},
	{flow.NoWait, "no-wait"},
	{flow.NoAck, "no-ack"},
	{flow.Mandatory, "mandatory"},
	{flow.Immediate, "immediate"},
	{flow.NoRoute, "no route"},
	{flow.Negative, "negative"},
	{flow.Redelivered, "redelivered"},
	{flow.Get, "fetched"},
	{flow.Multiple, "multiple"},
	{flow.ToExchange, "to an exchange"},
	{flow.Requeued, "requeue"},
	{flow.Implicit, "implicit"},
	{flow.Persistent, "persistent"},
	{flow.Late, "late"},
	{flow.IfUnused, "if-unused"},
	{flow.IfEmpty, "if-empty"},
	{flow.Global, "global"},
}

func (s *Stream) flags(f flow.Flags) {
	for _, x := range flagWords {
		if f&x.flag != 0 {
			s.say(", " + x.word)
		}
	}
}

// content says what a message is. Arguments and results are shown by simulations only.
func (s *Stream) content(m *flow.Message, preview bool) {
	if m == nil {
		return
	}
	s.say(": " + m.Class.String())
	s.put(" ", m.Method)
	s.put(" ", m.EventType)
	s.put(" namespace=", m.Namespace)
	s.put(" version=", m.Version)
	s.put(" priority=", m.Priority)
	s.put(" failure=", m.FailureClass)
	s.number(", bytes ", int64(m.Size))
	if m.Expiration >= 0 {
		s.number(", expires in ms ", m.Expiration/1e6)
	}
	for _, f := range []struct {
		fact flow.Facts
		word string
	}{{flow.HasEnvelope, "envelope"}, {flow.Ending, "ending"}, {flow.NotEnding, "not ending"}, {flow.HasMonitor, "monitored"}, {flow.HasID, "with id"}} {
		if m.Has(f.fact) {
			s.say(", " + f.word)
		}
	}
	if !m.RPC.IsZero() {
		s.putID(" ", s.randomID(m.RPC))
	}
	if !m.UniqueID.IsZero() {
		s.putID(", unique id ", s.randomID(m.UniqueID))
	}
	s.put(", reply to ", m.ReplyQueue)
	s.put(", context ", m.Context)
	s.put("; ", m.Props)
	if preview {
		s.put("; ", m.Preview)
	}
}

// template returns the number of the text put together so far.
func (s *Stream) template(text []byte) uint32 {
	if n, ok := s.textOf[string(text)]; ok {
		return n
	}
	n := uint32(len(s.texts))
	s.texts = append(s.texts, string(text))
	s.textOf[s.texts[n]] = n
	return n
}

// end gives the line to an actor.
func (s *Stream) end(to *actor, e *flow.Event, mask Level, c cat) *line {
	to.lines = append(to.lines, line{
		at: e.At, text: s.template(s.buf), ids: uint32(len(s.lineIDs)), n: uint8(min(len(s.collected), 255)),
		channel: e.Channel, mask: mask, cat: c,
	})
	s.lineIDs = append(s.lineIDs, s.collected...)
	return &to.lines[len(to.lines)-1]
}

func (s *Stream) idsOf(l *line) []uint32 { return s.lineIDs[l.ids : l.ids+uint32(l.n)] }

// render says a line in words.
func (c *bindings) render(dst []byte, s *Stream, l *line) []byte {
	ids := s.idsOf(l)
	return c.fill(dst, s, s.texts[l.text], ids)
}

func (c *bindings) fill(dst []byte, s *Stream, text string, ids []uint32) []byte {
	for i := range len(text) {
		if text[i] == mark && len(ids) > 0 {
			dst = c.word(dst, s, ids[0])
			ids = ids[1:]
			continue
		}
		dst = append(dst, text[i])
	}
	return dst
}
