//go:build !js

package amqp

import (
	"fmt"
	"os/exec"
	"testing"
	"time"

	"rpcscope/engine/flow"
)

// BenchmarkAgainstSimPy is one M/M/4 queue at 80 % in four ways, in turns: in
// SimPy (Debian's python3-simpy3), on the bare queue of scheduled events, through
// the broker with a sink that drops the flow events – SimPy tells nobody anything
// either – and through the broker with all of them encoded. The figures are
// customers for each second of processor time, Python's start not counted, the
// best of the turns, and how many times SimPy's the others are.
func BenchmarkAgainstSimPy(b *testing.B) {
	s := station{servers: 4, service: 4_000_000, between: 1_250_000}
	const slow, fast = 30_000, 300_000
	var seed uint64
	ways := []struct {
		name      string
		customers int
		run       func() time.Duration
	}{
		{"simpy", slow, func() time.Duration { return s.inSimPy(b, slow) }},
		{"kernel", 4 * fast, func() time.Duration { return timed(func() { s.onKernel(seed, 4*fast) }) }},
		{"broker", fast, func() time.Duration { return timed(func() { s.onBroker(seed, fast, false, unseen) }) }},
		{"encoded", fast, func() time.Duration { return timed(func() { s.onBroker(seed, fast, false, encoded) }) }},
	}
	best := make([]float64, len(ways))
	for b.Loop() {
		for seed = range 5 {
			for i, w := range ways {
				best[i] = max(best[i], float64(w.customers)/w.run().Seconds())
			}
		}
	}
	for i, w := range ways {
		b.ReportMetric(best[i], w.name+"/s")
		if i > 0 {
			b.ReportMetric(best[i]/best[0], w.name+"-times")
		}
	}
}

// timed is the processor time that f takes.
func timed(f func()) time.Duration {
	began := cpuTime()
	f()
	return cpuTime() - began
}

// inSimPy runs the station in SimPy and tells its processor time.
func (s station) inSimPy(b *testing.B, customers int) time.Duration {
	b.Helper()
	out, err := exec.Command("/usr/bin/python3", "testdata/mmc.py",
		fmt.Sprint(s.servers), fmt.Sprint(s.between), fmt.Sprint(s.service), fmt.Sprint(customers)).Output()
	if err != nil {
		b.Skipf("no SimPy (%v): apt-get install python3-simpy3", err)
	}
	var seconds, wait float64
	if _, err := fmt.Sscan(string(out), &seconds, &wait); err != nil {
		b.Fatalf("SimPy said %q", out)
	}
	// The same queue: its waiting time is the exact one, but for chance.
	if theory := erlangC(4, 3.2) * float64(s.service) / (4 * (1 - s.use())); wait < 0.7*theory || wait > 1.3*theory {
		b.Errorf("SimPy's customers wait %.3g ns, theory says %.3g", wait, theory)
	}
	return time.Duration(seconds * float64(time.Second))
}

// encoded is a sink that encodes every event; what is full is taken out between two customers and thrown away.
func encoded(names *flow.Names) flow.Sink { return flow.NewEncoder(names, flow.Header{Source: "sim"}) }
