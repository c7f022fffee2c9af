package rpc

import (
	"rpcscope/engine/sim"
)

// Digest folds the whole state into d. Names are folded as texts, so that the
// order in which a shared table issued them makes no difference.
func (s *System) Digest(d *sim.Digest) {
	s.queue.Digest(d)
	s.broker.Digest(d)
	if s.carrier != nil {
		s.carrier.Digest(d)
	}
	s.ids.Digest(d)
	s.times.Digest(d)
	s.places.Digest(d)
	for i := range s.procs {
		p := &s.procs[i]
		d.Uint(uint64(p.state) | uint64(p.pid)<<8)
		d.Uint(uint64(len(p.pool))<<32 | uint64(p.open))
		d.Uint(uint64(p.reply))
		d.Text(s.names.Text(p.replyQueue))
		for k := range p.passed {
			for _, at := range p.passed[k] {
				d.Uint(uint64(at))
			}
		}
		if p.paused || p.cut || p.slow != 0 || p.delay != 0 || p.version != "" || len(p.held) > 0 {
			d.Bool(p.paused)
			d.Bool(p.cut)
			d.Uint(uint64(p.slow))
			d.Uint(uint64(p.delay))
			d.Text(p.version)
			d.Uint(uint64(len(p.held)))
		}
		for k := range p.services {
			v := &p.services[k]
			d.Uint(uint64(v.running)<<32 | uint64(len(v.waiting)))
			if len(v.handled) > 0 {
				d.Uint(uint64(len(v.handled)))
				d.Uint(uint64(v.due))
			}
		}
	}
	for i := range s.conns {
		c := &s.conns[i]
		d.Uint(uint64(c.id)<<16 | uint64(c.state)<<8 | uint64(len(c.inbox)))
		d.Uint(uint64(c.waiter))
		d.Uint(uint64(c.polled))
		d.Bool(c.usual)
		d.Bool(c.stale)
	}
	for i := range s.tasks {
		t := &s.tasks[i]
		d.Bool(t.alive)
		d.Uint(uint64(t.timer))
		for k := range t.frames {
			f := &t.frames[k]
			d.Uint(uint64(f.op)<<32 | uint64(uint32(f.pc)))
			d.Uint(uint64(uint32(f.a))<<32 | uint64(uint32(f.b)))
			d.Uint(uint64(uint32(f.c))<<32 | uint64(uint32(f.d)))
			d.Uint(uint64(f.at))
		}
	}
	s.digestWatches(d)
	d.Uint(uint64(len(s.bodies)))
	d.Uint(uint64(s.failed))
}
