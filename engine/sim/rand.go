package sim

import "math/bits"

// Rand is a seeded stream of random numbers (xoshiro256**, Blackman and
// Vigna). It is a value: copying it forks the stream at its present point.
type Rand struct{ s [4]uint64 }

// NewRand returns the root stream of a seed.
func NewRand(seed uint64) Rand { return seeded(seed) }

func seeded(x uint64) (r Rand) {
	for i := range r.s {
		x += 0x9e3779b97f4a7c15 // splitmix64, as the generator's authors advise for seeding
		z := x
		z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
		z = (z ^ z>>27) * 0x94d049bb133111eb
		r.s[i] = z ^ z>>31
	}
	return r
}

// Stream derives an independent stream by name. It does not advance r, so
// that what one part of a model draws never shifts what another part sees.
func (r Rand) Stream(name string) Rand {
	h := uint64(14695981039346656037)
	for i := 0; i < len(name); i++ {
		h = (h ^ uint64(name[i])) * 1099511628211
	}
	return seeded(h ^ r.s[0] ^ bits.RotateLeft64(r.s[2], 29))
}

// Uint64 returns the next 64 bits.
func (r *Rand) Uint64() uint64 {
	s := &r.s
	out := bits.RotateLeft64(s[1]*5, 7) * 9
	t := s[1] << 17
	s[2] ^= s[0]
	s[3] ^= s[1]
	s[1] ^= s[2]
	s[0] ^= s[3]
	s[2] ^= t
	s[3] = bits.RotateLeft64(s[3], 45)
	return out
}

// N returns a number in [0, n), and 0 for n = 0.
func (r *Rand) N(n uint64) uint64 {
	if n == 0 {
		return 0
	}
	hi, lo := bits.Mul64(r.Uint64(), n) // Lemire's method: multiply, reject the biased low part
	if lo < n {
		for floor := -n % n; lo < floor; {
			hi, lo = bits.Mul64(r.Uint64(), n)
		}
	}
	return hi
}

// Read fills p; it never fails. It makes Rand an io.Reader.
func (r *Rand) Read(p []byte) (int, error) {
	for i := 0; i < len(p); {
		v := r.Uint64()
		for k := 0; k < 8 && i < len(p); k++ {
			p[i] = byte(v >> (8 * k))
			i++
		}
	}
	return len(p), nil
}

// Digest folds the stream's point into h.
func (r *Rand) Digest(h *Digest) {
	for _, v := range r.s {
		h.Uint(v)
	}
}
