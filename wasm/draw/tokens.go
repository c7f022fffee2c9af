package draw

import (
	"rpcscope/engine/scene"
	"rpcscope/wasm/draw/tess"
)

// tokens paints the messages: halos, then the messages themselves with their
// rings. The dynamic paths of the layer lie below them.
func (p *Painter) tokens(l *scene.List) {
	b := &p.moving[scene.LayerToken]
	p.halos.Reset()
	p.crowd.Reset()
	many := len(l.Tokens) > crowdSize
	for i := range l.Tokens {
		t := &l.Tokens[i]
		x, y := (t.X-p.view.X)*p.view.Zoom, (t.Y-p.view.Y)*p.view.Zoom
		reach := glowRadius * t.Scale * p.view.Zoom
		if t.Alpha <= 0 || x < -reach || y < -reach || x > p.width+reach || y > p.height+reach {
			continue
		}
		if t.Flags&scene.Glow != 0 && p.Effects.Glow && p.glow > 0 && !many {
			p.halo(t, x, y)
		}
		if many {
			p.crowdToken(t, x, y, len(l.Tokens))
		} else {
			p.token(b, t)
		}
		p.adorn(b, t)
	}
	smooth := many && len(l.Tokens) < ringLimit
	p.step(&p.halos, p.large())
	p.step(&p.crowd, smooth)
	p.step(b, smooth)
}

func (p *Painter) halo(t *scene.Token, x, y float32) {
	hue := scene.Symbols[t.Symbol].Hue
	if t.Flags&scene.Fault != 0 {
		hue = scene.HueFault
	}
	c, r := p.atlas.Glow(), glowRadius*t.Scale*p.view.Zoom
	p.halos.Sprite(x-r, y-r, 2*r, 2*r, c.X, c.Y, c.W, c.H, p.colours[hue.Paint(scene.PartFill)], p.glow*t.Alpha)
}

// token cuts a message out of triangles, at its exact place.
func (p *Painter) token(b *tess.Batch, t *scene.Token) {
	if t.Ring >= 0 {
		p.ring(b, t)
	}
	k := keyOf(t)
	m := p.marks.mesh(k)
	b.Append(m, tess.Mark{}, m.Mark(), p.view, p.colours, tess.Placement{X: t.X, Y: t.Y, Scale: t.Scale / k.scale(), Alpha: t.Alpha})
}

func (p *Painter) ring(b *tess.Batch, t *scene.Token) {
	from := p.dynamic.Mark()
	r, w := nominalRing*t.Scale, ringWidth*t.Scale
	track := p.marks.track(t.RingPaint)
	b.Append(track, tess.Mark{}, track.Mark(), p.view, p.colours, tess.Placement{X: t.X, Y: t.Y, Scale: t.Scale, Alpha: t.Alpha})
	p.tess.Arc(&p.dynamic, t.X, t.Y, r, t.Ring, w, t.RingPaint, t.Alpha)
	b.Append(&p.dynamic, from, p.dynamic.Mark(), p.view, p.colours, tess.InPlace)
}

// crowdToken paints a message as a sprite.
func (p *Painter) crowdToken(t *scene.Token, x, y float32, count int) {
	k := keyOf(t)
	c, fresh := p.atlas.Mark(k, p.view.Zoom)
	if fresh {
		p.fill(k, c)
	}
	e := markReach * t.Scale * p.view.Zoom
	p.crowd.Sprite(x-e, y-e, 2*e, 2*e, c.X, c.Y, c.W, c.H, tess.RGBA{1, 1, 1, 1}, t.Alpha)
	if t.Ring >= 0 && count < ringLimit {
		p.ring(&p.moving[scene.LayerToken], t)
	}
}

// fill asks for a look to be painted into its cell.
func (p *Painter) fill(k markKey, c Cell) {
	m, zoom := p.marks.mesh(k), c.W/(2*markReach*k.scale())
	view := tess.View{X: -(c.X + c.W/2) / zoom, Y: -(c.Y + c.H/2) / zoom, Zoom: zoom}
	p.fresh.Append(m, tess.Mark{}, m.Mark(), view, p.colours, tess.InPlace)
}

// adorn adds what marks one message out: selection, hover, redelivery.
func (p *Painter) adorn(b *tess.Batch, t *scene.Token) {
	place := tess.Placement{X: t.X, Y: t.Y, Scale: max(t.Scale, .5), Alpha: t.Alpha}
	if t.Flags&scene.Selected != 0 {
		b.Append(&p.marks.sel, tess.Mark{}, p.marks.sel.Mark(), p.view, p.colours, place)
	}
	if t.Flags&scene.Hovered != 0 {
		b.Append(&p.marks.hover, tess.Mark{}, p.marks.hover.Mark(), p.view, p.colours, place)
	}
	if t.Flags&scene.Redelivered != 0 {
		place.X, place.Y, place.Scale = t.X+12*t.Scale, t.Y-12*t.Scale, 1
		b.Append(&p.marks.badge, tess.Mark{}, p.marks.badge.Mark(), p.view, p.colours, place)
	}
}
