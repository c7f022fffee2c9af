package player

import (
	"slices"
	"testing"

	"rpcscope/engine/flow"
)

func TestFoldsAndSendsAreUndoneInOneOrder(t *testing.T) {
	p := open(t, "nova-boot")
	must(t, p.Do(Command{Cmd: "pause"}))
	must(t, p.Do(Command{Cmd: "seek", D: 3000}))
	sends := func() int { return len(p.sim.done) }
	type look struct {
		sends int
		folds []uint64
	}
	now := func() look { return look{sends(), slices.Sorted(slices.Values(p.folds))} }
	same := func(a, b look) bool { return a.sends == b.sends && slices.Equal(a.folds, b.folds) }
	var looks []look
	for _, c := range []Command{
		{Cmd: "select", ID: "f:3"}, {Cmd: "send", Kind: "call"}, {Cmd: "fold", ID: "f:77.2", On: true}, {Cmd: "select", ID: "f:3"},
	} {
		looks = append(looks, now())
		must(t, p.Do(c))
		p.Frame(0)
	}
	must(t, p.Do(Command{Cmd: "fold", ID: "f:77", On: true})) // is open already: nothing to undo
	looks = append(looks, now())
	for i := len(looks) - 2; i >= 0; i-- {
		must(t, p.Do(Command{Cmd: "undo"}))
		if got := now(); !same(got, looks[i]) {
			t.Fatalf("undo %d leads to %v, want %v", i, got, looks[i])
		}
		for _, f := range p.folds {
			if !p.layout.IsOpen(f) {
				t.Fatalf("fold %d is not open", f)
			}
		}
	}
	if p.Panel().Play.CanUndo || p.Do(Command{Cmd: "undo"}) == nil {
		t.Error("there is more to undo than was done")
	}
	for i := range looks[1:] {
		must(t, p.Do(Command{Cmd: "redo"}))
		if got := now(); !same(got, looks[i+1]) {
			t.Fatalf("redo %d leads to %v, want %v", i, got, looks[i+1])
		}
	}
	// Another axis is the same map.
	must(t, p.Do(Command{Cmd: "speed", X: 0.1}))
	if !p.layout.IsOpen(77) {
		t.Error("slow motion folds what was opened")
	}
	must(t, p.Do(Command{Cmd: "load", Scenario: "one-call"}))
	if p.layout.IsOpen(77) || p.Panel().Play.CanUndo {
		t.Error("another scenario begins with what was done in the one before")
	}
}

func TestFoldsAreUndoneWithoutAModelToo(t *testing.T) {
	p := New(Config{})
	must(t, p.Do(Command{Cmd: "live"}))
	must(t, p.Do(Command{Cmd: "select", ID: "f:5"}))
	if !p.layout.IsOpen(5) || !p.Panel().Play.CanUndo {
		t.Fatal("it is not open")
	}
	src := newSource(t, "one-call", 50e9)
	src.until(t, 5e9)
	must(t, p.Feed(src.enc.Hello()))
	must(t, p.Feed(flow.AppendSnapshot(nil, &src.names, src.enc.Events(), src.folded.AppendEvents)))
	p.Frame(16e6)
	if !p.layout.IsOpen(5) {
		t.Error("a snapshot folds it")
	}
	must(t, p.Do(Command{Cmd: "undo"}))
	if p.layout.IsOpen(5) {
		t.Error("it is still open")
	}
}
