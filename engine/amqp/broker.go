package amqp

import (
	"strconv"

	"rpcscope/engine/flow"
	"rpcscope/engine/sim"
)

// Broker is one RabbitMQ node. Make it with [New].
type Broker struct {
	names      *flow.Names
	tables     *Tables
	words      *words
	sink       flow.Sink
	events     *sim.Queue
	known      *labels
	address    string
	omit       bool
	maxSize    int64  // of a message's body, bytes
	ackTimeout int64  // ns, 0 for none
	serial     uint32 // of the last channel
	returns    int64  // delivery limit of quorum queues that set none, 0 for none
	epoch      int64  // seconds from 1970 to virtual time zero
	rand       sim.Rand
	now        int64
	ports      uint32
	lastMsg    flow.MsgID
	alarms     Alarm
	stopped    bool
	crashing   bool // connections end by a crash
	conns      slab[conn]
	chans      slab[channel]
	exs        slab[exchange]
	queues     slab[queue]
	cons       slab[consumer]

	vhosts     []vhost
	users      []user
	perms      []permission
	topicPerms []topicPermission
	policies   []policy // the one that goes first comes first

	exNames   index // pair(vhost, name) to exchange
	queNames  index
	direct    index // pair(exchange, key) to the first binding of the chain
	bindings  []binding
	freeBinds []uint32
	bound     map[bindingKey]uint32
	edition   uint32   // counts the changes of bindings
	routes    []routed // by key: what topic exchanges found last, see [Broker.matchTopic]

	store store

	// Scratch, empty between calls.
	ev       flow.Event
	shown    Method
	content  Content
	stamp    uint64
	keys     []flow.Name
	visit    []uint32
	targets  []uint32
	settled  []unacked
	group    []unacked // the other half of sorting settled
	atCommit []atCommit
	dirty    []uint32
	choked   []ConnID
}

// labels are the texts that every broker needs, interned once.
type labels struct {
	ops           [numOps]flow.Name
	types         [4]flow.Name
	slash, host   flow.Name
	deleted       flow.Name
	autoDelete    flow.Name
	expired       flow.Name
	exclusive     flow.Name
	connClosed    flow.Name
	chanClosed    flow.Name
	unroutable    flow.Name
	maxlen        flow.Name
	purged        flow.Name
	queueDeleted  flow.Name
	rejected      flow.Name
	nacked        flow.Name
	recovered     flow.Name
	noRoute       flow.Name
	cycle         flow.Name
	lost          flow.Name
	quorum        flow.Name
	guest         flow.Name
	deliveryLimit flow.Name
	shutdown      flow.Name
	crash         flow.Name
	restart       flow.Name
	policySet     flow.Name
	policyCleared flow.Name
}

func newLabels(n *flow.Names) *labels {
	l := &labels{
		slash: n.Intern("/"), host: n.Intern("127.0.0.1"),
		deleted: n.Intern("deleted"), autoDelete: n.Intern("auto-delete"), expired: n.Intern("expired"), exclusive: n.Intern("exclusive"),
		connClosed: n.Intern("connection closed"), chanClosed: n.Intern("channel closed"),
		unroutable: n.Intern("unroutable"), maxlen: n.Intern("maxlen"), purged: n.Intern("purged"), queueDeleted: n.Intern("queue deleted"),
		rejected: n.Intern("rejected"), nacked: n.Intern("nacked"), recovered: n.Intern("recovered"),
		noRoute: n.Intern("NO_ROUTE"), cycle: n.Intern("dead-letter cycle"), lost: n.Intern("connection lost"),
		quorum: n.Intern("quorum"), guest: n.Intern(Guest), deliveryLimit: n.Intern("delivery_limit"),
		shutdown: n.Intern("shutdown"), crash: n.Intern("crash"), restart: n.Intern("restart"),
		policySet: n.Intern("policy-set"), policyCleared: n.Intern("policy-cleared"),
	}
	for i := range l.ops {
		l.ops[i] = n.Intern(opNames[i])
	}
	for i, t := range exchangeTypes {
		l.types[i] = n.Intern(t)
	}
	return l
}

var exchangeTypes = [4]string{"direct", "fanout", "topic", "headers"}

// New makes a broker with its virtual hosts and their predeclared exchanges.
func New(cfg Config) *Broker {
	b := &Broker{
		names: cfg.Names, tables: NewTables(cfg.Names), words: newWords(cfg.Names),
		sink: cfg.Sink, events: cfg.Queue, known: newLabels(cfg.Names),
		address: cfg.Address, omit: cfg.OmitMethods, rand: cfg.Rand, maxSize: cfg.MaxMessageSize, returns: cfg.DeliveryLimit, ackTimeout: cfg.AckTimeout, epoch: cfg.Epoch,
		bindings: make([]binding, 1), bound: make(map[bindingKey]uint32),
	}
	if b.address == "" {
		b.address = "127.0.0.1:5672"
	}
	if b.maxSize == 0 {
		b.maxSize = 128 << 20
	}
	b.SetUser(Guest, Guest, false)
	b.AddVHost("/")
	for _, name := range cfg.VHosts {
		b.AddVHost(name)
	}
	return b
}

// Tables interns argument and header tables for this broker's methods.
func (b *Broker) Tables() *Tables { return b.tables }

// SetSink changes who gets the flow events from now on.
func (b *Broker) SetSink(s flow.Sink) { b.sink = s }

// ConnName is the broker's name of a connection, "client address -> broker address"; 0 when it is gone.
func (b *Broker) ConnName(c ConnID) flow.Name {
	if cn := b.conn(c); cn != nil {
		return cn.name
	}
	return 0
}

// Depth returns how many messages of a queue are ready and unacknowledged; ok is false when there is no such queue.
func (b *Broker) Depth(vhost, queue flow.Name) (ready, unacked int, ok bool) {
	v := b.findVHost(vhost)
	if v < 0 {
		return 0, 0, false
	}
	q := b.findQueue(uint32(v), queue)
	if q == nil {
		return 0, 0, false
	}
	return q.ready.len(), int(q.unacked), true
}

// conn resolves a handle; nil when it is gone.
//
//go:noinline
func (b *Broker) conn(c ConnID) *conn {
	slot := uint32(c) & (maxConns - 1)
	if slot == 0 || int(slot) >= b.conns.len() {
		return nil
	}
	if cn := b.conns.get(slot); cn.id == c && cn.stage != stageFree {
		return cn
	}
	return nil
}

// newConn takes a slot. The upper half of a handle counts the slot's uses; a
// slot that was used 65535 times is never used again. Nil when none is left.
func (b *Broker) newConn() *conn {
	if len(b.conns.free) == 0 && b.conns.len() >= maxConns {
		return nil
	}
	slot, cn := b.conns.alloc()
	uses := uint32(cn.id)>>16 + 1
	old := *cn
	*cn = conn{id: ConnID(uses<<16 | slot), toBroker: old.toBroker, toClient: old.toClient, waiting: old.waiting, channels: old.channels[:0]}
	cn.stage = stageNew
	cn.toBroker.clear()
	cn.toClient.clear()
	cn.waiting.clear()
	b.ports++
	if b.ports > 25000 {
		b.ports = 1
	}
	return cn
}

func (b *Broker) freeConn(cn *conn) {
	cn.stage = stageFree
	if uint32(cn.id)>>16 < 0xffff {
		b.conns.release(uint32(cn.id) & (maxConns - 1))
	}
}

func (b *Broker) nameConn(host flow.Name) flow.Name {
	if host == 0 {
		host = b.known.host
	}
	return b.names.Intern(b.names.Text(host) + ":" + strconv.Itoa(int(40000+b.ports)) + " -> " + b.address)
}
