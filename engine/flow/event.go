package flow

import "encoding/hex"

// ID is a 16-byte identifier: an oslo.messaging `_msg_id` or `_unique_id` (32
// hex digits), or a digest of whatever else stood in its place. Zero is none.
type ID [16]byte

// IsZero reports whether the id is absent.
func (id ID) IsZero() bool { return id == ID{} }

// String returns 32 hex digits, as oslo.messaging writes them.
func (id ID) String() string { return hex.EncodeToString(id[:]) }

// ParseID reads 32 hex digits (dashes of the UUID form allowed). Any other
// non-empty text gets a digest of itself, so that equal texts stay equal; exact
// is then false. The empty text is the zero ID.
func ParseID(s string) (id ID, exact bool) {
	if s == "" {
		return ID{}, true
	}
	n := 0
	for i := 0; i < len(s); i++ {
		if s[i] == '-' && len(s) == 36 {
			continue
		}
		v, ok := unhex(s[i])
		if !ok || n == 32 {
			return digestID(s), false
		}
		id[n/2] = id[n/2]<<4 | v
		n++
	}
	// All zero stands for no id here, so that such a one needs another form.
	if n != 32 || id.IsZero() {
		return digestID(s), false
	}
	return id, true
}

func unhex(c byte) (byte, bool) {
	switch {
	case c >= '0' && c <= '9':
		return c - '0', true
	case c >= 'a' && c <= 'f':
		return c - 'a' + 10, true
	case c >= 'A' && c <= 'F':
		return c - 'A' + 10, true
	}
	return 0, false
}

// digestID is 128-bit FNV-1a in two halves that start apart; it identifies, it does not protect.
func digestID(s string) (id ID) {
	a, b := uint64(14695981039346656037), uint64(0x9e3779b97f4a7c15)
	for i := 0; i < len(s); i++ {
		a = (a ^ uint64(s[i])) * 1099511628211
		b = (b ^ uint64(s[i]) ^ a>>7) * 1099511628211
	}
	for i := range 8 {
		id[i], id[8+i] = byte(a>>(8*i)), byte(b>>(8*i))
	}
	return id
}

// MsgID numbers the messages of one stream in the order in which they were
// published, from 1. Zero is none.
type MsgID uint64

// Event is one thing that happened. Which fields a Kind uses is said there; all others are zero.
type Event struct {
	// At is the stream time in nanoseconds, never below that of an earlier event.
	At int64
	// Value is the Kind's number.
	Value int64
	// Msg is the message concerned.
	Msg MsgID
	// RPC is the call concerned.
	RPC ID
	// Count is the Kind's second number.
	Count    uint32
	Flags    Flags
	VHost    Name
	Process  Name
	Conn     Name
	Exchange Name
	Queue    Name
	Key      Name
	Tag      Name
	Label    Name
	Text     Name
	Args     Name
	Channel  uint16
	Kind     Kind
	Class    Class
}

// Has reports whether all of f are set.
func (e *Event) Has(f Flags) bool { return e.Flags&f == f }

// Message describes a published message: what its properties and envelope say, never what its arguments or results are –
// except Preview, which only simulations fill.
type Message struct {
	// RPC is the `_msg_id`; UniqueID the `_unique_id`.
	RPC, UniqueID ID
	// Expiration in nanoseconds; negative when the message has none.
	Expiration int64
	// Size of the body in bytes.
	Size uint32
	// MsgFlags are facts of the body.
	Facts Facts
	// Exchange and Key are where it was published.
	Exchange, Key Name
	// Method, Namespace and Version are the request's; Namespace and Version are empty when absent.
	Method, Namespace, Version Name
	// EventType and Priority are the notification's.
	EventType, Priority Name
	// FailureClass of a reply whose `failure` is not null.
	FailureClass Name
	// ReplyQueue is the `_reply_q`.
	ReplyQueue Name
	// Props are the AMQP basic properties as "name=value" texts joined by "; ", in protocol order.
	Props Name
	// Context is the names of the `_context_*` entries without that prefix, sorted and joined by ",".
	Context Name
	// Preview shows arguments or results. Empty for real traffic.
	Preview Name
	Class   Class
}

// Facts are yes/no facts about a message body.
type Facts uint16

// The facts. The bits are part of the file format.
const (
	// HasEnvelope: the body was an oslo envelope (oslo.version, oslo.message).
	HasEnvelope Facts = 1 << iota
	// HasID: the body had a `_msg_id`.
	HasID
	// Ending and NotEnding: the reply's `ending` was true, or false; neither when absent.
	Ending
	NotEnding
	// HasFailure: the reply's `failure` was not null.
	HasFailure
	// HasMonitor: the request's `_timeout` was not null.
	HasMonitor
	// DigestID: RPC is a digest because `_msg_id` was no 32 hex digits.
	DigestID
	// NotJSON: the body could not be read as an oslo message.
	NotJSON
)

// Has reports whether all of f are set.
func (m *Message) Has(f Facts) bool { return m.Facts&f == f }

// Sink receives a stream. m is non-nil for the event that introduces a
// message – a Publish, or for a message whose publish was never seen the first
// event that names it – and nil for all others. Both pointers are valid only
// during the call; a Sink copies what it keeps.
type Sink interface {
	Emit(e *Event, m *Message)
}

// Tee hands every event to each sink in turn.
type Tee []Sink

// Emit implements [Sink].
func (t Tee) Emit(e *Event, m *Message) {
	for _, s := range t {
		s.Emit(e, m)
	}
}

// SinkFunc makes a Sink of a function.
type SinkFunc func(e *Event, m *Message)

// Emit implements [Sink].
func (f SinkFunc) Emit(e *Event, m *Message) { f(e, m) }

// Header opens a stream.
type Header struct {
	// Epoch is the wall-clock time of stream time zero, in nanoseconds since 1970; zero for simulations.
	Epoch int64
	// Source is "sim", "live", "record" or "import".
	Source string
	// Title is what a person would call it: a scenario's title, a broker's name.
	Title string
	// Build is the version of the program that wrote it.
	Build string
	// Seed of a simulation.
	Seed uint64
}
