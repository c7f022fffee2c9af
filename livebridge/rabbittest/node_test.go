package rabbittest

import (
	"errors"
	"fmt"
	"net"
	"os"
	"syscall"
	"testing"
	"time"

	amqp "github.com/rabbitmq/amqp091-go"
)

func TestMain(m *testing.M) { os.Exit(Main(m)) }

func TestANodeIsPrivateSurvivesAKillAndLeavesNothing(t *testing.T) {
	n := Shared(t)
	ctx := t.Context()
	if err := n.AddVHost(ctx, "kept", true); err != nil {
		t.Fatal(err)
	}
	onlyLoopback(t, n)

	pid := n.PID()
	n.Kill()
	if n.PID() != 0 || syscall.Kill(pid, 0) == nil {
		t.Fatal("the broker survived its kill")
	}
	if _, err := amqp.Dial(n.URL("kept")); err == nil {
		t.Fatal("a dead broker answers")
	}
	if err := n.Restart(ctx); err != nil {
		t.Fatal(err)
	}
	conn, err := amqp.Dial(n.URL("kept"))
	if err != nil {
		t.Fatalf("the virtual host did not survive: %v", err)
	}
	conn.Close()
	var vhost struct{ Tracing bool }
	if err := n.Get(ctx, "/api/vhosts/kept", &vhost); err != nil || vhost.Tracing {
		t.Errorf("tracing after a restart: %v, %v", vhost.Tracing, err)
	}

	pids := []int{n.PID(), n.epmd.pid()}
	n.Stop()
	for _, pid := range pids {
		if err := syscall.Kill(pid, 0); !errors.Is(err, syscall.ESRCH) {
			t.Errorf("process %d is left: %v", pid, err)
		}
	}
	if _, err := os.Stat(n.dir); !os.IsNotExist(err) {
		t.Errorf("%s is left", n.dir)
	}
}

// onlyLoopback tries the node's ports on this machine's other addresses.
func onlyLoopback(t *testing.T, n *Node) {
	t.Helper()
	addrs, err := net.InterfaceAddrs()
	if err != nil {
		t.Fatal(err)
	}
	for _, a := range addrs {
		ip, ok := a.(*net.IPNet)
		if !ok || ip.IP.IsLoopback() || ip.IP.IsLinkLocalUnicast() {
			continue
		}
		for _, port := range []int{n.AMQPPort, n.ManagementPort, n.epmdPort, n.distPort} {
			c, err := net.DialTimeout("tcp", net.JoinHostPort(ip.IP.String(), fmt.Sprint(port)), time.Second)
			if err == nil {
				c.Close()
				t.Errorf("port %d answers on %s", port, ip.IP)
			}
		}
	}
}

func TestCredentialsAreEscapedInURLs(t *testing.T) {
	n := &Node{AMQPPort: 1}
	uri, err := amqp.ParseURI(n.URLFor("a:b@c", "p/q? %", "v/h"))
	if err != nil || uri.Username != "a:b@c" || uri.Password != "p/q? %" || uri.Vhost != "v/h" {
		t.Errorf("%+v, %v", uri, err)
	}
}
