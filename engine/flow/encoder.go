package flow

import "encoding/binary"

// Encoder makes the blocks of a stream: for a connection, where each viewer
// gets [Encoder.Hello], a snapshot, [Encoder.Join] and from then on what every
// [Encoder.Flush] returns; and for a file, through [Writer]. It encodes once
// for all viewers. It is not safe for concurrent use.
type Encoder struct {
	names   *Names
	header  Header
	rec     *RecordWriter
	segment uint64
	batch   uint64 // number of the pending batch in its segment
	events  uint64 // events emitted so far
	inSeg   int    // events in the current segment, pending ones included
	pending int
	known   int // names known before the pending batch
	baseAt  int64
	baseMsg MsgID
	body    []byte // events of the pending batch
	payload []byte
	out     []byte // finished blocks that Flush has not handed out yet
	flushed bool   // out was handed out
	onStart func(segment, firstEvent uint64, at int64)
}

// NewEncoder returns an encoder of events whose names belong to names.
func NewEncoder(names *Names, h Header) *Encoder {
	return &Encoder{names: names, header: h, rec: NewRecordWriter(names)}
}

// Hello returns what opens a connection. The caller owns it.
func (e *Encoder) Hello() []byte { return AppendHello(nil, e.header) }

// Events returns how many events were emitted.
func (e *Encoder) Events() uint64 { return e.events }

// Pending returns how many emitted events no Flush has returned yet, those of the open batch only.
func (e *Encoder) Pending() int { return e.pending }

// PendingBytes returns about how many bytes the next Flush will return.
func (e *Encoder) PendingBytes() int {
	if e.flushed {
		return len(e.body)
	}
	return len(e.out) + len(e.body)
}

// Emit implements [Sink]. It allocates only while its buffers grow.
func (e *Encoder) Emit(ev *Event, m *Message) {
	if e.inSeg == SegmentEvents || e.segment == 0 {
		e.closeBatch()
		e.startSegment(ev.At)
	}
	if len(e.body) > MaxBlock/2 {
		e.closeBatch()
	}
	if e.pending == 0 {
		e.known, e.baseAt, e.baseMsg = e.rec.NamesKnown(), e.rec.lastAt, e.rec.lastMsg
	}
	e.body = e.rec.Append(e.body, ev, m)
	e.pending++
	e.inSeg++
	e.events++
}

func (e *Encoder) reuse() {
	if e.flushed {
		e.out, e.flushed = e.out[:0], false
	}
}

func (e *Encoder) startSegment(at int64) {
	e.reuse()
	e.segment++
	e.batch, e.inSeg = 0, 0
	e.rec.Reset()
	e.rec.lastAt = at
	if e.onStart != nil {
		e.onStart(e.segment, e.events, at)
	}
	p := binary.AppendUvarint(e.payload[:0], e.segment)
	p = binary.AppendUvarint(p, e.events)
	e.payload = binary.AppendVarint(p, at)
	e.out = appendBlock(e.out, BlockSegment, e.payload)
}

// closeBatch moves the pending events into out. The batch repeats where its
// deltas start, so that a viewer who joined needs nothing but the dictionary.
func (e *Encoder) closeBatch() {
	if e.pending == 0 {
		return
	}
	e.reuse()
	p := binary.AppendUvarint(e.payload[:0], e.segment)
	p = binary.AppendUvarint(p, e.batch)
	p = binary.AppendUvarint(p, e.events-uint64(e.pending))
	p = binary.AppendUvarint(p, uint64(e.known))
	p = binary.AppendVarint(p, e.baseAt)
	p = binary.AppendUvarint(p, uint64(e.baseMsg))
	p = binary.AppendUvarint(p, uint64(e.pending))
	e.payload = append(p, e.body...)
	e.out = appendBlock(e.out, BlockBatch, e.payload)
	e.batch++
	e.pending, e.body = 0, e.body[:0]
}

// Flush closes the open batch and returns all blocks since the last Flush, nil
// when there are none. The bytes are valid until the next call of Emit or Flush.
func (e *Encoder) Flush() []byte {
	e.closeBatch()
	if e.flushed || len(e.out) == 0 {
		return nil
	}
	e.flushed = true
	return e.out
}

// Join returns what a viewer needs, after Hello, to understand the next batch:
// the current segment's dictionary. Call it right after Flush. The caller owns
// the bytes.
func (e *Encoder) Join() []byte {
	p := binary.AppendUvarint(nil, e.segment)
	p = binary.AppendUvarint(p, e.batch)
	p = binary.AppendUvarint(p, e.events)
	p = binary.AppendUvarint(p, uint64(len(e.rec.order)))
	for _, n := range e.rec.order {
		p = appendText(p, e.names.Text(n))
	}
	return appendBlock(nil, BlockDict, p)
}

// AppendSnapshot appends a snapshot block of the events that fill emits into
// the sink it is given; index is how many events of the stream it replaces.
func AppendSnapshot(dst []byte, names *Names, index uint64, fill func(Sink)) []byte {
	rec := NewRecordWriter(names)
	var body []byte
	count := uint64(0)
	fill(SinkFunc(func(e *Event, m *Message) {
		body = rec.Append(body, e, m)
		count++
	}))
	p := binary.AppendUvarint(nil, index)
	p = binary.AppendUvarint(p, count)
	return appendBlock(dst, BlockSnapshot, append(p, body...))
}
