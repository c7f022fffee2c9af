package amqp

import (
	"fmt"
	"testing"

	"rpcscope/engine/flow"
	"rpcscope/engine/sim"
)

// bench is a broker with a topic exchange of many bindings, a tenth of them
// with wildcards, of which each message matches one; every queue has a
// consumer with a prefetch limit of 10. All flow events are encoded.
type bench struct {
	names    *flow.Names
	events   *sim.Queue
	b        *Broker
	enc      *flow.Encoder
	pub, con ConnID
	exchange flow.Name
	keys     []flow.Name
	bytes    int
	emitted  int
	now      int64
	received int
}

// Emit counts and encodes.
func (w *bench) Emit(e *flow.Event, m *flow.Message) {
	w.emitted++
	w.enc.Emit(e, m)
}

// newBench makes that broker. Manual connections have no links: what is sent is there at once.
func newBench(bindings int, latency sim.Dist, manual bool) *bench {
	w := &bench{names: &flow.Names{}, events: &sim.Queue{}}
	w.enc = flow.NewEncoder(w.names, flow.Header{Source: "sim"})
	w.b = New(Config{Names: w.names, Queue: w.events, Sink: w})
	n := w.names.Intern
	open := func(name string) ConnID {
		c := w.b.Dial(0, Dial{Name: n(name), Process: n(name), Manual: manual, Latency: latency})
		if manual {
			for _, op := range []Op{OpProtocolHeader, OpConnectionStartOk, OpConnectionTuneOk, OpConnectionOpen} {
				w.b.Send(0, c, &Method{Op: op, Queue: n("/")})
			}
		} else {
			w.drain()
		}
		w.b.Send(0, c, &Method{Op: OpChannelOpen, Channel: 1})
		return c
	}
	w.pub, w.con = open("publisher"), open("consumer")
	w.exchange = n("nova")
	w.b.Send(0, w.pub, &Method{Op: OpExchangeDeclare, Channel: 1, Exchange: w.exchange, Type: n("topic")})
	w.b.Send(0, w.con, &Method{Op: OpBasicQos, Channel: 1, Count: 10})
	w.drain()
	for i := range bindings {
		queue, binding, key := n(fmt.Sprintf("queue-%d", i)), fmt.Sprintf("service-%d.host-%d", i%50, i), fmt.Sprintf("service-%d.host-%d", i%50, i)
		switch i % 20 {
		case 0:
			binding, key = fmt.Sprintf("*.host-%d", i), fmt.Sprintf("service-%d.host-%d", i%50, i)
		case 10:
			binding, key = fmt.Sprintf("service-%d.host-%d.#", i%50, i), fmt.Sprintf("service-%d.host-%d.x.y", i%50, i)
		}
		w.b.Send(0, w.con, &Method{Op: OpQueueDeclare, Channel: 1, Queue: queue})
		w.b.Send(0, w.con, &Method{Op: OpQueueBind, Channel: 1, Queue: queue, Exchange: w.exchange, Key: n(binding)})
		w.b.Send(0, w.con, &Method{Op: OpBasicConsume, Channel: 1, Queue: queue, Tag: n(fmt.Sprint(i))})
		w.keys = append(w.keys, n(key))
		w.drain()
	}
	w.take()
	return w
}

// drain lets the virtual world run dry.
func (w *bench) drain() {
	for {
		it, ok := w.events.Pop()
		if !ok {
			break
		}
		w.now = it.At
		w.b.Dispatch(&it, w)
	}
	w.take()
}

// Receive acknowledges what is delivered over the link.
func (w *bench) Receive(now int64, c ConnID, m *Method, _ *Content) {
	if m.Op == OpBasicDeliver {
		w.received++
		w.b.Send(now, c, &Method{Op: OpBasicAck, Channel: 1, Delivery: m.Delivery})
	}
}

// take empties the manual connections, acknowledging.
func (w *bench) take() {
	var m Method
	for w.b.Poll(w.con, &m, nil) {
		if m.Op == OpBasicDeliver {
			w.received++
			w.b.Send(w.now, w.con, &Method{Op: OpBasicAck, Channel: 1, Delivery: m.Delivery})
		}
	}
	for w.b.Poll(w.pub, &m, nil) {
	}
	if w.enc.PendingBytes() > 32<<10 {
		w.bytes += len(w.enc.Flush())
	}
}

func (w *bench) publish(i int) {
	c := Content{Message: flow.Message{Class: flow.ClassCast, Size: 200, Expiration: -1}}
	key := w.keys[i*7919%len(w.keys)]
	w.b.Publish(w.now, w.pub, &Method{Channel: 1, Exchange: w.exchange, Key: key}, &c)
}

func benchmarkBroker(b *testing.B, manual bool) {
	w := newBench(1000, sim.Constant(1000), manual)
	w.emitted, w.received, w.bytes = 0, 0, 0
	i := 0
	b.ReportAllocs()
	b.ResetTimer()
	began := cpuTime()
	for b.Loop() {
		w.now += 1000
		w.publish(i)
		i++
		if manual {
			w.take()
		} else if i%10 == 0 {
			w.drain()
		}
	}
	w.drain()
	used := cpuTime() - began
	b.StopTimer()
	if w.received != i {
		b.Fatalf("%d published, %d delivered", i, w.received)
	}
	b.ReportMetric(float64(i)/used.Seconds(), "msg/s")
	b.ReportMetric(float64(w.emitted)/float64(i), "events/msg")
	b.ReportMetric(float64(w.bytes)/float64(i), "bytes/msg")
}

// BenchmarkBroker is publish, route, deliver, acknowledge, without links, and
// the encoding of all events of that, Method events included: messages for each
// second that the whole process computes, on however many cores.
func BenchmarkBroker(b *testing.B) { benchmarkBroker(b, true) }

// BenchmarkBrokerLinked adds latency on both links: four scheduled events a message.
func BenchmarkBrokerLinked(b *testing.B) { benchmarkBroker(b, false) }

// BenchmarkTopic is finding the bindings for a routing key, nothing remembered
// from the last time: µs/route is of processor time.
func BenchmarkTopic(b *testing.B) {
	for _, n := range []int{1000, 10_000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			w := newBench(n, sim.Constant(1000), true)
			x := w.b.findExchange(0, w.exchange)
			i, found := 0, 0
			began := cpuTime()
			for b.Loop() {
				found += len(x.topics.match(w.b.words.split(w.keys[i*7919%n])))
				i++
			}
			b.ReportMetric(float64((cpuTime()-began).Nanoseconds())/1000/float64(i), "µs/route")
			if found < i {
				b.Fatal("keys without a binding")
			}
		})
	}
}

// BenchmarkClone is a checkpoint of a broker with 1000 queues, bindings and consumers.
func BenchmarkClone(b *testing.B) {
	w := newBench(1000, sim.Constant(1000), true)
	for b.Loop() {
		w.b.Clone(w.events, w)
	}
}
