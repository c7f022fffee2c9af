//go:build js && wasm

package main

import (
	"syscall/js"
	"time"

	"github.com/hajimehoshi/ebiten/v2"

	"rpcscope/assets"
	"rpcscope/engine/player"
	"rpcscope/wasm/bridge"
	"rpcscope/wasm/draw"
)

// The heap may grow while everything is made for the first time: the page
// starts the program with a high GOGC. After so many frames steadyGC keeps
// memory close to what is in use.
const (
	steadyGC     = 100
	steadyFrames = 120
)

// startWait bounds how long the first picture waits for what it is to show.
const startWait = 500 * time.Millisecond

// awaitStart waits until the page has said what to show, so that the first
// frame shows it: once the graphics are asked for, the page stands still for long.
func (g *game) awaitStart() {
	g.begun = make(chan struct{})
	select {
	case <-g.begun:
	case <-time.After(startWait):
	}
	g.begun = nil
}

// open begins with a scenario, playing, before the page has said anything: its
// clock runs from here on, while the graphics come up.
func (g *game) open(scenario string) {
	s, ok := g.stage.(*playing)
	if !ok {
		return // something to look at or measure with
	}
	s.open(scenario)
	g.last, g.stale, g.panelDue = time.Now(), true, true
	g.out.Frame.Want = 1
}

// open loads and plays a built-in scenario; the first of them when there is none of that name.
func (s *playing) open(scenario string) {
	if s.p.Do(player.Command{Cmd: "load", Scenario: scenario}) != nil {
		_ = s.p.Do(player.Command{Cmd: "load", Scenario: assets.Scenarios()[0].Name})
	}
	_ = s.p.Do(player.Command{Cmd: "play"})
}

func main() {
	page := js.Global().Get("rpcscopeHost")
	g := &game{}
	g.cam.jumpTo(shot{zoom: 1}) // until there is something to look at
	g.surface = draw.NewSurface()
	g.stage = newStage(page.Get("mode").String())
	g.host = bridge.NewHost(page, &g.out, g, g.Hit)
	page.Call("up")
	g.host.Drain(g)
	if opening := page.Get("opening"); opening.Type() == js.TypeString {
		g.open(opening.String())
	} else if page.Get("embedded").Bool() {
		g.awaitStart()
	}
	ebiten.SetScreenClearedEveryFrame(false)
	ebiten.SetTPS(ebiten.SyncWithFPS)
	err := ebiten.RunGameWithOptions(g, &ebiten.RunGameOptions{
		InitUnfocused:     true,
		ScreenTransparent: true, // leaves the page's own background while nothing is drawn
		DisableHiDPI:      true, // the page says how many pixels the canvas has
	})
	if err != nil {
		g.host.Failed("engine", err.Error())
		g.runBlind()
	}
}
