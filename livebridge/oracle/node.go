package oracle

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"rpcscope/engine/amqp"
	"rpcscope/engine/flow"
	"rpcscope/livebridge/oracle/wire"
)

// patience is how long something that the model announced may take. It is
// waited for in vain only where the two sides differ.
const patience = 10 * time.Second

// node is the side of a real broker, for one program.
type node struct {
	*session
	w     *Worker
	conns map[byte]*wire.Conn
	// pings that were sent and pongs that came.
	pings, pongs map[place]int
	probes       map[place]*probe
}

// expectation is what an operation is to lead to, by the model's word.
type expectation struct {
	// count of lines at each place since the program began.
	count map[place]int
	// open and blocked connections.
	open, blocked map[byte]bool
	// changed queues.
	changed []queueState
}

// anyCount of consumers will do.
const anyCount = -1

type queueState struct {
	queue            queueName
	owner            byte // the connection that has it to itself, or 0
	ready, consumers int
	exists           bool
}

func (w *Worker) newNode() *node {
	w.visited = map[string]bool{firstVHost: true}
	return &node{
		session: newSession(w.clean), w: w, conns: map[byte]*wire.Conn{},
		pings: map[place]int{}, pongs: map[place]int{}, probes: map[place]*probe{},
	}
}

// errNoRest says that what the model announced did not come.
var errNoRest = errors.New("oracle: the broker did not do what the model announced")

// apply runs one operation to rest. [errNoRest] means a difference, any other error that the run is void.
func (n *node) apply(o *Op, want *expectation) error {
	pinged, err := n.start(o)
	if err != nil {
		return err
	}
	ok := n.await(func() bool {
		if pinged.conn != 0 && n.chanOf(pinged) != nil && n.pongs[pinged] < n.pings[pinged] && !want.blocked[pinged.conn] {
			return false
		}
		return n.has(want)
	})
	if !ok {
		return errNoRest
	}
	if err := n.allSettled(want.changed, o.Verb == Wait); err != nil {
		return err
	}
	n.listen()
	return nil
}

// allSettled waits for the counts of queues. When messages may go from one to
// another by themselves, each could be looked at while the message is in the
// other: then all must agree twice in a row.
func (n *node) allSettled(queues []queueState, moving bool) error {
	rounds := 1
	if moving {
		rounds = 2
	}
	for calm := 0; calm < rounds; calm++ {
		for _, q := range queues {
			atOnce, err := n.settled(q)
			if err != nil {
				return err
			}
			if moving && !atOnce {
				calm = 0
			}
		}
	}
	return nil
}

// start sends an operation, with a question behind it where the channel can
// answer: by then the channel has done its part.
func (n *node) start(o *Op) (pinged place, err error) {
	switch o.Verb {
	case Connect:
		return pinged, n.connect(o)
	case Wait:
		return pinged, n.w.sleep(o.Millis)
	case SetPolicy, ClearPolicy, SetOperatorPolicy, ClearOperatorPolicy:
		return pinged, n.w.policy(o)
	case ForceClose:
		if n.isOpen(o.Conn) {
			return pinged, n.w.forceClose(n.conns[o.Conn])
		}
		return pinged, nil
	case LimitQueues, LimitConnections, LimitChannels:
		return pinged, n.w.limit(o)
	case Restart, AlarmOn, AlarmOff:
		n.restarted = n.restarted || o.Verb == Restart
		return pinged, n.share(o)
	case Cut:
		if n.isOpen(o.Conn) {
			n.gone(o.Conn)
			n.conns[o.Conn].Cut()
		}
		return pinged, nil
	}
	if !n.isOpen(o.Conn) {
		return pinged, nil
	}
	at := place{o.Conn, o.Chan}
	ch := n.chanOf(at)
	m := n.method(o)
	if m == nil {
		return pinged, nil
	}
	send := []*wire.Method{m}
	if o.Verb == amqp.OpChannelOpen && ch == nil {
		n.pings[at] = n.pongs[at] // a channel that failed left questions open
	}
	if ch != nil && answersQuestions(o.Verb) {
		send, pinged = append(send, wire.Ping(o.Chan)), at
		n.pings[at]++
	}
	_ = n.conns[o.Conn].Send(send...) // a failure to write is heard as the connection's end
	return pinged, nil
}

// share takes part in an event of the whole node: it says that this program is
// ready, and listens until the event is over.
func (n *node) share(o *Op) error {
	if n.w.shared == nil {
		return fmt.Errorf("oracle: %s needs company", o)
	}
	n.w.Close() // the worker's own connections would outlive nothing
	over := n.w.shared.arrive(o)
	for {
		n.listen()
		select {
		case <-over:
			n.listen()
			return n.w.shared.failed()
		case <-n.w.wake:
		}
	}
}

// answersQuestions reports whether a channel answers while it does this.
func answersQuestions(v Verb) bool {
	switch v {
	case amqp.OpChannelClose, amqp.OpConnectionClose, amqp.OpTxCommit:
		return false
	}
	return true
}

func (n *node) connect(o *Op) error {
	if n.isOpen(o.Conn) {
		return nil
	}
	if c := n.conns[o.Conn]; c != nil {
		c.Cut()
	}
	vhost := o.VHost
	if vhost == "" {
		vhost = firstVHost
	}
	n.w.visited[vhost] = true
	n.connected(o.Conn)
	at := place{o.Conn, 0}
	c, err := wire.Open(n.w.dialFor(vhost, o), n.w.poke)
	var refused *wire.Refused
	switch {
	case errors.As(err, &refused):
		n.hear(at, "replies", refusal(refused.Method.Value, n.tidy(refused.Method.Text)))
		n.gone(o.Conn)
		delete(n.conns, o.Conn)
		return nil
	case err != nil:
		return err
	}
	n.conns[o.Conn] = c
	for at := range n.pings { // of an earlier connection of this letter
		if at.conn == o.Conn {
			delete(n.pings, at)
			delete(n.pongs, at)
		}
	}
	n.hear(at, "replies", amqp.OpConnectionOpenOk.String())
	return nil
}

// listen takes what has come on every connection.
func (n *node) listen() {
	for l, c := range n.conns { // unsorted: the order between connections means nothing
		methods, ended := c.Take()
		for _, m := range methods {
			switch {
			case wire.IsPong(m):
				n.pongs[place{l, m.Channel}]++
			case m.Channel == probeChannel:
				if p := n.probes[place{l, probeChannel}]; p != nil {
					p.heard(m)
				}
			default:
				if answer := n.receive(l, m); answer != nil {
					_ = c.Send(answer)
				}
			}
		}
		if ended {
			n.gone(l)
		}
	}
}

// has reports whether all has come that is to come.
func (n *node) has(want *expectation) bool {
	for at, count := range want.count {
		if n.count[at] < count {
			return false
		}
	}
	for l, c := range n.session.conns {
		if c.open != want.open[l] {
			return false
		}
	}
	return true
}

// await listens until done or until patience is at an end.
func (n *node) await(done func() bool) bool {
	limit := time.NewTimer(n.w.patience)
	defer limit.Stop()
	for {
		n.listen()
		if done() {
			return true
		}
		select {
		case <-n.w.wake:
		case <-limit.C:
			n.listen()
			return done()
		}
	}
}

// settled asks for a queue's counts until they are the model's: what a channel
// passed on to a queue, or one queue to another, is on its way for a moment. atOnce
// says that they were so at the first look.
func (n *node) settled(q queueState) (atOnce bool, err error) {
	deadline := time.Now().Add(n.w.patience)
	for first := true; ; first = false {
		got, err := n.look(q)
		if err != nil {
			return false, err
		}
		if q.consumers == anyCount {
			got.consumers = anyCount
		}
		if got == q {
			return first, nil
		}
		if time.Now().After(deadline) {
			state := fmt.Sprintf("queue %s: ready=%d consumers=%d exists=%v", n.tidy(q.queue.String()), got.ready, got.consumers, got.exists)
			n.hear(place{}, "counts", state)
			return false, errNoRest
		}
		if !q.exists { // to look at a queue is to use it, which puts off its end
			if err := n.w.sleep(shortExpiry + 2*slack); err != nil {
				return false, err
			}
		}
	}
}

// look asks a queue for its counts, on a connection that may.
func (n *node) look(q queueState) (queueState, error) {
	p, err := n.probeFor(q)
	if err != nil {
		return q, err
	}
	name := n.real(q.queue.name)
	q.exists, q.ready, q.consumers, err = p.look(n, name)
	return q, err
}

// close ends what the program left open.
func (n *node) close() {
	for _, c := range n.conns {
		c.Cut()
	}
}

func (n *node) report(when string, owners map[queueName]byte) (out []line, err error) {
	t, err := n.w.topology()
	if err != nil {
		return nil, err
	}
	counts := map[queueName]int{}
	for q, i := range t.queues {
		state := queueState{queue: queueName{q.vhost, n.tidy(q.name)}}
		if i.flags&flow.Exclusive != 0 {
			state.owner = owners[state.queue]
		}
		got, err := n.look(state)
		if err != nil {
			return nil, err
		}
		counts[q], i.consumers = got.ready, got.consumers
	}
	for _, text := range t.report(func(q queueName) int { return counts[q] }, n.tidy) {
		out = append(out, line{stream: stream(when), text: text})
	}
	return out, nil
}

// drain fetches everything from every queue, and removes what is left.
func (n *node) drain() (out []line, err error) {
	for _, vhost := range vhosts {
		if !n.w.visited[vhost] {
			continue
		}
		t, err := n.w.topologyOf(vhost)
		if err != nil {
			return out, err
		}
		queues := t.queuesOf(vhost)
		if len(queues) > 0 {
			slices.SortFunc(queues, func(a, b queueName) int { return strings.Compare(n.tidy(a.name), n.tidy(b.name)) })
			rest, err := n.drainQueues(vhost, queues)
			out = append(out, rest...)
			if err != nil {
				return out, err
			}
		}
		if err := n.w.clear(t, vhost); err != nil {
			return out, err
		}
	}
	return out, nil
}

func (n *node) drainQueues(vhost string, queues []queueName) (out []line, err error) {
	at := place{keeper, 1}
	all := map[byte]bool{keeper: true}
	for _, o := range []Op{{Verb: Connect, Conn: keeper, VHost: vhost}, {Verb: amqp.OpChannelOpen, Conn: keeper, Chan: 1}} {
		to := place{keeper, o.Chan}
		if err := n.apply(&o, &expectation{open: all, count: map[place]int{to: n.count[to] + 1}}); err != nil {
			return nil, err
		}
	}
	n.take()
	for _, q := range queues {
		for n.chanOf(at) != nil {
			o := Op{Verb: amqp.OpBasicGet, Conn: keeper, Chan: 1, Queue: q.name, Flags: flow.NoAck}
			if err := n.apply(&o, &expectation{open: all}); err != nil {
				return out, err
			}
			heard := n.restOf(q, n.take())
			out = append(out, heard...)
			if len(heard) != 1 || !isGetOk(heard[0]) {
				break
			}
		}
	}
	n.conns[keeper].Cut()
	n.gone(keeper)
	return out, nil
}
