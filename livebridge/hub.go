package livebridge

import (
	"context"
	"maps"
	"sync"
	"time"
)

// maxViewers bounds how many may watch at once: each may hold ViewerBytes.
const maxViewers = 200

// frame is one websocket message to viewers, made once for all of them.
type frame struct {
	bytes   []byte
	records uint64 // broker records behind it
	hello   bool   // it opens the stream
}

// hub hands frames to viewers. Its methods may be called from several
// goroutines; they never wait for a viewer.
type hub struct {
	limit int // bytes that may wait for one viewer

	mu      sync.Mutex
	viewers map[*viewer]struct{}
	// captured and dropped are the bridge's totals, in broker records.
	captured uint64
	dropped  map[string]uint64
	closed   bool
	// left gets a token when a viewer leaves.
	left chan struct{}
}

func newHub(limit int) *hub {
	return &hub{limit: limit, viewers: make(map[*viewer]struct{}), dropped: make(map[string]uint64), left: make(chan struct{}, 1)}
}

// viewer is one reader of the stream. Its frames wait in a queue of bounded
// size; when it is full the whole queue is discarded, and once it is empty the
// viewer gets a fresh snapshot: a gap is never bridged silently.
type viewer struct {
	hub   *hub
	since time.Time
	wake  chan struct{} // holds a token while there is something to send, or the end

	// Under hub.mu:
	queue     []frame
	bytes     int
	joined    bool // it had its first snapshot; what came before is no business of its counts
	greeted   bool // the stream's opening was queued and not discarded
	behind    bool // frames were discarded: a snapshot is due
	ended     bool
	captured  uint64
	delivered uint64
	dropped   map[string]uint64
}

// join adds a viewer, whose first frame will be a snapshot; nil when there are too many.
func (h *hub) join(now time.Time) *viewer {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.closed || len(h.viewers) >= maxViewers {
		return nil
	}
	v := &viewer{hub: h, since: now, wake: make(chan struct{}, 1), behind: true, dropped: make(map[string]uint64)}
	h.viewers[v] = struct{}{}
	return v
}

// leave removes a viewer.
func (h *hub) leave(v *viewer) {
	h.mu.Lock()
	defer h.mu.Unlock()
	delete(h.viewers, v)
	v.queue, v.bytes = nil, 0
	select {
	case h.left <- struct{}{}:
	default:
	}
}

// end lets all viewers go, after what is already queued for them. They may come again.
func (h *hub) end() {
	h.mu.Lock()
	defer h.mu.Unlock()
	for v := range h.viewers {
		v.ended = true
		v.signal()
	}
}

// close ends all viewers for good and waits for them to leave, but not longer than patience.
func (h *hub) close(patience time.Duration) {
	h.mu.Lock()
	h.closed = true
	h.mu.Unlock()
	h.end()
	limit := time.NewTimer(patience)
	defer limit.Stop()
	for h.count() > 0 {
		select {
		case <-h.left:
		case <-limit.C:
			return
		}
	}
}

// count is the number of viewers.
func (h *hub) count() int {
	h.mu.Lock()
	defer h.mu.Unlock()
	return len(h.viewers)
}

// drop counts records that never become part of a frame, for all viewers.
func (h *hub) drop(reason string, n uint64) {
	if n == 0 {
		return
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	h.captured += n
	h.dropped[reason] += n
	for v := range h.viewers {
		if v.joined && !v.ended {
			v.captured += n
			v.dropped[reason] += n
		}
	}
}

// send queues f for every viewer. A viewer that has just joined or is behind
// does not get it: it is brought up by [hub.catchUp], called next, whose
// snapshot contains what f says.
func (h *hub) send(f frame) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.captured += f.records
	for v := range h.viewers {
		if v.joined && !v.ended {
			v.captured += f.records
			v.put(f)
		}
	}
}

// catchUp gives a snapshot, which snapshot makes when it is needed, to viewers
// that are behind and have nothing left to read; new ones get hello before it.
// It reports whether there were any.
func (h *hub) catchUp(hello, snapshot func() []byte) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	var made []byte
	for v := range h.viewers {
		if !v.behind || v.ended || len(v.queue) > 0 {
			continue
		}
		if made == nil {
			made = snapshot()
		}
		if !v.greeted {
			v.append(frame{bytes: hello(), hello: true})
		}
		v.joined, v.greeted, v.behind = true, true, false
		v.append(frame{bytes: made})
	}
	return made != nil
}

// tell queues a status for every viewer, with its own counts. status describes the moment for all.
func (h *hub) tell(status Status, encode func(*Status) []byte) {
	h.mu.Lock()
	defer h.mu.Unlock()
	status.Bridge = h.totals()
	for v := range h.viewers {
		if v.behind || v.ended {
			continue
		}
		s := status
		s.Captured, s.Delivered, s.Dropped, s.Since = v.captured, v.delivered, maps.Clone(v.dropped), v.since
		v.append(frame{bytes: encode(&s)})
	}
}

func (h *hub) totals() Totals {
	t := Totals{Captured: h.captured, Normalized: h.captured, Dropped: maps.Clone(h.dropped), Viewers: len(h.viewers)}
	for _, n := range h.dropped {
		t.Normalized -= n
	}
	return t
}

// put queues f, or counts it as dropped. One frame may always wait, whatever
// its size: a limit below a frame would starve the viewer.
func (v *viewer) put(f frame) {
	if !v.behind && v.bytes > 0 && v.bytes+len(f.bytes) > v.hub.limit {
		v.discard()
	}
	if v.behind {
		v.dropped[DropSlowViewer] += f.records
		return
	}
	v.delivered += f.records
	v.append(f)
}

func (v *viewer) append(f frame) {
	if len(f.bytes) == 0 {
		return // records that said nothing new
	}
	v.queue = append(v.queue, f)
	v.bytes += len(f.bytes)
	v.signal()
}

// discard empties the queue: what was counted as delivered with it was not.
func (v *viewer) discard() {
	for _, f := range v.queue {
		v.delivered -= f.records
		v.dropped[DropSlowViewer] += f.records
		v.greeted = v.greeted && !f.hello
	}
	v.queue, v.bytes, v.behind = v.queue[:0], 0, true
	clear(v.queue[:cap(v.queue)])
}

func (v *viewer) signal() {
	select {
	case v.wake <- struct{}{}:
	default:
	}
}

// next waits for the next frame; ok is false at the end of the stream or of ctx.
func (v *viewer) next(ctx context.Context) (f frame, ok bool) {
	for {
		v.hub.mu.Lock()
		if len(v.queue) > 0 {
			f = v.queue[0]
			v.queue[0] = frame{}
			v.queue = v.queue[1:]
			v.bytes -= len(f.bytes)
			v.hub.mu.Unlock()
			return f, true
		}
		ended := v.ended
		v.hub.mu.Unlock()
		if ended {
			return frame{}, false
		}
		select {
		case <-v.wake:
		case <-ctx.Done():
			return frame{}, false
		}
	}
}
