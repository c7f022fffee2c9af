package amqp

import "rpcscope/engine/flow"

// words splits keys at dots, once per key: each distinct word has a number.
// It only grows and depends on nothing but the keys, so brokers may share it.
type words struct {
	names  *flow.Names
	number map[string]uint32
	spans  []span // by Name of the key
	all    []uint32
}

type span struct{ from, to uint32 } // from is one too many, so that the zero span is "not split yet"

func newWords(names *flow.Names) *words {
	return &words{names: names, number: map[string]uint32{"*": wordStar, "#": wordHash}}
}

// split returns the words of a key. The empty key has none, which is why "*"
// does not match it (rabbit_exchange_type_topic:split_topic_key).
func (w *words) split(key flow.Name) []uint32 {
	if key == 0 {
		return nil
	}
	if int(key) >= len(w.spans) {
		w.spans = append(w.spans, make([]span, int(key)+1-len(w.spans)+len(w.spans)/2)...)
	}
	s := &w.spans[key]
	if s.from == 0 {
		s.from = uint32(len(w.all)) + 1
		text := w.names.Text(key)
		start := 0
		for i := 0; i <= len(text); i++ {
			if i == len(text) || text[i] == '.' {
				w.all = append(w.all, w.numberOf(text[start:i]))
				start = i + 1
			}
		}
		s.to = uint32(len(w.all))
	}
	return w.all[s.from-1 : s.to]
}

func (w *words) numberOf(word string) uint32 {
	n, ok := w.number[word]
	if !ok {
		n = uint32(len(w.number) + 1)
		w.number[word] = n
	}
	return n
}
