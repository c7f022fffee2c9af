package scenario

import (
	"rpcscope/engine/rpc"
)

// Document is a scenario that was read and found to be sound. It is never changed, so worlds share it.
type Document struct {
	// Name is the document's own name in kebab case; may be empty for a file.
	Name string
	// Title is what a person sees in the picker; Description says in a sentence or two what to look at.
	Title, Description string
	// Group is the heading of the picker under which it stands, one of [Groups], or "" for none.
	Group string
	// Broker is what the broker is called, such as "rabbit@ctl1".
	Broker string
	// Seed is used where nobody asks for another.
	Seed uint64
	// Until is where the interesting part ends in nanoseconds, 0 for no end.
	Until int64
	// Config is what the model is made of.
	Config  rpc.Config
	actions []Action
	carrier string
}

// Action is a send that the document offers to the person who plays it.
type Action struct {
	// Kind is "call", "cast", "fanout" or "notify".
	Kind string
	// Client is the process that sends. Target is where to, in words: "compute", "compute.host1", "notifications.info".
	Client, Target string
	// Method is the RPC method, or the event type of a notification.
	Method string
	// Label is a text of the document's own, or empty.
	Label string
	step  rpc.Step
}

// Actions returns the sends that are offered, in the order to show them. The caller must not change them.
func (d *Document) Actions() []Action { return d.actions }

// Command is something a person does to a world.
type Command struct {
	// Kind is "call", "cast", "fanout" or "notify" to send; or one of [rpc.ActNames], or "drop", to do what the operator of
	// a document does: to the process Client, to Queue, or to the broker.
	Kind string
	// Client, Topic, Server, Method and Label choose among the document's actions where they are given, and override the
	// chosen one's target. Label is also the alarm to raise or clear ("memory", "disk") and the version to change to.
	// Target only chooses: it is that of an [Action].
	Client, Topic, Server, Method, Label, Target string
	Queue                                        string
	// Value is how many thousandths of the usual time ("slow_down"), or a time in nanoseconds ("delay_link", "restart_broker"); 0 is a usual one.
	Value int64
	// When, if any, is one of [rpc.DeedNames]: it is done when the process Waits (Client when empty) has done that, with Method when that is given.
	When, Waits string
}
