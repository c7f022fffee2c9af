package pace

import (
	"rpcscope/engine/flow"
)

// mark is the display time of the last event of one chain or lane, or of one object: then life is that of the last
// event that made or ended the object or changed how it stands, and d that of any.
type mark struct {
	key uint64
	d   int64
	// end is where its journey ends, when that was known at once.
	end  int64
	life int64
	seq  uint64
	slot int32
	step flow.Kind
}

// marks is a hash table of them. Marks that lie so far back that they can no
// longer hold anything up are left behind when the table is rebuilt.
type marks struct {
	tab []mark
	n   int
	// spare is the table of before the last rebuild, for the next one.
	spare []mark
}

func mix(x uint64) uint64 {
	x ^= x >> 32
	x *= 0xd6e8feb86659fd93
	x ^= x >> 32
	return x
}

// key makes a table key of a chain's sort and its identity; never 0.
func key(sort uint8, a, b uint64) uint64 {
	return mix(a*0x9e3779b97f4a7c15^mix(b+uint64(sort)<<56+1)) | 1
}

func (t *marks) get(k uint64) *mark {
	if len(t.tab) == 0 {
		return nil
	}
	mask := uint64(len(t.tab) - 1)
	for i := (k >> 1) & mask; t.tab[i].key != 0; i = (i + 1) & mask {
		if t.tab[i].key == k {
			return &t.tab[i]
		}
	}
	return nil
}

// put returns the mark of k, new when need be; marks before stale may be lost on the way.
func (t *marks) put(k uint64, stale int64) *mark {
	if m := t.get(k); m != nil {
		return m
	}
	if 4*(t.n+1) > 3*len(t.tab) {
		t.rebuild(stale)
	}
	return t.insert(mark{key: k, d: -1, life: -1})
}

func (t *marks) insert(m mark) *mark {
	mask := uint64(len(t.tab) - 1)
	i := (m.key >> 1) & mask
	for t.tab[i].key != 0 {
		i = (i + 1) & mask
	}
	t.tab[i] = m
	t.n++
	return &t.tab[i]
}

func (t *marks) rebuild(stale int64) {
	live := 0
	for i := range t.tab {
		if t.tab[i].key != 0 && t.tab[i].d >= stale {
			live++
		}
	}
	old := t.tab
	size := max(256, len(old))
	for 8*(live+1) > 3*size {
		size *= 2
	}
	if len(t.spare) == size {
		clear(t.spare)
	} else {
		t.spare = make([]mark, size)
	}
	t.tab, t.spare, t.n = t.spare, old, 0
	for i := range old {
		if old[i].key != 0 && old[i].d >= stale {
			t.insert(old[i])
		}
	}
}

func (t *marks) clone() marks { return marks{tab: append([]mark(nil), t.tab...), n: t.n} }

// client is what a process is busy with: how many methods it runs or REST
// requests it serves, for how many calls it waits, and when it last learned something.
type client struct {
	serving, waiting int32
	// input is the display time of that, at its stream time.
	input, at int64
}

type clients struct{ m map[flow.Name]client }

// maxClients bounds the table; beyond it processes are taken to be idle.
const maxClients = 20_000

func (c *clients) get(n flow.Name) client { return c.m[n] }

func (c *clients) set(n flow.Name, v client) {
	if c.m == nil {
		c.m = make(map[flow.Name]client)
	}
	if _, ok := c.m[n]; ok || len(c.m) < maxClients {
		c.m[n] = v
	}
}

func (c *clients) clone() clients {
	d := clients{m: make(map[flow.Name]client, len(c.m))}
	for k, v := range c.m {
		d.m[k] = v
	}
	return d
}

// knownMsg remembers whose a message is. The table is overwritten in a circle
// by message number: a message older than 8 Ki others loses its RPC's order, not its own.
type knownMsg struct {
	msg   flow.MsgID
	rpc   flow.ID
	class flow.Class
}

const knownBits = 13

func (p *Pacer) remember(e *flow.Event, m *flow.Message) {
	if m == nil || e.Msg == 0 {
		return
	}
	p.known[e.Msg&(1<<knownBits-1)] = knownMsg{e.Msg, m.RPC, m.Class}
}
