package scenario

import (
	"slices"
	"strconv"
	"strings"

	"rpcscope/engine/rpc"
)

// commandKinds are the words for what a command may do. Those for what the
// operator does are a document's, but "drop" is short for "drop_connections".
var commandKinds = append([]string{"call", "cast", "fanout", "notify", "drop"}, deeds...)

// act carries out a command that does what the operator does.
func (w *World) act(cmd Command) error {
	name := cmd.Kind
	if name == "drop" {
		name = rpc.ActNames[rpc.ActDrop]
	}
	k := slices.Index(deeds, name)
	if k < 0 {
		remedy := "one of " + strings.Join(commandKinds, ", ")
		if n := nearest(cmd.Kind, commandKinds); n != "" {
			remedy = "did you mean " + quote(n) + "?"
		}
		return &Error{"$.kind", quote(cmd.Kind) + " is no command", remedy}
	}
	a := rpc.Act{Kind: rpc.ActKind(k), Process: cmd.Client, Queue: cmd.Queue, Value: cmd.Value}
	for _, look := range []func(*rpc.Act, *Command) *Error{w.subject, w.amount, w.condition} {
		if err := look(&a, &cmd); err != nil {
			return err
		}
	}
	if bad, remedy := senseless(&w.doc.Config, &a); bad != "" {
		return &Error{"$.kind", bad, remedy}
	}
	w.system.Act(a)
	return nil
}

func (w *World) process(name string) *rpc.Process { return processNamed(&w.doc.Config, name) }

// subject looks at what a command is done to.
func (w *World) subject(a *rpc.Act, cmd *Command) *Error {
	switch {
	case a.Kind.OfProcess():
		if w.process(cmd.Client) == nil {
			return &Error{"$.client", "there is no process " + quote(cmd.Client), "name a process of the scenario"}
		}
		a.Queue = ""
	case a.Kind == rpc.ActDelete || a.Kind == rpc.ActPurge:
		if !w.system.HasQueue(cmd.Queue) {
			return &Error{"$.queue", "there is no queue " + quote(cmd.Queue) + " now", "name one that exists"}
		}
		a.Process = ""
	case a.Kind == rpc.ActPolicy:
		return &Error{"$.kind", "a policy cannot be set by a command", `write "set_policy" into the scenario's "operator"`}
	default:
		a.Process, a.Queue = "", ""
	}
	return nil
}

// amount looks at the number, the version or the target that goes with a command.
func (w *World) amount(a *rpc.Act, cmd *Command) *Error {
	low, high, usual := int64(0), int64(0), int64(0)
	switch a.Kind {
	case rpc.ActSlow:
		low, high, usual = 1000, 1000*maxSlower, 10_000
	case rpc.ActDelay:
		high, usual = hour, second
	case rpc.ActRestart:
		high, usual = longest, 3*second
	case rpc.ActAlarm, rpc.ActClearAlarm:
		a.Alarm = alarms[orElse(cmd.Label, "memory")]
		if a.Alarm == 0 {
			return &Error{"$.label", "there is no alarm " + quote(cmd.Label), `write "memory" or "disk"`}
		}
	case rpc.ActVersion:
		if _, ok := rpc.ParseVersion(cmd.Label); !ok {
			return &Error{"$.label", quote(cmd.Label) + " is no version", `write major and minor, such as "2.0"`}
		}
		a.Version = cmd.Label
	case rpc.ActPoison:
		return w.poisoned(a, cmd)
	}
	if a.Value == 0 {
		a.Value = usual
	}
	if a.Value < low || a.Value > high {
		return &Error{"$.value", strconv.FormatInt(cmd.Value, 10) + " is out of range", "write " + strconv.FormatInt(low, 10) + " to " + strconv.FormatInt(high, 10)}
	}
	return nil
}

// poisoned finds where to send what nobody can read: to the command's topic, else to the first that the process offers to send to.
func (w *World) poisoned(a *rpc.Act, cmd *Command) *Error {
	topic, server, exchange := cmd.Topic, cmd.Server, ""
	for i := range w.doc.actions {
		if s := &w.doc.actions[i]; topic == "" && s.Client == cmd.Client && s.Kind != "notify" {
			topic, server, exchange = s.step.Topic, s.step.Server, s.step.Exchange
		}
	}
	if topic == "" {
		return &Error{"$.topic", "is missing", "name the topic to send to"}
	}
	r := &reader{}
	r.checkName("$.topic", topic)
	r.checkKey("$.topic", topic, server)
	if r.err != nil {
		return r.err
	}
	if !w.system.Ready(cmd.Client) {
		return &Error{"$.client", quote(cmd.Client) + " is not running", "start it first"}
	}
	a.Step = poison(topic, server)
	a.Step.Exchange = exchange
	return nil
}

// condition reads what a command waits for: what a process has done with a method, in the words of a document.
func (w *World) condition(a *rpc.Act, cmd *Command) *Error {
	if cmd.When == "" {
		return nil
	}
	k := slices.Index(rpc.DeedNames[:], cmd.When)
	if k < 0 {
		return &Error{"$.when", quote(cmd.When) + " is nothing that a process does", "one of " + strings.Join(rpc.DeedNames[1:], ", ")}
	}
	who := orElse(cmd.Waits, cmd.Client)
	if w.process(who) == nil {
		return &Error{"$.waits", "there is no process " + quote(who), "name the process that is waited for"}
	}
	a.When = rpc.When{Has: rpc.Deed(k), Process: who}
	if a.When.Has.OfMethod() {
		a.When.Method = cmd.Method
	}
	return nil
}

func orElse(s, otherwise string) string {
	if s == "" {
		return otherwise
	}
	return s
}
