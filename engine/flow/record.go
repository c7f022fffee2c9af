package flow

import (
	"encoding/binary"
	"fmt"
	"math"
)

// Which optional fields of an event follow. The commonest come first, so that
// most masks take two bytes.
const (
	hasMsg = 1 << iota
	hasFlags
	hasVHost
	hasConn
	hasExchange
	hasQueue
	hasKey
	hasProcess
	hasValue
	hasChannel
	hasClass
	hasRPC
	hasLabel
	hasMessage
	hasTag
	hasText
	hasArgs
	hasCount
	hasEventEnd
)

// Which optional fields of a message descriptor follow.
const (
	msgRPC = 1 << iota
	msgUnique
	msgExpiration
	msgMethod
	msgReplyQueue
	msgFacts
	msgSize
	msgExchange
	msgKey
	msgProps
	msgContext
	msgVersion
	msgNamespace
	msgPreview
	msgEventType
	msgPriority
	msgFailureClass
	msgEnd
)

// RecordWriter turns events into bytes with a dictionary of its own: the first
// use of a name spells it, later uses number it. Bytes written by one
// RecordWriter are read, in the same order, by one [RecordReader].
type RecordWriter struct {
	names *Names
	// local is the number of each Name in this dictionary; valid when the stamp fits the generation.
	local   []localName
	gen     uint32
	order   []Name
	lastAt  int64
	lastMsg MsgID
}

type localName struct{ gen, id uint32 }

// NewRecordWriter returns a writer of events whose names belong to names.
func NewRecordWriter(names *Names) *RecordWriter {
	return &RecordWriter{names: names, gen: 1}
}

// Reset forgets dictionary and deltas. Call it where the reader will.
func (w *RecordWriter) Reset() {
	w.gen++
	w.order = w.order[:0]
	w.lastAt, w.lastMsg = 0, 0
}

// NamesKnown returns how many names the dictionary holds.
func (w *RecordWriter) NamesKnown() int { return len(w.order) }

func (w *RecordWriter) name(dst []byte, n Name) []byte {
	if int(n) >= len(w.local) {
		w.local = append(w.local, make([]localName, int(n)+1-len(w.local)+256)...)
	}
	l := &w.local[n]
	if l.gen == w.gen {
		return binary.AppendUvarint(dst, uint64(l.id))
	}
	*l = localName{w.gen, uint32(len(w.order))}
	dst = binary.AppendUvarint(dst, uint64(len(w.order)))
	w.order = append(w.order, n)
	return appendText(dst, w.names.Text(n))
}

// Append appends e, and m unless it is nil.
func (w *RecordWriter) Append(dst []byte, e *Event, m *Message) []byte {
	mask := e.mask()
	if m != nil {
		mask |= hasMessage
	}
	dst = append(dst, byte(e.Kind))
	dst = binary.AppendUvarint(dst, uint64(mask))
	dst = binary.AppendVarint(dst, e.At-w.lastAt)
	w.lastAt = e.At
	if mask&hasMsg != 0 {
		dst = binary.AppendVarint(dst, int64(e.Msg-w.lastMsg))
		w.lastMsg = e.Msg
	}
	if mask&hasFlags != 0 {
		dst = binary.AppendUvarint(dst, uint64(e.Flags))
	}
	for bits, f := mask, 0; f < len(eventNames); f++ {
		if bits&eventNames[f] != 0 {
			dst = w.name(dst, e.name(eventNames[f]))
		}
	}
	if mask&hasValue != 0 {
		dst = binary.AppendVarint(dst, e.Value)
	}
	if mask&hasChannel != 0 {
		dst = binary.AppendUvarint(dst, uint64(e.Channel))
	}
	if mask&hasClass != 0 {
		dst = append(dst, byte(e.Class))
	}
	if mask&hasRPC != 0 {
		dst = append(dst, e.RPC[:]...)
	}
	if mask&hasCount != 0 {
		dst = binary.AppendUvarint(dst, uint64(e.Count))
	}
	if m != nil {
		dst = w.message(dst, m)
	}
	return dst
}

// eventNames lists the bits of an event's name fields in the order in which they are written.
var eventNames = [...]uint32{hasVHost, hasConn, hasExchange, hasQueue, hasKey, hasProcess, hasLabel, hasTag, hasText, hasArgs}

func (e *Event) name(bit uint32) Name {
	switch bit {
	case hasVHost:
		return e.VHost
	case hasConn:
		return e.Conn
	case hasExchange:
		return e.Exchange
	case hasQueue:
		return e.Queue
	case hasKey:
		return e.Key
	case hasProcess:
		return e.Process
	case hasLabel:
		return e.Label
	case hasTag:
		return e.Tag
	case hasText:
		return e.Text
	}
	return e.Args
}

func (e *Event) setName(bit uint32, n Name) {
	switch bit {
	case hasVHost:
		e.VHost = n
	case hasConn:
		e.Conn = n
	case hasExchange:
		e.Exchange = n
	case hasQueue:
		e.Queue = n
	case hasKey:
		e.Key = n
	case hasProcess:
		e.Process = n
	case hasLabel:
		e.Label = n
	case hasTag:
		e.Tag = n
	case hasText:
		e.Text = n
	case hasArgs:
		e.Args = n
	}
}

func bit[T comparable](v T, b uint32) uint32 {
	var zero T
	if v == zero {
		return 0
	}
	return b
}

func (e *Event) mask() uint32 {
	return bit(e.Msg, hasMsg) | bit(e.Flags, hasFlags) | bit(e.VHost, hasVHost) | bit(e.Conn, hasConn) |
		bit(e.Exchange, hasExchange) | bit(e.Queue, hasQueue) | bit(e.Key, hasKey) | bit(e.Process, hasProcess) |
		bit(e.Value, hasValue) | bit(e.Channel, hasChannel) | bit(e.Class, hasClass) | bit(e.RPC, hasRPC) |
		bit(e.Label, hasLabel) | bit(e.Tag, hasTag) | bit(e.Text, hasText) | bit(e.Args, hasArgs) | bit(e.Count, hasCount)
}

func (m *Message) mask() uint32 {
	return bit(m.RPC, msgRPC) | bit(m.UniqueID, msgUnique) | bit(m.Expiration+1, msgExpiration) | bit(m.Method, msgMethod) |
		bit(m.ReplyQueue, msgReplyQueue) | bit(m.Facts, msgFacts) | bit(m.Size, msgSize) | bit(m.Exchange, msgExchange) |
		bit(m.Key, msgKey) | bit(m.Props, msgProps) | bit(m.Context, msgContext) | bit(m.Version, msgVersion) |
		bit(m.Namespace, msgNamespace) | bit(m.Preview, msgPreview) | bit(m.EventType, msgEventType) |
		bit(m.Priority, msgPriority) | bit(m.FailureClass, msgFailureClass)
}

// names lists the name fields of a descriptor in the order in which they are written.
func (m *Message) names() [12]struct {
	bit uint32
	n   *Name
} {
	return [12]struct {
		bit uint32
		n   *Name
	}{
		{msgMethod, &m.Method},
		{msgReplyQueue, &m.ReplyQueue},
		{msgExchange, &m.Exchange},
		{msgKey, &m.Key},
		{msgProps, &m.Props},
		{msgContext, &m.Context},
		{msgVersion, &m.Version},
		{msgNamespace, &m.Namespace},
		{msgPreview, &m.Preview},
		{msgEventType, &m.EventType},
		{msgPriority, &m.Priority},
		{msgFailureClass, &m.FailureClass},
	}
}

func (w *RecordWriter) message(dst []byte, m *Message) []byte {
	mask := m.mask()
	dst = append(dst, byte(m.Class))
	dst = binary.AppendUvarint(dst, uint64(mask))
	for _, f := range m.names() {
		if mask&f.bit != 0 {
			dst = w.name(dst, *f.n)
		}
	}
	if mask&msgRPC != 0 {
		dst = append(dst, m.RPC[:]...)
	}
	if mask&msgUnique != 0 {
		dst = append(dst, m.UniqueID[:]...)
	}
	if mask&msgExpiration != 0 {
		dst = binary.AppendVarint(dst, m.Expiration)
	}
	if mask&msgFacts != 0 {
		dst = binary.AppendUvarint(dst, uint64(m.Facts))
	}
	if mask&msgSize != 0 {
		dst = binary.AppendUvarint(dst, uint64(m.Size))
	}
	return dst
}

// RecordReader reads what a [RecordWriter] wrote.
type RecordReader struct {
	names   *Names
	dict    []Name
	lastAt  int64
	lastMsg MsgID
}

// NewRecordReader returns a reader that interns into names.
func NewRecordReader(names *Names) *RecordReader { return &RecordReader{names: names} }

// Reset forgets dictionary and deltas.
func (r *RecordReader) Reset() {
	r.dict = r.dict[:0]
	r.lastAt, r.lastMsg = 0, 0
}

func (r *RecordReader) name(c *cursor) Name {
	id := c.uvarint()
	if id < uint64(len(r.dict)) {
		return r.dict[id]
	}
	if id > uint64(len(r.dict)) || id >= MaxNames {
		c.fail()
		return 0
	}
	b := c.text()
	if c.bad {
		return 0
	}
	n := r.names.InternBytes(b)
	r.dict = append(r.dict, n)
	return n
}

// Read reads one event from the beginning of src into e, and into m when with
// is true, and returns how many bytes it took. It never keeps src.
func (r *RecordReader) Read(src []byte, e *Event, m *Message) (n int, with bool, err error) {
	c := cursor{src: src}
	with = r.read(&c, e, m)
	if c.bad {
		return 0, false, fmt.Errorf("%w: an event is cut or names an unknown text", ErrMalformed)
	}
	if !e.Kind.Valid() {
		return 0, false, fmt.Errorf("%w: no event kind %d", ErrMalformed, byte(e.Kind))
	}
	return c.pos, with, nil
}

func (r *RecordReader) read(c *cursor, e *Event, m *Message) (with bool) {
	*e = Event{Kind: Kind(c.byte())}
	mask := uint32(c.upTo(hasEventEnd - 1))
	if c.bad {
		return false
	}
	r.lastAt += c.varint()
	e.At = r.lastAt
	if mask&hasMsg != 0 {
		r.lastMsg += MsgID(c.varint())
		e.Msg = r.lastMsg
	}
	if mask&hasFlags != 0 {
		e.Flags = Flags(c.upTo(math.MaxUint32))
	}
	for _, b := range eventNames {
		if mask&b != 0 {
			e.setName(b, r.name(c))
		}
	}
	if mask&hasValue != 0 {
		e.Value = c.varint()
	}
	if mask&hasChannel != 0 {
		e.Channel = uint16(c.upTo(math.MaxUint16))
	}
	if mask&hasClass != 0 {
		e.Class = Class(c.byte())
	}
	if mask&hasRPC != 0 {
		e.RPC = c.id()
	}
	if mask&hasCount != 0 {
		e.Count = uint32(c.upTo(math.MaxUint32))
	}
	if e.Class >= numClasses {
		c.fail()
	}
	if mask&hasMessage == 0 {
		return false
	}
	r.message(c, m)
	return true
}

func (r *RecordReader) message(c *cursor, m *Message) {
	*m = Message{Class: Class(c.byte()), Expiration: -1}
	mask := uint32(c.upTo(msgEnd - 1))
	if m.Class >= numClasses {
		c.fail()
	}
	if c.bad {
		return
	}
	for _, f := range m.names() {
		if mask&f.bit != 0 {
			*f.n = r.name(c)
		}
	}
	if mask&msgRPC != 0 {
		m.RPC = c.id()
	}
	if mask&msgUnique != 0 {
		m.UniqueID = c.id()
	}
	if mask&msgExpiration != 0 {
		m.Expiration = c.varint()
	}
	if mask&msgFacts != 0 {
		m.Facts = Facts(c.upTo(math.MaxUint16))
	}
	if mask&msgSize != 0 {
		m.Size = uint32(c.upTo(math.MaxUint32))
	}
}
