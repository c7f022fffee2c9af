package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"rpcscope/engine/diff"
)

func TestDiffComparesRecordings(t *testing.T) {
	dir := t.TempDir()
	at := func(name string) string { return filepath.Join(dir, name) }
	call(t, "import", "--frames", frames3, "-o", at("frames.flow")).expect(t, exitOK, "")
	call(t, "import", capture3, "-o", at("firehose.flow")).expect(t, exitOK, "")
	call(t, "simulate", "../../engine/scenario/testdata/conformance/03.json", "--format", "flow", "-o", at("sim.flow")).expect(t, exitOK, "")
	for _, c := range []struct{ a, b, level string }{
		{"frames", "sim", "Compared methods: "},
		{"sim", "frames", "Compared methods: "},
		{"firehose", "sim", "Compared broker: "},
		{"frames", "firehose", "Compared messages: "},
		{"sim", "sim", "Compared everything: "},
	} {
		r := call(t, "diff", at(c.a+".flow"), at(c.b+".flow")).expect(t, exitOK, "")
		if !strings.HasPrefix(r.out, c.level) || !strings.Contains(r.out, "\nEqual: ") || r.errors != "" {
			t.Errorf("%s and %s: %s%s", c.a, c.b, r.out, r.errors)
		}
	}
	// A record is missing.
	lines := bytes.SplitAfter(read(t, frames3), []byte("\n"))
	less := write(t, bytes.Join(append(lines[:40:40], lines[41:]...), nil))
	call(t, "import", "--frames", less, "-o", at("less.flow")).expect(t, exitOK, "")
	r := call(t, "diff", at("frames.flow"), at("less.flow")).expect(t, exitFailed, "")
	if !strings.Contains(r.out, "\n1. test-server2:") || !strings.Contains(r.out, "B lacks 1 event") || r.errors != "" {
		t.Errorf("%s%s", r.out, r.errors)
	}
	var doc diff.Result
	if err := json.Unmarshal([]byte(call(t, "diff", "--json", at("frames.flow"), at("less.flow")).expect(t, exitFailed, "").out), &doc); err != nil {
		t.Fatal(err)
	}
	if doc.Equal || doc.Level != "methods" || doc.Total != 1 || len(doc.Differences) != 1 || doc.Differences[0].Where.Process == "" || len(doc.Differences[0].A) != 7 {
		t.Errorf("%+v", doc)
	}
	if r := call(t, "diff", "--max", "0", at("frames.flow"), at("less.flow")).expect(t, exitFailed, ""); strings.Contains(r.out, "1. ") || !strings.Contains(r.out, "1 difference, 0 told") {
		t.Error(r.out)
	}
	// What was counted as lost may account for it.
	spoilt := bytes.Replace(bytes.Join(lines, nil), lines[40], []byte("garbage\n"), 1)
	call(t, "import", "--frames", "--skip-bad", write(t, spoilt), "-o", at("lossy.flow")).expect(t, exitOK, "")
	if r := call(t, "diff", at("frames.flow"), at("lossy.flow")).expect(t, exitOK, ""); !strings.Contains(r.out, "Equal but for 1 difference that lost records may account for") {
		t.Error(r.out)
	}
}

func TestDiffSaysWhatIsWrong(t *testing.T) {
	dir := t.TempDir()
	good := filepath.Join(dir, "good.flow")
	call(t, "simulate", "call", "--until", "1s", "--format", "flow", "-o", good).expect(t, exitOK, "")
	cut := filepath.Join(dir, "cut.flow")
	data := read(t, good)
	if err := os.WriteFile(cut, data[:len(data)*2/3], 0o600); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		args []string
		code int
		want string
	}{
		{[]string{good}, exitUsage, "is missing"},
		{[]string{good, good, good}, exitUsage, "unexpected argument"},
		{[]string{good, good, "--max", "-1"}, exitUsage, "--max must be between 0 and"},
		{[]string{good, filepath.Join(dir, "none.flow")}, exitFailed, "none.flow"},
		{[]string{good, capture3}, exitFailed, "rpcscope import"},
		{[]string{good, cut}, exitFailed, "what comes before it was read"},
		{[]string{cut, cut}, exitFailed, "what comes before it was read"},
	} {
		call(t, append([]string{"diff"}, c.args...)...).expect(t, c.code, c.want)
	}
}
