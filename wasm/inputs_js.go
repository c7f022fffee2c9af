//go:build js && wasm

package main

import (
	"rpcscope/wasm/bridge"
	"rpcscope/wasm/draw"
)

// What the page may ask for; see [bridge.Sink]. All calls come from Drain.

// Command carries out a command. Those of the camera and the theme end here.
func (g *game) Command(json []byte) []byte {
	g.stale, g.panelDue = true, true
	switch c := parseViewCommand(json); c.cmd {
	case "camera":
		if !g.cam.do(c) {
			return bridge.Refusal("unknown-op", "camera has no op "+c.op, "op")
		}
		return bridge.OK
	case "theme":
		g.cam.still = c.reducedMotion // and the stage must know as well
	}
	reply := g.stage.do(json)
	if g.begun != nil && g.stage.moving() {
		close(g.begun)
		g.begun = nil
	}
	return reply
}

func (g *game) Feed(b []byte) {
	g.stale = true
	if err := g.stage.feed(b); err != nil {
		g.host.Failed("stream", err.Error())
	}
}

func (g *game) Resize(w, h, top float64) {
	g.top = top
	g.width, g.height, g.stale = w, h, true
	g.stage.room(w, h, g.top)
}

func (g *game) Colours(rgba []float32, glow float32) {
	g.surface.SetColours(rgba, glow)
	g.stale = true
}

func (g *game) Pan(dx, dy float64, glided bool) {
	g.cam.pan(dx, dy, glided)
	g.stale = true
}

func (g *game) ZoomAt(x, y, factor float64) {
	g.cam.zoomAt(x, y, factor)
	g.stale = true
}

// Effects gives up some of what a frame can do without: 1 halos, 2 trails as well, 3 the grid as well.
func (g *game) Effects(level int) {
	g.surface.Effects = draw.Effects{Glow: level < 1, Trails: level < 2, Grid: level < 3}
	g.out.Frame.Effects = uint32(level)
	g.stale = true
}

// Reveal brings the proxy with that id into view.
func (g *game) Reveal(id string) {
	if g.list == nil {
		return
	}
	for i := range g.list.Proxies {
		if p := &g.list.Proxies[i]; string(p.AppendID(nil)) == id {
			g.cam.reveal(rectOf(p))
			g.stale = true
			return
		}
	}
}

// Hit returns what lies at a point of the view; slack is in CSS pixels.
func (g *game) Hit(x, y, slack float64) string {
	if g.list == nil {
		return ""
	}
	x0, y0 := g.cam.corner()
	z := g.cam.now.zoom
	return hitTest(g.list, float32(x0+x/z), float32(y0+y/z), float32(slack/z))
}
