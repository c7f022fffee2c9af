package scene

import (
	"testing"

	"rpcscope/engine/flow"
	"rpcscope/engine/layout"
)

// Messages for a process whose link is cut wait on their way, one behind the
// other; they go on when the link is restored.
func TestMessagesWaitWhereALinkIsCut(t *testing.T) {
	f := shootDocument(t, []byte(`{"title": "x",
		"operator": [{"at": "1s", "cut_link": "server@h"}, {"at": "8s", "restore_link": "server@h"}], "processes": [
		{"name": "server@h", "servers": [{"topic": "t", "endpoints": [{"methods": {"m": {"takes": "100ms"}}}]}]},
		{"name": "client@c", "threads": [{"start": "2s", "steps": [{"cast": "m", "topic": "t"}, {"cast": "m", "topic": "t"}]}]}]}`), 12e9)
	var given, restored, acked int64
	for i := range f.events {
		switch p := &f.events[i]; p.e.Kind {
		case flow.Deliver:
			given = p.d
		case flow.NetworkRestore:
			restored = p.d
		case flow.Ack:
			acked = p.d
		}
	}
	r, eng, b := f.reel(), layout.NewEngine(), New(nil)
	look := func(d int64) (xs []float32, moving bool) {
		st := r.to(d)
		l := b.Build(st, eng.Update(st, rooms["1440x900"]), d, Options{})
		for i := range l.Tokens {
			if l.Tokens[i].Flags&Bare == 0 {
				xs = append(xs, l.Tokens[i].X, l.Tokens[i].Y)
			}
		}
		return xs, l.Moving
	}
	look(given + 100e6)
	first, moving := look(given + 400e6)
	later, _ := look(given + 800e6) // a silence takes 900 ms
	if len(first) != 4 || len(later) != 4 || moving {
		t.Fatalf("%d numbers, then %d, moving %v: two messages wait", len(first), len(later), moving)
	}
	if first[0] != later[0] || first[1] != later[1] || first[2] != later[2] || first[0] == first[2] && first[1] == first[3] {
		t.Errorf("%v, then %v", first, later)
	}
	if on, moving := look(restored + 150e6); len(on) != 4 || !moving || on[0] == later[0] && on[1] == later[1] {
		t.Errorf("restored: %v, moving %v", on, moving)
	}
	if acked < restored+250e6 {
		t.Errorf("acknowledged at %d, before the messages arrive that go on at %d", acked, restored)
	}
	if left, _ := look(acked + 1e9); len(left) != 0 {
		t.Errorf("at the end: %v", left)
	}
}
