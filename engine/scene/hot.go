package scene

import (
	"rpcscope/engine/flow"
	"rpcscope/engine/layout"
	"rpcscope/engine/view"
)

func resize[T any](s []T, n int) []T {
	if cap(s) < n {
		s = make([]T, n, 2*n)
	}
	s = s[:n]
	clear(s)
	return s
}

// traffic of one record of an edge.
func (b *Builder) traffic(e *layout.Edge, s view.Slot) *view.Traffic {
	switch e.Kind {
	case layout.EdgePublish, layout.EdgeREST:
		if b.st.Links.Live(s) {
			return &b.st.Links.At(s).Out
		}
	case layout.EdgeBinding, layout.EdgeImplicit:
		if b.st.Bindings.Live(s) {
			return &b.st.Bindings.At(s).Out
		}
	case layout.EdgeConsume:
		if b.st.Consumers.Live(s) {
			return &b.st.Consumers.At(s).Out
		}
	}
	return nil
}

// focus says which RPC, or which message, is lit.
func (b *Builder) focus() (flow.ID, flow.MsgID) {
	if f := b.opt.Focus; f != nil && (!f.RPC.IsZero() || f.Msg != 0) {
		return f.RPC, f.Msg
	}
	return b.st.Recent, b.st.RecentMsg
}

// heat finds how every edge and node is lit: the path of the focused RPC
// loudly, what carried something a moment ago while it cools.
func (b *Builder) heat() {
	b.edgeHot = resize(b.edgeHot, len(b.lay.Edges))
	b.nodeHot = resize(b.nodeHot, len(b.lay.Nodes))
	rpc, msg := b.focus()
	for i := range b.lay.Edges {
		e := &b.lay.Edges[i]
		h := &b.edgeHot[i]
		for _, s := range b.lay.Members[e.First : e.First+e.Count] {
			t := b.traffic(e, s)
			if t == nil || t.Count == 0 || t.LastD < h.d {
				continue
			}
			on := !rpc.IsZero() && t.LastRPC == rpc || msg != 0 && t.LastMsg == msg
			age := float32(b.d-t.LastD) / durCool
			if !on && (age >= 1 || age < 0) {
				continue
			}
			h.d, h.hue, h.path = t.LastD, HueOf(t.Class), on
			h.alpha = .9
			if !on {
				h.alpha = .9 * (1 - age)
				b.moving = true
			}
		}
	}
	b.heatPath()
	for i := range b.edgeHot {
		if h := &b.edgeHot[i]; h.alpha > 0 && !h.ahead {
			e := &b.lay.Edges[i]
			b.warmNode(e.From, h)
			b.warmNode(e.To, h)
		}
	}
	for i := range b.waits {
		if w := &b.waits[i]; w.n > 0 && w.latest == rpc && b.nodeHot[i].alpha > 0 {
			b.nodeHot[i].hue = HueCall
		}
	}
}

// warmNode lights a node like the edge that touched it last.
func (b *Builder) warmNode(n int32, h *heat) {
	if n < 0 {
		return
	}
	if o := &b.nodeHot[n]; h.d >= o.d || o.alpha < h.alpha && !o.path {
		*o = *h
	}
}

// heatPath applies a path that the caller worked out: passed, or still ahead.
func (b *Builder) heatPath() {
	f := b.opt.Focus
	if f == nil {
		return
	}
	for i, r := range f.Path {
		e := -1
		switch r.Kind {
		case view.RefLink:
			e = b.lay.Link(r.Slot)
		case view.RefBinding:
			e = b.lay.Binding(r.Slot)
		case view.RefConsumer:
			e = b.lay.Consumer(r.Slot)
		default:
			b.heatNode(r, i, f)
			continue
		}
		if e < 0 {
			continue
		}
		hue := HueOf(f.Class)
		if f.Back > 0 && i >= f.Back {
			hue = HueReply
		}
		h := &b.edgeHot[e]
		if i < f.Done {
			h.hue, h.alpha, h.path, h.d = hue, .9, true, max(h.d, int64(i))
		} else if h.alpha == 0 {
			h.hue, h.alpha, h.ahead = hue, .8, true
		}
	}
}

func (b *Builder) heatNode(r view.Ref, i int, f *view.Focus) {
	n := -1
	switch r.Kind {
	case view.RefProcess:
		n = b.lay.AnyCard(r.Slot)
	case view.RefExchange:
		n = b.lay.Exchange(r.Slot, f.Back > 0 && i >= f.Back)
	case view.RefQueue:
		n = b.lay.Queue(r.Slot)
	}
	if n < 0 || i >= f.Done || b.nodeHot[n].alpha > 0 {
		return
	}
	hue := HueOf(f.Class)
	if f.Back > 0 && i >= f.Back {
		hue = HueReply
	}
	b.nodeHot[n] = heat{hue: hue, alpha: .9, path: true}
}

// drawHot paints lit edges and nodes over those at rest.
func (b *Builder) drawHot() {
	c := &b.dyn
	for i := range b.edgeHot {
		h := &b.edgeHot[i]
		e := &b.lay.Edges[i]
		if h.alpha <= 0 || b.edgeLife(e) != lifeSteady {
			continue
		}
		if h.ahead {
			b.edgeOutline(c, e)
			p := c.add(LayerTrail, NoPaint, h.hue.Paint(PartLine), 2)
			p.Dash, p.Round, p.Alpha = [2]float32{3, 5}, true, h.alpha
			continue
		}
		b.line(c, e, LayerTrail, look{hue: h.hue, hot: true, fade: h.alpha, trim: 1})
	}
	for i := range b.nodeHot {
		h := &b.nodeHot[i]
		n := &b.lay.Nodes[i]
		if h.alpha <= 0 || b.nodeLife(n) != lifeSteady {
			continue
		}
		b.rim(c, n, h)
	}
}

// drawMissing marks the hop that should have happened: the answer of a worker
// that took the focused call and never gave one.
func (b *Builder) drawMissing() {
	rpc, _ := b.focus()
	s := b.st.CallSlot(rpc)
	if s == 0 {
		return
	}
	c := b.st.Calls.At(s)
	if c.State != view.TimedOut || c.Reply != 0 || c.Worker == 0 {
		return
	}
	n := b.lay.Card(b.st.ProcessSlot(c.Worker), layout.Right)
	for i := range b.lay.Edges {
		if e := &b.lay.Edges[i]; n >= 0 && int(e.From) == n && b.lay.Replies(e) {
			b.edgeOutline(&b.dyn, e)
			p := b.dyn.add(LayerTrail, NoPaint, HueFault.Paint(PartLine), 2.5)
			p.Dash, p.Round = [2]float32{6, 7}, true
		}
	}
}

// rim strokes a node's outline in a hue.
func (b *Builder) rim(c *canvas, n *layout.Node, h *heat) {
	c.alpha = min(1, h.alpha/.9)
	line := h.hue.Paint(PartLine)
	switch n.Kind {
	case layout.KindExchange:
		c.exchangeShape(n.Form, n.Rect.CX(), n.Rect.CY(), n.Scale, h.hue, true)
	case layout.KindQueue:
		if b.fullness(n) == 0 {
			c.capsuleRim(b.capsule(n), line, 2)
		}
	case layout.KindCard, layout.KindComponent:
		if cond, _ := b.condition(n); cond != view.Silent && cond != view.Paused {
			r := n.Rect
			c.roundRect(r.X, r.Y, r.W, r.H, 12)
			c.add(LayerNode, NoPaint, line, 2)
		}
	}
	c.plain()
}

// drawFocus rings what is selected and what is hovered.
func (b *Builder) drawFocus() {
	f := b.opt.Focus
	if f == nil {
		return
	}
	b.ring(f.Selected, false)
	if f.Hovered != f.Selected {
		b.ring(f.Hovered, true)
	}
}

func (b *Builder) ring(r view.Ref, hover bool) {
	c := &b.dyn
	draw := func(i int) {
		if i < 0 {
			return
		}
		n := &b.lay.Nodes[i]
		x := n.Rect
		switch n.Kind {
		case layout.KindExchange:
			c.begin()
			c.at(x.CX(), x.CY(), n.Scale*1.22)
			c.exchangeOutline(n.Form)
			c.at(0, 0, 1)
		case layout.KindQueue:
			c.roundRect(x.X-5, x.Y-5, x.W+10, x.H+10, x.H/2+5)
		case layout.KindChip:
			c.roundRect(x.X-4, x.Y-4, x.W+8, x.H+8, x.H/2+4)
		default:
			c.roundRect(x.X-5, x.Y-5, x.W+10, x.H+10, 17)
		}
		p := c.add(LayerSelect, NoPaint, Select, 2)
		if hover {
			p.Width, p.Dash, p.Round = 1.5, [2]float32{2, 4}, true
		}
	}
	switch r.Kind {
	case view.RefProcess:
		draw(b.lay.Card(r.Slot, layout.Left))
		draw(b.lay.Card(r.Slot, layout.Right))
	case view.RefExchange:
		a, o := b.lay.Exchange(r.Slot, false), b.lay.Exchange(r.Slot, true)
		draw(a)
		if o != a {
			draw(o)
		}
	case view.RefQueue:
		draw(b.lay.Queue(r.Slot))
	case view.RefBroker:
		if x, ok := b.brokerBox(); ok {
			c.roundRect(x.X, x.Y, x.W, x.H, 8)
			p := c.add(LayerSelect, NoPaint, Select, 2)
			if hover {
				p.Width, p.Dash, p.Round = 1.5, [2]float32{2, 4}, true
			}
		}
	}
}
