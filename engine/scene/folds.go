package scene

import (
	"rpcscope/engine/flow"
	"rpcscope/engine/layout"
)

// badgeRect is where a card's badge stands: at the corner of a stack or of the
// first card of an open one, in the title of a card that shows its hosts.
func (b *Builder) badgeRect(n *layout.Node) layout.Rect {
	if n.Side == layout.Right && !n.Stack {
		return layout.Rect{X: n.Rect.Right() - 42, Y: b.titleY(n) - 10, W: 32, H: 20}
	}
	w := b.badgeWidth(n)
	return layout.Rect{X: n.Rect.Right() - 4 - w/2, Y: n.Rect.Y - 14, W: w, H: 20}
}

// badged: the card has a badge at its corner.
func (b *Builder) badged(n *layout.Node) bool {
	return n.Kind == layout.KindCard && (n.Stack || n.Open && n.Side == layout.Left)
}

func (b *Builder) badgeWidth(n *layout.Node) float32 {
	return b.txt.width(b.badgeText(n), StyleBadge) + 16
}

// badgeText is ×N on a stack, and what folds an open one again.
func (b *Builder) badgeText(n *layout.Node) string {
	if n.Stack {
		return b.stackText(int(n.Count))
	}
	return b.words.Fold
}

// placeOf tells apart the places where one fold can be pressed.
func placeOf(n *layout.Node) flow.Name {
	return flow.Name(n.Key>>20) ^ flow.Name(n.Of)*977 ^ flow.Name(n.Kind)*7919
}

// foldProxy is what a press opens or folds. Of a stack of cards it is the
// badge: the card itself selects.
func (b *Builder) foldProxy(n *layout.Node, r layout.Rect) {
	const least = 24 // of what can be pressed, px
	if d := least - r.H; d > 0 {
		r.Y, r.H = r.Y-d/2, least
	}
	if d := least - r.W; d > 0 {
		r.X, r.W = r.X-d/2, least
	}
	b.list.Proxies = append(b.list.Proxies, Proxy{
		ID: b.ids.get(idKey{kind: 'f', n: n.Fold, a: placeOf(n)}), X: r.X, Y: r.Y, W: r.W, H: r.H,
		Role: RoleFold, Label: b.foldAria(n),
	})
}

// foldAria is "11 idle queues, folded; press to open".
func (b *Builder) foldAria(n *layout.Node) string {
	what := ""
	switch n.Kind {
	case layout.KindChip:
		what = b.countText(n)
	case layout.KindQueue:
		what = b.stackName(n, n.Name.Max)
	default:
		name := b.program(n.Slot)
		count := int64(n.Count)
		what = b.txt.make(textKey{kind: txFold, n: name, a: -1, b: count}, func() string {
			if count < 2 {
				return b.txt.names.Text(name)
			}
			return b.txt.names.Text(name) + " ×" + itoa(count)
		})
	}
	pattern, open := b.words.AriaFolded, int64(0)
	if n.Open {
		pattern, open = b.words.AriaOpen, 1
	}
	return b.txt.make(textKey{kind: txFold, a: -2, b: int64(n.Key), c: open<<32 | int64(n.Count), n: b.program(n.Slot)}, func() string { return fill(pattern, what) })
}

// countText counts what a chip stands for: "11 idle queues".
func (b *Builder) countText(n *layout.Node) string {
	of, count := n.Of, n.Count
	if n.Lane {
		of = layout.KindCard + 100
	}
	return b.txt.make(textKey{kind: txFold, a: int64(of), b: int64(count), c: 1}, func() string {
		p := b.words.Queues
		switch of {
		case layout.KindExchange:
			p = b.several(b.words.Exchanges, b.words.Sockets)
		case layout.KindCard, layout.KindComponent:
			p = b.words.Others
		case layout.KindCard + 100:
			p = b.words.Replies
		}
		return fill(p[min(1, max(0, count-1))], itoa(int64(count)))
	})
}
