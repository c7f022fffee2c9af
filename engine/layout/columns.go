package layout

import (
	"rpcscope/engine/flow"
	"rpcscope/engine/view"
)

// item is something to be placed in a column: as near to want as the others let it.
type item struct {
	key  uint64
	rank int
	h    float32
	// heavy ones are moved less: the main exchange.
	heavy  bool
	want   float32 // of its top
	y      float32
	placed bool
}

// settle places items between y0 and y1, gap apart. Those that the engine
// remembers stay; new ones take the free place nearest to what they want; when
// there is none, all are placed anew. It reports whether they fit.
func (e *Engine) settle(items []item, y0, y1, gap float32) bool {
	known := 0
	for i := range items {
		if y, ok := e.at[items[i].key]; ok && y >= y0-1 && y+items[i].h <= y1+1 {
			items[i].y, items[i].placed = y, true
			known++
		}
	}
	ok := known > 0 && e.fillIn(items, y0, y1, gap)
	if !ok {
		ok = pool(items, y0, y1, gap)
	}
	for i := range items {
		e.at[items[i].key] = items[i].y
	}
	return ok
}

// fillIn places the unplaced ones where there is room.
func (e *Engine) fillIn(items []item, y0, y1, gap float32) bool {
	free := func(y, h float32) bool {
		if y < y0-.5 || y+h > y1+.5 {
			return false
		}
		for i := range items {
			if o := &items[i]; o.placed && y < o.y+o.h+gap-.5 && o.y < y+h+gap-.5 {
				return false
			}
		}
		return true
	}
	for i := range items {
		it := &items[i]
		if it.placed {
			if it.placed = false; !free(it.y, it.h) {
				return false
			}
			it.placed = true
			continue
		}
		best, found := float32(0), false
		try := func(y float32) {
			if free(y, it.h) && (!found || abs(y-it.want) < abs(best-it.want)) {
				best, found = y, true
			}
		}
		try(it.want)
		try(y0)
		try(y1 - it.h)
		for j := range items {
			if o := &items[j]; o.placed {
				try(o.y - gap - it.h)
				try(o.y + o.h + gap)
			}
		}
		if !found {
			return false
		}
		it.y, it.placed = best, true
	}
	return true
}

func abs(x float32) float32 {
	if x < 0 {
		return -x
	}
	return x
}

// pool places all items in the order of their wishes, moving each as little as
// possible: neighbours that collide form a block that stands at the mean of
// its wishes.
func pool(items []item, y0, y1, gap float32) bool {
	ord := make([]int, len(items))
	total := -gap
	for i := range ord {
		ord[i] = i
		total += items[i].h + gap
	}
	flow.SortStable(ord, func(a, b int) int {
		switch {
		case items[a].want < items[b].want:
			return -1
		case items[a].want > items[b].want:
			return 1
		}
		return items[a].rank - items[b].rank
	})
	type block struct {
		from, n             int
		sum, weight, height float32 // of weighted wishes for the block's top, of weights, of the block
	}
	top := func(b block) float32 {
		return max(y0, min(b.sum/b.weight, y1-b.height))
	}
	var bs []block
	for i, j := range ord {
		w := 1 + 1000*b2f(items[j].heavy)
		b := block{i, 1, w * items[j].want, w, items[j].h}
		for len(bs) > 0 {
			a := bs[len(bs)-1]
			if top(a)+a.height+gap <= top(b)+.01 {
				break
			}
			b = block{a.from, a.n + b.n, a.sum + b.sum - b.weight*(a.height+gap), a.weight + b.weight, a.height + gap + b.height}
			bs = bs[:len(bs)-1]
		}
		bs = append(bs, b)
	}
	for _, b := range bs {
		y := max(y0, top(b))
		for _, j := range ord[b.from : b.from+b.n] {
			items[j].y = y
			y += items[j].h + gap
		}
	}
	return total <= y1-y0+.5
}

// cards are the boxes of one side: parties, whole or by member.
type cardSpec struct {
	party   *party
	members []view.Slot
	key     uint64
	rank    int
}

func (e *Engine) cardSpecs(ps []party, folded bool) []cardSpec {
	var out []cardSpec
	for i := range ps {
		p := &ps[i]
		stack := folded && !e.open[p.foldLeft()]
		if stack || len(p.members) == 1 {
			k := p.key
			if !stack {
				k = e.processKey(p.members[0])
			}
			out = append(out, cardSpec{p, p.members, k, p.rank})
			continue
		}
		for _, s := range p.members {
			k := e.processKey(s)
			out = append(out, cardSpec{p, []view.Slot{s}, k, e.rankOf(k)})
		}
	}
	return out
}

func (e *Engine) processKey(s view.Slot) uint64 {
	return key(tagProcess, 0, e.state.Processes.At(s).Name)
}

// leftCards says which boxes stand on the invokers' side in a column of that height: members while they fit, else stacks, then as many as fit.
func (e *Engine) leftCards(height float32) (cards []cardSpec, more []view.Slot) {
	d := &e.d
	fit := int((height + d.cardGap) / (d.cardH + d.cardGap))
	cards = e.cardSpecs(e.m.left, false)
	if e.framed() {
		return e.leftFrames(height, cards)
	}
	if len(cards) > fit || e.level >= levelHosts && len(cards) > len(e.m.left)+1 {
		cards = e.cardSpecs(e.m.left, true)
	}
	if len(cards) > fit && fit > 0 && !e.open[foldCards] {
		flow.SortStable(cards, func(a, b cardSpec) int { return a.rank - b.rank })
		for _, c := range cards[fit-1:] {
			more = append(more, c.members...)
		}
		cards = cards[:fit-1]
	}
	return cards, more
}

func (e *Engine) members(s []view.Slot) (first, count int32) {
	first = int32(len(e.out.Members))
	e.out.Members = append(e.out.Members, s...)
	return first, int32(len(s))
}

func (e *Engine) node(n Node, s []view.Slot) int {
	n.First, n.Count = e.members(s)
	if len(s) > 0 {
		n.Slot = s[0]
	}
	e.out.Nodes = append(e.out.Nodes, n)
	return len(e.out.Nodes) - 1
}

func put(t []int32, s []view.Slot, node int) {
	for _, i := range s {
		if int(i) < len(t) {
			t[i] = int32(node) + 1
		}
	}
}
