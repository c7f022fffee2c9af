package oracle

import (
	"fmt"
	"slices"
	"strings"

	"rpcscope/engine/amqp"
	"rpcscope/engine/flow"
)

// Meter counts in how many programs each feature had an effect. A feature that
// is merely present shows nothing: its effect is seen in the model's events and
// answers, or by leaving it out of the whole program and finding that other
// things happen then.
type Meter struct {
	Programs int
	counts   []int
}

// Add measures one program.
func (m *Meter) Add(p Program) {
	if m.counts == nil {
		m.counts = make([]int, len(features))
	}
	r := newReading(p)
	for i := range features {
		if features[i].effect(r) {
			m.counts[i]++
		}
	}
	m.Programs++
}

// String is a table: per thousand programs, in how many each feature had an effect.
func (m *Meter) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "features with effect, in how many of 1,000 programs (%d measured):\n", m.Programs)
	for i, f := range features {
		if m.counts != nil {
			fmt.Fprintf(&b, "%6d  %s\n", m.perThousand(i), f.name)
		}
	}
	return b.String()
}

func (m *Meter) perThousand(i int) int { return m.counts[i] * 1000 / max(m.Programs, 1) }

// least is the count of the rarest feature.
func (m *Meter) least() int {
	least := 1000
	for i := range features {
		least = min(least, m.perThousand(i))
	}
	return least
}

// Below lists the features with effect in fewer than least of a thousand programs.
func (m *Meter) Below(least int) (names []string) {
	for i, f := range features {
		if m.counts == nil || m.perThousand(i) < least {
			names = append(names, f.name)
		}
	}
	return names
}

// reading is what one program shows.
type reading struct {
	p       Program
	answers Answers
	text    string
	events  map[string]int
	op      Verb                 // that is being done
	time    map[flow.MsgID]int64 // messages' own times, ns
	due     map[flow.MsgID]int64 // when a message's own time is over
	back    map[queueName]bool   // queues that got something back in this step
}

func newReading(p Program) *reading {
	r := &reading{p: p, events: map[string]int{}, time: map[flow.MsgID]int64{}, due: map[flow.MsgID]int64{}}
	m := newModel()
	routed := map[string]bool{}
	visited := map[string]bool{}
	m.watch = func(e *flow.Event, msg *flow.Message) {
		if msg != nil && e.Kind == flow.Publish && msg.Expiration >= 0 {
			r.time[e.Msg] = msg.Expiration
		}
		r.note(m, e, routed, visited)
	}
	for i := range p {
		r.op, r.back = p[i].Verb, map[queueName]bool{}
		m.apply(&p[i])
		for q := range r.back {
			if m.depth(q) > 1 {
				r.events["requeue among others"]++
			}
		}
		if p[i].Verb == Restart {
			for q := range m.top.queues {
				r.events["kept by a restart"] += m.depth(q)
			}
		}
		r.answers = append(r.answers, canonical(m.take()))
	}
	r.answers = append(r.answers, canonical(m.finish(func(*Op) {})))
	r.text = strings.Join(r.answers[:len(p)], "")
	return r
}

func (r *reading) note(m *model, e *flow.Event, routed, visited map[string]bool) {
	text := m.names.Text
	label := text(e.Label)
	key := e.Kind.String()
	if label != "" {
		key += " " + label
	}
	switch e.Kind {
	case flow.Route:
		r.noteRoute(m, e, routed, visited)
		return
	case flow.Expire:
		if m.brief[e.Msg] {
			key += " own"
		}
		if due, ok := r.due[e.Msg]; ok && e.At > due+slack*1e6/2 {
			r.events["expire behind"]++
		}
	case flow.Enqueue:
		if ttl, ok := r.time[e.Msg]; ok {
			r.due[e.Msg] = e.At + ttl
		}
	case flow.Requeue:
		r.back[queueName{text(e.VHost), text(e.Queue)}] = true
		if r.op == Restart {
			r.events["requeued by a restart"]++
		}
	case flow.Deliver:
		for _, f := range flagWords {
			if e.Flags&f.flag != 0 {
				r.events[key+" "+f.word]++
			}
		}
		if e.Flags&flow.Redelivered != 0 {
			r.events[key+" redelivered"]++
		}
		if e.Flags&flow.Get != 0 {
			r.events[key+" get"]++
		}
	case flow.Confirm:
		if e.Flags&flow.Negative != 0 {
			key += " nack"
		}
	case flow.QueueDelete, flow.ExchangeDelete, flow.DeadLetter, flow.Drop, flow.Return:
	default:
		return
	}
	r.events[key]++
}

func (r *reading) noteRoute(m *model, e *flow.Event, routed, visited map[string]bool) {
	text := m.names.Text
	kind := "default"
	if x := text(e.Exchange); x != "" {
		kind = strings.TrimPrefix(x, "amq.")
		if i := m.top.exchanges[queueName{text(e.VHost), x}]; i != nil {
			kind = i.kind
		}
	}
	switch {
	case e.Flags&flow.NoRoute != 0:
		r.events["route none"]++
		return
	case e.Flags&flow.ToExchange != 0 && e.Flags&flow.Implicit != 0:
		r.events["route alternate"]++
		return
	}
	r.events["route "+kind]++
	if k := text(e.Key); kind == "topic" && strings.ContainsAny(k, "*#") {
		r.events["route wildcard"]++
	}
	if args := text(e.Args); kind == "headers" {
		for _, match := range []string{"all-with-x", "any-with-x", "all", "any"} {
			if strings.Contains(args, "x-match="+match) {
				r.events["route headers "+match]++
				break
			}
		}
	}
	to := fmt.Sprintf("%d>%s", e.Msg, text(e.Queue))
	if e.Flags&flow.ToExchange != 0 {
		r.events["route exchange"]++
		if visited[to] {
			r.events["route exchange again"]++
		}
		visited[to] = true
		return
	}
	if routed[to] {
		r.events["route again"]++
	}
	routed[to] = true
}

// without reports whether the program leads to something else when change,
// which returns whether it changed anything, was done to every operation.
func (r *reading) without(change func(*Op) bool) bool {
	q, changed := slices.Clone(r.p), false
	for i := range q {
		if m := q[i].Message; m != nil {
			copied := *m
			q[i].Message = &copied
		}
		changed = change(&q[i]) || changed
	}
	if !changed {
		return false
	}
	other := Model(q)
	for i := range r.p {
		// Arguments are shown only at the end.
		if other[i] != r.answers[i] {
			return true
		}
	}
	return withoutArgs(other[len(r.p)]) != withoutArgs(r.answers[len(r.p)])
}

// withoutArgs leaves out of what is left at the end how it was declared.
func withoutArgs(end string) string {
	var b strings.Builder
	for _, l := range strings.SplitAfter(end, "\n") {
		if strings.Contains(l, "rest of") || strings.Contains(l, "deliver") {
			b.WriteString(l)
		}
	}
	return b.String()
}

func dropArg(args *amqp.Table, key string) bool {
	i := slices.IndexFunc(*args, func(f amqp.Field) bool { return f.Key == key })
	if i < 0 {
		return false
	}
	*args = slices.Delete(slices.Clone(*args), i, i+1)
	return true
}

func dropFlag(o *Op, f flow.Flags) bool {
	had := o.Flags&f != 0
	o.Flags &^= f
	return had
}
