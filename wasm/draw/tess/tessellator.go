package tess

import (
	"math"

	"rpcscope/engine/scene"
)

// Tessellator turns paths into triangles. It keeps its scratch memory, so that
// repeated work does not allocate. The zero value is not ready; see [New].
type Tessellator struct {
	// Scale is device pixels per world unit that curves must look smooth at.
	Scale float32

	pts      []point
	contours []contour
	ring     []int32
	cut      []point
	dash     []point
	fade     []float32
}

// New returns a tessellator for curves that are shown at up to scale device
// pixels per world unit.
func New(scale float32) *Tessellator { return &Tessellator{Scale: scale} }

// tolerance is how far a line may be from its curve, in device pixels.
const tolerance = 0.15

// Path appends p, whose verbs and points index the given arrays.
func (t *Tessellator) Path(m *Mesh, verbs []scene.Verb, points []float32, p *scene.Path) {
	if p.Alpha <= 0 {
		return
	}
	t.flatten(verbs[p.Verb0:p.Verb0+p.Verbs], points[p.Point0:], tolerance/t.Scale)
	if p.Fill != scene.NoPaint {
		for _, c := range t.contours {
			t.fillContour(m, t.pts[c.first:c.first+c.n], p.Fill, p.Alpha, p.Convex)
		}
	}
	if p.Stroke == scene.NoPaint || p.Width <= 0 || p.Trim <= 0 {
		return
	}
	k := t.pen(m, p.Width, p.Stroke, p.Round)
	for _, c := range t.contours {
		ps, closed := t.pts[c.first:c.first+c.n], c.closed
		if p.Trim < 1 && len(ps) > 1 {
			ps, closed = t.trimmed(ps, closed, p.Trim), false
		}
		if p.Dash[0]+p.Dash[1] > 0 && p.Dash[1] > 0 && len(ps) > 1 {
			t.dashes(&k, ps, closed, p.Dash, p.DashPhase, p.Alpha)
			continue
		}
		k.stroke(ps, closed, p.Alpha, nil)
	}
}

func (t *Tessellator) pen(m *Mesh, width float32, paint scene.Paint, round bool) pen {
	// The sagitta of a piece of angle a on radius r is about r·a²/8.
	r := max(width/2*t.Scale, .5)
	a := min(sqrt(8*tolerance/r), 1)
	return pen{m: m, half: width / 2, paint: paint, round: round, stepAngle: a}
}

// Trail appends a polyline (x, y pairs) that fades from alpha at its first
// point to nothing at its last.
func (t *Tessellator) Trail(m *Mesh, xy []float32, paint scene.Paint, width, alpha float32) {
	t.pts, t.fade = t.pts[:0], t.fade[:0]
	for i := 0; i+1 < len(xy); i += 2 {
		p := point{xy[i], xy[i+1]}
		if n := len(t.pts); n > 0 && t.pts[n-1] == p {
			continue
		}
		t.pts = append(t.pts, p)
	}
	if len(t.pts) < 2 {
		return
	}
	total := float32(0)
	for i := 1; i < len(t.pts); i++ {
		total += t.pts[i].sub(t.pts[i-1]).len()
	}
	done := float32(0)
	for i := range t.pts {
		if i > 0 {
			done += t.pts[i].sub(t.pts[i-1]).len()
		}
		t.fade = append(t.fade, alpha*max(1-done/total, 0))
	}
	k := t.pen(m, width, paint, true)
	k.stroke(t.pts, false, alpha, t.fade)
}

// arcSteps is how many pieces a whole circle is cut into.
const arcSteps = 48

// smallArc is the radius in device pixels below which half as many do.
const smallArc = 40

// compass has the directions of an arc's corners, clockwise from twelve o'clock.
var compass = func() (d [arcSteps + 1]point) {
	for i := range d {
		s, c := turn(float32(i) / arcSteps)
		d[i] = point{s, -c}
	}
	return d
}()

// Arc appends part (0..1) of a circle, clockwise from twelve o'clock, with
// round caps unless it is whole.
func (t *Tessellator) Arc(m *Mesh, x, y, r, part, width float32, paint scene.Paint, alpha float32) {
	if part <= 0 || r <= 0 {
		return
	}
	k, at := t.pen(m, width, paint, true), point{x, y}
	stride := 1
	if r*t.Scale < smallArc {
		stride = 2
	}
	if part >= 1 {
		first := k.section(at.add(compass[0].mul(r)), compass[0], point{}, alpha)
		prev := first
		for i := stride; i < arcSteps; i += stride {
			next := k.section(at.add(compass[i].mul(r)), compass[i], point{}, alpha)
			k.link(prev, next)
			prev = next
		}
		k.link(prev, first)
		return
	}
	s, c := turn(part)
	n, end := compass[0], point{s, -c}
	k.fan(at.add(n.mul(r)), n, -math.Pi, alpha)
	prev := k.section(at.add(n.mul(r)), n, point{}, alpha)
	for i := stride; float32(i) < part*arcSteps; i += stride {
		next := k.section(at.add(compass[i].mul(r)), compass[i], point{}, alpha)
		k.link(prev, next)
		prev = next
	}
	k.link(prev, k.section(at.add(end.mul(r)), end, point{}, alpha))
	k.fan(at.add(end.mul(r)), end, math.Pi, alpha)
}

// DashedCircle appends a circle in round-capped dashes.
func (t *Tessellator) DashedCircle(m *Mesh, x, y, r, width float32, dash [2]float32, paint scene.Paint, alpha float32) {
	t.pts = t.pts[:0]
	const steps = 64
	for i := range steps {
		s, c := turn(float32(i) / steps)
		t.pts = append(t.pts, point{x + r*s, y - r*c})
	}
	k := t.pen(m, width, paint, true)
	t.dashes(&k, t.pts, true, dash, 0, alpha)
}
