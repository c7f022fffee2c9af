package pace

import "rpcscope/engine/flow"

// waiting is an entry of the heap: least (d, seq) first.
type waiting struct {
	d    int64
	seq  uint64
	slot int32
}

func (a *waiting) before(b *waiting) bool { return a.d < b.d || a.d == b.d && a.seq < b.seq }

func push(h []waiting, w waiting) []waiting {
	h = append(h, w)
	i := len(h) - 1
	for i > 0 {
		up := (i - 1) / 4
		if !w.before(&h[up]) {
			break
		}
		h[i] = h[up]
		i = up
	}
	h[i] = w
	return h
}

func pop(h []waiting) []waiting {
	n := len(h) - 1
	w := h[n]
	h = h[:n]
	i := 0
	for {
		least := 4*i + 1
		if least >= n {
			break
		}
		for c, end := least+1, min(least+4, n); c < end; c++ {
			if h[c].before(&h[least]) {
				least = c
			}
		}
		if !h[least].before(&w) {
			break
		}
		h[i] = h[least]
		i = least
	}
	if n > 0 {
		h[i] = w
	}
	return h
}

// slab keeps the events that wait, in slots that are used again.
type slab struct {
	slots []held
	msgs  []flow.Message
	free  []int32
	freeM []int32
}

type held struct {
	event  flow.Event
	hopEnd int64
	seq    uint64
	msg    int32
}

func (s *slab) at(i int32) *held { return &s.slots[i] }

func (s *slab) take(e *flow.Event, m *flow.Message, seq uint64) int32 {
	h := held{event: *e, seq: seq, msg: -1}
	if m != nil {
		if n := len(s.freeM); n > 0 {
			h.msg = s.freeM[n-1]
			s.freeM = s.freeM[:n-1]
			s.msgs[h.msg] = *m
		} else {
			h.msg = int32(len(s.msgs))
			s.msgs = append(s.msgs, *m)
		}
	}
	if n := len(s.free); n > 0 {
		i := s.free[n-1]
		s.free = s.free[:n-1]
		s.slots[i] = h
		return i
	}
	s.slots = append(s.slots, h)
	return int32(len(s.slots) - 1)
}

func (s *slab) release(i int32) {
	if m := s.slots[i].msg; m >= 0 {
		s.freeM = append(s.freeM, m)
	}
	s.slots[i].seq = ^uint64(0)
	s.free = append(s.free, i)
}

func (s *slab) clone() slab {
	return slab{
		slots: append([]held(nil), s.slots...), msgs: append([]flow.Message(nil), s.msgs...),
		free: append([]int32(nil), s.free...), freeM: append([]int32(nil), s.freeM...),
	}
}
