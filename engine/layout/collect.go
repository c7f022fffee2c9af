package layout

import (
	"slices"

	"rpcscope/engine/flow"
	"rpcscope/engine/view"
)

// Keys identify things across layouts; the tag keeps the tables apart.
const (
	tagProcess uint64 = iota + 1
	tagGroup
	tagExchange
	tagQueue
	tagLaneExchange
	tagChip
	tagStack
	tagComponent
)

func key(tag uint64, vhost, name flow.Name) uint64 {
	k := tag<<58 ^ uint64(vhost)<<32 ^ uint64(name)
	k ^= k >> 31
	k *= 0x9e3779b97f4a7c15
	return k ^ k>>29 | 1
}

// party is the processes of one program on one side.
type party struct {
	key     uint64
	program flow.Name
	rank    int
	members []view.Slot
}

// line is one queue of the main part of the broker, or a place in a worker's
// card that needs a row without a queue of its own.
type line struct {
	key   uint64
	slots []view.Slot
	// group indexes model.right, -1 when nobody serves it; proc is the one member that does, 0 for several.
	group int
	proc  view.Slot
	// sort keys: ranks of the group and of the member that serves it, or did.
	groupRank, procRank int
	word                PortWord
	used                bool
	// last is when it last carried something.
	last int64
	// gates: other groups that consume it too.
	extra []int
	// empty rows have no queue: only a card, or a gate fed from feed.
	empty bool
	feed  uint64
	stack bool
}

// model is what a view holds, sorted for placing.
type model struct {
	left, right []party
	components  []view.Slot
	exchanges   []view.Slot
	idle        []view.Slot // exchanges folded
	lines       []line
	folded      []view.Slot // queues folded
	unfolded    []view.Slot // queues that would be, had nobody opened them
	replies     []view.Slot
	def         view.Slot // default exchange, 0 when unseen
	lane, main  bool      // where the default exchange is needed
	links       []view.Slot
	rest        []view.Slot
	groupOf     map[view.Slot]int // process → index in right
}

// rankOf remembers the order in which things were first seen.
func (e *Engine) rankOf(k uint64) int {
	r, ok := e.rank[k]
	if !ok {
		r = len(e.rank) + 1
		e.rank[k] = r
	}
	return r
}

// bySeq lists the live slots of a table in order of birth.
func bySeq[T any](t *view.Table[T], life func(*T) *view.Life) []view.Slot {
	var out []view.Slot
	for i := view.Slot(1); i < t.Cap(); i++ {
		if t.Live(i) {
			out = append(out, i)
		}
	}
	flow.SortStable(out, func(a, b view.Slot) int {
		return int(int64(life(t.At(a)).Seq) - int64(life(t.At(b)).Seq))
	})
	return out
}

func (e *Engine) collect(st *view.State) {
	m := &e.m
	*m = model{groupOf: map[view.Slot]int{}}
	speaksREST := map[view.Slot]bool{}
	asks := map[view.Slot]bool{}
	asked := map[view.Slot]bool{}
	for _, s := range bySeq(&st.Links, func(l *view.Link) *view.Life { return &l.Life }) {
		l := st.Links.At(s)
		if l.Exchange != 0 {
			m.links = append(m.links, s)
			continue
		}
		m.rest = append(m.rest, s)
		speaksREST[l.Process], speaksREST[l.Peer] = true, true
		asks[l.Process], asked[l.Peer] = true, true
	}
	calls := map[view.Slot]bool{} // holds a reply queue
	for i := view.Slot(1); i < st.Consumers.Cap(); i++ {
		if st.Consumers.Live(i) {
			c := st.Consumers.At(i)
			if st.Queues.Live(c.Queue) && st.Queues.At(c.Queue).Reply {
				calls[c.Process] = true
			}
		}
	}
	for _, s := range bySeq(&st.Processes, func(p *view.Process) *view.Life { return &p.Life }) {
		p := st.Processes.At(s)
		e.rankOf(key(tagProcess, 0, p.Name))
		switch {
		case p.Daemon:
			continue // it stands as the socket by which it passes messages on
		// Who announces itself without a part in RPC is known for what it is before its first request; of others it must be seen.
		case p.Role == 0 && p.Conns == 0 && (speaksREST[s] || !p.Inferred) && !calls[s]:
			m.components = append(m.components, s)
			continue
		case p.Role&view.RoleWorker != 0:
			m.groupOf[s] = e.join(&m.right, p, s)
			if p.Role&view.RoleInvoker == 0 && !asks[s] && !asked[s] && !calls[s] { // REST comes in on the left
				continue
			}
		}
		e.join(&m.left, p, s)
	}
	e.collectExchanges(st)
	e.collectQueues(st)
}

// join puts a process into the party of its program.
func (e *Engine) join(ps *[]party, p *view.Process, s view.Slot) int {
	name := p.Program
	if name == 0 {
		name = p.Name
	}
	k := key(tagGroup, 0, name)
	for i := range *ps {
		if (*ps)[i].key == k {
			q := &(*ps)[i]
			q.members = append(q.members, s)
			return i
		}
	}
	*ps = append(*ps, party{key: k, program: name, rank: e.rankIn(p, k), members: []view.Slot{s}})
	return len(*ps) - 1
}

func (e *Engine) collectExchanges(st *view.State) {
	m := &e.m
	linked := map[view.Slot]bool{}
	for _, s := range m.links {
		l := st.Links.At(s)
		linked[l.Exchange] = true
		if st.Exchanges.At(l.Exchange).Form == view.FormDefault && !isWorker(st, l.Process) {
			m.main = true
		}
	}
	for i := view.Slot(1); i < st.Bindings.Cap(); i++ {
		if !st.Bindings.Live(i) {
			continue
		}
		b := st.Bindings.At(i)
		if b.ToExchange {
			linked[b.Queue] = true
		} else if b.Implicit && b.Out.Count > 0 && !st.Queues.At(b.Queue).Reply {
			m.main = true
		}
	}
	names := st.Names()
	for _, s := range bySeq(&st.Exchanges, func(x *view.Exchange) *view.Life { return &x.Life }) {
		x := st.Exchanges.At(s)
		e.rankOf(key(tagExchange, x.VHost, x.Name))
		switch {
		case x.Form == view.FormDirect && view.IsReplyName(names.Text(x.Name)):
			// The library of Nova 2012 makes one for each call, or one for each process: the newest stands in the lane.
			if m.def != 0 && st.Exchanges.At(m.def).Form == view.FormDirect {
				m.idle = append(m.idle, m.def)
			}
			if m.def == 0 || st.Exchanges.At(m.def).Form == view.FormDirect || st.Exchanges.At(m.def).In.Count == 0 {
				m.def = s
			}
		case x.Form == view.FormDefault:
			if m.def == 0 || st.Exchanges.At(m.def).In.Count < x.In.Count {
				m.def = s
			}
		case x.Bindings > 0 || linked[s] || x.In.Count > 0 || x.Died != 0:
			m.exchanges = append(m.exchanges, s)
		default:
			if n := names.Text(x.Name); len(n) < 4 || n[:4] != "amq." {
				m.idle = append(m.idle, s)
			}
		}
	}
}

func isWorker(st *view.State, p view.Slot) bool {
	return st.Processes.Live(p) && st.Processes.At(p).Role&view.RoleWorker != 0
}

func (e *Engine) collectQueues(st *view.State) {
	m := &e.m
	names := st.Names()
	for _, s := range bySeq(&st.Queues, func(q *view.Queue) *view.Life { return &q.Life }) {
		q := st.Queues.At(s)
		k := key(tagQueue, q.VHost, q.Name)
		e.rankOf(k)
		if q.Reply {
			m.replies = append(m.replies, s)
			m.lane = true
			continue
		}
		ln := line{key: k, slots: []view.Slot{s}, group: -1, used: carries(st, s)}
		ln.last = max(q.In.LastD, q.Out.LastD)
		e.serve(st, s, &ln)
		switch {
		case q.Fanout:
			ln.word = WordFanout
		case ln.group >= 0 && ownName(st, names, s, m.groupOf, ln.group):
			ln.word = WordOwn
		case ln.group >= 0:
			ln.word = WordShared
		}
		if ln.group >= 0 {
			k := m.right[ln.group].key
			e.several[k] = e.several[k] || len(m.right[ln.group].members) > 1
			if ln.word == WordShared && e.several[k] {
				// Whoever happens to be alone at it now: it is the group's.
				ln.proc, ln.procRank = 0, 0
			}
		}
		m.lines = append(m.lines, ln)
	}
}

// carries reports whether a queue ever got a message, or one is on its way to it.
func carries(st *view.State, s view.Slot) bool {
	q := st.Queues.At(s)
	if q.In.Count > 0 || q.Ready > 0 || q.Unacked > 0 {
		return true
	}
	for b := q.FirstBinding; b != 0; b = st.Bindings.At(b).NextOfQueue {
		if st.Bindings.At(b).Out.Count > 0 {
			return true
		}
	}
	return false
}

// serve finds who consumes a queue. The group that came first has the row;
// a queue that lost its consumers stays where it was.
func (e *Engine) serve(st *view.State, s view.Slot, ln *line) {
	m := &e.m
	several := false
	for c := st.Queues.At(s).FirstConsumer; c != 0; c = st.Consumers.At(c).NextOfQueue {
		p := st.Consumers.At(c).Process
		g, ok := m.groupOf[p]
		if !ok {
			continue
		}
		switch {
		case ln.group < 0:
			ln.group, ln.proc = g, p
		case ln.group == g:
			several = several || ln.proc != p
		case !slices.Contains(ln.extra, g):
			ln.extra = append(ln.extra, g)
		}
	}
	for i, g := range ln.extra {
		if m.right[g].rank < m.right[ln.group].rank {
			ln.group, ln.extra[i] = g, ln.group
			several = true
		}
	}
	if several {
		ln.proc = 0
	}
	if ln.group >= 0 {
		ln.groupRank = m.right[ln.group].rank
		if ln.proc != 0 {
			ln.procRank = e.rankOf(e.processKey(ln.proc))
		}
		e.served[ln.key] = served{m.right[ln.group].key, ln.groupRank, ln.procRank}
		return
	}
	was, ok := e.served[ln.key]
	if !ok {
		return
	}
	ln.groupRank, ln.procRank = was.groupRank, was.procRank
	for i := range m.right {
		if p := &m.right[i]; p.key == was.group {
			ln.group = i
			for _, s := range p.members {
				if was.procRank != 0 && e.rankOf(e.processKey(s)) == was.procRank {
					ln.proc = s
				}
			}
		}
	}
}

// ownName reports whether the queue is "topic.server" beside a queue "topic" of the same group.
func ownName(st *view.State, names *flow.Names, s view.Slot, groupOf map[view.Slot]int, group int) bool {
	name := names.Text(st.Queues.At(s).Name)
	for i := 1; i < len(name)-1; i++ {
		if name[i] != '.' {
			continue
		}
		t, ok := names.Lookup(name[:i])
		if !ok {
			continue
		}
		q := st.QueueSlot(st.Queues.At(s).VHost, t)
		if q == 0 {
			continue
		}
		for c := st.Queues.At(q).FirstConsumer; c != 0; c = st.Consumers.At(c).NextOfQueue {
			if g, ok := groupOf[st.Consumers.At(c).Process]; ok && g == group {
				return true
			}
		}
	}
	return false
}
