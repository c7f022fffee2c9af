package player

import "rpcscope/engine/flow"

// announcer gathers what a screen reader should hear: ends, losses, births and
// deaths, not every hop. What is not fetched in time makes room for newer.
type announcer struct {
	heard uint64
	texts []string
}

// maxNews bounds what waits to be told.
const maxNews = 8

// listen takes in what was folded since the last time.
func (a *announcer) listen(p *Player) {
	at := p.cur.Position()
	if at <= a.heard || !p.Playing() {
		a.heard = at
		return
	}
	if at-a.heard > 2000 {
		a.heard = at - 2000
	}
	for c := p.tl.ReaderAt(a.heard); c.Index < at && c.Next() && c.Index < at; {
		if worthTelling(&c.Event) {
			if len(a.texts) == maxNews {
				a.texts = append(a.texts[:0], a.texts[1:]...)
			}
			a.texts = append(a.texts, sentence(p.names, &c.Event, nil))
		}
	}
	a.heard = at
}

// silence forgets what a jump passed over.
func (a *announcer) silence(p *Player) { a.heard = p.cur.Position() }

func (a *announcer) take() []string {
	t := a.texts
	a.texts = nil
	return t
}

func worthTelling(e *flow.Event) bool {
	if e.Has(flow.Snapshot) {
		return false
	}
	switch e.Kind {
	case flow.Reply, flow.Failure, flow.Timeout, flow.Drop, flow.Expire, flow.Return, flow.ProcessStop, flow.ProcessReady,
		flow.QueueDelete, flow.Lost:
		return true
	}
	return false
}
