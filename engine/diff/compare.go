package diff

import (
	"encoding/binary"
	"slices"
)

// comparison is one run of [Compare].
type comparison struct {
	a, b   *Stream
	level  Level
	max    int
	ids    *bindings
	textsB []uint32 // b's templates by a's numbers, beyond a's where it has none
	procs  []pair
	lanes  []*lane
	result *Result
	// noClients and noObjects: a side never tells of connections and channels, or of the broker's objects.
	noClients, noObjects bool
	// reported are a's and b's ids of messages and calls that a difference names: what follows from it is not told again.
	reported [2]map[uint32]bool
}

// lane is a part of two actors whose order is determined.
type lane struct {
	where Where
	a, b  []*line
	order int  // lanes in which ids first appear come first
	equal bool // all templates agree
	hunks []hunk
	about [2]uint32 // the message or call that the lane is the life of, or anyID
}

// Compare compares two streams. At most limit differences are kept in words; all are counted.
// It uses both streams up: neither may be fed or compared again.
func Compare(a, b *Stream, limit int) *Result {
	a.unowned()
	b.unowned()
	for _, s := range []*Stream{a, b} { // so that the tables of ids do not grow while they are compared
		for i := range s.procs {
			s.id(idProcess, uint64(i), 0)
		}
		for i := range s.conns {
			s.id(idConn, uint64(i), 0)
		}
	}
	c := &comparison{a: a, b: b, level: level(a, b), max: limit, ids: newBindings(a, b), reported: [2]map[uint32]bool{{}, {}}}
	c.result = &Result{Level: c.level.String(), level: c.level, A: a.summary(), B: b.summary()}
	c.textsB = make([]uint32, len(b.texts))
	for i, t := range b.texts {
		n, ok := a.textOf[t]
		if !ok {
			n = uint32(len(a.texts) + i)
		}
		c.textsB[i] = n
	}
	c.blind()
	c.processes()
	c.dialogues()
	c.settle(c.lanes)
	c.lanes = nil
	c.thingLanes(thingMessage, thingCall, thingPeer)
	if !c.noObjects {
		c.thingLanes(thingExchange, thingQueue)
	}
	c.excuse()
	return c.result
}

// blind finds out what a side could not see: a bridge without the broker's event exchange sees messages only.
func (c *comparison) blind() {
	if c.level&told == 0 {
		return
	}
	for _, s := range []*Stream{c.a, c.b} {
		if s.messages {
			c.noClients, c.noObjects = c.noClients || !s.clients, c.noObjects || !s.objects && c.level == Broker
		}
	}
	if c.noClients {
		c.result.Notes = append(c.result.Notes, "one side never tells of connections and channels: these are not compared")
	}
	if c.noObjects {
		c.result.Notes = append(c.result.Notes, "one side never tells of exchanges, queues, bindings and consumers: these are not compared")
	}
}

// counts reports whether a line is compared.
func (c *comparison) counts(l *line) bool {
	return l.mask&c.level != 0 && !(c.noClients && l.cat == catLife) && !(c.noObjects && l.cat == catConsumer)
}

// text numbers a side's template so that equal ones have the same number.
func (c *comparison) text(s *Stream, text uint32) uint32 {
	if s == c.b && c.a != c.b {
		return c.textsB[text]
	}
	return text
}

// settle binds ids and finds the differences of lanes: first where both sides
// agree but for ids, in the order in which ids are born, then elsewhere.
func (c *comparison) settle(lanes []*lane) {
	for _, l := range lanes {
		l.equal = len(l.a) == len(l.b)
		for i := 0; l.equal && i < len(l.a); i++ {
			l.equal = c.text(c.a, l.a[i].text) == c.text(c.b, l.b[i].text)
		}
	}
	byOrder := slices.Clone(lanes)
	slices.SortStableFunc(byOrder, func(x, y *lane) int {
		if x.equal != y.equal {
			if x.equal {
				return -1
			}
			return 1
		}
		return x.order - y.order
	})
	for _, l := range byOrder {
		if l.equal {
			l.hunks = c.pairUp(l, 0, len(l.a), 0, nil)
		} else {
			found := align(len(l.a), len(l.b), func(i, j int) bool { return c.same(l.a[i], l.b[j]) })
			for i := range found {
				c.slide(l, found, i)
			}
			l.hunks = c.between(l, found)
		}
	}
	for _, l := range lanes {
		c.result.Compared.Lanes++
		c.result.Compared.A += len(l.a)
		c.result.Compared.B += len(l.b)
		c.report(l)
	}
}

// slide moves a hunk in which only one side has lines up to where a record
// begins: of several shortest alignments, the one a reader would choose.
func (c *comparison) slide(l *lane, found []hunk, i int) {
	h := found[i]
	topA, topB := 0, 0
	if i > 0 {
		topA, topB = found[i-1].a1, found[i-1].b1
	}
	for h.a0 > topA && h.b0 > topB {
		switch {
		case h.b0 == h.b1 && h.a1 > h.a0 && l.a[h.a0].second && c.same(l.a[h.a1-1], l.b[h.b0-1]):
		case h.a0 == h.a1 && h.b1 > h.b0 && l.b[h.b0].second && c.same(l.a[h.a0-1], l.b[h.b1-1]):
		default:
			return
		}
		h = hunk{h.a0 - 1, h.a1 - 1, h.b0 - 1, h.b1 - 1}
		found[i] = h
	}
}

// same reports whether two lines agree and their ids can correspond.
func (c *comparison) same(x, y *line) bool {
	if x.n != y.n || c.text(c.a, x.text) != c.text(c.b, y.text) {
		return false
	}
	ys := c.b.idsOf(y)
	for i, id := range c.a.idsOf(x) {
		if !c.ids.fits(id, ys[i]) {
			return false
		}
	}
	return true
}

// pairUp binds the ids of n lines that agree otherwise, and appends those whose ids do not correspond to hunks.
func (c *comparison) pairUp(l *lane, a0, n, b0 int, hunks []hunk) []hunk {
	for i := range n {
		x, y := l.a[a0+i], l.b[b0+i]
		if !c.same(x, y) {
			hunks = joined(hunks, hunk{a0 + i, a0 + i + 1, b0 + i, b0 + i + 1})
			continue
		}
		ys := c.b.idsOf(y)
		for k, id := range c.a.idsOf(x) {
			if !c.ids.fits(id, ys[k]) { // twice in one line, and not the same there
				hunks = joined(hunks, hunk{a0 + i, a0 + i + 1, b0 + i, b0 + i + 1})
				break
			}
			c.ids.bind(id, ys[k])
		}
	}
	return hunks
}

// joined appends a hunk, to the one before it where they touch.
func joined(hunks []hunk, h hunk) []hunk {
	if last := len(hunks) - 1; last >= 0 && hunks[last].a1 == h.a0 && hunks[last].b1 == h.b0 {
		hunks[last].a1, hunks[last].b1 = h.a1, h.b1
		return hunks
	}
	return append(hunks, h)
}

// between binds what stands between the hunks of an alignment.
func (c *comparison) between(l *lane, found []hunk) (hunks []hunk) {
	a, b := 0, 0
	for _, h := range found {
		hunks = joined(c.pairUp(l, a, h.a0-a, b, hunks), h)
		a, b = h.a1, h.b1
	}
	return c.pairUp(l, a, len(l.a)-a, b, hunks)
}

// thingLanes compares the lives of messages, calls or objects: first those
// whose ids correspond, then those that look the same, in order.
func (c *comparison) thingLanes(kinds ...uint8) {
	a, b := c.pick(c.a, kinds), c.pick(c.b, kinds)
	index := map[string][]int{}
	for _, i := range b {
		k := c.key(c.b, c.b.things[i], true)
		index[k] = append(index[k], i)
	}
	var lanes []*lane
	taken := map[int]bool{}
	find := func(list []int, exact bool) (left []int) {
		for _, i := range list {
			k := c.key(c.a, c.a.things[i], exact)
			j := slices.IndexFunc(index[k], func(j int) bool { return !taken[j] })
			if j < 0 {
				left = append(left, i)
				continue
			}
			taken[index[k][j]] = true
			lanes = append(lanes, c.thingLane(i, index[k][j]))
			index[k] = slices.Delete(index[k], j, j+1)
		}
		return left
	}
	a = find(a, true)
	clear(index)
	for _, j := range b {
		if !taken[j] {
			k := c.key(c.b, c.b.things[j], false)
			index[k] = append(index[k], j)
		}
	}
	for _, i := range find(a, false) {
		lanes = append(lanes, c.thingLane(i, -1))
	}
	for _, j := range b {
		if !taken[j] {
			lanes = append(lanes, c.thingLane(-1, j))
		}
	}
	c.settle(lanes)
}

func (c *comparison) pick(s *Stream, kinds []uint8) (out []int) {
	for i, t := range s.things {
		if slices.Contains(kinds, t.kind) && len(c.of(&t.actor, nil)) > 0 {
			out = append(out, i)
		}
	}
	return out
}

// key tells things apart: by their kind and text, and by the numbers of their
// ids; of those that are not bound, by what becomes of them instead.
func (c *comparison) key(s *Stream, t *thing, exact bool) string {
	b := append([]byte{t.kind}, t.text...)
	for _, id := range t.ids {
		n := c.ids.number(s, id)
		if exact && n == 0 && id != anyID {
			side := byte('a')
			if s == c.b {
				side = 'b'
			}
			b = append(b, side)
		}
		b = binary.AppendUvarint(append(b, 0), uint64(n))
	}
	if !exact {
		for _, l := range c.of(&t.actor, nil) {
			b = binary.AppendUvarint(b, uint64(c.text(s, l.text)))
		}
	}
	return string(b)
}
