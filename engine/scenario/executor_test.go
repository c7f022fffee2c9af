package scenario_test

import (
	"strings"
	"testing"

	"rpcscope/engine/flow"
)

// three calls, a tenth of a second apart, and what became of them: when the last was acknowledged and when it was answered, in ms after the first request.
func three(t *testing.T, executor, method string) (acked, answered int64) {
	t.Helper()
	calls := `[{"call": "m", "topic": "t"}], [{"sleep": "100ms"}, {"call": "m", "topic": "t"}], [{"sleep": "200ms"}, {"call": "m", "topic": "t"}]`
	s, _ := play(t, modernPair("", `, "executor": `+executor, method, `{"parallel": [`+calls+`]}`), 20e9)
	first := s.kinds(flow.Request)[0].At
	for _, e := range s.kinds(flow.Ack) {
		if s.text(e.Queue) == "t" {
			acked = (e.At - first) / 1e6
		}
	}
	replies := s.kinds(flow.Reply)
	if len(replies) != 3 {
		t.Fatalf("%s: %d replies", executor, len(replies))
	}
	return acked, (replies[2].At - first) / 1e6
}

// What each executor lets happen at once.
func TestExecutors(t *testing.T) {
	for _, c := range []struct {
		name, executor, method string
		acked, answered        int64
	}{
		{"threads wait together", `"threading"`, `{"takes": "1s"}`, 0, 1000},
		{"a pool of one thread takes all requests and runs them in turn", `"threading", "executor_pool_size": 1`, `{"takes": "1s"}`, 0, 3000},
		{"blocking leaves the next request with the broker", `"blocking"`, `{"takes": "1s"}`, 2000, 3000},
		{"green threads wait together", `"eventlet"`, `{"takes": "1s"}`, 0, 1000},
		{"but one that computes stops the others, and the acknowledgements", `"eventlet"`, `{"steps": [{"busy": "1s"}]}`, 1000, 3000},
		{"which threads do not", `"threading"`, `{"steps": [{"busy": "1s"}]}`, 0, 1000},
	} {
		acked, answered := three(t, c.executor, c.method)
		if acked < c.acked || acked > c.acked+300 || answered < c.answered || answered > c.answered+300 {
			t.Errorf("%s: the last request acknowledged after %d ms, answered after %d", c.name, acked, answered)
		}
	}
}

// A green thread that computes also holds back the heartbeats of a monitored call.
func TestABusyGreenThreadSendsNoHeartbeats(t *testing.T) {
	for executor, want := range map[string]int{"threading": 1, "eventlet": 0} {
		s, _ := play(t, modernPair("", `, "executor": "`+executor+`"`, `{"steps": [{"busy": "5s"}]}`, `{"call": "m", "topic": "t", "timeout": "30s", "monitor": "2s"}`), 20e9)
		if n := len(s.kinds(flow.Reply)); n != want {
			t.Errorf("%s: %d answered, %d timeouts, %d heartbeats", executor, n, len(s.kinds(flow.Timeout)), len(s.kinds(flow.Heartbeat)))
		}
	}
}

// Requests that were acknowledged and wait for a thread are lost with their process, and served before one that stops in order.
func TestAcknowledgedRequestsThatWait(t *testing.T) {
	calls := strings.TrimSuffix(strings.Repeat(`[{"cast": "m", "topic": "t"}],`, 3), ",")
	for how, want := range map[string]int{"kill": 1, "stop": 3} {
		doc := strings.Replace(modernPair("", `, "executor_pool_size": 1`, `{"takes": "2s"}`, `{"parallel": [`+calls+`]}`), `"processes"`, `"operator": [{"at": "1500ms", "`+how+`": "server@h1"}], "processes"`, 1)
		s, w := play(t, doc, 30e9)
		if n := len(s.kinds(flow.Dispatch)); n != want || w.Broker().Held() != 0 {
			t.Errorf("%s: %d of 3 served, %d left with the broker", how, n, w.Broker().Held())
		}
	}
}
