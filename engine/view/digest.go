package view

import "rpcscope/engine/flow"

// Digest is a fingerprint of everything in the State, by texts rather than by
// names and by identity rather than by slot: two folds that came to the same
// picture on different tables of names have the same digest.
func (s *State) Digest() uint64 { return s.digest(false) }

// JoinDigest is a fingerprint of what a viewer who joins can know: what exists
// and where messages and calls stand, but not when it was born, what passed
// before, or what fades.
func (s *State) JoinDigest() uint64 { return s.digest(true) }

// hasher mixes the fields of one record. The records' hashes are added up, so that no order matters.
type hasher struct {
	h     uint64
	names *flow.Names
}

//go:noinline
func (h *hasher) u(v uint64) { h.h = (h.h ^ mix(v+0x9e3779b97f4a7c15)) * 1099511628211 }

//go:noinline
func (h *hasher) i(vs ...int64) {
	for _, v := range vs {
		h.u(uint64(v))
	}
}

//go:noinline
func (h *hasher) b(vs ...bool) {
	for _, v := range vs {
		if v {
			h.u(1)
		} else {
			h.u(2)
		}
	}
}

//go:noinline
func (h *hasher) n(ns ...flow.Name) {
	for _, n := range ns {
		t := h.names.Text(n)
		x := uint64(14695981039346656037)
		for i := range len(t) {
			x = (x ^ uint64(t[i])) * 1099511628211
		}
		h.u(x)
	}
}

//go:noinline
func (h *hasher) id(id flow.ID) { h.u(idKey(id)) }

func (h *hasher) life(l *Life, join bool) {
	h.b(l.Inferred)
	if !join {
		h.i(l.Born, l.Died, int64(l.Seq))
		h.n(l.Reason)
	}
}

func (h *hasher) traffic(t *Traffic, join bool) {
	if !join {
		h.u(t.Count)
		h.i(t.LastD, int64(t.LastMsg), t.WinAt, int64(t.Win), int64(t.Prev), int64(t.Class))
		h.id(t.LastRPC)
	}
}

type digester struct {
	s    *State
	join bool
	sum  uint64
}

func (g *digester) add(table uint64, fill func(h *hasher)) {
	h := hasher{names: g.s.names}
	h.u(table)
	fill(&h)
	g.sum += mix(h.h)
}

// skip leaves out what has gone, for a joiner.
func (g *digester) skip(died int64) bool { return g.join && died != 0 }

func (s *State) digest(join bool) uint64 {
	g := &digester{s: s, join: join}
	g.objects()
	g.edges()
	g.messages()
	g.calls()
	if s.Carrier != CarrierRabbit {
		g.add(101, func(h *hasher) {
			h.i(int64(s.Carrier))
			h.n(s.How)
			for _, r := range s.Records {
				h.n(r.Key, r.Value, r.Owner)
				h.i(r.Until)
			}
		})
	}
	g.add(102, func(h *hasher) {
		h.b(s.Node.Down)
		h.i(int64(s.Node.Alarms))
	})
	if join {
		return g.sum
	}
	g.add(100, func(h *hasher) {
		h.i(s.D, s.At, int64(s.RecentMsg), int64(s.seq))
		h.id(s.Recent)
		h.b(s.requests, s.dispatches)
		c := &s.Counters
		for i := range c.Published {
			h.i(int64(c.Published[i]), int64(c.Delivered[i]))
		}
		for _, v := range []uint64{
			c.Events, c.Skipped, c.Calls, c.AnsweredOK, c.AnsweredError, c.Late, c.Heartbeats,
			c.Unrouted, c.Returned, c.Redelivered, c.Lost, c.Asked, c.Granted, c.Refused, c.NoResponse,
		} {
			h.u(v)
		}
		for _, r := range s.rings() {
			h.i(int64(r.n))
			for i := range r.n {
				h.i(r.at(i).since, int64(r.at(i).table))
			}
		}
	})
	return g.sum
}

func (g *digester) objects() {
	s := g.s
	each(&s.Processes, func(_ Slot, v *Process) {
		if g.skip(v.Died) {
			return
		}
		g.add(1, func(h *hasher) {
			h.life(&v.Life, g.join)
			h.n(v.Name, v.Program, v.Host, v.Anatomy)
			h.i(v.Pid, int64(v.Running), int64(v.Waiting), int64(v.Conns), int64(v.Role))
			h.i(v.Slow, v.Delay, int64(v.Blocked))
			h.b(v.Cut, v.Condition == Paused)
			if !g.join {
				h.i(v.SpokeD, int64(v.Condition), int64(v.Others))
				for i := range v.Callers {
					h.n(v.Callers[i].Name)
					h.i(int64(v.Callers[i].Count))
				}
			}
		})
	})
	each(&s.Connections, func(_ Slot, v *Connection) {
		if g.skip(v.Died) {
			return
		}
		g.add(2, func(h *hasher) {
			h.life(&v.Life, g.join)
			h.n(v.VHost, v.Name, s.Processes.At(v.Process).Name)
			h.i(int64(v.Channels))
			h.b(v.Blocked)
		})
	})
	each(&s.Exchanges, func(_ Slot, v *Exchange) {
		if g.skip(v.Died) {
			return
		}
		g.add(3, func(h *hasher) {
			h.life(&v.Life, g.join)
			h.n(v.VHost, v.Name, v.Type)
			h.i(int64(v.Form), int64(v.Flags), int64(v.Bindings))
			h.traffic(&v.In, g.join)
		})
	})
	each(&s.Queues, func(_ Slot, v *Queue) {
		if !g.skip(v.Died) {
			g.add(4, func(h *hasher) { g.queue(h, v) })
		}
	})
}

func (g *digester) queue(h *hasher, v *Queue) {
	s := g.s
	h.life(&v.Life, g.join)
	h.n(v.VHost, v.Name, v.Type, v.Args, v.Owner)
	h.i(int64(v.Flags), v.Expires, v.IdleAt, v.MaxLen, v.PolicyLen, v.Ready, v.Unacked, v.Listed, v.UnackedListed)
	h.i(int64(v.Consumers), int64(v.Bindings))
	if !g.join {
		h.b(v.Reply, v.Fanout)
		for _, n := range v.ByClass {
			h.i(int64(n))
		}
		h.i(v.IdleD)
	}
	h.traffic(&v.In, g.join)
	h.traffic(&v.Out, g.join)
	for c := v.ReadyHead; c != 0; c = s.Copies.At(c).Next {
		h.u(uint64(s.Messages.At(s.Copies.At(c).Msg).ID))
	}
	h.u(7)
	for c := v.UnackedHead; c != 0; c = s.Copies.At(c).Next {
		h.u(uint64(s.Messages.At(s.Copies.At(c).Msg).ID))
	}
}

func (g *digester) edges() {
	s := g.s
	each(&s.Bindings, func(_ Slot, v *Binding) {
		if g.skip(v.Died) {
			return
		}
		g.add(5, func(h *hasher) {
			h.life(&v.Life, g.join)
			h.n(s.Exchanges.At(v.Exchange).VHost, s.Exchanges.At(v.Exchange).Name, v.Key, v.Args)
			if v.ToExchange {
				h.n(s.Exchanges.At(v.Queue).Name)
			} else {
				h.n(s.Queues.At(v.Queue).Name)
			}
			h.b(v.ToExchange, v.Implicit)
			h.traffic(&v.Out, g.join)
		})
	})
	each(&s.Consumers, func(_ Slot, v *Consumer) {
		if g.skip(v.Died) {
			return
		}
		g.add(6, func(h *hasher) {
			h.life(&v.Life, g.join)
			h.n(s.Queues.At(v.Queue).Name, s.Processes.At(v.Process).Name, v.Conn, v.Tag)
			h.i(v.Prefetch, int64(v.Unacked), int64(v.Channel))
			h.b(v.NoAck, v.Exclusive)
			h.traffic(&v.Out, g.join)
		})
	})
	each(&s.Links, func(_ Slot, v *Link) {
		if g.join {
			return
		}
		g.add(7, func(h *hasher) {
			h.life(&v.Life, g.join)
			h.n(s.Processes.At(v.Process).Name, s.Exchanges.At(v.Exchange).Name, s.Processes.At(v.Peer).Name)
			h.traffic(&v.Out, g.join)
		})
	})
}
