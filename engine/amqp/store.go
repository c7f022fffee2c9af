package amqp

import (
	"slices"

	"rpcscope/engine/flow"
)

// stored is a message with the number of places that hold it: queues,
// unacknowledged deliveries, methods on the way. A million queued messages are
// a million of these, so [Content] is packed.
type stored struct {
	flow.Message
	body    uint64
	id      flow.MsgID
	headers flow.Name
	meta    uint32 // places << 9, persistent << 8, priority
}

const (
	metaPersistent = 1 << 8
	metaPlace      = 1 << 9
)

func (s *stored) refs() uint32     { return s.meta / metaPlace }
func (s *stored) persistent() bool { return s.meta&metaPersistent != 0 }

// fill makes c what was published, without what only the broker reads.
func (s *stored) fill(c *Content) {
	c.Message, c.Body, c.Headers, c.UserID, c.ExpirationText = s.Message, s.body, s.headers, 0, 0
	c.Priority, c.Persistent = uint8(s.meta), s.persistent()
}

// chunk is how many messages lie together. Chunks never move: pointers to
// messages stay good while others are added.
const chunk = 64

// store keeps messages by slot. Slot 0 is none.
type store struct {
	chunks []*[chunk]stored
	free   []uint32
	n      uint32 // slots made so far, 0 included
}

func (st *store) at(i uint32) *stored { return &st.chunks[i/chunk][i%chunk] }

// hold keeps a message with one place that holds it.
func (st *store) hold(c *Content) uint32 {
	i := st.slot()
	s := st.at(i)
	s.Message, s.body, s.id, s.headers = c.Message, c.Body, 0, c.Headers
	s.meta = metaPlace | uint32(c.Priority)
	if c.Persistent {
		s.meta |= metaPersistent
	}
	return i
}

func (st *store) slot() uint32 {
	if n := len(st.free); n > 0 {
		i := st.free[n-1]
		st.free = st.free[:n-1]
		return i
	}
	st.n = max(st.n, 1)
	if int(st.n/chunk) == len(st.chunks) {
		st.chunks = append(st.chunks, new([chunk]stored))
	}
	st.n++
	return st.n - 1
}

// held is how many messages are held.
func (st *store) held() int { return max(0, int(st.n)-1-len(st.free)) }

// share adds a place that holds the message.
func (st *store) share(i uint32) { st.at(i).meta += metaPlace }

// letGo takes a place away; a message that nothing holds is forgotten.
//
//go:noinline
func (st *store) letGo(i uint32) {
	s := st.at(i)
	s.meta -= metaPlace
	if s.refs() == 0 {
		st.free = append(st.free, i)
	}
}

func (st *store) clone() store {
	c := store{chunks: make([]*[chunk]stored, len(st.chunks)), free: slices.Clone(st.free), n: st.n}
	for i, p := range st.chunks {
		q := *p
		c.chunks[i] = &q
	}
	return c
}
