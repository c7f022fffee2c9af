package normalize

import (
	"rpcscope/engine/flow"
)

// Normalizer turns records into flow events. It is not safe for concurrent
// use. Feed records in the order of their time; stream time never decreases,
// so a record that comes late is taken at the time of the one before it.
type Normalizer struct {
	names *flow.Names
	sink  flow.Sink
	epoch int64

	now     int64
	emitted bool // by the record being taken
	// namesFull: it was told that the table of names is full.
	namesFull bool
	lastMsg   flow.MsgID
	objects   objects
	clients   clients
	copies    copies
	calls     calls
	frames    frames
	deadline  deadlines
	ev        flow.Event
	msg       flow.Message
}

// New returns a normalizer whose stream time zero is epoch, in nanoseconds
// since 1970, and which emits into sink with names of names.
func New(names *flow.Names, sink flow.Sink, epoch int64) *Normalizer {
	names.Intern(namesFullText)
	names.Intern("names-full")
	n := &Normalizer{names: names, sink: sink, epoch: epoch}
	n.objects.init()
	n.clients.init()
	n.copies.init()
	n.calls.init()
	n.frames.init()
	return n
}

// namesFullText is said once the table of names is full; it is interned in time.
const namesFullText = "the table of names is full: new names are shown as " + flow.Rest

// Now returns the stream time of the newest event, in nanoseconds.
func (n *Normalizer) Now() int64 { return n.now }

// Record takes one record. An error wraps [ErrRecord]; nothing was emitted
// for that record then, and the next may be fed.
func (n *Normalizer) Record(r *Record) error {
	n.Advance(r.At)
	n.emitted = false
	var err error
	switch r.Source {
	case Firehose:
		err = n.firehose(r)
	case Event:
		err = n.event(r)
	case Topology:
		err = n.topology(r)
	case Frame:
		err = n.frame(r)
	default:
		err = bad("unknown source %q", clip(r.Source, 40))
	}
	if err == nil && !n.emitted && r.Source != Topology {
		// Something happened at the broker, even if nothing that we show.
		n.emit(flow.Event{Kind: flow.Tick})
	}
	if !n.namesFull && n.names.Refused() > 0 {
		n.namesFull = true
		n.emit(flow.Event{Kind: flow.Note, Label: n.names.Intern("names-full"), Text: n.names.Intern(namesFullText)})
	}
	return err
}

// Advance tells that the wall clock, in nanoseconds since 1970, has come to at
// least wall. What is deduced from something not having happened – a call that
// timed out – comes out here, at the time at which it was due.
func (n *Normalizer) Advance(wall int64) {
	at := max(n.now, wall-n.epoch)
	for {
		d, ok := n.deadline.pop(at)
		if !ok {
			break
		}
		n.now = max(n.now, d.at)
		n.due(d)
	}
	n.now = at
}

// Finish tells that no record will follow: what would have been concluded by
// waiting a moment for one that disproves it is concluded now.
func (n *Normalizer) Finish() {
	for {
		d, ok := n.deadline.pop(n.now + queueSettles)
		if !ok {
			return
		}
		if d.kind == dueReturn {
			n.due(d)
		}
	}
}

// Lost records that count records were lost before they could be read.
func (n *Normalizer) Lost(wall int64, reason string, count int64) {
	n.Advance(wall)
	n.emit(flow.Event{Kind: flow.Lost, Label: n.names.Intern(reason), Value: count})
}

// emit sends e at the present time. Callers build e as a literal.
func (n *Normalizer) emit(e flow.Event) { n.emitWith(e, nil) }

func (n *Normalizer) emitWith(e flow.Event, m *flow.Message) {
	n.ev = e
	n.ev.At = n.now
	n.emitted = true
	n.sink.Emit(&n.ev, m)
}

// deadline kinds.
type dueKind uint8

const (
	dueTimeout dueKind = iota + 1
	dueReturn
	dueProcessGone
	dueExpiry
	dueQueueUnused
)

// due is something that holds unless it is disproved by then.
type due struct {
	at   int64
	seq  uint64
	kind dueKind
	id   flow.ID
	msg  flow.MsgID
	name flow.Name
	// copy is the message in its queue that will expire.
	copy copyKey
}

func (n *Normalizer) due(d due) {
	switch d.kind {
	case dueTimeout:
		n.callTimedOut(d)
	case dueReturn:
		n.neverQueued(d)
	case dueProcessGone:
		n.processGone(d.name)
	case dueExpiry:
		n.expired(d)
	case dueQueueUnused:
		n.queueUnused(d)
	}
}

// maxDeadlines bounds what is waited for; beyond it nothing new is.
const maxDeadlines = 1 << 18

// deadlines is a binary heap by time, then by order of insertion.
type deadlines struct {
	heap []due
	seq  uint64
}

func (q *deadlines) less(i, j int) bool {
	a, b := &q.heap[i], &q.heap[j]
	return a.at < b.at || a.at == b.at && a.seq < b.seq
}

func (q *deadlines) push(d due) {
	if len(q.heap) >= maxDeadlines {
		return
	}
	q.seq++
	d.seq = q.seq
	q.heap = append(q.heap, d)
	for i := len(q.heap) - 1; i > 0; {
		up := (i - 1) / 2
		if !q.less(i, up) {
			break
		}
		q.heap[i], q.heap[up] = q.heap[up], q.heap[i]
		i = up
	}
}

// pop takes the first deadline that is not after at.
func (q *deadlines) pop(at int64) (due, bool) {
	if len(q.heap) == 0 || q.heap[0].at > at {
		return due{}, false
	}
	first := q.heap[0]
	last := len(q.heap) - 1
	q.heap[0] = q.heap[last]
	q.heap = q.heap[:last]
	for i := 0; ; {
		c := 2*i + 1
		if c >= last {
			break
		}
		if c+1 < last && q.less(c+1, c) {
			c++
		}
		if !q.less(c, i) {
			break
		}
		q.heap[i], q.heap[c] = q.heap[c], q.heap[i]
		i = c
	}
	return first, true
}
