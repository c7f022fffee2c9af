package normalize_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"rpcscope/engine/flow"
	"rpcscope/engine/stats"
	"rpcscope/livebridge/normalize"
)

// records reads capture files the way `rpcscope import` does.
func records(t testing.TB, paths ...string) (recs []normalize.Record) {
	t.Helper()
	for _, path := range paths {
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		sc := bufio.NewScanner(bytes.NewReader(data))
		sc.Buffer(nil, 16<<20)
		for line := 1; sc.Scan(); line++ {
			r, skip, err := normalize.ParseLine(sc.Bytes())
			if err != nil {
				t.Fatalf("%s:%d: %v", path, line, err)
			}
			if !skip {
				recs = append(recs, r)
			}
		}
	}
	slices.SortStableFunc(recs, func(a, b normalize.Record) int { return compare(a.At, b.At) })
	return recs
}

func compare(a, b int64) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}

// run normalizes records and returns the counts and every event as text-free copies.
func run(t testing.TB, recs []normalize.Record, extra ...flow.Sink) (*stats.Report, *flow.Names) {
	t.Helper()
	names := &flow.Names{}
	s := stats.New(names)
	var epoch int64
	if len(recs) > 0 {
		epoch = recs[0].At
	}
	n := normalize.New(names, append(flow.Tee{s}, extra...), epoch)
	for i := range recs {
		n.Learn(&recs[i])
	}
	for i := range recs {
		if err := n.Record(&recs[i]); err != nil {
			t.Fatalf("record %d: %v", i, err)
		}
	}
	return s.Report(), names
}

// appNote is what a program of a capture said it did.
type appNote struct {
	Source     string `json:"source"`
	RoutingKey string `json:"routing_key"`
	Headers    struct {
		Role, Op, Method string
		ExcType          string `json:"exc_type"`
	} `json:"headers"`
}

func notes(t *testing.T, path string) (out []appNote) {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for line := range bytes.Lines(data) {
		var n appNote
		if err := json.Unmarshal(line, &n); err != nil {
			t.Fatal(err)
		}
		if n.Source == "app" {
			out = append(out, n)
		}
	}
	return out
}

// TestCountsAgreeWithWhatTheProgramsSaid compares what normalizing deduces with
// the notes that the recorded programs themselves left.
func TestCountsAgreeWithWhatTheProgramsSaid(t *testing.T) {
	for _, c := range []struct {
		file  string
		calls stats.Calls
		more  func(*stats.Report) bool
	}{
		{"01-seed-program", stats.Calls{Total: 2, AnsweredOK: 2}, func(r *stats.Report) bool { return r.Methods.Cast["stop"] == 1 && r.Methods.Call["test"] == 2 }},
		{"05-cast-topic", stats.Calls{}, func(r *stats.Report) bool { return r.Published.Cast == 5 && r.Delivered.Cast == 5 }},
		{"07-fanout-3servers", stats.Calls{}, func(r *stats.Report) bool {
			return r.Published.Fanout == 3 && r.Delivered.Fanout == 3+2 && r.Unrouted == 1
		}},
		{"08-call-exceptions", stats.Calls{Total: 6, AnsweredError: 6}, func(r *stats.Report) bool { return r.Failures["HypervisorGone <- custom"] == 1 && len(r.Failures) == 6 }},
		{"09-call-timeouts", stats.Calls{Total: 4, AnsweredOK: 2, Unanswered: 2, LateReplies: 1}, func(r *stats.Report) bool { return r.Unrouted == 1 }},
		{"11-notifications", stats.Calls{}, func(r *stats.Report) bool {
			return r.Published.Notification == 12 && r.Redelivered == 6 && r.Notifications["v1.no.envelope"] == 1
		}},
		{"14-lifecycle", stats.Calls{Total: 2, AnsweredOK: 2}, nil},
		{"19-classic-reenacted", stats.Calls{Total: 5, AnsweredOK: 3, AnsweredError: 1, Unanswered: 1}, nil},
		// 13 replies came back, which the firehose does not show.
		{"22-reply-queue-gone", stats.Calls{Total: 2, AnsweredOK: 2, LateReplies: 1}, func(r *stats.Report) bool { return r.Returned == 13 }},
	} {
		t.Run(c.file, func(t *testing.T) {
			r, _ := run(t, records(t, filepath.Join("testdata", c.file+".jsonl")))
			if d := cmp.Diff(c.calls, r.Calls); d != "" {
				t.Error(d)
			}
			if c.more != nil && !c.more(r) {
				t.Errorf("%+v", r)
			}
		})
	}
}

// TestServedMethodsAreDispatched counts, per capture, the methods that the
// servers noted as entered against the dispatches deduced from deliveries.
func TestServedMethodsAreDispatched(t *testing.T) {
	for _, file := range []string{"01-seed-program", "05-cast-topic", "07-fanout-3servers", "09-call-timeouts", "14-lifecycle", "22-reply-queue-gone"} {
		t.Run(file, func(t *testing.T) {
			path := filepath.Join("testdata", file+".jsonl")
			want := 0
			for _, n := range notes(t, path) {
				if n.RoutingKey == "served" {
					want++
				}
			}
			got := 0
			run(t, records(t, path), flow.SinkFunc(func(e *flow.Event, _ *flow.Message) {
				if e.Kind == flow.Dispatch {
					got++
				}
			}))
			if got != want {
				t.Errorf("%d dispatches, the servers noted %d", got, want)
			}
		})
	}
}

// TestEveryDeliveryFindsItsPublish: on recorded traffic the match is unambiguous, but for equal messages.
func TestEveryDeliveryFindsItsPublish(t *testing.T) {
	paths, _ := filepath.Glob("testdata/*.jsonl")
	for _, path := range paths {
		run(t, records(t, path), flow.SinkFunc(func(e *flow.Event, m *flow.Message) {
			if e.Kind == flow.Deliver && (m != nil || e.Has(flow.Inferred)) {
				t.Errorf("%s: a delivery of message %d at %d ns is a guess", path, e.Msg, e.At)
			}
		}))
	}
}

func TestTimeNeverGoesBackAndEveryMessageIsIntroducedOnce(t *testing.T) {
	paths, _ := filepath.Glob("testdata/*.jsonl")
	last, seen := int64(0), map[flow.MsgID]bool{}
	run(t, records(t, paths...), flow.SinkFunc(func(e *flow.Event, m *flow.Message) {
		if e.At < last {
			t.Fatalf("%v at %d after %d", e.Kind, e.At, last)
		}
		last = e.At
		if m != nil && seen[e.Msg] {
			t.Fatalf("message %d introduced twice", e.Msg)
		}
		seen[e.Msg] = seen[e.Msg] || m != nil
		if e.Msg != 0 && !seen[e.Msg] {
			t.Fatalf("%v names message %d before it was introduced", e.Kind, e.Msg)
		}
	}))
}

// TestProcessesAreNamedByTheirConnections groups connections by program and process id.
func TestProcessesAreNamedByTheirConnections(t *testing.T) {
	var starts []string
	names := &flow.Names{}
	recs := records(t, "testdata/01-seed-program.jsonl")
	n := normalize.New(names, flow.SinkFunc(func(e *flow.Event, _ *flow.Message) {
		if e.Kind == flow.ProcessStart {
			starts = append(starts, names.Text(e.Process)+" "+names.Text(e.Label))
		}
		if e.Kind == flow.Publish && e.Process == 0 {
			t.Error("a publish without a process")
		}
	}), recs[0].At)
	for i := range recs {
		if err := n.Record(&recs[i]); err != nil {
			t.Fatal(err)
		}
	}
	want := []string{"seed_server.py:27210 seed_server.py", "seed_client.py:29129 seed_client.py"}
	if d := cmp.Diff(want, starts); d != "" {
		t.Error(d)
	}
}

// secret stands in every place of a message that must not leave.
const secret = "hunter2-s3cr3t"

func TestNoSecretLeaves(t *testing.T) {
	inner := func(s string) string { b, _ := json.Marshal(s); return string(b) }
	envelope := func(msg string) string { return `{"oslo.version":"2.0","oslo.message":` + inner(msg) + `}` }
	bodies := []string{
		envelope(`{"method":"m","args":{"password":"` + secret + `","deep":{"a":["` + secret + `"]}},"_msg_id":"0123456789abcdef0123456789abcdef","_reply_q":"reply_1","_context_auth_token":"` + secret + `","_context_user":{"x":"` + secret + `"}}`),
		envelope(`{"result":"` + secret + `","failure":"{\"class\":\"ValueError\",\"message\":\"` + secret + `\",\"tb\":[\"` + secret + `\"],\"args\":[\"` + secret + `\"]}","ending":true,"_msg_id":"0123456789abcdef0123456789abcdef"}`),
		envelope(`{"result":null,"failure":{"class":"` + secret + ` is no class","message":"` + secret + `"}}`),
		envelope(`{"failure":"` + secret + `","result":"` + secret + `"}`),
		`{"event_type":"e","payload":{"p":"` + secret + `"},"publisher_id":"` + secret + `","priority":"INFO"}`,
		`{"method":{"not":"` + secret + `"},"version":["` + secret + `"],"namespace":{"a":"` + secret + `"}}`,
		secret, `"` + secret + `"`, `{"` + secret, `[{"a":"` + secret + `"}]`, "\x00\xff" + secret,
		`{"other":"` + secret + `","token":"` + secret + `"}`,
	}
	names := &flow.Names{}
	var file bytes.Buffer
	w := flow.NewWriter(&file, names, flow.Header{})
	n := normalize.New(names, w, 0)
	for i, body := range bodies {
		for _, key := range []string{"publish.openstack", "deliver.q", "deliver.never-published"} {
			err := n.Record(&normalize.Record{Source: normalize.Firehose, At: int64(i), RoutingKey: key, Body: []byte(body), Headers: map[string]any{
				"exchange_name": "openstack", "routing_keys": []any{"k"}, "routed_queues": []any{"q"}, "vhost": "/", "connection": "c", "channel": int32(1), "user": secret,
				"properties": map[string]any{"headers": map[string]any{"h": secret}, "user_id": secret, "cluster_id": secret, "content_type": "application/json"},
			}})
			if err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if i := bytes.Index(file.Bytes(), []byte(secret)); i >= 0 {
		t.Errorf("the secret is in the recording at byte %d: %q", i, file.Bytes()[max(0, i-40):i+len(secret)])
	}
	if !bytes.Contains(file.Bytes(), []byte("auth_token")) {
		t.Error("the names of context keys should be in the recording")
	}
}

func TestRecordsThatCannotBeUsedSayWhy(t *testing.T) {
	for _, c := range []struct{ line, want string }{
		{`{`, "malformed"},
		{`[]`, "wrong type"},
		{`{"t":1}`, `no "source"`},
		{`{"source":"radio","t":1,"routing_key":""}`, `unknown source "radio"`},
		{`{"source":"event","t":"soon","routing_key":"x.created"}`, "whole number"},
		{`{"source":"event","t":"5","routing_key":"x.created"}`, "whole number"},
		{`{"source":"event","t":9223372036854775808,"routing_key":"x.created"}`, "whole number"},
		{`{"source":"event","t":-1,"routing_key":"x.created"}`, "whole number"},
		{`{"source":"event","routing_key":"x.created"}`, "whole number"},
		{`{"source":"event","t":1.5,"routing_key":"x.created"}`, "whole number"},
		{`{"source":"event","t":1}`, `no "routing_key"`},
		{`{"source":"firehose","t":1,"routing_key":"publish.x","headers":[]}`, `"headers" must be an object`},
		{`{"source":"firehose","t":1,"routing_key":"gossip.x","headers":{}}`, "no trace key"},
		{`{"source":"firehose","t":1,"routing_key":"publish.x","headers":{}}`, "exchange_name"},
		{`{"source":"firehose","t":1,"routing_key":"publish.x","headers":{"exchange_name":"x","routing_keys":[]}}`, "routing_keys"},
		{`{"source":"firehose","t":1,"routing_key":"publish.x","headers":{"exchange_name":"x","routing_keys":["k"],"routed_queues":"q"}}`, "routed_queues"},
		{`{"source":"event","t":1,"routing_key":"queue.created","headers":{"vhost":"/"}}`, `"name"`},
		{`{"source":"topology","t":1,"routing_key":"before","payload":"no"}`, "topology"},
		{`{"source":"firehose","t":1,"routing_key":"publish.x","headers":{},"payload":"%%","payload_encoding":"base64"}`, "base64"},
	} {
		rec, skip, err := normalize.ParseLine([]byte(c.line))
		if err == nil && !skip {
			err = normalize.New(&flow.Names{}, flow.SinkFunc(func(*flow.Event, *flow.Message) {}), 0).Record(&rec)
		}
		if !errors.Is(err, normalize.ErrRecord) || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s\n gives %v, want it to say %q", c.line, err, c.want)
		}
	}
}

// FuzzLine feeds any line, after real ones, and checks what must hold of any stream.
func FuzzLine(f *testing.F) {
	for _, file := range []string{"testdata/01-seed-program.jsonl", "testdata/22-reply-queue-gone.jsonl"} {
		data, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		for line := range bytes.Lines(data) {
			f.Add(line)
		}
	}
	f.Fuzz(func(t *testing.T, line []byte) {
		last := int64(0)
		n := normalize.New(&flow.Names{}, flow.SinkFunc(func(e *flow.Event, _ *flow.Message) {
			if !e.Kind.Valid() || e.At < last {
				t.Fatalf("%v at %d after %d", e.Kind, e.At, last)
			}
			last = e.At
		}), 0)
		for range 2 {
			if rec, skip, err := normalize.ParseLine(line); err == nil && !skip {
				_ = n.Record(&rec)
			}
		}
	})
}

// TestAnIDOfZeroesIsAnID: the call is followed although zero stands for no id inside.
func TestAnIDOfZeroesIsAnID(t *testing.T) {
	line := func(at int, exchange, key, body string) string {
		return fmt.Sprintf(`{"source":"firehose","t":%d,"routing_key":"publish.%s","headers":{"exchange_name":%q,"routing_keys":[%q],"routed_queues":["q"]},"payload":%q}`, at, exchange, exchange, key, body)
	}
	const id = "00000000000000000000000000000000"
	var recs []normalize.Record
	for _, l := range []string{
		line(1, "x", "t", `{"method":"m","_msg_id":"`+id+`"}`),
		line(2, "", "reply_1", `{"result":1,"failure":null,"ending":true,"_msg_id":"`+id+`"}`),
	} {
		r, skip, err := normalize.ParseLine([]byte(l))
		if skip || err != nil {
			t.Fatal(skip, err)
		}
		recs = append(recs, r)
	}
	if r, _ := run(t, recs); r.Calls.Total != 1 || r.Calls.AnsweredOK != 1 {
		t.Errorf("%+v", r.Calls)
	}
}
