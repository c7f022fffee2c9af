package scenario_test

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"rpcscope/engine/diff"
	"rpcscope/engine/flow"
)

// conformant are the captures whose programs are modelled by testdata/conformance.
var conformant = []string{"01", "02", "03", "04", "05", "06", "07", "08", "09", "11", "12", "14", "17", "19", "22"}

// comparable lets through what must agree: no sizes of failures that say nothing, no names of
// connections that the programs of 2012 did not give.
type comparable struct {
	names *flow.Names
	sink  flow.Sink
}

// Emit implements flow.Sink.
func (c comparable) Emit(e *flow.Event, m *flow.Message) {
	if m != nil && sizeless[c.names.Text(m.FailureClass)] {
		x := *m
		x.Size = 0
		m = &x
	}
	if e.Kind == flow.Method && c.names.Text(e.Label) == "connection.start-ok" && !randomID.MatchString(c.names.Text(e.Text)) {
		x := *e
		x.Text = 0
		e = &x
	}
	c.sink.Emit(e, m)
}

// TestConformance compares what each of the model's processes says and hears,
// connection by connection and method by method with all arguments, and the
// content of all messages, with what the real programs said and heard: by the
// same comparison, and from the same import, that `rpcscope diff` offers. Random
// ids must correspond one to one over the whole capture; times and the order of independent streams are free.
func TestConformance(t *testing.T) {
	lines, connections, differences := 0, 0, 0
	for _, number := range conformant {
		t.Run(number, func(t *testing.T) {
			for seed := range uint64(3) {
				captured, modelled := &flow.Names{}, &flow.Names{}
				a, b := diff.New(captured), diff.New(modelled)
				importFrames(t, number, captured, comparable{captured, a})
				feedModel(t, number, seed+1, modelled, comparable{modelled, b})
				r := diff.Compare(a, b, 5)
				if seed == 0 {
					lines, connections = lines+r.Compared.A, connections+r.Compared.Connections
				}
				differences += r.Total
				if !r.Equal || r.Level != "methods" || r.Compared.A < 100 || r.A.Processes != r.Compared.Processes || r.B.Processes != r.Compared.Processes {
					t.Errorf("seed %d, A captured, B modelled:\n%s", seed+1, r.AppendText(nil))
				}
			}
			var texts []string
			for _, m := range runModel(t, number, 1).published() {
				if m.FailureClass != 0 {
					texts = append(texts, m.preview)
				}
			}
			if want := failures(t, number); !slices.Equal(want, texts) {
				t.Errorf("failures captured %q, modelled %q", want, texts)
			}
		})
	}
	figure := fmt.Sprintf("conformance: %d captures, %d methods, messages and confirms on %d connections, at 3 seeds: %d differences", len(conformant), lines, connections, differences)
	t.Log("figure: " + figure)
	if text, err := os.ReadFile("../../README.md"); err != nil || !strings.Contains(string(text), figure) {
		t.Errorf("README does not say what `make figures` prints: %v\n%s", err, figure)
	}
}

// TestConformanceOfWhatTheBrokerTells is the same with the captures of firehose
// and event exchange: which exchanges, queues, bindings and consumers come and go, and where messages are routed.
func TestConformanceOfWhatTheBrokerTells(t *testing.T) {
	for _, number := range []string{"01", "05", "07", "08", "09", "11", "14", "22"} {
		t.Run(number, func(t *testing.T) {
			captured, modelled := &flow.Names{}, &flow.Names{}
			a, b := diff.New(captured), diff.New(modelled)
			importFirehose(t, number, captured, comparable{captured, a})
			feedModel(t, number, 1, modelled, comparable{modelled, b})
			if r := diff.Compare(a, b, 5); !r.Equal || r.Level != "broker" || r.Compared.A < 50 {
				t.Errorf("A captured, B modelled:\n%s", r.AppendText(nil))
			}
		})
	}
}
