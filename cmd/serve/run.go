package main

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"rpcscope/engine/flow"
	"rpcscope/engine/scenario"
	"rpcscope/livebridge"
)

// The exit codes.
const (
	exitOK     = 0
	exitFailed = 1
	exitUsage  = 2
)

// env is what a command works with.
type env struct {
	ctx    context.Context
	getenv func(string) string
	stdout io.Writer
	stderr io.Writer
}

// command is one subcommand.
type command struct {
	name string
	// args follows the name in the usage line; about is one line for the overview; more is the rest of its help.
	args, about, more string
	// prepare declares the flags and returns what runs when they are parsed.
	prepare func(e *env, f *flags) func(args []string) error
}

func commands() []command {
	return []command{serveCommand, simulateCommand, recordCommand, importCommand, replayCommand, statsCommand, diffCommand, catCommand, scenariosCommand}
}

// usageError is a mistake in how the program was called.
type usageError struct {
	cmd string
	msg string
}

func (e usageError) Error() string { return e.msg }

func usagef(cmd, format string, args ...any) error {
	return usageError{cmd, fmt.Sprintf(format, args...)}
}

// badConfig is the error of what the live bridge, or its flags, cannot be told: a wrong call, unless a file is at fault.
func badConfig(cmd string, err error) error {
	if !errors.Is(err, livebridge.ErrConfig) {
		return err
	}
	return usageError{cmd, strings.TrimPrefix(err.Error(), livebridge.ErrConfig.Error()+": ")}
}

// checked remembers that a write failed: help that was lost on a full disk is no success.
type checked struct {
	w   io.Writer
	err error
}

func (c *checked) Write(b []byte) (int, error) {
	n, err := c.w.Write(b)
	c.err = cmp.Or(c.err, err)
	return n, err
}

// visibly writes texts in which names may be anything: what a terminal would obey is shown instead.
type visibly struct{ w io.Writer }

func (v visibly) Write(b []byte) (int, error) {
	if _, err := io.WriteString(v.w, flow.Visible(string(b))); err != nil {
		return 0, err
	}
	return len(b), nil
}

// printJSON writes v as one indented JSON object, escaping what a terminal would obey.
func printJSON(w io.Writer, v any) error {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", " ")
	if err := enc.Encode(v); err != nil {
		return err
	}
	_, err := w.Write(flow.AppendHiddenEscaped(nil, b.Bytes()))
	return err
}

// errSilent ends a command whose report was printed already.
var errSilent = errors.New("reported")

// run is the whole program: tests call it too. The result is the exit code.
func run(ctx context.Context, args []string, getenv func(string) string, stdout, stderr io.Writer) int {
	out := &checked{w: stdout}
	stderr = visibly{stderr}
	e := &env{ctx: ctx, getenv: getenv, stdout: out, stderr: stderr}
	err := dispatch(e, args)
	if err == nil && out.err != nil {
		err = fmt.Errorf("cannot write to standard output: %w", plain(out.err))
	}
	var ue usageError
	switch {
	case err == nil:
		return exitOK
	case errors.Is(err, errSilent):
		return exitFailed
	case errors.As(err, &ue):
		help := "rpcscope --help"
		if ue.cmd != "" {
			help = "rpcscope " + ue.cmd + " --help"
		}
		fmt.Fprintf(stderr, "rpcscope: %s\nSee: %s\n", ue.msg, help)
		return exitUsage
	}
	fmt.Fprintf(stderr, "rpcscope: %s\n", err)
	return exitFailed
}

func dispatch(e *env, args []string) error {
	name := "serve"
	if len(args) > 0 {
		switch first := args[0]; {
		case first == "--version" || first == "-version" || first == "version":
			fmt.Fprintf(e.stdout, "rpcscope %s\n", version)
			return nil
		case first == "--help" || first == "-h" || first == "-help" || first == "help" && len(args) == 1:
			overview(e.stdout)
			return nil
		case first == "help":
			name, args = args[1], []string{"--help"}
		case !strings.HasPrefix(first, "-"):
			name, args = first, args[1:]
		}
	}
	all := commands()
	i := slices.IndexFunc(all, func(c command) bool { return c.name == name })
	if i < 0 {
		return usagef("", "there is no command %q%s", name, nearest(name, all))
	}
	c := all[i]
	f := newFlags(c)
	body := c.prepare(e, f)
	rest, help, err := f.parse(args, e.getenv)
	if err != nil {
		return err
	}
	if help {
		f.help(e.stdout)
		return nil
	}
	return body(rest)
}

func nearest(name string, all []command) string {
	var names []string
	for _, c := range all {
		names = append(names, c.name)
		if len(name) >= 2 && (strings.HasPrefix(c.name, name) || strings.HasPrefix(name, c.name)) {
			return fmt.Sprintf("; did you mean %q?", c.name)
		}
	}
	if n := scenario.Nearest(name, names); n != "" {
		return fmt.Sprintf("; did you mean %q?", n)
	}
	return ""
}

func overview(w io.Writer) {
	fmt.Fprint(w, `rpcscope shows how RPC flows through a message broker.

Usage: rpcscope [COMMAND] [FLAGS]

`)
	for _, c := range commands() {
		fmt.Fprintf(w, "  %-10s %s\n", c.name, c.about)
	}
	fmt.Fprint(w, `
Without a command, serve. "rpcscope COMMAND --help" tells of each; "rpcscope --version" which this is.
Every flag can also be given in the environment: --amqp as RPCSCOPE_AMQP, so that a password need
not be on the command line. Exit codes: 0 done, 1 failed, 2 called wrongly.
`)
}
