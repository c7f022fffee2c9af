package player

import "rpcscope/engine/flow"

// logWindow keeps the rows of the last panel while nothing changed.
type logWindow struct {
	at, events uint64
	rows       []LogRow
	first      uint64
}

const (
	// logBefore and logAfter are how many rows stand before and after the playhead.
	logBefore = 120
	logAfter  = 40
)

// log returns the rows around the playhead and the number of the first, from 1.
func (p *Player) log() ([]LogRow, uint64) {
	w := &p.rows
	at := p.cur.Position()
	if w.rows != nil && w.at == at && w.events == p.tl.Events() {
		return w.rows, w.first
	}
	w.at, w.events = at, p.tl.Events()
	w.rows = make([]LogRow, 0, logBefore+logAfter)
	start, upTo := p.tl.Back(at, logBefore), p.tl.StepsBefore(at)
	n := p.tl.StepsBefore(start)
	after := 0
	for c := p.tl.ReaderAt(start); c.Next(); {
		if !drawn(&c.Event) {
			continue
		}
		n++
		if c.Index >= at {
			if after++; after > logAfter {
				break
			}
		} else if n+logBefore <= upTo {
			continue // too far back to be put into words
		}
		w.rows = append(w.rows, LogRow{I: n, D: c.D, T: c.Event.At, Kind: c.Event.Kind.String()})
		r := &w.rows[len(w.rows)-1]
		if class := c.Event.Class; class != flow.ClassOther || c.Event.Msg != 0 {
			r.Cls = class.String()
		}
		var m *flow.Message
		if c.HasMessage {
			m = &c.Message
		}
		r.Text, r.ID = sentence(p.names, &c.Event, m), p.subject(&c.Event)
	}
	w.first = 0
	if len(w.rows) > 0 {
		w.first = w.rows[0].I
	}
	return w.rows, w.first
}

// subject is the id of what an event is about.
func (p *Player) subject(e *flow.Event) string {
	switch {
	case e.Msg != 0 && e.Kind != flow.Reply && e.Kind != flow.Failure:
		return messageID(e.Msg)
	case !e.RPC.IsZero():
		return rpcID(e.RPC)
	case e.Queue != 0:
		return queueID(p.names, e.VHost, e.Queue)
	case e.Kind == flow.ExchangeDeclare || e.Kind == flow.ExchangeDelete:
		return exchangeID(p.names, e.VHost, e.Exchange)
	}
	if e.Process == 0 && e.Kind >= flow.Operator {
		return brokerID
	}
	return processID(p.names, e.Process)
}
