package player

import (
	"errors"

	"rpcscope/engine/flow"
	"rpcscope/engine/pace"
	"rpcscope/engine/scenario"
	"rpcscope/engine/timeline"
)

// simulation is a world that runs a little ahead of the playhead.
type simulation struct {
	doc   *scenario.Document
	world *scenario.World
	// over: nothing is left to happen, or the scenario ran away (failed says so). ended: all of it has left the pacer, too.
	over, ended bool
	failed      error

	// done are the commands that hold, in order; next is the first of them that the world has not seen yet.
	done        []act
	next        int
	checkpoints []checkpoint
	// to is the stream time up to which the model was running when it had done its share for a frame, 0 when it was not.
	to    int64
	share share
	// unsaved: acts were carried out since the last checkpoint, and the world stands at their moment still.
	unsaved bool
	// out is where the pacer's events go.
	out tape
	// since is the stream time of the last checkpoint, and the number of events then.
	sinceAt     int64
	sinceEvents uint64
}

// tape appends to the log what the log does not have yet: when the model runs again from a
// checkpoint, the first events are those that are there already. told is how many came out so far.
type tape struct {
	log  *timeline.Timeline
	told uint64
}

func (t *tape) Paced(d, end int64, e *flow.Event, m *flow.Message) {
	if t.told++; t.told > t.log.Events() {
		t.log.Paced(d, end, e, m)
	}
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
	// actWeight is how much stream time, in nanoseconds, one act weighs as when checkpoints thin out.
	actWeight = 30_000_000
	// slice is how far the model runs at a time, in nanoseconds of stream time.
	slice = 16_000_000
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
	doc, err := scenario.ParseOver(data, c.Over)
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

// carrier is what carries the scenario, "" without one.
func (p *Player) carrier() string {
	if p.sim == nil {
		return ""
	}
	return p.sim.doc.Carrier()
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
	s.out = tape{log: p.tl}
	p.pacer.SetSink(&s.out)
	w, err := scenario.NewWorld(s.doc, p.seed, p.names, p.pacer)
	if err != nil {
		return sceneError(err)
	}
	s.world, s.next = w, 0
	s.goOn(p)
	s.checkpoints = nil
	s.checkpoint(p)
	return nil
}

// checkpoint keeps the world as it is.
func (s *simulation) checkpoint(p *Player) {
	c := checkpoint{at: s.world.Now(), world: s.world.Clone(), pacer: p.pacer.Clone(), acts: s.next, events: s.out.told}
	s.checkpoints = append(s.checkpoints, c)
	s.sinceAt, s.sinceEvents, s.unsaved = c.at, c.events, false
	if len(s.checkpoints) <= maxCheckpoints {
		return
	}
	// The one goes that leaves the smallest hole for its age.
	best, least := 1, 0.0
	for i := 1; i < len(s.checkpoints)-1; i++ {
		before, x, after := &s.checkpoints[i-1], &s.checkpoints[i], &s.checkpoints[i+1]
		hole := float64(after.at-before.at) + actWeight*float64(after.acts-before.acts)
		age := float64(c.at-x.at) + actWeight*float64(c.acts-x.acts) + 1e9
		if h := hole / age; i == 1 || h < least {
			best, least = i, h
		}
	}
	s.checkpoints = append(s.checkpoints[:best], s.checkpoints[best+1:]...)
}

// ahead runs the model until everything up to display time d is known, or it has done its share for one frame.
func (s *simulation) ahead(p *Player, d int64) {
	for !s.ended && s.complete(p) < d && s.share.left() {
		if s.over {
			s.letGo(p)
			continue
		}
		next, ok := s.nextAt()
		if !ok {
			s.over = true
			continue
		}
		if s.to != 0 { // where it left off, so that pauses change nothing
			s.run(p, s.to)
			continue
		}
		to := s.world.Now() + slice
		if p.slow > 1 {
			to = min(to, s.world.Now()+max(1, 200_000_000/p.slow))
		}
		if p.pacer.Pending() < frameEvents { // else a silence would let all of them go at once
			to = max(to, next)
		}
		s.run(p, to)
	}
}

// complete is the display time up to which everything is known.
func (s *simulation) complete(p *Player) int64 {
	if s.over {
		return max(0, p.pacer.Told()-1) // what leaves the pacer later may be of the same moment
	}
	return p.pacer.Certain(s.world.Now())
}

// afterAct is how long a scenario goes on after what a person did at its end, in nanoseconds: long enough for a call to time out.
const afterAct = 70_000_000_000

// nextAt is when something happens next; ok is false when nothing does, or when the scenario is over by then.
func (s *simulation) nextAt() (at int64, ok bool) {
	at, ok = s.world.NextAt()
	if s.next < len(s.done) && (!ok || s.done[s.next].t < at) {
		return s.done[s.next].t, true
	}
	until := s.doc.Until
	if n := len(s.done); until > 0 && n > 0 && s.done[n-1].t > until-afterAct/7 {
		until = s.done[n-1].t + afterAct
	}
	return at, ok && (until <= 0 || at <= until)
}

// run moves the world to stream time t, with what a person did on the way.
func (s *simulation) run(p *Player, t int64) {
	s.to = t
	for !s.over && s.next < len(s.done) && s.done[s.next].t <= t {
		if !s.moveTo(p, s.done[s.next].t, &s.share) {
			return
		}
		_ = s.carryOut(p) // it was carried out before
	}
	if !s.moveTo(p, t, &s.share) {
		return
	}
	s.to = 0
	p.pacer.Advance(t)
	s.share.made(s.events(p))
	if t-s.sinceAt >= checkpointTime && s.out.told-s.sinceEvents >= checkpointEvery {
		s.checkpoint(p)
	}
}

// moveTo moves the world, not yet the axis; it reports false when the scenario has run away, or when the share is used up before.
func (s *simulation) moveTo(p *Player, t int64, share *share) bool {
	if s.over {
		return false
	}
	if s.unsaved && t > s.world.Now() {
		s.checkpoint(p) // the next act may be of the same moment: it goes on from here
	}
	for share.left() {
		some := min(share.steps, atOnce)
		share.steps -= some
		done, err := s.world.RunSome(t, &some)
		share.steps += some
		share.made(s.events(p))
		if err != nil {
			s.over, s.failed = true, err
			return false
		}
		if done {
			return true
		}
	}
	return false
}
