package diff

// hunk is a run of lines in which two lanes differ: a[a0:a1] stands against b[b0:b1].
type hunk struct{ a0, a1, b0, b1 int }

// maxEdits bounds the search for the shortest difference of two lanes; beyond, all that is between their common ends differs.
const maxEdits = 1200

// align returns the hunks of two sequences of n and m lines, by the shortest
// way from one to the other (E. Myers, An O(ND) Difference Algorithm, 1986).
func align(n, m int, eq func(i, j int) bool) []hunk {
	start := 0
	for start < n && start < m && eq(start, start) {
		start++
	}
	for n > start && m > start && eq(n-1, m-1) {
		n--
		m--
	}
	if start == n && start == m {
		return nil
	}
	if start == n || start == m {
		return []hunk{{start, n, start, m}}
	}
	return shortest(start, n, m, eq)
}

// shortest aligns the lines from start on.
func shortest(start, n, m int, eq func(i, j int) bool) []hunk {
	n, m = n-start, m-start
	limit := min(n+m, maxEdits)
	// far[k+limit] is how far on diagonal k (i−j) one comes with d edits.
	far := make([]int, 2*limit+2)
	var trace [][]int
	for d := 0; d <= limit; d++ {
		trace = append(trace, append([]int(nil), far[limit-d:limit+d+1]...))
		for k := -d; k <= d; k += 2 {
			i := 0
			if k == -d || k != d && far[limit+k-1] < far[limit+k+1] {
				if d > 0 {
					i = far[limit+k+1]
				}
			} else {
				i = far[limit+k-1] + 1
			}
			j := i - k
			for i < n && j < m && j >= 0 && eq(start+i, start+j) {
				i++
				j++
			}
			far[limit+k] = i
			if i >= n && j >= m {
				return back(trace, start, n, m)
			}
		}
	}
	return []hunk{{start, start + n, start, start + m}}
}

// back walks the trace from the end; trace[d] holds far for diagonals −d to d before the step d.
func back(trace [][]int, start, n, m int) (out []hunk) {
	var rev []hunk
	k := n - m
	for d := len(trace) - 1; d > 0; d-- {
		at := func(k int) int {
			if k < -d || k > d {
				return -1
			}
			return trace[d][k+d]
		}
		if k == -d || k != d && at(k-1) < at(k+1) { // a line of b
			k++
			i := at(k)
			rev = append(rev, hunk{i, i, i - k, i - k + 1})
		} else {
			k--
			i := at(k)
			rev = append(rev, hunk{i, i + 1, i - k, i - k})
		}
	}
	for x := len(rev) - 1; x >= 0; x-- {
		h := rev[x]
		out = joined(out, hunk{h.a0 + start, h.a1 + start, h.b0 + start, h.b1 + start})
	}
	return out
}
