package oracle

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"rpcscope/livebridge/rabbittest"
)

const answersFile = "testdata/answers.gz"

// TestTheModelAgreesWithWhatRabbitMQSaid needs no broker: it holds the model
// against the answers that one gave when they were recorded (-record).
func TestTheModelAgreesWithWhatRabbitMQSaid(t *testing.T) {
	if *record {
		recordAnswers(t)
	}
	f, err := os.Open(answersFile)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	all, err := ReadAnswers(f)
	if err != nil {
		t.Fatal(err)
	}
	for i := range all {
		if d := all[i].Replay(); d != nil {
			t.Errorf("%s:\n%s", all[i].Name, d)
		}
	}
	t.Logf("%d programs", len(all))
}

func recordAnswers(t *testing.T) {
	var all []Recorded
	_, err := Check(rabbittest.Shared(t), Config{
		Programs: 1010, Seed: *seed, Workers: *workers, Failures: 1000, Log: t.Logf,
		Each: func(seed uint64, p Program, a Answers) {
			all = append(all, Recorded{fmt.Sprint("seed ", seed), p, a})
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	slices.SortFunc(all, func(a, b Recorded) int {
		return strings.Compare(fmt.Sprintf("%9s", a.Name[5:]), fmt.Sprintf("%9s", b.Name[5:]))
	})
	all = all[:min(len(all), 1000)] // a few may have differed once
	f, err := os.Create(answersFile)
	if err != nil {
		t.Fatal(err)
	}
	if err := WriteAnswers(f, all); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
}

// regressions are scripts with RabbitMQ's answers below each operation.
func regressions(t *testing.T) map[string]*Recorded {
	files, err := filepath.Glob("testdata/scripts/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatalf("no scripts: %v", err)
	}
	all := map[string]*Recorded{}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		name := strings.TrimSuffix(filepath.Base(file), ".txt")
		if *record {
			text = recordScript(t, file, text)
		}
		r, err := ParseAnswers(name, string(text))
		if err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		all[name] = r
	}
	return all
}

// recordScript puts a broker's answers into a script and keeps its comments at the head.
func recordScript(t *testing.T, file string, text []byte) []byte {
	p, err := Parse(string(text))
	if err != nil {
		t.Fatal(err)
	}
	w, err := NewWorker(rabbittest.Shared(t), "record")
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	d, a, err := w.Run(p)
	if err != nil {
		t.Fatal(err)
	}
	if d != nil {
		t.Fatalf("%s: only what both sides agree about is recorded:\n%s", file, d)
	}
	var head strings.Builder
	for _, l := range strings.SplitAfter(string(text), "\n") {
		if !strings.HasPrefix(l, "#") {
			break
		}
		head.WriteString(l)
	}
	out := []byte(head.String() + p.Script(a))
	if err := os.WriteFile(file, out, 0o644); err != nil {
		t.Fatal(err)
	}
	return out
}

// TestRegressions holds the model against scripts that once showed a
// difference, and the scripts' answers against a broker where there is one.
func TestRegressions(t *testing.T) {
	for name, r := range regressions(t) {
		t.Run(name, func(t *testing.T) {
			if d := r.Replay(); d != nil {
				t.Errorf("the model and the recorded answers differ:\n%s", d)
			}
		})
	}
}

func TestRegressionsAreWhatRabbitMQSays(t *testing.T) {
	w, err := NewWorker(rabbittest.Shared(t), "scripts")
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	for name, r := range regressions(t) {
		d, a, err := w.Run(r.Program)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if d != nil {
			t.Errorf("%s:\n%s", name, d)
		} else if d := compare(r.Program, r.Answers, a); d != nil {
			t.Errorf("%s: RabbitMQ says something else than it did (as \"the model\"):\n%s", name, d)
		}
	}
}

// TestPeerMistakes holds the model to what a real broker answered where the
// best-known simulator goes wrong.
func TestPeerMistakes(t *testing.T) {
	n := 0
	for name, r := range regressions(t) {
		if !strings.HasPrefix(name, "peer-") {
			continue
		}
		n++
		t.Run(name[len("peer-1-"):], func(t *testing.T) {
			if d := r.Replay(); d != nil {
				t.Error(d)
			}
		})
	}
	if n != 8 {
		t.Errorf("%d of the 8 mistakes are looked for", n)
	}
}
