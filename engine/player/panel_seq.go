package player

import "rpcscope/engine/flow"

// Seq is the sequence strip's window. It is valid until the next panel. Times are nanoseconds of the display axis; the
// page gets milliseconds.
type Seq struct {
	D0, D1 int64
	Lines  []SeqLine
	Spans  []SeqSpan
	Arrows []SeqArrow
	Gaps   []SeqGap
	Ticks  []SeqTick
	// Bands count, in Cols columns of the window, what is too dense to be drawn by itself.
	Cols  int
	Bands []SeqBand
}

// Subject is what a part of the strip is of: a message or an RPC. Its id is put together when it is written.
type Subject struct {
	Msg flow.MsgID
	RPC flow.ID
}

// SeqBand counts the messages of a class at a line, in the columns from C0 on.
type SeqBand struct {
	Line int
	Cls  flow.Class
	C0   int
	N    []uint32
}

// SeqLine is a lifeline.
type SeqLine struct {
	ID, Kind, Label, Sub string
}

// SeqSpan is a stretch of a lifeline: a caller that waits, a method that runs. Took is how long a method that has ended
// really took, in nanoseconds of stream time, 0 where that is not to be said.
type SeqSpan struct {
	Line   int
	D0, D1 int64
	Cls    flow.Class
	Method string
	Took   int64
	State  string
	Of     Subject
}

// Label is what is written on a span.
func (s *SeqSpan) Label() string {
	if s.Took > 0 {
		return s.Method + " " + duration(s.Took)
	}
	return s.Method
}

// SeqArrow is a hop from one lifeline to another.
type SeqArrow struct {
	From, To int
	D0, D1   int64
	Cls      flow.Class
	State    string
	Of       Subject
}

// SeqGap is a silence that the axis shortens; Took says how long it was, in nanoseconds of stream time.
type SeqGap struct{ D0, D1, Took int64 }

// SeqTick is an event worth a mark on the scrubber.
type SeqTick struct {
	D    int64
	Cls  flow.Class
	Kind flow.Kind
	Of   Subject
}

// LogRow is one event in words, which are English. D and T are nanoseconds of the display axis and of the stream.
type LogRow struct {
	I        uint64
	D, T     int64
	Kind     string
	Cls      string
	Text, ID string
}
