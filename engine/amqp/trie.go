package amqp

import "slices"

// Words of binding keys with a meaning of their own.
const (
	wordStar uint32 = 1 // "*": exactly one word
	wordHash uint32 = 2 // "#": any number of words, none included
)

// trie holds the binding keys of one topic exchange, a word an edge. Matching
// follows all partial matches at once, word by word, and enters each node at
// most once per word: no pattern makes it slower than words × nodes.
type trie struct {
	nodes []node // 0 is unused, 1 the root
	edges index  // pair(node, word) to child; not for * and #
	free  []uint32
	stamp uint32
	now   []uint32 // nodes reached, scratch
	next  []uint32
}

type node struct {
	parent, word uint32
	star, hash   uint32 // children for * and #
	children     uint32 // how many, those two included
	first        uint32 // chain of bindings that end here
	stamp        uint32
}

const root = 1

// child returns the child of n for a word of a binding key, 0 when there is none.
func (t *trie) child(n, word uint32) uint32 {
	switch word {
	case wordStar:
		return t.nodes[n].star
	case wordHash:
		return t.nodes[n].hash
	}
	return t.edges.get(pair(n, word))
}

// walk returns the node of a binding key, or 0.
func (t *trie) walk(words []uint32) uint32 {
	if len(t.nodes) == 0 {
		return 0
	}
	n := uint32(root)
	for _, w := range words {
		if n = t.child(n, w); n == 0 {
			return 0
		}
	}
	return n
}

// grow returns the node of a binding key, adding what is missing.
func (t *trie) grow(words []uint32) uint32 {
	if len(t.nodes) == 0 {
		t.nodes = make([]node, 2, 8)
	}
	n := uint32(root)
	for _, w := range words {
		c := t.child(n, w)
		if c == 0 {
			c = t.add(n, w)
		}
		n = c
	}
	return n
}

func (t *trie) add(parent, word uint32) uint32 {
	var c uint32
	if k := len(t.free); k > 0 {
		c, t.free = t.free[k-1], t.free[:k-1]
		t.nodes[c] = node{parent: parent, word: word}
	} else {
		c = uint32(len(t.nodes))
		t.nodes = append(t.nodes, node{parent: parent, word: word})
	}
	t.setChild(parent, word, c)
	t.nodes[parent].children++
	return c
}

func (t *trie) setChild(n, word, c uint32) {
	switch {
	case word == wordStar:
		t.nodes[n].star = c
	case word == wordHash:
		t.nodes[n].hash = c
	case c == 0:
		t.edges.del(pair(n, word))
	default:
		t.edges.set(pair(n, word), c)
	}
}

// prune removes n and its ancestors as far as nothing needs them any more.
func (t *trie) prune(n uint32) {
	for n != root && t.nodes[n].children == 0 && t.nodes[n].first == 0 {
		p := t.nodes[n].parent
		t.setChild(p, t.nodes[n].word, 0)
		t.nodes[p].children--
		t.free = append(t.free, n)
		n = p
	}
}

// match returns the nodes whose binding keys match the words of a routing key,
// each once. The slice is good until the next call.
func (t *trie) match(words []uint32) []uint32 {
	if len(t.nodes) == 0 {
		return nil
	}
	t.now = t.enter(t.now[:0], t.step(), root)
	for _, w := range words {
		stamp := t.step()
		t.next = t.next[:0]
		for _, n := range t.now {
			d := &t.nodes[n]
			if d.word == wordHash && n != root {
				t.next = t.enter(t.next, stamp, n)
			}
			if d.star != 0 {
				t.next = t.enter(t.next, stamp, d.star)
			}
			if w > wordHash {
				if c := t.edges.get(pair(n, w)); c != 0 {
					t.next = t.enter(t.next, stamp, c)
				}
			}
		}
		t.now, t.next = t.next, t.now
		if len(t.now) == 0 {
			break
		}
	}
	return t.now
}

// enter adds n and, because # matches no words too, what hangs below it by #.
func (t *trie) enter(set []uint32, stamp, n uint32) []uint32 {
	for n != 0 && t.nodes[n].stamp != stamp {
		t.nodes[n].stamp = stamp
		set = append(set, n)
		n = t.nodes[n].hash
	}
	return set
}

func (t *trie) step() uint32 {
	t.stamp++
	if t.stamp == 0 { // wrapped: no old stamp may look fresh
		for i := range t.nodes {
			t.nodes[i].stamp = 0
		}
		t.stamp = 1
	}
	return t.stamp
}

func (t *trie) clone() trie {
	return trie{nodes: slices.Clone(t.nodes), edges: t.edges.clone(), free: slices.Clone(t.free), stamp: t.stamp}
}
