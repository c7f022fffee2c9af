package main

import (
	"bufio"
	"cmp"
	"context"
	"fmt"
	"io"
	"maps"
	"slices"
	"time"

	"rpcscope/livebridge"
)

// brokerFlags are the flags that say which broker to watch.
type brokerFlags struct {
	amqp, management, ca *string
	vhosts               list
}

func addBrokerFlags(f *flags) *brokerFlags {
	b := &brokerFlags{
		amqp:       f.String("amqp", "", "`URL` of the broker to watch, amqp://user:password@host:5672/vhost, or amqps://…:5671 by TLS"),
		management: f.String("management", "", "`URL` of its management API; default: port 15672 of the same host, for amqps 15671; \"off\" does without"),
		ca:         f.String("ca", "", "`FILE` of certificates (PEM) by which the broker's own may be signed, besides the system's"),
	}
	f.Var(&b.vhosts, "vhost", "`NAME` of a virtual host to watch, several times for several; default: the URL's own")
	return b
}

func (b *brokerFlags) config() livebridge.Config {
	return livebridge.Config{AMQP: *b.amqp, VHosts: b.vhosts, Management: *b.management, CA: *b.ca, Build: version}
}

var recordCommand = command{
	name: "record", args: "--amqp URL [--vhost NAME]... [--management URL] [--ca FILE] [--for 60s] -o FILE.flow [--force]",
	about: "record what a RabbitMQ carries",
	more: `The broker must trace: rabbitmqctl trace_on -p VHOST. Tracing costs it much of its throughput; switch
it off afterwards. ^C finishes the file. Only names, ids, sizes and basic properties are recorded; arguments, results, payloads and
context values are not.`,
	prepare: func(e *env, f *flags) func([]string) error {
		b := addBrokerFlags(f)
		length := f.Duration("for", 0, "`TIME` after which to stop; without, ^C does")
		path := f.String("o", "", "`FILE`: the recording to write")
		force := f.Bool("force", false, "overwrite FILE")
		return func(args []string) error {
			if err := exactly("record", args, 0, ""); err != nil {
				return err
			}
			switch {
			case *b.amqp == "":
				return usagef("record", "--amqp URL is missing: which broker?")
			case *path == "":
				return usagef("record", "-o FILE.flow is missing: where should the recording go?")
			case *length < 0:
				return usagef("record", "--for must not be negative")
			}
			if _, err := livebridge.New(b.config()); err != nil {
				return badConfig("record", err)
			}
			return record(e, b.config(), *path, *force, *length)
		}
	},
}

func record(e *env, c livebridge.Config, path string, force bool, length time.Duration) error {
	out := &output{w: bufio.NewWriter(e.stdout), path: path, final: true}
	if path != "-" {
		var err error
		if out, err = createGrowing(path, force); err != nil {
			return err
		}
	}
	ctx := e.ctx
	if length > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, length)
		defer cancel()
	}
	fmt.Fprintf(e.stderr, "recording %s to %s; ^C ends it\n", livebridge.Redact(c.AMQP), path)
	say := teller(e.stderr)
	sum, err := livebridge.Record(ctx, c, out.w, func(s livebridge.Status) {
		say(&s)
		if s.Captured > 0 {
			_ = out.w.Flush() // the file is readable at any moment
		}
	})
	if len(sum.Silent) > 0 && sum.Totals.Captured == 0 && out.untouched() {
		out.abandon()
		return sayNothingCame(e.stderr, sum.Silent)
	}
	if err != nil {
		err = fmt.Errorf("cannot write %s: %w", path, plain(err))
	}
	if err := cmp.Or(err, out.commit()); err != nil {
		return err
	}
	fmt.Fprintf(e.stderr, "%s in %s\n", count(sum.Events, "event"), path)
	for _, reason := range slices.Sorted(maps.Keys(sum.Totals.Dropped)) {
		if n := sum.Totals.Dropped[reason]; n > 0 {
			fmt.Fprintf(e.stderr, "%s lost: %s\n", count(n, "record"), reason)
		}
	}
	if len(sum.Silent) > 0 {
		return sayNothingCame(e.stderr, sum.Silent)
	}
	return nil
}

// sayNothingCame tells from which virtual hosts nothing came and why, and fails.
func sayNothingCame(w io.Writer, silent []livebridge.VHostStatus) error {
	for _, v := range silent {
		fmt.Fprintf(w, "rpcscope: nothing was recorded from virtual host %s. %s\n", v.VHost, v.Text)
		if v.Remedy != "" {
			fmt.Fprintf(w, "  %s\n", v.Remedy)
		}
	}
	return errSilent
}

// count says how many there are.
func count(n uint64, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

// teller returns what tells of every change, for each virtual host.
func teller(w io.Writer) func(*livebridge.Status) {
	told := map[string]livebridge.State{}
	return func(s *livebridge.Status) {
		all := s.ByVHost
		if len(all) == 0 {
			all = []livebridge.VHostStatus{{State: s.State, Text: s.Text, Remedy: s.Remedy}}
		}
		for _, v := range all {
			if told[v.VHost] == v.State {
				continue
			}
			told[v.VHost] = v.State
			fmt.Fprintf(w, "%s\n", v.Text)
			if v.Remedy != "" {
				fmt.Fprintf(w, "  %s\n", v.Remedy)
			}
		}
	}
}
