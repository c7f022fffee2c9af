//go:build js && wasm

package draw

import (
	"image"
	"unsafe"

	"github.com/hajimehoshi/ebiten/v2"

	"rpcscope/engine/scene"
	"rpcscope/wasm/draw/tess"
)

// Target is what can be painted on: a screen or an image.
type Target interface {
	DrawTriangles(v []ebiten.Vertex, i []uint16, img *ebiten.Image, o *ebiten.DrawTrianglesOptions)
}

// A [tess.Out] is handed over as an [ebiten.Vertex]: the same floats in the same order.
var (
	_ [unsafe.Sizeof(tess.Out{})]byte        = [unsafe.Sizeof(ebiten.Vertex{})]byte{}
	_ [unsafe.Offsetof(tess.Out{}.R)]byte    = [unsafe.Offsetof(ebiten.Vertex{}.ColorR)]byte{}
	_ [unsafe.Offsetof(tess.Out{}.SrcX)]byte = [unsafe.Offsetof(ebiten.Vertex{}.SrcX)]byte{}
)

// Surface paints with Ebitengine.
type Surface struct {
	*Painter
	texture *ebiten.Image
	white   *ebiten.Image
	options ebiten.DrawTrianglesOptions
	ground  tess.Batch
}

// NewSurface returns a surface with a painter of its own. Call it from the game loop.
func NewSurface() *Surface {
	o := &ebiten.NewImageOptions{Unmanaged: true}
	s := &Surface{
		Painter: NewPainter(NewAtlas()),
		texture: ebiten.NewImageWithOptions(image.Rect(0, 0, AtlasSize, AtlasSize), o),
		white:   ebiten.NewImageWithOptions(image.Rect(0, 0, 2, 2), o),
	}
	s.white.WritePixels([]byte{255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255})
	s.options = ebiten.DrawTrianglesOptions{ColorScaleMode: ebiten.ColorScaleModePremultipliedAlpha, DisableMipmaps: true}
	return s
}

// Paint paints the list on a target of w × h device pixels.
func (s *Surface) Paint(to Target, l *scene.List, view tess.View, w, h float32) {
	steps := s.Build(l, view, w, h)
	if s.atlas.Stale() {
		s.texture.Clear()
		s.texture.SubImage(image.Rect(0, 0, AtlasSize, shelfTop)).(*ebiten.Image).WritePixels(s.atlas.Base())
	}
	s.send(s.texture, s.Fresh(), s.white, ebiten.FilterNearest)
	s.ground.Reset()
	s.ground.Sprite(0, 0, w, h, whiteSize/2, whiteSize/2, 0, 0, s.Colour(scene.Ground), 1)
	s.send(to, s.ground.Runs(), s.texture, ebiten.FilterNearest)
	for _, step := range steps {
		filter := ebiten.FilterNearest
		if step.Linear {
			filter = ebiten.FilterLinear
		}
		s.send(to, step.Runs, s.texture, filter)
	}
}

func (s *Surface) send(to Target, runs []tess.Run, from *ebiten.Image, filter ebiten.Filter) {
	s.options.Filter = filter
	for _, r := range runs {
		if len(r.I) > 0 {
			to.DrawTriangles(unsafe.Slice((*ebiten.Vertex)(unsafe.Pointer(&r.V[0])), len(r.V)), r.I, from, &s.options)
		}
	}
}
