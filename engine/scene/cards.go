package scene

import (
	"rpcscope/engine/flow"
	"rpcscope/engine/layout"
	"rpcscope/engine/view"
)

// waiting is what an invoker's card waits for.
type waiting struct {
	n      int32 // calls that wait
	latest flow.ID
	slot   view.Slot // the one that runs out first, or the last that ended
	left   float32
	leftNs int64
	ended  bool
	endD   int64
}

// running is a method that a worker runs, or ran a moment ago.
type running struct {
	slot    view.Slot
	node    int32
	section int32
	n       int32 // methods that run there
}

// gather finds what stands in the cards, and what was acknowledged a moment ago.
func (b *Builder) gather() {
	st := b.st
	b.waits = resize(b.waits, len(b.lay.Nodes))
	b.nodeAcked = resize(b.nodeAcked, len(b.lay.Nodes))
	b.runs = b.runs[:0]
	for i := view.Slot(1); i < st.Calls.Cap(); i++ {
		if st.Calls.Live(i) {
			b.gatherCall(i)
		}
	}
	for i := view.Slot(1); i < st.Runs.Cap(); i++ {
		if st.Runs.Live(i) {
			b.gatherRun(i)
		}
	}
	for i := view.Slot(1); i < st.Copies.Cap(); i++ {
		if !st.Copies.Live(i) {
			continue
		}
		k := st.Copies.At(i)
		if age := b.d - k.SinceD; k.Place == view.Acked && !k.ToExchange && age >= 0 && age < durAcked {
			if n := b.lay.Queue(k.Queue); n >= 0 {
				b.nodeAcked[n] = i
			}
		}
	}
}

// forever is what is left, in nanoseconds, to a call without a timeout that runs.
const forever = int64(1 << 62)

func (b *Builder) gatherCall(i view.Slot) {
	c := b.st.Calls.At(i)
	n := b.lay.AnyCard(b.st.ProcessSlot(c.Process))
	if n < 0 {
		return
	}
	w := &b.waits[n]
	if c.State == view.Waiting {
		left, limited := c.Left(b.t)
		if !limited {
			left = forever
		}
		if w.n == 0 || left < w.leftNs {
			w.slot, w.leftNs, w.left, w.latest, w.ended = i, left, float32(c.Remaining(b.t)), c.ID, false
		}
		w.n++
		return
	}
	if w.n == 0 && c.EndD <= b.d && b.d < c.EndD+view.LingerCall && (w.slot == 0 || c.EndD > w.endD) {
		w.slot, w.ended, w.endD = i, true, c.EndD
	}
}

// gatherRun keeps per section the newest run that goes on, else the newest that ended.
func (b *Builder) gatherRun(i view.Slot) {
	r := b.st.Runs.At(i)
	p := b.st.ProcessSlot(r.Process)
	n := b.lay.Card(p, layout.Right)
	if n < 0 {
		return
	}
	sec := b.sectionOf(n, p, r.Queue)
	for j := range b.runs {
		o := &b.runs[j]
		if o.node != int32(n) || o.section != sec {
			continue
		}
		old := b.st.Runs.At(o.slot)
		if r.EndD == 0 {
			o.n++
		}
		switch {
		case r.EndD == 0 && (old.EndD != 0 || r.StartD >= old.StartD),
			r.EndD != 0 && old.EndD != 0 && r.EndD >= old.EndD:
			o.slot = i
		}
		return
	}
	k := running{slot: i, node: int32(n), section: sec}
	if r.EndD == 0 {
		k.n = 1
	}
	b.runs = append(b.runs, k)
}

// sectionOf finds the row of a worker's card that a queue feeds; in a card of several hosts the host's own row.
func (b *Builder) sectionOf(n int, p view.Slot, queue flow.Name) int32 {
	node := &b.lay.Nodes[n]
	first := int32(-1)
	for i := node.FirstSection; i < node.FirstSection+node.Sections; i++ {
		if s := &b.lay.Sections[i]; node.Count > 1 && s.Slot == p {
			return i
		}
	}
	for i := range b.lay.Edges {
		e := &b.lay.Edges[i]
		if e.Kind != layout.EdgeConsume || int(e.To) != n || e.Row < 0 {
			continue
		}
		if first < 0 {
			first = e.Row
		}
		q := &b.lay.Nodes[e.From]
		for _, s := range b.lay.Members[q.First : q.First+q.Count] {
			if b.st.Queues.Live(s) && b.st.Queues.At(s).Name == queue {
				return e.Row
			}
		}
	}
	if first < 0 {
		return node.FirstSection
	}
	return first
}

// drawCards puts the waiting call's ring and the running method's mark into the cards.
func (b *Builder) drawCards() {
	for i := range b.waits {
		w := &b.waits[i]
		if w.slot == 0 || w.n == 0 && !w.ended {
			continue
		}
		n := &b.lay.Nodes[i]
		if n.Side != layout.Left || !n.Waits {
			continue
		}
		x, y := b.waitMark(n)
		c := b.st.Calls.At(w.slot)
		t := Token{X: x, Y: y, Scale: 6.5 / 11, Alpha: 1, Ring: -1, Symbol: SymCall, Flags: Bare}
		switch {
		case w.n > 0:
			t.Ring, t.RingPaint = w.left, ringPaint(w.left)
			if w.leftNs != forever {
				b.moving = true
			}
		case c.State == view.TimedOut:
			t.Ring, t.RingPaint, t.Flags = 0, HueFault.Paint(PartLine), Fault
		case c.State == view.Failed:
			t.Symbol, t.Flags = SymReply, Fault|Bare
		default:
			t.Symbol = SymReply
		}
		b.list.Tokens = append(b.list.Tokens, t)
	}
	for i := range b.runs {
		b.drawRun(&b.runs[i])
	}
}

// inset is how far a card's marks stand from its right edge, where in portrait the gates are.
func (b *Builder) inset() float32 {
	if b.lay.Portrait {
		return 26
	}
	return 16
}

// waitMark is where a card shows the ring of its waiting call.
func (b *Builder) waitMark(n *layout.Node) (x, y float32) {
	if n.Dense || b.lay.Portrait {
		return n.Rect.Right() - b.inset() - 1, n.Rect.Y + 43 - 1.4*lift(n)
	}
	return n.Rect.X + 25, n.Rect.Y + 79
}

// runBox is where the chip of a running method stands: below its row's word in large cards, in its place where there is no
// room below. ok is false in small cards, which only write it.
func (b *Builder) runBox(r *running) (box layout.Rect, ok bool) {
	n := &b.lay.Nodes[r.node]
	if n.Dense || n.Sections == 0 {
		return layout.Rect{}, false
	}
	s := &b.lay.Sections[r.section]
	y := s.Y + 12
	if y+24 > n.Rect.Bottom()-4 {
		y = s.Y - 12
	}
	return layout.Rect{X: n.Rect.X + 26, Y: y, W: n.Rect.W - 34, H: 24}, true
}

func (b *Builder) drawRun(r *running) {
	run := b.st.Runs.At(r.slot)
	box, ok := b.runBox(r)
	if !ok {
		return
	}
	c := &b.dyn
	if run.EndD != 0 {
		age := float32(b.d-run.EndD) / view.LingerCall
		c.alpha = max(0, min(1, (1-age)*3))
		if age > .6 {
			b.moving = true
		}
	}
	alpha := c.alpha
	c.roundRect(box.X, box.Y, box.W, box.H, 6)
	c.add(LayerSlot, Surface3, NoPaint, 0).Convex = true
	c.plain()
	t := Token{X: box.X + 13, Y: box.CY(), Scale: 4.5 / 11, Alpha: alpha, Ring: -1, Symbol: SymbolOf(run.Class), Flags: Bare}
	if run.Failure != 0 || run.Killed {
		t.Flags |= Fault
	}
	b.list.Tokens = append(b.list.Tokens, t)
}

// drawDrops lets what was lost turn red and fall; its reason stays for a while (see labels).
func (b *Builder) drawDrops() {
	for i := view.Slot(1); i < b.st.Drops.Cap(); i++ {
		if !b.st.Drops.Live(i) {
			continue
		}
		v := b.st.Drops.At(i)
		age := b.d - v.D
		if age < 0 || age >= view.LingerDrop {
			continue
		}
		p, ok := b.dropPlace(v)
		if !ok {
			continue
		}
		t := Token{ID: uint64(v.Msg), X: p.x, Y: p.y, Scale: 1, Alpha: 1, Ring: -1, Symbol: SymbolOf(v.Class), Flags: Fault}
		b.fall(t, age)
	}
}

// fall lets a token fall that was lost age nanoseconds ago.
func (b *Builder) fall(t Token, age int64) {
	if b.opt.Reduced {
		b.list.Tokens = append(b.list.Tokens, t)
		return
	}
	b.moving = true
	f := float32(age) / durDrop
	if f >= 1 {
		return
	}
	fall := easeFall(f)
	t.Y += dropFall * fall
	t.Alpha = 1 - max(0, f-.7)/.3
	for k, a := range [...]float32{.1, .2, .34} {
		g := t
		g.ID, g.Rest, g.Flags, g.Alpha = 0, flow.ID{}, Fault|Bare, a*t.Alpha
		g.Y -= float32(44-13*k) * fall
		b.list.Tokens = append(b.list.Tokens, g)
	}
	b.list.Tokens = append(b.list.Tokens, t)
}

// dropFall is how far a lost message falls, px.
const dropFall = 56

// dropPlace is where a message was lost: at its queue's tail, else at its exchange.
func (b *Builder) dropPlace(v *view.Drop) (point, bool) {
	if v.Queue != 0 {
		if n := b.lay.Queue(v.Queue); n >= 0 {
			node := &b.lay.Nodes[n]
			if node.Kind != layout.KindQueue {
				return b.middle(n), true
			}
			q := b.capsule(node)
			return point{q.at(-14), q.cy()}, true
		}
	}
	n := -1
	if v.Exchange != 0 {
		n = b.lay.Exchange(v.Exchange, v.Class == flow.ClassReply)
	}
	if n < 0 {
		return point{}, false
	}
	p := b.middle(n)
	if b.lay.Portrait { // names stand beside exchanges there
		p.y += 24
		return p, true
	}
	p.x += 46 * b.lay.Nodes[n].Scale
	return p, true
}
