package normalize

import (
	"fmt"
	"maps"
	"slices"

	"rpcscope/engine/flow"
)

// Bounds on unmatched copies of messages. Beyond them the oldest is forgotten;
// its delivery, if it ever comes, is then introduced anew.
const (
	// MaxWaiting is how many published and undelivered copies are kept for matching.
	MaxWaiting = 1 << 17
	// MaxTaken is how many delivered copies are kept for their redelivery.
	MaxTaken = 1 << 15
	// maxDoubts bounds what may still turn out to have been unroutable.
	maxDoubts = 1 << 14
)

// fingerprint stands for exchange, keys, properties and body of a message.
type fingerprint [2]uint64

// fingerprintOf is FNV-1a twice, with different starts and a separator between
// the parts. It identifies within one broker's traffic and protects nothing.
func fingerprintOf(exchange string, keys []string, props map[string]any, body []byte) fingerprint {
	h := hasher{14695981039346656037, 0x9ae16a3b2f90404f}
	h.part(exchange)
	for _, k := range keys {
		h.part(k)
	}
	h.value(props)
	for _, c := range body {
		h.mix(c)
	}
	return fingerprint{h.a, h.b}
}

type hasher struct{ a, b uint64 }

func (h *hasher) mix(c byte) {
	h.a = (h.a ^ uint64(c)) * 1099511628211
	h.b = (h.b^uint64(c))*0xff51afd7ed558ccd ^ h.b>>29
}

func (h *hasher) part(s string) {
	for i := range len(s) {
		h.mix(s[i])
	}
	h.mix(0xff) // occurs in no UTF-8 text
}

// value takes a property or header of any type, tables by their sorted keys.
func (h *hasher) value(v any) {
	switch v := v.(type) {
	case string:
		h.part(v)
		return
	case []byte:
		h.part(string(v))
		return
	}
	if l := list(v); l != nil {
		for _, e := range l {
			h.value(e)
		}
		h.mix(0xfe)
		return
	}
	t := table(v)
	if t == nil {
		h.part(fmt.Sprint(v))
		return
	}
	for _, k := range slices.Sorted(maps.Keys(t)) {
		if k != deliveryCount {
			h.part(k)
			h.value(t[k])
		}
	}
	h.mix(0xfd)
}

// deliveryCount is the header that a quorum queue adds to redeliveries (RabbitMQ: Quorum Queues).
const deliveryCount = "x-delivery-count"

type copyKey struct {
	queue objectKey
	print fingerprint
}

// oneCopy is a message in, or out of, one queue.
type oneCopy struct {
	id    flow.MsgID
	class flow.Class
	// out says that it was delivered before.
	out bool
}

// doubt is what is known about a message whose queue may not exist.
type doubt struct {
	queue         objectKey
	vhost, key    flow.Name
	conn, process flow.Name
	channel       uint16
	class         flow.Class
	copy          copyKey
}

// copies matches deliveries to publishes: by queue, exchange, keys, properties
// and body; identical ones first in, first out.
type copies struct {
	// waiting is by queue first, so that one which is deleted costs no more than what it holds.
	waiting map[objectKey]map[fingerprint][]oneCopy
	taken   map[copyKey][]oneCopy
	// order and takenOrder are the keys in the order of insertion, for forgetting the oldest; entries may be stale.
	order, takenOrder []copyKey
	nWaiting, nTaken  int
	doubts            map[flow.MsgID]doubt
}

func (c *copies) init() {
	c.waiting, c.taken = map[objectKey]map[fingerprint][]oneCopy{}, map[copyKey][]oneCopy{}
	c.doubts = map[flow.MsgID]doubt{}
}

// at returns the copies that wait under k, oldest first.
func (c *copies) at(k copyKey) []oneCopy { return c.waiting[k.queue][k.print] }

func (c *copies) set(k copyKey, w []oneCopy) {
	in := c.waiting[k.queue]
	switch {
	case len(w) > 0 && in == nil:
		c.waiting[k.queue] = map[fingerprint][]oneCopy{k.print: w}
	case len(w) > 0:
		in[k.print] = w
	case len(in) > 1:
		delete(in, k.print)
	default:
		delete(c.waiting, k.queue)
	}
}

func (c *copies) add(k copyKey, id flow.MsgID, class flow.Class) {
	c.set(k, append(c.at(k), oneCopy{id: id, class: class}))
	c.order = append(c.order, k)
	c.nWaiting++
	for c.nWaiting > MaxWaiting {
		c.forgetOldest()
	}
	if len(c.order) > 2*MaxWaiting {
		c.compact()
	}
}

func (c *copies) forgetOldest() {
	for len(c.order) > 0 {
		k := c.order[0]
		c.order = c.order[1:]
		if len(c.at(k)) > 0 {
			c.popWaiting(k)
			return
		}
	}
}

// compact drops the keys of order that no longer stand for anything.
func (c *copies) compact() {
	left := make(map[copyKey]int, c.nWaiting)
	kept := make([]copyKey, 0, c.nWaiting)
	for _, k := range slices.Backward(c.order) {
		if left[k] < len(c.at(k)) {
			left[k]++
			kept = append(kept, k)
		}
	}
	slices.Reverse(kept)
	c.order = kept
}

func (c *copies) popWaiting(k copyKey) oneCopy {
	w := c.at(k)
	c.set(k, w[1:])
	c.nWaiting--
	return w[0]
}

// take finds the copy that a delivery took out. A redelivery looks among those
// delivered before first. ambiguous says that identical ones made it a guess.
func (c *copies) take(k copyKey, again bool) (got oneCopy, found, ambiguous bool) {
	if again {
		if t := c.taken[k]; len(t) > 0 {
			got = t[0]
			got.out = true
			// It goes to the end: of identical ones, the next redelivery is another's.
			c.taken[k] = append(t[1:], t[0])
			return got, true, len(t) > 1
		}
	}
	w := c.at(k)
	if len(w) == 0 {
		return got, false, false
	}
	ambiguous = len(w) > 1
	got = c.popWaiting(k)
	c.delivered(k, got.id, got.class)
	return got, true, ambiguous
}

// delivered remembers a delivery for the redelivery that may follow.
func (c *copies) delivered(k copyKey, id flow.MsgID, class flow.Class) {
	c.taken[k] = append(c.taken[k], oneCopy{id: id, class: class})
	c.takenOrder = append(c.takenOrder, k)
	c.nTaken++
	for c.nTaken > MaxTaken && len(c.takenOrder) > 0 {
		old := c.takenOrder[0]
		c.takenOrder = c.takenOrder[1:]
		if t := c.taken[old]; len(t) > 1 {
			c.taken[old] = t[1:]
			c.nTaken--
		} else if len(t) == 1 {
			delete(c.taken, old)
			c.nTaken--
		}
	}
}

// remove takes one copy of a message back; false when it is no longer there.
func (c *copies) remove(k copyKey, id flow.MsgID) bool {
	w := c.at(k)
	i := slices.IndexFunc(w, func(o oneCopy) bool { return o.id == id })
	switch {
	case i < 0:
		return false
	case i == 0: // the usual case: what waits longest expires first
		c.set(k, w[1:])
	default:
		c.set(k, slices.Delete(w, i, i+1))
	}
	c.nWaiting--
	return true
}

// dropQueue forgets what waits in a queue that is gone, and returns how much that was.
func (c *copies) dropQueue(q objectKey) (n int) {
	for _, w := range c.waiting[q] {
		n += len(w)
	}
	delete(c.waiting, q)
	c.nWaiting -= n
	return n
}

func (c *copies) doubt(id flow.MsgID, d doubt) {
	if len(c.doubts) < maxDoubts {
		c.doubts[id] = d
	}
}

func (c *copies) settle(id flow.MsgID) (doubt, bool) {
	d, ok := c.doubts[id]
	delete(c.doubts, id)
	return d, ok
}

// waitingIn returns the messages that wait in a queue, oldest first.
func (c *copies) waitingIn(q objectKey) (ids []flow.MsgID) {
	for _, w := range c.waiting[q] {
		for _, o := range w {
			ids = append(ids, o.id)
		}
	}
	slices.Sort(ids)
	return ids
}
