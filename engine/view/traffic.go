package view

import "rpcscope/engine/flow"

// Hop is a stretch of display time in which something travels. End is 0 while the arrival is not known.
type Hop struct{ Start, End int64 }

// Fraction says how far a traveller is at display time d, 0..1. With the end
// unknown it slows down towards 0.9 and never arrives.
func (h Hop) Fraction(d int64) float64 {
	switch {
	case d <= h.Start:
		return 0
	case h.End == 0:
		x := float64(d-h.Start) / 1e9
		return 0.9 * x / (x + 0.6)
	case d >= h.End:
		return 1
	}
	return float64(d-h.Start) / float64(h.End-h.Start)
}

// Covers reports whether something travels at d.
func (h Hop) Covers(d int64) bool { return d >= h.Start && (h.End == 0 || d < h.End) }

// Stage is where a published message is as a whole.
type Stage uint8

// The stages.
const (
	// Publishing: from its process to its exchange, during [Message.Hop].
	Publishing Stage = iota
	// Routed: its copies tell the rest.
	Routed
	// Unroutable: no binding matched; it falls at the exchange at EndD (see [Drop]).
	Unroutable
	// Returned: it goes back to its publisher, from EndD on.
	Returned
)

// Message is a published message while anything of it is to be seen.
type Message struct {
	ID flow.MsgID
	// RPC is its call, zero for cast, fanout and notification.
	RPC, UniqueID flow.ID
	// At and Hop: published when, and travelling to the exchange when.
	At  int64
	Hop Hop
	// EndD is when it was returned or dropped as a whole, 0 if not.
	EndD int64
	// Expiration in nanoseconds, negative for none.
	Expiration int64
	Size       uint32
	// Copies chains its [Copy] records by NextOfMsg, oldest first; Alive counts those that live.
	Copies, LastCopy Slot
	Alive            int32
	// Process published it over Conn; names, as it may outlive both.
	Process, Conn flow.Name
	// VHost, Exchange and Key are where to; Label is its method or event type.
	VHost, Exchange, Key, Label flow.Name
	Props                       flow.Name
	Facts                       flow.Facts
	Class                       flow.Class
	Stage                       Stage
	Mandatory, Inferred         bool
}

// Place is where a copy is.
type Place uint8

// The places. A copy that is Ready or Unacked may still be on its way there: see [Copy.Hop].
const (
	// Routing: from the exchange towards the queue, not there yet.
	Routing Place = iota
	// Ready: waits in the queue.
	Ready
	// Unacked: a consumer has it, or it travels to the consumer.
	Unacked
	// Acked: done; the hollow form shrinks away. Fades.
	Acked
	// Passed: went on to another exchange, or was taken without acknowledgement. Fades after its hop.
	Passed
)

// Copy is a message in one queue.
type Copy struct {
	Msg   Slot
	Queue Slot
	// Exchange is the one that it came from; ToExchange makes Queue a slot of Exchanges.
	Exchange Slot
	// Binding took it here, when known.
	Binding Slot
	// Consumer has it or will; Holder is that consumer's process, also for basic.get.
	Consumer Slot
	Holder   flow.Name
	// Hop is its last journey: exchange to queue (Routing, Ready), queue to
	// consumer (Unacked, Passed) or, with Returning, consumer back to the queue.
	Hop Hop
	// SinceD and SinceAt are when it came to its Place.
	SinceD, SinceAt int64
	// Next and Prev chain the queue's list; NextOfMsg the message's copies.
	Next, Prev, NextOfMsg Slot
	DeliveryTag           int64
	Place                 Place
	Class                 flow.Class
	// Redelivered: it was given to a consumer before.
	Redelivered, Returning, ToExchange, Inferred bool
	// Held: the link of the one that it is for is cut; it waits on its way until that is restored.
	Held bool
}

// Covers reports whether the copy travels at d, or waits on its way.
func (c *Copy) Covers(d int64) bool { return c.Held || c.Hop.Covers(d) }

// CallState is how an RPC stands with its caller.
type CallState uint8

// The states.
const (
	// Waiting: the caller waits; its ring drains.
	Waiting CallState = iota
	// Answered: the reply arrived and the caller went on.
	Answered
	// Failed: the reply carried an exception.
	Failed
	// TimedOut: the caller gave up.
	TimedOut
)

// Call is an RPC that waits for its answer, or ended a short while ago.
type Call struct {
	ID flow.ID
	// Method, Target (topic or topic.server).
	Method, Target flow.Name
	// Process waits; Worker took it, when known.
	Process, Worker flow.Name
	// ReplyQueue is where the answer is awaited.
	ReplyQueue flow.Name
	// Timeout in nanoseconds from StartAt, 0 when it waits for ever or nobody knows.
	Timeout int64
	// StartAt, StartD: the call set out. EndAt, EndD: it ended, 0 while it waits.
	StartAt, StartD, EndAt, EndD int64
	// Request and Reply are the messages; Failure the class of the exception.
	Request, Reply flow.MsgID
	Failure        flow.Name
	// RepliedAt is when the final answer was published, 0 before.
	RepliedAt  int64
	Heartbeats uint32
	State      CallState
	Inferred   bool
	// Late: an answer came after the end.
	Late bool
	// replied: the statistics counted its answer.
	replied bool
	// told: its caller reports, and will say itself when it gives up.
	told bool
}

// Left is how much of the timeout is left at stream time t, in nanoseconds. It is limited once there is a timeout that
// runs: not before the broker has read the request, which it does not under an alarm (oslo.messaging, amqpdriver: AMQPDriverBase._send).
func (c *Call) Left(t int64) (left int64, limited bool) {
	if c.Timeout <= 0 || c.Request == 0 {
		return 0, false
	}
	return max(0, c.StartAt+c.Timeout-t), true
}

// Remaining is the share of the timeout left at stream time t, 0..1; 1 when it has none that runs.
func (c *Call) Remaining(t int64) float64 {
	left, limited := c.Left(t)
	if !limited {
		return 1
	}
	return min(1, float64(left)/float64(c.Timeout))
}

// Run is a method that a worker runs, or ended a short while ago.
type Run struct {
	RPC     flow.ID
	Msg     flow.MsgID
	Process flow.Name
	Method  flow.Name
	// Queue that the request was taken from, a name.
	Queue flow.Name
	// Failure is the class of the exception that ended it.
	Failure                      flow.Name
	StartAt, StartD, EndAt, EndD int64
	Class                        flow.Class
	Inferred                     bool
	// Killed: it ended because its process did.
	Killed bool
}

// Rest is a REST request under way, or answered a short while ago.
type Rest struct {
	ID             flow.ID
	From, To       flow.Name
	Verb, Path     flow.Name
	StartAt, EndAt int64
	// Ask and Answer are the two journeys; Answer.Start is 0 while there is none.
	Ask, Answer Hop
	// Status of the response; 0 before it, and for ever when the process asked was gone before it answered.
	Status int64
	// Filter is the WSGI filter that answered in place of the application, 0 for none.
	Filter flow.Name
	// Failure is the exception's class when the one who asked goes on without a response.
	Failure  flow.Name
	Inferred bool
}

// Drop is a message that was lost, kept for [LingerDrop] so that it can fall and leave its reason.
type Drop struct {
	// D is when. It falls at Queue, or at Exchange when Queue is 0, or at its Process.
	D               int64
	Msg             flow.MsgID
	RPC             flow.ID
	Queue, Exchange Slot
	// Reason is the source's code: "unroutable", "expired", "maxlen", "rejected", …
	Reason flow.Name
	// Count is how many went at once with the same reason.
	Count int64
	Class flow.Class
}

// Counters add up what the stream said; engine/stats has the definitions.
type Counters struct {
	// Events folded; Skipped are those about things beyond a limit.
	Events, Skipped uint64
	Published       [flow.NumClasses]uint64
	Delivered       [flow.NumClasses]uint64
	// Calls made; of them answered well, in error; late answers; heartbeats.
	Calls, AnsweredOK, AnsweredError, Late, Heartbeats uint64
	Unrouted, Returned, Redelivered, Lost              uint64
	// Requests by REST; answers with a status below 400, with one from 400 on; requests given up without an answer.
	Asked, Granted, Refused, NoResponse uint64
}
