package player

// share is what the model may still do in one frame, or for one command: a heavy scenario slows the playhead instead of the page.
type share struct {
	// steps are scheduled events, seen or not; events those that are made, and once more when they leave the pacer for the log.
	steps, events int
	// counted is how many events there had been when they were counted last.
	counted uint64
}

const (
	// frameSteps and frameEvents are a frame's share. The built-in scenarios need a few dozens at 1x and some hundreds at 100x.
	frameSteps  = 3_000
	frameEvents = 8_000
	// atOnce is after how many scheduled events the events are counted: one may cause hundreds, as when an exchange has as many queues.
	atOnce = 16
)

// whole is a share that never ends: what was done before is done again up to its end.
func whole() share { return share{steps: 1 << 30, events: 1 << 30} }

func (s *share) left() bool { return s.steps > 0 && s.events > 0 }

// made counts the events since the last count.
func (s *share) made(now uint64) {
	s.events -= int(now - s.counted)
	s.counted = now
}

// events is how many were made and how many left the pacer so far.
func (s *simulation) events(p *Player) uint64 { return 2*s.out.told + uint64(p.pacer.Pending()) }

// allot gives the model a frame's share.
func (s *simulation) allot(p *Player) {
	s.share = share{steps: frameSteps, events: frameEvents, counted: s.events(p)}
}

// goOn lets a world that was put in place run, whatever was known of the one before.
func (s *simulation) goOn(p *Player) {
	s.over, s.ended, s.failed, s.to = false, false, nil, 0
	s.allot(p)
}

// letGo takes what is left in the pacer into the log, as much of it as the share allows.
func (s *simulation) letGo(p *Player) {
	p.pacer.Release(s.share.events)
	s.share.made(s.events(p))
	s.ended = p.pacer.Pending() == 0
}

// allot gives the model a frame's share where there is a model.
func (p *Player) allot() {
	if p.sim != nil {
		p.sim.allot(p)
	}
}
