package amqp

import (
	"fmt"
	"math"
	"testing"
)

// What queueing theory knows of the stations below, and how sure the comparison is. Each figure is estimated from
// independent runs, one a seed; their mean must lie within Student's bounds for so many runs around the exact value. For a
// right model and seeds drawn at random one comparison in a thousand would fail; the seeds being fixed, a right model
// passes always. The bounds are narrow enough to catch a few percent, which the test checks too.
const (
	runs        = 20
	student     = 3.8834 // two-sided 99.9 % with 19 degrees of freedom
	widestBound = 0.08   // of the exact value
)

// erlangC is the probability that a customer of an M/M/c queue has to wait; load is arrivals times service, in servers.
func erlangC(servers int, load float64) float64 {
	blocked := 1.0 // Erlang B, by its recursion
	for k := 1; k <= servers; k++ {
		blocked = load * blocked / (float64(k) + load*blocked)
	}
	use := load / float64(servers)
	return blocked / (1 - use*(1-blocked))
}

func TestErlangCOfKnownStations(t *testing.T) {
	// M/M/1 waits with the probability that the server is busy; the others are of tables (Cooper 1981, appendix).
	for _, c := range []struct {
		servers    int
		load, want float64
	}{{1, 0.7, 0.7}, {2, 1, 1.0 / 3}, {3, 2, 4.0 / 9}, {10, 8, 0.4092}} {
		if got := erlangC(c.servers, c.load); math.Abs(got-c.want) > 1e-4 {
			t.Errorf("%d servers, load %g: %g, want %g", c.servers, c.load, got, c.want)
		}
	}
}

// A run begins with an empty station and ends with one. What that adds is less than a hundredth of a bound: a station
// forgets how it began within some 40 services. The number in the station, taken over time, and the customers' stays,
// summed up, must then agree to the nanosecond: that is Little's law without chance.
func TestWaitingTimesAreThoseOfQueueingTheory(t *testing.T) {
	for i, c := range []struct {
		station
		broker bool // through a queue, too
	}{
		{station{servers: 1, service: 1_000_000, between: 2_000_000}, false},
		{station{servers: 1, service: 1_000_000, between: 1_428_571}, true},
		{station{servers: 3, service: 3_000_000, between: 1_666_667}, true},
		{station{servers: 8, service: 8_000_000, between: 1_428_571}, false},
	} {
		const few, many = 20_000, 60_000
		seed := uint64(100 * i)
		name := fmt.Sprintf("M-M-%d at %.0f %%", c.servers, 100*c.use())
		t.Run(name+" on the kernel", func(t *testing.T) {
			c.agrees(t, seed, func(seed uint64) tally { return c.onKernel(seed, many) })
		})
		if c.broker {
			t.Run(name+" through the broker", func(t *testing.T) {
				c.agrees(t, seed, func(seed uint64) tally { return c.onBroker(seed, few, true, unseen) })
			})
		}
	}
}

// use is how much of their time the servers are busy.
func (s station) use() float64 { return float64(s.service) / float64(s.between) / float64(s.servers) }

func (s station) agrees(t *testing.T, seed uint64, run func(seed uint64) tally) {
	service, between := float64(s.service), float64(s.between)
	waits := erlangC(s.servers, service/between)
	line := waits * service / (float64(s.servers) * (1 - s.use()))
	var wait, busy, number, rate estimate
	for k := range uint64(runs) {
		c := run(seed + k)
		if c.area != c.stays {
			t.Fatalf("seed %d: customers stayed %d ns, but the number in the station adds up to %d", seed+k, c.stays, c.area)
		}
		n := float64(c.customers)
		wait.add(float64(c.waits) / n)
		busy.add(float64(c.waited) / n)
		number.add(float64(c.area) / float64(c.span))
		rate.add(n / float64(c.span) * between)
	}
	wait.agrees(t, "mean time in line, ns", line)
	busy.agrees(t, "share that had to wait", waits)
	number.agrees(t, "mean number in the station", (line+service)/between)
	rate.agrees(t, "arrivals, of those expected", 1)
}

// estimate collects one figure of several runs.
type estimate struct{ n, sum, squares float64 }

func (e *estimate) add(x float64) { e.n, e.sum, e.squares = e.n+1, e.sum+x, e.squares+x*x }

func (e *estimate) agrees(t *testing.T, what string, want float64) {
	t.Helper()
	mean := e.sum / e.n
	deviation := math.Sqrt((e.squares - e.n*mean*mean) / (e.n - 1))
	bound := student * deviation / math.Sqrt(e.n)
	t.Logf("%s: %.5g ± %.2g, theory %.5g", what, mean, bound, want)
	if math.Abs(mean-want) > bound {
		t.Errorf("%s: %.5g, theory says %.5g: off by more than the 99.9 %% bound of %.2g", what, mean, want, bound)
	}
	if bound > widestBound*want {
		t.Errorf("%s: a bound of %.2g around %.5g catches too little: run more customers", what, bound, want)
	}
}

// The same customers wait as long in the broker as in the bare model, to the nanosecond: prefetch 1 and turns add nothing.
func TestBrokerServesAsABareStationDoes(t *testing.T) {
	s := station{servers: 3, service: 3_000_000, between: 1_200_000}
	for seed := range uint64(5) {
		bare, broker := s.onKernel(seed, 5000), s.onBroker(seed, 5000, true, unseen)
		if bare != broker {
			t.Errorf("seed %d: bare %+v, broker %+v", seed, bare, broker)
		}
	}
}
