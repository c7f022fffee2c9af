package flow

// Kind says what happened. The comment of each names the [Event] fields that
// it uses beyond At, VHost, Process, Conn and Channel, which apply wherever
// they are known.
type Kind uint8

// The kinds. The numbers are part of the file format: append, never reorder.
const (
	// None is the zero Kind and appears in no stream.
	None Kind = iota

	// Method is one AMQP 0-9-1 method on the wire, kept for conformance and
	// the log, never drawn. Label is "class.method"; ToClient gives the
	// direction; Exchange, Queue, Key, Tag, Args and the flags are its
	// arguments; Value is a delivery tag, reply code or message count; Text is
	// a reply text.
	Method

	// ConnectionOpen: Conn is the broker's name for it, Text the name the
	// client gave, Process the process it was traced to.
	ConnectionOpen
	// ConnectionClose: Value is the reply code (0 when unknown), Text the reason.
	ConnectionClose
	// ChannelOpen and ChannelClose: Value and Text as for ConnectionClose.
	ChannelOpen
	ChannelClose

	// ExchangeDeclare makes an exchange: Exchange, Label its type, flags
	// Durable, AutoDelete, Internal, Args.
	ExchangeDeclare
	// ExchangeDelete: Exchange; Label says why ("auto-delete", "deleted", …).
	ExchangeDelete
	// QueueDeclare makes a queue: Queue, Label its type ("" is classic), flags
	// Durable, AutoDelete, Exclusive, Args; Value is x-expires in nanoseconds, 0 for none.
	QueueDeclare
	// QueueDelete: Queue; Label says why ("auto-delete", "expired", "deleted", "exclusive"); Value is how many messages went with it.
	QueueDelete
	// Bind and Unbind: source Exchange, destination Queue (or, with ToExchange,
	// an exchange named by Queue), Key, Args.
	Bind
	Unbind
	// Consume and Cancel: Queue, Tag, Value is the prefetch limit (0 = none), flags NoAck, Exclusive.
	Consume
	Cancel

	// Publish introduces a message: Msg, Exchange, Key, flags Mandatory and the Message descriptor.
	Publish
	// Route is one binding that took a message to one destination: Msg,
	// Exchange, Queue (ToExchange as for Bind), Key and Args the binding's.
	// Implicit without a binding: by the default exchange, or with ToExchange to
	// the alternate exchange of one whose bindings did not match. With NoRoute no binding matched and Queue is empty.
	Route
	// Return gives an unroutable mandatory message back: Msg, Exchange, Key, Value the reply code, Text.
	Return
	// Confirm is the broker's word for a publish: Msg, Value the delivery tag; Negative for a nack.
	Confirm
	// Enqueue puts a message in a queue: Msg, Queue, Value the ready count after it.
	Enqueue
	// Deliver takes a message out of a queue towards a consumer: Msg, Queue,
	// Tag, Value the delivery tag, flags Redelivered, NoAck, Get.
	Deliver
	// Ack, Reject: Msg, Queue, Value the delivery tag.
	Ack
	Reject
	// Requeue puts an unacknowledged message back: Msg, Queue; Label says why.
	Requeue
	// Expire: a message outlived its expiration or the queue's TTL: Msg, Queue.
	Expire
	// DeadLetter republishes: Msg is the dead letter, Queue where it died, Exchange and Key where it goes, Label why.
	DeadLetter
	// Drop: a message is gone: Msg, Queue or Exchange; Label says why ("unroutable", "maxlen", "purged", "queue deleted").
	Drop

	// Request: a process starts an RPC: RPC, Msg when already known, Class, Label the
	// method, Key the topic or topic.server, Value the timeout in nanoseconds (0 = none).
	Request
	// Dispatch: a worker starts to run the method: RPC, Msg, Label the method, Class.
	Dispatch
	// Finish: the method ended: RPC, Msg, Label the method, Text the failure class or "", Value its run time in nanoseconds.
	Finish
	// Reply: the caller has its answer and goes on: RPC, Msg the reply, Label the method, Value the round trip in nanoseconds.
	Reply
	// Failure is Reply with an exception: Text the failure class, Args (simulations only) what the caller gets to read.
	Failure
	// Timeout: the caller gave up: RPC, Label the method, Value how long it waited in nanoseconds.
	Timeout
	// LateReply: an answer came after the caller had gone on, and was discarded: RPC, Msg.
	LateReply
	// Heartbeat: a reply that says "still working": RPC, Msg.
	Heartbeat
	// Notification: an event was handed to a listener: Msg, Label the event type.
	Notification

	// ProcessStart: Process, Label the program, Text the host, Key the role ("invoker", "worker", "both"), Value the
	// pid, Args what is known of the service as "name=value" texts joined by "; ": see [Anatomy].
	ProcessStart
	// ProcessReady: its server listens now.
	ProcessReady
	// ProcessStop: Label is "stopped", "killed" or "exited".
	ProcessStop
	// RestRequest, RestResponse: Process the sender, Key the receiving process,
	// Label the method ("POST"), Text the path, RPC a request id, Value the status of a response,
	// Tag the filter of the WSGI pipeline that answered in place of the application.
	RestRequest
	RestResponse

	// Lost: the source could not keep up or read: Label the reason, Value how many records.
	Lost
	// Note is a remark of the source about itself: Label its code, Text the words.
	Note
	// Depth is a queue's level as the broker counts it: Queue, Value ready, Count unacknowledged.
	Depth
	// Tick: time passed and nothing else.
	Tick

	// Transport says what carries the messages where it is no RabbitMQ: Label
	// the profile ("qpid-2", "zmq-1"…), Text how it is set up ("direct", "proxy"…).
	Transport
	// SocketOpen: a process has a ZeroMQ socket: Label its type ("ROUTER"),
	// Exchange the name of its sending side and Queue that of its receiving side
	// as far as it has them, Text the address that it is bound to, Class what it is for.
	SocketOpen
	// SocketClose: Label, Exchange, Queue as for SocketOpen; Text says why.
	SocketClose
	// SocketConnect and SocketDisconnect: the sending side Exchange reaches the
	// receiving side Queue (ToExchange: a daemon's or proxy's, which pass on), Key what it subscribed to.
	SocketConnect
	SocketDisconnect
	// LinkAttach and LinkDetach: a receiver's link at a Qpid broker: Queue, Tag
	// the link's name, Text the address string or why it ended, Value its capacity.
	LinkAttach
	LinkDetach
	// Record: the matchmaker knows Text under Key for Value nanoseconds from now on (0 = for ever); Process whose it is.
	Record
	// RecordGone: Key, Text; Label says why ("expired", "removed").
	RecordGone
	// Lookup: Process asks the matchmaker for Key: Value how many were found, Text which, Label why it asked.
	Lookup

	// RestFilter: a filter of the WSGI pipeline of Process passes a request on: RPC, Label the filter, Value how long it
	// took in nanoseconds. Filters that take no time are not told.
	RestFilter
	// RestDone: the one who asked has the response: Process, Key the service, Label the method, Text the path, RPC, Value
	// the latency in nanoseconds, Count the status.
	RestDone
	// RestFailure is RestDone without a response: Args says what the caller gets to read, Tag the exception's class.
	RestFailure

	// Operator: someone outside acts, or a fault comes about that a scenario or a person asked for: Label what is done
	// ("kill", "purge_queue"…), Process or Queue what it is done to, Text what was waited for, Value a length of time in
	// nanoseconds, or how many times slower in thousandths.
	Operator
	// ProcessPause: Process stands still (SIGSTOP), its connections stay open. ProcessContinue: it goes on.
	ProcessPause
	ProcessContinue
	// ProcessSlow: what Process does takes Value thousandths of its usual time (1000 = as usual again).
	ProcessSlow
	// NetworkCut: nothing passes between Process and the broker. NetworkDelay: what passes takes Value nanoseconds more
	// each way. NetworkRestore: neither any more.
	NetworkCut
	NetworkDelay
	NetworkRestore
	// BrokerStop: the broker's node ends: Label "shutdown" or "crash". BrokerStart: it is back.
	BrokerStop
	BrokerStart
	// AlarmSet, AlarmClear: the broker runs low on Label ("memory", "disk") and reads nothing from who publishes, or no longer does.
	AlarmSet
	AlarmClear
	// ConnectionBlock, ConnectionUnblock: Conn of Process published under an alarm, and is not read from until all are cleared.
	ConnectionBlock
	ConnectionUnblock
	// QueueLimit: by a policy Queue has the length limit Value, 0 for none.
	QueueLimit

	numKinds
)

// NumKinds is the number of kinds, None included.
const NumKinds = int(numKinds)

var kindNames = [numKinds]string{
	"none", "method", "connection-open", "connection-close", "channel-open", "channel-close",
	"exchange-declare", "exchange-delete", "queue-declare", "queue-delete", "bind", "unbind", "consume", "cancel",
	"publish", "route", "return", "confirm", "enqueue", "deliver", "ack", "reject", "requeue", "expire", "dead-letter", "drop",
	"request", "dispatch", "finish", "reply", "failure", "timeout", "late-reply", "heartbeat", "notification",
	"process-start", "process-ready", "process-stop", "rest-request", "rest-response",
	"lost", "note", "depth", "tick",
	"transport", "socket-open", "socket-close", "socket-connect", "socket-disconnect", "link-attach", "link-detach",
	"record", "record-gone", "lookup", "rest-filter", "rest-done", "rest-failure",
	"operator", "process-pause", "process-continue", "process-slow", "network-cut", "network-delay", "network-restore",
	"broker-stop", "broker-start", "alarm-set", "alarm-clear", "connection-block", "connection-unblock", "queue-limit",
}

// String returns the kind's name in the text form, such as "dead-letter".
func (k Kind) String() string {
	if k >= numKinds {
		return "unknown"
	}
	return kindNames[k]
}

// Valid reports whether k may appear in a stream.
func (k Kind) Valid() bool { return k > None && k < numKinds }

// Class says what a message is for. One class per published message, the first that fits.
type Class uint8

// The classes, in the order in which statistics list them.
const (
	ClassOther Class = iota
	ClassCall
	ClassReply
	ClassCast
	ClassFanout
	ClassNotification
	// ClassREST belongs to REST events only; no broker message has it.
	ClassREST
	numClasses
)

// NumClasses is the number of classes.
const NumClasses = int(numClasses)

var classNames = [numClasses]string{"other", "call", "reply", "cast", "fanout", "notification", "rest"}

// String returns the class's name, such as "fanout".
func (c Class) String() string {
	if c >= numClasses {
		return "unknown"
	}
	return classNames[c]
}

// Flags are facts about an event or, where said, about its message.
type Flags uint32

// The flags. The bits are part of the file format.
const (
	// Inferred: the source deduced this event and did not see it.
	Inferred Flags = 1 << iota
	// Snapshot: the event restates what existed before the stream began or before a viewer joined.
	Snapshot
	// ToClient: a Method from the broker to the client.
	ToClient
	Durable
	AutoDelete
	Exclusive
	Internal
	// Mandatory: a publish that asks for its return when unroutable.
	Mandatory
	// NoRoute: a Route that found no destination.
	NoRoute
	// Negative: a Confirm that is a nack.
	Negative
	Redelivered
	NoAck
	// Get: a Deliver asked for by basic.get.
	Get
	NoWait
	Passive
	// Multiple: an Ack, Reject or Confirm that covers earlier ones too.
	Multiple
	// ToExchange: the destination of a Bind, Unbind or Route is an exchange.
	ToExchange
	// Requeued: a Reject that asks for the message to be put back.
	Requeued
	// Implicit: a Bind or Route by the default exchange's implicit binding.
	Implicit
	// Persistent: delivery mode 2.
	Persistent
	// Late: a reply that came after its call's expiration.
	Late
	// IfUnused, IfEmpty: conditions of a Method that deletes.
	IfUnused
	IfEmpty
	// Global: a basic.qos for the whole channel.
	Global
	// Immediate: a publish that asks for a consumer at once, which RabbitMQ refuses.
	Immediate
	// Peer: no broker is there: Exchange names the sending side of a ZeroMQ
	// socket or a daemon or proxy that passes on, Queue the receiving side of a socket.
	Peer
)
