package layout

import (
	"cmp"
	"slices"

	"rpcscope/engine/flow"
	"rpcscope/engine/view"
)

// exchangeRoom is what an exchange with its words takes above and below its middle.
// With above its name stands above it.
func (e *Engine) exchangeRoom(x *view.Exchange, above bool) (up, down float32) {
	s := e.d.scale
	switch x.Form {
	case view.FormTopic:
		return 34*s + 2, 34*s + 22 + 16*b2f(!e.cfg.low())
	case view.FormDefault:
		return 26*s + 4, 26*s + 40
	case view.FormSocket:
		return 21*s + 4, 21*s + 22 + 16*b2f(!e.cfg.low())
	}
	if above {
		return 29*s + 22, 29*s + 2
	}
	return 29*s + 2, 29*s + 22
}

// namedAbove reports whether an exchange has its name above it: one that stands
// above the topic exchange, so that the lines between the two do not run over it.
// While the rows stay it is remembered, as it moves the shape.
func (e *Engine) namedAbove(st *view.State, s view.Slot, topic float32) bool {
	x := st.Exchanges.At(s)
	if x.Form == view.FormTopic || x.Form == view.FormDefault {
		return false
	}
	k := key(tagExchange, x.VHost, x.Name) ^ keyAbove
	y, ok := e.at[k]
	if !ok {
		y = b2f(e.exchangeWish(st, s, topic+1) < topic)
		e.at[k] = y
	}
	return y > 0
}

const keyAbove = 0x3c6ef372fe94f82a

// exchangeTop is how far below the broker's top the exchanges begin.
func (e *Engine) exchangeTop() float32 {
	if e.cfg.low() {
		return 8
	}
	return 26
}

// exchangeLeast is what the body of the broker needs for its main exchange, and the chip of those folded.
func (e *Engine) exchangeLeast() float32 {
	if len(e.m.exchanges) == 0 {
		return 0
	}
	h := e.exchangeTop() + 68*leastScale + 24 + 16*b2f(!e.cfg.low()) + 8
	if len(e.m.idle) > 0 || (len(e.m.folded) > 0 || e.state.Brokerless()) && len(e.m.exchanges) > 1 {
		h += 36
	}
	return h
}

// leastScale is that of the smallest exchange.
const leastScale = .72

func (e *Engine) placeExchanges(st *view.State, c cols, y0, y1 float32) {
	m, d, l := &e.m, &e.d, &e.out
	list := append([]view.Slot(nil), m.exchanges...)
	if m.def != 0 && m.main {
		list = append(list, m.def)
	}
	idle := append([]view.Slot(nil), m.idle...)
	list = slices.DeleteFunc(list, func(s view.Slot) bool {
		if x := st.Exchanges.At(s); e.open[foldExchanges] || x.In.Count > 0 || len(m.folded) == 0 || e.feeds(st, s) {
			return false
		}
		idle = append(idle, s)
		return true
	})
	chip := len(idle) > 0
	if chip && e.open[foldExchanges] {
		list = append(list, idle...)
	}
	if chip {
		y1 -= 36
	}
	topic := float32(0)
	for _, s := range list {
		if st.Exchanges.At(s).Form == view.FormTopic {
			topic = max(topic, e.exchangeWish(st, s, 0))
		}
	}
	const gap = 3
	fit := func() bool {
		h := float32(-gap)
		for _, s := range list {
			up, down := e.exchangeRoom(st.Exchanges.At(s), false) // above or below, it is as high
			h += up + down + gap
		}
		return h <= y1-y0
	}
	for !fit() && d.scale > leastScale {
		d.scale -= .07
	}
	for !fit() && len(list) > 1 && !e.open[foldExchanges] {
		i := leastUsed(st, list)
		if !chip { // the chip that counts them needs its room
			chip = true
			y1 -= 36
		}
		idle = append(idle, list[i])
		list = slices.Delete(list, i, i+1)
	}
	items := make([]item, len(list))
	for i, s := range list {
		x := st.Exchanges.At(s)
		up, down := e.exchangeRoom(x, e.namedAbove(st, s, topic))
		k := key(tagExchange, x.VHost, x.Name)
		items[i] = item{key: k, rank: e.rankOf(k), h: up + down, want: e.exchangeWish(st, s, (y0+y1)/2) - up, heavy: x.Form == view.FormTopic}
	}
	e.settle(items, y0, y1, gap)
	for i, s := range list {
		x := st.Exchanges.At(s)
		above := e.namedAbove(st, s, topic)
		up, _ := e.exchangeRoom(x, above)
		n := e.exchangeNode(s, x, items[i].key, c.exchange, items[i].y+up, l.ix.exchange)
		if above {
			l.Nodes[n].Name.Y = l.Nodes[n].Rect.CY() - (l.Nodes[n].Name.Y - 17 - l.Nodes[n].Rect.CY()) - 8
		}
	}
	if len(idle) > 0 {
		e.foldChip(KindExchange, foldExchanges, e.exchangeChip(c, y1+8), idle, l.ix.exchange)
	}
}

// exchangeChip is where the chip of the folded exchanges stands: left of the bindings that run down.
func (e *Engine) exchangeChip(c cols, y float32) Rect {
	x1 := min(c.exchange+80, c.exchange+34*e.d.scale+12)
	x0 := max(c.broker+8, x1-160)
	return Rect{x0, y, x1 - x0, 22}
}

func (e *Engine) exchangeNode(s view.Slot, x *view.Exchange, k uint64, cx, cy float32, t []int32) int {
	r := 34 * e.d.scale
	n := Node{Kind: KindExchange, Key: k, Rect: Rect{cx - r, cy - r, 2 * r, 2 * r}, Scale: e.d.scale, Form: x.Form, Dense: e.out.Dense}
	half := float32(34)
	switch x.Form {
	case view.FormDefault:
		half = 26
	case view.FormFanout:
		half = 29
	case view.FormDirect:
		half = 24
	case view.FormHeaders:
		half = 25
	case view.FormSocket:
		half = 21
	}
	n.Name = Spot{cx, cy + half*e.d.scale + 17, 1, 150}
	if w := TextWidth(e.state.Names().Text(x.Name), 13, true, 600); w/2 > r+4 && x.Form != view.FormTopic {
		// A long name stands clear of the bindings that leave the topic exchange on the right.
		n.Name = Spot{cx + r + 4, n.Name.Y, 2, cx + r - 2 - e.out.Broker.X}
	}
	if (x.Form == view.FormTopic || x.Form == view.FormSocket) && !e.cfg.low() || x.Form == view.FormDefault && !e.out.Dense {
		n.Sub = Spot{n.Name.X, n.Name.Y + 16, n.Name.Anchor, 130}
	}
	i := e.node(n, []view.Slot{s})
	if s > 0 {
		put(t, []view.Slot{s}, i)
	}
	return i
}

func leastUsed(st *view.State, list []view.Slot) int {
	best := len(list) - 1
	for i := len(list) - 1; i >= 0; i-- {
		if st.Exchanges.At(list[i]).In.LastD < st.Exchanges.At(list[best]).In.LastD {
			best = i
		}
	}
	return best
}

// exchangeWish is the row that an exchange would stand on: that of the one
// shared queue which it feeds, else the middle one of all, so that the main
// path is straight.
func (e *Engine) exchangeWish(st *view.State, s view.Slot, none float32) float32 {
	var ys, shared []float32
	for i := view.Slot(1); i < st.Bindings.Cap(); i++ {
		if !st.Bindings.Live(i) {
			continue
		}
		b := st.Bindings.At(i)
		if b.Exchange != s || b.ToExchange {
			continue
		}
		n := e.out.Queue(b.Queue)
		if n < 0 || e.out.Nodes[n].Kind != KindQueue {
			continue
		}
		y := e.out.Nodes[n].Rect.CY()
		if !slices.Contains(ys, y) {
			ys = append(ys, y)
			if e.wordOf(e.out.Nodes[n].Key) == WordShared {
				shared = append(shared, y)
			}
		}
	}
	if len(shared) == 1 {
		return shared[0]
	}
	if len(ys) == 0 {
		return none
	}
	flow.SortStable(ys, cmp.Compare[float32])
	return ys[(len(ys)-1)/2]
}

func (e *Engine) wordOf(k uint64) PortWord {
	for i := range e.m.lines {
		if e.m.lines[i].key == k {
			return e.m.lines[i].word
		}
	}
	return WordNone
}

// feeds reports whether an exchange has a binding to a queue or exchange that is drawn.
func (e *Engine) feeds(st *view.State, s view.Slot) bool {
	for i := view.Slot(1); i < st.Bindings.Cap(); i++ {
		if st.Bindings.Live(i) {
			b := st.Bindings.At(i)
			if b.ToExchange && (b.Exchange == s || b.Queue == s) {
				return true
			}
			if n := e.out.Queue(b.Queue); b.Exchange == s && n >= 0 && e.out.Nodes[n].Kind == KindQueue {
				return true
			}
		}
	}
	return false
}
