package sim

// Item is one scheduled event. It is data: what Kind means, and what the
// operands stand for, is known to whoever dispatches it.
type Item struct {
	// At is the virtual time in nanoseconds at which it is due.
	At int64
	// Seq breaks ties: of two items due at once, the one pushed first comes first. Push assigns it.
	Seq uint64
	// D is the wide operand.
	D int64
	// A, B, C are the operands.
	A, B, C uint32
	// Kind selects the handler. Packages share one queue by dividing the kinds among them.
	Kind uint16
}

// before is the total order of items.
func (i *Item) before(o *Item) bool {
	return i.At < o.At || i.At == o.At && i.Seq < o.Seq
}

// arity of the heap. Four children share few cache lines and halve the depth of a binary heap.
const arity = 4

// Queue holds scheduled items in order of time, then of pushing. The zero value is ready to use.
type Queue struct {
	heap []Item
	seq  uint64
}

// Len returns how many items wait.
func (q *Queue) Len() int { return len(q.heap) }

// NextAt returns the time of the earliest item; ok is false when none waits.
func (q *Queue) NextAt() (at int64, ok bool) {
	if len(q.heap) == 0 {
		return 0, false
	}
	return q.heap[0].At, true
}

// Push schedules an item; its Seq is overwritten.
func (q *Queue) Push(it Item) {
	q.seq++
	it.Seq = q.seq
	q.heap = append(q.heap, it)
	h := q.heap
	i := len(h) - 1
	// What was pushed before has a lower Seq: only an earlier time goes ahead of it.
	for i > 0 {
		p := (i - 1) / arity
		if it.At >= h[p].At {
			break
		}
		h[i] = h[p]
		i = p
	}
	if i != len(h)-1 {
		h[i] = it
	}
}

// Pop removes and returns the earliest item; ok is false when none waits.
func (q *Queue) Pop() (it Item, ok bool) {
	n := len(q.heap) - 1
	if n < 0 {
		return Item{}, false
	}
	it = q.heap[0]
	q.sink(n)
	q.heap = q.heap[:n]
	return it, true
}

// PopUntil is [Queue.Pop], but only for items due at or before t.
func (q *Queue) PopUntil(t int64) (it Item, ok bool) {
	if len(q.heap) == 0 || q.heap[0].At > t {
		return Item{}, false
	}
	return q.Pop()
}

// sink places the n-th item, the last one, among those before it, starting from the root, whose place is free.
func (q *Queue) sink(n int) {
	h := q.heap
	x := &h[n]
	i := 0
	for {
		c := i*arity + 1
		if c >= n {
			break
		}
		least := c
		for k := c + 1; k < min(c+arity, n); k++ {
			if h[k].before(&h[least]) {
				least = k
			}
		}
		if !h[least].before(x) {
			break
		}
		h[i] = h[least]
		i = least
	}
	h[i] = *x
}

// Clone returns an independent copy that will give the same items.
func (q *Queue) Clone() *Queue {
	return &Queue{heap: append([]Item(nil), q.heap...), seq: q.seq}
}

// Digest folds the waiting items into h, in heap order.
func (q *Queue) Digest(h *Digest) {
	h.Uint(q.seq)
	h.Uint(uint64(len(q.heap)))
	for i := range q.heap {
		it := &q.heap[i]
		h.Uint(uint64(it.At))
		h.Uint(it.Seq)
		h.Uint(uint64(it.D))
		h.Uint(uint64(it.A)<<32 | uint64(it.B))
		h.Uint(uint64(it.C)<<16 | uint64(it.Kind))
	}
}
