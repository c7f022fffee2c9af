package player

import (
	"strconv"
	"testing"

	"rpcscope/engine/flow"
)

// monitored is a scenario with one call whose method takes ms milliseconds and says once a second that it still runs.
func monitored(takes int) []byte {
	return []byte(`{"name": "m", "title": "m", "broker": {"name": "rabbit@a"}, "processes": [
		{"name": "server@a", "servers": [{"topic": "t", "endpoints": [{"class": "E", "methods": {"m": {"takes": "` + strconv.Itoa(takes) + `ms"}}}]}]},
		{"name": "client", "start": "60ms", "threads": [{"start": "90ms", "steps": [{"call": "m", "topic": "t", "timeout": "60s", "monitor": "2s"}]}]}]}`)
}

func TestHeartbeatsAreShownBeforeTheEndTheyComeBefore(t *testing.T) {
	for _, takes := range []int{900, 1030, 2030, 2100, 2300, 3050, 3900, 7040} {
		p := New(Config{})
		must(t, p.Do(Command{Cmd: "load", Doc: monitored(takes)}))
		must(t, p.Do(Command{Cmd: "seek", D: 20_000}))
		heard := 0
		var ended, answered bool
		var sent, order []int64
		for c := p.tl.ReaderAt(0); c.Next(); {
			switch e := &c.Event; {
			case e.Kind == flow.Finish:
				ended = true
			case e.Kind == flow.Publish && e.Class == flow.ClassReply:
				sent, order = append(sent, c.D), append(order, e.At)
				if n := len(order); n > 1 && order[n-1] < order[n-2] {
					t.Errorf("%d ms: what the server says comes in another order", takes)
				}
				if c.HopEnd-c.D < 100*ms {
					t.Errorf("%d ms: message %d is under way for %d ms only", takes, e.Msg, (c.HopEnd-c.D)/ms)
				}
				if last := len(sent) == takesBeats(takes)+1; ended != last {
					t.Errorf("%d ms: message %d of the server leaves when the method's end is shown: %v", takes, len(sent), ended)
				}
			case e.Kind == flow.Heartbeat:
				heard++
				if answered {
					t.Errorf("%d ms: a heartbeat is heard after the answer", takes)
				}
			case e.Kind == flow.Reply:
				answered = true
			}
		}
		if want := takesBeats(takes); heard != want || !answered {
			t.Errorf("%d ms: %d heartbeats, want %d; answered: %v", takes, heard, want, answered)
		}
	}
}

// takesBeats is how many heartbeats a method of so many milliseconds sends.
func takesBeats(takes int) int { return (takes - 1) / 1000 }
