package scenario_test

import (
	"errors"
	"strings"
	"testing"

	"rpcscope/engine/flow"
	"rpcscope/engine/scenario"
)

// parse reads a document that must be sound.
func parse(t testing.TB, text string) *scenario.Document {
	t.Helper()
	doc, err := scenario.Parse([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return doc
}

// runBriefly runs 20 ms of a document of unknown content.
func runBriefly(t *testing.T, doc *scenario.Document) {
	t.Helper()
	last := int64(0)
	w, err := scenario.NewWorld(doc, 1, &flow.Names{}, flow.SinkFunc(func(e *flow.Event, _ *flow.Message) {
		if e.At < last {
			t.Fatalf("time runs backwards: %d after %d", e.At, last)
		}
		if !e.Kind.Valid() {
			t.Fatalf("event of kind %d", e.Kind)
		}
		last = e.At
	}))
	if err != nil {
		t.Fatal(err)
	}
	if err := w.RunUntil(1e9); err != nil && (!errors.Is(err, scenario.ErrRunaway) || !strings.Contains(err.Error(), "; let ")) {
		t.Fatalf("a runaway without a remedy, or something else: %v", err)
	}
}
