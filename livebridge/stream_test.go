package livebridge

import (
	"bytes"
	"context"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	amqp "github.com/rabbitmq/amqp091-go"

	"rpcscope/engine/flow"
	"rpcscope/engine/view"
)

// traced is a firehose record of a message published to a queue without consumers.
func traced(t int64, queue, body string) record {
	return record{t: t, source: fromFirehose, vhost: "/", key: "publish.", body: []byte(body), header: amqp.Table{
		"exchange_name": "", "routing_keys": []any{queue}, "routed_queues": []any{queue}, "vhost": "/", "node": "rabbit@x",
		"connection": "127.0.0.1:5 -> 127.0.0.1:5672", "channel": int32(1), "user": "guest", "properties": amqp.Table{},
	}}
}

// reader folds what a viewer is sent.
type reader struct {
	names flow.Names
	state *view.State
	dec   *flow.Decoder
}

func newReader() *reader {
	r := new(reader)
	fresh := func() { r.state = view.New(&r.names, view.DefaultLimits()) }
	fresh()
	r.dec = flow.NewDecoder(&r.names, flow.SinkFunc(func(e *flow.Event, m *flow.Message) { r.state.Fold(e.At, e.At, e, m) }))
	r.dec.OnSnapshot = func(uint64) { fresh() }
	return r
}

func (r *reader) read(t *testing.T, v *viewer) {
	t.Helper()
	for f, ok := v.pop(); ok; f, ok = v.pop() {
		if err := r.dec.Feed(f.bytes); err != nil {
			t.Fatal(err)
		}
	}
}

func TestWhoJoinsLateOrFallsBehindEndsWithTheSamePicture(t *testing.T) {
	b, err := New(Config{AMQP: "amqp://h/", ViewerBytes: 3000})
	if err != nil {
		t.Fatal(err)
	}
	s := newLiveSource(b.set)
	start := time.Unix(1_800_000_000, 0)
	out := newBroadcast(b, s, start)
	early, slow := b.hub.join(start), b.hub.join(start)
	var late *viewer
	readers := map[*viewer]*reader{early: newReader(), slow: newReader()}
	for i := range 60 {
		now := start.Add(time.Duration(i) * 50 * time.Millisecond)
		for j := range 5 {
			s.feed.push(traced(now.UnixNano()+int64(j), fmt.Sprintf("queue %d", i%7), "body"))
		}
		if i == 30 {
			late = b.hub.join(now)
			readers[late] = newReader()
		}
		out.turn(now)
		readers[early].read(t, early)
		if late != nil {
			readers[late].read(t, late)
		}
	}
	for range 2 { // the first turn finds its queue full, the second empty
		out.turn(start.Add(time.Hour))
		readers[slow].read(t, slow)
	}
	if slow.sum(t) == 0 {
		t.Error("the slow viewer never fell behind")
	}
	readers[early].read(t, early)
	readers[late].read(t, late)
	want := out.view.JoinDigest()
	for v, name := range map[*viewer]string{early: "early", slow: "slow", late: "late"} {
		if got := readers[v].state.JoinDigest(); got != want {
			t.Errorf("the %s viewer's picture differs", name)
		}
		v.sum(t)
	}
}

func TestUnreadableRecordsAreCountedAndToldInTheStream(t *testing.T) {
	b, err := New(Config{AMQP: "amqp://h/"})
	if err != nil {
		t.Fatal(err)
	}
	s := newLiveSource(b.set)
	start := time.Unix(1_800_000_000, 0)
	out := newBroadcast(b, s, start)
	v := b.hub.join(start)
	out.turn(start)
	good, bad := traced(start.UnixNano()+1, "q", "x"), traced(start.UnixNano()+2, "q", "x")
	bad.header = amqp.Table{"exchange_name": int32(7)}
	s.feed.push(good)
	s.feed.push(bad)
	out.turn(start.Add(time.Second))
	if v.captured != 2 || v.delivered != 1 || v.dropped[DropUnreadable] != 1 {
		t.Errorf("captured %d, delivered %d, dropped %v", v.captured, v.delivered, v.dropped)
	}
	r := newReader()
	r.read(t, v)
	if r.state.Counters.Lost != 1 {
		t.Errorf("the stream tells of %d lost", r.state.Counters.Lost)
	}
}

func TestNothingOfABodyOrAUserReachesTheFrames(t *testing.T) {
	b, err := New(Config{AMQP: "amqp://operator:geheim@h/"})
	if err != nil {
		t.Fatal(err)
	}
	s := newLiveSource(b.set)
	start := time.Unix(1_800_000_000, 0)
	out := newBroadcast(b, s, start)
	v := b.hub.join(start)
	r := traced(start.UnixNano(), "q", `{"oslo.version":"2.0","oslo.message":"{\"method\":\"m\",\"args\":{\"password\":\"tell-nobody\"},\"_context_auth_token\":\"token-value\"}"}`)
	r.header["user"] = "operator"
	s.feed.push(r)
	out.turn(start.Add(time.Second))
	out.turn(start.Add(3 * time.Second))
	var all []byte
	for f, ok := v.pop(); ok; f, ok = v.pop() {
		all = append(all, f.bytes...)
	}
	for _, secret := range []string{"tell-nobody", "token-value", "operator", "geheim"} {
		if bytes.Contains(all, []byte(secret)) {
			t.Errorf("%q is in the frames", secret)
		}
	}
	if !bytes.Contains(all, []byte("auth_token")) {
		t.Error("the name of the context key is missing: nothing was sent?")
	}
}

func TestAFullDictionaryBeginsANewStream(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b, err := New(Config{AMQP: "amqp://h/"})
		if err != nil {
			t.Fatal(err)
		}
		b.maxNames = 100
		s := newLiveSource(b.set)
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan struct{})
		go func() { b.pump(ctx, s); close(ended) }()
		v := b.hub.join(time.Now())
		for i := range 200 {
			s.feed.push(traced(time.Now().UnixNano(), fmt.Sprintf("queue %d", i), "x"))
		}
		first, again := newReader(), newReader()
		for f, ok := v.next(ctx); ok; f, ok = v.next(ctx) {
			if err := first.dec.Feed(f.bytes); err != nil {
				t.Fatal(err)
			}
		}
		b.hub.leave(v)
		if n := first.state.Queues.Len(); n != 200 {
			t.Errorf("%d queues before the new stream", n)
		}
		v = b.hub.join(time.Now())
		s.feed.push(traced(time.Now().UnixNano(), "after", "x"))
		for again.state.Queues.Len() == 0 {
			f, ok := v.next(ctx)
			if !ok {
				t.Fatal("the new stream ended too")
			}
			if err := again.dec.Feed(f.bytes); err != nil {
				t.Fatal(err)
			}
		}
		b.hub.leave(v)
		cancel()
		<-ended
	})
}
