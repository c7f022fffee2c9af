package tess

import (
	"math"

	"rpcscope/engine/scene"
)

// sharp is the cosine of the turn below which a corner gets a round join; the
// turns of a flattened curve are gentler.
const sharp = 0.8

// pen draws one stroke.
type pen struct {
	m     *Mesh
	half  float32
	paint scene.Paint
	round bool
	// stepAngle is the angle of one piece of a round join or cap.
	stepAngle float32
}

// section adds the four vertices across the stroke at p. alpha 0 makes it the
// far side of a soft end.
func (k *pen) section(p, n, off point, alpha float32) uint32 {
	v := Vertex{X: p.x, Y: p.y, NX: n.x, NY: n.y, OX: off.x, OY: off.y, Half: k.half, Soft: 1, Paint: k.paint}
	i := k.m.add(v)
	v.Soft, v.Alpha = -1, alpha
	k.m.add(v)
	v.NX, v.NY = -n.x, -n.y
	k.m.add(v)
	v.Soft, v.Alpha = 1, 0
	k.m.add(v)
	return i
}

func (k *pen) link(a, b uint32) {
	k.m.quad(a, a+1, b+1, b)
	k.m.quad(a+1, a+2, b+2, b+1)
	k.m.quad(a+2, a+3, b+3, b+2)
}

// fan rounds the stroke at p from direction n over an angle, which is positive
// towards n.normal().
func (k *pen) fan(p, n point, angle, alpha float32) {
	steps := int(float32(math.Abs(float64(angle)))/k.stepAngle) + 1
	centre := k.m.add(Vertex{X: p.x, Y: p.y, Alpha: alpha, Paint: k.paint})
	sin, cos := math.Sincos(float64(angle) / float64(steps))
	s, c := float32(sin), float32(cos)
	for i := 0; i <= steps; i++ {
		v := Vertex{X: p.x, Y: p.y, NX: n.x, NY: n.y, Half: k.half, Soft: -1, Alpha: alpha, Paint: k.paint}
		in := k.m.add(v)
		v.Soft, v.Alpha = 1, 0
		out := k.m.add(v)
		if i > 0 {
			k.m.tri(centre, in-2, in)
			k.m.quad(in-2, out-2, out, in)
		}
		n = point{n.x*c - n.y*s, n.x*s + n.y*c}
	}
}

// joint adds the corner at p between two directions and returns the section
// where the stroke arrives and the one where it leaves.
func (k *pen) joint(p, in, out point, alpha float32) (arrive, leave uint32) {
	if in.dot(out) >= sharp {
		i := k.section(p, miter(in, out, 2), point{}, alpha)
		return i, i
	}
	turn := float32(math.Atan2(float64(in.cross(out)), float64(in.dot(out))))
	from := in.normal()
	if turn > 0 {
		from = from.mul(-1) // the outer side of a turn to the right of the normal
	}
	k.fan(p, from, turn, alpha)
	return k.section(p, in.normal(), point{}, alpha), k.section(p, out.normal(), point{}, alpha)
}

// start and end add the ends of an open stroke.
func (k *pen) start(p, dir point, alpha float32) uint32 {
	n := dir.normal()
	if k.round {
		k.fan(p, n, math.Pi, alpha)
		return k.section(p, n, point{}, alpha)
	}
	far := k.section(p, n, dir.mul(-.5), 0)
	near := k.section(p, n, dir.mul(.5), alpha)
	k.link(far, near)
	return near
}

func (k *pen) end(prev uint32, p, dir point, alpha float32) {
	n := dir.normal()
	if k.round {
		k.link(prev, k.section(p, n, point{}, alpha))
		k.fan(p, n, -math.Pi, alpha)
		return
	}
	near := k.section(p, n, dir.mul(-.5), alpha)
	far := k.section(p, n, dir.mul(.5), 0)
	k.link(prev, near)
	k.link(near, far)
}

// stroke draws the polyline ps. alphas, when given, holds the opacity at every point.
func (k *pen) stroke(ps []point, closed bool, alpha float32, alphas []float32) {
	at := func(i int) float32 {
		if alphas != nil {
			return alphas[i]
		}
		return alpha
	}
	n := len(ps)
	switch {
	case n == 0:
		return
	case n == 1:
		if k.round {
			k.fan(ps[0], point{1, 0}, 2*math.Pi, at(0))
		}
		return
	}
	dir := func(i int) point { return ps[(i+1)%n].sub(ps[i]).unit(point{1, 0}) }
	if closed {
		first, prev := k.joint(ps[0], dir(n-1), dir(0), at(0))
		for i := 1; i < n; i++ {
			arrive, leave := k.joint(ps[i], dir(i-1), dir(i), at(i))
			k.link(prev, arrive)
			prev = leave
		}
		k.link(prev, first)
		return
	}
	prev := k.start(ps[0], dir(0), at(0))
	for i := 1; i+1 < n; i++ {
		arrive, leave := k.joint(ps[i], dir(i-1), dir(i), at(i))
		k.link(prev, arrive)
		prev = leave
	}
	k.end(prev, ps[n-1], dir(n-2), at(n-1))
}
