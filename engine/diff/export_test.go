package diff

// Align shows align to the tests.
func Align(n, m int, eq func(i, j int) bool) (out [][4]int) {
	for _, h := range align(n, m, eq) {
		out = append(out, [4]int{h.a0, h.a1, h.b0, h.b1})
	}
	return out
}
