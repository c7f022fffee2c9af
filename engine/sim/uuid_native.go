//go:build !js

package sim

import "github.com/google/uuid"

// UUID returns the next version 4 UUID of the stream.
func (r *Rand) UUID() UUID {
	return UUID(uuid.Must(uuid.NewRandomFromReader(r))) // Read never fails
}
