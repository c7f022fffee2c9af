//lint:file-ignore SA1019 the library was renamed, not abandoned: its successor is the same code under another import path

package livebridge_test

import (
	"context"
	"encoding/json"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"nhooyr.io/websocket"

	"rpcscope/engine/flow"
	"rpcscope/livebridge"
	"rpcscope/livebridge/rabbittest"
)

func TestMain(m *testing.M) { os.Exit(rabbittest.Main(m)) }

// patience bounds every wait of these tests; nothing waits this long unless something is broken.
const patience = 40 * time.Second

// bridge starts a bridge and a server for it, both ended with the test.
func bridge(t *testing.T, c livebridge.Config) (url string) {
	t.Helper()
	c.Log = slog.New(slog.NewTextHandler(t.Output(), nil))
	if c.RetryMax == 0 {
		c.RetryMax = 600 * time.Millisecond
	}
	b, err := livebridge.New(c)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	var wg sync.WaitGroup
	wg.Go(func() {
		if err := b.Run(ctx); err != nil {
			t.Errorf("Run: %v", err)
		}
	})
	server := httptest.NewServer(b.Handler())
	t.Cleanup(func() {
		cancel()
		wg.Wait()
		server.Close()
	})
	return server.URL
}

// viewer reads a live stream as the page does.
type viewer struct {
	t    *testing.T
	conn *websocket.Conn
	dec  *flow.Decoder

	names     *flow.Names
	header    flow.Header
	statuses  []livebridge.Status
	snapshots int
	published uint64 // snapshots' messages left out
	bytes     int
	events    []flow.Event
	messages  map[flow.MsgID]flow.Message
	sink      flow.Sink // besides, may be nil
}

func watch(t *testing.T, url string) *viewer { return watchBy(t, url, nil) }

func watchBy(t *testing.T, url string, client *http.Client) *viewer {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	conn, _, err := websocket.Dial(ctx, strings.Replace(url, "http", "ws", 1), &websocket.DialOptions{HTTPClient: client, Subprotocols: []string{livebridge.Subprotocol}})
	if err != nil {
		t.Fatal(err)
	}
	conn.SetReadLimit(64 << 20)
	t.Cleanup(func() { conn.CloseNow() })
	v := &viewer{t: t, conn: conn, names: new(flow.Names), messages: make(map[flow.MsgID]flow.Message)}
	v.dec = flow.NewDecoder(v.names, flow.SinkFunc(v.emit))
	v.dec.OnHeader = func(h flow.Header) { v.header = h }
	v.dec.OnSnapshot = func(uint64) { v.snapshots++ }
	v.dec.OnStatus = func(doc []byte) {
		var s livebridge.Status
		if err := json.Unmarshal(doc, &s); err != nil {
			t.Fatal(err)
		}
		checkSum(t, &s)
		v.statuses = append(v.statuses, s)
	}
	return v
}

func (v *viewer) emit(e *flow.Event, m *flow.Message) {
	v.events = append(v.events, *e)
	if e.Kind == flow.Publish && !e.Has(flow.Snapshot) {
		v.published++
	}
	if m != nil {
		v.messages[e.Msg] = *m
	}
	if v.sink != nil {
		v.sink.Emit(e, m)
	}
}

// checkSum holds every status against the promise: captured = delivered + dropped.
func checkSum(t *testing.T, s *livebridge.Status) {
	t.Helper()
	sum := func(m map[string]uint64) (n uint64) {
		for _, d := range m {
			n += d
		}
		return n
	}
	if s.Captured != s.Delivered+sum(s.Dropped) || s.Bridge.Captured != s.Bridge.Normalized+sum(s.Bridge.Dropped) {
		t.Fatalf("captured is not delivered + dropped: %+v", s)
	}
}

// read takes one frame.
func (v *viewer) read() {
	v.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	_, p, err := v.conn.Read(ctx)
	if err != nil {
		v.t.Fatalf("reading: %v; last status: %+v", err, v.last())
	}
	v.bytes += len(p)
	if err := v.dec.Feed(p); err != nil {
		v.t.Fatal(err)
	}
}

func (v *viewer) last() livebridge.Status {
	if len(v.statuses) == 0 {
		return livebridge.Status{}
	}
	return v.statuses[len(v.statuses)-1]
}

// until reads frames until a status that is new since the call fits.
func (v *viewer) until(what string, fits func(s livebridge.Status) bool) livebridge.Status {
	v.t.Helper()
	deadline := time.Now().Add(patience)
	for seen := len(v.statuses); ; {
		for ; seen < len(v.statuses); seen++ {
			if fits(v.statuses[seen]) {
				return v.statuses[seen]
			}
		}
		if time.Now().After(deadline) {
			v.t.Fatalf("never: %s; last status: %+v", what, v.last())
		}
		v.read()
	}
}

func (v *viewer) state(want livebridge.State) livebridge.Status {
	v.t.Helper()
	return v.until("state "+string(want), func(s livebridge.Status) bool { return s.State == want })
}
