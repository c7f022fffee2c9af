package scene

import (
	"rpcscope/engine/flow"
	"rpcscope/engine/layout"
	"rpcscope/engine/view"
)

// Options say how a person looks at the scene.
type Options struct {
	// Focus is what is selected, hovered and lit; nil for nothing selected and the most recent RPC lit.
	Focus *view.Focus
	// T is the stream time of the frame, for what drains in true time: timeouts
	// and expiries. When below the state's own, that one counts.
	T int64
	// Reduced: nothing travels. Edges light, slots fill.
	Reduced bool
	// Broker is the broker's name, shown in its box.
	Broker string
	// Quiet says why no message may be seen, where that should be said.
	Quiet Quiet
}

// Builder makes lists. Use one for a stream; the list that it returns is valid until the next Build.
type Builder struct {
	list  List
	words *Words
	txt   texts

	st  *view.State
	lay *layout.Layout
	// frames are the boxes around the processes of a component.
	frames []frame
	d      int64
	t      int64
	opt    Options

	static canvas
	dyn    canvas

	version   uint64
	digest    uint64
	edgeHot   []heat
	nodeHot   []heat
	edgeLoad  []int32
	edgeHeld  []int32 // how many wait on it
	waits     []waiting
	nodeAcked []view.Slot
	runs      []running
	moving    bool
	ids       idCache
	order     []int32
	orderOf   uint64
	// rows are those of wrapped, broken to wrapAt px.
	rows    []string
	wrapped string
	wrapAt  float32
}

// heat is how an edge or node is lit.
type heat struct {
	d     int64 // when it was last touched
	hue   Hue
	alpha float32
	ahead bool
	path  bool // on the focused path
}

// New returns a Builder that speaks w, nil for English.
func New(w *Words) *Builder {
	if w == nil {
		w = English()
	}
	return &Builder{words: w}
}

// SetWords changes the language.
func (b *Builder) SetWords(w *Words) {
	b.words = w
	b.txt.cache = nil
	b.digest = 0
}

// Build returns the picture of st, laid out by lay, at the display time d.
func (b *Builder) Build(st *view.State, lay *layout.Layout, d int64, opt Options) *List {
	b.st, b.lay, b.d, b.opt, b.t = st, lay, d, opt, max(opt.T, st.At)
	b.txt.use(st.Names(), lay.Zoom)
	b.ids.use(st.Names())
	b.moving = false
	l := &b.list
	if g := b.staticDigest(); g != b.digest || b.version == 0 {
		b.digest = g
		b.version++
		b.buildStatic()
		l.StaticVersion = b.version
	}
	b.dyn.reset()
	l.Tokens, l.Trails, l.TrailPoints, l.Beads = l.Tokens[:0], l.Trails[:0], l.TrailPoints[:0], l.Beads[:0]
	b.gather()
	b.heat()
	b.drawHot()
	b.drawMissing()
	b.drawLives()
	b.drawQueues()
	b.drawDoors()
	b.flights()
	b.drawGates()
	b.drawCards()
	b.drawDrops()
	b.drawFocus()
	b.labels()
	b.proxies()
	flow.SortStable(b.dyn.paths, byLayer)
	l.DynVerbs, l.DynPoints, l.Dynamic = b.dyn.verbs, b.dyn.points, b.dyn.paths
	r := lay.Bounds
	l.Bounds = Rect{r.X, r.Y, r.W, r.H}
	l.GridPitch = 24
	l.Moving = b.moving
	return l
}

func byLayer(a, b Path) int { return int(a.Layer) - int(b.Layer) }

func (b *Builder) buildStatic() {
	c := &b.static
	c.reset()
	b.ground(c)
	b.drawFrames(c)
	for i := range b.lay.Edges {
		if e := &b.lay.Edges[i]; e.Kind != layout.EdgeNobody && b.edgeLife(e) == lifeSteady {
			b.line(c, e, LayerEdge, atRest)
		}
	}
	for i := range b.lay.Nodes {
		if b.nodeLife(&b.lay.Nodes[i]) == lifeSteady {
			b.node(c, &b.lay.Nodes[i], b.steady(&b.lay.Nodes[i]))
		}
	}
	for i := range b.lay.Edges {
		if e := &b.lay.Edges[i]; e.Kind == layout.EdgeConsume && b.edgeLife(e) == lifeSteady {
			c.gate(e.GateX, e.GateY, b.prefetch(e), LineStrong, 1.5)
		}
	}
	flow.SortStable(c.paths, byLayer)
	b.list.Verbs, b.list.Points, b.list.Static = c.verbs, c.points, c.paths
}

// steady is the look of a node that neither comes nor goes.
func (b *Builder) steady(n *layout.Node) look {
	k := atRest
	if b.inferred(n) {
		k.dash = dashInferred
	}
	return k
}

// ground draws the broker's box, its lane, the divider.
func (b *Builder) ground(c *canvas) {
	l := b.lay
	if r := l.Broker; r.W > 0 && !b.st.Brokerless() {
		c.roundRect(r.X, r.Y, r.W, r.H, 20)
		p := c.add(LayerGround, BrokerFill, Hair, 1.25)
		p.Convex = true
		if b.st.Node.Down { // drawn as what has stopped
			p.Fill, p.Stroke, p.Width = NoPaint, HueFault.Paint(PartLine), 1.5
			p.Dash = dashGone
		}
	}
	if l.LaneY > 0 {
		c.begin()
		c.move(l.LaneX0, l.LaneY)
		c.line(l.LaneX1, l.LaneY)
		p := c.add(LayerGround, NoPaint, Hair, 1.25)
		p.Dash, p.Round = [2]float32{2, 5}, true
	}
	if l.DividerX > 0 {
		c.begin()
		c.move(l.DividerX, l.DividerY0)
		c.line(l.DividerX1, l.DividerY1)
		p := c.add(LayerGround, NoPaint, LineSoft, 1.25)
		p.Dash, p.Round = [2]float32{2, 6}, true
	}
}

func (b *Builder) node(c *canvas, n *layout.Node, k look) {
	switch n.Kind {
	case layout.KindCard, layout.KindComponent:
		b.card(c, n, k)
		b.badge(c, n)
	case layout.KindExchange:
		b.exchangeNode(c, n, k)
	case layout.KindQueue:
		b.queueNode(c, n, k)
	case layout.KindChip:
		b.chipNode(c, n)
	}
}

// prefetch is the limit of a subscription; of several, their sum, unless one has none.
func (b *Builder) prefetch(e *layout.Edge) int64 {
	sum := int64(0)
	for _, s := range b.lay.Members[e.First : e.First+e.Count] {
		if b.st.Consumers.Live(s) {
			p := b.st.Consumers.At(s).Prefetch
			if p <= 0 {
				return 0
			}
			sum += p
		}
	}
	return sum
}

// mixer is a 64-bit running digest.
type mixer uint64

func (m *mixer) add(v uint64) {
	x := uint64(*m) ^ v
	x *= 0x9e3779b97f4a7c15
	x ^= x >> 29
	*m = mixer(x*0xbf58476d1ce4e5b9 + 1)
}

func (m *mixer) bool(v bool) {
	if v {
		m.add(3)
	} else {
		m.add(5)
	}
}

func (m *mixer) text(s string) {
	h := uint64(14695981039346656037)
	for i := range len(s) {
		h = (h ^ uint64(s[i])) * 1099511628211
	}
	m.add(h)
}

// staticDigest is of everything that the static part shows.
func (b *Builder) staticDigest() uint64 {
	m := mixer(b.lay.Version)
	m.add(b.lay.Step)
	m.bool(b.lay.Portrait)
	m.bool(b.st.Node.Down)
	for i := range b.lay.Nodes {
		n := &b.lay.Nodes[i]
		m.add(uint64(b.nodeLife(n)))
		m.bool(b.inferred(n))
		switch n.Kind {
		case layout.KindCard:
			c, busy := b.condition(n)
			h, _ := b.hindered(n)
			m.add(uint64(c)<<8 | uint64(h))
			m.bool(busy)
			if n.Sections > 1 && n.Count > 1 {
				for _, s := range b.lay.Members[n.First : n.First+n.Count] {
					if b.st.Processes.Live(s) {
						p := b.st.Processes.At(s)
						m.add(uint64(p.Condition))
						m.bool(p.Busy())
					}
				}
			}
		case layout.KindQueue:
			m.bool(b.level(n))
			m.add(uint64(b.fullness(n)))
		}
	}
	for i := range b.lay.Edges {
		e := &b.lay.Edges[i]
		m.add(uint64(b.edgeLife(e)))
		if e.Kind == layout.EdgeConsume {
			m.add(uint64(b.prefetch(e)))
		}
	}
	return uint64(m)
}
