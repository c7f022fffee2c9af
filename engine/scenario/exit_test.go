package scenario_test

import (
	"strings"
	"testing"

	"rpcscope/engine/flow"
	"rpcscope/engine/scenario"
)

// A process that ends in one of several parallel branches takes the others,
// and the method that runs them, with it.
func TestExitInAParallelBranchEndsTheWholeProcess(t *testing.T) {
	for _, how := range []string{"abrupt", "clean"} {
		doc := `{"title": "x", "transport": {"stop_poll": "0"}, "processes": [
			{"name": "server@h", "servers": [{"topic": "t", "endpoints": [{"methods": {"m": {"steps": [
				{"parallel": [[{"cast": "m", "topic": "other", "missing": true}], [{"exit": "` + how + `"}], [{"cast": "m", "topic": "late", "missing": true}]]}]}}}]}]},
			{"name": "client@h", "start": "1s", "threads": [{"steps": [{"call": "m", "topic": "t", "timeout": "3s"}]}]}]}`
		s, w := play(t, doc, 20e9)
		stops := s.kinds(flow.ProcessStop)
		if len(stops) != 1 || s.text(stops[0].Process) != "server@h" {
			t.Errorf("%s: stops: %+v", how, stops)
		}
		wantTimeouts := 0 // an orderly end waits for the method, which answers
		if how == "abrupt" {
			wantTimeouts = 1
		}
		if n := len(s.kinds(flow.Timeout)); n != wantTimeouts {
			t.Errorf("%s: %d timeouts", how, n)
		}
		if err := w.Do(scenario.Command{Kind: "start", Client: "server@h"}); err != nil {
			t.Error(err)
		}
		if err := w.RunUntil(40e9); err != nil {
			t.Error(err)
		}
	}
}

// Whoever waits for an HTTP response learns that the process that should give
// it has gone, and goes on; a response that was on its way still arrives.
func TestRESTRequestEndsWithTheProcessThatAnswersIt(t *testing.T) {
	doc := `{"title": "x", "broker": {"rest_latency": "100ms"}, "processes": [
		{"name": "api@h", "rest_only": true, "rest": [{"request": "GET /slow", "takes": "5s"}, {"request": "GET /fast"}]},
		{"name": "client@c", "threads": [
			{"start": "1s", "steps": [{"rest": "GET /slow", "to": "api@h"}, {"cast": "after_slow", "topic": "t", "missing": true}]},
			{"start": "2900ms", "steps": [{"rest": "GET /fast", "to": "api@h", "on_error": "raise"}, {"cast": "after_fast", "topic": "t", "missing": true}]}]}],
		"operator": [{"at": "3050ms", "kill": "api@h"}, {"at": "9s", "start": "api@h"}]}`
	s, _ := play(t, doc, 30e9)
	at := map[string]int64{}
	for _, e := range s.kinds(flow.Request) {
		at[s.text(e.Label)] = e.At
	}
	if got := at["after_slow"]; got != 3150e6 {
		t.Errorf("the slow request ended at %d ns: the broken connection shows one latency after the kill", got)
	}
	if got, n := at["after_fast"], len(s.kinds(flow.RestResponse)); got != 3100e6 || n != 1 {
		t.Errorf("the fast request ended at %d ns, %d responses", got, n)
	}
}

// A thread whose run took longer than its period goes on at once, and does not
// make up for the runs that fell out.
func TestThreadDoesNotMakeUpForRunsThatFellOut(t *testing.T) {
	doc := pair("1ms", `{"sleep": "0"}`, "")
	doc = strings.Replace(doc, `"threads": [{"steps"`, `"threads": [{"every": "1s", "times": 8, "steps": [{"call": "m", "topic": "ghost", "timeout": "4s"}]}, {"steps"`, 1)
	doc = strings.Replace(doc, `{"name": "server@h1"`, `{"name": "late@h9", "start": "8s", "servers": [{"topic": "ghost", "endpoints": [{"methods": {"m": {}}}]}]}, {"name": "server@h1"`, 1)
	s, _ := play(t, doc, 60e9)
	var starts []int64
	for _, e := range s.kinds(flow.Request) {
		starts = append(starts, e.At)
	}
	if len(starts) != 8 || len(s.kinds(flow.Timeout)) == 0 {
		t.Fatalf("%d requests, %d timeouts", len(starts), len(s.kinds(flow.Timeout)))
	}
	for i := 1; i < len(starts); i++ {
		if pause := starts[i] - starts[i-1]; pause < 1e9 {
			t.Errorf("run %d began %d ns after the one before", i+1, pause)
		}
	}
}
