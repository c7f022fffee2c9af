package amqp

import (
	"slices"
	"testing"

	"rpcscope/engine/flow"
)

const ms = int64(1_000_000)

// count is how often a program heard a method.
func (w *world) count(c ConnID, op Op) (n int) {
	for _, h := range w.heard[c] {
		if h == op.String() {
			n++
		}
	}
	return n
}

// TestAlarmOverLinks blocks every program that publishes, however many methods
// are on the way, and loses none of them.
func TestAlarmOverLinks(t *testing.T) {
	w := newWorld(3, 4)
	w.runUntil(100 * ms)
	w.b.SetAlarm(100*ms, MemoryAlarm, true)
	w.b.SetAlarm(110*ms, DiskAlarm, true)
	w.runUntil(200 * ms)
	before := map[ConnID]int{}
	for _, c := range w.conns {
		if w.count(c, OpConnectionBlocked) != 1 {
			t.Errorf("%d was told %d times that it is blocked", c, w.count(c, OpConnectionBlocked))
		}
		before[c] = w.count(c, OpBasicAck)
	}
	w.b.SetAlarm(200*ms, MemoryAlarm, false)
	w.runUntil(250 * ms)
	for _, c := range w.conns {
		if w.count(c, OpConnectionUnblocked) != 0 || w.count(c, OpBasicAck) != before[c] {
			t.Errorf("%d goes on while the disk is full", c)
		}
	}
	fork := w.b.Clone(w.events.Clone(), flow.SinkFunc(func(*flow.Event, *flow.Message) {}))
	if a, b := digestOf(w.b), digestOf(fork); a != b {
		t.Errorf("a clone with blocked connections digests to %#x instead of %#x", b, a)
	}
	w.b.SetAlarm(250*ms, DiskAlarm, false)
	sent := w.sent
	w.runUntil(400 * ms)
	confirmed := 0
	for _, c := range w.conns {
		confirmed += w.count(c, OpBasicAck)
		if w.count(c, OpConnectionUnblocked) != 1 {
			t.Errorf("%d was told %d times that it may go on", c, w.count(c, OpConnectionUnblocked))
		}
	}
	if confirmed < sent {
		t.Errorf("%d of %d publishes were confirmed in the end", confirmed, sent)
	}
}

// TestStopOverLinks ends every connection, in the way it was asked to, and lets
// nobody in until the node is back; nothing is held that nobody can get any more.
func TestStopOverLinks(t *testing.T) {
	for _, crash := range []bool{false, true} {
		w := newWorld(4, 3)
		w.runUntil(100 * ms)
		w.b.Stop(100*ms, crash)
		late := w.b.Dial(100*ms, Dial{Name: w.names.Intern("late")})
		w.runUntil(200 * ms)
		for _, c := range w.conns {
			if heard := w.count(c, OpConnectionClose) == 1; heard == crash {
				t.Errorf("crash %v: %d heard %v", crash, c, w.heard[c][len(w.heard[c])-3:])
			}
			if last := w.heard[c][len(w.heard[c])-1]; last != OpTCPClose.String() {
				t.Errorf("crash %v: %d heard %q last", crash, c, last)
			}
		}
		if !slices.Equal(w.heard[late], []string{OpTCPClose.String()}) {
			t.Errorf("crash %v: who comes late hears %q", crash, w.heard[late])
		}
		if n := w.b.Held(); n != 0 {
			t.Errorf("crash %v: %d messages left, though no queue is durable", crash, n)
		}
		w.b.Start(200 * ms)
		w.conns = append(w.conns, w.b.Dial(200*ms, Dial{Name: w.names.Intern("again")}))
		w.runUntil(300 * ms)
		if c := w.conns[len(w.conns)-1]; w.count(c, OpConnectionOpenOk) != 1 {
			t.Errorf("crash %v: after the start %q", crash, w.heard[c])
		}
	}
}

// TestBlockedConnectionThatEndsIsForgotten when the broker closes it: that the
// client is gone it has not read yet, and will not.
func TestBlockedConnectionThatEndsIsForgotten(t *testing.T) {
	for name, end := range map[string]func(s *script){
		"close": func(s *script) { s.b.CloseConnection(s.now, s.conns["A"], "enough") },
		"stop":  func(s *script) { s.b.Stop(s.now, false) },
		"crash": func(s *script) { s.b.Stop(s.now, true) },
		"clear": func(s *script) { s.b.SetAlarm(s.now, MemoryAlarm, false) },
	} {
		s := newScript()
		s.connect("A", 1)
		s.b.SetAlarm(0, MemoryAlarm, true)
		if err := s.publish("A", 1, []string{"-", "q"}); err != nil {
			t.Fatal(err)
		}
		s.b.Cut(0, s.conns["A"])
		if s.b.conn(s.conns["A"]) == nil || s.b.Held() != 1 {
			t.Fatalf("%s: the end was noticed too early", name)
		}
		end(s)
		if s.b.conn(s.conns["A"]) != nil || s.b.Held() != 0 {
			t.Errorf("%s: the connection is still there", name)
		}
	}
}
