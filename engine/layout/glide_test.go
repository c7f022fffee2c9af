package layout

import (
	"math"
	"testing"

	"rpcscope/engine/flow"
)

// grown is a map before and after something came that makes others move.
func grown(t *testing.T) (e *Engine, c *cloud, grow func()) {
	t.Helper()
	c = newCloud()
	c.exchange("nova", "topic")
	c.server("compute", "host1")
	c.client("api1")
	return NewEngine(), c, func() {
		c.server("network", "net1")
		c.server("compute", "host2")
		c.client("api2")
	}
}

// TestGlide: things start where they stood, end where they belong, never go
// beyond, and edges, rows and gates stay with their boxes on the way.
func TestGlide(t *testing.T) {
	e, c, grow := grown(t)
	var g Glider
	l := e.Update(c.st, roomy1)
	if g.Show(l, 0, false) != l || g.Moving() {
		t.Fatal("the first layout does not stand at once")
	}
	was := places(l)
	grow()
	l = e.Update(c.st, roomy1)
	to := places(l)
	s := g.Show(l, 16e6, false)
	if !g.Moving() || s == l {
		t.Fatal("nothing glides")
	}
	for k, r := range places(s) {
		if o, ok := was[k]; ok && o != r {
			t.Errorf("a glide begins at %v, not at %v", r, o)
		}
	}
	frames := 0
	for last := uint64(0); g.Moving(); frames++ {
		if s = g.Show(l, 16e6, false); !g.Moving() {
			break
		}
		if s.Step == last || s.Version != l.Version {
			t.Fatalf("step %d after %d, version %d of %d", s.Step, last, s.Version, l.Version)
		}
		last = s.Step
		for k, r := range places(s) {
			if o, ok := was[k]; ok && !between(o.Y, r.Y, to[k].Y) {
				t.Errorf("%v is not between %v and %v", r, o, to[k])
			}
		}
		attached(t, s, l)
	}
	if s != l || frames < 10 || frames > 30 {
		t.Errorf("the glide took %d frames", frames)
	}
}

func between(a, x, b float32) bool { return x >= min(a, b)-.01 && x <= max(a, b)+.01 }

// attached checks that the ends of the edges are as far from their boxes as at rest, within what a change of size allows.
func attached(t *testing.T, s, l *Layout) {
	t.Helper()
	for i := range s.Edges {
		e, o := &s.Edges[i], &l.Edges[i]
		if e.Kind != EdgeBinding || e.Polys < 2 {
			continue
		}
		x, _ := s.Point(i, 1)
		ox, _ := l.Point(i, 1)
		gap, rest := s.Nodes[e.To].Rect.X-x, l.Nodes[o.To].Rect.X-ox
		if math.Abs(float64(gap-rest)) > 30 {
			t.Errorf("the edge to node %d ends %v off, at rest %v", e.To, gap, rest)
		}
	}
}

// TestJump: after a seek, or for who wants no motion, everything is there at once.
func TestJump(t *testing.T) {
	e, c, grow := grown(t)
	var g Glider
	g.Show(e.Update(c.st, roomy1), 0, false)
	grow()
	if l := e.Update(c.st, roomy1); g.Show(l, 16e6, true) != l || g.Moving() {
		t.Error("it glides")
	}
	c.server("volume", "vol1")
	g.Show(e.Update(c.st, roomy1), 16e6, false)
	if l := e.Update(c.st, roomy1); g.Show(l, 16e6, true) != l || g.Moving() {
		t.Error("a glide under way goes on")
	}
}

// TestGlideAgain: what is sent elsewhere on its way goes on from where it is.
func TestGlideAgain(t *testing.T) {
	e, c, grow := grown(t)
	var g Glider
	g.Show(e.Update(c.st, roomy1), 0, false)
	grow()
	l := e.Update(c.st, roomy1)
	g.Show(l, 0, false)
	mid := places(g.Show(l, 100e6, false))
	c.emit(flow.Event{Kind: flow.Tick})
	c.server("volume", "vol1")
	c.client("api3")
	for k, r := range places(g.Show(e.Update(c.st, roomy1), 16e6, false)) {
		if o, ok := mid[k]; ok && g.Moving() && o != r {
			t.Errorf("jumped from %v to %v", o, r)
		}
	}
}

// TestGlideAllocates nothing at rest nor, once warm, on the way.
func TestGlideAllocates(t *testing.T) {
	e, c, grow := grown(t)
	var g Glider
	g.Show(e.Update(c.st, roomy1), 0, false)
	grow()
	l := e.Update(c.st, roomy1)
	g.Show(l, 0, false)
	g.Show(l, 1e6, false)
	if n := testing.AllocsPerRun(20, func() { g.Show(l, 1e6, false) }); n != 0 || !g.Moving() {
		t.Errorf("%v allocations while gliding (%v)", n, g.Moving())
	}
	g.Show(l, GlideTime, false)
	if n := testing.AllocsPerRun(20, func() { g.Show(l, 1e6, false) }); n != 0 || g.Moving() {
		t.Errorf("%v allocations at rest", n)
	}
}
