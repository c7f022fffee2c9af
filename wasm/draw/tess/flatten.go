package tess

import (
	"math"

	"rpcscope/engine/scene"
)

type point struct{ x, y float32 }

func (a point) sub(b point) point      { return point{a.x - b.x, a.y - b.y} }
func (a point) mul(f float32) point    { return point{a.x * f, a.y * f} }
func (a point) add(b point) point      { return point{a.x + b.x, a.y + b.y} }
func (a point) dot(b point) float32    { return a.x*b.x + a.y*b.y }
func (a point) cross(b point) float32  { return a.x*b.y - a.y*b.x }
func (a point) normal() point          { return point{-a.y, a.x} }
func (a point) len() float32           { return sqrt(a.x*a.x + a.y*a.y) }
func lerp(a, b point, t float32) point { return point{a.x + (b.x-a.x)*t, a.y + (b.y-a.y)*t} }
func sqrt(v float32) float32           { return float32(math.Sqrt(float64(v))) }
func (a point) unit(otherwise point) point {
	if l := a.len(); l > 0 {
		return a.mul(1 / l)
	}
	return otherwise
}

// maxSteps bounds the pieces that one curve is cut into.
const maxSteps = 64

// curveSteps returns into how many lines a curve must be cut so that none is
// farther than tol from it; bend bounds its second difference.
func curveSteps(bend, tol float32) int {
	n := int(sqrt(bend/(8*tol))) + 1
	return min(max(n, 1), maxSteps)
}

// contour is one polyline of a flattened path.
type contour struct {
	first, n int // into Tessellator.pts
	closed   bool
}

// flatten cuts the outline into polylines: t.pts and t.contours.
func (t *Tessellator) flatten(verbs []scene.Verb, pts []float32, tol float32) {
	t.pts, t.contours = t.pts[:0], t.contours[:0]
	var at, start point
	open := false
	begin := func() {
		if !open {
			t.contours = append(t.contours, contour{first: len(t.pts)})
			t.pts = append(t.pts, at)
			open = true
		}
	}
	k := 0
	next := func() point {
		p := point{pts[k], pts[k+1]}
		k += 2
		return p
	}
	for _, v := range verbs {
		switch v {
		case scene.Move:
			t.finish(false)
			at = next()
			start, open = at, false
		case scene.Line:
			begin()
			at = next()
			t.push(at)
		case scene.Quad:
			begin()
			c, e := next(), next()
			d := at.sub(c.mul(2)).add(e)
			n := curveSteps(2*d.len(), tol)
			for i := 1; i <= n; i++ {
				f := float32(i) / float32(n)
				t.push(lerp(lerp(at, c, f), lerp(c, e, f), f))
			}
			at = e
		case scene.Cubic:
			begin()
			c1, c2, e := next(), next(), next()
			d1, d2 := at.sub(c1.mul(2)).add(c2), c1.sub(c2.mul(2)).add(e)
			n := curveSteps(6*max(d1.len(), d2.len()), tol)
			for i := 1; i <= n; i++ {
				f := float32(i) / float32(n)
				a, b, c := lerp(at, c1, f), lerp(c1, c2, f), lerp(c2, e, f)
				t.push(lerp(lerp(a, b, f), lerp(b, c, f), f))
			}
			at = e
		case scene.Close:
			if open {
				t.finish(true)
			}
			at, open = start, false
		}
	}
	t.finish(false)
}

// push appends a point unless it repeats the last one; a contour of one
// repeated point stays one, which strokes as a dot.
func (t *Tessellator) push(p point) {
	if q := t.pts[len(t.pts)-1]; p != q {
		t.pts = append(t.pts, p)
	}
}

// finish ends the contour under way, if there is one.
func (t *Tessellator) finish(closed bool) {
	if len(t.contours) == 0 {
		return
	}
	c := &t.contours[len(t.contours)-1]
	if c.n != 0 {
		return // already finished
	}
	c.n = len(t.pts) - c.first
	if closed && c.n > 1 && t.pts[c.first] == t.pts[len(t.pts)-1] {
		t.pts = t.pts[:len(t.pts)-1]
		c.n--
	}
	c.closed = closed && c.n > 2
}
