package main

import (
	"encoding/binary"
	"strconv"

	"rpcscope/engine/flow"
	"rpcscope/engine/player"
	"rpcscope/engine/scene"
)

// crowd is a stage for measuring: the player, fed by a live stream in which n
// messages are in flight at once (?crowd=1000), from publish to acknowledgement.
// Every frame goes the whole way of real traffic: decoder, pace, log, fold,
// layout, scene, painter, and the panels when they are due.
//
// A third of the messages are notifications, a third calls, a third replies. A
// broker takes each from its publisher to its consumer at once, so that it is
// seen to travel as long as pace gives it; the consumer acknowledges it a little
// later. At the rate of 10,000 at once, pace shows ways at half their length:
// then half of the messages travel, and half are with their consumers.
type crowd struct {
	*playing
	enc   *flow.Encoder
	names cast
	// n messages at once; sent and acknowledged so far.
	n, sent, acked int
	at, until      int64
}

const (
	crowdNodes = 12
	// crowdFlight is the time from publish to acknowledgement, in nanoseconds: longer than the three hops are seen to take.
	crowdFlight = int64(1200e6)
)

// cast holds the names of those who take part.
type cast struct {
	vhost, exchange, method, tag    flow.Name
	client, reply, replyConn        [crowdNodes]flow.Name
	worker, queue, conn, clientConn [crowdNodes]flow.Name
}

func newCrowd(n int) *crowd {
	names := &flow.Names{}
	c := &crowd{playing: newPlaying(), enc: flow.NewEncoder(names, flow.Header{Source: "live"}), n: n, at: 1e9, until: 1e9}
	c.name(names)
	c.must(c.p.Do(player.Command{Cmd: "live"}))
	c.must(c.p.Feed(c.enc.Hello()))
	c.declare(names)
	c.must(c.p.Feed(c.enc.Flush()))
	c.must(c.p.Feed(c.enc.Join()))
	return c
}

func (c *crowd) must(err error) {
	if err != nil {
		panic(err) // a stream of our own making
	}
}

func (c *crowd) name(names *flow.Names) {
	in, s := names.Intern, &c.names
	s.vhost, s.exchange, s.method, s.tag = in("/"), in("nova"), in("ping"), in("1")
	for i := range crowdNodes {
		no := strconv.Itoa(i)
		s.client[i], s.clientConn[i] = in("api:1"+no), in("a"+no)
		s.worker[i], s.conn[i] = in("worker:2"+no), in("w"+no)
		s.queue[i], s.reply[i], s.replyConn[i] = in("topic"+no), in("reply_"+no), in("r"+no)
	}
}

func (c *crowd) declare(names *flow.Names) {
	in, s := names.Intern, &c.names
	start := func(process, conn, host flow.Name, label, role string) {
		c.emit(flow.Event{Kind: flow.ProcessStart, Process: process, Label: in(label), Text: host, Key: in(role), Value: 1}, nil)
		c.emit(flow.Event{Kind: flow.ConnectionOpen, Process: process, Conn: conn}, nil)
	}
	c.emit(flow.Event{Kind: flow.ExchangeDeclare, Exchange: s.exchange, Label: in("topic")}, nil)
	for i := range crowdNodes {
		host := in("host" + strconv.Itoa(i))
		start(s.client[i], s.clientConn[i], host, "api", "invoker")
		c.emit(flow.Event{Kind: flow.QueueDeclare, Queue: s.reply[i], Value: 1800e9}, nil)
		c.emit(flow.Event{Kind: flow.Consume, Queue: s.reply[i], Process: s.client[i], Conn: s.replyConn[i], Channel: 1, Tag: s.tag}, nil)
		start(s.worker[i], s.conn[i], host, "worker", "worker")
		c.emit(flow.Event{Kind: flow.QueueDeclare, Queue: s.queue[i]}, nil)
		c.emit(flow.Event{Kind: flow.Bind, Exchange: s.exchange, Queue: s.queue[i], Key: s.queue[i]}, nil)
		c.emit(flow.Event{Kind: flow.Consume, Queue: s.queue[i], Process: s.worker[i], Conn: s.conn[i], Channel: 1, Tag: s.tag}, nil)
	}
}

func (c *crowd) emit(e flow.Event, m *flow.Message) {
	e.At, e.VHost = c.at, c.names.vhost
	c.enc.Emit(&e, m)
}

// parcel is one message with who sends and who gets it.
type parcel struct {
	m        flow.Message
	from, to flow.Event
	kind     flow.Kind // what it means to its receiver
}

// parcel returns the k-th message of the stream.
func (c *crowd) parcel(k int) (p parcel) {
	s, asked := &c.names, k/3%crowdNodes
	served := (asked*5 + 3) % crowdNodes
	p.m = flow.Message{Class: flow.ClassNotification, Size: 400, Expiration: -1, Exchange: s.exchange, Key: s.queue[served], EventType: s.method}
	p.from = flow.Event{Msg: flow.MsgID(k + 1), Process: s.client[asked], Conn: s.clientConn[asked], Channel: 1}
	p.to = flow.Event{Msg: p.from.Msg, Queue: s.queue[served], Process: s.worker[served], Conn: s.conn[served], Channel: 1, Tag: s.tag}
	p.kind = flow.Notification
	asks := k - k%3 + 1 // a reply answers the call that was acknowledged when it is sent
	if k%3 == 2 {
		asks -= (c.n/3 + 1) * 3
	}
	switch {
	case k%3 == 0 || asks < 0:
		return p
	case k%3 == 1:
		p.kind, p.m.Class, p.m.Method, p.m.EventType = flow.Dispatch, flow.ClassCall, s.method, 0
		p.m.Expiration, p.m.ReplyQueue = 60e9, s.reply[asked]
	default:
		asked = asks / 3 % crowdNodes
		served = (asked*5 + 3) % crowdNodes
		p.kind, p.m.Class, p.m.Exchange, p.m.Key, p.m.EventType = flow.Reply, flow.ClassReply, 0, s.reply[asked], 0
		p.from.Process, p.from.Conn = s.worker[served], s.conn[served]
		p.to.Queue, p.to.Process, p.to.Conn = s.reply[asked], s.client[asked], s.replyConn[asked]
	}
	p.m.RPC = rpcID(asks)
	return p
}

// send emits a message's way from its publisher to its consumer.
func (c *crowd) send(k int) {
	p := c.parcel(k)
	e := p.from
	e.Kind, e.Exchange, e.Key, e.Class, e.RPC = flow.Publish, p.m.Exchange, p.m.Key, p.m.Class, p.m.RPC
	c.emit(e, &p.m)
	if p.kind == flow.Dispatch {
		e = p.from
		e.Kind, e.RPC, e.Class, e.Label, e.Key, e.Value = flow.Request, p.m.RPC, p.m.Class, p.m.Method, p.m.Key, p.m.Expiration
		c.emit(e, nil)
	}
	e = p.from
	e.Kind, e.Exchange, e.Queue, e.Key = flow.Route, p.m.Exchange, p.to.Queue, p.m.Key
	if p.kind == flow.Reply {
		e.Flags = flow.Implicit
	}
	c.emit(e, nil)
	c.emit(flow.Event{Kind: flow.Enqueue, Msg: p.to.Msg, Queue: p.to.Queue}, nil)
	p.to.Kind = flow.Deliver
	c.emit(p.to, nil)
}

// ack emits that a message was taken, and what it means to who took it.
func (c *crowd) ack(k int) {
	p := c.parcel(k)
	e := p.to
	e.Kind = flow.Ack
	c.emit(e, nil)
	e.Kind, e.RPC, e.Class, e.Label, e.Queue, e.Tag = p.kind, p.m.RPC, p.m.Class, c.names.method, 0, 0
	if p.kind == flow.Reply {
		e.Value = 2 * crowdFlight
	}
	c.emit(e, nil)
}

// due is when the k-th message is published.
func (c *crowd) due(k int) int64 { return 1e9 + int64(k)*crowdFlight/int64(c.n) }

func rpcID(k int) (id flow.ID) {
	id[15] = 1
	binary.BigEndian.PutUint64(id[:], uint64(k))
	return id
}

func (c *crowd) frame(dt int64) *scene.List {
	c.until += dt
	for c.n > 0 && c.due(c.sent) <= c.until {
		c.at = c.due(c.sent)
		if c.sent-c.acked >= c.n {
			c.ack(c.acked)
			c.acked++
		}
		c.send(c.sent)
		c.sent++
	}
	c.must(c.p.Feed(c.enc.Flush()))
	return c.playing.frame(dt)
}

func (c *crowd) feed([]byte) error { return nil } // its stream is its own
func (c *crowd) moving() bool      { return true }
