package view

import "rpcscope/engine/flow"

// How long the fold keeps what is over, in nanoseconds of display time.
const (
	// LingerObject is for connections, exchanges, queues, bindings, consumers, links.
	LingerObject = 1_000_000_000
	// LingerProcess is for processes, whose state dot says how they ended.
	LingerProcess = 4_000_000_000
	// LingerCopy is for acknowledged copies.
	LingerCopy = 400_000_000
	// LingerDrop is for losses.
	LingerDrop = 2_000_000_000
	// LingerCall is for calls and runs that ended.
	LingerCall = 3_000_000_000
)

// Limits bound the tables. What comes beyond is counted in Counters.Skipped and otherwise ignored.
type Limits struct {
	Objects, Messages, Copies, Calls, Drops int
}

// DefaultLimits fit a busy cloud and about 20 MB.
func DefaultLimits() Limits {
	return Limits{Objects: 20_000, Messages: 50_000, Copies: 100_000, Calls: 20_000, Drops: 64}
}

// State is what exists and what is in flight. Make one with [New].
type State struct {
	// D and At are the display and the stream time of the last event; At never falls.
	D, At int64
	// Recent is the RPC, RecentMsg the message, that was published last (heartbeats and replies do not count).
	Recent    flow.ID
	RecentMsg flow.MsgID

	Processes   Table[Process]
	Connections Table[Connection]
	Exchanges   Table[Exchange]
	Queues      Table[Queue]
	Bindings    Table[Binding]
	Consumers   Table[Consumer]
	Links       Table[Link]
	Messages    Table[Message]
	Copies      Table[Copy]
	Calls       Table[Call]
	Runs        Table[Run]
	Rests       Table[Rest]
	Drops       Table[Drop]
	Methods     Table[Method]

	Counters Counters
	// Node is how the broker itself fares.
	Node Node

	// Carrier is the transport, How the way it is set up ("direct", "proxy"…); Records are the matchmaker's.
	Carrier Carrier
	How     flow.Name
	Records []Record

	// Shape changes whenever a node or an edge comes, goes or changes its side or form: layout need not run while it stands.
	Shape uint64

	names  *flow.Names
	limits Limits
	words  words
	seq    uint32
	ix     indexes
	fade   fades
	// requests, dispatches: the stream tells of callers, or of workers, itself; nothing need be concluded for them.
	requests, dispatches bool
	// quiet: the event being folded is part of a snapshot, and no sign of life.
	quiet bool
}

// Method sums up the calls of one method, for the table of methods.
type Method struct {
	Name  flow.Name
	Count uint64
	// Trips counts round trips by size: bucket i holds those below 2^(i/2) µs.
	Trips [56]uint32
	Class flow.Class
}

// RefKind says of which table a [Ref] speaks.
type RefKind uint8

// The kinds of reference.
const (
	RefNone RefKind = iota
	RefProcess
	RefExchange
	RefQueue
	RefBinding
	RefConsumer
	RefLink
	RefMessage
	RefCopy
	RefCall
	RefRest
	// RefBroker is the broker itself; it has no slot.
	RefBroker
)

// Ref points to one record of a State.
type Ref struct {
	Kind RefKind
	Slot Slot
}

// Focus is what a person looks at; the scene draws it loud.
type Focus struct {
	// Selected and Hovered things.
	Selected, Hovered Ref
	// Msg and RPC light up wherever they are; zero for none.
	Msg flow.MsgID
	RPC flow.ID
	// Path lists the nodes and edges (processes, exchanges, queues, bindings,
	// consumers, links) on the way of the selected, else the most recent RPC.
	// Done is how many of them, in order, were passed by now.
	Path []Ref
	Done int
	// Class colours the path; Back says that the part from that index on belongs to the reply.
	Class flow.Class
	Back  int
}

// Tells reports whether the stream itself says what callers do; a broker's trace does not.
func (s *State) Tells() bool { return s.requests }
