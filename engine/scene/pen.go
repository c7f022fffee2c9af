package scene

import "math"

// kappa places the control points of a cubic that passes for a quarter circle.
const kappa = 0.5522847498

// pen appends outlines to a pair of verb and point arrays, moved and scaled.
type pen struct {
	verbs  []Verb
	points []float32
	// Every point is scaled by k, then moved by (x, y).
	x, y, k float32
	// v0, p0 are where the current outline began.
	v0, p0 int32
}

func (p *pen) reset() {
	p.verbs, p.points = p.verbs[:0], p.points[:0]
	p.at(0, 0, 1)
}

// at sets where following points go.
func (p *pen) at(x, y, k float32) { p.x, p.y, p.k = x, y, k }

// begin starts a new outline; path returns it.
func (p *pen) begin() { p.v0, p.p0 = int32(len(p.verbs)), int32(len(p.points)) }

func (p *pen) path() Path {
	return Path{Verb0: p.v0, Verbs: int32(len(p.verbs)) - p.v0, Point0: p.p0, Alpha: 1, Trim: 1}
}

func (p *pen) pt(x, y float32) { p.points = append(p.points, p.x+x*p.k, p.y+y*p.k) }

func (p *pen) move(x, y float32) { p.verbs = append(p.verbs, Move); p.pt(x, y) }
func (p *pen) line(x, y float32) { p.verbs = append(p.verbs, Line); p.pt(x, y) }
func (p *pen) quad(a, b, x, y float32) {
	p.verbs = append(p.verbs, Quad)
	p.pt(a, b)
	p.pt(x, y)
}

func (p *pen) cubic(a, b, c, d, x, y float32) {
	p.verbs = append(p.verbs, Cubic)
	p.pt(a, b)
	p.pt(c, d)
	p.pt(x, y)
}
func (p *pen) close() { p.verbs = append(p.verbs, Close) }

// circle starts at its left end and runs by the top.
func (p *pen) circle(cx, cy, r float32) {
	c := r * kappa
	p.move(cx-r, cy)
	p.cubic(cx-r, cy-c, cx-c, cy-r, cx, cy-r)
	p.cubic(cx+c, cy-r, cx+r, cy-c, cx+r, cy)
	p.cubic(cx+r, cy+c, cx+c, cy+r, cx, cy+r)
	p.cubic(cx-c, cy+r, cx-r, cy+c, cx-r, cy)
	p.close()
}

// rect is a rectangle with corners of radius r, clockwise from its top left.
func (p *pen) rect(x, y, w, h, r float32) {
	r = min(r, w/2, h/2)
	if r <= 0 {
		p.move(x, y)
		p.line(x+w, y)
		p.line(x+w, y+h)
		p.line(x, y+h)
		p.close()
		return
	}
	c := r * (1 - kappa)
	p.move(x+r, y)
	p.line(x+w-r, y)
	p.cubic(x+w-c, y, x+w, y+c, x+w, y+r)
	p.line(x+w, y+h-r)
	p.cubic(x+w, y+h-c, x+w-c, y+h, x+w-r, y+h)
	p.line(x+r, y+h)
	p.cubic(x+c, y+h, x, y+h-c, x, y+h-r)
	p.line(x, y+r)
	p.cubic(x, y+c, x+c, y, x+r, y)
	p.close()
}

// poly is a closed polygon (x, y pairs) whose corners are rounded by quadratic curves of reach r.
func (p *pen) poly(r float32, xy ...float32) {
	n := len(xy) / 2
	for i := range n {
		a, c, b := (i+n-1)%n, i, (i+1)%n
		cx, cy := xy[2*c], xy[2*c+1]
		ax, ay, al := toward(cx, cy, xy[2*a], xy[2*a+1])
		bx, by, bl := toward(cx, cy, xy[2*b], xy[2*b+1])
		k := min(r, al/2, bl/2)
		if i == 0 {
			p.move(cx+ax*k, cy+ay*k)
		} else {
			p.line(cx+ax*k, cy+ay*k)
		}
		p.quad(cx, cy, cx+bx*k, cy+by*k)
	}
	p.close()
}

// toward returns the unit vector from one point to another and their distance.
func toward(x0, y0, x1, y1 float32) (dx, dy, l float32) {
	dx, dy = x1-x0, y1-y0
	l = float32(math.Hypot(float64(dx), float64(dy)))
	if l == 0 {
		return 0, 0, 0
	}
	return dx / l, dy / l, l
}

// arc is part of a circle, clockwise from twelve o'clock by frac of a turn, open.
func (p *pen) arc(cx, cy, r, frac float32) {
	p.sweep(cx, cy, r, -math.Pi/2, float64(frac)*2*math.Pi)
}

// sweep is an arc from angle a over da radians, in cubics of at most a quarter.
func (p *pen) sweep(cx, cy, r float32, a, da float64) {
	s, c := math.Sincos(a)
	p.move(cx+r*float32(c), cy+r*float32(s))
	p.sweepOn(cx, cy, r, a, da)
}

func (p *pen) sweepOn(cx, cy, r float32, a, da float64) {
	n := int(math.Ceil(math.Abs(da)/(math.Pi/2) - 1e-9))
	if n == 0 {
		return
	}
	step := da / float64(n)
	t := float32(4.0 / 3.0 * math.Tan(step/4))
	for range n {
		s0, c0 := math.Sincos(a)
		a += step
		s1, c1 := math.Sincos(a)
		x0, y0, x1, y1 := float32(c0), float32(s0), float32(c1), float32(s1)
		p.cubic(cx+r*(x0-t*y0), cy+r*(y0+t*x0), cx+r*(x1+t*y1), cy+r*(y1-t*x1), cx+r*x1, cy+r*y1)
	}
}
