package rpc

import (
	"rpcscope/engine/sim"
)

// watch is an act that waits.
type watch struct {
	act   int32
	count int32
	done  bool
	// came: it has come about, once at least.
	came bool
	// above: the queue was as long as that when it was looked at last.
	above bool
}

// schedule lets an act happen at its time, or when what it waits for comes about.
func (s *System) schedule(i int32) {
	a := &s.acts[i]
	if !a.When.Waits() {
		s.queue.Push(sim.Item{At: max(a.At, s.now), Kind: kindOperator, A: uint32(i)})
		return
	}
	s.watches = append(s.watches, watch{act: i})
	s.levels = s.levels || a.When.Queue != ""
}

// reached says that a process has done something; method is "" where none is
// concerned. It is true when an act happens at once because of it: who calls
// must let that happen before the process goes on.
func (s *System) reached(p int32, d Deed, method string) (now bool) {
	for i := range s.watches {
		w := &s.watches[i]
		a := &s.acts[w.act]
		c := &a.When
		if w.done || c.Has != d || c.Process != s.procs[p].cfg.Name || c.Method != "" && c.Method != method || s.now < c.Since {
			continue
		}
		if s.comes(w, a) && a.After == 0 {
			now = true
		}
	}
	return now
}

// comes counts what an act waits for, and lets it happen when it is time.
func (s *System) comes(w *watch, a *Act) bool {
	w.count++
	if int(w.count) < a.When.Nth {
		return false
	}
	w.count, w.done, w.came = 0, !a.When.Every, true
	s.queue.Push(sim.Item{At: s.now + a.After, Kind: kindOperator, A: uint32(w.act)})
	return true
}

// Unmet are the acts whose conditions have not come about so far, in words.
func (s *System) Unmet() (list []string) {
	for i := range s.watches {
		if w := &s.watches[i]; !w.came {
			a := &s.acts[w.act]
			text := ActNames[a.Kind]
			for _, x := range [...]string{a.Process, a.Queue} {
				if x != "" {
					text += " " + x
				}
			}
			list = append(list, text+", when "+a.When.Words())
		}
	}
	return list
}

// look sees whether a queue has become as long as an act waits for.
func (s *System) look() {
	for i := range s.watches {
		w := &s.watches[i]
		a := &s.acts[w.act]
		c := &a.When
		if w.done || c.Queue == "" || s.now < c.Since {
			continue
		}
		ready, unacked, _ := s.broker.Depth(s.vhost, s.names.Intern(c.Queue))
		above := c.Ready > 0 && ready >= c.Ready || c.Ready == 0 && unacked >= c.Unacked
		if above && !w.above {
			s.comes(w, a)
		}
		w.above = above
	}
}

// digestWatches folds what is waited for into d.
func (s *System) digestWatches(d *sim.Digest) {
	for i := range s.watches {
		w := &s.watches[i]
		d.Uint(uint64(w.act)<<32 | uint64(w.count))
		d.Bool(w.done)
		d.Bool(w.above)
		d.Bool(w.came)
	}
}
