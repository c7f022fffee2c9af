package view

import "reflect"

// chunkLen is how many records a frame keeps or shares together.
const chunkLen = 32

// Frame is a State at rest, for going back to. Frames of one stream share the
// chunks of records that did not change from one to the next.
type Frame struct {
	scalars     State
	rings       [7][]fade
	processes   pages[Process]
	connections pages[Connection]
	exchanges   pages[Exchange]
	queues      pages[Queue]
	bindings    pages[Binding]
	consumers   pages[Consumer]
	links       pages[Link]
	messages    pages[Message]
	copies      pages[Copy]
	calls       pages[Call]
	runs        pages[Run]
	rests       pages[Rest]
	drops       pages[Drop]
	methods     pages[Method]
	bytes       int
}

// Bytes is the memory that this frame takes beyond what it shares with the one before.
func (f *Frame) Bytes() int { return f.bytes }

// D is the display time of the last event folded before the frame was taken.
func (f *Frame) D() int64 { return f.scalars.D }

type chunk[T comparable] struct {
	items [chunkLen]T
	links [chunkLen]Slot
}

type pages[T comparable] struct {
	chunks []*chunk[T]
	len, n int
	free   Slot
}

func freeze[T comparable](t *Table[T], prev *pages[T]) (p pages[T], bytes int) {
	p.len, p.n, p.free = len(t.items), t.n, t.free
	p.chunks = make([]*chunk[T], (len(t.items)+chunkLen-1)/chunkLen)
	bytes = 8 * len(p.chunks)
	size := int(reflect.TypeFor[chunk[T]]().Size())
	var c chunk[T]
	for i := range p.chunks {
		n := copy(c.items[:], t.items[i*chunkLen:])
		copy(c.links[:], t.link[i*chunkLen:])
		for ; n < chunkLen; n++ {
			c.items[n], c.links[n] = *new(T), 0
		}
		if prev != nil && i < len(prev.chunks) && *prev.chunks[i] == c {
			p.chunks[i] = prev.chunks[i]
			continue
		}
		own := c
		p.chunks[i] = &own
		bytes += size
	}
	return p, bytes
}

//go:noinline
func thaw[T comparable](t *Table[T], p *pages[T]) {
	t.items, t.link = t.items[:0], t.link[:0]
	for _, c := range p.chunks {
		t.items = append(t.items, c.items[:]...)
		t.link = append(t.link, c.links[:]...)
	}
	t.items, t.link = t.items[:p.len], t.link[:p.len]
	t.n, t.free = p.n, p.free
}

// Freeze takes a frame of s that shares what it can with prev, which may be nil.
func (s *State) Freeze(prev *Frame) *Frame {
	if prev == nil {
		prev = &Frame{}
	}
	f := &Frame{}
	f.scalars.copyScalars(s)
	f.bytes = int(reflect.TypeFor[Frame]().Size())
	for i, r := range s.rings() {
		f.rings[i] = make([]fade, r.n)
		for j := range f.rings[i] {
			f.rings[i][j] = *r.at(j)
		}
		f.bytes += r.n * int(reflect.TypeFor[fade]().Size())
	}
	var b [14]int
	f.processes, b[0] = freeze(&s.Processes, &prev.processes)
	f.connections, b[1] = freeze(&s.Connections, &prev.connections)
	f.exchanges, b[2] = freeze(&s.Exchanges, &prev.exchanges)
	f.queues, b[3] = freeze(&s.Queues, &prev.queues)
	f.bindings, b[4] = freeze(&s.Bindings, &prev.bindings)
	f.consumers, b[5] = freeze(&s.Consumers, &prev.consumers)
	f.links, b[6] = freeze(&s.Links, &prev.links)
	f.messages, b[7] = freeze(&s.Messages, &prev.messages)
	f.copies, b[8] = freeze(&s.Copies, &prev.copies)
	f.calls, b[9] = freeze(&s.Calls, &prev.calls)
	f.runs, b[10] = freeze(&s.Runs, &prev.runs)
	f.rests, b[11] = freeze(&s.Rests, &prev.rests)
	f.drops, b[12] = freeze(&s.Drops, &prev.drops)
	f.methods, b[13] = freeze(&s.Methods, &prev.methods)
	for _, n := range b {
		f.bytes += n
	}
	return f
}

// Thaw puts s back to where f was taken. It allocates only where s is too small.
func (s *State) Thaw(f *Frame) {
	s.copyScalars(&f.scalars)
	for i, r := range s.rings() {
		r.head, r.n = 0, 0
		for _, x := range f.rings[i] {
			r.push(x)
		}
	}
	thaw(&s.Processes, &f.processes)
	thaw(&s.Connections, &f.connections)
	thaw(&s.Exchanges, &f.exchanges)
	thaw(&s.Queues, &f.queues)
	thaw(&s.Bindings, &f.bindings)
	thaw(&s.Consumers, &f.consumers)
	thaw(&s.Links, &f.links)
	thaw(&s.Messages, &f.messages)
	thaw(&s.Copies, &f.copies)
	thaw(&s.Calls, &f.calls)
	thaw(&s.Runs, &f.runs)
	thaw(&s.Rests, &f.rests)
	thaw(&s.Drops, &f.drops)
	thaw(&s.Methods, &f.methods)
	s.reindex()
}

// Weight is an upper bound of the memory that a frame of s would take.
func (s *State) Weight() int {
	w := int(reflect.TypeFor[Frame]().Size())
	for _, r := range s.rings() {
		w += r.n * int(reflect.TypeFor[fade]().Size())
	}
	return w + weigh(&s.Processes) + weigh(&s.Connections) + weigh(&s.Exchanges) + weigh(&s.Queues) +
		weigh(&s.Bindings) + weigh(&s.Consumers) + weigh(&s.Links) + weigh(&s.Messages) + weigh(&s.Copies) +
		weigh(&s.Calls) + weigh(&s.Runs) + weigh(&s.Rests) + weigh(&s.Drops) + weigh(&s.Methods)
}

//go:noinline
func weigh[T comparable](t *Table[T]) int {
	return (len(t.items) + chunkLen - 1) / chunkLen * (8 + int(reflect.TypeFor[chunk[T]]().Size()))
}
