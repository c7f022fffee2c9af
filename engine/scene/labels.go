package scene

import (
	"rpcscope/engine/flow"
	"rpcscope/engine/layout"
	"rpcscope/engine/view"
)

// Parts of a node that are labelled, for stable ids.
const (
	lbName = iota + 1
	lbSub
	lbCount
	lbUnacked
	lbExtra
	lbBadge
	lbWait
	lbWord  // + row
	lbRun   = 64
	lbKey   = 128
	lbDrop  = 160
	lbEmpty = 192 // + row
)

// label appends a text; an empty one is left out.
func (b *Builder) label(id uint64, part int, s layout.Spot, text string, style Style, prio uint8) *Label {
	l := &b.list
	if text == "" {
		text = " "
	}
	l.Labels = append(l.Labels, Label{
		ID: id*0x9e3779b97f4a7c15 + uint64(part), X: s.X, Y: s.Y, Text: text, Style: style, Anchor: Anchor(s.Anchor),
		MaxWidth: s.Max, Alpha: 1, Priority: prio, Width: b.txt.width(text, style),
	})
	return &l.Labels[len(l.Labels)-1]
}

func at(x, y float32, a Anchor, most float32) layout.Spot {
	return layout.Spot{X: x, Y: y, Anchor: uint8(a), Max: most}
}

// labels writes all words of the picture.
func (b *Builder) labels() {
	b.list.Labels = b.list.Labels[:0]
	b.headLabels()
	b.frameLabels()
	b.quietLabels()
	for i := range b.lay.Nodes {
		n := &b.lay.Nodes[i]
		lf := b.nodeLife(n)
		if lf == lifeUnborn {
			continue
		}
		from := len(b.list.Labels)
		switch n.Kind {
		case layout.KindCard:
			b.cardLabels(i, n)
		case layout.KindComponent:
			b.componentLabels(n)
		case layout.KindExchange:
			b.exchangeLabels(i, n)
		case layout.KindQueue:
			b.queueLabels(i, n)
		case layout.KindChip:
			b.chipLabels(n)
		}
		if lf == lifeGone {
			a := b.goneAlpha(b.nodeDeath(n)) * 2
			for k := from; k < len(b.list.Labels); k++ {
				b.list.Labels[k].Alpha = a
			}
		}
	}
	for i := range b.lay.Edges {
		b.edgeLabels(i, &b.lay.Edges[i])
	}
	b.dropLabels()
	b.tokenLabels()
	if b.lay.Step > 0 { // they move with what they name: places only, not texts, go out for each frame
		for i := range b.list.Labels {
			b.list.Labels[i].Dynamic = true
		}
	}
	b.list.LabelVersion = b.labelDigest()
}

// labelDigest changes with any label, save the place of moving ones.
func (b *Builder) labelDigest() uint64 {
	m := mixer(1)
	for i := range b.list.Labels {
		l := &b.list.Labels[i]
		m.add(l.ID)
		m.text(l.Text)
		m.add(uint64(l.Paint)<<32 | uint64(l.Style)<<24 | uint64(l.Anchor)<<16 | uint64(l.Priority))
		m.add(uint64(l.Alpha * 255))
		m.bool(l.Dynamic)
		if !l.Dynamic {
			m.add(uint64(int64(l.X*4))<<32 ^ uint64(int64(l.Y*4)))
		}
	}
	return uint64(m)
}

func (b *Builder) headLabels() {
	for i := range b.lay.Heads {
		h := &b.lay.Heads[i]
		style, text := StyleColumn, b.headWord(h.Word)
		switch h.Word {
		case layout.HeadReplies, layout.HeadREST, layout.HeadRPC:
			style = StyleCaption
		case layout.HeadBroker:
			style = StyleCaption
			text = b.brokerText(h, style)
		}
		if h.Max > 0 {
			text = b.txt.fit(text, style, h.Max)
		}
		b.label(uint64(h.Word)+1, 0, at(h.X, h.Y, Anchor(h.Anchor), h.Max), text, style, 3)
	}
}

// named is a label of a name, shortened to its room.
func (b *Builder) named(id uint64, part int, s layout.Spot, name flow.Name, style Style, prio uint8) *Label {
	text, whole := b.txt.tailed(name, style, s.Max)
	l := b.label(id, part, s, text, style, prio)
	if !whole {
		l.Title = b.txt.names.Text(name)
	}
	return l
}

func (b *Builder) exchangeLabels(i int, n *layout.Node) {
	if n.Name.Max == 0 {
		return
	}
	var name flow.Name
	if b.st.Exchanges.Live(n.Slot) {
		name = b.st.Exchanges.At(n.Slot).Name
	}
	if name == 0 {
		b.label(n.Key, lbName, n.Name, b.back(), StyleQueue, 7).Halo = b.under()
	} else {
		b.named(n.Key, lbName, n.Name, name, StyleQueue, 8).Halo = b.under()
	}
	if n.Sub.Max > 0 && b.nodeLife(n) != lifeGone {
		b.label(n.Key, lbSub, n.Sub, b.formWord(n), StyleCaption, 2).Halo = b.under()
	}
}

func (b *Builder) queueLabels(i int, n *layout.Node) {
	ready, unacked, consumers := b.counts(n)
	var name *Label
	if n.Stack {
		name = b.label(n.Key, lbName, n.Name, b.stackName(n, b.nameSpot(n, ready, unacked).Max), StyleQueue, 8)
	} else if b.st.Queues.Live(n.Slot) {
		name = b.named(n.Key, lbName, b.nameSpot(n, ready, unacked), b.st.Queues.At(n.Slot).Name, StyleQueue, 8)
	}
	if name != nil {
		name.Halo = b.under()
	}
	if n.Sub.Max == 0 {
		return
	}
	if n.Dense {
		text := b.countsText(ready, unacked)
		l := b.label(n.Key, lbCount, n.Sub, text, StyleCount, 6)
		l.Strong, l.Halo = uint8(min(255, len(text))), b.under()
	} else {
		r := b.txt.make(textKey{kind: txReady, a: ready}, func() string { return fill(b.words.Ready, group(ready)) })
		u := b.txt.make(textKey{kind: txUnacked, a: unacked}, func() string { return fill(b.words.Unacked, group(unacked)) })
		right := at(n.Rect.Right()-10, n.Sub.Y, End, n.Rect.W/2-14)
		left := n.Sub
		if s := b.socketOf(n); s != "" { // what it has is read at once; nobody acknowledges
			r = b.txt.make(textKey{kind: txReady, a: ready, b: 1}, func() string { return fill(b.words.Waiting, group(ready)) })
			u = s
		}
		if n.Lane {
			r, u = u, r
		}
		b.label(n.Key, lbCount, left, r, StyleCount, 6).Strong = digits(r)
		b.label(n.Key, lbUnacked, right, u, StyleCount, 5).Strong = digits(u)
	}
	b.expiry(n, consumers)
}

// formWord is an exchange's type, or a socket's.
func (b *Builder) formWord(n *layout.Node) string {
	if n.Form == view.FormSocket && b.st.Exchanges.Live(n.Slot) {
		return b.txt.names.Text(b.st.Exchanges.At(n.Slot).Type)
	}
	if n.Form == view.FormDefault && b.st.Carrier != view.CarrierRabbit {
		return " "
	}
	return b.words.form(n.Form)
}

// countsText is "ready · unacked".
func (b *Builder) countsText(ready, unacked int64) string {
	return b.txt.make(textKey{kind: txCounts, a: ready, b: unacked}, func() string { return fill(b.words.Counts, group(ready), group(unacked)) })
}

// nameSpot is the place of a queue's name: in the small form up to the numbers, which share its line.
func (b *Builder) nameSpot(n *layout.Node, ready, unacked int64) layout.Spot {
	s := n.Name
	if n.Dense && n.Sub.Y == n.Name.Y {
		s.Max = n.Rect.W - 26 - max(26, b.txt.width(b.countsText(ready, unacked), StyleCount))
	}
	return s
}

func digits(s string) uint8 {
	n := 0
	for n < len(s) && (s[n] >= '0' && s[n] <= '9' || s[n] >= 0x80) {
		n++
	}
	return uint8(n)
}

// expiry tells of x-expires: how long, or what is left while nobody consumes.
func (b *Builder) expiry(n *layout.Node, consumers int64) {
	if n.Count != 1 || !b.st.Queues.Live(n.Slot) || n.Stack {
		return
	}
	q := b.st.Queues.At(n.Slot)
	runs := consumers == 0 && q.IdleAt > 0 && q.Died == 0
	if q.Expires <= 0 || !runs && (n.Dense || !n.Lane) {
		return
	}
	x, y, ok := b.expirySpot(n)
	if !ok {
		return
	}
	text, ink := "", Ink3
	if runs {
		left := max(0, q.IdleAt+q.Expires-b.t) / 1e9 * 1e9
		text = b.txt.make(textKey{kind: txExpiresIn, a: left}, func() string { return fill(b.words.ExpiresIn, b.words.duration(left)) })
		ink = HueWarn.Paint(PartInk)
		b.moving = true
	} else {
		text = b.txt.make(textKey{kind: txExpires, a: q.Expires}, func() string { return fill(b.words.Expires, b.words.duration(q.Expires)) })
	}
	c := &b.dyn
	c.disc(x, y-4, 5.5)
	c.add(LayerSlot, NoPaint, ink, 1.5)
	c.mark(LayerSlot, "M0,-3V0L2,1.6", x, y-4, 1, ink, 1.5)
	b.label(n.Key, lbExtra, at(x+11, y, Start, 240), text, StyleCaption, 3).Paint = ink
}

// expirySpot is where a queue's clock stands: below a large one, else where its
// consumer would be, unless something stands there.
func (b *Builder) expirySpot(n *layout.Node) (x, y float32, ok bool) {
	r := n.Rect
	if !n.Dense {
		x, y = r.X+20, r.Bottom()+36
		box := layout.Rect{X: x - 8, Y: y - 12, W: 110, H: 16}
		for i := range b.lay.Nodes {
			o := &b.lay.Nodes[i]
			if with := o.Rect; o != n && o.Kind == layout.KindQueue {
				with.Y, with.H = with.Y-26, with.H+26 // its name stands above
				if with.Overlaps(box) {
					return 0, 0, false
				}
			}
		}
		return x, y, true
	}
	if n.Lane || b.lay.Portrait {
		return 0, 0, false
	}
	x, y = r.Right()+74, r.CY()-3
	if ready, _, _ := b.counts(n); ready > 0 {
		y += 32 // below who consumes nothing, and how old the oldest is
	}
	box := layout.Rect{X: x - 8, Y: y - 12, W: 110, H: 16}
	for i := range b.lay.Nodes {
		if b.lay.Nodes[i].Rect.Overlaps(box) {
			return 0, 0, false
		}
	}
	return x, y, true
}

// stackName is "reply_* ×61": the common beginning of the members' names.
func (b *Builder) stackName(n *layout.Node, most float32) string {
	return b.txt.make(textKey{kind: txStack, a: int64(n.Count), b: int64(n.Key), c: int64(most)}, func() string {
		ms := b.lay.Members[n.First : n.First+n.Count]
		common := ""
		for i, s := range ms {
			if !b.st.Queues.Live(s) {
				continue
			}
			t := b.txt.names.Text(b.st.Queues.At(s).Name)
			if i == 0 {
				common = t
			}
			k := 0
			for k < len(common) && k < len(t) && common[k] == t[k] {
				k++
			}
			common = common[:k]
		}
		tail := "* ×" + itoa(int64(n.Count))
		return b.txt.shorten(common, StyleQueue, most-b.txt.width(tail, StyleQueue)) + tail
	})
}

func (b *Builder) stackText(n int) string {
	return b.txt.make(textKey{kind: txCount, a: int64(n)}, func() string { return "×" + itoa(int64(n)) })
}

func (b *Builder) chipLabels(n *layout.Node) {
	text, most := b.foldText(n), n.Rect.W-14
	if b.txt.width(text, StyleSub) > most {
		switch text = b.countText(n); {
		case n.Open:
			text = b.words.Fold
		case n.Of == layout.KindExchange && b.txt.width(text, StyleSub) > most:
			text = b.txt.make(textKey{kind: txFold, a: -4, b: int64(n.Count)}, func() string { return fill(b.words.Idle, itoa(int64(n.Count))) })
		}
	}
	b.label(n.Key, lbName, at(n.Rect.CX(), n.Rect.CY()+4, Middle, most), b.txt.fit(text, StyleSub, most), StyleSub, 5)
}

// foldText counts what a chip stands for.
func (b *Builder) foldText(n *layout.Node) string {
	if n.Open {
		them := b.countText(n)
		return b.txt.make(textKey{kind: txFold, a: -3, b: int64(n.Count), c: int64(n.Key)}, func() string { return fill(b.words.FoldThem, them) })
	}
	of, count := n.Of, n.Count
	return b.txt.make(textKey{kind: txFold, a: int64(of), b: int64(count)}, func() string {
		p := b.words.FoldedQueues
		switch of {
		case layout.KindExchange:
			p = b.several(b.words.FoldedExchanges, b.words.FoldedSockets)
		case layout.KindCard, layout.KindComponent:
			p = b.words.FoldedCard
		}
		return fill(p[min(1, max(0, count-1))], itoa(int64(count)))
	})
}
