package main

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"strings"
	"time"

	"rpcscope/assets"
	"rpcscope/engine/flow"
	"rpcscope/engine/scenario"
)

// maxUntil bounds a simulation's length.
const maxUntil = 30 * 24 * time.Hour

var simulateCommand = command{
	name: "simulate", args: "SCENARIO [--seed N] [--until 30s] [--transport URL] [--profile NAME] [--format text|jsonl|flow] [-o FILE] [--force]",
	about: "run a scenario without the page and print its events",
	more: `SCENARIO is the name of a built-in one (see "rpcscope scenarios") or a JSON file.
The run ends at --until, or when nothing is left to happen; what the operator was to do on a
condition that never came is told on standard error. The same scenario, seed and
length give the same bytes everywhere. --transport and --profile let another transport carry
it than its own: what belongs to a transport, such as ZeroMQ's daemons, comes and goes with it.`,
	prepare: func(e *env, f *flags) func([]string) error {
		seed := f.Uint64("seed", 0, "`N`: seed of all random draws; 0 takes the scenario's own")
		until := f.Duration("until", time.Minute, "`TIME`: simulated time at which to stop")
		url := f.String("transport", "", "`URL`: a transport_url to take instead of the scenario's own, such as zmq://redis-host")
		profile := f.String("profile", "", "`NAME`: the driver, such as classic or qpid-1, instead of the scenario's own or the one that URL implies")
		format := f.String("format", formatText, "`FORM`: text, jsonl or flow")
		path := f.String("o", "", "`FILE`: write there instead of standard output")
		force := f.Bool("force", false, "overwrite FILE")
		return func(args []string) error {
			if err := exactly("simulate", args, 1, "the SCENARIO"); err != nil {
				return err
			}
			switch *format {
			case formatText, formatJSONL, formatFlow:
			default:
				return usagef("simulate", "--format must be text, jsonl or flow, not %q", *format)
			}
			if *until < 0 || *until > maxUntil {
				return usagef("simulate", "--until must be between 0 and %s", maxUntil)
			}
			doc, err := loadScenario(e.ctx, args[0], over(*profile, *url))
			if err != nil {
				return err
			}
			if *seed == 0 {
				*seed = doc.Seed
			}
			return writeTo(e, *path, *force, func(w *bufio.Writer) error {
				return simulate(e, w, doc, *seed, until.Nanoseconds(), *format)
			})
		}
	},
}

// writeTo calls body with standard output, or with the file at path.
func writeTo(e *env, path string, force bool, body func(*bufio.Writer) error) error {
	if path == "" || path == "-" {
		w := bufio.NewWriter(e.stdout)
		return cmp.Or(body(w), w.Flush())
	}
	out, err := createFile(path, force)
	if err != nil {
		return err
	}
	if err := body(out.w); err != nil {
		out.discard()
		return err
	}
	return out.commit()
}

// maxScenario bounds a scenario file, in bytes.
const maxScenario = 4 << 20

// over is what takes the place of a scenario's transport, in JSON; nil when nothing does.
func over(profile, url string) []byte {
	if profile == "" && url == "" {
		return nil
	}
	type carrier struct {
		Profile   string            `json:"profile,omitempty"`
		Transport map[string]string `json:"transport,omitempty"`
	}
	c := carrier{Profile: profile}
	if url != "" {
		c.Transport = map[string]string{"url": url}
	}
	b, err := json.Marshal(c)
	if err != nil { // no text is refused
		panic(err)
	}
	return b
}

// loadScenario finds a scenario by built-in name, else by file. over is another transport for it: see [scenario.ParseOver].
func loadScenario(ctx context.Context, name string, over []byte) (*scenario.Document, error) {
	data, ok := assets.Scenario(name)
	if !ok {
		f, err := openInput(ctx, name)
		if errors.Is(err, fs.ErrNotExist) {
			return nil, fmt.Errorf("there is no built-in scenario and no file %q;%s \"rpcscope scenarios\" lists the built-in ones", name, meant(name))
		}
		if err != nil {
			return nil, fmt.Errorf("cannot open %s: %w", name, plain(err))
		}
		defer f.Close()
		if data, err = io.ReadAll(io.LimitReader(f, maxScenario+1)); ctx.Err() != nil {
			return nil, errInterrupted
		} else if err != nil {
			return nil, fmt.Errorf("cannot read %s: %w", name, plain(err))
		}
		if bytes.HasPrefix(data, []byte(flow.Magic)) {
			return nil, fmt.Errorf("%s is a recording, no scenario; \"rpcscope cat\" prints it, \"rpcscope replay\" shows it", name)
		}
		if len(data) > maxScenario {
			return nil, fmt.Errorf("%s is larger than the %d MiB allowed for a scenario", name, maxScenario>>20)
		}
	}
	doc, err := scenario.ParseOver(bytes.TrimPrefix(data, []byte(byteOrderMark)), over)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return doc, nil
}

// meant asks whether a built-in scenario was meant whose name is near.
func meant(name string) string {
	var names []string
	for _, s := range assets.Scenarios() {
		names = append(names, s.Name)
	}
	if n := scenario.Nearest(strings.ReplaceAll(name, "_", "-"), names); n != "" {
		return fmt.Sprintf(" did you mean %q?", n)
	}
	return ""
}

func simulate(e *env, w *bufio.Writer, doc *scenario.Document, seed uint64, until int64, format string) error {
	names := &flow.Names{}
	var sink flow.Sink
	var finish func() error
	if format == formatFlow {
		fw := flow.NewWriter(w, names, flow.Header{Source: "sim", Title: doc.Title, Build: version, Seed: seed})
		sink, finish = fw, fw.Close
	} else {
		l := &lines{w: w, names: names, json: format == formatJSONL}
		sink, finish = l, func() error { return l.err }
	}
	world, err := scenario.NewWorld(doc, seed, names, sink)
	if err != nil {
		return err
	}
	for {
		at, ok := world.NextAt()
		if !ok || at > until {
			for _, act := range world.Unmet() {
				fmt.Fprintln(e.stderr, "rpcscope: this never came about:", act)
			}
			return finish()
		}
		// In slices, so that ^C is heard.
		if err := world.RunUntil(min(until, at+100*int64(time.Millisecond))); err != nil {
			return err
		}
		if err := e.ctx.Err(); err != nil {
			return errInterrupted
		}
	}
}
