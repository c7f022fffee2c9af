package main

import (
	"bufio"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"rpcscope/engine/flow"
	"rpcscope/livebridge/normalize"
)

var importCommand = command{
	name: "import", args: "[--frames] FILE... -o FILE.flow [--skip-bad] [--force]",
	about: "turn capture files into a recording",
	more: `A capture file holds one JSON object a line with source, t, routing_key, headers, properties and
payload: firehose, event and topology records in any order and mix; records of other sources
(app, frame) are skipped. With --frames the files hold the AMQP methods that clients and broker exchanged (source frame),
and all other records are skipped. The records of all files are taken in the order of their time.
Only names, ids, sizes and basic properties get into the recording; arguments, results, payloads and context values do not.`,
	prepare: func(e *env, f *flags) func([]string) error {
		path := f.String("o", "", "`FILE`: the recording to write")
		force := f.Bool("force", false, "overwrite FILE")
		frames := f.Bool("frames", false, "the files hold AMQP frames: keep every method, and conclude publishes, deliveries and calls from them")
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
			parse, other := normalize.ParseLine, "no record of a firehose or an event exchange; --frames reads what clients and broker said to each other"
			if *frames {
				parse, other = normalize.ParseFrame, "no record is a frame; leave out --frames to read those of a firehose"
			}
			c, err := readCaptures(e.ctx, args, parse, *skip)
			if err != nil {
				return err
			}
			defer c.close()
			if len(c.all) == 0 && !*skip {
				return fmt.Errorf("there is nothing to import in %s: %s", strings.Join(args, ", "), other)
			}
			var events, unusable uint64
			err = writeTo(e, *path, *force, func(w *bufio.Writer) error {
				events, unusable, err = importRecords(e, w, c, *skip)
				return err
			})
			if err == nil {
				fmt.Fprintf(e.stderr, "%s from %s in %s\n", count(events, "event"), count(uint64(len(c.all))-unusable, "record"), *path)
			}
			if err == nil && len(c.all) == 0 {
				fmt.Fprintln(e.stderr, other)
			}
			if err == nil && unusable > 0 {
				fmt.Fprintf(e.stderr, "%s could not be used, counted as lost\n", count(unusable, "record"))
			}
			return err
		}
	},
}

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

func badRecord(file string, line int, err error) error {
	return fmt.Errorf("%s:%d: %w (--skip-bad counts such records as lost and goes on)", file, line, err)
}

func importRecords(e *env, w *bufio.Writer, c *captures, skip bool) (events, unusable uint64, err error) {
	names := &flow.Names{}
	h := flow.Header{Source: "import", Title: importTitle(c.paths), Build: version, Epoch: c.begin()}
	fw := flow.NewWriter(w, names, h)
	n := normalize.New(names, fw, h.Epoch)
	for i := range c.all {
		if c.all[i].ahead {
			if rec, err := c.record(i); err == nil {
				n.Learn(&rec)
			}
		}
	}
	for i := range c.all {
		p := &c.all[i]
		if i%4096 == 0 && e.ctx.Err() != nil {
			return 0, 0, errInterrupted
		}
		rec, err := c.record(i)
		if err == nil {
			err = n.Record(&rec)
		}
		switch {
		case err != nil && !skip:
			return 0, 0, badRecord(c.paths[p.file], p.line, err)
		case err != nil:
			unusable++
			n.Lost(p.at, "unusable record", 1)
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
