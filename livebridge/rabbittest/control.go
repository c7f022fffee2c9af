package rabbittest

import (
	"context"
	"fmt"
	"os/exec"
	"syscall"
	"time"
)

// Control runs a command of rabbitmqctl on the node. It takes seconds: what the
// management API can do is done there.
func (n *Node) Control(ctx context.Context, args ...string) error {
	cmd := exec.CommandContext(ctx, "/usr/lib/rabbitmq/bin/rabbitmqctl", args...)
	cmd.Env = n.environ()
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("rabbittest: rabbitmqctl %v: %w\n%s", args, err, out)
	}
	return nil
}

// Shutdown ends the broker in good order (SIGTERM): it closes connections and
// writes down what is to last. [Node.Restart] starts it again.
func (n *Node) Shutdown() { n.server.kill(syscall.SIGTERM, time.Minute) }
