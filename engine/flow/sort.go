package flow

// stableBlock is how many items insertion sorts at a time before blocks are merged.
const stableBlock = 20

// SortStable sorts s by order, which is negative when a goes before b; what is equal keeps its place. It gives what
// slices.SortStableFunc gives, by the same comparisons (in-place merging by rotations, after Kim and Kutzner's SymMerge), and allocates
// nothing. Unlike there, only two small closures are compiled for each type sorted and not all the algorithm, which the
// browser would download a dozen times. It takes O(n log n) comparisons and O(n log² n) swaps: for lists of thousands at most.
func SortStable[T any](s []T, order func(a, b T) int) {
	sortStable(len(s), func(i, j int) bool { return order(s[i], s[j]) < 0 }, func(i, j int) { s[i], s[j] = s[j], s[i] })
}

// sorting is a list known only by how two of its places compare and change.
type sorting struct {
	less func(i, j int) bool
	swap func(i, j int)
}

func sortStable(n int, less func(i, j int) bool, swap func(i, j int)) {
	l := sorting{less, swap}
	for a := 0; a < n; a += stableBlock {
		l.insertion(a, min(a+stableBlock, n))
	}
	for size := stableBlock; size < n; size *= 2 {
		for a := 0; a+size < n; a += 2 * size {
			l.merge(a, a+size, min(a+2*size, n))
		}
	}
}

// insertion sorts the places from a until b.
func (l *sorting) insertion(a, b int) {
	for i := a + 1; i < b; i++ {
		for j := i; j > a && l.less(j, j-1); j-- {
			l.swap(j, j-1)
		}
	}
}

// merge makes one sorted run of two neighbours, from a until m and from m until b.
func (l *sorting) merge(a, m, b int) {
	switch {
	case a == m || m == b:
		return
	case m-a == 1: // one item into the run on its right: before the first that is not less
		at := l.first(m, b, func(h int) bool { return !l.less(h, a) })
		for k := a; k < at-1; k++ {
			l.swap(k, k+1)
		}
		return
	case b-m == 1: // one into the run on its left: behind those equal to it
		at := l.first(a, m, func(h int) bool { return l.less(m, h) })
		for k := m; k > at; k-- {
			l.swap(k, k-1)
		}
		return
	}
	// The halves about mid take, from both runs, as many of the smallest as they have room for: what is past start on the left changes
	// places with what is before end on the right.
	mid := a + (b-a)/2
	n := mid + m
	from, until := a, m
	if m > mid {
		from, until = n-b, mid
	}
	start := l.first(from, until, func(c int) bool { return l.less(n-1-c, c) })
	end := n - start
	if start < m && m < end {
		l.rotate(start, m, end)
	}
	l.merge(a, start, mid)
	l.merge(mid, end, b)
}

// first is the first place from a until b for which past holds, b when there is none; past must hold for all behind it.
func (l *sorting) first(a, b int, past func(int) bool) int {
	for a < b {
		if h := a + (b-a)/2; past(h) {
			b = h
		} else {
			a = h + 1
		}
	}
	return a
}

// rotate changes the places of two neighbouring runs, from a until m and from m until b.
func (l *sorting) rotate(a, m, b int) {
	left, right := m-a, b-m
	for left != right {
		if left > right {
			l.exchange(m-left, m, right)
			left -= right
		} else {
			l.exchange(m-left, m+right-left, left)
			right -= left
		}
	}
	l.exchange(m-left, m, left)
}

// exchange swaps n places from a with as many from b.
func (l *sorting) exchange(a, b, n int) {
	for i := range n {
		l.swap(a+i, b+i)
	}
}
