package normalize_test

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"rpcscope/engine/stats"
	"rpcscope/livebridge/normalize"
)

// plainly counts records by the definitions of `stats --json` and nothing
// else: no streams, no matching, all records at hand. Returns and events are
// not among what it can tell.
func plainly(recs []normalize.Record) *stats.Report {
	r := &stats.Report{
		Failures: map[string]int64{}, Notifications: map[string]int64{}, Lost: map[string]int64{},
		Methods: stats.Methods{Call: map[string]int64{}, Cast: map[string]int64{}, Fanout: map[string]int64{}},
	}
	type request struct {
		at, expires int64
		method      string
		answered    bool
	}
	calls := map[string]*request{}
	first, last := int64(-1), int64(0)
	var replies []*normalize.Record
	for i := range recs {
		rec := &recs[i]
		if rec.Source == normalize.Topology {
			continue
		}
		if last = rec.At; first < 0 {
			first = rec.At
		}
		if rec.Source != normalize.Firehose {
			continue
		}
		body, class := classOf(rec)
		if strings.HasPrefix(rec.RoutingKey, "deliver.") {
			*count(&r.Delivered, class)++
			if rec.Headers["redelivered"] == int32(1) {
				r.Redelivered++
			}
			continue
		}
		*count(&r.Published, class)++
		if len(rec.Headers["routed_queues"].([]any)) == 0 {
			r.Unrouted++
		}
		method, _ := body["method"].(string)
		switch class {
		case "call":
			r.Methods.Call[method]++
			if id := body["_msg_id"].(string); calls[id] == nil {
				calls[id] = &request{at: rec.At, expires: expiry(rec), method: method}
			}
		case "cast":
			r.Methods.Cast[method]++
		case "fanout":
			r.Methods.Fanout[method]++
		case "notification":
			kind, _ := body["event_type"].(string)
			r.Notifications[kind]++
		case "reply":
			replies = append(replies, rec)
		}
	}
	for _, rec := range replies {
		body, _ := classOf(rec)
		if body["ending"] == false {
			r.Calls.HeartbeatReplies++
			continue
		}
		id, given := body["_msg_id"].(string)
		if !given {
			id = rec.Headers["exchange_name"].(string)
		}
		c := calls[id]
		if c == nil || c.answered {
			continue
		}
		c.answered = true
		if c.expires >= 0 && rec.At-c.at > c.expires {
			r.Calls.LateReplies++
		}
		if body["failure"] == nil {
			r.Calls.AnsweredOK++
			continue
		}
		r.Calls.AnsweredError++
		var f struct{ Class string }
		_ = json.Unmarshal([]byte(body["failure"].(string)), &f)
		r.Failures[f.Class+" <- "+c.method]++
	}
	r.Calls.Total = int64(len(calls))
	r.Calls.Unanswered = r.Calls.Total - r.Calls.AnsweredOK - r.Calls.AnsweredError
	r.DurationNs = last - max(0, first)
	return r
}

func classOf(rec *normalize.Record) (body map[string]any, class string) {
	exchange, key := rec.Headers["exchange_name"].(string), rec.Headers["routing_keys"].([]any)[0].(string)
	if json.Unmarshal(rec.Body, &body) == nil {
		if inner, ok := body["oslo.message"].(string); ok && body["oslo.version"] != nil {
			body = nil
			_ = json.Unmarshal([]byte(inner), &body)
		}
	}
	has := func(k string) bool { _, ok := body[k]; return ok }
	switch {
	case exchange == "" && strings.HasPrefix(key, "reply_"), has("result") && has("failure") && !has("method"):
		return body, "reply"
	case has("event_type"):
		return body, "notification"
	case has("method") && strings.HasSuffix(exchange, "_fanout"):
		return body, "fanout"
	case has("method") && has("_msg_id"):
		return body, "call"
	case has("method"):
		return body, "cast"
	}
	return body, "other"
}

func count(c *stats.Classes, class string) *int64 {
	return map[string]*int64{"call": &c.Call, "reply": &c.Reply, "cast": &c.Cast, "fanout": &c.Fanout, "notification": &c.Notification, "other": &c.Other}[class]
}

func expiry(rec *normalize.Record) int64 {
	ms, err := strconv.ParseInt(fmt.Sprint(rec.Headers["properties"].(map[string]any)["expiration"]), 10, 64)
	if err != nil {
		return -1
	}
	return ms * 1_000_000
}

// someBody draws a body of any kind. Ids are few, so that requests are
// republished, answered twice, late, by heartbeats, and never.
func someBody(t *rapid.T) (body []byte, exchange string) {
	pick := func(what string, of ...string) string { return rapid.SampledFrom(of).Draw(t, what) }
	id := fmt.Sprintf("%032x", rapid.IntRange(1, 12).Draw(t, "id"))
	m := map[string]any{"_unique_id": "x"}
	exchange = pick("exchange", "", "openstack", "nova.x-y", "a_fanout", "_fanout", "ünï", "fanout_")
	switch pick("kind", "call", "call", "cast", "reply", "reply", "reply", "classic", "event", "mixed", "junk") {
	case "call":
		m["method"], m["_msg_id"], m["_context_user"] = pick("method", "get", "ünï", "a <- b", ""), id, "u"
	case "cast":
		m["method"] = pick("method", "get", "stop")
	case "reply":
		m["result"], m["failure"], m["_msg_id"] = nil, nil, id
		exchange = pick("where", "", "", "openstack")
	case "classic":
		m["result"], m["failure"] = 1, nil
		exchange = id
	case "event":
		m["event_type"] = pick("event", "a.b", "c")
	case "mixed":
		for _, k := range []string{"result", "failure", "method", "event_type"} {
			if rapid.Bool().Draw(t, k) {
				m[k] = nil
			}
		}
	default:
		return []byte(pick("junk", "", "hello", "{", "[]", "null", `"s"`, "\xff\xfe", `{"a":1}`, `{"method":"x"} y`)), exchange
	}
	if _, reply := m["failure"]; reply && m["method"] == nil {
		if rapid.IntRange(0, 2).Draw(t, "fails") == 0 {
			m["failure"] = `{"class":"` + pick("class", "ValueError", "Ünï") + `","message":"secret"}`
		}
		if e := pick("ending", "true", "true", "false", "absent"); e != "absent" {
			m["ending"] = e == "true"
		}
	}
	body, err := json.Marshal(m)
	if err == nil && rapid.Bool().Draw(t, "envelope") {
		body, err = json.Marshal(map[string]string{"oslo.version": "2.0", "oslo.message": string(body)})
	}
	if err != nil {
		t.Fatal(err)
	}
	return body, exchange
}

// TestWhatIsCountedIsWhatTheDefinitionsSay, for any mix of messages.
func TestWhatIsCountedIsWhatTheDefinitionsSay(t *testing.T) {
	outer := t
	rapid.Check(t, func(t *rapid.T) {
		var recs []normalize.Record
		at := int64(1_795_314_408_000_000_000)
		for range rapid.IntRange(0, 60).Draw(t, "messages") {
			at += rapid.SampledFrom([]int64{0, 1, 1_000_000, 10_000_001}).Draw(t, "later")
			body, exchange := someBody(t)
			key := rapid.SampledFrom([]string{"topic", "reply_a", "reply_b", "notifications.info"}).Draw(t, "key")
			queues := rapid.SampledFrom([][]any{{}, {"q"}, {"q", "a.b-c"}}).Draw(t, "queues")
			props := map[string]any{"delivery_mode": int32(2)}
			if e := rapid.SampledFrom([]string{"", "10", "60000", "0"}).Draw(t, "expiration"); e != "" {
				props["expiration"] = e
			}
			head := func(more string, v any) map[string]any {
				return map[string]any{"exchange_name": exchange, "routing_keys": []any{key}, "properties": props, "vhost": "/", "connection": "c", "channel": int32(1), more: v}
			}
			recs = append(recs, normalize.Record{Source: normalize.Firehose, At: at, RoutingKey: "publish." + exchange, Headers: head("routed_queues", queues), Body: body})
			for _, q := range queues {
				for range rapid.IntRange(0, 2).Draw(t, "deliveries") {
					again := int32(rapid.IntRange(0, 1).Draw(t, "again"))
					recs = append(recs, normalize.Record{Source: normalize.Firehose, At: at, RoutingKey: "deliver." + q.(string), Headers: head("redelivered", again), Body: body})
				}
			}
		}
		got, _ := run(outer, recs)
		want := plainly(recs)
		want.Events, want.Returned = got.Events, got.Returned
		if d := cmp.Diff(want, got); d != "" {
			t.Fatalf("counted otherwise (- by the definitions, + by the fold):\n%s", d)
		}
	})
}
