package main

import (
	"strconv"
	"strings"

	"rpcscope/engine/player"
	"rpcscope/engine/scene"
)

// stage is what is on: the player, or something to look at or measure with. All
// of it runs on the game loop.
type stage interface {
	// room tells how large the view is, in CSS pixels, and how much floating bars take of its top.
	room(w, h, top float64)
	// frame moves on by dt wall nanoseconds and returns the picture.
	frame(dt int64) *scene.List
	// do carries out a command, JSON in, JSON reply out.
	do(command []byte) (reply []byte)
	// feed takes bytes of a live stream or a file.
	feed(b []byte) error
	// appendPanel appends the panel model as JSON.
	appendPanel(b []byte, view player.Camera) []byte
	// moving reports whether the next frame will differ without any input.
	moving() bool
}

// newStage returns the stage that the page's address asks for: "crowd=N",
// "gallery", or the player.
func newStage(mode string) stage {
	if n, ok := strings.CutPrefix(mode, "crowd="); ok {
		if count, err := strconv.Atoi(n); err == nil && count >= 0 && count <= maxCrowd {
			return newCrowd(count)
		}
	}
	if mode == "gallery" {
		return still{scene.Gallery()}
	}
	return newPlaying()
}

// maxCrowd bounds what an address can ask for.
const maxCrowd = 100_000
