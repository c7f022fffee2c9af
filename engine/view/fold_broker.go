package view

import (
	"strings"

	"rpcscope/engine/flow"
)

func (s *State) exchange(d int64, e *flow.Event, name flow.Name) Slot {
	key := pair(e.VHost, name)
	if x := s.ix.exchange.get(key); x != 0 {
		if v := s.Exchanges.At(x); v.Died != 0 && !(e.Has(flow.Peer) && e.Kind == flow.Publish) {
			// Used after its end: it is there again, whoever declared it.
			s.revive(&v.Life, d, e)
		}
		return x
	}
	if s.Exchanges.Len() >= s.limits.Objects {
		s.Counters.Skipped++
		return 0
	}
	x := s.Exchanges.add()
	*s.Exchanges.At(x) = Exchange{Life: s.born(d, e, name == 0 || e.Kind == flow.ExchangeDeclare || e.Kind == flow.SocketOpen), VHost: e.VHost, Name: name}
	v := s.Exchanges.At(x)
	if name == 0 {
		// The default exchange is there from the start (AMQP 0-9-1, 3.1.3.1).
		v.Born, v.Inferred, v.Type, v.Form = Always, false, s.words.direct, FormDefault
	} else if v.Inferred && strings.HasSuffix(s.names.Text(name), "_fanout") {
		v.Type, v.Form = s.words.fanout, FormFanout
	}
	s.ix.exchange.put(key, x)
	return x
}

func (s *State) exchangeDeclare(d int64, e *flow.Event) {
	x := s.exchange(d, e, s.sender(e))
	if x == 0 || s.sender(e) == 0 {
		return
	}
	v := s.Exchanges.At(x)
	s.revive(&v.Life, d, e)
	v.Flags = e.Flags & (flow.Durable | flow.AutoDelete | flow.Internal)
	if e.Label == 0 || e.Label == v.Type {
		return
	}
	v.Type, v.Form = e.Label, FormUnknown
	switch e.Label {
	case s.words.direct:
		v.Form = FormDirect
	case s.words.topic:
		v.Form = FormTopic
	case s.words.fanout:
		v.Form = FormFanout
	case s.words.headers:
		v.Form = FormHeaders
	}
	s.Shape++
}

func (s *State) exchangeDelete(d int64, e *flow.Event) {
	x := s.ix.exchange.get(pair(e.VHost, e.Exchange))
	if x == 0 || s.Exchanges.At(x).Died != 0 {
		return
	}
	s.die(&s.Exchanges.At(x).Life, &s.fade.objects, fadeExchange, x, d, e.Label)
	for i := Slot(1); i < s.Bindings.Cap(); i++ {
		if b := s.Bindings.At(i); s.Bindings.Live(i) && b.Died == 0 && (b.Exchange == x || b.ToExchange && b.Queue == x) {
			s.endBinding(i, d, s.words.exchangeDeleted)
		}
	}
	for i := Slot(1); i < s.Links.Cap(); i++ {
		if l := s.Links.At(i); s.Links.Live(i) && l.Died == 0 && l.Exchange == x {
			s.die(&l.Life, &s.fade.objects, fadeLink, i, d, s.words.exchangeDeleted)
		}
	}
}

func (s *State) freeExchange(x Slot) {
	for i := Slot(1); i < s.Bindings.Cap(); i++ {
		if b := s.Bindings.At(i); s.Bindings.Live(i) && (b.Exchange == x || b.ToExchange && b.Queue == x) {
			s.freeBinding(i)
		}
	}
	for i := Slot(1); i < s.Links.Cap(); i++ {
		if s.Links.Live(i) && s.Links.At(i).Exchange == x {
			s.freeLink(i)
		}
	}
	for i := Slot(1); i < s.Copies.Cap(); i++ {
		if c := s.Copies.At(i); s.Copies.Live(i) && (c.Exchange == x || c.ToExchange && c.Queue == x) {
			if c.ToExchange {
				s.freeCopy(i)
			} else {
				c.Exchange = 0
			}
		}
	}
	for i := Slot(1); i < s.Drops.Cap(); i++ {
		if s.Drops.Live(i) && s.Drops.At(i).Exchange == x {
			s.Drops.At(i).Exchange = 0
		}
	}
	v := s.Exchanges.At(x)
	s.ix.exchange.del(pair(v.VHost, v.Name))
	s.Exchanges.drop(x)
	s.Shape++
}

func (s *State) queue(d int64, e *flow.Event) Slot {
	if e.Queue == 0 {
		return 0
	}
	key := pair(e.VHost, e.Queue)
	if q := s.ix.queue.get(key); q != 0 {
		return q
	}
	if s.Queues.Len() >= s.limits.Objects {
		s.Counters.Skipped++
		return 0
	}
	q := s.Queues.add()
	*s.Queues.At(q) = Queue{Life: s.born(d, e, e.Kind == flow.QueueDeclare || e.Kind == flow.SocketOpen), VHost: e.VHost, Name: e.Queue, IdleAt: max(1, e.At), IdleD: d}
	s.Queues.At(q).Reply = IsReplyName(s.names.Text(e.Queue))
	s.ix.queue.put(key, q)
	return q
}

func (s *State) queueDeclare(d int64, e *flow.Event) {
	q := s.queue(d, e)
	if q == 0 {
		return
	}
	v := s.Queues.At(q)
	if s.revive(&v.Life, d, e) {
		s.emptyQueue(q)
		v.Ready, v.Unacked, v.PolicyLen = 0, 0, 0
	}
	v.Type, v.Args, v.Expires = e.Label, e.Args, e.Value
	v.MaxLen = maxLength(s.names.Text(e.Args))
	v.Flags = e.Flags & (flow.Durable | flow.AutoDelete | flow.Exclusive)
	v.Reply, v.Fanout = v.Reply || e.Class == flow.ClassReply, v.Fanout || e.Class == flow.ClassFanout
	if v.Owner == 0 {
		v.Owner = e.Process
	}
	if v.Consumers == 0 {
		// A declare restarts the clock (RabbitMQ, "Time-To-Live and Expiration": queue TTL).
		v.IdleAt, v.IdleD = max(1, e.At), d
	}
}

// maxLength reads x-max-length out of "name=value" texts; 0 when it is not there.
func maxLength(args string) int64 {
	const name = "x-max-length"
	i := strings.Index(args, name)
	if i < 0 {
		return 0
	}
	var n int64
	for _, c := range []byte(args[i+len(name):]) {
		switch {
		case c >= '0' && c <= '9':
			n = min(n*10+int64(c-'0'), 1<<40)
		case n > 0 || c == '-' || c >= 'a' && c <= 'z':
			return n
		}
	}
	return n
}

func (s *State) queueDelete(d int64, e *flow.Event) {
	q := s.ix.queue.get(pair(e.VHost, e.Queue))
	if q == 0 || s.Queues.At(q).Died != 0 {
		return
	}
	v := s.Queues.At(q)
	if n := max(v.Listed+v.UnackedListed, e.Value); n > 0 {
		class := flow.ClassOther
		if v.ReadyHead != 0 {
			class = s.Copies.At(v.ReadyHead).Class
		} else if v.UnackedHead != 0 {
			class = s.Copies.At(v.UnackedHead).Class
		}
		s.mark(d, Drop{Queue: q, Reason: s.words.queueDeleted, Count: n, Class: class})
	}
	s.emptyQueue(q)
	v.Ready, v.Unacked = 0, 0
	for i := v.FirstConsumer; i != 0; i = s.Consumers.At(i).NextOfQueue {
		if s.Consumers.At(i).Died == 0 {
			s.endConsumer(i, d, e.At, s.words.queueDeleted)
		}
	}
	for i := v.FirstBinding; i != 0; i = s.Bindings.At(i).NextOfQueue {
		if s.Bindings.At(i).Died == 0 {
			s.endBinding(i, d, s.words.queueDeleted)
		}
	}
	v.IdleAt, v.IdleD = 0, 0
	s.die(&v.Life, &s.fade.objects, fadeQueue, q, d, e.Label)
}

// emptyQueue frees what the queue's lists hold.
func (s *State) emptyQueue(q Slot) {
	v := s.Queues.At(q)
	for v.ReadyHead != 0 {
		s.freeCopy(v.ReadyHead)
	}
	for v.UnackedHead != 0 {
		s.freeCopy(v.UnackedHead)
	}
	v.ByClass = [flow.NumClasses]int32{}
}

func (s *State) freeQueue(q Slot) {
	v := s.Queues.At(q)
	s.emptyQueue(q)
	s.eachCopy(q, func(c Slot, _ *Copy) { s.freeCopy(c) })
	for v.FirstConsumer != 0 {
		s.freeConsumer(v.FirstConsumer)
	}
	for v.FirstBinding != 0 {
		s.freeBinding(v.FirstBinding)
	}
	for i := Slot(1); i < s.Drops.Cap(); i++ {
		if s.Drops.Live(i) && s.Drops.At(i).Queue == q {
			s.Drops.drop(i)
		}
	}
	s.ix.queue.del(pair(v.VHost, v.Name))
	s.Queues.drop(q)
	s.Shape++
}

func (s *State) depth(d int64, e *flow.Event) {
	q := s.queue(d, e)
	if q == 0 {
		return
	}
	v := s.Queues.At(q)
	// What is listed was seen; the broker's count may be a few seconds old.
	v.Ready, v.Unacked = max(e.Value, v.Listed), max(int64(e.Count), v.UnackedListed)
}

// IsReplyName reports whether a queue or a direct exchange of that name is for answers: "reply_" and a UUID, or as the
// library of Nova 2012 has it, the id of a call, which is 32 hex digits.
func IsReplyName(name string) bool {
	if strings.HasPrefix(name, "reply_") {
		return true
	}
	if len(name) != 32 {
		return false
	}
	for i := range len(name) {
		if c := name[i]; (c < '0' || c > '9') && (c < 'a' || c > 'f') {
			return false
		}
	}
	return true
}
