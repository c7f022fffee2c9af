package layout

// Replies reports whether e leads a worker's answers to the reply lane: it stands even before the first one.
func (l *Layout) Replies(e *Edge) bool {
	return e.Kind == EdgePublish && l.Nodes[e.From].Side == Right && l.Nodes[e.To].inLane(l)
}

// inLane reports whether an exchange's node is the one in the reply lane.
func (n *Node) inLane(l *Layout) bool {
	return n.Kind == KindExchange && (n.Lane || l.LaneY > 0 && n.Rect.CY() > l.LaneY)
}

func (e *Engine) laneBinding(b *bundle, from, to *Node) {
	l := &e.out
	x0, y0, x1, y1 := from.Rect.CX()-26*from.Scale, from.Rect.CY(), to.Rect.Right(), to.Rect.CY()
	if !from.inLane(l) { // the default exchange of the exchanges' column
		x0 = from.Rect.CX()
		y0 = from.Rect.CY() + 26*from.Scale
	}
	ed := e.edge(b)
	ed.Inside = true
	cv := l.curve(ed)
	cv.flow(x0, y0, x1+6, x1, y1)
	if y0 == y1 && x0-x1 > 116 && !l.Dense {
		ed.Key = Spot{(x0 + x1) / 2, y0 + 36, 1, x0 - x1}
	}
}

// replyConsume leads from a reply queue's head to its caller: the lowest card
// takes it from below, the others at their left side.
func (e *Engine) replyConsume(b *bundle, bs bundles, c cols) {
	l := &e.out
	from, to := l.Nodes[b.from], l.Nodes[b.to]
	lowest, above := true, 0
	seen := map[int]bool{}
	for i := range bs {
		o := &bs[i]
		if o.kind != EdgeConsume || !l.Nodes[o.from].Lane || o.to == b.to || seen[o.to] || l.Nodes[o.to].Side == Right {
			continue
		}
		seen[o.to] = true
		if l.Nodes[o.to].Rect.Y > to.Rect.Y {
			lowest = false
			above++
		}
	}
	for i := range l.Nodes {
		n := &l.Nodes[i]
		if (n.Kind == KindCard && n.Side == Left || n.Kind == KindChip && n.Of == KindCard) && n.Rect.Y > to.Rect.Y && n.Rect.X < l.Broker.X && n.Rect.Right() > to.Rect.CX() {
			lowest = false
		}
	}
	ed := e.edge(b)
	cv := l.curve(ed)
	x0, y0 := from.Rect.X, from.Rect.CY()
	switch {
	case to.Side == Right && to.Kind == KindCard:
		ed.GateX, ed.GateY = to.Rect.CX(), to.Rect.Bottom()
		cv.round(24, x0, y0, x0-14, y0, x0-14, l.Broker.Bottom()-12, ed.GateX, l.Broker.Bottom()-12, ed.GateX, ed.GateY)
	case lowest:
		ed.GateX, ed.GateY = to.Rect.CX(), to.Rect.Bottom()
		cv.round(24, x0, y0, ed.GateX, y0, ed.GateX, ed.GateY)
	default:
		ed.GateX, ed.GateY = to.Rect.X, to.Rect.Bottom()-18
		bx := to.Rect.X - 24 - 12*float32(max(0, above-1))
		cv.round(20, x0, y0, bx, y0, bx, ed.GateY, ed.GateX, ed.GateY)
	}
}

// replyEdge leads from a worker to the default exchange in the lane.
func (e *Engine) replyEdge(b *bundle, c cols) {
	l := &e.out
	from, to := l.Nodes[b.from], l.Nodes[b.to]
	ed := e.edge(b)
	ed.Port, ed.Tip = true, true
	cv := l.curve(ed)
	x1, y1 := to.Rect.CX()+26*to.Scale, to.Rect.CY()
	below := false
	for i := range l.Nodes {
		if n := &l.Nodes[i]; n.Side == Right && (n.Kind == KindCard || n.Kind == KindChip && n.Of == KindCard) && n.Rect.X >= l.Broker.Right() && n.Rect.Y > from.Rect.Y {
			below = true
		}
	}
	if !below && len(e.m.right) == 1 {
		x := from.Rect.CX()
		cv.round(24, x, from.Rect.Bottom(), x, y1, x1, y1)
		return
	}
	y := from.Rect.CY()
	cv.round(18, from.Rect.Right(), y, c.bus, y, c.bus, y1, x1, y1)
}
