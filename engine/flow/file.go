package flow

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
)

// A Writer gathers that much before it writes a batch: little at first, so that a short recording that is cut
// shows all but its last part, then up to maxFlush, a quarter of what is written.
const (
	minFlush = 1 << 10
	maxFlush = 64 << 10
)

// Writer writes a recording. It is a [Sink]; an error of the underlying writer
// stops it and is returned by [Writer.Flush] and [Writer.Close].
type Writer struct {
	enc   *Encoder
	w     io.Writer
	at    int64 // bytes handed to enc.out or written
	err   error
	index []indexEntry
	// lastAt and firstAt of the events written, for the index.
	lastAt int64
}

type indexEntry struct {
	segment, first uint64
	at             int64
	offset         int64
}

// NewWriter writes the opening of a recording to w. The caller closes w itself, after [Writer.Close].
func NewWriter(w io.Writer, names *Names, h Header) *Writer {
	f := &Writer{enc: NewEncoder(names, h), w: w}
	f.enc.onStart = func(segment, first uint64, at int64) {
		// The segment's block follows what is gathered now.
		f.index = append(f.index, indexEntry{segment, first, at, f.at + int64(len(f.enc.out))})
	}
	f.write(f.enc.Hello())
	return f
}

func (f *Writer) write(p []byte) {
	if f.err != nil || len(p) == 0 {
		return
	}
	n, err := f.w.Write(p)
	f.at += int64(n)
	f.err = err
}

// Emit implements [Sink].
func (f *Writer) Emit(e *Event, m *Message) {
	f.enc.Emit(e, m)
	f.lastAt = e.At
	if int64(f.enc.PendingBytes()) >= max(minFlush, min(maxFlush, f.at/4)) {
		f.write(f.enc.Flush())
	}
}

// Events returns how many events were emitted.
func (f *Writer) Events() uint64 { return f.enc.Events() }

// Flush writes what was gathered.
func (f *Writer) Flush() error {
	f.write(f.enc.Flush())
	return f.err
}

// Close writes the rest and the index. A recording without index, cut short by a crash, can be read as well.
func (f *Writer) Close() error {
	if f.Flush() != nil {
		return f.err
	}
	p := binary.AppendUvarint(nil, f.enc.Events())
	p = binary.AppendVarint(p, f.lastAt)
	p = binary.AppendUvarint(p, uint64(len(f.index)))
	for _, e := range f.index {
		p = binary.AppendUvarint(p, e.segment)
		p = binary.AppendUvarint(p, e.first)
		p = binary.AppendVarint(p, e.at)
		p = binary.AppendUvarint(p, uint64(e.offset))
	}
	f.write(appendBlock(nil, BlockIndex, p))
	return f.err
}

// Reader reads a recording event by event.
type Reader struct {
	r       *bufio.Reader
	dec     *Decoder
	offset  int64 // of the next block
	blockAt int64 // offset and type of the block whose events are being read
	block   BlockType
	payload []byte
	events  []byte // of the block being read
	left    uint64
	rec     *RecordReader
	batch   bool
	done    error
	indexed bool
	cut     error // the recording ends in the block being read, of which this much is there
}

// NewReader reads the opening of a recording. Names are interned into names.
func NewReader(r io.Reader, names *Names) (*Reader, error) {
	f := &Reader{r: bufio.NewReaderSize(r, 64<<10), dec: NewDecoder(names, nil)}
	head, err := f.r.Peek(len(Magic))
	if n, merr := checkMagic(head); merr != nil || n == 0 {
		if merr == nil {
			merr = ErrNotFlow
			if err != nil && !errors.Is(err, io.EOF) {
				merr = err
			}
		}
		return nil, formatError(0, 0, merr)
	}
	_, _ = f.r.Discard(len(Magic))
	f.offset = int64(len(Magic))
	t, err := f.nextBlock()
	if err == nil && t == BlockHeader {
		err = f.dec.block(t, f.payload)
	} else if err == nil || errors.Is(err, io.EOF) {
		err = fmt.Errorf("%w: the header is missing", ErrMalformed)
	}
	if err != nil {
		return nil, asFormatError(f.offset, t, err)
	}
	return f, nil
}

func asFormatError(offset int64, t BlockType, err error) error {
	var fe *FormatError
	if errors.As(err, &fe) {
		return err
	}
	return formatError(offset, t, err)
}

// Header returns the recording's header.
func (f *Reader) Header() Header { return f.dec.header }

// Complete reports whether the closing index was read: false for a recording that was cut short.
func (f *Reader) Complete() bool { return f.indexed }

// nextBlock reads one block into f.payload. The buffer grows with what is really there, never with what a length claims.
func (f *Reader) nextBlock() (BlockType, error) {
	start := f.offset
	tb, err := f.r.ReadByte()
	if err != nil {
		return 0, io.EOF
	}
	t := BlockType(tb)
	raw := []byte{tb}
	for {
		b, err := f.r.ReadByte()
		if err != nil {
			return t, &FormatError{Offset: start, Block: t, Err: ErrTruncated}
		}
		raw = append(raw, b)
		if b < 0x80 {
			break
		}
		if len(raw) > binary.MaxVarintLen64 {
			return t, &FormatError{Offset: start, Block: t, Err: ErrMalformed, Detail: "a length that never ends"}
		}
	}
	size, _ := binary.Uvarint(raw[1:])
	if size > MaxBlock {
		return t, &FormatError{Offset: start, Block: t, Err: ErrMalformed, Detail: fmt.Sprintf("a block claims %d bytes, more than the %d allowed", size, MaxBlock)}
	}
	buf := append(f.payload[:0], raw...)
	for want := len(raw) + int(size) + 4; len(buf) < want; {
		step := min(want-len(buf), 64<<10)
		at := len(buf)
		buf = append(buf, make([]byte, step)...)
		if n, err := io.ReadFull(f.r, buf[at:]); err != nil {
			f.payload = buf[len(raw):min(at+n, len(raw)+int(size))]
			return t, &FormatError{Offset: start, Block: t, Err: ErrTruncated}
		}
	}
	_, payload, n, err := splitBlock(buf)
	if err != nil {
		return t, formatError(start, t, err)
	}
	f.offset += int64(n)
	f.payload = payload
	return t, nil
}

// Next reads the next event into e, and into m when with is true. At the end
// err is io.EOF; a *[FormatError] says where a damaged recording stops.
func (f *Reader) Next(e *Event, m *Message) (with bool, err error) {
	if f.done != nil {
		return false, f.done
	}
	for f.left == 0 {
		if err := f.open(); err != nil {
			f.done = err
			return false, err
		}
	}
	n, with, err := f.rec.Read(f.events, e, m)
	if f.cut != nil && (err != nil || n > len(f.events)) {
		f.done = f.cut
		return false, f.done
	}
	if err != nil {
		f.done = formatError(f.blockAt, f.block, err)
		return false, f.done
	}
	f.events = f.events[n:]
	f.left--
	if f.batch {
		f.dec.events++
	}
	if f.left == 0 && len(f.events) > 0 {
		f.done = formatError(f.blockAt, f.block, fmt.Errorf("%w: bytes follow the last event of a block", ErrMalformed))
	}
	return with, nil
}

// open reads blocks until one holds events.
func (f *Reader) open() error {
	if f.cut != nil {
		return f.cut
	}
	at := f.offset
	f.payload = f.payload[:0]
	t, err := f.nextBlock()
	if err != nil {
		return f.salvage(t, err)
	}
	c := cursor{src: f.payload}
	switch t {
	case BlockBatch:
		h, err := readBatchHead(&c)
		if err != nil {
			return formatError(at, t, err)
		}
		d := f.dec
		if !d.follows(&h) {
			return &FormatError{Offset: at, Block: t, Err: ErrGap, Detail: fmt.Sprintf("batch %d of segment %d", h.batch, h.segment)}
		}
		d.rec.lastAt, d.rec.lastMsg = h.at, MsgID(h.msg)
		d.batch++
		f.rec, f.left, f.batch = d.rec, h.count, true
	case BlockSnapshot:
		_, count := c.uvarint(), c.uvarint()
		if c.bad {
			return &FormatError{Offset: at, Block: t, Err: ErrMalformed}
		}
		f.rec, f.left, f.batch = NewRecordReader(f.dec.names), count, false
	case BlockIndex:
		f.indexed = true
		return nil
	default:
		if err := f.dec.block(t, f.payload); err != nil {
			return formatError(at, t, err)
		}
		return nil
	}
	f.blockAt, f.block = at, t
	f.events = f.payload[c.pos:]
	return nil
}

// salvage opens a batch that came in part only, as [Decoder.Salvage] does: its events are read up to the cut, and err comes after them.
func (f *Reader) salvage(t BlockType, err error) error {
	c := cursor{src: f.payload}
	if t != BlockBatch || !errors.Is(err, ErrTruncated) {
		return err
	}
	h, bad := readBatchHead(&c)
	if bad != nil || !f.dec.follows(&h) || h.count == 0 {
		return err
	}
	f.dec.rec.lastAt, f.dec.rec.lastMsg = h.at, MsgID(h.msg)
	f.rec, f.left, f.batch = f.dec.rec, h.count, true
	f.events, f.cut = f.payload[c.pos:], err
	return nil
}
