package sequence

import "rpcscope/engine/flow"

// Where hops are too many to be told apart, they are counted instead of drawn: by line, class and column.
const (
	// Columns is how many columns a window is counted in.
	Columns = 160
	// MaxBands bounds the bands of a strip.
	MaxBands = 120
	// blocks divide a window; each is drawn or counted as a whole, so that a burst leaves the calm beside it legible.
	blocks = 20
	// denseHops is from how many hops on, begun in a block or before it and still under way, it is counted. Eight
	// calls, there and back, are still read in its forty pixels.
	denseHops = 64
	// maxHidden bounds the counted hops that are remembered, should one turn out to be a message's last.
	maxHidden = 1 << 14
	// maxLoud bounds the hops that stand out of the bands, as they ended badly.
	maxLoud = 240
	// maxHung bounds the spans that stand out of the bands as they last too long.
	maxHung = 100
	// maxMethods bounds the calls whose methods are remembered for who runs them.
	maxMethods = 1 << 14
	// maxHeld bounds the spans that are held while fed.
	maxHeld = 4096
	// minFreed is how many of them must have become free before they are moved together: below, it would cost more than it gains.
	minFreed = maxHeld / 16
	// stuck is how long a call waits or a method runs until it stands out of the bands, in nanoseconds of display time.
	stuck = 3_000_000_000
)

// Band counts the messages of a class at a line where they are too many to be drawn one by one: at an exchange
// or a queue those that come in, at a process also those that it sends.
type Band struct {
	Line  int
	Class flow.Class
	// First is the column of N's first count, of [Columns] in the window.
	First int
	N     []uint32
}

// crowd is what a maker counts.
type crowd struct {
	dense [blocks]bool
	// block is where hops begin just now, first the index of its first arrow, hops how many began in it.
	block, first, hops int
	// carried are the hops that began in an earlier block than this one, which they cross.
	carried [blocks]int
	loud    int
	hidden  []Arrow
	counts  []uint32
	// place is 1 + the index of a line's counts by class.
	place  [MaxLines][flow.NumClasses]int16
	marked [flow.NumClasses]int
	// keepRPC and keepMsg are drawn whatever else is counted.
	keepRPC flow.ID
	keepMsg flow.MsgID
	fed     int64
}

func (c *crowd) reset() {
	*c = crowd{block: -1, hidden: c.hidden[:0], counts: c.counts[:0]}
	for i := range c.marked {
		c.marked[i] = -1
	}
}

// Keep names an RPC and a message, either may be zero, whose hops and spans are drawn however dense the traffic
// around them is. It holds until the strip is begun anew.
func (b *Maker) Keep(rpc flow.ID, msg flow.MsgID) { b.crowd.keepRPC, b.crowd.keepMsg = rpc, msg }

func (b *Maker) kept(rpc flow.ID, msg flow.MsgID) bool {
	c := &b.crowd
	return !rpc.IsZero() && rpc == c.keepRPC || msg != 0 && msg == c.keepMsg
}

// part returns in which of n parts of the window d lies, -1 when it lies outside.
func (b *Maker) part(d int64, n int) int {
	o := &b.out
	if d < o.Start || d > o.End || o.End == o.Start {
		return -1
	}
	return min(n-1, int(float64(d-o.Start)/float64(o.End-o.Start)*float64(n)))
}

// inCrowd tells whether what begins at d is counted; what began before the window goes with its first block.
func (b *Maker) inCrowd(d int64) bool { return b.crowd.dense[max(0, b.part(d, blocks))] }

// hides takes a hop if it is one of too many.
func (b *Maker) hides(a *Arrow) bool {
	c := &b.crowd
	at := max(0, b.part(a.Start, blocks))
	if at != c.block {
		c.block, c.first, c.hops = at, len(b.out.Arrows), c.carried[at]
	}
	c.hops++
	last := blocks - 1
	if a.End < b.out.End {
		last = b.part(a.End, blocks)
	}
	for k := at + 1; k <= last; k++ {
		c.carried[k]++
	}
	limit := denseHops
	if at > 0 && c.dense[at-1] {
		limit /= 3 // a crowd has one end, not a fringe of blocks that are just below the limit
	}
	if !c.dense[at] && c.hops > limit {
		c.dense[at] = true
		b.swallow()
	}
	if !c.dense[at] || a.Lost || b.kept(a.RPC, a.Msg) {
		return false
	}
	b.hide(a)
	return true
}

// swallow turns the arrows of the present block into counts.
func (b *Maker) swallow() {
	arrows := b.out.Arrows[b.crowd.first:]
	b.out.Arrows = b.out.Arrows[:b.crowd.first]
	for i := range arrows {
		a := arrows[i]
		if a.Lost || b.kept(a.RPC, a.Msg) {
			b.last[a.Msg] = len(b.out.Arrows)
			b.out.Arrows = append(b.out.Arrows, a)
			continue
		}
		b.hide(&a)
	}
}

// hide counts a hop where it arrives, and where it departs from a process.
func (b *Maker) hide(a *Arrow) {
	c := &b.crowd
	if b.out.Lines[a.From].Kind == Process {
		b.count(a.From, a.Class, a.Start)
	}
	b.count(a.To, a.Class, a.End)
	if len(c.hidden) < maxHidden {
		b.last[a.Msg] = -1 - len(c.hidden)
		c.hidden = append(c.hidden, *a)
	} else {
		delete(b.last, a.Msg)
	}
}

func (b *Maker) count(line int, class flow.Class, d int64) {
	c := &b.crowd
	col := b.part(d, Columns)
	if col < 0 || int(class) >= flow.NumClasses {
		return
	}
	p := &c.place[line][class]
	if *p == 0 {
		n := len(c.counts) / Columns
		if n == MaxBands {
			b.out.Omitted++
			return
		}
		for range Columns {
			c.counts = append(c.counts, 0)
		}
		*p = int16(n) + 1
	}
	c.counts[(int(*p)-1)*Columns+col]++
}

// unhide gives a counted hop its arrow back, as it was its message's last.
func (b *Maker) unhide(i int) {
	c := &b.crowd
	if c.loud == maxLoud || len(b.out.Arrows) == MaxArrows {
		b.out.Omitted++
		return
	}
	c.loud++
	a := c.hidden[i]
	a.Lost = true
	b.last[a.Msg] = len(b.out.Arrows)
	b.out.Arrows = append(b.out.Arrows, a)
}

// bands lists what was counted, by line and class.
func (b *Maker) bands() {
	c := &b.crowd
	for line := range b.out.Lines {
		for class, p := range c.place[line] {
			if p == 0 {
				continue
			}
			n := c.counts[(int(p)-1)*Columns : int(p)*Columns]
			first := 0
			for first < len(n) && n[first] == 0 {
				first++
			}
			for len(n) > first && n[len(n)-1] == 0 {
				n = n[:len(n)-1]
			}
			if first < len(n) {
				b.shown.Bands = append(b.shown.Bands, Band{Line: line, Class: flow.Class(class), First: first, N: n[first:]})
			}
		}
	}
}

// ticks tells whether a tick at d is worth one where hops are counted: a bad end or its cause always, else one of a class and column.
func (b *Maker) ticks(d int64, k flow.Kind, class flow.Class) bool {
	if stays(k) || !b.inCrowd(d) {
		return true
	}
	if k != flow.Publish || int(class) >= flow.NumClasses {
		return false
	}
	col := b.part(d, Columns)
	new := b.crowd.marked[class] != col
	b.crowd.marked[class] = col
	return new
}

// stands tells whether a span is drawn by itself: where it is calm, when it ended badly, when it lasts too long.
func (b *Maker) stands(s *Span) bool {
	switch s.State {
	case Failed, TimedOut, Raised:
		return true
	}
	return !b.inCrowd(s.Start) || b.kept(s.RPC, s.Msg) || s.Open && b.crowd.fed-s.Start > stuck
}

// room makes room for another span, false when there is none.
func (b *Maker) room() bool {
	o := &b.out
	if len(o.Spans) < maxHeld {
		return true
	}
	if b.freed < minFreed {
		return false
	}
	b.freed = 0
	place := make([]int, len(o.Spans))
	held := o.Spans[:0]
	for i := range o.Spans {
		place[i] = len(held)
		if o.Spans[i].Line >= 0 {
			held = append(held, o.Spans[i])
		}
	}
	o.Spans = held
	for k, i := range b.open {
		b.open[k] = place[i]
	}
	return len(held) < maxHeld
}
