package view

import "rpcscope/engine/flow"

// Always is the birth of what existed before the stream began: it never draws in.
const Always int64 = -1 << 62

// Life is when a thing came and went, on the display axis.
type Life struct {
	// Born is when it was declared; [Always] when it was there before.
	Born int64
	// Died is when it went, 0 while it lives; Reason says why.
	Died   int64
	Reason flow.Name
	// Seq orders things by birth, from 1.
	Seq uint32
	// Inferred: nobody announced it, the fold or the source concluded that it exists.
	Inferred bool
}

// Alive reports whether the thing has not gone.
func (l *Life) Alive() bool { return l.Died == 0 }

// Traffic says what an edge carries.
type Traffic struct {
	// Count is how many messages passed in all.
	Count uint64
	// LastD is when the last one set out, LastMsg which and LastRPC for which call; Class its class.
	LastD   int64
	LastRPC flow.ID
	LastMsg flow.MsgID
	// Win and Prev count the current and the previous second of stream time, which began at WinAt.
	WinAt     int64
	Win, Prev uint32
	Class     flow.Class
}

// Role says on which sides of the broker a process stands.
type Role uint8

// The roles are bits: a process may be both.
const (
	// RoleInvoker sends calls, casts, fanouts or notifications.
	RoleInvoker Role = 1 << iota
	// RoleWorker consumes from queues other than reply queues.
	RoleWorker
	// RoleBoth is drawn once on each side.
	RoleBoth = RoleInvoker | RoleWorker
)

// Condition is what a process's state dot says.
type Condition uint8

// The conditions. Busy is not among them: see [Process.Busy].
const (
	// Unknown: heard of, not seen; the dot is dashed.
	Unknown Condition = iota
	// Starting: it began and does not listen yet.
	Starting
	// Up: it listens or speaks.
	Up
	// Silent: a call that it took timed out, and it has not spoken since.
	Silent
	// Stopped: it left in order.
	Stopped
	// Killed: it went without a word.
	Killed
	// Paused: it stands still, its connections are open.
	Paused
)

// Process is a program that speaks to the broker.
type Process struct {
	Life
	// Name is the display identity, "program:pid" or a scenario's process name.
	Name flow.Name
	// Program, Host are texts to show; Pid is 0 when unknown.
	Program, Host flow.Name
	Pid           int64
	// Running is how many methods it runs, Waiting how many calls it waits for.
	Running, Waiting int32
	// Conns is how many connections it has open.
	Conns int32
	// SpokeD is when it last did anything.
	SpokeD int64
	// Slow is how many thousandths of the usual time its work takes, 0 for the usual. Cut: nothing passes between it and
	// the broker; Delay is how much longer that takes each way, in nanoseconds. Blocked is how many of its connections are.
	Slow, Delay int64
	Blocked     int32
	Cut         bool

	Role      Role
	Condition Condition
	// Daemon: it is a part of the transport, drawn as what it passes messages by.
	Daemon bool
	// Door: it is the process by which other components reach its Component, which is 0 where nobody said it.
	Door      bool
	Component flow.Name
	// Anatomy is what its source knows of it as a service; see [flow.Anatomy].
	Anatomy flow.Name
	// Callers are whose calls, casts and fanouts it was sent, in the order of their first; Others counts the messages of those beyond.
	Callers [8]Caller
	Others  uint32
}

// Caller is a process whose messages another was sent.
type Caller struct {
	Name  flow.Name
	Count uint32
}

// calledBy counts a message of a caller.
func (p *Process) calledBy(name flow.Name) {
	for i := range p.Callers {
		c := &p.Callers[i]
		if c.Name == 0 {
			c.Name = name
		}
		if c.Name == name {
			c.Count++
			return
		}
	}
	p.Others++
}

// Busy reports whether it runs a method.
func (p *Process) Busy() bool { return p.Running > 0 && p.Condition == Up }

// Connection is an AMQP connection.
type Connection struct {
	Life
	VHost, Name flow.Name
	// Process is the [Process] it was traced to.
	Process  Slot
	Channels int32
	// Blocked: the broker reads nothing from it.
	Blocked bool
}

// Exchange is an exchange. The default exchange has the empty Name.
type Exchange struct {
	Life
	VHost, Name flow.Name
	// Type is "topic", "direct", "fanout", "headers" or empty when unknown.
	Type flow.Name
	// Form is Type as a number.
	Form ExchangeForm
	// Flags: flow.Durable, AutoDelete, Internal.
	Flags flow.Flags
	// Bindings is how many leave it now.
	Bindings int32
	// In counts what was published to it.
	In Traffic
}

// ExchangeForm is an exchange's type, for those who draw by it.
type ExchangeForm uint8

// The forms.
const (
	FormUnknown ExchangeForm = iota
	FormDirect
	FormTopic
	FormFanout
	FormHeaders
	// FormDefault is the direct exchange without a name; without RabbitMQ, what answers pass on their way back.
	FormDefault
	// FormSocket is the sending side of a ZeroMQ socket, or a daemon's or proxy's, which passes on.
	FormSocket
)

// Queue is a queue with its exact counts and its messages in order.
type Queue struct {
	Life
	VHost, Name flow.Name
	// Type is "" for classic, "quorum", "stream".
	Type flow.Name
	// Flags: flow.Durable, AutoDelete, Exclusive.
	Flags flow.Flags
	// Args as the source wrote them.
	Args flow.Name
	// Expires is x-expires in nanoseconds, 0 for none. Its clock runs while
	// nobody consumes: from IdleAt (stream) and IdleD (display), 0 while it stands.
	Expires, IdleAt, IdleD int64
	// MaxLen is x-max-length, PolicyLen the limit that a policy sets, 0 for none; see [Queue.Limit].
	MaxLen, PolicyLen int64
	// Ready and Unacked are exact. Of the ready messages the first Listed are in the list; beyond it only counts are kept.
	// Likewise UnackedListed of the unacknowledged ones.
	Ready, Unacked, Listed, UnackedListed int64
	// ReadyHead..ReadyTail and UnackedHead..UnackedTail chain [Copy] records by Next, head first.
	ReadyHead, ReadyTail     Slot
	UnackedHead, UnackedTail Slot
	// Consumers and Bindings count those that live.
	Consumers, Bindings int32
	// FirstConsumer and FirstBinding chain [Consumer.NextOfQueue] and [Binding.NextOfQueue], newest first.
	FirstConsumer, FirstBinding Slot
	// Owner is the process that consumed from it first, else declared it.
	Owner flow.Name
	// ByClass counts the ready messages of each class.
	ByClass [flow.NumClasses]int32
	// copies counts the [Copy] records that name the queue, those on their way to it and those that fade included.
	copies int32
	// In and Out are what came and what left to consumers.
	In, Out Traffic
	// Reply: answers come here, it stands in the reply lane. Fanout: a fanout exchange feeds it.
	// Socket: it is the receiving side of a ZeroMQ socket, Type the socket's type and Args its address.
	Reply, Fanout, Socket bool
}

// Binding joins an exchange with a queue or with another exchange.
type Binding struct {
	Life
	// Exchange is the source; Queue the destination, or with ToExchange a slot of Exchanges.
	Exchange, Queue Slot
	Key, Args       flow.Name
	// NextOfQueue chains the bindings of one destination queue.
	NextOfQueue Slot
	ToExchange  bool
	// Implicit: the default exchange's binding by the queue's own name, kept once it was used.
	Implicit bool
	Out      Traffic
}

// Consumer is a subscription of a process to a queue.
type Consumer struct {
	Life
	Queue   Slot
	Process Slot
	Conn    flow.Name
	Tag     flow.Name
	// Prefetch is its limit, 0 for none; Unacked is what it holds.
	Prefetch int64
	Unacked  int32
	Channel  uint16
	// NextOfQueue chains the consumers of one queue.
	NextOfQueue Slot
	NoAck       bool
	Exclusive   bool
	Out         Traffic
}

// Full reports whether the prefetch window has no room left.
func (c *Consumer) Full() bool { return c.Prefetch > 0 && int64(c.Unacked) >= c.Prefetch }

// Link is an edge outside the broker: a process publishes to an exchange, or sends REST requests to another process.
type Link struct {
	Life
	Process Slot
	// Exchange is where it publishes; 0 for REST, and then Peer is the process asked.
	Exchange, Peer Slot
	Out            Traffic
}
