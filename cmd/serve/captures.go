package main

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"

	"rpcscope/livebridge/normalize"
)

// maxLine bounds one record of a capture file, in bytes.
const maxLine = 64 << 20

// captures are the records of several files in the order of their time. Only
// where a record stands is kept: captures can be larger than the memory, and
// to be put in order, all must be seen before the first is taken.
type captures struct {
	paths []string
	parse parser
	all   []placed
	files []*os.File // those that can be read again, by path's number; opened when needed
	open  int
	buf   []byte
}

// parser reads one line of a capture file; skip is true for what is not for it.
type parser func(line []byte) (rec normalize.Record, skip bool, err error)

// placed is where a record stands.
type placed struct {
	at     int64 // of what cannot be used, that of the usable record before it, else unknownTime
	offset int64
	kept   *kept // of what cannot be read again
	length int32
	file   int32
	line   int
	ahead  bool // something is learned from it ahead of its turn
}

// kept is a record that came from no plain file, or why it cannot be used.
type kept struct {
	text []byte
	err  error
}

// unknownTime stands before all times.
const unknownTime = -1

// maxOpen bounds the files that are open at a time.
const maxOpen = 64

// readCaptures reads all files and sorts their records by time; ties by argument, then by line.
func readCaptures(ctx context.Context, paths []string, parse parser, skip bool) (*captures, error) {
	c := &captures{paths: paths, parse: parse, files: make([]*os.File, len(paths))}
	for i := range paths {
		if err := c.read(ctx, i, skip); err != nil {
			return nil, err
		}
	}
	slices.SortStableFunc(c.all, func(a, b placed) int { return cmp.Compare(a.at, b.at) })
	// Those that come before any usable record must not draw the beginning of the recording to 1970.
	begin := int64(0)
	if i := slices.IndexFunc(c.all, func(p placed) bool { return p.at >= 0 }); i >= 0 {
		begin = c.all[i].at
	}
	for i := 0; i < len(c.all) && c.all[i].at < 0; i++ {
		c.all[i].at = begin
	}
	return c, nil
}

// begin is the time of the first record, 0 when there is none.
func (c *captures) begin() int64 {
	if len(c.all) == 0 {
		return 0
	}
	return c.all[0].at
}

func (c *captures) read(ctx context.Context, file int, skip bool) error {
	path := c.paths[file]
	f, err := openInput(ctx, path)
	if err != nil {
		return fmt.Errorf("cannot open %s: %w", path, plain(err))
	}
	defer f.Close()
	again := !special(path)
	r := &lineReader{r: bufio.NewReaderSize(f, 1<<20)}
	if err := r.pastMark(); err != nil {
		return fmt.Errorf("cannot read %s: %w", path, err)
	}
	last := int64(unknownTime)
	for line := 1; ; line++ {
		if line%4096 == 0 && ctx.Err() != nil {
			return errInterrupted
		}
		p := placed{file: int32(file), line: line, offset: r.pos}
		text, err := r.line(ctx)
		if err != nil && !errors.Is(err, io.EOF) {
			switch {
			case ctx.Err() != nil:
				return errInterrupted
			case !errors.Is(err, errLongLine):
				return fmt.Errorf("cannot read %s: %w", path, plain(err))
			case !skip:
				return badRecord(path, line, err)
			}
			if err := r.skip(ctx); err != nil {
				return fmt.Errorf("cannot read %s: %w", path, plain(err))
			}
			p.at, p.kept = last, &kept{err: err}
			c.all = append(c.all, p)
			continue
		}
		rec, ignore, perr := c.parse(text)
		switch {
		case perr != nil && !skip:
			return badRecord(path, line, perr)
		case perr != nil:
			p.at, p.kept = last, &kept{err: perr}
			c.all = append(c.all, p)
		case !ignore:
			last, p.at, p.length = rec.At, rec.At, int32(len(text))
			p.ahead = rec.Ahead()
			if !again {
				p.kept = &kept{text: bytes.Clone(text)}
			}
			c.all = append(c.all, p)
		}
		if err != nil {
			return nil
		}
	}
}

// record returns a record once more, or why it cannot be used. It is valid until the next call.
func (c *captures) record(i int) (normalize.Record, error) {
	p := &c.all[i]
	text, err := c.text(p)
	if err != nil {
		return normalize.Record{}, err
	}
	rec, _, err := c.parse(text)
	if err == nil && rec.At != p.at {
		err = errChanged
	}
	return rec, err
}

func (c *captures) text(p *placed) ([]byte, error) {
	if p.kept != nil {
		return p.kept.text, p.kept.err
	}
	f := c.files[p.file]
	if f == nil {
		if c.open >= maxOpen {
			c.close()
		}
		var err error
		if f, err = os.Open(c.paths[p.file]); err != nil {
			return nil, plain(err)
		}
		c.files[p.file] = f
		c.open++
	}
	c.buf = slices.Grow(c.buf[:0], int(p.length))[:p.length]
	if _, err := f.ReadAt(c.buf, p.offset); err != nil {
		return nil, errChanged
	}
	return c.buf, nil
}

// close closes the files; they are opened again when needed.
func (c *captures) close() {
	for i, f := range c.files {
		if f != nil {
			_ = f.Close()
			c.files[i] = nil
		}
	}
	c.open = 0
}

var (
	errLongLine    = fmt.Errorf("a record longer than %d MiB", maxLine>>20)
	errInterrupted = errors.New("interrupted")
	errChanged     = errors.New("the file changes while it is read")
)

// lineReader reads lines and knows where it stands.
type lineReader struct {
	r   *bufio.Reader
	pos int64
	buf []byte
}

// byteOrderMark is what some editors put at the beginning of a UTF-8 file.
const byteOrderMark = "\uFEFF"

// pastMark skips the byte order mark, and refuses what is compressed: taken
// for lines, it would be nothing but bad records.
func (r *lineReader) pastMark() error {
	start, _ := r.r.Peek(len(byteOrderMark))
	switch {
	case bytes.HasPrefix(start, []byte{0x1f, 0x8b}):
		return errors.New("it is compressed; unpack it first, with gunzip")
	case string(start) == byteOrderMark:
		n, _ := r.r.Discard(len(start))
		r.pos += int64(n)
	}
	return nil
}

// slice is bufio's ReadSlice.
func (r *lineReader) slice() ([]byte, error) {
	part, err := r.r.ReadSlice('\n')
	r.pos += int64(len(part))
	return part, err
}

// line returns the next line, valid until the next call, and io.EOF together
// with the last. Of a line that is too long, only as much is read as shows that it is.
func (r *lineReader) line(ctx context.Context) ([]byte, error) {
	r.buf = r.buf[:0]
	for {
		part, err := r.slice()
		if len(r.buf)+len(part) > maxLine {
			if err == nil {
				_ = r.r.UnreadByte() // for skip to find the end
				r.pos--
			}
			return nil, errLongLine
		}
		r.buf = append(r.buf, part...)
		if !errors.Is(err, bufio.ErrBufferFull) {
			return bytes.TrimSuffix(r.buf, []byte("\n")), err
		}
		if ctx.Err() != nil {
			return nil, errInterrupted
		}
	}
}

// skip reads past the end of the line; the end of the file is left to the next line.
func (r *lineReader) skip(ctx context.Context) error {
	for {
		if ctx.Err() != nil {
			return errInterrupted
		}
		_, err := r.slice()
		switch {
		case err == nil || errors.Is(err, io.EOF):
			return nil
		case !errors.Is(err, bufio.ErrBufferFull):
			return err
		}
	}
}
