package layout

// GlideTime is how long things take to their new places, ns of screen time.
const GlideTime = 420_000_000

// Glider shows layouts one after the other: when a new one has things in other
// places, they glide there. What is new, and what only one of the two has,
// stands where the new one puts it. It measures screen time, as a person who
// stepped or who paused sees the map change all the same; on one and the same
// sequence of layouts and times it does the same.
type Glider struct {
	// held is a copy of the layout that was asked for last, from of what was shown when it came; shown is between the two.
	held, from, shown Layout
	t                 int64
	moving            bool
	// node, edge, section and head of from that each of held continues, -1 for none.
	node, edge, section, head []int32
	steps                     uint64
}

// Reset forgets what was shown: the next layout stands at once.
func (g *Glider) Reset() { g.held.Version, g.moving = 0, false }

// Moving reports whether the next frame differs.
func (g *Glider) Moving() bool { return g.moving }

// Show returns the layout to draw dt nanoseconds after the one before, on the
// way to l. With jump everything is there at once. The result is l itself when
// nothing glides; read it until the next Show.
func (g *Glider) Show(l *Layout, dt int64, jump bool) *Layout {
	switch {
	case l.Version != g.held.Version:
		g.begin(l, jump)
	case g.moving:
		g.t += dt
	}
	if jump || g.t >= GlideTime {
		g.moving = false
	}
	if !g.moving {
		return l
	}
	g.steps++
	g.blend(l, ease(float32(g.t)/GlideTime))
	return &g.shown
}

// begin starts a glide from what was shown to l.
func (g *Glider) begin(l *Layout, jump bool) {
	stand := jump || g.held.Version == 0 || g.held.Portrait != l.Portrait
	if !stand {
		if g.moving {
			g.from, g.shown = g.shown, g.from
		} else {
			g.from, g.held = g.held, g.from
		}
	}
	g.held.copyFrom(l)
	g.t, g.moving = 0, false
	if !stand {
		g.match()
		g.moving = g.differs()
	}
}

// copyFrom makes l a copy of o that shares nothing but the lookup.
func (l *Layout) copyFrom(o *Layout) {
	c := *o
	c.Nodes = append(l.Nodes[:0], o.Nodes...)
	c.Edges = append(l.Edges[:0], o.Edges...)
	c.Sections = append(l.Sections[:0], o.Sections...)
	c.Members = append(l.Members[:0], o.Members...)
	c.Heads = append(l.Heads[:0], o.Heads...)
	c.Verbs = append(l.Verbs[:0], o.Verbs...)
	c.Points = append(l.Points[:0], o.Points...)
	c.Poly = append(l.Poly[:0], o.Poly...)
	*l = c
}

type nodeID struct {
	key  uint64
	kind Kind
	side Side
	lane bool
}

func (l *Layout) nodeID(i int32) nodeID {
	if i < 0 {
		return nodeID{}
	}
	n := &l.Nodes[i]
	return nodeID{n.Key, n.Kind, n.Side, n.Lane}
}

type edgeID struct {
	kind     EdgeKind
	from, to nodeID
}

// match finds what of from each thing of held continues.
func (g *Glider) match() {
	nodes := make(map[nodeID]int32, len(g.from.Nodes))
	for i := range g.from.Nodes {
		nodes[g.from.nodeID(int32(i))] = int32(i)
	}
	edges := make(map[edgeID]int32, len(g.from.Edges))
	for i := range g.from.Edges {
		e := &g.from.Edges[i]
		edges[edgeID{e.Kind, g.from.nodeID(e.From), g.from.nodeID(e.To)}] = int32(i)
	}
	g.node, g.edge, g.section, g.head = g.node[:0], g.edge[:0], g.section[:0], g.head[:0]
	for range g.held.Sections {
		g.section = append(g.section, -1)
	}
	for i := range g.held.Nodes {
		j, ok := nodes[g.held.nodeID(int32(i))]
		if !ok {
			j = -1
		} else {
			g.matchSections(&g.held.Nodes[i], &g.from.Nodes[j])
		}
		g.node = append(g.node, j)
	}
	for i := range g.held.Edges {
		e := &g.held.Edges[i]
		j, ok := edges[edgeID{e.Kind, g.held.nodeID(e.From), g.held.nodeID(e.To)}]
		if !ok {
			j = -1
		}
		g.edge = append(g.edge, j)
	}
	for i := range g.held.Heads {
		g.head = append(g.head, -1)
		for j := range g.from.Heads {
			if g.from.Heads[j].Word == g.held.Heads[i].Word && g.from.Heads[j].Anchor == g.held.Heads[i].Anchor {
				g.head[i] = int32(j)
			}
		}
	}
}

// matchSections pairs the rows of a card by what they are to whom, in order.
func (g *Glider) matchSections(n, was *Node) {
	j := was.FirstSection
	for i := n.FirstSection; i < n.FirstSection+n.Sections; i++ {
		s := &g.held.Sections[i]
		for k := j; k < was.FirstSection+was.Sections; k++ {
			if o := &g.from.Sections[k]; o.Slot == s.Slot && o.Word == s.Word {
				g.section[i], j = k, k+1
				break
			}
		}
	}
}

// differs reports whether anything has another place.
func (g *Glider) differs() bool {
	for i, j := range g.node {
		if j >= 0 && g.held.Nodes[i].Rect != g.from.Nodes[j].Rect {
			return true
		}
	}
	for i, j := range g.edge {
		if j < 0 {
			continue
		}
		e, o := &g.held.Edges[i], &g.from.Edges[j]
		if e.Polys != o.Polys {
			return true
		}
		for k := range 2 * e.Polys {
			if g.held.Poly[e.Poly0+k] != g.from.Poly[o.Poly0+k] {
				return true
			}
		}
	}
	return g.held.Broker != g.from.Broker
}

// ease starts fast and settles.
func ease(x float32) float32 {
	u := 1 - max(0, min(1, x))
	return 1 - u*u*u
}
