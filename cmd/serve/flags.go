package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"strings"

	"rpcscope/engine/scenario"
)

// flags are a command's flags, which may stand before, between and after its
// arguments, and may come from the environment.
type flags struct {
	*flag.FlagSet
	cmd command
}

func newFlags(c command) *flags {
	f := &flags{FlagSet: flag.NewFlagSet(c.name, flag.ContinueOnError), cmd: c}
	f.SetOutput(io.Discard)
	f.Usage = func() {}
	return f
}

// list is a flag that may be given several times. In the environment, commas part its values.
type list []string

func (l *list) String() string { return strings.Join(*l, ",") }

func (l *list) Set(s string) error {
	if s == "" {
		return errors.New("it is empty")
	}
	*l = append(*l, s)
	return nil
}

// setFromEnv sets a flag to what the environment says.
func setFromEnv(fl *flag.Flag, value string) error {
	if _, several := fl.Value.(*list); !several {
		return fl.Value.Set(value)
	}
	for part := range strings.SplitSeq(value, ",") {
		if err := fl.Value.Set(strings.TrimSpace(part)); err != nil {
			return err
		}
	}
	return nil
}

// envName returns the environment variable of a flag.
func envName(name string) string {
	return "RPCSCOPE_" + strings.ToUpper(strings.ReplaceAll(name, "-", "_"))
}

// parse returns the arguments that are no flags. What the command line does not set comes from the environment.
func (f *flags) parse(args []string, getenv func(string) string) (rest []string, help bool, err error) {
	for {
		if err := f.Parse(args); err != nil {
			if errors.Is(err, flag.ErrHelp) {
				return nil, true, nil
			}
			return nil, false, usagef(f.cmd.name, "%s", inWords(err)+f.near(err))
		}
		left := f.Args()
		if len(left) == 0 {
			break
		}
		if n := len(args) - len(left); n > 0 && args[n-1] == "--" {
			rest = append(rest, left...)
			break
		}
		rest, args = append(rest, left[0]), left[1:]
	}
	set := map[string]bool{}
	f.Visit(func(fl *flag.Flag) { set[fl.Name] = true })
	f.VisitAll(func(fl *flag.Flag) {
		v := getenv(envName(fl.Name))
		if set[fl.Name] || v == "" || err != nil {
			return
		}
		if e := setFromEnv(fl, v); e != nil {
			// The value is not repeated: it may be a secret.
			err = usagef(f.cmd.name, "the environment variable %s cannot be used: it is no valid value of --%s", envName(fl.Name), fl.Name)
		}
	})
	return rest, false, err
}

// near asks whether another flag was meant than the one that there is not.
func (f *flags) near(err error) string {
	name, unknown := strings.CutPrefix(err.Error(), "flag provided but not defined: -")
	var names []string
	f.VisitAll(func(fl *flag.Flag) { names = append(names, fl.Name) })
	if n := scenario.Nearest(strings.TrimLeft(name, "-"), names); unknown && len(n) > 1 {
		return "; did you mean --" + n + "?"
	}
	return ""
}

// inWords says an error of package flag as a person would.
func inWords(err error) string {
	s := strings.ReplaceAll(err.Error(), "flag provided but not defined: -", "there is no flag -")
	if name, ok := strings.CutPrefix(s, "flag needs an argument: -"); ok {
		s = "flag -" + name + " needs a value"
	}
	if strings.HasPrefix(s, "invalid boolean value") {
		s = strings.Replace(strings.Replace(s, " for -", " for flag -", 1), ": parse error", ": write it alone, or =true or =false after it", 1)
	}
	before, after, ok := strings.Cut(s, "flag -")
	if !ok {
		return s
	}
	end := strings.IndexAny(after+" ", ": ")
	name := after[:end]
	switch {
	case strings.HasPrefix(name, "-"): // "---x"
	case len(name) > 1:
		after = "-" + after
	}
	if strings.HasSuffix(after, ": parse error") && name != "until" && name != "for" {
		after = strings.TrimSuffix(after, "parse error") + "write a whole number"
	}
	if name == "until" || name == "for" {
		after = strings.Replace(after, ": parse error", ": "+durationForm, 1)
	}
	return before + "flag -" + after
}

// durationForm is what package flag does not say about a time.
const durationForm = "write a time such as 90s, 5m or 1h30m"

func (f *flags) help(w io.Writer) {
	usage := "rpcscope " + f.cmd.name
	if f.cmd.name == serveCommand.name {
		usage = "rpcscope [serve]"
	}
	fmt.Fprintf(w, "%s\n\nUsage: %s\n", f.cmd.about, strings.TrimSpace(usage+" "+f.cmd.args))
	if f.cmd.more != "" {
		fmt.Fprintf(w, "\n%s\n", f.cmd.more)
	}
	some, example := false, ""
	f.VisitAll(func(fl *flag.Flag) {
		if !some {
			fmt.Fprint(w, "\nFlags:\n")
			some = true
		}
		dash := "--"
		if len(fl.Name) == 1 {
			dash = "-"
		}
		kind, text := flag.UnquoteUsage(fl)
		if fl.DefValue != "" && fl.DefValue != "false" && fl.DefValue != "0" && fl.DefValue != "0s" {
			text += " (default " + fl.DefValue + ")"
		}
		fmt.Fprintf(w, "  %-26s %s\n", strings.TrimSpace(dash+fl.Name+" "+kind), text)
		example = dash + fl.Name + " as " + envName(fl.Name)
		if _, several := fl.Value.(*list); several {
			example += " (commas part several)"
		}
	})
	if example != "" {
		fmt.Fprintf(w, "\nEach can also come from the environment: %s.\n", example)
	}
}

// exactly checks how many arguments there are.
func exactly(cmd string, args []string, want int, what string) error {
	switch {
	case len(args) < want:
		return usagef(cmd, "%s is missing", what)
	case len(args) > want:
		return usagef(cmd, "unexpected argument %q", args[want])
	}
	return nil
}
