package player

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// outline writes a strip as text: lines, spans and arrows by the lines' labels.
func outline(s *Seq) []string {
	var out []string
	for _, l := range s.Lines {
		out = append(out, "line "+l.Kind+" "+short(l.Label))
	}
	for _, x := range s.Spans {
		out = append(out, strings.TrimSpace("span "+short(s.Lines[x.Line].Label)+" "+x.Cls.String()+" "+x.State+" "+x.Label()))
	}
	for _, a := range s.Arrows {
		out = append(out, "arrow "+short(s.Lines[a.From].Label)+" → "+short(s.Lines[a.To].Label)+" "+a.Cls.String()+" "+a.State)
	}
	return out
}

func short(name string) string {
	if strings.HasPrefix(name, "reply_") {
		return "reply_…"
	}
	return name
}

func TestTheStripOfOneCall(t *testing.T) {
	p := open(t, "one-call")
	until(p, 2240e6)
	must(t, p.Do(Command{Cmd: "window", D0: 0, D1: 2500}))
	seq := p.Panel().Seq
	want := []string{
		"line process nova-api",
		"line exchange nova",
		"line queue compute",
		"line process nova-compute@host1",
		"line exchange (default)",
		"line queue reply_…",
		"span nova-api call waiting",
		"span nova-compute@host1 call done ping 11 ms",
		"arrow nova-api → nova call done",
		"arrow nova → compute call done",
		"arrow compute → nova-compute@host1 call done",
		"arrow nova-compute@host1 → (default) reply done",
		"arrow (default) → reply_… reply done",
		"arrow reply_… → nova-api reply ahead",
	}
	if diff := cmp.Diff(want, outline(&seq)); diff != "" {
		t.Error(diff)
	}
}

func TestAReplyTellsItsLifeAndWhyItIsThere(t *testing.T) {
	p := open(t, "one-call")
	until(p, 2120e6)
	must(t, p.Do(Command{Cmd: "pause"}))
	must(t, p.Do(Command{Cmd: "select", ID: "m:2"}))
	p.Frame(0)
	s := p.Panel().Select
	if s.Title != "Reply to ping" || s.Cls != "reply" || !strings.HasPrefix(s.Sub, "in flight to reply_") {
		t.Errorf("%q, %q, %q", s.Title, s.Cls, s.Sub)
	}
	var life []string
	for _, l := range s.Life {
		life = append(life, l.Code+" "+l.State)
	}
	want := []string{
		"request past", "publish past", "route past", "enqueue past", "deliver past", "dispatch past", "ack past", "finish past",
		"publish-reply past", "route now", "enqueue ahead", "deliver ahead", "returned ahead", "ack ahead",
	}
	if diff := cmp.Diff(want, life); diff != "" {
		t.Error(diff)
	}
	if s.Why == nil || s.Why.Code != "reply-queue" || len(s.Why.Tried) < 4 || !s.Why.Tried[0].Match || s.Why.Tried[1].Match {
		t.Errorf("why: %+v", s.Why)
	}
	if s.Body == nil || !strings.Contains(*s.Body, "\"result\": {") || !json.Valid([]byte(*s.Body)) {
		t.Errorf("body %v, message %+v", s.Body, p.sel.chosen.m)
	}
	if f := p.focus(); f.Done == 0 || f.Done == len(f.Path) || f.Back == 0 || f.Back >= len(f.Path) {
		t.Errorf("the path: %d of %d done, back from %d", f.Done, len(f.Path), f.Back)
	}
}

func TestEverythingCanBeInspected(t *testing.T) {
	for _, name := range []string{"nova-boot", "fanout", "notify", "timeout", "server-stops"} {
		p := open(t, name)
		ids := map[string]bool{}
		for range 40 {
			until(p, p.d+400e6)
			pan := p.Panel()
			for _, l := range pan.Seq.Lines {
				ids[l.ID] = true
			}
			for _, r := range pan.Log {
				ids[r.ID] = true
			}
			for _, x := range p.list.Proxies {
				ids[string(x.AppendID(nil))] = true
			}
		}
		must(t, p.Do(Command{Cmd: "pause"}))
		for id := range ids {
			if strings.HasPrefix(id, "f:") {
				continue
			}
			must(t, p.Do(Command{Cmd: "select", ID: id}))
			p.Frame(0)
			s := p.Panel().Select
			if s == nil || s.Title == "" || s.Kind == "unknown" {
				t.Errorf("%s: %q gives %+v", name, id, s)
				continue
			}
			for _, r := range s.Related {
				if th := p.parse(r); !th.ok {
					t.Errorf("%s: %q is related to %q, which names nothing", name, id, r)
				}
			}
		}
	}
}

func TestEndsAreAnnouncedOnceAndTheSceneIsSaidInWords(t *testing.T) {
	p := open(t, "one-call")
	var news []string
	waits := false
	for p.d < 9e9 {
		p.Frame(100e6)
		pan := p.Panel()
		news = append(news, pan.Announce...)
		waits = waits || strings.Contains(pan.Summary, "nova-api waits for ping")
	}
	n := 0
	for _, s := range news {
		if strings.HasPrefix(s, "nova-api: ping returned after") {
			n++
		}
	}
	if n != 3 || !waits {
		t.Errorf("%d answers announced, waiting said: %v; %q", n, waits, news)
	}
}

func TestRefusalsSayWhat(t *testing.T) {
	p := open(t, "one-call")
	for _, c := range []Command{
		{Cmd: "dance"},
		{Cmd: "load", Scenario: "no-such"},
		{Cmd: "load", Doc: []byte(`{"x":1}`)},
		{Cmd: "speed", X: 0},
		{Cmd: "speed", X: 1000},
		{Cmd: "step", By: "year", Dir: 1},
		{Cmd: "jump", To: "moon", Dir: 1},
		{Cmd: "undo"},
		{Cmd: "redo"},
		{Cmd: "send", Kind: "parcel"},
	} {
		err := p.Do(c)
		e, ok := err.(*Error)
		if !ok || e.Code == "" || e.Text == "" {
			t.Errorf("%+v: %v", c, err)
		}
	}
	if p.Panel().Scenario != "one-call" {
		t.Error("a refused load changed the scenario")
	}
	until(p, 1e9)
	if p.State().Processes.Len() == 0 {
		t.Error("a refused command stopped the play")
	}
}

// What has no broker has no exchanges and queues either, and nothing is acknowledged.
func TestTransportsWithoutABrokerAreSaidInTheirOwnWords(t *testing.T) {
	for name, want := range map[string]string{"zmq-direct": "sending socket", "zmq-receiver": "receiver daemon", "qpid": "exchange"} {
		p := open(t, name)
		said := ""
		for p.d < 3e9 {
			p.Frame(100e6)
			said = p.Panel().Summary
		}
		if !strings.Contains(said, want) || strings.Contains(said, "exchange") != (name == "qpid") || strings.Contains(said, "acknowledged") != (name == "qpid") {
			t.Errorf("%s: %s", name, said)
		}
	}
}
