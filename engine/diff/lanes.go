package diff

import (
	"maps"
	"slices"
)

// of returns the lines of an actor that count at the level and pass pick.
func (c *comparison) of(x *actor, pick func(*line) bool) (out []*line) {
	for i := range x.lines {
		if l := &x.lines[i]; c.counts(l) && (pick == nil || pick(l)) {
			out = append(out, l)
		}
	}
	return out
}

// dialogues makes the lanes of all processes and their connections, and tells of those that only one side has.
func (c *comparison) dialogues() {
	for _, p := range c.procs {
		where := Where{Process: c.procTitle(p)}
		if p.a < 0 || p.b < 0 {
			c.alone(where, "process", c.wholeProcess(p))
			continue
		}
		c.result.Compared.Processes++
		x, y := c.a.procs[p.a], c.b.procs[p.b]
		if px, py := c.a.names.Text(x.program), c.b.names.Text(y.program); px != py && px != "" && py != "" {
			c.result.Notes = append(c.result.Notes, "A's "+x.titleIn(c.a)+" is taken for B's "+y.titleIn(c.b)+": they do the same")
		}
		conns := c.connections(p)
		// Those of connections that only one side has are told with these.
		life := func(s *Stream) func(l *line) bool {
			return func(l *line) bool { return l.cat == catLife && c.ids.number(s, s.idsOf(l)[0]) > 0 }
		}
		where.Part = "connections opened and closed"
		c.lane(where, 3, c.of(&x.actor, life(c.a)), c.of(&y.actor, life(c.b)))
		other := func(l *line) bool { return l.cat == catOther }
		where.Part = "its own life"
		c.lane(where, 4, c.of(&x.actor, other), c.of(&y.actor, other))
		for _, k := range conns {
			c.connection(where.Process, k)
		}
	}
}

func (c *comparison) connection(process string, k pair) {
	where := Where{Process: process, Connection: c.connTitle(k)}
	if k.a < 0 || k.b < 0 {
		where.Part = ""
		c.alone(where, "connection", c.wholeConn(k))
		return
	}
	c.result.Compared.Connections++
	x, y := c.a.conns[k.a], c.b.conns[k.b]
	// A client that waits for each confirm has them in its dialogue; one that does not gets them when they come.
	apart := x.pipelined || y.pipelined
	channels, linesX, linesY := c.channels(x, y)
	if len(channels) <= 2 && c.level&onWire != 0 { // the connection's own and one more: one client in turn
		channels = []uint16{0}
		linesX = map[uint16][]*line{0: c.of(&x.actor, nil)}
		linesY = map[uint16][]*line{0: c.of(&y.actor, nil)}
	}
	for _, ch := range channels {
		here := where
		if len(channels) > 1 && ch > 0 {
			here.Channel = int(ch)
		}
		part := func(name string, order int, cats ...cat) {
			here.Part = name
			c.lane(here, order, only(linesX[ch], cats), only(linesY[ch], cats))
		}
		if apart {
			part("what it says and hears in turn", 0, catDialogue)
			part("confirms and returns", 2, catAnswer)
			part("acknowledgements", 2, catSettle)
		} else {
			here.Part = "what it says and hears in turn"
			c.lane(here, 0, inTurn(linesX[ch]), inTurn(linesY[ch]))
		}
		part("deliveries", 1, catDelivery)
		part("what the broker says of it", 3, catLife)
	}
	c.consumers(where, x, y)
}

func only(lines []*line, cats []cat) (out []*line) {
	for _, l := range lines {
		if slices.Contains(cats, l.cat) {
			out = append(out, l)
		}
	}
	return out
}

// inTurn returns what a client in turn says and hears, acknowledgements among it. Whether one passes an answer of the
// broker's on its way is chance, so each stands right before the next that the client says: that order is the client's.
func inTurn(lines []*line) []*line {
	var out, held []*line
	for _, l := range only(lines, []cat{catDialogue, catAnswer, catSettle}) {
		if l.cat == catSettle {
			held = append(held, l)
			continue
		}
		if l.says {
			out, held = append(out, held...), held[:0]
		}
		out = append(out, l)
	}
	return append(out, held...)
}

// channels returns the channels of two connections, and the lines of each.
func (c *comparison) channels(x, y *conn) (list []uint16, linesX, linesY map[uint16][]*line) {
	by := func(k *conn) map[uint16][]*line {
		m := map[uint16][]*line{}
		for _, l := range c.of(&k.actor, nil) {
			m[l.channel] = append(m[l.channel], l)
		}
		return m
	}
	linesX, linesY = by(x), by(y)
	list = slices.AppendSeq(slices.Collect(maps.Keys(linesX)), maps.Keys(linesY))
	slices.Sort(list)
	return slices.Compact(list), linesX, linesY
}

// consumers makes a lane of each consumer: in which order the broker tells of different ones is its own affair.
func (c *comparison) consumers(where Where, x, y *conn) {
	where.Part = "consumers"
	lanes := func(k *conn, s *Stream) (order []string, by map[string][]*line) {
		by = map[string][]*line{}
		for _, l := range c.of(&k.actor, func(l *line) bool { return l.cat == catConsumer }) {
			name := s.texts[l.lane]
			if by[name] == nil {
				order = append(order, name)
			}
			by[name] = append(by[name], l)
		}
		return order, by
	}
	orderA, a := lanes(x, c.a)
	orderB, b := lanes(y, c.b)
	for _, name := range orderB {
		if a[name] == nil {
			orderA = append(orderA, name)
		}
	}
	for _, name := range orderA {
		c.lane(where, 3, a[name], b[name])
	}
}

func (c *comparison) lane(where Where, order int, a, b []*line) {
	if len(a)+len(b) > 0 {
		c.lanes = append(c.lanes, &lane{where: where, a: a, b: b, order: order, about: [2]uint32{anyID, anyID}})
	}
}

// thingLane is the life of a message, a call or an object; −1 where a side has none.
func (c *comparison) thingLane(i, j int) *lane {
	l := &lane{order: 4, about: [2]uint32{anyID, anyID}}
	fill := func(s *Stream, i int, to *[]*line, about *uint32) {
		if i < 0 {
			return
		}
		t := s.things[i]
		*to, *about = c.of(&t.actor, nil), t.token
		name := string(c.ids.fill(nil, s, t.title.text, t.title.ids))
		switch t.kind {
		case thingExchange:
			l.where.Exchange = name
			l.where.Part = "its life"
		case thingQueue:
			l.where.Queue = name
			l.where.Part = "its life"
		case thingMessage:
			l.where.Queue = name
			l.where.Part = string(c.ids.word(nil, s, t.token)) + " there"
			if name == "" {
				l.where.Part = string(c.ids.word(nil, s, t.token)) + " at the broker"
			}
		case thingPeer:
			l.where.Process = s.procs[s.ids[t.ids[len(t.ids)-1]].a].titleIn(s)
			l.where.Part = "the life of " + name
		case thingCall:
			l.where.Process = s.procs[s.ids[t.ids[len(t.ids)-1]].a].titleIn(s)
			l.where.Part = "what it tells of a call"
		}
	}
	fill(c.b, j, &l.b, &l.about[1])
	fill(c.a, i, &l.a, &l.about[0])
	c.result.Compared.Things++
	return l
}

func (c *comparison) procTitle(p pair) string {
	if p.a >= 0 {
		return c.a.procs[p.a].titleIn(c.a)
	}
	return c.b.procs[p.b].titleIn(c.b)
}

func (c *comparison) connTitle(k pair) string {
	s, i := c.a, k.a
	if i < 0 {
		s, i = c.b, k.b
	}
	x := s.conns[i]
	if x.name == 0 {
		return "no connection"
	}
	return string(c.ids.word(nil, s, s.id(idConn, uint64(i), 0))) + ", which " + x.role()
}

// wholeConn and wholeProcess are the lines of what only one side has.
func (c *comparison) wholeConn(k pair) *lane {
	l := &lane{about: [2]uint32{anyID, anyID}}
	if k.a >= 0 {
		l.a = c.of(&c.a.conns[k.a].actor, nil)
	}
	if k.b >= 0 {
		l.b = c.of(&c.b.conns[k.b].actor, nil)
	}
	return l
}

func (c *comparison) wholeProcess(p pair) *lane {
	l := &lane{about: [2]uint32{anyID, anyID}}
	if p.a >= 0 {
		l.a = c.of(&c.a.procs[p.a].actor, nil)
		for _, k := range c.a.procs[p.a].conns {
			l.a = append(l.a, c.wholeConn(pair{k, -1}).a...)
		}
	}
	if p.b >= 0 {
		l.b = c.of(&c.b.procs[p.b].actor, nil)
		for _, k := range c.b.procs[p.b].conns {
			l.b = append(l.b, c.wholeConn(pair{-1, k}).b...)
		}
	}
	return l
}

// alone tells of an actor that only one side has.
func (c *comparison) alone(where Where, what string, l *lane) {
	l.where = where
	l.where.Only = what
	l.hunks = []hunk{{0, len(l.a), 0, len(l.b)}}
	c.result.Compared.A += len(l.a)
	c.result.Compared.B += len(l.b)
	c.report(l)
}
