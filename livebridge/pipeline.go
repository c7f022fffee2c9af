package livebridge

import (
	"time"

	"rpcscope/engine/flow"
	"rpcscope/livebridge/normalize"
)

// pipeline turns records into flow events, in order of reception. It belongs to one goroutine.
type pipeline struct {
	feed *feed
	hold time.Duration
	norm *normalize.Normalizer
	buf  []record
	last int64 // time of the newest record handed on; stream time never decreases
}

// step is what one turn of the pipeline did, in broker records.
type step struct {
	normalized uint64
	dropped    map[string]uint64
	// newest is the reception time of the last record, 0 when there was none.
	newest int64
	// unreadable is why the last of the records dropped for that could not be read.
	unreadable error
}

// tellLost puts what is missing into the stream itself, so that recordings and counts show it.
func (s *step) tellLost(p *pipeline, reason string, n uint64) {
	if n > 0 {
		s.dropped[reason] = n
		p.norm.Lost(p.last, reason, int64(n))
	}
}

func newPipeline(s *liveSource, sink flow.Sink, names *flow.Names, epoch int64) *pipeline {
	return &pipeline{feed: s.feed, hold: s.set.Hold, norm: normalize.New(names, sink, epoch), last: epoch}
}

// turn handles what was received before now less the hold, or with flush everything.
func (p *pipeline) turn(now time.Time, flush bool) step {
	until := now.Add(-p.hold).UnixNano()
	if flush {
		until = 1<<63 - 1
	}
	due, lost := p.feed.take(p.buf[:0], until)
	s := step{dropped: make(map[string]uint64)}
	for i := range due {
		if due[i].source == fromEvents {
			n := toNormalize(&due[i])
			p.norm.Learn(&n)
		}
	}
	for i := range due {
		r := &due[i]
		// The wall clock may have been set back.
		r.t = max(r.t, p.last)
		p.last, s.newest = r.t, r.t
		n := toNormalize(r)
		err := p.norm.Record(&n)
		switch {
		case r.source == fromTopology: // ours, not the broker's traffic: not counted
		case err != nil:
			s.dropped[DropUnreadable]++
			s.unreadable = err
		default:
			s.normalized++
		}
	}
	clear(due)
	p.buf = due[:0]
	if !flush {
		// Up to here nothing more can come: what should have happened by now did not.
		p.last = max(p.last, until)
		p.norm.Advance(p.last)
	} else {
		p.norm.Finish()
	}
	s.tellLost(p, DropBacklog, lost)
	s.tellLost(p, DropUnreadable, s.dropped[DropUnreadable])
	return s
}
