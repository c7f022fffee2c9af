package scenario_test

import (
	"os"
	"testing"

	"github.com/google/go-cmp/cmp"

	"rpcscope/engine/flow"
	"rpcscope/engine/scenario"
	"rpcscope/engine/stats"
)

// What a person counts must not depend on where the stream comes from: the
// simulation of a captured program and the import of what the real broker told
// about that program give the same report.
func TestSimulationAndImportOfACaptureCountAlike(t *testing.T) {
	for _, number := range []string{"01", "05", "07", "08", "09", "11", "14", "22"} {
		t.Run(number, func(t *testing.T) {
			want, got := imported(t, number), simulated(t, number)
			for _, r := range []*stats.Report{want, got} { // a capture tells less, and in real time
				r.Events, r.DurationNs = 0, 0
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("− imported, + simulated:\n%s", diff)
			}
		})
	}
}

func simulated(t *testing.T, number string) *stats.Report {
	t.Helper()
	data, err := os.ReadFile("testdata/conformance/" + number + ".json")
	if err != nil {
		t.Fatal(err)
	}
	names := &flow.Names{}
	s := stats.New(names)
	w, err := scenario.NewWorld(parse(t, string(data)), 1, names, s)
	if err != nil {
		t.Fatal(err)
	}
	if err := w.RunUntil(60e9); err != nil {
		t.Fatal(err)
	}
	return s.Report()
}

func imported(t *testing.T, number string) *stats.Report {
	t.Helper()
	names := &flow.Names{}
	s := stats.New(names)
	importFirehose(t, number, names, s)
	return s.Report()
}
