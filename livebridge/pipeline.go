package livebridge

import (
	"time"

	"rpcscope/engine/flow"
)

// pipeline turns records into flow events, in order of reception. It belongs to one goroutine.
type pipeline struct {
	feed  *feed
	hold  time.Duration
	names *flow.Names
	norm  *adapter
	buf   []record
	last  int64 // time of the newest record handed on; stream time never decreases
}

// step is what one turn of the pipeline did, in broker records.
type step struct {
	normalized uint64
	dropped    map[string]uint64
	// newest is the reception time of the last record, 0 when there was none.
	newest int64
}

func newPipeline(s *liveSource, sink flow.Sink, names *flow.Names, epoch int64) *pipeline {
	return &pipeline{feed: s.feed, hold: s.set.Hold, names: names, norm: newAdapter(names, sink, epoch), last: epoch}
}

// turn handles what was received before now less the hold, or with flush everything.
func (p *pipeline) turn(now time.Time, flush bool) step {
	until := now.Add(-p.hold).UnixNano()
	if flush {
		until = 1<<63 - 1
	}
	due, lost := p.feed.take(p.buf[:0], until)
	s := step{dropped: make(map[string]uint64)}
	if lost > 0 {
		s.dropped[DropBacklog] = lost
		p.norm.lost(DropBacklog, lost, max(p.last, until))
	}
	for i := range due {
		r := &due[i]
		// The wall clock may have been set back.
		r.t = max(r.t, p.last)
		p.last, s.newest = r.t, r.t
		err := p.norm.record(r)
		switch {
		case r.source == fromTopology: // ours, not the broker's traffic: not counted
		case err != nil:
			s.dropped[DropUnreadable]++
		default:
			s.normalized++
		}
	}
	clear(due)
	p.buf = due[:0]
	return s
}
