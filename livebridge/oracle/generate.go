package oracle

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"

	"rpcscope/engine/amqp"
	"rpcscope/engine/flow"
)

// Times that programs use, in milliseconds. What is short passes during a
// wait, what is long never does. A short time is long enough for the few
// operations that may stand between its start and the wait.
const (
	shortTTL    = 60
	longTTL     = 3_600_000
	shortExpiry = 300
	slack       = 40
)

// generator builds one program, with the model at its side: it knows what
// exists, so that most operations make sense.
type generator struct {
	rng    *rand.Rand
	p      Program
	m      *model
	themes []theme
	sent   int
	tags   int
	safe   int // length of the program up to which no clock runs
	burst  int // operations since a clock began to run

	// What the events told; see [generator.see].
	sources   map[queueName]map[string]bool // whence messages came into queues in this step, and those before it since a clock began to run
	died      map[flow.MsgID]string         // where those died that did in this step
	ways      map[flow.MsgID]int            // bindings that took those that did not
	consumers map[consumerKey]string
	users     map[byte]string
	from      map[delivery]queueName   // the queue that each delivery came from
	closing   bool                     // a channel or connection ended in this step
	quorum    map[queueName]bool       // whether queues that there are, or were, are quorum queues
	reborn    bool                     // a queue came back while deliveries of its predecessor were unsettled, or as one of another type
	step      map[place]map[uint64]int // when each unsettled delivery came
	split     bool                     // the operation settled a part of what came in one step
}

type delivery struct {
	at  place
	tag uint64
}

type consumerKey struct {
	at  place
	tag string
}

// theme is what a program dwells upon.
type theme uint8

const (
	themeTTL theme = iota
	themeExpires
	themeDeadLetter
	themeLimit
	themeBindings
	themeHeaders
	themeAlternate
	themeAcks
	themePrefetch
	themeLifetime
	themeErrors
	themeConfirms
	themeCopies
	themeTopic
	themePriority
	themeConsumers
	themeQuorum
	themePolicy
	themeRights
	themeTx
	numThemes
)

// Generate builds the program of a seed: the same for the same seed, generator and model.
func Generate(seed uint64) Program {
	g := &generator{rng: rand.New(rand.NewPCG(seed, 0x6f7261636c65))}
	g.restart(nil)
	for range 3 + g.rng.IntN(3) {
		g.themes = append(g.themes, theme(g.rng.IntN(int(numThemes))))
	}
	g.openChannels()
	for range 4 + g.rng.IntN(6) {
		g.topologyOp()
	}
	// Programs of 40 to 79 operations; some attempts come to nothing.
	for want, tries := 40+g.rng.IntN(40), 0; len(g.p) < want && tries < 3*want; tries++ {
		if g.chance(35) {
			pick(g, motifs)(g)
		} else {
			g.trafficOp()
		}
	}
	g.rest()
	if g.endsBadly() {
		for _, l := range sortedLetters(g.m.session) {
			for _, n := range g.m.conns[l].numbers() {
				if o := g.op(place{l, n}, amqp.OpBasicAck); len(g.m.conns[l].chans[n].unacked) > 0 {
					o.Flags = flow.Multiple // all that it holds
					g.do(o)
				}
			}
		}
		g.rest()
	}
	for p := g.p[:g.safe]; ; p = p[:len(p)-1] {
		if Sound(p) {
			return p
		}
	}
}

func (g *generator) has(t theme) bool        { return slices.Contains(g.themes, t) }
func (g *generator) chance(percent int) bool { return g.rng.IntN(100) < percent }

func pick[T any](g *generator, from []T) T { return from[g.rng.IntN(len(from))] }

// restart begins again with a model that has run p.
func (g *generator) restart(p Program) {
	g.p, g.safe, g.burst = nil, 0, 0
	g.m = newModel()
	g.users, g.from, g.reborn = map[byte]string{}, map[delivery]queueName{}, false
	g.step, g.consumers, g.quorum = map[place]map[uint64]int{}, map[consumerKey]string{}, map[queueName]bool{}
	g.m.watch = g.see
	for _, o := range p {
		g.newStep()
		g.apply(o)
	}
}

func (g *generator) newStep() {
	g.closing = false
	g.died, g.ways = map[flow.MsgID]string{}, map[flow.MsgID]int{}
	if g.burst == 0 { // while a clock runs, what comes before it strikes and what after is open
		g.sources = map[queueName]map[string]bool{}
	}
}

// see follows the model's events.
func (g *generator) see(e *flow.Event, _ *flow.Message) {
	text := g.m.names.Text
	q := queueName{text(e.VHost), text(e.Queue)}
	switch e.Kind {
	case flow.Route:
		if g.died[e.Msg] == "" && e.Queue != 0 {
			g.ways[e.Msg]++
		}
	case flow.ChannelClose, flow.ConnectionClose:
		g.closing = true
	case flow.DeadLetter:
		g.died[e.Msg] = "queue " + q.String()
	case flow.Enqueue:
		if g.sources[q] == nil {
			g.sources[q] = map[string]bool{}
		}
		from := g.died[e.Msg]
		g.sources[q][from] = true
		if from != "" && g.ways[e.Msg] > 1 { // it also comes, or came, by itself
			g.sources[q][""] = true
		}
	case flow.Requeue:
		if g.sources[q] == nil {
			g.sources[q] = map[string]bool{}
		}
		// A quorum queue hears of what comes back before what is published with it, in
		// a transaction, though not always: published messages go by a lane of lower priority.
		back := ""
		if i := g.m.top.queues[q]; i != nil && isQuorum(i.args) {
			back = "back"
		}
		g.sources[q][back] = true
	case flow.Deliver:
		g.from[delivery{g.consumer(e).at, uint64(e.Value)}] = q
	case flow.QueueDeclare:
		g.reborn = g.reborn || g.remembered(q) || g.turnedIntoAnother(q, isQuorum(text(e.Args)))
	case flow.Consume:
		g.consumers[g.consumer(e)] = text(e.Queue)
	case flow.Cancel:
		delete(g.consumers, g.consumer(e))
	}
}

func (g *generator) consumer(e *flow.Event) consumerKey {
	return consumerKey{place{g.m.top.letters[e.Conn], e.Channel}, g.m.tidy(g.m.names.Text(e.Tag))}
}

// apply runs an operation on the model and keeps it.
func (g *generator) apply(o Op) {
	g.split = o.Flags&flow.Multiple != 0 && g.splits(&o)
	g.m.apply(&o)
	g.m.take()
	g.p = append(g.p, o)
	if o.Verb == Connect {
		g.users[o.Conn] = o.User
	}
	for conn, c := range g.m.conns {
		for n, ch := range c.chans {
			at := place{conn, n}
			if g.step[at] == nil {
				g.step[at] = map[uint64]int{}
			}
			for _, u := range ch.unacked {
				if _, ok := g.step[at][u.tag]; !ok {
					g.step[at][u.tag] = len(g.p)
				}
			}
		}
	}
	if g.m.ticking() {
		g.burst++
	} else {
		g.burst, g.safe = 0, len(g.p)
	}
}

// do tries an operation. It is taken back when RabbitMQ leaves open what it
// leads to; false then.
func (g *generator) do(o Op) bool {
	if g.burst > 0 && (g.burst >= 3 || !g.blind(&o)) {
		g.rest()
	}
	before := slices.Clone(g.p)
	if g.scattered(&o) || g.orphans(&o) {
		return false
	}
	holders := g.holders(o.Conn)
	g.newStep()
	g.apply(o)
	if g.open(holders, o.Conn) {
		g.restart(before)
		return false
	}
	return true
}

// rest lets time pass until no clock runs. What cannot be waited for without
// a race is taken back.
func (g *generator) rest() {
	if !g.m.ticking() {
		return
	}
	before, safe := slices.Clone(g.p), slices.Clone(g.p[:g.safe])
	for _, hops := range []int{1, 2, 3, 6, 11} {
		g.newStep()
		g.apply(Op{Verb: Wait, Millis: hops*shortTTL + slack})
		if g.raced() {
			break
		}
		if !g.m.ticking() {
			return
		}
		g.restart(before)
	}
	g.restart(safe)
}

// openChannels connects two or three clients.
func (g *generator) openChannels() {
	for i := range 2 + g.rng.IntN(2) {
		conn := 'A' + byte(i)
		g.connect(conn)
		for n := range 1 + g.rng.IntN(2) {
			g.openChannel(place{conn, uint16(n + 1)})
		}
	}
}

func (g *generator) openChannel(at place) {
	g.do(g.op(at, amqp.OpChannelOpen))
	switch {
	case g.has(themeTx) && g.chance(60):
		g.do(g.op(at, amqp.OpTxSelect))
	case g.chance(g.likely(themeConfirms, 80, 20)):
		g.do(g.op(at, amqp.OpConfirmSelect))
	}
	if g.chance(15) || g.has(themePrefetch) && g.chance(60) {
		o := g.op(at, amqp.OpBasicQos)
		o.Count = 1 + g.rng.IntN(3)
		if g.chance(30) {
			o.Flags |= flow.Global
		}
		g.do(o)
	}
}

// op begins an operation on a channel.
func (g *generator) op(at place, v Verb) Op { return Op{Verb: v, Conn: at.conn, Chan: at.ch} }

// channel picks one that is open; it opens one when none is.
func (g *generator) channel() place {
	var open []place
	for _, l := range sortedLetters(g.m.session) {
		for _, n := range g.m.conns[l].numbers() {
			open = append(open, place{l, n})
		}
	}
	if len(open) > 0 {
		return pick(g, open)
	}
	at := place{'A' + byte(g.rng.IntN(3)), 1}
	if !g.m.isOpen(at.conn) {
		g.connect(at.conn)
	}
	g.openChannel(at)
	return at
}

func (g *generator) connect(conn byte) {
	o := Op{Verb: Connect, Conn: conn}
	if g.chance(g.likely(themeRights, 50, 2)) {
		o.User = limitedUser
	}
	g.do(o)
}

// queues of the first virtual host, generated names included.
func (g *generator) queues() (names []string) {
	for _, q := range g.m.top.queuesOf(firstVHost) {
		names = append(names, g.m.tidy(q.name))
	}
	slices.Sort(names)
	return names
}

func (g *generator) exchanges() (names []string) {
	for x := range g.m.top.exchanges {
		names = append(names, x.name)
	}
	slices.Sort(names)
	return names
}

// someQueue picks one that exists, or now and then one that may not.
func (g *generator) someQueue() string {
	if all := g.queues(); len(all) > 0 && !g.chance(3) {
		return pick(g, all)
	}
	return g.queueName()
}

func (g *generator) queueName() string    { return fmt.Sprintf("q%d", 1+g.rng.IntN(5)) }
func (g *generator) exchangeName() string { return fmt.Sprintf("x%d", 1+g.rng.IntN(4)) }

func (g *generator) someExchange() string {
	all := g.exchanges()
	switch {
	case g.chance(12):
		return pick(g, []string{"amq.direct", "amq.fanout", "amq.topic", "amq.headers"})
	case len(all) > 0 && !g.chance(4):
		return pick(g, all)
	}
	return g.exchangeName()
}

// kind of an exchange.
func (g *generator) kind(exchange string) string {
	if kind, ok := strings.CutPrefix(exchange, "amq."); ok {
		return kind
	}
	if i := g.m.top.exchanges[queueName{firstVHost, exchange}]; i != nil {
		return i.kind
	}
	return "direct"
}

var (
	plainKeys = []string{"k1", "k2", "a.b", "a.b.c", "a", "a.a", "b.c", ""}
	patterns  = []string{"#", "*", "a.*", "a.#", "*.b", "#.b", "a.#.c", "a.#.a", "k1", "*.*", "#.#", "a.b", "#.*", ""}
)
