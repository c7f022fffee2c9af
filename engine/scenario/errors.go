package scenario

import "strconv"

// Error says what is wrong with a document, where, and what to do about it.
type Error struct {
	// Path is the place as a JSON path, such as "$.processes[1].servers[0].topic".
	Path string
	// Problem is what is wrong there; Remedy what would be right.
	Problem, Remedy string
}

// Error implements error.
func (e *Error) Error() string {
	s := e.Path + ": " + e.Problem
	if e.Remedy != "" {
		s += "; " + e.Remedy
	}
	return s
}

// nearest returns the candidate that needs the fewest changes to become name,
// or "" when none is near enough to have been meant.
func nearest(name string, candidates []string) string {
	best, found := len([]rune(name))/3+2, ""
	for _, c := range candidates {
		if d := distance(name, c); d < best {
			best, found = d, c
		}
	}
	return found
}

// Nearest is that of some names which name was perhaps meant to be, "" when none is near enough.
func Nearest(name string, names []string) string { return nearest(name, names) }

// distance counts the insertions, deletions, replacements and swaps of
// neighbours between two names, upper and lower case being the same.
func distance(a, b string) int {
	x, y := []rune(lower(a)), []rune(lower(b))
	if len(x) > 64 || len(y) > 64 {
		return len(x) + len(y)
	}
	var rows [3][65]int
	for j := range y {
		rows[0][j+1] = j + 1
	}
	for i := range x {
		last, row, next := &rows[(i+2)%3], &rows[i%3], &rows[(i+1)%3]
		next[0] = i + 1
		for j := range y {
			cost := 1
			if x[i] == y[j] {
				cost = 0
			}
			d := min(row[j+1]+1, next[j]+1, row[j]+cost)
			if i > 0 && j > 0 && x[i] == y[j-1] && x[i-1] == y[j] {
				d = min(d, last[j-1]+1)
			}
			next[j+1] = d
		}
	}
	return rows[len(x)%3][len(y)]
}

func lower(s string) string {
	b := []byte(s)
	for i, c := range b {
		if 'A' <= c && c <= 'Z' {
			b[i] = c + 'a' - 'A'
		}
	}
	return string(b)
}

// quote writes s for an error message: quoted, escaped, and cut when it is long.
func quote(s string) string {
	return strconv.Quote(cutText(s))
}

// cutText shortens a long text.
func cutText(s string) string {
	if r := []rune(s); len(r) > 40 {
		return string(r[:37]) + "…"
	}
	return s
}
