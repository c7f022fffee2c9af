package oracle

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"rpcscope/engine/amqp"
	"rpcscope/engine/flow"
	"rpcscope/livebridge/oracle/wire"
)

// place is a channel of a connection; channel 0 is the connection itself.
type place struct {
	conn byte
	ch   uint16
}

func (p place) String() string {
	if p.ch == 0 {
		return string(p.conn)
	}
	return fmt.Sprintf("%c/%d", p.conn, p.ch)
}

// stream is what of a channel's traffic has an order of its own: see freedoms.go.
type stream string

// line is one method that reached a client, as text that is the same on both sides.
type line struct {
	at     place
	stream stream
	text   string
}

// session is what one side's clients know: their connections and channels, and
// what was delivered to them and is not settled yet. It turns operations into
// methods and methods into lines.
type session struct {
	conns map[byte]*clientConn
	heard []line // since the last take
	count map[place]int
	made  []string // names of the broker's making, "@1" is the first
	// quorum queues: see the freedom "consumers of quorum queues".
	quorum map[string]bool
	// restarted: see the freedom "redelivered after a restart".
	restarted bool
	clean     func(string) string
}

type clientConn struct {
	open    bool
	blocked bool // by an alarm: nothing that it sends is read
	chans   map[uint16]*clientChan
}

// numbers are the open channels, in order.
func (c *clientConn) numbers() (out []uint16) {
	for n, ch := range c.chans {
		if ch.open {
			out = append(out, n)
		}
	}
	slices.Sort(out)
	return out
}

type clientChan struct {
	open      bool
	delivered uint64
	published uint64
	confirmed map[uint64]bool
	unacked   []delivered
	noAck     map[string]bool // consumers that do not acknowledge
	quietGet  bool            // the last get does not
	limited   bool            // by a prefetch limit of its own
	declaring bool            // a quorum queue, last

	transacted bool
}

type delivered struct {
	tag      uint64
	number   int
	consumer string
}

func newSession(clean func(string) string) *session {
	return &session{conns: map[byte]*clientConn{}, count: map[place]int{}, clean: clean, quorum: map[string]bool{}}
}

func (s *session) connected(conn byte) {
	s.conns[conn] = &clientConn{open: true, chans: map[uint16]*clientChan{}}
}

func (s *session) isOpen(conn byte) bool { c := s.conns[conn]; return c != nil && c.open }

func (s *session) chanOf(at place) *clientChan {
	if c := s.conns[at.conn]; c != nil && c.open {
		if ch := c.chans[at.ch]; ch != nil && ch.open {
			return ch
		}
	}
	return nil
}

func (s *session) gone(conn byte) {
	if c := s.conns[conn]; c != nil {
		c.open = false
	}
}

// method is what an operation sends; nil when it has nothing to act on, as
// after the delivery that it is about was shrunk away.
func (s *session) method(o *Op) *wire.Method {
	m := &wire.Method{
		Op: o.Verb, Channel: o.Chan, Exchange: s.real(o.Exchange), Queue: s.real(o.Queue), Key: s.real(o.Key), Tag: s.real(o.Tag),
		Type: o.Type, Flags: o.Flags, Args: o.Args, Count: uint32(o.Count), Value: int64(o.Code),
	}
	ch := s.chanOf(place{o.Conn, o.Chan})
	switch o.Verb {
	case amqp.OpBasicAck, amqp.OpBasicNack, amqp.OpBasicReject:
		m.Delivery = o.Delivery.Raw
		if o.Delivery.Number != 0 {
			if m.Delivery = ch.find(o.Delivery); m.Delivery == 0 {
				return nil
			}
		}
		ch.settle(m.Delivery, o.Flags&flow.Multiple != 0 && o.Verb != amqp.OpBasicReject)
	case amqp.OpBasicRecover, amqp.OpBasicRecoverAsync:
		if ch != nil {
			ch.unacked = nil
		}
	case amqp.OpTxSelect:
		if ch != nil {
			ch.transacted = true
		}
	case amqp.OpQueueDeclare:
		if ch != nil && o.Flags&flow.Passive == 0 {
			ch.declaring = isQuorum(string(o.Args.AppendText(nil)))
		} else if ch != nil {
			ch.declaring = s.quorum[o.Queue]
		}
	case amqp.OpBasicGet:
		if ch != nil {
			ch.quietGet = o.Flags&flow.NoAck != 0
		}
	case amqp.OpBasicQos:
		if ch != nil && o.Flags&flow.Global != 0 {
			ch.limited = o.Count > 0
		}
	case amqp.OpBasicConsume:
		if ch != nil {
			ch.noAck[o.Tag] = o.Flags&flow.NoAck != 0
		}
	case amqp.OpBasicPublish:
		m.Content = o.Message.content()
	case amqp.OpChannelClose, amqp.OpConnectionClose:
		if m.Value == 0 {
			m.Value = 200
		}
		if o.Verb == amqp.OpConnectionClose {
			m.Channel = 0
		}
	}
	return m
}

func (m *Message) content() *wire.Content {
	body := m.name()
	if m.Size > len(body) {
		body += " " + strings.Repeat(".", m.Size-len(body)-1)
	}
	c := &wire.Content{Headers: m.Headers, Body: []byte(body), Priority: uint8(m.Priority), Persistent: m.Persistent, UserID: m.UserID}
	if m.Expiration >= 0 {
		c.Expiration = strconv.Itoa(m.Expiration)
	}
	return c
}

// find is the tag of the earliest unsettled delivery that d names, 0 when there is none.
func (ch *clientChan) find(d Delivery) uint64 {
	if ch == nil {
		return 0
	}
	for _, u := range ch.unacked {
		if u.number == d.Number && u.consumer == d.Tag {
			return u.tag
		}
	}
	return 0
}

func (ch *clientChan) settle(tag uint64, multiple bool) {
	if ch == nil {
		return
	}
	var left []delivered
	for _, u := range ch.unacked {
		if u.tag == tag || multiple && (u.tag <= tag || tag == 0) {
			continue
		}
		left = append(left, u)
	}
	ch.unacked = left
}

// receive takes a method that reached the client and returns the client's answer, if it gives one.
func (s *session) receive(conn byte, m *wire.Method) (answer *wire.Method) {
	at := place{conn, m.Channel}
	c := s.conns[conn]
	if c == nil || !c.open {
		return nil
	}
	switch m.Op {
	case amqp.OpChannelOpenOk:
		c.chans[m.Channel] = &clientChan{open: true, confirmed: map[uint64]bool{}, noAck: map[string]bool{}}
	case amqp.OpChannelClose:
		answer = &wire.Method{Op: amqp.OpChannelCloseOk, Channel: m.Channel}
		fallthrough
	case amqp.OpChannelCloseOk:
		if ch := c.chans[m.Channel]; ch != nil {
			ch.open = false
		}
	case amqp.OpConnectionClose:
		answer = &wire.Method{Op: amqp.OpConnectionCloseOk}
		c.open = false
	case amqp.OpConnectionCloseOk:
		c.open = false
	case amqp.OpConnectionBlocked, amqp.OpConnectionUnblocked:
		c.blocked = m.Op == amqp.OpConnectionBlocked
	case amqp.OpBasicAck, amqp.OpBasicNack:
		s.confirmed(at, m)
		return nil
	}
	st, text := s.describe(at, m)
	s.hear(at, st, text)
	return answer
}

func (s *session) hear(at place, st stream, text string) {
	s.heard = append(s.heard, line{at, st, text})
	s.count[at]++
}

// confirmed hears one line for each publish that a confirm covers.
func (s *session) confirmed(at place, m *wire.Method) {
	ch := s.chanOf(at)
	if ch == nil {
		return
	}
	word := "ack "
	if m.Op == amqp.OpBasicNack {
		word = "nack "
	}
	first := m.Delivery
	if m.Flags&flow.Multiple != 0 {
		first = ch.published + 1
	}
	for tag := first; tag <= m.Delivery; tag++ {
		if !ch.confirmed[tag] {
			ch.confirmed[tag] = true
			s.hear(at, "confirms", word+strconv.FormatUint(tag, 10))
		}
	}
	for ch.confirmed[ch.published+1] {
		ch.published++
	}
}

// describe is a method as a line, and the stream that it belongs to.
func (s *session) describe(at place, m *wire.Method) (stream, string) {
	var b strings.Builder
	b.WriteString(m.Op.String())
	switch m.Op {
	case amqp.OpBasicDeliver, amqp.OpBasicGetOk:
		s.delivery(&b, at, m)
	case amqp.OpBasicReturn, amqp.OpChannelClose, amqp.OpConnectionClose:
		fmt.Fprintf(&b, " %d %s", m.Value, s.tidy(m.Text))
		if m.Failed != 0 {
			b.WriteString(" for " + m.Failed.String())
		}
	case amqp.OpQueueDeclareOk:
		name := s.tidy(m.Queue)
		if ch := s.chanOf(at); ch != nil {
			s.quorum[name] = ch.declaring
		}
		fmt.Fprintf(&b, " %s ready=%d consumers=%s", name, m.Value, consumersText(s.quorum[name], int(m.Count)))
	case amqp.OpQueuePurgeOk, amqp.OpQueueDeleteOk:
		fmt.Fprintf(&b, " %d", m.Value)
	case amqp.OpConnectionBlocked:
		b.WriteString(" " + m.Text)
	}
	if m.Op == amqp.OpBasicGetOk {
		fmt.Fprintf(&b, " left=%d", m.Value)
	}
	if m.Content != nil {
		s.content(&b, m)
	}
	switch m.Op {
	case amqp.OpBasicDeliver, amqp.OpBasicConsumeOk, amqp.OpBasicCancel, amqp.OpBasicCancelOk:
		tag := s.tidy(m.Tag)
		b.WriteString(" to " + tag)
		return stream("consumer " + tag), b.String()
	case amqp.OpBasicReturn:
		return "returns", b.String()
	}
	return "replies", b.String()
}

// delivery notes what was delivered. Tags count up by one on a channel, whoever gets what.
func (s *session) delivery(b *strings.Builder, at place, m *wire.Method) {
	number := messageNumber(m.Content)
	if ch := s.chanOf(at); ch != nil {
		if ch.delivered++; m.Delivery != ch.delivered {
			fmt.Fprintf(b, " TAG %d WHERE %d IS DUE", m.Delivery, ch.delivered)
		}
		tag := s.tidy(m.Tag)
		if quiet := ch.noAck[tag] || tag == "" && ch.quietGet; !quiet {
			ch.unacked = append(ch.unacked, delivered{m.Delivery, number, tag})
		}
	}
}

func (s *session) content(b *strings.Builder, m *wire.Method) {
	c := m.Content
	fmt.Fprintf(b, " m%d x=%s key=%s", messageNumber(c), quote(s.tidy(m.Exchange)), quote(s.tidy(m.Key)))
	if m.Flags&flow.Redelivered != 0 && !s.restarted {
		b.WriteString(" redelivered")
	}
	if c.Persistent {
		b.WriteString(" persistent")
	}
	if c.Priority > 0 {
		fmt.Fprintf(b, " priority=%d", c.Priority)
	}
	if c.Expiration != "" {
		b.WriteString(" expiration=" + c.Expiration)
	}
	if len(c.Headers) > 0 {
		b.WriteString(" {" + s.tidy(string(withoutTime(c.Headers).AppendText(nil))) + "}")
	}
}

// withoutTime leaves out when a message died: the model keeps no wall clock.
func withoutTime(t amqp.Table) amqp.Table {
	var out amqp.Table
	for _, f := range t {
		if f.Key == "x-death" && f.Value.Kind == amqp.ArrayValue {
			v := amqp.Value{Kind: amqp.ArrayValue}
			for _, d := range f.Value.Items {
				var kept amqp.Table
				for _, g := range d.Table {
					if g.Key != "time" {
						kept = append(kept, g)
					}
				}
				v.Items = append(v.Items, amqp.Value{Kind: d.Kind, Table: kept})
			}
			f.Value = v
		}
		out = append(out, f)
	}
	return out
}

// messageNumber reads the number at the head of a body.
func messageNumber(c *wire.Content) int {
	word, _, _ := strings.Cut(string(c.Body), " ")
	n, err := strconv.Atoi(strings.TrimPrefix(word, "m"))
	if err != nil {
		return -1
	}
	return n
}

var madeNames = regexp.MustCompile(`amq\.(gen|ctag)-[A-Za-z0-9_-]+`)

// tidy puts "@1", "@2"… for names of the broker's making, in order of appearance.
func (s *session) tidy(text string) string {
	if !strings.Contains(text, "amq.") {
		return s.clean(text)
	}
	return s.clean(madeNames.ReplaceAllStringFunc(text, func(name string) string {
		for i, n := range s.made {
			if n == name {
				return "@" + strconv.Itoa(i+1)
			}
		}
		s.made = append(s.made, name)
		return "@" + strconv.Itoa(len(s.made))
	}))
}

// real is the other way.
func (s *session) real(name string) string {
	if n, ok := strings.CutPrefix(name, "@"); ok {
		if i, err := strconv.Atoi(n); err == nil && i >= 1 && i <= len(s.made) {
			return s.made[i-1]
		}
	}
	return name
}

// restOf puts lines of the last look into a queue under its name.
func (s *session) restOf(q queueName, lines []line) []line {
	for i := range lines {
		lines[i].stream = stream("rest of " + s.tidy(q.String()))
	}
	return lines
}

// take returns what was heard since the last time.
func (s *session) take() []line {
	heard := s.heard
	s.heard = nil
	return heard
}
