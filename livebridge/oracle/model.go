package oracle

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"rpcscope/engine/amqp"
	"rpcscope/engine/flow"
	"rpcscope/engine/sim"
	"rpcscope/livebridge/oracle/wire"
)

// firstVHost is where connections open that name none.
const firstVHost = "v1"

// otherVHost is another, which few programs visit.
const otherVHost = "v2"

var vhosts = []string{firstVHost, otherVHost}

// keeper is the connection that looks at what is left at the end.
const keeper byte = '!'

// model is the side of engine/amqp.
type model struct {
	*session
	names  *flow.Names
	events *sim.Queue
	b      *amqp.Broker
	now    int64
	ids    map[byte]amqp.ConnID
	top    topology
	watch  func(*flow.Event, *flow.Message) // sees every event too, when not nil
	last   map[queueName]queueState
	limits [3]int // by LimitQueues and the two behind it, -1 for none

	brief   map[flow.MsgID]bool // messages with a short time of their own
	briefAt int64               // when the last message with a short time came into a queue

	briefPolicies  map[string]*regexp.Regexp // patterns of policies that give queues' messages a short time
	mortalPolicies map[string]*regexp.Regexp // and of those that give queues one
}

func newModel() *model {
	m := &model{
		session: newSession(func(s string) string { return s }), names: &flow.Names{}, events: &sim.Queue{},
		ids: map[byte]amqp.ConnID{}, top: newTopology(), brief: map[flow.MsgID]bool{}, briefAt: -1e12,
		briefPolicies: map[string]*regexp.Regexp{}, mortalPolicies: map[string]*regexp.Regexp{},
		limits: [3]int{-1, -1, -1},
	}
	m.b = amqp.New(amqp.Config{
		Names: m.names, Queue: m.events, Sink: m, OmitMethods: true, Rand: sim.NewRand(1), VHosts: vhosts,
	})
	m.b.SetUser(boundUser, boundUser, false)
	m.b.Permit(firstVHost, boundUser, ".*", ".*", ".*")
	m.b.SetUser(limitedUser, limitedUser, false)
	m.b.Permit(firstVHost, limitedUser, limitedRights[0], limitedRights[1], limitedRights[2])
	m.b.PermitTopic(firstVHost, limitedUser, "amq.topic", limitedTopics[0], limitedTopics[1])
	return m
}

// boundUser may do all in the first virtual host, on as many channels as LimitChannels says.
const boundUser = "u2"

// forceReason is what an operator says who closes a connection.
const forceReason = "by operator"

// limitedUser may configure, write and read some things of the first virtual host.
const limitedUser = "u1"

var limitedRights = [3]string{`^(q[123]|x[12]|amq\.gen.*)$`, `^(q[12]|x[123]|amq\.(default|topic|gen.*))$`, `^(q[123]|x[13]|amq\.(topic|gen.*))$`}

// limitedTopics are the keys that it may write and read by at amq.topic.
var limitedTopics = [2]string{`^a`, `^[a#]`}

// Emit keeps the topology up to date.
func (m *model) Emit(e *flow.Event, msg *flow.Message) {
	m.top.fold(m.names, e)
	switch e.Kind {
	case flow.Publish:
		if msg != nil {
			m.brief[e.Msg] = msg.Expiration >= 0 && msg.Expiration < longTTL*1e6
		}
	case flow.Enqueue:
		i := m.top.queues[queueName{m.names.Text(e.VHost), m.names.Text(e.Queue)}]
		if m.brief[e.Msg] || i != nil && i.brief || m.briefByPolicy(m.names.Text(e.Queue)) {
			m.briefAt = e.At
		}
	}
	if m.watch != nil {
		m.watch(e, msg)
	}
}

// policy sets or clears one of the first virtual host.
func (m *model) policy(o *Op) {
	p := o.Policy
	kind := "policy "
	if o.Verb == SetOperatorPolicy || o.Verb == ClearOperatorPolicy {
		kind = "operator policy "
	}
	delete(m.briefPolicies, kind+p.Name)
	delete(m.mortalPolicies, kind+p.Name)
	switch o.Verb {
	case ClearPolicy:
		m.b.ClearPolicy(m.now, firstVHost, p.Name)
		return
	case ClearOperatorPolicy:
		m.b.ClearOperatorPolicy(m.now, firstVHost, p.Name)
		return
	}
	bad := m.b.SetPolicy(m.now, amqp.Policy{
		VHost: firstVHost, Name: p.Name, Pattern: p.Pattern, ApplyTo: p.ApplyTo, Priority: p.Priority, Definition: o.Args, Operator: o.Verb == SetOperatorPolicy,
	})
	if bad != "" {
		panic("oracle: policy: " + bad)
	}
	if ttl, ok := o.Args.Get("message-ttl"); ok && ttl.Int < longTTL {
		m.briefPolicies[kind+p.Name] = regexp.MustCompile(p.Pattern)
	}
	if life, ok := o.Args.Get("expires"); ok && life.Int < longTTL {
		m.mortalPolicies[kind+p.Name] = regexp.MustCompile(p.Pattern)
	}
}

func (m *model) briefByPolicy(queue string) bool { return matchesAny(m.briefPolicies, queue) }

// mortal reports whether a queue goes soon when nobody uses it: to look at it is
// to use it, and may come too late.
func (m *model) mortal(q queueName) bool {
	return m.top.queues[q].mortal || q.vhost == firstVHost && matchesAny(m.mortalPolicies, q.name)
}

func matchesAny(patterns map[string]*regexp.Regexp, queue string) bool {
	for _, pattern := range patterns { // unsorted: any will do
		if pattern.MatchString(queue) {
			return true
		}
	}
	return false
}

// fading reports whether a message may be about to expire.
func (m *model) fading() bool { return m.now < m.briefAt+(shortTTL+slack)*1e6 }

// ticking reports whether a clock runs that will change something soon.
func (m *model) ticking() bool {
	at, ok := m.events.NextAt()
	return ok && at < m.now+10e9 || m.fading()
}

// apply runs one operation to rest.
func (m *model) apply(o *Op) {
	m.now += 1000
	switch o.Verb {
	case Connect:
		m.connect(o)
	case Wait:
		m.runUntil(m.now + int64(o.Millis)*1e6)
	case SetPolicy, SetOperatorPolicy, ClearPolicy, ClearOperatorPolicy:
		m.policy(o)
	case Restart:
		m.restarted = true
		m.b.Stop(m.now, false)
		m.listen()
		m.b.Start(m.now)
	case ForceClose:
		if m.isOpen(o.Conn) {
			m.b.CloseConnection(m.now, m.ids[o.Conn], forceReason)
		}
	case LimitQueues, LimitConnections, LimitChannels:
		m.limit(o)
	case AlarmOn, AlarmOff:
		m.b.SetAlarm(m.now, amqp.MemoryAlarm, o.Verb == AlarmOn)
	case Cut:
		if m.isOpen(o.Conn) {
			m.gone(o.Conn)
			m.b.Cut(m.now, m.ids[o.Conn])
		}
	default:
		if !m.isOpen(o.Conn) {
			return
		}
		if w := m.method(o); w != nil {
			m.send(o.Conn, w)
		}
	}
	m.listen()
}

// limit sets one of the limits; the others stay.
func (m *model) limit(o *Op) {
	m.limits[o.Verb-LimitQueues] = o.Count
	m.b.SetVHostLimits(firstVHost, m.limits[LimitConnections-LimitQueues], m.limits[0])
	m.b.SetUserLimits(boundUser, -1, m.limits[LimitChannels-LimitQueues])
}

// bounded reports whether a limit is set.
func (m *model) bounded() bool { return m.limits != [3]int{-1, -1, -1} }

func (m *model) runUntil(t int64) {
	for {
		it, ok := m.events.PopUntil(t)
		if !ok {
			break
		}
		m.b.Dispatch(&it, nil)
	}
	m.now = t
}

func (m *model) connect(o *Op) {
	if m.isOpen(o.Conn) {
		return
	}
	vhost := o.VHost
	if vhost == "" {
		vhost = firstVHost
	}
	c := m.b.Dial(m.now, amqp.Dial{
		Manual: true, NoCapabilities: o.Plain, Name: m.names.Intern(string(o.Conn)), VHost: m.names.Intern(vhost),
		User: m.names.Intern(o.User), Password: m.names.Intern(o.User),
	})
	m.ids[o.Conn] = c
	m.top.letters[m.b.ConnName(c)] = o.Conn
	for _, op := range []amqp.Op{amqp.OpProtocolHeader, amqp.OpConnectionStartOk, amqp.OpConnectionTuneOk} {
		m.b.Send(m.now, c, &amqp.Method{Op: op})
	}
	m.b.Send(m.now, c, &amqp.Method{Op: amqp.OpConnectionOpen, Queue: m.names.Intern(vhost)})
	m.connected(o.Conn)
	var x amqp.Method
	for m.b.Poll(c, &x, nil) {
		switch x.Op {
		case amqp.OpConnectionStart, amqp.OpConnectionTune:
		case amqp.OpConnectionOpenOk:
			m.hear(place{o.Conn, 0}, "replies", x.Op.String())
		case amqp.OpConnectionClose:
			m.hear(place{o.Conn, 0}, "replies", refusal(x.Value, m.names.Text(x.Text)))
			m.b.Send(m.now, c, &amqp.Method{Op: amqp.OpConnectionCloseOk})
			m.gone(o.Conn)
		}
	}
}

// refusal is the line of a connection that was not opened.
func refusal(code int64, text string) string { return fmt.Sprintf("refused %d %s", code, text) }

func (m *model) send(conn byte, w *wire.Method) {
	in := m.names.Intern
	x := amqp.Method{
		Op: w.Op, Channel: w.Channel, Exchange: in(w.Exchange), Queue: in(w.Queue), Key: in(w.Key), Tag: in(w.Tag), Type: in(w.Type), Text: in(w.Text),
		Args: m.b.Tables().Intern(w.Args), Flags: w.Flags, Delivery: w.Delivery, Value: w.Value, Count: w.Count,
	}
	if w.Op != amqp.OpBasicPublish {
		m.b.Send(m.now, m.ids[conn], &x)
		return
	}
	p := w.Content
	c := amqp.Content{Headers: m.b.Tables().Intern(p.Headers), Priority: p.Priority, Persistent: p.Persistent, Body: uint64(messageNumber(p))}
	c.Size, c.Expiration, c.UserID = uint32(len(p.Body)), -1, in(p.UserID)
	if p.Expiration != "" {
		ms, _ := strconv.ParseInt(p.Expiration, 10, 64)
		c.Expiration = ms * 1e6
	}
	m.b.Publish(m.now, m.ids[conn], &x, &c)
}

// listen hands every waiting method to its client until all is quiet.
func (m *model) listen() {
	letters := make([]byte, 0, len(m.ids))
	for l := range m.ids {
		letters = append(letters, l)
	}
	slices.Sort(letters)
	for again := true; again; {
		again = false
		for _, l := range letters {
			var x amqp.Method
			for c := (amqp.Content{}); m.b.Poll(m.ids[l], &x, &c); c = (amqp.Content{}) {
				if x.Op == amqp.OpTCPClose {
					m.gone(l)
					continue
				}
				if answer := m.receive(l, m.wire(&x, &c)); answer != nil {
					m.b.Send(m.now, m.ids[l], &amqp.Method{Op: answer.Op, Channel: answer.Channel})
				}
				if x.Op == amqp.OpConnectionCloseOk { // the library hangs up
					m.b.Send(m.now, m.ids[l], &amqp.Method{Op: amqp.OpTCPClose})
				}
				again = true
			}
		}
	}
}

func (m *model) wire(x *amqp.Method, c *amqp.Content) *wire.Method {
	text := m.names.Text
	w := &wire.Method{
		Op: x.Op, Channel: x.Channel, Exchange: text(x.Exchange), Queue: text(x.Queue), Key: text(x.Key), Tag: text(x.Tag), Text: text(x.Text),
		Flags: x.Flags, Delivery: x.Delivery, Value: x.Value, Count: x.Count, Failed: x.Failed,
	}
	if c.Body != 0 {
		w.Content = &wire.Content{
			Headers: m.b.Tables().Table(c.Headers), Priority: c.Priority, Persistent: c.Persistent,
			Body: []byte("m" + strconv.FormatUint(c.Body, 10)),
		}
		if c.Expiration >= 0 {
			w.Content.Expiration = strconv.FormatInt(c.Expiration/1e6, 10)
		}
	}
	return w
}

// depth is how many messages of a queue are ready.
func (m *model) depth(q queueName) int {
	ready, _, _ := m.b.Depth(m.names.Intern(q.vhost), m.names.Intern(q.name))
	return ready
}

func (m *model) report(when string) (out []line) {
	for _, text := range m.top.report(m.depth, m.tidy) {
		out = append(out, line{stream: stream(when), text: text})
	}
	return out
}

// drain fetches everything from every queue.
func (m *model) drain() (out []line) {
	for _, vhost := range vhosts {
		queues := m.top.queuesOf(vhost)
		slices.SortFunc(queues, func(a, b queueName) int { return strings.Compare(m.tidy(a.name), m.tidy(b.name)) })
		if len(queues) == 0 {
			continue
		}
		m.apply(&Op{Verb: Connect, Conn: keeper, VHost: vhost})
		m.apply(&Op{Verb: amqp.OpChannelOpen, Conn: keeper, Chan: 1})
		m.take()
		for _, q := range queues {
			for m.chanOf(place{keeper, 1}) != nil {
				m.apply(&Op{Verb: amqp.OpBasicGet, Conn: keeper, Chan: 1, Queue: q.name, Flags: flow.NoAck})
				heard := m.restOf(q, m.take())
				out = append(out, heard...)
				if len(heard) != 1 || !isGetOk(heard[0]) {
					break
				}
			}
		}
		m.apply(&Op{Verb: amqp.OpConnectionClose, Conn: keeper})
		m.take()
	}
	return out
}

// sortedLetters are the connections that are open.
func sortedLetters(s *session) (letters []byte) {
	for l, c := range s.conns {
		if c.open {
			letters = append(letters, l)
		}
	}
	slices.Sort(letters)
	return letters
}
