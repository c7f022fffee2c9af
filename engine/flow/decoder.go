package flow

import (
	"errors"
	"fmt"
)

// Decoder takes a stream apart as its bytes come in. Set the callbacks before
// the first Feed. It is not safe for concurrent use.
type Decoder struct {
	// OnHeader is called for the header.
	OnHeader func(Header)
	// OnSnapshot is called before the events of a snapshot, which restate everything: what was folded before is void.
	OnSnapshot func(index uint64)
	// OnStatus gets a status document; the bytes are valid during the call only.
	OnStatus func(doc []byte)

	sink    Sink
	rec     *RecordReader
	names   *Names
	buf     []byte // the beginning of a block whose rest has not come yet
	offset  int64  // of the next block
	opened  bool
	header  Header
	segment uint64
	batch   uint64
	events  uint64
	synced  bool // a segment or dictionary has been seen, so batches can be read
	failed  error

	ev  Event
	msg Message
}

// NewDecoder returns a decoder that interns into names and emits into sink.
func NewDecoder(names *Names, sink Sink) *Decoder {
	return &Decoder{names: names, sink: sink, rec: NewRecordReader(names)}
}

// Events returns the index of the next event in the stream.
func (d *Decoder) Events() uint64 { return d.events }

// Header returns the stream's header, the zero one before it came.
func (d *Decoder) Header() Header { return d.header }

// Partial reports whether the input so far ends inside a block.
func (d *Decoder) Partial() bool { return len(d.buf) > 0 }

// Feed takes the next bytes, cut anywhere. All whole blocks are decoded; the
// rest waits for the next call. An error is a *[FormatError]; after one, every
// later Feed returns it again, since a gap must not be bridged silently.
func (d *Decoder) Feed(p []byte) error {
	if d.failed != nil {
		return d.failed
	}
	src := p
	if len(d.buf) > 0 {
		d.buf = append(d.buf, p...)
		src = d.buf
	}
	used, err := d.blocks(src)
	d.offset += int64(used)
	if err != nil {
		d.failed = err
		d.buf = nil
		return err
	}
	d.buf = append(d.buf[:0], src[used:]...)
	return nil
}

func (d *Decoder) blocks(src []byte) (used int, err error) {
	for {
		if !d.opened {
			n, err := checkMagic(src)
			if err != nil {
				return used, &FormatError{Offset: d.offset, Err: err}
			}
			if n == 0 {
				return used, nil
			}
			d.opened = true
			used += n
		}
		t, payload, n, err := splitBlock(src[used:])
		if err == nil && n == 0 || err == nil && len(src)-used < n {
			return used, nil
		}
		if err == nil {
			err = d.block(t, payload)
		}
		if err != nil {
			return used, formatError(d.offset+int64(used), t, err)
		}
		used += n
	}
}

func formatError(offset int64, t BlockType, err error) error {
	fe := &FormatError{Offset: offset, Block: t, Err: err}
	for _, s := range []error{ErrMalformed, ErrGap, ErrChecksum, ErrTruncated, ErrVersion} {
		if errors.Is(err, s) && err != s {
			fe.Detail = err.Error()[len(s.Error()):]
			for len(fe.Detail) > 0 && (fe.Detail[0] == ':' || fe.Detail[0] == ' ') {
				fe.Detail = fe.Detail[1:]
			}
			fe.Err = s
		}
	}
	return fe
}

// checkMagic returns the magic's length, or 0 while too little has come to tell.
func checkMagic(src []byte) (int, error) {
	fixed := len(Magic) - 1
	for i := 0; i < min(len(src), fixed); i++ {
		if src[i] != Magic[i] {
			return 0, ErrNotFlow
		}
	}
	if len(src) < len(Magic) {
		return 0, nil
	}
	if src[fixed] != Magic[fixed] {
		return 0, fmt.Errorf("%w: it has version %d, this program reads %d; use the rpcscope that wrote it, or record again", ErrVersion, src[fixed], Magic[fixed])
	}
	return len(Magic), nil
}

func (d *Decoder) block(t BlockType, payload []byte) error {
	switch t {
	case BlockHeader:
		h, err := readHeader(payload)
		if err != nil {
			return err
		}
		d.header = h
		if d.OnHeader != nil {
			d.OnHeader(h)
		}
		return nil
	case BlockSegment:
		return d.startSegment(payload)
	case BlockBatch:
		return d.readBatch(payload)
	case BlockDict:
		return d.readDict(payload)
	case BlockSnapshot:
		return d.readSnapshot(payload)
	case BlockStatus:
		if d.OnStatus != nil {
			d.OnStatus(payload)
		}
		return nil
	}
	// An index is for readers who seek; unknown types come from later versions and may be passed over.
	return nil
}

func (d *Decoder) startSegment(payload []byte) error {
	c := cursor{src: payload}
	segment, first, at := c.uvarint(), c.uvarint(), c.varint()
	if c.bad {
		return fmt.Errorf("%w: the segment's start is cut", ErrMalformed)
	}
	if d.synced && (first != d.events || segment != d.segment+1) {
		return fmt.Errorf("%w: segment %d starts at event %d, expected segment %d at event %d", ErrGap, segment, first, d.segment+1, d.events)
	}
	d.rec.Reset()
	d.rec.lastAt = at
	d.segment, d.batch, d.events, d.synced = segment, 0, first, true
	return nil
}

// batchHead is what precedes the events of a batch.
type batchHead struct {
	segment, batch, first, known uint64
	at                           int64
	msg, count                   uint64
}

func readBatchHead(c *cursor) (h batchHead, err error) {
	h = batchHead{segment: c.uvarint(), batch: c.uvarint(), first: c.uvarint(), known: c.uvarint()}
	h.at, h.msg, h.count = c.varint(), c.uvarint(), c.uvarint()
	if c.bad || h.count > SegmentEvents {
		return h, fmt.Errorf("%w: a batch's head is cut or claims %d events", ErrMalformed, h.count)
	}
	return h, nil
}

func (d *Decoder) readBatch(payload []byte) error {
	c := cursor{src: payload}
	h, err := readBatchHead(&c)
	if err != nil {
		return err
	}
	if !d.follows(&h) {
		return fmt.Errorf("%w: got batch %d of segment %d at event %d, expected batch %d of segment %d at event %d", ErrGap, h.batch, h.segment, h.first, d.batch, d.segment, d.events)
	}
	d.rec.lastAt, d.rec.lastMsg = h.at, MsgID(h.msg)
	d.batch++
	return d.readEvents(d.rec, payload[c.pos:], h.count, true)
}

func (d *Decoder) readEvents(rec *RecordReader, src []byte, count uint64, counted bool) error {
	for i := uint64(0); i < count; i++ {
		n, with, err := rec.Read(src, &d.ev, &d.msg)
		if err != nil {
			return fmt.Errorf("%w (event %d of %d in this block)", err, i+1, count)
		}
		src = src[n:]
		if counted {
			d.events++
		}
		if with {
			d.sink.Emit(&d.ev, &d.msg)
		} else {
			d.sink.Emit(&d.ev, nil)
		}
	}
	if len(src) > 0 {
		return fmt.Errorf("%w: %d bytes follow the last event of a block", ErrMalformed, len(src))
	}
	return nil
}

func (d *Decoder) readDict(payload []byte) error {
	c := cursor{src: payload}
	segment, batch, events, count := c.uvarint(), c.uvarint(), c.uvarint(), c.uvarint()
	if c.bad || count > uint64(c.left()) {
		return fmt.Errorf("%w: the dictionary is cut", ErrMalformed)
	}
	d.rec.Reset()
	for range count {
		b := c.text()
		if c.bad {
			return fmt.Errorf("%w: the dictionary is cut", ErrMalformed)
		}
		d.rec.dict = append(d.rec.dict, d.names.InternBytes(b))
	}
	d.segment, d.batch, d.events, d.synced = segment, batch, events, true
	return nil
}

func (d *Decoder) readSnapshot(payload []byte) error {
	c := cursor{src: payload}
	index, count := c.uvarint(), c.uvarint()
	if c.bad {
		return fmt.Errorf("%w: the snapshot's head is cut", ErrMalformed)
	}
	if d.OnSnapshot != nil {
		d.OnSnapshot(index)
	}
	return d.readEvents(NewRecordReader(d.names), payload[c.pos:], count, false)
}
