package scenario_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"sort"
	"strings"
	"testing"

	"rpcscope/engine/flow"
	"rpcscope/livebridge/normalize"
)

const (
	frameFolder    = "../amqp/testdata/captures/"
	firehoseFolder = "../../livebridge/normalize/testdata/"
)

// captureLines calls each with the lines of the capture with a number.
func captureLines(t testing.TB, folder, number, ending string, each func(line []byte)) {
	t.Helper()
	found, err := filepath.Glob(folder + number + "-*" + ending)
	if err != nil || len(found) != 1 {
		t.Fatalf("capture %s: %v, %v", number, found, err)
	}
	data, err := os.ReadFile(found[0])
	if err != nil {
		t.Fatal(err)
	}
	s := bufio.NewScanner(bytes.NewReader(data))
	s.Buffer(nil, 1<<22)
	for s.Scan() {
		each(s.Bytes())
	}
}

// importFirehose and importFrames feed a sink as `rpcscope import` does.
func importFirehose(t testing.TB, number string, names *flow.Names, sink flow.Sink) {
	t.Helper()
	normalizeAll(t, records(t, firehoseFolder, number, ".jsonl", normalize.ParseLine), names, sink)
}

func importFrames(t testing.TB, number string, names *flow.Names, sink flow.Sink) {
	t.Helper()
	recs := records(t, frameFolder, number, ".frames.jsonl", normalize.ParseFrame)
	for i := range recs {
		oneProcess(&recs[i])
	}
	normalizeAll(t, recs, names, sink)
}

func records(t testing.TB, folder, number, ending string, parse func([]byte) (normalize.Record, bool, error)) (recs []normalize.Record) {
	captureLines(t, folder, number, ending, func(line []byte) {
		r, skip, err := parse(line)
		if err != nil {
			t.Fatal(err)
		}
		if !skip {
			recs = append(recs, r)
		}
	})
	sort.SliceStable(recs, func(i, j int) bool { return recs[i].At < recs[j].At })
	return recs
}

func normalizeAll(t testing.TB, recs []normalize.Record, names *flow.Names, sink flow.Sink) {
	t.Helper()
	n := normalize.New(names, sink, recs[0].At)
	for i := range recs {
		n.Learn(&recs[i])
	}
	for i := range recs {
		if err := n.Record(&recs[i]); err != nil {
			t.Fatal(err)
		}
	}
	n.Finish()
}

// oneProcess gives the connections of one process of capture 19 one name.
func oneProcess(r *normalize.Record) {
	if p, ok := r.Headers["client_properties"].(map[string]any); ok {
		if name := fmt.Sprint(p["connection_name"]); !strings.Contains(name, ":") {
			p["connection_name"] = programOf(name)
		}
	}
}

// readCapture reads the frames of a capture as [runModel] reads a simulation.
func readCapture(t *testing.T, number string) *model {
	t.Helper()
	s := &model{names: &flow.Names{}, messages: map[flow.MsgID]flow.Message{}}
	importFrames(t, number, s.names, s)
	s.all.finish()
	return s
}

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

// failures are class and message of the failures that a capture's programs replied, in order: texts do not pass the
// secrets filter, so that the comparison of streams does not see them.
func failures(t *testing.T, number string) (out []string) {
	captureLines(t, frameFolder, number, ".frames.jsonl", func(line []byte) {
		var r struct {
			Key     string `json:"routing_key"`
			Payload string `json:"payload"`
		}
		var outer struct {
			Message string `json:"oslo.message"`
		}
		var m struct{ Failure *string }
		var f struct{ Class, Message string }
		if json.Unmarshal(line, &r) != nil || r.Key != "c2s.basic.publish" {
			return
		}
		if json.Unmarshal([]byte(r.Payload), &outer) != nil || json.Unmarshal([]byte(outer.Message), &m) != nil || m.Failure == nil {
			return
		}
		if err := json.Unmarshal([]byte(*m.Failure), &f); err != nil {
			t.Fatal(err)
		}
		out = append(out, f.Class+": "+f.Message)
	})
	return out
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

// sizeless are failures whose size says nothing: one's class prints itself in a
// way of its own, the other was sent without a traceback.
var sizeless = map[string]bool{"HypervisorGone": true, "ZeroDivisionError": true}

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
