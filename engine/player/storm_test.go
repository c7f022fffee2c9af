package player

import (
	"strconv"
	"strings"
	"testing"

	"rpcscope/engine/scenario"
)

const storm = `{"title": "Storm", "processes": [
	{"name": "a@h", "servers": [{"topic": "t", "executor_pool_size": 1000, "endpoints": [{"methods": {"m": {"steps": [{"cast": "m", "topic": "t"}, {"cast": "m", "topic": "t"}]}}}]}]},
	{"name": "c@h", "threads": [{"start": "1s", "steps": [{"cast": "m", "topic": "t"}]}]}]}`

// A scenario that grows without bound costs no frame more than its share, is
// stopped with words, and what was seen before can be looked at again.
func TestAStormIsStoppedAndThePageGoesOn(t *testing.T) {
	p := New(Config{})
	must(t, p.Do(Command{Cmd: "load", Doc: []byte(storm)}))
	must(t, p.Do(Command{Cmd: "play"}))
	frames := 0
	for ; !p.ended() && frames < 2000; frames++ {
		known, told := p.sim.events(p), p.sim.out.told
		p.Frame(16e6)
		if made := p.sim.events(p) - known; made > frameEvents+100*atOnce {
			t.Fatalf("%d events were made and let go in one frame, %d of them let go", made, p.sim.out.told-told)
		}
	}
	if why := p.transport().Failed; !strings.Contains(why, scenario.ErrRunaway.Error()) || !strings.Contains(why, `"a@h"`) {
		t.Fatalf("after %d frames it says %q", frames, why)
	}
	if frames < scenario.MaxSteps/frameSteps {
		t.Errorf("%d frames were enough for %d events", frames, scenario.MaxSteps)
	}
	must(t, p.Do(Command{Cmd: "pause"}))
	must(t, p.Do(Command{Cmd: "seek", D: 0}))
	p.Frame(0)
	first := p.State().Digest()
	must(t, p.Do(Command{Cmd: "step", By: "event", Dir: 1}))
	settleStep(p)
	if p.State().Digest() == first || p.transport().Failed == "" {
		t.Error("no step forward from before the storm, or the words are gone")
	}
	must(t, p.Do(Command{Cmd: "step", By: "event", Dir: -1}))
	p.Frame(0)
	if p.State().Digest() != first || p.transport().Failed == "" {
		t.Error("no step back to before the storm, or the words are gone")
	}
}

// One scheduled event may cause hundreds: a fanout to many queues. No frame does all the work of many of them.
func TestAFanoutToManyQueuesCostsNoFrameMoreThanItsShare(t *testing.T) {
	const queues = 190
	var doc strings.Builder
	doc.WriteString(`{"title": "Wide", "processes": [{"name": "c@h", "threads": [{"start": "1s", "every": "10ms", "steps": [{"fanout": "m", "topic": "t"}]}]}`)
	for i := range queues {
		doc.WriteString(`, {"name": "s` + strconv.Itoa(i) + `@h", "servers": [{"topic": "t", "endpoints": [{"methods": {"m": {}}}]}]}`)
	}
	doc.WriteString(`]}`)
	p := New(Config{})
	must(t, p.Do(Command{Cmd: "load", Doc: []byte(doc.String())}))
	must(t, p.Do(Command{Cmd: "play"}))
	for range 200 {
		known := p.sim.out.told + uint64(p.pacer.Pending())
		p.Frame(16e6)
		if made := p.sim.out.told + uint64(p.pacer.Pending()) - known; made > frameEvents+3*queues*atOnce {
			t.Fatalf("%d events were made in one frame", made)
		}
	}
	if p.sim.world.Now() < 1e9 || p.sim.over {
		t.Errorf("after %d ms it has stopped: %v", p.sim.world.Now()/ms, p.sim.failed)
	}
}

// After more than a frame's share was run, another axis begins from the start again: with no share at all it would not end.
func TestTheAxisGetsWiderAfterALongRun(t *testing.T) {
	p := open(t, "one-call")
	must(t, p.Do(Command{Cmd: "speed", X: MaxSpeed}))
	for p.sim.world.Now() < 900e9 {
		p.Frame(250e6)
	}
	at := p.State().At
	must(t, p.Do(Command{Cmd: "speed", X: 0.5}))
	p.Frame(0)
	if got := p.State().At; got < at || got > at+1e9 {
		t.Errorf("at %d ms, before at %d ms", got/ms, at/ms)
	}
}
