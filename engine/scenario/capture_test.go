package scenario_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// line is one AMQP method as both sides write it for comparison.
type line struct {
	at   int64
	text string
}

// dialogue is all methods of one connection, both directions, in order.
type dialogue struct {
	conn    string // the broker's name for it
	program string // "program:pid" of the client
	role    string // LC, SC or RC
	lines   []line
}

// record is one line of a *.frames.jsonl file.
type record struct {
	T          int64          `json:"t"`
	Key        string         `json:"routing_key"`
	Connection string         `json:"connection"`
	Headers    map[string]any `json:"headers"`
	Properties map[string]any `json:"properties"`
	Payload    string         `json:"payload"`
}

// captureFile finds the frames of the capture with a number.
func captureFile(t *testing.T, number string) string {
	t.Helper()
	found, err := filepath.Glob("../amqp/testdata/captures/" + number + "-*.frames.jsonl")
	if err != nil || len(found) != 1 {
		t.Fatalf("capture %s: %v, %v", number, found, err)
	}
	return found[0]
}

// readCapture reads the dialogues of a capture, in the order in which their connections were opened.
func readCapture(t *testing.T, number string) []*dialogue {
	t.Helper()
	data, err := os.ReadFile(captureFile(t, number))
	if err != nil {
		t.Fatal(err)
	}
	var all dialogues
	s := bufio.NewScanner(bytes.NewReader(data))
	s.Buffer(nil, 1<<22)
	for s.Scan() {
		var r record
		d := json.NewDecoder(strings.NewReader(s.Text()))
		d.UseNumber()
		if err := d.Decode(&r); err != nil {
			t.Fatal(err)
		}
		way, op, ok := strings.Cut(r.Key, ".")
		if !ok || op == "protocol-header" || op == "heartbeat" {
			continue // heartbeats, which the model leaves out, and the header
		}
		k := all.get(r.Connection)
		if op == "connection.start-ok" {
			k.program = programOf(r.Headers["client_properties"].(map[string]any)["connection_name"].(string))
		}
		k.add(r.T, way == "s2c", op, r.args(op))
	}
	return all.finish()
}

// programOf is the process in a connection's name: "program:pid:uuid" from
// oslo.messaging. Clients of the classic profiles had no names; what re-enacts
// them says "program host purpose".
func programOf(name string) string {
	if i := strings.LastIndexByte(name, ':'); i >= 0 {
		return name[:i]
	}
	return name[:strings.LastIndexByte(name, ' ')]
}

func (r *record) text(name string) string {
	if v, ok := r.Headers[name]; ok && v != nil {
		return fmt.Sprint(v)
	}
	return ""
}

// args writes a frame's arguments as "name=value" texts in a fixed order; absent, empty and false ones are left out.
func (r *record) args(op string) string {
	var w argWriter
	w.add("exchange", r.text("exchange"))
	w.add("queue", r.text("queue"))
	w.add("key", r.text("routing_key"))
	w.add("tag", r.text("consumer_tag"))
	w.add("type", r.text("type"))
	for _, f := range []string{"passive", "durable", "auto_delete", "exclusive", "internal", "nowait", "no_ack", "mandatory", "multiple", "requeue", "redelivered"} {
		if r.text(f) == "true" {
			w.add(f, "true")
		}
	}
	if t, ok := r.Headers["arguments"].(map[string]any); ok {
		for _, k := range slices.Sorted(mapKeys(t)) {
			w.add(k, fmt.Sprint(t[k]))
		}
	}
	for _, f := range []string{"delivery_tag", "message_count", "consumer_count"} {
		if v := r.text(f); v != "0" {
			w.add(f, v)
		}
	}
	if v := r.text("reply_code"); v != "0" {
		w.add("code", v)
		w.add("text", r.text("reply_text"))
	}
	w.add("vhost", r.text("vhost"))
	switch op {
	case "connection.start-ok":
		if name := r.Headers["client_properties"].(map[string]any)["connection_name"].(string); strings.Contains(name, ":") {
			w.add("name", name)
		}
	case "basic.publish", "basic.deliver", "basic.return":
		w.add("expiration", fmt.Sprint(orEmpty(r.Properties["expiration"])))
		if op == "basic.publish" {
			w.add("properties", r.properties())
			w.add("body", describeBody(r.Payload))
		}
	}
	return w.String()
}

func (r *record) properties() string {
	out := ""
	for _, k := range []string{"content_type", "content_encoding", "delivery_mode", "priority", "expiration"} {
		if v, ok := r.Properties[k]; ok {
			if out != "" {
				out += "; "
			}
			out += k + "=" + fmt.Sprint(v)
		}
	}
	if h, ok := r.Properties["headers"].(map[string]any); ok && len(h) > 0 {
		out += "; headers=" + strings.Join(slices.Sorted(mapKeys(h)), ",")
	}
	return out
}

func orEmpty(v any) any {
	if v == nil {
		return ""
	}
	return v
}

// sizeless are failures whose size says nothing: one's class prints itself in a
// way of its own, the other was sent without a traceback.
var sizeless = map[string]bool{"HypervisorGone": true, "ZeroDivisionError": true}

// describeBody says of a body what the model's descriptor says: size, class of
// the failure, method, ending.
func describeBody(payload string) string {
	var outer, m map[string]any
	inner := payload
	if err := json.Unmarshal([]byte(payload), &outer); err != nil {
		return "no JSON"
	}
	if s, ok := outer["oslo.message"].(string); ok {
		inner = s
	}
	if err := json.Unmarshal([]byte(inner), &m); err != nil {
		return "no JSON"
	}
	out := fmt.Sprintf("%d bytes", len(payload))
	if s, ok := m["failure"].(string); ok {
		var f map[string]any
		if err := json.Unmarshal([]byte(s), &f); err == nil {
			if sizeless[fmt.Sprint(f["class"])] {
				out = "some bytes"
			}
			out += fmt.Sprintf(" failure %s: %s", f["class"], f["message"])
		}
	}
	for _, k := range []string{"method", "namespace", "version", "event_type", "priority"} {
		if v, ok := m[k]; ok {
			out += " " + k + " " + fmt.Sprint(v)
		}
	}
	if v, ok := m["ending"]; ok {
		out += fmt.Sprintf(" ending %v", v)
	}
	var ctx []string
	for _, k := range slices.Sorted(mapKeys(m)) {
		if c, ok := strings.CutPrefix(k, "_context_"); ok {
			ctx = append(ctx, c)
		}
	}
	if len(ctx) > 0 {
		out += " context " + strings.Join(ctx, ",")
	}
	return out
}

func mapKeys(m map[string]any) func(func(string) bool) {
	return func(yield func(string) bool) {
		for k := range m {
			if !yield(k) {
				return
			}
		}
	}
}

type argWriter struct{ strings.Builder }

func (w *argWriter) add(name, value string) {
	if value != "" {
		fmt.Fprintf(w, " %s=%s", name, value)
	}
}

// dialogues collects connections in order of their first method.
type dialogues struct {
	list  []*dialogue
	index map[string]*dialogue
}

func (d *dialogues) get(conn string) *dialogue {
	if d.index == nil {
		d.index = map[string]*dialogue{}
	}
	k := d.index[conn]
	if k == nil {
		k = &dialogue{conn: conn}
		d.index[conn] = k
		d.list = append(d.list, k)
	}
	return k
}

func (k *dialogue) add(at int64, toClient bool, op, args string) {
	way := "→ "
	if toClient {
		way = "← "
	}
	k.lines = append(k.lines, line{at, way + op + args})
}

// finish tells the roles of connections and drops the end of the byte stream
// where a proper close came before it: it says nothing then.
func (d *dialogues) finish() []*dialogue {
	for _, k := range d.list {
		k.role = "SC"
		for i, l := range k.lines {
			if strings.HasPrefix(l.text, "→ basic.consume ") {
				k.role = "LC"
				if strings.Contains(l.text, " queue=reply_") {
					k.role = "RC"
				}
				break
			}
			if l.text == "← connection.close-ok" {
				k.lines = k.lines[:i+1]
				break
			}
		}
		for i, l := range k.lines {
			if l.text == "← connection.close-ok" {
				k.lines = k.lines[:i+1]
				break
			}
		}
	}
	return d.list
}

var randomID = regexp.MustCompile(`[0-9a-f]{32}|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}`)
