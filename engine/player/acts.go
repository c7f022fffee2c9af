package player

import "rpcscope/engine/scenario"

// act is a command at a stream time t; d is its display time, below 0 while that has to be found on a new axis.
type act struct {
	t, d int64
	cmd  scenario.Command
}

func (a *act) same(b *act) bool { return a.t == b.t && a.cmd == b.cmd }

// change is what one command did to the list of acts: what it displaced makes undo possible.
type change struct{ before, after []act }

// send carries a command out at the playhead: what was ahead is taken back.
func (s *simulation) send(p *Player, cmd scenario.Command) error {
	d, t := p.d, s.moment(p)
	kept := s.done
	for len(kept) > 0 && (kept[len(kept)-1].t > t || kept[len(kept)-1].d > d) {
		kept = kept[:len(kept)-1]
	}
	before := s.done
	after := append(kept[:len(kept):len(kept)], act{t, d, cmd})
	s.done = after
	s.rewind(p, len(kept), t, d)
	for s.next < len(s.done) {
		if err := s.carryOut(p); err != nil {
			s.done, s.unsaved = before, false
			s.rewind(p, len(kept), t, d)
			return sceneError(err)
		}
	}
	s.unsaved = true
	p.did(deed{acts: change{before, after}})
	return nil
}

// moment is the stream time at which a command is carried out: the one that the clock shows. The playhead may stand
// where the axis does not run with the stream – in a silence that it leaves out, or where messages that were under way for microseconds
// are shown on their way for seconds – and the clock must not jump, nor may the model be further than what is seen. So
// the axis is pinned there: display time d is stream time t from then on ([pace.Pacer.Pin]).
func (s *simulation) moment(p *Player) int64 {
	for i := len(s.done) - 1; i >= 0; i-- {
		if a := &s.done[i]; a.d == p.d {
			return a.t // of one moment on the axis, of one moment in the stream
		}
	}
	return p.now()
}

// rewind takes back what follows display time d and stands at the nearest checkpoint before stream
// time t of which the first same acts are as before. The model runs from there when it is asked to.
func (s *simulation) rewind(p *Player, same int, t, d int64) {
	p.goal = goal{}
	p.sel.stale = true
	if s.unsaved && s.next == same && s.world.Now() == t && s.done[same-1].d == d {
		return // it stands there
	}
	// What happens at d itself may be the command's own doing.
	p.tl.Truncate(d - 1)
	i := len(s.checkpoints) - 1
	for i > 0 && (s.checkpoints[i].at > t || s.checkpoints[i].acts > same || s.checkpoints[i].events > p.tl.Events()) {
		i--
	}
	c := &s.checkpoints[i]
	p.pacer = c.pacer.Clone()
	p.pacer.SetSink(&s.out)
	s.world = c.world.Clone()
	s.world.SetSink(p.pacer)
	s.next, s.out.told = c.acts, c.events
	s.goOn(p)
	clear(s.checkpoints[i+1:])
	s.checkpoints = s.checkpoints[:i+1]
	s.sinceAt, s.sinceEvents, s.unsaved = c.at, c.events, false
	p.cur.SeekTo(p.d)
}

// restore makes acts the ones that hold.
func (s *simulation) restore(p *Player, acts []act) {
	same := 0
	for same < len(acts) && same < len(s.done) && acts[same].same(&s.done[same]) {
		same++
	}
	t, d := int64(1<<62), int64(1<<62)
	for _, list := range [][]act{acts, s.done} {
		if same < len(list) {
			a := &list[same]
			t = min(t, a.t)
			if a.d >= 0 {
				d = min(d, a.d)
			} else {
				d = min(d, p.placeOf(a.t))
			}
		}
	}
	s.done = acts
	d = max(p.tl.Start(), min(d, p.end()))
	p.d = min(p.d, d)
	s.rewind(p, same, t, d)
	p.ahead(p.d)
}

// carryOut runs to the next act's time and does it there, at its display time.
func (s *simulation) carryOut(p *Player) error {
	a := &s.done[s.next]
	s.next++
	left := whole()
	if !s.moveTo(p, a.t, &left) {
		return nil
	}
	if a.d < 0 {
		// On a new axis: where it falls, or at the end of a silence if it breaks one.
		a.d = p.pacer.Base(a.t)
		if c := p.paceConfig(); c.Silence > 0 && a.d-p.pacer.Last() > c.Silence {
			a.d = p.pacer.Last() + c.Skipped
		}
	}
	p.pacer.Pin(a.t, a.d)
	p.pacer.Advance(a.t)
	return s.world.Do(a.cmd)
}
