package amqp

import (
	"slices"
	"strings"

	"rpcscope/engine/flow"
)

// link enters a binding in its source's index.
func (b *Broker) link(x *exchange, id uint32) {
	b.changed(x)
	w := &b.bindings[id]
	switch x.kind {
	case directType:
		k := pair(x.id, w.key)
		if first := b.chain(id, b.direct.get(k)); first == id {
			b.direct.set(k, id)
		}
	case topicType:
		w.node = x.topics.grow(b.words.split(w.key))
		n := &x.topics.nodes[w.node]
		n.first = b.chain(id, n.first)
	}
}

// changed makes what is remembered of an exchange's routes void. No two exchanges ever have the same edition.
func (b *Broker) changed(x *exchange) {
	b.edition++
	x.edition = b.edition
}

// chain appends a binding to a chain and returns the chain's first. The first's
// prev is the last, so that copies go out in the order of binding.
func (b *Broker) chain(id, first uint32) uint32 {
	w := &b.bindings[id]
	w.next = 0
	if first == 0 {
		w.prev = id
		return id
	}
	f := &b.bindings[first]
	w.prev = f.prev
	b.bindings[f.prev].next = id
	f.prev = id
	return first
}

// unchain takes a binding out of a chain and returns the chain's first, 0 when none is left.
func (b *Broker) unchain(id, first uint32) uint32 {
	w := &b.bindings[id]
	if id == first {
		if w.next != 0 {
			b.bindings[w.next].prev = w.prev
		}
		return w.next
	}
	b.bindings[w.prev].next = w.next
	if w.next != 0 {
		b.bindings[w.next].prev = w.prev
	} else {
		b.bindings[first].prev = w.prev
	}
	return first
}

// unlink takes a binding out of its source's index.
func (b *Broker) unlink(x *exchange, id uint32) {
	b.changed(x)
	w := &b.bindings[id]
	switch x.kind {
	case directType:
		k := pair(x.id, w.key)
		if first := b.unchain(id, b.direct.get(k)); first != 0 {
			b.direct.set(k, first)
		} else {
			b.direct.del(k)
		}
	case topicType:
		n := &x.topics.nodes[w.node]
		n.first = b.unchain(id, n.first)
		x.topics.prune(w.node)
	}
}

// route finds the queues for a message published to x, each once, in
// b.targets, and emits a Route for every binding that matched on the way. An
// exchange is passed once, however many ways lead to it: diamonds give no
// second copy and cycles end (rabbit_exchange:process_route).
func (b *Broker) route(x *exchange, e *flow.Event, key, headers flow.Name) {
	b.stamp++
	b.targets = b.targets[:0]
	b.keys = append(b.keys[:0], key)
	if headers != 0 {
		b.addCopies(headers)
	}
	b.visit = append(b.visit[:0], x.id)
	x.stamp = b.stamp
	for i := 0; i < len(b.visit); i++ {
		from := b.exs.get(b.visit[i])
		if !b.match(from, e, headers) && from.alternate != 0 {
			b.takeAlternate(from, e)
		}
	}
}

// addCopies adds the keys that the sender put in the headers CC and BCC.
func (b *Broker) addCopies(headers flow.Name) {
	t := b.tables.Table(headers)
	for _, h := range [2]string{"CC", "BCC"} {
		v := t.find(h)
		if v == nil {
			continue
		}
		for _, k := range v.Items {
			if k.Kind != StringValue {
				continue
			}
			if id := b.names.Intern(k.Text); !slices.Contains(b.keys, id) {
				b.keys = append(b.keys, id)
			}
		}
	}
}

// follow adds an exchange to the search unless it was there already.
func (b *Broker) follow(x *exchange) {
	if x != nil && x.stamp != b.stamp {
		x.stamp = b.stamp
		b.visit = append(b.visit, x.id)
	}
}

// match follows every binding of x that takes the message; hit is false when none did.
func (b *Broker) match(x *exchange, e *flow.Event, headers flow.Name) (hit bool) {
	switch x.kind {
	case directType:
		for _, key := range b.keys {
			if x.name == 0 {
				hit = b.takeImplicit(x, e, key) || hit
				continue
			}
			hit = b.takeChain(x, e, b.direct.get(pair(x.id, key))) || hit
		}
	case topicType:
		for _, key := range b.keys {
			hit = b.matchTopic(x, e, key) || hit
		}
	default:
		table := b.tables.Table(headers)
		for _, id := range x.out {
			if x.kind == fanoutType || headersMatch(b.tables.Table(b.bindings[id].args), table) {
				b.take(x, e, id)
				hit = true
			}
		}
	}
	return hit
}

// matchTopic follows the bindings of a topic exchange that match a key. Where only those of one binding key do,
// that is remembered until the exchange's bindings change: most keys come again and again.
func (b *Broker) matchTopic(x *exchange, e *flow.Event, key flow.Name) (hit bool) {
	if id := b.recall(x, key); id != 0 {
		return b.takeChain(x, e, id)
	}
	matched, last := 0, uint32(0)
	for _, n := range x.topics.match(b.words.split(key)) {
		if first := x.topics.nodes[n].first; first != 0 {
			matched, last = matched+1, first
			b.takeChain(x, e, first)
		}
	}
	if matched == 1 {
		b.remember(x, key, last)
	}
	return matched > 0
}

// routed is the first binding that a routing key led to in a topic exchange while its bindings were as edition says.
type routed struct{ edition, first uint32 }

func (b *Broker) recall(x *exchange, key flow.Name) (first uint32) {
	if int(key) < len(b.routes) && b.routes[key].edition == x.edition {
		return b.routes[key].first
	}
	return 0
}

func (b *Broker) remember(x *exchange, key flow.Name, first uint32) {
	if int(key) >= len(b.routes) {
		b.routes = append(b.routes, make([]routed, int(key)+1-len(b.routes)+len(b.routes)/2)...)
	}
	b.routes[key] = routed{x.edition, first}
}

// takeChain follows a chain of bindings, if there is one.
func (b *Broker) takeChain(x *exchange, e *flow.Event, first uint32) (hit bool) {
	for id := first; id != 0; id = b.bindings[id].next {
		b.take(x, e, id)
	}
	return first != 0
}

// takeImplicit follows the default exchange's binding to the queue named like the key.
func (b *Broker) takeImplicit(x *exchange, e *flow.Event, key flow.Name) bool {
	q := b.findQueue(x.vhost, key)
	if q == nil {
		return false
	}
	e.Exchange, e.Queue, e.Key, e.Args, e.Flags = 0, q.name, key, 0, flow.Implicit
	b.sink.Emit(e, nil)
	b.target(q)
	return true
}

// take follows one binding that matched. Of a binding that matches by several keys it is told once.
func (b *Broker) take(x *exchange, e *flow.Event, id uint32) {
	w := &b.bindings[id]
	if w.stamp == b.stamp {
		return
	}
	w.stamp = b.stamp
	e.Exchange, e.Key, e.Args, e.Flags = x.name, w.key, w.args, 0
	if w.toExchange {
		d := b.exs.get(w.dest)
		e.Queue, e.Flags = d.name, flow.ToExchange
		b.sink.Emit(e, nil)
		b.follow(d)
		return
	}
	q := b.queues.get(w.dest)
	e.Queue = q.name
	b.sink.Emit(e, nil)
	b.target(q)
}

// takeAlternate follows the alternate exchange of one whose bindings did not match; no binding says so.
func (b *Broker) takeAlternate(from *exchange, e *flow.Event) {
	x := b.findExchange(from.vhost, from.alternate)
	if x == nil {
		return
	}
	e.Exchange, e.Queue, e.Key, e.Args, e.Flags = from.name, x.name, 0, 0, flow.ToExchange|flow.Implicit
	b.sink.Emit(e, nil)
	b.follow(x)
}

func (b *Broker) target(q *queue) {
	if q.stamp != b.stamp {
		q.stamp = b.stamp
		b.targets = append(b.targets, q.id)
	}
}

// headersMatch is the headers exchange's rule (rabbit_exchange_type_headers):
// x-match all or any, where keys that begin with "x-" count only in the -with-x variants.
func headersMatch(args, headers Table) bool {
	mode := "all"
	if v := args.find("x-match"); v != nil {
		mode = v.Text
	}
	withX := strings.HasSuffix(mode, "-with-x")
	any := strings.HasPrefix(mode, "any")
	for i := range args {
		f := &args[i]
		if f.Key == "x-match" || !withX && strings.HasPrefix(f.Key, "x-") {
			continue
		}
		v := headers.find(f.Key)
		if ok := v != nil && (f.Value.Kind == VoidValue || f.Value.alike(v)); ok == any {
			return any
		}
	}
	return !any
}

// badMatch says what is wrong with a headers binding, in RabbitMQ's words.
func (b *Broker) badMatch(want bindingKey) string {
	if b.exs.get(want.source).kind != headersType {
		return ""
	}
	v := b.tables.Table(want.args).find("x-match")
	if v == nil {
		return ""
	}
	if v.Kind != StringValue {
		return "Invalid x-match field type " + v.typeName() + " (value " + v.bare() + "); expected longstr"
	}
	switch v.Text {
	case "all", "any", "all-with-x", "any-with-x":
		return ""
	}
	return "Invalid x-match field value <<\"" + v.Text + "\">>; expected all, any, all-with-x, or any-with-x"
}
