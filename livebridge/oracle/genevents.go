package oracle

import (
	"math/rand/v2"
	"slices"

	"rpcscope/engine/amqp"
	"rpcscope/engine/flow"
)

// GenerateEvent builds the program of a seed around an event that it shares with others.
func GenerateEvent(seed uint64, event Verb) Program {
	events := 2 // an alarm and its end
	if event == Restart {
		events = 1
	}
	for try := uint64(0); ; try++ {
		g := &generator{rng: rand.New(rand.NewPCG(seed, 0x6576656e74+try))}
		g.restart(nil)
		for range 3 + g.rng.IntN(3) {
			g.themes = append(g.themes, theme(g.rng.IntN(int(numThemes))))
		}
		if event == Restart {
			g.aroundRestart()
		} else {
			g.aroundAlarm()
		}
		g.rest()
		if p := g.p[:g.safe]; len(eventsOf(p)) == events && Sound(p) {
			return p
		}
	}
}

// busy does things until the program has a length.
func (g *generator) busy(length int) {
	for tries := 0; len(g.p) < length && tries < 3*length; tries++ {
		if g.chance(15) {
			pick(g, motifs)(g)
		} else {
			g.trafficOp()
		}
	}
	g.rest()
}

// aroundRestart: what is durable and persistent stays, what is held goes back, the rest is gone.
func (g *generator) aroundRestart() {
	g.openChannels()
	for range 3 {
		lasting := g.newQueue(flow.Durable)
		if g.chance(20) {
			lasting = g.newQueue(flow.Durable, arg("x-queue-type", "quorum"))
		}
		if lasting == "" {
			continue
		}
		for range 3 {
			g.send(g.trusted(), "", lasting, func(o *Op) { o.Message.Persistent = g.chance(60) })
		}
		x := g.newExchange(pick(g, []string{"fanout", "topic"}), pick(g, []flow.Flags{0, flow.Durable}))
		if x != "" {
			g.bind(lasting, x, "#")
			g.send(g.trusted(), x, "k1", func(o *Op) { o.Message.Persistent = true })
		}
		o := g.op(g.trusted(), amqp.OpBasicGet)
		o.Queue = lasting
		g.do(o)
	}
	g.busy(40)
	// What one connection gives back when it ends another must not get: they end at the same time.
	for _, l := range sortedLetters(g.m.session) {
		for _, n := range g.m.conns[l].numbers() {
			if at := (place{l, n}); g.sharesAQueue(at) {
				g.do(g.op(at, amqp.OpChannelClose))
			}
		}
	}
	g.rest()
	for tries := 0; len(g.queues()) > 5 && tries < 6; tries++ {
		o := g.op(g.trusted(), amqp.OpQueueDelete)
		o.Queue = pick(g, g.queues())
		g.do(o)
	}
	if q := g.newQueue(flow.Durable); q != "" {
		g.send(g.trusted(), "", q)
		g.send(g.trusted(), "", q, func(o *Op) { o.Message.Persistent = true })
	}
	g.newQueue(0)
	at := g.trusted()
	for _, q := range g.queues() {
		o := g.op(at, amqp.OpBasicGet)
		o.Queue = q
		if !slices.ContainsFunc(g.usersOf()[q], func(p place) bool { return p != at }) && g.m.chanOf(at) != nil {
			g.do(o)
		}
	}
	g.rest()
	g.do(Op{Verb: Restart})
	g.rest()
	g.openChannels()
	g.busy(len(g.p) + 10)
}

// sharesAQueue reports whether a channel holds or consumes something of a queue that another does, too.
func (g *generator) sharesAQueue(at place) bool {
	for _, places := range g.usersOf() { // unsorted
		if slices.Contains(places, at) && slices.ContainsFunc(places, func(p place) bool { return p != at }) {
			return true
		}
	}
	return false
}

// usersOf are the channels that hold or consume something of each queue.
func (g *generator) usersOf() map[string][]place {
	users := map[string][]place{}
	for k, q := range g.consumers { // unsorted: only counted
		users[q] = append(users[q], k.at)
	}
	for _, h := range g.held() {
		q := g.from[delivery{h.at, h.d.tag}].name
		users[q] = append(users[q], h.at)
	}
	return users
}

// aroundAlarm: who publishes is blocked, and goes on when the alarm is over.
// One channel does all that others could notice, and one more publishes into the
// void: what two that were held back do then, they do at the same time.
func (g *generator) aroundAlarm() {
	g.openChannels()
	for range 3 {
		g.topologyOp()
	}
	g.busy(30)
	at, other, apart := g.trusted(), g.trusted(), place{'J', 1}
	g.do(Op{Verb: Connect, Conn: apart.conn})
	g.do(g.op(apart, amqp.OpChannelOpen))
	if !g.do(Op{Verb: AlarmOn}) {
		return
	}
	q := g.newQueue(0)
	if q == "" {
		q = g.someQueue()
	}
	for range 8 {
		if g.chance(20) {
			g.send(apart, "", "nowhere", func(o *Op) { o.Flags = flow.Mandatory })
		}
		switch n := g.rng.IntN(10); {
		case n < 6:
			g.send(at, "", q)
		case n < 8 && other.conn != at.conn:
			o := g.op(other, amqp.OpBasicGet)
			o.Queue = q
			g.do(o)
		case n == 8:
			o := g.op(at, amqp.OpBasicGet)
			o.Queue = q
			g.do(o)
		default:
			o := g.op(at, amqp.OpQueuePurge)
			o.Queue = q
			g.do(o)
		}
	}
	g.send(at, "", q)
	g.send(apart, "", "nowhere", func(o *Op) { o.Flags = flow.Mandatory })
	g.do(Op{Verb: AlarmOff})
	g.rest()
	g.busy(len(g.p) + 6)
}
