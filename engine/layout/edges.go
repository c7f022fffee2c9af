package layout

import (
	"slices"

	"rpcscope/engine/flow"
	"rpcscope/engine/view"
)

// join collects the records of one edge.
type bundle struct {
	kind     EdgeKind
	from, to int
	slots    []view.Slot
}

type bundles []bundle

func (b *bundles) add(kind EdgeKind, from, to int, s view.Slot) {
	if from < 0 || to < 0 {
		return
	}
	for i := range *b {
		if x := &(*b)[i]; x.kind == kind && x.from == from && x.to == to {
			if s != 0 {
				x.slots = append(x.slots, s)
			}
			return
		}
	}
	n := bundle{kind: kind, from: from, to: to}
	if s != 0 {
		n.slots = []view.Slot{s}
	}
	*b = append(*b, n)
}

// gather finds every edge between the nodes that stand.
func (e *Engine) gather(st *view.State) bundles {
	m, l := &e.m, &e.out
	var b bundles
	lane := -1
	for i := range l.Nodes {
		if l.Nodes[i].Kind == KindExchange && l.Nodes[i].Key == key(tagLaneExchange, e.defVHost(st), 0) {
			lane = i
		}
	}
	for _, s := range m.links {
		k := st.Links.At(s)
		isDef := st.Exchanges.At(k.Exchange).Form == view.FormDefault
		if isDef && lane >= 0 && isWorker(st, k.Process) {
			b.add(EdgePublish, l.Card(k.Process, Right), lane, s)
			continue
		}
		from := l.Card(k.Process, Left)
		if from < 0 {
			from = l.Card(k.Process, Right)
		}
		b.add(EdgePublish, from, l.Exchange(k.Exchange, false), s)
	}
	if lane >= 0 {
		for i := range l.Nodes {
			if n := &l.Nodes[i]; n.Kind == KindCard && n.Side == Right {
				b.add(EdgePublish, i, lane, 0)
			}
		}
	}
	for _, s := range bySeq(&st.Bindings, func(b *view.Binding) *view.Life { return &b.Life }) {
		k := st.Bindings.At(s)
		switch {
		case k.ToExchange:
			b.add(EdgeBinding, l.Exchange(k.Exchange, false), l.Exchange(k.Queue, false), s)
		case st.Exchanges.At(k.Exchange).Form == view.FormDefault:
			reply := st.Queues.At(k.Queue).Reply
			if reply || k.Out.Count > 0 {
				b.add(EdgeImplicit, l.Exchange(k.Exchange, reply), l.Queue(k.Queue), s)
			}
		default:
			b.add(EdgeBinding, l.Exchange(k.Exchange, false), l.Queue(k.Queue), s)
		}
	}
	for i := range l.Nodes {
		if n := &l.Nodes[i]; n.Kind == KindQueue && n.Lane && lane >= 0 {
			b.add(EdgeImplicit, lane, i, 0)
		}
	}
	for _, s := range bySeq(&st.Consumers, func(c *view.Consumer) *view.Life { return &c.Life }) {
		k := st.Consumers.At(s)
		if st.Queues.At(k.Queue).Reply {
			b.add(EdgeConsume, l.Queue(k.Queue), l.AnyCard(k.Process), s)
		} else {
			b.add(EdgeConsume, l.Queue(k.Queue), l.Card(k.Process, Right), s)
		}
	}
	for _, s := range m.rest {
		k := st.Links.At(s)
		b.add(EdgeREST, l.AnyCard(k.Process), l.AnyCard(k.Peer), s)
	}
	return b
}

func (e *Engine) defVHost(st *view.State) flow.Name {
	if e.m.def != 0 {
		return st.Exchanges.At(e.m.def).VHost
	}
	return 0
}

// edge starts an edge and registers its records.
func (e *Engine) edge(b *bundle) *Edge {
	l := &e.out
	first, count := e.members(b.slots)
	l.Edges = append(l.Edges, Edge{Kind: b.kind, From: int32(b.from), To: int32(b.to), First: first, Count: count, Row: -1})
	i := len(l.Edges) - 1
	switch b.kind {
	case EdgePublish, EdgeREST:
		put(l.ix.link, b.slots, i)
	case EdgeBinding, EdgeImplicit:
		put(l.ix.binding, b.slots, i)
	case EdgeConsume:
		put(l.ix.consumer, b.slots, i)
	}
	return &l.Edges[i]
}

// chip edges are not drawn: what is folded away has no lines.
func (e *Engine) toChip(b *bundle) bool {
	return e.out.Nodes[b.from].Kind == KindChip || e.out.Nodes[b.to].Kind == KindChip
}

func (e *Engine) edges(st *view.State, c cols) {
	l := &e.out
	bs := e.gather(st)
	bs = slices.DeleteFunc(bs, func(b bundle) bool { return e.toChip(&b) })
	keyed := map[int]bool{}
	for i := range bs {
		b := &bs[i]
		from, to := &l.Nodes[b.from], &l.Nodes[b.to]
		switch b.kind {
		case EdgePublish:
			if from.Side == Right && to.inLane(l) {
				e.replyEdge(b, c)
			} else {
				e.publishEdge(b, bs)
			}
		case EdgeBinding, EdgeImplicit:
			switch {
			case to.Kind == KindExchange:
				e.chainEdge(b)
			case to.Lane:
				e.laneBinding(b, from, to)
			default:
				e.bindingEdge(st, b, !keyed[b.to])
				keyed[b.to] = true
			}
		case EdgeConsume:
			if from.Lane {
				e.replyConsume(b, bs, c)
			} else {
				e.consumeEdge(b)
			}
		case EdgeREST:
			e.restEdge(b, bs)
		}
	}
	for i := range l.Nodes {
		n := &l.Nodes[i]
		if n.Kind != KindQueue || n.Lane || n.Stack || st.Queues.At(n.Slot).Consumers > 0 {
			continue
		}
		ed := e.edge(&bundle{kind: EdgeNobody, from: i, to: i})
		cv := l.curve(ed)
		cv.move(n.Rect.Right(), n.Rect.CY())
		cv.line(n.Rect.Right()+48, n.Rect.CY())
		ed.Key = Spot{n.Rect.Right() + 68, n.Rect.CY() - 3, 0, 150}
	}
}

// Replies reports whether e leads a worker's answers to the reply lane: it stands even before the first one.
func (l *Layout) Replies(e *Edge) bool {
	return e.Kind == EdgePublish && l.Nodes[e.From].Side == Right && l.Nodes[e.To].inLane(l)
}

// inLane reports whether an exchange's node is the one in the reply lane.
func (n *Node) inLane(l *Layout) bool {
	return n.Kind == KindExchange && (n.Lane || l.LaneY > 0 && n.Rect.CY() > l.LaneY)
}

func reach(n *Node) (left, right float32) {
	s := n.Scale
	switch n.Form {
	case view.FormTopic:
		return 34 * s, 33 * s
	case view.FormFanout:
		return 22 * s, 20 * s
	case view.FormDefault:
		return 26 * s, 26 * s
	case view.FormHeaders:
		return 30 * s, 30 * s
	}
	return 24 * s, 24 * s
}

// portY is where the edge b leaves its card: the main one in the middle, others above and below it in the order of their targets.
func (e *Engine) portY(b *bundle, bs bundles) float32 {
	l := &e.out
	card := &l.Nodes[b.from]
	var ys []float32
	for i := range bs {
		if o := &bs[i]; o.kind == EdgePublish && o.from == b.from && !(card.Side == Right && l.Nodes[o.to].inLane(l)) {
			ys = append(ys, l.Nodes[o.to].Rect.CY())
		}
	}
	slices.Sort(ys)
	mid := card.Rect.CY()
	at, main := 0, 0
	for i, y := range ys {
		if y == l.Nodes[b.to].Rect.CY() {
			at = i
		}
		if abs(y-mid) < abs(ys[main]-mid) {
			main = i
		}
	}
	step := min(20, (card.Rect.H/2-14)/float32(max(1, max(main, len(ys)-1-main))))
	return mid + float32(at-main)*step
}

func (e *Engine) publishEdge(b *bundle, bs bundles) {
	l := &e.out
	from, to := l.Nodes[b.from], l.Nodes[b.to]
	y0 := e.portY(b, bs)
	left, right := reach(&to)
	ed := e.edge(b)
	ed.Port, ed.Tip = true, true
	cv := l.curve(ed)
	if from.Side == Right {
		// A worker without a place among the invokers sends over the top of the rows.
		x1 := to.Rect.CX() + right
		cv.round(24, from.Rect.X, from.Rect.Y+12, from.Rect.X-20, from.Rect.Y+12, from.Rect.X-20, to.Rect.CY(), x1, to.Rect.CY())
		return
	}
	x1 := to.Rect.CX() - left
	cv.flow(from.Rect.Right(), y0, x1-10, x1, to.Rect.CY())
}

func (e *Engine) bindingEdge(st *view.State, b *bundle, keyed bool) {
	l := &e.out
	from, to := l.Nodes[b.from], l.Nodes[b.to]
	_, right := reach(&from)
	x0, y0, x1, y1 := from.Rect.CX()+right, from.Rect.CY(), to.Rect.X, to.Rect.CY()
	ed := e.edge(b)
	ed.Ring, ed.Inside = b.kind == EdgeBinding, true
	w := float32(0)
	for _, s := range b.slots {
		w = max(w, TextWidth(st.Names().Text(st.Bindings.At(s).Key), 12, true, 500))
	}
	flat := max(x0+60, min(x1-120, x1-w-20))
	cv := l.curve(ed)
	cv.flow(x0, y0, flat, x1, y1)
	if keyed && b.kind == EdgeBinding {
		ed.Key = Spot{x1 - 12, y1 - 8, 2, x1 - 12 - flat + 8}
	}
}

// chainEdge joins two exchanges by a bow on their right.
func (e *Engine) chainEdge(b *bundle) {
	l := &e.out
	from, to := l.Nodes[b.from], l.Nodes[b.to]
	_, r0 := reach(&from)
	_, r1 := reach(&to)
	x0, y0, x1, y1 := from.Rect.CX()+r0, from.Rect.CY(), to.Rect.CX()+r1, to.Rect.CY()
	ed := e.edge(b)
	ed.Ring, ed.Tip, ed.Inside = true, true, true
	cv := l.curve(ed)
	cv.move(x0, y0)
	cv.cubic(x0+56, y0, x1+56, y1, x1, y1)
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

// section finds the row of a card where the subscription to a queue ends.
func (e *Engine) section(queue, card int) (row int32, y float32) {
	l := &e.out
	q := &l.Nodes[queue]
	for i := range e.m.lines {
		ln := &e.m.lines[i]
		if ln.group < 0 || look(l.ix.right, e.m.right[ln.group].members[0]) != card {
			continue
		}
		if ln.key == q.Key && !ln.empty || ln.feed == q.Key {
			return e.secOf[i], l.Sections[e.secOf[i]].Y
		}
	}
	return -1, l.Nodes[card].Rect.CY()
}

func (e *Engine) consumeEdge(b *bundle) {
	l := &e.out
	from, to := l.Nodes[b.from], l.Nodes[b.to]
	row, y := e.section(b.from, b.to)
	ed := e.edge(b)
	ed.Row, ed.GateX, ed.GateY = row, to.Rect.X, y
	cv := l.curve(ed)
	cv.flow(from.Rect.Right(), from.Rect.CY(), to.Rect.X-18, to.Rect.X, y)
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
		if n := &l.Nodes[i]; n.Kind == KindCard && n.Side == Left && n.Rect.Y > to.Rect.Y && n.Rect.X == to.Rect.X {
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

func (e *Engine) restEdge(b *bundle, bs bundles) {
	l := &e.out
	from, to := l.Nodes[b.from], l.Nodes[b.to]
	ed := e.edge(b)
	ed.Tip = true
	cv := l.curve(ed)
	shift := func(node int) float32 { // several edges of one card stand apart
		n, at := 0, 0
		for i := range bs {
			if o := &bs[i]; o.kind == EdgeREST && (o.from == node || o.to == node) {
				if o.from == b.from && o.to == b.to {
					at = n
				}
				n++
			}
		}
		return (float32(at) - float32(n-1)/2) * min(24, 40/float32(max(1, n)))
	}
	y0, y1 := from.Rect.CY()+shift(b.from), to.Rect.CY()+shift(b.to)
	if abs(y0-y1) < 14 {
		y1 = y0
	}
	switch {
	case from.Kind == KindComponent && to.Kind != KindComponent:
		cv.flow(from.Rect.Right(), y0, to.Rect.X-8, to.Rect.X, y1)
		if e.named(b, bs, b.from) {
			return
		}
		ed.Key = Spot{from.Rect.X, from.Rect.Y - 9, 0, from.Rect.W}
	case to.Kind == KindComponent && from.Kind != KindComponent:
		cv.flow(from.Rect.X, y0, to.Rect.Right()+8, to.Rect.Right(), y1)
		if e.named(b, bs, b.to) {
			return
		}
		ed.Key = Spot{to.Rect.X, to.Rect.Y - 9, 0, to.Rect.W}
	default: // within a column, by a bow on its left
		x := min(from.Rect.X, to.Rect.X)
		cv.move(from.Rect.X, y0)
		cv.cubic(x-22, y0, x-22, y1, to.Rect.X, y1)
	}
}

// named reports whether an earlier REST edge of a component has the place for its path.
func (e *Engine) named(b *bundle, bs bundles, node int) bool {
	for i := range bs {
		o := &bs[i]
		if o.from == b.from && o.to == b.to && o.kind == b.kind {
			return false
		}
		if o.kind == EdgeREST && (o.from == node || o.to == node) && (e.out.Nodes[o.from].Kind == KindComponent) != (e.out.Nodes[o.to].Kind == KindComponent) {
			return true
		}
	}
	return false
}
