package view

// Slot is a place in a [Table]; 0 is none.
type Slot = int32

const liveMark Slot = -1

// Table holds records in slots that stay where they are while a record lives.
// Freed slots are used again, last freed first, so that the layout of a table
// is a pure function of the events folded.
type Table[T any] struct {
	items []T
	// link is liveMark for a slot in use, else the next free slot.
	link []Slot
	free Slot
	n    int
}

// Len is how many records live (those that fade included).
func (t *Table[T]) Len() int { return t.n }

// Cap is one more than the highest slot ever used: the bound for a loop from 1.
func (t *Table[T]) Cap() Slot { return Slot(len(t.items)) }

// Live reports whether slot i holds a record.
func (t *Table[T]) Live(i Slot) bool {
	return i > 0 && int(i) < len(t.link) && t.link[i] == liveMark
}

// At returns the record in slot i, valid until the next fold. Slot 0 gives a zero record that nobody may write.
func (t *Table[T]) At(i Slot) *T { return &t.items[i] }

func (t *Table[T]) init() {
	t.items = append(t.items[:0], *new(T))
	t.link = append(t.link[:0], 0)
	t.free, t.n = 0, 0
}

// add takes a free slot and leaves its old content for the caller to overwrite.
func (t *Table[T]) add() Slot {
	t.n++
	if i := t.free; i != 0 {
		t.free = t.link[i]
		t.link[i] = liveMark
		return i
	}
	t.items = append(t.items, *new(T))
	t.link = append(t.link, liveMark)
	return Slot(len(t.items) - 1)
}

// drop frees slot i and clears it, so that equal histories leave equal bytes.
func (t *Table[T]) drop(i Slot) {
	t.items[i] = *new(T)
	t.link[i] = t.free
	t.free = i
	t.n--
}

//go:noinline
func (t *Table[T]) copyFrom(o *Table[T]) {
	t.items = append(t.items[:0], o.items...)
	t.link = append(t.link[:0], o.link...)
	t.free, t.n = o.free, o.n
}

// index maps 64-bit keys to slots: open addressing, linear probing, deletion
// by shifting back, so that it neither allocates nor decays under churn.
// Keys wider than 64 bits are mixed down; two of a stream's few thousand
// objects meet with a chance below one in 10^11.
type index struct {
	keys  []uint64
	slots []Slot
	n     int
}

func mix(x uint64) uint64 {
	x ^= x >> 32
	x *= 0xd6e8feb86659fd93
	x ^= x >> 32
	return x
}

//go:noinline
func (x *index) get(key uint64) Slot {
	if len(x.keys) == 0 {
		return 0
	}
	mask := uint64(len(x.keys) - 1)
	for i := mix(key) & mask; x.slots[i] != 0; i = (i + 1) & mask {
		if x.keys[i] == key {
			return x.slots[i]
		}
	}
	return 0
}

func (x *index) put(key uint64, s Slot) {
	if 4*(x.n+1) > 3*len(x.keys) {
		x.grow()
	}
	mask := uint64(len(x.keys) - 1)
	i := mix(key) & mask
	for x.slots[i] != 0 {
		if x.keys[i] == key {
			x.slots[i] = s
			return
		}
		i = (i + 1) & mask
	}
	x.keys[i], x.slots[i] = key, s
	x.n++
}

func (x *index) grow() {
	old := *x
	size := max(16, 2*len(old.keys))
	*x = index{keys: make([]uint64, size), slots: make([]Slot, size)}
	for i, s := range old.slots {
		if s != 0 {
			x.put(old.keys[i], s)
		}
	}
}

func (x *index) del(key uint64) {
	if len(x.keys) == 0 {
		return
	}
	mask := uint64(len(x.keys) - 1)
	i := mix(key) & mask
	for {
		if x.slots[i] == 0 {
			return
		}
		if x.keys[i] == key {
			break
		}
		i = (i + 1) & mask
	}
	x.n--
	for j := i; ; {
		x.slots[i] = 0
		for {
			j = (j + 1) & mask
			if x.slots[j] == 0 {
				return
			}
			// An entry may move back to i unless its home lies cyclically in (i, j].
			home := mix(x.keys[j]) & mask
			if (j-home)&mask >= (j-i)&mask {
				break
			}
		}
		x.keys[i], x.slots[i] = x.keys[j], x.slots[j]
		i = j
	}
}

func (x *index) clear() {
	clear(x.slots)
	x.n = 0
}
