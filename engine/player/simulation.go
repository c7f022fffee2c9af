package player

import (
	"errors"

	"rpcscope/engine/flow"
	"rpcscope/engine/pace"
	"rpcscope/engine/scenario"
)

// simulation is a world that runs a little ahead of the playhead.
type simulation struct {
	doc   *scenario.Document
	world *scenario.World
	// ended: nothing is left to happen, or the scenario ran away (failed says so).
	ended  bool
	failed error

	// done are the commands that hold, in order; undone what undo took back.
	done         []act
	past, future []change
	checkpoints  []checkpoint
	// since is the stream time of the last checkpoint, and the number of events then.
	sinceAt     int64
	sinceEvents uint64
}

// act is a command at a stream time t; d is its display time, below 0 while that has to be found on a new axis.
type act struct {
	t, d int64
	cmd  scenario.Command
}

func (a *act) same(b *act) bool { return a.t == b.t && a.cmd == b.cmd }

// change is what one command did to the list of acts: what it displaced makes undo possible.
type change struct {
	t             int64
	before, after []act
}

// checkpoint is a world and a pacer to run on from, with how many acts they have seen and how many paced events have left.
type checkpoint struct {
	at     int64
	world  *scenario.World
	pacer  *pace.Pacer
	acts   int
	events uint64
}

const (
	// maxCheckpoints bounds their memory; they thin out towards the past.
	maxCheckpoints = 16
	// checkpointEvery is how many events lie between two at least, checkpointTime how much stream time.
	checkpointEvery = 400
	checkpointTime  = 300_000_000
	// maxUndo bounds the steps that can be undone.
	maxUndo = 200
	// frameEvents bounds how many events the model makes in one frame, so that a heavy scenario slows the playhead instead of the page.
	frameEvents = 20_000
	// slice is how far the model runs at a time, in nanoseconds of stream time.
	slice = 50_000_000
)

// load starts a scenario.
func (p *Player) load(c Command) error {
	data := c.Doc
	if len(data) == 0 {
		found := false
		if p.cfg.Scenario != nil {
			data, found = p.cfg.Scenario(c.Scenario)
		}
		if !found {
			return refuse("unknown-scenario", "there is no built-in scenario "+c.Scenario)
		}
	}
	doc, err := scenario.Parse(data)
	if err != nil {
		return sceneError(err)
	}
	seed := c.Seed
	if seed == 0 {
		seed = doc.Seed
	}
	if seed == 0 {
		seed = 1
	}
	playing := p.playing || p.list == nil
	p.reset(Sim)
	p.title, p.seed, p.scenario = doc.Title, seed, c.Scenario
	if p.scenario == "" {
		p.scenario = doc.Name
	}
	p.sim = &simulation{doc: doc}
	if err := p.sim.begin(p); err != nil {
		return err
	}
	p.playing = playing
	p.ahead(0)
	p.d = p.opening()
	p.settle()
	return nil
}

// leadIn is the longest silence at the start that is passed over, in nanoseconds of display time.
const leadIn = 500_000_000

// opening is where the playhead of a new session stands: at the first departure of a message when that is near, else at the start.
func (p *Player) opening() int64 {
	for c := p.tl.ReaderAt(0); c.Next() && c.D <= leadIn; {
		if c.HopEnd > c.D && !c.Event.Has(flow.Snapshot) {
			return c.D
		}
	}
	return 0
}

func sceneError(err error) error {
	var e *scenario.Error
	if errors.As(err, &e) {
		return &Error{Code: "bad-scenario", Text: e.Error(), Path: e.Path}
	}
	return refuse("bad-scenario", err.Error())
}

// begin makes the world at time zero, into an empty log.
func (s *simulation) begin(p *Player) error {
	w, err := scenario.NewWorld(s.doc, p.seed, p.names, p.pacer)
	if err != nil {
		return sceneError(err)
	}
	s.world, s.ended, s.failed = w, false, nil
	s.checkpoints = nil
	s.checkpoint(p, 0)
	return nil
}

// checkpoint keeps the world as it is, when acts commands have been carried out.
func (s *simulation) checkpoint(p *Player, acts int) {
	c := checkpoint{at: s.world.Now(), world: s.world.Clone(), pacer: p.pacer.Clone(), acts: acts, events: p.tl.Events()}
	s.checkpoints = append(s.checkpoints, c)
	s.sinceAt, s.sinceEvents = c.at, c.events
	if len(s.checkpoints) <= maxCheckpoints {
		return
	}
	// The one goes that leaves the smallest hole for its age.
	best, least := 1, 0.0
	for i := 1; i < len(s.checkpoints)-1; i++ {
		hole := float64(s.checkpoints[i+1].at - s.checkpoints[i-1].at)
		age := float64(c.at-s.checkpoints[i].at) + 1e9
		if h := hole / age; i == 1 || h < least {
			best, least = i, h
		}
	}
	s.checkpoints = append(s.checkpoints[:best], s.checkpoints[best+1:]...)
}

// ahead runs the model until everything up to display time d is known, or it has done its share for one frame.
func (s *simulation) ahead(p *Player, d int64) {
	start := p.tl.Events()
	for !s.ended && p.pacer.Certain(s.world.Now()) < d {
		next, ok := s.world.NextAt()
		if !ok || s.doc.Until > 0 && next > s.doc.Until {
			s.finish(p)
			return
		}
		to := s.world.Now() + slice
		if p.slow > 1 {
			to = min(to, s.world.Now()+max(1, 200_000_000/p.slow))
		}
		s.run(p, max(to, next))
		if made := p.tl.Events() - start + uint64(p.pacer.Pending()); made > frameEvents {
			return
		}
	}
}

func (s *simulation) finish(p *Player) {
	s.ended = true
	p.pacer.Flush()
}

// run moves the world to stream time t.
func (s *simulation) run(p *Player, t int64) {
	if err := s.world.RunUntil(t); err != nil {
		s.failed = err
		s.finish(p)
		return
	}
	p.pacer.Advance(t)
	if t-s.sinceAt >= checkpointTime && p.tl.Events()-s.sinceEvents >= checkpointEvery {
		s.checkpoint(p, len(s.done))
	}
}

// send carries a command out at the playhead: what was ahead is taken back.
func (s *simulation) send(p *Player, cmd scenario.Command) error {
	d := p.d
	t := max(p.streamAt(d), p.State().At)
	kept := s.done
	for len(kept) > 0 && kept[len(kept)-1].t > t {
		kept = kept[:len(kept)-1]
	}
	before := s.done
	after := append(append([]act(nil), kept...), act{t, d, cmd})
	s.done = after
	if err := s.rerun(p, len(kept), d); err != nil {
		s.done = before
		_ = s.rerun(p, len(kept), d)
		return sceneError(err)
	}
	s.past = append(s.past, change{t, before, after})
	if len(s.past) > maxUndo {
		s.past = append(s.past[:0], s.past[1:]...)
	}
	s.future = nil
	return nil
}

// rerun takes back what follows display time d and runs again from the nearest
// checkpoint, where the first same acts are as before.
func (s *simulation) rerun(p *Player, same int, d int64) error {
	t := p.streamAt(d)
	for _, a := range s.done[same:] {
		t = min(t, a.t)
	}
	i := len(s.checkpoints) - 1
	for i > 0 && (s.checkpoints[i].at > t || s.checkpoints[i].acts > same) {
		i--
	}
	c := &s.checkpoints[i]
	// What happens at d itself may be the command's own doing.
	p.tl.Truncate(d - 1)
	skip := &skipper{next: p.tl, n: int64(p.tl.Events()) - int64(c.events)}
	p.pacer = c.pacer.Clone()
	p.pacer.SetSink(skip)
	s.world = c.world.Clone()
	s.world.SetSink(p.pacer)
	s.ended, s.failed = false, nil
	acts := c.acts
	clear(s.checkpoints[i+1:])
	s.checkpoints = s.checkpoints[:i+1]
	s.sinceAt, s.sinceEvents = c.at, c.events
	for i := acts; i < len(s.done); i++ {
		if err := s.carryOut(p, &s.done[i]); err != nil {
			return err
		}
	}
	s.catchUp(p, skip)
	p.pacer.SetSink(p.tl)
	p.goal = goal{}
	p.cur.SeekTo(p.d)
	p.sel.stale = true
	return nil
}

// catchUp runs until the log holds again what it held up to the cut.
func (s *simulation) catchUp(p *Player, skip *skipper) {
	for skip.n > 0 && !s.ended {
		next, ok := s.world.NextAt()
		if !ok {
			s.finish(p)
			return
		}
		s.run(p, max(s.world.Now()+slice, next))
	}
	s.ahead(p, p.d+lookAhead)
}

// skipper lets the first n events pass unrecorded: the log has them already.
type skipper struct {
	next pace.Sink
	n    int64
}

func (k *skipper) Paced(d, end int64, e *flow.Event, m *flow.Message) {
	if k.n > 0 {
		k.n--
		return
	}
	k.next.Paced(d, end, e, m)
}

// undo takes back the last command, redo does it again.
func (s *simulation) undo(p *Player) error {
	if len(s.past) == 0 {
		return refuse("nothing-to-undo", "there is nothing to undo")
	}
	c := s.past[len(s.past)-1]
	s.past = s.past[:len(s.past)-1]
	s.future = append(s.future, c)
	return s.restore(p, c.before, c.t)
}

func (s *simulation) redo(p *Player) error {
	if len(s.future) == 0 {
		return refuse("nothing-to-redo", "there is nothing to redo")
	}
	c := s.future[len(s.future)-1]
	s.future = s.future[:len(s.future)-1]
	s.past = append(s.past, c)
	return s.restore(p, c.after, c.t)
}

// restore makes acts the ones that hold; they differ from those before at or after stream time t.
func (s *simulation) restore(p *Player, acts []act, t int64) error {
	same := 0
	for same < len(acts) && same < len(s.done) && acts[same].same(&s.done[same]) {
		same++
	}
	s.done = acts
	d := max(p.tl.Start(), min(p.placeOf(t), p.end()))
	p.d = min(p.d, d)
	return s.rerun(p, same, d)
}

// carryOut runs to the act's time and does it there, at its display time.
func (s *simulation) carryOut(p *Player, a *act) error {
	if err := s.world.RunUntil(a.t); err != nil {
		s.failed = err
		s.finish(p)
		return nil
	}
	p.pacer.Advance(a.t)
	if a.d < 0 {
		// On a new axis: where it falls, or at the end of a silence if it breaks one.
		a.d = p.pacer.Base(a.t)
		if c := p.paceConfig(); c.Silence > 0 && a.d-p.pacer.Last() > c.Silence {
			a.d = p.pacer.Last() + c.Skipped
		}
	}
	p.pacer.Pin(a.t, a.d)
	return s.world.Do(a.cmd)
}
