package diff

import (
	"errors"
	"strconv"

	"rpcscope/engine/flow"
)

// MaxEvents bounds the events of one side: each takes some 200 bytes of memory.
const MaxEvents = 1 << 22

// ErrTooLong is the error of a stream of more than [MaxEvents] events.
var ErrTooLong = errors.New("the stream has more than " + strconv.Itoa(MaxEvents) + " events")

// Level is what two streams are compared by: the most that both can say.
type Level uint8

// The levels. Each is one bit of a line's mask.
const (
	// Messages: what a firehose and a capture of frames both say: who
	// published what to where, in which order on each channel; who got it, from
	// which queue, in which order on each channel; which connections and channels were opened.
	Messages Level = 1 << iota
	// Broker is Messages and what the broker told of its exchanges, queues,
	// bindings, consumers and routes: a firehose's import against another or a simulation.
	Broker
	// Methods: all AMQP methods of each connection, the content of the
	// messages, acknowledgements, confirms and returns: at least one is an import of frames.
	Methods
	// Everything: both are simulations, which also say what programs and the broker do inside.
	Everything
)

// String returns the level's name, such as "methods".
func (l Level) String() string {
	switch l {
	case Messages:
		return "messages"
	case Broker:
		return "broker"
	case Methods:
		return "methods"
	}
	return "everything"
}

// Words says what is compared at the level.
func (l Level) Words() string {
	switch l {
	case Messages:
		return "messages: publishes and deliveries of each channel, connections and channels (one side knows no AMQP methods, the other not what the broker did)"
	case Broker:
		return "broker: publishes, routes and deliveries, exchanges, queues, bindings, consumers and connections (one side knows no AMQP methods)"
	case Methods:
		return "methods: all AMQP methods of each connection, and the content of messages (one side knows no more)"
	}
	return "everything: AMQP methods, the broker's objects and messages, calls and processes"
}

// cat says to which lane of its actor a line belongs.
type cat uint8

const (
	catDialogue cat = iota // what a channel says and hears in turn
	catAnswer              // confirms and returns: apart from the dialogue when the client does not wait for them
	catDelivery
	catSettle // acknowledgements
	catLife   // the broker's word on connection and channels
	catConsumer
	catOther
)

// line is something that an actor did, or that happened to it.
type line struct {
	at      int64
	text    uint32 // template
	ids     uint32 // where its ids begin
	channel uint16
	n       uint8 // how many ids
	mask    Level
	cat     cat
	lane    uint32 // template that tells lanes of a category apart
	says    bool   // a method that the client sends
	second  bool   // restates what another line said: one record of the source gave both
}

// actor is who, or what, lines are about.
type actor struct {
	lines []line
}

type proc struct {
	actor
	name, program flow.Name
	pid           int64
	number        int
	conns         []int
}

type conn struct {
	actor
	name      flow.Name
	proc      int // −1 unknown
	number    int // within its process, from 1
	closed    bool
	confirms  bool
	pipelined bool // it published again before a confirm had come
	pending   int
	sends     bool
	receives  bool
}

// thing is an object of the broker, or a message in a queue, or a call at a process.
type thing struct {
	actor
	kind  uint8
	ids   []uint32 // of its key, in order
	text  string   // of its key, ids taken out
	title pattern
	token uint32 // the message or call concerned, or anyID
}

// The kinds of things.
const (
	thingExchange uint8 = iota + 1
	thingQueue
	thingMessage
	thingCall
	thingPeer
)

type thingKey struct {
	kind  uint8
	token uint32
	vhost flow.Name
	name  flow.Name
	proc  int
}

// Stream collects one side. It is a [flow.Sink].
type Stream struct {
	names  *flow.Names
	events uint64
	tooBig bool
	lost   map[flow.Name]int64

	methods, program bool
	// messages, clients and objects: it told of such at all.
	messages, clients, objects bool

	patterns  map[flow.Name]pattern
	ids       []idKey
	idOf      map[idKey]uint32
	texts     []string
	textOf    map[string]uint32
	lineIDs   []uint32
	procs     []*proc
	procOf    map[flow.Name]int
	conns     []*conn
	connOf    map[connKey]int
	things    []*thing
	thingOf   map[thingKey]int
	buf       []byte
	collected []uint32
}

// New returns an empty side over events whose names belong to names.
func New(names *flow.Names) *Stream {
	return &Stream{
		names: names, lost: map[flow.Name]int64{}, patterns: map[flow.Name]pattern{}, idOf: map[idKey]uint32{},
		textOf: map[string]uint32{}, procOf: map[flow.Name]int{}, connOf: map[connKey]int{}, thingOf: map[thingKey]int{},
	}
}

// Err returns [ErrTooLong] when events had to be left out.
func (s *Stream) Err() error {
	if s.tooBig {
		return ErrTooLong
	}
	return nil
}

// Lost returns how many records the source lost.
func (s *Stream) Lost() (n int64) {
	for _, v := range s.lost {
		n += v
	}
	return n
}

func (s *Stream) proc(n flow.Name) *proc {
	i, ok := s.procOf[n]
	if !ok {
		i = len(s.procs)
		s.procs = append(s.procs, &proc{name: n, number: i})
		s.procOf[n] = i
	}
	return s.procs[i]
}

// titleIn is how a process is called in words.
func (p *proc) titleIn(s *Stream) string {
	name, program := s.names.Text(p.name), s.names.Text(p.program)
	switch {
	case name == "":
		return "an unknown client"
	case program == "" || len(name) > len(program) && name[:len(program)] == program:
		return name
	}
	out := name + " (" + program
	if p.pid > 0 {
		out += ":" + strconv.FormatInt(p.pid, 10)
	}
	return out + ")"
}

// connKey is a connection's name; of what goes without one, the process: peers by ZeroMQ have only sockets.
type connKey struct{ conn, process flow.Name }

func keyOf(n, process flow.Name) connKey {
	if n != 0 {
		process = 0
	}
	return connKey{n, process}
}

func (s *Stream) conn(n, process flow.Name) *conn {
	k := keyOf(n, process)
	i, ok := s.connOf[k]
	if !ok {
		i = len(s.conns)
		s.conns = append(s.conns, &conn{name: n, proc: -1})
		s.connOf[k] = i
	}
	c := s.conns[i]
	if c.proc < 0 && process != 0 {
		p := s.proc(process)
		c.proc = p.number
		p.conns = append(p.conns, i)
		c.number = len(p.conns)
	}
	return c
}

// reopened starts another connection under a name that was used before.
func (s *Stream) reopened(n flow.Name) {
	if i, ok := s.connOf[connKey{conn: n}]; ok && s.conns[i].closed {
		delete(s.connOf, connKey{conn: n})
	}
}

func (s *Stream) thing(k thingKey, name flow.Name) *thing {
	i, ok := s.thingOf[k]
	if !ok {
		i = len(s.things)
		t := &thing{kind: k.kind, token: k.token, title: s.pattern(name)}
		t.text = t.title.text
		if k.token != anyID {
			t.ids = append(t.ids, k.token)
		}
		t.ids = append(t.ids, t.title.ids...)
		if k.vhost != 0 {
			t.ids = append(t.ids, s.id(idVHost, uint64(k.vhost), 0))
		}
		if k.proc >= 0 {
			t.ids = append(t.ids, s.id(idProcess, uint64(k.proc), 0))
		}
		s.things = append(s.things, t)
		s.thingOf[k] = i
	}
	return s.things[i]
}

// level is the most that two streams can both say.
func level(a, b *Stream) Level {
	if a.events == 0 {
		a = b
	}
	if b.events == 0 {
		b = a
	}
	switch {
	case a.program && b.program && a.methods == b.methods: // without methods: simulations of Qpid or ZeroMQ
		return Everything
	case a.methods && b.methods:
		return Methods
	case a.methods && !a.program || b.methods && !b.program:
		return Messages
	}
	return Broker
}
