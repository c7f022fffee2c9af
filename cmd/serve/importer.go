package main

import (
	"bufio"
	"bytes"
	"cmp"
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
Only names, ids and sizes get into the recording; arguments, results, payloads and context values do not.`,
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
			records, err := readCaptures(e, args, *skip)
			if err != nil {
				return err
			}
			var events uint64
			err = writeTo(e, *path, *force, func(w *bufio.Writer) error {
				events, err = importRecords(e, w, args, records, *skip)
				return err
			})
			if err == nil {
				fmt.Fprintf(e.stderr, "%d events from %d records in %s\n", events, len(records), *path)
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
	err  error // why it cannot be used; its time is that of the record before it
}

// readCaptures reads all files and sorts their records by time; ties by argument, then by line.
func readCaptures(e *env, paths []string, skip bool) ([]placed, error) {
	var all []placed
	for _, path := range paths {
		if err := e.ctx.Err(); err != nil {
			return nil, errors.New("interrupted")
		}
		var err error
		if all, err = readCapture(all, path, skip); err != nil {
			return nil, err
		}
	}
	slices.SortStableFunc(all, func(a, b placed) int { return cmp.Compare(a.rec.At, b.rec.At) })
	return all, nil
}

func readCapture(all []placed, path string, skip bool) ([]placed, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("cannot open %s: %w", path, plain(err))
	}
	defer f.Close()
	r := bufio.NewReaderSize(f, 1<<20)
	last := int64(0)
	for line := 1; ; line++ {
		text, err := readLine(r)
		if err != nil && !errors.Is(err, io.EOF) {
			if skip && errors.Is(err, errLongLine) {
				all = append(all, placed{rec: normalize.Record{At: last}, file: path, line: line, err: err})
				continue
			}
			return nil, fmt.Errorf("%s:%d: %w", path, line, plain(err))
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

var errLongLine = fmt.Errorf("a record longer than %d MiB", maxLine>>20)

// readLine returns the next line, and io.EOF together with the last.
func readLine(r *bufio.Reader) ([]byte, error) {
	var line []byte
	long := false
	for {
		part, err := r.ReadSlice('\n')
		if long = long || len(line)+len(part) > maxLine; !long {
			line = append(line, part...)
		}
		if errors.Is(err, bufio.ErrBufferFull) {
			continue
		}
		if long && (err == nil || errors.Is(err, io.EOF)) {
			return nil, errLongLine
		}
		return bytes.TrimSuffix(line, []byte("\n")), err
	}
}

func badRecord(file string, line int, err error) error {
	return fmt.Errorf("%s:%d: %w (--skip-bad counts such records as lost and goes on)", file, line, err)
}

func importRecords(e *env, w *bufio.Writer, paths []string, records []placed, skip bool) (uint64, error) {
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
			return 0, errors.New("interrupted")
		}
		err := p.err
		if err == nil {
			err = n.Record(&p.rec)
		}
		switch {
		case err != nil && !skip:
			return 0, badRecord(p.file, p.line, err)
		case err != nil:
			n.Lost(p.rec.At, "unusable record", 1)
		}
	}
	n.Finish()
	return fw.Events(), fw.Close()
}

func importTitle(paths []string) string {
	name := strings.TrimSuffix(filepath.Base(paths[0]), filepath.Ext(paths[0]))
	if len(paths) > 1 {
		return fmt.Sprintf("%s and %d more", name, len(paths)-1)
	}
	return name
}
