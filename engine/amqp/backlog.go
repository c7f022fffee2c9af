package amqp

import "sort"

// backlog is what is ready in a queue. It lies in bands of which the highest
// that holds anything goes first: a band for each priority, or in a quorum
// queue one for what was returned above one for the rest. Most queues have one band.
type backlog struct {
	bottom ring[entry]
	above  []ring[entry]
	n      uint32
}

func (l *backlog) len() int { return int(l.n) }

// bands sets how many bands there are; the backlog must be empty.
func (l *backlog) bands(n int) {
	l.above = nil
	if n > 1 {
		l.above = make([]ring[entry], n-1)
	}
}

func (l *backlog) band(i int) *ring[entry] {
	if i == 0 {
		return &l.bottom
	}
	return &l.above[i-1]
}

// top is the band that goes first.
func (l *backlog) top() *ring[entry] {
	for i := len(l.above) - 1; i >= 0; i-- {
		if l.above[i].n > 0 {
			return &l.above[i]
		}
	}
	return &l.bottom
}

// head is the entry that goes first; the backlog must not be empty.
func (l *backlog) head() *entry { return l.top().at(0) }

//go:noinline
func (l *backlog) pop() entry {
	l.n--
	return l.top().pop()
}

// slot appends an entry to a band and returns it to be filled in.
func (l *backlog) slot(band int) *entry {
	l.n++
	return l.band(band).slot()
}

// put puts an entry where its position belongs in a band.
func (l *backlog) put(band int, en entry) {
	l.n++
	r := l.band(band)
	switch n := r.len(); {
	case n == 0 || en.before(r.at(0)):
		r.pushFront(en)
	case r.at(n - 1).before(&en):
		r.push(en)
	default:
		r.insert(sort.Search(n, func(i int) bool { return en.before(r.at(i)) }), en)
	}
}

// each visits the entries in the order in which they would go, until visit returns false.
func (l *backlog) each(visit func(*entry) bool) {
	for b := len(l.above); b >= 0; b-- {
		r := l.band(b)
		for i := range r.len() {
			if !visit(r.at(i)) {
				return
			}
		}
	}
}

func (l *backlog) clear() {
	l.bottom.clear()
	l.above, l.n = nil, 0
}

// clone copies what is held, that of the bottom into room when it is enough.
func (l *backlog) clone(room []entry) backlog {
	c := backlog{bottom: l.bottom.clone(room), n: l.n}
	if l.above != nil {
		c.above = make([]ring[entry], len(l.above))
		for i := range l.above {
			c.above[i] = l.above[i].clone(nil)
		}
	}
	return c
}
