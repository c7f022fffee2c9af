package oracle

import (
	"fmt"
	"strconv"
	"strings"

	"rpcscope/engine/amqp"
	"rpcscope/engine/flow"
)

// Verb is what an operation does: a method of AMQP, or one of those below.
type Verb = amqp.Op

// What is not a method.
const (
	// Connect opens a connection: VHost, User.
	Connect Verb = 200 + iota
	// Cut ends a connection's byte stream without a word.
	Cut
	// Wait lets time pass: Millis.
	Wait
	// SetPolicy makes the policy Policy with the settings Args, ClearPolicy removes the one of its name.
	SetPolicy
	ClearPolicy
	// SetOperatorPolicy and ClearOperatorPolicy do so with an operator's.
	SetOperatorPolicy
	ClearOperatorPolicy
	// Restart stops the node in good order and starts it again, AlarmOn and
	// AlarmOff raise and clear its memory alarm: events that many programs share.
	Restart
	AlarmOn
	AlarmOff
	// ForceClose is an operator's end of a connection.
	ForceClose
	// LimitQueues bounds the queues of the first virtual host, LimitConnections
	// the connections to it, LimitChannels those of the user [boundUser]: Count, -1 for no bound.
	LimitQueues
	LimitConnections
	LimitChannels
	endOfVerbs
)

var verbNames = [endOfVerbs - Connect]string{
	"connect", "cut", "wait", "set-policy", "clear-policy", "set-operator-policy", "clear-operator-policy", "restart", "alarm-on", "alarm-off",
	"force-close", "limit-queues", "limit-connections", "limit-channels",
}

// Op is one operation. Which fields count follows from the verb.
type Op struct {
	Verb Verb
	// Conn is 'A', 'B', …; 0 for what no connection does.
	Conn byte
	Chan uint16

	Exchange, Queue, Key, Tag, Type string

	Flags flow.Flags
	Args  amqp.Table
	Count int
	// Delivery is what an acknowledgement is about.
	Delivery Delivery
	Message  *Message
	// Millis to wait.
	Millis int
	// Code and text of a close.
	Code int
	// VHost and User of a Connect; empty is the first and guest.
	VHost, User string
	// Plain is a Connect of a client that announces no capabilities.
	Plain  bool
	Policy Policy
}

// Policy is one of the first virtual host.
type Policy struct {
	Name, Pattern, ApplyTo string
	Priority               int
}

// Delivery names a delivery by what was delivered to whom, so that a program
// means the same where RabbitMQ leaves the order of delivery tags open: message
// Number to the consumer Tag, empty for basic.get. With Number 0 it is the tag
// Raw, which is how programs make mistakes.
type Delivery struct {
	Number int
	Tag    string
	Raw    uint64
}

// Message is what is published.
type Message struct {
	// Number makes the message known again. It begins the body.
	Number int
	// Size of the body in bytes; at least that of its number.
	Size int
	// Expiration in milliseconds, -1 for none.
	Expiration int
	Priority   int
	Persistent bool
	UserID     string
	Headers    amqp.Table
}

// Program is what both sides are put through.
type Program []Op

// String is the program as a script, one operation a line; [Parse] reads it.
func (p Program) String() string {
	var b strings.Builder
	for i := range p {
		b.WriteString(p[i].String())
		b.WriteByte('\n')
	}
	return b.String()
}

// String is the operation as a line of a script.
func (o Op) String() string {
	var b strings.Builder
	if o.Conn != 0 {
		b.WriteByte(o.Conn)
		if o.Chan != 0 {
			fmt.Fprintf(&b, "/%d", o.Chan)
		}
		b.WriteByte(' ')
	}
	b.WriteString(verbName(o.Verb))
	for _, f := range positional[o.Verb] {
		b.WriteByte(' ')
		b.WriteString(o.operand(f))
	}
	for _, f := range flagWords {
		if o.Flags&f.flag != 0 {
			b.WriteByte(' ')
			b.WriteString(f.word)
		}
	}
	if o.Plain {
		b.WriteString(" plain")
	}
	if m := o.Message; m != nil {
		m.append(&b)
	}
	if len(o.Args) > 0 {
		b.WriteString(" {" + string(o.Args.AppendText(nil)) + "}")
	}
	return b.String()
}

func (m *Message) append(b *strings.Builder) {
	if m.Persistent {
		b.WriteString(" persistent")
	}
	if m.Size > len(m.name()) {
		fmt.Fprintf(b, " size=%d", m.Size)
	}
	if m.Expiration >= 0 {
		fmt.Fprintf(b, " expiration=%d", m.Expiration)
	}
	if m.Priority > 0 {
		fmt.Fprintf(b, " priority=%d", m.Priority)
	}
	if m.UserID != "" {
		b.WriteString(" user=" + quote(m.UserID))
	}
	if len(m.Headers) > 0 {
		b.WriteString(" {" + string(m.Headers.AppendText(nil)) + "}")
	}
}

func (m *Message) name() string { return "m" + strconv.Itoa(m.Number) }

// operandKind is a place in a script line.
type operandKind uint8

const (
	opExchange operandKind = iota
	opQueue
	opKey
	opTag
	opType
	opDelivery
	opCount
	opMessage
	opMillis
	opCode
	opVHost
	opUser
	opPolicy
	opPattern
	opApplyTo
	opPriority
)

// positional operands of the verbs, in order.
var positional = map[Verb][]operandKind{
	Connect: {opVHost, opUser}, Wait: {opMillis},
	SetPolicy: {opPolicy, opPattern, opApplyTo, opPriority}, ClearPolicy: {opPolicy},
	SetOperatorPolicy: {opPolicy, opPattern, opApplyTo, opPriority}, ClearOperatorPolicy: {opPolicy},
	LimitQueues: {opCount}, LimitConnections: {opCount}, LimitChannels: {opCount},
	amqp.OpConnectionClose: {opCode}, amqp.OpChannelClose: {opCode},
	amqp.OpExchangeDeclare: {opExchange, opType}, amqp.OpExchangeDelete: {opExchange},
	amqp.OpExchangeBind: {opQueue, opExchange, opKey}, amqp.OpExchangeUnbind: {opQueue, opExchange, opKey},
	amqp.OpQueueDeclare: {opQueue}, amqp.OpQueueDelete: {opQueue}, amqp.OpQueuePurge: {opQueue},
	amqp.OpQueueBind: {opQueue, opExchange, opKey}, amqp.OpQueueUnbind: {opQueue, opExchange, opKey},
	amqp.OpBasicPublish: {opMessage, opExchange, opKey},
	amqp.OpBasicConsume: {opQueue, opTag}, amqp.OpBasicCancel: {opTag}, amqp.OpBasicGet: {opQueue},
	amqp.OpBasicAck: {opDelivery}, amqp.OpBasicNack: {opDelivery}, amqp.OpBasicReject: {opDelivery}, amqp.OpBasicQos: {opCount},
}

var flagWords = []struct {
	word string
	flag flow.Flags
}{
	{"passive", flow.Passive},
	{"durable", flow.Durable},
	{"auto-delete", flow.AutoDelete},
	{"exclusive", flow.Exclusive},
	{"internal", flow.Internal},
	{"mandatory", flow.Mandatory},
	{"immediate", flow.Immediate},
	{"no-ack", flow.NoAck},
	{"multiple", flow.Multiple},
	{"requeue", flow.Requeued},
	{"if-unused", flow.IfUnused},
	{"if-empty", flow.IfEmpty},
	{"global", flow.Global},
	{"no-wait", flow.NoWait},
}

func (o *Op) operand(k operandKind) string {
	switch k {
	case opExchange:
		return quote(o.Exchange)
	case opQueue:
		return quote(o.Queue)
	case opKey:
		return quote(o.Key)
	case opTag:
		return quote(o.Tag)
	case opType:
		return quote(o.Type)
	case opDelivery:
		return o.Delivery.String()
	case opCount:
		return strconv.Itoa(o.Count)
	case opMessage:
		return o.Message.name()
	case opMillis:
		return strconv.Itoa(o.Millis)
	case opCode:
		return strconv.Itoa(o.Code)
	case opVHost:
		return quote(o.VHost)
	case opUser:
		return quote(o.User)
	case opPolicy:
		return quote(o.Policy.Name)
	case opPattern:
		return quote(o.Policy.Pattern)
	case opApplyTo:
		return quote(o.Policy.ApplyTo)
	case opPriority:
		return strconv.Itoa(o.Policy.Priority)
	}
	panic("oracle: operand without text")
}

// String is "m5@c1", "m5@get" or "#7".
func (d Delivery) String() string {
	switch {
	case d.Number == 0:
		return "#" + strconv.FormatUint(d.Raw, 10)
	case d.Tag == "":
		return fmt.Sprintf("m%d@get", d.Number)
	}
	return fmt.Sprintf("m%d@%s", d.Number, d.Tag)
}

// quote writes an operand: "-" for the empty text, quoted where a reader would trip.
func quote(s string) string {
	if s == "" {
		return "-"
	}
	if s == "-" || strings.ContainsAny(s, " \"{}\\\n\t\r") {
		return strconv.Quote(s)
	}
	return s
}

func verbName(v Verb) string {
	if v >= Connect {
		return verbNames[v-Connect]
	}
	return v.String()
}

func parseVerb(s string) (Verb, bool) {
	for i, n := range verbNames {
		if n == s {
			return Connect + Verb(i), true
		}
	}
	return amqp.ParseOp(s)
}
