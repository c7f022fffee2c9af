package amqp

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"rpcscope/engine/flow"
	"rpcscope/engine/sim"
)

// queueKinds are ways to declare a queue.
var queueKinds = []string{
	"", "", "", " auto-delete", " exclusive", " x-expires=20", " x-message-ttl=7", " x-max-length=3",
	" x-max-length=2 x-dead-letter-exchange=x1", " x-max-length-bytes=45", " x-dead-letter-exchange= x-dead-letter-routing-key=q2 x-message-ttl=3",
	" durable x-queue-type=quorum", " durable x-queue-type=quorum x-delivery-limit=1 x-dead-letter-exchange=x1",
	" durable x-queue-type=quorum x-max-length=2 x-overflow=reject-publish", " durable x-queue-type=quorum x-single-active-consumer=true x-message-ttl=5 x-max-length=2",
	" x-max-priority=3", " x-max-priority=2 x-max-length=3 x-message-ttl=4", " x-single-active-consumer=true",
	" x-max-length=2 x-overflow=reject-publish", " x-max-length=1 x-overflow=reject-publish-dlx x-dead-letter-exchange=x2",
}

// randomAction draws one line of the script language.
func randomAction(t *rapid.T) string {
	of := func(label string, list ...string) string { return rapid.SampledFrom(list).Draw(t, label) }
	client := of("client", "A", "A/2", "B", "C")
	q := func() string { return of("queue", "q1", "q2", "q3") }
	x := func() string { return of("exchange", "x1", "x2", "x3", "amq.topic") }
	key := func() string { return of("key", "k", "k.a", "#", "*", "q1", "-") }
	tag := func() string { return of("tag", "t1", "t2", "t3", "t4", "t5", "t6") }
	n := func() string { return fmt.Sprint(rapid.IntRange(0, 12).Draw(t, "n")) }
	switch of("what", "pub", "pub", "pub", "pub", "get", "consume", "consume", "ack", "ack", "ack", "qdecl", "qdecl", "xdecl", "bind", "bind", "more") {
	case "pub":
		return client + " publish " + of("to", "-", "-", x()) + " " + of("pkey", q(), key()) + of("opt", "", " mandatory", " expiration=0", " expiration=5", " size=30", " priority=1", " priority=2", " priority=9", " CC=[q2,q3]", " BCC=[q1]", " a=1")
	case "get":
		return client + " basic.get " + q() + of("opt", "", " no-ack")
	case "consume":
		return client + " basic.consume " + q() + " " + tag() + of("opt", "", "", " no-ack", " exclusive", " x-priority=2")
	case "ack":
		return client + " " + of("how", "basic.ack", "basic.nack", "basic.reject") + " " + of("tag", "~", "~", "~", "~", "~", "~", "") + n() + of("opt", "", " requeue", " multiple", " multiple requeue")
	case "qdecl":
		return client + " queue.declare " + q() + of("opt", queueKinds...)
	case "xdecl":
		return client + " exchange.declare " + x() + " " + of("type", "direct", "fanout", "topic", "headers") + of("opt", "", "", " auto-delete", " internal", " alternate-exchange=x2")
	case "bind":
		if of("kind", "q", "x") == "q" {
			return client + of("un", " queue.bind ", " queue.bind ", " queue.unbind ") + q() + " " + x() + " " + key() + of("args", "", " x-match=any a=1")
		}
		return client + of("un", " exchange.bind ", " exchange.unbind ") + x() + " " + x() + " " + key()
	}
	return of("rest", client+" channel.close", client+" connection.close", client+" cut",
		client+" basic.qos "+n(), client+" basic.qos "+n()+" global", client+" basic.recover requeue", client+" confirm.select", client+" tx.select", client+" tx.commit", client+" tx.rollback", client+" tx.commit",
		"operator policy p ^q queues 0 message-ttl=6 max-length=4", "operator policy r q3 all 1 dead-letter-exchange=x2 expires=40", "operator clear-policy p", "operator alarm memory on", "operator alarm memory off", "operator alarm memory off", "operator stop", "operator crash", client+" basic.cancel "+tag(),
		client+" queue.delete "+q(), client+" queue.purge "+q(), client+" exchange.delete "+x(), "wait 3ms", "wait 25ms", "operator close "+strings.TrimSuffix(client, "/2"))
}

// start gives random programs something to work on.
func (s *script) start(t *rapid.T) {
	for _, c := range []string{"A", "B", "C"} {
		s.connect(c, 1)
	}
	for i, q := range []string{"q1", "q2", "q3"} {
		s.act(t, "A queue.declare "+q+rapid.SampledFrom(queueKinds).Draw(t, "kind of "+q))
		s.act(t, fmt.Sprintf("A exchange.declare x%d %s", i+1, exchangeTypes[i]))
		s.act(t, fmt.Sprintf("A queue.bind %s x%d k", q, i+1))
	}
	s.out.Reset()
}

// act runs one action on a connection and channel that it opens first where
// they are not. "~3" stands for the fourth delivery that waits for its ack.
func (s *script) act(t *rapid.T, action string) {
	words := strings.Fields(action)
	client, number, _ := strings.Cut(words[0], "/")
	channel := 1
	if number != "" {
		channel = 2
	}
	if s.b.stopped {
		s.b.Start(s.now)
	}
	if client != "wait" && client != "operator" && words[1] != "connect" {
		cn := s.b.conn(s.conns[client])
		if cn == nil || cn.stage != stageOpen {
			s.connect(client, uint16(channel))
			cn = s.b.conn(s.conns[client])
		}
		if channel >= len(cn.channels) || cn.channels[channel] == 0 {
			s.b.Send(s.now, cn.id, &Method{Op: OpChannelOpen, Channel: uint16(channel)})
		}
		waiting := &ring[unacked]{} // empty while an alarm keeps the channel from being opened
		if channel < len(cn.channels) && cn.channels[channel] != 0 {
			waiting = &s.b.chans.get(cn.channels[channel]).unacked
		}
		for i, w := range words {
			if nth, ok := strings.CutPrefix(w, "~"); ok {
				words[i] = "1"
				if k := int(nth[0] - '0'); waiting.len() > 0 {
					words[i] = fmt.Sprint(waiting.at(k % waiting.len()).tag)
				}
			}
		}
	}
	if err := s.do(words); err != nil {
		t.Fatal(err)
	}
	s.hear()
}

// TestAccountsBalance runs random programs and looks into the books after every step.
func TestAccountsBalance(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := newScript()
		s.start(t)
		for range rapid.IntRange(30, 100).Draw(t, "steps") {
			action := randomAction(t)
			s.act(t, action)
			if bad := s.b.audit(); bad != "" {
				t.Fatalf("after %q: %s\n%s", action, bad, s.out.String())
			}
		}
		s.b.SetAlarm(s.now, MemoryAlarm, false) // a blocked connection's end is not noticed
		for _, c := range s.conns {
			s.b.Cut(s.now, c)
		}
		for i := 1; i < s.b.queues.len(); i++ {
			if q := s.b.queues.get(uint32(i)); q.live {
				s.b.deleteQueue(q, 0)
			}
		}
		if left := s.b.Held(); left != 0 {
			t.Fatalf("%d messages left over when nothing holds them\n%s", left, s.out.String())
		}
	})
}

// audit compares every count that is kept with what it counts.
func (b *Broker) audit() string {
	refs := make([]uint32, max(1, b.store.n))
	unackedOf := map[uint32]uint32{}
	heldBy := map[uint32]uint32{}
	for i := 1; i < b.conns.len(); i++ {
		cn := b.conns.get(uint32(i))
		if cn.stage == stageFree {
			continue
		}
		for _, r := range [2]*ring[Method]{&cn.toClient, &cn.waiting} {
			for k := range r.len() {
				if m := r.at(k); m.content != 0 {
					refs[m.content]++
				}
			}
		}
		for _, id := range cn.channels {
			if id == 0 {
				continue
			}
			ch := b.chans.get(id)
			held, dead := uint32(0), 0
			var waiting []unacked
			for k := range ch.unacked.len() {
				waiting = append(waiting, *ch.unacked.at(k))
			}
			if ch.tx != nil {
				for _, s := range ch.tx.settled {
					waiting = append(waiting, s.list...)
				}
				for _, m := range ch.tx.messages {
					refs[m.method.content]++
				}
			}
			for _, u := range waiting {
				if u.entry.msg == 0 {
					dead++
					continue
				}
				refs[u.entry.msg]++
				if q := b.queues.get(u.queue); q.live && q.gen == u.queueGen {
					unackedOf[u.queue]++
				}
				if u.consumer != 0 {
					held++
					if c := b.cons.get(u.consumer); c.live && c.gen == u.consGen {
						heldBy[u.consumer]++
					}
				}
			}
			if ch.held != held || ch.dead != dead {
				return fmt.Sprintf("channel %d of %d holds %d, counts %d (%d settled, counts %d)", ch.number, i, held, ch.held, dead, ch.dead)
			}
		}
	}
	for i := 1; i < b.queues.len(); i++ {
		q := b.queues.get(uint32(i))
		if !q.live {
			continue
		}
		bytes, count := int64(0), 0
		for band := range len(q.ready.above) + 1 {
			last := int64(-1)
			for k := range q.ready.band(band).len() {
				en := q.ready.band(band).at(k)
				refs[en.msg]++
				count++
				bytes += int64(b.store.at(en.msg).Size)
				if int64(en.seq()) <= last && !q.quorum {
					return fmt.Sprintf("%s is out of order", b.names.Text(q.name))
				}
				last = int64(en.seq())
			}
		}
		if count != q.ready.len() {
			return fmt.Sprintf("%s has %d messages ready, counts %d", b.names.Text(q.name), count, q.ready.len())
		}
		blocked := 0
		for _, id := range q.consumers {
			c := b.cons.get(id)
			if !c.live || c.held != heldBy[id] {
				return fmt.Sprintf("consumer %s holds %d, counts %d", b.names.Text(c.tag), heldBy[id], c.held)
			}
			if c.blocked {
				blocked++
				ch := b.chans.get(c.channel)
				if !c.full() && !ch.full() {
					return fmt.Sprintf("consumer %s waits for nothing", b.names.Text(c.tag))
				}
			}
		}
		switch {
		case bytes != q.bytes || q.unacked != unackedOf[q.id]:
			return fmt.Sprintf("%s has %d bytes, counts %d; %d unacked, counts %d", b.names.Text(q.name), bytes, q.bytes, unackedOf[q.id], q.unacked)
		case blocked+q.active.len() != len(q.consumers) && !q.single, q.single && blocked+q.active.len() != min(1, len(q.consumers)):
			return fmt.Sprintf("%s: %d of %d consumers in turn, %d blocked", b.names.Text(q.name), q.active.len(), len(q.consumers), blocked)
		case q.ready.len() > 0 && q.active.len() > 0:
			for k := range q.active.len() {
				c := b.cons.get(*q.active.at(k))
				if ch := b.chans.get(c.channel); !c.full() && !ch.full() {
					return fmt.Sprintf("%s keeps %d messages from an idle consumer", b.names.Text(q.name), q.ready.len())
				}
			}
		}
	}
	for i := 1; i < len(refs); i++ {
		if free := slices.Contains(b.store.free, uint32(i)); free != (refs[i] == 0) || !free && b.store.at(uint32(i)).refs() != refs[i] {
			return fmt.Sprintf("message in slot %d is held %d times, counts %d", i, refs[i], b.store.at(uint32(i)).refs())
		}
	}
	return ""
}

// TestCloneGoesOnAlike forks a broker in the middle of a random program: both
// copies tell the same story from there, and neither disturbs the other.
func TestCloneGoesOnAlike(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := newScript()
		s.start(t)
		actions := make([]string, rapid.IntRange(30, 80).Draw(t, "steps"))
		for i := range actions {
			actions[i] = randomAction(t)
		}
		fork := rapid.IntRange(0, len(actions)-1).Draw(t, "fork")
		run := func(s *script, actions []string) {
			for _, a := range actions {
				s.act(t, a)
			}
		}
		run(s, actions[:fork])
		c := s.fork()
		if a, b := digestOf(s.b), digestOf(c.b); a != b {
			t.Fatalf("digests differ at the fork: %x and %x", a, b)
		}
		s.out.Reset()
		run(s, actions[fork:])
		run(c, actions[fork:])
		if s.out.String() != c.out.String() {
			t.Fatalf("the original told\n%s\nthe clone\n%s", s.out.String(), c.out.String())
		}
		if a, b := digestOf(s.b), digestOf(c.b); a != b {
			t.Fatalf("digests differ at the end: %x and %x", a, b)
		}
	})
}

func digestOf(b *Broker) uint64 {
	var d sim.Digest
	b.Digest(&d)
	return d.Sum()
}

// fork copies a script with its broker.
func (s *script) fork() *script {
	c := &script{
		names: s.names, events: s.events.Clone(), now: s.now, clients: slices.Clone(s.clients), sent: s.sent,
		conns: map[string]ConnID{}, letters: map[flow.Name]string{}, labels: map[flow.MsgID]string{},
	}
	for k, v := range s.conns {
		c.conns[k] = v
	}
	for k, v := range s.letters {
		c.letters[k] = v
	}
	for k, v := range s.labels {
		c.labels[k] = v
	}
	c.b = s.b.Clone(c.events, c)
	return c
}
