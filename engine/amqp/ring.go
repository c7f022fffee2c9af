package amqp

// ring is a double-ended queue in one growing buffer. The zero value is empty.
type ring[T any] struct {
	buf     []T // its length is a power of two, or zero
	head, n uint32
}

func (r *ring[T]) len() int { return int(r.n) }

// at returns the i-th element from the front; the pointer is good until the next change.
func (r *ring[T]) at(i int) *T { return &r.buf[(int(r.head)+i)&(len(r.buf)-1)] }

func (r *ring[T]) grow() {
	if int(r.n) < len(r.buf) {
		return
	}
	buf := make([]T, max(4, 2*len(r.buf)))
	k := copy(buf, r.buf[r.head:])
	copy(buf[k:], r.buf[:r.head])
	r.buf, r.head = buf, 0
}

func (r *ring[T]) push(v T) {
	r.grow()
	r.n++
	*r.at(r.len() - 1) = v
}

// slot appends an element and returns it to be filled in; what it holds is undefined.
func (r *ring[T]) slot() *T {
	r.grow()
	r.n++
	return r.at(r.len() - 1)
}

func (r *ring[T]) pushFront(v T) {
	r.grow()
	r.head = (r.head - 1) & uint32(len(r.buf)-1)
	r.buf[r.head] = v
	r.n++
}

func (r *ring[T]) pop() T {
	v := r.buf[r.head]
	r.drop()
	return v
}

func (r *ring[T]) drop() {
	r.head = (r.head + 1) & uint32(len(r.buf)-1)
	r.n--
}

// insert puts v before the i-th element by moving those in front of it.
func (r *ring[T]) insert(i int, v T) {
	r.pushFront(v)
	for k := range i {
		*r.at(k) = *r.at(k + 1)
	}
	*r.at(i) = v
}

// remove takes the i-th element out.
func (r *ring[T]) remove(i int) {
	for k := i; k < r.len()-1; k++ {
		*r.at(k) = *r.at(k + 1)
	}
	r.n--
}

func (r *ring[T]) clear() { r.head, r.n = 0, 0 }

// clone copies what is held, not the spare room; into room when that is enough.
func (r *ring[T]) clone(room []T) ring[T] {
	c := ring[T]{buf: room, n: r.n}
	size := 4
	for size < r.len() {
		size *= 2
	}
	if r.len() > len(room) {
		c.buf = make([]T, size)
	}
	for i := range r.len() {
		c.buf[i] = *r.at(i)
	}
	return c
}
