package diff

import (
	"cmp"
	"slices"

	"rpcscope/engine/flow"
)

// pair is two actors that are taken for the same; −1 where one side has none.
type pair struct{ a, b int }

// face is what an actor looks like: how often it does what, ids left out.
type face struct {
	bag  map[uint32]int
	size int
	sum  uint64
}

func (f *face) add(text uint32) {
	if f.bag == nil {
		f.bag = map[uint32]int{}
	}
	f.bag[text]++
	f.size++
	// Sums do not depend on the order.
	x := uint64(text) + 0x9e3779b97f4a7c15
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	f.sum += x ^ x>>31
}

// likeness is 0 for nothing in common to 1000 for the same.
func likeness(x, y *face) int {
	common := 0
	for text, n := range x.bag {
		common += min(n, y.bag[text])
	}
	all := x.size + y.size - common
	if all == 0 {
		return 1000
	}
	return 1000 * common / all
}

// candidate is an actor that waits for its counterpart.
type candidate struct {
	index int
	group string // only actors of the same group can be paired, "" of none
	key   string // equal keys are a strong hint
	face  face
}

// least is how alike two actors must be that have nothing else to show that they are the same.
const least = 250

// maxCompared bounds the pairs whose likeness is computed; beyond, actors are paired in order.
const maxCompared = 1 << 18

// match pairs candidates: those that look the same, first those with the same
// key; then those with the same key; then the most alike; at last, within a
// group, in order.
func match(a, b []candidate, strict bool) (pairs []pair, restA, restB []candidate) {
	take := func(same func(x, y *candidate) bool) {
		var left []candidate
		for i := range a {
			j := slices.IndexFunc(b, func(y candidate) bool { return a[i].group == y.group && same(&a[i], &y) })
			if j < 0 {
				left = append(left, a[i])
				continue
			}
			pairs = append(pairs, pair{a[i].index, b[j].index})
			b = slices.Delete(b, j, j+1)
		}
		a = left
	}
	alike := func(x, y *candidate) bool { return x.face.sum == y.face.sum && x.face.size == y.face.size }
	take(func(x, y *candidate) bool { return alike(x, y) && x.key == y.key })
	take(alike)
	take(func(x, y *candidate) bool { return x.key == y.key && x.key != "" })
	if len(a)*len(b) <= maxCompared {
		var more []pair
		more, a, b = mostAlike(a, b)
		pairs = append(pairs, more...)
	}
	if !strict {
		take(func(*candidate, *candidate) bool { return true })
	}
	slices.SortFunc(pairs, func(x, y pair) int { return cmp.Compare(x.a, y.a) })
	return pairs, a, b
}

func mostAlike(a, b []candidate) (pairs []pair, restA, restB []candidate) {
	type option struct{ i, j, like int }
	var options []option
	for i := range a {
		for j := range b {
			if a[i].group != b[j].group {
				continue
			}
			if l := likeness(&a[i].face, &b[j].face); l >= least {
				options = append(options, option{i, j, l})
			}
		}
	}
	slices.SortStableFunc(options, func(x, y option) int { return cmp.Compare(y.like, x.like) })
	usedA, usedB := make([]bool, len(a)), make([]bool, len(b))
	for _, o := range options {
		if !usedA[o.i] && !usedB[o.j] {
			usedA[o.i], usedB[o.j] = true, true
			pairs = append(pairs, pair{a[o.i].index, b[o.j].index})
		}
	}
	for i := range a {
		if !usedA[i] {
			restA = append(restA, a[i])
		}
	}
	for j := range b {
		if !usedB[j] {
			restB = append(restB, b[j])
		}
	}
	return pairs, restA, restB
}

// processes pairs the processes: by program, by what they do, by process id; at last by what they do alone.
func (c *comparison) processes() {
	a, b := c.procCandidates(c.a), c.procCandidates(c.b)
	pairs, a, b := match(a, b, true)
	for i := range a {
		a[i].group, a[i].key = "", ""
	}
	for i := range b {
		b[i].group, b[i].key = "", ""
	}
	more, a, b := match(a, b, true)
	c.procs = append(pairs, more...)
	slices.SortFunc(c.procs, func(x, y pair) int { return cmp.Compare(x.a, y.a) })
	for _, p := range c.procs {
		c.ids.bind(c.a.id(idProcess, uint64(p.a), 0), c.b.id(idProcess, uint64(p.b), 0))
	}
	for _, x := range a {
		c.procs = append(c.procs, pair{x.index, -1})
	}
	for _, y := range b {
		c.procs = append(c.procs, pair{-1, y.index})
	}
}

func (c *comparison) procCandidates(s *Stream) (out []candidate) {
	for i, p := range s.procs {
		x := candidate{index: i, group: s.names.Text(p.program)}
		if p.pid > 0 {
			x.key = string(rune(p.pid))
		}
		c.look(&x.face, s, &p.actor)
		for _, k := range p.conns {
			c.look(&x.face, s, &s.conns[k].actor)
		}
		if x.face.size > 0 {
			out = append(out, x)
		}
	}
	return out
}

func (c *comparison) look(f *face, s *Stream, x *actor) {
	for i := range x.lines {
		if l := &x.lines[i]; c.counts(l) {
			f.add(c.text(s, l.text))
		}
	}
}

// connections pairs the connections of two processes: those that look the same
// in the order of their opening, then those that do the same, then the most alike.
func (c *comparison) connections(p pair) []pair {
	a, b := c.connCandidates(c.a, p.a), c.connCandidates(c.b, p.b)
	pairs, a, b := match(a, b, false)
	for i := range a {
		a[i].group = ""
	}
	for i := range b {
		b[i].group = ""
	}
	more, a, b := match(a, b, true)
	pairs = append(pairs, more...)
	slices.SortFunc(pairs, func(x, y pair) int { return cmp.Compare(x.a, y.a) })
	for _, x := range pairs {
		c.ids.bind(c.a.id(idConn, uint64(x.a), 0), c.b.id(idConn, uint64(x.b), 0))
	}
	for _, x := range a {
		pairs = append(pairs, pair{x.index, -1})
	}
	for _, y := range b {
		pairs = append(pairs, pair{-1, y.index})
	}
	return pairs
}

func (c *comparison) connCandidates(s *Stream, p int) (out []candidate) {
	if p < 0 {
		return nil
	}
	for _, i := range s.procs[p].conns {
		k := s.conns[i]
		x := candidate{index: i, group: k.role()}
		c.look(&x.face, s, &k.actor)
		if x.face.size > 0 {
			out = append(out, x)
		}
	}
	return out
}

// role says what a connection is for, as far as that tells connections apart.
func (k *conn) role() string {
	switch {
	case k.receives:
		return "receives"
	case k.sends:
		return "sends"
	}
	return "is idle"
}

// unowned gives connections whose process was never told to a process without a name.
func (s *Stream) unowned() {
	for i, k := range s.conns {
		if k.proc < 0 {
			p := s.proc(flow.Name(0))
			k.proc = p.number
			p.conns = append(p.conns, i)
			k.number = len(p.conns)
		}
	}
}
