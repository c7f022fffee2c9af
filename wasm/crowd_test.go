package main

import (
	"runtime"
	"strconv"
	"testing"

	"rpcscope/engine/view"
)

// inFlight counts the messages that were published and not yet acknowledged at the playhead, and those of them that travel.
func inFlight(c *crowd) (all, travelling int) {
	st, d := c.p.State(), c.p.D()
	for i := view.Slot(1); i < st.Messages.Cap(); i++ {
		if st.Messages.Live(i) && st.Messages.At(i).Hop.Covers(d) {
			all++
			travelling++
		}
	}
	for i := view.Slot(1); i < st.Copies.Cap(); i++ {
		if !st.Copies.Live(i) {
			continue
		}
		k := st.Copies.At(i)
		if k.Hop.Covers(d) {
			travelling++
		}
		if k.Hop.Covers(d) || k.Place == view.Ready || k.Place == view.Unacked {
			all++
		}
	}
	return all, travelling
}

// What the bench says it measures must be there, frame after frame.
func TestACrowdHasSoManyMessagesUnderWay(t *testing.T) {
	for _, n := range []int{0, 100, 1000, 10_000} {
		c := newStage("crowd=" + strconv.Itoa(n)).(*crowd)
		c.room(1000, 600, 56)
		for range 300 {
			c.frame(16e6)
		}
		lo, hi, least := 1<<30, 0, 1<<30
		for range 60 {
			c.frame(16e6)
			all, travelling := inFlight(c)
			lo, hi, least = min(lo, all), max(hi, all), min(least, travelling)
		}
		t.Logf("%d: %d to %d, at least %d travelling; beads %d tokens %d, counters %+v", n, lo, hi, least, len(c.frame(16e6).Beads), len(c.frame(16e6).Tokens), c.p.State().Counters)
		if lo < n*9/10 || hi > n*11/10 {
			t.Errorf("%d to %d messages in flight, want %d", lo, hi, n)
		}
		counters := c.p.State().Counters
		if counters.Skipped != 0 || n > 0 && counters.AnsweredOK == 0 || counters.Unrouted != 0 {
			t.Errorf("counters %+v", counters)
		}
	}
}

// From the bytes of the stream to the scene a frame allocates nothing, save the few in which the log grows by a segment or a state.
func TestAFrameOfLiveTrafficDoesNotAllocate(t *testing.T) {
	for _, n := range []int{100, 1000} {
		c := newStage("crowd=" + strconv.Itoa(n)).(*crowd)
		c.room(1000, 600, 56)
		for range 600 {
			c.frame(16e6)
		}
		const frames = 300
		var before, after runtime.MemStats
		some, all := 0, uint64(0)
		for range frames {
			runtime.ReadMemStats(&before)
			c.frame(16e6)
			runtime.ReadMemStats(&after)
			if k := after.Mallocs - before.Mallocs; k > 0 {
				some++
				all += k
			}
		}
		t.Logf("%d messages in flight: %d allocations in %d of %d frames", n, all, some, frames)
		if some > frames/10 || all > frames {
			t.Errorf("%d messages in flight: %d allocations in %d of %d frames", n, all, some, frames)
		}
	}
}
