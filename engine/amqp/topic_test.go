package amqp

import (
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"rpcscope/engine/flow"
)

// naiveMatch is topic matching as one would explain it: split both at dots, "*"
// is one word, "#" any number. The empty key has no words.
func naiveMatch(pattern, key string) bool {
	return matchWords(splitKey(pattern), splitKey(key))
}

func splitKey(s string) []string {
	if s == "" {
		return nil
	}
	return strings.Split(s, ".")
}

func matchWords(p, k []string) bool {
	switch {
	case len(p) == 0:
		return len(k) == 0
	case p[0] == "#":
		return matchWords(p[1:], k) || len(k) > 0 && matchWords(p, k[1:])
	case len(k) == 0:
		return false
	}
	return (p[0] == "*" || p[0] == k[0]) && matchWords(p[1:], k[1:])
}

// rabbitPatterns and rabbitTopics are what RabbitMQ 3.10.8 answered: for each key the patterns that matched.
var (
	rabbitPatterns = []string{
		"a.#.a", "*", "#", "", "#.#.#", "*.#", "#.*", "a.*", "*.*", "a.#", ".", "a.", ".a", "a..b", "*.#.*", "#.a.#", "a.#.b.#", "a.*.#",
	}
	rabbitTopics = map[string][]string{
		"":        {"#", "", "#.#.#"},
		"a":       {"*", "#", "#.#.#", "*.#", "#.*", "a.#", "#.a.#"},
		"a.a":     {"a.#.a", "#", "#.#.#", "*.#", "#.*", "a.*", "*.*", "a.#", "*.#.*", "#.a.#", "a.*.#"},
		"a.b.a":   {"a.#.a", "#", "#.#.#", "*.#", "#.*", "a.#", "*.#.*", "#.a.#", "a.#.b.#", "a.*.#"},
		".":       {"#", "#.#.#", "*.#", "#.*", "*.*", ".", "*.#.*"},
		"a.":      {"#", "#.#.#", "*.#", "#.*", "a.*", "*.*", "a.#", "a.", "*.#.*", "#.a.#", "a.*.#"},
		".a":      {"#", "#.#.#", "*.#", "#.*", "*.*", ".a", "*.#.*", "#.a.#"},
		"..":      {"#", "#.#.#", "*.#", "#.*", "*.#.*"},
		"a..b":    {"#", "#.#.#", "*.#", "#.*", "a.#", "a..b", "*.#.*", "#.a.#", "a.#.b.#", "a.*.#"},
		"b":       {"*", "#", "#.#.#", "*.#", "#.*"},
		"#":       {"*", "#", "#.#.#", "*.#", "#.*"},
		"*":       {"*", "#", "#.#.#", "*.#", "#.*"},
		"a.#":     {"#", "#.#.#", "*.#", "#.*", "a.*", "*.*", "a.#", "*.#.*", "#.a.#", "a.*.#"},
		"a.*.b":   {"#", "#.#.#", "*.#", "#.*", "a.#", "*.#.*", "#.a.#", "a.#.b.#", "a.*.#"},
		"a.b.c.b": {"#", "#.#.#", "*.#", "#.*", "a.#", "*.#.*", "#.a.#", "a.#.b.#", "a.*.#"},
	}
)

func TestTopicsMatchAsInRabbitMQ(t *testing.T) {
	names := &flow.Names{}
	w := newWords(names)
	var tr trie
	for i, p := range rabbitPatterns {
		n := tr.grow(w.split(names.Intern(p)))
		tr.nodes[n].first = uint32(i + 1)
	}
	for key, want := range rabbitTopics {
		var got []string
		for _, n := range tr.match(w.split(names.Intern(key))) {
			if f := tr.nodes[n].first; f != 0 {
				got = append(got, rabbitPatterns[f-1])
			}
		}
		for _, p := range rabbitPatterns {
			if naiveMatch(p, key) != slices.Contains(want, p) {
				t.Errorf("the naive matcher is wrong about %q and %q", p, key)
			}
			if slices.Contains(got, p) != slices.Contains(want, p) {
				t.Errorf("%q matches %q: %v, in RabbitMQ %v", p, key, slices.Contains(got, p), slices.Contains(want, p))
			}
		}
	}
}

func TestTrieAgreesWithNaiveMatching(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		names := &flow.Names{}
		w := newWords(names)
		var tr trie
		word := rapid.SampledFrom([]string{"a", "b", "*", "#", "", "#"})
		key := rapid.Map(rapid.SliceOfN(word, 0, 6), func(ws []string) string { return strings.Join(ws, ".") })
		live := map[string]bool{}
		t.Repeat(map[string]func(*rapid.T){
			"bind": func(t *rapid.T) {
				p := key.Draw(t, "pattern")
				live[p] = true
				tr.nodes[tr.grow(w.split(names.Intern(p)))].first = 1 + uint32(names.Intern(p))
			},
			"unbind": func(t *rapid.T) {
				p := key.Draw(t, "pattern")
				if n := tr.walk(w.split(names.Intern(p))); live[p] {
					tr.nodes[n].first = 0
					tr.prune(n)
					delete(live, p)
				} else if n != 0 && tr.nodes[n].first != 0 {
					t.Fatalf("%q is bound but was not", p)
				}
			},
			"publish": func(t *rapid.T) {
				k := key.Draw(t, "key")
				got := map[string]bool{}
				for _, n := range tr.match(w.split(names.Intern(k))) {
					if f := tr.nodes[n].first; f != 0 {
						p := names.Text(flow.Name(f - 1))
						if got[p] {
							t.Fatalf("%q found twice for %q", p, k)
						}
						got[p] = true
					}
				}
				for p := range live {
					if got[p] != naiveMatch(p, k) {
						t.Fatalf("%q matches %q: %v", p, k, got[p])
					}
				}
			},
			"": func(t *rapid.T) {
				if len(live) == 0 && len(tr.nodes) > 2 && len(tr.free) != len(tr.nodes)-2 {
					t.Fatalf("%d of %d nodes left over", len(tr.nodes)-2-len(tr.free), len(tr.nodes))
				}
			},
		})
	})
}

// Matching follows all ways at once; with 60 times "#" a search that goes one
// way after the other would not come back.
func TestManyHashesDoNotExplode(t *testing.T) {
	names := &flow.Names{}
	w := newWords(names)
	var tr trie
	pattern := strings.TrimSuffix(strings.Repeat("#.a.", 60), ".")
	tr.nodes = make([]node, 2)
	end := tr.grow(w.split(names.Intern(pattern)))
	hit := tr.match(w.split(names.Intern(strings.TrimSuffix(strings.Repeat("a.", 300), "."))))
	if !slices.Contains(hit, end) {
		t.Error("no match")
	}
	if hit = tr.match(w.split(names.Intern(strings.Repeat("a.", 300) + "b"))); slices.Contains(hit, end) {
		t.Error("a match that is none")
	}
}
