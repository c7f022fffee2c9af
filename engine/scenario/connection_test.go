package scenario_test

import (
	"slices"
	"strings"
	"testing"

	"rpcscope/engine/flow"
)

// attempts are the times in whole seconds after the stop at which a process tried to connect.
func (s *model) attempts(process string, after int64) (out []int64) {
	for _, e := range s.kinds(flow.Method) {
		if s.text(e.Process) == process && s.text(e.Label) == "protocol-header" && e.At > after {
			out = append(out, (e.At-after)/1e9)
		}
	}
	return out
}

// Section 6 of the wire specification: Nova's library tries at once, then after
// 1, 3, 5 … seconds, at most 30; oslo.messaging waits its reconnect delay
// first and adds it to each interval. What it reads by begins anew with each
// poll, of 5 s at most: measured on a broker that was away for a minute, a
// server tried 1, 3 and 7 s after its round had begun, and then a second after that.
func TestBackOffWhileTheBrokerIsAway(t *testing.T) {
	for _, c := range []struct {
		profile string
		want    []int64
	}{
		{"modern", []int64{1, 3, 7, 8, 10, 14, 15, 17, 21, 22, 24}},
		{"classic", []int64{0, 1, 4, 9, 16}},
	} {
		doc := oldPair(c.profile, "", `{}`, `{"sleep": "1s"}`)
		s, w := play(t, doc, 5e9)
		w.Broker().Stop(w.Now(), true)
		if err := w.RunUntil(30e9); err != nil {
			t.Fatal(err)
		}
		if got := s.attempts("nova-compute@h1", 5e9); !slices.Equal(got, c.want) {
			t.Errorf("%s: tried after %v s", c.profile, got)
		}
		w.Broker().Start(w.Now())
		if err := w.RunUntil(70e9); err != nil {
			t.Fatal(err)
		}
		consumers := 0
		for _, e := range s.kinds(flow.Consume) {
			if e.At > 30e9 {
				consumers++
			}
		}
		if consumers != 3 {
			t.Errorf("%s: %d consumers after the return", c.profile, consumers)
		}
	}
}

// With rabbit_max_retries Nova's library ends the process.
func TestClassicProcessExitsWhenItsRetriesAreUsedUp(t *testing.T) {
	s, w := play(t, oldPair("classic", `, "rabbit_max_retries": 3`, `{}`, `{"sleep": "1s"}`), 5e9)
	w.Broker().Stop(w.Now(), false)
	if err := w.RunUntil(60e9); err != nil {
		t.Fatal(err)
	}
	stops := s.kinds(flow.ProcessStop)
	if len(stops) != 1 || s.text(stops[0].Process) != "nova-compute@h1" || s.text(stops[0].Label) != "exited" {
		t.Errorf("%+v", stops)
	}
	if got := s.attempts("nova-compute@h1", 5e9); !slices.Equal(got, []int64{0, 1, 4}) {
		t.Errorf("tried after %v s", got)
	}
}

// A connection lost in a call is made again at once, with its reply queue under
// the same name; but the queue was auto-delete, and what was in it is gone.
func TestClassicCallLosesAnAnswerWithItsConnection(t *testing.T) {
	for _, profile := range []string{"classic", "classic-single"} {
		doc := strings.Replace(oldPair(profile, "", `{"takes": "2s", "returns": 1}`, `{"call": "m", "topic": "compute", "timeout": "5s"}`),
			`"processes"`, `"operator": [{"at": "2s", "drop_connections": "nova-api@c"}], "processes"`, 1)
		s, _ := play(t, doc, 20e9)
		if len(s.kinds(flow.Reply)) != 1 {
			t.Errorf("%s: an answer after the reconnection arrives: %d replies", profile, len(s.kinds(flow.Reply)))
		}
		names := map[string]int{}
		for _, e := range s.kinds(flow.QueueDeclare) {
			if n := s.text(e.Queue); strings.HasPrefix(n, "reply_") || len(n) == 32 {
				names[n]++
			}
		}
		for name, n := range names {
			if n != 2 {
				t.Errorf("%s: %s made %d times", profile, name, n)
			}
		}
		if len(names) != 1 {
			t.Errorf("%s: reply queues %v", profile, names)
		}
	}
}

func TestCastToAServerUsesAConnectionOfItsOwn(t *testing.T) {
	steps := `{"cast": "m", "topic": "compute"}, {"cast": "m", "topic": "compute", "server_params": {"username": "guest", "password": "guest"}},
		{"fanout": "m", "topic": "compute", "server_params": {"virtual_host": "/"}}, {"cleanup": true}, {"cast": "m", "topic": "compute"}`
	s, _ := play(t, oldPair("classic", "", `{}`, steps), 10e9)
	opened, closed, runs := 0, 0, 0
	for _, e := range s.events {
		if s.text(e.Process) == "nova-api@c" {
			switch e.Kind {
			case flow.ConnectionOpen:
				opened++
			case flow.ConnectionClose:
				closed++
			}
		}
		if e.Kind == flow.Dispatch {
			runs++
		}
	}
	if opened != 4 || closed != 3 || runs != 4 {
		t.Errorf("%d opened, %d closed, %d methods run", opened, closed, runs)
	}
}

// The pool has a limit in either library: who comes too late waits for a
// connection, in the classic profile for as long as somebody else's call takes.
func TestConnectionPoolsHaveALimit(t *testing.T) {
	branches := strings.Repeat(`[{"call": "m", "topic": "compute"}],`, 5)
	for profile, want := range map[string]int64{"classic": 3e9, "classic-single": 1e9, "modern": 1e9} {
		s, _ := play(t, oldPair(profile, `, "rpc_conn_pool_size": 2`, `{"takes": "1s"}`, `{"parallel": [`+strings.TrimSuffix(branches, ",")+`]}`), 20e9)
		replies, first := s.kinds(flow.Reply), s.kinds(flow.Request)[0].At
		if len(replies) != 5 {
			t.Fatalf("%s: %d replies", profile, len(replies))
		}
		if last := replies[4].At - first; last < want || last > want+500e6 {
			t.Errorf("%s: the last of five calls took %d ms", profile, last/1e6)
		}
	}
}
