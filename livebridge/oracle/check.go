package oracle

import (
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"rpcscope/livebridge/rabbittest"
)

// Config says how much to check.
type Config struct {
	// Programs to run, made from the seeds Seed, Seed+1, …
	Programs int
	Seed     uint64
	// Workers that run programs at the same time; 8 when 0.
	Workers int
	// Failures after which to give up; 3 when 0.
	Failures int
	// Log is told of progress and failures.
	Log func(format string, a ...any)
	// Each gets every program that was run, with the broker's answers; not at the same time.
	Each func(seed uint64, p Program, a Answers)
}

// Result is what a check found.
type Result struct {
	Programs int
	// Differences, shrunken, by seed.
	Differences map[uint64]*Difference
	// Once are the programs that differed once and then, run again, did not:
	// races that no rule of the generator excludes. They are counted, and shown, and no failure.
	Once []uint64
	Took time.Duration
}

// Check runs programs on both sides.
func Check(rabbit *rabbittest.Node, c Config) (*Result, error) {
	if c.Workers == 0 {
		c.Workers = 8
	}
	if c.Failures == 0 {
		c.Failures = 3
	}
	k := &checker{Config: c, result: &Result{Differences: map[uint64]*Difference{}}}
	began := time.Now()
	var all sync.WaitGroup
	for i := range c.Workers {
		all.Add(1)
		go func() {
			defer all.Done()
			if err := k.work(rabbit, fmt.Sprintf("w%d", i)); err != nil {
				k.mu.Lock()
				k.err = err
				k.mu.Unlock()
				k.stop.Store(true)
			}
		}()
	}
	all.Wait()
	k.result.Took = time.Since(began)
	return k.result, k.err
}

type checker struct {
	Config
	next atomic.Int64
	stop atomic.Bool
	// quiet is held by a worker that looks into a difference, so that the others rest: what differs in a hurry only is no difference.
	quiet sync.RWMutex

	mu     sync.Mutex
	result *Result
	err    error
}

func (k *checker) work(rabbit *rabbittest.Node, name string) error {
	w, err := NewWorker(rabbit, name)
	if err != nil {
		return err
	}
	defer w.Remove()
	for !k.stop.Load() {
		i := k.next.Add(1) - 1
		if i >= int64(k.Programs) {
			return nil
		}
		seed := k.Seed + uint64(i)
		p := Generate(seed)
		k.quiet.RLock()
		d, answers, err := w.Run(p)
		k.quiet.RUnlock()
		if err != nil {
			return fmt.Errorf("seed %d: %w\n%s", seed, err, p)
		}
		if d != nil {
			if err := k.failed(w, seed, d); err != nil {
				return err
			}
		}
		k.mu.Lock()
		k.result.Programs++
		if k.Each != nil && d == nil {
			k.Each(seed, p, answers)
		}
		k.mu.Unlock()
	}
	return nil
}

// failed makes sure that a difference is one, and shrinks it.
func (k *checker) failed(w *Worker, seed uint64, d *Difference) error {
	k.quiet.Lock()
	defer k.quiet.Unlock()
	if k.stop.Load() {
		return nil
	}
	first := d
	var broken error
	again := func(p Program) bool {
		if broken != nil || !Sound(p) {
			return false
		}
		for range 2 { // what is left to chance must not lead the search
			got, _, err := w.Run(p)
			if err != nil {
				broken = err
				return false
			}
			if got == nil {
				return false
			}
			d = got
		}
		return true
	}
	same := true
	for range 3 {
		same = same && again(d.Program)
	}
	if !same {
		k.mu.Lock()
		k.result.Once = append(k.result.Once, seed)
		k.mu.Unlock()
		k.Log("seed %d differed once, then not:\n%s", seed, first)
		return broken
	}
	w.patience = patience / 10
	small := Shrink(d.Program[:min(d.At+1, len(d.Program))], again)
	w.patience = patience
	if broken == nil {
		if got, _, err := w.Run(small); err == nil && got != nil {
			d = got
		}
	}
	k.mu.Lock()
	k.result.Differences[seed] = d
	enough := len(k.result.Differences) >= k.Failures
	k.mu.Unlock()
	k.Log("seed %d: the model and the broker differ:\n%s", seed, d)
	if enough {
		k.stop.Store(true)
	}
	return broken
}
