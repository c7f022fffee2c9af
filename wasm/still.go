package main

import (
	"rpcscope/engine/player"
	"rpcscope/engine/scene"
	"rpcscope/wasm/bridge"
)

// still is a stage on which nothing happens: the gallery of every visual state (?gallery).
type still struct{ list *scene.List }

func (s still) room(_, _, _ float64)                         {}
func (s still) frame(int64) *scene.List                      { return s.list }
func (s still) do([]byte) []byte                             { return bridge.OK }
func (s still) feed([]byte) error                            { return nil }
func (s still) moving() bool                                 { return false }
func (s still) appendPanel(b []byte, _ player.Camera) []byte { return append(b, "{}"...) }
