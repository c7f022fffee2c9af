package amqp

import (
	"rpcscope/engine/flow"
	"rpcscope/engine/sim"
)

// never is the expiration of what does not expire.
const never = int64(1<<63 - 1)

// conn is a connection: both ends of its link, and what the broker knows of it.
type conn struct {
	id         ConnID
	name       flow.Name // the broker's, "client -> broker"
	clientName flow.Name
	process    flow.Name
	vhostName  flow.Name
	user       flow.Name
	password   flow.Name
	vhost      uint32
	stage      stage
	manual     bool
	trusted    bool // may do all in its virtual host
	clientGone bool
	plain      bool // knows none of RabbitMQ's extensions
	blocked    bool // published while an alarm was raised
	choked     bool // was to get what fits no frame
	latency    sim.Dist
	rand       sim.Rand
	toBroker   ring[Method]
	toClient   ring[Method]
	waiting    ring[Method] // came while the connection was blocked
	lastUp     int64        // arrival of the last method sent to the broker
	lastDown   int64
	dialed     int64 // when the link was made
	heartbeat  int64 // ns, 0 for none
	delay      int64 // ns more on each way
	owedUp     int32 // methods that were due while they were held
	owedDown   int32
	silence    uint32 // counts up whenever the client falls silent or speaks again
	held       hold
	silent     bool
	channels   []uint32 // by number; 0 is closed
	opened     int      // channels
	exclusives int      // queues that go with it
}

// stage is how far a connection has come, as the broker sees it.
type stage uint8

const (
	stageFree stage = iota
	stageNew
	stageStart // expects start-ok
	stageTune  // expects tune-ok
	stageOpening
	stageOpen
	stageClosing // sent connection.close, expects close-ok
	stageGone
)

// channel is an open channel.
type channel struct {
	id        uint32
	conn      uint32
	number    uint16
	confirm   bool
	closing   bool   // sent channel.close, expects close-ok
	watched   bool   // a timer for its oldest delivery waits
	serial    uint32 // of all channels, that timers of earlier ones are told from its own
	published uint64
	delivered uint64
	prefetch  uint32 // for consumers to come
	limit     uint32 // of the whole channel
	held      uint32 // unacknowledged deliveries to consumers that acknowledge
	extra     uint32 // what else counted against limit when it was set, and stays so
	dead      int    // settled elements of unacked
	lastQueue flow.Name
	unacked   ring[unacked]
	consumers []uint32
	blocked   []uint32 // consumers out of turn, in order, while the channel has a limit
	enqueues  []uint32 // quorum queues that it has published to
	tx        *txn     // nil outside transactions
}

// unacked is a delivery that waits for its acknowledgement. They lie in order of tag.
type unacked struct {
	tag      uint64
	entry    entry // msg is 0 once settled
	queue    uint32
	queueGen uint32
	consumer uint32 // 0 for basic.get
	consGen  uint32
	consTag  flow.Name
	since    uint32 // virtual time in ms, its lower half
}

// entry is a message in a queue.
type entry struct {
	expires int64
	msg     uint32 // slot in the store
	order   uint32 // position << 1, redelivered: what is put back goes before all with a greater position. In a quorum queue, where nothing finds back to its place, how often it was returned
}

func (en *entry) seq() uint32       { return en.order >> 1 }
func (en *entry) redelivered() bool { return en.order&1 != 0 }

// before compares positions; they wrap, but no queue is half that long.
func (en *entry) before(o *entry) bool { return int32(en.order&^1-o.order&^1) < 0 }

type exchangeType uint8

const (
	directType exchangeType = iota
	fanoutType
	topicType
	headersType
)

type exchange struct {
	id        uint32
	name      flow.Name
	typeName  flow.Name
	args      flow.Name
	alternate flow.Name
	vhost     uint32
	flags     flow.Flags
	kind      exchangeType
	stamp     uint64
	edition   uint32 // of its bindings
	gone      bool
	out       []uint32 // bindings from here
	in        []uint32 // bindings to here
	topics    trie
}

// queue begins with what every message touches, in four lines of a processor's
// cache with the room for the first few entries; the rest is what few need.
type queue struct {
	stamp    uint64
	id       uint32
	gen      uint32
	name     flow.Name
	vhost    uint32
	nextSeq  uint32
	unacked  uint32
	holder   uint32 // the consumer that has it to itself, or is the single active one
	live     bool
	quorum   bool
	single   bool  // single active consumer
	ranked   bool  // consumers may differ in priority
	top      uint8 // highest priority of messages
	overflow overflow
	below    bool  // a quorum queue that is well below its limit
	armed    bool  // a timer for x-expires waits
	ttl      int64 // ns, never
	timer    int64 // when the next message timer is due, never
	bytes    int64
	maxLen   int64 // never for none
	maxBytes int64
	active   ring[uint32] // consumers in turn, blocked and waiting ones left out
	active0  [2]uint32
	ready    backlog
	ready0   [4]entry

	flags      flow.Flags
	typeName   flow.Name
	args       flow.Name
	owner      ConnID // of an exclusive queue
	hasDLX     bool
	hasDLKey   bool
	dlx        flow.Name
	dlKey      flow.Name
	epoch      uint32 // of the timer for x-expires: older ones are void
	expires    int64  // x-expires in ns, 0 for none
	idleSince  int64  // since when x-expires counts
	maxReturns int64  // delivery limit of a quorum queue, never for none
	consumers  []uint32
	enqueuers  []enqueuer // of a quorum queue, by serial
	in         []uint32
	policy     Table    // the definition that applies
	_          [40]byte // to seven lines of a processor's cache
}

type overflow uint8

const (
	dropHead overflow = iota
	rejectPublish
	rejectPublishDLX
)

type consumer struct {
	id       uint32
	gen      uint32
	tag      flow.Name
	args     flow.Name
	channel  uint32
	queue    uint32
	prefetch uint32
	held     uint32
	priority int32
	flags    flow.Flags
	blocked  bool
	live     bool
	_        [20]byte // to one line of a processor's cache
}

// binding is one binding. Of the bindings of a direct exchange with one key,
// or of one trie node, next and prev make a chain.
type binding struct {
	source        uint32
	dest          uint32
	key           flow.Name
	args          flow.Name
	next, prev    uint32
	node          uint32
	stamp         uint64
	outPos, inPos uint32
	toExchange    bool
	_             [8]byte // to one line of a processor's cache
}

type bindingKey struct {
	source, dest uint32
	key, args    flow.Name
	toExchange   bool
}

func (b *binding) identity() bindingKey {
	return bindingKey{b.source, b.dest, b.key, b.args, b.toExchange}
}

// Limits that no model should come near; what would pass them is refused.
const (
	maxConns    = 1 << 16
	maxChannels = 2047
)
