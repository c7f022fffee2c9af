package rpc

// Load is what a system carries: each of these may grow without end.
type Load struct {
	// Pending is how many events are scheduled, Threads how many threads the processes have, those that wait included.
	Pending, Threads int
	// Held is how many messages the broker holds, or the transport without one; Waiting how many more the
	// processes have taken that nobody works on yet.
	Held, Waiting int
	// Connections is how many were ever made: each process that starts again makes its own anew.
	Connections int
}

// MaxBody is how large, in bytes, what a message carries may be: a document is no longer, but arguments that are put
// together of earlier ones may double with each message.
const MaxBody = 8 << 20

// Load looks at all of it. It takes time in proportion to the number of processes.
func (s *System) Load() Load {
	l := Load{Pending: s.queue.Len(), Threads: len(s.tasks) - len(s.idle), Connections: len(s.conns)}
	if s.carrier != nil {
		l.Held = s.carrier.Held()
	} else {
		l.Held = s.broker.Held()
	}
	for i := range s.procs {
		l.Waiting += s.backlog(&s.procs[i])
	}
	return l
}

// backlog is how many messages a process has taken that neither somebody works on nor the broker holds.
func (s *System) backlog(p *proc) (n int) {
	for k := range p.services {
		if s.carrier != nil || p.early(k) {
			n += len(p.services[k].waiting)
		}
	}
	if s.carrier != nil {
		n += len(p.held)
	}
	return n
}

// Written is how many bytes of messages were written so far.
func (s *System) Written() int64 { return s.written }

// Swollen is the method or event of a message that was larger than [MaxBody], "" when none was.
func (s *System) Swollen() string { return s.swollen }

// Busiest is the process with the most threads, those that wait included.
func (s *System) Busiest() (process string, threads int) {
	count := make([]int, len(s.procs))
	for i := range s.tasks {
		if t := &s.tasks[i]; t.alive && t.proc >= 0 {
			if count[t.proc]++; count[t.proc] > threads {
				process, threads = s.procs[t.proc].cfg.Name, count[t.proc]
			}
		}
	}
	return process, threads
}

// Fullest is the process in which the most messages wait for somebody to work on them.
func (s *System) Fullest() (process string, messages int) {
	for i := range s.procs {
		if n := s.backlog(&s.procs[i]); n > messages {
			process, messages = s.procs[i].cfg.Name, n
		}
	}
	return process, messages
}

// bound takes out what a body says where that is too large to be written.
func (s *System) bound(b *body) {
	left := MaxBody
	if b.args.fits(&left) && b.ctx.fits(&left) && b.result.fits(&left) {
		return
	}
	s.swollen = b.method
	if s.swollen == "" {
		s.swollen = "answer"
	}
	b.args, b.ctx, b.result = Value{Kind: Object}, Value{Kind: Object}, Value{}
}

// fits reports whether v, written, may take no more than left bytes, and counts them down; it looks at no more than that.
func (v *Value) fits(left *int) bool {
	*left -= len(v.Text) + 4
	for i := range v.Keys {
		*left -= len(v.Keys[i]) + 4
	}
	for i := range v.Items {
		if *left < 0 || !v.Items[i].fits(left) {
			return false
		}
	}
	return *left >= 0
}
