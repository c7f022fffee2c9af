package sim

import "math/bits"

// Digest condenses a state into 64 bits: equal states give equal digests on
// every platform. It finds differences; it does not protect against forgery.
// The zero value is ready to use.
type Digest struct{ h uint64 }

// Uint folds one number in.
func (d *Digest) Uint(v uint64) {
	hi, lo := bits.Mul64(d.h^v^0x9e3779b97f4a7c15, 0xd6e8feb86659fd93)
	d.h = bits.RotateLeft64(hi^lo, 23) + v
}

// Bool folds one fact in.
func (d *Digest) Bool(b bool) {
	if b {
		d.Uint(1)
	} else {
		d.Uint(0)
	}
}

// Text folds a text in.
func (d *Digest) Text(s string) {
	d.Uint(uint64(len(s)))
	for i := 0; i < len(s); i++ {
		d.Uint(uint64(s[i]))
	}
}

// Sum returns the digest of everything folded in so far.
func (d *Digest) Sum() uint64 { return d.h }
