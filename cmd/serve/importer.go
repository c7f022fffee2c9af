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
	"path/filepath"
	"slices"
	"strings"

	"rpcscope/engine/flow"
	"rpcscope/livebridge/normalize"
)

// maxLine bounds one record of a capture file, in bytes.
const maxLine = 64 << 20

var importCommand = command{
	name: "import", args: "FILE... -o FILE.flow [--skip-bad] [--force]",
	about: "turn capture files into a recording",
	more: `A capture file holds one JSON object a line with source, t, routing_key, headers, properties and
payload: firehose, event and topology records in any order and mix; records of other sources
(app, frame) are skipped. The records of all files are taken in the order of their time.
Only names, ids, sizes and basic properties get into the recording; arguments, results, payloads and context values do not.`,
	prepare: func(e *env, f *flags) func([]string) error {
		path := f.String("o", "", "`FILE`: the recording to write")
		force := f.Bool("force", false, "overwrite FILE")
		skip := f.Bool("skip-bad", false, "count records that cannot be used as lost and go on")
		return func(args []string) error {
			if len(args) == 0 {
				return usagef("import", "the capture files are missing")
			}
			if *path == "" {
				return usagef("import", "-o FILE.flow is missing: where should the recording go?")
			}
			if err := mayWrite(*path, *force); err != nil {
				return err
			}
			if err := notAmong(args, *path); err != nil {
				return err
			}
			records, err := readCaptures(e, args, *skip)
			if err != nil {
				return err
			}
			var events, unusable uint64
			err = writeTo(e, *path, *force, func(w *bufio.Writer) error {
				events, unusable, err = importRecords(e, w, args, records, *skip)
				return err
			})
			if err == nil {
				fmt.Fprintf(e.stderr, "%s from %s in %s\n", count(events, "event"), count(uint64(len(records))-unusable, "record"), *path)
			}
			if err == nil && unusable > 0 {
				fmt.Fprintf(e.stderr, "%s could not be used, counted as lost\n", count(unusable, "record"))
			}
			return err
		}
	},
}

// placed is a record and where it stands.
type placed struct {
	rec  normalize.Record
	file string
	line int
	err  error // why it cannot be used; its time is that of the usable record before it, else [unknownTime]
}

// unknownTime stands before all times.
const unknownTime = -1

// notAmong refuses to put the recording in the place of a capture: --force is
// for an older recording, and a capture is hardly ever to be had again.
func notAmong(captures []string, path string) error {
	out, err := os.Stat(path)
	if err != nil || !out.Mode().IsRegular() {
		return nil
	}
	for _, c := range captures {
		if in, err := os.Stat(c); err == nil && os.SameFile(in, out) {
			return usagef("import", "-o %s is one of the capture files", path)
		}
	}
	return nil
}

// readCaptures reads all files and sorts their records by time; ties by argument, then by line.
func readCaptures(e *env, paths []string, skip bool) ([]placed, error) {
	var all []placed
	for _, path := range paths {
		var err error
		if all, err = readCapture(e.ctx, all, path, skip); err != nil {
			return nil, err
		}
	}
	slices.SortStableFunc(all, func(a, b placed) int { return cmp.Compare(a.rec.At, b.rec.At) })
	// Those that come before any usable record must not draw the beginning of the recording to 1970.
	begin := int64(0)
	if i := slices.IndexFunc(all, func(p placed) bool { return p.rec.At >= 0 }); i >= 0 {
		begin = all[i].rec.At
	}
	for i := 0; i < len(all) && all[i].rec.At < 0; i++ {
		all[i].rec.At = begin
	}
	return all, nil
}

func readCapture(ctx context.Context, all []placed, path string, skip bool) ([]placed, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("cannot open %s: %w", path, plain(err))
	}
	defer f.Close()
	r := bufio.NewReaderSize(f, 1<<20)
	if err := pastMark(r); err != nil {
		return nil, fmt.Errorf("cannot read %s: %w", path, err)
	}
	last := int64(unknownTime)
	for line := 1; ; line++ {
		if line%4096 == 0 && ctx.Err() != nil {
			return nil, errInterrupted
		}
		text, err := readLine(ctx, r)
		if err != nil && !errors.Is(err, io.EOF) {
			switch {
			case !errors.Is(err, errLongLine):
				return nil, fmt.Errorf("cannot read %s: %w", path, plain(err))
			case !skip:
				return nil, badRecord(path, line, err)
			}
			if err := skipLine(ctx, r); err != nil {
				return nil, fmt.Errorf("cannot read %s: %w", path, plain(err))
			}
			all = append(all, placed{rec: normalize.Record{At: last}, file: path, line: line, err: err})
			continue
		}
		rec, ignore, perr := normalize.ParseLine(text)
		switch {
		case perr != nil && !skip:
			return nil, badRecord(path, line, perr)
		case perr != nil:
			all = append(all, placed{rec: normalize.Record{At: last}, file: path, line: line, err: perr})
		case !ignore:
			last = rec.At
			all = append(all, placed{rec: rec, file: path, line: line})
		}
		if err != nil {
			return all, nil
		}
	}
}

// byteOrderMark is what some editors put at the beginning of a UTF-8 file.
const byteOrderMark = "\uFEFF"

// pastMark skips the byte order mark, and refuses
// what is compressed: taken for lines, it would be nothing but bad records.
func pastMark(r *bufio.Reader) error {
	start, _ := r.Peek(3)
	switch {
	case bytes.HasPrefix(start, []byte{0x1f, 0x8b}):
		return errors.New("it is compressed; unpack it first, with gunzip")
	case string(start) == byteOrderMark:
		_, _ = r.Discard(3)
	}
	return nil
}

var (
	errLongLine    = fmt.Errorf("a record longer than %d MiB", maxLine>>20)
	errInterrupted = errors.New("interrupted")
)

// readLine returns the next line, and io.EOF together with the last. Of a line
// that is too long, only as much is read as shows that it is.
func readLine(ctx context.Context, r *bufio.Reader) (line []byte, err error) {
	for {
		part, err := r.ReadSlice('\n')
		if len(line)+len(part) > maxLine {
			if err == nil {
				_ = r.UnreadByte() // for skipLine to find the end
			}
			return nil, errLongLine
		}
		line = append(line, part...)
		if !errors.Is(err, bufio.ErrBufferFull) {
			return bytes.TrimSuffix(line, []byte("\n")), err
		}
		if ctx.Err() != nil {
			return nil, errInterrupted
		}
	}
}

// skipLine reads past the end of the line; the end of the file is left to the next [readLine].
func skipLine(ctx context.Context, r *bufio.Reader) error {
	for {
		if ctx.Err() != nil {
			return errInterrupted
		}
		_, err := r.ReadSlice('\n')
		switch {
		case err == nil || errors.Is(err, io.EOF):
			return nil
		case !errors.Is(err, bufio.ErrBufferFull):
			return err
		}
	}
}

func badRecord(file string, line int, err error) error {
	return fmt.Errorf("%s:%d: %w (--skip-bad counts such records as lost and goes on)", file, line, err)
}

func importRecords(e *env, w *bufio.Writer, paths []string, records []placed, skip bool) (events, unusable uint64, err error) {
	names := &flow.Names{}
	h := flow.Header{Source: "import", Title: importTitle(paths), Build: version}
	if len(records) > 0 {
		h.Epoch = records[0].rec.At
	}
	fw := flow.NewWriter(w, names, h)
	n := normalize.New(names, fw, h.Epoch)
	for i := range records {
		n.Learn(&records[i].rec)
	}
	for i := range records {
		p := &records[i]
		if i%4096 == 0 && e.ctx.Err() != nil {
			return 0, 0, errInterrupted
		}
		err := p.err
		if err == nil {
			err = n.Record(&p.rec)
		}
		switch {
		case err != nil && !skip:
			return 0, 0, badRecord(p.file, p.line, err)
		case err != nil:
			unusable++
			n.Lost(p.rec.At, "unusable record", 1)
		}
	}
	n.Finish()
	return fw.Events(), unusable, fw.Close()
}

func importTitle(paths []string) string {
	name := strings.TrimSuffix(filepath.Base(paths[0]), filepath.Ext(paths[0]))
	if len(paths) > 1 {
		return fmt.Sprintf("%s and %d more", name, len(paths)-1)
	}
	return name
}
