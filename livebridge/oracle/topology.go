package oracle

import (
	"fmt"
	"slices"
	"strings"

	"rpcscope/engine/flow"
)

// topology is what exists, folded from the model's flow events – so that these are compared with the real broker too.
type topology struct {
	queues    map[queueName]*queueInfo
	exchanges map[queueName]*exchangeInfo
	bindings  map[bindingInfo]bool
	letters   map[flow.Name]byte
}

// queueName names a queue or an exchange.
type queueName struct{ vhost, name string }

func (q queueName) String() string {
	if q.vhost == firstVHost {
		return q.name
	}
	return q.vhost + ":" + q.name
}

type queueInfo struct {
	flags     flow.Flags
	args      string
	consumers int
	owner     byte // of an exclusive queue
	brief     bool // its messages have a short time
	mortal    bool // it goes soon when nobody uses it
}

type exchangeInfo struct {
	kind, args string
	flags      flow.Flags
}

type bindingInfo struct {
	vhost, source, dest, key, args string
	toExchange                     bool
}

func newTopology() topology {
	return topology{map[queueName]*queueInfo{}, map[queueName]*exchangeInfo{}, map[bindingInfo]bool{}, map[flow.Name]byte{}}
}

func (t *topology) fold(names *flow.Names, e *flow.Event) {
	text := names.Text
	q := queueName{text(e.VHost), text(e.Queue)}
	x := queueName{text(e.VHost), text(e.Exchange)}
	switch e.Kind {
	case flow.QueueDeclare:
		t.queues[q] = &queueInfo{flags: e.Flags & (flow.Durable | flow.AutoDelete | flow.Exclusive), args: text(e.Args)}
		if e.Flags&flow.Exclusive != 0 {
			t.queues[q].owner = t.letters[e.Conn]
		}
		t.queues[q].mortal = strings.Contains(text(e.Args), fmt.Sprintf("x-expires=%d", shortExpiry))
		t.queues[q].brief = strings.Contains(text(e.Args), "x-message-ttl=") && !strings.Contains(text(e.Args), fmt.Sprintf("x-message-ttl=%d", longTTL))
	case flow.QueueDelete:
		delete(t.queues, q)
	case flow.ExchangeDeclare:
		t.exchanges[x] = &exchangeInfo{kind: text(e.Label), args: text(e.Args), flags: e.Flags & (flow.Durable | flow.AutoDelete | flow.Internal)}
	case flow.ExchangeDelete:
		delete(t.exchanges, x)
	case flow.Bind, flow.Unbind:
		w := bindingInfo{x.vhost, x.name, q.name, text(e.Key), text(e.Args), e.Flags&flow.ToExchange != 0}
		if e.Kind == flow.Bind {
			t.bindings[w] = true
		} else {
			delete(t.bindings, w)
		}
	case flow.Consume:
		if i := t.queues[q]; i != nil {
			i.consumers++
		}
	case flow.Cancel:
		if i := t.queues[q]; i != nil {
			i.consumers--
		}
	}
}

// queuesOf are the queues of a virtual host in order of name.
func (t *topology) queuesOf(vhost string) (out []queueName) {
	for q := range t.queues {
		if q.vhost == vhost {
			out = append(out, q)
		}
	}
	slices.SortFunc(out, func(a, b queueName) int { return strings.Compare(a.name, b.name) })
	return out
}

// report lists everything, a line each, sorted.
func (t *topology) report(ready func(queueName) int, tidy func(string) string) (out []string) {
	for q, i := range t.queues {
		out = append(out, fmt.Sprintf("queue %s%s {%s} ready=%d consumers=%s",
			tidy(q.String()), flagText(i.flags), i.args, ready(q), consumersText(isQuorum(i.args), i.consumers)))
	}
	for x, i := range t.exchanges {
		out = append(out, fmt.Sprintf("exchange %s %s%s {%s}", x, i.kind, flagText(i.flags), i.args))
	}
	for w := range t.bindings {
		to := "queue"
		if w.toExchange {
			to = "exchange"
		}
		out = append(out, fmt.Sprintf("binding %s to %s %s key=%s {%s}", queueName{w.vhost, w.source}, to, tidy(w.dest), quote(tidy(w.key)), w.args))
	}
	slices.Sort(out)
	return out
}

func flagText(f flow.Flags) string {
	var b strings.Builder
	for _, w := range flagWords {
		if f&w.flag != 0 {
			b.WriteString(" " + w.word)
		}
	}
	return b.String()
}

func sortBindings(list []bindingInfo) {
	slices.SortFunc(list, func(a, b bindingInfo) int { return strings.Compare(fmt.Sprint(a), fmt.Sprint(b)) })
}
