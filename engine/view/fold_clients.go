package view

import "rpcscope/engine/flow"

// process finds or makes the process that an event is about, by its name or else by its connection.
func (s *State) process(d int64, e *flow.Event) Slot {
	if e.Process != 0 {
		return s.processNamed(d, e.Process, e)
	}
	if e.Conn == 0 {
		return 0
	}
	if c := s.ix.connection.get(uint64(e.Conn)); c != 0 {
		return s.Connections.At(c).Process
	}
	if c := s.connection(d, e); c != 0 {
		return s.Connections.At(c).Process
	}
	return 0
}

func (s *State) processNamed(d int64, name flow.Name, e *flow.Event) Slot {
	if p := s.ix.process.get(uint64(name)); p != 0 {
		return p
	}
	if s.Processes.Len() >= s.limits.Objects {
		s.Counters.Skipped++
		return 0
	}
	p := s.Processes.add()
	*s.Processes.At(p) = Process{Life: s.born(d, e, false), Name: name, SpokeD: d}
	s.ix.process.put(uint64(name), p)
	return p
}

// spoke notes a sign of life.
func (s *State) spoke(p Slot, d int64) {
	if p == 0 || s.quiet {
		return
	}
	x := s.Processes.At(p)
	x.SpokeD = d
	if x.Condition == Unknown || x.Condition == Silent {
		x.Condition = Up
	}
}

func (s *State) takeRole(p Slot, r Role) {
	if x := s.Processes.At(p); p != 0 && x.Role&r != r {
		x.Role |= r
		s.Shape++
	}
}

func (s *State) processStart(d int64, e *flow.Event) {
	p := s.processNamed(d, e.Process, e)
	if p == 0 {
		return
	}
	x := s.Processes.At(p)
	if s.revive(&x.Life, d, e) {
		x.Running, x.Waiting, x.Conns, x.Blocked = 0, 0, 0, 0
	}
	x.Program, x.Host, x.Pid, x.SpokeD = e.Label, e.Text, e.Value, d
	s.takeAnatomy(x, e.Args)
	x.Condition = Starting
	x.Slow = 0
	if e.Has(flow.Inferred) {
		x.Condition = Unknown
	}
	x.Daemon = e.Key != 0 && e.Key == s.words.daemon
	switch e.Key {
	case s.words.invoker:
		s.takeRole(p, RoleInvoker)
	case s.words.worker:
		s.takeRole(p, RoleWorker)
	case s.words.both:
		s.takeRole(p, RoleBoth)
	}
}

func (s *State) processStop(d int64, e *flow.Event) {
	p := s.ix.process.get(uint64(e.Process))
	if p == 0 {
		return
	}
	x := s.Processes.At(p)
	if x.Died != 0 {
		return
	}
	x.Condition = Stopped
	if e.Label == s.words.killed {
		x.Condition = Killed
	}
	s.die(&x.Life, &s.fade.processes, fadeProcess, p, d, e.Label)
	for i := Slot(1); i < s.Runs.Cap(); i++ {
		if r := s.Runs.At(i); s.Runs.Live(i) && r.Process == e.Process && r.EndD == 0 {
			r.Killed = true
			s.endRun(i, d, e.At, 0)
		}
	}
	for i := Slot(1); i < s.Calls.Cap(); i++ {
		if c := s.Calls.At(i); s.Calls.Live(i) && c.Process == e.Process && c.State == Waiting {
			s.endCall(i, d, e.At, TimedOut)
		}
	}
	s.breakRests(e.Process, d, e.At)
}

func (s *State) freeProcess(p Slot) {
	s.ix.process.del(uint64(s.Processes.At(p).Name))
	for i := Slot(1); i < s.Links.Cap(); i++ {
		if l := s.Links.At(i); s.Links.Live(i) && (l.Process == p || l.Peer == p) {
			s.freeLink(i)
		}
	}
	for i := Slot(1); i < s.Connections.Cap(); i++ {
		if c := s.Connections.At(i); s.Connections.Live(i) && c.Process == p {
			s.ix.connection.del(uint64(c.Name))
			s.Connections.drop(i)
		}
	}
	for i := Slot(1); i < s.Consumers.Cap(); i++ {
		if s.Consumers.Live(i) && s.Consumers.At(i).Process == p {
			s.freeConsumer(i)
		}
	}
	s.Processes.drop(p)
	s.Shape++
}

func (s *State) connection(d int64, e *flow.Event) Slot {
	if c := s.ix.connection.get(uint64(e.Conn)); c != 0 || e.Conn == 0 {
		return c
	}
	if s.Connections.Len() >= s.limits.Objects {
		s.Counters.Skipped++
		return 0
	}
	name := e.Process
	if name == 0 {
		name = e.Conn
	}
	p := s.processNamed(d, name, e)
	c := s.Connections.add()
	*s.Connections.At(c) = Connection{Life: s.born(d, e, e.Kind == flow.ConnectionOpen), VHost: e.VHost, Name: e.Conn, Process: p}
	s.ix.connection.put(uint64(e.Conn), c)
	if p != 0 {
		s.Processes.At(p).Conns++
	}
	return c
}

func (s *State) connectionOpen(d int64, e *flow.Event) {
	c := s.connection(d, e)
	if c == 0 {
		return
	}
	x := s.Connections.At(c)
	if s.revive(&x.Life, d, e) && x.Process != 0 {
		s.Processes.At(x.Process).Conns++
	}
	if e.VHost != 0 {
		x.VHost = e.VHost
	}
	s.adopt(c, d, e)
	s.spoke(x.Process, d)
}

// adopt moves a connection to the process that it turned out to belong to.
func (s *State) adopt(c Slot, d int64, e *flow.Event) {
	x := s.Connections.At(c)
	if e.Process == 0 || x.Process != 0 && s.Processes.At(x.Process).Name == e.Process {
		return
	}
	old := x.Process
	x.Process = s.processNamed(d, e.Process, e)
	if x.Process != 0 {
		s.Processes.At(x.Process).Conns++
	}
	if old == 0 {
		return
	}
	if o := s.Processes.At(old); o.Name == x.Name && o.Died == 0 {
		// The stand-in made of the connection's own name has no further use.
		s.takeRole(x.Process, o.Role)
		s.rehome(old, x.Process)
		s.freeProcess(old)
	} else if o.Conns > 0 {
		o.Conns--
	}
}

func (s *State) rehome(from, to Slot) {
	for i := Slot(1); i < s.Consumers.Cap(); i++ {
		if c := s.Consumers.At(i); s.Consumers.Live(i) && c.Process == from {
			c.Process = to
		}
	}
}

func (s *State) connectionClose(d int64, e *flow.Event) {
	c := s.ix.connection.get(uint64(e.Conn))
	if c == 0 {
		return
	}
	x := s.Connections.At(c)
	if x.Died != 0 {
		return
	}
	s.die(&x.Life, &s.fade.objects, fadeConnection, c, d, e.Text)
	s.cancelAll(d, e, func(k *Consumer) bool { return k.Conn == e.Conn })
	if x.Process == 0 {
		return
	}
	p := s.Processes.At(x.Process)
	p.Conns = max(0, p.Conns-1)
	if x.Blocked {
		x.Blocked, p.Blocked = false, max(0, p.Blocked-1)
	}
	// A process of which nobody announced anything is no more than its connections.
	if p.Conns == 0 && p.Inferred && p.Died == 0 {
		p.Condition = Stopped
		s.die(&p.Life, &s.fade.processes, fadeProcess, x.Process, d, s.words.closed)
	}
}

func (s *State) channel(d int64, e *flow.Event) {
	c := s.connection(d, e)
	if c == 0 {
		return
	}
	x := s.Connections.At(c)
	if e.Kind == flow.ChannelOpen {
		x.Channels++
		return
	}
	x.Channels = max(0, x.Channels-1)
	s.cancelAll(d, e, func(k *Consumer) bool { return k.Conn == e.Conn && k.Channel == e.Channel })
}

// cancelAll ends the consumers that fit, when the source did not do it one by one.
func (s *State) cancelAll(d int64, e *flow.Event, fit func(*Consumer) bool) {
	for i := Slot(1); i < s.Consumers.Cap(); i++ {
		if k := s.Consumers.At(i); s.Consumers.Live(i) && k.Died == 0 && fit(k) {
			s.endConsumer(i, d, e.At, s.words.connection)
		}
	}
}

func (s *State) link(d int64, e *flow.Event, process, exchange, peer Slot) Slot {
	if process == 0 || exchange == 0 && peer == 0 {
		return 0
	}
	key := linkKey(process, exchange, peer)
	if l := s.ix.link.get(key); l != 0 {
		s.revive(&s.Links.At(l).Life, d, e)
		return l
	}
	if s.Links.Len() >= s.limits.Objects {
		s.Counters.Skipped++
		return 0
	}
	l := s.Links.add()
	*s.Links.At(l) = Link{Life: s.born(d, e, true), Process: process, Exchange: exchange, Peer: peer}
	s.ix.link.put(key, l)
	return l
}

func (s *State) freeLink(i Slot) {
	l := s.Links.At(i)
	s.ix.link.del(linkKey(l.Process, l.Exchange, l.Peer))
	s.Links.drop(i)
	s.Shape++
}
