package amqp

import (
	"fmt"
	"testing"

	"pgregory.net/rapid"

	"rpcscope/engine/flow"
	"rpcscope/engine/sim"
)

// What two topic exchanges remember of their routes is never out of date, whatever is bound, unbound, deleted and
// cloned between messages with the same keys.
func TestRememberedRoutesFollowTheBindings(t *testing.T) {
	patterns := []string{"#", "a.*", "a.b", "*.b", "a", "b.#", "#.b"}
	keys := []string{"a.b", "a", "b.b", "b", "a.c", ""}
	rapid.Check(t, func(t *rapid.T) {
		names, events := &flow.Names{}, &sim.Queue{}
		n := names.Intern
		var routed map[string]bool
		sink := flow.SinkFunc(func(e *flow.Event, _ *flow.Message) {
			if e.Kind == flow.Route && e.Flags&flow.NoRoute == 0 {
				routed[names.Text(e.Key)] = true
			}
		})
		b := New(Config{Names: names, Queue: events, Sink: sink})
		c := b.Dial(0, Dial{Name: n("c"), Process: n("c"), Manual: true})
		for _, op := range []Op{OpProtocolHeader, OpConnectionStartOk, OpConnectionTuneOk, OpConnectionOpen} {
			b.Send(0, c, &Method{Op: op, Queue: n("/")})
		}
		b.Send(0, c, &Method{Op: OpChannelOpen, Channel: 1})
		b.Send(0, c, &Method{Op: OpQueueDeclare, Channel: 1, Queue: n("q")})
		declare := func(x string) {
			b.Send(0, c, &Method{Op: OpExchangeDeclare, Channel: 1, Exchange: n(x), Type: n("topic")})
		}
		declare("x")
		declare("y")
		live := map[string]map[string]bool{"x": {}, "y": {}}
		exchange := rapid.SampledFrom([]string{"x", "y"})
		bind := func(op Op, bound bool) func(*rapid.T) {
			return func(t *rapid.T) {
				x, p := exchange.Draw(t, "exchange"), rapid.SampledFrom(patterns).Draw(t, "pattern")
				b.Send(0, c, &Method{Op: op, Channel: 1, Queue: n("q"), Exchange: n(x), Key: n(p)})
				live[x][p] = bound
			}
		}
		publish := func(t *rapid.T) {
			x, key := exchange.Draw(t, "exchange"), rapid.SampledFrom(keys).Draw(t, "key")
			routed = map[string]bool{}
			b.Publish(0, c, &Method{Channel: 1, Exchange: n(x), Key: n(key)}, &Content{Message: flow.Message{Expiration: -1}})
			for _, p := range patterns {
				if want := live[x][p] && naiveMatch(p, key); routed[p] != want {
					t.Fatalf("%q in %s: routed by %q: %v, bound: %v", key, x, p, routed[p], live[x][p])
				}
			}
		}
		t.Repeat(map[string]func(*rapid.T){
			"bind": bind(OpQueueBind, true), "unbind": bind(OpQueueUnbind, false),
			"publish": publish, "publish again": publish, "and again": publish,
			"delete": func(t *rapid.T) {
				x := exchange.Draw(t, "exchange")
				b.Send(0, c, &Method{Op: OpExchangeDelete, Channel: 1, Exchange: n(x)})
				declare(x)
				live[x] = map[string]bool{}
			},
			"clone": func(*rapid.T) { b = b.Clone(events, sink) },
			"": func(t *rapid.T) {
				if b.conn(c) == nil {
					t.Fatal(fmt.Sprint("the connection is gone: ", live))
				}
			},
		})
	})
}
