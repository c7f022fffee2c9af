package main

import (
	"math"
	"strconv"

	"rpcscope/engine/player"
	"rpcscope/engine/scene"
	"rpcscope/wasm/bridge"
)

// crowd is a stage for measuring: a map of average size with n messages on its
// way across it, every one of them drawn (?crowd=1000). It is drawn like the
// real thing, but knows nothing of brokers.
type crowd struct {
	list scene.List
	n    int
	now  int64
}

const (
	crowdRows = 12
	crowdW    = 1200
	crowdRow  = 60
	crowdBox  = 160
	// crowdTrip is how long a message takes across the map, in nanoseconds.
	crowdTrip = int64(3e9)
)

func newCrowd(n int) *crowd {
	c := &crowd{n: n}
	l := &c.list
	l.StaticVersion, l.LabelVersion, l.ProxyVersion, l.GridPitch, l.Moving = 1, 1, 1, 24, true
	l.Bounds = scene.Rect{W: crowdW, H: crowdRows * crowdRow}
	for row := range crowdRows {
		y := float32(row * crowdRow)
		c.line(crowdBox, y+20, crowdW-crowdBox, y+20)
	}
	for row := range crowdRows {
		for side, x := range []float32{0, crowdW - crowdBox} {
			y, name := float32(row*crowdRow), "node-"+strconv.Itoa(2*row+side)
			c.box(x, y, crowdBox, 40)
			id := uint64(2*row + side + 1)
			l.Labels = append(l.Labels, scene.Label{ID: id, X: x + 12, Y: y + 24, Text: name, Width: 40, Alpha: 1, Style: scene.StyleName, Priority: 9})
			l.Proxies = append(l.Proxies, scene.Proxy{ID: "p:" + name, X: x, Y: y, W: crowdBox, H: 40, Label: name})
		}
	}
	return c
}

func (c *crowd) path(p scene.Path, verbs []scene.Verb, xy ...float32) {
	l := &c.list
	p.Verb0, p.Verbs, p.Point0 = int32(len(l.Verbs)), int32(len(verbs)), int32(len(l.Points))
	p.Alpha, p.Trim = 1, 1
	l.Verbs, l.Points, l.Static = append(l.Verbs, verbs...), append(l.Points, xy...), append(l.Static, p)
}

func (c *crowd) line(x0, y0, x1, y1 float32) {
	c.path(scene.Path{Stroke: scene.LineStrong, Width: 1.5, Layer: scene.LayerEdge}, []scene.Verb{scene.Move, scene.Line}, x0, y0, x1, y1)
}

func (c *crowd) box(x, y, w, h float32) {
	const r = 12
	q, n := scene.Quad, scene.Line
	c.path(scene.Path{Fill: scene.Surface2, Stroke: scene.LineSoft, Width: 1.25, Layer: scene.LayerNode, Convex: true},
		[]scene.Verb{scene.Move, n, q, n, q, n, q, n, q, scene.Close},
		x+r, y, x+w-r, y, x+w, y, x+w, y+r, x+w, y+h-r, x+w, y+h, x+w-r, y+h, x+r, y+h, x, y+h, x, y+h-r, x, y+r, x, y, x+r, y)
}

func (c *crowd) frame(dt int64) *scene.List {
	c.now += dt
	l := &c.list
	l.Tokens = l.Tokens[:0]
	for i := range c.n {
		s := scene.Sym(i % int(scene.SymOther))
		at := float64((c.now+crowdTrip*int64(i)/int64(c.n)*7)%crowdTrip) / float64(crowdTrip)
		t := scene.Token{
			ID: uint64(i + 1), Symbol: s, Scale: 1, Alpha: 1, Ring: -1, Flags: scene.Glow,
			X: crowdBox + float32(at)*(crowdW-2*crowdBox), Y: float32(i%crowdRows*crowdRow) + 20 + 8*float32(math.Sin(6*at+float64(i))),
		}
		if s == scene.SymCall {
			t.Ring, t.RingPaint = 1-float32(at), scene.HueCall.Paint(scene.PartLine)
		}
		l.Tokens = append(l.Tokens, t)
	}
	return l
}

func (c *crowd) room(_, _, _ float64) {}
func (c *crowd) do([]byte) []byte     { return bridge.OK }
func (c *crowd) feed([]byte) error    { return nil }
func (c *crowd) moving() bool         { return true }

func (c *crowd) appendPanel(b []byte, _ player.Camera) []byte { return append(b, "{}"...) }
