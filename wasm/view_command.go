package main

import (
	"encoding/json"

	"rpcscope/engine/scene"
)

// viewCommand is a command about how things are seen, not what happens.
type viewCommand struct {
	Cmd           string  `json:"cmd"`
	Op            string  `json:"op"`
	DX            float64 `json:"dx"`
	DY            float64 `json:"dy"`
	X             float64 `json:"x"`
	Y             float64 `json:"y"`
	Zoom          float64 `json:"zoom"`
	ReducedMotion bool    `json:"reducedMotion"`
}

// parseViewCommand returns the command as far as it concerns the view; one that
// cannot be parsed does not, and the stage says what is wrong with it.
func parseViewCommand(b []byte) viewCommand {
	var c viewCommand
	if json.Unmarshal(b, &c) != nil {
		return viewCommand{}
	}
	return c
}

// zoomStep is the factor of one press of + or −.
const zoomStep = 1.25

// camera carries out an op of the command "camera"; it reports false for one that does not exist.
func (c *camera) do(v viewCommand) bool {
	switch v.Op {
	case "fit":
		c.fit()
	case "in":
		c.zoomBy(zoomStep)
	case "out":
		c.zoomBy(1 / zoomStep)
	case "reset":
		c.moved = true
		c.goTo(shot{c.to.x, c.to.y, 1})
	case "set":
		if v.Zoom <= 0 {
			return false
		}
		c.set(shot{v.X, v.Y, v.Zoom})
	case "pan":
		c.pan(v.DX, v.DY, true)
	default:
		return false
	}
	return true
}

func rectOf(p *scene.Proxy) scene.Rect { return scene.Rect{X: p.X, Y: p.Y, W: p.W, H: p.H} }
