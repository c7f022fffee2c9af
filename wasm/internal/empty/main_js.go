//go:build js && wasm

// Command empty is the smallest Ebitengine game: what size and start-up time
// of ours are measured against.
package main

import (
	"syscall/js"

	"github.com/hajimehoshi/ebiten/v2"
)

type game struct{ told bool }

func (g *game) Update() error { return nil }

// Draw tells the page of its first frame.
func (g *game) Draw(*ebiten.Image) {
	if !g.told {
		g.told = true
		js.Global().Call("firstFrame")
	}
}

func (g *game) Layout(w, h int) (int, int) { return w, h }

func main() {
	if err := ebiten.RunGame(&game{}); err != nil {
		panic(err)
	}
}
