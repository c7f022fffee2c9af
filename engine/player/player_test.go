package player

import (
	"encoding/json"
	"testing"

	"rpcscope/assets"
)

func open(t testing.TB, name string) *Player {
	t.Helper()
	p := New(Config{Scenario: assets.Scenario})
	must(t, p.Do(Command{Cmd: "load", Scenario: name}))
	return p
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// play lets wall time pass in frames of 16 ms.
func play(p *Player, seconds float64) {
	for range int(seconds / 0.016) {
		p.Frame(16_000_000)
	}
}

func TestOneCallGoesRound(t *testing.T) {
	p := open(t, "one-call")
	play(p, 2.9)
	pan := p.Panel()
	if c := pan.Counters; c.Calls.Total != 1 || c.Calls.AnsweredOK != 1 || c.Delivered.Reply != 1 {
		t.Errorf("after one round: %+v", c)
	}
	if len(pan.Seq.Lines) != 6 || len(pan.Seq.Spans) < 2 || len(pan.Seq.Arrows) < 6 {
		t.Errorf("the strip has %d lines, %d spans, %d arrows", len(pan.Seq.Lines), len(pan.Seq.Spans), len(pan.Seq.Arrows))
	}
	if !p.Moving() {
		t.Error("it stands still")
	}
	short, err := json.Marshal(pan)
	if long := append(pan.AppendLong([]byte{'{'}), '}'); err != nil || !json.Valid(short) || !json.Valid(long) {
		t.Errorf("%v\n%s", err, long)
	}
}
