package rpc

import (
	"maps"

	"rpcscope/engine/amqp"
	"rpcscope/engine/flow"
	"rpcscope/engine/sim"
	"rpcscope/engine/transport"
)

// The kinds of [sim.Item] of this package.
const (
	kindTimer    = amqp.KindLimit + iota // A: task, B: its timer generation
	kindIncoming                         // A: connection
	kindLate                             // A: connection
	kindOperator                         // A: index of the act
)

// System is one run of a [Config]. Make it with [New]; it is not safe for concurrent use.
type System struct {
	cfg    *Config
	names  *flow.Names
	sink   flow.Sink
	queue  *sim.Queue
	broker *amqp.Broker
	// carrier is the transport instead of the broker, nil for RabbitMQ.
	carrier transport.Carrier
	// seeds is the root of the random streams: what one part draws never shifts another.
	seeds              sim.Rand
	ids, times, places sim.Rand
	now                int64
	vhost              flow.Name
	procs              []proc
	conns              []conn
	byID               map[amqp.ConnID]int32 // index into conns; looked up, never ranged over
	tasks              []task
	idle               []int32          // tasks that ended, for reuse
	calls              map[flow.ID]call // looked up, never ranged over
	bodies             []*body
	spare              []int32 // places in bodies that are free
	sweepAt            int
	words              words
	scratch            []byte
	// failed are exceptions that nobody handled: threads' own. They end nothing.
	failed int
}

// New makes a system at time zero with nothing started yet.
func New(cfg *Config, seed uint64, names *flow.Names, sink flow.Sink) *System {
	root := sim.NewRand(seed)
	s := &System{
		cfg: cfg, names: names, sink: sink, queue: &sim.Queue{}, seeds: root,
		ids: root.Stream("ids"), times: root.Stream("times"), places: root.Stream("places"),
		vhost: names.Intern(cfg.VHost), byID: map[amqp.ConnID]int32{}, calls: map[flow.ID]call{}, sweepAt: sweepLeast,
	}
	s.words = internWords(names)
	vhosts := []string{}
	if cfg.VHost != "/" {
		vhosts = append(vhosts, cfg.VHost)
	}
	s.broker = amqp.New(amqp.Config{Names: names, Sink: sink, Queue: s.queue, VHosts: vhosts})
	s.carry(root)
	for i := range cfg.Processes {
		s.procs = append(s.procs, newProc(&cfg.Processes[i], names))
		t := s.spawn(int32(i), frame{op: opStart})
		s.sleep(t, cfg.Processes[i].StartAt)
	}
	for i := range cfg.Operator {
		s.queue.Push(sim.Item{At: cfg.Operator[i].At, Kind: kindOperator, A: uint32(i)})
	}
	return s
}

// Now is the virtual time in nanoseconds of what happened last.
func (s *System) Now() int64 { return s.now }

// NextAt is when something will happen next; ok is false when nothing will.
func (s *System) NextAt() (int64, bool) { return s.queue.NextAt() }

// Broker is the broker that the system's processes talk to.
func (s *System) Broker() *amqp.Broker { return s.broker }

// Pending is how many events are scheduled.
func (s *System) Pending() int { return s.queue.Len() }

// Threads is how many threads the processes have, those that wait included.
func (s *System) Threads() int { return len(s.tasks) - len(s.idle) }

// SetSink changes who gets the flow events from now on.
func (s *System) SetSink(sink flow.Sink) {
	s.sink = sink
	s.broker.SetSink(sink)
	if s.carrier != nil {
		s.carrier.SetSink(sink)
	}
}

// Step runs the next event if it is due at or before t; it reports whether there was one.
func (s *System) Step(t int64) bool {
	it, ok := s.queue.PopUntil(t)
	if !ok {
		return false
	}
	s.now = it.At
	if s.broker.Dispatch(&it, s) || s.carrier != nil && s.carrier.Dispatch(&it, s) {
		return true
	}
	switch it.Kind {
	case kindTimer:
		if k := &s.tasks[it.A]; k.alive && k.timer == it.B {
			if p := &s.procs[k.proc]; p.stuck(s.now, int32(it.A)) {
				s.queue.Push(sim.Item{At: p.busy, Kind: kindTimer, A: it.A, B: it.B})
				return true
			}
			s.wake(int32(it.A), input{timer: true})
		}
	case kindIncoming:
		if p := &s.procs[s.conns[it.A].proc]; p.stuck(s.now, -1) {
			s.queue.Push(sim.Item{At: p.busy, Kind: kindIncoming, A: it.A})
			return true
		}
		s.incoming(int32(it.A))
	case kindTransport:
		s.announce()
	case kindLate:
		s.overdue(int32(it.A))
	case kindOperator:
		s.Act(s.cfg.Operator[it.A])
	}
	return true
}

// Advance sets the clock to t when nothing is due before it.
func (s *System) Advance(t int64) {
	if at, ok := s.queue.NextAt(); t > s.now && (!ok || at >= t) {
		s.now = t
	}
}

// Clone returns an independent copy that reports to sink. Names are shared and only grow.
func (s *System) Clone(sink flow.Sink) *System {
	c := *s
	c.sink = sink
	c.queue = s.queue.Clone()
	c.broker = s.broker.Clone(c.queue, sink)
	if s.carrier != nil {
		c.carrier = s.carrier.Clone(c.queue, sink)
	}
	c.procs = make([]proc, len(s.procs))
	for i := range s.procs {
		c.procs[i] = s.procs[i].clone()
	}
	c.conns = make([]conn, len(s.conns))
	for i := range s.conns {
		c.conns[i] = s.conns[i].clone()
	}
	c.tasks = make([]task, len(s.tasks))
	for i := range s.tasks {
		c.tasks[i] = s.tasks[i]
		c.tasks[i].frames = append([]frame(nil), s.tasks[i].frames...)
	}
	c.byID = maps.Clone(s.byID)
	c.idle = append([]int32(nil), s.idle...)
	c.calls = maps.Clone(s.calls)
	c.bodies = append([]*body(nil), s.bodies...)
	c.spare = append([]int32(nil), s.spare...)
	c.scratch = nil
	return &c
}
