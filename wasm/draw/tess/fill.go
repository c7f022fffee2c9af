package tess

import "rpcscope/engine/scene"

// fillContour covers the polygon ps and softens its boundary. Concave polygons
// must not cross themselves.
func (t *Tessellator) fillContour(m *Mesh, ps []point, paint scene.Paint, alpha float32, convex bool) {
	if len(ps) < 3 {
		return
	}
	area := float32(0)
	for i, p := range ps {
		area += p.cross(ps[(i+1)%len(ps)])
	}
	if area == 0 {
		return
	}
	side := float32(-1) // outward normals for a contour that runs clockwise on the screen
	if area < 0 {
		side = 1
	}
	base := uint32(len(m.V))
	n := uint32(len(ps))
	for i, p := range ps {
		before, after := ps[(i+len(ps)-1)%len(ps)], ps[(i+1)%len(ps)]
		o := miter(p.sub(before), after.sub(p), 2).mul(side)
		m.add(Vertex{X: p.x, Y: p.y, NX: o.x, NY: o.y, Soft: -1, Alpha: alpha, Paint: paint})
		m.add(Vertex{X: p.x, Y: p.y, NX: o.x, NY: o.y, Soft: 1, Paint: paint})
	}
	for i := uint32(0); i < n; i++ {
		j := (i + 1) % n
		m.quad(base+2*i, base+2*i+1, base+2*j+1, base+2*j)
	}
	if convex || isConvex(ps) {
		for i := uint32(1); i+1 < n; i++ {
			m.tri(base, base+2*i, base+2*i+2)
		}
		return
	}
	t.clipEars(m, ps, base, area < 0)
}

// miter returns the vector from a corner to its offset boundary for a band of
// width 1: longer than 1 at a corner, but no longer than limit.
func miter(in, out point, limit float32) point {
	a, b := in.unit(out).normal(), out.unit(in).normal()
	a, b = a.unit(b), b.unit(a)
	s := a.add(b)
	d := s.dot(s) / 2 // 1 + cos of the turn
	if d < 2/(limit*limit) {
		return s.unit(a).mul(limit)
	}
	return s.mul(1 / d)
}

func isConvex(ps []point) bool {
	sign := float32(0)
	for i, p := range ps {
		q, r := ps[(i+1)%len(ps)], ps[(i+2)%len(ps)]
		c := q.sub(p).cross(r.sub(q))
		if c*sign < 0 {
			return false
		}
		if c != 0 {
			sign = c
		}
	}
	return true
}

// clipEars triangulates a simple polygon whose corner i is vertex base+2i.
func (t *Tessellator) clipEars(m *Mesh, ps []point, base uint32, reversed bool) {
	t.ring = t.ring[:0]
	for i := range ps {
		if reversed {
			i = len(ps) - 1 - i
		}
		t.ring = append(t.ring, int32(i))
	}
	for len(t.ring) > 3 {
		ear := t.findEar(ps)
		n := len(t.ring)
		a, b, c := t.ring[(ear+n-1)%n], t.ring[ear], t.ring[(ear+1)%n]
		m.tri(base+2*uint32(a), base+2*uint32(b), base+2*uint32(c))
		t.ring = append(t.ring[:ear], t.ring[ear+1:]...)
	}
	m.tri(base+2*uint32(t.ring[0]), base+2*uint32(t.ring[1]), base+2*uint32(t.ring[2]))
}

// findEar returns a corner that can be cut off. A polygon that crosses itself
// may have none; then any corner is as good.
func (t *Tessellator) findEar(ps []point) int {
	n := len(t.ring)
	for i := range t.ring {
		a, b, c := ps[t.ring[(i+n-1)%n]], ps[t.ring[i]], ps[t.ring[(i+1)%n]]
		if b.sub(a).cross(c.sub(b)) <= 0 {
			continue
		}
		inside := false
		for _, k := range t.ring {
			p := ps[k]
			if p == a || p == b || p == c {
				continue
			}
			if b.sub(a).cross(p.sub(a)) >= 0 && c.sub(b).cross(p.sub(b)) >= 0 && a.sub(c).cross(p.sub(c)) >= 0 {
				inside = true
				break
			}
		}
		if !inside {
			return i
		}
	}
	return 0
}
