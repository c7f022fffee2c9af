package flow

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
)

// The wire and the file are the same: [Magic], then blocks. A block is its type
// (one byte), the length of its payload (uvarint), the payload, and a CRC-32C
// of all of that (four bytes, little-endian).
const (
	// Magic opens every file and every connection. Its last byte is the format version.
	Magic = "rpcflow\x01"
	// SegmentEvents is the most events that share one dictionary.
	SegmentEvents = 64 << 10
	// MaxBlock bounds a payload in bytes; a reader refuses more.
	MaxBlock = 16 << 20
	// MaxText bounds an interned text in bytes; a writer shortens more.
	MaxText = 64<<10 - 1
	// MaxNames bounds a segment's dictionary.
	MaxNames = 1 << 22
)

// BlockType says what a block holds. The numbers are part of the format.
type BlockType byte

// The block types.
const (
	// BlockHeader is the [Header].
	BlockHeader BlockType = iota + 1
	// BlockSegment starts a segment: its number and the index of its first event. Dictionary and deltas start anew.
	BlockSegment
	// BlockBatch is events of the current segment.
	BlockBatch
	// BlockDict is the current segment's dictionary, for a viewer who joins in its middle.
	BlockDict
	// BlockSnapshot is events that restate what exists; it stands alone.
	BlockSnapshot
	// BlockStatus is a JSON document about the source, outside the stream.
	BlockStatus
	// BlockIndex closes a file: where its segments begin.
	BlockIndex
)

var blockNames = [...]string{"?", "header", "segment", "batch", "dictionary", "snapshot", "status", "index"}

// String returns the block type's name.
func (b BlockType) String() string {
	if int(b) < len(blockNames) && b > 0 {
		return blockNames[b]
	}
	return fmt.Sprintf("block type %d", byte(b))
}

// What a [FormatError] wraps.
var (
	// ErrNotFlow: the input does not begin with [Magic].
	ErrNotFlow = errors.New("this is not an rpcscope recording")
	// ErrVersion: the input was written in another version of the format.
	ErrVersion = errors.New("another version of the format")
	// ErrTruncated: the input ends in the middle of a block.
	ErrTruncated = errors.New("the recording ends in the middle of a block")
	// ErrChecksum: a block's checksum does not fit its content.
	ErrChecksum = errors.New("the checksum does not match")
	// ErrMalformed: a block's content makes no sense.
	ErrMalformed = errors.New("malformed content")
	// ErrGap: a batch is missing before this one.
	ErrGap = errors.New("a batch is missing")
)

// FormatError says where an input went wrong. Everything before Offset was read and delivered.
type FormatError struct {
	// Offset of the block that could not be read, in bytes from the start of the input.
	Offset int64
	Block  BlockType
	Detail string
	Err    error
}

// Error implements error.
func (e *FormatError) Error() string {
	s := fmt.Sprintf("at byte %d", e.Offset)
	if e.Block != 0 {
		s += " (" + e.Block.String() + ")"
	}
	s += ": " + e.Err.Error()
	if e.Detail != "" {
		s += ": " + e.Detail
	}
	return s
}

// Unwrap returns the sentinel.
func (e *FormatError) Unwrap() error { return e.Err }

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// appendBlock frames payload.
func appendBlock(dst []byte, t BlockType, payload []byte) []byte {
	start := len(dst)
	dst = append(dst, byte(t))
	dst = binary.AppendUvarint(dst, uint64(len(payload)))
	dst = append(dst, payload...)
	return binary.LittleEndian.AppendUint32(dst, crc32.Checksum(dst[start:], castagnoli))
}

// splitBlock takes one block off src. n is 0 when src holds only its beginning.
func splitBlock(src []byte) (t BlockType, payload []byte, n int, err error) {
	if len(src) < 2 {
		return 0, nil, 0, nil
	}
	t = BlockType(src[0])
	size, w := binary.Uvarint(src[1:])
	if w == 0 {
		return t, nil, 0, nil
	}
	if w < 0 || size > MaxBlock {
		return t, nil, 0, fmt.Errorf("%w: a block claims %d bytes, more than the %d allowed", ErrMalformed, size, MaxBlock)
	}
	head := 1 + w
	n = head + int(size) + 4
	if len(src) < n {
		return t, nil, 0, nil
	}
	if binary.LittleEndian.Uint32(src[n-4:]) != crc32.Checksum(src[:n-4], castagnoli) {
		return t, nil, n, ErrChecksum
	}
	return t, src[head : n-4], n, nil
}

// AppendStatus appends a status block that holds the JSON document doc.
func AppendStatus(dst, doc []byte) []byte { return appendBlock(dst, BlockStatus, doc) }

func appendHeader(dst []byte, h Header) []byte {
	var p []byte
	p = binary.AppendVarint(p, h.Epoch)
	p = binary.AppendUvarint(p, h.Seed)
	for _, s := range []string{h.Source, h.Title, h.Build} {
		p = appendText(p, s)
	}
	return appendBlock(dst, BlockHeader, p)
}

// AppendHello appends what opens every file and connection: [Magic] and the header.
func AppendHello(dst []byte, h Header) []byte {
	return appendHeader(append(dst, Magic...), h)
}

func appendText(dst []byte, s string) []byte {
	if len(s) > MaxText {
		s = s[:MaxText-len("…")] + "…"
	}
	dst = binary.AppendUvarint(dst, uint64(len(s)))
	return append(dst, s...)
}

// cursor reads primitives and remembers whether one was missing.
type cursor struct {
	src []byte
	pos int
	bad bool
}

func (c *cursor) uvarint() uint64 {
	// Nine in ten numbers fit one byte.
	if c.pos < len(c.src) {
		if b := c.src[c.pos]; b < 0x80 {
			c.pos++
			return uint64(b)
		}
	}
	v, n := binary.Uvarint(c.src[c.pos:])
	if n <= 0 {
		c.fail()
		return 0
	}
	c.pos += n
	return v
}

// upTo reads a number that must not be above most: a larger one is no value of the field it is for.
func (c *cursor) upTo(most uint64) uint64 {
	v := c.uvarint()
	if v > most {
		c.fail()
		return 0
	}
	return v
}

func (c *cursor) varint() int64 {
	u := c.uvarint()
	return int64(u>>1) ^ -int64(u&1)
}

func (c *cursor) byte() byte {
	if c.pos >= len(c.src) {
		c.fail()
		return 0
	}
	c.pos++
	return c.src[c.pos-1]
}

func (c *cursor) bytes(n uint64) []byte {
	if n > uint64(len(c.src)-c.pos) {
		c.fail()
		return nil
	}
	b := c.src[c.pos : c.pos+int(n)]
	c.pos += int(n)
	return b
}

func (c *cursor) text() []byte {
	n := c.uvarint()
	if n > MaxText {
		c.fail()
		return nil
	}
	return c.bytes(n)
}

func (c *cursor) id() (id ID) {
	copy(id[:], c.bytes(16))
	return id
}

// fail makes every later read fail too.
func (c *cursor) fail() {
	c.bad = true
	c.pos = len(c.src)
}

func (c *cursor) left() int { return len(c.src) - c.pos }

func readHeader(payload []byte) (h Header, err error) {
	c := cursor{src: payload}
	h.Epoch = c.varint()
	h.Seed = c.uvarint()
	h.Source, h.Title, h.Build = string(c.text()), string(c.text()), string(c.text())
	if c.bad {
		return Header{}, fmt.Errorf("%w: the header is cut", ErrMalformed)
	}
	return h, nil
}
