package player

import (
	"rpcscope/engine/flow"
	"rpcscope/engine/timeline"
)

// announcer gathers what a screen reader should hear: ends, losses, births and
// deaths, not every hop. What is not fetched in time makes room for newer.
type announcer struct {
	heard uint64
	// news is what waits to be told; it is put into words when it is fetched, as most of it never is.
	news [maxNews]flow.Event
	n    int
	// texts are those that were put into words already, as their names went.
	texts  []string
	reader *timeline.Cursor
}

// maxNews bounds what waits to be told.
const maxNews = 8

// listen takes in what was folded since the last time. It does not allocate once warm.
func (a *announcer) listen(p *Player) {
	at := p.cur.Position()
	if at <= a.heard || !p.Playing() {
		a.heard = at
		return
	}
	if at-a.heard > 2000 {
		a.heard = at - 2000
	}
	if a.reader == nil {
		a.reader = p.tl.ReaderAt(a.heard)
	}
	c := a.reader
	for c.Reread(a.heard); c.Number() < at && c.Next(); {
		if !worthTelling(&c.Event) {
			continue
		}
		if a.n == maxNews {
			a.n = copy(a.news[:], a.news[1:])
		}
		a.news[a.n] = c.Event
		a.n++
	}
	a.heard = at
}

// silence forgets what a jump passed over.
func (a *announcer) silence(p *Player) { a.heard = p.cur.Position() }

// word puts into words what waits, and forgets where it read: the names are about to change.
func (a *announcer) word(n *flow.Names) {
	for i := range a.news[:a.n] {
		a.texts = append(a.texts, sentence(n, &a.news[i], nil))
	}
	a.texts = a.texts[max(0, len(a.texts)-maxNews):]
	a.n, a.reader = 0, nil
}

func (a *announcer) take(n *flow.Names) []string {
	reader := a.reader
	a.word(n)
	a.reader = reader
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
		flow.QueueDelete, flow.Lost, flow.Operator, flow.BrokerStart, flow.ConnectionBlock:
		return true
	}
	return false
}
