package layout

import (
	"rpcscope/engine/view"
)

// cols are the x positions of a landscape map.
type cols struct {
	comp, divider, left, broker, exchange, queue, brokerRight, right, bus float32
}

// slimTo is the zoom down to which a map is shrunk before its columns get narrower.
const slimTo = .92

// columns spreads the roles over the width: what is left over goes to the
// bindings first, then to the gaps. Where it is short, the columns get narrower
// before the map shrinks.
func (e *Engine) columns(st *view.State) cols {
	d := &e.d
	keys := min(250, max(120, e.widestKey(st)+84))
	mid := keys
	if e.level > levelRoomy {
		// A map that is as high as that shrinks in any case.
		high := e.headRoom() + e.depth(len(e.m.lines), e.chipped()) + 14
		to := max(Legible, min(slimTo, (e.cfg.H-e.cfg.Top)/high))
		for s := float32(0); s <= 1; s += .125 {
			e.slim(st, s)
			mid = mix(keys, min(keys, 150), s)
			if e.width(mid)*to <= e.cfg.W {
				break
			}
		}
		if short := e.width(mid) - e.cfg.W/Legible; short > 0 { // then the keys are cut
			cut := min(short, mid-72)
			mid -= cut
			d.workerW = max(150, d.workerW-(short-cut)*.6) // and then the names
			d.cardW = max(140, d.cardW-max(0, e.width(mid)-e.cfg.W/Legible))
		}
	}
	need := e.width(mid)
	extra := max(0, e.cfg.W-need)
	grow := func(share, most float32) float32 { return min(most, extra*share) }
	gMid, gGap, gPad := grow(.45, 150), grow(.12, 44), grow(.09, 40)
	x := d.margin + (extra-gMid-2*gGap-gPad)/2
	var c cols
	if len(e.m.components) > 0 {
		c.comp = x
		c.divider = x + d.compW + d.aside
		x = c.divider + d.aside
	}
	reach := 34 * d.scale
	c.left = x + e.busRoom()
	c.broker = c.left + d.cardW + d.gap + gGap
	c.exchange = c.broker + d.pad + gPad + reach
	c.queue = c.exchange + reach + mid + gMid
	c.brokerRight = c.queue + d.qW + d.foot
	c.right = c.brokerRight + d.gap + gGap
	c.bus = c.right + d.workerW + 16
	return c
}

// width is what the columns need, with mid px for the bindings.
func (e *Engine) width(mid float32) float32 {
	d := &e.d
	w := d.margin + e.busRoom() + d.cardW + d.gap + d.pad + 2*34*d.scale + mid + d.qW + d.foot + d.gap + d.workerW + d.margin
	if len(e.m.components) > 0 {
		w += d.compW + 2*d.aside
	}
	if e.m.lane && len(e.m.right) > 1 {
		w += 24
	}
	return w
}

// busRoom is what the subscriptions to reply queues that run left of the invokers take.
func (e *Engine) busRoom() float32 {
	n := e.leftBuses()
	switch {
	case n == 0:
		return 0
	case len(e.m.components) > 0:
		return float32(4 + 12*n)
	}
	return float32(16 + 12*n)
}

// leftBuses is how many subscriptions to reply queues run left of the invokers.
func (e *Engine) leftBuses() int {
	if !e.m.lane {
		return 0
	}
	return min(2, len(e.m.left)-1, len(e.m.replies)-1)
}

func (e *Engine) widestKey(st *view.State) float32 {
	w := float32(0)
	for i := view.Slot(1); i < st.Bindings.Cap(); i++ {
		if st.Bindings.Live(i) {
			b := st.Bindings.At(i)
			if !b.Implicit && !b.ToExchange && !st.Queues.At(b.Queue).Reply {
				w = max(w, TextWidth(st.Names().Text(b.Key), 12, true, 500))
			}
		}
	}
	return w
}

// fits reports whether this level of folding has room.
func (e *Engine) fits(st *view.State) bool {
	if e.out.Portrait {
		return e.portraitFits(st)
	}
	e.setDense()
	if e.level == levelRoomy {
		e.d = roomy()
		for i := range e.m.right {
			if len(e.m.right[i].members) > 1 {
				return false
			}
		}
		if len(e.m.components) > 0 || len(e.m.left) > 3 || len(e.m.replies) > e.d.laneMax || e.cfg.low() {
			return false
		}
		if e.width(min(250, max(120, e.widestKey(st)+84)))*.88 > e.cfg.W {
			return false
		}
	}
	e.squeeze()
	room := e.height()
	if e.depth(len(e.m.lines), e.chipped()) > room {
		return false
	}
	if e.level == levelRoomy {
		up, n := float32(0), 0
		for range e.m.exchanges {
			n++
		}
		if n > 0 {
			up = float32(n)*112 - 40
		}
		cards := len(e.cardSpecs(e.m.left, false))
		need := float32(cards)*(e.d.cardH+e.d.cardGap) + 40
		body := room - e.laneHeight()*b2f(e.m.lane)
		return need <= room && up <= body && float32(cards)*(e.d.cardH+e.d.cardGap) <= body+e.d.toLane
	}
	return true
}

// squeeze lets the rows move together as far as needed.
func (e *Engine) squeeze() {
	d := &e.d
	least := float32(tightPitch)
	if e.level == levelRoomy {
		least = 82
	}
	room := e.height()
	for d.pitch > least && e.depth(len(e.m.lines), e.chipped()) > room {
		d.pitch--
		if e.level > levelRoomy {
			d.between = d.pitch
		}
	}
}

const keyOrigin = 1

// placeLandscape puts everything in its place.
func (e *Engine) placeLandscape(st *view.State) {
	m, l := &e.m, &e.out
	l.Dense = e.level > levelRoomy
	c := e.columns(st)
	top := e.top()
	need := e.depth(len(m.lines), e.chipped())
	room := max(need, e.cfg.H-e.cfg.Top-12-e.headRoom(), e.openRoom(st))
	ys := e.rowYs(top, room-need)
	e.checkRows(ys)
	lane := float32(0)
	if m.lane {
		lane = e.laneHeight()
	}
	l.Broker = Rect{c.broker, top, c.brokerRight - c.broker, room}
	body := top + room - lane
	e.placeQueues(st, c, ys, body)
	e.placeExchanges(st, c, top+e.exchangeTop(), body-8)
	e.placeWorkers(st, c, ys, body)
	if m.lane {
		e.placeLane(st, c, body)
	}
	e.placeInvokers(st, c, top, top+room-8, body)
	e.placeComponents(st, c, top, top+room-min(22, e.headRoom()))
	e.edges(st, c)
	e.heads(c)
}

// rowYs are the middles of the rows. The first keeps its height while the rows stay.
func (e *Engine) rowYs(top, spare float32) []float32 {
	d, lines := &e.d, e.m.lines
	y := top + d.first + min(spare/2, 120)
	if e.level == levelRoomy && e.m.lane {
		y = top + d.first + min(spare/2, 24)
	}
	if was, ok := e.at[keyOrigin]; ok && was <= top+d.first+spare && was >= top+d.first {
		y = was
	}
	e.at[keyOrigin] = y
	ys := make([]float32, len(lines))
	for i := range lines {
		if i > 0 {
			step := d.pitch
			if lines[i].group != lines[i-1].group {
				step = max(step, d.between)
			}
			y += step + e.pileGap(i)
		}
		ys[i] = y
	}
	return ys
}

// checkRows forgets the places of exchanges and cards when a row has moved.
func (e *Engine) checkRows(ys []float32) {
	moved := false
	for i := range e.m.lines {
		k := e.m.lines[i].key ^ keyRow
		if y, ok := e.at[k]; ok && y != ys[i] {
			moved = true
		}
	}
	if moved || !e.set {
		clear(e.at)
		if len(ys) > 0 {
			e.at[keyOrigin] = ys[0]
		}
	}
	for i := range e.m.lines {
		e.at[e.m.lines[i].key^keyRow] = ys[i]
	}
}

const keyRow = 0x517cc1b727220a94

func (e *Engine) placeQueues(st *view.State, c cols, ys []float32, body float32) {
	d, l := &e.d, &e.out
	last := float32(0)
	for i := range e.m.lines {
		ln := &e.m.lines[i]
		last = ys[i]
		if ln.empty {
			continue
		}
		n := Node{
			Kind: KindQueue, Key: ln.key, Rect: Rect{c.queue, ys[i] - d.qH/2, d.qW, d.qH},
			Stack: ln.stack, Dense: l.Dense, Slots: d.slots, Una: d.una,
		}
		n.Fold = e.lineFold(ln)
		e.queueSpots(&n)
		put(l.ix.queue, ln.slots, e.node(n, ln.slots))
	}
	if e.chipped() {
		y := min(last+46, body-18)
		e.queueChip(Rect{c.queue + 11, y - 12, d.qW - 22, 24})
	}
}

func (e *Engine) chip(of Kind, r Rect, slots []view.Slot, t []int32) {
	n := e.node(Node{Kind: KindChip, Of: of, Rect: r, Key: key(tagChip, 0, 0) + uint64(of)<<1, Dense: true}, slots)
	e.out.Nodes[n].Slot = 0
	if t != nil {
		put(t, slots, n)
	}
}

// queueSpots are the places of a capsule's name and numbers.
func (e *Engine) queueSpots(n *Node) {
	r := n.Rect
	if n.Dense {
		n.Name = Spot{r.X + 8, r.Y - 6, 0, r.W - 60}
		n.Sub = Spot{r.Right() - 10, r.Y - 6, 2, 60}
		if n.Stack {
			n.Name.Y, n.Sub.Y = n.Name.Y-8, n.Sub.Y-8
		}
		return
	}
	n.Name = Spot{r.X + 14, r.Y - 7, 0, r.W - 20}
	n.Sub = Spot{r.X + 14, r.Bottom() + 16, 0, r.W - 28}
}
