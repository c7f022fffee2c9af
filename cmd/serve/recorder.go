package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"time"

	"rpcscope/livebridge"
)

// brokerFlags are the flags that say which broker to watch.
type brokerFlags struct {
	amqp, management *string
	vhosts           list
}

func addBrokerFlags(f *flags) *brokerFlags {
	b := &brokerFlags{
		amqp:       f.String("amqp", "", "`URL` of the broker to watch, amqp://user:password@host:5672/vhost"),
		management: f.String("management", "", "`URL` of its management API; default: port 15672 of the same host; \"off\" does without"),
	}
	f.Var(&b.vhosts, "vhost", "`NAME` of a virtual host to watch, several times for several; default: the URL's own")
	return b
}

func (b *brokerFlags) config() livebridge.Config {
	return livebridge.Config{AMQP: *b.amqp, VHosts: b.vhosts, Management: *b.management, Build: version}
}

var recordCommand = command{
	name: "record", args: "--amqp URL [--vhost NAME]... [--for 60s] -o FILE.flow [--force]",
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
	var last livebridge.Status
	sum, err := livebridge.Record(ctx, c, out.w, func(s livebridge.Status) {
		if s.State != last.State {
			fmt.Fprintf(e.stderr, "%s\n", s.Text)
			if s.Remedy != "" {
				fmt.Fprintf(e.stderr, "  %s\n", s.Remedy)
			}
		}
		last = s
		_ = out.w.Flush() // the file is readable at any moment
	})
	if cerr := out.commit(); err == nil {
		err = cerr
	}
	if err != nil && !errors.Is(err, context.Canceled) && !errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	fmt.Fprintf(e.stderr, "%d events in %s\n", sum.Events, path)
	for reason, n := range sum.Totals.Dropped {
		if n > 0 {
			fmt.Fprintf(e.stderr, "%d records lost: %s\n", n, reason)
		}
	}
	if sum.Totals.Captured == 0 && sum.Last.State != livebridge.OK && sum.Last.State != livebridge.Idle {
		fmt.Fprintf(e.stderr, "rpcscope: nothing was recorded: %s\n", sum.Last.Text)
		return errSilent
	}
	return nil
}
