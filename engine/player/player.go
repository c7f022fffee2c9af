package player

import (
	"rpcscope/engine/flow"
	"rpcscope/engine/layout"
	"rpcscope/engine/pace"
	"rpcscope/engine/scene"
	"rpcscope/engine/timeline"
	"rpcscope/engine/view"
)

// Mode is where the stream comes from.
type Mode string

// The modes.
const (
	Sim       Mode = "sim"
	Live      Mode = "live"
	Recording Mode = "recording"
)

// Config says what a player may use.
type Config struct {
	// Scenario finds the document of a built-in scenario by name.
	Scenario func(name string) ([]byte, bool)
	// LogBytes bounds the log of events, and once more the frames; 0 takes 32 MB. A recording gets twice as much.
	LogBytes int
	// OnStatus is handed the status documents of a live stream (JSON); what it makes of them comes back by SetLive.
	OnStatus func(doc []byte)
	// Words are the map's words, nil for English.
	Words *scene.Words
}

// Player is one session. It is not safe for concurrent use.
type Player struct {
	cfg   Config
	mode  Mode
	names *flow.Names
	// title of the scenario, broker or recording; scenario its name, seed its seed.
	title, scenario string
	seed            uint64
	header          flow.Header

	pacer *pace.Pacer
	tl    *timeline.Timeline
	cur   *timeline.Cursor

	// d is the playhead on the display axis, in nanoseconds.
	d       int64
	playing bool
	// speed is what the person set; slow how much slower than stream time the axis runs for it.
	speed float64
	slow  int64
	loop  bool
	goal  goal

	sim  *simulation
	feed *feeding

	past, future []deed
	// folds are open on the map, in the order in which they were opened.
	folds []uint64

	layout  *layout.Engine
	room    layout.Config
	glide   layout.Glider
	builder *scene.Builder
	list    *scene.List
	reduced bool
	// jumped: the playhead or the room changed at once, so that the map does too. drawnD is where the playhead was in the last frame.
	jumped bool
	drawnD int64

	sel    selection
	window struct{ d0, d1 int64 }
	news   announcer
	rows   logWindow
	strip  stripMaker
}

// New returns a player with nothing loaded.
func New(cfg Config) *Player {
	if cfg.LogBytes == 0 {
		cfg.LogBytes = 32 << 20
	}
	p := &Player{
		cfg: cfg, mode: Sim, speed: 1, slow: 1,
		layout: layout.NewEngine(), room: layout.DefaultConfig(), builder: scene.New(cfg.Words),
	}
	p.reset(Sim)
	return p
}

// reset begins a new stream.
func (p *Player) reset(mode Mode) {
	p.mode = mode
	p.names = &flow.Names{}
	p.header = flow.Header{}
	p.sim, p.feed = nil, nil
	p.title, p.scenario, p.seed = "", "", 0
	p.slow = slowness(p.speed)
	p.playing, p.goal = false, goal{}
	p.sel = selection{}
	p.past, p.future, p.folds = nil, nil, nil
	p.restart(p.paceConfig())
}

// restart begins the log anew.
func (p *Player) restart(c pace.Config) {
	p.tl = timeline.New(p.names, view.DefaultLimits(), p.logBytes())
	p.tl.Drawn = drawn
	p.pacer = pace.New(c, p.tl)
	p.cur = p.tl.NewCursor(view.New(p.names, view.DefaultLimits()))
	p.d = 0
	p.replace()
	p.glide.Reset()
	p.rows, p.strip = logWindow{}, stripMaker{}
	p.news = announcer{}
}

// logBytes bounds the log. A recording has twice the room: one goes back and forth in it.
func (p *Player) logBytes() int {
	if p.mode == Recording {
		return 2 * p.cfg.LogBytes
	}
	return p.cfg.LogBytes
}

func (p *Player) paceConfig() pace.Config {
	c := pace.DefaultConfig()
	c.Slow, c.Names = p.slow, p.names
	switch p.mode {
	case Live:
		c.Silence, c.Origin = 0, -1
	case Recording:
		c.Origin = -1
	}
	return c
}

// slowness is how much slower than stream time the axis must run for a speed.
func slowness(speed float64) int64 {
	if speed >= 1 {
		return 1
	}
	return int64(1/speed + 0.5)
}

// State is what exists at the playhead. It belongs to the player.
func (p *Player) State() *view.State { return p.cur.State() }

// D is the playhead on the display axis, in nanoseconds.
func (p *Player) D() int64 { return p.d }

// SetRoom tells how large the map is, in CSS pixels, and how much floating bars take of its top.
func (p *Player) SetRoom(w, h, top float32) {
	p.room = layout.Config{W: w, H: h, Top: top}
	p.jumped = true
}

// SetLive takes what a status document said.
func (p *Player) SetLive(s LiveStatus) {
	if p.feed != nil {
		p.feed.status = &s
	}
}

// Playing reports whether the playhead moves.
func (p *Player) Playing() bool { return p.playing || p.goal.on }

// Moving reports whether the next frame will differ without any input.
func (p *Player) Moving() bool {
	if p.glide.Moving() {
		return true
	}
	if !p.Playing() || p.stuck() {
		return false
	}
	if p.mode != Live {
		return true
	}
	// A live stream without traffic leaves the page in peace.
	return p.sceneMoves() || p.cur.Peek() || p.pacer.Pending() > 0 || p.State().Fading()
}

func (p *Player) sceneMoves() bool { return p.list == nil || p.list.Moving }

// Idle reports that nothing moves and nothing is waiting to be worked off.
func (p *Player) Idle() bool { return !p.Moving() }

// stuck reports that the playhead stands at the end of a stream that has ended.
func (p *Player) stuck() bool { return p.ended() && p.d >= p.end() && !p.loop }

// ended reports that nothing more will come by itself.
func (p *Player) ended() bool {
	switch {
	case p.sim != nil:
		return p.sim.ended
	case p.feed != nil:
		return p.feed.ended
	}
	return true
}

// end is the last display time at which something is known to happen.
func (p *Player) end() int64 { return max(p.tl.End(), p.pacer.Last()) }

// complete is the display time up to which everything is known.
func (p *Player) complete() int64 {
	if p.ended() {
		return max(p.end(), p.d)
	}
	if p.sim != nil {
		return p.sim.complete(p)
	}
	return p.pacer.Certain(p.feed.horizon)
}

// tail is how long the scene goes on after the last event: what fades does so to the end.
const tail = 1_500_000_000

// Frame moves on by wall nanoseconds of wall time and returns the picture. The list is valid until the next call.
func (p *Player) Frame(wall int64) *scene.List {
	p.forget()
	p.allot()
	p.advance(max(0, min(wall, 250_000_000)))
	p.ahead(p.d)
	p.settle()
	p.list = p.builder.Build(p.State(), p.places(wall), p.d, scene.Options{
		Focus: p.focus(), T: p.now(), Reduced: p.reduced, Broker: p.broker(), Quiet: p.quiet(),
	})
	p.news.listen(p)
	return p.list
}

// quiet is why no message may be seen: not said of a scenario that is about to begin.
func (p *Player) quiet() scene.Quiet {
	switch {
	case p.sim != nil:
		if p.ended() && p.end() <= 0 {
			return scene.QuietEmpty
		}
		return ""
	case p.mode == Live && p.feed != nil && p.feed.status != nil && p.feed.status.State != "ok" && p.feed.status.State != "idle":
		return scene.Quiet(p.feed.status.State)
	}
	return scene.QuietWaiting
}

// places is where everything stands wall nanoseconds after the last frame:
// gliding, unless the playhead jumped or went back.
func (p *Player) places(wall int64) *layout.Layout {
	jump := p.reduced || p.jumped || p.d < p.drawnD
	p.jumped, p.drawnD = false, p.d
	return p.glide.Show(p.layout.Update(p.State(), p.room), max(0, wall), jump)
}

// settle folds up to the playhead.
func (p *Player) settle() {
	if p.goal.exact {
		return // a step stands between events of one moment
	}
	p.cur.SeekTo(p.d)
	if p.mode == Live {
		// Nothing may come for hours: what is over must not take room until then.
		p.cur.Settle(p.d)
	}
}

// now is the stream time at the playhead: that of the last event, moving on
// towards the next as the playhead does.
func (p *Player) now() int64 {
	s := p.State()
	if p.cur.Peek() && p.cur.D > s.D {
		next := max(s.At, p.cur.Event.At)
		if s.Counters.Events == 0 {
			return min(p.streamAt(p.d), next)
		}
		f := float64(min(max(0, p.d-s.D), p.cur.D-s.D)) / float64(p.cur.D-s.D)
		return s.At + int64(f*float64(next-s.At))
	}
	if p.mode == Live || p.sim != nil && !p.ended() {
		return max(s.At, p.streamAt(p.d))
	}
	return s.At
}

// streamAt is the stream time whose base is display time d: everything after it is shown after d.
func (p *Player) streamAt(d int64) int64 {
	gaps := p.pacer.Gaps()
	for i := len(gaps) - 1; i >= 0; i-- {
		g := &gaps[i]
		if d >= g.End {
			return g.To + (d-g.End)/p.slow
		}
		if d >= g.Start {
			from := p.origin()
			if i > 0 {
				from = gaps[i-1].To + (g.Start-gaps[i-1].End)/p.slow
			} else {
				from += g.Start / p.slow
			}
			from = max(min(from, g.To), g.From)
			return from + int64(float64(g.To-from)*(float64(d-g.Start)/float64(g.End-g.Start)))
		}
	}
	return p.origin() + d/p.slow
}

// placeOf is the display time of a stream time, the reverse of streamAt.
func (p *Player) placeOf(t int64) int64 {
	gaps := p.pacer.Gaps()
	for i := len(gaps) - 1; i >= 0; i-- {
		g := &gaps[i]
		if t >= g.To {
			return g.End + (t-g.To)*p.slow
		}
		if t > g.From {
			return g.Start
		}
	}
	return max(0, (t-p.origin())*p.slow)
}

func (p *Player) origin() int64 { return p.pacer.Origin() }

func (p *Player) broker() string {
	if p.sim != nil {
		return p.sim.doc.Broker
	}
	return p.title
}
