package layout

import "rpcscope/engine/view"

func (e *Engine) portraitEdges(st *view.State) {
	l := &e.out
	bs := e.gather(st)
	for i := range bs {
		b := &bs[i]
		from, to := l.Nodes[b.from], l.Nodes[b.to]
		if e.toChip(b) || to.Kind == KindChip && !e.clear(&from, &to) || b.kind == EdgePublish && to.Kind != KindExchange {
			continue
		}
		ed := e.edge(b)
		cv := l.curve(ed)
		switch b.kind {
		case EdgePublish:
			ed.Port, ed.Tip = true, true
			switch {
			case to.Lane: // a worker's answers go up on the right
				y := from.Rect.Bottom() - 18
				cv.round(20, from.Rect.Right(), y, to.Rect.CX(), y, to.Rect.CX(), to.Rect.CY()+26*to.Scale)
			case from.Side == Left && e.clear(&from, &to):
				cv.round(0, ptExchange, from.Rect.Bottom(), ptExchange, to.Rect.CY()-34*to.Scale)
			default:
				y := from.Rect.Y + ptCardH/2
				left, _ := reach(&to)
				x := float32(ptMargin - 4)
				cv.round(12, from.Rect.X, y, x, y, x, to.Rect.CY(), to.Rect.CX()-left, to.Rect.CY())
			}
		case EdgeBinding, EdgeImplicit:
			e.portraitBinding(ed, &cv, &from, &to)
		case EdgeREST:
			e.portraitREST(ed, &cv, &from, &to)
		case EdgeConsume:
			y := to.Rect.Y + 20
			if from.Lane {
				y = to.Rect.Y + 42
				ed.GateX, ed.GateY = to.Rect.Right(), y
				cv.round(16, from.Rect.X, from.Rect.CY(), ptRail, from.Rect.CY(), ptRail, y, ed.GateX, y)
				break
			}
			ed.GateX, ed.GateY, ed.Row = to.Rect.Right(), y, -1
			cv.round(10, from.Rect.Right(), from.Rect.CY(), ptTrunk, from.Rect.CY(), ptTrunk, y, ed.GateX, y)
		}
	}
}

// clear reports whether the way from a card straight down to an exchange is free.
func (e *Engine) clear(from, to *Node) bool {
	for i := range e.out.Nodes {
		n := &e.out.Nodes[i]
		if n.Rect.Y > from.Rect.Y && n.Rect.Y < to.Rect.Y && n.Rect.X < ptExchange && n.Rect.Right() > ptExchange {
			return false
		}
	}
	return true
}

func (e *Engine) portraitBinding(ed *Edge, cv *curve, from, to *Node) {
	ed.Inside = true
	switch {
	case to.Kind == KindExchange:
		ed.Ring, ed.Tip = true, true
		cv.move(from.Rect.CX()-34*from.Scale, from.Rect.CY())
		cv.cubic(ptMargin+2, from.Rect.CY(), ptMargin+2, to.Rect.CY(), to.Rect.CX()-34*to.Scale, to.Rect.CY())
	case to.Lane && e.portraitReplies() > 1: // into its tail, past those below it
		x, r := to.Rect.Right()+12, 26*from.Scale
		cv.round(8, from.Rect.CX()+r, from.Rect.CY(), x+4, from.Rect.CY(), x+4, to.Rect.CY(), to.Rect.Right(), to.Rect.CY())
	case to.Lane:
		cv.move(from.Rect.CX(), from.Rect.CY()-26*from.Scale)
		cv.line(from.Rect.CX(), to.Rect.Bottom())
	default:
		ed.Ring = ed.Kind == EdgeBinding
		_, half := verticalReach(from)
		cv.round(14, from.Rect.CX(), from.Rect.CY()+half, from.Rect.CX(), to.Rect.CY(), to.Rect.X, to.Rect.CY())
	}
}

// verticalReach is how far a shape goes above and below its middle.
func verticalReach(n *Node) (up, down float32) {
	switch n.Form {
	case view.FormTopic:
		return 34 * n.Scale, 33 * n.Scale
	case view.FormFanout:
		return 20 * n.Scale, 20 * n.Scale
	case view.FormSocket:
		return 21 * n.Scale, 21 * n.Scale
	case view.FormDefault:
		return 26 * n.Scale, 26 * n.Scale
	}
	return 25 * n.Scale, 25 * n.Scale
}

// portraitREST leads from a component on top down to an invoker, or up from it: to the first from above, to the others by the right.
func (e *Engine) portraitREST(ed *Edge, cv *curve, from, to *Node) {
	ed.Tip = true
	up := to.Kind == KindComponent
	comp, card := from, to
	if up {
		comp, card = to, from
	}
	switch {
	case from.Kind == KindComponent && to.Kind == KindComponent: // within the row on top, below it
		const low = 7
		y := max(from.Rect.Bottom(), to.Rect.Bottom()) + low
		cv.round(low, from.Rect.CX(), from.Rect.Bottom(), from.Rect.CX(), y, to.Rect.CX(), y, to.Rect.CX(), to.Rect.Bottom())
		return
	case from.Kind == KindCard && to.Kind == KindCard: // by the right
		const rail = ptRail + 14
		cv.round(10, from.Rect.Right(), from.Rect.CY(), rail, from.Rect.CY(), rail, to.Rect.CY(), to.Rect.Right(), to.Rect.CY())
		return
	case comp.Kind != KindComponent || card.Kind != KindCard:
		cv.move(from.Rect.CX(), from.Rect.CY())
		cv.line(to.Rect.CX(), to.Rect.CY())
		return
	}
	x0, y0 := comp.Rect.CX()+8*b2f(up)-4, comp.Rect.Bottom()
	var way []float32
	if e.topmost(card) {
		x1 := min(max(x0, card.Rect.X+20), card.Rect.Right()-44)
		y1 := card.Rect.Y
		mid := (y0 + y1) / 2
		way = []float32{x0, y0, x0, mid, x1, mid, x1, y1}
	} else {
		const rail = ptRail + 14
		y1, mid := card.Rect.Y+12, y0+ptCompGap/2+4
		way = []float32{x0, y0, x0, mid, rail, mid, rail, y1, card.Rect.Right(), y1}
	}
	if up {
		for i, j := 0, len(way)-2; i < j; i, j = i+2, j-2 {
			way[i], way[i+1], way[j], way[j+1] = way[j], way[j+1], way[i], way[i+1]
		}
	}
	cv.round(10, way...)
}

// topmost reports whether no other card stands above one.
func (e *Engine) topmost(n *Node) bool {
	for i := range e.out.Nodes {
		if o := &e.out.Nodes[i]; o.Kind == KindCard && o.Rect.Y < n.Rect.Y {
			return false
		}
	}
	return true
}
