package rpc_test

import (
	"encoding/json"
	"strings"
	"testing"

	"rpcscope/engine/flow"
	"rpcscope/engine/rpc"
	"rpcscope/engine/scenario"
)

// failures runs a chain of processes each of which calls the next; the last one raises.
func failures(t *testing.T, raise, options string, depth int) (out []map[string]any) {
	t.Helper()
	list := []string{`{"name": "client@c", "start": "1s", "threads": [{"steps": [{"call": "m", "topic": "t1"}]}]}`}
	for i := 1; i <= depth; i++ {
		n := string(rune('0' + i))
		step := `{"call": "m", "topic": "t` + string(rune('1'+i)) + `"}`
		if i == depth {
			step = raise
		}
		list = append(list, `{"name": "s`+n+`@h", "servers": [{"topic": "t`+n+`", "endpoints": [{"methods": {"m": {"steps": [`+step+`]}}}]}]}`)
	}
	doc, err := scenario.Parse([]byte(`{"title": "x", "transport": {` + options + `}, "processes": [` + strings.Join(list, ",") + `]}`))
	if err != nil {
		t.Fatal(err)
	}
	var names flow.Names
	s := rpc.New(&doc.Config, 1, &names, flow.SinkFunc(func(*flow.Event, *flow.Message) {}))
	for s.Step(90e9) {
	}
	for _, inner := range s.Published() {
		var m struct{ Failure string }
		if err := json.Unmarshal([]byte(inner), &m); err != nil {
			t.Fatal(err)
		}
		if m.Failure == "" {
			continue
		}
		var f map[string]any
		if err := json.Unmarshal([]byte(m.Failure), &f); err != nil {
			t.Fatal(err)
		}
		out = append(out, f)
	}
	return out
}

// A process that lets an exception of another pass tells its caller all that it
// was told, traceback and all; seen with oslo.messaging 14.0.3.
func TestForwardedFailuresCarryTheTracebacksBefore(t *testing.T) {
	trace := "Traceback (most recent call last):"
	for _, c := range []struct{ raise, options, class, module, begins string }{
		{`{"raise": "ValueError", "message": "bad"}`, ``, "ValueError", "builtins", "bad\n" + trace + "\n\n  File "},
		{`{"raise": "Gone", "module": "nova.exception", "message": "why"}`, ``, "RemoteError", "oslo_messaging.rpc.client", "Remote error: Gone why\n['" + trace + `\n', '  File `},
		{`{"raise": "Gone", "module": "nova.exception", "message": "why"}`, `"allowed_remote_exmods": ["nova.exception"]`, "Gone", "nova.exception", "why\n" + trace + "\n\n  File "},
		{`{"call": "m", "topic": "nobody", "missing": true, "timeout": "1s"}`, ``, "RemoteError", "oslo_messaging.rpc.client", "Remote error: MessagingTimeout Timed out waiting for a reply to message ID "},
	} {
		f := failures(t, c.raise, c.options, 2)
		if len(f) != 2 {
			t.Fatalf("%s: %d failures", c.raise, len(f))
		}
		message, _ := f[1]["message"].(string)
		tb, _ := f[1]["tb"].([]any)
		last, _ := tb[len(tb)-1].(string)
		if f[1]["class"] != c.class || f[1]["module"] != c.module || !strings.HasPrefix(message, c.begins) || f[1]["args"].([]any)[0] != message || !strings.HasSuffix(last, message+"\n") {
			t.Errorf("%s: %v of %v: %s", c.raise, f[1]["class"], f[1]["module"], message)
		}
		if lines, _ := json.Marshal(tb); !strings.Contains(string(lines), `raise result`) || strings.Contains(string(lines), "raise UnsupportedVersion") {
			t.Errorf("%s: %s", c.raise, lines)
		}
	}
}

// However long the chain, an exception stays bounded.
func TestForwardedFailuresAreBounded(t *testing.T) {
	f := failures(t, `{"raise": "Gone", "module": "nova.exception", "message": "why"}`, ``, 8)
	if len(f) != 8 {
		t.Fatalf("%d failures", len(f))
	}
	if n := len(f[7]["message"].(string)); n > 1<<17 || n < 1<<14 {
		t.Errorf("%d bytes", n)
	}
}
