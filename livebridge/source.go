package livebridge

import (
	"context"
	"encoding/json"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"time"
)

// liveSource runs the taps and the looks at the management API, and gathers what they bring.
type liveSource struct {
	set     *settings
	feed    *feed
	monitor *monitor
	// changed asks for a fresh topology of a virtual host.
	changed chan string
}

func newLiveSource(set *settings) *liveSource {
	return &liveSource{
		set: set, feed: new(feed), monitor: newMonitor(set),
		// One place for every request that can be open at once.
		changed: make(chan string, 2*len(set.VHosts)),
	}
}

// run taps until ctx ends; all its goroutines have ended when it returns.
func (s *liveSource) run(ctx context.Context) {
	var wg sync.WaitGroup
	defer wg.Wait()
	if s.set.mgmt != nil {
		wg.Go(func() { s.look(ctx) })
	}
	// The event tap goes first: it then sees the other taps' connections made,
	// and so learns which ones to leave out.
	settled := make(chan struct{})
	wg.Go(func() { s.eventTap(sync.OnceFunc(func() { close(settled) })).run(ctx) })
	select {
	case <-settled:
	case <-ctx.Done():
		return
	}
	for _, v := range s.set.VHosts {
		wg.Go(func() { s.traceTap(v).run(ctx) })
	}
}

func (s *liveSource) eventTap(settled func()) *tap {
	own := newOwnObjects(s.set)
	out := func(r record) {
		vhost := text(r.header["vhost"]) // connection.closed and channel.closed have none
		if !own.hides(&r) && (vhost == "" || s.monitor.watches(vhost)) {
			s.feed.push(r)
		}
	}
	return &tap{set: s.set, source: fromEvents, vhost: eventVHost, keys: eventKeys, out: out, report: func(r tapReport) {
		defer settled()
		s.monitor.eventsTapped(r)
		if r.up {
			s.set.Log.Info("event exchange is read")
			// What happened while it was not is in the topology.
			for _, v := range s.monitor.connected() {
				s.ask(v)
			}
			return
		}
		s.set.Log.Info("event exchange is not read: what exists is known from the management API and from traffic", "why", r.fault.why, "state", string(r.fault.state))
	}}
}

func (s *liveSource) traceTap(vhost string) *tap {
	log := s.set.Log.With("vhost", vhost, "broker", s.set.broker())
	out := func(r record) {
		// Deliveries from the event exchange are traced when "/" is.
		queue, delivery := strings.CutPrefix(r.key, "deliver.")
		if !delivery || !s.set.ownQueue(queue) {
			s.monitor.received(vhost, !delivery, time.Unix(0, r.t))
			s.feed.push(r)
		}
	}
	return &tap{set: s.set, source: fromFirehose, vhost: vhost, keys: []string{"publish.#", "deliver.#"}, out: out, report: func(r tapReport) {
		s.monitor.tapped(vhost, r, time.Now())
		if r.up {
			log.Info("tap connected")
			s.ask(vhost)
			return
		}
		log.Warn("tap down", "state", string(r.fault.state), "why", r.fault.why, "retry", r.retry.Round(time.Millisecond), "lasted", r.lasted.Round(time.Second))
	}}
}

// ask requests a look at a virtual host's topology; one that is already requested is enough.
func (s *liveSource) ask(vhost string) {
	select {
	case s.changed <- vhost:
	default:
	}
}

// lookEvery is the time between questions about tracing where no traffic answers them.
const lookEvery = 2 * time.Second

// look asks the management API: the topology after every connect and from time
// to time, the tracing flag where it is in doubt.
func (s *liveSource) look(ctx context.Context) {
	m := newManagement(s.set)
	defer m.close()
	tick := time.NewTicker(lookEvery)
	defer tick.Stop()
	whole := time.NewTicker(s.set.TopologyEvery)
	defer whole.Stop()
	var owed owedTopologies
	for {
		select {
		case <-ctx.Done():
			return
		case v := <-s.changed:
			s.lookAt(ctx, m, v)
			owed.settle(v, s.firstTopology(ctx, m, v))
		case <-whole.C:
			for _, v := range s.monitor.connected() {
				owed.settle(v, s.topology(ctx, m, v, false))
			}
		case <-tick.C:
			for _, v := range owed.due() {
				owed.settle(v, s.topology(ctx, m, v, false))
			}
			for _, v := range s.monitor.wants(time.Now()) {
				s.lookAt(ctx, m, v)
			}
		}
	}
}

func (s *liveSource) lookAt(ctx context.Context, m *management, vhost string) {
	f, err := m.vhost(ctx, vhost)
	if ctx.Err() == nil {
		s.monitor.looked(vhost, f, err, time.Now())
	}
}

// freezeLimit bounds how long the stream may wait for the topology with which it begins.
const freezeLimit = 5 * time.Second

// firstTopology fetches what exists when a tap has connected, and lets the
// stream wait for it: only then it is certain what is gone since the last time.
func (s *liveSource) firstTopology(ctx context.Context, m *management, vhost string) bool {
	ctx, cancel := context.WithTimeout(ctx, freezeLimit)
	defer cancel()
	s.feed.freeze(time.Now().UnixNano())
	defer s.feed.thaw()
	return s.topology(ctx, m, vhost, true)
}

// owedTopologies are the virtual hosts whose topology could not be fetched: a
// broker that comes up takes connections before its management API answers.
// They are asked for again after 1, 2, 4 … ticks; what TopologyEvery brings settles them too.
type owedTopologies map[string]*owedTopology

type owedTopology struct{ wait, left int }

// settle notes whether the topology of a virtual host was fetched.
func (o *owedTopologies) settle(vhost string, fetched bool) {
	switch {
	case fetched:
		delete(*o, vhost)
	case (*o)[vhost] == nil:
		if *o == nil {
			*o = owedTopologies{}
		}
		(*o)[vhost] = &owedTopology{wait: 1, left: 1}
	default:
		t := (*o)[vhost]
		t.wait *= 2
		t.left = t.wait
	}
}

// due counts a tick and names those whose turn it is, in order.
func (o owedTopologies) due() []string {
	var now []string
	for vhost, t := range o {
		if t.left--; t.left == 0 {
			now = append(now, vhost)
		}
	}
	slices.Sort(now)
	return now
}

// topology fetches what exists in a virtual host and hands it to the stream; false when that failed.
func (s *liveSource) topology(ctx context.Context, m *management, vhost string, frozen bool) bool {
	// It counts from before the first question: what events tell while the
	// lists come in is newer than they are.
	asked := time.Now()
	doc, all, err := m.topology(ctx, vhost)
	if err != nil {
		if ctx.Err() == nil {
			s.set.Log.Log(ctx, slog.LevelInfo, "no topology", "vhost", vhost, "why", err)
		}
		return false
	}
	// Events that overtook the lists by more than the hold are handled already;
	// what they made and the lists lack must not be taken for gone.
	prompt := frozen || time.Since(asked) < s.set.Hold || !s.monitor.readsEvents()
	s.feed.push(record{t: asked.UnixNano(), source: fromTopology, vhost: vhost, key: "live", body: doc, complete: all && prompt})
	s.monitor.longName(vhost, longestQueue(doc))
	return true
}

// traceName is the longest queue name that fits into a trace key: an AMQP
// short string has 255 bytes, "deliver." takes 8.
const traceName = 247

// longestQueue names a queue that is too long to be traced, "" when there is none.
func longestQueue(topology []byte) string {
	var doc struct {
		Queues []struct {
			Name string `json:"name"`
		} `json:"queues"`
	}
	// The document is our own: it can be read, or there is nothing to find in it.
	_ = json.Unmarshal(topology, &doc)
	for _, q := range doc.Queues {
		if len(q.Name) > traceName {
			return q.Name
		}
	}
	return ""
}
