package layout

import "rpcscope/engine/view"

// Config is the room that the map has.
type Config struct {
	// W, H is the map's area in CSS pixels; Top what floating bars take of it.
	W, H, Top float32
}

// portrait reports whether the map is so narrow that it runs downwards. A phone's does even while a
// sheet covers most of it: a map that turned with each opening could not be followed.
func (c Config) portrait() bool { return c.W < 640 && (c.W < 480 || c.H > 0.8*c.W) }

// low reports whether a landscape map is so low that column heads and second lines take more than they give.
func (c Config) low() bool { return !c.portrait() && c.H-c.Top < 300 }

// DefaultConfig is the map of a 1440×900 window with its inspector open.
func DefaultConfig() Config { return Config{W: 1012, H: 566, Top: 56} }

// served remembers who consumed a queue.
type served struct {
	group               uint64
	groupRank, procRank int
}

// rowMem is a row's place in the order. A row whose queue has gone keeps it until the next tidying.
type rowMem struct {
	key               uint64
	group, proc, rank int
	word              PortWord
	live              bool
}

// Engine makes layouts and remembers where things stood. Use one for a stream.
type Engine struct {
	out    Layout
	cfg    Config
	state  *view.State
	events uint64
	shape  uint64
	set    bool // messages were seen: places are kept
	m      model
	rank   map[uint64]int
	// inside is a party's place in its component, count how many a component has.
	inside, count map[uint64]int
	// several are the groups that had more than one member since the last tidying.
	several map[uint64]bool
	served  map[uint64]served
	rows    []rowMem
	level   int
	// places of exchanges and cards, valid while the rows stand where they stood.
	at  map[uint64]float32
	sig uint64
	// shown are the lines that stand, was those of the layout before.
	shown, was map[uint64]bool
	d          dims
	secOf      []int32
	// open are the folds that a person opened; refold that it changed since the last layout.
	open   map[uint64]bool
	refold bool
	most   int // queues that a portrait map shows
}

// NewEngine returns an Engine without memory.
func NewEngine() *Engine {
	e := &Engine{}
	e.Reset()
	return e
}

// Reset forgets all places: for another stream.
func (e *Engine) Reset() {
	v := e.out.Version
	*e = Engine{rank: map[uint64]int{}, inside: map[uint64]int{}, count: map[uint64]int{}, served: map[uint64]served{}, at: map[uint64]float32{}, shown: map[uint64]bool{}, was: map[uint64]bool{}, several: map[uint64]bool{}, open: map[uint64]bool{}}
	e.out.Version = v
}

// maxMemory bounds the remembered order under endless churn of names.
const maxMemory = 1 << 16

// Update returns the layout of st. It does nothing but a few comparisons while
// st has the shape that it had and nothing folded away has begun to carry.
func (e *Engine) Update(st *view.State, cfg Config) *Layout {
	back := st.Counters.Events < e.events // another past may have come to the same shape
	e.events = st.Counters.Events
	if st == e.state && st.Shape == e.shape && !back && cfg == e.cfg && e.out.Version > 0 && !e.refold && !e.stirred(st) {
		return &e.out
	}
	if len(e.rank) > maxMemory {
		open := e.open
		e.Reset()
		e.open = open
	}
	if cfg != e.cfg || !e.set || e.refold {
		e.tidy()
		e.level = 0
	}
	if cfg.portrait() {
		e.level = maxLevel
	}
	e.refold = false
	e.set = anyTraffic(st)
	e.state, e.shape, e.cfg = st, st.Shape, cfg
	e.collect(st)
	l := &e.out
	*l = Layout{
		Version: l.Version + 1, Nodes: l.Nodes[:0], Edges: l.Edges[:0], Sections: l.Sections[:0],
		Members: l.Members[:0], Heads: l.Heads[:0], Verbs: l.Verbs[:0], Points: l.Points[:0], Poly: l.Poly[:0], ix: l.ix,
	}
	l.ix.reset(st)
	l.Portrait = cfg.portrait()
	lines := e.m.lines
	e.most = e.portraitMost()
	e.shown, e.was = e.was, e.shown
	for first := true; ; first = false {
		e.m.lines = append([]line(nil), lines...)
		e.m.folded, e.m.unfolded = nil, nil
		e.fold(st)
		if e.fits(st) {
			break
		}
		if l.Portrait && e.most > 1 {
			e.most--
			continue
		}
		if e.level == maxLevel {
			break
		}
		if first && e.holes() {
			e.dropHoles()
			continue
		}
		e.level++
		e.tidy()
	}
	if l.Portrait {
		e.placePortrait(st)
	} else {
		e.placeLandscape(st)
	}
	e.finish(st)
	return l
}

func anyTraffic(st *view.State) bool {
	for _, n := range st.Counters.Published {
		if n > 0 {
			return true
		}
	}
	return false
}

// stirred reports whether a queue that is folded as idle carries something now.
func (e *Engine) stirred(st *view.State) bool {
	for _, s := range e.m.folded {
		if st.Queues.Live(s) {
			q := st.Queues.At(s)
			if k := key(tagQueue, q.VHost, q.Name); !e.shown[k] && carries(st, s) && e.room(st, max(q.In.LastD, st.D)) {
				return true
			}
		}
	}
	return false
}

// room reports whether a queue stirred at d could take the row of one that has rested for long.
func (e *Engine) room(st *view.State, d int64) bool {
	if e.out.Portrait && len(e.m.lines) < e.most {
		return true
	}
	for i := range e.m.lines {
		if ln := &e.m.lines[i]; !ln.empty && !ln.stack && (d-ln.last > restFor || !ln.used) {
			q := st.Queues.At(ln.slots[0])
			if !carries(st, ln.slots[0]) || max(q.In.LastD, q.Out.LastD)+restFor < d && q.Ready == 0 {
				return true
			}
		}
	}
	return false
}

// restFor is how long a queue must have rested before another takes its row, ns of display time.
const restFor = 5_000_000_000

// tidy forgets places, not the order.
func (e *Engine) tidy() {
	e.rows = e.rows[:0]
	clear(e.at)
	clear(e.shown)
	clear(e.was)
	clear(e.several)
	e.sig = 0
}

func (e *Engine) holes() bool {
	for i := range e.rows {
		if !e.rows[i].live {
			return true
		}
	}
	return false
}

func (e *Engine) dropHoles() {
	n := 0
	for _, r := range e.rows {
		if r.live {
			e.rows[n] = r
			n++
		}
	}
	e.rows = e.rows[:n]
	clear(e.at)
}

func (x *lookup) reset(st *view.State) {
	zero := func(t *[]int32, n view.Slot) {
		if cap(*t) < int(n) {
			*t = make([]int32, n, 2*n)
		}
		*t = (*t)[:n]
		clear(*t)
	}
	zero(&x.left, st.Processes.Cap())
	zero(&x.right, st.Processes.Cap())
	zero(&x.exchange, st.Exchanges.Cap())
	zero(&x.lane, st.Exchanges.Cap())
	zero(&x.queue, st.Queues.Cap())
	zero(&x.link, st.Links.Cap())
	zero(&x.binding, st.Bindings.Cap())
	zero(&x.consumer, st.Consumers.Cap())
}
