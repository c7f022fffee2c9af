package layout

import (
	"fmt"
	"testing"

	"pgregory.net/rapid"

	"rpcscope/engine/flow"
	"rpcscope/engine/view"
)

// cloud is a made-up broker that tests add to and take from.
type cloud struct {
	names *flow.Names
	st    *view.State
	d     int64
	tags  int
}

func newCloud() *cloud {
	n := &flow.Names{}
	return &cloud{names: n, st: view.New(n, view.DefaultLimits())}
}

func (c *cloud) emit(e flow.Event) {
	c.d += 1e6
	e.At = c.d
	c.st.Fold(c.d, 0, &e, nil)
}

func (c *cloud) n(s string) flow.Name { return c.names.Intern(s) }

func (c *cloud) exchange(name, kind string) {
	c.emit(flow.Event{Kind: flow.ExchangeDeclare, Exchange: c.n(name), Label: c.n(kind)})
}

// server starts a worker with its three queues, as oslo.messaging does.
func (c *cloud) server(topic, host string) {
	p, conn := c.n(topic+"@"+host), c.n("c-"+topic+host)
	c.emit(flow.Event{Kind: flow.ProcessStart, Process: p, Label: c.n("svc-" + topic), Text: c.n(host), Key: c.n("worker"), Value: 7})
	c.emit(flow.Event{Kind: flow.ConnectionOpen, Process: p, Conn: conn})
	c.exchange(topic+"_fanout", "fanout")
	for _, q := range []struct{ x, q, k string }{
		{"nova", topic, topic},
		{"nova", topic + "." + host, topic + "." + host},
		{topic + "_fanout", topic + "_fanout_" + host, topic},
	} {
		c.queue(q.q)
		c.emit(flow.Event{Kind: flow.Bind, Exchange: c.n(q.x), Queue: c.n(q.q), Key: c.n(q.k)})
		c.tags++
		c.emit(flow.Event{Kind: flow.Consume, Process: p, Conn: conn, Channel: 1, Queue: c.n(q.q), Tag: c.n(fmt.Sprint(c.tags))})
	}
}

func (c *cloud) queue(name string) { c.emit(flow.Event{Kind: flow.QueueDeclare, Queue: c.n(name)}) }

func (c *cloud) unqueue(name string) {
	c.emit(flow.Event{Kind: flow.QueueDelete, Queue: c.n(name), Label: c.n("deleted")})
	c.d += 3e9
	c.emit(flow.Event{Kind: flow.Tick})
}

// client starts an invoker that has made one call, so that places are kept from now on.
func (c *cloud) client(name string) {
	p, conn := c.n(name), c.n("c-"+name)
	c.emit(flow.Event{Kind: flow.ProcessStart, Process: p, Label: c.n("api"), Text: c.n("ctl1"), Key: c.n("invoker"), Value: 9})
	c.emit(flow.Event{Kind: flow.ConnectionOpen, Process: p, Conn: conn})
	r := c.n("reply_" + name)
	c.queue("reply_" + name)
	c.tags++
	c.emit(flow.Event{Kind: flow.Consume, Process: p, Conn: conn, Channel: 1, Queue: r, Tag: c.n(fmt.Sprint(c.tags))})
	e := flow.Event{Kind: flow.Publish, Process: p, Conn: conn, Exchange: c.n("nova"), Key: c.n("compute"), Msg: flow.MsgID(c.tags), Class: flow.ClassCast}
	c.d += 1e6
	e.At = c.d
	m := flow.Message{Exchange: e.Exchange, Key: e.Key, Class: flow.ClassCast, Expiration: -1}
	c.st.Fold(c.d, c.d+3e8, &e, &m)
}

// places maps what stands to where.
func places(l *Layout) map[uint64]Rect {
	m := map[uint64]Rect{}
	for _, n := range l.Nodes {
		if n.Kind != KindChip {
			m[n.Key^uint64(n.Side)<<1] = n.Rect
		}
	}
	return m
}

var roomy1 = Config{W: 1386, H: 566, Top: 56}

// TestGoingMovesNobody: what goes leaves its place free, and what comes back takes it again.
func TestGoingMovesNobody(t *testing.T) {
	c := newCloud()
	c.exchange("nova", "topic")
	c.server("compute", "host1")
	c.server("network", "net1")
	c.client("api1")
	e := NewEngine()
	before := places(e.Update(c.st, roomy1))
	c.unqueue("compute.host1")
	during := places(e.Update(c.st, roomy1))
	for k, r := range during {
		if b, ok := before[k]; ok && b.Y+b.H/2 != r.Y+r.H/2 && b.H == r.H {
			t.Errorf("node moved from %v to %v when another went", b, r)
		}
	}
	if len(during) != len(before)-1 {
		t.Errorf("%d nodes before, %d after one went", len(before), len(during))
	}
	c.queue("compute.host1")
	c.emit(flow.Event{Kind: flow.Bind, Exchange: c.n("nova"), Queue: c.n("compute.host1"), Key: c.n("compute.host1")})
	c.emit(flow.Event{Kind: flow.Consume, Process: c.n("compute@host1"), Conn: c.n("c-computehost1"), Channel: 1, Queue: c.n("compute.host1"), Tag: c.n("again")})
	after := places(e.Update(c.st, roomy1))
	for k, r := range before {
		if after[k] != r {
			t.Errorf("node stood at %v and came back at %v", r, after[k])
		}
	}
}

// TestPlaces is the property behind it: under any coming and going, boxes keep
// apart, what stays keeps its order, and nothing at all moves when only
// something went – unless the form of the map changed.
func TestPlaces(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := newCloud()
		c.exchange("nova", "topic")
		c.server("compute", "host1")
		c.client("api1")
		cfg := rapid.SampledFrom([]Config{roomy1, {W: 1012, H: 566, Top: 56}, {W: 970, H: 420, Top: 56}, {W: 390, H: 530, Top: 8}}).Draw(t, "room")
		e := NewEngine()
		last := places(e.Update(c.st, cfg))
		level := e.level
		var extra []string
		for range rapid.IntRange(1, 12).Draw(t, "steps") {
			gone := false
			switch rapid.IntRange(0, 4).Draw(t, "what") {
			case 0:
				c.server(rapid.SampledFrom([]string{"compute", "network", "scheduler", "volume"}).Draw(t, "topic"), rapid.SampledFrom([]string{"host1", "host2", "host3"}).Draw(t, "host"))
			case 1:
				c.client(rapid.SampledFrom([]string{"api1", "api2", "api3", "api4"}).Draw(t, "client"))
			case 2:
				q := fmt.Sprint("q", len(extra))
				extra = append(extra, q)
				c.queue(q)
			case 3:
				if len(extra) > 0 {
					c.unqueue(extra[len(extra)-1])
					extra = extra[:len(extra)-1]
					gone = true
				}
			default:
				c.emit(flow.Event{Kind: flow.Tick})
			}
			l := e.Update(c.st, cfg)
			checkApart(t, l)
			now := places(l)
			if gone && !l.Portrait && level == e.level && e.level < levelBudget {
				for k, r := range now {
					if o, ok := last[k]; ok && o != r && o.H == r.H {
						t.Fatalf("a node moved from %v to %v when another went", o, r)
					}
				}
			}
			last, level = now, e.level
		}
		again := places(e.Update(c.st, cfg))
		for k, r := range last {
			if again[k] != r {
				t.Fatal("the same state was laid out in two ways")
			}
		}
	})
}

func checkApart(t *rapid.T, l *Layout) {
	for i := range l.Nodes {
		for j := range i {
			a, b := l.Nodes[i].Rect, l.Nodes[j].Rect
			if l.Nodes[i].Kind == KindExchange {
				a = a.Inset(a.W * .14)
			}
			if l.Nodes[j].Kind == KindExchange {
				b = b.Inset(b.W * .14)
			}
			if a.Overlaps(b) {
				t.Fatalf("node %d (kind %d) %v and node %d (kind %d) %v overlap", i, l.Nodes[i].Kind, a, j, l.Nodes[j].Kind, b)
			}
		}
	}
	for _, e := range l.Edges {
		if e.Verbs == 0 || e.Polys < 2 {
			t.Fatalf("edge of kind %d has no line", e.Kind)
		}
	}
}

// TestHundredsFold: a cloud far too large for the map is folded, counted and still readable.
func TestHundredsFold(t *testing.T) {
	c := newCloud()
	c.exchange("nova", "topic")
	for i := range 60 {
		c.server("compute", fmt.Sprint("host", i))
	}
	for i := range 20 {
		c.server(fmt.Sprint("svc", i), "ctl1")
		c.client(fmt.Sprint("api", i))
	}
	for _, cfg := range []Config{roomy1, {W: 970, H: 420, Top: 56}, {W: 390, H: 530, Top: 8}} {
		l := NewEngine().Update(c.st, cfg)
		if len(l.Nodes) > 40 {
			t.Errorf("%v: %d nodes are left", cfg, len(l.Nodes))
		}
		if z := min(cfg.W/l.Bounds.W, (cfg.H-cfg.Top)/l.Bounds.H); z < .7 {
			t.Errorf("%v: zoom %.2f", cfg, z)
		}
		stood := 0
		for i := view.Slot(1); i < c.st.Queues.Cap(); i++ {
			if c.st.Queues.Live(i) && l.Queue(i) >= 0 {
				stood++
			}
		}
		if stood != c.st.Queues.Len() {
			t.Errorf("%v: %d of %d queues stand somewhere", cfg, stood, c.st.Queues.Len())
		}
	}
}

// TestMainPathIsStraight: with one server the call's way is one horizontal line.
func TestMainPathIsStraight(t *testing.T) {
	c := newCloud()
	c.exchange("nova", "topic")
	c.server("compute", "host1")
	c.client("api1")
	l := NewEngine().Update(c.st, DefaultConfig())
	q := l.Nodes[l.Queue(c.st.QueueSlot(0, c.n("compute")))].Rect.CY()
	x := l.Nodes[l.Exchange(c.st.ExchangeSlot(0, c.n("nova")), false)].Rect.CY()
	if q != x {
		t.Errorf("exchange at %v, queue at %v", x, q)
	}
	for _, e := range l.Edges {
		if e.Kind == EdgePublish && !l.Replies(&e) {
			if y0, y1 := l.Poly[e.Poly0+1], l.Poly[e.Poly0+2*e.Polys-1]; y0 != y1 || y0 != q {
				t.Errorf("the invoker's line runs from %v to %v, not at %v", y0, y1, q)
			}
		}
	}
}

// TestComponentsStandApartFromTheStart: who announces itself without a part in RPC does not change sides at its first request.
// One that was only deduced may yet turn out to be anything.
func TestComponentsStandApartFromTheStart(t *testing.T) {
	c := newCloud()
	c.exchange("nova", "topic")
	c.client("api1")
	c.emit(flow.Event{Kind: flow.ProcessStart, Process: c.n("image"), Label: c.n("image")})
	c.emit(flow.Event{Kind: flow.ProcessStart, Process: c.n("stranger"), Label: c.n("stranger"), Flags: flow.Inferred})
	e := NewEngine()
	at := func() (Kind, Rect, Kind) {
		l := e.Update(c.st, DefaultConfig())
		n := l.Nodes[l.AnyCard(c.st.ProcessSlot(c.n("image")))]
		return n.Kind, n.Rect, l.Nodes[l.AnyCard(c.st.ProcessSlot(c.n("stranger")))].Kind
	}
	before, was, stranger := at()
	if before != KindComponent || stranger == KindComponent {
		t.Errorf("announced %v, deduced %v", before, stranger)
	}
	c.emit(flow.Event{Kind: flow.RestRequest, RPC: flow.ID{1}, Class: flow.ClassREST, Process: c.n("api1"), Key: c.n("image")})
	if after, is, _ := at(); after != KindComponent || is.X != was.X {
		t.Errorf("at its first request it went from %v %v to %v %v", before, was, after, is)
	}
}

// TestAlong walks a polyline by length.
func TestAlong(t *testing.T) {
	p := []float32{0, 0, 10, 0, 10, 30}
	for _, c := range []struct{ f, x, y float32 }{{0, 0, 0}, {.25, 10, 0}, {.5, 10, 10}, {1, 10, 30}} {
		if x, y := Along(p, 40, c.f); x != c.x || y != c.y {
			t.Errorf("at %v: %v, %v", c.f, x, y)
		}
	}
}
