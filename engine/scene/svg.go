package scene

import (
	"math"
	"strconv"

	"rpcscope/engine/flow"
)

// Palette gives the colour of a CSS custom property such as "--call-fill".
type Palette func(property string) string

// SVG writes the list as a standalone SVG document that shows Bounds.
func SVG(l *List, colour Palette) []byte {
	w := &svgWriter{l: l, colour: colour}
	r := l.Bounds
	w.s("<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"")
	w.n(r.X).s(" ").n(r.Y).s(" ").n(r.W).s(" ").n(r.H)
	w.s("\" width=\"").n(r.W).s("\" height=\"").n(r.H).s("\" role=\"img\">\n")
	w.s("<rect x=\"").n(r.X).s("\" y=\"").n(r.Y).s("\" width=\"").n(r.W).s("\" height=\"").n(r.H).s("\" fill=\"").paint(Ground).s("\"/>\n")
	w.grid()
	for layer := Layer(0); layer < NumLayers; layer++ {
		w.layer(layer, l.Static, l.Verbs, l.Points)
		w.layer(layer, l.Dynamic, l.DynVerbs, l.DynPoints)
		if layer == LayerTrail {
			w.trails()
		}
		if layer == LayerToken {
			for i := range l.Tokens {
				w.token(&l.Tokens[i])
			}
		}
	}
	for i := range l.Labels {
		w.label(&l.Labels[i])
	}
	w.s("</svg>\n")
	return w.b
}

type svgWriter struct {
	l      *List
	colour Palette
	b      []byte
}

func (w *svgWriter) s(v string) *svgWriter { w.b = append(w.b, v...); return w }

// n writes a number with two decimals.
func (w *svgWriter) n(v float32) *svgWriter {
	x := math.Round(float64(v)*100) / 100
	w.b = strconv.AppendFloat(w.b, x, 'f', -1, 64)
	return w
}

func (w *svgWriter) paint(p Paint) *svgWriter {
	if p == NoPaint {
		return w.s("none")
	}
	return w.s(w.colour(Paints[p]))
}

func (w *svgWriter) text(v string) *svgWriter {
	for _, r := range flow.Visible(v) {
		switch r {
		case '&':
			w.s("&amp;")
		case '<':
			w.s("&lt;")
		case '>':
			w.s("&gt;")
		case '"':
			w.s("&quot;")
		default:
			w.b = append(w.b, string(r)...)
		}
	}
	return w
}

func (w *svgWriter) grid() {
	g := w.l.GridPitch
	if g <= 0 {
		return
	}
	w.s("<g fill=\"").paint(Grid).s("\">")
	r := w.l.Bounds
	for y := r.Y + g/2; y < r.Y+r.H; y += g {
		for x := r.X + g/2; x < r.X+r.W; x += g {
			w.s("<circle cx=\"").n(x).s("\" cy=\"").n(y).s("\" r=\"1\"/>")
		}
	}
	w.s("</g>\n")
}

func (w *svgWriter) layer(layer Layer, paths []Path, verbs []Verb, points []float32) {
	for i := range paths {
		if p := &paths[i]; p.Layer == layer {
			w.path(p, verbs, points, p.Fill, p.Stroke, p.Alpha)
		}
	}
}

func (w *svgWriter) path(p *Path, verbs []Verb, points []float32, fill, stroke Paint, alpha float32) {
	if p.Verbs == 0 || fill == NoPaint && stroke == NoPaint {
		return
	}
	w.s("<path d=\"")
	w.data(p, verbs, points)
	w.s("\" fill=\"").paint(fill).s("\"")
	if stroke != NoPaint {
		w.s(" stroke=\"").paint(stroke).s("\" stroke-width=\"").n(p.Width).s("\" stroke-linejoin=\"round\"")
		if p.Round {
			w.s(" stroke-linecap=\"round\"")
		}
		switch {
		case p.Trim < 1:
			w.s(" pathLength=\"100\" stroke-dasharray=\"").n(max(0, p.Trim) * 100).s(" 200\"")
		case p.Dash[0] > 0:
			w.s(" stroke-dasharray=\"").n(p.Dash[0]).s(" ").n(p.Dash[1]).s("\"")
			if p.DashPhase != 0 {
				w.s(" stroke-dashoffset=\"").n(p.DashPhase).s("\"")
			}
		}
	}
	if alpha < 1 {
		w.s(" opacity=\"").n(alpha).s("\"")
	}
	w.s("/>\n")
}

func (w *svgWriter) data(p *Path, verbs []Verb, points []float32) {
	at := int(p.Point0)
	for _, v := range verbs[p.Verb0 : p.Verb0+p.Verbs] {
		w.b = append(w.b, "MLQCZ"[v])
		for i := range v.PointCount() {
			if i > 0 {
				w.s(" ")
			}
			w.n(points[at]).s(",").n(points[at+1])
			at += 2
		}
	}
}

func (w *svgWriter) trails() {
	for i := range w.l.Trails {
		t := &w.l.Trails[i]
		for k := int32(0); k+1 < t.Points; k++ {
			p := w.l.TrailPoints[t.Point0+2*k:]
			w.s("<path d=\"M").n(p[0]).s(",").n(p[1]).s("L").n(p[2]).s(",").n(p[3])
			w.s("\" stroke=\"").paint(t.Paint).s("\" stroke-width=\"").n(t.Width).s("\" opacity=\"")
			w.n(t.Alpha * (1 - (float32(k)+.5)/float32(t.Points-1))).s("\"/>\n")
		}
	}
	for i := range w.l.Beads {
		d := &w.l.Beads[i]
		w.s("<circle cx=\"").n(d.X).s("\" cy=\"").n(d.Y).s("\" r=\"").n(d.R).s("\" fill=\"").paint(d.Paint).s("\"/>\n")
	}
}

func (w *svgWriter) circle(r float32, fill, stroke Paint, width, alpha float32, extra string) {
	w.s("<circle r=\"").n(r).s("\" fill=\"").paint(fill).s("\" stroke=\"").paint(stroke).s("\" stroke-width=\"").n(width).s("\"")
	if alpha < 1 {
		w.s(" opacity=\"").n(alpha).s("\"")
	}
	w.s(extra).s("/>")
}

func (w *svgWriter) token(t *Token) {
	sym := &Symbols[t.Symbol]
	hue := sym.Hue
	if t.Flags&Fault != 0 {
		hue = HueFault
	}
	w.s("<g transform=\"translate(").n(t.X).s(",").n(t.Y).s(")\"")
	if t.Alpha < 1 {
		w.s(" opacity=\"").n(t.Alpha).s("\"")
	}
	w.s(">")
	if t.Flags&Glow != 0 {
		w.circle(24*t.Scale, hue.Paint(PartFill), NoPaint, 0, .14, "")
	}
	if t.Ring >= 0 {
		w.circle(15.5*t.Scale, NoPaint, t.RingPaint, 2.5*t.Scale, .28, "")
		c := 2 * math.Pi * float64(15.5*t.Scale)
		if t.Ring > 0 {
			w.circle(15.5*t.Scale, NoPaint, t.RingPaint, 2.5*t.Scale, 1,
				" transform=\"rotate(-90)\" stroke-dasharray=\""+strconv.FormatFloat(c*float64(t.Ring), 'f', 2, 64)+" "+strconv.FormatFloat(c, 'f', 2, 64)+"\"")
		}
	}
	if t.Flags&Selected != 0 {
		w.circle(20*max(t.Scale, .7), NoPaint, Select, 2, 1, "")
	} else if t.Flags&Hovered != 0 {
		w.circle(20*max(t.Scale, .7), NoPaint, Select, 1.5, 1, " stroke-dasharray=\"2 4\" stroke-linecap=\"round\"")
	}
	w.tokenBody(t, sym, hue)
	if t.Flags&Redelivered != 0 {
		w.s("<g transform=\"translate(").n(12 * t.Scale).s(",").n(-12 * t.Scale).s(")\">")
		w.circle(8, Ink1, Ground, 2, 1, "")
		w.path(&RedeliveredGlyph, SymbolVerbs, SymbolPoints, NoPaint, OnInk, 1)
		w.s("</g>")
	}
	w.s("</g>\n")
}

func (w *svgWriter) tokenBody(t *Token, sym *Symbol, hue Hue) {
	w.s("<g transform=\"scale(").n(t.Scale).s(")\">")
	o := sym.Outline
	o.Width = 1.5 / t.Scale
	fill, stroke, glyph := hue.Paint(PartFill), hue.Paint(PartRim), hue.Paint(PartGlyph)
	if t.Flags&Hollow != 0 {
		fill, stroke, glyph = Ground, hue.Paint(PartLine), hue.Paint(PartLine)
	}
	if t.Flags&Bare != 0 {
		o.Width = 1 / t.Scale
		if t.Flags&Hollow != 0 {
			fill, o.Width = NoPaint, 1.5/t.Scale
		}
	}
	if t.Flags&Dashed != 0 {
		o.Dash = DashedToken
	}
	w.path(&o, SymbolVerbs, SymbolPoints, fill, stroke, 1)
	if t.Flags&Bare == 0 {
		g := &sym.Glyph
		if t.Flags&Fault != 0 {
			g = &CrossGlyph
		}
		w.path(g, SymbolVerbs, SymbolPoints, NoPaint, glyph, 1)
	}
	w.s("</g>")
}

func (w *svgWriter) label(l *Label) {
	st := &Styles[l.Style]
	family := "Inter, system-ui, sans-serif"
	if st.Mono {
		family = "'JetBrains Mono', ui-monospace, monospace"
	}
	ink := st.Paint
	if l.Paint != NoPaint {
		ink = l.Paint
	}
	w.s("<text x=\"").n(l.X).s("\" y=\"").n(l.Y).s("\" font-family=\"").s(family).s("\" font-size=\"").n(st.Size)
	w.s("\" font-weight=\"").s(strconv.Itoa(st.Weight)).s("\" fill=\"").paint(ink).s("\"")
	if l.Anchor != Start {
		w.s(" text-anchor=\"").s([...]string{Middle: "middle", End: "end"}[l.Anchor]).s("\"")
	}
	if l.Alpha < 1 {
		w.s(" opacity=\"").n(l.Alpha).s("\"")
	}
	if l.Halo != NoPaint {
		w.s(" paint-order=\"stroke\" stroke=\"").paint(l.Halo).s("\" stroke-width=\"4\" stroke-linejoin=\"round\"")
	}
	w.s(">")
	if l.Strong > 0 {
		n := min(int(l.Strong), len(l.Text))
		w.s("<tspan font-weight=\"600\" fill=\"").paint(Ink1).s("\">").text(l.Text[:n]).s("</tspan>").text(l.Text[n:])
	} else {
		w.text(l.Text)
	}
	if l.Title != "" {
		w.s("<title>").text(l.Title).s("</title>")
	}
	w.s("</text>\n")
}
