package diff

import (
	"strings"

	"rpcscope/engine/flow"
)

// onWire are the levels at which methods are compared; told those without.
const (
	told   = Messages | Broker
	onWire = Methods | Everything
)

// Emit implements [flow.Sink].
func (s *Stream) Emit(e *flow.Event, m *flow.Message) {
	switch e.Kind {
	case flow.None, flow.Tick, flow.Note, flow.Depth:
		return
	case flow.Operator, flow.ProcessPause, flow.ProcessContinue, flow.ProcessSlow, flow.NetworkCut, flow.NetworkDelay, flow.NetworkRestore,
		flow.BrokerStop, flow.BrokerStart, flow.AlarmSet, flow.AlarmClear, flow.ConnectionBlock, flow.ConnectionUnblock, flow.QueueLimit:
		return // only a model tells causes: what they did is compared
	case flow.Lost:
		s.lost[e.Label] += e.Value
		return
	}
	if s.events++; s.events > MaxEvents {
		s.tooBig = true
		return
	}
	// Who delivered what stays seen even where the source had to guess which of
	// several identical messages it was, or which binding took it.
	if e.Has(flow.Inferred) && e.Kind != flow.Deliver && e.Kind != flow.Route && e.Kind != flow.ProcessStart {
		return
	}
	switch k := e.Kind; {
	case k == flow.Method:
		s.method(e)
	case k >= flow.ConnectionOpen && k <= flow.ChannelClose:
		s.clients = true
		s.connection(e)
	case k == flow.Consume || k == flow.Cancel:
		s.objects = true
		s.consumer(e)
	case k >= flow.ExchangeDeclare && k <= flow.Unbind:
		s.objects = true
		s.object(e)
	case k == flow.Publish || k == flow.Deliver || k == flow.Ack || k == flow.Reject || k == flow.Return || k == flow.Confirm:
		s.messages = true
		s.channelEvent(e, m)
	case k == flow.Route:
		s.route(e)
	case k == flow.Enqueue || k == flow.Requeue || k == flow.Expire || k == flow.DeadLetter || k == flow.Drop:
		s.fate(e)
	case k >= flow.Request && k <= flow.Notification || k == flow.RestRequest || k == flow.RestResponse || k >= flow.RestFilter && k <= flow.RestFailure:
		s.call(e)
	case k >= flow.ProcessStart && k <= flow.ProcessStop:
		s.process(e)
	case k > flow.Tick: // what carries messages where there is no RabbitMQ
		s.peer(e)
	}
}

// method takes an AMQP method. Its texts are the broker's: what a client writes beside a close is its own affair.
func (s *Stream) method(e *flow.Event) {
	s.methods = true
	op := s.names.Text(e.Label)
	if op == "protocol-header" {
		s.reopened(e.Conn)
	}
	c := s.conn(e.Conn, e.Process)
	mask, where := onWire, catDialogue
	if e.Has(flow.ToClient) {
		s.begin("← ")
	} else {
		s.begin("→ ")
	}
	s.say(op)
	s.put(" exchange=", e.Exchange)
	if op == "connection.open" {
		s.putID(" vhost=", s.id(idVHost, uint64(e.Queue), 0))
	} else {
		s.put(" queue=", e.Queue)
	}
	s.put(" key=", e.Key)
	if op != "basic.publish" {
		s.put(" consumer=", e.Tag)
	}
	switch op {
	case "connection.start-ok":
		s.clientName(e.Text)
	case "basic.publish":
	case "connection.close", "channel.close", "basic.return":
		s.number(" code=", e.Value)
		if e.Has(flow.ToClient) {
			s.put(" ", s.withoutUser(e.Text))
		}
	case "basic.deliver":
		s.tag(e, idTag)
		where = catDelivery
	case "basic.get-ok":
		s.tag(e, idTag)
		s.number(" left=", int64(e.Count))
	case "basic.ack", "basic.nack", "basic.reject":
		where = catSettle
		if e.Has(flow.ToClient) { // one confirm may stand for many: compared as flow.Confirm
			s.tag(e, idConfirm)
			mask, where = Everything, catAnswer
		} else {
			s.tag(e, idTag)
		}
	default:
		s.put(" ", e.Text)
		if e.Value != 0 {
			s.number(" messages=", e.Value)
		}
		if e.Count != 0 {
			s.number(" count=", int64(e.Count))
		}
	}
	s.put(" ", e.Args)
	s.flags(e.Flags)
	if op == "basic.return" {
		where = catAnswer
	}
	if op == "tcp-close" && c.closed { // says nothing after a proper close
		mask = Everything
	}
	s.end(&c.actor, e, mask, where).says = !e.Has(flow.ToClient)
	s.turn(c, e, op)
}

// turn follows what a connection's methods mean for its lanes.
func (s *Stream) turn(c *conn, e *flow.Event, op string) {
	switch op {
	case "connection.open", "connection.close":
		if c.proc >= 0 && !e.Has(flow.ToClient) {
			s.begin(strings.TrimPrefix(op, "connection.") + "s ")
			s.putID("", s.id(idConn, uint64(s.connOf[keyOf(e.Conn, e.Process)]), 0))
			s.end(&s.procs[c.proc].actor, e, onWire, catLife).second = true
		}
	case "connection.close-ok", "tcp-close":
		c.closed = true
	case "basic.consume":
		c.receives = true
	case "confirm.select":
		c.confirms = true
	case "basic.publish":
		if c.pending++; c.confirms && c.pending > 1 {
			c.pipelined = true
		}
	case "basic.ack", "basic.nack":
		if e.Has(flow.Multiple) {
			c.pending = 0
		} else if e.Has(flow.ToClient) {
			c.pending--
		}
	}
}

// clientName puts a connection's given name without the program and process id: those are told by the process.
func (s *Stream) clientName(n flow.Name) {
	text := s.names.Text(n)
	if i := strings.LastIndexByte(text, ':'); i >= 0 {
		p := s.parse(text[i+1:])
		s.say(" named …:" + p.text)
		s.collected = append(s.collected, p.ids...)
		return
	}
	s.put(" named ", n)
}

func (s *Stream) withoutUser(n flow.Name) flow.Name {
	if before, _, ok := strings.Cut(s.names.Text(n), "for user '"); ok {
		return s.names.Intern(before + "for user '…'")
	}
	return n
}

// connection takes the broker's word on connections and channels.
func (s *Stream) connection(e *flow.Event) {
	if e.Kind == flow.ConnectionOpen {
		s.reopened(e.Conn)
	}
	c := s.conn(e.Conn, e.Process)
	words := map[flow.Kind]string{
		flow.ConnectionOpen: "the connection is open", flow.ConnectionClose: "the connection is closed",
		flow.ChannelOpen: "the channel is open", flow.ChannelClose: "the channel is closed",
	}[e.Kind]
	s.begin(words)
	s.end(&c.actor, e, told, catLife)
	s.begin(words)
	if e.Kind == flow.ConnectionOpen {
		s.clientName(e.Text)
	} else {
		s.number(", code ", e.Value)
		s.put(" ", e.Text)
	}
	s.flags(e.Flags)
	s.end(&c.actor, e, Everything, catLife)
	if e.Kind == flow.ConnectionOpen && c.proc >= 0 {
		s.begin("opens ")
		s.putID("", s.id(idConn, uint64(s.connOf[keyOf(e.Conn, e.Process)]), 0))
		s.end(&s.procs[c.proc].actor, e, told, catLife).second = true
	}
	if e.Kind == flow.ConnectionClose {
		c.closed = true
	}
}

func (s *Stream) consumer(e *flow.Event) {
	c := s.conn(e.Conn, e.Process)
	c.receives = true
	lane := s.template([]byte(s.pattern(e.Queue).text + " " + s.pattern(e.Tag).text))
	for _, mask := range []Level{Broker, Everything} {
		s.begin("no longer consumes")
		if e.Kind == flow.Consume {
			s.begin("consumes")
		}
		s.put(" queue ", e.Queue)
		s.put(" as ", e.Tag)
		s.flags(e.Flags &^ flow.Snapshot)
		if mask == Everything { // RabbitMQ tells its own default for that of a quorum queue's consumer
			s.number(", prefetch ", e.Value)
		}
		s.end(&c.actor, e, mask, catConsumer).lane = lane
	}
}

// channelEvent takes what a channel publishes, gets, settles and hears about its publishes.
func (s *Stream) channelEvent(e *flow.Event, m *flow.Message) {
	c := s.conn(e.Conn, e.Process)
	c.sends = c.sends || e.Kind == flow.Publish
	c.receives = c.receives || e.Kind == flow.Deliver
	switch e.Kind {
	case flow.Publish:
		for _, mask := range []Level{told | Methods, Everything} {
			s.begin("publishes ")
			s.message("", e)
			s.put(" to ", e.Exchange)
			s.put(" by key ", e.Key)
			s.content(m, mask == Everything)
			if mask == Everything {
				s.flags(e.Flags)
			}
			s.end(&c.actor, e, mask, catDialogue).second = s.methods
		}
		return
	case flow.Deliver:
		for _, mask := range []Level{told, Methods, Everything} {
			s.begin("gets ")
			s.message("", e)
			s.put(" from ", e.Queue)
			if mask == Everything {
				s.put(" as ", e.Tag)
				s.tag(e, idTag)
				s.flags(e.Flags)
			} else {
				s.flags(e.Flags & flow.Redelivered)
			}
			where := catDelivery
			if e.Has(flow.Get) && mask != told { // a firehose does not tell that it was asked for
				where = catDialogue
			}
			s.end(&c.actor, e, mask, where).second = s.methods
		}
		return
	}
	where := catAnswer
	switch e.Kind {
	case flow.Ack, flow.Reject:
		s.begin(map[flow.Kind]string{flow.Ack: "acknowledges ", flow.Reject: "rejects "}[e.Kind])
		s.message("", e)
		s.put(" of ", e.Queue)
		where = catSettle
	case flow.Confirm:
		s.begin("hears that ")
		s.message("", e)
		s.say(" is confirmed by")
		s.tag(e, idConfirm)
	case flow.Return:
		s.begin("has ")
		s.message("", e)
		s.say(" returned")
		s.number(": ", e.Value)
		s.put(" ", e.Text)
	}
	s.flags(e.Flags)
	s.end(&c.actor, e, onWire, where).second = true
}

func (s *Stream) aboutMessage(e *flow.Event, queue flow.Name) *thing {
	token := s.id(idMessage, uint64(e.Msg), 0)
	return s.thing(thingKey{kind: thingMessage, token: token, vhost: e.VHost, name: queue, proc: -1}, queue)
}

func (s *Stream) route(e *flow.Event) {
	t := s.aboutMessage(e, e.Queue)
	if e.Exchange != 0 && !e.Has(flow.ToExchange) {
		s.begin("is routed")
		if e.Has(flow.NoRoute) {
			s.say(" nowhere")
		}
		s.end(&t.actor, e, Broker, catOther).second = true
	}
	if e.Has(flow.Inferred) {
		return
	}
	s.begin("is routed")
	s.put(" by exchange ", e.Exchange)
	s.put(" by key ", e.Key)
	s.put(" ", e.Args)
	s.flags(e.Flags)
	s.end(&t.actor, e, Everything, catOther)
}

// fate takes what the broker does with a message in a queue. How many were ready then depends on the order of independent streams.
func (s *Stream) fate(e *flow.Event) {
	t := s.aboutMessage(e, e.Queue)
	s.begin(map[flow.Kind]string{
		flow.Enqueue: "is put in", flow.Requeue: "is put back", flow.Expire: "expires",
		flow.DeadLetter: "is dead-lettered", flow.Drop: "is dropped",
	}[e.Kind])
	s.put(" to exchange ", e.Exchange)
	s.put(" by key ", e.Key)
	s.put(": ", e.Label)
	s.flags(e.Flags)
	s.end(&t.actor, e, Everything, catOther)
}

func (s *Stream) object(e *flow.Event) {
	kind, name := thingQueue, e.Queue
	if e.Kind == flow.ExchangeDeclare || e.Kind == flow.ExchangeDelete || e.Has(flow.ToExchange) {
		kind = thingExchange
		if e.Kind == flow.ExchangeDeclare || e.Kind == flow.ExchangeDelete {
			name = e.Exchange
		}
	}
	t := s.thing(thingKey{kind: kind, token: anyID, vhost: e.VHost, name: name, proc: -1}, name)
	gone := e.Kind == flow.ExchangeDelete || e.Kind == flow.QueueDelete
	for _, mask := range []Level{Broker, Everything} {
		switch e.Kind {
		case flow.ExchangeDeclare, flow.QueueDeclare:
			s.begin("exists")
			s.put(", ", e.Label)
		case flow.Bind, flow.Unbind:
			s.begin(map[flow.Kind]string{flow.Bind: "is bound", flow.Unbind: "is no longer bound"}[e.Kind])
			s.put(" to ", e.Exchange)
			s.put(" by key ", e.Key)
		default:
			s.begin("is gone")
			if mask == Everything { // of what goes by itself a firehose does not say why
				s.put(", ", e.Label)
			}
		}
		if !gone {
			s.put(" ", e.Args)
			s.flags(e.Flags &^ flow.Snapshot)
		}
		s.end(&t.actor, e, mask, catOther)
	}
}
