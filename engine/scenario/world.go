package scenario

import (
	"errors"
	"strconv"

	"rpcscope/engine/amqp"
	"rpcscope/engine/flow"
	"rpcscope/engine/rpc"
	"rpcscope/engine/sim"
)

// ErrRunaway is wrapped by the error of a world that does more than it may:
// too many events at once, or more and more messages that nobody takes, or requests that never end.
var ErrRunaway = errors.New("the scenario grows without bound")

// The bounds of a world.
const (
	// MaxSteps is how many scheduled events may run within one second of the world's time.
	MaxSteps = 100_000
	// MaxPending is how many may be scheduled at once.
	MaxPending = 200_000
	// MaxHeld is how many messages the broker may hold at once.
	MaxHeld = 50_000
	// MaxThreads is how many threads all processes may have at once.
	MaxThreads = 10_000
)

// World is one run of a document. It is pure: time moves by RunUntil only, and
// the same document, seed and commands give the same events. Not safe for concurrent use.
type World struct {
	doc    *Document
	seed   uint64
	names  *flow.Names
	system *rpc.System
	now    int64
	// steps counts the events of the second within.
	within int64
	steps  int
}

// NewWorld makes a world at time zero. Names is shared with whoever reads the
// events; the sink gets them as they happen, from RunUntil and Do.
func NewWorld(doc *Document, seed uint64, names *flow.Names, sink flow.Sink) (*World, error) {
	if doc == nil || names == nil || sink == nil {
		return nil, errors.New("a world needs a document, names and a sink")
	}
	return &World{doc: doc, seed: seed, names: names, system: rpc.New(&doc.Config, seed, names, sink)}, nil
}

// Document is what the world runs.
func (w *World) Document() *Document { return w.doc }

// Seed is what its random streams began with.
func (w *World) Seed() uint64 { return w.seed }

// Now is the world's time in nanoseconds: where the last RunUntil ended.
func (w *World) Now() int64 { return w.now }

// NextAt is when something will happen next; ok is false when nothing will, unless commanded.
func (w *World) NextAt() (int64, bool) { return w.system.NextAt() }

// Unmet are the operator's acts whose conditions have not come about so far, in words.
func (w *World) Unmet() []string { return w.system.Unmet() }

// Broker lets tests and explanations look at the broker's state.
func (w *World) Broker() *amqp.Broker { return w.system.Broker() }

// SetSink changes who gets the events from now on.
func (w *World) SetSink(sink flow.Sink) { w.system.SetSink(sink) }

// RunUntil runs everything that is due at or before t and moves the clock
// there. The error wraps [ErrRunaway]; the world is then where it was stopped.
func (w *World) RunUntil(t int64) error {
	for {
		left := MaxSteps
		if done, err := w.RunSome(t, &left); done || err != nil {
			return err
		}
	}
}

// RunSome is [World.RunUntil] for as many scheduled events as left says, which
// it counts down; done is false when others are due, and the clock then stands at
// the last one that ran. To go on later, however often, comes to the same.
func (w *World) RunSome(t int64, left *int) (done bool, err error) {
	for ; *left > 0; *left-- {
		if !w.system.Step(t) {
			w.system.Advance(t)
			w.now = max(w.now, t)
			return true, nil
		}
		w.now = max(w.now, w.system.Now())
		if s := w.now / second; s != w.within {
			w.within, w.steps = s, 0
		}
		w.steps++
		switch {
		case w.steps > MaxSteps:
			return false, w.runaway("more than " + strconv.Itoa(MaxSteps) + " events within a second")
		case w.system.Pending() > MaxPending:
			return false, w.runaway("more than " + strconv.Itoa(MaxPending) + " events are scheduled")
		case w.system.Held() > MaxHeld:
			return false, w.runaway("the broker holds more than " + strconv.Itoa(MaxHeld) + " messages")
		case w.system.Threads() > MaxThreads:
			return false, w.runaway("more than " + strconv.Itoa(MaxThreads) + " threads run")
		}
	}
	return false, nil
}

// runaway says what went beyond its bound, when, and where it grows.
func (w *World) runaway(why string) error {
	process, threads := w.system.Busiest()
	text := ErrRunaway.Error() + " (at " + strconv.FormatInt(w.now/millisecond, 10) + "ms: " + why + ")"
	if threads > 0 {
		text += "; most threads are those of " + quote(process) + ": " + strconv.Itoa(threads)
	}
	if queue, ready := w.system.Broker().Longest(); ready > 0 {
		text += "; the longest queue is " + quote(w.names.Text(queue)) + ": " + strconv.Itoa(ready) + " messages"
	}
	return &runaway{text + "; make its threads slower, let its queues be consumed and its requests end"}
}

type runaway struct{ text string }

func (r *runaway) Error() string { return r.text }

func (r *runaway) Unwrap() error { return ErrRunaway }

// Clone forks the world: both go on independently. The copy is silent until
// [World.SetSink] gives it a sink; names stay shared.
func (w *World) Clone() *World {
	c := *w
	c.system = w.system.Clone(silent{})
	return &c
}

type silent struct{}

func (silent) Emit(*flow.Event, *flow.Message) {}

// Digest condenses the whole state: equal worlds give equal digests on every platform.
func (w *World) Digest() uint64 {
	var d sim.Digest
	d.Uint(w.seed)
	d.Uint(uint64(w.now))
	w.system.Digest(&d)
	return d.Sum()
}
