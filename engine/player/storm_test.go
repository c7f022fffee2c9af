package player

import (
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
		known := p.sim.out.told + uint64(p.pacer.Pending())
		p.Frame(16e6)
		if made := p.sim.out.told + uint64(p.pacer.Pending()) - known; made > 5*frameSteps {
			t.Fatalf("%d events were made in one frame", made)
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
}
