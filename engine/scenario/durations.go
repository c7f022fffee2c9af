package scenario

import (
	"math/bits"
	"strconv"

	"rpcscope/engine/rpc"
	"rpcscope/engine/sim"
)

// Lengths of time in nanoseconds.
const (
	microsecond int64 = 1000
	millisecond       = 1000 * microsecond
	second            = 1000 * millisecond
	minute            = 60 * second
	hour              = 60 * minute
	longest           = 24 * hour
)

var units = []struct {
	name string
	size int64
}{{"ns", 1}, {"us", microsecond}, {"µs", microsecond}, {"ms", millisecond}, {"s", second}, {"m", minute}, {"h", hour}}

// parseDuration reads numbers with units, such as "1m30s" or "0.5ms", exactly:
// by whole numbers, so that every platform agrees.
func parseDuration(s string) (int64, bool) {
	if s == "0" {
		return 0, true
	}
	if s == "" || len(s) > 40 {
		return 0, false
	}
	var total int64
	for s != "" {
		whole, digits, rest := leadingInt(s)
		var fraction, scale int64 = 0, 1
		if rest != "" && rest[0] == '.' {
			var n int
			var f int64
			f, n, rest = leadingInt(rest[1:])
			if n > 9 {
				return 0, false
			}
			for range n {
				scale *= 10
			}
			fraction, digits = f, digits+n
		}
		n := 0
		for n < len(rest) && rest[n] != '.' && (rest[n] < '0' || rest[n] > '9') {
			n++
		}
		size := unitSize(rest[:n])
		if digits == 0 || size == 0 || whole < 0 || whole > longest*100/size {
			return 0, false
		}
		hi, lo := bits.Mul64(uint64(fraction), uint64(size))
		part, _ := bits.Div64(hi, lo, uint64(scale))
		total += whole*size + int64(part)
		if total > longest*400 {
			return 0, false
		}
		s = rest[n:]
	}
	return total, true
}

func unitSize(name string) int64 {
	for _, u := range units {
		if u.name == name {
			return u.size
		}
	}
	return 0
}

// leadingInt reads the digits at the front of s; more than 15 give −1.
func leadingInt(s string) (value int64, digits int, rest string) {
	for digits < len(s) && s[digits] >= '0' && s[digits] <= '9' {
		digits++
	}
	if digits == 0 {
		return 0, 0, s
	}
	if digits > 15 {
		return -1, digits, s[digits:]
	}
	value, _ = strconv.ParseInt(s[:digits], 10, 64) // at most 15 digits: it fits
	return value, digits, s[digits:]
}

// formatDuration writes d in the largest unit that divides it.
func formatDuration(d int64) string {
	for i := len(units) - 1; i > 0; i-- {
		if u := units[i]; u.name != "us" && d >= u.size && d%u.size == 0 {
			return strconv.FormatInt(d/u.size, 10) + u.name
		}
	}
	return strconv.FormatInt(d, 10) + "ns"
}

// dist reads a distribution.
func (r *reader) dist(path string, v rpc.Value, low, high int64) sim.Dist {
	if v.Kind == rpc.String {
		return sim.Constant(r.duration(path, v, low, high))
	}
	if v.Kind != rpc.Object {
		r.fail(path, "is "+kindName(v.Kind), `write a time such as "8ms", or an object such as {"exponential": "8ms"}`)
		return sim.Dist{}
	}
	o := r.object(path, v)
	if len(v.Keys) != 1 {
		r.fail(path, "has "+strconv.Itoa(len(v.Keys))+" fields", "name one family: constant, uniform, exponential, normal or lognormal")
		return sim.Dist{}
	}
	d := sim.Dist{}
	if x, ok := o.any("constant"); ok {
		d = sim.Constant(r.duration(join(path, "constant"), x, low, high))
	}
	if x, ok := o.get("uniform", rpc.Array); ok {
		p := join(path, "uniform")
		if len(x.Items) != 2 {
			r.fail(p, "has "+strconv.Itoa(len(x.Items))+" entries", "write the lowest and the highest time")
			return d
		}
		a := r.duration(p+"[0]", x.Items[0], low, high)
		d = sim.Uniform(a, r.duration(p+"[1]", x.Items[1], a, high))
	}
	if x, ok := o.any("exponential"); ok {
		d = sim.Exponential(r.duration(join(path, "exponential"), x, max(low, 1), high))
	}
	if x, ok := o.get("normal", rpc.Object); ok {
		n := r.object(join(path, "normal"), x)
		n.require("mean")
		n.require("deviation")
		d = sim.Normal(n.duration("mean", 0, low, high), n.duration("deviation", 0, 0, high))
		n.done()
	}
	if x, ok := o.get("lognormal", rpc.Object); ok {
		n := r.object(join(path, "lognormal"), x)
		n.require("median")
		n.require("sigma_milli")
		d = sim.LogNormal(n.duration("median", 0, low, high), n.number("sigma_milli", 0, 0, 5000))
		n.done()
	}
	o.done()
	return d
}
