package layout

import (
	"slices"

	"rpcscope/engine/flow"
	"rpcscope/engine/view"
)

// placeWorkers draws a box around the rows of each group.
func (e *Engine) placeWorkers(st *view.State, c cols, ys []float32, body float32) {
	m, d, l := &e.m, &e.d, &e.out
	e.secOf = append(e.secOf[:0], make([]int32, len(m.lines))...)
	var away []view.Slot
	for g := range m.right {
		p := &m.right[g]
		first, last := -1, -1
		hosts := false
		for i := range m.lines {
			if m.lines[i].group == g && (!m.lines[i].empty || m.lines[i].feed != 0 || m.lines[i].key != 0) {
				if first < 0 {
					first = i
				}
				last = i
				hosts = hosts || m.lines[i].proc != 0
			}
		}
		if first < 0 {
			away = append(away, p.members...)
			continue
		}
		n := Node{Kind: KindCard, Side: Right, Key: p.key, Dense: l.Dense, Both: e.standsLeft(p.members)}
		n.Rect = Rect{c.right, ys[first] - d.head, d.workerW, ys[last] - ys[first] + d.head + d.tail}
		n.Stack = len(p.members) > 1 && !hosts
		if len(p.members) > 1 && (n.Stack || e.opened(g)) {
			n.Fold, n.Open = p.fold(), e.opened(g)
		}
		n.FirstSection = int32(len(l.Sections))
		for i := first; i <= last; i++ {
			ln := &m.lines[i]
			if ln.group != g {
				continue
			}
			s := Section{Y: ys[i], Head: i == first, Word: ln.word, Top: ys[i] - d.head, Bottom: ys[i] + d.tail}
			if len(p.members) > 1 {
				s.Slot = ln.proc
			} else {
				s.Slot = p.members[0]
			}
			if ln.procRank != 0 && ln.proc == 0 {
				s.Word = WordNone // whose it was has gone
			}
			if ln.feed != 0 {
				s.Word = WordShared
			}
			e.secOf[i] = int32(len(l.Sections))
			l.Sections = append(l.Sections, s)
			n.Sections++
		}
		put(l.ix.right, p.members, e.node(n, p.members))
	}
	if len(away) > 0 {
		e.foldChip(KindCard, foldQueues, Rect{c.right, body - 34, d.workerW, 24}, away, l.ix.right)
	}
}

func (e *Engine) standsLeft(ms []view.Slot) bool {
	for i := range e.m.left {
		for _, s := range ms {
			if slices.Contains(e.m.left[i].members, s) {
				return true
			}
		}
	}
	return false
}

// mainExchange is where the processes of a card send most, else the topic exchange that stands there; -1 for none.
func (e *Engine) mainExchange(st *view.State, ms []view.Slot) int {
	best, most := -1, uint64(0)
	for _, s := range e.m.links {
		k := st.Links.At(s)
		if !slices.Contains(ms, k.Process) {
			continue
		}
		form := st.Exchanges.At(k.Exchange).Form
		if form == view.FormDefault && e.m.lane && isWorker(st, k.Process) {
			continue
		}
		w := 1 + uint64(b2f(form == view.FormTopic))
		if n := e.out.Exchange(k.Exchange, false); n >= 0 && e.out.Nodes[n].Kind == KindExchange && w > most {
			best, most = n, w
		}
	}
	if best >= 0 {
		return best
	}
	for i := range e.out.Nodes {
		n := &e.out.Nodes[i]
		if n.Kind == KindExchange && (best < 0 || n.Form == view.FormTopic && e.out.Nodes[best].Form != view.FormTopic) {
			best = i
		}
	}
	return best
}

func (e *Engine) placeInvokers(st *view.State, c cols, y0, y1, body float32) {
	d, l := &e.d, &e.out
	if e.m.lane {
		y1 = body + d.laneTop - d.qH/2 - 36
	}
	cards, more := e.leftCards(y1 - y0)
	if len(more) > 0 {
		y1 -= 36
	}
	if e.framed() {
		e.placeFrames(st, c, cards, y0, y1, body)
		cards = nil
	}
	items := make([]item, len(cards))
	for i, k := range cards {
		want := (y0+body)/2 - d.cardH/2
		if x := e.mainExchange(st, k.members); x >= 0 {
			want = l.Nodes[x].Rect.CY() - d.cardH/2
		}
		rank := k.rank
		if look(l.ix.right, k.members[0]) >= 0 {
			rank += 1 << 30 // who only sends comes first
		}
		items[i] = item{key: k.key ^ keyLeft, rank: rank, h: d.cardH, want: want}
	}
	e.settle(items, y0, y1, d.cardGap)
	for i, k := range cards {
		e.leftCard(c, k, items[i].y)
	}
	if len(more) > 0 {
		e.foldChip(KindCard, foldCards, Rect{c.left + 12, y1 + 10, d.cardW - 24, 24}, more, l.ix.left)
	}
}

// leftCard puts a card on the invokers' side.
func (e *Engine) leftCard(c cols, k cardSpec, y float32) {
	l := &e.out
	n := Node{
		Kind: KindCard, Side: Left, Key: k.key, Rect: Rect{c.left, y, e.d.cardW, e.d.cardH},
		Dense: l.Dense, Waits: true, Stack: len(k.members) > 1,
	}
	e.leftFold(&n, &k)
	for _, s := range k.members {
		n.Both = n.Both || look(l.ix.right, s) >= 0
	}
	put(l.ix.left, k.members, e.node(n, k.members))
}

// leftFold makes an invokers' stack something to open, and the first card of an open one something to fold.
func (e *Engine) leftFold(n *Node, k *cardSpec) {
	fold := k.party.foldLeft()
	if n.Stack || e.open[fold] && k.members[0] == k.party.members[0] {
		n.Fold, n.Open = fold, e.open[fold]
	}
}

const keyLeft = 0x2545f4914f6cdd1d

// restRoom is what the path of a component's newest request takes above it; there is none on a low map.
func (e *Engine) restRoom() float32 { return 22 * b2f(!e.cfg.low()) }

func (e *Engine) placeComponents(st *view.State, c cols, y0, y1 float32) {
	m, d, l := &e.m, &e.d, &e.out
	if len(m.components) == 0 {
		return
	}
	gap, path := min(14, d.cardGap), e.restRoom()
	list, more := m.components, []view.Slot(nil)
	if fit := int((y1 - y0 + gap) / (d.compH + path + gap)); fit < len(list) && !e.open[foldComponents] {
		fit = max(0, int((y1-y0-30+gap)/(d.compH+path+gap)))
		list, more = list[:fit], list[fit:]
		y1 -= 30
	}
	items := make([]item, len(list))
	for i, s := range list {
		k := e.processKey(s)
		it := item{key: k, rank: e.rankOf(k), h: d.compH + path, want: y0}
		for _, r := range m.rest {
			link := st.Links.At(r)
			other := link.Peer
			if other == s {
				other = link.Process
			} else if link.Process != s {
				continue
			}
			if n := l.AnyCard(other); n >= 0 {
				it.want = l.Nodes[n].Rect.CY() - d.compH/2 - path
				break
			}
		}
		items[i] = it
	}
	e.settle(items, y0, y1, gap)
	for i, s := range list {
		n := Node{Kind: KindComponent, Key: items[i].key, Rect: Rect{c.comp, items[i].y + path, d.compW, d.compH}, Dense: l.Dense}
		put(l.ix.left, []view.Slot{s}, e.node(n, []view.Slot{s}))
	}
	if len(more) > 0 {
		e.foldChip(KindComponent, foldComponents, Rect{c.comp, y1 + 6, d.compW, 24}, more, l.ix.left)
	}
	l.DividerX, l.DividerY0, l.DividerX1, l.DividerY1 = c.divider, e.top(), c.divider, l.Broker.Bottom()
}

// placeLane puts the reply queues and the default exchange at the broker's foot.
func (e *Engine) placeLane(st *view.State, c cols, y float32) {
	d, l := &e.d, &e.out
	l.LaneY, l.LaneX0, l.LaneX1 = y, l.Broker.X+20, l.Broker.Right()-20
	x := l.Broker.X + 36
	if l.Dense {
		x += 16
	}
	rows := e.replyRows(st)
	if e.laneChip() > 0 {
		e.foldChip(KindQueue, foldReplies, Rect{l.LaneX0, y + 7, 168, 22}, e.m.replies, nil)
		l.Nodes[len(l.Nodes)-1].Lane = true
		y += e.laneChip()
	}
	for i, slots := range rows {
		q := st.Queues.At(slots[0])
		cy := y + d.laneTop + float32(i)*d.lanePitch
		n := Node{
			Kind: KindQueue, Key: key(tagQueue, q.VHost, q.Name), Lane: true, Dense: l.Dense, Stack: len(slots) > 1,
			Rect: Rect{x, cy - d.qH/2, d.qW, d.qH}, Slots: d.slots, Una: d.una,
		}
		if n.Stack {
			n.Fold = foldReplies
		}
		e.queueSpots(&n)
		put(l.ix.queue, slots, e.node(n, slots))
	}
	cy := y + d.laneTop + float32(len(rows)-1)*d.lanePitch/2
	cx := max(x+d.qW+100, l.Broker.Right()-128)
	if l.Dense {
		cx = max(x+d.qW+100, l.Broker.Right()-max(180, l.Broker.W*.32))
	}
	e.laneDefault(st, cx, cy)
}

func (e *Engine) laneDefault(st *view.State, cx, cy float32) int {
	x := &view.Exchange{Form: view.FormDefault}
	if e.m.def != 0 {
		x = st.Exchanges.At(e.m.def)
	}
	return e.exchangeNode(e.m.def, x, key(tagLaneExchange, x.VHost, 0), cx, cy, e.out.ix.lane)
}

// replyRows are the reply queues by row: each its own while they fit, else those of a card, else all.
// The queue of the lowest card comes first, so that the lines to the cards do not cross.
func (e *Engine) replyRows(st *view.State) [][]view.Slot {
	most := e.laneMost()
	type owned struct {
		card int
		s    view.Slot
	}
	var list []owned
	for _, s := range e.m.replies {
		list = append(list, owned{e.replyCard(st, s), s})
	}
	y := func(card int) float32 {
		if card < 0 {
			return 0
		}
		return e.out.Nodes[card].Rect.Y
	}
	flow.SortStable(list, func(a, b owned) int {
		switch {
		case y(a.card) > y(b.card):
			return -1
		case y(a.card) < y(b.card):
			return 1
		}
		return 0
	})
	var rows [][]view.Slot
	if len(list) <= most {
		for _, o := range list {
			rows = append(rows, []view.Slot{o.s})
		}
		return rows
	}
	for i, o := range list {
		if i > 0 && o.card == list[i-1].card {
			rows[len(rows)-1] = append(rows[len(rows)-1], o.s)
		} else {
			rows = append(rows, []view.Slot{o.s})
		}
	}
	if len(rows) <= most {
		return rows
	}
	var all []view.Slot
	for _, o := range list {
		all = append(all, o.s)
	}
	return [][]view.Slot{all}
}

// replyCard is the invoker's card that a reply queue leads to, -1 for none.
func (e *Engine) replyCard(st *view.State, s view.Slot) int {
	for c := st.Queues.At(s).FirstConsumer; c != 0; c = st.Consumers.At(c).NextOfQueue {
		if n := e.out.AnyCard(st.Consumers.At(c).Process); n >= 0 {
			return n
		}
	}
	if p := st.ProcessSlot(st.Queues.At(s).Owner); p != 0 {
		return e.out.AnyCard(p)
	}
	return -1
}
