package normalize

import (
	"strings"
	"testing"

	"rpcscope/engine/flow"
)

// told collects events in words.
type told struct {
	names flow.Names
	lines []string
}

func (x *told) Emit(e *flow.Event, m *flow.Message) {
	x.lines = append(x.lines, string(flow.AppendText(nil, &x.names, e, m)))
}

func (x *told) count(part string) (n int) {
	for _, l := range x.lines {
		if strings.Contains(l, part) {
			n++
		}
	}
	return n
}

func take(t *testing.T, n *Normalizer, recs ...Record) {
	t.Helper()
	for i := range recs {
		if err := n.Record(&recs[i]); err != nil {
			t.Fatal(err)
		}
	}
}

const sec = 1_000_000_000

func snapshotAt(at int64, queues string) Record {
	return Record{Source: Topology, At: at, VHost: "/", RoutingKey: "before", Body: []byte(`{"exchanges":[{"name":"nova","type":"topic","vhost":"/"}],"queues":[` + queues + `]}`)}
}

func trc(at int64, key, exchange, routing, body, expiration string) Record {
	h := map[string]any{"exchange_name": exchange, "routing_keys": []any{routing}, "vhost": "/", "properties": map[string]any{}}
	if expiration != "" {
		h["properties"] = map[string]any{"expiration": expiration}
	}
	if strings.HasPrefix(key, "publish.") {
		h["routed_queues"] = []any{routing}
	} else {
		h["redelivered"] = int32(0)
	}
	return Record{Source: Firehose, At: at, RoutingKey: key, Headers: h, Body: []byte(body)}
}

const aReply = `{"result":1,"failure":null,"ending":true,"_msg_id":"00112233445566778899aabbccddeeff"}`

func TestARepliesReturnIsConcludedFromTheTopology(t *testing.T) {
	for _, c := range []struct {
		name    string
		recs    []Record
		returns int
	}{
		{"a queue that never was", []Record{snapshotAt(0, ""), trc(1, "publish.", "", "reply_1", aReply, ""), trc(3*sec, "publish.nova", "nova", "k", "{}", "")}, 1},
		{"at the end of the records", []Record{snapshotAt(0, ""), trc(1, "publish.", "", "reply_1", aReply, "")}, 1},
		{"a queue that is announced late", []Record{
			snapshotAt(0, ""), trc(1, "publish.", "", "reply_1", aReply, ""),
			{Source: Event, At: sec / 10, RoutingKey: "queue.created", Headers: map[string]any{"name": "reply_1", "vhost": "/"}},
		}, 0},
		{"a queue that delivers it", []Record{snapshotAt(0, ""), trc(1, "publish.", "", "reply_1", aReply, ""), trc(2, "deliver.reply_1", "", "reply_1", aReply, "")}, 0},
		{"a queue of the topology", []Record{snapshotAt(0, `{"name":"reply_1"}`), trc(1, "publish.", "", "reply_1", aReply, "")}, 0},
		{"a queue that was deleted", []Record{
			snapshotAt(0, `{"name":"reply_1"}`),
			{Source: Event, At: 1, RoutingKey: "queue.deleted", Headers: map[string]any{"name": "reply_1", "vhost": "/"}},
			trc(2, "publish.", "", "reply_1", aReply, ""),
		}, 1},
		{"a queue that was deleted, of which nobody had told", []Record{
			trc(1, "publish.", "", "reply_1", aReply, ""), trc(2, "deliver.reply_1", "", "reply_1", aReply, ""),
			{Source: Event, At: 3, RoutingKey: "queue.deleted", Headers: map[string]any{"name": "reply_1", "vhost": "/"}},
			trc(4, "publish.", "", "reply_1", aReply, ""),
		}, 1},
		{"and that was made again", []Record{
			{Source: Event, At: 3, RoutingKey: "queue.deleted", Headers: map[string]any{"name": "reply_1", "vhost": "/"}},
			{Source: Event, At: 4, RoutingKey: "queue.created", Headers: map[string]any{"name": "reply_1", "vhost": "/"}},
			trc(5, "publish.", "", "reply_1", aReply, ""),
		}, 0},
		{"without any topology nothing is known", []Record{trc(1, "publish.", "", "reply_1", aReply, "")}, 0},
		// Only replies are published mandatory.
		{"no reply", []Record{snapshotAt(0, ""), trc(1, "publish.", "", "worker", `{"method":"m"}`, "")}, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			x := &told{}
			n := New(&x.names, x, 0)
			take(t, n, c.recs...)
			n.Finish()
			if got := x.count("the broker returns"); got != c.returns {
				t.Errorf("%d returns, want %d:\n%s", got, c.returns, strings.Join(x.lines, "\n"))
			}
		})
	}
}

// TestTheEndOfWhatOnlyTrafficToldOfIsTold: records that begin in the middle show what exists by its messages.
func TestTheEndOfWhatOnlyTrafficToldOfIsTold(t *testing.T) {
	x := &told{}
	n := New(&x.names, x, 0)
	p := trc(1, "publish.nova", "nova", "q", "{}", "")
	p.Headers["connection"] = "a:1 -> b:2"
	gone := func(at int64, what, name string) Record {
		return Record{Source: Event, At: at, RoutingKey: what, Headers: map[string]any{"name": name, "vhost": "/"}}
	}
	take(t, n, p, gone(2, "queue.deleted", "q"), gone(3, "queue.deleted", "q"), gone(4, "exchange.deleted", "nova"),
		gone(5, "connection.closed", "a:1 -> b:2"), gone(6, "connection.closed", "a:1 -> b:2"), gone(7, "connection.closed", "c:1 -> b:2"))
	for _, l := range []string{"queue q is gone", "exchange nova is gone", "closes the connection"} {
		if got := x.count(l); got != 1 {
			t.Errorf("%q is told %d times:\n%s", l, got, strings.Join(x.lines, "\n"))
		}
	}
}

func TestAMessageThatNobodyTookInTimeIsConcludedToHaveExpired(t *testing.T) {
	const body = `{"method":"m","_msg_id":"00112233445566778899aabbccddeeff"}`
	for _, c := range []struct {
		name   string
		recs   []Record
		expire int
	}{
		{"waiting", []Record{trc(1, "publish.nova", "nova", "q", body, "2000"), trc(4*sec, "publish.nova", "nova", "k", "{}", "")}, 1},
		{"not yet", []Record{trc(1, "publish.nova", "nova", "q", body, "2000"), trc(2*sec, "publish.nova", "nova", "k", "{}", "")}, 0},
		{"delivered", []Record{trc(1, "publish.nova", "nova", "q", body, "2000"), trc(sec, "deliver.q", "nova", "q", body, "2000"), trc(4*sec, "publish.nova", "nova", "k", "{}", "")}, 0},
		{"without expiration", []Record{trc(1, "publish.nova", "nova", "q", body, ""), trc(400*sec, "publish.nova", "nova", "k", "{}", "")}, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			x := &told{}
			n := New(&x.names, x, 0)
			take(t, n, c.recs...)
			n.Finish()
			if got := x.count("expires in q"); got != c.expire {
				t.Errorf("%d expiries, want %d:\n%s", got, c.expire, strings.Join(x.lines, "\n"))
			}
		})
	}
}

// TestADefaultExchangeThatShowsItRoutedNowhereIsHeard: releases after 3.10 name no queue that does not exist.
func TestADefaultExchangeThatShowsItRoutedNowhereIsHeard(t *testing.T) {
	var routes []flow.Flags
	n := New(&flow.Names{}, flow.SinkFunc(func(e *flow.Event, _ *flow.Message) {
		if e.Kind == flow.Route {
			routes = append(routes, e.Flags)
		}
	}), 0)
	r := trc(1, "publish.", "", "reply_1", aReply, "")
	r.Headers["routed_queues"] = []any{}
	gone := Record{Source: Event, At: 3, RoutingKey: "queue.deleted", Headers: map[string]any{"name": "reply_1", "vhost": "/"}}
	take(t, n, r, snapshotAt(2, `{"name":"reply_1"}`), gone, trc(4, "publish.", "", "reply_1", aReply, ""))
	// The second is a conclusion about a queue that the broker claimed to have.
	if len(routes) != 2 || routes[0] != flow.NoRoute || routes[1] != flow.NoRoute|flow.Implicit|flow.Inferred {
		t.Errorf("routes with flags %b", routes)
	}
}
