package scene

import (
	"slices"

	"rpcscope/engine/flow"
	"rpcscope/engine/layout"
	"rpcscope/engine/view"
)

// Gallery is a list with every visual state by name: for the page's ?gallery,
// for painters to be compared with each other, and for people to look at.
func Gallery() *List {
	g := &gallery{l: &List{StaticVersion: 1, LabelVersion: 1, ProxyVersion: 1}}
	g.c.reset()
	g.head("Messages", 40)
	g.messages(80)
	g.head("Services", 326)
	g.services(352)
	g.head("Exchanges", 574)
	g.exchanges(630)
	g.head("Queues", 726)
	g.queues(770)
	g.head("Edges", 1120)
	g.edges(1150)
	l := g.l
	flow.SortStable(g.c.paths, byLayer)
	l.Verbs, l.Points, l.Static = g.c.verbs, g.c.points, g.c.paths
	l.Bounds = Rect{0, 0, 800, 1330}
	return l
}

type gallery struct {
	l *List
	c canvas
	n uint64
}

func (g *gallery) label(x, y float32, text string, style Style, a Anchor) {
	g.n++
	st := &Styles[style]
	g.l.Labels = append(g.l.Labels, Label{
		ID: g.n, X: x, Y: y, Text: text, Style: style, Anchor: a, Alpha: 1, Priority: 5,
		Width: layout.TextWidth(text, st.Size, st.Mono, st.Weight),
	})
}

func (g *gallery) head(text string, y float32) {
	g.label(32, y, text, StyleName, Start)
	g.c.begin()
	g.c.move(32, y+10)
	g.c.line(768, y+10)
	g.c.add(LayerGround, NoPaint, Hair, 1)
}

func (g *gallery) token(x, y float32, s Sym, t Token) {
	t.X, t.Y, t.Symbol = x, y, s
	if t.Scale == 0 {
		t.Scale = 1
	}
	if t.Alpha == 0 {
		t.Alpha = 1
	}
	g.l.Tokens = append(g.l.Tokens, t)
}

func (g *gallery) messages(y float32) {
	names := [...][2]string{
		SymCall: {"call", "there and back"}, SymReply: {"reply", "coming back"}, SymCast: {"cast", "one way"},
		SymFanout: {"fanout", "one to many"}, SymNotify: {"notification", "an event"}, SymREST: {"REST", "not on the broker"}, SymOther: {"other", "not oslo"},
	}
	for i := range names {
		x := 80 + float32(i)*106
		ring := float32(-1)
		if Sym(i) == SymCall {
			ring = .83
		}
		g.token(x, y+16, Sym(i), Token{Ring: ring, RingPaint: ringPaint(.83)})
		g.label(x, y+54, names[i][0], StyleStrong, Middle)
		g.label(x, y+70, names[i][1], StyleSub, Middle)
		g.token(x-12, y+92, Sym(i), Token{Ring: -1, Scale: 5. / 11, Flags: Bare})
		g.token(x+12, y+92, Sym(i), Token{Ring: -1, Scale: 5. / 11, Flags: Bare | Hollow})
	}
	states := [...]struct {
		name string
		s    Sym
		t    Token
	}{
		{"waiting", SymCall, Token{Ring: .83, RingPaint: ringPaint(.83)}},
		{"running out", SymCall, Token{Ring: .3, RingPaint: ringPaint(.3)}},
		{"nearly over", SymCall, Token{Ring: .1, RingPaint: ringPaint(.1)}},
		{"timed out", SymCall, Token{Ring: 0, RingPaint: ringPaint(0), Flags: Fault}},
		{"dropped", SymCast, Token{Ring: -1, Flags: Fault}},
		{"redelivered", SymCall, Token{Ring: .83, RingPaint: ringPaint(.83), Flags: Redelivered}},
		{"selected", SymReply, Token{Ring: -1, Flags: Selected | Glow}},
		{"hovered", SymFanout, Token{Ring: -1, Flags: Hovered}},
		{"deduced", SymNotify, Token{Ring: -1, Flags: Hollow | Dashed}},
	}
	for i, s := range states {
		x := 72 + float32(i)*82
		if s.name == "dropped" {
			for k, a := range [...]float32{.1, .2, .34} {
				g.token(x, y+162-float32(44-13*k), s.s, Token{Ring: -1, Flags: Fault | Bare, Alpha: a})
			}
		}
		g.token(x, y+162, s.s, s.t)
		g.label(x, y+200, s.name, StyleSub, Middle)
	}
}

func (g *gallery) services(y float32) {
	type svc struct {
		name, host, word string
		cond             view.Condition
		busy, stack      bool
		glyph            string
		k                look
	}
	born, left := atRest, atRest
	born.trim = .6
	left.fade, left.dash = .5, dashLeaving
	hot := atRest
	hot.hot, hot.hue = true, HueCall
	list := [...]svc{
		{"nova-api", "ctl1", "running, sends", view.Up, false, false, roleInvoker, atRest},
		{"nova-compute", "host1", "busy, serves", view.Up, true, false, roleWorker, hot},
		{"nova-network", "net1", "being started", view.Starting, false, false, roleWorker, born},
		{"nova-network", "net2", "stopped", view.Stopped, false, false, roleWorker, atRest},
		{"nova-compute", "host3", "killed", view.Killed, false, false, roleWorker, atRest},
		{"nova-compute", "compute2", "silent: no answer", view.Silent, false, false, roleWorker, atRest},
		{"nova-compute", "paused", "paused (SIGSTOP)", view.Paused, false, false, roleWorker, atRest},
		{"nova-conductor", "3 hosts", "folded stack, both roles", view.Up, false, true, roleBoth, atRest},
		{"heat-engine", "seen by tap", "deduced", view.Unknown, false, false, roleWorker, left},
	}
	for i, s := range list {
		r := layout.Rect{X: 32 + float32(i%4)*188, Y: y + float32(i/4)*88, W: 168, H: 60}
		g.c.cardShape(r, s.cond, s.stack, s.k)
		g.c.mark(LayerSlot, s.glyph, r.X+21, r.Y+22, 1, Ink2, 1.6)
		g.c.dot(r.Right()-16, r.Y+21, s.cond, s.busy)
		g.label(r.X+36, r.Y+26, s.name, StyleName, Start)
		g.label(r.X+36, r.Y+43, s.host, StyleSub, Start)
		g.label(r.CX(), r.Bottom()+20, s.word, StyleSub, Middle)
		if s.stack {
			w := width("×6", StyleBadge) + 16
			g.c.roundRect(r.Right()-4-w/2, r.Y-14, w, 20, 10)
			g.c.add(LayerPort, Ink1, NoPaint, 0).Convex = true
			g.label(r.Right()-4, r.Y, "×6", StyleBadge, Middle)
		}
	}
}

func (g *gallery) exchanges(y float32) {
	forms := [...]view.ExchangeForm{view.FormTopic, view.FormDirect, view.FormFanout, view.FormHeaders, view.FormDefault, view.FormTopic, view.FormDirect, view.FormFanout, view.FormTopic}
	words := [...]string{"topic", "direct", "fanout", "headers", "default", "declared", "auto-delete", "on the path", "selected"}
	for i, f := range forms {
		x := 66 + float32(i)*84
		hue, hot := HueNone, false
		switch i {
		case 5:
			g.c.trim = .4
		case 6:
			g.c.alpha, g.c.dash = .5, dashLeaving
		case 7:
			hue, hot = HueFanout, true
		}
		g.c.exchangeShape(f, x, y, .8, hue, hot)
		g.c.plain()
		if i == 8 {
			g.c.begin()
			g.c.at(x, y, .8*1.22)
			g.c.exchangeOutline(f)
			g.c.at(0, 0, 1)
			g.c.add(LayerSelect, NoPaint, Select, 2)
		}
		g.label(x, y+52, words[i], StyleSub, Middle)
	}
}

func (g *gallery) queues(y float32) {
	words := [...]string{
		"empty", "some ready, some unacked", "many: bar on a log scale", "at its limit, drops the oldest", "near its limit of 8", "nobody consumes",
		"being declared", "auto-deleted: last consumer left", "expires in 29:12", "reply queue, flows to the left", "on the path", "deduced, not seen",
	}
	for i, w := range words {
		x, yy := 32+float32(i%3)*252, y+float32(i/3)*86
		q := newCapsule(x, yy, 220, 40, 8, 3, i == 9)
		stroke, width := LineStrong, float32(1.5)
		var ready, unacked []Sym
		switch i {
		case 1:
			ready, unacked = []Sym{SymCall, SymCast, SymCall, SymCast}, []Sym{SymCall, SymCall}
		case 2:
			unacked = []Sym{SymCall}
		case 3:
			ready = slices.Repeat([]Sym{SymCast}, 8)
			stroke, width = HueFault.Paint(PartLine), 2
			g.c.begin()
			g.c.move(x-5, yy+8)
			g.c.line(x-5, yy+32)
			g.c.add(LayerSlot, NoPaint, stroke, 3).Round = true
		case 4:
			ready = slices.Repeat([]Sym{SymCast}, 7)
			stroke, width = HueWarn.Paint(PartLine), 2
		case 5:
			ready = slices.Repeat([]Sym{SymNotify}, 3)
			g.c.begin()
			g.c.move(x+220, yy+20)
			g.c.line(x+232, yy+20)
			g.c.add(LayerEdge, NoPaint, HueWarn.Paint(PartLine), 1.5).Dash = [2]float32{4, 4}
			g.c.mark(LayerPort, "M-4,-4.5L4,4.5M4,-4.5L-4,4.5", x+238, yy+20, 1, HueWarn.Paint(PartLine), 1.75)
		case 6:
			g.c.trim = .62
		case 7:
			g.c.alpha, g.c.dash = .5, dashLeaving
		case 8:
			ready = slices.Repeat([]Sym{SymFanout}, 2)
		case 9:
			ready, unacked = []Sym{SymReply, SymReply}, []Sym{SymReply}
			stroke, width = HueReply.Paint(PartLine), 2
		case 10:
			ready = []Sym{SymCall}
			stroke, width = HueCall.Paint(PartLine), 2
		case 11:
			ready = []Sym{SymCall}
			g.c.dash = dashInferred
		}
		g.c.capsuleShape(q, i == 2)
		if i == 2 {
			g.bar(q)
		}
		g.c.capsuleRim(q, stroke, width)
		g.c.plain()
		for k, s := range ready {
			g.token(q.ready(float32(k)), q.cy(), s, Token{Ring: -1, Scale: q.slotScale(), Flags: Bare})
		}
		for k, s := range unacked {
			g.token(q.unacked(float32(k)), q.cy(), s, Token{Ring: -1, Scale: q.slotScale(), Flags: Bare | Hollow})
		}
		g.label(x+14, yy+56, w, StyleSub, Start)
	}
}

// bar is the level of 1 240 messages, two thirds calls.
func (g *gallery) bar(q capsule) {
	lv := barPart(1240, 0) * float32(q.slots) * q.pitch
	x1 := q.ready(0) + q.pitch/2
	g.c.roundRect(x1-lv*.65, q.y+9.6, lv*.65, 20.8, 3)
	g.c.add(LayerSlot, HueCall.Paint(PartFill), NoPaint, 0).Convex = true
	g.c.roundRect(x1-lv, q.y+9.6, lv*.35, 20.8, 3)
	g.c.add(LayerSlot, HueCast.Paint(PartFill), NoPaint, 0).Convex = true
}

func (g *gallery) edges(y float32) {
	words := [...]string{
		"publishes", "binding", "implicit binding", "consumer, no limit", "prefetch 3, one held", "prefetch full",
		"path travelled", "path ahead", "REST", "missing hop", "busy: beads are rate", "deduced",
	}
	for i, w := range words {
		x, yy := 32+float32(i%3)*252, y+float32(i/3)*40
		g.edge(i, x, yy)
		g.label(x+116, yy+4, w, StyleSub, Start)
	}
}

func (g *gallery) edge(i int, x, y float32) {
	c := &g.c
	stroke := func(p Paint, w float32, d0, d1 float32, round bool) {
		c.begin()
		c.move(x, y)
		c.line(x+96, y)
		k := c.add(LayerEdge, NoPaint, p, w)
		k.Dash, k.Round = [2]float32{d0, d1}, round
	}
	tip := func(p Paint) { c.mark(LayerEdge, "M-7,-4L0,0L-7,4", x+96, y, 1, p, 1.8) }
	pipe := func(limit int64, p Paint, w float32) {
		stroke(LineStrong, 6, 0, 0, false)
		stroke(Ground, 3, 0, 0, false)
		c.gate(x+80, y, limit, p, w)
	}
	switch i {
	case 0:
		stroke(LineStrong, 1.5, 0, 0, false)
		tip(LineStrong)
	case 1:
		stroke(LineStrong, 1.5, 0, 0, false)
		c.disc(x, y, 3.5)
		c.add(LayerPort, Ground, LineStrong, 1.75).Convex = true
	case 2:
		stroke(LineStrong, 1.5, 1.5, 5, true)
	case 3:
		pipe(0, LineStrong, 1.5)
	case 4, 5:
		p, w, held := LineStrong, float32(1.5), 1
		if i == 5 {
			p, w, held = HueWarn.Paint(PartLine), 2, 3
		}
		pipe(3, p, w)
		for k := range held {
			g.token(gateSlot(x+80, 3, k), y, SymCall, Token{Ring: -1, Scale: 4.2 / 11, Flags: Bare | Hollow})
		}
	case 6:
		stroke(HueCall.Paint(PartLine), 2.5, 0, 0, false)
		tip(HueCall.Paint(PartLine))
	case 7:
		stroke(HueReply.Paint(PartLine), 2, 3, 5, true)
	case 8:
		stroke(HueREST.Paint(PartLine), 1.5, 10, 5, false)
		tip(HueREST.Paint(PartLine))
	case 9:
		stroke(HueFault.Paint(PartLine), 2.5, 6, 7, true)
	case 10:
		stroke(HueCall.Paint(PartLine), 6, 0, 0, true)
		c.paths[len(c.paths)-1].Alpha = .24
		for k := range 8 {
			g.l.Beads = append(g.l.Beads, Bead{X: x + 6 + float32(k)*12, Y: y, R: 2, Alpha: 1, Paint: HueCall.Paint(PartLine)})
		}
	case 11:
		stroke(LineStrong, 1.75, 4, 4, false)
	}
}
