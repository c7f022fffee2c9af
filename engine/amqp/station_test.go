package amqp

import (
	"fmt"

	"rpcscope/engine/flow"
	"rpcscope/engine/sim"
)

// station is an M/M/c queue: customers come at random, wait in one line, and
// are served by c servers for an exponential time. Times are in nanoseconds.
type station struct {
	servers          int
	between, service int64 // means
}

// tally is what happened to all customers of a run that begins and ends with an empty station.
type tally struct {
	customers int
	waited    int   // how many found all servers busy
	waits     int64 // sum of the times in line
	stays     int64 // sum of the times in line and in service
	area      int64 // integral of the number in the station over time
	span      int64
}

// Kinds of scheduled events, beyond those of the broker.
const (
	kindArrival = KindLimit + iota
	kindDeparture
)

// streams are the two independent streams of a run. Both models draw in the
// same order, so that a seed gives both the same customers.
func streams(seed uint64) (arrivals, services sim.Rand) {
	r := sim.NewRand(seed)
	return r.Stream("arrivals"), r.Stream("services")
}

// onKernel runs the station on nothing but the queue of scheduled events.
func (s station) onKernel(seed uint64, customers int) (t tally) {
	between, service := sim.Exponential(s.between), sim.Exponential(s.service)
	arrivals, services := streams(seed)
	var events sim.Queue
	var line ring[int64]
	busy, last := 0, int64(0)
	serve := func(now, came int64) {
		t.waits += now - came
		if now > came {
			t.waited++
		}
		events.Push(sim.Item{At: now + service.Draw(&services), Kind: kindDeparture, D: came})
	}
	events.Push(sim.Item{At: between.Draw(&arrivals), Kind: kindArrival})
	for {
		it, ok := events.Pop()
		if !ok {
			t.span = last
			return t
		}
		t.area += int64(busy+line.len()) * (it.At - last)
		last = it.At
		switch it.Kind {
		case kindArrival:
			if t.customers++; t.customers < customers {
				events.Push(sim.Item{At: it.At + between.Draw(&arrivals), Kind: kindArrival})
			}
			if busy < s.servers {
				busy++
				serve(it.At, it.At)
			} else {
				line.push(it.At)
			}
		case kindDeparture:
			t.stays += it.At - it.D
			if line.len() > 0 {
				serve(it.At, line.pop())
			} else {
				busy--
			}
		}
	}
}

// desk is the station as a queue of the broker: every server is a channel with
// one consumer that may hold one message, and acknowledges it when it is served.
type desk struct {
	tally
	events   sim.Queue
	b        *Broker
	pub, con ConnID
	queue    flow.Name
	service  sim.Dist
	services sim.Rand
	came     []int64 // by channel
}

func (s station) newDesk(sink func(*flow.Names) flow.Sink) *desk {
	names := &flow.Names{}
	d := &desk{service: sim.Exponential(s.service), came: make([]int64, s.servers+1)}
	d.b = New(Config{Names: names, Queue: &d.events, Sink: sink(names)})
	d.queue = names.Intern("desk")
	open := func(name string, channels int) ConnID {
		c := d.b.Dial(0, Dial{Name: names.Intern(name), Process: names.Intern(name), Manual: true})
		for _, op := range []Op{OpProtocolHeader, OpConnectionStartOk, OpConnectionTuneOk, OpConnectionOpen} {
			d.b.Send(0, c, &Method{Op: op, Queue: names.Intern("/")})
		}
		for i := range channels {
			d.b.Send(0, c, &Method{Op: OpChannelOpen, Channel: uint16(i + 1)})
		}
		return c
	}
	d.pub, d.con = open("customers", 1), open("servers", s.servers)
	d.b.Send(0, d.pub, &Method{Op: OpQueueDeclare, Channel: 1, Queue: d.queue})
	for i := range s.servers {
		ch := uint16(i + 1)
		d.b.Send(0, d.con, &Method{Op: OpBasicQos, Channel: ch, Count: 1})
		d.b.Send(0, d.con, &Method{Op: OpBasicConsume, Channel: ch, Queue: d.queue, Tag: names.Intern(fmt.Sprint(ch))})
	}
	d.receive(0)
	var m Method
	for d.b.Poll(d.pub, &m, nil) {
	}
	return d
}

// receive begins to serve what was delivered.
func (d *desk) receive(now int64) {
	var m Method
	var c Content
	for d.b.Poll(d.con, &m, &c) {
		if m.Op != OpBasicDeliver {
			continue
		}
		came := int64(c.Body)
		d.waits += now - came
		if now > came {
			d.waited++
		}
		d.came[m.Channel] = came
		d.events.Push(sim.Item{At: now + d.service.Draw(&d.services), Kind: kindDeparture, A: uint32(m.Channel), D: int64(m.Delivery)})
	}
}

// onBroker runs the station through the broker. With watch it counts, event by
// event, what the broker says the queue holds.
func (s station) onBroker(seed uint64, customers int, watch bool, sink func(*flow.Names) flow.Sink) tally {
	d := s.newDesk(sink)
	between := sim.Exponential(s.between)
	arrivals, services := streams(seed)
	d.services = services
	slash := d.b.known.slash
	encoder, _ := d.b.sink.(*flow.Encoder)
	d.events.Push(sim.Item{At: between.Draw(&arrivals), Kind: kindArrival})
	for {
		it, ok := d.events.Pop()
		if !ok {
			return d.tally
		}
		if watch {
			ready, unacked, _ := d.b.Depth(slash, d.queue)
			d.area += int64(ready+unacked) * (it.At - d.span)
		}
		d.span = it.At
		switch it.Kind {
		case kindArrival:
			if d.customers++; d.customers < customers {
				d.events.Push(sim.Item{At: it.At + between.Draw(&arrivals), Kind: kindArrival})
			}
			if encoder != nil && encoder.PendingBytes() > 32<<10 {
				encoder.Flush()
			}
			c := Content{Message: flow.Message{Size: 200, Expiration: -1}, Body: uint64(it.At)}
			d.b.Publish(it.At, d.pub, &Method{Channel: 1, Key: d.queue}, &c)
		case kindDeparture:
			d.stays += it.At - d.came[it.A]
			d.b.Send(it.At, d.con, &Method{Op: OpBasicAck, Channel: uint16(it.A), Delivery: uint64(it.D)})
		default:
			d.b.Dispatch(&it, nil)
		}
		d.receive(it.At)
	}
}

// unseen is a sink that drops every event.
func unseen(*flow.Names) flow.Sink { return flow.SinkFunc(func(*flow.Event, *flow.Message) {}) }
