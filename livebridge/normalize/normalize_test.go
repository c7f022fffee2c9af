package normalize_test

import (
	"bufio"
	"bytes"
	"cmp"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"rpcscope/engine/flow"
	"rpcscope/engine/stats"
	"rpcscope/livebridge/normalize"
)

// records reads capture files the way `rpcscope import` does.
func records(t testing.TB, paths ...string) (recs []normalize.Record) {
	t.Helper()
	for _, path := range paths {
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		sc := bufio.NewScanner(bytes.NewReader(data))
		sc.Buffer(nil, 16<<20)
		for line := 1; sc.Scan(); line++ {
			r, skip, err := normalize.ParseLine(sc.Bytes())
			if err != nil {
				t.Fatalf("%s:%d: %v", path, line, err)
			}
			if !skip {
				recs = append(recs, r)
			}
		}
	}
	slices.SortStableFunc(recs, func(a, b normalize.Record) int { return cmp.Compare(a.At, b.At) })
	return recs
}

// run normalizes records and returns the counts and every event as text-free copies.
func run(t testing.TB, recs []normalize.Record, extra ...flow.Sink) (*stats.Report, *flow.Names) {
	t.Helper()
	names := &flow.Names{}
	s := stats.New(names)
	var epoch int64
	if len(recs) > 0 {
		epoch = recs[0].At
	}
	n := normalize.New(names, append(flow.Tee{s}, extra...), epoch)
	for i := range recs {
		n.Learn(&recs[i])
	}
	for i := range recs {
		if err := n.Record(&recs[i]); err != nil {
			t.Fatalf("record %d: %v", i, err)
		}
	}
	return s.Report(), names
}

func TestDump(t *testing.T) {
	files, _ := filepath.Glob("../../../shared/captures/*.jsonl")
	for _, f := range files {
		if matched, _ := filepath.Match("*frames*", filepath.Base(f)); matched {
			continue
		}
		r, _ := run(t, records(t, f))
		t.Logf("%s\n pub %+v\n del %+v\n calls %+v\n fail %v meth %v notif %v unr %d ret %d red %d ev %d", filepath.Base(f), r.Published, r.Delivered, r.Calls, r.Failures, r.Methods, r.Notifications, r.Unrouted, r.Returned, r.Redelivered, r.Events)
	}
}
