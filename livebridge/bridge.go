package livebridge

import (
	"context"
	"encoding/json"
	"log/slog"
	"sync"
	"time"

	"rpcscope/engine/flow"
	"rpcscope/engine/view"
)

// Bridge watches one broker for any number of viewers.
type Bridge struct {
	set      *settings
	hub      *hub
	maxNames int
}

// New returns a bridge that does nothing until [Bridge.Run]. The error wraps [ErrConfig].
func New(c Config) (*Bridge, error) {
	set, err := c.check()
	if err != nil {
		return nil, err
	}
	return &Bridge{set: set, hub: newHub(set.ViewerBytes), maxNames: maxNames}, nil
}

// Run watches until ctx ends, reconnecting as often as it takes, and returns
// nil then. Everything it started has ended when it returns. A Bridge runs once.
func (b *Bridge) Run(ctx context.Context) error {
	s := newLiveSource(b.set)
	var wg sync.WaitGroup
	wg.Go(func() { s.run(ctx) })
	b.pump(ctx, s)
	wg.Wait()
	b.hub.close(goodbye)
	return nil
}

// goodbye is how long viewers may take to be told that the bridge ends.
const goodbye = time.Second

// maxNames bounds the dictionary of one stream, which holds every name that
// ever occurred in it; messages with ids in their properties bring a new one
// each. Beyond, the bridge begins a new stream, to which viewers come again,
// and a recording goes on without new names.
const maxNames = 1 << 20

// statusEvery is the longest time between two statuses.
const statusEvery = 900 * time.Millisecond

// pump makes frames of records until ctx ends.
func (b *Bridge) pump(ctx context.Context, s *liveSource) {
	out := newBroadcast(b, s, time.Now())
	tick := time.NewTicker(b.set.BatchEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			now := time.Now()
			out.turn(now)
			if out.names.Len() > b.maxNames {
				b.set.Log.Info("the stream's dictionary is full: a new stream begins", "names", out.names.Len())
				b.hub.end()
				out = newBroadcast(b, s, now)
				for _, v := range s.monitor.connected() {
					s.ask(v)
				}
			}
		}
	}
}

// broadcast is the state of one run: the encoder that serves all viewers, and
// the fold that says what a viewer who joins must know.
type broadcast struct {
	hub      *hub
	source   *liveSource
	names    *flow.Names
	pipeline *pipeline
	encoder  *flow.Encoder
	view     *view.State
	lag      int64
	told     time.Time
	last     Status // as last told
	complainer
}

// complainer logs why records cannot be read, once a minute at most.
type complainer struct {
	log  *slog.Logger
	said time.Time
}

func (c *complainer) complain(err error, now time.Time) {
	if err != nil && now.Sub(c.said) > time.Minute {
		c.said = now
		c.log.Warn("records that cannot be read are dropped", "why", err)
	}
}

func newBroadcast(b *Bridge, s *liveSource, now time.Time) *broadcast {
	names := new(flow.Names)
	o := &broadcast{hub: b.hub, source: s, names: names, complainer: complainer{log: b.set.Log}}
	epoch := now.UnixNano()
	o.encoder = flow.NewEncoder(names, b.set.header("live", epoch))
	o.view = view.New(names, view.DefaultLimits())
	o.pipeline = newPipeline(s, flow.SinkFunc(func(e *flow.Event, m *flow.Message) {
		o.encoder.Emit(e, m)
		o.view.Fold(e.At, e.At, e, m)
	}), names, epoch)
	return o
}

// header is what a stream from this broker says of itself.
func (s *settings) header(source string, epoch int64) flow.Header {
	return flow.Header{Epoch: epoch, Source: source, Title: s.broker(), Build: s.Build}
}

// turn sends one batch, brings up those who need it, and says how things stand when it is time.
func (o *broadcast) turn(now time.Time) {
	done := o.pipeline.turn(now, false)
	for reason, n := range done.dropped {
		o.hub.drop(reason, n)
	}
	o.complain(done.unreadable, now)
	if done.newest != 0 {
		o.lag = (now.UnixNano() - done.newest) / 1e6
	}
	blocks := o.encoder.Flush()
	if len(blocks) > 0 || done.normalized > 0 {
		// The encoder reuses its bytes, and the frames wait in the viewers' queues.
		o.hub.send(frame{bytes: append([]byte(nil), blocks...), records: done.normalized})
	}
	fresh := o.hub.catchUp(o.encoder.Hello, o.snapshot)
	o.tell(now, fresh)
}

// snapshot is what a viewer needs to understand the next batch.
func (o *broadcast) snapshot() []byte {
	b := flow.AppendSnapshot(nil, o.names, o.encoder.Events(), o.view.AppendEvents)
	return append(b, o.encoder.Join()...)
}

// tell sends a status if one is due: for somebody new, at a change, and otherwise about once a second.
func (o *broadcast) tell(now time.Time, fresh bool) {
	s := o.source.monitor.status(now)
	if !fresh && !changed(&s, &o.last) && now.Sub(o.told) < statusEvery {
		return
	}
	s.LagMs = o.lag
	o.told, o.last = now, s
	o.hub.tell(s, func(s *Status) []byte {
		doc, err := json.Marshal(s)
		if err != nil {
			panic(err) // a Status holds nothing that has no JSON
		}
		return flow.AppendStatus(nil, doc)
	})
}

// changed reports whether b says something else than a, apart from time passing.
func changed(a, b *Status) bool {
	if a.State != b.State || a.Tracing != b.Tracing || a.Management != b.Management || a.Events != b.Events || len(a.ByVHost) != len(b.ByVHost) {
		return true
	}
	for i := range a.ByVHost {
		if a.ByVHost[i].State != b.ByVHost[i].State {
			return true
		}
	}
	return false
}
