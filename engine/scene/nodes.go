package scene

import (
	"rpcscope/engine/layout"
	"rpcscope/engine/view"
)

// look is how a node or an edge is drawn beyond its shape.
type look struct {
	hue  Hue
	hot  bool
	fade float32 // alpha
	trim float32 // part drawn, 1 for all
	dash [2]float32
}

var atRest = look{fade: 1, trim: 1}

// dashes of lives.
var (
	dashLeaving  = [2]float32{2, 4}
	dashInferred = [2]float32{5, 4}
	dashGone     = [2]float32{3, 4}
)

// card draws a process, a stack or a group.
func (b *Builder) card(c *canvas, n *layout.Node, k look) {
	cond, busy := b.condition(n)
	c.cardShape(n.Rect, cond, n.Stack, k)
	if n.Kind != layout.KindComponent {
		c.alpha = k.fade
		gone := cond == view.Killed || cond == view.Stopped
		b.cardInside(c, n, cond, busy, gone)
		c.plain()
	}
}

// cardShape draws the box of a process.
func (c *canvas) cardShape(r layout.Rect, cond view.Condition, stack bool, k look) {
	c.alpha, c.trim, c.dash = k.fade, k.trim, k.dash
	if stack {
		for i := float32(2); i >= 1; i-- {
			c.roundRect(r.X+5*i, r.Y-5*i, r.W, r.H, 12)
			c.add(LayerNode, Surface1, LineSoft, 1.25).Convex = true
		}
	}
	fillp, line, w := Surface2, LineSoft, float32(1.25)
	switch {
	case cond == view.Killed || cond == view.Stopped:
		fillp = Surface1
		if c.dash[0] == 0 {
			c.dash = dashGone
		}
	case cond == view.Unknown && c.dash[0] == 0:
		c.dash = dashInferred
	}
	switch cond {
	case view.Silent:
		line, w = HueFault.Paint(PartLine), 2
	case view.Paused:
		line, w = HueWarn.Paint(PartLine), 2
	}
	if k.hot {
		line, w = k.hue.Paint(PartLine), 2
	}
	c.roundRect(r.X, r.Y, r.W, r.H, 12)
	c.outlined(LayerNode, fillp, line, w)
	c.plain()
}

// cardInside draws what stands in a card: role, state, separators.
func (b *Builder) cardInside(c *canvas, n *layout.Node, cond view.Condition, busy, gone bool) {
	r := n.Rect
	ink := Ink2
	if gone {
		ink = Ink3
	}
	glyph := roleInvoker
	switch {
	case n.Both:
		glyph = roleBoth
	case n.Side == layout.Right:
		glyph = roleWorker
	}
	g, d := b.glyphPlace(n), b.dotPlace(n)
	c.mark(LayerSlot, glyph, g.x, g.y, 1, ink, 1.6)
	if n.Side == layout.Left {
		c.dot(d.x, d.y, cond, busy)
		if n.Waits && !n.Dense && !b.lay.Portrait {
			c.begin()
			c.move(r.X+14, r.Y+58)
			c.line(r.Right()-14, r.Y+58)
			c.add(LayerSlot, NoPaint, Hair, 1)
		}
		return
	}
	hosts := false
	secs := b.lay.Sections[n.FirstSection : n.FirstSection+n.Sections]
	for i := range secs {
		s := &secs[i]
		if n.Count < 2 || s.Slot == 0 {
			continue
		}
		hosts = true
		if i > 0 && secs[i-1].Slot != s.Slot {
			c.begin()
			c.move(r.X+14, (secs[i-1].Y+s.Y)/2)
			c.line(r.Right()-14, (secs[i-1].Y+s.Y)/2)
			c.add(LayerSlot, NoPaint, Hair, 1)
			if b.st.Processes.Live(s.Slot) {
				p := b.st.Processes.At(s.Slot)
				c.dot(r.Right()-16, s.Y, p.Condition, p.Busy())
			}
		}
	}
	if hosts {
		p := b.badgeRect(n)
		c.roundRect(p.X, p.Y, p.W, p.H, 10)
		c.add(LayerSlot, Surface3, NoPaint, 0).Convex = true
		return
	}
	c.dot(d.x, d.y, cond, busy)
}

// glyphPlace is where a card's role stands.
func (b *Builder) glyphPlace(n *layout.Node) point {
	if n.Side == layout.Left {
		return point{n.Rect.X + 21, n.Rect.Y + 22 - lift(n)}
	}
	return point{n.Rect.X + b.titleX() + 2, b.titleY(n)}
}

// lift is how far the lines of a low card stand above those of a usual one.
func lift(n *layout.Node) float32 { return max(0, (58-n.Rect.H)/2) }

// dotPlace is where a card's state stands.
func (b *Builder) dotPlace(n *layout.Node) point {
	y := n.Rect.Y + 21 - lift(n)
	if n.Side == layout.Right {
		y = b.titleY(n) - 1
	}
	return point{n.Rect.Right() - b.inset(), y}
}

// hosted: a worker's card has rows of single hosts, with a dot each, and a badge in its title.
func (b *Builder) hosted(n *layout.Node) bool {
	for i := range b.lay.Sections[n.FirstSection : n.FirstSection+n.Sections] {
		if n.Count > 1 && b.lay.Sections[n.FirstSection+int32(i)].Slot != 0 {
			return true
		}
	}
	return false
}

// titleX is where a worker's role glyph stands in its card, titleY its middle.
func (b *Builder) titleX() float32 {
	if b.lay.Portrait {
		return 19
	}
	if b.lay.Dense {
		return 26
	}
	return 23
}

func (b *Builder) titleY(n *layout.Node) float32 {
	if !n.Dense || b.lay.Portrait || n.Sections == 0 {
		return n.Rect.Y + 22
	}
	y := b.lay.Sections[n.FirstSection].Y
	if b.twoLines(n) {
		y -= 8
	}
	return y
}

// twoLines: the title row of a dense worker's card has its host below the name.
func (b *Builder) twoLines(n *layout.Node) bool { return n.Count == 1 || n.Stack }

// condition sums up the members of a card: the worst that is not normal, else up.
func (b *Builder) condition(n *layout.Node) (cond view.Condition, busy bool) {
	ms := b.lay.Members[n.First : n.First+n.Count]
	cond = view.Unknown
	rank := [...]int{view.Unknown: 0, view.Stopped: 1, view.Starting: 2, view.Up: 4, view.Silent: 5, view.Killed: 3, view.Paused: 6}
	for _, s := range ms {
		if !b.st.Processes.Live(s) {
			continue
		}
		p := b.st.Processes.At(s)
		if rank[p.Condition] >= rank[cond] {
			cond = p.Condition
		}
		busy = busy || p.Busy()
	}
	return cond, busy && cond == view.Up
}

// queueNode draws a capsule, its pile when it is a stack.
func (b *Builder) queueNode(c *canvas, n *layout.Node, k look) {
	q := b.capsule(n)
	c.alpha, c.trim, c.dash = k.fade, k.trim, k.dash
	if n.Stack {
		for i := float32(2); i >= 1; i-- {
			c.roundRect(q.x+4*i, q.y-4*i, q.w, q.h, q.h/2)
			c.add(LayerNode, Surface1, LineSoft, 1.25).Convex = true
		}
	}
	c.capsuleShape(q, b.level(n))
	line, w := LineStrong, float32(1.5)
	if k.hot {
		line, w = k.hue.Paint(PartLine), 2
	}
	switch b.fullness(n) {
	case 1:
		line, w = HueWarn.Paint(PartLine), 2
	case 2:
		line, w = HueFault.Paint(PartLine), 2
		c.begin()
		x := q.at(-5)
		c.move(x, q.y+q.h*.2)
		c.line(x, q.y+q.h*.8)
		c.add(LayerSlot, NoPaint, line, 3).Round = true
	}
	c.capsuleRim(q, line, w)
	c.plain()
}

func (b *Builder) capsule(n *layout.Node) capsule {
	r := n.Rect
	return newCapsule(r.X, r.Y, r.W, r.H, n.Slots, n.Una, n.Lane)
}

// level reports whether a queue shows a bar instead of slots.
func (b *Builder) level(n *layout.Node) bool {
	ready, _, _ := b.counts(n)
	return ready > int64(n.Slots)
}

// counts adds up a queue node's numbers.
func (b *Builder) counts(n *layout.Node) (ready, unacked, consumers int64) {
	for _, s := range b.lay.Members[n.First : n.First+n.Count] {
		if b.st.Queues.Live(s) {
			q := b.st.Queues.At(s)
			ready += q.Ready
			unacked += q.Unacked
			consumers += int64(q.Consumers)
		}
	}
	return ready, unacked, consumers
}

// fullness of a queue with a length limit: 1 near it (80 %), 2 at it.
func (b *Builder) fullness(n *layout.Node) int {
	if n.Count != 1 || !b.st.Queues.Live(n.Slot) {
		return 0
	}
	q := b.st.Queues.At(n.Slot)
	limit := q.Limit()
	switch {
	case limit <= 0:
		return 0
	case q.Ready >= limit:
		return 2
	case q.Ready*5 >= limit*4:
		return 1
	}
	return 0
}

// exchangeNode draws an exchange.
func (b *Builder) exchangeNode(c *canvas, n *layout.Node, k look) {
	c.alpha, c.trim, c.dash = k.fade, k.trim, k.dash
	c.exchangeShape(n.Form, n.Rect.CX(), n.Rect.CY(), n.Scale, k.hue, k.hot)
	c.plain()
}

// chipNode draws the dashed pill that counts what is folded.
func (b *Builder) chipNode(c *canvas, n *layout.Node) {
	r := n.Rect
	c.roundRect(r.X, r.Y, r.W, r.H, r.H/2)
	p := c.add(LayerNode, NoPaint, LineSoft, 1.25)
	p.Dash = [2]float32{4, 4}
}

// badge is the ×N of a stack.
func (b *Builder) badge(c *canvas, n *layout.Node) {
	if !b.badged(n) {
		return
	}
	r := b.badgeRect(n)
	c.roundRect(r.X, r.Y, r.W, r.H, 10)
	c.add(LayerPort, Ink1, NoPaint, 0).Convex = true
}
