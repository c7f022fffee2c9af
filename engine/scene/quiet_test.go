package scene

import (
	"testing"

	"rpcscope/engine/flow"
	"rpcscope/engine/layout"
	"rpcscope/engine/view"
)

// TestQuietMapSpeaks: a map without anything, or without a message, says why – inside its box, in every window.
func TestQuietMapSpeaks(t *testing.T) {
	n := &flow.Names{}
	for room, cfg := range rooms {
		empty := view.New(n, view.DefaultLimits())
		for _, q := range []Quiet{QuietEmpty, QuietWaiting, "tracing-off", "a state of tomorrow"} {
			b := New(nil)
			lay := layout.NewEngine().Update(empty, cfg)
			l := b.Build(empty, lay, 1e9, Options{Quiet: q})
			if !hasLabel(l, "Nothing is here yet") {
				t.Errorf("%s, %s: nothing is said", room, q)
			}
			for i := range l.Labels {
				if box := ink(&l.Labels[i], lay.Zoom); l.Labels[i].Priority >= 8 && !within(box, lay.Broker) {
					t.Errorf("%s, %s: %q leaves the box", room, q, l.Labels[i].Text)
				}
			}
			for _, s := range overlaps(b, lay, l, cfg) {
				t.Errorf("%s, %s: %s", room, q, s)
			}
		}
		if l := New(nil).Build(empty, layout.NewEngine().Update(empty, cfg), 1e9, Options{}); hasLabel(l, "Nothing") {
			t.Errorf("%s: a scenario about to begin is called empty", room)
		}
	}
	st, d := small()
	l := New(nil).Build(st, layout.NewEngine().Update(st, rooms["1440x900"]), d, Options{Quiet: "tracing-off", Broker: "rabbit@ctl1"})
	if !hasLabel(l, "rabbit@ctl1 · tracing is off") || hasLabel(l, "Nothing is here") {
		t.Error("a map without messages does not say why")
	}
}

// TestCrowdAllocatesNothing: nor does a frame of a large cloud.
func TestCrowdAllocatesNothing(t *testing.T) {
	st, d := busyCloud()
	eng, b := layout.NewEngine(), New(nil)
	frame := func() { b.Build(st, eng.Update(st, rooms["1440x900"]), d, Options{}) }
	frame()
	if n := testing.AllocsPerRun(20, frame); n > 0 {
		t.Errorf("%v allocations per frame", n)
	}
}
