package rabbittest

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"sync"
	"testing"
	"time"
)

var shared struct {
	once sync.Once
	node *Node
	err  error
}

// Main runs a package's tests and stops the node that [Shared] may have
// started. Call it from TestMain and exit with what it returns.
func Main(m *testing.M) int {
	code := m.Run()
	if shared.node != nil {
		shared.node.Stop()
	}
	return code
}

// Shared returns the test package's node, started at first use and stopped by
// [Main]. Without RabbitMQ the test is skipped with the words how to get it;
// with RPCSCOPE_NEED_RABBITMQ set, as `make test` does, it fails instead. With
// RPCSCOPE_RABBITNODE=AMQPPORT,MANAGEMENTPORT it is a node that cmd/rabbitnode
// runs already, which saves its start when tests are run again and again; such
// a node cannot be killed or stopped.
func Shared(t testing.TB) *Node {
	t.Helper()
	shared.once.Do(func() {
		if at := os.Getenv("RPCSCOPE_RABBITNODE"); at != "" {
			shared.node, shared.err = attach(at)
			return
		}
		shared.node, shared.err = Start(context.Background())
	})
	if errors.Is(shared.err, ErrMissing) && os.Getenv("RPCSCOPE_NEED_RABBITMQ") == "" {
		t.Skipf("%s needs a real broker. %v", t.Name(), shared.err)
	}
	if shared.err != nil {
		t.Fatal(shared.err)
	}
	return shared.node
}

// attach returns a node that another process runs.
func attach(ports string) (*Node, error) {
	n := &Node{client: &http.Client{Timeout: 20 * time.Second, Transport: &http.Transport{DisableKeepAlives: true, Proxy: nil}}}
	if _, err := fmt.Sscanf(ports, "%d,%d", &n.AMQPPort, &n.ManagementPort); err != nil {
		return nil, fmt.Errorf("rabbittest: %q is not AMQPPORT,MANAGEMENTPORT: %w", ports, err)
	}
	return n, n.healthy(context.Background())
}

// VHost makes a virtual host for one test, traced or not, and removes it afterwards.
func (n *Node) VHost(t testing.TB, tracing bool) string {
	t.Helper()
	vhostCount++
	name := fmt.Sprintf("test%d", vhostCount)
	if err := n.AddVHost(t.Context(), name, tracing); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		// A test may have left the node dead; its data goes with the node then.
		if n.PID() != 0 {
			_ = n.DeleteVHost(context.Background(), name)
		}
	})
	return name
}

var vhostCount int
