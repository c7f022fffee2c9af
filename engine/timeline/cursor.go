package timeline

import (
	"encoding/binary"

	"rpcscope/engine/flow"
	"rpcscope/engine/view"
)

// Cursor walks a timeline. With a state it folds what it passes; without one it only reads.
type Cursor struct {
	t     *Timeline
	state *view.State
	rec   *flow.RecordReader

	// The event read last, with its display time, the end of its hop and its number in the stream.
	Event      flow.Event
	Message    flow.Message
	HasMessage bool
	D, HopEnd  int64
	Index      uint64

	// seg and pos are where the next event is encoded, index its number, end the display time before it.
	seg   *segment
	pos   int
	left  int
	index uint64
	end   int64
	gen   uint64
	// peeked: Event and so on are of the event that comes next, not yet folded.
	peeked bool
	// settled is the display time past the last event up to which the state let go of what lingered; 0 when it did not.
	settled int64
}

// NewCursor returns a cursor at the oldest moment. It owns state, which may be nil.
func (t *Timeline) NewCursor(state *view.State) *Cursor {
	c := &Cursor{t: t, state: state, rec: flow.NewRecordReader(t.names)}
	c.load(t.frames[0])
	return c
}

// State is what the cursor folded.
func (c *Cursor) State() *view.State { return c.state }

// Position is the number of the event that comes next: how many are folded.
func (c *Cursor) Position() uint64 {
	if c.peeked {
		return c.index - 1
	}
	return c.index
}

func (c *Cursor) load(f frame) {
	if c.state != nil {
		c.state.Thaw(f.state)
		c.settled = 0
	}
	c.goTo(f.index)
}

// goTo stands before the event of a number at which a segment starts (or the log ends).
func (c *Cursor) goTo(index uint64) {
	c.peeked, c.gen = false, c.t.generation
	c.index, c.seg, c.left = index, nil, 0
	for i := len(c.t.segs) - 1; i >= 0; i-- {
		if c.t.segs[i].first == index {
			c.enter(i)
			return
		}
	}
}

func (c *Cursor) enter(i int) {
	s := c.t.segs[i]
	c.seg, c.pos, c.left = s, 0, 0
	c.index, c.end = s.first, s.start
	c.gen = c.t.generation
	c.rec.Reset()
}

// segmentOf finds the segment that holds event number index.
func (t *Timeline) segmentOf(index uint64) int {
	lo, hi := 0, len(t.segs)
	for lo < hi {
		mid := (lo + hi) / 2
		if t.segs[mid].first+uint64(t.segs[mid].count) <= index {
			lo = mid + 1
		} else {
			hi = mid
		}
	}
	return lo
}

// Next reads the next event; false at the end of the log. It does not fold.
func (c *Cursor) Next() bool {
	if c.seg == nil || c.pos >= len(c.seg.bytes) {
		if c.index >= c.t.next {
			return false
		}
		i := c.t.segmentOf(c.index)
		if i == len(c.t.segs) {
			return false
		}
		if want := c.index; c.t.segs[i].first != want {
			// It stood at the end of the log, and the segment there has grown since.
			for c.enter(i); c.index < want; {
				c.Next()
			}
			return c.Next()
		}
		c.enter(i)
		if c.state != nil {
			c.t.keep(c.index, c.state)
		}
	}
	b := c.seg.bytes[c.pos:]
	delta, n := binary.Uvarint(b)
	end, k := binary.Uvarint(b[n:])
	size, with, err := c.rec.Read(b[n+k:], &c.Event, &c.Message)
	if err != nil || size == 0 {
		panic("timeline: the log that this program wrote cannot be read: " + errText(err))
	}
	c.end += int64(delta)
	c.D, c.HopEnd, c.HasMessage = c.end, 0, with
	if end > 0 {
		c.HopEnd = c.D + int64(end) - 1
	}
	c.pos += n + k + size
	c.Index = c.index
	c.index++
	return true
}

func errText(err error) string {
	if err == nil {
		return "an event of no length"
	}
	return err.Error()
}

func (c *Cursor) fold() {
	if c.state == nil {
		return
	}
	if c.HasMessage {
		c.state.Fold(c.D, c.HopEnd, &c.Event, &c.Message)
	} else {
		c.state.Fold(c.D, c.HopEnd, &c.Event, nil)
	}
}

// Peek reads the next event without passing it.
func (c *Cursor) Peek() bool {
	c.check()
	if !c.peeked {
		c.peeked = c.Next()
	}
	return c.peeked
}

// Step passes one event.
func (c *Cursor) Step() bool {
	if !c.Peek() {
		return false
	}
	c.peeked = false
	c.fold()
	return true
}

// check goes back to a frame when what the cursor stood on was taken back or dropped.
func (c *Cursor) check() {
	if c.gen != c.t.generation {
		pos := c.Position()
		c.load(c.t.before(min(pos, c.t.next)))
		c.gen = c.t.generation
		for c.index < min(pos, c.t.next) && c.Next() {
			c.fold()
		}
		return
	}
	if first := c.t.First(); c.Position() < first {
		c.load(c.t.frames[0])
	}
}

// SeekTo goes to display time d: all events up to and including d are folded, none after. It moves on from
// where it stands when that is not past d, else from the last frame before d.
func (c *Cursor) SeekTo(d int64) {
	c.check()
	if c.passed(d) {
		c.load(c.t.at(d))
	}
	for c.Peek() && c.D <= d {
		c.Step()
	}
}

// Settle lets the state go of what has lingered long enough at display time d, past the last event
// that is folded. A seek to before d folds anew what it let go of.
func (c *Cursor) Settle(d int64) {
	if c.state.Settle(d) {
		c.settled = d
	}
}

// passed reports whether an event after d is folded.
func (c *Cursor) passed(d int64) bool {
	if c.state != nil {
		return max(c.state.D, c.settled) > max(d, 1)
	}
	return c.end > d || c.peeked
}

// SeekIndex goes to where exactly n events are folded (or as many as there are, or as few as can be).
func (c *Cursor) SeekIndex(n uint64) {
	c.check()
	n = max(n, c.t.First())
	if f := c.t.before(n); c.Position() > n || f.index > c.Position() || c.state != nil && c.settled > c.state.D {
		c.load(f)
	}
	for c.Position() < n && c.Step() {
	}
}

// Reader returns a cursor without a state that stands at the segment in which display time d lies, or at the oldest one after it.
func (t *Timeline) Reader(d int64) *Cursor {
	c := &Cursor{t: t, rec: flow.NewRecordReader(t.names), gen: t.generation}
	for i, s := range t.segs {
		if s.end >= d || i == len(t.segs)-1 {
			c.enter(i)
			return c
		}
	}
	c.index = t.next
	return c
}

// ReaderAt returns a cursor without a state that stands at event number n.
func (t *Timeline) ReaderAt(n uint64) *Cursor {
	c := &Cursor{t: t, rec: flow.NewRecordReader(t.names), gen: t.generation}
	c.find(n)
	return c
}

// Reread makes a cursor without a state stand at event number n, wherever it stood: what comes next there it reads on,
// at no cost. The table of names must be the one it was made with.
func (c *Cursor) Reread(n uint64) {
	if c.gen != c.t.generation || c.index != n {
		c.find(n)
	}
}

// Number is that of the event which Next reads.
func (c *Cursor) Number() uint64 { return c.index }

// Stands reports that nothing was taken back of what a cursor without a state may have read.
func (c *Cursor) Stands() bool { return c.gen == c.t.generation }

// find stands at event number n, or as near as the log goes.
func (c *Cursor) find(n uint64) {
	n = max(n, c.t.First())
	i := c.t.segmentOf(n)
	if i == len(c.t.segs) {
		c.seg, c.pos, c.index, c.gen = nil, 0, c.t.next, c.t.generation
		return
	}
	for c.enter(i); c.index < n && c.Next(); {
	}
}
