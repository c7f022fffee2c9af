package livebridge

import (
	"container/heap"
	"sync"

	amqp "github.com/rabbitmq/amqp091-go"
)

// Limits of the backlog between the taps and the normalizer: some seconds of
// what a broker can trace at its utmost.
const (
	backlogRecords = 50_000
	backlogBytes   = 64 << 20
)

// record is one thing the broker told, as it was received.
type record struct {
	t      int64 // reception, nanoseconds since 1970
	seq    uint64
	source source
	vhost  string // the tap's; events say their own
	key    string
	header amqp.Table
	body   []byte
	// complete: a topology that holds everything there is.
	complete bool
}

func (r *record) size() int { return len(r.body) + 512 }

type source uint8

const (
	fromFirehose source = iota
	fromEvents
	fromTopology
)

// feed puts records of several sources in order of reception. The sources and
// the one reader may use it at the same time.
type feed struct {
	mu      sync.Mutex
	heap    recordHeap
	bytes   int
	seq     uint64
	dropped uint64 // since the last take
	frozen  int64  // nothing newer is handed out; 0 when not frozen
}

// freeze holds back what is newer than t until thaw is called: a topology of
// that moment is being fetched and belongs before it.
func (f *feed) freeze(t int64) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.frozen = t
}

func (f *feed) thaw() { f.freeze(0) }

// push adds a record, or counts it as dropped when the backlog is full. The
// newest go: what is already there has its causes with it.
func (f *feed) push(r record) {
	f.mu.Lock()
	defer f.mu.Unlock()
	// Topology is what repairs the picture after drops; it is rare and always taken.
	if r.source != fromTopology && (len(f.heap) >= backlogRecords || f.bytes+r.size() > backlogBytes) {
		f.dropped++
		return
	}
	f.seq++
	r.seq = f.seq
	f.bytes += r.size()
	heap.Push(&f.heap, r)
}

// take appends to buf what was received at or before t, in order, and returns
// it with the number of records dropped since the last call.
func (f *feed) take(buf []record, t int64) (due []record, dropped uint64) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.frozen != 0 {
		t = min(t, f.frozen)
	}
	for len(f.heap) > 0 && f.heap[0].t <= t {
		r := heap.Pop(&f.heap).(record)
		f.bytes -= r.size()
		buf = append(buf, r)
	}
	dropped, f.dropped = f.dropped, 0
	return buf, dropped
}

type recordHeap []record

func (h recordHeap) Len() int      { return len(h) }
func (h recordHeap) Swap(i, j int) { h[i], h[j] = h[j], h[i] }
func (h recordHeap) Less(i, j int) bool {
	if h[i].t != h[j].t {
		return h[i].t < h[j].t
	}
	return h[i].seq < h[j].seq
}
func (h *recordHeap) Push(x any) { *h = append(*h, x.(record)) }
func (h *recordHeap) Pop() any {
	old := *h
	r := old[len(old)-1]
	old[len(old)-1] = record{}
	*h = old[:len(old)-1]
	return r
}
