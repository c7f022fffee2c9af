// Package stats counts a stream: what was published, delivered, called,
// answered and lost. The same fold serves the command line, the page and the
// bridge, for simulations, recordings and live traffic alike.
package stats

import "rpcscope/engine/flow"

// Bounds on what is remembered. Within them all counts are exact; beyond them
// the oldest answered call, or the oldest message's class, is forgotten, which
// only matters to replies and deliveries that come later than that.
const (
	// MaxCalls is how many calls are remembered by id.
	MaxCalls = 1 << 20
	// MaxMessages is how many messages' classes are remembered.
	MaxMessages = 1 << 21
	// MaxMethods is how many distinct method names, event types and failures are counted apart; the rest is counted as Others.
	MaxMethods = 1 << 14
)

// Others stands for the names beyond [MaxMethods].
const Others = "(others)"

// ByClass holds one count for each class.
type ByClass [flow.NumClasses]int64

// call is what is known about one `_msg_id`.
type call struct {
	first      int64 // publish time of the request; of the reply while the request is unseen
	expiration int64
	method     flow.Name
	requested  bool
	answered   bool
	failed     bool
	late       bool
	failure    flow.Name
}

// Stats is the fold. Make it with [New].
type Stats struct {
	names *flow.Names

	events      int64
	first, last int64
	timed       bool

	published, delivered            ByClass
	total, ok, failed, late, beats  int64
	unrouted, returned, redelivered int64
	rest                            REST

	calls    map[flow.ID]call
	order    []flow.ID // calls in the order in which they were first seen, for forgetting
	messages classes
	others   flow.Name

	methods       [flow.NumClasses]map[flow.Name]*method
	notifications map[flow.Name]int64
	failures      map[failure]int64
	lost          map[flow.Name]int64
}

type failure struct{ class, method flow.Name }

// method is the counts of one method of one class.
type method struct {
	published int64
	answered  int64
	failed    int64
	times     histogram
}

// New returns an empty fold over events whose names belong to names.
func New(names *flow.Names) *Stats {
	s := &Stats{
		names: names, calls: map[flow.ID]call{},
		notifications: map[flow.Name]int64{}, failures: map[failure]int64{}, lost: map[flow.Name]int64{},
	}
	for i := range s.methods {
		s.methods[i] = map[flow.Name]*method{}
	}
	return s
}

// Emit implements [flow.Sink].
func (s *Stats) Emit(e *flow.Event, m *flow.Message) {
	s.events++
	if byBroker(e) {
		if !s.timed || e.At < s.first {
			s.first = e.At
		}
		if !s.timed || e.At > s.last {
			s.last = e.At
		}
		s.timed = true
	}
	if m != nil {
		s.messages.put(e.Msg, m.Class)
	}
	switch e.Kind {
	case flow.Publish:
		// One that is restated was published before counting began.
		if m != nil && !e.Has(flow.Snapshot) {
			s.publish(e, m)
		}
	case flow.Route:
		if e.Has(flow.NoRoute) && shown(e) {
			s.unrouted++
		}
	case flow.Return:
		s.returned++
	case flow.Deliver:
		if e.Has(flow.Snapshot) {
			break // delivered before counting began
		}
		s.delivered[s.messages.get(e.Msg)]++
		if e.Has(flow.Redelivered) {
			s.redelivered++
		}
	case flow.RestRequest:
		s.rest.Requests++
	case flow.RestResponse:
		if e.Value < 400 {
			s.rest.Answered++
		} else {
			s.rest.Refused++
		}
	case flow.RestFailure:
		s.rest.NoResponse++
	case flow.Lost:
		s.lost[s.bounded(len(s.lost), e.Label, s.lost[e.Label] > 0)] += e.Value
	}
}

// byBroker reports whether e stands for a record of a broker – a traced message
// or an object's event – and not for topology or for what was concluded.
func byBroker(e *flow.Event) bool {
	switch {
	case e.Has(flow.Snapshot):
		return false
	case e.Kind == flow.Publish, e.Kind == flow.Deliver, e.Kind == flow.Tick:
		return true
	}
	return e.Kind >= flow.ConnectionOpen && e.Kind <= flow.Cancel && !e.Has(flow.Inferred)
}

// shown reports whether a firehose would show that e routed nowhere. For the
// default exchange that of RabbitMQ 3.10 names the key whether or not such a
// queue exists; such a Route is marked Implicit, and one of a broker that did
// show it is not.
func shown(e *flow.Event) bool { return e.Exchange != 0 || !e.Has(flow.Implicit) }

// bounded returns n, or the name for the rest when there are too many already.
func (s *Stats) bounded(size int, n flow.Name, known bool) flow.Name {
	if known || size < MaxMethods {
		return n
	}
	if s.others == 0 {
		s.others = s.names.Intern(Others)
	}
	return s.others
}

func (s *Stats) method(c flow.Class, n flow.Name) *method {
	ms := s.methods[c]
	got := ms[n]
	if got == nil {
		n = s.bounded(len(ms), n, false)
		if got = ms[n]; got == nil {
			got = &method{}
			ms[n] = got
		}
	}
	return got
}

func (s *Stats) publish(e *flow.Event, m *flow.Message) {
	s.published[m.Class]++
	switch m.Class {
	case flow.ClassCall:
		s.method(m.Class, m.Method).published++
		s.request(e.At, m)
	case flow.ClassCast, flow.ClassFanout:
		s.method(m.Class, m.Method).published++
	case flow.ClassNotification:
		s.notifications[s.bounded(len(s.notifications), m.EventType, s.notifications[m.EventType] > 0)]++
	case flow.ClassReply:
		s.reply(e.At, m)
	}
}

func (s *Stats) request(at int64, m *flow.Message) {
	c, seen := s.calls[m.RPC]
	if seen && c.requested {
		return // published again: the first time counts
	}
	s.total++
	reply := c.first
	c.first, c.expiration, c.method, c.requested = at, m.Expiration, m.Method, true
	if c.answered {
		s.answer(&c, reply)
	}
	s.remember(m.RPC, c, seen)
}

func (s *Stats) reply(at int64, m *flow.Message) {
	if m.Has(flow.NotEnding) {
		s.beats++
		return
	}
	c, seen := s.calls[m.RPC]
	if m.RPC.IsZero() || seen && c.answered {
		return
	}
	c.answered, c.failed, c.failure = true, m.Has(flow.HasFailure), m.FailureClass
	if c.requested {
		s.answer(&c, at)
	} else {
		c.first = at
	}
	s.remember(m.RPC, c, seen)
}

// answer counts the first answer to a call, published at the time given.
func (s *Stats) answer(c *call, at int64) {
	took := max(0, at-c.first)
	ms := s.method(flow.ClassCall, c.method)
	ms.answered++
	ms.times.add(took)
	if c.expiration >= 0 && took > c.expiration {
		c.late = true
		s.late++
	}
	if !c.failed {
		s.ok++
		return
	}
	s.failed++
	ms.failed++
	f := failure{c.failure, c.method}
	if len(s.failures) >= MaxMethods && s.failures[f] == 0 {
		f = failure{s.bounded(MaxMethods, 0, false), s.others}
	}
	s.failures[f]++
}

func (s *Stats) remember(id flow.ID, c call, seen bool) {
	s.calls[id] = c
	if seen {
		return
	}
	s.order = append(s.order, id)
	if len(s.calls) > MaxCalls {
		s.forget()
	}
}

// forget drops the oldest answered calls, or the oldest of all when none is answered.
func (s *Stats) forget() {
	const share = MaxCalls / 8
	kept, gone := s.order[:0], 0
	for _, id := range s.order {
		if gone < share && s.calls[id].answered {
			delete(s.calls, id)
			gone++
			continue
		}
		kept = append(kept, id)
	}
	for ; gone < share && len(kept) > 0; gone++ {
		delete(s.calls, kept[0])
		kept = kept[1:]
	}
	s.order = kept
}

// classes remembers the class of the newest messages, by their running number.
type classes struct {
	ring []uint32 // low 24 bits of the number, then the class
}

func (c *classes) put(id flow.MsgID, k flow.Class) {
	if n := uint64(id); n >= uint64(len(c.ring)) && len(c.ring) < MaxMessages {
		size := max(1024, len(c.ring))
		for uint64(size) <= n && size < MaxMessages {
			size *= 2
		}
		old := c.ring
		c.ring = make([]uint32, size)
		copy(c.ring, old) // numbers below the old size keep their places
	}
	c.ring[uint64(id)%uint64(len(c.ring))] = tag(id)<<8 | uint32(k)
}

func (c *classes) get(id flow.MsgID) flow.Class {
	if len(c.ring) == 0 {
		return flow.ClassOther
	}
	v := c.ring[uint64(id)%uint64(len(c.ring))]
	if v>>8 != tag(id) {
		return flow.ClassOther
	}
	return flow.Class(v)
}

// tag tells the messages apart that share a place in the ring.
func tag(id flow.MsgID) uint32 { return uint32(id/MaxMessages+1) & 0xffffff }
