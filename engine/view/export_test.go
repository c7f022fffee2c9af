package view

// Parts are the join digest by sort of record, to say in which two states differ.
func (s *State) Parts() (p [4]uint64) {
	for i, f := range []func(*digester){(*digester).objects, (*digester).edges, (*digester).messages, (*digester).calls} {
		g := &digester{s: s, join: true}
		f(g)
		p[i] = g.sum
	}
	return p
}
