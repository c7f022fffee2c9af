package player

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"rpcscope/assets"
	"rpcscope/engine/flow"
)

// castAt finds the first cast that is published at or after stream time t and shown at or after d.
func castAt(p *Player, t, d int64) (at, shown int64, ok bool) {
	for c := p.tl.ReaderAt(0); c.Next(); {
		if c.Event.Kind == flow.Publish && c.Event.Class == flow.ClassCast && c.Event.At >= t && c.D >= d {
			return c.Event.At, c.D, true
		}
	}
	return 0, 0, false
}

func TestASendHappensAtTheMomentShown(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		name := rapid.SampledFrom([]string{"one-call", "slow-server", "timeout", "call", "nova-boot"}).Draw(rt, "scenario")
		slow := rapid.SampledFrom([]float64{1, 1, 0.1}).Draw(rt, "speed")
		p := New(Config{Scenario: assets.Scenario})
		must(t, p.Do(Command{Cmd: "load", Scenario: name}))
		must(t, p.Do(Command{Cmd: "pause"}))
		must(t, p.Do(Command{Cmd: "speed", X: slow}))
		for range 3 {
			must(t, p.Do(Command{Cmd: "seek", D: rapid.Float64Range(100, 15_000).Draw(rt, "ms")}))
			p.Frame(0)
			d, shown, before := p.d, p.now(), logOf(p, p.d-1)
			if err := p.Do(Command{Cmd: "send", Kind: "cast"}); err != nil {
				rt.Skip("nobody is there yet who could send") // a draw, not a test, is passed over
			}
			if now := p.now(); now != shown || p.d != d {
				rt.Fatalf("%s at %d ms: the clock showed %d µs, after the send %d µs", name, d/ms, shown/1000, now/1000)
			}
			p.Frame(0)
			if now := p.now(); now != shown || p.d != d {
				rt.Fatalf("%s at %d ms: the clock showed %d µs, a frame after the send %d µs", name, d/ms, shown/1000, now/1000)
			}
			if diff := cmp.Diff(before, logOf(p, d-1)); diff != "" {
				rt.Fatal("the past has changed", diff)
			}
			p.ahead(d + 8e9)
			if at, where, ok := castAt(p, shown, d); !ok || at-shown > 1e9 {
				rt.Fatalf("sent at %d, published at %d, shown at %d", shown, at, where)
			}
			last := p.now()
			for range 100 {
				p.d += 16 * ms
				p.ahead(p.d)
				p.settle()
				if now := p.now(); now < last {
					rt.Fatalf("the clock went back from %d to %d µs", last/1000, now/1000)
				} else {
					last = now
				}
			}
		}
	})
}

func TestManySendsAtOneMoment(t *testing.T) {
	const sends = 200
	at := func(look bool) (*Player, uint64) {
		p := open(t, "one-call")
		until(p, 4e9)
		must(t, p.Do(Command{Cmd: "pause"}))
		p.Frame(0)
		worked := p.sim.out.told
		for range sends {
			must(t, p.Do(Command{Cmd: "send", Kind: "call"}))
			if look {
				p.Frame(0)
			}
		}
		return p, p.sim.out.told - min(worked, p.sim.out.told)
	}
	quick, made := at(false)
	if made > 0 {
		t.Errorf("%d events were made before anybody looked", made)
	}
	if n := len(quick.sim.checkpoints); n > maxCheckpoints {
		t.Errorf("%d checkpoints", n)
	}
	slow, _ := at(true)
	for _, p := range []*Player{quick, slow} {
		must(t, p.Do(Command{Cmd: "play"}))
		until(p, 8e9)
	}
	with := logOf(quick, 8e9)
	if diff := cmp.Diff(with, logOf(slow, 8e9)); diff != "" {
		t.Fatal("looking between the sends changes what happens", diff)
	}
	if n := quick.State().Counters.Calls; n < sends {
		t.Fatalf("%d calls of %d", n, sends)
	}
	plain := open(t, "one-call")
	until(plain, 8e9)
	for range sends {
		must(t, quick.Do(Command{Cmd: "undo"}))
	}
	if quick.Do(Command{Cmd: "undo"}) == nil {
		t.Error("undid more than was done")
	}
	must(t, quick.Do(Command{Cmd: "play"}))
	until(quick, 8e9)
	if diff := cmp.Diff(logOf(plain, 7e9), logOf(quick, 7e9)); diff != "" {
		t.Fatal("after undoing all", diff)
	}
	for range sends {
		must(t, quick.Do(Command{Cmd: "redo"}))
	}
	must(t, quick.Do(Command{Cmd: "play"}))
	until(quick, 8e9)
	if diff := cmp.Diff(with, logOf(quick, 8e9)); diff != "" {
		t.Fatal("after redoing all", diff)
	}
}

func TestASendAtTheEndOfAScenarioStillRuns(t *testing.T) {
	p := open(t, "server-stops")
	must(t, p.Do(Command{Cmd: "seek", D: 1e9}))
	if !p.ended() {
		t.Fatal("it has no end")
	}
	must(t, p.Do(Command{Cmd: "seek", D: float64(p.end() / ms)}))
	before := p.State().Counters
	must(t, p.Do(Command{Cmd: "send", Kind: "call"}))
	must(t, p.Do(Command{Cmd: "seek", D: p.Panel().Play.D + 20_000}))
	after := p.State().Counters
	if after.Calls == before.Calls || after.AnsweredOK == before.AnsweredOK {
		t.Errorf("%d calls and %d answers, before %d and %d", after.Calls, after.AnsweredOK, before.Calls, before.AnsweredOK)
	}
}

func TestUndoKeepsWhatFollowsMuchLater(t *testing.T) {
	p := open(t, "one-call")
	must(t, p.Do(Command{Cmd: "pause"}))
	must(t, p.Do(Command{Cmd: "seek", D: 20_000}))
	must(t, p.Do(Command{Cmd: "send", Kind: "cast"}))
	p.Frame(0)
	must(t, p.Do(Command{Cmd: "seek", D: 25_000}))
	want := logOf(p, 25e9)
	must(t, p.Do(Command{Cmd: "seek", D: 2000}))
	must(t, p.Do(Command{Cmd: "send", Kind: "fanout"})) // displaces the cast
	p.Frame(0)
	must(t, p.Do(Command{Cmd: "undo"}))
	must(t, p.Do(Command{Cmd: "seek", D: 25_000}))
	if diff := cmp.Diff(want, logOf(p, 25e9)); diff != "" {
		t.Fatal(diff)
	}
}
