package normalize

import (
	"slices"
	"testing"

	"pgregory.net/rapid"

	"rpcscope/engine/flow"
)

// TestManyIdenticalCopiesCostNoMoreThanOne: a queue that nobody reads may hold a hundred thousand of them.
func TestManyIdenticalCopiesCostNoMoreThanOne(t *testing.T) {
	var c copies
	c.init()
	k := copyKey{queue: objectKey{1, 2}}
	const many = 20_000
	for i := range flow.MsgID(many) {
		c.add(k, i, flow.ClassCast)
	}
	next := flow.MsgID(0)
	if n := testing.AllocsPerRun(many/4, func() {
		if !c.remove(k, next) {
			t.Fatal("gone already")
		}
		next++
	}); n > 0 {
		t.Errorf("taking one back allocates %v times", n)
	}
	for c.nWaiting > 0 {
		c.take(k, false)
	}
	if n := testing.AllocsPerRun(many/4, func() { c.take(k, true) }); n > 0 {
		t.Errorf("a redelivery allocates %v times", n)
	}
}

// TestCopiesAreThoseOfAPlainList holds the index by queue to a list that is searched.
func TestCopiesAreThoseOfAPlainList(t *testing.T) {
	type held struct {
		k  copyKey
		id flow.MsgID
	}
	rapid.Check(t, func(t *rapid.T) {
		var c copies
		c.init()
		var model []held
		first := func(k copyKey) int { return slices.IndexFunc(model, func(h held) bool { return h.k == k }) }
		for id := range flow.MsgID(rapid.IntRange(1, 60).Draw(t, "steps")) {
			k := copyKey{objectKey{1, flow.Name(rapid.IntRange(1, 2).Draw(t, "queue"))}, fingerprint{uint64(rapid.IntRange(0, 1).Draw(t, "print"))}}
			switch rapid.SampledFrom([]string{"add", "add", "take", "remove", "drop"}).Draw(t, "what") {
			case "add":
				c.add(k, id, flow.ClassCast)
				model = append(model, held{k, id})
			case "take":
				i := first(k)
				got, found, _ := c.take(k, false)
				if found != (i >= 0) || found && got.id != model[i].id {
					t.Fatalf("took %v %v of %v", got, found, model)
				}
				if found {
					model = slices.Delete(model, i, i+1)
				}
			case "remove":
				old := flow.MsgID(rapid.IntRange(0, int(id)).Draw(t, "id"))
				i := slices.Index(model, held{k, old})
				if c.remove(k, old) != (i >= 0) {
					t.Fatalf("removing %v %v of %v", k, old, model)
				}
				if i >= 0 {
					model = slices.Delete(model, i, i+1)
				}
			case "drop":
				before := len(model)
				model = slices.DeleteFunc(model, func(h held) bool { return h.k.queue == k.queue })
				if n := c.dropQueue(k.queue); n != before-len(model) {
					t.Fatalf("dropped %d, want %d", n, before-len(model))
				}
			}
			if c.nWaiting != len(model) {
				t.Fatalf("%d wait, want %d", c.nWaiting, len(model))
			}
			c.compact()
		}
	})
}
