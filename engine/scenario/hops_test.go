package scenario_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"rpcscope/engine/flow"
)

// hops tells a run as what services said to each other, one line for each event; from leaves out what was before.
// Those told to be left out are what others do meanwhile.
func (m *model) hops(from int64, leaveOut ...string) []string {
	var out []string
	for i := range m.events {
		e := &m.events[i]
		if e.At < from {
			continue
		}
		line := m.hop(e)
		for _, word := range leaveOut {
			if strings.Contains(line, word) {
				line = ""
			}
		}
		if line != "" {
			out = append(out, line)
		}
	}
	return out
}

func (m *model) hop(e *flow.Event) string {
	n := m.names
	who, what, key := n.Text(e.Process), n.Text(e.Label), n.Text(e.Key)
	switch e.Kind {
	case flow.Publish:
		d := m.messages[e.Msg]
		if what = n.Text(d.Method); what == "" {
			what = n.Text(d.EventType)
		}
		switch d.Class {
		case flow.ClassReply:
			return "" // told when the caller has it
		case flow.ClassFanout:
			key = n.Text(e.Exchange)
		}
		return fmt.Sprintf("%s %ss %s %s", who, strings.Replace(d.Class.String(), "notification", "notifie", 1), key, what)
	case flow.Dispatch:
		return who + " runs " + what
	case flow.Reply:
		return who + " has its answer to " + what
	case flow.Failure:
		return who + " gets " + n.Text(e.Text) + " for " + what + ": " + n.Text(e.Args)
	case flow.Timeout:
		return who + " gives up on " + what
	case flow.RestRequest:
		return who + " asks " + key + ": " + what + " " + n.Text(e.Text)
	case flow.RestFilter:
		return what + " of " + who + " passes it on"
	case flow.RestResponse:
		if e.Tag != 0 {
			return fmt.Sprintf("%s of %s answers %s: %d", n.Text(e.Tag), who, key, e.Value)
		}
		return fmt.Sprintf("%s answers %s: %d", who, key, e.Value)
	case flow.RestFailure:
		return who + " gets " + n.Text(e.Tag) + " for " + what + " " + n.Text(e.Text)
	}
	return ""
}

func script(t *testing.T, want string, got []string) {
	t.Helper()
	var lines []string
	for _, l := range strings.Split(want, "\n") {
		if l = strings.TrimSpace(l); l != "" {
			lines = append(lines, l)
		}
	}
	if diff := cmp.Diff(lines, got); diff != "" {
		t.Error(diff)
	}
}

// rest is a service with a pipeline and somebody who asks it; keystone says whether a token is good.
func rest(asks, more string) string {
	return `{"title": "x", "processes": [
		{"name": "keystone", "rest_only": true, "rest": [
			{"request": "GET /good", "takes": "2ms"}, {"request": "GET /bad", "status": 404}, {"request": "GET /slow", "takes": "5s"}]},
		{"name": "api", "rest_only": true, "pipeline": [
			{"filter": "cors"},
			{"filter": "ratelimit", "limit": {"requests": 2, "per": "1s"}},
			{"filter": "authtoken", "requires": "token", "takes": "1ms", "steps": [{"rest": "GET /good", "to": "keystone"}]},
			{"app": "osapi", "takes": "1ms"}],
		 "rest": [
			{"request": "GET /servers", "takes": "10ms"},
			{"request": "POST /servers", "status": 202},
			{"request": "GET /slow", "takes": "5s"},
			{"request": "GET /broken", "steps": [{"rest": "GET /bad", "to": "keystone"}]},
			{"request": "GET /away", "on_failure": 502, "steps": [{"rest": "GET /bad", "to": "keystone"}]}]},
		{"name": "horizon", "start": "100ms", "rest_only": true, "threads": [{"steps": [` + asks + `]}]}] ` + more + `}`
}

func ask(request, more string) string {
	return `{"rest": "` + request + `", "to": "api", "context": {"token": "t"}` + more + `}`
}

func TestARequestPassesThePipeline(t *testing.T) {
	s, _ := play(t, rest(ask("GET /servers", ""), ""), 3e9)
	script(t, `
		horizon asks api: GET /servers
		api asks keystone: GET /good
		keystone answers api: 200
		authtoken of api passes it on
		api answers horizon: 200
	`, s.hops(0))
	done := s.kinds(flow.RestDone)
	if len(done) != 2 || done[1].Count != 200 || done[1].Value < 14e6 || done[1].Value > 22e6 {
		t.Errorf("who asked learns status and latency: %+v", done)
	}
	if f := s.kinds(flow.RestFilter); len(f) != 1 || f[0].Value < 4e6 || f[0].Value > 8e6 {
		t.Errorf("the filter says how long it took: %+v", f)
	}
}

func TestAFilterAnswersInPlaceOfTheApplication(t *testing.T) {
	cases := map[string]struct{ asks, more, want string }{
		"401 without a token": {
			`{"rest": "GET /servers", "to": "api"}`, "", `
			horizon asks api: GET /servers
			authtoken of api answers horizon: 401`,
		},
		"429 over the limit, until its stretch is over": {
			ask("POST /servers", "") + "," + ask("POST /servers", "") + "," + ask("POST /servers", "") + `, {"sleep": "1s"},` + ask("POST /servers", ""), "", `
			horizon asks api: POST /servers
			api answers horizon: 202
			horizon asks api: POST /servers
			api answers horizon: 202
			horizon asks api: POST /servers
			ratelimit of api answers horizon: 429
			horizon asks api: POST /servers
			api answers horizon: 202`,
		},
		"503 when Keystone cannot be asked": {
			ask("GET /servers", ""), `, "operator": [{"at": "50ms", "kill": "keystone"}]`, `
			horizon asks api: GET /servers
			api gets ConnectFailure for GET /good
			authtoken of api answers horizon: 503`,
		},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			s, _ := play(t, rest(c.asks, c.more), 5e9)
			script(t, c.want, s.hops(0, "keystone: GET /good", "keystone answers", "passes it on")) // what every good token costs
		})
	}
	bad := strings.Replace(rest(ask("GET /servers", ""), ""), `"steps": [{"rest": "GET /good"`, `"steps": [{"rest": "GET /bad"`, 1)
	s, _ := play(t, bad, 3e9)
	script(t, `
		horizon asks api: GET /servers
		api asks keystone: GET /bad
		keystone answers api: 404
		authtoken of api answers horizon: 401
	`, s.hops(0))
}

func TestRequestsFailAsHTTPDoes(t *testing.T) {
	cases := map[string]struct{ asks, more, want, failure string }{
		"no such route": {ask("GET /flavors", `, "missing": true`), "", `
			horizon asks api: GET /flavors
			api answers horizon: 404`, ""},
		"a step of the route fails": {ask("GET /broken", ""), "", `
			horizon asks api: GET /broken
			api asks keystone: GET /bad
			keystone answers api: 404
			api answers horizon: 500`, ""},
		"a route that says what then": {ask("GET /away", ""), "", `
			horizon asks api: GET /away
			api asks keystone: GET /bad
			keystone answers api: 404
			api answers horizon: 502`, ""},
		"nobody listens": {ask("GET /servers", ""), `, "operator": [{"at": "50ms", "kill": "api"}]`, `
			horizon asks api: GET /servers
			horizon gets ConnectFailure for GET /servers`, "Unable to establish connection to api/servers: Connection refused"},
		"killed before it answered": {ask("GET /slow", ""), `, "operator": [{"at": "1s", "kill": "api"}]`, `
			horizon asks api: GET /slow
			horizon gets ConnectFailure for GET /slow`, "Unable to establish connection to api/slow: ('Connection aborted.', RemoteDisconnected('Remote end closed connection without response'))"},
		"too slow, and late": {ask("GET /slow", `, "timeout": "2s"`) + "," + ask("POST /servers", ""), "", `
			horizon asks api: GET /slow
			horizon gets ConnectTimeout for GET /slow
			horizon asks api: POST /servers
			api answers horizon: 202
			api answers horizon: 200`, "Request to api/slow timed out"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			s, _ := play(t, rest(c.asks, c.more), 9e9)
			script(t, c.want, s.hops(0, "GET /good", "keystone answers api: 200", "passes it on"))
			f := s.kinds(flow.RestFailure)
			if c.failure == "" && len(f) > 0 || c.failure != "" && (len(f) != 1 || s.names.Text(f[0].Args) != c.failure) {
				t.Errorf("failures: %+v", f)
			}
			if name == "too slow, and late" && (len(f) != 1 || f[0].Value != 2e9) {
				t.Errorf("gave up after %d ns", f[0].Value)
			}
		})
	}
}

func TestAServiceSaysWhatItIs(t *testing.T) {
	s, _ := play(t, `{"title": "x", "processes": [{"name": "nova-compute@h1", "component": "nova", "door": true, "entry_point": "nova-compute = nova.cmd.compute:main",
		"servers": [{"topic": "compute", "endpoints": [{"class": "ComputeManager", "namespace": "n", "version": "6.1", "rpcapi": {"class": "nova.compute.rpcapi.ComputeAPI", "version": "6.0"}, "methods": {"a": {}, "b": {}}}]}],
		"pipeline": [{"filter": "cors"}, {"app": "osapi"}], "rest": [{"request": "GET /x; y"}]}]}`, 1e9)
	got := s.names.Text(s.kinds(flow.ProcessStart)[0].Args)
	want := "component=nova; door=yes; binary=nova-compute; entry point=nova-compute = nova.cmd.compute:main; topic=compute; manager=ComputeManager 6.1, namespace n; " +
		"methods=a, b; rpcapi=nova.compute.rpcapi.ComputeAPI 6.0; answers=GET /x, y; filter=cors; app=osapi"
	if got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	if v := flow.AnatomyOf(got, flow.AnatomyEntry); v != "nova-compute = nova.cmd.compute:main" {
		t.Errorf("entry point %q", v)
	}
}
