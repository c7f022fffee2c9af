package view

import "rpcscope/engine/flow"

// trip counts a round trip (or, with took < 0, only an occurrence) for the table of methods.
func (s *State) trip(method flow.Name, class flow.Class, took int64) {
	key := uint64(method)<<8 | uint64(class)
	i := s.ix.method.get(key)
	if i == 0 {
		if s.Methods.Len() >= maxMethods {
			s.Counters.Skipped++
			return
		}
		i = s.Methods.add()
		*s.Methods.At(i) = Method{Name: method, Class: class}
		s.ix.method.put(key, i)
	}
	v := s.Methods.At(i)
	if took < 0 {
		v.Count++
		return
	}
	v.Trips[tripBucket(took)]++
}

// maxMethods bounds the table of methods; a big cloud has some hundreds.
const maxMethods = 2000

// tripBucket is the index of the smallest bound 2^(i/2) µs that is not below ns.
func tripBucket(ns int64) int {
	us := ns / 1000
	for i := range len(Method{}.Trips) - 1 {
		if us <= tripBound(i) {
			return i
		}
	}
	return len(Method{}.Trips) - 1
}

// tripBound is 2^(i/2) in microseconds.
func tripBound(i int) int64 {
	b := int64(1) << (i / 2)
	if i%2 == 1 {
		b = (b*1448 + 512) / 1024
	}
	return b
}

// Median is the middle round trip in nanoseconds, exact to a factor of 1.2; 0 when none ended.
func (m *Method) Median() int64 {
	var total, sum uint64
	for _, n := range m.Trips {
		total += uint64(n)
	}
	for i, n := range m.Trips {
		sum += uint64(n)
		if n > 0 && 2*sum >= total {
			return tripBound(i) * 1000 * 17 / 20
		}
	}
	return 0
}
