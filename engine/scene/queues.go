package scene

import (
	"math"

	"rpcscope/engine/flow"
	"rpcscope/engine/layout"
	"rpcscope/engine/view"
)

// slotScale is a token's size in a slot.
func (q *capsule) slotScale() float32 { return q.mini / 11 }

// drawQueues puts the messages into their slots.
func (b *Builder) drawQueues() {
	for i := range b.lay.Nodes {
		n := &b.lay.Nodes[i]
		if n.Kind != layout.KindQueue || b.nodeLife(n) == lifeUnborn {
			continue
		}
		q := b.capsule(n)
		if b.level(n) {
			b.bar(n, &q)
		} else {
			b.readySlots(n, &q)
		}
		b.acked(i, &q, b.unackedSlots(n, &q))
	}
}

// readySlots draws up to slots messages, head first. One that arrives glides
// from the tail into its slot; when the head has left, the rest moves up.
func (b *Builder) readySlots(n *layout.Node, q *capsule) {
	i := 0
	for _, s := range b.lay.Members[n.First : n.First+n.Count] {
		if !b.st.Queues.Live(s) {
			continue
		}
		v := b.st.Queues.At(s)
		shift := float32(0)
		if age := b.d - v.Out.LastD; v.Out.Count > 0 && age >= 0 && age < durArrive && !b.opt.Reduced {
			shift = 1 - easeArrive(float32(age)/durArrive)
		}
		for c := v.ReadyHead; c != 0 && i < q.slots; c = b.st.Copies.At(c).Next {
			k := b.st.Copies.At(c)
			if k.Hop.Covers(b.d) {
				i++ // on its way here; its slot waits
				continue
			}
			t := b.slotToken(q, k)
			t.X, t.Y = q.ready(float32(i)), q.cy()
			since := max(k.SinceD, k.Hop.End)
			age := b.d - since
			if age >= 0 && age < durArrive && !b.opt.Reduced && !k.Returning {
				b.moving = true
				f := easeArrive(float32(age) / durArrive)
				t.X = q.tail() + (t.X-q.tail())*f
				t.Scale = 1 + (t.Scale-1)*f
			} else if shift > 0 && since < v.Out.LastD && n.Count == 1 {
				b.moving = true
				t.X += (q.ready(1) - q.ready(0)) * shift
			}
			if t.Scale > .7 {
				t.Flags &^= Bare
			}
			b.list.Tokens = append(b.list.Tokens, t)
			i++
		}
		// Messages that are counted but not listed still fill slots.
		for extra := v.Ready - v.Listed; extra > 0 && i < q.slots; extra-- {
			b.list.Tokens = append(b.list.Tokens, Token{
				X: q.ready(float32(i)), Y: q.cy(), Scale: q.slotScale(), Alpha: 1, Ring: -1,
				Symbol: SymbolOf(mostOf(v)), Flags: Bare,
			})
			i++
		}
	}
}

func mostOf(v *view.Queue) flow.Class {
	best := flow.ClassOther
	for c := range v.ByClass {
		if v.ByClass[c] > v.ByClass[best] {
			best = flow.Class(c)
		}
	}
	return best
}

func (b *Builder) slotToken(q *capsule, k *view.Copy) Token {
	t := Token{Scale: q.slotScale(), Alpha: 1, Ring: -1, Symbol: SymbolOf(k.Class), Flags: Bare}
	if b.st.Messages.Live(k.Msg) {
		m := b.st.Messages.At(k.Msg)
		t.ID = uint64(m.ID)
		b.marks(&t, m)
		if t.Flags&(Selected|Hovered) != 0 {
			t.Flags |= Glow
		}
	}
	if k.Inferred {
		t.Flags |= Hollow | Dashed
	}
	return t
}

// unackedSlots draws what consumers hold: hollow, and shrinking once acknowledged.
func (b *Builder) unackedSlots(n *layout.Node, q *capsule) int {
	i := 0
	for _, s := range b.lay.Members[n.First : n.First+n.Count] {
		if !b.st.Queues.Live(s) {
			continue
		}
		v := b.st.Queues.At(s)
		for c := v.UnackedHead; c != 0 && i < q.una; c = b.st.Copies.At(c).Next {
			t := b.slotToken(q, b.st.Copies.At(c))
			t.Flags |= Hollow
			t.X, t.Y = q.unacked(float32(i)), q.cy()
			b.list.Tokens = append(b.list.Tokens, t)
			i++
		}
		for extra := v.Unacked - v.UnackedListed; extra > 0 && i < q.una; extra-- {
			b.list.Tokens = append(b.list.Tokens, Token{
				X: q.unacked(float32(i)), Y: q.cy(), Scale: q.slotScale(), Alpha: 1, Ring: -1, Symbol: SymbolOf(v.Out.Class), Flags: Bare | Hollow,
			})
			i++
		}
	}
	return i
}

// acked shows a copy acknowledged a moment ago as it shrinks away.
func (b *Builder) acked(n int, q *capsule, at int) {
	c := b.nodeAcked[n]
	if c == 0 || b.opt.Reduced || at >= q.una {
		return
	}
	b.moving = true
	k := b.st.Copies.At(c)
	t := b.slotToken(q, k)
	t.Flags |= Hollow
	f := float32(b.d-k.SinceD) / durAcked
	t.X, t.Y = q.unacked(float32(at)), q.cy()
	t.Scale *= 1 - f
	t.Alpha = 1 - f
	b.list.Tokens = append(b.list.Tokens, t)
}

// barPart is how full the bar of a queue is: log scale to 10 000, or linear to its length limit.
func barPart(ready, limit int64) float32 {
	if limit > 0 {
		return min(1, float32(ready)/float32(limit))
	}
	return min(1, float32(math.Log10(float64(max(1, ready))+1)/4))
}

// bar draws more messages than there are slots for, made of the kinds it holds.
func (b *Builder) bar(n *layout.Node, q *capsule) {
	c := &b.dyn
	ready, _, _ := b.counts(n)
	var mix [flow.NumClasses]int64
	limit, total := int64(0), int64(0)
	for _, s := range b.lay.Members[n.First : n.First+n.Count] {
		if b.st.Queues.Live(s) {
			v := b.st.Queues.At(s)
			limit = v.Limit()
			for k := range mix {
				mix[k] += int64(max(0, v.ByClass[k]))
				total += int64(max(0, v.ByClass[k]))
			}
		}
	}
	if n.Count > 1 {
		limit = 0
	}
	width := float32(q.slots) * q.pitch
	y, h := q.y+q.h*.24, q.h*.52
	x0, dir := q.at(q.divider()-q.gap), float32(-1)
	if q.mirrored {
		dir = 1
	}
	c.begin()
	c.rect(min(x0, x0+dir*width), y, width, h, 4)
	c.add(LayerSlot, Well, NoPaint, 0).Convex = true
	at := x0
	lv := width * max(.02, barPart(ready, limit))
	for k := range mix {
		if mix[k] == 0 {
			continue
		}
		w := lv * float32(mix[k]) / float32(total)
		c.begin()
		c.rect(min(at, at+dir*w), y, w, h, min(3, w/2))
		c.add(LayerSlot, HueOf(flow.Class(k)).Paint(PartFill), NoPaint, 0).Convex = true
		at += dir * w
	}
	c.begin()
	for i := 1; i < q.slots; i++ {
		x := x0 + dir*float32(i)*q.pitch
		c.move(x, y)
		c.line(x, y+h)
	}
	c.add(LayerSlot, NoPaint, Surface2, 1.5)
	if limit > 0 {
		return
	}
	c.begin()
	for _, p := range [...]int64{10, 100, 1000} {
		x := x0 + dir*width*barPart(p-1, 0)
		c.move(x, q.y+q.h-3)
		c.line(x, q.y+q.h+3)
	}
	c.add(LayerPort, NoPaint, LineStrong, 1.5)
}

// drawGates fills the prefetch windows and marks the full ones.
func (b *Builder) drawGates() {
	c := &b.dyn
	for i := range b.lay.Edges {
		e := &b.lay.Edges[i]
		if e.Kind != layout.EdgeConsume || b.edgeLife(e) != lifeSteady {
			continue
		}
		limit := b.prefetch(e)
		held, class := b.held(e)
		h := &b.edgeHot[i]
		full := limit > 0 && held >= limit
		w := gateWidth(limit)
		switch {
		case full:
			c.roundRect(e.GateX-w/2, e.GateY-9, w, 18, 9)
			c.add(LayerPort, NoPaint, HueWarn.Paint(PartLine), 2)
		case h.alpha > 0 && !h.ahead:
			c.roundRect(e.GateX-w/2, e.GateY-9, w, 18, 9)
			c.add(LayerPort, NoPaint, h.hue.Paint(PartLine), 1.5).Alpha = h.alpha
		}
		if limit > 0 && limit <= maxGate {
			for k := range min(held, limit) {
				b.list.Tokens = append(b.list.Tokens, Token{
					X: gateSlot(e.GateX, limit, int(k)), Y: e.GateY, Scale: 4.2 / 11, Alpha: 1, Ring: -1, Symbol: SymbolOf(class), Flags: Bare | Hollow,
				})
			}
		}
	}
}

// held is how many messages the consumers of an edge hold, and of which class the last of them is.
func (b *Builder) held(e *layout.Edge) (n int64, class flow.Class) {
	for _, s := range b.lay.Members[e.First : e.First+e.Count] {
		if b.st.Consumers.Live(s) {
			k := b.st.Consumers.At(s)
			n += int64(k.Unacked)
			if k.Unacked > 0 {
				class = k.Out.Class
			}
		}
	}
	return n, class
}

// gateLabel writes how many of a wide prefetch window are held, as there is no room for its slots.
func (b *Builder) gateLabel(id uint64, e *layout.Edge) {
	limit := b.prefetch(e)
	if limit <= maxGate || b.edgeLife(e) != lifeSteady {
		return
	}
	held, _ := b.held(e)
	text := b.txt.make(textKey{kind: txCount, a: held, b: limit, c: 1}, func() string { return itoa(held) + "/" + itoa(limit) })
	l := b.label(id, lbKey+2, at(e.GateX, e.GateY+4, Middle, gateWidth(limit)), text, StyleTick, 4)
	if l.Paint = Ink2; held >= limit {
		l.Paint = HueWarn.Paint(PartInk)
	}
}
