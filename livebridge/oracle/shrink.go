package oracle

import "slices"

// Shrink looks for the smallest program that still fails: it leaves out
// operations, in ever smaller groups, and then simplifies those that are left.
// fails must be true of p.
func Shrink(p Program, fails func(Program) bool) Program {
	for size := max(1, len(p)/2); ; size /= 2 {
		for at := 0; at < len(p); {
			q := slices.Concat(p[:at], p[min(at+size, len(p)):])
			if fails(q) {
				p = q
			} else {
				at += size
			}
		}
		if size <= 1 {
			break
		}
	}
	for i := range p {
		for _, simpler := range simplified(p[i]) {
			q := slices.Clone(p)
			q[i] = simpler
			if fails(q) {
				p = q
			}
		}
	}
	return p
}

// simplified are versions of an operation with one thing less.
func simplified(o Op) (out []Op) {
	for _, w := range flagWords {
		if o.Flags&w.flag != 0 {
			s := o
			s.Flags &^= w.flag
			out = append(out, s)
		}
	}
	for i := range o.Args {
		if o.Verb == SetPolicy && len(o.Args) == 1 {
			break // an empty policy is none
		}
		s := o
		s.Args = slices.Delete(slices.Clone(o.Args), i, i+1)
		out = append(out, s)
	}
	if m := o.Message; m != nil {
		with := func(change func(*Message)) {
			s, copied := o, *m
			change(&copied)
			s.Message = &copied
			if s.String() != o.String() {
				out = append(out, s)
			}
		}
		with(func(m *Message) { m.Size = len(m.name()) })
		with(func(m *Message) { m.Expiration = -1 })
		with(func(m *Message) { m.Priority = 0 })
		with(func(m *Message) { m.Persistent = false })
		with(func(m *Message) { m.Headers = nil })
	}
	return out
}
