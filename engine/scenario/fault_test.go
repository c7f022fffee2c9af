package scenario_test

import (
	"errors"
	"strings"
	"testing"

	"rpcscope/engine/flow"
	"rpcscope/engine/scenario"
)

// What is wrong with an entry of "operator" is said with its place and a remedy.
func TestOperatorMistakesAreNamed(t *testing.T) {
	for entry, want := range map[string][2]string{
		`{"kill": "server@h1"}`: {"$.operator[0]", `write "at"`},
		`{"at": "1s", "when": {"queue": "t", "ready": 1}, "kill": "server@h1"}`:                    {"$.operator[0]", "write one of them"},
		`{"at": "1s", "after": "1s", "kill": "server@h1"}`:                                         {"$.operator[0].after", `into "at"`},
		`{"at": "1s", "kil": "server@h1"}`:                                                         {"$.operator[0]", `did you mean "kill"?`},
		`{"at": "1s", "kill": "server@h1", "pause": "server@h1"}`:                                  {"$.operator[0]", "write one of"},
		`{"at": "1s", "kill": "sever@h1"}`:                                                         {"$.operator[0].kill", `did you mean "server@h1"?`},
		`{"at": "1s", "purge_queue": "t.h2"}`:                                                      {"$.operator[0].purge_queue", `did you mean "t.h1"?`},
		`{"at": "1s", "slow_down": "server@h1"}`:                                                   {"$.operator[0].times", "required"},
		`{"at": "1s", "slow_down": "server@h1", "times": 0}`:                                       {"$.operator[0].times", "from 1"},
		`{"at": "1s", "detach": "server@h1"}`:                                                      {"$.operator[0].detach", "drop_connections"},
		`{"at": "1s", "raise_alarm": "memroy"}`:                                                    {"$.operator[0].raise_alarm", `did you mean "memory"?`},
		`{"when": {}, "kill": "server@h1"}`:                                                        {"$.operator[0].when", `write "process"`},
		`{"when": {"process": "server@h1"}, "kill": "server@h1"}`:                                  {"$.operator[0].when", "what it has done"},
		`{"when": {"process": "server@h1", "has": "fetchd"}, "kill": "server@h1"}`:                 {"$.operator[0].when.has", `did you mean "fetched"?`},
		`{"when": {"process": "server@h1", "has": "stopped", "method": "m"}, "kill": "server@h1"}`: {"$.operator[0].when.method", "remove it"},
		`{"when": {"process": "server@h1", "has": "fetched", "method": "n"}, "kill": "server@h1"}`: {"$.operator[0].when.method", `did you mean "m"?`},
		`{"when": {"process": "server@h1", "has": "fetched", "ready": 1}, "kill": "server@h1"}`:    {"$.operator[0].when", `or "queue"`},
		`{"when": {"queue": "t", "ready": 1, "unacked": 1}, "kill": "server@h1"}`:                  {"$.operator[0].when", "how many messages"},
		`{"at": "1s", "set_policy": {"pattern": "(", "definition": {"max-length": 1}}}`:            {"$.operator[0].set_policy.pattern", "regular expression"},
		`{"at": "1s", "set_policy": {"pattern": "t", "definition": {"max-lenght": 1}}}`:            {"$.operator[0].set_policy.definition", `did you mean "max-length"?`},
	} {
		_, err := scenario.Parse([]byte(pair("1s", `{"call": "m", "topic": "t"}`, `, "operator": [`+entry+`]`)))
		var e *scenario.Error
		if !errors.As(err, &e) || !strings.HasPrefix(e.Path, want[0]) || !strings.Contains(err.Error(), want[1]) {
			t.Errorf("%s: %v, want %q", entry, err, want)
		}
	}
	zmq := strings.Replace(pair("1s", `{"call": "m", "topic": "t"}`, `, "operator": [{"at": "1s", "cut_link": "client@c"}]`), `"title": "x",`, `"title": "x", "profile": "zmq-2",`, 1)
	if _, err := scenario.Parse([]byte(zmq)); err == nil || !strings.Contains(err.Error(), "RabbitMQ only") {
		t.Errorf("a link of ZeroMQ: %v", err)
	}
}

// A person can do by a command whatever an operator does in a document, and is told what is wrong with a command.
func TestCommandsInflictFaults(t *testing.T) {
	names := &flow.Names{}
	var told []string
	w, err := scenario.NewWorld(parse(t, pair("20ms", `{"sleep": "1s"}`, `, "actions": [{"client": "client@c", "call": "m", "topic": "t", "timeout": "2s"}]`)), 1, names,
		flow.SinkFunc(func(e *flow.Event, _ *flow.Message) {
			if e.Kind >= flow.Operator {
				told = append(told, e.Kind.String())
			}
		}))
	if err != nil {
		t.Fatal(err)
	}
	step := func(ns int64) {
		if err := w.RunUntil(w.Now() + ns); err != nil {
			t.Fatal(err)
		}
	}
	step(2e9)
	for _, c := range []scenario.Command{
		{Kind: "pause", Client: "server@h1"},
		{Kind: "continue", Client: "server@h1"},
		{Kind: "slow_down", Client: "server@h1"},
		{Kind: "cut_link", Client: "client@c"},
		{Kind: "delay_link", Client: "client@c", Value: 5e6},
		{Kind: "restore_link", Client: "client@c"},
		{Kind: "drop", Client: "server@h1"},
		{Kind: "purge_queue", Queue: "t"},
		{Kind: "delete_queue", Queue: "t.h1"},
		{Kind: "poison", Client: "client@c"},
		{Kind: "raise_alarm"},
		{Kind: "clear_alarm", Label: "memory"},
		{Kind: "stop_broker"},
		{Kind: "start_broker"},
		{Kind: "restart_broker", Value: 1e9},
		{Kind: "change_version", Client: "server@h1", Label: "2.0"},
		{Kind: "lose_reply_queue", Client: "client@c"},
		{Kind: "kill", Client: "server@h1", When: "fetched"},
		{Kind: "kill", Client: "client@c", When: "acknowledged", Waits: "server@h1", Method: "m"},
	} {
		if err := w.Do(c); err != nil {
			t.Errorf("%+v: %v", c, err)
		}
		step(3e9)
	}
	got := strings.Join(told, " ")
	for _, kind := range []string{
		"process-pause", "process-continue", "process-slow", "network-cut", "network-delay", "network-restore", "alarm-set", "alarm-clear", "broker-stop", "broker-start",
	} {
		if !strings.Contains(got, "operator "+kind) {
			t.Errorf("no %s follows what was done: %s", kind, got)
		}
	}
	for _, c := range []scenario.Command{
		{Kind: "puase", Client: "server@h1"},
		{Kind: "pause", Client: "nobody"},
		{Kind: "purge_queue", Queue: "ghost"},
		{Kind: "slow_down", Client: "server@h1", Value: 1},
		{Kind: "change_version", Client: "server@h1", Label: "two"},
		{Kind: "raise_alarm", Label: "heat"},
		{Kind: "kill", Client: "server@h1", When: "tired"},
		{Kind: "set_policy"},
		{Kind: "detach", Client: "server@h1"},
		{Kind: "kill", Client: "server@h1", When: "fetched", Waits: "nobody"},
	} {
		var e *scenario.Error
		if err := w.Do(c); !errors.As(err, &e) || e.Path == "" || e.Remedy == "" {
			t.Errorf("%+v: %v", c, err)
		}
	}
}

// Killed behind a cut link, a server is still a consumer to the broker: it gets messages until its heartbeats are missed.
func TestTheBrokerLearnsLateOfADeathBehindACutLink(t *testing.T) {
	s, _ := play(t, pair("20ms", `{"sleep": "4s"}, {"cast": "m", "topic": "t"}`,
		`, "transport": {"heartbeat_timeout_threshold": "4s", "heartbeat_check": "1s"}, "operator": [{"at": "4s", "cut_link": "server@h1"}, {"at": "4500ms", "kill": "server@h1"}]`), 40e9)
	var delivered, back int64
	for _, e := range s.events {
		switch {
		case e.Kind == flow.Deliver && s.text(e.Process) == "server@h1":
			delivered = e.At
		case e.Kind == flow.Requeue:
			back = e.At
		}
	}
	if delivered < 5e9 || back < delivered || back > 17e9 || len(s.kinds(flow.Dispatch)) != 0 {
		t.Errorf("delivered at %d ms, back in its queue at %d ms, %d runs", delivered/1e6, back/1e6, len(s.kinds(flow.Dispatch)))
	}
}
