package rpc

// Published returns the inner messages of everything published so far, in order.
func (s *System) Published() (out []string) {
	for _, b := range s.bodies {
		out = append(out, string(b.appendMessage(nil, s.names)))
	}
	return out
}

// Kept is how many places for bodies there are, and how many of them are free.
func (s *System) Kept() (places, free int) { return len(s.bodies), len(s.spare) }
