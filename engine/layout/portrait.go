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
	ptRail     = 234 // where those of reply queues run up
	ptCompH    = 30
	ptCompGap  = 30 // below the components
	ptReplyW   = 130
	ptReplyRow = 52
	ptTall     = 1.37 // of the width: a map that is lower is laid out as if it were that high, and panned
)

// tall is the height for which a portrait map is laid out.
func (c Config) tall() float32 { return max(c.H, ptTall*c.W) }

func ptDims() dims {
	d := dense()
	d.cardW, d.workerW, d.cardH, d.cardGap = ptCardW, ptCardW, ptCardH, ptCardGap
	d.qW, d.slots, d.una, d.scale, d.laneMax = ptQueueW, 6, 2, .72, 1
	return d
}

// portraitMost is how many queues have room at the least zoom.
func (e *Engine) portraitMost() int {
	fixed := float32(8 + 30 + 30 + 14 + 24 + 12 + ptExRow)
	fixed += float32(min(e.portraitMostCards(), len(e.m.left))) * (ptCardH + ptCardGap)
	fixed += (ptCompH + ptCompGap) * b2f(len(e.m.components) > 0)
	return max(1, min(6, int((e.cfg.tall()/Legible-fixed)/(ptRow+ptExRow/2+ptCardH/2))))
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
	return h.all() <= e.cfg.tall()/Legible
}

// ptHeights are what the parts of a portrait map need.
type ptHeights struct{ head, inside, foot float32 }

func (h ptHeights) all() float32 { return h.head + 16 + h.inside + h.foot + 12 }

func (e *Engine) portraitHeight(tree []branch) ptHeights {
	cards, more := e.portraitCards()
	h := ptHeights{head: e.cfg.Top + 8 + 30*b2f(len(more) > 0) + (ptCompH+ptCompGap)*b2f(len(e.m.components) > 0), inside: 20 + 14 + ptChip*b2f(e.chipped()), foot: 30}
	for _, c := range cards {
		h.head += ptCardH + ptCardGap + 10*b2f(len(c.members) > 1)
	}
	for _, b := range tree {
		h.inside += ptExRow*b2f(b.s != 0) + float32(len(b.lines))*ptRow
		for _, i := range b.lines {
			h.inside += ptPile * b2f(e.m.lines[i].stack)
		}
	}
	if len(e.m.lines) == 0 { // what is missing is said in words
		h.inside = max(h.inside, 180)
	}
	if e.m.lane {
		h.inside = max(h.inside, 202+ptReplyRow*float32(e.portraitReplies()-1)+26*b2f(e.portraitReplies() > 1))
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
	right := max(370, e.cfg.W-20)
	y := e.portraitComponents(e.cfg.Top+8, right)
	y = e.portraitInvokers(cards, more, y)
	y += 16 + gap
	l.Broker = Rect{ptMargin, y, right + 8 - ptMargin, h.inside + spare - 2*gap}
	e.portraitTree(st, tree, y+20, spare-2*gap)
	if e.m.lane {
		e.portraitLane(st, right)
	}
	e.portraitWorkers(groups, l.Broker.Bottom()+24+gap)
	e.portraitEdges(st)
	l.Heads = append(l.Heads, Head{X: right - 4, Y: l.Broker.Y + 17, Anchor: 2, Word: HeadBroker, Max: 130})
}

// portraitMostCards is how many invokers stand in a portrait map.
func (e *Engine) portraitMostCards() int {
	if e.cfg.tall() > 500 {
		return 3
	}
	return 2
}

func (e *Engine) portraitCards() (cards []cardSpec, more []view.Slot) {
	most := e.portraitMostCards()
	cards = e.cardSpecs(e.m.left, false)
	if len(cards) > most {
		cards = e.cardSpecs(e.m.left, true)
	}
	if len(cards) > most && !e.open[foldCards] {
		for _, c := range cards[most:] {
			more = append(more, c.members...)
		}
		cards = cards[:most]
	}
	return cards, more
}

// portraitComponents puts those that only speak REST in a row on top, beside the button that floats there.
func (e *Engine) portraitComponents(y, right float32) float32 {
	l, list := &e.out, e.m.components
	if len(list) == 0 {
		return y
	}
	const gap, least = 8, 84
	width := right - 44 - ptLeft
	fit := max(1, int((width+gap)/(least+gap)))
	var more []view.Slot
	if len(list) > fit {
		list, more = list[:fit-1], list[fit-1:]
	}
	w := min(140, (width+gap)/float32(len(list)+int(b2f(len(more) > 0)))-gap)
	x := float32(ptLeft)
	for _, s := range list {
		n := Node{Kind: KindComponent, Key: e.processKey(s), Rect: Rect{x, y, w, ptCompH}, Dense: true}
		put(l.ix.left, []view.Slot{s}, e.node(n, []view.Slot{s}))
		x += w + gap
	}
	if len(more) > 0 {
		e.chip(KindComponent, Rect{x, y + 3, w, 24}, more, l.ix.left)
	}
	l.DividerX, l.DividerX1 = ptLeft, right-8
	l.DividerY0, l.DividerY1 = y+ptCompH+ptCompGap/2, y+ptCompH+ptCompGap/2
	return y + ptCompH + ptCompGap
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
