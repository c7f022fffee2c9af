package layout

// mix is the way from a to b.
func mix(a, b, f float32) float32 { return a + (b-a)*f }

func (r Rect) mix(to Rect, f float32) Rect {
	return Rect{mix(r.X, to.X, f), mix(r.Y, to.Y, f), mix(r.W, to.W, f), mix(r.H, to.H, f)}
}

func (s Spot) mix(to Spot, f float32) Spot {
	if s.Anchor == to.Anchor && s.Max > 0 && to.Max > 0 {
		to.X, to.Y = mix(s.X, to.X, f), mix(s.Y, to.Y, f)
	}
	return to
}

// blend makes shown what lies at f of the way from from to l.
func (g *Glider) blend(l *Layout, f float32) {
	s := &g.shown
	s.copyFrom(l)
	s.Step = g.steps
	for i, j := range g.node {
		n := &s.Nodes[i]
		if j < 0 {
			continue
		}
		o := &g.from.Nodes[j]
		n.Rect, n.Name, n.Sub = o.Rect.mix(n.Rect, f), o.Name.mix(n.Name, f), o.Sub.mix(n.Sub, f)
		if o.Scale > 0 {
			n.Scale = mix(o.Scale, n.Scale, f)
		}
		dy := n.Rect.Y - l.Nodes[i].Rect.Y
		for k := n.FirstSection; k < n.FirstSection+n.Sections; k++ {
			c := &s.Sections[k]
			if w := g.section[k]; w >= 0 {
				was := &g.from.Sections[w]
				c.Y, c.Top, c.Bottom = mix(was.Y, c.Y, f), mix(was.Top, c.Top, f), mix(was.Bottom, c.Bottom, f)
			} else {
				c.Y, c.Top, c.Bottom = c.Y+dy, c.Top+dy, c.Bottom+dy
			}
		}
	}
	for i, j := range g.edge {
		if j >= 0 && g.sameCurve(&s.Edges[i], &g.from.Edges[j]) {
			g.blendEdge(&s.Edges[i], &g.from.Edges[j], f)
		} else {
			g.carryEdge(&s.Edges[i], l)
		}
	}
	for i, j := range g.head {
		if j >= 0 {
			h, o := &s.Heads[i], &g.from.Heads[j]
			h.X, h.Y = mix(o.X, h.X, f), mix(o.Y, h.Y, f)
		}
	}
	g.blendGround(f)
}

// blendGround moves the broker's box, its lane and the divider.
func (g *Glider) blendGround(f float32) {
	s, o := &g.shown, &g.from
	if o.Broker.W > 0 && s.Broker.W > 0 {
		s.Broker = o.Broker.mix(s.Broker, f)
	}
	if o.LaneY > 0 && s.LaneY > 0 {
		s.LaneY, s.LaneX0, s.LaneX1 = mix(o.LaneY, s.LaneY, f), mix(o.LaneX0, s.LaneX0, f), mix(o.LaneX1, s.LaneX1, f)
	}
	if o.DividerX > 0 && s.DividerX > 0 {
		s.DividerX, s.DividerX1 = mix(o.DividerX, s.DividerX, f), mix(o.DividerX1, s.DividerX1, f)
		s.DividerY0, s.DividerY1 = mix(o.DividerY0, s.DividerY0, f), mix(o.DividerY1, s.DividerY1, f)
	}
}

// sameCurve reports whether two edges bend in the same way, so that they can be mixed point by point.
func (g *Glider) sameCurve(e, o *Edge) bool {
	if e.Verbs != o.Verbs || e.Polys != o.Polys {
		return false
	}
	for k := range e.Verbs {
		if g.shown.Verbs[e.Verb0+k] != g.from.Verbs[o.Verb0+k] {
			return false
		}
	}
	return true
}

func (g *Glider) blendEdge(e, o *Edge, f float32) {
	s := &g.shown
	for k := range s.pointsEnd(e) - e.Point0 {
		s.Points[e.Point0+k] = mix(g.from.Points[o.Point0+k], s.Points[e.Point0+k], f)
	}
	for k := range 2 * e.Polys {
		s.Poly[e.Poly0+k] = mix(g.from.Poly[o.Poly0+k], s.Poly[e.Poly0+k], f)
	}
	e.GateX, e.GateY, e.Key = mix(o.GateX, e.GateX, f), mix(o.GateY, e.GateY, f), o.Key.mix(e.Key, f)
	s.measure(e)
}

// carryEdge lets an edge that is new, or bends anew, follow its two ends.
func (g *Glider) carryEdge(e *Edge, l *Layout) {
	s := &g.shown
	if e.From < 0 || e.To < 0 || e.Polys < 2 {
		return
	}
	a0, a1 := &l.Nodes[e.From].Rect, &s.Nodes[e.From].Rect
	z0, z1 := &l.Nodes[e.To].Rect, &s.Nodes[e.To].Rect
	ax, ay, zx, zy := a1.CX()-a0.CX(), a1.CY()-a0.CY(), z1.CX()-z0.CX(), z1.CY()-z0.CY()
	carry := func(p []float32) {
		for k := 0; k+1 < len(p); k += 2 {
			f := float32(k) / float32(max(2, len(p)-2))
			p[k], p[k+1] = p[k]+mix(ax, zx, f), p[k+1]+mix(ay, zy, f)
		}
	}
	carry(s.Points[e.Point0:s.pointsEnd(e)])
	carry(s.Poly[e.Poly0 : e.Poly0+2*e.Polys])
	e.GateX, e.GateY = e.GateX+zx, e.GateY+zy
	e.Key.X, e.Key.Y = e.Key.X+zx, e.Key.Y+zy
	s.measure(e)
}

// pointsEnd is where the points of an edge's curve end.
func (l *Layout) pointsEnd(e *Edge) int32 {
	n := e.Point0
	for k := range e.Verbs {
		n += [...]int32{vMove: 2, vLine: 2, vQuad: 4, vCubic: 6}[l.Verbs[e.Verb0+k]]
	}
	return n
}

// measure finds the length of an edge anew.
func (l *Layout) measure(e *Edge) {
	p := l.Poly[e.Poly0 : e.Poly0+2*e.Polys]
	e.Length = 0
	for k := 2; k+1 < len(p); k += 2 {
		e.Length += dist(p[k-2], p[k-1], p[k], p[k+1])
	}
}
