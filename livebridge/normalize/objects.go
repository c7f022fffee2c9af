package normalize

import (
	"slices"
	"strings"

	"rpcscope/engine/flow"
)

// maxObjects bounds each kind of broker object that is remembered.
const maxObjects = 1 << 18

type objectKey struct{ vhost, name flow.Name }

type bindingKey struct {
	vhost, source, dest, key, args flow.Name
	toExchange                     bool
}

type consumerKey struct {
	queue objectKey
	conn  flow.Name
	ch    uint16
	tag   flow.Name
}

// channelQueue is a channel's hold on a queue.
type channelQueue struct {
	queue objectKey
	conn  flow.Name
	ch    uint16
}

// objects knows what exists, so that nothing is announced twice.
type objects struct {
	exchanges map[objectKey]int64 // since when, in stream time
	queues    map[objectKey]int64
	bindings  map[bindingKey]int64
	consumers map[consumerKey]int64
	// from lists the bindings of a queue by source exchange.
	from map[objectKey][]bindingKey
	// tagOf is a channel's consumer of a queue; with several, one of them.
	tagOf map[channelQueue]flow.Name
	// deleted are queues that were, so that a reply to one is known to be returned.
	deleted map[objectKey]bool
	// complete names the virtual hosts whose topology was told whole.
	complete map[flow.Name]bool
}

func (o *objects) init() {
	o.exchanges, o.queues = map[objectKey]int64{}, map[objectKey]int64{}
	o.bindings, o.consumers = map[bindingKey]int64{}, map[consumerKey]int64{}
	o.from, o.complete = map[objectKey][]bindingKey{}, map[flow.Name]bool{}
	o.tagOf, o.deleted = map[channelQueue]flow.Name{}, map[objectKey]bool{}
}

// wasDeleted reports whether a queue of that name existed and is gone.
func (o *objects) wasDeleted(k objectKey) bool { return o.deleted[k] }

// sortedKeys returns the keys of m that pick takes, in the order of the names
// by which by tells them apart: names are numbered in the order of their
// appearance, so the order is the same in every run.
func sortedKeys[K comparable](m map[K]int64, pick func(K, int64) bool, by func(K) []flow.Name) []K {
	var out []K
	for k, at := range m {
		if pick(k, at) {
			out = append(out, k)
		}
	}
	slices.SortFunc(out, func(a, b K) int { return slices.Compare(by(a), by(b)) })
	return out
}

// isNew reports whether k was unknown, and remembers it.
func isNew[K comparable](m map[K]int64, k K, now int64) bool {
	if _, known := m[k]; known || len(m) >= maxObjects {
		return false
	}
	m[k] = now
	return true
}

func objectFlags(durable, autoDelete, exclusive, internal bool) (f flow.Flags) {
	for _, x := range []struct {
		on  bool
		bit flow.Flags
	}{{durable, flow.Durable}, {autoDelete, flow.AutoDelete}, {exclusive, flow.Exclusive}, {internal, flow.Internal}} {
		if x.on {
			f |= x.bit
		}
	}
	return f
}

func (n *Normalizer) exchangeIs(k objectKey, kind string, flags flow.Flags, args []argument) {
	if !isNew(n.objects.exchanges, k, n.now) {
		return
	}
	n.emit(flow.Event{Kind: flow.ExchangeDeclare, VHost: k.vhost, Exchange: k.name, Label: n.names.Intern(kind), Flags: flags, Args: n.names.Intern(argumentText(args))})
}

func (n *Normalizer) exchangeGone(k objectKey, why string, flags flow.Flags) {
	if _, known := n.objects.exchanges[k]; !known {
		return
	}
	delete(n.objects.exchanges, k)
	n.emit(flow.Event{Kind: flow.ExchangeDelete, VHost: k.vhost, Exchange: k.name, Label: n.names.Intern(why), Flags: flags})
}

func (n *Normalizer) queueIs(k objectKey, flags flow.Flags, args []argument) {
	if !isNew(n.objects.queues, k, n.now) {
		return
	}
	delete(n.objects.deleted, k)
	n.emit(flow.Event{
		Kind: flow.QueueDeclare, VHost: k.vhost, Queue: k.name, Label: n.names.Intern(queueType(args)),
		Flags: flags, Args: n.names.Intern(argumentText(args)), Value: expires(args),
	})
}

func (n *Normalizer) queueGone(k objectKey, why string, flags flow.Flags) {
	if _, known := n.objects.queues[k]; !known {
		return
	}
	delete(n.objects.queues, k)
	n.queueEnded(k, why, flags)
}

// queueEnded tells of a queue's end and remembers it.
func (n *Normalizer) queueEnded(k objectKey, why string, flags flow.Flags) {
	if len(n.objects.deleted) >= maxObjects {
		clear(n.objects.deleted)
	}
	n.objects.deleted[k] = true
	n.emit(flow.Event{Kind: flow.QueueDelete, VHost: k.vhost, Queue: k.name, Label: n.names.Intern(why), Flags: flags, Value: int64(n.copies.dropQueue(k))})
}

func (n *Normalizer) bindingIs(k bindingKey, flags flow.Flags) {
	if !isNew(n.objects.bindings, k, n.now) {
		return
	}
	at := objectKey{k.vhost, k.dest}
	if !k.toExchange {
		n.objects.from[at] = append(n.objects.from[at], k)
	} else {
		flags |= flow.ToExchange
	}
	n.emit(flow.Event{Kind: flow.Bind, VHost: k.vhost, Exchange: k.source, Queue: k.dest, Key: k.key, Args: k.args, Flags: flags})
}

func (n *Normalizer) bindingGone(k bindingKey, flags flow.Flags) {
	if _, known := n.objects.bindings[k]; !known {
		return
	}
	delete(n.objects.bindings, k)
	if k.toExchange {
		flags |= flow.ToExchange
	} else {
		at := objectKey{k.vhost, k.dest}
		kept := n.objects.from[at][:0]
		for _, b := range n.objects.from[at] {
			if b != k {
				kept = append(kept, b)
			}
		}
		if n.objects.from[at] = kept; len(kept) == 0 {
			delete(n.objects.from, at)
		}
	}
	n.emit(flow.Event{Kind: flow.Unbind, VHost: k.vhost, Exchange: k.source, Queue: k.dest, Key: k.key, Args: k.args, Flags: flags})
}

func (n *Normalizer) consumerIs(k consumerKey, process flow.Name, prefetch int64, flags flow.Flags) {
	if isNew(n.objects.consumers, k, n.now) {
		n.objects.tagOf[channelQueue{k.queue, k.conn, k.ch}] = k.tag
		n.emit(flow.Event{Kind: flow.Consume, VHost: k.queue.vhost, Queue: k.queue.name, Conn: k.conn, Channel: k.ch, Tag: k.tag, Process: process, Value: prefetch, Flags: flags})
	}
}

// consumerGone takes a consumer away; deleting a queue with consumers tells of each twice.
func (n *Normalizer) consumerGone(k consumerKey, process flow.Name, flags flow.Flags) {
	if _, known := n.objects.consumers[k]; known {
		delete(n.objects.consumers, k)
		delete(n.objects.tagOf, channelQueue{k.queue, k.conn, k.ch})
		n.emit(flow.Event{Kind: flow.Cancel, VHost: k.queue.vhost, Queue: k.queue.name, Conn: k.conn, Channel: k.ch, Tag: k.tag, Process: process, Flags: flags})
	}
}

// bindingFor finds the binding by which exchange may have routed key to a
// queue; sure is false when it had to be guessed.
func (n *Normalizer) bindingFor(queue objectKey, exchange, key flow.Name) (binding flow.Name, sure bool) {
	keys := 0
	for _, b := range n.objects.from[queue] {
		if b.source != exchange {
			continue
		}
		if b.key == key || topicMatches(n.names.Text(b.key), n.names.Text(key)) {
			return b.key, true
		}
		binding = b.key
		keys++
	}
	if keys == 0 {
		return key, false
	}
	return binding, keys == 1 // a fanout or headers exchange does not look at the key
}

// topicMatches reports whether a topic binding takes a routing key (AMQP 0-9-1 section 3.1.3.3).
func topicMatches(binding, key string) bool {
	if !strings.ContainsAny(binding, "*#") {
		return binding == key
	}
	b, k := strings.Split(binding, "."), strings.Split(key, ".")
	if key == "" {
		k = nil
	}
	// reach[j]: the words of the binding so far can take the first j words of the key.
	reach := make([]bool, len(k)+1)
	reach[0] = true
	for _, w := range b {
		next := make([]bool, len(k)+1)
		for j := range reach {
			switch {
			case w == "#":
				next[j] = reach[j] || j > 0 && next[j-1]
			case j > 0:
				next[j] = reach[j-1] && (w == "*" || w == k[j-1])
			}
		}
		reach = next
	}
	return reach[len(k)]
}
