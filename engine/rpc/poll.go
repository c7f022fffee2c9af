package rpc

import (
	"rpcscope/engine/sim"
)

// handled is a notification that a listener has dealt with.
type handled struct {
	from   delivery
	again  bool // to be put back
	method string
}

// What reads a connection polls it, each time twice as long, from the first to
// the last of these, and begins anew when a message came. What a handler asks of
// a listener's connection is done between two polls, and a poll is also how
// long the reader goes on with one round of attempts to connect again
// (oslo_messaging/_drivers/amqpdriver.py, AMQPListener.poll and ReplyWaiter.poll).
const (
	pollFirst = int64(1e6)
	pollLast  = int64(5e9)
)

// pollAt returns the beginning and the end of the poll that runs at now, of those that began at from.
func pollAt(from, now int64) (begin, end int64) {
	d := pollFirst
	for end = from + d; end <= now && d < pollLast; end += d {
		d = min(2*d, pollLast)
	}
	if end <= now {
		end += ((now-end)/pollLast + 1) * pollLast
	}
	return end - d, end
}

// defers reports whether service k acknowledges at its next poll. Nova's library does so at once.
func (p *proc) defers(k int) bool { return k >= len(p.cfg.Servers) && !p.cfg.Options.Profile.Old() }

// handled lets a notification be acknowledged, or put back.
func (s *System) handled(p int32, k int, h handled) {
	v := &s.procs[p].services[k]
	if s.carrier != nil || !s.procs[p].defers(k) || v.stopping { // one that stops looks every millisecond
		s.finish(p, h)
		return
	}
	if v.handled = append(v.handled, h); len(v.handled) == 1 {
		_, v.due = pollAt(s.conns[v.conn].polled, s.now)
		s.queue.Push(sim.Item{At: v.due, Kind: kindPoll, A: uint32(v.conn)})
	}
}

func (s *System) finish(p int32, h handled) {
	if !s.procs[p].cfg.Options.Profile.Old() { // which did it before
		s.settle(h.from, h.again)
	}
	if !h.again {
		s.reached(p, HasAcknowledged, h.method)
	}
}

// poll is the end of a poll of connection c.
func (s *System) poll(c int32) {
	p, k := s.conns[c].proc, s.conns[c].owner
	if q := &s.procs[p]; int(k) < len(q.services) && s.now >= q.services[k].due {
		s.settleHandled(p, int(k))
	}
}

// round begins the attempts of f to connect again, which end with the poll that runs: only a reader has one.
func (s *System) round(f *frame) {
	if c := &s.conns[f.a]; c.role != roleSend && !s.procs[c.proc].cfg.Options.Profile.Old() {
		f.since, f.until = pollAt(c.polled, s.now)
	}
}

// read is a message that the reader of connection c has read: its polls begin anew.
func (s *System) read(c *conn) {
	if c.role == roleListen && s.procs[c.proc].defers(int(c.owner)) {
		s.settleHandled(c.proc, int(c.owner))
	}
	c.polled = s.now
}

func (s *System) settleHandled(p int32, k int) {
	v := &s.procs[p].services[k]
	for _, h := range v.handled {
		s.finish(p, h)
	}
	v.handled = nil
}
