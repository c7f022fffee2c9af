package player

import (
	"cmp"

	"rpcscope/engine/flow"
	"rpcscope/engine/timeline"
)

// step moves by one event, hop or RPC, forward or back.
func (p *Player) step(by string, dir int) error {
	fits, ok := units[by]
	if !ok {
		return refuse("bad-step", "a step goes by event, hop or rpc")
	}
	p.playing = false
	p.unfollow()
	if dir < 0 {
		p.stepBack(fits, by == "event")
		return nil
	}
	// A step that still runs ends first.
	if p.goal.on {
		p.arriveNow()
	}
	p.stepForward(fits, by == "event")
	return nil
}

// units say which events a step of a unit ends at.
var units = map[string]func(*flow.Event) bool{"event": drawn, "hop": isHop, "rpc": isEnd}

// isHop: something arrived somewhere or set out.
func isHop(e *flow.Event) bool {
	switch e.Kind {
	case flow.Publish, flow.Route, flow.Enqueue, flow.Deliver, flow.Ack, flow.Return, flow.Requeue, flow.Drop, flow.Expire,
		flow.Reply, flow.Failure, flow.Timeout, flow.Dispatch, flow.RestRequest, flow.RestResponse:
		return !e.Has(flow.Snapshot)
	}
	return false
}

// isEnd: an RPC came to its end.
func isEnd(e *flow.Event) bool {
	switch e.Kind {
	case flow.Reply, flow.Failure, flow.Timeout, flow.LateReply, flow.Notification:
		return true
	case flow.Finish:
		return e.Class == flow.ClassCast || e.Class == flow.ClassFanout
	}
	return false
}

func (p *Player) arriveNow() {
	p.d = p.goal.d
	p.goal.on = false
	if p.goal.index != 0 {
		p.cur.SeekIndex(p.goal.index)
		p.goal.exact = true
	} else {
		p.cur.SeekTo(p.d)
	}
}

// stepForward goes to the next event that fits, which it looks for ahead of the playhead.
func (p *Player) stepForward(fits func(*flow.Event) bool, exact bool) {
	from := p.cur.Position()
	c, ok := p.find(from, func(e *flow.Event, d int64) bool { return fits(e) && (exact || d > p.d) })
	if !ok {
		p.ahead(p.end() + tail)
		p.goal = goal{on: true, d: max(p.d, min(p.end()+tail, p.complete())), rate: 4}
		return
	}
	g := goal{on: true, d: max(c.D, p.d)}
	if exact {
		g.index = c.Index + 1
	}
	g.rate = max(1, float64(g.d-p.d)/stepTime)
	p.goal = g
}

// searchEvents bounds how many events a search looks at, searchTime how far ahead the model runs for it, in display time.
const (
	searchEvents = 200_000
	searchTime   = 120_000_000_000
	// searchShares is how often the model may use up a frame's share.
	searchShares = 15
)

// find looks from event number from for one that fits, running the model ahead as need be.
func (p *Player) find(from uint64, fits func(e *flow.Event, d int64) bool) (*timeline.Cursor, bool) {
	limit := p.d + searchTime
	seen, waits := 0, 0
	c := p.tl.ReaderAt(from)
	for {
		for c.Next() {
			if fits(&c.Event, c.D) {
				p.ahead(c.D)
				return c, true
			}
			if seen++; seen > searchEvents {
				return nil, false
			}
		}
		known := p.tl.Events()
		if p.sim == nil || p.ended() || p.complete() > limit {
			return nil, false
		}
		p.allot()
		p.ahead(p.complete() + 1_000_000_000)
		if !p.sim.share.left() { // a scenario as heavy as that is looked through for some frames' time, not for good
			waits++
		}
		if p.tl.Events() == known && p.ended() || waits > searchShares {
			return nil, false
		}
	}
}

// stepBack goes to just after the last event that fits before where the playhead stands.
func (p *Player) stepBack(fits func(*flow.Event) bool, exact bool) {
	p.goal = goal{}
	at := p.cur.Position()
	if exact {
		// Take back the last step: stand after the one before it.
		last, ok := p.findBack(at, func(e *flow.Event, _ int64) bool { return fits(e) })
		if !ok {
			p.seek(p.tl.Start())
			return
		}
		at = last
	}
	limit := p.d
	n, ok := p.findBack(at, func(e *flow.Event, d int64) bool { return fits(e) && (exact || d < limit) })
	if !ok {
		p.seek(p.tl.Start())
		return
	}
	if exact {
		p.cur.SeekIndex(n + 1)
		p.d = min(p.d, max(p.State().D, p.tl.Start()))
		p.goal.exact = true
		p.news.silence(p)
		return
	}
	r := p.tl.ReaderAt(n)
	if r.Next() {
		p.seek(r.D)
	}
}

// findBack returns the number of the last event before number before that fits.
func (p *Player) findBack(before uint64, fits func(e *flow.Event, d int64) bool) (uint64, bool) {
	for before > p.tl.First() {
		start := p.tl.Back(before-1, 0)
		c := p.tl.ReaderAt(start)
		found, ok := uint64(0), false
		for c.Next() && c.Index < before {
			if fits(&c.Event, c.D) {
				found, ok = c.Index, true
			}
		}
		if ok {
			return found, true
		}
		before = start
	}
	return 0, false
}

// jump goes to the next or last moment of a sort.
func (p *Player) jump(to string, dir int) error {
	switch to {
	case "start":
		p.unfollow()
		p.seek(p.tl.Start())
		return nil
	case "end":
		if p.mode == Live {
			p.follow()
			return nil
		}
		if p.feed != nil {
			p.feed.follow = !p.feed.ended // the rest of a recording that is still being read
		}
		p.seek(p.end())
		return nil
	}
	fits, ok := marks[to]
	if to == "reply" && p.sim == nil && !p.State().Tells() {
		fits = isReplyDelivery
	}
	if !ok {
		return refuse("bad-jump", "one can jump to a reply, timeout, drop or fault, to the start or the end")
	}
	p.unfollow()
	if dir < 0 {
		n, ok := p.findBack(p.cur.Position(), func(e *flow.Event, d int64) bool { return fits(e) && d < p.d })
		if !ok {
			return refuse("not-found", "there is no earlier "+to)
		}
		if r := p.tl.ReaderAt(n); r.Next() {
			p.seek(r.D)
		}
		return nil
	}
	c, ok := p.find(p.cur.Position(), func(e *flow.Event, d int64) bool { return fits(e) && d > p.d })
	if !ok {
		return refuse("not-found", "there is no later "+to)
	}
	p.seek(c.D)
	return nil
}

var marks = map[string]func(*flow.Event) bool{
	"reply":   func(e *flow.Event) bool { return e.Kind == flow.Reply || e.Kind == flow.Failure },
	"timeout": func(e *flow.Event) bool { return e.Kind == flow.Timeout },
	"fault":   isFault,
	"drop": func(e *flow.Event) bool {
		return e.Kind == flow.Drop || e.Kind == flow.Expire || e.Kind == flow.Return || e.Kind == flow.Route && e.Has(flow.NoRoute)
	},
}

// isFault: where somebody or something interferes with programs and broker.
func isFault(e *flow.Event) bool {
	return e.Kind == flow.Operator || e.Kind == flow.AlarmSet || e.Kind == flow.BrokerStop
}

// isReplyDelivery: in a broker's trace an answer shows by its delivery only.
func isReplyDelivery(e *flow.Event) bool {
	return e.Kind == flow.Deliver && e.Class == flow.ClassReply || e.Kind == flow.Reply || e.Kind == flow.Failure
}

// repace gives the whole log display times on an axis that runs slow times slower than stream time. The playhead keeps its event.
func (p *Player) repace(slow int64) {
	at := p.State().At
	folded := p.State().Counters.Events > 0
	p.slow = slow
	playing, g, ids := p.playing, p.goal, p.sel
	p.goal = goal{}
	if p.sim != nil {
		p.repaceModel()
	} else {
		p.repaceLog()
	}
	p.playing, p.sel = playing, ids
	p.sel.stale = true
	if g.on {
		p.playing = false
	}
	if !folded {
		p.seek(0)
		return
	}
	p.seek(p.shownAt(at))
}

// shownAt is when the last event of stream time up to at is shown.
func (p *Player) shownAt(at int64) int64 {
	p.ahead(p.pacer.Base(at))
	d := int64(0)
	for c := p.tl.ReaderAt(p.tl.First()); c.Next(); {
		if c.Event.At <= at {
			d = c.D
		} else if c.Event.At > at+5_000_000_000 {
			break
		}
	}
	return d
}

// repaceModel runs the scenario again from its start: the same events on another axis.
func (p *Player) repaceModel() {
	s := p.sim
	until := p.State().At
	p.restart(p.paceConfig())
	if err := s.begin(p); err != nil {
		return // it began once before
	}
	for _, list := range [][]deed{p.past, p.future} {
		for i := range list {
			forgetPlaces(list[i].acts.before)
			forgetPlaces(list[i].acts.after)
		}
	}
	forgetPlaces(s.done)
	s.share = whole()
	for s.world.Now() < until && !s.over {
		s.run(p, min(until, s.world.Now()+slice))
	}
}

func forgetPlaces(acts []act) {
	for i := range acts {
		acts[i].d = -1
	}
}

// repaceLog paces what the log holds once more.
func (p *Player) repaceLog() {
	old := p.tl
	p.pacer.Flush()
	type kept struct {
		e flow.Event
		m *flow.Message
	}
	var all []kept
	for c := old.ReaderAt(old.First()); c.Next(); {
		k := kept{e: c.Event}
		if c.HasMessage {
			m := c.Message
			k.m = &m
		}
		all = append(all, k)
	}
	// The log is in the order of display; a stable order by time is that of the stream, but for events of one instant, which keep theirs.
	flow.SortStable(all, func(a, b kept) int { return cmp.Compare(a.e.At, b.e.At) })
	p.restart(p.paceConfig())
	for i := range all {
		p.pacer.Emit(&all[i].e, all[i].m)
	}
	if p.feed.ended {
		p.pacer.Flush()
	}
}
