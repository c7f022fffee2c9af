package draw

import (
	"rpcscope/engine/scene"
	"rpcscope/wasm/draw/tess"
)

// markKey names one look of a token. The outline keeps its width in pixels at
// any scale, so the scale is part of the look, in steps.
type markKey struct {
	sym   scene.Sym
	flags scene.TokenFlags
	step  uint8 // scale in 32nds
}

// lookFlags are the flags that the outline and glyph of a token depend on.
const lookFlags = scene.Bare | scene.Hollow | scene.Dashed | scene.Fault

const (
	scaleSteps  = 32
	maxScale    = 4 // of a token; larger ones share the look of the largest
	nominalRing = 15.5
	ringWidth   = 2.5
	// trackAlpha is the opacity of the full circle that a ring stands on.
	trackAlpha = .28
	// selectRadius is where the rings of selected and hovered tokens lie.
	selectRadius = 20
	// glowRadius is how far the halo of a token reaches.
	glowRadius = 28
	// markReach is farther than any outline of a token at scale 1, rim included.
	markReach = 17.5
)

func keyOf(t *scene.Token) markKey {
	step := min(max(int(t.Scale*scaleSteps+.5), 1), maxScale*scaleSteps)
	return markKey{t.Symbol, t.Flags & lookFlags, uint8(step - 1)}
}

func (k markKey) scale() float32 { return float32(int(k.step)+1) / scaleSteps }

// marks keeps the triangles of the tokens' looks.
type marks struct {
	tess   *tess.Tessellator
	meshes map[markKey]*tess.Mesh
	tracks map[scene.Paint]*tess.Mesh
	badge  tess.Mesh
	sel    tess.Mesh
	hover  tess.Mesh
}

func newMarks(scale float32) *marks {
	m := &marks{tess: tess.New(scale), meshes: map[markKey]*tess.Mesh{}, tracks: map[scene.Paint]*tess.Mesh{}}
	m.badgeMesh()
	m.tess.Arc(&m.sel, 0, 0, selectRadius, 1, 2, scene.Select, 1)
	m.tess.DashedCircle(&m.hover, 0, 0, selectRadius, 1.5, [2]float32{2, 4}, scene.Select, 1)
	return m
}

// mesh returns the triangles of a look around (0, 0), in world units, to be
// placed unscaled.
func (m *marks) mesh(k markKey) *tess.Mesh {
	if got := m.meshes[k]; got != nil {
		return got
	}
	s := scene.Symbols[k.sym]
	hue, scale := s.Hue, k.scale()
	if k.flags&scene.Fault != 0 {
		hue = scene.HueFault
	}
	small, hollow := k.flags&scene.Bare != 0, k.flags&(scene.Hollow|scene.Dashed) != 0
	o := s.Outline
	o.Fill, o.Stroke, o.Width, o.Alpha, o.Trim = hue.Paint(scene.PartFill), hue.Paint(scene.PartRim), 1.5, 1, 1
	switch {
	case hollow:
		o.Fill, o.Stroke = scene.Ground, hue.Paint(scene.PartLine)
		if small {
			o.Fill = scene.NoPaint // what it stands in shows through
		}
	case small:
		o.Width = 1
	}
	o.Width /= scale
	if k.flags&scene.Dashed != 0 {
		o.Dash = scene.DashedToken
	}
	mesh := &tess.Mesh{}
	m.tess.Path(mesh, scene.SymbolVerbs, scene.SymbolPoints, &o)
	if !small && scale >= .7 {
		m.glyph(mesh, k, hue, hollow)
	}
	for i := range mesh.V {
		v := &mesh.V[i]
		v.X, v.Y, v.Half = v.X*scale, v.Y*scale, v.Half*scale
	}
	m.meshes[k] = mesh
	return mesh
}

func (m *marks) glyph(mesh *tess.Mesh, k markKey, hue scene.Hue, hollow bool) {
	g := scene.Symbols[k.sym].Glyph
	if k.flags&scene.Fault != 0 {
		g = scene.CrossGlyph
	}
	g.Stroke, g.Alpha, g.Trim = hue.Paint(scene.PartGlyph), 1, 1
	if hollow {
		g.Stroke = hue.Paint(scene.PartLine)
	}
	m.tess.Path(mesh, scene.SymbolVerbs, scene.SymbolPoints, &g)
}

// track returns the full circle that a ring stands on.
func (m *marks) track(p scene.Paint) *tess.Mesh {
	if got := m.tracks[p]; got != nil {
		return got
	}
	mesh := &tess.Mesh{}
	m.tess.Arc(mesh, 0, 0, nominalRing, 1, ringWidth, p, trackAlpha)
	m.tracks[p] = mesh
	return mesh
}

// badgeMesh draws the ↻ of a redelivered message around (0, 0).
func (m *marks) badgeMesh() {
	m.tess.Arc(&m.badge, 0, 0, 4, 1, 8, scene.Ink1, 1)
	m.tess.Arc(&m.badge, 0, 0, 8, 1, 2, scene.Ground, 1)
	g := scene.RedeliveredGlyph
	g.Alpha, g.Trim = 1, 1
	m.tess.Path(&m.badge, scene.SymbolVerbs, scene.SymbolPoints, &g)
}
