package pace

import "rpcscope/engine/flow"

// Sink receives the paced stream, with d never falling. hopEnd is the display
// time at which what departs with the event arrives; 0 when nothing departs or
// the arrival is not known. The pointers are valid only during the call.
type Sink interface {
	Paced(d, hopEnd int64, e *flow.Event, m *flow.Message)
}

// Config says how to pace. All times are nanoseconds of the display axis.
type Config struct {
	// Slow is how many times slower than stream time the axis runs: 1 for
	// speeds of 1× and above, 1000 for 1/1000×.
	Slow int64
	// MinHop is the least time for a step while nothing lags.
	MinHop int64
	// MaxLag bounds how far an event may be shown behind its base.
	MaxLag int64
	// Silence is the longest stretch without an event that is shown in full;
	// a longer one is shortened to Skipped. 0 shows all.
	Silence, Skipped int64
	// Look is how long the pacer waits for the arrival of what departed before it lets the departure go without one.
	Look int64
	// MaxPending bounds the events that wait to be shown: hops shrink as it fills.
	MaxPending int
	// Names is the table of the stream's names.
	Names *flow.Names
	// Origin is the stream time at display time 0; negative takes that of the first event that is not part of a snapshot.
	Origin int64
}

// DefaultConfig is what the design page asks for.
func DefaultConfig() Config {
	return Config{
		Slow: 1, MinHop: 300e6, MaxLag: 3e9, Silence: 1500e6, Skipped: 600e6,
		Look: 350e6, MaxPending: 100_000,
	}
}

// Gap is a stretch of the axis that does not run with the stream: display Start..End stands for stream From..To.
// It is a silence of which the axis leaves most out, or a moment at which the axis waited, see [Pacer.Pin].
type Gap struct{ Start, End, From, To int64 }

// Pacer paces one stream. It is a flow.Sink.
type Pacer struct {
	cfg Config
	out Sink

	// begun says that origin holds.
	begun  bool
	origin int64
	// shift is how much of the axis was skipped so far.
	shift int64
	// lastAt is the newest stream time heard of; last the latest display time given, arrivals included.
	lastAt, last int64
	// pinned: a person acted, last at pinnedAt.
	pinned   bool
	pinnedAt int64
	// told is the display time of the last event that left.
	told int64
	seq  uint64

	marks   marks
	hashes  []uint64
	clients clients
	limited map[uint64]struct{}
	known   []knownMsg
	heap    []waiting
	pending slab
	gaps    []Gap
}

// maxGaps bounds the memory for silences; the oldest go first.
const maxGaps = 4096

// New returns a Pacer that hands its stream to out.
func New(cfg Config, out Sink) *Pacer {
	p := &Pacer{cfg: cfg, out: out, known: make([]knownMsg, 1<<knownBits), limited: make(map[uint64]struct{})}
	if cfg.Origin >= 0 {
		p.begun, p.origin = true, cfg.Origin
		p.lastAt = cfg.Origin
	}
	return p
}

// Rename moves the Pacer to another table of names.
func (p *Pacer) Rename(names *flow.Names) {
	old := p.cfg.Names
	to := func(n flow.Name) flow.Name { return names.Intern(old.Text(n)) }
	for i := range p.heap {
		h := p.pending.at(p.heap[i].slot)
		h.event.Rename(to)
		if h.msg >= 0 {
			p.pending.msgs[h.msg].Rename(to)
		}
	}
	clients := clients{}
	for n, c := range p.clients.m {
		clients.set(to(n), c)
	}
	p.clients, p.hashes, p.cfg.Names = clients, nil, names
}

// hash is a name's hash by its text, so that chains outlive the table of names.
func (p *Pacer) hash(n flow.Name) uint64 {
	if int(n) < len(p.hashes) {
		return p.hashes[n]
	}
	if p.cfg.Names == nil {
		return uint64(n)
	}
	for i := len(p.hashes); i < p.cfg.Names.Len(); i++ {
		h := uint64(14695981039346656037)
		for _, c := range []byte(p.cfg.Names.Text(flow.Name(i))) {
			h = (h ^ uint64(c)) * 1099511628211
		}
		p.hashes = append(p.hashes, h)
	}
	if int(n) >= len(p.hashes) {
		return uint64(n)
	}
	return p.hashes[n]
}

// SetSink sends what is still to come elsewhere.
func (p *Pacer) SetSink(out Sink) { p.out = out }

// Clone returns an independent Pacer in the same state with the same sink.
func (p *Pacer) Clone() *Pacer {
	c := new(Pacer)
	*c = *p
	c.marks = p.marks.clone()
	c.hashes = append([]uint64(nil), p.hashes...)
	c.clients = p.clients.clone()
	c.known = append([]knownMsg(nil), p.known...)
	c.limited = make(map[uint64]struct{}, len(p.limited))
	for k := range p.limited {
		c.limited[k] = struct{}{}
	}
	c.heap = append([]waiting(nil), p.heap...)
	c.pending = p.pending.clone()
	c.gaps = append([]Gap(nil), p.gaps...)
	return c
}

// Base is the place of a stream time on the display axis, as far as the silences are known.
func (p *Pacer) Base(at int64) int64 {
	return max(0, (at-p.origin)*p.cfg.Slow-p.shift)
}

// Stream is the stream time whose base is d, for d not before the last silence.
func (p *Pacer) Stream(d int64) int64 { return p.origin + (d+p.shift)/p.cfg.Slow }

// Last is the latest display time given to anything.
func (p *Pacer) Last() int64 { return p.last }

// Told is the display time up to which the paced stream has left; nothing earlier can follow.
func (p *Pacer) Told() int64 { return p.told }

// Pending is how many events wait for their display time.
func (p *Pacer) Pending() int { return len(p.heap) }

// Lag is how far the display is behind at the newest event, in nanoseconds of the axis.
func (p *Pacer) Lag() int64 { return max(0, p.last-p.Base(p.lastAt)) }

// Gaps lists the silences that were shortened, oldest first. The slice is the Pacer's.
func (p *Pacer) Gaps() []Gap { return p.gaps }

// Pin makes d the place of stream time at from here on: a person acts at that moment. A silence that
// reaches it is cut short there; where the display is behind the stream, the axis waits for the display
// (a Gap that is longer on the axis than in the stream). Nothing may have been heard of after at.
func (p *Pacer) Pin(at, d int64) {
	p.begin(at)
	p.pinned, p.pinnedAt = true, at
	if base := (at-p.origin)*p.cfg.Slow - p.shift; base != d {
		start := min(p.last, d)
		if base < d {
			start = p.Base(p.lastAt)
		}
		p.addGap(Gap{Start: start, End: d, From: p.lastAt, To: at})
		p.shift += base - d
	}
	p.lastAt, p.last = max(p.lastAt, at), max(p.last, d)
}

func (p *Pacer) begin(at int64) {
	if !p.begun {
		p.begun, p.origin = true, at
		p.lastAt = at
	}
}

func (p *Pacer) addGap(g Gap) {
	if len(p.gaps) == maxGaps {
		p.gaps = append(p.gaps[:0], p.gaps[maxGaps/4:]...)
	}
	p.gaps = append(p.gaps, g)
}

// Emit takes the next event of the stream and lets go what can no longer be overtaken.
func (p *Pacer) Emit(e *flow.Event, m *flow.Message) {
	if e.Has(flow.Snapshot) {
		// A snapshot has no order in time worth showing: it is there, all at once.
		d := p.last
		if p.begun {
			d = max(d, p.Base(p.lastAt))
		}
		p.remember(e, m)
		slot := p.pending.take(e, m, p.seq)
		p.push(d, slot)
		p.last = max(p.last, d)
		return
	}
	p.begin(e.At)
	p.shorten(e.At)
	p.lastAt = max(p.lastAt, e.At)
	base := p.Base(e.At)
	p.drain(base - p.cfg.Look)
	p.place(base, e, m)
}

// shorten cuts the silence before an event at the given time, when there was one.
func (p *Pacer) shorten(at int64) {
	if p.cfg.Silence <= 0 {
		return
	}
	base := p.Base(at)
	if base-p.last <= p.cfg.Silence {
		return
	}
	end := p.last + p.cfg.Skipped
	p.addGap(Gap{Start: p.last, End: end, From: p.lastAt, To: at})
	p.shift += base - end
}

// Advance says that nothing earlier than stream time at will follow.
func (p *Pacer) Advance(at int64) {
	p.begin(at)
	p.drain(min(p.Base(at), p.reach()) - p.cfg.Look)
}

// reach is how far the axis is certain: beyond the longest silence that is shown in full it may yet be shortened.
func (p *Pacer) reach() int64 {
	if p.cfg.Silence <= 0 {
		return 1<<62 - 1
	}
	return p.last + p.cfg.Silence + p.cfg.Look
}

// Certain is the display time up to which the stream is complete once it is known up to stream time at.
func (p *Pacer) Certain(at int64) int64 {
	if !p.begun {
		return 0
	}
	return max(0, min(p.Base(at), p.reach())-p.cfg.Look)
}

// Flush lets everything go: the stream has ended.
func (p *Pacer) Flush() { p.drain(1<<62 - 1) }

// Release is [Pacer.Flush] for at most n events.
func (p *Pacer) Release(n int) {
	for ; n > 0 && len(p.heap) > 0; n-- {
		p.emit()
	}
}

// drain emits all that is due before display time until.
func (p *Pacer) drain(until int64) {
	for len(p.heap) > 0 && p.heap[0].d < until {
		p.emit()
	}
}

// emit lets the first that waits go.
func (p *Pacer) emit() {
	w := p.heap[0]
	p.heap = pop(p.heap)
	s := p.pending.at(w.slot)
	p.told = w.d
	var m *flow.Message
	if s.msg >= 0 {
		m = &p.pending.msgs[s.msg]
	}
	p.out.Paced(w.d, s.hopEnd, &s.event, m)
	p.pending.release(w.slot)
}

func (p *Pacer) push(d int64, slot int32) {
	p.heap = push(p.heap, waiting{d: d, seq: p.seq, slot: slot})
	p.seq++
}

// Origin is the stream time at display time 0.
func (p *Pacer) Origin() int64 { return p.origin }
