package tess

import "math"

func turn(part float32) (sin, cos float32) {
	s, c := math.Sincos(2 * math.Pi * float64(part))
	return float32(s), float32(c)
}

// Out is a corner on the screen, laid out as the painting library's vertex:
// place in device pixels, place in the texture, premultiplied colour.
type Out struct {
	DstX, DstY, SrcX, SrcY             float32
	R, G, B, A                         float32
	Custom0, Custom1, Custom2, Custom3 float32
}

// RGBA is a straight colour, 0..1.
type RGBA [4]float32

// View maps the world to device pixels: (world − (X, Y)) × Zoom.
type View struct{ X, Y, Zoom float32 }

// maxBatch is how many vertices indices of 16 bits reach.
const maxBatch = 1 << 16

// Run is triangles that go out in one call.
type Run struct {
	V []Out
	I []uint16
}

// Batch collects triangles for one texture in runs that 16-bit indices reach.
// Runs keep their memory over [Batch.Reset].
type Batch struct {
	runs []Run
	n    int // runs in use
	// WhiteX, WhiteY is the place of a white texel.
	WhiteX, WhiteY float32
}

// Reset empties b.
func (b *Batch) Reset() {
	for i := range b.runs {
		b.runs[i].V, b.runs[i].I = b.runs[i].V[:0], b.runs[i].I[:0]
	}
	b.n = 0
}

// Runs returns what was collected, in painting order, valid until Reset.
func (b *Batch) Runs() []Run { return b.runs[:b.n] }

// Vertices counts the collected corners.
func (b *Batch) Vertices() int {
	n := 0
	for _, r := range b.Runs() {
		n += len(r.V)
	}
	return n
}

// room returns a run that takes n more vertices.
func (b *Batch) room(n int) *Run {
	if b.n > 0 && len(b.runs[b.n-1].V)+n <= maxBatch {
		return &b.runs[b.n-1]
	}
	if b.n == len(b.runs) {
		b.runs = append(b.runs, Run{})
	}
	b.n++
	return &b.runs[b.n-1]
}

// Append adds the part of m between two marks. Triangles between them must not
// reach outside of the part. shift and scale place the mesh in the world
// (0, 0, 1 for one that is in place already); alpha multiplies its opacity.
func (b *Batch) Append(m *Mesh, from, to Mark, view View, colours []RGBA, place Placement) {
	for from.V < to.V {
		end := to
		if to.V-from.V > maxBatch {
			end = split(m, from, to)
		}
		b.append(m, from, end, view, colours, place)
		from = end
	}
}

// split returns the last mark after from, with at most maxBatch vertices between
// them, that no triangle crosses.
func split(m *Mesh, from, to Mark) Mark {
	best := from
	top := uint32(from.V)
	for i := from.I; i+2 < to.I; i += 3 {
		lo := min(m.I[i], m.I[i+1], m.I[i+2])
		if lo >= top && int(lo)-from.V <= maxBatch && int(lo) > from.V {
			best = Mark{int(lo), i}
		}
		top = max(top, m.I[i]+1, m.I[i+1]+1, m.I[i+2]+1)
		if int(top)-from.V > maxBatch {
			break
		}
	}
	if best == from {
		return to // one piece larger than a batch: cannot happen with bounded paths
	}
	return best
}

// Placement puts a mesh at a place in the world.
type Placement struct {
	X, Y, Scale, Alpha float32
}

// InPlace is the placement of a mesh that is in world units already.
var InPlace = Placement{Scale: 1, Alpha: 1}

func (b *Batch) append(m *Mesh, from, to Mark, view View, colours []RGBA, place Placement) {
	r := b.room(to.V - from.V)
	base := uint32(len(r.V)) - uint32(from.V)
	zoom := view.Zoom * place.Scale
	x0, y0 := (place.X-view.X)*view.Zoom, (place.Y-view.Y)*view.Zoom
	for i := from.V; i < to.V; i++ {
		v := &m.V[i]
		d, alpha := v.Half*zoom, v.Alpha*place.Alpha
		if v.Half > 0 && d < .5 {
			alpha *= 2 * d // thinner than a pixel: one pixel wide, but fainter
			d = .5
		}
		d += v.Soft * .5
		c := &colours[v.Paint]
		a := alpha * c[3]
		r.V = append(r.V, Out{
			DstX: x0 + v.X*zoom + v.NX*d + v.OX, DstY: y0 + v.Y*zoom + v.NY*d + v.OY, SrcX: b.WhiteX, SrcY: b.WhiteY,
			R: c[0] * a, G: c[1] * a, B: c[2] * a, A: a,
		})
	}
	for _, k := range m.I[from.I:to.I] {
		r.I = append(r.I, uint16(k+base))
	}
}

// Sprite adds a textured rectangle: (x, y, w, h) in device pixels from
// (sx, sy, sw, sh) of the texture, tinted.
func (b *Batch) Sprite(x, y, w, h, sx, sy, sw, sh float32, tint RGBA, alpha float32) {
	r := b.room(4)
	base := uint16(len(r.V))
	a := tint[3] * alpha
	o := Out{DstX: x, DstY: y, SrcX: sx, SrcY: sy, R: tint[0] * a, G: tint[1] * a, B: tint[2] * a, A: a}
	r.V = append(r.V, o)
	o.DstX, o.SrcX = x+w, sx+sw
	r.V = append(r.V, o)
	o.DstY, o.SrcY = y+h, sy+sh
	r.V = append(r.V, o)
	o.DstX, o.SrcX = x, sx
	r.V = append(r.V, o)
	r.I = append(r.I, base, base+1, base+2, base, base+2, base+3)
}
