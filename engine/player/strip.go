package player

import (
	"rpcscope/engine/flow"
	"rpcscope/engine/sequence"
)

// stripMaker keeps the window of the sequence strip and what was drawn for it.
type stripMaker struct {
	maker  sequence.Maker
	d0, d1 int64
}

const (
	// stripWhole is how long a stream may be that the strip shows from end to end, stripWindow how much it shows of a longer one.
	stripWhole  = 14_000_000_000
	stripWindow = 10_000_000_000
	// stripBack is how far before the window it reads, for spans and arrows that began there.
	stripBack = 8_000_000_000
	stripLess = 3_500_000_000
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
	if s.d1 == 0 || p.d < s.d0 || p.d > s.d0+(s.d1-s.d0)*4/5 {
		s.d0 = max(start, p.d-stripWindow/4)
		if p.d < start+stripWindow/2 {
			s.d0 = start
		}
		s.d1 = s.d0 + stripWindow
	}
	return s.d0, s.d1
}

// sequence makes the strip.
func (p *Player) sequence() Seq {
	d0, d1 := p.span()
	mk := &p.strip.maker
	mk.Begin(d0, d1)
	mk.Keep(p.sel.rpc, p.sel.msg)
	for c := p.tl.Reader(d0 - stripBack); c.Next() && c.D <= d1; {
		var m *flow.Message
		if c.HasMessage {
			m = &c.Message
		}
		mk.Add(c.D, c.HopEnd, &c.Event, m)
	}
	s := mk.Strip()
	out := Seq{
		D0: float64(d0) / ms, D1: float64(d1) / ms, Cols: sequence.Columns, Bands: []SeqBand{},
		Lines: make([]SeqLine, 0, len(s.Lines)), Spans: make([]SeqSpan, 0, len(s.Spans)),
		Arrows: make([]SeqArrow, 0, len(s.Arrows)), Gaps: []SeqGap{}, Ticks: make([]SeqTick, 0, len(s.Ticks)),
	}
	for i := range s.Lines {
		out.Lines = append(out.Lines, p.line(&s.Lines[i]))
	}
	for i := range s.Spans {
		out.Spans = append(out.Spans, p.seqSpan(&s.Spans[i]))
	}
	for i := range s.Arrows {
		out.Arrows = append(out.Arrows, p.arrow(&s.Arrows[i]))
	}
	for i := range s.Ticks {
		t := &s.Ticks[i]
		id := rpcID(t.RPC)
		if t.Msg != 0 {
			id = messageID(t.Msg)
		}
		out.Ticks = append(out.Ticks, SeqTick{D: float64(t.D) / ms, Cls: t.Class.String(), Kind: t.Kind.String(), ID: id})
	}
	for i := range s.Bands {
		b := &s.Bands[i]
		out.Bands = append(out.Bands, SeqBand{Line: b.Line, Cls: b.Class.String(), C0: b.First, N: append([]uint32(nil), b.N...)})
	}
	for _, g := range p.pacer.Gaps() {
		if g.End >= d0 && g.Start <= d1 && (g.To-g.From)*p.slow > g.End-g.Start {
			out.Gaps = append(out.Gaps, SeqGap{D0: float64(g.Start) / ms, D1: float64(g.End) / ms, Ms: float64(g.To-g.From) / ms})
		}
	}
	return out
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
	out := SeqSpan{
		Line: s.Line, D0: float64(s.Start) / ms, D1: float64(s.End) / ms, Cls: s.Class.String(), State: spanStates[s.State],
		ID: rpcID(s.RPC),
	}
	if out.ID == "" {
		out.ID = messageID(s.Msg)
	}
	if s.State >= sequence.Running {
		out.Label = p.names.Text(s.Method)
		if s.Took > 0 && s.End <= p.d {
			out.Label += " " + duration(s.Took)
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
	out := SeqArrow{From: a.From, To: a.To, D0: float64(a.Start) / ms, D1: float64(a.End) / ms, Cls: a.Class.String(), State: "ahead"}
	if a.Msg != 0 {
		out.ID = messageID(a.Msg)
	} else {
		out.ID = rpcID(a.RPC)
	}
	switch {
	case a.End <= p.d && a.Lost:
		out.State = "lost"
	case a.End <= p.d:
		out.State = "done"
	}
	return out
}
