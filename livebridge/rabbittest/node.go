package rabbittest

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"time"
)

// The broker's own start script. The commands in /usr/sbin are wrappers that
// change user and directory, which a private node must not.
const script = "/usr/lib/rabbitmq/bin/rabbitmq-server"

// ErrMissing says that there is no RabbitMQ to run, and how to get one.
var ErrMissing = errors.New("RabbitMQ is not installed: apt-get install rabbitmq-server (`make setup` does it)")

// startLimit bounds one start. It takes 4 to 8 s on two idle cores.
const startLimit = 90 * time.Second

// Node is one private broker. Its methods may be called from one goroutine at a time.
type Node struct {
	// AMQPPort and ManagementPort stay the same across restarts.
	AMQPPort, ManagementPort int
	// TLSPort and ManagementTLSPort are the same by TLS.
	TLSPort, ManagementTLSPort int

	dir                string
	epmdPort, distPort int
	epmd, server       *process
	client             *http.Client
}

// Start runs a fresh node whose only user is guest, with password guest and
// all rights, and returns when it accepts AMQP and management requests.
func Start(ctx context.Context) (*Node, error) {
	if _, err := os.Stat(script); err != nil {
		return nil, ErrMissing
	}
	dir, err := os.MkdirTemp("", "rpcscope-rabbit-")
	if err != nil {
		return nil, err
	}
	n := &Node{dir: dir, client: &http.Client{Timeout: 20 * time.Second, Transport: &http.Transport{DisableKeepAlives: true, Proxy: nil}}}
	if err := n.prepare(); err != nil {
		os.RemoveAll(dir)
		return nil, err
	}
	if err := n.Restart(ctx); err != nil {
		n.Stop()
		return nil, err
	}
	return n, nil
}

// URL is the AMQP URL of virtual host vhost for the administrator guest.
func (n *Node) URL(vhost string) string { return n.URLFor("guest", "guest", vhost) }

// URLFor is the AMQP URL of virtual host vhost for a user.
func (n *Node) URLFor(user, password, vhost string) string {
	escape := func(s string) string { return strings.ReplaceAll(url.QueryEscape(s), "+", "%20") }
	return fmt.Sprintf("amqp://%s:%s@127.0.0.1:%d/%s", escape(user), escape(password), n.AMQPPort, escape(vhost))
}

// ManagementURL is the base URL of the management API, without credentials.
func (n *Node) ManagementURL() string { return fmt.Sprintf("http://127.0.0.1:%d", n.ManagementPort) }

// PID is the broker's process id, 0 when it is not running.
func (n *Node) PID() int { return n.server.pid() }

// LogFile is where the broker writes what it does.
func (n *Node) LogFile() string { return filepath.Join(n.dir, "node.log") }

func (n *Node) prepare() error {
	ports, err := freePorts(6)
	if err != nil {
		return err
	}
	if err := n.certify(); err != nil {
		return err
	}
	n.AMQPPort, n.ManagementPort, n.epmdPort, n.distPort = ports[0], ports[1], ports[2], ports[3]
	n.TLSPort, n.ManagementTLSPort = ports[4], ports[5]
	conf := fmt.Sprintf(`listeners.tcp.1 = 127.0.0.1:%d
management.tcp.ip = 127.0.0.1
management.tcp.port = %d
collect_statistics_interval = 1000
log.console = false
log.file = %s
%s`, n.AMQPPort, n.ManagementPort, n.LogFile(), n.tlsConf())
	files := map[string]string{
		"rabbitmq.conf":   conf,
		"enabled_plugins": "[rabbitmq_management,rabbitmq_event_exchange].\n",
	}
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(n.dir, name), []byte(text), 0o600); err != nil {
			return err
		}
	}
	return nil
}

// environ is the whole environment of the node's processes: nothing of a
// system-wide broker's configuration may leak in.
func (n *Node) environ() []string {
	in := func(name string) string { return filepath.Join(n.dir, name) }
	return []string{
		"PATH=" + os.Getenv("PATH"),
		"LANG=C.UTF-8",
		"HOME=" + n.dir, // the Erlang cookie lives here
		fmt.Sprintf("ERL_EPMD_PORT=%d", n.epmdPort),
		"ERL_EPMD_ADDRESS=127.0.0.1",
		"ERL_CRASH_DUMP_SECONDS=0",
		fmt.Sprintf("RABBITMQ_NODENAME=rpcscope%d@localhost", n.AMQPPort),
		fmt.Sprintf("RABBITMQ_DIST_PORT=%d", n.distPort),
		"RABBITMQ_MNESIA_BASE=" + in("mnesia"),
		"RABBITMQ_LOG_BASE=" + in("log"),
		"RABBITMQ_CONFIG_FILE=" + in("rabbitmq.conf"),
		"RABBITMQ_CONF_ENV_FILE=" + in("no-such-env.conf"),
		"RABBITMQ_ENABLED_PLUGINS_FILE=" + in("enabled_plugins"),
		"RABBITMQ_PID_FILE=" + in("pid"),
		// The distribution port listens on every address unless told otherwise;
		// without busy waiting the node leaves the cores to the tests.
		"RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS=-kernel inet_dist_use_interface {127,0,0,1} +sbwt none +sbwtdcpu none +sbwtdio none",
		// The script then becomes the Erlang machine, so that its pid is the broker's.
		"RUNNING_UNDER_SYSTEMD=true",
	}
}

// Restart starts the broker again on the same data and ports after [Node.Kill]
// and returns when it is ready. Tracing is off then, as after every start.
func (n *Node) Restart(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, startLimit)
	defer cancel()
	if n.epmd.pid() == 0 {
		cmd := exec.Command("epmd", "-address", "127.0.0.1", "-port", fmt.Sprint(n.epmdPort))
		cmd.Env = n.environ()
		var err error
		if n.epmd, err = spawn(cmd); err != nil {
			return fmt.Errorf("rabbittest: starting epmd: %w", err)
		}
	}
	if n.server.pid() != 0 {
		return errors.New("rabbittest: the node is running")
	}
	cmd := exec.Command(script)
	cmd.Env, cmd.Dir = n.environ(), n.dir
	var err error
	if n.server, err = spawn(cmd); err != nil {
		return fmt.Errorf("rabbittest: starting the broker: %w", err)
	}
	return n.waitReady(ctx)
}

// waitReady asks for what tests need until it is answered: the node says
// nothing on its own, and its log line comes before its management API.
func (n *Node) waitReady(ctx context.Context) error {
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	last := errors.New("not asked yet")
	for {
		select {
		case <-ctx.Done():
			return fmt.Errorf("rabbittest: the broker is not ready: %w (last: %v)\n%s", ctx.Err(), last, n.lastWords())
		case <-n.server.done:
			return fmt.Errorf("rabbittest: the broker ended while it started: %v\n%s", n.server.err, n.lastWords())
		case <-tick.C:
			if last = n.healthy(ctx); last == nil {
				return nil
			}
		}
	}
}

// healthy asks for the listener and the virtual hosts. (The API's aliveness
// test would leave a queue behind, in the picture that tests look at.)
func (n *Node) healthy(ctx context.Context) error {
	if err := n.api(ctx, http.MethodGet, fmt.Sprintf("/api/health/checks/port-listener/%d", n.AMQPPort), nil); err != nil {
		return err
	}
	return n.api(ctx, http.MethodGet, "/api/health/checks/virtual-hosts", nil)
}

func (n *Node) lastWords() string {
	b, _ := os.ReadFile(n.LogFile())
	return n.server.output() + string(b[max(0, len(b)-2000):])
}

// Kill ends the broker as a crash would (SIGKILL) and returns when it is dead.
func (n *Node) Kill() { n.server.kill(syscall.SIGKILL, 10*time.Second) }

// Stop ends the node and its port mapper and removes its files.
func (n *Node) Stop() {
	n.server.kill(syscall.SIGKILL, 10*time.Second)
	n.epmd.kill(syscall.SIGTERM, 5*time.Second)
	os.RemoveAll(n.dir)
	n.client.CloseIdleConnections()
}

// process is a child in a process group of its own.
type process struct {
	cmd  *exec.Cmd
	out  tail
	done chan struct{}
	err  error // valid when done is closed
}

func spawn(cmd *exec.Cmd) (*process, error) {
	p := &process{cmd: cmd, done: make(chan struct{})}
	cmd.Stdout, cmd.Stderr = &p.out, &p.out
	// Grandchildren must not keep Wait waiting on the pipe.
	cmd.WaitDelay = 2 * time.Second
	// The node must not outlive a test that is killed.
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
	if err := startPinned(cmd); err != nil {
		return nil, err
	}
	go func() {
		p.err = cmd.Wait()
		close(p.done)
	}()
	return p, nil
}

func (p *process) pid() int {
	if p == nil {
		return 0
	}
	select {
	case <-p.done:
		return 0
	default:
		return p.cmd.Process.Pid
	}
}

func (p *process) output() string {
	if p == nil {
		return ""
	}
	return p.out.String()
}

// kill signals the whole group, then insists.
func (p *process) kill(sig syscall.Signal, patience time.Duration) {
	if p.pid() == 0 {
		return
	}
	_ = syscall.Kill(-p.cmd.Process.Pid, sig)
	select {
	case <-p.done:
	case <-time.After(patience):
		_ = syscall.Kill(-p.cmd.Process.Pid, syscall.SIGKILL)
		<-p.done
	}
}

// tail keeps the last 4 KiB written to it.
type tail struct {
	mu  sync.Mutex
	buf []byte
}

func (t *tail) Write(b []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.buf = append(t.buf, b...)
	if over := len(t.buf) - 4096; over > 0 {
		t.buf = append(t.buf[:0], t.buf[over:]...)
	}
	return len(b), nil
}

func (t *tail) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return strings.ToValidUTF8(string(t.buf), "�")
}

var _ io.Writer = (*tail)(nil)

// freePorts asks the system for ports nobody listens on. All are held until
// all are known, so that they differ.
func freePorts(count int) ([]int, error) {
	var ports []int
	for range count {
		l, err := net.Listen("tcp4", "127.0.0.1:0")
		if err != nil {
			return nil, err
		}
		defer l.Close()
		ports = append(ports, l.Addr().(*net.TCPAddr).Port)
	}
	return ports, nil
}
