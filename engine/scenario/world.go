package scenario

import (
	"errors"

	"rpcscope/engine/amqp"
	"rpcscope/engine/flow"
	"rpcscope/engine/rpc"
	"rpcscope/engine/sim"
)

// World is one run of a document. It is pure: time moves by RunUntil only, and
// the same document, seed and commands give the same events. Not safe for concurrent use.
type World struct {
	doc    *Document
	seed   uint64
	names  *flow.Names
	system *rpc.System
	now    int64
	bounds bounds
	// stopped is why it runs no further, nil while it does.
	stopped error
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
		left := MaxSteps // however many at a time
		if done, err := w.RunSome(t, &left); done || err != nil {
			return err
		}
	}
}

// RunSome is [World.RunUntil] for as many scheduled events as left says, which
// it counts down, by more than one for an event that writes long messages; done is false when
// others are due, and the clock then stands at the last one that ran. To go on later, however often, comes to the same.
func (w *World) RunSome(t int64, left *int) (done bool, err error) {
	for *left > 0 && w.stopped == nil {
		if !w.system.Step(t) {
			w.system.Advance(t)
			w.now = max(w.now, t)
			return true, nil
		}
		w.now = max(w.now, w.system.Now())
		work, why := w.bounds.count(w.now, w.system)
		if *left -= work; why != nil {
			w.stopped = w.runaway(why)
		}
	}
	return false, w.stopped
}

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
