package main

import (
	"math"
	"testing"

	"pgregory.net/rapid"

	"rpcscope/engine/scene"
)

func placed(w, h float64, b scene.Rect) *camera {
	c := &camera{}
	c.see(w, h, 0, b)
	return c
}

func settle(c *camera) {
	for range 100 {
		c.advance(.016)
	}
}

func TestCameraFitsTheContentsUntilTheUserMovesIt(t *testing.T) {
	c := placed(1000, 600, scene.Rect{X: -100, Y: 50, W: 900, H: 500})
	want := shot{350, 300, 1}
	if c.now != want || !c.atRest() {
		t.Fatalf("first sight: %+v, want %+v at rest", c.now, want)
	}
	c.see(1000, 600, 0, scene.Rect{X: -100, Y: 50, W: 2000, H: 500})
	if c.atRest() {
		t.Fatal("grown contents: want a glide")
	}
	settle(c)
	if c.now != c.fitted() || c.now.zoom != .5 {
		t.Fatalf("after the glide: %+v, want %+v", c.now, c.fitted())
	}
	c.pan(10, 0, false)
	before := c.now
	c.see(800, 600, 0, scene.Rect{W: 100, H: 100})
	if c.now != before || !c.atRest() {
		t.Fatal("the user's own view must stay")
	}
	c.fit()
	settle(c)
	if c.now != c.fitted() || c.moved {
		t.Fatal("fit must give the camera back")
	}
}

func TestAPanLeavesSomeOfTheContentsInView(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		b := scene.Rect{X: rapid.Float32Range(-500, 500).Draw(t, "x"), Y: -40, W: rapid.Float32Range(50, 3000).Draw(t, "w"), H: 400}
		c := placed(1000, 600, b)
		c.zoomAt(300, 200, rapid.Float64Range(.2, 5).Draw(t, "zoom"))
		for range 4 {
			c.pan(rapid.Float64Range(-9000, 9000).Draw(t, "dx"), rapid.Float64Range(-9000, 9000).Draw(t, "dy"), false)
			x0, y0 := c.corner()
			z := c.now.zoom
			left, right := (float64(b.X)-x0)*z, (float64(b.X+b.W)-x0)*z
			top, bottom := (float64(b.Y)-y0)*z, (float64(b.Y+b.H)-y0)*z
			if left > 1000-keptInView+1 || right < keptInView-1 || top > 600-keptInView+1 || bottom < keptInView-1 {
				t.Fatalf("the contents lie at %.0f…%.0f × %.0f…%.0f of a view of 1000 × 600", left, right, top, bottom)
			}
		}
	})
}

func TestFittedContentsLieBelowTheFloatingBars(t *testing.T) {
	c := &camera{}
	c.see(1000, 600, 100, scene.Rect{Y: 40, W: 2000, H: 800})
	_, y := c.corner()
	top, bottom := (40-y)*c.now.zoom, (840-y)*c.now.zoom
	if top < 100 || bottom > 600 {
		t.Fatalf("contents from %v to %v, want within 100 to 600", top, bottom)
	}
}

func TestARestoredCameraIsTheUsersUnlessItWasFitted(t *testing.T) {
	c := placed(1000, 600, scene.Rect{W: 900, H: 500})
	c.set(c.fitted())
	if c.moved {
		t.Error("a fitted view must go on fitting")
	}
	c.set(shot{1, 2, 3})
	if !c.moved || c.now != (shot{1, 2, 3}) || !c.atRest() {
		t.Error("a view of the user's must be kept")
	}
}

func TestReducedMotionJumps(t *testing.T) {
	c := placed(1000, 600, scene.Rect{W: 900, H: 500})
	c.still = true
	c.zoomBy(2)
	if !c.atRest() || c.now != c.to {
		t.Fatal("the camera travels")
	}
}

func TestZoomKeepsThePointUnderThePointer(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := placed(1000, 600, scene.Rect{W: 900, H: 500})
		px, py := rapid.Float64Range(0, 1000).Draw(t, "x"), rapid.Float64Range(0, 600).Draw(t, "y")
		at := func() (float64, float64) {
			x, y := c.corner()
			return x + px/c.now.zoom, y + py/c.now.zoom
		}
		x0, y0 := at()
		for range rapid.IntRange(1, 5).Draw(t, "times") {
			c.zoomAt(px, py, rapid.Float64Range(.2, 5).Draw(t, "factor"))
		}
		if x1, y1 := at(); math.Abs(x1-x0) > 1e-6 || math.Abs(y1-y0) > 1e-6 {
			t.Fatalf("(%v, %v) went to (%v, %v)", x0, y0, x1, y1)
		}
		if c.now.zoom < minZoom || c.now.zoom > maxZoom {
			t.Fatalf("zoom %v", c.now.zoom)
		}
	})
}

func TestRevealBringsANodeIntoView(t *testing.T) {
	c := placed(1000, 600, scene.Rect{W: 900, H: 500})
	c.zoomAt(500, 300, 4)
	node := scene.Rect{X: 10, Y: 10, W: 120, H: 60}
	c.reveal(node)
	settle(c)
	x, y := c.corner()
	if float64(node.X) < x || float64(node.Y) < y || float64(node.X+node.W) > x+c.w/c.now.zoom || float64(node.Y+node.H) > y+c.h/c.now.zoom {
		t.Fatalf("node %+v is outside of the view at (%v, %v)", node, x, y)
	}
	was := c.to
	c.reveal(node)
	if c.to != was {
		t.Fatal("what is in view already must not move the camera")
	}
}

func TestHitPrefersMessagesThenTheSmallestNode(t *testing.T) {
	l := &scene.List{
		Tokens:  []scene.Token{{ID: 7, X: 50, Y: 50, Scale: 1, Alpha: 1}, {ID: 8, X: 60, Y: 50, Scale: 1, Alpha: 1}, {X: 52, Y: 50, Scale: 1, Alpha: 1}},
		Proxies: []scene.Proxy{{ID: "big", W: 200, H: 200}, {ID: "small", X: 100, Y: 100, W: 50, H: 50}},
	}
	for _, c := range []struct {
		x, y, slack float32
		want        string
	}{
		{51, 50, 0, "m:7"}, {58, 50, 0, "m:8"}, {110, 110, 0, "small"}, {95, 120, 10, "small"}, {20, 20, 0, "big"}, {300, 300, 0, ""}, {205, 100, 10, "big"},
	} {
		if got := hitTest(l, c.x, c.y, c.slack); got != c.want {
			t.Errorf("at (%v, %v) ± %v: %q, want %q", c.x, c.y, c.slack, got, c.want)
		}
	}
}
