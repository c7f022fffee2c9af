package scenario_test

import (
	"slices"
	"strings"
	"testing"

	"rpcscope/engine/flow"
	"rpcscope/engine/scenario"
)

// hosts is a document of the first ZeroMQ driver with Redis: two services of a
// topic and a client that does steps.
func hosts(options, steps, more string) string {
	service := func(host string) string {
		return `{"name": "zmq-receiver@` + host + `", "runs": "zmq-receiver"}, {"name": "nova-compute@` + host + `", "start": "20ms", "servers": [{"topic": "compute", "endpoints": [{"methods": {"m": {}}}]}]}, `
	}
	return `{"title": "x", "profile": "zmq-1", "transport": {"rpc_zmq_matchmaker": "redis"` + options + `}, "processes": [` + service("h1") + service("h2") +
		`{"name": "zmq-receiver@c", "runs": "zmq-receiver"}, {"name": "nova-api@c", "start": "1s", "threads": [{"steps": [` + steps + `]}]}]` + more + `}`
}

// The Redis matchmaker of the first driver: a set for each topic, a random
// member for a bare topic, all for a fanout – by their plain names, so that it
// takes the way of any other message.
func TestRedisMatchmakerOfTheFirstDriver(t *testing.T) {
	s, _ := play(t, hosts("", `{"fanout": "m", "topic": "compute"}, `+strings.TrimSuffix(strings.Repeat(`{"cast": "m", "topic": "compute"}, `, 30), ", "), ""), 20e9)
	var records []string
	for _, e := range s.kinds(flow.Record) {
		records = append(records, s.text(e.Key)+" "+s.text(e.Text))
	}
	slices.Sort(records)
	if want := []string{"compute compute.h1", "compute compute.h2"}; !slices.Equal(records, want) {
		t.Errorf("records %q", records)
	}
	to := map[string]int{}
	for _, e := range s.kinds(flow.Deliver) {
		if e.Class == flow.ClassFanout {
			to["fanout "+s.text(e.Queue)]++
		} else {
			to[s.text(e.Process)]++
		}
	}
	if to["fanout zmq_topic_compute.h1"] != 1 || to["fanout zmq_topic_compute.h2"] != 1 || to["nova-compute@h1"]+to["nova-compute@h2"] != 30 || min(to["nova-compute@h1"], to["nova-compute@h2"]) < 6 {
		t.Errorf("%v", to)
	}
}

// A member's record outlives it: ten minutes by default, written again each five.
func TestRecordsOfTheFirstDriverHaveALife(t *testing.T) {
	doc := hosts("", `{"sleep": "1s"}`, `, "operator": [{"at": "320s", "stop": "nova-compute@h1"}]`)
	s, _ := play(t, doc, 1000e9)
	gone := s.kinds(flow.RecordGone)
	if len(gone) != 1 || s.text(gone[0].Text) != "compute.h1" || s.text(gone[0].Label) != "expired" || gone[0].At/1e9 != 900 {
		t.Errorf("%+v", gone)
	}
	if n := len(s.kinds(flow.Record)); n != 2+1+3 {
		t.Errorf("written %d times", n)
	}
	s, _ = play(t, hosts(`, "matchmaker_heartbeat_freq": "2s", "matchmaker_heartbeat_ttl": "5s"`, `{"sleep": "20s"}, {"call": "m", "topic": "compute", "timeout": "3s"}`,
		`, "operator": [{"at": "3s", "kill": "nova-compute@h1"}, {"at": "3s", "kill": "nova-compute@h2"}]`), 30e9)
	lookup := s.kinds(flow.Lookup)
	if len(s.kinds(flow.RecordGone)) != 2 || len(lookup) != 1 || lookup[0].Value != 0 || len(s.kinds(flow.Timeout)) != 1 || s.kinds(flow.Timeout)[0].At > 21200e6 {
		t.Errorf("%d records gone, lookups %+v: nobody is known, and the call fails at once", len(s.kinds(flow.RecordGone)), lookup)
	}
}

// The dummy matchmaker is in the memory of one process: others find nobody.
func TestDummyMatchmakerIsForOneProcess(t *testing.T) {
	server := `"servers": [{"topic": "t", "endpoints": [{"methods": {"m": {}}}]}]`
	call := `"threads": [{"start": "1s", "steps": [{"call": "m", "topic": "t", "timeout": "40s"}]}]`
	for doc, want := range map[string]int{
		`{"name": "a@h", ` + server + `, ` + call + `}`:                  1,
		`{"name": "a@h", ` + server + `}, {"name": "b@h", ` + call + `}`: 0,
	} {
		s, _ := play(t, `{"title": "x", "profile": "zmq-2", "transport": {"rpc_zmq_matchmaker": "dummy"}, "processes": [`+doc+`]}`, 60e9)
		if n := len(s.kinds(flow.Reply)); n != want {
			t.Errorf("%s: %d answers", doc, n)
		}
	}
}

func TestSettingsOfMatchmakersAndHosts(t *testing.T) {
	p := `, "processes": [{"name": "r@h", "runs": "zmq-receiver"}, {"name": "a@h"}]}`
	for doc, want := range map[string]string{
		`{"title": "x", "transport": {"url": "zmq://r1:6379?rpc_zmq_matchmaker=redis&matchmaker_heartbeat_ttl=60&matchmaker_heartbeat_freq=30"}, "profile": "zmq-1"` + p:            "",
		`{"title": "x", "profile": "zmq-1", "transport": {"matchmaker_heartbeat_ttl": "60s"}` + p:                                                                                   `is set, but the matchmaker is "localhost"; add "rpc_zmq_matchmaker": "redis"`,
		`{"title": "x", "profile": "zmq-2", "processes": [{"name": "a", "transport": {"rpc_zmq_host": "n7"}, "servers": [{"topic": "t", "endpoints": [{"methods": {"m": {}}}]}]}]}`: "",
		`{"title": "x", "profile": "qpid-2", "processes": [{"name": "a", "transport": {"rpc_zmq_host": "n7"}}]}`:                                                                    "is a setting of ZeroMQ's drivers",
		`{"title": "x", "profile": "zmq-2", "processes": [{"name": "a", "transport": {"rpc_zmq_host": "n/7"}}]}`:                                                                    "is no host",
		`{"title": "x", "transport": {"rabbit_host": "ctl1:5672"}, "processes": [{"name": "a"}]}`:                                                                                   "the port is an option of its own",
		`{"title": "x", "transport": {"rabbit_host": "[::1]"}, "processes": [{"name": "a"}]}`:                                                                                       "is no host",
		`{"title": "x", "transport": {"rabbit_host": "::1"}, "processes": [{"name": "a"}]}`:                                                                                         "",
	} {
		d, err := scenario.Parse([]byte(doc))
		switch {
		case want == "" && err != nil || want != "" && (err == nil || !strings.Contains(err.Error(), want)):
			t.Errorf("%s: %v", doc, err)
		case strings.Contains(doc, `"n7"`) && want == "" && (d.Config.Processes[0].Host != "n7" || d.Config.Processes[0].Servers[0].Name != "n7"):
			t.Errorf("%+v", d.Config.Processes[0])
		}
	}
}
