package scene

import (
	"math"

	"rpcscope/engine/layout"
)

// edgeOutline appends the curve of an edge.
func (b *Builder) edgeOutline(c *canvas, e *layout.Edge) {
	c.begin()
	p := int(e.Point0)
	for i := range int(e.Verbs) {
		v := Verb(b.lay.Verbs[int(e.Verb0)+i])
		c.verbs = append(c.verbs, v)
		n := 2 * v.PointCount()
		c.points = append(c.points, b.lay.Points[p:p+n]...)
		p += n
	}
}

// line draws an edge at rest, or in the hue of what passes.
func (b *Builder) line(c *canvas, e *layout.Edge, layer Layer, k look) {
	stroke, w := LineStrong, float32(1.5)
	if k.hot {
		stroke, w = k.hue.Paint(PartLine), 2.5
	}
	c.alpha = k.fade
	if b.cutOff(e) {
		b.edgeOutline(c, e)
		p := c.add(layer, NoPaint, HueFault.Paint(PartLine), 2)
		p.Dash, p.Round, p.Trim = dashCut, true, k.trim
		c.plain()
		return
	}
	b.edgeOutline(c, e)
	switch e.Kind {
	case layout.EdgeConsume:
		under := Ground
		if b.lay.Nodes[e.From].Rect.X < b.lay.Broker.Right() && !b.lay.Nodes[e.From].Lane {
			under = b.under()
		}
		c.add(layer, NoPaint, stroke, 6).Trim = k.trim
		b.edgeOutline(c, e)
		c.add(layer, NoPaint, under, 3).Trim = k.trim
	case layout.EdgeImplicit:
		p := c.add(layer, NoPaint, stroke, w)
		p.Dash, p.Round, p.Trim = [2]float32{1.5, 5}, true, k.trim
	case layout.EdgeREST:
		if k.hot {
			w = 2
		}
		p := c.add(layer, NoPaint, HueREST.Paint(PartLine), w)
		p.Dash, p.Trim = [2]float32{10, 5}, k.trim
		stroke = HueREST.Paint(PartLine)
	default:
		p := c.add(layer, NoPaint, stroke, w)
		p.Trim = k.trim
		if k.dash[0] > 0 {
			p.Dash = k.dash
		}
	}
	if k.trim >= 1 {
		b.ends(c, e, layer, stroke, k.hot)
	}
	c.plain()
}

// ends draws what stands at the ends of an edge: port, ring, arrow.
func (b *Builder) ends(c *canvas, e *layout.Edge, layer Layer, stroke Paint, hot bool) {
	pts := b.lay.Poly[e.Poly0 : e.Poly0+2*e.Polys]
	n := len(pts)
	if n < 4 {
		return
	}
	if e.Tip {
		k := float32(.9)
		if hot {
			k = 1.1
		}
		x, y := pts[n-2], pts[n-1]
		dx, dy, _ := toward(pts[n-4], pts[n-3], x, y)
		bx, by := x-dx*.5, y-dy*.5
		c.begin()
		c.move(bx-(dx*7+dy*4)*k, by-(dy*7-dx*4)*k)
		c.line(bx, by)
		c.line(bx-(dx*7-dy*4)*k, by-(dy*7+dx*4)*k)
		p := c.add(layer, NoPaint, stroke, 1.8*k)
		p.Round = true
	}
	if e.Ring {
		c.disc(pts[0], pts[1], 3.5)
		under := Ground
		if e.Inside {
			under = b.under()
		}
		c.add(LayerPort, under, stroke, 1.75).Convex = true
	}
	if e.Port {
		c.port(pts[0], pts[1], stroke)
	}
}

// place returns where a traveller is on an edge: f of the way along it, with a
// lead-in from (x0, y0) and a lead-out to (x1, y1) that count for the length.
func (b *Builder) place(edge int, f float32, from, to point) (x, y float32) {
	e := &b.lay.Edges[edge]
	pts := b.lay.Poly[e.Poly0 : e.Poly0+2*e.Polys]
	if len(pts) < 4 {
		return to.x, to.y
	}
	n := len(pts)
	lead, out := hyp(pts[0]-from.x, pts[1]-from.y), hyp(to.x-pts[n-2], to.y-pts[n-1])
	total := lead + e.Length + out
	at := f * total
	switch {
	case at < lead:
		k := at / lead
		return from.x + (pts[0]-from.x)*k, from.y + (pts[1]-from.y)*k
	case at > lead+e.Length && out > 0:
		k := min(1, (at-lead-e.Length)/out)
		return pts[n-2] + (to.x-pts[n-2])*k, pts[n-1] + (to.y-pts[n-1])*k
	}
	return layout.Along(pts, e.Length, (at-lead)/max(e.Length, 1))
}

type point struct{ x, y float32 }

func hyp(x, y float32) float32 { return float32(math.Hypot(float64(x), float64(y))) }

// start and finish of an edge's polyline.
func (b *Builder) start(edge int) point {
	e := &b.lay.Edges[edge]
	return point{b.lay.Poly[e.Poly0], b.lay.Poly[e.Poly0+1]}
}

func (b *Builder) finish(edge int) point {
	e := &b.lay.Edges[edge]
	i := e.Poly0 + 2*e.Polys - 2
	return point{b.lay.Poly[i], b.lay.Poly[i+1]}
}
