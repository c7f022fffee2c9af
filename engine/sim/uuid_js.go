package sim

// UUID returns the next version 4 UUID of the stream, as google/uuid would. That
// module links crypto/rand and its hashes, 60 kB of what a browser downloads, for the
// sake of UUIDs that are not drawn from a stream.
func (r *Rand) UUID() (u UUID) {
	_, _ = r.Read(u[:]) // Read never fails
	u[6] = u[6]&0x0f | 0x40
	u[8] = u[8]&0x3f | 0x80
	return u
}
