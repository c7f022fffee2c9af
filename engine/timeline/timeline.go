package timeline

import (
	"encoding/binary"

	"rpcscope/engine/flow"
	"rpcscope/engine/view"
)

// Segments end at whichever comes first. A segment stands alone: it has its own dictionary of names.
const (
	segmentEvents = 2048
	segmentBytes  = 48 << 10
)

// segment is a stretch of the log.
type segment struct {
	bytes []byte
	// first is the number of its first event in the stream, from 0; count how many it has.
	first uint64
	count int
	// drawn is how many of them count as steps; before how many did in all segments before.
	drawn  int
	before uint64
	// start and end are the display times of its first and last event.
	start, end int64
}

// frame is a state of which all events before number index are part.
type frame struct {
	index uint64
	state *view.Frame
}

// Timeline is the log. It is a pace.Sink. Not safe for concurrent use.
type Timeline struct {
	// Drawn says which events count as steps for a person; nil counts all. Set it before the first event.
	Drawn func(*flow.Event) bool

	names  *flow.Names
	limits view.Limits
	max    int
	// segEvents is segmentEvents, fewer in tests.
	segEvents int
	segs      []*segment
	w         *flow.RecordWriter
	frames    []frame
	// next is the number of the next event; last the display time of the last one.
	next uint64
	last int64

	logBytes, frameBytes int
	dropped              uint64
	droppedBytes         int64
	spare                *view.State
	// full: the last segment takes no more, its names are of another table.
	full bool
	// generation changes whenever events that a cursor may have read are taken back.
	generation uint64
	counted    counted
}

// counted is how many steps there were before an event, counted last.
type counted struct{ index, steps, generation uint64 }

// New returns an empty log that keeps at most maxBytes of events (and as much again of frames).
func New(names *flow.Names, limits view.Limits, maxBytes int) *Timeline {
	t := &Timeline{names: names, limits: limits, max: maxBytes, segEvents: segmentEvents, w: flow.NewRecordWriter(names)}
	t.frames = []frame{{0, view.New(names, limits).Freeze(nil)}}
	return t
}

// Events is the number of the next event: how many the stream had so far.
func (t *Timeline) Events() uint64 { return t.next }

// First is the number of the oldest event that is kept.
func (t *Timeline) First() uint64 {
	if len(t.segs) == 0 {
		return t.next
	}
	return t.segs[0].first
}

// Start is the display time of the oldest moment that can be gone to.
func (t *Timeline) Start() int64 {
	if t.First() == 0 || len(t.segs) == 0 {
		return 0
	}
	return t.segs[0].start
}

// End is the display time of the newest event.
func (t *Timeline) End() int64 { return t.last }

// Dropped says how many events, and bytes of log, went because the log was full.
func (t *Timeline) Dropped() (events uint64, bytes int64) { return t.dropped, t.droppedBytes }

// Bytes is the memory of log and frames.
func (t *Timeline) Bytes() (log, frames int) { return t.logBytes, t.frameBytes }

// Paced appends an event. d must not fall.
func (t *Timeline) Paced(d, hopEnd int64, e *flow.Event, m *flow.Message) {
	var s *segment
	if n := len(t.segs); n > 0 {
		s = t.segs[n-1]
	}
	if s == nil || t.full || s.count >= t.segEvents || len(s.bytes) >= segmentBytes {
		t.full = false
		t.enforce()
		t.w.Reset()
		size := 4096
		if s != nil {
			size = max(size, len(s.bytes)+len(s.bytes)/8) // as large as the one before, so that it seldom has to move
		}
		s = &segment{first: t.next, before: t.Steps(), start: d, end: d, bytes: make([]byte, 0, size)}
		t.segs = append(t.segs, s)
	}
	before := len(s.bytes)
	s.bytes = binary.AppendUvarint(s.bytes, uint64(d-s.end))
	end := uint64(0)
	if hopEnd != 0 {
		end = uint64(max(0, hopEnd-d)) + 1
	}
	s.bytes = binary.AppendUvarint(s.bytes, end)
	s.bytes = t.w.Append(s.bytes, e, m)
	s.end, t.last = d, d
	if t.Drawn == nil || t.Drawn(e) {
		s.drawn++
	}
	s.count++
	t.next++
	t.logBytes += len(s.bytes) - before
}

// Steps is how many events counted as steps so far.
func (t *Timeline) Steps() uint64 {
	if n := len(t.segs); n > 0 {
		return t.segs[n-1].before + uint64(t.segs[n-1].drawn)
	}
	return 0
}

// StepsBefore is how many of the events before number index counted as steps.
func (t *Timeline) StepsBefore(index uint64) uint64 {
	i := t.segmentOf(index)
	if i == len(t.segs) {
		return t.Steps()
	}
	if k := &t.counted; k.index != index || k.generation != t.generation || index == 0 {
		n := t.segs[i].before
		c := t.ReaderAt(t.segs[i].first)
		for c.index < index && c.Next() {
			if t.Drawn == nil || t.Drawn(&c.Event) {
				n++
			}
		}
		*k = counted{index, n, t.generation}
	}
	return t.counted.steps
}

// Back returns the number of the first event of the segment that holds at least steps steps before number index.
func (t *Timeline) Back(index, steps uint64) uint64 {
	i := t.segmentOf(index)
	if i == len(t.segs) {
		i--
	}
	if i < 0 {
		return t.next
	}
	upTo := t.StepsBefore(index)
	for i > 0 && upTo-t.segs[i].before < steps {
		i--
	}
	return t.segs[i].first
}

// enforce drops the oldest segments while the log is over its bound, the newest excepted.
func (t *Timeline) enforce() {
	n := 0
	size := t.logBytes
	for size > t.max && n < len(t.segs)-1 {
		size -= len(t.segs[n].bytes)
		n++
	}
	if n == 0 {
		return
	}
	n = t.atFrame(n, size-t.max*7/8)
	size = t.logBytes
	for _, s := range t.segs[:n] {
		size -= len(s.bytes)
	}
	index := t.segs[n].first
	base := t.frameAt(index)
	if base == nil {
		base = t.replay(index)
	}
	for _, s := range t.segs[:n] {
		t.dropped += uint64(s.count)
		t.droppedBytes += int64(len(s.bytes))
	}
	t.logBytes = size
	t.segs = append(t.segs[:0], t.segs[n:]...)
	kept := t.frames[:0]
	kept = append(kept, frame{index, base})
	t.frameBytes = 0
	for _, f := range t.frames {
		if f.index > index {
			kept = append(kept, f)
			t.frameBytes += f.state.Bytes()
		}
	}
	clear(t.frames[len(kept):])
	t.frames = kept
}

// atFrame returns the first segment from number n on at which there is a frame, so that none has to be made by replaying;
// n itself when more than so many bytes would have to go for that.
func (t *Timeline) atFrame(n, most int) int {
	for i := n; i < len(t.segs)-1 && most >= 0; i++ {
		if t.frameAt(t.segs[i].first) != nil {
			return i
		}
		most -= len(t.segs[i].bytes)
	}
	return n
}

func (t *Timeline) frameAt(index uint64) *view.Frame {
	for _, f := range t.frames {
		if f.index == index {
			return f.state
		}
	}
	return nil
}

// replay folds up to the event of the given number, the first of a segment, and takes a frame there.
func (t *Timeline) replay(index uint64) *view.Frame {
	if t.spare == nil {
		t.spare = view.New(t.names, t.limits)
	}
	c := Cursor{t: t, state: t.spare, rec: flow.NewRecordReader(t.names)}
	c.load(t.before(index))
	for c.index < index && c.Next() {
		c.fold()
	}
	return t.spare.Freeze(nil)
}

// before returns the last frame that holds no event from number index on.
func (t *Timeline) before(index uint64) frame {
	f := t.frames[0]
	for _, x := range t.frames[1:] {
		if x.index > index {
			break
		}
		f = x
	}
	return f
}

// at returns the last frame that holds no event after display time d.
func (t *Timeline) at(d int64) frame {
	f := t.frames[0]
	for _, x := range t.frames[1:] {
		if x.state.D() > d {
			break
		}
		f = x
	}
	return f
}

// keep takes a frame at a segment's start if the events since the frame before it outweigh the state.
func (t *Timeline) keep(index uint64, s *view.State) {
	prev := t.before(index)
	if prev.index == index {
		return
	}
	log := 0
	for _, x := range t.segs {
		if x.first >= prev.index && x.first < index {
			log += len(x.bytes)
		}
	}
	if log <= s.Weight() {
		return
	}
	f := frame{index, s.Freeze(prev.state)}
	i := len(t.frames)
	for i > 0 && t.frames[i-1].index > index {
		i--
	}
	t.frames = append(t.frames, frame{})
	copy(t.frames[i+1:], t.frames[i:])
	t.frames[i] = f
	t.frameBytes += f.state.Bytes()
}

// Truncate takes back all events after display time d.
func (t *Timeline) Truncate(d int64) {
	n := len(t.segs)
	for n > 0 && t.segs[n-1].start > d {
		n--
		t.logBytes -= len(t.segs[n].bytes)
		t.next = t.segs[n].first
	}
	clear(t.segs[n:])
	t.segs = t.segs[:n]
	t.last = 0
	t.generation++
	if n > 0 {
		t.cut(t.segs[n-1], d)
	}
	kept := t.frames[:1]
	t.frameBytes = 0
	for _, f := range t.frames[1:] {
		if f.index <= t.next {
			kept = append(kept, f)
			t.frameBytes += f.state.Bytes()
		}
	}
	clear(t.frames[len(kept):])
	t.frames = kept
}

// cut encodes the last segment anew up to display time d, so that the encoder can go on from there.
func (t *Timeline) cut(s *segment, d int64) {
	last := len(t.segs) - 1
	c := Cursor{t: t, rec: flow.NewRecordReader(t.names)}
	c.enter(last)
	if last > 0 {
		t.last = t.segs[last-1].end
	}
	t.segs = t.segs[:last]
	t.next = s.first
	t.logBytes -= len(s.bytes)
	for i := 0; i < s.count && c.Next() && c.D <= d; i++ {
		var m *flow.Message
		if c.HasMessage {
			m = &c.Message
		}
		t.Paced(c.D, c.HopEnd, &c.Event, m)
	}
}
