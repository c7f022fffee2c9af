package player

import "rpcscope/engine/flow"

// goal is where a step leads: the playhead goes there at its own pace and stops.
type goal struct {
	on bool
	d  int64
	// index, when exact is wanted, is how many events are folded there.
	index uint64
	// exact: the playhead stands between events of one display time.
	exact bool
	rate  float64
}

// stepTime is how long a step takes on the screen, in nanoseconds; longer ways go faster.
const stepTime = 400_000_000

// advance moves the playhead by wall time.
func (p *Player) advance(wall int64) {
	if p.feed != nil {
		p.feed.advance(p, wall)
		p.d = max(p.d, p.tl.Start()) // what the log had to drop cannot be shown
	}
	if p.goal.on {
		p.toGoal(wall)
		return
	}
	if !p.playing || p.mode == Live && p.feed.follow {
		return
	}
	p.goal.exact = false
	want := p.d + int64(float64(wall)*p.speed*float64(p.slow))
	p.ahead(want)
	limit := p.complete()
	if p.ended() {
		limit = p.end() + tail
	}
	p.d = max(p.d, min(want, limit))
	if !p.ended() || p.d < p.end()+tail {
		return
	}
	if p.loop && p.mode != Live {
		p.seek(p.tl.Start())
		return
	}
	p.playing = false
}

func (p *Player) toGoal(wall int64) {
	g := &p.goal
	p.ahead(g.d)
	if p.reduced {
		p.d = g.d
	} else if g.d > p.d {
		p.d = min(g.d, p.d+int64(float64(wall)*g.rate))
	}
	if p.d < g.d {
		return
	}
	p.d = g.d
	g.on = false
	if g.index != 0 {
		p.cur.SeekIndex(g.index)
		g.exact = true
	}
}

// ahead makes the stream known up to display time d and the look-ahead beyond it.
func (p *Player) ahead(d int64) {
	if p.sim == nil {
		return
	}
	look := int64(lookAhead)
	if p.sel.msg != 0 || !p.sel.rpc.IsZero() {
		look = lifeAhead
	}
	p.sim.ahead(p, d+look)
}

// lookAhead is how far the model runs before the playhead, in nanoseconds of the axis: enough to know both ends of a hop.
const lookAhead = 1_000_000_000

// seek puts the playhead at d and folds.
func (p *Player) seek(d int64) {
	p.goal = goal{}
	p.jumped = true
	p.ahead(d)
	hi := p.complete()
	if p.ended() {
		hi = p.end() + tail
	}
	p.d = max(p.tl.Start(), min(d, hi))
	p.cur.SeekTo(p.d)
	p.news.silence(p)
}

// drawn reports whether an event of this kind is a step for a person: methods, confirms and ticks are not.
func drawn(e *flow.Event) bool {
	switch e.Kind {
	case flow.Method, flow.Confirm, flow.Tick, flow.Note, flow.Depth, flow.ChannelOpen, flow.ChannelClose:
		return false
	}
	return !e.Has(flow.Snapshot)
}
