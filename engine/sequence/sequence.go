package sequence

import "rpcscope/engine/flow"

// Bounds of one strip. What comes beyond is left out and counted in [Strip.Omitted].
const (
	MaxLines  = 40
	MaxSpans  = 600
	MaxArrows = 1500
	MaxTicks  = 500
)

// LineKind says what a lifeline stands for.
type LineKind uint8

// The kinds of lifeline.
const (
	Process LineKind = iota
	Exchange
	Queue
)

// Line is a lifeline. VHost is 0 for processes; the default exchange has Name 0.
type Line struct {
	Kind        LineKind
	VHost, Name flow.Name
}

// SpanState says how a span stands or ended.
type SpanState uint8

// The states: a caller waits, was answered, got an exception, gave up; a method runs, ended, raised.
const (
	Waiting SpanState = iota
	Answered
	Failed
	TimedOut
	Running
	Done
	Raised
)

// Span is a stretch of a lifeline, in display time.
type Span struct {
	Line       int
	Start, End int64
	RPC        flow.ID
	Msg        flow.MsgID
	Method     flow.Name
	// Took is how long it really took, in nanoseconds of stream time; 0 while it is not over.
	Took  int64
	Class flow.Class
	State SpanState
	// Open: its end lies beyond what was fed.
	Open bool
	// Deduced: nobody saw it; it was concluded from what the broker showed.
	Deduced bool
}

// Arrow is a hop, in display time. To and From are lines.
type Arrow struct {
	From, To   int
	Start, End int64
	Msg        flow.MsgID
	RPC        flow.ID
	Class      flow.Class
	// Lost: it never came further than this.
	Lost bool
	// Back: a redelivery or a return.
	Back bool
}

// Tick is one thing that happened.
type Tick struct {
	D     int64
	Msg   flow.MsgID
	RPC   flow.ID
	Class flow.Class
	Kind  flow.Kind
}

// Strip is the diagram of a window.
type Strip struct {
	Start, End int64
	Lines      []Line
	Spans      []Span
	Arrows     []Arrow
	Ticks      []Tick
	// Bands count what is too dense to be drawn, by line and class. They are valid as long as the strip.
	Bands []Band
	// Omitted counts what did not fit.
	Omitted int
}

// hop is how long an arrow lasts whose end is not known, in nanoseconds of display time.
const hop = 300_000_000

// Maker makes strips. The zero value is ready.
type Maker struct {
	// out is what was fed, shown what the last Strip made of it.
	out    Strip
	shown  Strip
	lines  map[Line]int
	open   map[spanKey]int
	last   map[flow.MsgID]int
	method map[flow.ID]flow.Name
	// dispatches: workers tell of their methods themselves, callers of their calls.
	dispatches, requests bool
	crowd                crowd
	// cut are the processes, by line, whose links are cut; held the arrows that end when they are back.
	cut  [MaxLines]bool
	held []int
	// freed counts the held spans whose places may be taken.
	freed int
}

type spanKey struct {
	rpc  flow.ID
	msg  flow.MsgID
	line int
	run  bool
}

// Begin starts the strip of the window from start to end.
func (b *Maker) Begin(start, end int64) {
	if b.lines == nil {
		b.lines, b.open = make(map[Line]int), make(map[spanKey]int)
		b.last, b.method = make(map[flow.MsgID]int), make(map[flow.ID]flow.Name)
	}
	clear(b.lines)
	clear(b.open)
	clear(b.last)
	clear(b.method)
	b.dispatches, b.requests = false, false
	b.freed = 0
	b.cut, b.held = [MaxLines]bool{}, b.held[:0]
	b.crowd.reset()
	o := &b.out
	*o = Strip{Start: start, End: end, Lines: o.Lines[:0], Spans: o.Spans[:0], Arrows: o.Arrows[:0], Ticks: o.Ticks[:0]}
}

// Strip returns the diagram of what was fed so far, with what is open going on to the end of the window. It is valid
// until the next call of any method. More can be fed after it.
func (b *Maker) Strip() *Strip {
	o, s := &b.out, &b.shown
	*s = Strip{
		Start: o.Start, End: o.End, Omitted: o.Omitted,
		Lines: s.Lines[:0], Spans: s.Spans[:0], Arrows: s.Arrows[:0], Bands: s.Bands[:0], Ticks: append(s.Ticks[:0], o.Ticks...),
	}
	b.bands()
	b.pick()
	b.thin()
	return s
}

// pick takes what the window shows, and the lines that something in it uses.
func (b *Maker) pick() {
	o, s := &b.out, &b.shown
	var used [MaxLines]bool
	hung := 0
	for i := range o.Spans {
		x := o.Spans[i]
		if x.Open {
			x.End = o.End
		}
		if x.Line < 0 || x.End < o.Start || x.Start > o.End || !b.stands(&x) {
			continue
		}
		if x.Open && b.inCrowd(x.Start) && !b.kept(x.RPC, x.Msg) {
			hung++ // those that hang longest come first
		}
		if len(s.Spans) == MaxSpans || hung > maxHung {
			s.Omitted++
			continue
		}
		used[x.Line] = true
		s.Spans = append(s.Spans, x)
	}
	for i := range o.Arrows {
		if a := &o.Arrows[i]; a.End >= o.Start && a.Start <= o.End {
			used[a.From], used[a.To] = true, true
			s.Arrows = append(s.Arrows, *a)
		}
	}
	for i := range s.Bands {
		used[s.Bands[i].Line] = true
	}
	var place [MaxLines]int
	for i, l := range o.Lines {
		if place[i] = len(s.Lines); used[i] {
			s.Lines = append(s.Lines, l)
		}
	}
	for i := range s.Spans {
		s.Spans[i].Line = place[s.Spans[i].Line]
	}
	for i := range s.Arrows {
		s.Arrows[i].From, s.Arrows[i].To = place[s.Arrows[i].From], place[s.Arrows[i].To]
	}
	for i := range s.Bands {
		s.Bands[i].Line = place[s.Bands[i].Line]
	}
}

// thin leaves the ticks of publishes, of bad ends and of faults when all would be too many,
// then every other until they fit: of the publishes first, as a bad end must not go unseen.
func (b *Maker) thin() {
	o := &b.shown
	if len(o.Ticks) <= MaxTicks {
		return
	}
	all, bad := len(o.Ticks), 0
	keep := o.Ticks[:0]
	for _, t := range o.Ticks {
		if stays(t.Kind) {
			bad++
		} else if t.Kind != flow.Publish {
			continue
		}
		keep = append(keep, t)
	}
	for len(keep) > MaxTicks {
		spare := bad <= MaxTicks/2
		half, n := keep[:0], 0
		for _, t := range keep {
			if spare && stays(t.Kind) {
				half = append(half, t)
				continue
			}
			if n++; n%2 == 1 {
				half = append(half, t)
			}
		}
		keep = half
	}
	o.Ticks = keep
	o.Omitted += all - len(keep)
}

// stays tells which ticks stay longest where there is no room for all: bad ends, and what an operator does.
func stays(k flow.Kind) bool {
	return isBad(k) || k == flow.Operator || k == flow.AlarmSet || k == flow.BrokerStop
}

func isBad(k flow.Kind) bool {
	switch k {
	case flow.Timeout, flow.Failure, flow.Drop, flow.Expire, flow.Return:
		return true
	}
	return false
}

func (b *Maker) line(k LineKind, vhost, name flow.Name) int {
	if k == Process {
		vhost = 0
	}
	l := Line{k, vhost, name}
	if i, ok := b.lines[l]; ok {
		return i
	}
	if len(b.out.Lines) == MaxLines {
		b.out.Omitted++
		return -1
	}
	i := len(b.out.Lines)
	b.out.Lines = append(b.out.Lines, l)
	b.lines[l] = i
	return i
}

func (b *Maker) arrow(a Arrow) {
	if a.From < 0 || a.To < 0 {
		return
	}
	if a.End == 0 {
		a.End = a.Start + hop
	}
	if a.End < b.out.Start || b.hides(&a) {
		return // over before the window, or one of too many
	}
	if len(b.out.Arrows) == MaxArrows {
		b.out.Omitted++
		return
	}
	b.last[a.Msg] = len(b.out.Arrows)
	b.out.Arrows = append(b.out.Arrows, a)
}

// lose marks the last hop of a message as its end.
func (b *Maker) lose(msg flow.MsgID) {
	switch i, ok := b.last[msg]; {
	case !ok:
	case i < 0:
		b.unhide(-1 - i)
	default:
		b.out.Arrows[i].Lost = true
	}
}

func (b *Maker) begin(k spanKey, s Span) {
	if k.line < 0 {
		return
	}
	if i, ok := b.open[k]; ok {
		// Told twice, by the publish and by the process: the process knows better.
		if s.Method != 0 {
			b.out.Spans[i].Method = s.Method
		}
		b.out.Spans[i].Deduced = b.out.Spans[i].Deduced && s.Deduced
		return
	}
	if !b.room() {
		b.out.Omitted++
		return
	}
	s.Line, s.Open = k.line, true
	b.open[k] = len(b.out.Spans)
	b.out.Spans = append(b.out.Spans, s)
}

func (b *Maker) end(k spanKey, d, took int64, state SpanState) {
	i, ok := b.open[k]
	if !ok {
		return
	}
	delete(b.open, k)
	s := &b.out.Spans[i]
	s.End, s.Took, s.State, s.Open = d, took, state, false
	if d < b.out.Start || !b.stands(s) {
		s.Line = -1 // it will not be drawn, and another may have its place
		b.freed++
	}
}
