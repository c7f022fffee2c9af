package layout

import "rpcscope/engine/view"

// heads are the words above the columns and in the broker.
func (e *Engine) heads(c cols) {
	l, d := &e.out, &e.d
	y := e.top() - 12
	low := e.cfg.low()
	add := func(x, y float32, a uint8, w HeadWord) {
		if low {
			return
		}
		l.Heads = append(l.Heads, Head{X: x, Y: y, Anchor: a, Word: w})
	}
	if len(e.m.components) > 0 && !low {
		add(c.comp, y, 0, HeadComponents)
		l.Heads[0].Max = c.left - c.comp - 10
		if e.free(Rect{c.divider - 50, l.Broker.Bottom() - 18, 100, 20}) {
			add(c.divider-12, l.Broker.Bottom()-4, 2, HeadREST)
			add(c.divider+12, l.Broker.Bottom()-4, 0, HeadRPC)
		}
	}
	if len(e.m.left) > 0 {
		add(c.left, y, 0, HeadInvokers)
	}
	add(c.exchange, y, 1, HeadExchanges)
	if l.Dense {
		add(c.queue, y, 0, HeadQueues)
	} else {
		add(c.queue+d.qW/2, y, 1, HeadQueues)
	}
	if len(e.m.right) > 0 {
		add(c.right, y, 0, HeadWorkers)
	}
	add(l.Broker.X+20, l.Broker.Y+20, 0, HeadBroker)
	if !low {
		l.Heads[len(l.Heads)-1].Max = l.Broker.W / 2
	}
	if l.LaneY > 0 {
		if l.Dense {
			add(l.LaneX1, l.LaneY+19, 2, HeadReplies)
		} else {
			add(l.LaneX0, l.LaneY+24, 0, HeadReplies)
		}
	}
}

// free reports whether no node stands in r.
func (e *Engine) free(r Rect) bool {
	for i := range e.out.Nodes {
		if e.out.Nodes[i].Rect.Overlaps(r) {
			return false
		}
	}
	return true
}

// finish computes the bounds.
func (e *Engine) finish(st *view.State) {
	l := &e.out
	b := l.Broker
	for i := range l.Nodes {
		r := l.Nodes[i].Rect
		if l.Nodes[i].Stack {
			r = Rect{r.X, r.Y - 18, r.W + 18, r.H + 18}
		}
		b = b.Union(r)
	}
	for i := 0; i+1 < len(l.Poly); i += 2 {
		b = b.Union(Rect{l.Poly[i], l.Poly[i+1], 1, 1})
	}
	m := e.d.margin
	if l.Portrait {
		m = 8
	}
	// From below what floats at the map's upper edge; and small maps are not blown up.
	y := min(e.cfg.Top, b.Y-2)
	b = Rect{b.X - m, y, b.W + 2*m, max(b.Bottom()+12, e.cfg.H) - y}
	if w := e.cfg.W - b.W; w > 0 {
		if b.X >= 0 && b.Right() <= e.cfg.W { // as it was placed
			b.X = w / 2
		}
		b.X, b.W = b.X-w/2, e.cfg.W
	}
	if e.cfg.W > 0 && e.cfg.H > e.cfg.Top {
		w, h := e.cfg.W/Legible, (e.cfg.H-e.cfg.Top)/Legible
		l.Cut = b.W > w || b.H > h
		b.W, b.H = min(b.W, w), min(b.H, h)
		l.Zoom = min(1, e.cfg.W/b.W, (e.cfg.H-e.cfg.Top)/b.H)
	}
	l.Bounds = b
}

// Legible is the least zoom to which fitting shrinks the map. What then has no room is panned to: the top left of the map is in view.
const Legible = .78
