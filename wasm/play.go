package main

import (
	"errors"

	"rpcscope/assets"
	"rpcscope/engine/player"
	"rpcscope/engine/scene"
	"rpcscope/wasm/bridge"
)

// playing is the player on stage.
type playing struct {
	p *player.Player
}

func newPlaying() *playing {
	s := &playing{}
	s.p = player.New(player.Config{Scenario: assets.Scenario, OnStatus: s.status})
	return s
}

func (s *playing) room(w, h, top float64) { s.p.SetRoom(float32(w), float32(h), float32(top)) }

func (s *playing) frame(dt int64) *scene.List { return s.p.Frame(dt) }

func (s *playing) moving() bool { return s.p.Moving() }

func (s *playing) do(b []byte) []byte {
	c, err := bridge.ReadCommand(b)
	if err == nil {
		err = s.p.Do(c)
	}
	if err != nil {
		return refusal(err)
	}
	return bridge.OK
}

func refusal(err error) []byte {
	if e := (*player.Error)(nil); errors.As(err, &e) {
		return bridge.Refusal(e.Code, e.Text, e.Path)
	}
	return bridge.Refusal("failed", err.Error(), "")
}

func (s *playing) feed(b []byte) error { return s.p.Feed(b) }

// status takes what the live bridge says about itself.
func (s *playing) status(doc []byte) {
	if l, err := bridge.ReadStatus(doc); err == nil { // a newer bridge may say more than this page knows, never less
		s.p.SetLive(l)
	}
}

func (s *playing) appendPanel(b []byte, view player.Camera) []byte {
	panel := s.p.Panel()
	panel.Camera = view
	return bridge.AppendPanel(b, panel)
}
