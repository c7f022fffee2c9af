package view

func (g *digester) messages() {
	s := g.s
	each(&s.Messages, func(_ Slot, v *Message) {
		if g.join && !s.waits(v) {
			return
		}
		g.add(8, func(h *hasher) {
			h.i(int64(v.ID), v.At, v.Expiration, int64(v.Size), int64(v.Facts), int64(v.Class))
			h.id(v.RPC)
			h.id(v.UniqueID)
			h.n(v.Process, v.Conn, v.VHost, v.Exchange, v.Key, v.Label, v.Props)
			h.b(v.Mandatory, v.Inferred)
			if !g.join {
				h.i(v.Hop.Start, v.Hop.End, v.EndD, int64(v.Alive), int64(v.Stage))
			}
		})
	})
	each(&s.Copies, func(_ Slot, v *Copy) {
		if g.join && v.Place != Ready && v.Place != Unacked {
			return
		}
		g.add(9, func(h *hasher) {
			h.i(int64(s.Messages.At(v.Msg).ID), int64(v.Place), int64(v.Class))
			h.b(v.Redelivered, v.ToExchange, v.Inferred)
			if v.ToExchange {
				h.n(s.Exchanges.At(v.Queue).Name)
			} else {
				h.n(s.Queues.At(v.Queue).Name)
			}
			if !g.join || v.Place != Ready { // where what is ready came back from, nobody else knows
				h.n(v.Holder, s.Consumers.At(v.Consumer).Tag, s.Consumers.At(v.Consumer).Conn)
			}
			if !g.join {
				h.n(s.Exchanges.At(v.Exchange).Name, s.Bindings.At(v.Binding).Key)
				h.i(v.Hop.Start, v.Hop.End, v.SinceD, v.SinceAt, v.DeliveryTag)
				h.b(v.Returning, v.Held)
			}
		})
	})
	each(&s.Drops, func(_ Slot, v *Drop) {
		if g.join {
			return
		}
		g.add(10, func(h *hasher) {
			h.i(v.D, int64(v.Msg), v.Count, int64(v.Class))
			h.id(v.RPC)
			h.n(v.Reason, s.Queues.At(v.Queue).Name, s.Exchanges.At(v.Exchange).Name)
		})
	})
}

// waits reports whether a copy of the message is ready or unacknowledged somewhere.
func (s *State) waits(v *Message) bool {
	for c := v.Copies; c != 0; c = s.Copies.At(c).NextOfMsg {
		if p := s.Copies.At(c).Place; p == Ready || p == Unacked {
			return true
		}
	}
	return false
}

func (g *digester) calls() {
	s := g.s
	each(&s.Calls, func(_ Slot, v *Call) {
		if g.join && v.State != Waiting {
			return
		}
		g.add(11, func(h *hasher) {
			h.id(v.ID)
			h.n(v.Method, v.Target, v.Process, v.Worker, v.ReplyQueue)
			h.i(v.Timeout, v.StartAt, int64(v.State), int64(v.Request))
			h.b(v.Inferred)
			if !g.join {
				h.n(v.Failure)
				h.i(v.StartD, v.EndAt, v.EndD, int64(v.Reply), v.RepliedAt, int64(v.Heartbeats))
				h.b(v.Late, v.replied)
			}
		})
	})
	each(&s.Runs, func(_ Slot, v *Run) {
		if g.skip(v.EndD) {
			return
		}
		g.add(12, func(h *hasher) {
			h.id(v.RPC)
			h.n(v.Process, v.Method, v.Queue, v.Failure)
			h.i(int64(v.Msg), v.StartAt, int64(v.Class))
			h.b(v.Inferred, v.Killed)
			if !g.join {
				h.i(v.StartD, v.EndAt, v.EndD)
			}
		})
	})
	each(&s.Rests, func(_ Slot, v *Rest) {
		if g.join {
			return
		}
		g.add(13, func(h *hasher) {
			h.id(v.ID)
			h.n(v.From, v.To, v.Verb, v.Path, v.Filter, v.Failure)
			h.i(v.StartAt, v.EndAt, v.Ask.Start, v.Ask.End, v.Answer.Start, v.Answer.End, v.Status)
		})
	})
	each(&s.Methods, func(_ Slot, v *Method) {
		if g.join {
			return
		}
		g.add(14, func(h *hasher) {
			h.n(v.Name)
			h.u(v.Count)
			h.i(int64(v.Class))
			for _, n := range v.Trips {
				h.i(int64(n))
			}
		})
	})
}
