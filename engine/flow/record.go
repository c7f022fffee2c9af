package flow

import (
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

	msgNames = msgMethod | msgReplyQueue | msgExchange | msgKey | msgProps | msgContext |
		msgVersion | msgNamespace | msgPreview | msgEventType | msgPriority | msgFailureClass
)

// eventNames lists the bits of an event's name fields in the order in which they are written.
var eventNames = [...]uint32{hasVHost, hasConn, hasExchange, hasQueue, hasKey, hasProcess, hasLabel, hasTag, hasText, hasArgs}

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
