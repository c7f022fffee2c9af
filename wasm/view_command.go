package main

import (
	"rpcscope/engine/scene"
	"rpcscope/wasm/bridge"
)

// viewCommand is a command about how things are seen, not what happens.
type viewCommand struct {
	cmd, op       string
	dx, dy        float64
	x, y, zoom    float64
	reducedMotion bool
}

// parseViewCommand returns the command as far as it concerns the view; one that
// cannot be parsed does not, and the stage says what is wrong with it.
func parseViewCommand(b []byte) viewCommand {
	f := bridge.Read(b)
	c := viewCommand{
		cmd: f.Text("cmd"), op: f.Text("op"),
		dx: f.Number("dx"), dy: f.Number("dy"),
		x: f.Number("x"), y: f.Number("y"), zoom: f.Number("zoom"),
		reducedMotion: f.On("reducedMotion"),
	}
	if f.Err != nil {
		return viewCommand{}
	}
	return c
}

// zoomStep is the factor of one press of + or −.
const zoomStep = 1.25

// camera carries out an op of the command "camera"; it reports false for one that does not exist.
func (c *camera) do(v viewCommand) bool {
	switch v.op {
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
		if v.zoom <= 0 {
			return false
		}
		c.set(shot{v.x, v.y, v.zoom})
	case "pan":
		c.pan(v.dx, v.dy, true)
	default:
		return false
	}
	return true
}

func rectOf(p *scene.Proxy) scene.Rect { return scene.Rect{X: p.X, Y: p.Y, W: p.W, H: p.H} }
