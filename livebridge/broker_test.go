package livebridge_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"rpcscope/engine/flow"
	"rpcscope/engine/stats"
	"rpcscope/engine/view"
	"rpcscope/livebridge"
	"rpcscope/livebridge/rabbittest"
)

func TestABrokerThatIsKilledAndComesBack(t *testing.T) {
	node := rabbittest.Shared(t)
	vhost := node.VHost(t, true)
	v := watch(t, bridge(t, livebridge.Config{AMQP: node.URL(vhost), Management: node.ManagementURL()}))
	seen := stats.New(v.names)
	picture := view.New(v.names, view.DefaultLimits())
	v.sink = flow.Tee{seen, flow.SinkFunc(func(e *flow.Event, m *flow.Message) { picture.Fold(e.At, e.At, e, m) })}
	v.state(livebridge.OK)
	const messages = 50
	declare := func(name string, durable bool) {
		if _, err := client(t, node, vhost).QueueDeclare(name, durable, false, false, false, nil); err != nil {
			t.Fatal(err)
		}
	}
	declare("stays", true)
	declare("goes", false)
	send := func() {
		ch := client(t, node, vhost)
		for i := range messages {
			publish(t, ch, "", fmt.Sprint("nobody", i), "x")
		}
	}
	send()
	v.until("traffic", func(livebridge.Status) bool { return seen.Published().Total() == messages })

	lives := func(queue string) bool {
		for i := view.Slot(1); i < picture.Queues.Cap(); i++ {
			if picture.Queues.Live(i) && picture.Queues.At(i).Died == 0 && v.names.Text(picture.Queues.At(i).Name) == queue {
				return true
			}
		}
		return false
	}
	v.until("both queues", func(livebridge.Status) bool { return lives("stays") && lives("goes") })
	node.Kill()
	s := v.state(livebridge.BrokerGone)
	mention(t, s.Text, "is gone")
	mention(t, s.Remedy, "trace_on")
	if s.NextRetry.IsZero() {
		t.Error("no word of the next attempt")
	}
	if err := node.Restart(t.Context()); err != nil {
		t.Fatal(err)
	}
	// Tracing is off after a restart.
	s = v.state(livebridge.TracingOff)
	if s.Reconnects != 1 {
		t.Errorf("%d reconnects", s.Reconnects)
	}
	if err := node.Trace(t.Context(), vhost, true); err != nil {
		t.Fatal(err)
	}
	v.state(livebridge.OK)
	send()
	s = v.until("traffic again", func(livebridge.Status) bool { return seen.Published().Total() == 2*messages })
	// The management API may answer later than the broker itself; the stream does not wait for it.
	v.until("the durable queue, without the transient one", func(livebridge.Status) bool { return lives("stays") && !lives("goes") })
	// Every status was held against captured = delivered + dropped as it came.
	if s.Captured < 2*messages || len(s.Dropped) != 0 || seen.Lost() != 0 || v.snapshots != 1 {
		t.Errorf("captured %d, dropped %v, lost %d, %d snapshots", s.Captured, s.Dropped, seen.Lost(), v.snapshots)
	}
}

func TestAQueueNameTooLongToTraceIsNamedAndDoesNotMakeItSpin(t *testing.T) {
	node := rabbittest.Shared(t)
	vhost := node.VHost(t, true)
	long := strings.Repeat("q", 250)
	ch := client(t, node, vhost)
	if _, err := ch.QueueDeclare(long, false, false, false, false, nil); err != nil {
		t.Fatal(err)
	}
	v := watch(t, bridge(t, livebridge.Config{AMQP: node.URL(vhost), Management: node.ManagementURL()}))
	v.until("management", func(s livebridge.Status) bool { return s.State == livebridge.OK && s.Management })
	publish(t, ch, "", long, "x")
	if _, _, err := ch.Get(long, true); err != nil {
		t.Fatal(err)
	}
	s := v.state(livebridge.TraceKeyTooLong)
	mention(t, s.Text, "541")
	mention(t, s.Text, long)
	v.until("reconnected", func(s livebridge.Status) bool { return s.Reconnects == 1 && s.NextRetry.IsZero() })
	publish(t, ch, "", "nobody", "x")
	v.until("traffic again", func(s livebridge.Status) bool { return s.QuietMs >= 0 && s.QuietMs < 1000 })
}

func TestAPageOfAnotherOriginIsRefused(t *testing.T) {
	url := bridge(t, livebridge.Config{AMQP: "amqp://127.0.0.1:1/", Management: "off"})
	for origin, want := range map[string]int{"http://evil.example": http.StatusForbidden, url: http.StatusSwitchingProtocols} {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
		if err != nil {
			t.Fatal(err)
		}
		for k, v := range map[string]string{
			"Origin": origin, "Connection": "Upgrade", "Upgrade": "websocket", "Sec-WebSocket-Version": "13",
			"Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==", "Sec-WebSocket-Protocol": livebridge.Subprotocol,
		} {
			req.Header.Set(k, v)
		}
		client := &http.Client{Timeout: patience, Transport: &http.Transport{}}
		resp, err := client.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		if resp.StatusCode != want {
			t.Errorf("origin %s: %s", origin, resp.Status)
		}
	}
}

func TestTheStatusComesAtLeastOnceASecond(t *testing.T) {
	v := watch(t, bridge(t, livebridge.Config{AMQP: "amqp://127.0.0.1:1/", Management: "off"}))
	v.until("first", func(livebridge.Status) bool { return true })
	began := time.Now()
	for range 3 {
		v.until("next", func(livebridge.Status) bool { return true })
	}
	if took := time.Since(began); took > 4*time.Second {
		t.Errorf("three statuses took %v", took)
	}
}

func TestSeveralVirtualHostsAreToldApart(t *testing.T) {
	node := rabbittest.Shared(t)
	traced, silent, foreign := node.VHost(t, true), node.VHost(t, false), node.VHost(t, true)
	v := watch(t, bridge(t, livebridge.Config{AMQP: node.URL("/"), VHosts: []string{traced, silent}, Management: node.ManagementURL()}))
	seen := stats.New(v.names)
	v.sink = seen
	s := v.state(livebridge.TracingOff)
	mention(t, s.Text, silent)
	states := make(map[string]livebridge.State)
	for _, b := range s.ByVHost {
		states[b.VHost] = b.State
	}
	if len(states) != 2 || states[traced] != livebridge.OK || states[silent] != livebridge.TracingOff {
		t.Errorf("%v", states)
	}
	publish(t, client(t, node, foreign), "", "nobody", "x")
	publish(t, client(t, node, traced), "", "nobody", "x")
	v.until("traffic", func(livebridge.Status) bool { return seen.Published().Total() > 0 })
	if n := seen.Published().Total(); n != 1 {
		t.Errorf("%d publishes, of which one was ours to see", n)
	}
	for _, e := range v.events {
		if v.names.Text(e.VHost) == foreign {
			t.Fatalf("an event of a virtual host that is not watched: %s", e.Kind)
		}
	}
}

func TestAVirtualHostThatIsDeletedAndMadeAgain(t *testing.T) {
	node := rabbittest.Shared(t)
	vhost := node.VHost(t, true)
	v := watch(t, bridge(t, livebridge.Config{AMQP: node.URL(vhost), Management: "off"}))
	v.state(livebridge.OK)
	if err := node.DeleteVHost(t.Context(), vhost); err != nil {
		t.Fatal(err)
	}
	// RabbitMQ takes away the permissions first: who comes back in between hears that it may not enter.
	v.until("that it is gone", func(s livebridge.Status) bool {
		return s.State == livebridge.VHostMissing && strings.Contains(s.Text, "does not exist")
	})
	if err := node.AddVHost(t.Context(), vhost, true); err != nil {
		t.Fatal(err)
	}
	v.until("tapped again", func(s livebridge.Status) bool { return s.State == livebridge.OK && s.Reconnects == 1 })
}
