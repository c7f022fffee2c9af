package rpc

import (
	"maps"
	"slices"

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
	kindBroker                           // the broker's node starts again
	kindBeats                            // A: process, B: which cut of its link
	kindPoll                             // A: connection of a listener
	kindAwake                            // A: process that was busy
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
	// acts are the operator's, those of the configuration first; watches are those that wait for something.
	acts     []Act
	watches  []watch
	levels   bool   // some wait for the level of a queue
	channels uint32 // opened so far
	// failed are exceptions that nobody handled: threads' own. They end nothing.
	failed int
	// written is how many bytes of messages were written; swollen names a message that grew too large.
	written int64
	swollen string
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
	s.acts = slices.Clip(cfg.Operator)
	for i := range s.acts {
		s.schedule(int32(i))
	}
	return s
}

// Now is the virtual time in nanoseconds of what happened last.
func (s *System) Now() int64 { return s.now }

// NextAt is when something will happen next; ok is false when nothing will.
func (s *System) NextAt() (int64, bool) { return s.queue.NextAt() }

// Broker is the broker that the system's processes talk to.
func (s *System) Broker() *amqp.Broker { return s.broker }

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
	s.run1(&it)
	if s.levels {
		s.look()
	}
	return true
}

// run1 runs one event.
func (s *System) run1(it *sim.Item) {
	if s.broker.Dispatch(it, s) || s.carrier != nil && s.carrier.Dispatch(it, s) {
		return
	}
	switch it.Kind {
	case kindTimer:
		if k := &s.tasks[it.A]; k.alive && k.timer == it.B {
			if p := &s.procs[k.proc]; p.stuck(s.now, int32(it.A)) {
				s.queue.Push(sim.Item{At: p.busy, Kind: kindTimer, A: it.A, B: it.B})
				return
			}
			s.wake(int32(it.A), input{timer: true})
		}
	case kindIncoming, kindLate, kindPoll:
		p := &s.procs[s.conns[it.A].proc]
		switch {
		case p.paused:
			p.held = append(p.held, late{kind: it.Kind, conn: it.A})
		case it.Kind == kindLate:
			s.overdue(int32(it.A))
		case p.stuck(s.now, -1):
			s.queue.Push(sim.Item{At: p.busy, Kind: it.Kind, A: it.A})
		case it.Kind == kindPoll:
			s.poll(int32(it.A))
		default:
			s.incoming(int32(it.A))
		}
	case kindTransport:
		s.announce()
	case kindOperator:
		s.carryOut(&s.acts[it.A])
	case kindBroker:
		s.broker.Start(s.now)
	case kindAwake:
		s.reach(int32(it.A))
	case kindBeats:
		s.beatsMissed(int32(it.A), it.B)
	}
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
	c.acts = slices.Clip(s.acts)
	c.watches = append([]watch(nil), s.watches...)
	c.scratch = nil
	return &c
}
