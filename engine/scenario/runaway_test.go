package scenario_test

import (
	"errors"
	"strings"
	"testing"

	"rpcscope/engine/flow"
	"rpcscope/engine/scenario"
)

// What multiplies is stopped within a bounded number of events, by an error that says when, why and where it grows.
func TestWhatMultipliesIsStopped(t *testing.T) {
	for _, c := range []struct{ name, steps, begin string }{
		{"a cast that casts itself twice", `{"cast": "m", "topic": "t"}, {"cast": "m", "topic": "t"}`, "cast"},
		{"a fanout that fans out twice", `{"fanout": "m", "topic": "t"}, {"fanout": "m", "topic": "t"}`, "fanout"},
		{"branches that cast the branches", `{"parallel": [[{"cast": "m", "topic": "t"}], [{"cast": "m", "topic": "t"}], [{"cast": "m", "topic": "t"}]]}`, "cast"},
	} {
		t.Run(c.name, func(t *testing.T) {
			w, events := run(t, server(c.steps, c.begin))
			err := w.RunUntil(600e9)
			if !errors.Is(err, scenario.ErrRunaway) {
				t.Fatalf("ended with %v", err)
			}
			for _, part := range []string{"at 1", "ms: more than", `"a@h"`, "; let less happen at a time: make its threads slower"} {
				if !strings.Contains(err.Error(), part) {
					t.Errorf("%q lacks %q", err, part)
				}
			}
			if *events > 10*scenario.MaxSteps || w.Now() > 3e9 {
				t.Errorf("stopped after %d events, at %d ns", *events, w.Now())
			}
			if again := w.RunUntil(600e9); !errors.Is(again, scenario.ErrRunaway) {
				t.Errorf("asked again, it went on: %v", again)
			}
		})
	}
}

// Whatever else may grow has a bound, and the error names what grows, where, and what to do.
func TestEachKindOfGrowthHasABound(t *testing.T) {
	long := strings.Repeat("x", 900_000)
	ten := strings.Repeat(`{"cast": "m", "topic": "t"}, `, 9) + `{"cast": "m", "topic": "t"}`
	always := func(profile, steps, method, more string) string {
		return `{"title": "x", "profile": "` + profile + `", "broker": {"latency": "10us", "handling": "10us"}, "processes": [
		{"name": "a@h", "servers": [{"topic": "t", "executor_pool_size": 1, "endpoints": [{"methods": {"m": ` + method + `}}]}]},
		{"name": "c@h", "threads": [{"start": "1s", "every": "1ms", "steps": [` + steps + `]}]}]` + more + `}`
	}
	for _, c := range []struct{ name, doc, says string }{
		{"messages that no server keeps up with", always("modern", ten, `{"takes": "24h"}`, ""), `messages wait in queues or processes); most threads are those of "a@h": 1; most messages wait in "a@h": `},
		{"messages for a process that stands still", always("modern", ten, `{}`, `, "operator": [{"at": "900ms", "pause": "a@h"}]`), `messages wait in queues or sockets)`},
		{"notifications that nobody takes", always("modern", strings.Repeat(`{"notify": "e"}, `, 5)+`{"notify": "e"}`, `{}`, ""), `the longest queue is "notifications.info": 50`},
		{"messages for a server of Qpid's", always("qpid-2", ten, `{"takes": "24h"}`, ""), `messages wait in queues or processes)`},
		{"messages for a server of ZeroMQ's", always("zmq-2", ten, `{"takes": "24h"}`, ""), `messages wait in queues or processes)`},
		{"long messages", always("modern", `{"cast": "m", "topic": "t", "args": {"a": "`+long+`"}}`, `{}`, ""), `messages of more than 64 MiB within a second)`},
		{
			"messages that double", always("modern", `{"cast": "m", "topic": "t", "args": {"a": "`+long[:1000]+`"}}`, `{"steps": [{"cast": "m", "topic": "t", "args": {"a": ["${a}", "${a}"]}}]}`, ""),
			`the message "m" has more than 8 MiB)`,
		},
		{
			"processes that start again and again", always("modern", `{"cast": "m", "topic": "t"}`, `{"steps": [{"exit": "abrupt"}]}`, `, "operator": [{"when": {"process": "a@h", "has": "stopped", "every": true}, "start": "a@h"}]`),
			`connections were made)`,
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			w, _ := run(t, c.doc)
			err := w.RunUntil(3600e9)
			if !errors.Is(err, scenario.ErrRunaway) || !strings.Contains(err.Error(), c.says) {
				t.Fatalf("ended at %d ms with %v", w.Now()/1e6, err)
			}
			if again := w.Clone().RunUntil(3600e9); !errors.Is(again, scenario.ErrRunaway) {
				t.Errorf("asked again, it went on: %v", again)
			}
		})
	}
}

// What only goes round, one at a time, is no growth: it is let run, and time-outs end calls.
func TestWhatGoesRoundWithoutGrowingIsLetRun(t *testing.T) {
	for _, c := range []struct{ name, steps, begin string }{
		{"a call that calls itself", `{"call": "m", "topic": "t"}`, "call"},
		{"a cast that casts itself", `{"cast": "m", "topic": "t"}`, "cast"},
	} {
		t.Run(c.name, func(t *testing.T) {
			w, _ := run(t, server(c.steps, c.begin))
			if err := w.RunUntil(5e9); err != nil {
				t.Fatal(err)
			}
			if n := w.Broker().Held(); n > 10 {
				t.Errorf("%d messages are held", n)
			}
		})
	}
}

// A run that is interrupted every few events comes to the same as one that is not.
func TestDeterminismOfInterruptedRuns(t *testing.T) {
	straight, _ := run(t, whole)
	pieces, _ := run(t, whole)
	if err := straight.RunUntil(5e9); err != nil {
		t.Fatal(err)
	}
	for n := 1; ; n++ {
		left := n % 7
		done, err := pieces.RunSome(5e9, &left)
		if err != nil {
			t.Fatal(err)
		}
		if done {
			break
		}
		if left != 0 {
			t.Fatalf("stopped with %d to go", left)
		}
	}
	if a, b := straight.Digest(), pieces.Digest(); a != b {
		t.Errorf("%x, in pieces %x", a, b)
	}
}

func run(t *testing.T, doc string) (w *scenario.World, events *int) {
	t.Helper()
	events = new(int)
	w, err := scenario.NewWorld(parse(t, doc), 1, &flow.Names{}, flow.SinkFunc(func(*flow.Event, *flow.Message) { *events++ }))
	if err != nil {
		t.Fatal(err)
	}
	return w, events
}

// server is a document with one process whose method m does steps, and one that begins.
func server(steps, begin string) string {
	return `{"title": "x", "broker": {"latency": "10us", "handling": "10us"}, "processes": [
	{"name": "a@h", "servers": [{"topic": "t", "executor_pool_size": 1000, "endpoints": [{"methods": {"m": {"steps": [` + steps + `]}}}]}]},
	{"name": "c@h", "threads": [{"start": "1s", "steps": [{"` + begin + `": "m", "topic": "t"}]}]}]}`
}
