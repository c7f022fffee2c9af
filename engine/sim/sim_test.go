package sim

import (
	"math"
	"slices"
	"testing"

	"github.com/google/uuid"
	"pgregory.net/rapid"
)

func TestQueueGivesItemsByTimeThenByPushing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var q Queue
		var want []Item
		for i, at := range rapid.SliceOf(rapid.Int64Range(-3, 9)).Draw(t, "times") {
			q.Push(Item{At: at, A: uint32(i)})
			want = append(want, Item{At: at, A: uint32(i), Seq: uint64(i + 1)})
		}
		slices.SortStableFunc(want, func(a, b Item) int { return int(a.At - b.At) })
		c := q.Clone()
		for _, w := range want {
			if at, ok := q.NextAt(); !ok || at != w.At {
				t.Fatalf("next at %d, %v; want %d", at, ok, w.At)
			}
			got, _ := q.Pop()
			fork, _ := c.Pop()
			if got != w || fork != w {
				t.Fatalf("got %v, clone %v, want %v", got, fork, w)
			}
		}
		if _, ok := q.Pop(); ok {
			t.Fatal("an item too many")
		}
	})
}

func TestPopUntilLeavesTheFuture(t *testing.T) {
	var q Queue
	q.Push(Item{At: 5})
	if _, ok := q.PopUntil(4); ok {
		t.Fatal("popped an item of the future")
	}
	if _, ok := q.PopUntil(5); !ok {
		t.Fatal("did not pop an item that is due")
	}
}

func TestStreamsAreIndependentAndRepeatable(t *testing.T) {
	root := NewRand(7)
	a, b := root.Stream("a"), root.Stream("b")
	again := NewRand(7).Stream("a")
	if a.Uint64() == b.Uint64() {
		t.Fatal("two names gave one stream")
	}
	again.Uint64()
	if x, y := a.UUID(), again.UUID(); x != y {
		t.Fatalf("uuids %s and %s", x, y)
	}
	if got, want := NewRand(1).s[0], uint64(0x910a2dec89025cc1); got != want {
		t.Fatalf("splitmix64 of seed 1 gives %#x, its reference %#x", got, want)
	}
}

// In the browser they are made by hand.
func TestDeterminismOfUUIDsIsThatOfGoogleUUID(t *testing.T) {
	a, b := NewRand(3), NewRand(3)
	for range 100 {
		if got, want := a.UUID().String(), uuid.Must(uuid.NewRandomFromReader(&b)).String(); got != want {
			t.Fatalf("%s, want %s", got, want)
		}
	}
}

// A change here changes every recorded seed: it must be deliberate.
func TestDrawsAreTheSameForever(t *testing.T) {
	dists := []Dist{Constant(5), Uniform(10, 20), Exponential(1e6), Normal(1e6, 1e5), LogNormal(1e6, 500)}
	r := NewRand(42)
	var d Digest
	for range 1000 {
		for _, x := range dists {
			d.Uint(uint64(x.Draw(&r)))
		}
	}
	if got, want := d.Sum(), uint64(0xb50c2dcfa853a884); got != want {
		t.Fatalf("digest of the draws is %#x, want %#x", got, want)
	}
}

func TestMomentsOfTheDistributions(t *testing.T) {
	const n = 400_000
	for _, c := range []struct {
		name           string
		d              Dist
		mean, variance float64
	}{
		{"constant", Constant(1000), 1000, 0},
		{"uniform", Uniform(0, 12000), 6000, 12e6},
		{"exponential", Exponential(1e6), 1e6, 1e12},
		{"normal", Normal(1e6, 1e5), 1e6, 1e10},
		{"lognormal", LogNormal(1e6, 500), 1e6 * math.Exp(0.125), 1e12 * (math.Exp(0.25) - 1) * math.Exp(0.25)},
	} {
		r := NewRand(3).Stream(c.name)
		var sum, squares float64
		for range n {
			v := float64(c.d.Draw(&r))
			sum += v
			squares += v * v
		}
		mean := sum / n
		variance := squares/n - mean*mean
		if math.Abs(mean-c.mean) > 5*math.Sqrt(c.variance/n)+1e-6 {
			t.Errorf("%s: mean %g, want %g", c.name, mean, c.mean)
		}
		if math.Abs(variance-c.variance) > 0.03*c.variance+1e-3 {
			t.Errorf("%s: variance %g, want %g", c.name, variance, c.variance)
		}
	}
}

func TestExponentialTailsHaveTheirWeight(t *testing.T) {
	const n = 200_000
	r := NewRand(9)
	for _, k := range []float64{0.01, 0.5, 1, 3, 6} {
		over := 0
		for range n {
			if float64(Exponential(1e6).Draw(&r)) > k*1e6 {
				over++
			}
		}
		p := math.Exp(-k)
		if dev := math.Abs(float64(over)/n - p); dev > 5*math.Sqrt(p*(1-p)/n) {
			t.Errorf("P(X > %g) is off by %g", k, dev)
		}
	}
}

func TestDrawsStayInRange(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := Dist{
			Kind: DistKind(rapid.IntRange(0, 5).Draw(t, "kind")),
			A:    rapid.Int64().Draw(t, "a"),
			B:    rapid.Int64().Draw(t, "b"),
		}
		r := NewRand(rapid.Uint64().Draw(t, "seed"))
		for range 20 {
			if v := d.Draw(&r); v < 0 || v > maxDraw {
				t.Fatalf("%+v drew %d", d, v)
			}
		}
	})
}

func TestBoundedNumbersAreUnbiased(t *testing.T) {
	r := NewRand(5)
	var hits [7]int
	for range 70_000 {
		hits[r.N(7)]++
	}
	for i, h := range hits {
		if h < 9500 || h > 10500 {
			t.Errorf("%d came %d times in 70000", i, h)
		}
	}
	if r.N(0) != 0 {
		t.Error("N(0) is not 0")
	}
}

func TestQueueDoesNotAllocateWhenWarm(t *testing.T) {
	var q Queue
	for i := range 100 {
		q.Push(Item{At: int64(i)})
	}
	if n := testing.AllocsPerRun(100, func() {
		it, _ := q.Pop()
		it.At += 100
		q.Push(it)
	}); n != 0 {
		t.Errorf("%v allocations per event", n)
	}
}
