package stats

import "math/bits"

// histogram counts durations in bins whose width is an eighth of their power of
// two, so that a quantile is right within about 6 %, in constant space.
type histogram struct {
	bins [8 * 61]uint32
	n    int64
}

// add counts a duration in nanoseconds, zero or more.
func (h *histogram) add(ns int64) {
	h.bins[bin(ns)]++
	h.n++
}

func bin(ns int64) int {
	v := uint64(max(0, ns))
	if v < 8 {
		return int(v)
	}
	exp := bits.Len64(v) - 4 // v>>exp is 8…15
	return (exp+1)*8 + int(v>>exp) - 8
}

// middle returns the middle of a bin in nanoseconds.
func middle(b int) int64 {
	if b < 8 {
		return int64(b)
	}
	exp := b/8 - 1
	low := int64(8+b%8) << exp
	return low + int64(1)<<exp/2
}

// quantile returns the duration that percent of the counted ones do not exceed; 0 without any.
func (h *histogram) quantile(percent int64) int64 {
	if h.n == 0 {
		return 0
	}
	want := (h.n*percent + 99) / 100
	for b, n := range h.bins {
		if want -= int64(n); want <= 0 {
			return middle(b)
		}
	}
	return 0
}
