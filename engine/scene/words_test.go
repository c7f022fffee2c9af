package scene

import (
	"slices"
	"strings"
	"testing"

	"rpcscope/engine/flow"
	"rpcscope/engine/layout"
	"rpcscope/engine/view"
)

// TestKeysStandClear: no key is written where a message with its ring, 17 px around the line's end, runs.
func TestKeysStandClear(t *testing.T) {
	for _, name := range []string{"one-call", "nova-boot", "fanout"} {
		f := shoot(t, name, 6e9)
		for room, cfg := range rooms {
			if cfg.W < 740 {
				continue // keys have no room there
			}
			eng, n := layout.NewEngine(), 0
			lay := eng.Update(f.reel().to(3300e6), cfg)
			for i := range lay.Edges {
				e := &lay.Edges[i]
				if e.Kind != layout.EdgeBinding || e.Key.Max <= 8 {
					continue
				}
				n++
				const descent = 3
				if _, y := lay.Point(i, 1); y-(e.Key.Y+descent) < 17-.01 {
					t.Errorf("%s in %s: a key stands %v above its line", name, room, y-e.Key.Y)
				}
			}
			if n == 0 {
				t.Errorf("%s in %s: no key at all", name, room)
			}
		}
	}
}

// small is a broker with one topic, whose fanout queue lost its consumer, and a wide prefetch window.
func small() (st *view.State, d int64) {
	n := &flow.Names{}
	st = view.New(n, view.DefaultLimits())
	emit := func(e flow.Event) {
		d += 1e6
		e.At, e.VHost = d, n.Intern("/")
		st.Fold(d, 0, &e, nil)
	}
	emit(flow.Event{Kind: flow.ExchangeDeclare, Exchange: n.Intern("nova"), Label: n.Intern("topic")})
	p, conn := n.Intern("s"), n.Intern("c")
	emit(flow.Event{Kind: flow.ProcessStart, Process: p, Label: n.Intern("svc"), Text: n.Intern("host1"), Key: n.Intern("worker")})
	emit(flow.Event{Kind: flow.ConnectionOpen, Process: p, Conn: conn})
	for _, q := range []string{"compute", "compute_fanout_1"} {
		emit(flow.Event{Kind: flow.QueueDeclare, Queue: n.Intern(q), Value: 1800e9})
		emit(flow.Event{Kind: flow.Bind, Exchange: n.Intern("nova"), Queue: n.Intern(q), Key: n.Intern(q)})
		emit(flow.Event{Kind: flow.Consume, Process: p, Conn: conn, Channel: 1, Queue: n.Intern(q), Tag: n.Intern("t" + q), Value: 10})
	}
	emit(flow.Event{Kind: flow.Cancel, Process: p, Conn: conn, Channel: 1, Queue: n.Intern("compute_fanout_1"), Tag: n.Intern("tcompute_fanout_1")})
	return st, d + 2e9
}

func hasLabel(l *List, text string) bool {
	return slices.ContainsFunc(l.Labels, func(x Label) bool { return strings.Contains(x.Text, text) })
}

// TestSmallWords: a wide prefetch window says how much of it is held, and a
// queue without a consumer when it will expire – also one of a fanout.
func TestSmallWords(t *testing.T) {
	st, d := small()
	l := New(nil).Build(st, layout.NewEngine().Update(st, rooms["1440x900"]), d, Options{})
	for _, want := range []string{"0/10", "expires in 30 min"} {
		if !hasLabel(l, want) {
			t.Errorf("no label %q", want)
		}
	}
	f := shoot(t, "nova-boot", 5e9)
	r := f.reel()
	l = New(nil).Build(r.to(3300e6), layout.NewEngine().Update(r.st, rooms["1440x900"]), 3300e6, Options{})
	if !hasLabel(l, "waits 60 s") && !hasLabel(l, "waits 59 s") && !hasLabel(l, "waits 58 s") {
		t.Error("no small card says how long its caller will wait")
	}
}

// The word for the missing broker is shortened at its own joint, not in the middle of a word.
func TestNoBrokerIsSaidWhereThereIsLittleRoom(t *testing.T) {
	for name, whole := range map[string]string{"zmq-direct": "no broker: peers connect", "zmq-receiver": "no broker: a daemon on each host"} {
		f := shoot(t, name, 3e9)
		ways := map[string]int{}
		for _, cfg := range rooms {
			r, b := f.reel(), New(nil)
			st := r.to(2500e6)
			l := b.Build(st, layout.NewEngine().Update(st, cfg), 2500e6, Options{})
			said := ""
			for i := range l.Labels {
				if strings.HasPrefix(l.Labels[i].Text, "no b") {
					said = l.Labels[i].Text
				}
			}
			ways[said]++ // low windows have no heads
		}
		if ways[whole] == 0 || ways["no broker"] == 0 || ways[whole]+ways["no broker"]+ways[""] != len(rooms) {
			t.Errorf("%s: %v", name, ways)
		}
	}
}

// TestSeveralWait: a card that waits for two says so in the plural.
func TestSeveralWait(t *testing.T) {
	f := shoot(t, "two-servers", 8e9)
	r, eng, b := f.reel(), layout.NewEngine(), New(nil)
	seen := false
	for d := int64(100e6); d < f.end(); d += 100e6 {
		st := r.to(d)
		for _, l := range b.Build(st, eng.Update(st, rooms["1024x768"]), d, Options{}).Labels {
			if strings.HasPrefix(l.Text, "2 waits") {
				t.Fatalf("%q", l.Text)
			}
			seen = seen || strings.HasPrefix(l.Text, "2 wait")
		}
	}
	if !seen {
		t.Error("never do two wait")
	}
}
