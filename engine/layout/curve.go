package layout

import "math"

const (
	vMove uint8 = iota
	vLine
	vQuad
	vCubic
)

const kappa = 0.5522847498

// curve records the outline of an edge and its polyline at once.
type curve struct {
	l    *Layout
	e    *Edge
	x, y float32
}

func (l *Layout) curve(e *Edge) curve {
	e.Verb0, e.Point0, e.Poly0 = int32(len(l.Verbs)), int32(len(l.Points)), int32(len(l.Poly))
	e.Verbs, e.Polys, e.Length = 0, 0, 0
	return curve{l: l, e: e}
}

func (c *curve) poly(x, y float32) {
	if c.e.Polys > 0 {
		c.e.Length += dist(c.x, c.y, x, y)
	}
	c.l.Poly = append(c.l.Poly, x, y)
	c.e.Polys++
	c.x, c.y = x, y
}

func dist(x0, y0, x1, y1 float32) float32 {
	return float32(math.Hypot(float64(x1-x0), float64(y1-y0)))
}

func (c *curve) verb(v uint8, xy ...float32) {
	c.l.Verbs = append(c.l.Verbs, v)
	c.l.Points = append(c.l.Points, xy...)
	c.e.Verbs++
}

func (c *curve) move(x, y float32) { c.verb(vMove, x, y); c.poly(x, y) }

func (c *curve) line(x, y float32) {
	if x == c.x && y == c.y {
		return
	}
	c.verb(vLine, x, y)
	c.poly(x, y)
}

// cubicSteps is fine enough for curves as wide as the map.
const cubicSteps = 20

func (c *curve) cubic(a, b, p, q, x, y float32) {
	c.verb(vCubic, a, b, p, q, x, y)
	x0, y0 := c.x, c.y
	for i := 1; i <= cubicSteps; i++ {
		t := float32(i) / cubicSteps
		u := 1 - t
		k0, k1, k2, k3 := u*u*u, 3*u*u*t, 3*u*t*t, t*t*t
		c.poly(k0*x0+k1*a+k2*p+k3*x, k0*y0+k1*b+k2*q+k3*y)
	}
}

// flow leaves (x0, y0) flat, bends once and runs flat from flatX on.
func (c *curve) flow(x0, y0, flatX, x1, y1 float32) {
	c.move(x0, y0)
	if y0 != y1 {
		m := (x0 + flatX) / 2
		c.cubic(m, y0, m, y1, flatX, y1)
	}
	c.line(x1, y1)
}

// round runs along straight legs whose corners are rounded by r.
func (c *curve) round(r float32, xy ...float32) {
	c.move(xy[0], xy[1])
	n := len(xy) / 2
	for i := 1; i < n-1; i++ {
		px, py := c.x, c.y
		x, y := xy[2*i], xy[2*i+1]
		nx, ny := xy[2*i+2], xy[2*i+3]
		d0, d1 := dist(px, py, x, y), dist(x, y, nx, ny)
		if i < n-2 {
			d1 /= 2
		}
		k := min(r, d0, d1)
		if k < 0.5 || d0 == 0 || d1 == 0 {
			c.line(x, y)
			continue
		}
		full := dist(x, y, nx, ny)
		ax, ay := x+(px-x)*k/d0, y+(py-y)*k/d0
		bx, by := x+(nx-x)*k/full, y+(ny-y)*k/full
		c.line(ax, ay)
		c.cubic(ax+(x-ax)*kappa, ay+(y-ay)*kappa, bx+(x-bx)*kappa, by+(y-by)*kappa, bx, by)
	}
	c.line(xy[2*n-2], xy[2*n-1])
}

// Along returns the place at the fraction f of a polyline of that length.
func Along(p []float32, length, f float32) (x, y float32) {
	if len(p) < 2 {
		return 0, 0
	}
	want := f * length
	for i := 2; i+1 < len(p); i += 2 {
		d := dist(p[i-2], p[i-1], p[i], p[i+1])
		if want <= d && d > 0 {
			k := want / d
			return p[i-2] + (p[i]-p[i-2])*k, p[i-1] + (p[i+1]-p[i-1])*k
		}
		want -= d
	}
	return p[len(p)-2], p[len(p)-1]
}
