package sim

import "encoding/hex"

// UUID is a version 4 UUID drawn from a stream.
type UUID [16]byte

// String returns the form with dashes, such as 1b4e28ba-2fa1-41d2-883f-0016d3cca427.
func (u UUID) String() string {
	b := make([]byte, 0, 36)
	for i, part := range [...][]byte{u[:4], u[4:6], u[6:8], u[8:10], u[10:]} {
		if i > 0 {
			b = append(b, '-')
		}
		b = hex.AppendEncode(b, part)
	}
	return string(b)
}
