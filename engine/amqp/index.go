package amqp

import "slices"

// index maps 64-bit keys to slots by open addressing. It is a flat slice, so
// that a clone is a copy, and its behaviour depends on nothing but the keys.
// Values are never zero; zero means absent.
type index struct {
	cells []cell
	n     int
}

type cell struct {
	key uint64
	val uint32
}

// pair makes a key of two halves.
func pair[A, B ~uint32](hi A, lo B) uint64 { return uint64(hi)<<32 | uint64(lo) }

func (x *index) home(key uint64) int {
	h := key * 0x9e3779b97f4a7c15
	return int((h ^ h>>29) >> 3 & uint64(len(x.cells)-1))
}

func (x *index) get(key uint64) uint32 {
	if x.n == 0 {
		return 0
	}
	for i := x.home(key); ; i = (i + 1) & (len(x.cells) - 1) {
		c := &x.cells[i]
		if c.val == 0 || c.key == key {
			return c.val
		}
	}
}

func (x *index) set(key uint64, val uint32) {
	if 4*(x.n+1) > 3*len(x.cells) {
		x.grow()
	}
	i := x.home(key)
	for x.cells[i].val != 0 {
		if x.cells[i].key == key {
			x.cells[i].val = val
			return
		}
		i = (i + 1) & (len(x.cells) - 1)
	}
	x.cells[i] = cell{key, val}
	x.n++
}

func (x *index) grow() {
	old := x.cells
	x.cells = make([]cell, max(8, 2*len(old)))
	x.n = 0
	for _, c := range old {
		if c.val != 0 {
			x.set(c.key, c.val)
		}
	}
}

// del removes a key and closes the gap, so that no tombstones pile up.
func (x *index) del(key uint64) {
	if x.n == 0 {
		return
	}
	mask := len(x.cells) - 1
	i := x.home(key)
	for x.cells[i].key != key || x.cells[i].val == 0 {
		if x.cells[i].val == 0 {
			return
		}
		i = (i + 1) & mask
	}
	x.n--
	for k := i; ; {
		k = (k + 1) & mask
		if x.cells[k].val == 0 {
			break
		}
		if h := x.home(x.cells[k].key); (k-h)&mask >= (k-i)&mask {
			x.cells[i] = x.cells[k]
			i = k
		}
	}
	x.cells[i] = cell{}
}

func (x *index) clone() index { return index{cells: slices.Clone(x.cells), n: x.n} }

// slab hands out numbered objects that stay where they are. Number 0 is none.
// A released object keeps its buffers for the next who gets it. Objects lie together
// in chunks: among thousands of queues it is the memory's distance that costs.
type slab[T any] struct {
	chunks []*[slabChunk]T
	free   []uint32
	n      int
}

const slabChunk = 16

func (s *slab[T]) get(i uint32) *T { return &s.chunks[i/slabChunk][i%slabChunk] }

// len is one more than the highest number handed out so far.
func (s *slab[T]) len() int { return s.n }

func (s *slab[T]) alloc() (uint32, *T) {
	if n := len(s.free); n > 0 {
		i := s.free[n-1]
		s.free = s.free[:n-1]
		return i, s.get(i)
	}
	s.n = max(s.n, 1)
	if s.n/slabChunk == len(s.chunks) {
		s.chunks = append(s.chunks, new([slabChunk]T))
	}
	s.n++
	return uint32(s.n - 1), s.get(uint32(s.n - 1))
}

func (s *slab[T]) release(i uint32) { s.free = append(s.free, i) }

// clone copies every object by copyOne.
func (s *slab[T]) clone(copyOne func(to, from *T)) slab[T] {
	c := slab[T]{chunks: make([]*[slabChunk]T, len(s.chunks)), free: slices.Clone(s.free), n: s.n}
	for k := range s.chunks {
		c.chunks[k] = new([slabChunk]T)
		for i := range min(slabChunk, s.n-k*slabChunk) {
			copyOne(&c.chunks[k][i], &s.chunks[k][i])
		}
	}
	return c
}
