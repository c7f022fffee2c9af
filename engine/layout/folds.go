package layout

import (
	"slices"

	"rpcscope/engine/view"
)

// The folds that are not a program's: what a chip counts, and the reply queues.
const (
	foldQueues uint64 = iota + 1
	foldExchanges
	foldCards
	foldReplies
	foldComponents
	// Those of programs are keys, kept to what JavaScript holds exactly.
	foldMask = 1<<52 - 1
)

// Open unfolds what a node with that Fold stands for, or folds it again. It
// reports whether that changes anything. What is open stays so until [Engine.Reset].
func (e *Engine) Open(fold uint64, open bool) bool {
	if fold == 0 || e.open[fold] == open || len(e.open) >= maxMemory {
		return false
	}
	if open {
		e.open[fold] = true
	} else {
		delete(e.open, fold)
	}
	e.refold = true
	return true
}

// IsOpen reports whether a fold is open.
func (e *Engine) IsOpen(fold uint64) bool { return e.open[fold] }

// foldOf is the fold of a program's members.
func (p *party) fold() uint64 { return p.key & foldMask }

// fold of the stack of a program's invokers: apart from that of its workers.
func (p *party) foldLeft() uint64 { return (p.key ^ keyLeft) & foldMask }

// opened reports whether the lines of a group are shown one by one because a person asked.
func (e *Engine) opened(g int) bool { return g >= 0 && e.open[e.m.right[g].fold()] }

// lineFold is the fold of a stack of queues: that of the program that they belong to.
func (e *Engine) lineFold(ln *line) uint64 {
	if !ln.stack || ln.group < 0 {
		return 0
	}
	return e.m.right[ln.group].fold()
}

// chipped reports whether a chip stands below the queues: for those folded away, or to fold those that were opened.
func (e *Engine) chipped() bool { return len(e.m.folded)+len(e.m.unfolded) > 0 }

// queueChip counts the queues that are folded away, or would be.
func (e *Engine) queueChip(r Rect) {
	slots := e.m.folded
	if len(slots) == 0 {
		slots = e.m.unfolded
	}
	e.foldChip(KindQueue, foldQueues, r, slots, e.out.ix.queue)
}

// foldChip adds a chip; one that is open counts its things without standing for them.
func (e *Engine) foldChip(of Kind, fold uint64, r Rect, slots []view.Slot, t []int32) {
	open := e.open[fold]
	if open {
		t = nil
	}
	e.chip(of, r, slots, t)
	n := &e.out.Nodes[len(e.out.Nodes)-1]
	n.Fold, n.Open = fold, open
	n.Key += fold << 8
}

// exchangesHeight is what all exchanges take one above the other.
func (e *Engine) exchangesHeight(st *view.State) float32 {
	h := float32(0)
	for _, s := range append(slices.Clone(e.m.exchanges), e.m.idle...) {
		up, down := e.exchangeRoom(st.Exchanges.At(s), false)
		h += up + down + 3
	}
	if e.m.main && e.m.def != 0 {
		up, down := e.exchangeRoom(st.Exchanges.At(e.m.def), false)
		h += up + down + 3
	}
	return h
}

// openRoom is how high the broker must be for what was opened beside the rows.
func (e *Engine) openRoom(st *view.State) float32 {
	h, lane := float32(0), float32(0)
	if e.m.lane {
		lane = e.laneHeight()
	}
	if e.open[foldExchanges] {
		h = e.exchangesHeight(st) + 26 + 8 + 36 + lane
	}
	cards, openLeft := 0, e.open[foldCards]
	for i := range e.m.left {
		p := &e.m.left[i]
		if e.open[p.foldLeft()] {
			cards += len(p.members)
			openLeft = true
		} else {
			cards++
		}
	}
	if openLeft {
		h = max(h, float32(cards)*(e.d.cardH+e.d.cardGap)+36+lane)
	}
	return h
}
