package main

import (
	"encoding/json"
	"strings"
	"testing"

	"rpcscope/engine/player"
	"rpcscope/engine/scene"
)

type reply struct {
	OK    bool
	Error struct{ Code, Text, Path string }
}

func tell(t *testing.T, s stage, command string) (r reply) {
	t.Helper()
	if err := json.Unmarshal(s.do([]byte(command)), &r); err != nil {
		t.Fatalf("%s: the reply is no JSON: %v", command, err)
	}
	return r
}

func panelOf(t *testing.T, s stage) (p player.Panel) {
	t.Helper()
	b := s.appendPanel(nil, player.Camera{Zoom: 2, X: 3, Y: 4})
	if err := json.Unmarshal(b, &p); err != nil {
		t.Fatalf("the panel model is no JSON: %v", err)
	}
	return p
}

func TestThePlayerStagePlaysAScenario(t *testing.T) {
	s := newStage("")
	s.room(1000, 600, 56)
	if r := tell(t, s, `{"cmd":"load","scenario":"one-call"}`); !r.OK {
		t.Fatal(r.Error)
	}
	tell(t, s, `{"cmd":"play"}`)
	seen := false
	for range 200 {
		l := s.frame(16e6)
		seen = seen || len(l.Tokens) > 0
	}
	if !seen || !s.moving() {
		t.Errorf("messages seen: %v, moving: %v", seen, s.moving())
	}
	p := panelOf(t, s)
	if p.Counters.Published.Call == 0 || p.Camera.Zoom != 2 || p.Camera.X != 3 {
		t.Errorf("published %+v, camera %+v", p.Counters.Published, p.Camera)
	}
	tell(t, s, `{"cmd":"pause"}`)
	if s.moving() {
		t.Error("paused, but moving")
	}
}

func TestRefusedCommandsSayWhy(t *testing.T) {
	s := newStage("")
	for _, c := range []struct{ command, code, says string }{
		{`{"cmd":"sing"}`, "unknown-command", "sing"},
		{`nonsense`, "bad-command", "not JSON"},
		{`{"cmd":"speed","x":"fast"}`, "bad-command", "x"},
		{`{"cmd":"load","doc":{"title":1}}`, "", "title"},
	} {
		r := tell(t, s, c.command)
		if r.OK || c.code != "" && r.Error.Code != c.code || !strings.Contains(r.Error.Text+r.Error.Path, c.says) {
			t.Errorf("%s: %+v", c.command, r)
		}
	}
}

func TestStillAndCrowdAreChosenByTheAddress(t *testing.T) {
	g := newStage("gallery")
	if l := g.frame(0); len(l.Labels) == 0 || g.moving() || !tell(t, g, `{"cmd":"play"}`).OK {
		t.Error("the gallery is a still picture")
	}
	panelOf(t, g)
	g.room(1, 1, 0)
	if err := g.feed([]byte("x")); err != nil || !tell(t, g, "{}").OK {
		t.Error("a stage without a stream ignores one")
	}
	if _, ok := newStage("crowd=-1").(*playing); !ok {
		t.Error("a crowd that cannot be is the player")
	}
}

func TestCameraCommands(t *testing.T) {
	c := placed(1000, 600, scene.Rect{W: 2000, H: 500})
	for op, want := range map[string]bool{"in": true, "out": true, "reset": true, "pan": true, "fit": true, "roll": false, "set": false} {
		if got := c.do(parseViewCommand([]byte(`{"cmd":"camera","op":"` + op + `"}`))); got != want {
			t.Errorf("op %s: %v, want %v", op, got, want)
		}
	}
	settle(c)
	c.do(viewCommand{op: "set", x: 1, y: 2, zoom: 3})
	if c.now != (shot{1, 2, 3}) {
		t.Errorf("set: %+v", c.now)
	}
	if v := parseViewCommand([]byte("junk")); v.cmd != "" {
		t.Errorf("junk: %+v", v)
	}
	if r := rectOf(&scene.Proxy{X: 1, Y: 2, W: 3, H: 4}); r != (scene.Rect{X: 1, Y: 2, W: 3, H: 4}) {
		t.Errorf("rect %+v", r)
	}
}
