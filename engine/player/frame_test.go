package player

import (
	"fmt"
	"testing"

	"rpcscope/engine/flow"
)

// crowd is a player of a live stream with n messages in flight to a handful of queues.
func crowd(t testing.TB, n int) *Player {
	t.Helper()
	var names flow.Names
	enc := flow.NewEncoder(&names, flow.Header{Source: "live"})
	in := names.Intern
	emit := func(e flow.Event, m *flow.Message) { enc.Emit(&e, m) }
	for q := range 6 {
		queue := in(fmt.Sprintf("topic%d", q))
		emit(flow.Event{Kind: flow.QueueDeclare, Queue: queue}, nil)
		emit(flow.Event{Kind: flow.Bind, Exchange: in("nova"), Queue: queue, Key: queue}, nil)
		emit(flow.Event{Kind: flow.Consume, Queue: queue, Tag: in("1"), Conn: in(fmt.Sprintf("c%d", q)), Channel: 1, Process: in(fmt.Sprintf("worker%d", q))}, nil)
	}
	for i := range n {
		at := int64(2e9)
		queue, id := in(fmt.Sprintf("topic%d", i%6)), flow.MsgID(i+1)
		rpc := flow.ID{1, byte(i), byte(i >> 8)}
		emit(flow.Event{At: at, Kind: flow.Publish, Msg: id, Exchange: in("nova"), Key: queue, Process: in("api"), Conn: in("a"), Channel: 1},
			&flow.Message{Class: flow.ClassCall, RPC: rpc, Method: in("go"), Expiration: 60e9})
		emit(flow.Event{At: at, Kind: flow.Route, Msg: id, Exchange: in("nova"), Queue: queue, Key: queue}, nil)
		emit(flow.Event{At: at, Kind: flow.Enqueue, Msg: id, Queue: queue}, nil)
	}
	p := New(Config{})
	must(t, p.Do(Command{Cmd: "live"}))
	must(t, p.Feed(enc.Hello()))
	must(t, p.Feed(enc.Flush()))
	must(t, p.Feed(enc.Join()))
	for p.State().Counters.Published[flow.ClassCall] < uint64(n) {
		p.Frame(16e6)
	}
	return p
}

func TestAFrameDoesNotAllocate(t *testing.T) {
	for _, n := range []int{100, 1000, 10_000} {
		p := crowd(t, n)
		must(t, p.Do(Command{Cmd: "select", ID: "m:7"}))
		for range 3 {
			p.Frame(1e6)
		}
		if got := testing.AllocsPerRun(20, func() { p.Frame(1e6) }); got > 0 {
			t.Errorf("%d messages: %v allocations a frame", n, got)
		}
	}
}

func BenchmarkFrame(b *testing.B) {
	for _, n := range []int{100, 1000, 10_000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			p := crowd(b, n)
			p.Frame(0)
			b.ReportAllocs()
			for b.Loop() {
				p.Frame(0)
			}
		})
	}
}

func BenchmarkPanel(b *testing.B) {
	p := open(b, "nova-boot")
	until(p, 8e9)
	b.ReportAllocs()
	for b.Loop() {
		p.rows = logWindow{}
		p.Panel()
	}
}
