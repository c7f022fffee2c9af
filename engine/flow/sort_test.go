package flow

import (
	"math/rand/v2"
	"slices"
	"testing"
)

// Lists of every length about the blocks' bounds, with many equal items and by an order that is none, come out as slices.SortStableFunc has them.
func TestSortStableLikeSlices(t *testing.T) {
	type item struct{ key, was int }
	orders := map[string]func(a, b item) int{
		"by key":  func(a, b item) int { return a.key - b.key },
		"roughly": func(a, b item) int { return (a.key - b.key) / 3 }, // not transitive
	}
	r := rand.New(rand.NewPCG(1, 2))
	for what, order := range orders {
		for n := range 300 {
			list := make([]item, n)
			for i := range list {
				list[i] = item{r.IntN(1 + n/2), i}
			}
			want := slices.Clone(list)
			slices.SortStableFunc(want, order)
			if SortStable(list, order); !slices.Equal(list, want) {
				t.Fatalf("%s, %d items: %v, want %v", what, n, list, want)
			}
		}
	}
}

func TestSortStableAllocatesNothing(t *testing.T) {
	list := make([]int, 500)
	if n := testing.AllocsPerRun(20, func() {
		for i := range list {
			list[i] = i * 7919 % 501
		}
		SortStable(list, func(a, b int) int { return a - b })
	}); n != 0 {
		t.Errorf("%v allocations to sort 500 numbers", n)
	}
}
