package player

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"rpcscope/engine/flow"
	"rpcscope/engine/view"
)

// logOf writes the log up to display time d, one line an event.
func logOf(p *Player, d int64) []string {
	var out []string
	for c := p.tl.ReaderAt(0); c.Next() && c.D <= d; {
		out = append(out, fmt.Sprintf("%d %d %d %v %d %s", c.D, c.HopEnd, c.Event.At, c.Event.Kind, c.Event.Msg, c.Event.RPC))
	}
	return out
}

// until plays to display time d.
func until(p *Player, d int64) {
	for p.d < d && p.Playing() {
		p.Frame(16_000_000)
	}
}

func TestFramesOfAnyLengthGiveTheSameStream(t *testing.T) {
	want := open(t, "nova-boot")
	until(want, 9e9)
	rapid.Check(t, func(t *rapid.T) {
		p := New(want.cfg)
		if err := p.Do(Command{Cmd: "load", Scenario: "nova-boot"}); err != nil {
			t.Fatal(err)
		}
		for p.d < 8e9 {
			p.Frame(rapid.Int64Range(1e6, 200e6).Draw(t, "wall"))
		}
		if diff := cmp.Diff(logOf(want, 8e9), logOf(p, 8e9)); diff != "" {
			t.Fatal(diff)
		}
	})
}

func TestUndoPutsBackWhatACommandDisplaced(t *testing.T) {
	plain := open(t, "one-call")
	until(plain, 12e9)
	rapid.Check(t, func(t *rapid.T) {
		p := New(plain.cfg)
		if err := p.Do(Command{Cmd: "load", Scenario: "one-call"}); err != nil {
			t.Fatal(err)
		}
		until(p, rapid.Int64Range(1e9, 10e9).Draw(t, "play to"))
		do := func(c Command) {
			if err := p.Do(c); err != nil {
				t.Fatalf("%+v: %v", c, err)
			}
		}
		do(Command{Cmd: "pause"})
		at := rapid.Int64Range(5e8, p.d).Draw(t, "send at")
		do(Command{Cmd: "seek", D: float64(at / ms)})
		do(Command{Cmd: "send", Kind: rapid.SampledFrom([]string{"call", "cast", "fanout"}).Draw(t, "kind")})
		do(Command{Cmd: "play"})
		until(p, 11e9)
		with := logOf(p, 11e9)
		if cmp.Equal(with, logOf(plain, 11e9)) {
			t.Fatal("the command did nothing")
		}
		do(Command{Cmd: "undo"})
		do(Command{Cmd: "play"})
		until(p, 11e9)
		if diff := cmp.Diff(logOf(plain, 11e9), logOf(p, 11e9)); diff != "" {
			t.Fatal("after undo", diff)
		}
		do(Command{Cmd: "redo"})
		do(Command{Cmd: "play"})
		until(p, 11e9)
		if diff := cmp.Diff(with, logOf(p, 11e9)); diff != "" {
			t.Fatal("after redo", diff)
		}
	})
}

func TestASendShowsAtOnceWhereThePlayheadIs(t *testing.T) {
	p := open(t, "one-call")
	for _, at := range []int64{5e8, 12e8, 25e8, 40e8} {
		until(p, at)
		must(t, p.Do(Command{Cmd: "send", Kind: "cast"}))
		n := p.State().Counters.Published[flow.ClassCast]
		d := p.d
		for p.State().Counters.Published[flow.ClassCast] == n && p.d < d+2e9 {
			p.Frame(16e6)
		}
		if late := p.d - d; late > 300e6 {
			t.Errorf("sent at %d ms, shown %d ms later", d/ms, late/ms)
		}
	}
}

func TestSeekShowsWhatPlayingShowed(t *testing.T) {
	p := open(t, "nova-boot")
	seen := map[int64]uint64{}
	for p.d < 10e9 {
		p.Frame(33e6)
		seen[p.d] = p.State().Digest()
	}
	must(t, p.Do(Command{Cmd: "pause"}))
	rapid.Check(t, func(t *rapid.T) {
		at := rapid.Int64Range(0, 10e9).Draw(t, "d")
		p.seek(at)
		for d, digest := range seen {
			if d == p.d && digest != p.State().Digest() {
				t.Fatal("another picture than when it was played")
			}
		}
		want := view.New(p.names, view.DefaultLimits())
		for c := p.tl.ReaderAt(0); c.Next() && c.D <= p.d; {
			var m *flow.Message
			if c.HasMessage {
				m = &c.Message
			}
			want.Fold(c.D, c.HopEnd, &c.Event, m)
		}
		if want.Digest() != p.State().Digest() {
			t.Fatal("seek and replay differ")
		}
	})
}

func TestStepsGoForwardAndBack(t *testing.T) {
	p := open(t, "one-call")
	until(p, 4e8)
	must(t, p.Do(Command{Cmd: "pause"}))
	p.Frame(16e6)
	for _, by := range []string{"event", "hop", "rpc"} {
		var stops []uint64
		for range 5 {
			stops = append(stops, p.State().Digest())
			must(t, p.Do(Command{Cmd: "step", By: by, Dir: 1}))
			for i := 0; p.Playing() && i < 1000; i++ {
				p.Frame(16e6)
			}
			if p.State().Digest() == stops[len(stops)-1] {
				t.Fatalf("step by %s went nowhere at %d ms", by, p.d/ms)
			}
		}
		for i := len(stops) - 1; i > 0; i-- {
			must(t, p.Do(Command{Cmd: "step", By: by, Dir: -1}))
			p.Frame(0)
			if p.State().Digest() != stops[i] {
				t.Fatalf("step back by %s: stop %d is another one", by, i)
			}
		}
	}
}

func TestJumps(t *testing.T) {
	p := open(t, "timeout")
	must(t, p.Do(Command{Cmd: "jump", To: "timeout", Dir: 1}))
	p.Frame(0)
	found := false
	st := p.State()
	for i := view.Slot(1); i < st.Calls.Cap(); i++ {
		found = found || st.Calls.Live(i) && st.Calls.At(i).State == view.TimedOut
	}
	if !found {
		t.Error("no call timed out there")
	}
	must(t, p.Do(Command{Cmd: "jump", To: "start"}))
	if p.d != 0 {
		t.Error("the start is at", p.d)
	}
	p = open(t, "one-call")
	for i := range 3 {
		must(t, p.Do(Command{Cmd: "jump", To: "reply", Dir: 1}))
		if n := p.State().Counters.AnsweredOK; n != uint64(i+1) {
			t.Errorf("after %d jumps there are %d answers", i+1, n)
		}
	}
	must(t, p.Do(Command{Cmd: "jump", To: "reply", Dir: -1}))
	if n := p.State().Counters.AnsweredOK; n != 2 {
		t.Errorf("one back there are %d answers", n)
	}
}

func TestJumpsToFaults(t *testing.T) {
	p := open(t, "memory-alarm")
	alarmed := func() bool { p.Frame(0); return p.State().Node.Alarms&view.AlarmMemory != 0 }
	must(t, p.Do(Command{Cmd: "jump", To: "fault", Dir: 1}))
	must(t, p.Do(Command{Cmd: "step", By: "event", Dir: 1}))
	if !alarmed() || p.State().At != 3e9 {
		t.Errorf("behind the first fault, at %v, there is no alarm", p.State().At)
	}
	for p.State().At < 16e9 {
		must(t, p.Do(Command{Cmd: "jump", To: "fault", Dir: 1}))
		p.Frame(0)
	}
	must(t, p.Do(Command{Cmd: "step", By: "event", Dir: 1}))
	if alarmed() {
		t.Error("behind the last there still is one")
	}
	if err := p.Do(Command{Cmd: "jump", To: "fault", Dir: 1}); err == nil || !strings.Contains(err.Error(), "no later fault") {
		t.Errorf("beyond the last: %v", err)
	}
}

func TestSlowMotionWidensTheAxisAndComesBack(t *testing.T) {
	p := open(t, "one-call")
	until(p, 5e9)
	must(t, p.Do(Command{Cmd: "pause"}))
	before, at := logOf(p, 5e9), p.State().At
	must(t, p.Do(Command{Cmd: "speed", X: 0.01}))
	if p.State().At != at {
		t.Errorf("stood at stream time %d, now at %d", at, p.State().At)
	}
	var asked, askedAt int64
	for c := p.tl.ReaderAt(0); c.Next(); {
		switch c.Event.Kind {
		case flow.Request:
			asked, askedAt = c.D, c.Event.At
		case flow.Reply:
			if c.D-asked < 100*(c.Event.At-askedAt) {
				t.Errorf("%d ms for a round trip of %d µs", (c.D-asked)/ms, (c.Event.At-askedAt)/1000)
			}
		}
	}
	must(t, p.Do(Command{Cmd: "speed", X: 1}))
	must(t, p.Do(Command{Cmd: "seek", D: 5000}))
	if diff := cmp.Diff(before, logOf(p, 5e9)); diff != "" {
		t.Error(diff)
	}
}

func TestAnEndedScenarioStopsOrLoops(t *testing.T) {
	p := open(t, "server-stops")
	for i := 0; p.Playing() && i < 20_000; i++ {
		p.Frame(33e6)
	}
	if p.Playing() {
		t.Fatal("the scenario never ended")
	}
	end := p.d
	must(t, p.Do(Command{Cmd: "loop", On: true}))
	must(t, p.Do(Command{Cmd: "play"}))
	back := 0
	for last, i := p.d, 0; i < 3000; i++ {
		p.Frame(100e6)
		if p.d < last {
			back++
		}
		last = p.d
	}
	if back < 2 || !p.Playing() || p.d > end {
		t.Errorf("it went back %d times", back)
	}
}
