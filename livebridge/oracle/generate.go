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
	sources   map[queueName]map[string]bool // whence messages came into queues in this step
	died      map[flow.MsgID]string         // where those died that did in this step
	ways      map[flow.MsgID]int            // bindings that took those that did not
	consumers map[consumerKey]string
	users     map[byte]string
	step      map[place]map[uint64]int // when each unsettled delivery came
	split     bool                     // the operation settled a part of what came in one step
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
	// Programs of 34 to 72 operations; some attempts come to nothing.
	for want, tries := 34+g.rng.IntN(38), 0; len(g.p) < want && tries < 3*want; tries++ {
		if g.chance(12) {
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
	return g.p[:g.safe]
}

// endsBadly reports whether what is put back when all connections have closed starts a clock.
func (g *generator) endsBadly() bool {
	m := newModel()
	for i := range g.p {
		m.apply(&g.p[i])
	}
	m.take()
	m.finish(func(*Op) {})
	return m.ticking()
}

func (g *generator) has(t theme) bool        { return slices.Contains(g.themes, t) }
func (g *generator) chance(percent int) bool { return g.rng.IntN(100) < percent }

func pick[T any](g *generator, from []T) T { return from[g.rng.IntN(len(from))] }

// Sound reports whether a program keeps to the generator's rules: RabbitMQ
// leaves open nothing that it leads to, and no clock runs unwatched.
func Sound(p Program) bool {
	g := &generator{}
	g.restart(nil)
	for _, o := range p {
		holders := g.holders(o.Conn)
		g.newStep()
		scattered := g.scattered(&o) || g.orphans(&o)
		g.apply(o)
		if scattered || g.open(holders, o.Conn) || g.burst > 3 || g.burst > 1 && o.Verb != Wait && !g.blind(&o) || o.Verb == Wait && g.m.ticking() || o.Flags&flow.Multiple != 0 && g.split {
			return false
		}
	}
	return !g.m.ticking() && !g.endsBadly()
}

// open reports whether the operation just applied leads to more than one thing.
func (g *generator) open(holders int, conn byte) bool {
	return g.raced() || g.contended() || holders > 1 && !g.m.isOpen(conn)
}

// restart begins again with a model that has run p.
func (g *generator) restart(p Program) {
	g.p, g.safe, g.burst = nil, 0, 0
	g.m = newModel()
	g.users = map[byte]string{}
	g.step, g.consumers = map[place]map[uint64]int{}, map[consumerKey]string{}
	g.m.watch = g.see
	for _, o := range p {
		g.newStep()
		g.apply(o)
	}
}

func (g *generator) newStep() {
	g.sources, g.died, g.ways = map[queueName]map[string]bool{}, map[flow.MsgID]string{}, map[flow.MsgID]int{}
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
	case flow.Consume:
		g.consumers[g.consumer(e)] = text(e.Queue)
	case flow.Cancel:
		delete(g.consumers, g.consumer(e))
	}
}

func (g *generator) consumer(e *flow.Event) consumerKey {
	return consumerKey{place{g.m.top.letters[e.Conn], e.Channel}, g.m.names.Text(e.Tag)}
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

// blind reports whether an operation may be done while a clock runs: it shows
// nothing that the clock changes, and takes no time (a persistent message's
// confirm waits for the disc).
func (g *generator) blind(o *Op) bool {
	switch o.Verb {
	case amqp.OpBasicPublish:
		return !o.Message.Persistent
	case Connect, amqp.OpChannelOpen, amqp.OpConfirmSelect, amqp.OpQueueBind, amqp.OpExchangeBind, amqp.OpExchangeDeclare, amqp.OpBasicQos:
		return true
	case amqp.OpBasicConsume, amqp.OpBasicGet:
		return !g.m.fading() // of a queue that itself is about to expire
	}
	return false
}

// holders counts the channels of a connection that hold deliveries or
// consumers. The channels of a connection that ends do so in any order, and
// what one puts back another may get: only one may hold something then.
func (g *generator) holders(conn byte) (n int) {
	if !g.m.isOpen(conn) {
		return 0
	}
	for number, ch := range g.m.conns[conn].chans {
		if ch.open && (len(ch.unacked) > 0 || g.firstTag(place{conn, number}) != "") {
			n++
		}
	}
	return n
}

// scattered reports whether an operation puts something back on a channel with
// a limit of its own, and the queue could hand out something else. The limit is
// lifted by another process, which may tell the queue before or after it has
// the message back; and each consumer's deliveries go back by themselves
// (rabbit_channel:foreach_per_queue).
func (g *generator) scattered(o *Op) bool {
	ch := g.m.chanOf(place{o.Conn, o.Chan})
	if ch == nil || !ch.limited {
		return false
	}
	all := o.Verb == amqp.OpBasicRecover || o.Verb == amqp.OpBasicRecoverAsync
	if !all && o.Flags&flow.Requeued == 0 {
		return false
	}
	for q := range g.m.top.queues { // any: which ones are meant is not worth finding out
		if g.m.depth(q) > 0 {
			return true
		}
	}
	if !all && o.Flags&flow.Multiple == 0 {
		return false
	}
	last := ch.find(o.Delivery)
	consumers := map[string]bool{}
	for _, d := range ch.unacked {
		if all || d.tag <= last {
			consumers[d.consumer] = true
		}
	}
	return len(consumers) > 1
}

// orphans reports whether an operation cancels a consumer of a single-active
// queue that has messages ready and other consumers. RabbitMQ 3.10 appoints the
// next one but does not wake it, and the queue's process crashes at the next
// publish (rabbit_amqqueue_process:attempt_delivery asserts that a queue whose
// consumers can take something is empty). The model does not crash.
func (g *generator) orphans(o *Op) bool {
	if o.Verb != amqp.OpBasicCancel {
		return false
	}
	name := queueName{firstVHost, g.consumers[consumerKey{place{o.Conn, o.Chan}, o.Tag}]}
	i := g.m.top.queues[name]
	return i != nil && strings.Contains(i.args, "x-single-active-consumer=true") && i.consumers > 1 && g.m.depth(name) > 0
}

// contended reports whether two queues race for the room that a channel-wide
// prefetch limit leaves.
func (g *generator) contended() bool {
	first := map[place]string{}
	for k, q := range g.consumers { // unsorted: any will do
		ch := g.m.chanOf(k.at)
		if ch == nil || !ch.limited {
			continue
		}
		if other, ok := first[k.at]; ok && other != q {
			return true
		}
		first[k.at] = q
	}
	return false
}

// raced reports whether two processes of the broker put messages in one queue
// at the same time: a fanout to a queue and to another that dead-letters into
// it, two queues that expire into a third. Their order is open, and all that
// follows from it, so no program does it.
func (g *generator) raced() bool {
	for _, from := range g.sources {
		if len(from) > 1 {
			return true
		}
	}
	return false
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
