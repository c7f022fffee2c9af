//go:build js && wasm

package main

import (
	"runtime/debug"
	"syscall/js"
	"time"

	"github.com/hajimehoshi/ebiten/v2"

	"rpcscope/wasm/bridge"
	"rpcscope/wasm/draw"
)

// startGC lets the heap grow while everything is made for the first time;
// steadyGC, after so many frames, keeps memory close to what is in use.
const (
	startGC      = 400
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

func main() {
	debug.SetGCPercent(startGC)
	page := js.Global().Get("rpcscopeHost")
	g := &game{}
	g.cam.jumpTo(shot{zoom: 1}) // until there is something to look at
	g.surface = draw.NewSurface()
	g.stage = newStage(page.Get("mode").String())
	g.host = bridge.NewHost(page, &g.out, g, g.Hit)
	page.Call("up")
	if page.Get("embedded").Bool() {
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
