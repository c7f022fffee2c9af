package livebridge

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// asked returns a management client of a made-up API.
func asked(t *testing.T, answer http.HandlerFunc) *management {
	t.Helper()
	server := httptest.NewServer(answer)
	set, err := Config{AMQP: "amqp://user:geheim@localhost/", Management: server.URL}.check()
	if err != nil {
		t.Fatal(err)
	}
	m := newManagement(set)
	t.Cleanup(func() { m.close(); server.Close() })
	return m
}

func TestAVirtualHostWithoutStatisticsIsUnderstood(t *testing.T) {
	for body, want := range map[string]vhostFacts{
		`{"tracing":true,"message_stats":[]}`:                         {Tracing: true},
		`{"tracing":true}`:                                            {Tracing: true},
		`{"tracing":true,"message_stats":null}`:                       {Tracing: true},
		`{"tracing":true,"message_stats":{}}`:                         {Tracing: true},
		`{"tracing":false,"message_stats":{"publish":7,"deliver":3}}`: {Stats: stats{Publish: 7}},
	} {
		m := asked(t, func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, body) })
		if got, err := m.vhost(context.Background(), "/"); err != nil || got != want {
			t.Errorf("%s: %+v, %v", body, got, err)
		}
	}
}

func TestWhatTheManagementAPIRefusesIsSaidWithoutCredentials(t *testing.T) {
	for _, c := range []struct {
		answer http.HandlerFunc
		want   string
	}{
		{func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(401) }, "the user needs the tag monitoring there (401)"},
		{func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(403) }, "the user needs the tag monitoring there (403)"},
		{func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(500) }, "answered 500"},
		{func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "<html>") }, "no JSON in the answer"},
		{func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "http://evil.example/", http.StatusFound)
		}, "answered 302"},
		{func(w http.ResponseWriter, _ *http.Request) { panic(http.ErrAbortHandler) }, "the connection was lost"},
		{func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(make([]byte, managementLimit+2)) }, "answer over"},
	} {
		_, err := asked(t, c.answer).vhost(context.Background(), "/")
		if err == nil || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "geheim") {
			t.Errorf("%v, want %q", err, c.want)
		}
	}
}

func TestATopologyThatCouldNotBeFetchedIsAskedForAgainEverMoreRarely(t *testing.T) {
	var owed owedTopologies
	owed.settle("b", false)
	owed.settle("a", false)
	var at []string
	for tick := 1; tick <= 16; tick++ {
		for _, v := range owed.due() {
			at = append(at, fmt.Sprint(v, tick))
			owed.settle(v, v == "b" && tick > 1)
		}
	}
	if got, want := strings.Join(at, " "), "a1 b1 a3 b3 a7 a15"; got != want {
		t.Errorf("asked at %s, want %s", got, want)
	}
	owed.settle("a", true)
	if len(owed) != 0 {
		t.Errorf("still owed: %v", owed)
	}
}
