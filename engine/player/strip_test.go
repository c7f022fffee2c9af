package player

import (
	"testing"

	"pgregory.net/rapid"
)

// The strip is read on from panel to panel; whatever happens in between, it is the one that reading all of it anew would give.
func TestTheStripReadOnIsTheStripReadAnew(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		name := rapid.SampledFrom([]string{"nova-boot", "fanout", "timeout"}).Draw(rt, "scenario")
		p := open(t, name)
		for range rapid.IntRange(1, 6).Draw(rt, "turns") {
			switch rapid.SampledFrom([]string{"play", "play", "play", "seek", "send", "select", "window"}).Draw(rt, "what") {
			case "seek":
				must(t, p.Do(Command{Cmd: "seek", D: rapid.Float64Range(0, 20_000).Draw(rt, "to")}))
			case "send":
				_ = p.Do(Command{Cmd: "send", Kind: "call"})
			case "select":
				must(t, p.Do(Command{Cmd: "select", ID: rapid.SampledFrom([]string{"", "m:2", "m:7"}).Draw(rt, "id")}))
			case "window":
				from := rapid.Float64Range(0, 9_000).Draw(rt, "from")
				must(t, p.Do(Command{Cmd: "window", D0: from, D1: from + rapid.SampledFrom([]float64{0, 4_000}).Draw(rt, "wide")}))
			}
			_ = p.Do(Command{Cmd: "play"})
			for range rapid.IntRange(0, 30).Draw(rt, "panels") {
				for range 6 {
					p.Frame(16e6)
				}
				readOn := string(p.Panel().AppendLong(nil))
				kept := p.strip
				p.strip = stripMaker{d0: kept.d0, d1: kept.d1}
				readAnew := string(p.Panel().AppendLong(nil))
				p.strip = kept
				if readOn != readAnew {
					rt.Fatalf("%s at %d ms:\n%s\n%s", name, p.d/ms, readOn, readAnew)
				}
			}
		}
	})
}

func TestTheWindowMovesOnWithThePlayhead(t *testing.T) {
	p := open(t, "nova-boot")
	last := int64(-1)
	for range 300 {
		for range 6 {
			p.Frame(16e6)
		}
		s := p.Panel().Seq
		if s.D1-s.D0 != stripWindow && !p.ended() || p.d < s.D0 || p.d > s.D1 {
			t.Fatalf("at %d ms it shows %d to %d", p.d/ms, s.D0/ms, s.D1/ms)
		}
		if moved := s.D0 - last; last > 0 && moved != 0 && moved != stripStep {
			t.Errorf("at %d ms it jumps by %d ms", p.d/ms, moved/ms)
		}
		last = s.D0
	}
}

func TestMillisecondsAreWrittenExactly(t *testing.T) {
	for ns, want := range map[int64]string{0: "0", 1: "0.000001", 5_000_000: "5", 1_230_000: "1.23", -2_500_000: "-2.5", 14_339_904_001: "14339.904001"} {
		if got := string(millis(nil, ns)); got != want {
			t.Errorf("%d ns are %s ms", ns, got)
		}
	}
}
