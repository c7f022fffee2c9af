package diff_test

import (
	"bytes"
	"cmp"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"rpcscope/assets"
	"rpcscope/engine/diff"
	"rpcscope/engine/flow"
	"rpcscope/engine/scenario"
	"rpcscope/livebridge/normalize"
)

// recorded is a stream that can be changed and fed again.
type recorded struct {
	names    *flow.Names
	events   []flow.Event
	messages []*flow.Message // of the event at the same place, or nil
}

// Emit implements flow.Sink.
func (r *recorded) Emit(e *flow.Event, m *flow.Message) {
	if m != nil {
		c := *m
		m = &c
	}
	r.events, r.messages = append(r.events, *e), append(r.messages, m)
}

func (r *recorded) clone() *recorded {
	c := &recorded{names: r.names.Clone(), events: slices.Clone(r.events), messages: slices.Clone(r.messages)}
	for i, m := range c.messages {
		if m != nil {
			x := *m
			c.messages[i] = &x
		}
	}
	return c
}

func (r *recorded) side() *diff.Stream {
	s := diff.New(r.names)
	for i := range r.events {
		s.Emit(&r.events[i], r.messages[i])
	}
	return s
}

func (r *recorded) remove(i int) {
	r.events, r.messages = slices.Delete(r.events, i, i+1), slices.Delete(r.messages, i, i+1)
}

func (r *recorded) swap(i, j int) {
	r.events[i], r.events[j] = r.events[j], r.events[i]
	r.messages[i], r.messages[j] = r.messages[j], r.messages[i]
	r.events[i].At, r.events[j].At = r.events[j].At, r.events[i].At
}

func (r *recorded) words(i int) string {
	return string(flow.AppendText(nil, r.names, &r.events[i], r.messages[i]))
}

func simulated(t testing.TB, name string, data []byte, seed uint64, until int64) *recorded {
	t.Helper()
	doc, err := scenario.Parse(data)
	if err != nil {
		t.Fatal(name, err)
	}
	r := &recorded{names: &flow.Names{}}
	w, err := scenario.NewWorld(doc, seed, r.names, r)
	if err != nil {
		t.Fatal(err)
	}
	if err := w.RunUntil(until); err != nil {
		t.Fatal(err)
	}
	return r
}

func builtIn(t testing.TB, name string, seed uint64, until int64) *recorded {
	t.Helper()
	data, ok := assets.Scenario(name)
	if !ok {
		t.Fatal(name)
	}
	return simulated(t, name, data, seed, until)
}

const (
	frameFolder    = "../amqp/testdata/captures/"
	firehoseFolder = "../../livebridge/normalize/testdata/"
)

// imported reads a capture as `rpcscope import` does.
func imported(t testing.TB, path string) *recorded {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	parse := normalize.ParseLine
	if strings.HasSuffix(path, ".frames.jsonl") {
		parse = normalize.ParseFrame
	}
	var recs []normalize.Record
	for line := range bytes.Lines(data) {
		rec, skip, err := parse(line)
		if err != nil {
			t.Fatal(err)
		}
		if !skip {
			recs = append(recs, rec)
		}
	}
	slices.SortStableFunc(recs, func(a, b normalize.Record) int { return cmp.Compare(a.At, b.At) })
	r := &recorded{names: &flow.Names{}}
	n := normalize.New(r.names, r, recs[0].At)
	for i := range recs {
		n.Learn(&recs[i])
	}
	for i := range recs {
		if err := n.Record(&recs[i]); err != nil {
			t.Fatal(err)
		}
	}
	n.Finish()
	return r
}

// streams are all built-in scenarios and all captures in both forms.
func streams(t testing.TB) map[string]*recorded {
	t.Helper()
	out := map[string]*recorded{}
	for _, info := range assets.Scenarios() {
		out["scenario "+info.Name] = builtIn(t, info.Name, 1, 6e9)
	}
	for _, folder := range []string{frameFolder, firehoseFolder} {
		files, err := filepath.Glob(folder + "*.jsonl")
		if err != nil || len(files) < 9 {
			t.Fatal(folder, files, err)
		}
		for _, f := range files {
			out[filepath.Base(f)] = imported(t, f)
		}
	}
	return out
}

func mustEqual(t *testing.T, what string, a, b *recorded) {
	t.Helper()
	if r := diff.Compare(a.side(), b.side(), 5); !r.Equal || r.Compared.A != r.Compared.B || len(r.Differences) > 0 {
		t.Errorf("%s:\n%s", what, r.AppendText(nil))
	}
}

func TestAStreamEqualsItself(t *testing.T) {
	for name, r := range streams(t) {
		mustEqual(t, name, r, r.clone())
		if n := diff.Compare(r.side(), r.side(), 0).Compared.A; n < len(r.events)/4 {
			t.Errorf("%s: of %d events only %d lines are compared", name, len(r.events), n)
		}
	}
}

// TestIDsAndTimesDoNotMatter: other random ids, times, addresses, process ids, message numbers and virtual hosts.
func TestIDsAndTimesDoNotMatter(t *testing.T) {
	for name, r := range streams(t) {
		mustEqual(t, name, r, r.renamed(rand.New(rand.NewPCG(1, 2))))
	}
}

// renamed gives everything another id.
func (r *recorded) renamed(rnd *rand.Rand) *recorded {
	c := r.clone()
	names := &flow.Names{}
	ids := map[string]string{}
	other := func(n flow.Name) flow.Name { return names.Intern(renameText(r.names.Text(n), ids, rnd)) }
	id := func(x flow.ID) flow.ID {
		if x.IsZero() {
			return x
		}
		y, _ := flow.ParseID(renameText(x.String(), ids, rnd))
		return y
	}
	at := int64(0)
	for i := range c.events {
		e := &c.events[i]
		at += rnd.Int64N(1e9)
		e.At = at
		for _, f := range []*flow.Name{&e.VHost, &e.Process, &e.Conn, &e.Exchange, &e.Queue, &e.Key, &e.Tag, &e.Label, &e.Text, &e.Args} {
			*f = other(*f)
		}
		if e.VHost != 0 {
			e.VHost = names.Intern("other " + names.Text(e.VHost))
		}
		if e.Kind == flow.Method && names.Text(e.Label) == "connection.open" {
			e.Queue = names.Intern("other " + names.Text(e.Queue))
		}
		if e.Conn != 0 {
			e.Conn = names.Intern("somewhere else: " + names.Text(e.Conn))
		}
		if e.Kind == flow.ProcessStart {
			e.Value += 7
		}
		if e.Msg != 0 {
			e.Msg = e.Msg*3 + 5
		}
		e.RPC = id(e.RPC)
		if m := c.messages[i]; m != nil {
			m.RPC, m.UniqueID = id(m.RPC), id(m.UniqueID)
			for _, f := range []*flow.Name{&m.Exchange, &m.Key, &m.Method, &m.Namespace, &m.Version, &m.EventType, &m.Priority, &m.FailureClass, &m.ReplyQueue, &m.Props, &m.Context, &m.Preview} {
				*f = other(*f)
			}
		}
	}
	c.names = names
	return c
}

// renameText gives every run of 32 hex digits, and every UUID, other digits.
func renameText(s string, ids map[string]string, rnd *rand.Rand) string {
	isHex := func(c byte) bool { return c >= '0' && c <= '9' || c >= 'a' && c <= 'f' }
	for i := 0; i+32 <= len(s); i++ {
		n := 0
		for i+n < len(s) && (isHex(s[i+n]) || s[i+n] == '-') {
			n++
		}
		if n == 32 || n == 36 {
			key := strings.ReplaceAll(s[i:i+n], "-", "")
			if ids[key] == "" {
				ids[key] = fmt.Sprintf("%016x%016x", rnd.Uint64(), rnd.Uint64())
			}
			out := ids[key]
			if n == 36 {
				out = out[:8] + "-" + out[8:12] + "-" + out[12:16] + "-" + out[16:20] + "-" + out[20:]
			}
			s = s[:i] + out + s[i+n:]
		}
		i += max(n-1, 0)
	}
	return s
}

// TestTheOrderOfIndependentStreamsDoesNotMatter: the connections of a capture
// are interleaved anew, each in its own order.
func TestTheOrderOfIndependentStreamsDoesNotMatter(t *testing.T) {
	rnd := rand.New(rand.NewPCG(3, 4))
	for name, r := range streams(t) {
		if !strings.HasSuffix(name, ".frames.jsonl") {
			continue
		}
		groups := map[flow.Name][]int{}
		var keys []flow.Name
		for i, e := range r.events {
			if groups[e.Conn] == nil {
				keys = append(keys, e.Conn)
			}
			groups[e.Conn] = append(groups[e.Conn], i)
		}
		c := &recorded{names: r.names.Clone()}
		for len(keys) > 0 {
			k := rnd.IntN(len(keys))
			g := groups[keys[k]]
			c.Emit(&r.events[g[0]], r.messages[g[0]])
			if groups[keys[k]] = g[1:]; len(g) == 1 {
				keys = slices.Delete(keys, k, k+1)
			}
		}
		// Which of a process's connections was opened first is an order within the process, and is kept.
		a, b := r.clone(), c
		for _, x := range []*recorded{a, b} {
			x.drop(func(e *flow.Event) bool {
				op := x.names.Text(e.Label)
				return e.Kind == flow.Method && (op == "connection.open" || op == "connection.close")
			})
		}
		mustEqual(t, name, a, b)
	}
}

func (r *recorded) drop(which func(*flow.Event) bool) {
	for i := len(r.events) - 1; i >= 0; i-- {
		if which(&r.events[i]) {
			r.remove(i)
		}
	}
}
