package livebridge

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"rpcscope/livebridge/rabbittest"
)

// relay forwards connections to a broker until it is told to swallow what
// comes, as a network does that lost its route: nothing is refused or closed.
type relay struct {
	net.Listener
	to string
	// swallowAfter is how many bytes of the broker's still pass; negative for all.
	swallowAfter atomic.Int64
	// heard is what came from the client.
	heard synced
	wg    sync.WaitGroup
}

// synced is a buffer that is written to and read at the same time.
type synced struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (s *synced) Write(b []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.Write(b)
}

func (s *synced) bytes() []byte {
	s.mu.Lock()
	defer s.mu.Unlock()
	return bytes.Clone(s.b.Bytes())
}

func newRelay(t *testing.T, to string) *relay {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	r := &relay{Listener: l, to: to}
	r.swallowAfter.Store(-1)
	ctx, cancel := context.WithCancel(context.Background())
	r.wg.Go(func() { r.serve(ctx) })
	t.Cleanup(func() { cancel(); l.Close(); r.wg.Wait() })
	return r
}

func (r *relay) serve(ctx context.Context) {
	for {
		in, err := r.Accept()
		if err != nil {
			return
		}
		out, err := net.Dial("tcp", r.to)
		if err != nil {
			in.Close()
			continue
		}
		stop := context.AfterFunc(ctx, func() { in.Close(); out.Close() })
		r.wg.Go(func() { io.Copy(io.MultiWriter(out, &r.heard), in); out.Close() })
		r.wg.Go(func() {
			defer stop()
			r.down(in, out)
			in.Close()
		})
	}
}

// down copies from the broker, or reads on and passes nothing.
func (r *relay) down(in io.Writer, out io.Reader) {
	buf := make([]byte, 4096)
	for {
		n, err := out.Read(buf)
		if err != nil {
			return
		}
		if left := r.swallowAfter.Load(); left >= 0 {
			n = int(min(int64(n), left))
			r.swallowAfter.Add(int64(-n))
		}
		if _, err := in.Write(buf[:n]); err != nil {
			return
		}
	}
}

func TestALinkThatGoesSilentIsNoticedAtEveryStage(t *testing.T) {
	node := rabbittest.Shared(t)
	vhost := node.VHost(t, true)
	for _, c := range []struct {
		name  string
		bytes int64 // of the broker's that pass; its handshake is some 500
	}{
		{"before the first word", 0}, {"in the handshake", 520}, {"while the tap is set up", 600}, {"when all is well", -1},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := newRelay(t, fmt.Sprintf("127.0.0.1:%d", node.AMQPPort))
			r.swallowAfter.Store(c.bytes)
			set, err := Config{AMQP: "amqp://guest:guest@" + r.Addr().String() + "/" + vhost, Management: "off", RetryMax: 50 * time.Millisecond}.check()
			if err != nil {
				t.Fatal(err)
			}
			set.limits = limits{dial: 700 * time.Millisecond, setup: time.Second, heartbeat: time.Second}
			reports := make(chan tapReport, 100)
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			tap := &tap{set: set, vhost: vhost, keys: []string{"#"}, out: func(record) {}, report: func(r tapReport) { reports <- r }}
			ended := make(chan struct{})
			go func() { tap.run(ctx); close(ended) }()
			next := func() tapReport {
				select {
				case r := <-reports:
					return r
				case <-time.After(20 * time.Second):
					t.Fatal("the silence was not noticed")
					panic("unreachable")
				}
			}
			if c.bytes < 0 {
				if r := next(); !r.up {
					t.Fatalf("not connected: %+v", r.fault)
				}
				r.swallowAfter.Store(0)
			}
			if r := next(); r.up || r.fault.state != BrokerGone {
				t.Fatalf("up %v, %+v", r.up, r.fault)
			}
			r.swallowAfter.Store(-1)
			for !next().up {
			}
			cancel()
			select {
			case <-ended:
			case <-time.After(10 * time.Second):
				t.Fatal("the tap did not end")
			}
		})
	}
}

// TestTheTapTakesItsLeave: a connection that just drops is a warning in the broker's log.
func TestTheTapTakesItsLeave(t *testing.T) {
	node := rabbittest.Shared(t)
	vhost := node.VHost(t, true)
	r := newRelay(t, fmt.Sprintf("127.0.0.1:%d", node.AMQPPort))
	set, err := Config{AMQP: "amqp://guest:guest@" + r.Addr().String() + "/" + vhost, Management: "off"}.check()
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	up, ended := make(chan struct{}, 1), make(chan struct{})
	tap := &tap{set: set, vhost: vhost, keys: []string{"#"}, out: func(record) {}, report: func(r tapReport) {
		if r.up {
			up <- struct{}{}
		}
	}}
	go func() { tap.run(ctx); close(ended) }()
	<-up
	// Longer than the politeness may take: a limit that began with the connection is over by now.
	time.Sleep(closeLimit + 100*time.Millisecond)
	cancel()
	<-ended
	if heard := r.heard.bytes(); !bytes.Contains(heard, []byte{0, 10, 0, 50}) {
		t.Errorf("no connection.close at the end of %q", heard[max(0, len(heard)-40):])
	}
}
