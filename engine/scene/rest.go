package scene

import (
	"math"

	"rpcscope/engine/flow"
	"rpcscope/engine/layout"
	"rpcscope/engine/view"
)

// restFlight draws a REST request or its answer.
func (b *Builder) restFlight(r *view.Rest, draw bool) int {
	st := b.st
	from, to := st.ProcessSlot(r.From), st.ProcessSlot(r.To)
	j := journey{edge: -1, hop: r.Ask}
	if r.Answer.Start != 0 && r.Answer.Covers(b.d) {
		j.hop, j.back = r.Answer, true
	}
	if !j.hop.Covers(b.d) || j.hop.End == 0 && b.d-j.hop.Start > 1e9 {
		return 0
	}
	if !draw {
		return 1
	}
	if s := st.LinkSlot(from, 0, to); s != 0 {
		j.edge = b.lay.Link(s)
	}
	if j.edge >= 0 {
		j.from, j.to = b.start(j.edge), b.finish(j.edge)
	} else {
		a, z := b.lay.AnyCard(from), b.lay.AnyCard(to)
		if a < 0 || z < 0 || b.lay.Nodes[a].Kind == layout.KindChip || b.lay.Nodes[z].Kind == layout.KindChip {
			return 0 // folded away, with its line
		}
		j.from, j.to = b.middle(a), b.middle(z)
	}
	b.moving = true
	if b.opt.Reduced {
		if j.edge >= 0 {
			b.line(&b.dyn, &b.lay.Edges[j.edge], LayerTrail, look{hue: HueREST, hot: true, fade: 1, trim: 1})
		}
		return 1
	}
	f := j.fraction(b.d)
	x, y := b.where(&j, f)
	t := Token{X: x, Y: y, Scale: 1, Alpha: 1, Ring: -1, Symbol: SymREST, Flags: Glow}
	if r.Status >= 500 && j.back {
		t.Flags |= Fault
	}
	b.list.Tokens = append(b.list.Tokens, t)
	return 1
}

// beads draws an edge with more traffic than can be followed: their distance and size say the rate.
func (b *Builder) beads(edge int) {
	e := &b.lay.Edges[edge]
	rate, class, most := b.rate(e)
	_ = most
	hue := HueOf(class)
	gap := float32(max(9, min(48, 220/math.Sqrt(float64(max(1, rate))))))
	w := float32(min(8, 2+math.Log2(float64(1+rate))*.7))
	c := &b.dyn
	b.edgeOutline(c, e)
	p := c.add(LayerTrail, NoPaint, hue.Paint(PartLine), w)
	p.Alpha, p.Round = .24, true
	b.moving = true
	phase := float32(0)
	if !b.opt.Reduced {
		phase = float32(b.d%int64(float64(gap)/beadSpeed*1e9)) / 1e9 * beadSpeed
	}
	pts := b.lay.Poly[e.Poly0 : e.Poly0+2*e.Polys]
	for at := phase; at < e.Length; at += gap {
		x, y := layout.Along(pts, e.Length, at/e.Length)
		b.list.Beads = append(b.list.Beads, Bead{X: x, Y: y, R: max(1, w*.3), Alpha: 1, Paint: hue.Paint(PartLine)})
	}
}

// rate is what an edge carries, messages per second, mostly of which class.
func (b *Builder) rate(e *layout.Edge) (rate int64, class flow.Class, most uint32) {
	for _, s := range b.lay.Members[e.First : e.First+e.Count] {
		if t := b.traffic(e, s); t != nil {
			n := max(t.Prev, t.Win)
			rate += int64(n)
			if n >= most {
				most, class = n, t.Class
			}
		}
	}
	return rate, class, most
}
