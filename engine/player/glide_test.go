package player

import (
	"testing"

	"rpcscope/engine/scene"
)

// TestMapGlidesAndJumps: while it plays the map glides to its new places; a seek, and reduced motion, are there at once.
func TestMapGlidesAndJumps(t *testing.T) {
	for _, reduced := range []bool{false, true} {
		p := open(t, "nova-boot")
		must(t, p.Do(Command{Cmd: "theme", ReducedMotion: reduced}))
		must(t, p.Do(Command{Cmd: "play"}))
		glided := 0
		for range 400 {
			p.Frame(16_000_000)
			if p.glide.Moving() {
				glided++
			}
		}
		if reduced != (glided == 0) {
			t.Errorf("reduced motion %v: %d of 400 frames glide", reduced, glided)
		}
		must(t, p.Do(Command{Cmd: "pause"}))
		for d := 0.0; d < 6000; d += 250 {
			must(t, p.Do(Command{Cmd: "seek", D: d}))
			if p.Frame(16_000_000); p.glide.Moving() || p.Moving() {
				t.Errorf("a seek to %v ms glides", d)
			}
		}
	}
}

// TestFolds: what is pressed opens on a paused map, by gliding, and folds again; the log of the model knows nothing of it.
func TestFolds(t *testing.T) {
	p := open(t, "nova-boot")
	must(t, p.Do(Command{Cmd: "seek", D: 3300}))
	must(t, p.Do(Command{Cmd: "pause"}))
	nodes := func() (n int, fold string) {
		l := p.Frame(16_000_000)
		for i := range l.Proxies {
			if x := &l.Proxies[i]; x.Role == scene.RoleFold && fold == "" {
				fold = x.ID
			} else if x.Role == scene.RoleProcess || x.Role == scene.RoleQueue {
				n++
			}
		}
		return n, fold
	}
	before, id := nodes()
	must(t, p.Do(Command{Cmd: "select", ID: id}))
	after, _ := nodes()
	if after <= before || !p.Moving() {
		t.Errorf("%d nodes before, %d after opening %s; moving: %v", before, after, id, p.Moving())
	}
	for range 60 {
		p.Frame(16_000_000)
	}
	if p.Moving() || !p.Panel().Play.CanUndo {
		t.Error("the map goes on moving, or opening cannot be undone")
	}
	must(t, p.Do(Command{Cmd: "fold", ID: id, On: false}))
	if n, _ := nodes(); n != before {
		t.Errorf("%d nodes after folding again, %d before", n, before)
	}
	if p.Do(Command{Cmd: "fold", ID: "q:x"}) == nil {
		t.Error("a fold that is none is taken")
	}
}
