package diff_test

import (
	"strings"
	"testing"

	"rpcscope/engine/diff"
	"rpcscope/engine/flow"
)

// find is the place of the nth event (from 0) of a kind that says what.
func (r *recorded) find(t *testing.T, kind flow.Kind, what string, n int) int {
	t.Helper()
	for i := range r.events {
		if r.events[i].Kind == kind && strings.Contains(r.words(i), what) {
			if n == 0 {
				return i
			}
			n--
		}
	}
	t.Fatalf("no %s %s", kind, what)
	return 0
}

func without(text string, lines ...string) (missing []string) {
	for _, l := range lines {
		if !strings.Contains(text, l) {
			missing = append(missing, l)
		}
	}
	return missing
}

// TestDifferencesAreToldInWords: which part, what is different, with context of both sides.
func TestDifferencesAreToldInWords(t *testing.T) {
	for name, c := range map[string]struct {
		spoil func(t *testing.T, b *recorded)
		total int
		lines []string
	}{
		"a declaration is missing": {
			func(t *testing.T, b *recorded) { b.remove(b.find(t, flow.Method, "exchange.declare-ok", 1)) },
			1,
			[]string{
				"1. seed_server.py:27210, connection 1, which receives, what it says and hears in turn: B lacks 1 event\n",
				"   A   0.026721  → exchange.declare exchange=openstack topic\n   A ! 0.027111  ← exchange.declare-ok\n   A   0.027262  → queue.declare queue=test.server1\n",
				"   B   0.026721  → exchange.declare exchange=openstack topic\n   B   0.027262  → queue.declare queue=test.server1\n",
				"1 difference: 132 lines of A and 131 of B",
			},
		},
		"a message is larger": {
			func(t *testing.T, b *recorded) { b.messages[b.find(t, flow.Publish, "call test", 1)].Size = 999 },
			1,
			[]string{": A has 1 event where B has 1 other\n", "call test, bytes 311,", "call test, bytes 999,"},
		},
		"another message is delivered": {
			func(t *testing.T, b *recorded) {
				i := b.find(t, flow.Deliver, "test delivers", 0)
				b.events[i].Msg = b.events[b.find(t, flow.Deliver, "test delivers", 1)].Msg
			},
			1,
			[]string{
				", deliveries: the same in another order, or about something else\n",
				"   A ! 14.449762  gets message 1 from test\n",
				"   B ! 14.449762  gets message 3 from test\n",
			},
		},
		"a connection is missing": {
			func(t *testing.T, b *recorded) {
				conn := b.events[b.find(t, flow.Confirm, "message 2", 0)].Conn
				b.drop(func(e *flow.Event) bool { return e.Conn == conn })
			},
			1,
			[]string{"seed_server.py:27210, connection 2, which sends: only A has this connection, with 21 events"},
		},
		"a process is missing": {
			func(t *testing.T, b *recorded) {
				b.drop(func(e *flow.Event) bool { return strings.HasPrefix(b.names.Text(e.Process), "seed_client") })
			},
			2,
			[]string{"seed_client.py:29129: only A has this process"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			a := imported(t, frameFolder+"01-seed-program.frames.jsonl")
			b := a.clone()
			c.spoil(t, b)
			r := diff.Compare(a.side(), b.side(), 20)
			text := string(r.AppendText(nil))
			if missing := without(text, c.lines...); len(missing) > 0 || r.Equal || c.total == 1 && r.Total != 1 {
				t.Errorf("%d differences:\n%s\ndoes not say %q", r.Total, text, missing)
			}
			if !strings.HasPrefix(text, "Compared methods: ") {
				t.Errorf("the level is not said: %.80s", text)
			}
		})
	}
}

// TestProcessesAreMatchedByWhatTheyDo even where programs and numbers differ, which is said.
func TestProcessesAreMatchedByWhatTheyDo(t *testing.T) {
	a := imported(t, frameFolder+"03-call-topic-2servers.frames.jsonl")
	b := a.clone()
	for i := range b.events {
		if b.events[i].Kind == flow.ProcessStart {
			b.events[i].Label = b.names.Intern("elsewhere-" + b.names.Text(b.events[i].Label))
		}
	}
	r := diff.Compare(a.side(), b.side(), 20)
	if !r.Equal || len(r.Notes) != 3 || !strings.Contains(r.Notes[0], "is taken for B's") {
		t.Errorf("%s", r.AppendText(nil))
	}
}

// TestLossesAreToleratedAndSaid: as much may be missing as was lost, and no more; nothing else is excused.
func TestLossesAreToleratedAndSaid(t *testing.T) {
	a := imported(t, frameFolder+"01-seed-program.frames.jsonl")
	lossy := func(n int64) *recorded {
		b := a.clone()
		for _, what := range []string{"exchange.declare-ok", "queue.bind-ok"} {
			b.remove(b.find(t, flow.Method, what, 0))
		}
		b.Emit(&flow.Event{Kind: flow.Lost, Label: b.names.Intern("unusable record"), Value: n}, nil)
		return b
	}
	for _, c := range []struct {
		lost         int64
		total, maybe int
	}{{2, 0, 2}, {1, 1, 1}, {0, 2, 0}, {50, 0, 2}} {
		for _, swapped := range []bool{false, true} {
			x, y := a.side(), lossy(c.lost).side()
			if swapped {
				x, y = y, x
			}
			r := diff.Compare(x, y, 20)
			text := string(r.AppendText(nil))
			if r.Total != c.total || r.MaybeLost != c.maybe || r.Equal != (c.total == 0) || c.lost > 0 && !strings.Contains(text, "records; what it lacks may be among them") {
				t.Errorf("%d lost: %d differences, %d may be lost\n%s", c.lost, r.Total, r.MaybeLost, text)
			}
		}
	}
	more := lossy(9)
	more.events[more.find(t, flow.Method, "queue.declare", 0)].Flags |= flow.Durable
	if r := diff.Compare(a.side(), more.side(), 20); r.Equal {
		t.Error("that a queue is durable cannot come from losses")
	}
}

// TestStreamsOfDifferentSourcesAreComparedByWhatBothSay: each pair of forms of one capture is equal at the level that is named.
func TestStreamsOfDifferentSourcesAreComparedByWhatBothSay(t *testing.T) {
	for _, name := range []string{"01-seed-program", "09-call-timeouts", "14-lifecycle", "19-classic-reenacted"} {
		fire, frames := imported(t, firehoseFolder+name+".jsonl"), imported(t, frameFolder+name+".frames.jsonl")
		r := diff.Compare(fire.side(), frames.side(), 5)
		if !r.Equal || r.Level != "messages" || r.Compared.A < 30 {
			t.Errorf("%s:\n%s", name, r.AppendText(nil))
		}
	}
	a, b := builtIn(t, "reference", 1, 5e9), builtIn(t, "reference", 2, 5e9)
	if r := diff.Compare(a.side(), b.side(), 5); !r.Equal || r.Level != "everything" {
		t.Errorf("two seeds of a scenario without chance:\n%s", r.AppendText(nil))
	}
}

// TestAnEmptyStreamDiffersFromAnyOther and equals another empty one.
func TestAnEmptyStreamDiffersFromAnyOther(t *testing.T) {
	empty := func() *diff.Stream { return diff.New(&flow.Names{}) }
	if r := diff.Compare(empty(), empty(), 5); !r.Equal {
		t.Errorf("%s", r.AppendText(nil))
	}
	a := imported(t, frameFolder+"01-seed-program.frames.jsonl")
	if r := diff.Compare(a.side(), empty(), 5); r.Equal || r.Total != 2 {
		t.Errorf("%s", r.AppendText(nil))
	}
}

// TestABridgeThatSeesMessagesOnlyIsComparedByMessages: without the broker's event exchange nothing is told of connections and objects.
func TestABridgeThatSeesMessagesOnlyIsComparedByMessages(t *testing.T) {
	a := imported(t, firehoseFolder+"09-call-timeouts.jsonl")
	b := a.clone()
	b.drop(func(e *flow.Event) bool { return e.Kind >= flow.ConnectionOpen && e.Kind <= flow.Cancel })
	r := diff.Compare(a.side(), b.side(), 5)
	if !r.Equal || len(r.Notes) != 2 || r.Compared.A < 10 {
		t.Errorf("%s", r.AppendText(nil))
	}
	b.remove(b.find(t, flow.Deliver, "test", 0))
	if r := diff.Compare(a.side(), b.side(), 5); r.Equal {
		t.Error("a delivery is missing")
	}
}
