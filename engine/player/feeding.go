package player

import (
	"errors"

	"rpcscope/engine/flow"
)

// feeding is a stream that comes in as bytes: live, or a recording.
type feeding struct {
	decoder *flow.Decoder
	// horizon is the stream time up to which everything has come, newest that of the last event.
	horizon, newest int64
	// ended: a recording is complete.
	ended  bool
	begun  bool
	follow bool
	failed error
	status *LiveStatus
	events uint64
	// renameAt is how many names make the table due to be made anew.
	renameAt int
}

const (
	// liveDelay is how far the playhead trails the newest event of a live stream, in nanoseconds: enough that most hops have both ends.
	liveDelay = 600_000_000
	// liveSlack is how much an event may come later than the clock of the one before it promised.
	liveSlack = 200_000_000
	// liveJump is how far behind the playhead may fall before it jumps instead of hurrying.
	liveJump = 4_000_000_000
)

// open waits for the bytes of a recording; a live stream is opened with live.
func (p *Player) open(mode Mode, title string) {
	p.reset(mode)
	p.title = title
	f := &feeding{follow: mode == Live, renameAt: renameFirst}
	p.feed = f
	p.attach()
	p.playing = true
}

// attach makes a decoder that feeds the pacer.
func (p *Player) attach() {
	f := p.feed
	f.decoder = flow.NewDecoder(p.names, flow.SinkFunc(func(e *flow.Event, m *flow.Message) {
		if !e.Has(flow.Snapshot) {
			f.begun = true
			f.newest = max(f.newest, e.At)
			f.horizon = max(f.horizon, e.At)
		}
		f.events++
		p.pacer.Emit(e, m)
	}))
	f.decoder.OnHeader = func(h flow.Header) {
		p.header = h
		if h.Title != "" && p.title == "" {
			p.title = h.Title
		}
		if p.mode == Recording {
			p.seed = h.Seed
		}
	}
	f.decoder.OnStatus = func(doc []byte) {
		if p.cfg.OnStatus != nil {
			p.cfg.OnStatus(doc)
		}
	}
	f.decoder.OnSnapshot = func(uint64) {
		if !f.begun {
			return
		}
		// What was folded before is void: this viewer missed something. The past stays behind.
		p.restart(p.paceConfig())
		f.begun = false
		f.horizon = 0
	}
}

// Feed takes the next bytes of a live stream or a recording, cut anywhere. An
// error says that the stream cannot be read on; what came before stays.
func (p *Player) Feed(b []byte) error {
	f := p.feed
	if f == nil {
		return refuse("not-open", "no stream is open")
	}
	if f.failed != nil {
		return f.failed
	}
	if err := f.decoder.Feed(b); err != nil {
		f.failed = &Error{Code: "bad-stream", Text: err.Error()}
		f.end(p)
		return f.failed
	}
	return nil
}

// end says that nothing more will come.
func (f *feeding) end(p *Player) {
	f.ended = true
	p.pacer.Flush()
}

// finish ends a recording and says what could not be read of it.
func (f *feeding) finish(p *Player) error {
	if f.ended && f.failed == nil {
		return nil
	}
	cut := f.failed == nil && f.decoder.Partial()
	if cut {
		f.decoder.Salvage()
	}
	f.end(p)
	err := f.failed
	if err == nil && (cut || f.events == 0) {
		err = refuse("truncated", "the file ends in the middle")
	}
	if err != nil && f.events == 0 && f.failed == nil && !cut {
		err = refuse("no-recording", "nothing is in it")
	}
	if e := (*Error)(nil); f.events == 0 && errors.As(err, &e) {
		return &Error{Code: "no-recording", Text: e.Text}
	}
	return err
}

// more reports whether a recording may be fed on. What the log has no room for would push out what is still to be
// seen: then the rest has to wait until the playhead is past the middle of what the log holds.
func (f *feeding) more(p *Player) error {
	if f.failed != nil {
		return f.failed
	}
	log, _ := p.tl.Bytes()
	first := p.tl.First()
	if !f.follow && log > p.logBytes()*3/4 && p.cur.Position()-min(p.cur.Position(), first) < (p.tl.Events()-first)/2 {
		return refuse("full", "the rest follows as it plays")
	}
	return nil
}

// advance lets a live stream's clock run on by wall time, and the playhead after it.
func (f *feeding) advance(p *Player, wall int64) {
	if !f.begun && p.pacer.Pending() > 0 {
		// What exists is there to be seen, though nothing happened yet.
		p.pacer.Flush()
	}
	if p.mode == Recording && f.follow {
		// What comes in is at the end of a recording that is still being read.
		p.d = max(p.d, p.tl.End())
		f.follow = !f.ended
		if f.ended {
			p.seek(p.end())
		}
	}
	if p.mode != Live || f.ended || !f.begun {
		return
	}
	f.horizon = min(f.horizon+wall, f.newest+3600e9)
	p.pacer.Advance(f.horizon - liveSlack)
	if !f.follow || !p.playing {
		return
	}
	want := p.pacer.Base(f.horizon) - liveDelay*p.slow
	step := int64(float64(wall) * float64(p.slow) * min(1, p.speed*float64(p.slow)))
	next := p.cur.Peek()
	switch behind := want - p.d; {
	case behind > liveJump, behind > 0 && !next && !p.sceneMoves():
		// Nothing would be seen on the way.
		p.d = want
	case behind > 100_000_000:
		p.d = min(want, p.d+step+step/4)
	case behind < -100_000_000:
		p.d += step * 3 / 4
	default:
		p.d += step
	}
	p.d = max(p.d, p.tl.Start())
}

// lag is how far the picture is behind the newest that came, in nanoseconds of stream time.
func (f *feeding) lag(p *Player) int64 { return max(0, f.horizon-p.now()) }
