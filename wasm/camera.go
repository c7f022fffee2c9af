package main

import (
	"math"

	"rpcscope/engine/scene"
)

// glide is how long the camera takes to where it was sent, in seconds.
const glide = .48

// Zoom limits: CSS pixels per world unit.
const (
	minZoom = .08
	maxZoom = 6
	// fitZoom is how far fitting enlarges: at 1 everything has the size it was designed in.
	fitZoom = 1
)

// shot is a camera position: the world point at the centre of the view, and the zoom.
type shot struct{ x, y, zoom float64 }

// camera looks at the world. It fits the contents until the user moves it.
type camera struct {
	now, from, to shot
	t             float64 // seconds since the glide began; ≥ glide: at rest
	still         bool    // jump instead of gliding
	moved         bool    // the user moved it
	w, h, top     float64 // view in CSS pixels; floating bars cover its top
	bounds        scene.Rect
	placed        bool
}

// atRest reports whether the camera is where it was sent.
func (c *camera) atRest() bool { return c.t >= glide }

// advance moves on by seconds.
func (c *camera) advance(seconds float64) {
	if c.atRest() {
		return
	}
	c.t += seconds
	if c.t >= glide || c.still {
		c.t, c.now = glide, c.to
		return
	}
	f := easeOut(c.t / glide)
	// The zoom changes by equal factors in equal times, so that it looks even.
	c.now.zoom = c.from.zoom * math.Pow(c.to.zoom/c.from.zoom, f)
	g := f
	if d := c.to.zoom - c.from.zoom; math.Abs(d) > 1e-6*c.to.zoom {
		// What the two shots share stands still on the screen.
		g = (1 - c.from.zoom/c.now.zoom) / (1 - c.from.zoom/c.to.zoom)
	}
	c.now.x, c.now.y = c.from.x+(c.to.x-c.from.x)*g, c.from.y+(c.to.y-c.from.y)*g
}

// easeOut starts fast and settles: cubic.
func easeOut(t float64) float64 {
	u := 1 - t
	return 1 - u*u*u
}

// goTo glides to a shot.
func (c *camera) goTo(s shot) {
	s.zoom = min(max(s.zoom, minZoom), maxZoom)
	c.from, c.to, c.t = c.now, s, 0
	if c.still {
		c.now, c.t = s, glide
	}
}

// jumpTo is there at once.
func (c *camera) jumpTo(s shot) {
	s.zoom = min(max(s.zoom, minZoom), maxZoom)
	c.now, c.from, c.to, c.t = s, s, s, glide
}

// fitted returns the shot that shows all contents below the floating bars. The
// bounds have margins of their own.
func (c *camera) fitted() shot {
	b := c.bounds
	z := min(c.w/max(float64(b.W), 1), (c.h-c.top)/max(float64(b.H), 1))
	z = min(max(z, minZoom), fitZoom)
	return shot{float64(b.X + b.W/2), float64(b.Y+b.H/2) - c.top/2/z, z}
}

// see tells the camera of the view's size and the contents' bounds, and keeps
// them fitted unless the user moved it.
func (c *camera) see(w, h, top float64, bounds scene.Rect) {
	if w <= 0 || h <= 0 || bounds.W <= 0 || bounds.H <= 0 {
		return
	}
	if c.placed && w == c.w && h == c.h && top == c.top && bounds == c.bounds {
		return
	}
	resized := w != c.w || h != c.h || top != c.top
	c.w, c.h, c.top, c.bounds = w, h, top, bounds
	switch {
	case !c.placed:
		c.placed = true
		c.jumpTo(c.fitted())
	case c.moved:
	case resized:
		c.jumpTo(c.fitted())
	default:
		c.goTo(c.fitted())
	}
}

// fit shows all contents, and keeps doing so.
func (c *camera) fit() {
	c.moved = false
	c.goTo(c.fitted())
}

// set puts the camera where it was in a former life of the page.
func (c *camera) set(s shot) {
	c.jumpTo(s)
	f := c.fitted()
	c.moved = math.Abs(s.x-f.x)+math.Abs(s.y-f.y) > 1 || math.Abs(s.zoom/f.zoom-1) > .01
}

// zoomBy zooms by a factor, gliding, around the middle of the view.
func (c *camera) zoomBy(f float64) {
	c.moved = true
	s := c.to
	s.zoom *= f
	c.goTo(s)
}

// zoomAt zooms at once by a factor around a point of the view.
func (c *camera) zoomAt(px, py, f float64) {
	c.moved = true
	s := c.now
	z := min(max(s.zoom*f, minZoom), maxZoom)
	dx, dy := px-c.w/2, py-c.h/2
	s.x += dx/s.zoom - dx/z
	s.y += dy/s.zoom - dy/z
	s.zoom = z
	c.jumpTo(s)
}

// pan moves the contents by CSS pixels; glided for keys, at once for drags.
func (c *camera) pan(dx, dy float64, glided bool) {
	c.moved = true
	s := c.now
	if glided {
		s = c.to
	}
	s.x -= dx / s.zoom
	s.y -= dy / s.zoom
	s = c.held(s)
	if glided {
		c.goTo(s)
		return
	}
	c.jumpTo(s)
}

// keptInView is how much of the contents a pan leaves in view, in CSS pixels.
const keptInView = 96

// held returns the shot nearest to s that still shows some of the contents.
func (c *camera) held(s shot) shot {
	if !c.placed {
		return s
	}
	b := c.bounds
	rx, ry := max(c.w/2-keptInView, 0)/s.zoom, max(c.h/2-keptInView, 0)/s.zoom
	s.x = min(max(s.x, float64(b.X)-rx), float64(b.X+b.W)+rx)
	s.y = min(max(s.y, float64(b.Y)-ry), float64(b.Y+b.H)+ry)
	return s
}

// reveal glides until a rectangle of the world is in view, if it is not.
func (c *camera) reveal(r scene.Rect) {
	s := c.to
	halfW, halfH := c.w/2/s.zoom, c.h/2/s.zoom
	m := 24 / s.zoom
	inside := func(at, half float64, lo, size float32) float64 {
		if float64(size)+2*m > 2*half {
			return float64(lo + size/2)
		}
		return min(max(at, float64(lo+size)+m-half), float64(lo)-m+half)
	}
	x, y := inside(s.x, halfW, r.X, r.W), inside(s.y, halfH, r.Y, r.H)
	if x != s.x || y != s.y {
		s.x, s.y = x, y
		c.moved = true
		c.goTo(s)
	}
}

// corner returns the world point at the top left of the view.
func (c *camera) corner() (x, y float64) {
	return c.now.x - c.w/2/c.now.zoom, c.now.y - c.h/2/c.now.zoom
}
