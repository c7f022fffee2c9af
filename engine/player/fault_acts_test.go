package player

import (
	"slices"
	"testing"

	"rpcscope/assets"
)

// offered are the kinds of what can be done to the selected thing, with what they wait for.
func offered(p *Player) (kinds []string) {
	for _, d := range p.Panel().Select.Deeds {
		kind := d.Kind
		if d.When != "" {
			kind += " when " + d.When
		}
		kinds = append(kinds, kind)
	}
	return kinds
}

func inflict(t *testing.T, p *Player, kind string) {
	t.Helper()
	for _, d := range p.Panel().Select.Deeds {
		if d.Kind == kind && d.When == "" {
			must(t, p.Do(Command{Cmd: "send", Kind: d.Kind, Client: d.Client, Queue: d.Queue, Value: d.Value, Label: d.Label}))
			p.Frame(0)
			return
		}
	}
	t.Fatalf("%s is not offered: %v", kind, offered(p))
}

func TestTheInspectorOffersWhatCanBeDoneNow(t *testing.T) {
	p := New(Config{Scenario: assets.Scenario})
	must(t, p.Do(Command{Cmd: "load", Scenario: "two-servers"}))
	must(t, p.Do(Command{Cmd: "pause"}))
	must(t, p.Do(Command{Cmd: "seek", D: 3000}))
	p.Frame(0)
	must(t, p.Do(Command{Cmd: "select", ID: "p:server1"}))
	want := []string{
		"kill", "stop", "pause", "slow_down", "kill when fetched", "kill when acknowledged", "kill when finished",
		"drop_connections", "cut_link", "delay_link",
	}
	if got := offered(p); !slices.Equal(got, want) {
		t.Errorf("a running server: %v", got)
	}
	inflict(t, p, "pause")
	if got := offered(p); !slices.Contains(got, "continue") || slices.Contains(got, "pause") || p.Panel().Select.Facts[0][1] != "paused" {
		t.Errorf("paused: %v, %v", got, p.Panel().Select.Facts[0])
	}
	must(t, p.Do(Command{Cmd: "undo"}))
	p.Frame(0)
	if got := offered(p); !slices.Equal(got, want) {
		t.Errorf("after undo: %v", got)
	}
	inflict(t, p, "cut_link")
	if got := offered(p); !slices.Contains(got, "restore_link") || slices.Contains(got, "cut_link") {
		t.Errorf("cut off: %v", got)
	}
	must(t, p.Do(Command{Cmd: "select", ID: "b:"}))
	inflict(t, p, "raise_alarm")
	if got := offered(p); !slices.Equal(got, []string{"restart_broker", "stop_broker", "clear_alarm"}) {
		t.Errorf("under an alarm: %v", got)
	}
	must(t, p.Do(Command{Cmd: "select", ID: "q://test"}))
	if got := offered(p); !slices.Equal(got, []string{"purge_queue", "delete_queue"}) {
		t.Errorf("a queue: %v", got)
	}
}

// What waits for something happens when that comes about, and undo takes it back before it has.
func TestAFaultWaitsForItsCondition(t *testing.T) {
	p := New(Config{Scenario: assets.Scenario})
	must(t, p.Do(Command{Cmd: "load", Scenario: "two-servers"}))
	must(t, p.Do(Command{Cmd: "pause"}))
	must(t, p.Do(Command{Cmd: "seek", D: 1000}))
	p.Frame(0)
	must(t, p.Do(Command{Cmd: "send", Kind: "kill", Client: "server1", When: "fetched"}))
	killed := func() bool {
		must(t, p.Do(Command{Cmd: "seek", D: 12_000}))
		p.Frame(0)
		must(t, p.Do(Command{Cmd: "select", ID: "p:server1"}))
		return slices.Contains(offered(p), "start")
	}
	if !killed() {
		t.Error("it lives on")
	}
	must(t, p.Do(Command{Cmd: "undo"}))
	if killed() {
		t.Error("undone, it is killed all the same")
	}
}
