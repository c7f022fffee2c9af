package tess

import (
	"math"
	"testing"

	"pgregory.net/rapid"

	"rpcscope/engine/scene"
)

// covered integrates the coverage that a mesh paints: the area of its triangles,
// each weighted with the mean opacity of its corners, in square device pixels.
func covered(t testing.TB, m *Mesh, zoom float32) float64 {
	t.Helper()
	var b Batch
	b.Append(m, Mark{}, m.Mark(), View{Zoom: zoom}, white, InPlace)
	sum := 0.0
	for _, r := range b.Runs() {
		for i := 0; i < len(r.I); i += 3 {
			p, q, s := r.V[r.I[i]], r.V[r.I[i+1]], r.V[r.I[i+2]]
			area := float64((q.DstX-p.DstX)*(s.DstY-p.DstY)-(q.DstY-p.DstY)*(s.DstX-p.DstX)) / 2
			sum += math.Abs(area) * float64(p.A+q.A+s.A) / 3
		}
	}
	return sum
}

var white = []RGBA{{}, {1, 1, 1, 1}}

const ink scene.Paint = 1

type outline struct {
	verbs  []scene.Verb
	points []float32
}

func polygon(xy ...float32) outline {
	o := outline{points: xy}
	for i := 0; i < len(xy); i += 2 {
		v := scene.Line
		if i == 0 {
			v = scene.Move
		}
		o.verbs = append(o.verbs, v)
	}
	o.verbs = append(o.verbs, scene.Close)
	return o
}

func (o outline) mesh(scale float32, p scene.Path) *Mesh {
	p.Verbs, p.Alpha, p.Trim = int32(len(o.verbs)), 1, max(p.Trim, 0)
	if p.Trim == 0 {
		p.Trim = 1
	}
	m := &Mesh{}
	New(scale).Path(m, o.verbs, o.points, &p)
	return m
}

func near(t testing.TB, what string, got, want, tol float64) {
	t.Helper()
	if math.Abs(got-want) > tol*want {
		t.Errorf("%s: painted %.2f px², want %.2f", what, got, want)
	}
}

func TestFillsCoverTheirArea(t *testing.T) {
	for _, c := range []struct {
		name string
		o    outline
		area float64
	}{
		{"square", polygon(0, 0, 100, 0, 100, 100, 0, 100), 10000},
		{"square, the other way round", polygon(0, 0, 0, 100, 100, 100, 100, 0), 10000},
		{"concave L", polygon(0, 0, 100, 0, 100, 40, 40, 40, 40, 100, 0, 100), 6400},
		{"concave arrow", polygon(0, 0, 60, 50, 0, 100, 20, 50), 2000},
	} {
		for _, zoom := range []float32{1, 2, .5} {
			near(t, c.name, covered(t, c.o.mesh(2, scene.Path{Fill: ink}), zoom), c.area*float64(zoom*zoom), .01)
		}
	}
}

func TestCurvesCoverTheirArea(t *testing.T) {
	const k = 0.5522847 * 50
	disc := outline{
		verbs:  []scene.Verb{scene.Move, scene.Cubic, scene.Cubic, scene.Cubic, scene.Cubic, scene.Close},
		points: []float32{50, 0, 50, k, k, 50, 0, 50, -k, 50, -50, k, -50, 0, -50, -k, -k, -50, 0, -50, k, -50, 50, -k, 50, 0},
	}
	near(t, "disc", covered(t, disc.mesh(2, scene.Path{Fill: ink, Convex: true}), 1), math.Pi*2500, .01)
	near(t, "ring", covered(t, disc.mesh(2, scene.Path{Stroke: ink, Width: 4}), 1), 2*math.Pi*50*4, .02)
	near(t, "part of a ring", covered(t, disc.mesh(2, scene.Path{Stroke: ink, Width: 4, Trim: .25}), 1), .25*2*math.Pi*50*4, .02)
}

func TestArcsCoverTheirShare(t *testing.T) {
	for _, part := range []float32{.01, .25, .5, .9, 1} {
		m := &Mesh{}
		New(2).Arc(m, 10, 20, 15.5, part, 2.5, ink, 1)
		want := 2 * math.Pi * 15.5 * 2.5 * float64(part)
		if part < 1 {
			want += math.Pi * 1.25 * 1.25 // the caps
		}
		near(t, "arc", covered(t, m, 1), want, .04)
		for _, v := range m.V {
			if part == .25 && (v.X < 10-.01 || v.Y > 20.01) {
				t.Fatalf("a quarter from twelve o'clock reaches (%v, %v)", v.X, v.Y)
			}
		}
	}
}

func TestStrokesCoverLengthTimesWidth(t *testing.T) {
	line := outline{verbs: []scene.Verb{scene.Move, scene.Line}, points: []float32{0, 0, 300, 400}}
	for _, width := range []float32{.25, 1, 1.5, 2.5, 6} {
		for _, zoom := range []float32{.3, 1, 2} {
			got := covered(t, line.mesh(2, scene.Path{Stroke: ink, Width: width}), zoom)
			near(t, "line", got, 500*float64(width*zoom*zoom), .02)
		}
	}
	round := covered(t, line.mesh(2, scene.Path{Stroke: ink, Width: 20, Round: true}), 1)
	near(t, "round caps", round, 500*20+math.Pi*100, .01)
	dot := outline{verbs: []scene.Verb{scene.Move, scene.Line}, points: []float32{5, 5, 5, 5}}
	near(t, "dot", covered(t, dot.mesh(2, scene.Path{Stroke: ink, Width: 20, Round: true}), 1), math.Pi*100, .02)
}

func TestDashesCoverTheirShare(t *testing.T) {
	line := outline{verbs: []scene.Verb{scene.Move, scene.Line, scene.Line}, points: []float32{0, 0, 500, 0, 500, 500}}
	got := covered(t, line.mesh(2, scene.Path{Stroke: ink, Width: 2, Dash: [2]float32{5, 4}}), 1)
	near(t, "dashes", got, 1000*2*5/9., .02)
	shifted := covered(t, line.mesh(2, scene.Path{Stroke: ink, Width: 2, Dash: [2]float32{5, 4}, DashPhase: 3}), 1)
	near(t, "shifted dashes", shifted, 1000*2*5/9., .02)
	closed := polygon(0, 0, 90, 0, 90, 90, 0, 90)
	near(t, "round the corner", covered(t, closed.mesh(2, scene.Path{Stroke: ink, Width: 2, Dash: [2]float32{6, 3}}), 1), 360*2*6/9., .05)
}

// Whatever an outline is made of, its mesh has sane corners and indices.
func TestAnyOutlineMakesASaneMesh(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		coord := rapid.Float32Range(-200, 200)
		o := outline{}
		for range rapid.IntRange(1, 12).Draw(t, "verbs") {
			v := rapid.SampledFrom([]scene.Verb{scene.Move, scene.Line, scene.Quad, scene.Cubic, scene.Close}).Draw(t, "verb")
			o.verbs = append(o.verbs, v)
			for range 2 * v.PointCount() {
				c := coord.Draw(t, "coord")
				if rapid.Bool().Draw(t, "coarse") {
					c = float32(int(c/50)) * 50 // so that points meet
				}
				o.points = append(o.points, c)
			}
		}
		m := o.mesh(2, scene.Path{
			Fill: ink, Stroke: ink, Width: rapid.Float32Range(.1, 10).Draw(t, "width"), Round: rapid.Bool().Draw(t, "round"),
			Dash: [2]float32{rapid.Float32Range(0, 5).Draw(t, "on"), rapid.Float32Range(0, 5).Draw(t, "off")}, Trim: rapid.Float32Range(.01, 1).Draw(t, "trim"),
		})
		for _, i := range m.I {
			if int(i) >= len(m.V) {
				t.Fatalf("index %d of %d corners", i, len(m.V))
			}
		}
		for _, v := range m.V {
			for _, f := range []float32{v.X, v.Y, v.NX, v.NY, v.OX, v.OY, v.Alpha} {
				if f != f || f > 1e4 || f < -1e4 {
					t.Fatalf("corner %+v", v)
				}
			}
		}
	})
}

func TestLargeMeshesAreSplitForSixteenBits(t *testing.T) {
	m := &Mesh{}
	ts := New(2)
	square := polygon(0, 0, 10, 0, 10, 10, 0, 10)
	p := scene.Path{Fill: ink, Alpha: 1, Verbs: int32(len(square.verbs))}
	const n = 20000
	for range n {
		ts.Path(m, square.verbs, square.points, &p)
	}
	var b Batch
	b.Append(m, Mark{}, m.Mark(), View{Zoom: 1}, white, InPlace)
	triangles := 0
	for _, r := range b.Runs() {
		if len(r.V) > maxBatch {
			t.Fatalf("a run of %d corners", len(r.V))
		}
		triangles += len(r.I) / 3
		for i := 0; i+2 < len(r.I); i += 3 {
			if a, c := r.V[r.I[i]], r.V[r.I[i+2]]; math.Abs(float64(a.DstX-c.DstX)) > 12 {
				t.Fatal("a triangle lost a corner to another run")
			}
		}
	}
	if want := len(m.I) / 3; triangles != want {
		t.Fatalf("%d triangles, want %d", triangles, want)
	}
	if got := len(b.Runs()); got < 2 {
		t.Fatalf("%d runs: the test covers nothing", got)
	}
	near(t, "all", covered(t, m, 1), n*100, .02)
}
