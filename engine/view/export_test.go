package view

import "rpcscope/engine/flow"

// Parts are the join digest by sort of record, to say in which two states differ.
func (s *State) Parts() (p [4]uint64) {
	for i, f := range []func(*digester){(*digester).objects, (*digester).edges, (*digester).messages, (*digester).calls} {
		g := &digester{s: s, join: true}
		f(g)
		p[i] = g.sum
	}
	return p
}

// Miscounted lists the queues whose number of copies is not what the table of copies says.
func (s *State) Miscounted() (out []flow.Name) {
	count := map[Slot]int32{}
	each(&s.Copies, func(_ Slot, c *Copy) {
		if !c.ToExchange {
			count[c.Queue]++
		}
	})
	each(&s.Queues, func(i Slot, q *Queue) {
		if count[i] != q.copies {
			out = append(out, q.Name)
		}
		delete(count, i)
	})
	for range count { // unsorted: only counted
		out = append(out, 0)
	}
	return out
}
