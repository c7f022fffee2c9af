package livebridge_test

import (
	"bufio"
	"context"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"rpcscope/engine/flow"
	"rpcscope/engine/stats"
	"rpcscope/livebridge"
	"rpcscope/livebridge/rabbittest"
)

// program is one of testdata/oslo, running on Debian's oslo.messaging.
type program struct {
	t     *testing.T
	cmd   *exec.Cmd
	lines *bufio.Scanner
	total total
	did   map[string]int // lines by what they say was done
}

// total is the last line of a program: what all its processes did.
type total struct {
	Did       string
	Published struct{ Call, Cast, Fanout, Notification int64 }
	Delivered struct{ Call, Cast, Fanout, Notification int64 }
	Replies   int64
	Calls     stats.Calls
	Unrouted  int64
	Servers   int
	Clients   int
}

const python = "/usr/bin/python3"

// needOslo skips a test without the programs' library, saying which and how to get it.
func needOslo(t *testing.T) {
	t.Helper()
	if err := exec.Command(python, "-c", "import oslo_messaging").Run(); err != nil {
		words := t.Name() + " needs real RPC programs. oslo.messaging is not installed: apt-get install python3-oslo.messaging (`make setup` does it)"
		if os.Getenv("RPCSCOPE_NEED_RABBITMQ") != "" {
			t.Fatal(words)
		}
		t.Skip(words)
	}
}

func start(t *testing.T, node *rabbittest.Node, vhost, name string, args ...string) *program {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 90*time.Second)
	t.Cleanup(cancel)
	args = append([]string{filepath.Join("testdata", "oslo", name), "--url", strings.Replace(node.URL(vhost), "amqp:", "rabbit:", 1)}, args...)
	p := &program{t: t, cmd: exec.CommandContext(ctx, python, args...), did: make(map[string]int)}
	p.cmd.Env = append(os.Environ(), "PYTHONDONTWRITEBYTECODE=1")
	p.cmd.Stderr = t.Output()
	p.cmd.WaitDelay = time.Second
	out, err := p.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	p.lines = bufio.NewScanner(out)
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	return p
}

// wait reads what the program says until it ends.
func (p *program) wait() {
	p.t.Helper()
	for p.lines.Scan() {
		var line struct{ Did, Outcome string }
		if err := json.Unmarshal(p.lines.Bytes(), &line); err != nil {
			p.t.Fatalf("%q: %v", p.lines.Text(), err)
		}
		p.did[strings.TrimSpace(line.Did+" "+line.Outcome)]++
		if line.Did == "total" && p.did["call ok"]+p.did["call error"] > 0 {
			// The reference program's total has other fields.
			_ = json.Unmarshal(p.lines.Bytes(), &p.total)
		}
	}
	if err := p.cmd.Wait(); err != nil {
		p.t.Fatalf("%v: %v", p.cmd.Args, err)
	}
}

// settle reads until the stream has been quiet for half a second: everything
// that the programs did has then come through the hold.
func (v *viewer) settle(more func() bool) {
	v.t.Helper()
	v.until("quiet", func(s livebridge.Status) bool { return s.QuietMs > 500 && s.State != livebridge.BrokerGone && !more() })
}

func TestTheReferenceProgramIsSeenExactly(t *testing.T) {
	needOslo(t)
	node := rabbittest.Shared(t)
	for _, c := range []struct {
		name     string
		args     []string
		failures map[string]int64
	}{
		{"with versions that fit", nil, map[string]int64{}},
		{"as printed in tutorials", []string{"--as-printed"}, map[string]int64{"UnsupportedVersion <- test": 2}},
	} {
		t.Run(c.name, func(t *testing.T) {
			vhost := node.VHost(t, true)
			v := watch(t, bridge(t, livebridge.Config{AMQP: node.URL(vhost), Management: node.ManagementURL()}))
			seen := stats.New(v.names)
			v.sink = seen
			v.until("tapped", func(s livebridge.Status) bool { return s.State == livebridge.OK && s.Management })
			start(t, node, vhost, "reference.py", c.args...).wait()
			v.settle(func() bool { return seen.Published().Reply < 2 })

			r := seen.Report()
			want := stats.Report{
				Published: stats.Classes{Call: 2, Reply: 2, Cast: 1},
				Delivered: stats.Classes{Call: 2, Reply: 2, Cast: 1},
				Calls:     stats.Calls{Total: 2, AnsweredOK: 2 - c.failures["UnsupportedVersion <- test"], AnsweredError: c.failures["UnsupportedVersion <- test"]},
				Failures:  c.failures,
				Methods:   stats.Methods{Call: map[string]int64{"test": 2}, Cast: map[string]int64{"stop": 1}, Fanout: map[string]int64{}},
			}
			compare(t, r, &want)
			v.knows("reference-client", "reference-server")
		})
	}
}

func TestAMixedLoadIsSeenExactly(t *testing.T) {
	needOslo(t)
	node := rabbittest.Shared(t)
	vhost := node.VHost(t, true)
	url := bridge(t, livebridge.Config{AMQP: node.URL(vhost), Management: node.ManagementURL()})
	v := watch(t, url)
	seen := stats.New(v.names)
	v.sink = seen
	v.until("tapped", func(s livebridge.Status) bool { return s.State == livebridge.OK && s.Management })
	p := start(t, node, vhost, "mixed.py", "--monitored", "1")
	p.wait()
	v.settle(func() bool { return seen.Calls().AnsweredOK < p.total.Calls.AnsweredOK })

	r := seen.Report()
	w := p.total
	beats := r.Calls.HeartbeatReplies
	if beats < int64(w.Clients) {
		t.Errorf("%d heartbeats of %d monitored calls", beats, w.Clients)
	}
	w.Calls.HeartbeatReplies = beats
	want := stats.Report{
		Published: stats.Classes{Call: w.Published.Call, Reply: w.Replies + beats, Cast: w.Published.Cast, Fanout: w.Published.Fanout, Notification: w.Published.Notification},
		Delivered: stats.Classes{Call: w.Delivered.Call, Reply: w.Replies + beats, Cast: w.Delivered.Cast, Fanout: w.Delivered.Fanout, Notification: w.Delivered.Notification},
		Calls:     w.Calls,
		Failures:  map[string]int64{"ValueError <- broken": w.Calls.AnsweredError},
		Methods: stats.Methods{
			Call:   map[string]int64{"echo": 22, "broken": 6, "slow": 2, "long": 2},
			Cast:   map[string]int64{"note": w.Published.Cast},
			Fanout: map[string]int64{"refresh": w.Published.Fanout},
		},
		Notifications: map[string]int64{"load.tick": w.Published.Notification},
		Unrouted:      w.Unrouted,
	}
	compare(t, r, &want)
	v.knows("load-server1", "load-server2", "load-server3", "load-client1", "load-client2", "load-listener")
	// What coverage rests on: the broker counts the publishes of clients, and only those.
	v.until("the broker's own count", func(livebridge.Status) bool {
		var counted struct {
			Stats struct{ Publish int64 } `json:"message_stats"`
		}
		if err := node.Get(t.Context(), "/api/vhosts/"+vhost+"?columns=tracing,message_stats.publish", &counted); err != nil {
			t.Fatal(err)
		}
		return counted.Stats.Publish == r.Published.Total()
	})
}

// compare holds what was seen against what was done, except for what depends on time.
func compare(t *testing.T, got, want *stats.Report) {
	t.Helper()
	want.Events, want.DurationNs, want.Returned = got.Events, got.DurationNs, got.Returned
	if want.Notifications == nil {
		want.Notifications = map[string]int64{}
	}
	want.Lost = map[string]int64{}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("what was seen differs from what was done (- done, + seen):\n%s", diff)
	}
}

// knows checks that each program was seen as a process, and the bridge itself was not.
func (v *viewer) knows(programs ...string) {
	v.t.Helper()
	found := make(map[string]bool)
	for i := range v.events {
		e := &v.events[i]
		if e.Kind == flow.ProcessStart {
			found[v.names.Text(e.Label)] = true
		}
		for _, n := range []flow.Name{e.Process, e.Queue, e.Text, e.Label} {
			if strings.HasPrefix(v.names.Text(n), "rpcscope") {
				v.t.Fatalf("the bridge is in the picture: %s %q", e.Kind, v.names.Text(n))
			}
		}
	}
	for _, p := range programs {
		if !found[p] {
			v.t.Errorf("process %s was not seen, only %v", p, found)
		}
	}
}
