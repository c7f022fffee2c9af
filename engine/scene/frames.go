package scene

import (
	"rpcscope/engine/flow"
	"rpcscope/engine/layout"
)

// frame is the box around the processes of one component that stand together.
type frame struct {
	layout.Rect
	name  flow.Name
	side  layout.Side
	cards int
}

// frames finds which cards of a side belong to one component and stand together. The layout sees to it that they do where
// several components share a broker; elsewhere nothing needs a frame.
func (b *Builder) findFrames() {
	b.frames = b.frames[:0]
	if b.lay.Portrait {
		return
	}
	several, first := false, flow.Name(0)
	for i := range b.lay.Nodes {
		n := &b.lay.Nodes[i]
		name := b.componentOf(n)
		if name == 0 {
			continue
		}
		several = several || first != 0 && first != name
		first = name
		k := 0
		for k < len(b.frames) && (b.frames[k].name != name || b.frames[k].side != n.Side) {
			k++
		}
		if k == len(b.frames) {
			b.frames = append(b.frames, frame{name: name, side: n.Side})
		}
		f := &b.frames[k]
		f.Rect, f.cards = f.Union(n.Rect), f.cards+1
	}
	kept := b.frames[:0]
	for _, f := range b.frames {
		const side, top = 7, 19
		f.Rect = layout.Rect{X: f.X - side, Y: f.Y - top, W: f.W + 2*side, H: f.H + top + side}
		if several && f.cards > 1 && b.alone(&f) {
			kept = append(kept, f)
		}
	}
	b.frames = kept
}

// componentOf is the component of a card on the broker's sides, 0 for none.
func (b *Builder) componentOf(n *layout.Node) flow.Name {
	if n.Kind != layout.KindCard || !b.st.Processes.Live(n.Slot) {
		return 0
	}
	return b.st.Processes.At(n.Slot).Component
}

// alone reports whether nothing else stands in a frame.
func (b *Builder) alone(f *frame) bool {
	for i := range b.lay.Nodes {
		n := &b.lay.Nodes[i]
		if n.Rect.Overlaps(f.Rect) && (b.componentOf(n) != f.name || n.Side != f.side) {
			return false
		}
	}
	return true
}

// drawFrames draws the boxes on the ground.
func (b *Builder) drawFrames(c *canvas) {
	b.findFrames()
	for i := range b.frames {
		f := &b.frames[i]
		c.roundRect(f.X, f.Y, f.W, f.H, 14)
		c.add(LayerGround, NoPaint, LineSoft, 1.25)
	}
}

// frameLabels name the components.
func (b *Builder) frameLabels() {
	for i := range b.frames {
		f := &b.frames[i]
		id := uint64(f.name)<<2 | uint64(f.side)<<1 | 1<<61
		b.named(id, 0, at(f.X+12, f.Y+13, Start, f.W-24), f.name, StyleCaption, 3)
	}
}

// drawDoors marks the processes by which other components reach theirs: REST comes in there.
func (b *Builder) drawDoors() {
	for i := range b.lay.Nodes {
		n := &b.lay.Nodes[i]
		if n.Kind != layout.KindCard && n.Kind != layout.KindComponent || n.Kind == layout.KindCard && n.Side != layout.Left ||
			!b.st.Processes.Live(n.Slot) || !b.st.Processes.At(n.Slot).Door || b.nodeLife(n) == lifeUnborn || b.nodeLife(n) == lifeGone {
			continue
		}
		x, y := n.Rect.Right()-26, n.Rect.Y
		if n.Kind == layout.KindComponent {
			x = n.Rect.Right() - 18
			if !b.lay.Portrait { // above it stands what it was asked last
				y = n.Rect.Bottom()
			}
		}
		b.list.Tokens = append(b.list.Tokens, Token{X: x, Y: y, Scale: .6, Alpha: 1, Ring: -1, Symbol: SymREST, Flags: Hollow})
	}
}
