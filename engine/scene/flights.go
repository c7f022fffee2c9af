package scene

import (
	"rpcscope/engine/flow"
	"rpcscope/engine/layout"
	"rpcscope/engine/view"
)

const (
	// trailPoints and trailReach shape the tail of a token, in px.
	trailPoints = 6
	trailReach  = 54
	// From so many on one edge, or in all, messages become beads with a number.
	crowdEdge = 48
	crowdAll  = 300
	// beadSpeed is px per second of display time.
	beadSpeed = 90
)

// journey is one message on its way.
type journey struct {
	edge     int
	from, to point
	hop      view.Hop
	back     bool
	// stop is where on its way it waits, 0 when it does not.
	stop float32
}

// flights draws all messages that travel.
func (b *Builder) flights() {
	b.edgeLoad = resize(b.edgeLoad, len(b.lay.Edges))
	b.edgeHeld = resize(b.edgeHeld, len(b.lay.Edges))
	all := b.eachJourney(false, 0)
	limit := int32(crowdEdge)
	if all > crowdAll {
		limit = 12
	}
	b.eachJourney(true, limit)
	for i, n := range b.edgeLoad {
		if n > limit {
			b.beads(i)
		}
	}
}

// eachJourney counts the travellers by edge or, with draw, draws them.
func (b *Builder) eachJourney(draw bool, limit int32) (all int) {
	st := b.st
	see := func(j journey) bool {
		if j.stop > 0 || j.hop.Covers(b.d) {
			all++
			if !draw && j.edge >= 0 {
				b.edgeLoad[j.edge]++
			}
			return draw && (j.edge < 0 || b.edgeLoad[j.edge] <= limit)
		}
		return false
	}
	for i := view.Slot(1); i < st.Messages.Cap(); i++ {
		if !st.Messages.Live(i) {
			continue
		}
		m := st.Messages.At(i)
		if m.Hop.Covers(b.d) && m.Stage != view.Returned {
			if j, ok := b.publishing(m); ok && see(j) {
				b.fly(j, m, m.Inferred, false)
			}
		}
		if m.Stage == view.Returned && b.d < m.EndD+durReturn {
			m := *m
			m.Hop = view.Hop{Start: m.EndD, End: m.EndD + durReturn}
			if j, ok := b.publishing(&m); ok {
				j.back, j.hop = true, m.Hop
				if see(j) {
					b.fly(j, &m, false, true)
				}
			}
		}
	}
	for i := view.Slot(1); i < st.Copies.Cap(); i++ {
		if !st.Copies.Live(i) {
			continue
		}
		k := st.Copies.At(i)
		if !k.Covers(b.d) || !st.Messages.Live(k.Msg) {
			continue
		}
		j, ok := b.copying(k)
		if k.Held {
			j.stop = b.heldAt(j.edge, draw)
		}
		if ok && see(j) {
			b.fly(j, st.Messages.At(k.Msg), k.Inferred, false)
		}
	}
	for i := view.Slot(1); i < st.Rests.Cap(); i++ {
		if st.Rests.Live(i) {
			all += b.restFlight(st.Rests.At(i), draw)
		}
	}
	return all
}

// publishing is the way from a process to an exchange.
func (b *Builder) publishing(m *view.Message) (journey, bool) {
	st := b.st
	p, x := st.ProcessSlot(m.Process), st.ExchangeSlot(m.VHost, m.Exchange)
	j := journey{edge: -1, hop: m.Hop}
	if s := st.LinkSlot(p, x, 0); s != 0 {
		j.edge = b.lay.Link(s)
	}
	if j.edge >= 0 {
		j.from, j.to = b.start(j.edge), b.middle(int(b.lay.Edges[j.edge].To))
		return j, true
	}
	a, z := b.lay.AnyCard(p), b.lay.Exchange(x, m.Class == flow.ClassReply)
	if a < 0 || z < 0 {
		return j, false
	}
	j.from, j.to = b.middle(a), b.middle(z)
	return j, true
}

// copying is the way of a copy: exchange to queue, queue to consumer, or back.
func (b *Builder) copying(k *view.Copy) (journey, bool) {
	st := b.st
	j := journey{edge: -1, hop: k.Hop}
	if k.ToExchange {
		a, z := b.lay.Exchange(k.Exchange, false), b.lay.Exchange(k.Queue, false)
		if a < 0 || z < 0 {
			return j, false
		}
		if k.Binding != 0 {
			j.edge = b.lay.Binding(k.Binding)
		}
		j.from, j.to = b.middle(a), b.middle(z)
		return j, true
	}
	q := b.lay.Queue(k.Queue)
	if q < 0 {
		return j, false
	}
	if k.Place == view.Unacked || k.Place == view.Passed || k.Place == view.Acked || k.Returning {
		j.back = k.Returning
		if st.Consumers.Live(k.Consumer) && k.Consumer != 0 {
			j.edge = b.lay.Consumer(k.Consumer)
		}
		j.from = b.headOf(q)
		if j.edge >= 0 {
			j.to = b.finish(j.edge)
			return j, true
		}
		n := -1
		if p := st.ProcessSlot(k.Holder); p != 0 {
			n = b.lay.Card(p, layout.Right)
			if n < 0 || b.lay.Nodes[q].Lane {
				n = b.lay.AnyCard(p)
			}
		}
		if n < 0 {
			return j, false
		}
		j.to = b.middle(n)
		return j, true
	}
	reply := st.Queues.At(k.Queue).Reply
	x := b.lay.Exchange(k.Exchange, reply)
	if k.Binding != 0 {
		j.edge = b.lay.Binding(k.Binding)
	}
	if j.edge < 0 && x >= 0 {
		j.edge = b.lay.Route(x, q)
	}
	switch {
	case j.edge >= 0:
		e := &b.lay.Edges[j.edge]
		j.from, j.to = b.middle(int(e.From)), b.finish(j.edge)
	case x >= 0:
		j.from, j.to = b.middle(x), b.middle(q)
	default:
		return j, false
	}
	return j, true
}

func (b *Builder) middle(n int) point {
	r := b.lay.Nodes[n].Rect
	return point{r.CX(), r.CY()}
}

// headOf is the first ready slot of a queue.
func (b *Builder) headOf(n int) point {
	node := &b.lay.Nodes[n]
	if node.Kind != layout.KindQueue {
		return b.middle(n)
	}
	q := b.capsule(node)
	return point{q.ready(0), q.cy()}
}

func (j *journey) fraction(d int64) float32 {
	f := float32(j.hop.Fraction(d))
	switch {
	case j.back:
		return 1 - f
	case j.stop > 0:
		return min(f, j.stop)
	}
	return f
}

// heldAt is where on its way the next message stands that waits at a cut: the
// first half way, those behind it one after the other as far as there is room.
func (b *Builder) heldAt(edge int, draw bool) float32 {
	const half, step, last = .5, .035, .08
	if edge < 0 || !draw {
		return half
	}
	n := b.edgeHeld[edge]
	b.edgeHeld[edge]++
	return max(last, half-step*float32(n))
}

// where is the place at a fraction of the journey.
func (b *Builder) where(j *journey, f float32) (x, y float32) {
	if j.edge >= 0 {
		return b.place(j.edge, f, j.from, j.to)
	}
	return j.from.x + (j.to.x-j.from.x)*f, j.from.y + (j.to.y-j.from.y)*f
}

func (b *Builder) journeyLength(j *journey) float32 {
	if j.edge < 0 {
		return hyp(j.to.x-j.from.x, j.to.y-j.from.y)
	}
	s, t := b.start(j.edge), b.finish(j.edge)
	return b.lay.Edges[j.edge].Length + hyp(s.x-j.from.x, s.y-j.from.y) + hyp(t.x-j.to.x, t.y-j.to.y)
}

// fly draws one traveller with its tail. With reduced motion its edge lights instead.
func (b *Builder) fly(j journey, m *view.Message, inferred, fault bool) {
	waits := j.stop > 0 && float32(j.hop.Fraction(b.d)) >= j.stop
	if !waits {
		b.moving = true
	}
	hue := HueOf(m.Class)
	if fault {
		hue = HueFault
	}
	if b.opt.Reduced {
		if j.edge >= 0 {
			b.line(&b.dyn, &b.lay.Edges[j.edge], LayerTrail, look{hue: hue, hot: true, fade: 1, trim: 1})
		}
		return
	}
	f := j.fraction(b.d)
	x, y := b.where(&j, f)
	t := Token{ID: uint64(m.ID), X: x, Y: y, Scale: 1, Alpha: 1, Ring: -1, Symbol: SymbolOf(m.Class), Flags: Glow}
	if inferred {
		t.Flags |= Dashed | Hollow
	}
	if fault {
		t.Flags |= Fault
	}
	if j.back && !fault {
		t.Flags |= Redelivered
	}
	if m.Class == flow.ClassCall {
		b.timeoutRing(&t, m.RPC)
	}
	b.marks(&t, m)
	b.list.Tokens = append(b.list.Tokens, t)
	if !waits {
		b.addTrail(&j, f, hue)
	}
}

// timeoutRing shows what is left of the caller's patience.
func (b *Builder) timeoutRing(t *Token, rpc flow.ID) {
	s := b.st.CallSlot(rpc)
	if s == 0 {
		return
	}
	c := b.st.Calls.At(s)
	if c.State != view.Waiting {
		return
	}
	if _, limited := c.Left(b.t); !limited {
		return
	}
	t.Ring = float32(c.Remaining(b.t))
	t.RingPaint = ringPaint(t.Ring)
}

func ringPaint(left float32) Paint {
	switch {
	case left < .15:
		return HueFault.Paint(PartLine)
	case left < .4:
		return HueWarn.Paint(PartLine)
	}
	return HueCall.Paint(PartLine)
}

// marks flags a token as selected or hovered.
func (b *Builder) marks(t *Token, m *view.Message) {
	f := b.opt.Focus
	if f == nil {
		return
	}
	switch {
	case f.Selected.Kind == view.RefMessage && b.st.Messages.Live(f.Selected.Slot) && b.st.Messages.At(f.Selected.Slot).ID == m.ID,
		f.Selected.Kind == view.RefNone && f.Msg != 0 && f.Msg == m.ID:
		t.Flags |= Selected
	case f.Hovered.Kind == view.RefMessage && b.st.Messages.Live(f.Hovered.Slot) && b.st.Messages.At(f.Hovered.Slot).ID == m.ID:
		t.Flags |= Hovered
	}
}

// addTrail appends the tail behind a token.
func (b *Builder) addTrail(j *journey, f float32, hue Hue) {
	length := b.journeyLength(j)
	if length < 1 {
		return
	}
	back := trailReach / length / (trailPoints - 1)
	if j.back {
		back = -back
	}
	l := &b.list
	tr := Trail{Point0: int32(len(l.TrailPoints)), Paint: hue.Paint(PartLine), Width: 3, Alpha: .9}
	for i := range trailPoints {
		g := f - back*float32(i)
		if g < 0 || g > 1 {
			g = max(0, min(1, g))
		}
		x, y := b.where(j, g)
		l.TrailPoints = append(l.TrailPoints, x, y)
		tr.Points++
		if g <= 0 && !j.back || g >= 1 && j.back {
			break
		}
	}
	if tr.Points > 1 {
		l.Trails = append(l.Trails, tr)
	}
}
