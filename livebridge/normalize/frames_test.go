package normalize_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"rpcscope/engine/flow"
	"rpcscope/engine/stats"
	"rpcscope/livebridge/normalize"
)

const frameFolder = "../../engine/amqp/testdata/captures/"

// frames reads a file of frames the way `rpcscope import --frames` does.
func frames(t testing.TB, path string) (recs []normalize.Record) {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	line := 0
	for text := range bytes.Lines(data) {
		line++
		r, skip, err := normalize.ParseFrame(text)
		if err != nil || skip {
			t.Fatalf("%s:%d: skipped %v, %v", path, line, skip, err)
		}
		recs = append(recs, r)
	}
	return recs
}

// TestFramesAndFirehoseCountAlike: the same traffic, seen on the wire and told
// by the broker, gives the same report, but for what one of the two cannot see:
//   - the number of events, for frames have methods, and the duration, which
//     spans what was seen to happen: on the wire that is when a client asks, in
//     the broker's events when the broker tells of it, and of what goes by
//     itself – a queue that expires – only the broker tells;
//   - returns (capture 18): the firehose does not show them, and outside of
//     oslo.messaging nobody knows which publishes ask for them.
func TestFramesAndFirehoseCountAlike(t *testing.T) {
	pairs, err := filepath.Glob("testdata/*.jsonl")
	if err != nil || len(pairs) < 9 {
		t.Fatal(pairs, err)
	}
	for _, path := range append(pairs, "testdata/raw/18-raw-firehose.jsonl") {
		name := strings.TrimSuffix(filepath.Base(path), ".jsonl")
		t.Run(name, func(t *testing.T) {
			want, _ := run(t, records(t, path))
			got, _ := run(t, frames(t, frameFolder+name+".frames.jsonl"))
			if name == "18-raw-firehose" {
				if want.Returned != 0 || got.Returned != 1 {
					t.Errorf("returned: %d by the firehose, %d by the frames", want.Returned, got.Returned)
				}
				want.Returned = got.Returned
			}
			for _, r := range []*stats.Report{want, got} {
				r.Events, r.DurationNs = 0, 0
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("− firehose, + frames:\n%s", diff)
			}
		})
	}
}

// told is what a run of frames says in words, without times.
func told(t testing.TB, recs []normalize.Record, kinds ...flow.Kind) (out []string) {
	names := &flow.Names{}
	n := normalize.New(names, flow.SinkFunc(func(e *flow.Event, m *flow.Message) {
		for _, k := range kinds {
			if e.Kind == k {
				s := string(flow.AppendText(nil, names, e, m))
				s = s[strings.IndexByte(s, ' ')+1:]
				if i := strings.Index(s, " ["); i > 0 {
					s = s[:i]
				}
				out = append(out, strings.Join(strings.Fields(s), " "))
			}
		}
	}), recs[0].At)
	for i := range recs {
		n.Learn(&recs[i])
	}
	for i := range recs {
		if err := n.Record(&recs[i]); err != nil {
			t.Fatalf("record %d: %v", i, err)
		}
	}
	n.Finish()
	return out
}

// TestFramesTellOfReturnsAndRequeues: what the firehose can only guess.
func TestFramesTellOfReturnsAndRequeues(t *testing.T) {
	returns := told(t, frames(t, frameFolder+"22-reply-queue-gone.frames.jsonl"), flow.Return, flow.QueueDelete)
	if len(returns) < 14 || !strings.Contains(returns[0], "reply_") || !strings.HasPrefix(returns[0], "≈") {
		t.Errorf("the reply queue should be known to expire before the returns: %q", returns)
	}
	for i, s := range returns[1:14] {
		if want := fmt.Sprintf("return the broker returns message %d: 312 NO_ROUTE", i+2); s != want {
			t.Errorf("%q, want %q", s, want)
		}
	}
	again := told(t, frames(t, frameFolder+"11-notifications.frames.jsonl"), flow.Reject, flow.Requeue)
	if len(again) != 12 || !strings.HasPrefix(again[0], "reject") || !strings.HasPrefix(again[1], "≈requeue") {
		t.Errorf("six rejects that requeue: %q", again)
	}
}

// TestEachPublishIsConfirmedOnce whether the broker confirms one by one or several at a time.
func TestEachPublishIsConfirmedOnce(t *testing.T) {
	var recs []normalize.Record
	add := func(key string, h map[string]any) {
		recs = append(recs, normalize.Record{Source: normalize.Frame, At: int64(len(recs)), RoutingKey: key, Headers: h, Connection: "a -> b", Channel: 1})
	}
	ok := func(op string, h map[string]any) { add("c2s."+op, h); add("s2c."+op+"-ok", nil) }
	ok("channel.open", nil)
	ok("confirm.select", nil)
	for range 4 {
		add("c2s.basic.publish", map[string]any{"exchange": "", "routing_key": "q"})
	}
	add("s2c.basic.ack", map[string]any{"delivery_tag": json.Number("2"), "multiple": true})
	add("s2c.basic.nack", map[string]any{"delivery_tag": json.Number("4")})
	add("s2c.basic.ack", map[string]any{"delivery_tag": json.Number("0"), "multiple": true})
	want := []string{"confirm the broker confirms message 1", "confirm the broker confirms message 2", "confirm the broker confirms message 4, negative", "confirm the broker confirms message 3"}
	if diff := cmp.Diff(want, told(t, recs, flow.Confirm)); diff != "" {
		t.Error(diff)
	}
}

// TestNoSecretLeavesByFrames: nor does what a client or the broker says beside the messages.
func TestNoSecretLeavesByFrames(t *testing.T) {
	var file bytes.Buffer
	names := &flow.Names{}
	w := flow.NewWriter(&file, names, flow.Header{})
	n := normalize.New(names, w, 0)
	at := int64(0)
	say := func(key string, h, props map[string]any, body string) {
		at++
		if err := n.Record(&normalize.Record{Source: normalize.Frame, At: at, RoutingKey: key, Headers: h, Properties: props, Body: []byte(body), Connection: "a:1 -> b:2", Channel: 1}); err != nil {
			t.Fatal(err)
		}
	}
	say("c2s.connection.start-ok", map[string]any{"response": secret, "mechanism": "PLAIN", "client_properties": map[string]any{"connection_name": "prog:1:x", "password": secret}}, nil, "")
	say("c2s.connection.open", map[string]any{"vhost": "/"}, nil, "")
	say("s2c.connection.open-ok", nil, nil, "")
	say("s2c.channel.open-ok", nil, nil, "")
	props := map[string]any{"user_id": secret, "headers": map[string]any{"h": secret}}
	body := `{"oslo.version":"2.0","oslo.message":"{\"method\":\"m\",\"args\":{\"p\":\"` + secret + `\"},\"_context_auth_token\":\"` + secret + `\"}"}`
	m := map[string]any{"exchange": "", "routing_key": "q", "consumer_tag": "1", "delivery_tag": json.Number("1")}
	for _, key := range []string{"c2s.basic.publish", "s2c.basic.deliver", "s2c.basic.get-ok", "s2c.basic.return"} {
		say(key, m, props, body)
	}
	say("s2c.channel.close", map[string]any{"reply_code": json.Number("403"), "reply_text": "ACCESS_REFUSED - access to queue 'q' in vhost '/' refused for user '" + secret + "'"}, nil, "")
	say("c2s.connection.close", map[string]any{"reply_text": "ValueError: " + secret}, nil, "")
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if bytes.Contains(file.Bytes(), []byte(secret)) {
		t.Error("the secret is in the recording")
	}
	if !bytes.Contains(file.Bytes(), []byte("ACCESS_REFUSED")) || !bytes.Contains(file.Bytes(), []byte("auth_token")) {
		t.Error("what helps is not in the recording")
	}
}

func TestFramesThatCannotBeUsedSayWhy(t *testing.T) {
	for _, c := range []struct{ line, want string }{
		{`{"source":"frame","t":1,"routing_key":"c2s.basic.ack","headers":{}}`, `"connection"`},
		{`{"source":"frame","t":1,"routing_key":"c2s.basic.ack","headers":{},"connection":"a","channel":70000}`, `"channel"`},
		{`{"source":"frame","t":1,"routing_key":"c2s.basic.ack","headers":{},"connection":"a","properties":7}`, `"properties"`},
		{`{"source":"frame","t":1,"routing_key":"aside.basic.ack","headers":{},"connection":"a"}`, `"c2s."`},
		{`{"source":"frame","t":1,"routing_key":"c2s.basic.publish","headers":{},"connection":"a"}`, `"exchange"`},
		{`{"source":"radio"}`, `"radio"`},
	} {
		rec, skip, err := normalize.ParseFrame([]byte(c.line))
		if err == nil && !skip {
			err = normalize.New(&flow.Names{}, flow.SinkFunc(func(*flow.Event, *flow.Message) {}), 0).Record(&rec)
		}
		if !errors.Is(err, normalize.ErrRecord) || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s\n gives %v, want it to say %q", c.line, err, c.want)
		}
	}
	if _, skip, err := normalize.ParseFrame([]byte(`{"source":"firehose"}`)); !skip || err != nil {
		t.Error("other records are skipped", skip, err)
	}
}

// FuzzFrames leaves out, repeats and moves the frames of a capture: what comes
// is a stream nevertheless, in which no message is named before it was introduced.
func FuzzFrames(f *testing.F) {
	var all [][]normalize.Record
	for _, name := range []string{"18-raw-firehose", "19-classic-reenacted", "14-lifecycle", "22-reply-queue-gone"} {
		all = append(all, frames(f, frameFolder+name+".frames.jsonl"))
	}
	f.Add([]byte{0})
	f.Add([]byte{1, 2, 3, 200, 7, 9})
	f.Add(bytes.Repeat([]byte{3, 0, 1, 1, 2}, 40))
	f.Fuzz(func(t *testing.T, how []byte) {
		if len(how) == 0 {
			return
		}
		recs := all[int(how[0])%len(all)]
		seen, last := map[flow.MsgID]bool{}, int64(0)
		n := normalize.New(&flow.Names{}, flow.SinkFunc(func(e *flow.Event, m *flow.Message) {
			if m != nil {
				seen[e.Msg] = true
			}
			if !e.Kind.Valid() || e.At < last || e.Msg != 0 && !seen[e.Msg] {
				t.Fatalf("%v at %d after %d, message %d", e.Kind, e.At, last, e.Msg)
			}
			last = e.At
		}), recs[0].At)
		at := 0
		for i := 0; i < len(how)*8 && at < len(recs); i++ {
			rec := recs[at]
			if err := n.Record(&rec); err != nil {
				t.Fatal(err)
			}
			at += int(how[i%len(how)])%5 - 1
			at = max(at, 0) + 1
		}
		n.Finish()
	})
}
