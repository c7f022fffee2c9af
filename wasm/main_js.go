//go:build js && wasm

package main

import (
	"syscall/js"

	"github.com/hajimehoshi/ebiten/v2"

	"rpcscope/wasm/bridge"
	"rpcscope/wasm/draw"
)

func main() {
	page := js.Global().Get("rpcscopeHost")
	g := &game{}
	g.cam.jumpTo(shot{zoom: 1}) // until there is something to look at
	g.surface = draw.NewSurface()
	g.stage = newStage(page.Get("mode").String())
	g.host = bridge.NewHost(page, &g.out, g, g.Hit)
	page.Call("up")
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
