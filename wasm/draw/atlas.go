package draw

import (
	"math"

	"rpcscope/wasm/draw/tess"
)

// Cell is a rectangle of the atlas, in texels.
type Cell struct{ X, Y, W, H float32 }

// Atlas lays out the texture that everything is painted from: a white patch for
// triangles, a disc and a halo, and the looks of tokens as they come into use.
// It knows places only; the surface fills them ([Atlas.Base], [Painter.Fresh]).
type Atlas struct {
	cells map[cellKey]Cell
	// the shelf under way
	x, y, height int
	full         bool
	stale        bool
}

type cellKey struct {
	mark markKey
	size int16
}

// The fixed part of the atlas.
const (
	AtlasSize = 1024
	whiteSize = 8
	discSize  = 64
	glowSize  = 128
	discAt    = 16
	glowAt    = discAt + discSize + 8
	// discReach is the half of the disc's cell over its radius: what lies beyond is empty, for the filter.
	discReach = float32(discSize) / (discSize - 4)
	shelfTop  = glowSize + 16
)

// NewAtlas returns an empty one.
func NewAtlas() *Atlas {
	a := &Atlas{cells: map[cellKey]Cell{}}
	a.Clear()
	return a
}

// Clear forgets the looks.
func (a *Atlas) Clear() {
	clear(a.cells)
	a.x, a.y, a.height, a.full, a.stale = 0, shelfTop, 0, false, true
}

// Stale reports, once, that the texture must be filled with [Atlas.Base] anew.
func (a *Atlas) Stale() bool {
	s := a.stale
	a.stale = false
	return s
}

func (a *Atlas) whiten(b *tess.Batch) { b.WhiteX, b.WhiteY = whiteSize/2, whiteSize/2 }

// Disc is a white circle that reaches 1/discReach of the cell.
func (a *Atlas) Disc() Cell { return Cell{discAt, 4, discSize, discSize} }

// Glow is a white halo.
func (a *Atlas) Glow() Cell { return Cell{glowAt, 4, glowSize, glowSize} }

// Mark returns the cell of a token's look at a zoom, and whether it is still
// to be filled. A full atlas returns an empty cell and wants to be cleared.
func (a *Atlas) Mark(k markKey, zoom float32) (c Cell, fresh bool) {
	size := int(math.Ceil(float64(markReach * k.scale() * zoom)))
	size = min((size+1)&^1, AtlasSize/8)
	key := cellKey{k, int16(size)}
	if c, ok := a.cells[key]; ok {
		return c, false
	}
	const gap = 2
	w := 2 * size
	if a.x+w > AtlasSize {
		a.x, a.y, a.height = 0, a.y+a.height+gap, 0
	}
	if a.y+w > AtlasSize {
		a.full = true
		return Cell{}, false
	}
	c = Cell{float32(a.x), float32(a.y), float32(w), float32(w)}
	a.x += w + gap
	a.height = max(a.height, w)
	a.cells[key] = c
	return c, true
}

// Base returns the fixed pixels of the atlas, premultiplied RGBA, AtlasSize
// pixels wide and shelfTop high.
func (a *Atlas) Base() []byte {
	px := make([]byte, 4*AtlasSize*shelfTop)
	set := func(x, y int, v float64) {
		b := byte(math.Round(255 * min(max(v, 0), 1)))
		copy(px[4*(y*AtlasSize+x):], []byte{b, b, b, b})
	}
	for y := range whiteSize {
		for x := range whiteSize {
			set(x, y, 1)
		}
	}
	radial := func(c Cell, f func(r float64) float64) {
		for y := range int(c.H) {
			for x := range int(c.W) {
				dx, dy := float64(x)+.5-float64(c.W)/2, float64(y)+.5-float64(c.H)/2
				set(int(c.X)+x, int(c.Y)+y, f(math.Hypot(dx, dy)))
			}
		}
	}
	radial(a.Disc(), func(r float64) float64 { return (discSize-4)/2 - r + .5 })
	radial(a.Glow(), func(r float64) float64 {
		f := max(1-r/(glowSize/2), 0)
		return f * f
	})
	return px
}
