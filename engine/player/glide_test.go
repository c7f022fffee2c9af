package player

import "testing"

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
