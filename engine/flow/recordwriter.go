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
	mask := e.mask()
	if m != nil {
		mask |= hasMessage
	}
	// All that is encoded passes here. In WebAssembly a slice costs six words of memory on its way into
	// a function and out again: what is short is written by index into room that is made once.
	b, i := room(dst)
	b[i] = byte(e.Kind)
	i = put(b, i+1, uint64(mask))
	i = put(b, i, zigzag(e.At-w.lastAt))
	w.lastAt = e.At
	if mask&hasMsg != 0 {
		i = put(b, i, zigzag(int64(e.Msg-w.lastMsg)))
		w.lastMsg = e.Msg
	}
	if mask&hasFlags != 0 {
		i = put(b, i, uint64(e.Flags))
	}
	for _, n := range [...]Name{e.VHost, e.Conn, e.Exchange, e.Queue, e.Key, e.Process, e.Label, e.Tag, e.Text, e.Args} { // as eventNames
		if n == 0 {
			continue
		}
		if int(n) < len(w.local) && w.local[n].gen == w.gen {
			i = put(b, i, uint64(w.local[n].id))
		} else {
			b, i = room(w.spell(b[:i], n))
		}
	}
	if mask&hasValue != 0 {
		i = put(b, i, zigzag(e.Value))
	}
	if mask&hasChannel != 0 {
		i = put(b, i, uint64(e.Channel))
	}
	if mask&hasClass != 0 {
		b[i] = byte(e.Class)
		i++
	}
	if mask&hasRPC != 0 {
		i += copy(b[i:], e.RPC[:])
	}
	if mask&hasCount != 0 {
		i = put(b, i, uint64(e.Count))
	}
	if m != nil {
		return w.message(b[:i], m)
	}
	return b[:i]
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

// spell numbers a name that the dictionary lacks, and writes it out.
//
//go:noinline
func (w *RecordWriter) spell(dst []byte, n Name) []byte {
	if int(n) >= len(w.local) {
		w.local = append(w.local, make([]localName, int(n)+1-len(w.local)+256)...)
	}
	w.local[n] = localName{w.gen, uint32(len(w.order))}
	dst = binary.AppendUvarint(dst, uint64(len(w.order)))
	w.order = append(w.order, n)
	return appendText(dst, w.names.Text(n))
}

func (w *RecordWriter) message(dst []byte, m *Message) []byte {
	mask := m.mask()
	b, i := room(dst)
	b[i] = byte(m.Class)
	i = put(b, i+1, uint64(mask))
	for _, n := range [...]Name{ // as names
		m.Method, m.ReplyQueue, m.Exchange, m.Key, m.Props, m.Context,
		m.Version, m.Namespace, m.Preview, m.EventType, m.Priority, m.FailureClass,
	} {
		if n == 0 {
			continue
		}
		if int(n) < len(w.local) && w.local[n].gen == w.gen {
			i = put(b, i, uint64(w.local[n].id))
		} else {
			b, i = room(w.spell(b[:i], n))
		}
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

func (e *Event) mask() (bits uint32) {
	if e.Msg != 0 {
		bits |= hasMsg
	}
	if e.Flags != 0 {
		bits |= hasFlags
	}
	if e.VHost != 0 {
		bits |= hasVHost
	}
	if e.Conn != 0 {
		bits |= hasConn
	}
	if e.Exchange != 0 {
		bits |= hasExchange
	}
	if e.Queue != 0 {
		bits |= hasQueue
	}
	if e.Key != 0 {
		bits |= hasKey
	}
	if e.Process != 0 {
		bits |= hasProcess
	}
	if e.Value != 0 {
		bits |= hasValue
	}
	if e.Channel != 0 {
		bits |= hasChannel
	}
	if e.Class != 0 {
		bits |= hasClass
	}
	if !e.RPC.zero() {
		bits |= hasRPC
	}
	if e.Label != 0 {
		bits |= hasLabel
	}
	if e.Tag != 0 {
		bits |= hasTag
	}
	if e.Text != 0 {
		bits |= hasText
	}
	if e.Args != 0 {
		bits |= hasArgs
	}
	if e.Count != 0 {
		bits |= hasCount
	}
	return bits
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
