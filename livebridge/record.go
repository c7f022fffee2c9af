package livebridge

import (
	"context"
	"io"
	"maps"
	"sync"
	"time"

	"rpcscope/engine/flow"
)

// Summary tells what a recording holds.
type Summary struct {
	// Events is how many flow events were written, Totals the broker records behind them.
	Events uint64
	Totals Totals
	// Last is how the source stood when the recording ended.
	Last Status
	// Silent are the virtual hosts from which nothing came, for a reason that can be mended.
	Silent []VHostStatus
}

// Record writes what the broker carries to w as a flow file until ctx ends,
// and finishes the file then. progress, unless nil, is called about once a
// second and at changes with how things stand. An error of w ends it.
func Record(ctx context.Context, c Config, w io.Writer, progress func(Status)) (Summary, error) {
	set, err := c.check()
	if err != nil {
		return Summary{}, err
	}
	ctx, cancel := context.WithCancel(ctx)
	source := newLiveSource(set)
	var wg sync.WaitGroup
	wg.Go(func() { source.run(ctx) })
	r := newRecorder(source, w, time.Now(), progress)
	err = r.run(ctx, set.BatchEvery)
	cancel()
	wg.Wait()
	return r.finish(err)
}

type recorder struct {
	source   *liveSource
	pipeline *pipeline
	out      *flow.Writer
	progress func(Status)
	totals   Totals
	told     time.Time
	since    time.Time
	last     Status
	complainer
}

func newRecorder(s *liveSource, w io.Writer, now time.Time, progress func(Status)) *recorder {
	names := new(flow.Names)
	names.Bound(maxNames)
	epoch := now.UnixNano()
	out := flow.NewWriter(w, names, s.set.header("record", epoch))
	return &recorder{
		source: s, out: out, pipeline: newPipeline(s, out, names, epoch), progress: progress,
		totals: Totals{Dropped: make(map[string]uint64)}, complainer: complainer{log: s.set.Log}, since: now,
	}
}

func (r *recorder) run(ctx context.Context, every time.Duration) error {
	tick := time.NewTicker(every)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
			now := time.Now()
			r.turn(now, false)
			if now.Sub(r.told) < statusEvery && !changed(r.status(now), &r.last) {
				continue
			}
			r.told, r.last = now, *r.status(now)
			if r.progress != nil {
				r.progress(r.last)
			}
			// What was recorded so far is kept if the program is killed.
			if err := r.out.Flush(); err != nil {
				return err
			}
		}
	}
}

func (r *recorder) turn(now time.Time, flush bool) {
	done := r.pipeline.turn(now, flush)
	r.complain(done.unreadable, now)
	r.totals.Captured += done.normalized
	r.totals.Normalized += done.normalized
	for reason, n := range done.dropped {
		r.totals.Captured += n
		r.totals.Dropped[reason] += n
	}
}

func (r *recorder) status(now time.Time) *Status {
	s := r.source.monitor.status(now)
	s.Bridge = r.totals
	s.Bridge.Dropped = maps.Clone(r.totals.Dropped)
	s.Captured, s.Delivered, s.Dropped = s.Bridge.Captured, s.Bridge.Normalized, s.Bridge.Dropped
	s.Since = r.since
	return &s
}

// finish writes what is still held back, and the end of the file.
func (r *recorder) finish(err error) (Summary, error) {
	r.source.monitor.end()
	if err == nil {
		r.turn(time.Now(), true)
		err = r.out.Close()
	}
	now := time.Now()
	last := r.status(now)
	return Summary{Events: r.out.Events(), Totals: last.Bridge, Last: *last, Silent: r.source.monitor.silent(now)}, err
}
