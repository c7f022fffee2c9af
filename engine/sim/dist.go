package sim

import "math/bits"

// DistKind names a family of distributions.
type DistKind uint8

// The families. A and B are the parameters of [Dist].
const (
	// ConstantDist always gives A.
	ConstantDist DistKind = iota
	// UniformDist gives A to B, both included.
	UniformDist
	// ExponentialDist has the mean A.
	ExponentialDist
	// NormalDist has the mean A and the standard deviation B; it is the sum of twelve uniforms, cut off at zero.
	NormalDist
	// LogNormalDist has the median A; B is the standard deviation of its logarithm in thousandths.
	LogNormalDist
)

// Dist is a distribution of durations in nanoseconds. It is pure data; the
// zero Dist is always zero. Draws use integer arithmetic only, so that they
// agree between platforms to the last bit.
type Dist struct {
	Kind DistKind
	A, B int64
}

// Constant always gives d nanoseconds.
func Constant(d int64) Dist { return Dist{Kind: ConstantDist, A: d} }

// Uniform gives lo to hi nanoseconds, both included.
func Uniform(lo, hi int64) Dist { return Dist{Kind: UniformDist, A: lo, B: hi} }

// Exponential has the given mean in nanoseconds.
func Exponential(mean int64) Dist { return Dist{Kind: ExponentialDist, A: mean} }

// Normal has the given mean and standard deviation in nanoseconds, and no negative values.
func Normal(mean, deviation int64) Dist { return Dist{Kind: NormalDist, A: mean, B: deviation} }

// LogNormal has the given median in nanoseconds; sigmaMilli is 1000 times the standard deviation of its natural logarithm.
func LogNormal(median, sigmaMilli int64) Dist {
	return Dist{Kind: LogNormalDist, A: median, B: sigmaMilli}
}

// maxDraw bounds every draw: some 36 years.
const maxDraw = int64(1) << 60

// Draw returns the next duration in nanoseconds, never negative and never above 2^60.
// Parameters outside of that range count as its nearest end.
func (d Dist) Draw(r *Rand) int64 {
	d.A, d.B = clampDraw(d.A), clampDraw(d.B)
	switch d.Kind {
	case UniformDist:
		if d.B <= d.A {
			return clampDraw(d.A)
		}
		return clampDraw(d.A + int64(r.N(uint64(d.B-d.A)+1)))
	case ExponentialDist:
		return clampDraw(scale(d.A, negLog(r.Uint64())))
	case NormalDist:
		return clampDraw(d.A + scaleSigned(d.B, standardNormal(r)))
	case LogNormalDist:
		// exp(σz) = 2^(σz·log2 e), all with 32 fraction bits. |z| ≤ 6 and σ ≤ 100 keep the product in range.
		x := min(d.B, 100_000) * standardNormal(r) / 1000
		return clampDraw(timesExp2(d.A, scaleSigned(x, log2e)))
	}
	return clampDraw(d.A)
}

func clampDraw(v int64) int64 { return min(max(v, 0), maxDraw) }

// one is 1.0 in the fixed-point form used here: 32 fraction bits.
const one = int64(1) << 32

const (
	ln2   = 2977044472 // ln 2 · 2^32
	log2e = 6196328019 // log2 e · 2^32
)

// scale returns v·f for f ≥ 0 with 32 fraction bits, saturating.
func scale(v, f int64) int64 {
	if v <= 0 || f <= 0 {
		return 0
	}
	hi, lo := bits.Mul64(uint64(v), uint64(f))
	if hi >= 1<<28 {
		return maxDraw
	}
	return int64(hi<<32 | lo>>32)
}

func scaleSigned(v, f int64) int64 {
	if v < 0 {
		return -scaleSigned(-v, f)
	}
	if f < 0 {
		return -scale(v, -f)
	}
	return scale(v, f)
}

// standardNormal is the sum of twelve uniforms less six, with 32 fraction bits.
func standardNormal(r *Rand) int64 {
	var sum int64
	for range 6 {
		v := r.Uint64()
		sum += int64(v>>32) + int64(v&(1<<32-1))
	}
	return sum - 6*one
}

// logTable[i] is log2(1+i/256) with 32 fraction bits, and exp2Roots[k] is
// 2^(2^-(k+1)) with 62. Both are computed from integers, once.
var (
	logTable  = makeLogTable()
	exp2Roots = makeExp2Roots()
)

func makeLogTable() (t [257]int64) {
	for i := range t {
		if i == 256 {
			t[i] = one
			continue
		}
		// Squaring doubles the logarithm; each time it passes 2, a bit is 1.
		m := uint64(256+i) << 55 // 1.0 is 2^63
		for b := int64(1) << 31; b > 0; b >>= 1 {
			hi, lo := bits.Mul64(m, m)
			if hi >= 1<<63 {
				t[i] |= b
				m = hi
			} else {
				m = hi<<1 | lo>>63
			}
		}
	}
	return t
}

func makeExp2Roots() (t [32]uint64) {
	x := uint64(1) << 63 // 2.0 with 62 fraction bits
	for k := range t {
		x = sqrtFixed(x)
		t[k] = x
	}
	return t
}

// sqrtFixed is the square root of x with 62 fraction bits, 1 ≤ x ≤ 2.
func sqrtFixed(x uint64) uint64 {
	var root uint64
	for b := uint64(1) << 63; b > 0; b >>= 1 {
		try := root | b
		hi, lo := bits.Mul64(try, try)
		if hi < x>>2 || hi == x>>2 && lo <= x<<62 {
			root = try
		}
	}
	return root
}

// negLog returns −ln(u/2^64) with 32 fraction bits.
func negLog(u uint64) int64 {
	if u == 0 {
		u = 1
	}
	z := bits.LeadingZeros64(u)
	m := u << z << 1 // fraction of the mantissa
	i := m >> 56
	f := int64(m >> 24 & (1<<32 - 1))
	log2m := logTable[i] + scale(logTable[i+1]-logTable[i], f)
	return scale(int64(z+1)*one-log2m, ln2)
}

// timesExp2 returns v·2^(x/2^32), saturating.
func timesExp2(v, x int64) int64 {
	whole := x >> 32
	frac := uint64(x) << 32
	m := uint64(1) << 62
	for k := range exp2Roots {
		if frac>>(63-k)&1 == 1 {
			hi, lo := bits.Mul64(m, exp2Roots[k])
			m = hi<<2 | lo>>62
		}
	}
	out := scale(v, int64(m>>30))
	if whole < 0 {
		return out >> min(-whole, 63)
	}
	if whole > 0 && bits.Len64(uint64(out))+int(min(whole, 64)) > 60 {
		return maxDraw
	}
	return out << whole
}
