package scenario_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"rpcscope/engine/flow"
)

// What the real broker's event exchange said of exchanges, queues and bindings
// that came and went, the model's broker says too, in the same order: what a
// stopped, a killed, a cleanly and an abruptly ended program leave behind, and
// what goes when queues expire.
func TestObjectsComeAndGoAsCaptured(t *testing.T) {
	for _, number := range []string{"01", "05", "07", "08", "09", "11", "14", "19", "22"} {
		t.Run(number, func(t *testing.T) {
			want, got := capturedObjects(t, number), modelledObjects(runModel(t, number, 1))
			if len(want) < 5 {
				t.Fatalf("the capture tells only %q", want)
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("− captured, + modelled:\n%s", diff)
			}
		})
	}
}

// numbering replaces random ids by their number in order of appearance.
type numbering map[string]string

func (n numbering) in(s string) string {
	return randomID.ReplaceAllStringFunc(s, func(id string) string {
		if n[id] == "" {
			n[id] = fmt.Sprintf("#%d", len(n)+1)
		}
		return n[id]
	})
}

func capturedObjects(t *testing.T, number string) (out []string) {
	t.Helper()
	files, err := filepath.Glob("../../livebridge/normalize/testdata/" + number + "-*.jsonl")
	if err != nil || len(files) != 1 {
		t.Fatal(files, err)
	}
	data, err := os.ReadFile(files[0])
	if err != nil {
		t.Fatal(err)
	}
	ids := numbering{}
	lines := bufio.NewScanner(bytes.NewReader(data))
	lines.Buffer(nil, 1<<22)
	for lines.Scan() {
		var r struct {
			Source  string         `json:"source"`
			Key     string         `json:"routing_key"`
			Headers map[string]any `json:"headers"`
		}
		if err := json.Unmarshal(lines.Bytes(), &r); err != nil {
			t.Fatal(err)
		}
		if r.Source != "event" {
			continue
		}
		h := func(name string) string { return fmt.Sprint(r.Headers[name]) }
		switch r.Key {
		case "exchange.created":
			out = append(out, ids.in(fmt.Sprintf("exchange %s made: %s durable %s auto-delete %s", h("name"), h("type"), h("durable"), h("auto_delete"))))
		case "queue.created":
			out = append(out, ids.in(fmt.Sprintf("queue %s made: durable %s auto-delete %s exclusive %s", h("name"), h("durable"), h("auto_delete"), h("exclusive"))))
		case "exchange.deleted", "queue.deleted":
			out = append(out, ids.in(strings.TrimSuffix(r.Key, ".deleted")+" "+h("name")+" gone"))
		case "binding.created", "binding.deleted":
			out = append(out, ids.in(fmt.Sprintf("%s: %s to %s by %q", r.Key, h("source_name"), h("destination_name"), h("routing_key"))))
		}
	}
	return out
}

func modelledObjects(s *model) (out []string) {
	ids := numbering{}
	for i := range s.events {
		e := &s.events[i]
		x := s.text
		switch e.Kind {
		case flow.ExchangeDeclare:
			out = append(out, ids.in(fmt.Sprintf("exchange %s made: %s durable %v auto-delete %v", x(e.Exchange), x(e.Label), e.Has(flow.Durable), e.Has(flow.AutoDelete))))
		case flow.QueueDeclare:
			out = append(out, ids.in(fmt.Sprintf("queue %s made: durable %v auto-delete %v exclusive %v", x(e.Queue), e.Has(flow.Durable), e.Has(flow.AutoDelete), e.Has(flow.Exclusive))))
		case flow.ExchangeDelete:
			out = append(out, ids.in("exchange "+x(e.Exchange)+" gone"))
		case flow.QueueDelete:
			out = append(out, ids.in("queue "+x(e.Queue)+" gone"))
		case flow.Bind, flow.Unbind:
			verb := "binding.created"
			if e.Kind == flow.Unbind {
				verb = "binding.deleted"
			}
			out = append(out, ids.in(fmt.Sprintf("%s: %s to %s by %q", verb, x(e.Exchange), x(e.Queue), x(e.Key))))
		}
	}
	return out
}
