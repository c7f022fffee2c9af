package flow

import (
	"encoding/binary"
	"slices"
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

// most is more bytes than any event with its message takes, but for the texts of names that are spelled.
const most = 256

// Append appends e, and m unless it is nil.
func (w *RecordWriter) Append(dst []byte, e *Event, m *Message) []byte {
	// All that is encoded passes here. In WebAssembly a slice costs six words of memory on its way into
	// a function and out again: what is short is written by index into room that is made once. What the
	// mask says is known once the fields are written, how long it is before.
	b, i := room(dst)
	b[i] = byte(e.Kind)
	at, mask, size := i+1, uint32(0), e.maskLen(m)
	i = put(b, at+size, zigzag(e.At-w.lastAt))
	w.lastAt = e.At
	if e.Msg != 0 {
		mask |= hasMsg
		i = put(b, i, zigzag(int64(e.Msg-w.lastMsg)))
		w.lastMsg = e.Msg
	}
	if e.Flags != 0 {
		mask |= hasFlags
		i = put(b, i, uint64(e.Flags))
	}
	// As eventNames. One branch for each, not a loop: which are there depends on the kind, and a loop forgets which it was.
	if e.VHost != 0 {
		mask |= hasVHost
		if id, ok := w.number(e.VHost); ok {
			i = put(b, i, id)
		} else {
			b, i = w.spell(b, i, e.VHost)
		}
	}
	if e.Conn != 0 {
		mask |= hasConn
		if id, ok := w.number(e.Conn); ok {
			i = put(b, i, id)
		} else {
			b, i = w.spell(b, i, e.Conn)
		}
	}
	if e.Exchange != 0 {
		mask |= hasExchange
		if id, ok := w.number(e.Exchange); ok {
			i = put(b, i, id)
		} else {
			b, i = w.spell(b, i, e.Exchange)
		}
	}
	if e.Queue != 0 {
		mask |= hasQueue
		if id, ok := w.number(e.Queue); ok {
			i = put(b, i, id)
		} else {
			b, i = w.spell(b, i, e.Queue)
		}
	}
	if e.Key != 0 {
		mask |= hasKey
		if id, ok := w.number(e.Key); ok {
			i = put(b, i, id)
		} else {
			b, i = w.spell(b, i, e.Key)
		}
	}
	if e.Process != 0 {
		mask |= hasProcess
		if id, ok := w.number(e.Process); ok {
			i = put(b, i, id)
		} else {
			b, i = w.spell(b, i, e.Process)
		}
	}
	if e.Label != 0 {
		mask |= hasLabel
		if id, ok := w.number(e.Label); ok {
			i = put(b, i, id)
		} else {
			b, i = w.spell(b, i, e.Label)
		}
	}
	if size == 3 {
		if e.Tag != 0 {
			mask |= hasTag
			if id, ok := w.number(e.Tag); ok {
				i = put(b, i, id)
			} else {
				b, i = w.spell(b, i, e.Tag)
			}
		}
		if e.Text != 0 {
			mask |= hasText
			if id, ok := w.number(e.Text); ok {
				i = put(b, i, id)
			} else {
				b, i = w.spell(b, i, e.Text)
			}
		}
		if e.Args != 0 {
			mask |= hasArgs
			if id, ok := w.number(e.Args); ok {
				i = put(b, i, id)
			} else {
				b, i = w.spell(b, i, e.Args)
			}
		}
	}
	if e.Value != 0 {
		mask |= hasValue
		i = put(b, i, zigzag(e.Value))
	}
	if e.Channel != 0 {
		mask |= hasChannel
		i = put(b, i, uint64(e.Channel))
	}
	if e.Class != 0 {
		mask |= hasClass
		b[i] = byte(e.Class)
		i++
	}
	if !e.RPC.zero() {
		mask |= hasRPC
		i += copy(b[i:], e.RPC[:])
	}
	if e.Count != 0 {
		mask |= hasCount
		i = put(b, i, uint64(e.Count))
	}
	if m != nil {
		mask |= hasMessage
	}
	if size == 2 {
		b[at], b[at+1] = byte(mask)|0x80, byte(mask>>7)
	} else {
		put(b, at, uint64(mask))
	}
	if m != nil {
		return w.message(b[:i], m)
	}
	return b[:i]
}

// maskLen is how many bytes the mask of e takes, with a message or without.
func (e *Event) maskLen(m *Message) int {
	switch {
	case e.Tag|e.Text|e.Args|Name(e.Count) != 0: // bits from the 14th on
		return 3
	case m != nil || e.Process|e.Label|Name(e.Channel)|Name(e.Class) != 0 || e.Value != 0 || !e.RPC.zero(): // from the 7th on
		return 2
	}
	return 1
}

// room makes sure that an event can be written behind dst; i is where.
func room(dst []byte) (b []byte, i int) {
	i = len(dst)
	if cap(dst)-i < most {
		dst = slices.Grow(dst, most)
	}
	return dst[:i+most], i
}

// put writes an unsigned varint at b[i] and returns where the next field goes.
func put(b []byte, i int, v uint64) int {
	if v < 0x80 {
		b[i] = byte(v)
		return i + 1
	}
	return putLong(b, i, v)
}

//go:noinline
func putLong(b []byte, i int, v uint64) int {
	if v < 1<<14 {
		b[i], b[i+1] = byte(v)|0x80, byte(v>>7)
		return i + 2
	}
	for v >= 0x80 {
		b[i] = byte(v) | 0x80
		v >>= 7
		i++
	}
	b[i] = byte(v)
	return i + 1
}

// zigzag maps numbers that are small, whatever their sign, to small ones: the signed varint of encoding/binary.
func zigzag(v int64) uint64 { return uint64(v<<1) ^ uint64(v>>63) }

// number is that of a name in this dictionary, if it has one.
func (w *RecordWriter) number(n Name) (id uint64, ok bool) {
	if int(n) < len(w.local) && w.local[n].gen == w.gen {
		return uint64(w.local[n].id), true
	}
	return 0, false
}

// spell numbers a name that the dictionary lacks, and writes it out.
//
//go:noinline
func (w *RecordWriter) spell(b []byte, i int, n Name) ([]byte, int) {
	if int(n) >= len(w.local) {
		w.local = append(w.local, make([]localName, int(n)+1-len(w.local)+256)...)
	}
	w.local[n] = localName{w.gen, uint32(len(w.order))}
	i = put(b, i, uint64(len(w.order)))
	w.order = append(w.order, n)
	return room(appendText(b[:i], w.names.Text(n)))
}

func (w *RecordWriter) message(dst []byte, m *Message) []byte {
	mask := m.mask()
	b, i := room(dst)
	b[i] = byte(m.Class)
	i = put(b, i+1, uint64(mask))
	if mask&msgNames != 0 {
		b, i = w.messageNames(b, i, m)
	}
	if mask&msgRPC != 0 {
		i += copy(b[i:], m.RPC[:])
	}
	if mask&msgUnique != 0 {
		i += copy(b[i:], m.UniqueID[:])
	}
	if mask&msgExpiration != 0 {
		i = put(b, i, zigzag(m.Expiration))
	}
	if mask&msgFacts != 0 {
		i = put(b, i, uint64(m.Facts))
	}
	if mask&msgSize != 0 {
		i = put(b, i, uint64(m.Size))
	}
	return b[:i]
}

// messageNames writes the names of a message, as names of a reader.
func (w *RecordWriter) messageNames(b []byte, i int, m *Message) ([]byte, int) {
	for _, n := range [...]Name{
		m.Method, m.ReplyQueue, m.Exchange, m.Key, m.Props, m.Context,
		m.Version, m.Namespace, m.Preview, m.EventType, m.Priority, m.FailureClass,
	} {
		if n == 0 {
			continue
		}
		if id, ok := w.number(n); ok {
			i = put(b, i, id)
		} else {
			b, i = w.spell(b, i, n)
		}
	}
	return b, i
}

func (m *Message) mask() (bits uint32) {
	if !m.RPC.zero() {
		bits |= msgRPC
	}
	if !m.UniqueID.zero() {
		bits |= msgUnique
	}
	if m.Expiration != -1 {
		bits |= msgExpiration
	}
	if m.Method != 0 {
		bits |= msgMethod
	}
	if m.ReplyQueue != 0 {
		bits |= msgReplyQueue
	}
	if m.Facts != 0 {
		bits |= msgFacts
	}
	if m.Size != 0 {
		bits |= msgSize
	}
	if m.Exchange != 0 {
		bits |= msgExchange
	}
	if m.Key != 0 {
		bits |= msgKey
	}
	if m.Props != 0 {
		bits |= msgProps
	}
	if m.Context != 0 {
		bits |= msgContext
	}
	if m.Version != 0 {
		bits |= msgVersion
	}
	if m.Namespace != 0 {
		bits |= msgNamespace
	}
	if m.Preview != 0 {
		bits |= msgPreview
	}
	if m.EventType != 0 {
		bits |= msgEventType
	}
	if m.Priority != 0 {
		bits |= msgPriority
	}
	if m.FailureClass != 0 {
		bits |= msgFailureClass
	}
	return bits
}

// zero reports whether there is no id: as two numbers, for a comparison of bytes is a call.
func (id *ID) zero() bool {
	return binary.LittleEndian.Uint64(id[:8])|binary.LittleEndian.Uint64(id[8:]) == 0
}
