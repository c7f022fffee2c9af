package rabbittest

import (
	"os/exec"
	"runtime"
	"sync"
)

// Linux sends the parent-death signal when the *thread* that made the child
// ends, and Go ends threads at will. So one thread, which never ends, makes
// all children.
var starter = sync.OnceValue(func() chan<- startRequest {
	requests := make(chan startRequest)
	go func() {
		runtime.LockOSThread()
		for r := range requests {
			r.result <- r.cmd.Start()
		}
	}()
	return requests
})

type startRequest struct {
	cmd    *exec.Cmd
	result chan error
}

func startPinned(cmd *exec.Cmd) error {
	r := startRequest{cmd, make(chan error)}
	starter() <- r
	return <-r.result
}
