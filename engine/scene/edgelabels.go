package scene

import (
	"strings"

	"rpcscope/engine/flow"
	"rpcscope/engine/layout"
	"rpcscope/engine/view"
)

// edgeLabels writes binding keys, REST paths, rates and what nobody consumes.
func (b *Builder) edgeLabels(i int, e *layout.Edge) {
	id := uint64(e.First)<<8 ^ uint64(e.Kind) ^ b.lay.Nodes[e.To].Key
	switch e.Kind {
	case layout.EdgeNobody:
		b.nobody(id, e)
		return
	case layout.EdgeConsume:
		b.gateLabel(id, e)
	}
	if e.Key.Max <= 8 || b.edgeLife(e) == lifeUnborn {
		return
	}
	h := &b.edgeHot[i]
	var l *Label
	switch e.Kind {
	case layout.EdgeBinding:
		if b.edgeLoad[i] > crowdEdge {
			rate, _, _ := b.rate(e)
			text := b.txt.make(textKey{kind: txRate, a: rate}, func() string { return fill(b.words.Rate, group(rate)) })
			l = b.label(id, lbKey, e.Key, text, StyleStrong, 7)
			break
		}
		l = b.keyLabel(id, e)
	case layout.EdgeImplicit:
		if f := b.lay.Nodes[e.From].Form; f != view.FormDefault && f != view.FormSocket {
			return // it is about to be bound, by a key of its own
		}
		l = b.label(id, lbKey, e.Key, b.backKey(), StyleKey, 2)
		if h.alpha <= 0 {
			l.Paint = Ink3
		}
	case layout.EdgeREST:
		l = b.restLabel(id, e)
	}
	if l == nil {
		return
	}
	if e.Kind != layout.EdgeREST {
		l.Halo = b.under()
		if h.alpha > 0 && h.path {
			l.Paint = h.hue.Paint(PartInk)
		}
	}
}

// keyLabel is a binding's key, or how many keys there are.
func (b *Builder) keyLabel(id uint64, e *layout.Edge) *Label {
	name, n := flow.Name(0), 0
	for _, s := range b.lay.Members[e.First : e.First+e.Count] {
		if b.st.Bindings.Live(s) {
			if k := b.st.Bindings.At(s).Key; n == 0 || k != name {
				name = k
				n++
			}
		}
	}
	switch {
	case n == 0 || n == 1 && name == 0:
		return nil
	case n > 1:
		text := b.txt.make(textKey{kind: txCount, a: int64(n), b: 9}, func() string { return fill(b.words.Keys, itoa(int64(n))) })
		return b.label(id, lbKey, e.Key, text, StyleKey, 4)
	}
	return b.named(id, lbKey, e.Key, name, StyleKey, 5)
}

// restLabel is the newest request of a REST edge: "POST /servers".
func (b *Builder) restLabel(id uint64, e *layout.Edge) *Label {
	var best *view.Rest
	for i := view.Slot(1); i < b.st.Rests.Cap(); i++ {
		if !b.st.Rests.Live(i) {
			continue
		}
		r := b.st.Rests.At(i)
		if b.lay.AnyCard(b.st.ProcessSlot(r.From)) == int(e.From) && b.lay.AnyCard(b.st.ProcessSlot(r.To)) == int(e.To) &&
			(best == nil || r.StartAt >= best.StartAt) {
			best = r
		}
	}
	if best == nil {
		return nil
	}
	r := *best
	text := b.txt.make(textKey{kind: txSimple, n: r.Verb, m: r.Path, a: int64(e.Key.Max)}, func() string {
		return b.txt.shorten(b.txt.names.Text(r.Verb)+" "+b.txt.names.Text(r.Path), StyleSub, e.Key.Max)
	})
	return b.label(id, lbKey, e.Key, text, StyleSub, 4)
}

// nobody marks a queue that holds messages and has no consumer.
func (b *Builder) nobody(id uint64, e *layout.Edge) {
	n := &b.lay.Nodes[e.From]
	if !b.st.Queues.Live(n.Slot) {
		return
	}
	q := b.st.Queues.At(n.Slot)
	if q.Consumers > 0 || q.Ready == 0 || q.Died != 0 {
		return
	}
	word := b.words.Nobody
	if e.Key.X+b.txt.width(word, StyleSub) > b.lay.Bounds.Right() {
		word = b.words.NobodyShort
	}
	if b.cardAt(e.Key, b.txt.width(word, StyleSub)) { // who consumed a moment ago still stands there
		return
	}
	c := &b.dyn
	warn := HueWarn.Paint(PartLine)
	b.edgeOutline(c, e)
	p := c.add(LayerEdge, NoPaint, warn, 1.5)
	p.Dash = [2]float32{4, 4}
	end := b.lay.Poly[e.Poly0+2 : e.Poly0+4]
	c.mark(LayerPort, "M-4,-4.5L4,4.5M4,-4.5L-4,4.5", end[0]+4, end[1], 1, warn, 1.75)
	b.label(id, lbKey, e.Key, word, StyleSub, 6).Paint = HueWarn.Paint(PartInk)
	if q.ReadyHead != 0 {
		if age := (b.t - b.st.Copies.At(q.ReadyHead).SinceAt) / 1e9 * 1e9; age >= 1e9 {
			text := b.txt.make(textKey{kind: txSimple, a: age, b: 3}, func() string { return fill(b.words.NobodyOldest, b.words.duration(age)) })
			s := e.Key
			s.Y += 16
			b.label(id, lbKey+1, s, text, StyleCaption, 3)
		}
	}
}

// cardAt reports whether a card stands where two lines of words w px wide would be written.
func (b *Builder) cardAt(s layout.Spot, w float32) bool {
	x := s.X
	switch Anchor(s.Anchor) {
	case Middle:
		x -= w / 2
	case End:
		x -= w
	}
	for i := range b.lay.Nodes {
		n := &b.lay.Nodes[i]
		if r := n.Rect; n.Kind == layout.KindCard && x < r.Right()+12 && x+w > r.X-16 && s.Y-14 < r.Bottom() && s.Y+20 > r.Y {
			return true
		}
	}
	return false
}

// dropLabels leave the reason of a loss where it fell.
func (b *Builder) dropLabels() {
	for i := view.Slot(1); i < b.st.Drops.Cap(); i++ {
		if !b.st.Drops.Live(i) {
			continue
		}
		v := b.st.Drops.At(i)
		if age := b.d - v.D; age < 0 || age >= view.LingerDrop {
			continue
		}
		p, ok := b.dropPlace(v)
		if !ok {
			continue
		}
		reason, n := v.Reason, v.Count
		text := b.txt.make(textKey{kind: txLost, n: reason, a: n}, func() string {
			s := b.lost(b.txt.names.Text(reason))
			if n > 1 {
				s += " ×" + itoa(n)
			}
			return s
		})
		s := at(p.x+18, p.y+dropFall-4, Start, 0)
		if v.Queue != 0 || s.X+b.txt.width(text, StyleSub) > b.lay.Bounds.Right() {
			s = at(p.x-18, p.y+dropFall-4, End, 0)
		}
		l := b.label(uint64(i), lbDrop, s, text, StyleSub, 8)
		l.Paint, l.Halo, l.Dynamic = HueFault.Paint(PartInk), b.under(), true
	}
	b.reasonLabels()
}

// reasonLabels say why a queue or an exchange goes.
func (b *Builder) reasonLabels() {
	for i := range b.lay.Nodes {
		n := &b.lay.Nodes[i]
		if n.Kind != layout.KindQueue && n.Kind != layout.KindExchange || n.Count != 1 || b.nodeLife(n) != lifeGone {
			continue
		}
		v := b.record(n, n.Slot)
		if v == nil || v.Reason == 0 || b.d-v.Died > view.LingerObject {
			continue
		}
		if n.Form == view.FormSocket || b.covered(i) {
			continue // its process says it, or something else stands there now
		}
		reason := v.Reason
		if n.Kind == layout.KindExchange && b.txt.names.Text(reason) == "restart" {
			continue // all of them go at once, and the broker says so itself
		}
		text := b.txt.make(textKey{kind: txLost, n: reason, a: 1}, func() string { return b.lost(b.txt.names.Text(reason)) })
		if n.Kind == layout.KindQueue {
			text = b.txt.fit(text, StyleSub, n.Rect.W-12)
		} else { // a shape has room below it for how it went; its queue says why
			text, _, _ = strings.Cut(text, ":")
			if n.Sub.Max > 0 {
				b.label(n.Key, lbSub, n.Sub, text, StyleSub, 7).Halo = b.under()
			}
			continue
		}
		b.label(n.Key, lbDrop+1, at(n.Rect.CX(), n.Rect.CY()+4, Middle, n.Rect.W), text, StyleSub, 7).Halo = b.under()
	}
}

// covered reports whether a node that is alive stands where node i fades.
func (b *Builder) covered(i int) bool {
	for k := range b.lay.Nodes {
		if k != i && b.nodeLife(&b.lay.Nodes[k]) != lifeGone && b.lay.Nodes[k].Rect.Overlaps(b.lay.Nodes[i].Rect) {
			return true
		}
	}
	return false
}

// methodOf is what a message is about: a reply carries no method, its call does.
func (b *Builder) methodOf(m *view.Message) flow.Name {
	if m.Class == flow.ClassReply {
		if c := b.st.CallSlot(m.RPC); c != 0 {
			return b.st.Calls.At(c).Method
		}
	}
	return m.Label
}

// tokenLabels name the selected and the hovered message in flight.
func (b *Builder) tokenLabels() {
	for i := range b.list.Tokens {
		t := &b.list.Tokens[i]
		if t.Flags&(Selected|Hovered) == 0 || t.Flags&Bare != 0 {
			continue
		}
		if t.ID == 0 {
			b.askLabel(t)
			continue
		}
		m := b.st.Messages.At(b.st.MessageSlot(flow.MsgID(t.ID)))
		name := b.methodOf(m)
		if name == 0 {
			continue
		}
		class := m.Class
		text := b.txt.make(textKey{kind: txReply, n: name, a: int64(class)}, func() string {
			if class == flow.ClassReply {
				return fill(b.words.ReplyTo, b.txt.names.Text(name))
			}
			return b.txt.names.Text(name)
		})
		l := b.label(t.ID, lbDrop+2, at(t.X, t.Y-36, Middle, 0), text, StyleName, 9)
		l.Dynamic, l.Halo = true, b.under()
	}
}
