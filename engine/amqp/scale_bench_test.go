package amqp

import (
	"runtime"
	"testing"
	"time"

	"rpcscope/engine/flow"
	"rpcscope/engine/sim"
)

// inTurns runs each of several things for so many messages, again and again in
// turns, so that all see the same machine, and gives the least processor time
// that each needed for one message.
func inTurns(turns, messages int, do ...func(messages int)) []time.Duration {
	least := make([]time.Duration, len(do))
	for range turns {
		for i, f := range do {
			began := cpuTime()
			f(messages)
			if used := cpuTime() - began; least[i] == 0 || used < least[i] {
				least[i] = used
			}
		}
	}
	for i := range least {
		least[i] /= time.Duration(messages)
	}
	return least
}

// compare reports what a message costs in a small and in a large world, and their ratio.
func compare(b *testing.B, small, large func(messages int)) {
	const messages = 25_000
	small(messages)
	large(messages)
	for b.Loop() {
		t := inTurns(40, messages, small, large)
		b.ReportMetric(float64(t[0]), "small-ns/msg")
		b.ReportMetric(float64(t[1]), "large-ns/msg")
		b.ReportMetric(float64(t[1])/float64(t[0]), "times")
	}
}

// BenchmarkQueues is what a message costs among 10,000 queues, each with a
// binding to the topic exchange and a consumer, and among 10: the same way from
// publish to acknowledgement, every queue in its turn.
func BenchmarkQueues(b *testing.B) {
	world := func(queues int) func(int) {
		w, next := newBench(queues, sim.Constant(1000), true), 0
		return func(messages int) {
			for range messages {
				w.now += 1000
				w.publish(next)
				next++
				w.take()
			}
		}
	}
	compare(b, world(10), world(10_000))
}

// BenchmarkDepth is what it costs to publish a message to a queue and to get its
// first one while a million wait there, and while a thousand do. A queued message
// of the million takes bytes/queued of memory: what the heap grew by, collected.
func BenchmarkDepth(b *testing.B) {
	var grown float64
	world := func(depth int) func(int) {
		w := newBench(1, sim.Constant(1000), true)
		long := w.names.Intern("long")
		w.b.Send(0, w.con, &Method{Op: OpQueueDeclare, Channel: 1, Queue: long})
		c := Content{Message: flow.Message{Size: 200, Expiration: -1}}
		publish := func(n int) {
			for range n {
				w.b.Publish(w.now, w.pub, &Method{Channel: 1, Key: long}, &c)
				w.take()
			}
		}
		before := heap()
		publish(depth)
		grown = float64(heap()-before) / float64(depth)
		return func(messages int) {
			for range messages {
				publish(1)
				w.b.Send(w.now, w.con, &Method{Op: OpBasicGet, Channel: 1, Queue: long, Flags: flow.NoAck})
				w.take()
			}
		}
	}
	small := world(1000)
	large := world(1_000_000)
	compare(b, small, large)
	b.ReportMetric(grown, "bytes/queued")
}

// heap is what the program holds, garbage collected.
func heap() uint64 {
	var m runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}
