package scene

// canvas collects paths. The same functions draw a thing that stands still
// (into the static arrays) and one that is being born or goes (into the
// dynamic ones, with alpha, trim and dash set).
type canvas struct {
	pen
	paths []Path
	// alpha and trim are put on every path; dash, when set, on solid strokes of outlines.
	alpha, trim float32
	dash        [2]float32
}

func (c *canvas) reset() {
	c.pen.reset()
	c.paths = c.paths[:0]
	c.plain()
}

func (c *canvas) plain() { c.alpha, c.trim, c.dash = 1, 1, [2]float32{} }

// add finishes the current outline as a path.
func (c *canvas) add(layer Layer, fill, stroke Paint, width float32) *Path {
	p := c.path()
	p.Layer, p.Fill, p.Stroke, p.Width, p.Alpha = layer, fill, stroke, width, c.alpha
	c.paths = append(c.paths, p)
	return &c.paths[len(c.paths)-1]
}

// outlined is add for the outline of a node: trimmed and dashed as the node's life wants it.
func (c *canvas) outlined(layer Layer, fill, stroke Paint, width float32) *Path {
	p := c.add(layer, fill, stroke, width)
	p.Trim, p.Convex = c.trim, true
	if c.dash[0] > 0 {
		p.Dash = c.dash
		p.Round = c.dash[0] <= 2
	}
	return p
}

func (c *canvas) roundRect(x, y, w, h, r float32) { c.begin(); c.rect(x, y, w, h, r) }
func (c *canvas) disc(x, y, r float32)            { c.begin(); c.circle(x, y, r) }

// mark strokes a glyph given as path data, moved to (x, y).
func (c *canvas) mark(layer Layer, d string, x, y, k float32, stroke Paint, width float32) *Path {
	c.begin()
	c.at(x, y, k)
	c.strokes(d)
	c.at(0, 0, 1)
	p := c.add(layer, NoPaint, stroke, width)
	p.Round = true
	return p
}
