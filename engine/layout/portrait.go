package layout

import "rpcscope/engine/view"

// The measures of a portrait map. Invokers stand on top, workers at the foot;
// between them the broker, where each exchange has its queues below it like the
// branches of a tree, and replies go up on the right.
const (
	ptMargin   = 12
	ptLeft     = 24  // of cards
	ptCardW    = 184 //
	ptCardH    = 58
	ptCardGap  = 14
	ptExchange = 48 // middle of the exchanges
	ptExRow    = 58
	ptQueueX   = 70
	ptQueueW   = 144
	ptRow      = 48
	ptChip     = 32
	ptPile     = 12  // more above a stack
	ptTrunk    = 224 // where the subscriptions run down
	ptFloor    = .74 // least zoom
)

func ptDims() dims {
	d := dense()
	d.cardW, d.workerW, d.cardH, d.cardGap = ptCardW, ptCardW, ptCardH, ptCardGap
	d.qW, d.slots, d.una, d.scale, d.laneMax = ptQueueW, 6, 2, .72, 1
	return d
}

// portraitMost is how many queues have room at the least zoom.
func (e *Engine) portraitMost() int {
	fixed := float32(8 + 30 + 30 + 14 + 24 + 12 + ptExRow)
	fixed += float32(min(2, len(e.m.left))) * (ptCardH + ptCardGap)
	return max(1, min(6, int((e.cfg.H/ptFloor-fixed)/(ptRow+ptExRow/2+ptCardH/2))))
}

// portraitBudget shows what was used, and at least the main queue.
func (e *Engine) portraitBudget() int {
	used := 0
	for i := range e.m.lines {
		if ln := &e.m.lines[i]; ln.used && !ln.empty {
			used++
		}
	}
	return max(1, min(used, e.most))
}

// portraitFits reports whether the queues shown leave the map large enough to read.
func (e *Engine) portraitFits(st *view.State) bool {
	idle := len(e.m.idle)
	h := e.portraitHeight(e.branches(st))
	e.m.idle = e.m.idle[:idle]
	return h.all() <= e.cfg.H/ptFloor
}

// ptHeights are what the parts of a portrait map need.
type ptHeights struct{ head, inside, foot float32 }

func (h ptHeights) all() float32 { return h.head + 16 + h.inside + h.foot + 12 }

func (e *Engine) portraitHeight(tree []branch) ptHeights {
	cards, more := e.portraitCards()
	h := ptHeights{head: e.cfg.Top + 8 + 30*b2f(len(more) > 0), inside: 20 + 14 + ptChip*b2f(e.chipped()), foot: 30}
	for _, c := range cards {
		h.head += ptCardH + ptCardGap + 10*b2f(len(c.members) > 1)
	}
	for _, b := range tree {
		h.inside += ptExRow*b2f(b.s != 0) + float32(len(b.lines))*ptRow
		for _, i := range b.lines {
			h.inside += ptPile * b2f(e.m.lines[i].stack)
		}
	}
	if e.m.lane {
		h.inside = max(h.inside, 202)
	}
	groups := e.portraitGroups()
	for _, g := range groups {
		h.foot += ptCardH + 12 + 10*b2f(len(e.m.right[g].members) > 1)
	}
	if len(groups) < len(e.m.right) {
		h.foot += 24
	}
	return h
}

// branch is an exchange with the lines that hang below it.
type branch struct {
	s     view.Slot // 0 for queues that no shown exchange feeds
	lines []int
}

func (e *Engine) placePortrait(st *view.State) {
	l := &e.out
	e.d = ptDims()
	l.Dense = true
	tree := e.branches(st)
	cards, more := e.portraitCards()
	h := e.portraitHeight(tree)
	groups := e.portraitGroups()
	spare := max(0, e.cfg.H-h.all())
	gap := min(30, spare*.2)
	y := e.cfg.Top + 8
	y = e.portraitInvokers(cards, more, y)
	y += 16 + gap
	right := max(370, e.cfg.W-20)
	l.Broker = Rect{ptMargin, y, right + 8 - ptMargin, h.inside + spare - 2*gap}
	e.portraitTree(st, tree, y+20, spare-2*gap)
	if e.m.lane {
		e.portraitLane(st, right)
	}
	e.portraitWorkers(groups, l.Broker.Bottom()+24+gap)
	e.portraitEdges(st)
	l.Heads = append(l.Heads, Head{X: right - 4, Y: l.Broker.Y + 17, Anchor: 2, Word: HeadBroker, Max: 130})
}

func (e *Engine) portraitCards() (cards []cardSpec, more []view.Slot) {
	cards = e.cardSpecs(e.m.left, false)
	if len(cards) > 2 {
		cards = e.cardSpecs(e.m.left, true)
	}
	if len(cards) > 2 && e.open[foldCards] {
		return cards, nil
	}
	if len(cards) > 2 {
		for _, c := range cards[2:] {
			more = append(more, c.members...)
		}
		cards = cards[:2]
	}
	return cards, more
}

func (e *Engine) portraitInvokers(cards []cardSpec, more []view.Slot, y float32) float32 {
	l := &e.out
	for _, k := range cards {
		if len(k.members) > 1 {
			y += 10
		}
		n := Node{Kind: KindCard, Side: Left, Key: k.key, Rect: Rect{ptLeft, y, ptCardW, ptCardH}, Dense: true, Waits: true, Stack: len(k.members) > 1}
		e.leftFold(&n, &k)
		for _, s := range k.members {
			_, serves := e.m.groupOf[s]
			n.Both = n.Both || serves
		}
		put(l.ix.left, k.members, e.node(n, k.members))
		y += ptCardH + ptCardGap
	}
	if len(more) > 0 {
		e.foldChip(KindCard, foldCards, Rect{ptLeft + 12, y, ptCardW - 24, 24}, more, l.ix.left)
		y += 30
	}
	return y
}

// branches sorts the lines by the exchange that feeds them.
func (e *Engine) branches(st *view.State) []branch {
	list := append([]view.Slot(nil), e.m.exchanges...)
	if e.m.def != 0 && e.m.main {
		list = append(list, e.m.def)
	}
	var out []branch
	taken := map[int]bool{}
	for _, s := range list {
		b := branch{s: s}
		for i := range e.m.lines {
			if ln := &e.m.lines[i]; !ln.empty && !taken[i] && e.bound(st, s, ln) {
				b.lines = append(b.lines, i)
				taken[i] = true
			}
		}
		x := st.Exchanges.At(s)
		if len(b.lines) > 0 || x.In.Count > 0 || x.Form == view.FormTopic && len(e.m.lines) == 0 {
			out = append(out, b)
		} else {
			e.m.idle = append(e.m.idle, s)
		}
	}
	rest := branch{}
	for i := range e.m.lines {
		if !e.m.lines[i].empty && !taken[i] {
			rest.lines = append(rest.lines, i)
		}
	}
	if len(rest.lines) > 0 {
		out = append(out, rest)
	}
	return out
}

func (e *Engine) bound(st *view.State, x view.Slot, ln *line) bool {
	for _, q := range ln.slots {
		for b := st.Queues.At(q).FirstBinding; b != 0; b = st.Bindings.At(b).NextOfQueue {
			if st.Bindings.At(b).Exchange == x {
				return true
			}
		}
	}
	return false
}

func (e *Engine) portraitTree(st *view.State, tree []branch, y, spare float32) {
	l := &e.out
	rows := 0
	for _, b := range tree {
		rows += len(b.lines) + 1
	}
	each := min(26, spare/float32(max(1, rows)))
	for _, b := range tree {
		if b.s != 0 {
			x := st.Exchanges.At(b.s)
			i := e.exchangeNode(b.s, x, key(tagExchange, x.VHost, x.Name), ptExchange, y+28, l.ix.exchange)
			n := &l.Nodes[i]
			n.Name = Spot{ptExchange + 34*n.Scale + 10, y + 26, 0, 140}
			n.Sub = Spot{n.Name.X, y + 42, 0, 140}
			y += ptExRow + each
		}
		for _, i := range b.lines {
			ln := &e.m.lines[i]
			if ln.stack {
				y += ptPile
			}
			n := Node{
				Kind: KindQueue, Key: ln.key, Rect: Rect{ptQueueX, y + 16, ptQueueW, e.d.qH},
				Stack: ln.stack, Dense: true, Slots: e.d.slots, Una: e.d.una,
			}
			e.queueSpots(&n)
			n.Name.Max = n.Rect.W - 44
			n.Fold = e.lineFold(ln)
			put(l.ix.queue, ln.slots, e.node(n, ln.slots))
			y += ptRow + each
		}
	}
	if e.chipped() {
		e.queueChip(Rect{ptQueueX, y + 2, ptQueueW, 24})
	}
}

// portraitLane puts the reply queue at the broker's top right and the default exchange below it.
func (e *Engine) portraitLane(st *view.State, right float32) {
	l := &e.out
	w := float32(130)
	if len(e.m.replies) > 1 {
		w -= 6
	}
	x := right - 130
	y := l.Broker.Y + 46
	if len(e.m.replies) > 0 {
		q := st.Queues.At(e.m.replies[0])
		n := Node{
			Kind: KindQueue, Key: key(tagQueue, q.VHost, q.Name), Lane: true, Dense: true, Stack: len(e.m.replies) > 1,
			Rect: Rect{x, y, w, e.d.qH}, Slots: 5, Una: 2,
		}
		e.queueSpots(&n)
		n.Name, n.Sub = Spot{right - 4, y - 8, 2, w}, Spot{x + 6, y + e.d.qH + 16, 0, 60}
		if n.Stack {
			n.Name.Y -= 8
		}
		put(l.ix.queue, e.m.replies, e.node(n, e.m.replies))
	}
	i := e.laneDefault(st, x+65, l.Broker.Bottom()-78)
	n := &l.Nodes[i]
	n.Lane = true
	n.Name = Spot{n.Rect.CX() - 10, n.Rect.CY() + 26*n.Scale + 18, 2, 80}
	n.Sub.Max = 0
}

// portraitGroups are the groups whose queues are drawn, in order.
func (e *Engine) portraitGroups() []int {
	var out []int
	for g := range e.m.right {
		for i := range e.m.lines {
			if e.m.lines[i].group == g {
				out = append(out, g)
				break
			}
		}
	}
	return out
}

func (e *Engine) portraitWorkers(groups []int, y float32) {
	l := &e.out
	shown := map[int]bool{}
	for _, g := range groups {
		shown[g] = true
		p := &e.m.right[g]
		y += 10 * b2f(len(p.members) > 1)
		n := Node{
			Kind: KindCard, Side: Right, Key: p.key, Rect: Rect{ptLeft, y, ptCardW, ptCardH}, Dense: true,
			Both: e.standsLeft(p.members), Stack: len(p.members) > 1, FirstSection: int32(len(l.Sections)),
		}
		if n.Stack { // its queues are what opens: the card stays one
			n.Fold, n.Open = p.fold(), e.opened(g)
		}
		put(l.ix.right, p.members, e.node(n, p.members))
		y += ptCardH + 12
	}
	var away []view.Slot
	for g := range e.m.right {
		if !shown[g] {
			away = append(away, e.m.right[g].members...)
		}
	}
	if len(away) > 0 {
		e.foldChip(KindCard, foldQueues, Rect{ptLeft + 12, y, ptCardW - 24, 24}, away, l.ix.right)
	}
}

func (e *Engine) portraitEdges(st *view.State) {
	l := &e.out
	bs := e.gather(st)
	for i := range bs {
		b := &bs[i]
		from, to := l.Nodes[b.from], l.Nodes[b.to]
		if e.toChip(b) || to.Kind == KindChip && !e.clear(&from, &to) || b.kind == EdgeREST || b.kind == EdgePublish && to.Kind != KindExchange {
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
		case EdgeConsume:
			y := to.Rect.Y + 20
			if from.Lane {
				y = to.Rect.Y + 42
				ed.GateX, ed.GateY = to.Rect.Right(), y
				cv.round(16, from.Rect.X, from.Rect.CY(), ptTrunk, from.Rect.CY(), ptTrunk, y, ed.GateX, y)
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
	case view.FormDefault:
		return 26 * n.Scale, 26 * n.Scale
	}
	return 25 * n.Scale, 25 * n.Scale
}
