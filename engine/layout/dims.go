package layout

import "rpcscope/engine/view"

// dims are the measures of one form of the map.
type dims struct {
	cardW, workerW, compW, compH float32
	cardH, cardGap               float32
	qW, qH                       float32
	slots, una                   int
	// pitch of the rows; first row below the broker's top; gap of cards of two groups.
	pitch, first, between float32
	// A worker's card reaches above its first gate and below its last.
	head, tail float32
	// lane: from the last row to the line, from there to the first reply queue, between them, and to the broker's foot.
	toLane, laneTop, lanePitch, laneFoot float32
	laneMax                              int
	scale                                float32 // of exchanges
	margin, gap                          float32
	// aside is on both sides of the divider; pad left of the exchanges, foot right of the queues.
	aside, pad, foot float32
}

func roomy() dims {
	return dims{
		cardW: 184, workerW: 176, compW: 128, compH: 56, cardH: 104, cardGap: 28,
		qW: 220, qH: 40, slots: 8, una: 3,
		pitch: 92, first: 68, between: 118, head: 68, tail: 28,
		toLane: 54, laneTop: 80, lanePitch: 92, laneFoot: 72, laneMax: 1, scale: 1, margin: 24, gap: 48,
		aside: 24, pad: 46, foot: 28,
	}
}

func dense() dims {
	return dims{
		cardW: 184, workerW: 200, compW: 128, compH: 56, cardH: 64, cardGap: 30,
		qW: 186, qH: 28, slots: 8, una: 3,
		pitch: 52, first: 52, between: 52, head: 22, tail: 22,
		toLane: 44, laneTop: 52, lanePitch: 56, laneFoot: 34, laneMax: 2, scale: .86, margin: 24, gap: 40,
		aside: 24, pad: 54, foot: 28,
	}
}

// tightPitch is the least distance of two small queues with their names.
const tightPitch = 47

// setDense chooses the small form; on a low map its lane is one row.
func (e *Engine) setDense() {
	e.d = dense()
	d := &e.d
	if e.cfg.H < 500 {
		d.laneMax, d.toLane, d.laneTop = 1, 34, 46
	}
	if e.cfg.low() {
		d.first, d.toLane, d.laneTop, d.laneFoot = 40, 26, 42, 28
		d.cardH, d.cardGap, d.compH, d.scale = 50, 12, 32, .72
	}
}

// slim makes the columns narrower: 0 as designed, 1 as narrow as can be read. Names of programs stay whole.
func (e *Engine) slim(st *view.State, s float32) {
	d, m := &e.d, &e.m
	left, right, comp := float32(140), float32(150), float32(96)
	for i := range m.left {
		left = max(left, TextWidth(st.Names().Text(m.left[i].program), nameSize, false, 600)+66)
	}
	for i := range m.right {
		right = max(right, TextWidth(st.Names().Text(m.right[i].program), nameSize, false, 600)+74+22*b2f(len(m.right[i].members) > 1))
	}
	pad := float32(54)
	for _, s := range m.exchanges { // their names stand to the left, clear of the bindings
		if x := st.Exchanges.At(s); x.Form != view.FormTopic {
			pad = max(pad, min(84, TextWidth(st.Names().Text(x.Name), 12.6, true, 600)-68*d.scale+6))
		}
	}
	for _, p := range m.components {
		comp = max(comp, TextWidth(st.Names().Text(st.Processes.At(p).Name), nameSize, false, 600)+30)
	}
	d.cardW, d.workerW, d.compW = mix(184, min(184, left), s), mix(200, min(200, right), s), mix(128, min(128, comp), s)
	d.gap, d.margin, d.aside, d.pad, d.foot = mix(40, 28, s), mix(24, 12, s), mix(24, 12, s), mix(pad, 48, s), mix(28, 20, s)
	d.qW, d.slots = 186, 8
	if s > .5 {
		d.qW, d.slots = 158, 6
	}
}

// nameSize is that of a card's name where the map is as small as can be read.
const nameSize = 13.5

// zoomFloor is the smallest zoom at which a form still reads well.
func (e *Engine) zoomFloor() float32 {
	if e.level == levelRoomy {
		return .97
	}
	if e.cfg.H < 500 {
		return Legible
	}
	return .86
}

// headRoom is what the heads of the columns take above the broker; a low map goes without them.
func (e *Engine) headRoom() float32 {
	if e.cfg.low() {
		return 10
	}
	return 40
}

// height is the room for the broker's box.
func (e *Engine) height() float32 { return (e.cfg.H-e.cfg.Top-12)/e.zoomFloor() - e.headRoom() }

// chipRoom is what the chip of folded queues takes below the last row.
const chipRoom = 34

func (e *Engine) top() float32 { return e.cfg.Top + e.headRoom() }

// depth is how high the broker's box must be for n rows.
func (e *Engine) depth(n int, chip bool) float32 {
	d := &e.d
	h := d.first + float32(max(0, n-1))*d.pitch
	if e.level == levelRoomy {
		for i := 1; i < len(e.m.lines); i++ {
			if e.m.lines[i].group != e.m.lines[i-1].group {
				h += d.between - d.pitch
			}
		}
	}
	for i := 1; i < len(e.m.lines); i++ {
		h += e.pileGap(i)
	}
	if chip {
		h += chipRoom
	}
	h = max(h+d.toLane, e.exchangeLeast())
	if e.m.lane {
		h += e.laneHeight()
	}
	return h
}

// pileGap is what row i needs more above it: a stack of cards or queues rises above its row.
func (e *Engine) pileGap(i int) float32 {
	ln := &e.m.lines[i]
	if h := e.apart(i); h > 0 {
		return h
	}
	if ln.stack {
		return 10
	}
	if ln.group >= 0 && ln.group != e.m.lines[i-1].group && len(e.m.right[ln.group].members) > 1 && !e.hosted(ln.group) {
		return 16
	}
	return 0
}

// hosted reports whether the card of a group has rows of single hosts.
func (e *Engine) hosted(g int) bool {
	for i := range e.m.lines {
		if e.m.lines[i].group == g && e.m.lines[i].proc != 0 {
			return true
		}
	}
	return false
}

// laneMost is how many reply queues stand apart.
func (e *Engine) laneMost() int {
	if e.open[foldReplies] {
		return max(e.d.laneMax, len(e.m.replies))
	}
	return e.d.laneMax
}

func (e *Engine) laneRows() int {
	return max(1, min(len(e.m.replies), e.laneMost()))
}

func (e *Engine) laneHeight() float32 {
	d := &e.d
	h := d.laneTop + float32(e.laneRows()-1)*d.lanePitch + d.laneFoot + e.laneChip()
	if e.level > levelRoomy && e.laneRows() == 1 {
		h += 12 // the default exchange's name stands lower than a queue
	}
	return h
}

// laneChip is what the chip that folds the reply queues again takes.
func (e *Engine) laneChip() float32 { return 20 * b2f(e.laneRows() > e.d.laneMax) }

func (e *Engine) budget() int {
	if e.out.Portrait {
		return e.portraitBudget()
	}
	e.setDense()
	e.d.pitch, e.d.between = tightPitch, tightPitch
	n := 1
	for e.depth(n+1, true) <= e.height() {
		n++
	}
	return n
}
