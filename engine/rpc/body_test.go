package rpc_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"testing"

	"github.com/google/go-cmp/cmp"

	"rpcscope/assets"
	"rpcscope/engine/flow"
	"rpcscope/engine/rpc"
	"rpcscope/engine/scenario"
)

// capturedBodies reads the inner messages that a capture's programs published, in order.
func capturedBodies(t *testing.T, number string) (out []string) {
	t.Helper()
	files, err := filepath.Glob("../amqp/testdata/captures/" + number + "-*.frames.jsonl")
	if err != nil || len(files) != 1 {
		t.Fatal(files, err)
	}
	data, err := os.ReadFile(files[0])
	if err != nil {
		t.Fatal(err)
	}
	s := bufio.NewScanner(bytes.NewReader(data))
	s.Buffer(nil, 1<<22)
	for s.Scan() {
		var r struct {
			Key     string `json:"routing_key"`
			Payload string `json:"payload"`
		}
		if err := json.Unmarshal(s.Bytes(), &r); err != nil {
			t.Fatal(err)
		}
		if r.Key != "c2s.basic.publish" {
			continue
		}
		var envelope map[string]any
		if err := json.Unmarshal([]byte(r.Payload), &envelope); err != nil {
			t.Fatal(err)
		}
		inner, ok := envelope["oslo.message"].(string)
		if !ok { // bare
			inner = r.Payload
		}
		out = append(out, inner)
	}
	return out
}

var (
	ids        = regexp.MustCompile(`[0-9a-f]{32}`)
	lineNumber = regexp.MustCompile(`\\\\\\"test-server\\\\\\", line \d+`)
)

// What the model would put on the wire is what oslo.messaging did put there,
// letter by letter: requests, results and exceptions with their tracebacks.
// Free are random ids and line numbers in the test programs' own files.
func TestBodiesAreThoseOfTheCaptures(t *testing.T) {
	for _, number := range []string{"01", "02", "03", "04", "05", "06", "07", "08", "09", "12", "14", "17"} {
		t.Run(number, func(t *testing.T) {
			data, err := os.ReadFile("../scenario/testdata/conformance/" + number + ".json")
			if err != nil {
				t.Fatal(err)
			}
			got, want := publishedBy(t, data), capturedBodies(t, number)
			for _, list := range [][]string{got, want} {
				for i := range list {
					list[i] = lineNumber.ReplaceAllString(ids.ReplaceAllString(list[i], "ID"), "its own line")
				}
			}
			if number == "08" { // the reply to "custom": its class prints itself under another name
				got[5], want[5] = "", ""
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("− captured, + modelled:\n%s", diff)
			}
		})
	}
}

func publishedBy(t *testing.T, document []byte) []string {
	t.Helper()
	doc, err := scenario.Parse(document)
	if err != nil {
		t.Fatal(err)
	}
	s := rpc.New(&doc.Config, 1, &flow.Names{}, flow.SinkFunc(func(*flow.Event, *flow.Message) {}))
	for s.Step(90e9) {
	}
	return s.Published()
}

// The members of the classic messages are those of the capture. Free are, besides
// ids, their order, the time in a notification, and the traceback, which what was captured left out.
func TestClassicBodiesAreThoseOfTheCapture(t *testing.T) {
	data, err := os.ReadFile("../scenario/testdata/conformance/19.json")
	if err != nil {
		t.Fatal(err)
	}
	got, want := publishedBy(t, data), capturedBodies(t, "19")
	if len(got) != len(want) {
		t.Fatalf("%d messages, captured %d", len(got), len(want))
	}
	for i := range want {
		if diff := cmp.Diff(members(t, want[i]), members(t, got[i])); diff != "" {
			t.Errorf("message %d (− captured, + modelled):\n%s", i, diff)
		}
	}
}

func members(t *testing.T, message string) (m map[string]any) {
	t.Helper()
	if err := json.Unmarshal([]byte(ids.ReplaceAllString(message, "ID")), &m); err != nil {
		t.Fatal(err)
	}
	if text, ok := m["failure"].(string); ok {
		f := members(t, text)
		delete(f, "tb")
		delete(f, "args")
		m["failure"] = f
	}
	delete(m, "timestamp")
	if m["message_id"] != nil {
		m["message_id"] = "some"
	}
	return m
}

// A world that runs for long keeps no more bodies than messages and callers refer to.
func TestBodiesMakeRoom(t *testing.T) {
	data, _ := assets.Scenario("call")
	doc, err := scenario.Parse(data)
	if err != nil {
		t.Fatal(err)
	}
	s := rpc.New(&doc.Config, 1, &flow.Names{}, flow.SinkFunc(func(*flow.Event, *flow.Message) {}))
	for s.Step(8 * 3600e9) {
	}
	if places, _ := s.Kept(); places > 4096 {
		t.Errorf("%d bodies are kept after 9600 calls", places)
	}
}
