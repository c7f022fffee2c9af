package player

import (
	"encoding/hex"
	"strconv"

	"rpcscope/engine/flow"
)

// AppendLong appends what a panel has much of, as members of its JSON object: "seq" and "log".
// The rest is written by wasm/bridge.
func (pan *Panel) AppendLong(b []byte) []byte {
	b = append(b, `"seq":`...)
	b = pan.Seq.appendJSON(b)
	b = append(b, `,"log":[`...)
	for i := range pan.Log {
		r := &pan.Log[i]
		b = number(next(b, `{"i":`), int(r.I))
		b = millis(append(b, `,"d":`...), r.D)
		b = millis(append(b, `,"t":`...), r.T)
		b = word(append(b, `,"kind":`...), r.Kind)
		b = word(append(b, `,"cls":`...), r.Cls)
		b = flow.AppendJSONText(append(b, `,"text":`...), flow.Visible(r.Text))
		b = flow.AppendJSONText(append(b, `,"id":`...), r.ID)
		b = append(b, '}')
	}
	return append(b, ']')
}

func (s *Seq) appendJSON(b []byte) []byte {
	b = millis(append(b, `{"d0":`...), s.D0)
	b = millis(append(b, `,"d1":`...), s.D1)
	b = append(b, `,"lines":[`...)
	for i := range s.Lines {
		l := &s.Lines[i]
		b = flow.AppendJSONText(next(b, `{"id":`), l.ID)
		b = word(append(b, `,"kind":`...), l.Kind)
		b = flow.AppendJSONText(append(b, `,"label":`...), flow.Visible(l.Label))
		b = flow.AppendJSONText(append(b, `,"sub":`...), flow.Visible(l.Sub))
		b = append(b, '}')
	}
	b = append(b, `],"spans":[`...)
	for i := range s.Spans {
		x := &s.Spans[i]
		b = number(next(b, `{"line":`), x.Line)
		b = x.stretch(b)
	}
	b = append(b, `],"arrows":[`...)
	for i := range s.Arrows {
		x := &s.Arrows[i]
		b = number(next(b, `{"from":`), x.From)
		b = number(append(b, `,"to":`...), x.To)
		b = millis(append(b, `,"d0":`...), x.D0)
		b = millis(append(b, `,"d1":`...), x.D1)
		b = word(append(b, `,"cls":`...), x.Cls.String())
		b = word(append(b, `,"state":`...), x.State)
		b = x.Of.append(b)
	}
	b = append(b, `],"gaps":[`...)
	for i := range s.Gaps {
		g := &s.Gaps[i]
		b = millis(next(b, `{"d0":`), g.D0)
		b = millis(append(b, `,"d1":`...), g.D1)
		b = millis(append(b, `,"ms":`...), g.Took)
		b = append(b, '}')
	}
	b = append(b, `],"ticks":[`...)
	for i := range s.Ticks {
		t := &s.Ticks[i]
		b = millis(next(b, `{"d":`), t.D)
		b = word(append(b, `,"cls":`...), t.Cls.String())
		b = word(append(b, `,"kind":`...), t.Kind.String())
		b = t.Of.append(b)
	}
	return s.appendBands(append(b, ']'))
}

func (s *Seq) appendBands(b []byte) []byte {
	b = number(append(b, `,"cols":`...), s.Cols)
	b = append(b, `,"bands":[`...)
	for i := range s.Bands {
		x := &s.Bands[i]
		b = number(next(b, `{"line":`), x.Line)
		b = word(append(b, `,"cls":`...), x.Cls.String())
		b = number(append(b, `,"c0":`...), x.C0)
		b = append(b, `,"n":[`...)
		for k, n := range x.N {
			if k > 0 {
				b = append(b, ',')
			}
			b = strconv.AppendUint(b, uint64(n), 10)
		}
		b = append(b, ']', '}')
	}
	return append(b, ']', '}')
}

// stretch appends a span, its line excepted.
func (s *SeqSpan) stretch(b []byte) []byte {
	b = millis(append(b, `,"d0":`...), s.D0)
	b = millis(append(b, `,"d1":`...), s.D1)
	b = word(append(b, `,"cls":`...), s.Cls.String())
	b = flow.AppendJSONText(append(b, `,"label":`...), flow.Visible(s.Label()))
	b = word(append(b, `,"state":`...), s.State)
	return s.Of.append(b)
}

// append closes an object with the id of what it is of.
func (s *Subject) append(b []byte) []byte {
	b = append(b, `,"id":"`...)
	switch {
	case s.Msg != 0:
		b = strconv.AppendUint(append(b, 'm', ':'), uint64(s.Msg), 10)
	case !s.RPC.IsZero():
		b = hex.AppendEncode(append(b, 'r', ':'), s.RPC[:])
	}
	return append(b, '"', '}')
}

// next begins another element of a list.
func next(b []byte, text string) []byte {
	if b[len(b)-1] != '[' {
		b = append(b, ',')
	}
	return append(b, text...)
}

func number(b []byte, n int) []byte { return strconv.AppendInt(b, int64(n), 10) }

// word appends one of the program's own words, which need no escaping.
func word(b []byte, s string) []byte {
	b = append(b, '"')
	b = append(b, s...)
	return append(b, '"')
}

// millis appends nanoseconds as milliseconds, exactly.
func millis(b []byte, ns int64) []byte {
	if ns < 0 {
		b, ns = append(b, '-'), -ns
	}
	b = strconv.AppendInt(b, ns/ms, 10)
	rest := ns % ms
	if rest == 0 {
		return b
	}
	b = append(b, '.')
	for unit := int64(ms / 10); rest > 0; unit /= 10 {
		b = append(b, byte('0'+rest/unit))
		rest %= unit
	}
	return b
}
