package draw

import (
	"fmt"
	"testing"

	"rpcscope/engine/scene"
	"rpcscope/wasm/draw/tess"
)

func crowdOf(n int) *scene.List {
	l := &scene.List{StaticVersion: 1, GridPitch: 24, Bounds: scene.Rect{W: 1000, H: 600}}
	square := []float32{100, 100, 300, 100, 300, 200, 100, 200}
	l.Verbs, l.Points = []scene.Verb{scene.Move, scene.Line, scene.Line, scene.Line, scene.Close}, square
	p := scene.Path{Verbs: 5, Fill: scene.Surface2, Stroke: scene.LineSoft, Width: 1.25, Alpha: 1, Trim: 1, Layer: scene.LayerNode}
	l.Static = []scene.Path{p}
	l.DynVerbs, l.DynPoints = l.Verbs, square
	p.Layer, p.Dash = scene.LayerTrail, [2]float32{5, 4}
	l.Dynamic = []scene.Path{p}
	l.Trails, l.TrailPoints = []scene.Trail{{Points: 3, Paint: scene.Ink1, Width: 3, Alpha: .5}}, []float32{0, 0, 50, 0, 50, 50}
	l.Beads = []scene.Bead{{X: 10, Y: 10, R: 2, Alpha: 1, Paint: scene.Ink1}}
	for i := range n {
		l.Tokens = append(l.Tokens, scene.Token{
			ID: uint64(i + 1), X: float32(i * 7 % 1000), Y: float32(i * 13 % 600), Scale: 1, Alpha: 1, Ring: .5, RingPaint: scene.Ink1,
			Symbol: scene.Sym(i % 7), Flags: scene.Glow | scene.TokenFlags(i%8)<<1,
		})
	}
	return l
}

func bright() *Painter {
	p := NewPainter(NewAtlas())
	c := make([]float32, 4*len(scene.Paints))
	for i := range c {
		c[i] = 1
	}
	p.SetColours(c, .3)
	return p
}

func TestFramesDoNotAllocate(t *testing.T) {
	for _, n := range []int{0, 20, 1000} {
		p, l := bright(), crowdOf(n)
		x := float32(0)
		frame := func() {
			for i := range l.Tokens {
				l.Tokens[i].X += .3
			}
			x++
			p.Build(l, tess.View{X: x, Zoom: 1.5}, 1500, 900)
		}
		for range 3 {
			frame()
		}
		if a := testing.AllocsPerRun(50, frame); a != 0 {
			t.Errorf("%d messages: %v allocations per frame", n, a)
		}
	}
}

func TestStillsAreCutOnceAndPlacedOncePerView(t *testing.T) {
	p, l := bright(), crowdOf(1)
	view := tess.View{Zoom: 1}
	p.Build(l, view, 1000, 600)
	runs := p.still[scene.LayerNode].Runs()
	mark := &runs[0].V[0]
	mark.SrcX = -1 // a mark that any new placing wipes
	p.Build(l, view, 1000, 600)
	if mark.SrcX != -1 {
		t.Error("placed again though nothing changed")
	}
	p.Build(l, tess.View{X: 5, Zoom: 1}, 1000, 600)
	if mark.SrcX == -1 {
		t.Error("the camera moved, what stands still did not")
	}
	l.StaticVersion++
	l.Static = nil
	p.Build(l, tess.View{X: 5, Zoom: 1}, 1000, 600)
	if len(p.still[scene.LayerNode].Runs()) != 0 {
		t.Error("a new version must replace the old")
	}
}

func TestEffectsAreGivenUp(t *testing.T) {
	p, l := bright(), crowdOf(5)
	build := func() int { p.Build(l, tess.View{Zoom: 1}, 1000, 600); return p.Vertices() }
	all := build()
	p.Effects.Glow = false
	noGlow := build()
	p.Effects.Trails = false
	noTrails := build()
	p.Effects.Grid = false
	none := build()
	if !(all > noGlow && noGlow > noTrails && noTrails > none) {
		t.Errorf("corners: %d, without halos %d, without trails %d, without the grid %d", all, noGlow, noTrails, none)
	}
	p.Effects = Effects{true, true, true}
	if again := build(); again != all {
		t.Errorf("back to %d of %d corners", again, all)
	}
}

func TestWhatLiesOutsideTheViewCostsNothing(t *testing.T) {
	p, l := bright(), crowdOf(50)
	p.Build(l, tess.View{X: 5000, Zoom: 1}, 1000, 600)
	for _, b := range []*tess.Batch{&p.moving[scene.LayerToken], &p.halos} {
		if n := b.Vertices(); n != 0 {
			t.Errorf("%d corners of messages out of sight", n)
		}
	}
}

func TestAFullAtlasStartsOver(t *testing.T) {
	p, l := bright(), crowdOf(200)
	for i := range 400 { // every zoom wants looks of another size
		p.Build(l, tess.View{Zoom: 1 + float32(i)/100}, 1000, 600)
		if p.atlas.full {
			t.Fatal("left full")
		}
		for _, r := range p.crowd.Runs() {
			for _, v := range r.V {
				if v.SrcX < 0 || v.SrcY < shelfTop || v.SrcX > AtlasSize || v.SrcY > AtlasSize {
					t.Fatalf("a sprite from (%v, %v)", v.SrcX, v.SrcY)
				}
			}
		}
	}
}

func TestLayersComeInOrder(t *testing.T) {
	p, l := bright(), crowdOf(1)
	grid := &p.grid
	steps := p.Build(l, tess.View{Zoom: 1}, 1000, 600)
	if &steps[0].Runs[0] != &grid.Runs()[0] {
		t.Error("the grid comes first")
	}
	at := map[string]int{}
	for i, s := range steps {
		for name, b := range map[string]*tess.Batch{"trail": &p.moving[scene.LayerTrail], "node": &p.still[scene.LayerNode], "token": &p.moving[scene.LayerToken]} {
			if runs := b.Runs(); len(runs) > 0 && &runs[0] == &s.Runs[0] {
				at[name] = i
			}
		}
	}
	if !(at["trail"] < at["node"] && at["node"] < at["token"]) {
		t.Errorf("order %v", at)
	}
}

func BenchmarkFrame(b *testing.B) {
	for _, n := range []int{100, 1000, 10000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			p, l := bright(), crowdOf(n)
			b.ReportAllocs()
			for b.Loop() {
				p.Build(l, tess.View{Zoom: 1}, 1000, 600)
			}
		})
	}
}
