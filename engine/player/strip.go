package player

import (
	"rpcscope/engine/flow"
	"rpcscope/engine/sequence"
	"rpcscope/engine/timeline"
)

// stripMaker keeps the window of the sequence strip and what was drawn for it.
type stripMaker struct {
	d0, d1 int64
	// shown is being drawn; next is the window that follows when the playhead plays on, fed little by little.
	shown, next *strand
	// fed is how many events there were when the last panel was made.
	fed uint64
	out Seq
	// lines are what the lines of out are of, names the table of their names.
	lines []sequence.Line
	names *flow.Names
}

// strand is the strip of one window with where it was read up to: while what was read stands, it is fed on.
type strand struct {
	maker  sequence.Maker
	reader *timeline.Cursor
	d0, d1 int64
	rpc    flow.ID
	msg    flow.MsgID
	// full: the window's end was read.
	full bool
}

const (
	// stripWhole is how long a stream may be that the strip shows from end to end, stripWindow how much it shows of a longer one.
	stripWhole  = 14_000_000_000
	stripWindow = 10_000_000_000
	// The window moves on when the playhead has passed stripTurn of it, so that stripLead of it lie behind the playhead; stripStep is the way between.
	stripTurn = stripWindow * 4 / 5
	stripLead = stripWindow / 4
	stripStep = stripTurn - stripLead
	// stripBack is how far before the window it reads, for spans and arrows that began there, stripEvents how many events at most.
	stripBack   = 8_000_000_000
	stripEvents = 60_000
	stripLess   = 3_500_000_000
	// stripMore is how many events the next window is fed for a panel, beside three times those that came since the last.
	stripMore = 1_000
)

// span returns the window of the strip: what the page asked for, all of a short stream, or a stretch that the playhead is in.
func (p *Player) span() (d0, d1 int64) {
	if p.window.d1 > p.window.d0 {
		return p.window.d0, p.window.d1
	}
	start, end := p.tl.Start(), p.end()
	s := &p.strip
	if p.ended() && end-start <= stripWhole {
		return start, max(end, start+stripLess)
	}
	switch passed := p.d - s.d0; {
	case s.d1 != 0 && passed >= 0 && passed <= stripTurn:
	case s.d1 != 0 && passed > 0 && passed <= stripTurn+stripWindow/10:
		s.d0 += stripStep // it played on
	case p.d < start+stripWindow/2:
		s.d0 = start
	default:
		s.d0 = max(start, p.d-stripLead)
	}
	s.d1 = s.d0 + stripWindow
	return s.d0, s.d1
}

// holds reports whether what was read for the window still stands.
func (x *strand) holds(p *Player, d0, d1 int64) bool {
	return x != nil && x.reader != nil && x.d0 == d0 && x.d1 == d1 && x.rpc == p.sel.rpc && x.msg == p.sel.msg && x.reader.Stands()
}

// begin starts a window anew.
func (x *strand) begin(p *Player, d0, d1 int64) {
	x.d0, x.d1, x.rpc, x.msg, x.full = d0, d1, p.sel.rpc, p.sel.msg, false
	x.maker.Begin(d0, d1)
	x.maker.Keep(x.rpc, x.msg)
	x.reader = p.tl.Reader(d0 - stripBack)
	if at := p.tl.Reader(d0).Number(); at > stripEvents && x.reader.Number() < at-stripEvents {
		x.reader = p.tl.ReaderAt(at - stripEvents)
	}
}

// feed reads on, at most so many events.
func (x *strand) feed(most uint64) {
	c := x.reader
	for ; most > 0 && !x.full && c.Next(); most-- {
		if c.D > x.d1 {
			x.full = true
			return
		}
		var m *flow.Message
		if c.HasMessage {
			m = &c.Message
		}
		x.maker.Add(c.D, c.HopEnd, &c.Event, m)
	}
}

// strands brings the window's strip up to date, and that of the window after it a little further.
func (p *Player) strands(d0, d1 int64) *sequence.Strip {
	s := &p.strip
	if s.shown == nil {
		s.shown, s.next = &strand{}, &strand{}
	}
	if !s.shown.holds(p, d0, d1) {
		if s.next.holds(p, d0, d1) {
			s.shown, s.next = s.next, s.shown
		} else {
			s.shown.begin(p, d0, d1)
		}
	}
	s.shown.feed(^uint64(0))
	came := p.tl.Events() - min(s.fed, p.tl.Events())
	if s.fed = p.tl.Events(); p.Playing() && d0 == s.d0 && d1 == s.d1 {
		if n0 := d0 + stripStep; !s.next.holds(p, n0, n0+stripWindow) {
			s.next.begin(p, n0, n0+stripWindow)
		}
		s.next.feed(stripMore + 3*min(came, stripEvents))
	}
	return s.shown.maker.Strip()
}

// sequence makes the strip.
func (p *Player) sequence() Seq {
	d0, d1 := p.span()
	s := p.strands(d0, d1)
	out := &p.strip.out
	*out = Seq{
		D0: d0, D1: d1, Cols: sequence.Columns, Lines: out.Lines[:0], Spans: out.Spans[:0], Arrows: out.Arrows[:0],
		Gaps: out.Gaps[:0], Ticks: out.Ticks[:0], Bands: out.Bands[:0],
	}
	p.seqLines(s.Lines)
	for i := range s.Spans {
		out.Spans = append(out.Spans, p.seqSpan(&s.Spans[i]))
	}
	for i := range s.Arrows {
		out.Arrows = append(out.Arrows, p.arrow(&s.Arrows[i]))
	}
	for i := range s.Ticks {
		t := &s.Ticks[i]
		out.Ticks = append(out.Ticks, SeqTick{D: t.D, Cls: t.Class, Kind: t.Kind, Of: subject(t.Msg, t.RPC)})
	}
	for i := range s.Bands {
		b := &s.Bands[i]
		out.Bands = append(out.Bands, SeqBand{Line: b.Line, Cls: b.Class, C0: b.First, N: b.N})
	}
	for _, g := range p.pacer.Gaps() {
		if g.End >= d0 && g.Start <= d1 && (g.To-g.From)*p.slow > g.End-g.Start {
			out.Gaps = append(out.Gaps, SeqGap{D0: g.Start, D1: g.End, Took: g.To - g.From})
		}
	}
	return *out
}

// subject is the message, or the RPC where there is no message.
func subject(msg flow.MsgID, rpc flow.ID) Subject {
	if msg != 0 {
		return Subject{Msg: msg}
	}
	return Subject{RPC: rpc}
}

// seqLines names the lines; those that stand where they stood keep their names.
func (p *Player) seqLines(lines []sequence.Line) {
	s := &p.strip
	if s.names != p.names {
		s.names, s.lines = p.names, s.lines[:0]
	}
	o := s.out.Lines
	for i := range lines {
		l := &lines[i]
		if i == len(s.lines) || s.lines[i] != *l || l.Kind == sequence.Exchange {
			s.lines = append(s.lines[:i], *l)
			o = append(o[:i], p.line(l))
			continue
		}
		o = o[:i+1]
	}
	s.lines = s.lines[:len(lines)]
	s.out.Lines = o
}

func (p *Player) line(l *sequence.Line) SeqLine {
	n := p.names
	switch l.Kind {
	case sequence.Process:
		return SeqLine{ID: processID(n, l.Name), Kind: "process", Label: n.Text(l.Name)}
	case sequence.Exchange:
		out := SeqLine{ID: exchangeID(n, l.VHost, l.Name), Kind: "exchange", Label: orText(n.Text(l.Name), "(default)"), Sub: "default"}
		if l.Name != 0 {
			out.Sub = ""
			if x := p.State().ExchangeSlot(l.VHost, l.Name); x != 0 {
				out.Sub = n.Text(p.State().Exchanges.At(x).Type)
			}
		}
		return out
	}
	return SeqLine{ID: queueID(n, l.VHost, l.Name), Kind: "queue", Label: n.Text(l.Name)}
}

var spanStates = [...]string{"waiting", "answered", "failed", "timeout", "running", "done", "raised"}

func (p *Player) seqSpan(s *sequence.Span) SeqSpan {
	out := SeqSpan{Line: s.Line, D0: s.Start, D1: s.End, Cls: s.Class, State: spanStates[s.State], Of: Subject{RPC: s.RPC}}
	if s.RPC.IsZero() {
		out.Of = Subject{Msg: s.Msg}
	}
	if s.State >= sequence.Running {
		out.Method = p.names.Text(s.Method)
		if s.End <= p.d {
			out.Took = s.Took
		}
	}
	if s.End > p.d && s.Start <= p.d {
		// How it ends is not known yet at this moment.
		out.State = "waiting"
		if s.State >= sequence.Running {
			out.State = "running"
		}
	} else if s.Start > p.d {
		out.State = "ahead"
	}
	return out
}

func (p *Player) arrow(a *sequence.Arrow) SeqArrow {
	out := SeqArrow{From: a.From, To: a.To, D0: a.Start, D1: a.End, Cls: a.Class, State: "ahead", Of: subject(a.Msg, a.RPC)}
	switch {
	case a.End <= p.d && a.Lost:
		out.State = "lost"
	case a.End <= p.d:
		out.State = "done"
	}
	return out
}
