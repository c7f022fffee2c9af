package livebridge

import (
	"context"
	"fmt"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// sum checks a viewer's promise and returns how much was dropped for it.
func (v *viewer) sum(t interface{ Fatalf(string, ...any) }) uint64 {
	var dropped uint64
	for _, n := range v.dropped {
		dropped += n
	}
	if v.captured != v.delivered+dropped {
		t.Fatalf("captured %d, delivered %d, dropped %v", v.captured, v.delivered, v.dropped)
	}
	return dropped
}

func (v *viewer) pop() (frame, bool) {
	if len(v.queue) == 0 {
		return frame{}, false
	}
	f, _ := v.next(context.Background())
	return f, true
}

func bytesOf(s string) func() []byte { return func() []byte { return []byte(s) } }

func TestAViewerGetsHelloAndSnapshotBeforeAnythingElse(t *testing.T) {
	h := newHub(1000)
	h.send(frame{bytes: []byte("before"), records: 3})
	v := h.join(time.Time{})
	h.send(frame{bytes: []byte("in the snapshot"), records: 5})
	if !h.catchUp(bytesOf("hello"), bytesOf("snapshot")) {
		t.Fatal("nobody was brought up")
	}
	h.send(frame{bytes: []byte("batch"), records: 7})
	for _, want := range []string{"hello", "snapshot", "batch"} {
		f, _ := v.pop()
		if string(f.bytes) != want {
			t.Fatalf("got %q, want %q", f.bytes, want)
		}
	}
	if v.captured != 7 || v.sum(t) != 0 || h.captured != 15 {
		t.Errorf("viewer captured %d, hub %d", v.captured, h.captured)
	}
}

func TestASlowViewerLosesItsQueueAndGetsASnapshotWhenItIsEmpty(t *testing.T) {
	h := newHub(10)
	slow, quick := h.join(time.Time{}), h.join(time.Time{})
	h.catchUp(bytesOf("h"), bytesOf("s"))
	drain := func(v *viewer) (got []string) {
		for f, ok := v.pop(); ok; f, ok = v.pop() {
			got = append(got, string(f.bytes))
		}
		return got
	}
	drain(slow)
	var seen []string
	for i := range 4 {
		h.send(frame{bytes: fmt.Appendf(nil, "batch%d", i), records: 1})
		if i == 2 {
			h.catchUp(bytesOf("h"), bytesOf("snapshot")) // too early or not: only for an empty queue
		}
		seen = append(seen, drain(quick)...)
	}
	if want := "[h s batch0 batch1 batch2 batch3]"; fmt.Sprint(seen) != want {
		t.Errorf("the quick viewer got %v, want %s", seen, want)
	}
	if slow.sum(t) == 0 {
		t.Error("the slow viewer lost nothing")
	}
	h.catchUp(bytesOf("h"), bytesOf("snapshot"))
	if got := drain(slow); got[0] != "snapshot" {
		t.Errorf("after its loss the slow viewer got %q", got)
	}
}

func TestWhateverHappensCapturedIsDeliveredPlusDropped(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		h := newHub(200)
		received := make(map[*viewer]uint64)
		var viewers []*viewer
		for range rapid.IntRange(1, 200).Draw(t, "turns") {
			switch rapid.IntRange(0, 9).Draw(t, "what") {
			case 0:
				viewers = append(viewers, h.join(time.Time{}))
			case 1:
				h.drop(DropBacklog, rapid.Uint64Range(0, 5).Draw(t, "lost"))
			case 2, 3:
				h.catchUp(bytesOf("hello"), bytesOf("snapshot"))
			case 4, 5, 6:
				h.send(frame{bytes: make([]byte, rapid.IntRange(0, 90).Draw(t, "size")), records: rapid.Uint64Range(0, 9).Draw(t, "records")})
			default:
				for _, v := range viewers {
					if f, ok := v.pop(); ok {
						received[v] += f.records
					}
				}
			}
			for _, v := range viewers {
				v.sum(t)
			}
		}
		for _, v := range viewers {
			for f, ok := v.pop(); ok; f, ok = v.pop() {
				received[v] += f.records
			}
			if v.delivered < received[v] {
				t.Fatalf("received %d, told delivered %d", received[v], v.delivered)
			}
		}
	})
}
