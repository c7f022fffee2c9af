package layout

import (
	"cmp"
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

// toChip edges are not drawn: what is folded away has no lines – but the
// bindings of an exchange that stands lead to the chip that counts its queues.
func (e *Engine) toChip(b *bundle) bool {
	from, to := &e.out.Nodes[b.from], &e.out.Nodes[b.to]
	if b.kind == EdgeBinding && to.Kind == KindChip && to.Of == KindQueue && from.Kind == KindExchange {
		return false
	}
	return from.Kind == KindChip || to.Kind == KindChip
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

func reach(n *Node) (left, right float32) {
	s := n.Scale
	switch n.Form {
	case view.FormTopic:
		return 34 * s, 33 * s
	case view.FormFanout:
		return 22 * s, 20 * s
	case view.FormDefault:
		return 26 * s, 26 * s
	case view.FormSocket:
		return 26 * s, 30 * s
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
	flow.SortStable(ys, cmp.Compare[float32])
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
	flat := x1 - 10
	if l.Dense { // bent before it comes to the names of the exchanges
		flat = min(flat, max(l.Broker.X+4, from.Rect.Right()+48))
	}
	cv.flow(from.Rect.Right(), y0, flat, x1, to.Rect.CY())
}

// keyLift is how far a key's baseline stands above its line: clear of a call with
// its ring, which reaches 17 px, and of the letters' descenders.
const keyLift = 20

func (e *Engine) bindingEdge(st *view.State, b *bundle, keyed bool) {
	l := &e.out
	from, to := l.Nodes[b.from], l.Nodes[b.to]
	_, right := reach(&from)
	x0, y0, x1, y1 := from.Rect.CX()+right, from.Rect.CY(), to.Rect.X, to.Rect.CY()
	ed := e.edge(b)
	ed.Ring, ed.Inside = b.kind == EdgeBinding, true
	w := float32(0)
	for _, s := range b.slots {
		if to.Kind == KindChip {
			break
		}
		w = max(w, TextWidth(st.Names().Text(st.Bindings.At(s).Key), 12, true, 500))
	}
	flat := max(x0+60, min(x1-120, x1-w-20))
	cv := l.curve(ed)
	cv.flow(x0, y0, flat, x1, y1)
	const leastKey = 60 // less would say nothing
	if keyed && b.kind == EdgeBinding && to.Kind == KindQueue && x1-flat >= min(leastKey, w+20) {
		ed.Key = Spot{x1 - 12, y1 - keyLift, 2, x1 - 12 - flat + 8}
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
		ed.Key = Spot{from.Rect.X, from.Rect.Y - 9, 0, (from.Rect.W + 8*b2f(!e.framed())) * b2f(!e.cfg.low())}
	case to.Kind == KindComponent && from.Kind != KindComponent:
		cv.flow(from.Rect.X, y0, to.Rect.Right()+8, to.Rect.Right(), y1)
		if e.named(b, bs, b.to) {
			return
		}
		ed.Key = Spot{to.Rect.X, to.Rect.Y - 9, 0, (to.Rect.W + 8*b2f(!e.framed())) * b2f(!e.cfg.low())}
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
