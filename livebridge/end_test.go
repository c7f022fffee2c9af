//lint:file-ignore SA1019 the library was renamed, not abandoned: its successor is the same code under another import path

package livebridge_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"
	"nhooyr.io/websocket"

	"rpcscope/engine/flow"
	"rpcscope/engine/stats"
	"rpcscope/livebridge"
	"rpcscope/livebridge/rabbittest"
)

func TestNothingIsLeftBehindWhenItEnds(t *testing.T) {
	node := rabbittest.Shared(t)
	vhost := node.VHost(t, true)
	before := goleak.IgnoreCurrent()
	b, err := livebridge.New(livebridge.Config{AMQP: node.URL(vhost), Management: node.ManagementURL()})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error)
	go func() { ended <- b.Run(ctx) }()
	server := httptest.NewServer(b.Handler())
	v := watch(t, server.URL)
	v.state(livebridge.OK)
	if n := ownQueues(t, node, vhost); n != 1 {
		t.Errorf("%d queues of the bridge while it runs", n)
	}
	cancel()
	if err := <-ended; err != nil {
		t.Error(err)
	}
	// The viewer is told that the server goes, not merely cut off.
	for err == nil {
		_, _, err = v.conn.Read(t.Context())
	}
	if websocket.CloseStatus(err) != websocket.StatusGoingAway {
		t.Errorf("the viewer's connection ended with %v", err)
	}
	server.Close()
	http.DefaultTransport.(*http.Transport).CloseIdleConnections()
	goleak.VerifyNone(t, before)
	if n := ownQueues(t, node, vhost); n != 0 {
		t.Errorf("%d queues of the bridge after its end", n)
	}
}

func ownQueues(t *testing.T, node *rabbittest.Node, vhost string) (n int) {
	t.Helper()
	var queues []struct{ Name string }
	if err := node.Get(t.Context(), "/api/queues/"+vhost, &queues); err != nil {
		t.Fatal(err)
	}
	for _, q := range queues {
		if strings.HasPrefix(q.Name, "rpcscope.tap.") {
			n++
		}
	}
	return n
}

// narrow makes the socket buffers of a listener's connections small, so that a
// viewer that does not read is felt after kilobytes.
type narrow struct{ net.Listener }

func (l narrow) Accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	if err == nil {
		err = c.(*net.TCPConn).SetWriteBuffer(64 << 10)
	}
	return c, err
}

func TestASlowViewerIsToldWhatItMissedAndGoesOnFromASnapshot(t *testing.T) {
	node := rabbittest.Shared(t)
	vhost := node.VHost(t, true)
	b, err := livebridge.New(livebridge.Config{AMQP: node.URL(vhost), Management: "off", ViewerBytes: 100 << 10})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	var wg sync.WaitGroup
	wg.Go(func() { b.Run(ctx) })
	wide, tight := httptest.NewServer(b.Handler()), httptest.NewUnstartedServer(b.Handler())
	tight.Listener = narrow{tight.Listener}
	tight.Start()
	t.Cleanup(func() { cancel(); wg.Wait(); wide.Close(); tight.Close() })

	quick, slow := watch(t, wide.URL), watchSlowly(t, tight.URL)
	quick.state(livebridge.OK)
	slow.state(livebridge.OK)
	// The slow one reads nothing while the quick one sees far more than may wait.
	ch := client(t, node, vhost)
	sent := uint64(0)
	for quick.bytes < 700<<10 {
		for range 250 {
			publish(t, ch, "", fmt.Sprintf("%0240d", sent), "x")
			sent++
		}
		for quick.published < sent {
			quick.read()
		}
	}
	if s := quick.until("status", func(livebridge.Status) bool { return true }); len(s.Dropped) != 0 {
		t.Fatalf("the quick viewer missed %v", s.Dropped)
	}
	s := slow.until("all, or told what not", func(s livebridge.Status) bool { return s.Captured >= sent })
	if s.Dropped[livebridge.DropSlowViewer] == 0 || slow.snapshots < 2 {
		t.Errorf("dropped %v, %d snapshots", s.Dropped, slow.snapshots)
	}
	published := slow.published
	// Events of the bridge's user are records too, but not publishes.
	if published > s.Delivered || published+50 < s.Delivered {
		t.Errorf("%d publishes came, %d records were said to be delivered", published, s.Delivered)
	}
}

func watchSlowly(t *testing.T, url string) *viewer {
	dialer := &net.Dialer{}
	transport := &http.Transport{DialContext: func(ctx context.Context, network, addr string) (net.Conn, error) {
		c, err := dialer.DialContext(ctx, network, addr)
		if err == nil {
			err = c.(*net.TCPConn).SetReadBuffer(64 << 10)
		}
		return c, err
	}}
	return watchBy(t, url, &http.Client{Transport: transport})
}

func TestARecordingHoldsExactlyWhatHappened(t *testing.T) {
	node := rabbittest.Shared(t)
	vhost := node.VHost(t, true)
	var file bytes.Buffer
	ctx, cancel := context.WithCancel(context.Background())
	tapped, quiet := make(chan struct{}), make(chan struct{})
	var onTapped, onQuiet sync.Once
	type result struct {
		livebridge.Summary
		error
	}
	done := make(chan result)
	go func() {
		s, err := livebridge.Record(ctx, livebridge.Config{AMQP: node.URL(vhost), Management: node.ManagementURL()}, &file, func(s livebridge.Status) {
			checkSum(t, &s)
			if s.State == livebridge.OK {
				onTapped.Do(func() { close(tapped) })
			}
			if s.QuietMs >= 0 {
				onQuiet.Do(func() { close(quiet) })
			}
		})
		done <- result{s, err}
	}()
	await(t, tapped, "the recorder's tap")
	ch := client(t, node, vhost)
	const messages = 100
	if err := ch.Confirm(false); err != nil {
		t.Fatal(err)
	}
	for i := range messages {
		confirm, err := ch.PublishWithDeferredConfirmWithContext(t.Context(), "", fmt.Sprint("nobody", i), false, false, publishing("secret payload"))
		if err != nil {
			t.Fatal(err)
		}
		confirm.Wait()
	}
	// Traced is before confirmed, and what the tap has received is not lost by
	// stopping; but it may still be on its way from the broker.
	await(t, quiet, "traffic")
	time.AfterFunc(300*time.Millisecond, cancel)
	r := <-done
	if r.error != nil {
		t.Fatal(r.error)
	}
	if bytes.Contains(file.Bytes(), []byte("secret payload")) || bytes.Contains(file.Bytes(), []byte("guest")) {
		t.Error("a payload or a user name is in the file")
	}
	names := new(flow.Names)
	reader, err := flow.NewReader(&file, names)
	if err != nil {
		t.Fatal(err)
	}
	seen := stats.New(names)
	var e flow.Event
	var m flow.Message
	events := uint64(0)
	for {
		with, err := reader.Next(&e, &m)
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		events++
		if with {
			seen.Emit(&e, &m)
		} else {
			seen.Emit(&e, nil)
		}
	}
	if got := seen.Published().Total(); got != messages || events != r.Events || !reader.Complete() {
		t.Errorf("%d publishes, %d events of %d, complete %v", got, events, r.Events, reader.Complete())
	}
	if h := reader.Header(); h.Source != "record" || h.Epoch == 0 {
		t.Errorf("header %+v", h)
	}
}

func await(t *testing.T, c <-chan struct{}, what string) {
	t.Helper()
	select {
	case <-c:
	case <-time.After(patience):
		t.Fatalf("never: %s", what)
	}
}
