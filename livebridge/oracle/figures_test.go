package oracle

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// figure prints a line for `make figures`, which shows what README says of the broker and its proof.
func figure(t *testing.T, format string, a ...any) string {
	text := fmt.Sprintf(format, a...)
	t.Log("figure: " + text)
	return text
}

// provenBy counts what the model is held to besides random programs.
func provenBy(t *testing.T) string {
	count := func(pattern string) int {
		files, err := filepath.Glob(pattern)
		if err != nil || len(files) == 0 {
			t.Fatalf("no %s: %v", pattern, err)
		}
		return len(files)
	}
	return figure(t, "besides: %d conversations with RabbitMQ's own words, %d programs that once differed or that peers get wrong, %d mutants of the model",
		count(engine+"/testdata/scripts/*.txt"), count("testdata/scripts/*.txt"), count("testdata/mutants/*.txt"))
}

// inReadme fails when README does not hold a figure; it is to show what `make figures` prints.
func inReadme(t *testing.T, figures ...string) {
	text, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range figures {
		if !strings.Contains(string(text), f) {
			t.Errorf("README does not say what `make figures` prints:\n%s", f)
		}
	}
}

// middle describes lengths of programs.
func middle(lengths []int) string {
	slices.Sort(lengths)
	return fmt.Sprintf("%d operations in the middle, from %d to %d", lengths[len(lengths)/2], lengths[0], lengths[len(lengths)-1])
}
