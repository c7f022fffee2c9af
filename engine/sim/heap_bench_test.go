package sim

import (
	"testing"
	"time"
)

// bareHeap is the textbook's binary heap of the same items, and nothing else: what [Queue] is measured against.
type bareHeap []Item

func (h *bareHeap) push(it Item) {
	*h = append(*h, it)
	s := *h
	i := len(s) - 1
	for i > 0 {
		p := (i - 1) / 2
		if !s[i].before(&s[p]) {
			break
		}
		s[i], s[p] = s[p], s[i]
		i = p
	}
}

func (h *bareHeap) pop() Item {
	s := *h
	top, n := s[0], len(s)-1
	s[0] = s[n]
	s = s[:n]
	*h = s
	for i := 0; ; {
		c := 2*i + 1
		if c >= n {
			return top
		}
		if c+1 < n && s[c+1].before(&s[c]) {
			c++
		}
		if !s[c].before(&s[i]) {
			return top
		}
		s[i], s[c] = s[c], s[i]
		i = c
	}
}

// Kinds of the benchmark's events.
const (
	soon uint16 = iota + 1
	late
)

// BenchmarkKernel is the event kernel at work – take what is due, find its
// handler by kind, draw when the next one comes, schedule it – against a bare
// binary heap that only pushes and pops the same items at the same times, with
// 1,000 waiting and with 100,000. Both run in turns in slices of some
// milliseconds, of which the best counts; "of-heap" is the kernel's rate as a
// share of the heap's.
func BenchmarkKernel(b *testing.B) {
	for _, c := range []struct {
		name    string
		waiting int
	}{{"1000", 1000}, {"100000", 100_000}} {
		b.Run(c.name, func(b *testing.B) { benchmarkKernel(b, c.waiting) })
	}
}

func benchmarkKernel(b *testing.B, waiting int) {
	const slice, slices = 20_000, 100
	delays := make([]int64, slice)
	r := NewRand(1)
	for i := range delays {
		delays[i] = Exponential(1e9).Draw(&r)
	}
	var q Queue
	var h bareHeap
	for i := range waiting {
		it := Item{At: Exponential(1e9).Draw(&r), Kind: soon + uint16(i%2)}
		q.Push(it)
		it.Seq = uint64(i)
		h.push(it)
	}
	var seq, handled [3]uint64
	kernel := func() {
		for range slice {
			it, _ := q.PopUntil(1<<63 - 1)
			switch it.Kind {
			case soon:
				handled[soon]++
				it.Kind = late
			case late:
				handled[late]++
				it.Kind = soon
			}
			it.At += Exponential(1e9).Draw(&r)
			q.Push(it)
		}
	}
	heap := func() {
		for i := range slice {
			it := h.pop()
			seq[0]++
			it.Seq = seq[0]
			it.At += delays[i]
			h.push(it)
		}
	}
	least := [2]time.Duration{1 << 62, 1 << 62}
	for b.Loop() {
		for range slices {
			for i, f := range []func(){heap, kernel} {
				began := time.Now()
				f()
				least[i] = min(least[i], time.Since(began))
			}
		}
	}
	b.ReportMetric(slice/least[0].Seconds(), "heap-events/s")
	b.ReportMetric(slice/least[1].Seconds(), "events/s")
	b.ReportMetric(least[0].Seconds()/least[1].Seconds()*100, "of-heap")
}
