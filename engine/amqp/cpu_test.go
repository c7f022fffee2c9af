//go:build !js

package amqp

import (
	"syscall"
	"time"
)

// cpuTime is what the process has used of processors so far, all its threads
// together, the collector's included: on a busy machine it says more than a clock.
func cpuTime() time.Duration {
	var u syscall.Rusage
	if syscall.Getrusage(syscall.RUSAGE_SELF, &u) != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
