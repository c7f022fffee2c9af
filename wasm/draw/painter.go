package draw

import (
	"rpcscope/engine/scene"
	"rpcscope/wasm/draw/tess"
)

// Effects are what a frame may do without when frames are late; they are given
// up in this order.
type Effects struct{ Glow, Trails, Grid bool }

// Step is triangles to paint with one filter. Steps in a row that share a filter
// go out in one draw call, so a frame changes it as seldom as it can.
type Step struct {
	Runs []tess.Run
	// Linear asks for interpolated texels: sprites in about the size they have in
	// the atlas, or larger. Triangles are white texels only, and sprites made much
	// smaller skip texels either way: they look the same with both filters.
	Linear bool
}

// largeZoom is from how many device pixels per world unit on discs and halos are
// about as large as in the atlas.
const largeZoom = 2

func (p *Painter) large() bool { return p.view.Zoom > largeZoom }

// Painter turns lists into triangles. It keeps what stands still and its
// memory: a frame allocates nothing once warm.
type Painter struct {
	// Effects may be changed between frames.
	Effects Effects

	colours []tess.RGBA // one per scene.Paints
	glow    float32

	atlas *Atlas
	tess  *tess.Tessellator
	marks *marks

	static        tess.Mesh
	staticMarks   [scene.NumLayers + 1]tess.Mark
	staticVersion uint64
	meshScale     float32 // device pixels per world unit that static is smooth at
	staticDirty   bool    // batches must be made anew

	still   [scene.NumLayers]tess.Batch
	moving  [scene.NumLayers]tess.Batch
	grid    tess.Batch
	beads   tess.Batch
	halos   tess.Batch
	crowd   tess.Batch
	fresh   tess.Batch
	dynamic tess.Mesh
	steps   []Step

	view          tess.View
	width, height float32
	gridShown     bool
}

// NewPainter returns a painter whose sprites live in the atlas.
func NewPainter(atlas *Atlas) *Painter {
	p := &Painter{fresh: tess.Batch{WhiteX: 1, WhiteY: 1}, atlas: atlas, colours: make([]tess.RGBA, len(scene.Paints)), Effects: Effects{true, true, true}}
	for l := range scene.NumLayers {
		atlas.whiten(&p.still[l])
		atlas.whiten(&p.moving[l])
	}
	return p
}

// SetColours replaces the colours, straight RGBA 0..1 in the order of
// [scene.Paints], and the opacity of halos.
func (p *Painter) SetColours(rgba []float32, glow float32) {
	for i := range p.colours {
		if 4*i+4 <= len(rgba) {
			p.colours[i] = tess.RGBA(rgba[4*i : 4*i+4])
		}
	}
	p.glow, p.staticDirty = glow, true
	p.atlas.Clear()
}

// Colour returns a paint's colour.
func (p *Painter) Colour(c scene.Paint) tess.RGBA { return p.colours[c] }

// What many tokens lose: from crowdSize on they are sprites – cheap, but a
// little soft – without halos, where fewer are cut out of triangles at their
// exact place; beyond ringLimit they have no rings, and sprites are not smoothed.
const (
	crowdSize = 96
	ringLimit = 600
)

// Build makes the triangles of a list seen by a camera on a surface of w × h
// device pixels. The result is valid until the next call.
func (p *Painter) Build(l *scene.List, view tess.View, w, h float32) []Step {
	p.steps = p.steps[:0]
	if !(view.Zoom > 0) {
		return p.steps
	}
	p.prepare(l, view, w, h)
	p.fresh.Reset()
	p.build(l, view)
	if p.atlas.full { // looks of former zooms and themes: start over with those in use
		p.atlas.Clear()
		p.fresh.Reset()
		p.build(l, view)
	}
	return p.steps
}

// Fresh returns the looks that the last Build wants painted into the atlas
// before its steps are, from a white texture.
func (p *Painter) Fresh() []tess.Run { return p.fresh.Runs() }

func (p *Painter) build(l *scene.List, view tess.View) {
	p.steps = p.steps[:0]
	if p.gridShown {
		p.step(&p.grid, p.large())
	}
	p.dynamic.Reset()
	next := 0
	for layer := range scene.NumLayers {
		b := &p.moving[layer]
		b.Reset()
		from := p.dynamic.Mark()
		for next < len(l.Dynamic) && l.Dynamic[next].Layer <= layer {
			p.tess.Path(&p.dynamic, l.DynVerbs, l.DynPoints, &l.Dynamic[next])
			next++
		}
		if layer == scene.LayerTrail && p.Effects.Trails {
			for i := range l.Trails {
				t := &l.Trails[i]
				p.tess.Trail(&p.dynamic, l.TrailPoints[t.Point0:t.Point0+2*t.Points], t.Paint, t.Width, t.Alpha)
			}
		}
		b.Append(&p.dynamic, from, p.dynamic.Mark(), view, p.colours, tess.InPlace)
		p.step(&p.still[layer], false)
		if layer == scene.LayerToken {
			p.tokens(l)
			continue
		}
		p.step(b, false)
		if layer == scene.LayerTrail && len(l.Beads) > 0 {
			p.paintBeads(l)
		}
	}
}

func (p *Painter) step(b *tess.Batch, linear bool) {
	if runs := b.Runs(); len(runs) > 0 {
		p.steps = append(p.steps, Step{runs, linear})
	}
}

// Vertices counts the corners of the last [Painter.Build].
func (p *Painter) Vertices() int {
	n := 0
	for _, s := range p.steps {
		for _, r := range s.Runs {
			n += len(r.V)
		}
	}
	return n
}

// prepare brings what stands still up to date.
func (p *Painter) prepare(l *scene.List, view tess.View, w, h float32) {
	if p.tess == nil || view.Zoom > p.meshScale || view.Zoom < p.meshScale/8 {
		p.meshScale = view.Zoom * 2
		p.tess, p.marks = tess.New(p.meshScale), newMarks(p.meshScale)
		p.staticVersion = l.StaticVersion - 1
	}
	if p.staticVersion != l.StaticVersion {
		p.staticVersion = l.StaticVersion
		p.cutStatic(l)
		p.staticDirty = true
	}
	if grid := p.Effects.Grid && l.GridPitch > 0; grid != p.gridShown {
		p.gridShown, p.staticDirty = grid, true
	}
	if !p.staticDirty && view == p.view && w == p.width && h == p.height {
		return
	}
	p.view, p.width, p.height, p.staticDirty = view, w, h, false
	for layer := range scene.NumLayers {
		p.still[layer].Reset()
		p.still[layer].Append(&p.static, p.staticMarks[layer], p.staticMarks[layer+1], view, p.colours, tess.InPlace)
	}
	p.grid.Reset()
	if p.gridShown {
		p.paintGrid(l.GridPitch)
	}
}

func (p *Painter) cutStatic(l *scene.List) {
	p.static.Reset()
	next := 0
	for layer := range scene.NumLayers {
		p.staticMarks[layer] = p.static.Mark()
		for next < len(l.Static) && l.Static[next].Layer <= layer {
			p.tess.Path(&p.static, l.Verbs, l.Points, &l.Static[next])
			next++
		}
	}
	p.staticMarks[scene.NumLayers] = p.static.Mark()
}

// minGrid is the least distance of the ground's dots, in device pixels.
const minGrid = 10

func (p *Painter) paintGrid(pitch float32) {
	for pitch*p.view.Zoom < minGrid {
		pitch *= 2
	}
	step, r := pitch*p.view.Zoom, max(p.view.Zoom, .75)
	x0 := -frac(p.view.X/pitch+.5) * step
	y0 := -frac(p.view.Y/pitch+.5) * step
	for y := y0; y < p.height+step; y += step {
		for x := x0; x < p.width+step; x += step {
			p.disc(&p.grid, x, y, r, p.colours[scene.Grid], 1)
		}
	}
}

func frac(v float32) float32 {
	f := v - float32(int(v))
	if f < 0 {
		f++
	}
	return f
}

// disc paints a small filled circle of r device pixels.
func (p *Painter) disc(b *tess.Batch, x, y, r float32, colour tess.RGBA, alpha float32) {
	c := p.atlas.Disc()
	e := r * discReach
	b.Sprite(x-e, y-e, 2*e, 2*e, c.X, c.Y, c.W, c.H, colour, alpha)
}

func (p *Painter) paintBeads(l *scene.List) {
	p.beads.Reset()
	v := p.view
	for i := range l.Beads {
		b := &l.Beads[i]
		x, y, r := (b.X-v.X)*v.Zoom, (b.Y-v.Y)*v.Zoom, b.R*v.Zoom
		if x > -r && y > -r && x < p.width+r && y < p.height+r {
			p.disc(&p.beads, x, y, r, p.colours[b.Paint], b.Alpha)
		}
	}
	p.step(&p.beads, p.large())
}
