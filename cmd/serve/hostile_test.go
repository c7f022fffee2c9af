package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"rpcscope/engine/flow"
)

// hostile has what a terminal would obey, and what turns text around.
const hostile = "q\x1b]0;owned\x07\x1b[2J\u009b31m\u202eevil\u200b\x00"

// Names that others chose cannot do anything to the terminal of who reads a recording.
func TestNamesCannotCommandTheTerminal(t *testing.T) {
	dir := t.TempDir()
	recording := func(name, other string) string {
		var names flow.Names
		var b bytes.Buffer
		w := flow.NewWriter(&b, &names, flow.Header{Source: "sim", Title: other})
		n := names.Intern(other)
		w.Emit(&flow.Event{At: 1, Kind: flow.ProcessStart, Process: n}, nil)
		w.Emit(&flow.Event{At: 1, Kind: flow.QueueDeclare, Queue: n}, nil)
		w.Emit(&flow.Event{At: 2, Kind: flow.Request, Process: n, Label: n, Key: n, RPC: flow.ID{1}, Class: flow.ClassCall}, nil)
		w.Emit(&flow.Event{At: 3, Kind: flow.Publish, Process: n, Exchange: n, Key: n, Msg: 1}, &flow.Message{Class: flow.ClassCall, Method: n})
		w.Emit(&flow.Event{At: 4, Kind: flow.Failure, Process: n, Label: n, RPC: flow.ID{1}, Text: n, Args: n}, nil)
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, b.Bytes(), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	a, b := recording("a.flow", hostile), recording("b.flow", "harmless")
	document := filepath.Join(dir, "s.json")
	text, err := json.Marshal(map[string]any{"title": hostile, "processes": []any{map[string]any{"name": "p"}}})
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(document, text, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		args []string
		says string
	}{
		{[]string{"cat", a}, `\u202e`},
		{[]string{"cat", a, "--format", "jsonl"}, `\u202e`},
		{[]string{"stats", a}, "‹U+202E›"},
		{[]string{"stats", a, "--json"}, `\u202e`},
		{[]string{"diff", a, b}, `harmless`},
		{[]string{"diff", a, b, "--json"}, `\u202e`},
		{[]string{"simulate", document}, "‹U+1B›"},
		{[]string{"simulate", "no" + hostile}, "‹U+202E›"},
		{[]string{"import", "no\x1b[2J.jsonl", "-o", filepath.Join(dir, "x")}, "‹U+1B›"},
		{[]string{"re\x1b[2J"}, `\x1b`},
		{[]string{"simulate", "call", "--\x1b[2J"}, "‹U+1B›"},
	} {
		r := call(t, c.args...)
		said := r.out + r.errors
		if !strings.Contains(said, c.says) {
			t.Errorf("%q says %q, not %s", c.args, said, c.says)
		}
		for _, x := range said {
			if flow.Hidden(x) && x != '\n' && x != '\t' {
				t.Errorf("%q: U+%X goes to the terminal", c.args, x)
				break
			}
		}
	}
}
