package oracle

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

var runMutants = flag.Bool("mutants", false, "build every mutant of the model and see after how many programs it is found")

// mutant is a deliberate mistake in the model: a text of one of its files
// replaced by another. It is built in with -overlay, so that the engine that
// is shipped knows nothing of it.
type mutant struct {
	name, reason string
	file         string // in engine/amqp
	old, new     string
}

const engine = "../../engine/amqp"

func mutants(t *testing.T) (all []mutant) {
	files, err := filepath.Glob("testdata/mutants/*.txt")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		m := mutant{name: strings.TrimSuffix(filepath.Base(file), ".txt")}
		head, rest, ok1 := strings.Cut(string(text), "\n<<<<\n")
		old, rest, ok2 := strings.Cut(rest, "====\n")
		changed, _, ok3 := strings.Cut(rest, ">>>>\n")
		lines := strings.Split(head, "\n")
		if !ok1 || !ok2 || !ok3 || len(lines) != 2 {
			t.Fatalf("%s is not a mutant", file)
		}
		m.reason, m.file = strings.TrimPrefix(lines[0], "# "), strings.TrimPrefix(lines[1], "# ")
		m.old, m.new = old, changed
		all = append(all, m)
	}
	return all
}

// apply returns the file with the mistake in it.
func (m *mutant) apply() (string, error) {
	text, err := os.ReadFile(filepath.Join(engine, m.file))
	if err != nil {
		return "", err
	}
	if n := strings.Count(string(text), m.old); n != 1 {
		return "", fmt.Errorf("%s holds the text that the mutant %s changes %d times, not once", m.file, m.name, n)
	}
	return strings.Replace(string(text), m.old, m.new, 1), nil
}

// TestMutantsFitTheModel keeps the mutants in step with the engine's source.
func TestMutantsFitTheModel(t *testing.T) {
	all, peers := mutants(t), 0
	for i := range all {
		if _, err := all[i].apply(); err != nil {
			t.Error(err)
		}
		if strings.HasPrefix(all[i].name, "peer-") {
			peers++
		}
	}
	if len(all) < 30 || peers != 8 {
		t.Errorf("%d mutants, of them %d mistakes of peers", len(all), peers)
	}
}

// TestEveryMutantIsFound runs the recorded programs on each mutant (-mutants).
func TestEveryMutantIsFound(t *testing.T) {
	if !*runMutants {
		t.Log("no -mutants")
		return
	}
	for _, m := range mutants(t) {
		found, err := m.hunt(t.TempDir())
		if err != nil {
			t.Errorf("%s: %v", m.name, err)
			continue
		}
		after, rest, _ := strings.Cut(found, "\n")
		if after == "0" {
			t.Errorf("%-36s not found   %s", m.name, m.reason)
			continue
		}
		seed, _, _ := strings.Cut(rest, "\n")
		t.Logf("%-36s found after %4s programs (%s)   %s", m.name, after, seed, m.reason)
	}
}

// hunt builds the mutant and returns what replay says.
func (m *mutant) hunt(dir string) (string, error) {
	text, err := m.apply()
	if err != nil {
		return "", err
	}
	original, err := filepath.Abs(filepath.Join(engine, m.file))
	if err != nil {
		return "", err
	}
	changed, overlay, binary := filepath.Join(dir, m.file), filepath.Join(dir, "overlay.json"), filepath.Join(dir, "replay")
	spec, err := json.Marshal(map[string]any{"Replace": map[string]string{original: changed}})
	if err != nil {
		return "", err
	}
	for file, data := range map[string]string{changed: text, overlay: string(spec)} {
		if err := os.WriteFile(file, []byte(data), 0o600); err != nil {
			return "", err
		}
	}
	if out, err := exec.Command("go", "build", "-overlay", overlay, "-o", binary, "./replay").CombinedOutput(); err != nil {
		return "", fmt.Errorf("%w\n%s", err, out)
	}
	out, err := exec.Command(binary, answersFile).CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("%w\n%s", err, out)
	}
	return string(out), nil
}
