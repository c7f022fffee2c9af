package scene

import (
	"rpcscope/engine/layout"
	"rpcscope/engine/view"
)

// Durations of the motions, ns of display time, as tokens.css has them.
const (
	durArrive = 360_000_000
	durBorn   = 420_000_000
	durGone   = 640_000_000
	durDrop   = 900_000_000
	durReturn = 480_000_000
	durAcked  = 160_000_000
	durCool   = 700_000_000
)

type life uint8

const (
	lifeSteady life = iota
	lifeBorn
	lifeGone
	lifeUnborn
)

// lifeOf is the newest life of several: a stack is steady as soon as one of its members is.
func (b *Builder) lifeOf(v *view.Life) life {
	switch {
	case v.Died != 0 && b.d >= v.Died:
		return lifeGone
	case v.Born == view.Always:
		return lifeSteady
	case b.d < v.Born:
		return lifeUnborn
	case b.d < v.Born+durBorn && !b.opt.Reduced:
		return lifeBorn
	}
	return lifeSteady
}

// record returns the life of a node's i-th member, nil when it has none.
func (b *Builder) record(n *layout.Node, s view.Slot) *view.Life {
	switch n.Kind {
	case layout.KindCard, layout.KindComponent:
		if b.st.Processes.Live(s) {
			return &b.st.Processes.At(s).Life
		}
	case layout.KindExchange:
		if s > 0 && b.st.Exchanges.Live(s) {
			return &b.st.Exchanges.At(s).Life
		}
	case layout.KindQueue:
		if b.st.Queues.Live(s) {
			return &b.st.Queues.At(s).Life
		}
	}
	return nil
}

func (b *Builder) nodeLife(n *layout.Node) life {
	if n.Kind == layout.KindChip || n.Kind == layout.KindCard && n.Count == 1 && b.ended(n) {
		return lifeSteady // a process that ended stays until it is forgotten; its dot tells
	}
	best := lifeUnborn
	for _, s := range b.lay.Members[n.First : n.First+n.Count] {
		if v := b.record(n, s); v != nil {
			best = min(best, b.lifeOf(v))
		} else if n.Kind == layout.KindExchange {
			return lifeSteady
		}
	}
	return best
}

func (b *Builder) ended(n *layout.Node) bool {
	if !b.st.Processes.Live(n.Slot) {
		return false
	}
	p := b.st.Processes.At(n.Slot)
	return p.Died != 0 && b.d < p.Died+view.LingerProcess-durGone
}

// inferred: nobody announced it; it was deduced.
func (b *Builder) inferred(n *layout.Node) bool {
	if n.Count != 1 {
		return false
	}
	v := b.record(n, n.Slot)
	return v != nil && v.Inferred
}

func (b *Builder) edgeRecord(e *layout.Edge, s view.Slot) *view.Life {
	switch e.Kind {
	case layout.EdgePublish, layout.EdgeREST:
		if b.st.Links.Live(s) {
			return &b.st.Links.At(s).Life
		}
	case layout.EdgeBinding, layout.EdgeImplicit:
		if b.st.Bindings.Live(s) {
			return &b.st.Bindings.At(s).Life
		}
	case layout.EdgeConsume:
		if b.st.Consumers.Live(s) {
			return &b.st.Consumers.At(s).Life
		}
	}
	return nil
}

func (b *Builder) edgeLife(e *layout.Edge) life {
	if e.Count == 0 || b.lay.Replies(e) {
		return max(b.nodeLife(&b.lay.Nodes[e.From]), b.nodeLife(&b.lay.Nodes[e.To]))
	}
	best := lifeUnborn
	for _, s := range b.lay.Members[e.First : e.First+e.Count] {
		if v := b.edgeRecord(e, s); v != nil {
			best = min(best, b.lifeOf(v))
		}
	}
	return best
}

// drawLives draws what is being born and what goes.
func (b *Builder) drawLives() {
	c := &b.dyn
	for i := range b.lay.Edges {
		e := &b.lay.Edges[i]
		if e.Kind == layout.EdgeNobody {
			continue
		}
		k := atRest
		switch b.edgeLife(e) {
		case lifeBorn:
			k.trim = b.bornPart(b.edgeBirth(e))
		case lifeGone:
			if k.fade = b.goneAlpha(b.edgeDeath(e)); k.fade <= 0 {
				continue
			}
			k.dash = dashLeaving
		default:
			continue
		}
		b.moving = true
		b.line(c, e, LayerEdge, k)
		if e.Kind == layout.EdgeConsume {
			c.alpha = min(k.fade, k.trim)
			c.gate(e.GateX, e.GateY, b.prefetch(e), LineStrong, 1.5)
			c.plain()
		}
	}
	for i := range b.lay.Nodes {
		n := &b.lay.Nodes[i]
		k := atRest
		switch b.nodeLife(n) {
		case lifeBorn:
			k.trim = b.bornPart(b.nodeBirth(n))
			k.fade = min(1, .35+k.trim)
		case lifeGone:
			if k.fade = b.goneAlpha(b.nodeDeath(n)); k.fade <= 0 {
				continue
			}
			k.dash = dashLeaving
		default:
			continue
		}
		b.moving = true
		b.node(c, n, k)
	}
}

func (b *Builder) bornPart(born int64) float32 {
	return easeBorn(float32(b.d-born) / durBorn)
}

// goneAlpha fades from .5, at once, to nothing.
func (b *Builder) goneAlpha(died int64) float32 {
	f := float32(b.d-died) / durGone
	if b.opt.Reduced {
		return .5 * (1 - step(f))
	}
	return .5 * (1 - max(0, min(1, f)))
}

func step(f float32) float32 {
	if f >= 1 {
		return 1
	}
	return 0
}

func (b *Builder) edgeBirth(e *layout.Edge) int64 {
	t := int64(view.Always)
	for _, s := range b.lay.Members[e.First : e.First+e.Count] {
		if v := b.edgeRecord(e, s); v != nil {
			t = max(t, v.Born)
		}
	}
	if e.Count == 0 {
		t = max(b.nodeBirth(&b.lay.Nodes[e.From]), b.nodeBirth(&b.lay.Nodes[e.To]))
	}
	return t
}

func (b *Builder) edgeDeath(e *layout.Edge) int64 {
	t := int64(0)
	for _, s := range b.lay.Members[e.First : e.First+e.Count] {
		if v := b.edgeRecord(e, s); v != nil {
			t = max(t, v.Died)
		}
	}
	if e.Count == 0 {
		t = max(b.nodeDeath(&b.lay.Nodes[e.From]), b.nodeDeath(&b.lay.Nodes[e.To]))
	}
	return t
}

func (b *Builder) nodeBirth(n *layout.Node) int64 {
	t := int64(view.Always)
	for _, s := range b.lay.Members[n.First : n.First+n.Count] {
		if v := b.record(n, s); v != nil {
			t = max(t, v.Born)
		}
	}
	return t
}

func (b *Builder) nodeDeath(n *layout.Node) int64 {
	t := int64(0)
	for _, s := range b.lay.Members[n.First : n.First+n.Count] {
		if v := b.record(n, s); v != nil {
			t = max(t, v.Died)
		}
	}
	if n.Kind == layout.KindCard && t != 0 {
		t += view.LingerProcess - durGone
	}
	return t
}

// easeArrive is cubic-bezier(.16, 1, .3, 1), closely: 1-(1-x)^5 with a soft start.
func easeArrive(x float32) float32 {
	x = max(0, min(1, x))
	u := 1 - x
	return 1 - u*u*u*u
}

// easeBorn is close to cubic-bezier(.3, 0, .1, 1).
func easeBorn(x float32) float32 {
	x = max(0, min(1, x))
	u := 1 - x
	return x*x*(3-2*x)*.5 + (1-u*u*u)*.5
}

// easeFall is close to cubic-bezier(.55, 0, 1, .6).
func easeFall(x float32) float32 {
	x = max(0, min(1, x))
	return x*x*.85 + x*.15
}
