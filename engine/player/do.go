package player

import (
	"math"

	"rpcscope/engine/scenario"
)

// The range of speeds.
const (
	MinSpeed = 0.001
	MaxSpeed = 100
)

// ms is a millisecond in nanoseconds.
const ms = 1_000_000

// Do carries out a command at once. Errors are of type *[Error].
func (p *Player) Do(c Command) error {
	p.allot()
	switch c.Cmd {
	case "load":
		return p.load(c)
	case "open":
		p.open(Recording, c.Title)
	case "live":
		p.open(Live, c.Title) // also over an earlier one: the program was restarted, or its stream was damaged
	case "end":
		if p.feed != nil {
			return p.feed.finish(p)
		}
	case "more":
		if p.feed == nil {
			return refuse("not-open", "no stream is open")
		}
		return p.feed.more(p)
	case "play", "pause", "toggle":
		p.play(c.Cmd == "play" || c.Cmd == "toggle" && !p.Playing())
	case "step":
		return p.step(c.By, c.Dir)
	case "seek":
		d, ok := onAxis(c.D)
		if !ok {
			return refuse("bad-time", "a moment is a number of milliseconds")
		}
		p.unfollow()
		p.seek(d)
	case "jump":
		return p.jump(c.To, c.Dir)
	case "speed":
		return p.setSpeed(c.X)
	case "send":
		return p.send(c)
	case "undo":
		return p.undo()
	case "redo":
		return p.redo()
	case "fold":
		return p.fold(c.ID, c.On)
	case "select":
		if fold, ok := foldID(c.ID); ok {
			return p.fold(c.ID, !p.layout.IsOpen(fold))
		}
		p.choose(c.ID)
	case "hover":
		p.sel.hover = c.ID
	case "theme":
		p.reduced = c.ReducedMotion
	case "window":
		d0, ok0 := onAxis(c.D0)
		d1, ok1 := onAxis(c.D1)
		if !ok0 || !ok1 {
			return refuse("bad-time", "a moment is a number of milliseconds")
		}
		p.window.d0, p.window.d1 = d0, d1
	case "loop":
		p.loop = c.On
	default:
		return refuse("unknown-command", "there is no command "+c.Cmd)
	}
	return nil
}

// onAxis makes milliseconds a display time; what lies beyond all that can happen is its end. What is no number is refused:
// processors disagree about what integer it would be.
func onAxis(millis float64) (d int64, ok bool) {
	const most = 1 << 53
	return int64(max(-most, min(millis*ms, most))), !math.IsNaN(millis)
}

func (p *Player) play(on bool) {
	p.goal = goal{}
	if on && p.ended() && p.d >= p.end() {
		p.seek(p.tl.Start())
	}
	p.playing = on
}

// follow puts the playhead of a live stream back to the newest moment.
func (p *Player) follow() {
	if p.feed != nil && p.mode == Live {
		p.goal = goal{}
		p.feed.follow, p.playing = true, true
		if p.feed.begun {
			p.d = max(p.tl.Start(), p.pacer.Base(p.feed.horizon)-liveDelay*p.slow)
			p.cur.SeekTo(p.d)
		}
	}
}

// unfollow lets the playhead of a live stream leave the newest moment.
func (p *Player) unfollow() {
	if p.feed != nil {
		p.feed.follow = false
	}
}

func (p *Player) send(c Command) error {
	if p.sim == nil {
		return refuse("not-a-model", "real traffic cannot be sent from here; open a scenario to send messages")
	}
	return p.sim.send(p, scenario.Command{
		Kind: c.Kind, Client: c.Client, Topic: c.Topic, Server: c.Server, Method: c.Method, Label: c.Label, Target: c.Target,
		Queue: c.Queue, Value: c.Value, When: c.When, Waits: c.Waits,
	})
}

// setSpeed changes how fast the playhead goes and, below 1×, how wide the axis is.
func (p *Player) setSpeed(x float64) error {
	if !(x >= MinSpeed && x <= MaxSpeed) {
		return refuse("bad-speed", "the speed must be between 0.001 and 100")
	}
	p.speed = x
	if slow := slowness(x); slow != p.slow {
		p.repace(slow)
	}
	return nil
}
