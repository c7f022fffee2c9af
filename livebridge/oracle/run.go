package oracle

import (
	"errors"
	"fmt"
	"maps"
	"strings"

	"rpcscope/engine/amqp"
)

// Answers is what a program led to on one side: a canonical text for each
// operation, and one more for what was left at the end.
type Answers []string

// Script is the program with the answers below each operation.
func (p Program) Script(a Answers) string {
	var b strings.Builder
	for i := range a {
		if i < len(p) {
			b.WriteString(p[i].String() + "\n")
		} else {
			b.WriteString(atTheEnd + "\n")
		}
		b.WriteString(a[i])
	}
	return b.String()
}

// Difference is where two sides part.
type Difference struct {
	Program Program
	// At is the operation, len(Program) for what was left at the end.
	At                int
	Model, Node       string
	ModelAll, NodeAll Answers
}

// String shows the program up to the difference and both sides there.
func (d *Difference) String() string {
	var b strings.Builder
	b.WriteString(d.Program[:min(d.At+1, len(d.Program))].String())
	if d.At == len(d.Program) {
		b.WriteString(atTheEnd + "\n")
	}
	model, node := diffLines(d.Model, d.Node)
	fmt.Fprintf(&b, "  the model:\n%s  the broker:\n%s", model, node)
	return b.String()
}

// diffLines leaves out what both have, when there is much.
func diffLines(a, b string) (string, string) {
	if strings.Count(a, "\n")+strings.Count(b, "\n") < 12 {
		return a, b
	}
	return without(a, b), without(b, a)
}

func without(a, b string) string {
	have := map[string]int{}
	for _, l := range strings.SplitAfter(b, "\n") {
		have[l]++
	}
	var out strings.Builder
	for _, l := range strings.SplitAfter(a, "\n") {
		if have[l] > 0 {
			have[l]--
			continue
		}
		out.WriteString(l)
	}
	return out.String()
}

// compare finds the first difference between the answers of two sides; nil when there is none.
func compare(p Program, model, node Answers) *Difference {
	for i := range max(len(model), len(node)) {
		var m, n string
		if i < len(model) {
			m = model[i]
		}
		if i < len(node) {
			n = node[i]
		}
		if m != n {
			return &Difference{Program: p, At: i, Model: m, Node: n, ModelAll: model, NodeAll: node}
		}
	}
	return nil
}

// Model runs a program on the model alone.
func Model(p Program) Answers {
	m := newModel()
	var out Answers
	for i := range p {
		m.apply(&p[i])
		out = append(out, canonical(m.take()))
	}
	return append(out, canonical(m.finish(func(*Op) {})))
}

// lockstep is one run of a program on both sides.
type lockstep struct {
	w     *Worker
	m     *model
	n     *node
	model Answers
	node  Answers
}

// Run runs a program on both sides and stops at the first difference, which it
// returns, with the broker's answers. An error means that nothing can be said.
func (w *Worker) Run(p Program) (*Difference, Answers, error) {
	l := &lockstep{w: w, m: newModel(), n: w.newNode()}
	defer l.n.close()
	err := l.run(p)
	if err != nil && !errors.Is(err, errNoRest) {
		return nil, nil, err
	}
	d := compare(p, l.model, l.node)
	if d == nil && err != nil { // it came, but too late to say after what
		at := len(l.node) - 1
		d = &Difference{Program: p, At: at, Model: l.model[at], Node: l.node[at] + "    (came late)\n"}
	}
	if d != nil {
		err = w.sweep(l.n)
	}
	return d, l.node, err
}

func (l *lockstep) run(p Program) error {
	for i := range p {
		err := l.step(&p[i])
		l.model = append(l.model, canonical(l.m.take()))
		l.node = append(l.node, canonical(l.n.take()))
		if err != nil {
			return fmt.Errorf("%s: %w", p[i], err)
		}
		if l.model[i] != l.node[i] {
			return nil
		}
	}
	return l.finish()
}

// step runs one operation on the model and then, to the same end, on the broker.
func (l *lockstep) step(o *Op) error {
	before := l.m.snapshot()
	l.m.apply(o)
	want := l.m.expect(before)
	if o.Verb == Wait && !l.m.ticking() {
		// All clocks have run down, here; a broker that has much to do may be late.
		want.changed = nil
		for _, s := range l.m.snapshot() {
			if !want.blocked[s.owner] && !l.m.mortal(s.queue) { // which could not answer, or is used by it
				want.changed = append(want.changed, l.m.named(s))
			}
		}
		want.changed = append(want.changed, l.m.left(before)...)
	}
	return l.n.apply(o, want)
}

// finish closes every connection, one after the other, and tells what is left:
// what exists and the counts before and after, and every message.
func (l *lockstep) finish() error {
	seen, err := l.n.report("at the end", l.m.owners())
	if err != nil {
		return err
	}
	left := l.m.finish(func(o *Op) {
		if err == nil {
			err = l.n.apply(o, l.m.expect(l.m.last))
			seen = append(seen, l.n.take()...)
		}
	})
	l.model = append(l.model, canonical(left))
	if err == nil {
		var more []line
		if more, err = l.n.report("without connections", nil); err == nil {
			seen = append(seen, more...)
			more, err = l.n.drain()
			seen = append(seen, more...)
		}
	}
	l.node = append(l.node, canonical(append(seen, l.n.take()...)))
	return err
}

// finish closes every channel and connection, telling each after it did so, and says what is left.
func (m *model) finish(did func(*Op)) []line {
	out := m.report("at the end")
	for _, l := range sortedLetters(m.session) {
		for _, n := range m.conns[l].numbers() {
			out = append(out, m.do(&Op{Verb: amqp.OpChannelClose, Conn: l, Chan: n}, did)...)
		}
		out = append(out, m.do(&Op{Verb: amqp.OpConnectionClose, Conn: l}, did)...)
	}
	out = append(out, m.report("without connections")...)
	return append(out, m.drain()...)
}

func (m *model) do(o *Op, did func(*Op)) []line {
	m.last = m.snapshot()
	m.apply(o)
	did(o)
	return m.take()
}

// sweep leaves the worker's virtual hosts empty after a run that was broken off.
func (w *Worker) sweep(n *node) error {
	n.close()
	for _, vhost := range vhosts {
		if w.keepers[vhost] == nil {
			continue
		}
		// A connection that was cut takes its exclusive queues with it, in its own time.
		for range 3 {
			if err := w.empty(vhost); err != nil {
				return err
			}
		}
	}
	return nil
}

// snapshot is every queue's state before an operation.
func (m *model) snapshot() map[queueName]queueState {
	s := map[queueName]queueState{}
	for q, i := range m.top.queues {
		s[q] = queueState{queue: q, owner: i.owner, ready: m.depth(q), consumers: i.consumers, exists: true}
		if isQuorum(i.args) {
			s[q] = queueState{queue: q, owner: i.owner, ready: m.depth(q), consumers: anyCount, exists: true}
		}
	}
	return s
}

// expect says what the operation just applied leads to.
func (m *model) expect(before map[queueName]queueState) *expectation {
	want := &expectation{count: maps.Clone(m.count), open: map[byte]bool{}, blocked: map[byte]bool{}}
	for l, c := range m.conns {
		want.open[l], want.blocked[l] = c.open, c.blocked
	}
	if m.fading() {
		return want // counts change by themselves now
	}
	after := m.snapshot()
	for q, s := range after {
		if s != before[q] && !m.mortal(q) {
			want.changed = append(want.changed, m.named(s))
		}
	}
	want.changed = append(want.changed, m.left(before)...)
	return want
}

// left are the queues that are there no more.
func (m *model) left(before map[queueName]queueState) (gone []queueState) {
	for q, s := range before {
		if m.top.queues[q] != nil {
			continue
		}
		owner := byte(0)
		if s.owner != 0 && m.isOpen(s.owner) {
			owner = s.owner
		}
		gone = append(gone, m.named(queueState{queue: q, owner: owner}))
	}
	return gone
}

// named puts a queue under the name that both sides know.
func (m *model) named(s queueState) queueState {
	s.queue.name = m.tidy(s.queue.name)
	return s
}

// owners of exclusive queues.
func (m *model) owners() map[queueName]byte {
	out := map[queueName]byte{}
	for _, s := range m.snapshot() {
		out[m.named(s).queue] = s.owner
	}
	return out
}
