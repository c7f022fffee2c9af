package scene

import (
	"fmt"
	"strings"
	"testing"

	"rpcscope/assets"
	"rpcscope/engine/layout"
)

// rooms are the map areas of the windows that the built-in scenarios must fit, from a wide desk to a phone.
var rooms = map[string]layout.Config{
	"1440x900":           {W: 1386, H: 566, Top: 56},
	"1440x900 inspector": {W: 1104, H: 587, Top: 56},
	"1280x800":           {W: 944, H: 487, Top: 56},
	"1024x768":           {W: 1024, H: 487, Top: 56},
	"1024x768 live":      {W: 970, H: 420, Top: 56},
	"820x1180":           {W: 820, H: 899, Top: 56},
	"390x844":            {W: 390, H: 533, Top: 8},
	"390x844 sheet":      {W: 390, H: 180, Top: 8},
	"360x640":            {W: 360, H: 359, Top: 8},
	"720x450":            {W: 720, H: 313, Top: 56},
	"844x390":            {W: 844, H: 253, Top: 56},
}

// ink is the box that a label's letters fill where the map has that zoom: small ones are set larger.
func ink(l *Label, zoom float32) layout.Rect {
	st := &Styles[l.Style]
	size := max(st.Size, Smallest/zoom)
	w := layout.TextWidth(l.Text, size, st.Mono, st.Weight)
	r := layout.Rect{X: l.X, Y: l.Y - size*.74, W: w, H: size * .92}
	switch l.Anchor {
	case Middle:
		r.X -= w / 2
	case End:
		r.X -= w
	}
	return r
}

func nodeBox(n *layout.Node) layout.Rect {
	r := n.Rect
	switch n.Kind {
	case layout.KindExchange:
		return r.Inset(r.W * .14) // the shapes are not squares
	case layout.KindCard:
		if n.Stack {
			return layout.Rect{X: r.X, Y: r.Y - 10, W: r.W + 10, H: r.H + 10}
		}
	case layout.KindQueue:
		if n.Stack {
			return layout.Rect{X: r.X, Y: r.Y - 8, W: r.W + 8, H: r.H + 8}
		}
	}
	return r
}

func within(a, b layout.Rect) bool {
	return a.X >= b.X-1 && a.Y >= b.Y-1 && a.Right() <= b.Right()+1 && a.Bottom() <= b.Bottom()+1
}

// TestNothingOverlaps: in every built-in scenario, at every moment and in every
// window, boxes keep apart, labels keep off each other and off foreign boxes,
// and no edge runs through a card.
func TestNothingOverlaps(t *testing.T) {
	for _, info := range assets.Scenarios() {
		nothingOverlaps(t, info.Name, shoot(t, info.Name, 16e9))
	}
}

// The same in the ways to set up Qpid and ZeroMQ that no built-in scenario shows.
func TestNothingOverlapsOnOtherTransports(t *testing.T) {
	for _, c := range []struct{ name, of, old, as string }{
		{"qpid-1", "qpid", `"profile": "qpid-2"`, `"profile": "qpid-1"`},
		{"proxy without pub/sub", "zmq-proxy", `"use_pub_sub": true`, `"use_pub_sub": false`},
		{"pub/sub without proxy", "zmq-proxy", `"use_router_proxy": true`, `"use_router_proxy": false`},
		{"receivers with Redis", "zmq-receiver", `"rpc_zmq_matchmaker": "ring", "ring": {"compute": ["host1", "host2"]}`, `"rpc_zmq_matchmaker": "redis"`},
	} {
		data, _ := assets.Scenario(c.of)
		doc := strings.Replace(string(data), c.old, c.as, 1)
		if doc == string(data) {
			t.Fatalf("%s: %s is not in %s", c.name, c.old, c.of)
		}
		nothingOverlaps(t, c.name, shootDocument(t, []byte(doc), 8e9))
	}
}

func nothingOverlaps(t *testing.T, name string, f *film) {
	t.Helper()
	for room, cfg := range rooms {
		t.Run(name+"/"+room, func(t *testing.T) {
			r, eng, b := f.reel(), layout.NewEngine(), New(nil)
			seen, was := map[string]bool{}, [2]uint64{}
			for d := int64(100e6); d < f.end()+1e9 && d < 30e9; d += 130e6 {
				st := r.to(d)
				lay := eng.Update(st, cfg)
				l := b.Build(st, lay, d, Options{Broker: "rabbit@ctl1"})
				now := [2]uint64{lay.Version, l.LabelVersion}
				if now == was {
					continue
				}
				was = now
				for _, s := range overlaps(b, lay, l, cfg) {
					if !seen[s] && len(seen) < 12 {
						seen[s] = true
						t.Errorf("at %d ms: %s", d/1e6, s)
					}
				}
			}
		})
	}
}

// mark is something small that no letter may touch.
type mark struct {
	what string
	layout.Rect
}

// chip is the mark in which a running method is written.
const chip = "method's chip"

func spot(what string, x, y, r float32) mark {
	return mark{what, layout.Rect{X: x - r, Y: y - r, W: 2 * r, H: 2 * r}}
}

// marksOn are the state dots, role glyphs, rings, gates, ports and badges of the map.
func marksOn(b *Builder, lay *layout.Layout) (out []mark) {
	for i := range lay.Nodes {
		n := &lay.Nodes[i]
		if n.Kind != layout.KindCard {
			continue
		}
		if !b.hosted(n) {
			d := b.dotPlace(n)
			out = append(out, spot("state dot", d.x, d.y, 6))
		}
		secs := lay.Sections[n.FirstSection : n.FirstSection+n.Sections]
		for i := range secs {
			if n.Count > 1 && i > 0 && secs[i].Slot != 0 && secs[i].Slot != secs[i-1].Slot {
				out = append(out, spot("host's dot", n.Rect.Right()-16, secs[i].Y, 6))
			}
		}
		if x, y := b.waitMark(n); n.Side == layout.Left && (b.waits[i].n > 0 || b.waits[i].ended) {
			out = append(out, spot("ring", x, y, 9))
		}
		g := b.glyphPlace(n)
		out = append(out, spot("role", g.x, g.y, 6.5))
		if b.badged(n) {
			out = append(out, mark{"badge", b.badgeRect(n)})
		}
	}
	for i := range b.runs {
		if box, ok := b.runBox(&b.runs[i]); ok {
			out = append(out, mark{chip, box})
		}
	}
	for i := range lay.Edges {
		e := &lay.Edges[i]
		if e.Kind == layout.EdgeConsume {
			w := gateWidth(b.prefetch(e))
			out = append(out, mark{"gate", layout.Rect{X: e.GateX - w/2, Y: e.GateY - 9, W: w, H: 18}})
		}
		if e.Port && e.Polys > 0 {
			out = append(out, spot("port", lay.Poly[e.Poly0], lay.Poly[e.Poly0+1], 4.5))
		}
	}
	return out
}

// overlaps lists what lies on what, at the zoom that fits.
func overlaps(b *Builder, lay *layout.Layout, l *List, cfg layout.Config) (out []string) {
	zoom := lay.Zoom
	say := func(f string, a ...any) { out = append(out, fmt.Sprintf(f, a...)) }
	for i := range lay.Nodes {
		a := &lay.Nodes[i]
		for j := i + 1; j < len(lay.Nodes); j++ {
			if c := &lay.Nodes[j]; nodeBox(a).Overlaps(nodeBox(c)) {
				say("node %d (kind %d) and node %d (kind %d) overlap", i, a.Kind, j, c.Kind)
			}
		}
	}
	marks := marksOn(b, lay)
	for i := range l.Labels {
		a := &l.Labels[i]
		if a.Dynamic {
			continue
		}
		box := ink(a, zoom)
		for j := i + 1; j < len(l.Labels); j++ {
			if c := &l.Labels[j]; !c.Dynamic && box.Overlaps(ink(c, zoom)) {
				say("labels %q and %q overlap", a.Text, c.Text)
			}
		}
		for j := range lay.Nodes {
			n := &lay.Nodes[j]
			if nb := nodeBox(n); box.Overlaps(nb.Inset(1)) && !within(box, n.Rect) && a.Style != StyleBadge && !(n.Kind == layout.KindQueue && a.Alpha < 1) {
				say("label %q lies across node %d (kind %d)", a.Text, j, n.Kind)
			}
		}
		for _, m := range marks {
			if box.Overlaps(m.Inset(.5)) && !(a.Style == StyleBadge && m.what == "badge") && !(a.Style == StyleTick && m.what == "gate") && !(m.what == chip && within(box, m.Rect)) {
				say("label %q touches a %s", a.Text, m.what)
			}
		}
		if w, mid := cfg.W/zoom/2, lay.Bounds.X+lay.Bounds.W/2; !lay.Cut && (box.X < mid-w || box.Right() > mid+w) {
			say("label %q is cut off by the window", a.Text)
		}
	}
	return append(out, crossings(lay, l, zoom)...)
}

// crossings are the edges that run through boxes or words.
func crossings(lay *layout.Layout, l *List, zoom float32) (out []string) {
	for i := range lay.Edges {
		e := &lay.Edges[i]
		pts := lay.Poly[e.Poly0 : e.Poly0+2*e.Polys]
		through := func(r layout.Rect) bool {
			for k := 2; k+1 < len(pts); k += 2 {
				x0, y0, x1, y1 := pts[k-2], pts[k-1], pts[k], pts[k+1]
				if max(x0, x1) < r.X || min(x0, x1) > r.Right() || max(y0, y1) < r.Y || min(y0, y1) > r.Bottom() {
					continue
				}
				for f := float32(0); f <= 1; f += .05 {
					if x, y := x0+(x1-x0)*f, y0+(y1-y0)*f; x > r.X && x < r.Right() && y > r.Y && y < r.Bottom() {
						return true
					}
				}
			}
			return false
		}
		for j := range lay.Nodes {
			n := &lay.Nodes[j]
			if int(e.From) != j && int(e.To) != j && (n.Kind == layout.KindCard || n.Kind == layout.KindComponent || n.Kind == layout.KindQueue) && through(n.Rect.Inset(2)) {
				out = append(out, fmt.Sprintf("edge %d (kind %d, %d to %d) runs through node %d (kind %d)", i, e.Kind, e.From, e.To, j, n.Kind))
			}
		}
		if e.Kind == layout.EdgeNobody {
			continue
		}
		for j := range l.Labels {
			if a := &l.Labels[j]; !a.Dynamic && through(ink(a, zoom).Inset(1)) {
				out = append(out, fmt.Sprintf("an edge of kind %d runs through %q", e.Kind, a.Text))
			}
		}
	}
	return out
}
