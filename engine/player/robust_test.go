package player

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"rpcscope/assets"
)

// everyScenario are the names of the built-in ones.
func everyScenario() (names []string) {
	for _, s := range assets.Scenarios() {
		names = append(names, s.Name)
	}
	return names
}

// settleStep lets a step come to its end.
func settleStep(p *Player) {
	for i := 0; p.Playing() && i < 4000; i++ {
		p.Frame(250e6)
	}
}

func TestStepsOverAWholeScenarioThereAndBack(t *testing.T) {
	most := 120
	for _, name := range everyScenario() {
		for _, by := range []string{"event", "hop", "rpc"} {
			t.Run(name+" by "+by, func(t *testing.T) {
				p := open(t, name)
				must(t, p.Do(Command{Cmd: "pause"}))
				must(t, p.Do(Command{Cmd: "seek"}))
				p.Frame(0)
				var stops []uint64
				var places []string
				for range most {
					at := p.cur.Position()
					stops, places = append(stops, p.State().Digest()), append(places, fmt.Sprint(at, " at ", p.d))
					must(t, p.Do(Command{Cmd: "step", By: by, Dir: 1}))
					settleStep(p)
					if p.cur.Position() == at {
						break
					}
				}
				if len(stops) < 3 {
					t.Fatalf("only %d stops", len(stops))
				}
				// The last one may be the end of the scenario, which is no stop of a step.
				for i := len(stops) - 1; i > 0; i-- {
					if got := p.State().Digest(); got != stops[i] && i < len(stops)-1 {
						t.Fatalf("back at stop %d of %d it is another state: %d at %d, there it was %s", i, len(stops), p.cur.Position(), p.d, places[i])
					}
					for p.cur.Position() > 0 && p.State().Digest() != stops[i-1] && i == len(stops)-1 {
						must(t, p.Do(Command{Cmd: "step", By: by, Dir: -1}))
						p.Frame(0)
					}
					if i < len(stops)-1 {
						must(t, p.Do(Command{Cmd: "step", By: by, Dir: -1}))
						p.Frame(0)
					} else {
						i = slices.Index(stops, p.State().Digest()) + 1
					}
				}
			})
		}
	}
}

func TestNonsenseIsRefusedOrBounded(t *testing.T) {
	numbers := []float64{math.NaN(), math.Inf(1), math.Inf(-1), -1, -1e300, 1e300, math.MaxInt64, 0, 1e18}
	texts := []string{"", "q:", "m:-1", "m:99999999999999999999", "r:zz", "p:nobody", "f:", "f:x", "f:18446744073709551615", "::", "x:/", "call", "reply", "event", "\x00"}
	cmds := []string{"seek", "speed", "window", "select", "hover", "fold", "step", "jump", "send", "undo", "redo", "loop", "toggle", "more", "end", "load", "nonsense", ""}
	for _, name := range []string{"one-call", "server-stops"} {
		rapid.Check(t, func(rt *rapid.T) {
			p := New(Config{Scenario: assets.Scenario})
			must(t, p.Do(Command{Cmd: "load", Scenario: name}))
			num := rapid.SampledFrom(numbers)
			text := rapid.SampledFrom(texts)
			for range rapid.IntRange(1, 12).Draw(rt, "commands") {
				c := Command{
					Cmd: rapid.SampledFrom(cmds).Draw(rt, "cmd"), D: num.Draw(rt, "d"), X: num.Draw(rt, "x"), D0: num.Draw(rt, "d0"), D1: num.Draw(rt, "d1"),
					ID: text.Draw(rt, "id"), To: text.Draw(rt, "to"), By: text.Draw(rt, "by"), Kind: text.Draw(rt, "kind"), Client: text.Draw(rt, "client"),
					Method: text.Draw(rt, "method"), Dir: rapid.IntRange(-3, 3).Draw(rt, "dir"), On: rapid.Bool().Draw(rt, "on"),
				}
				_ = p.Do(c)
				p.Frame(16e6)
				pan := p.Panel()
				if p.d < p.tl.Start() || pan.Play.D < 0 || pan.Play.D > pan.Play.End+float64(tail/ms)+1 {
					rt.Fatalf("%+v puts the playhead at %v of %v", c, pan.Play.D, pan.Play.End)
				}
				if pan.Seq.D1 <= pan.Seq.D0 {
					rt.Fatalf("%+v makes the strip show %v to %v", c, pan.Seq.D0, pan.Seq.D1)
				}
				if p.sim == nil {
					rt.Fatalf("%+v ended the session", c)
				}
			}
		})
	}
}

func TestASeekBeyondAllStopsAtTheEnd(t *testing.T) {
	p := open(t, "server-stops")
	for d, want := range map[float64]bool{1e300: true, math.Inf(1): true, -1e300: false, math.Inf(-1): false, -5: false} {
		must(t, p.Do(Command{Cmd: "seek", D: 1000}))
		must(t, p.Do(Command{Cmd: "seek", D: d}))
		if atEnd := p.d >= p.end(); atEnd != want || !want && p.d != 0 {
			t.Errorf("seek to %v leads to %d ms of %d", d, p.d/ms, p.end()/ms)
		}
	}
	if d := p.d; codeOf(p.Do(Command{Cmd: "seek", D: math.NaN()})) != "bad-time" || p.d != d {
		t.Error("a moment that is no number is taken")
	}
}

func TestEveryMessageCanBeLookedAtAtAnyTime(t *testing.T) {
	for _, name := range everyScenario() {
		p := open(t, name)
		must(t, p.Do(Command{Cmd: "pause"}))
		must(t, p.Do(Command{Cmd: "seek", D: 40_000}))
		ids := map[string]bool{}
		for c := p.tl.ReaderAt(0); c.Next(); {
			if id := p.subject(&c.Event); id != "" && len(ids) < 150 {
				ids[id] = true
			}
		}
		for id := range ids {
			for _, d := range []float64{0, 900, 2500, 9000, 40_000} {
				must(t, p.Do(Command{Cmd: "seek", D: d}))
				must(t, p.Do(Command{Cmd: "select", ID: id}))
				p.Frame(16e6)
				pan := p.Panel()
				if pan.Select == nil || pan.Select.ID != id {
					t.Fatalf("%s: %s at %v ms is not said to be selected", name, id, d)
				}
				if strings.HasPrefix(id, "m:") && pan.Select.Why == nil && !pan.Select.Gone && len(pan.Select.Life) > 0 && pan.Select.Life[0].State != "ahead" {
					t.Errorf("%s: nothing says why %s is where it is at %v ms", name, id, d)
				}
				// It stays selected when time goes back before it was there.
				must(t, p.Do(Command{Cmd: "jump", To: "start"}))
				p.Frame(16e6)
				if s := p.Panel().Select; s == nil || s.ID != id {
					t.Fatalf("%s: %s is forgotten at the start", name, id)
				}
			}
		}
	}
}

func TestAHiddenPageDoesNotJumpNorRunAway(t *testing.T) {
	p := open(t, "nova-boot")
	play(p, 1)
	d, now := p.d, p.sim.world.Now()
	p.Frame(600e9) // ten minutes without a frame
	if p.d-d > 300e6 || p.sim.world.Now()-now > 30e9 {
		t.Errorf("one frame moved the playhead by %d ms, the model by %d ms", (p.d-d)/ms, (p.sim.world.Now()-now)/ms)
	}
}

func TestMinutesAtTheHighestSpeed(t *testing.T) {
	p := New(Config{Scenario: assets.Scenario, LogBytes: 1 << 20})
	must(t, p.Do(Command{Cmd: "load", Scenario: "nova-boot"}))
	must(t, p.Do(Command{Cmd: "speed", X: MaxSpeed}))
	for range 2 * 60 * 4 {
		last := p.d
		p.Frame(250e6)
		if p.d < last {
			t.Fatal("the playhead went back")
		}
	}
	log, frames := p.tl.Bytes()
	if !p.Playing() || p.d < 2e12 || log > 2<<20 || frames > 2<<20 || len(p.sim.checkpoints) > maxCheckpoints {
		t.Errorf("playing %v at %d s; log %d, frames %d bytes, %d checkpoints", p.Playing(), p.d/1e9, log, frames, len(p.sim.checkpoints))
	}
	must(t, p.Do(Command{Cmd: "send", Kind: "call"}))
	must(t, p.Do(Command{Cmd: "jump", To: "reply", Dir: 1}))
}
