package main

import (
	"bufio"
	"cmp"
	"fmt"
	"io"
	"maps"
	"slices"
	"time"

	"rpcscope/assets"
	"rpcscope/engine/flow"
	"rpcscope/engine/stats"
)

var statsCommand = command{
	name: "stats", args: "FILE.flow [--json]",
	about: "count what a recording holds: messages by kind, calls and how they ended, failures, losses",
	prepare: func(e *env, f *flags) func([]string) error {
		asJSON := f.Bool("json", false, "print one JSON object")
		return func(args []string) error {
			if err := exactly("stats", args, 1, "the recording, FILE.flow,"); err != nil {
				return err
			}
			var names flow.Names
			r, file, err := openRecording(e.ctx, args[0], &names)
			if err != nil {
				return err
			}
			defer file.Close()
			s := stats.New(&names)
			damaged := readInto(e.ctx, args[0], r, s)
			if *asJSON {
				err = printJSON(e.stdout, s.Report())
			} else {
				err = printReport(e.stdout, s.Report())
			}
			return cmp.Or(err, damaged)
		}
	},
}

func printReport(out io.Writer, r *stats.Report) error {
	w := bufio.NewWriter(out)
	fmt.Fprintf(w, "%d events in %s\n\n", r.Events, time.Duration(r.DurationNs).Round(time.Millisecond))
	fmt.Fprintf(w, "%-14s %9s %9s\n", "", "published", "delivered")
	for _, row := range []struct {
		name     string
		pub, del int64
	}{
		{"call", r.Published.Call, r.Delivered.Call},
		{"reply", r.Published.Reply, r.Delivered.Reply},
		{"cast", r.Published.Cast, r.Delivered.Cast},
		{"fanout", r.Published.Fanout, r.Delivered.Fanout},
		{"notification", r.Published.Notification, r.Delivered.Notification},
		{"other", r.Published.Other, r.Delivered.Other},
	} {
		fmt.Fprintf(w, "%-14s %9d %9d\n", row.name, row.pub, row.del)
	}
	c := r.Calls
	fmt.Fprintf(w, "\ncalls: %d, answered %d, in error %d, unanswered %d; late replies %d, heartbeats %d\n", c.Total, c.AnsweredOK, c.AnsweredError, c.Unanswered, c.LateReplies, c.HeartbeatReplies)
	fmt.Fprintf(w, "unrouted %d, returned %d, redelivered %d\n", r.Unrouted, r.Returned, r.Redelivered)
	if q := r.REST; q.Requests > 0 {
		fmt.Fprintf(w, "REST: %d requests, answered %d, refused %d, without response %d\n", q.Requests, q.Answered, q.Refused, q.NoResponse)
	}
	for _, t := range []struct {
		title string
		rows  map[string]int64
	}{
		{"calls by method", r.Methods.Call},
		{"casts by method", r.Methods.Cast},
		{"fanouts by method", r.Methods.Fanout},
		{"notifications by event type", r.Notifications},
		{"failures", r.Failures},
		{"lost", r.Lost},
	} {
		if len(t.rows) == 0 {
			continue
		}
		fmt.Fprintf(w, "\n%s\n", t.title)
		keys := slices.SortedFunc(maps.Keys(t.rows), func(a, b string) int {
			return cmp.Or(cmp.Compare(t.rows[b], t.rows[a]), cmp.Compare(a, b))
		})
		for _, k := range keys {
			fmt.Fprintf(w, "%9d  %s\n", t.rows[k], flow.Visible(k))
		}
	}
	return w.Flush()
}

var catCommand = command{
	name: "cat", args: "FILE.flow [--format text|jsonl]",
	about: "print every event of a recording, in words or as JSON lines",
	more:  "In words: ≈ marks what was deduced and not seen, = what existed before the recording began.",
	prepare: func(e *env, f *flags) func([]string) error {
		format := f.String("format", formatText, "`FORM`: text or jsonl")
		return func(args []string) error {
			if err := exactly("cat", args, 1, "the recording, FILE.flow,"); err != nil {
				return err
			}
			if *format != formatText && *format != formatJSONL {
				return usagef("cat", "--format must be text or jsonl, not %q", *format)
			}
			var names flow.Names
			r, file, err := openRecording(e.ctx, args[0], &names)
			if err != nil {
				return err
			}
			defer file.Close()
			w := bufio.NewWriter(e.stdout)
			l := &lines{w: w, names: &names, json: *format == formatJSONL}
			damaged := readInto(e.ctx, args[0], r, l)
			return cmp.Or(l.err, w.Flush(), damaged)
		}
	},
}

var scenariosCommand = command{
	name: "scenarios", args: "",
	about: "list the built-in scenarios: name, tab, title",
	prepare: func(e *env, _ *flags) func([]string) error {
		return func(args []string) error {
			if err := exactly("scenarios", args, 0, ""); err != nil {
				return err
			}
			w := bufio.NewWriter(e.stdout)
			for _, s := range assets.Scenarios() {
				fmt.Fprintf(w, "%s\t%s\n", s.Name, s.Title)
			}
			return w.Flush()
		}
	},
}
