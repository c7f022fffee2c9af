package scene

import (
	"math"

	"rpcscope/engine/flow"
	"rpcscope/engine/layout"
	"rpcscope/engine/view"
)

// restFlight draws a REST request or its answer, or how it falls that got none.
func (b *Builder) restFlight(r *view.Rest, draw bool) int {
	st := b.st
	from, to := st.ProcessSlot(r.From), st.ProcessSlot(r.To)
	j := journey{edge: -1, hop: r.Ask}
	if r.Answer.Start != 0 && r.Answer.Covers(b.d) {
		j.hop, j.back = r.Answer, true
	}
	lost := r.Failure != 0 && r.Status == 0 && b.d >= r.Answer.Start && b.d < r.Answer.Start+durDrop
	if !lost && (!j.hop.Covers(b.d) || j.hop.End == 0 && b.d-j.hop.Start > 1e9) {
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
	t := Token{Rest: r.ID, X: j.to.x, Y: j.to.y, Scale: 1, Alpha: 1, Ring: -1, Symbol: SymREST, Flags: Fault}
	b.restMarks(&t)
	if lost {
		b.fall(t, b.d-r.Answer.Start)
		return 1
	}
	if b.opt.Reduced {
		if j.edge >= 0 {
			b.line(&b.dyn, &b.lay.Edges[j.edge], LayerTrail, look{hue: HueREST, hot: true, fade: 1, trim: 1})
		}
		return 1
	}
	t.X, t.Y = b.where(&j, j.fraction(b.d))
	if r.Status < 400 || !j.back {
		t.Flags = t.Flags&^Fault | Glow
	}
	b.list.Tokens = append(b.list.Tokens, t)
	return 1
}

// restMarks flags the token of a request that is selected or hovered.
func (b *Builder) restMarks(t *Token) {
	switch f := b.opt.Focus; {
	case f == nil || f.RPC != t.Rest:
	case f.Class == flow.ClassREST:
		t.Flags |= Selected
	default:
		t.Flags |= Hovered
	}
}

// restName says what a request asks for.
func (b *Builder) restName(id flow.ID) string {
	s := b.st.RestSlot(id)
	if s == 0 {
		return ""
	}
	r := b.st.Rests.At(s)
	verb, path := r.Verb, r.Path
	return b.txt.make(textKey{kind: txPath, n: verb, a: int64(path)}, func() string {
		return b.txt.names.Text(verb) + " " + b.txt.names.Text(path)
	})
}

// askLabel names a request that is selected or hovered.
func (b *Builder) askLabel(t *Token) {
	if name := b.restName(t.Rest); name != "" {
		l := b.label(uint64(t.Rest[0])<<8|uint64(t.Rest[1])|1<<62, lbDrop+2, at(t.X, t.Y-36, Middle, 0), name, StyleName, 9)
		l.Dynamic, l.Halo = true, b.under()
	}
}

// restProxy makes a request reachable by the keyboard while it travels.
func (b *Builder) restProxy(t *Token, m *mixer) {
	l := &b.list
	if t.Rest.IsZero() || len(l.Proxies) >= maxProxies {
		return
	}
	r := max(12, 14*t.Scale)
	l.Proxies = append(l.Proxies, Proxy{
		Rest: t.Rest, X: t.X - r, Y: t.Y - r, W: 2 * r, H: 2 * r, Role: RoleMessage, Selected: t.Flags&Selected != 0,
		Label: b.restName(t.Rest),
	})
	m.add(uint64(t.Rest[0])<<56 | uint64(t.Rest[1])<<48 | uint64(t.Rest[2])<<40 | uint64(t.Rest[3])<<32 | uint64(t.Rest[4])<<24 | uint64(t.Rest[5]))
	m.bool(t.Flags&Selected != 0)
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
	phase, far := float32(0), e.Length
	if b.cutOff(e) { // they wait at the cut
		far /= 2
	} else {
		b.moving = true
	}
	if !b.opt.Reduced && far == e.Length {
		phase = float32(b.d%int64(float64(gap)/beadSpeed*1e9)) / 1e9 * beadSpeed
	}
	pts := b.lay.Poly[e.Poly0 : e.Poly0+2*e.Polys]
	for at := phase; at < far; at += gap {
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
