package player

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// factsOf are the values of a fact of what is selected.
func factsOf(s *Selection, key string) (out []string) {
	for _, f := range s.Facts {
		if f[0] == key {
			out = append(out, f[1].(string))
		}
	}
	return out
}

func inspected(t *testing.T, p *Player, id string) *Selection {
	t.Helper()
	must(t, p.Do(Command{Cmd: "select", ID: id}))
	p.Frame(0)
	s := p.Panel().Select
	if s == nil {
		t.Fatalf("%s: nothing is selected", id)
	}
	return s
}

func TestAServiceCardSaysWhatAServiceIsAndWhoCallsIt(t *testing.T) {
	p := open(t, "nova-boot")
	until(p, 6000e6)
	must(t, p.Do(Command{Cmd: "pause"}))
	s := inspected(t, p, "p:nova-conductor@ctl1")
	for key, want := range map[string][]string{
		"component":   {"nova"},
		"binary":      {"nova-conductor"},
		"entry point": {"nova-conductor = nova.cmd.conductor:main"},
		"topic":       {"conductor"},
		"manager":     {"ComputeTaskManager 1.25, namespace compute_task", "ConductorManager 3.0"},
		"methods":     {"build_instances", "object_action"},
		"rpcapi":      {"nova.conductor.rpcapi.ComputeTaskAPI 1.25", "nova.conductor.rpcapi.ConductorAPI 3.0"},
	} {
		if diff := cmp.Diff(want, factsOf(s, key)); diff != "" {
			t.Errorf("%s: %s", key, diff)
		}
	}
	callers := factsOf(s, "called-by")
	if !slices.ContainsFunc(callers, func(c string) bool { return strings.HasPrefix(c, "nova-api@ctl1, ") }) ||
		!slices.ContainsFunc(callers, func(c string) bool { return strings.HasPrefix(c, "nova-compute@host") }) {
		t.Errorf("called by %q", callers)
	}
	s = inspected(t, p, "p:nova-api@ctl1")
	if c := factsOf(s, "component"); len(c) != 1 || c[0] != "nova, its door for the others" {
		t.Errorf("the door: %q", c)
	}
	want := "cors → http_proxy_to_wsgi → compute_req_id → faultwrap → request_log → sizelimit → osprofiler → authtoken → keystonecontext → osapi_compute_app_v21"
	if got := factsOf(s, "pipeline"); len(got) != 1 || got[0] != want {
		t.Errorf("pipeline %q", got)
	}
}

// requestsIn are the ids of the requests to a service that the log tells of, in order.
func requestsIn(p *Player, to string) (ids []string) {
	for _, r := range p.Panel().Log {
		if r.Kind == "rest-request" && strings.Contains(r.Text, "asks "+to) && !slices.Contains(ids, r.ID) {
			ids = append(ids, r.ID)
		}
	}
	return ids
}

func TestARequestTellsHowFarItCame(t *testing.T) {
	p := open(t, "wsgi-pipeline")
	var ids []string
	for len(ids) < 6 && p.d < 60e9 {
		until(p, p.d+300e6)
		for _, id := range requestsIn(p, "nova-api@ctl1") {
			if !slices.Contains(ids, id) {
				ids = append(ids, id)
			}
		}
	}
	if len(ids) < 6 {
		t.Fatalf("%d requests", len(ids))
	}
	until(p, p.d+3e9)
	must(t, p.Do(Command{Cmd: "pause"}))
	cases := []struct {
		title, status, by, why string
		passed                 int
	}{
		{"POST /v2/servers", "202 Accepted", "", "pipeline", 7},
		{"POST /v2/servers", "202 Accepted", "", "pipeline", 7},
		{"POST /v2/servers", "413 Content Too Large", "ratelimit", "pipeline-answered", 5},
		{"POST /v2/servers", "401 Unauthorized", "authtoken", "pipeline-answered", 3},
		{"GET /v2/flavours", "404 Not Found", "", "pipeline", 7},
		{"POST /v2/servers", "", "", "pipeline-ahead", 0},
	}
	for i, c := range cases {
		s := inspected(t, p, ids[i])
		by, status := strings.Join(factsOf(s, "answered-by"), ""), strings.Join(factsOf(s, "status"), "")
		if s.Kind != "rest" || s.Cls != "rest" || s.Title != c.title || status != c.status || by != c.by || len(factsOf(s, "latency")) != 1 {
			t.Errorf("request %d: %q, status %q by %q: %+v", i+1, s.Title, status, by, s.Facts)
		}
		if s.Why == nil {
			if c.passed > 0 {
				t.Errorf("request %d says nothing of the pipeline", i+1)
			}
			continue
		}
		n := 0
		for _, x := range s.Why.Tried {
			if x.Match {
				n++
			}
		}
		if s.Why.Code != c.why || n != c.passed || len(s.Why.Tried) != 7 {
			t.Errorf("request %d: %s, %d of %d passed", i+1, s.Why.Code, n, len(s.Why.Tried))
		}
	}
	if s := inspected(t, p, ids[5]); strings.Join(factsOf(s, "failure"), "") != "ConnectFailure" || s.Sub != "no answer" {
		t.Errorf("refused: %q, %+v", s.Sub, s.Facts)
	}
	c := p.Panel().Counters.REST
	if c.Requests < 8 || c.NoResponse != 1 || c.Refused != 3 || c.Answered+c.Refused+c.NoResponse != c.Requests {
		t.Errorf("counts: %+v", c)
	}
}
