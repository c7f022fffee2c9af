package view_test

import (
	"math/rand/v2"
	"testing"

	"pgregory.net/rapid"

	"rpcscope/engine/flow"
	"rpcscope/engine/view"
)

// A recording can hold any events in any order. The fold takes them all: its
// tables stay sound and within their limits, and what it keeps can be copied,
// frozen and told to a joiner.
func TestTheFoldTakesAnyEvents(t *testing.T) {
	names := &flow.Names{}
	pool := []flow.Name{0}
	for _, s := range []string{"a", "b", "c", "reply_x", "x_fanout", "topic", "fanout", "killed", "both", "x-max-length=3"} {
		pool = append(pool, names.Intern(s))
	}
	flags := []flow.Flags{
		0, flow.Inferred, flow.Snapshot, flow.NoRoute, flow.ToExchange, flow.NoAck, flow.Get, flow.Requeued, flow.Redelivered, flow.Implicit,
		flow.Mandatory, flow.Snapshot | flow.ToExchange, flow.Inferred | flow.NoAck, flow.Exclusive | flow.Durable,
	}
	rapid.Check(t, func(t *rapid.T) {
		s := view.New(names, view.Limits{Objects: 6, Messages: 12, Copies: 16, Calls: 4, Drops: 3})
		at := int64(0)
		take := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 1)).IntN // all fields alike, which rapid's own draws are not
		for range rapid.IntRange(1, 400).Draw(t, "events") {
			e := flow.Event{Kind: flow.Kind(1 + take(flow.NumKinds-1)), Flags: flags[take(len(flags))], Class: flow.Class(take(flow.NumClasses))}
			e.Queue, e.Exchange, e.Process = pool[take(5)], pool[take(6)], pool[take(4)]
			e.Conn, e.Label, e.Key = pool[take(4)], pool[take(len(pool))], pool[take(4)]
			e.Msg, e.Value = flow.MsgID(take(9)), int64(take(5)-1)
			e.RPC[0], e.Channel = byte(take(4)), uint16(take(2))
			at += int64(take(6)) * 300e6
			e.At = at
			e.Args, e.Text = pool[take(len(pool))], pool[take(len(pool))]
			var m *flow.Message
			if e.Kind == flow.Publish || take(8) == 0 {
				m = &flow.Message{Class: e.Class, RPC: e.RPC, Expiration: e.Value, ReplyQueue: e.Queue, Method: e.Label, Facts: flow.Facts(take(64))}
			}
			s.Fold(at, at+int64(take(3))*100e6, &e, m)
			check(t, s)
		}
		c := s.Clone()
		if c.Digest() != s.Digest() {
			t.Error("a clone differs")
		}
		f := view.New(names, view.DefaultLimits())
		f.Thaw(s.Freeze(nil))
		if f.Digest() != s.Digest() {
			t.Error("a frozen state differs")
		}
		s.AppendEvents(flow.SinkFunc(func(e *flow.Event, _ *flow.Message) {
			if !e.Has(flow.Snapshot) || !e.Kind.Valid() {
				t.Errorf("told a joiner: %+v", e)
			}
		}))
		for range 5 {
			at += 30e9
			s.Fold(at, 0, &flow.Event{At: at, Kind: flow.Tick}, nil)
			check(t, s)
		}
		if s.Processes.Len() > 6 || s.Queues.Len() > 6 || s.Messages.Len() > 12 || s.Copies.Len() > 16 || s.Calls.Len() > 4 || s.Drops.Len() > 3 {
			t.Fatal("a table is over its limit")
		}
	})
}
