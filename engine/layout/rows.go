package layout

import (
	"slices"

	"rpcscope/engine/flow"
	"rpcscope/engine/view"
)

// The levels of folding, each with all before it.
const (
	levelRoomy  = iota // large queues with words below them
	levelDense         // small queues, numbers beside their names
	levelFans          // the fanout queues of a program's hosts are one stack
	levelHosts         // so are the hosts' own queues: the program is one stack
	levelBudget        // idle queues are one chip
	maxLevel    = levelBudget
)

// fold turns the lines of the model into the rows to draw, in order.
func (e *Engine) fold(st *view.State) {
	m := &e.m
	if e.level >= levelFans {
		e.stackLines(WordFanout)
	}
	if e.level >= levelHosts {
		e.stackLines(WordOwn)
	}
	e.addEmpty()
	e.order()
	if e.level >= levelBudget {
		e.keepWithin(st, e.budget())
	}
	clear(e.shown)
	for i := range m.lines {
		e.shown[m.lines[i].key] = true
	}
}

// stackLines puts the lines of a word of each group with several members into one.
func (e *Engine) stackLines(w PortWord) {
	m := &e.m
	for g := range m.right {
		if len(m.right[g].members) < 2 || e.opened(g) {
			continue
		}
		first, kept := -1, m.lines[:0]
		for i := range m.lines {
			ln := m.lines[i]
			if ln.group != g || ln.word != w || first < 0 {
				if ln.group == g && ln.word == w {
					first = len(kept)
				}
				kept = append(kept, ln)
				continue
			}
			to := &kept[first]
			if !to.stack {
				to.slots = append([]view.Slot(nil), to.slots...)
				to.stack, to.proc, to.procRank, to.key = true, 0, 0, m.right[g].key^key(tagStack, 0, flow.Name(w))
			}
			to.slots = append(to.slots, ln.slots...)
			to.used = to.used || ln.used
			to.last = max(to.last, ln.last)
		}
		m.lines = kept
	}
}

// addEmpty adds the rows that have no queue: gates of a second group, cards
// without a queue, and title rows.
func (e *Engine) addEmpty() {
	m := &e.m
	has, titled := make([]bool, len(m.right)), make([]bool, len(m.right))
	var add []line
	for i := range m.lines {
		ln := &m.lines[i]
		if ln.group >= 0 {
			has[ln.group] = true
			titled[ln.group] = titled[ln.group] || ln.proc == 0
		}
		for _, g := range ln.extra {
			add = append(add, line{key: ln.key ^ m.right[g].key | 1, group: g, empty: true, feed: ln.key, word: WordOwn + 1, used: ln.used, last: ln.last})
			has[g] = true
		}
	}
	for g := range m.right {
		if !has[g] || len(m.right[g].members) > 1 && !titled[g] {
			add = append(add, line{key: m.right[g].key ^ 0x5bd1e995, group: g, empty: true, used: has[g]})
		}
	}
	m.lines = append(m.lines, add...)
}

// order sorts the lines by the remembered rows, puts new ones into free places
// of their kind or after their kin, and keeps free places as holes (lines with
// no slot, no group's gate and no feed).
func (e *Engine) order() {
	m := &e.m
	for i := range e.rows {
		e.rows[i].live = false
	}
	at := make(map[uint64]int, len(m.lines))
	for i := range m.lines {
		at[m.lines[i].key] = i
	}
	for i := range e.rows {
		r := &e.rows[i]
		if j, ok := at[r.key]; ok {
			if g, p := e.ranks(&m.lines[j]); g == r.group && p == r.proc {
				r.live = true
				continue
			}
			r.key = 0 // it changed hands
		}
	}
	e.rows = slices.DeleteFunc(e.rows, func(r rowMem) bool { return r.key == 0 })
	known := make(map[uint64]bool, len(e.rows))
	for i := range e.rows {
		if e.rows[i].live {
			known[e.rows[i].key] = true
		}
	}
	for i := range m.lines {
		if ln := &m.lines[i]; !known[ln.key] {
			e.admit(ln)
		}
	}
	flow.SortStable(e.rows, compareRows)
	out := make([]line, 0, len(e.rows))
	for i := range e.rows {
		r := &e.rows[i]
		if r.live {
			out = append(out, m.lines[at[r.key]])
			continue
		}
		out = append(out, line{key: r.key, group: -1, empty: true})
	}
	for n := len(out); n > 0 && out[n-1].empty && out[n-1].group < 0; n = len(out) {
		out = out[:n-1]
	}
	m.lines = out
}

func compareRows(a, b rowMem) int {
	switch {
	case a.group != b.group:
		return a.group - b.group
	case a.proc != b.proc:
		return a.proc - b.proc
	case a.word != b.word:
		return int(a.word) - int(b.word)
	}
	return a.rank - b.rank
}

// ranks are the sort keys of a line: its group's (0 for what nobody ever served,
// which comes first) and, in a group that has or had several members, its member's.
func (e *Engine) ranks(ln *line) (group, proc int) {
	if ln.group >= 0 {
		k := &e.m.right[ln.group]
		if !e.several[k.key] && len(k.members) < 2 {
			return k.rank, 0
		}
		return k.rank, ln.procRank
	}
	return ln.groupRank, ln.procRank
}

func (e *Engine) admit(ln *line) {
	g, p := e.ranks(ln)
	for i := range e.rows {
		r := &e.rows[i]
		if !r.live && r.group == g && r.word == ln.word && r.proc == p {
			r.key, r.live = ln.key, true
			return
		}
	}
	e.rows = append(e.rows, rowMem{key: ln.key, group: g, proc: p, rank: e.rankOf(ln.key), word: ln.word, live: true})
}

// importance orders queues that never carried anything: shared ones tell most, fanout ones least.
var importance = [...]int{WordNone: 1, WordFanout: 2, WordShared: 4, WordOwn: 3, WordOwn + 1: 3}

// keepWithin leaves n lines with a queue and folds the others. Those shown stay
// shown, unless one that is stirred needs the place of one at rest.
func (e *Engine) keepWithin(st *view.State, n int) {
	m := &e.m
	idx := make([]int, 0, len(m.lines))
	for i := range m.lines {
		idx = append(idx, i)
	}
	worth := func(i int) int64 {
		ln := &m.lines[i]
		switch {
		case ln.empty && ln.group < 0:
			return -2
		case ln.empty && ln.feed == 0 && !ln.used:
			return -1
		case e.was[ln.key] && ln.used && st.D-ln.last < restFor:
			return 1<<61 + max(0, ln.last)>>20
		case e.was[ln.key]:
			return 60
		case ln.used:
			return 100 + max(0, ln.last)>>20
		}
		return int64(10*importance[ln.word]) - int64(len(ln.slots)>>10)
	}
	flow.SortStable(idx, func(a, b int) int {
		wa, wb := worth(a), worth(b)
		switch {
		case wa > wb:
			return -1
		case wa < wb:
			return 1
		}
		return a - b
	})
	keep := make([]bool, len(m.lines))
	for i, j := range idx {
		keep[j] = i < n || e.opened(m.lines[j].group)
	}
	out := m.lines[:0:0]
	for i := range m.lines {
		if keep[i] || e.open[foldQueues] {
			out = append(out, m.lines[i])
		}
		switch {
		case keep[i]:
		case e.open[foldQueues]:
			m.unfolded = append(m.unfolded, m.lines[i].slots...)
		default:
			m.folded = append(m.folded, m.lines[i].slots...)
		}
	}
	m.lines = out
}
