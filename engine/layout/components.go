package layout

import (
	"slices"

	"rpcscope/engine/flow"
	"rpcscope/engine/view"
)

// Where processes of several components share a broker, those of one stand together: the scene draws a frame around them.
const (
	// frameGap is the room between two cards of a frame, frameHead that above the first for the frame's name.
	frameGap  = 10
	frameHead = 18
)

// rankIn is the rank of a party: those of one component follow each other, in the order in which they were first seen.
func (e *Engine) rankIn(p *view.Process, k uint64) int {
	if p.Component == 0 {
		return e.rankOf(k) << 10
	}
	c := key(tagComponent, 0, p.Component)
	n, ok := e.inside[k]
	if !ok {
		n = e.count[c]
		e.inside[k], e.count[c] = n, n+1
	}
	return e.rankOf(c)<<10 + min(n, 1<<10-1)
}

// framed reports whether several components have a place on the broker.
func (e *Engine) framed() bool {
	first := 0
	for _, side := range [...][]party{e.m.left, e.m.right} {
		for i := range side {
			if e.state.Processes.At(side[i].members[0]).Component == 0 {
				continue
			}
			if c := side[i].rank >> 10; first == 0 {
				first = c
			} else if c != first {
				return !e.out.Portrait
			}
		}
	}
	return false
}

// apart is what row i needs more above it because another component's frame begins there.
func (e *Engine) apart(i int) float32 {
	a, b := e.m.lines[i-1].group, e.m.lines[i].group
	if b < 0 || a == b || a >= 0 && e.m.right[a].rank>>10 == e.m.right[b].rank>>10 || !e.framed() {
		return 0
	}
	return frameHead + 4
}

// cluster is the cards of one component on the invokers' side.
type cluster struct {
	rank  int
	cards []cardSpec
}

func (e *Engine) clusters(cards []cardSpec) (out []cluster) {
	for _, c := range cards {
		r := c.party.rank >> 10
		i := slices.IndexFunc(out, func(k cluster) bool { return k.rank == r })
		if i < 0 {
			i, out = len(out), append(out, cluster{rank: r})
		}
		out[i].cards = append(out[i].cards, c)
	}
	for i := range out {
		flow.SortStable(out[i].cards, func(a, b cardSpec) int { return e.doorFirst(&a, &b) })
	}
	return out
}

// doorFirst orders cards: who answers the other components first, then as they were first seen.
func (e *Engine) doorFirst(a, b *cardSpec) int {
	door := func(c *cardSpec) int { return int(b2f(e.state.Processes.At(c.members[0]).Door)) }
	if d := door(b) - door(a); d != 0 {
		return d
	}
	return a.rank - b.rank
}

// clusterHeight is the height of the box around n cards.
func (e *Engine) clusterHeight(n int) float32 {
	h := float32(n)*(e.d.cardH+frameGap) - frameGap
	if n > 1 {
		h += frameHead
	}
	return h
}

// leftFrames says which cards of the invokers' side have room, doors before others.
func (e *Engine) leftFrames(height float32, cards []cardSpec) (kept []cardSpec, more []view.Slot) {
	high := func(cards []cardSpec) float32 {
		h := -e.d.cardGap
		for _, k := range e.clusters(cards) {
			h += e.clusterHeight(len(k.cards)) + e.d.cardGap
		}
		return h
	}
	const near = 14
	if high(cards) > height {
		e.d.cardGap = min(e.d.cardGap, near)
	}
	if high(cards) <= height || e.open[foldCards] {
		return cards, nil
	}
	flow.SortStable(cards, func(a, b cardSpec) int { return e.doorFirst(&a, &b) })
	n := len(cards) - 1
	for n > 1 && high(cards[:n])+36 > height {
		n--
	}
	for _, c := range cards[n:] {
		more = append(more, c.members...)
	}
	return cards[:n], more
}

// placeFrames puts the invokers' cards, component by component.
func (e *Engine) placeFrames(st *view.State, c cols, cards []cardSpec, y0, y1, body float32) {
	d := &e.d
	groups := e.clusters(cards)
	items := make([]item, len(groups))
	for i, g := range groups {
		want := (y0+body)/2 - d.cardH/2
		if x := e.mainExchange(st, g.cards[0].members); x >= 0 {
			want = e.out.Nodes[x].Rect.CY() - e.clusterHeight(len(g.cards))/2
		}
		items[i] = item{key: uint64(g.rank)<<16 ^ keyLeft ^ uint64(len(g.cards)), rank: g.rank, h: e.clusterHeight(len(g.cards)), want: want}
	}
	e.settle(items, y0, y1, d.cardGap)
	for i, g := range groups {
		y := items[i].y
		if len(g.cards) > 1 {
			y += frameHead
		}
		for _, k := range g.cards {
			e.leftCard(c, k, y)
			y += d.cardH + frameGap
		}
	}
}
