package rpc_test

import (
	"testing"

	"rpcscope/engine/flow"
	"rpcscope/engine/rpc"
	"rpcscope/engine/scenario"
)

// A thread of oslo.messaging that reads opens another channel when the broker
// closes its own, under the same connection and names; that of Nova's library ends.
func TestReadingGoesOnAfterTheChannelWasClosed(t *testing.T) {
	for profile, want := range map[string]int{"modern": 2, "classic": 1} {
		doc, err := scenario.Parse([]byte(`{"title": "x", "profile": "` + profile + `", "processes": [
			{"name": "server@h1", "servers": [{"topic": "t", "endpoints": [{"methods": {"m": {}, "n": {}}}]}]},
			{"name": "client@c", "start": "1s", "threads": [{"steps": [{"call": "m", "topic": "t"}, {"sleep": "4s"}, {"call": "n", "topic": "t", "timeout": "9s"}]}]}]}`))
		if err != nil {
			t.Fatal(err)
		}
		var names flow.Names
		answered, opened, consumed := 0, 0, 0
		s := rpc.New(&doc.Config, 1, &names, flow.SinkFunc(func(e *flow.Event, _ *flow.Message) {
			server := names.Text(e.Process) == "server@h1"
			switch {
			case e.Kind == flow.Reply:
				answered++
			case e.Kind == flow.ConnectionOpen && server:
				opened++
			case e.Kind == flow.Consume && server:
				consumed++
			}
		}))
		run := func(until int64) {
			for s.Step(until) {
			}
		}
		run(3e9)
		s.Spoil("server@h1")
		run(30e9)
		if answered != want || opened != 2 || consumed != 3*want {
			t.Errorf("%s: %d calls answered, %d connections, %d consumers", profile, answered, opened, consumed)
		}
	}
}
