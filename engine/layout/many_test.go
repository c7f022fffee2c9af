package layout

import (
	"fmt"
	"testing"
	"time"

	"rpcscope/engine/flow"
)

// region is a live cloud: 60 hosts with three services each, 400 queues and 1,000 bindings.
func region() *cloud {
	c := newCloud()
	c.exchange("nova", "topic")
	for i := range 60 {
		for _, topic := range []string{"compute", "network", "volume"} {
			c.server(topic, fmt.Sprintf("host%02d", i))
		}
	}
	for i := range 20 {
		c.client(fmt.Sprintf("api%d", i))
	}
	for i := range 460 {
		c.emit(flow.Event{Kind: flow.Bind, Exchange: c.n("nova"), Queue: c.n(fmt.Sprintf("compute.host%02d", i%60)), Key: c.n(fmt.Sprintf("k%d", i))})
	}
	return c
}

// TestManyStayReadable: hundreds of processes and queues fold into what fits, and one that comes or goes costs little.
func TestManyStayReadable(t *testing.T) {
	c := region()
	for _, cfg := range []Config{roomy1, {W: 1024, H: 487, Top: 56}, {W: 820, H: 899, Top: 56}, {W: 390, H: 533, Top: 8}} {
		e := NewEngine()
		l := e.Update(c.st, cfg)
		if len(l.Nodes) > 60 || len(l.Edges) > 90 {
			t.Errorf("%v: %d nodes, %d edges", cfg, len(l.Nodes), len(l.Edges))
		}
		if l.Zoom < Legible-.001 {
			t.Errorf("%v: fits at %v", cfg, l.Zoom)
		}
	}
}

// BenchmarkOneQueue is what one queue costs that comes, or goes, in a large cloud.
func BenchmarkOneQueue(b *testing.B) {
	c := region()
	e := NewEngine()
	e.Update(c.st, roomy1)
	spent := time.Duration(0)
	for i := range b.N {
		name := fmt.Sprintf("extra%d", i/2)
		if i%2 == 0 {
			c.queue(name)
		} else {
			c.unqueue(name)
		}
		start := time.Now()
		e.Update(c.st, roomy1)
		spent += time.Since(start)
	}
	b.ReportMetric(float64(spent.Microseconds())/float64(b.N), "µs/layout")
}

// BenchmarkStill is what asking for the layout costs while nothing changes.
func BenchmarkStill(b *testing.B) {
	c := region()
	e := NewEngine()
	e.Update(c.st, roomy1)
	b.ReportAllocs()
	b.ResetTimer()
	for range b.N {
		e.Update(c.st, roomy1)
	}
}
