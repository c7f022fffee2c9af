package amqp

import (
	"syscall/js"
	"time"
)

// cpuTime is what node has used of processors so far, its compilers and collectors included.
func cpuTime() time.Duration {
	u := js.Global().Get("process").Call("cpuUsage")
	return time.Duration(u.Get("user").Int()+u.Get("system").Int()) * time.Microsecond
}
