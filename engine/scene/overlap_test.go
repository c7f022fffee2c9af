package scene

import (
	"fmt"
	"testing"

	"rpcscope/assets"
	"rpcscope/engine/layout"
)

// rooms are the map areas of the three windows that the built-in scenarios must fit.
var rooms = map[string]layout.Config{
	"1440x900":           {W: 1386, H: 566, Top: 56},
	"1440x900 inspector": {W: 1012, H: 566, Top: 56},
	"1024x768":           {W: 970, H: 420, Top: 56},
	"390x844":            {W: 390, H: 530, Top: 8},
}

// ink is the box that a label's letters fill.
func ink(l *Label) layout.Rect {
	size := Styles[l.Style].Size
	r := layout.Rect{X: l.X, Y: l.Y - size*.74, W: l.Width, H: size * .92}
	switch l.Anchor {
	case Middle:
		r.X -= l.Width / 2
	case End:
		r.X -= l.Width
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
		f := shoot(t, info.Name, 16e9)
		for room, cfg := range rooms {
			t.Run(info.Name+"/"+room, func(t *testing.T) {
				r, eng, b := f.reel(), layout.NewEngine(), New(nil)
				seen := map[string]bool{}
				for d := int64(100e6); d < f.end()+1e9 && d < 30e9; d += 130e6 {
					st := r.to(d)
					lay := eng.Update(st, cfg)
					l := b.Build(st, lay, d, Options{Broker: "rabbit@ctl1"})
					for _, s := range overlaps(lay, l) {
						if !seen[s] && len(seen) < 12 {
							seen[s] = true
							t.Errorf("at %d ms: %s", d/1e6, s)
						}
					}
				}
			})
		}
	}
}

func overlaps(lay *layout.Layout, l *List) (out []string) {
	for i := range lay.Nodes {
		a := &lay.Nodes[i]
		for j := i + 1; j < len(lay.Nodes); j++ {
			if c := &lay.Nodes[j]; nodeBox(a).Overlaps(nodeBox(c)) {
				out = append(out, fmt.Sprintf("node %d (kind %d) and node %d (kind %d) overlap", i, a.Kind, j, c.Kind))
			}
		}
	}
	for i := range l.Labels {
		a := &l.Labels[i]
		if a.Dynamic {
			continue
		}
		box := ink(a)
		for j := i + 1; j < len(l.Labels); j++ {
			if c := &l.Labels[j]; !c.Dynamic && box.Overlaps(ink(c)) {
				out = append(out, fmt.Sprintf("labels %q and %q overlap", a.Text, c.Text))
			}
		}
		for j := range lay.Nodes {
			n := &lay.Nodes[j]
			if nb := nodeBox(n); box.Overlaps(nb.Inset(1)) && !within(box, n.Rect) && a.Style != StyleBadge && !(n.Kind == layout.KindQueue && a.Alpha < 1) {
				out = append(out, fmt.Sprintf("label %q lies across node %d (kind %d)", a.Text, j, n.Kind))
			}
		}
	}
	for i := range lay.Edges {
		e := &lay.Edges[i]
		for j := range lay.Nodes {
			n := &lay.Nodes[j]
			if int(e.From) == j || int(e.To) == j || n.Kind != layout.KindCard && n.Kind != layout.KindComponent && n.Kind != layout.KindQueue {
				continue
			}
			for at := float32(0); at < e.Length; at += 5 {
				x, y := lay.Point(i, at/e.Length)
				if p := (layout.Rect{X: x, Y: y, W: .1, H: .1}); p.Overlaps(n.Rect.Inset(2)) {
					out = append(out, fmt.Sprintf("edge %d (kind %d, %d to %d) runs through node %d (kind %d)", i, e.Kind, e.From, e.To, j, n.Kind))
					break
				}
			}
		}
	}
	return out
}
