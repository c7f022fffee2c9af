package scene

import "math"

// strokes appends an outline written in the path data of SVG (M L H V C Q A Z
// and their relative forms; arcs with equal radii). It is for the constants of
// this package: what it cannot read ends the outline.
func (p *pen) strokes(d string) {
	r := pathReader{d: d}
	var cmd byte
	var x, y, sx, sy float32
	for {
		if c, ok := r.command(); ok {
			cmd = c
		} else if r.done() {
			return
		}
		rel := cmd >= 'a'
		ox, oy := float32(0), float32(0)
		if rel {
			ox, oy = x, y
		}
		switch cmd | 0x20 {
		case 'm':
			x, y = ox+r.num(), oy+r.num()
			sx, sy = x, y
			p.move(x, y)
			cmd ^= 'M' ^ 'L'
		case 'l':
			x, y = ox+r.num(), oy+r.num()
			p.line(x, y)
		case 'h':
			x = ox + r.num()
			p.line(x, y)
		case 'v':
			y = oy + r.num()
			p.line(x, y)
		case 'c', 's':
			a, b := x, y
			if cmd|0x20 == 'c' {
				a, b = ox+r.num(), oy+r.num()
			} else if n := len(p.points); n >= 4 {
				a, b = 2*x-(p.points[n-4]-p.x)/p.k, 2*y-(p.points[n-3]-p.y)/p.k
			}
			c, d := ox+r.num(), oy+r.num()
			x, y = ox+r.num(), oy+r.num()
			p.cubic(a, b, c, d, x, y)
		case 'q':
			a, b := ox+r.num(), oy+r.num()
			x, y = ox+r.num(), oy+r.num()
			p.quad(a, b, x, y)
		case 'a':
			rx, _, _ := r.num(), r.num(), r.num()
			large, sweep := r.num() != 0, r.num() != 0
			nx, ny := ox+r.num(), oy+r.num()
			p.arcTo(x, y, rx, large, sweep, nx, ny)
			x, y = nx, ny
		case 'z':
			p.close()
			x, y = sx, sy
		default:
			return
		}
		if r.bad {
			return
		}
	}
}

// arcTo is SVG's elliptical arc for circles.
func (p *pen) arcTo(x0, y0, r float32, large, sweep bool, x1, y1 float32) {
	dx, dy, l := toward(x0, y0, x1, y1)
	if l == 0 {
		return
	}
	r = max(r, l/2)
	h := float32(math.Sqrt(max(0, float64(r*r-l*l/4))))
	if large == sweep {
		h = -h
	}
	cx, cy := (x0+x1)/2-dy*h, (y0+y1)/2+dx*h
	a := math.Atan2(float64(y0-cy), float64(x0-cx))
	da := math.Atan2(float64(y1-cy), float64(x1-cx)) - a
	if sweep && da < 0 {
		da += 2 * math.Pi
	}
	if !sweep && da > 0 {
		da -= 2 * math.Pi
	}
	p.sweepOn(cx, cy, r, a, da)
}

type pathReader struct {
	d   string
	i   int
	bad bool
}

func (r *pathReader) skip() {
	for r.i < len(r.d) && (r.d[r.i] == ' ' || r.d[r.i] == ',') {
		r.i++
	}
}

func (r *pathReader) done() bool { r.skip(); return r.i >= len(r.d) }

func (r *pathReader) command() (byte, bool) {
	r.skip()
	if r.i < len(r.d) && (r.d[r.i]|0x20) >= 'a' && (r.d[r.i]|0x20) <= 'z' {
		r.i++
		return r.d[r.i-1], true
	}
	return 0, false
}

// num reads a number: sign, digits, one dot.
func (r *pathReader) num() float32 {
	r.skip()
	start, neg, v, scale := r.i, false, 0.0, 0.0
	if r.i < len(r.d) && r.d[r.i] == '-' {
		neg = true
		r.i++
	}
	for ; r.i < len(r.d); r.i++ {
		if c := r.d[r.i]; c >= '0' && c <= '9' {
			v = v*10 + float64(c-'0')
			scale *= 10
		} else if c == '.' && scale == 0 {
			scale = 1
		} else {
			break
		}
	}
	r.bad = r.bad || r.i == start
	if scale > 1 {
		v /= scale
	}
	if neg {
		v = -v
	}
	return float32(v)
}
