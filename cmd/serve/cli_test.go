package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"rpcscope/assets"
	"rpcscope/engine/flow"
)

// result is what one call of the program gave.
type result struct {
	code        int
	out, errors string
}

func noEnv(string) string { return "" }

// call runs the program with args; its environment is empty.
func call(t *testing.T, args ...string) result {
	t.Helper()
	var out, errs bytes.Buffer
	code := run(t.Context(), args, noEnv, &out, &errs)
	return result{code, out.String(), errs.String()}
}

func (r result) expect(t *testing.T, code int, inErrors string) result {
	t.Helper()
	if r.code != code || !strings.Contains(r.errors, inErrors) {
		t.Fatalf("exit code %d, want %d; errors %q, want them to say %q", r.code, code, r.errors, inErrors)
	}
	return r
}

func TestWrongCallsSayWhatIsWrong(t *testing.T) {
	dir := t.TempDir()
	there := filepath.Join(dir, "there.flow")
	if err := os.WriteFile(there, []byte("something"), 0o600); err != nil {
		t.Fatal(err)
	}
	recording := filepath.Join(dir, "recording.flow")
	if err := os.WriteFile(recording, []byte(flow.Magic), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		args string
		code int
		want string
	}{
		{"simulate " + recording, exitFailed, `is a recording, no scenario; "rpcscope cat" prints it`},
		{"simulat", exitUsage, `did you mean "simulate"?`},
		{"simualte", exitUsage, `did you mean "simulate"?`},
		{"simulate refrence", exitFailed, `did you mean "reference"?`},
		{"simulate one_call", exitFailed, `did you mean "one-call"?`},
		{"simulate call --seed x", exitUsage, "write a whole number"},
		{"simulate call --sede 3", exitUsage, "did you mean --seed?"},
		{"frobnicate", exitUsage, `no command "frobnicate"`},
		{"simulate", exitUsage, "the SCENARIO is missing"},
		{"simulate call cast", exitUsage, `unexpected argument "cast"`},
		{"simulate call --sead 4", exitUsage, "there is no flag --sead"},
		{"simulate call --seed x", exitUsage, "--seed"},
		{"simulate call --seed -1", exitUsage, `invalid value "-1" for flag --seed`},
		{"simulate call --seed 18446744073709551616", exitUsage, "--seed"},
		{"simulate call --until", exitUsage, "flag --until needs a value"},
		{"simulate call --until=", exitUsage, "flag --until: write a time such as"},
		{"simulate call --until 30", exitUsage, "flag --until: write a time such as"},
		{"simulate call --force=perhaps", exitUsage, "--force"},
		{"simulate call -o", exitUsage, "flag -o needs a value"},
		{"simulate call -x", exitUsage, "there is no flag -x"},
		{"simulate call ---seed 1", exitUsage, "-seed"},
		{"simulate -- --seed", exitFailed, `"--seed"`},
		{"simulate call --format xml", exitUsage, "text, jsonl or flow"},
		{"simulate call --until -1s", exitUsage, "between 0 and"},
		{"simulate call --until 31d", exitUsage, "a time such as"},
		{"simulate nowhere", exitFailed, "no built-in scenario and no file"},
		{"simulate " + there, exitFailed, "there.flow"},
		{"simulate call -o " + there, exitFailed, "--force"},
		{"simulate call -o " + dir, exitFailed, "it is a folder"},
		{"simulate call -o " + filepath.Join(dir, "no", "such", "x"), exitFailed, "there is no folder"},
		{"import " + os.DevNull + " -o " + filepath.Join(dir, "z"), exitFailed, "nothing to import in"},
		{"import --frames testdata/09-call-timeouts.jsonl -o " + filepath.Join(dir, "z"), exitFailed, "leave out --frames"},
		{"import -o x.flow", exitUsage, "capture files are missing"},
		{"import testdata/09-call-timeouts.jsonl", exitUsage, "-o FILE.flow is missing"},
		{"import testdata/09-call-timeouts.jsonl -o " + there, exitFailed, "exists already"},
		{"import nothing.jsonl -o " + filepath.Join(dir, "y"), exitFailed, "cannot open nothing.jsonl"},
		{"stats", exitUsage, "is missing"},
		{"stats nothing.flow", exitFailed, "cannot open nothing.flow: no such file"},
		{"stats " + there, exitFailed, "not an rpcscope recording"},
		{"stats " + dir, exitFailed, "cannot read " + dir + ": is a directory"},
		{"cat " + there, exitFailed, "not an rpcscope recording"},
		{"cat x --format flow", exitUsage, "text or jsonl"},
		{"replay " + there, exitFailed, "not an rpcscope recording"},
		{"record -o x", exitUsage, "--amqp URL is missing"},
		{"record --amqp amqp://localhost", exitUsage, "-o FILE.flow is missing"},
		{"record --amqp http://u:hunter2@localhost -o x", exitUsage, "--amqp must look like"},
		{"serve --amqp nonsense", exitUsage, "--amqp must look like"},
		{"serve --listen 8080", exitUsage, "--listen must be host:port"},
		{"serve --listen 127.0.0.1:", exitUsage, "--listen must be host:port"},
		{"serve --listen 127.0.0.1:99999", exitUsage, `--listen 127.0.0.1:99999: "99999" is no port`},
		{"serve --listen=:abc", exitUsage, `--listen :abc: "abc" is no port`},
		{"serve --listen 127.0.0.1:-1", exitUsage, "is no port"},
		{"serve --origin scope.example.org", exitUsage, "--origin must look like https://"},
		{"replay x.flow --origin https://scope/path", exitUsage, "--origin must look like https://"},
		{"serve --amqp amqp://localhost --vhost=", exitUsage, "vhost"},
		{"scenarios all", exitUsage, `unexpected argument "all"`},
	} {
		r := call(t, strings.Fields(c.args)...)
		if r.code != c.code || !strings.Contains(r.errors, c.want) {
			t.Errorf("rpcscope %s: exit code %d, want %d; said %q, want %q", c.args, r.code, c.code, r.errors, c.want)
		}
		if strings.Contains(r.errors, "hunter2") {
			t.Errorf("rpcscope %s: the password was repeated", c.args)
		}
		if r.out != "" {
			t.Errorf("rpcscope %s: errors belong on standard error, not %q", c.args, r.out)
		}
	}
	if data, _ := os.ReadFile(there); string(data) != "something" {
		t.Error("a file was overwritten without --force")
	}
}

func TestHelpForEachCommand(t *testing.T) {
	overview := call(t, "--help").expect(t, exitOK, "")
	for _, c := range commands() {
		if !strings.Contains(overview.out, c.name) {
			t.Errorf("the overview lacks %s", c.name)
		}
		r := call(t, c.name, "--help").expect(t, exitOK, "")
		if !strings.Contains(r.out, "Usage: rpcscope") || !strings.Contains(r.out, c.args) {
			t.Errorf("help of %s: %s", c.name, r.out)
		}
		if flags, variable := strings.Contains(r.out, "\nFlags:\n"), strings.Contains(r.out, "RPCSCOPE_"); flags != variable {
			t.Errorf("help of %s has flags: %v, and names an environment variable: %v", c.name, flags, variable)
		}
		if other := call(t, "help", c.name); other.out != r.out {
			t.Errorf("help %s differs from %s --help", c.name, c.name)
		}
	}
	if r := call(t, "--version").expect(t, exitOK, ""); !strings.HasPrefix(r.out, "rpcscope ") {
		t.Errorf("--version said %q", r.out)
	}
}

func TestScenariosAreListedByNameTabTitle(t *testing.T) {
	lines := strings.Split(strings.TrimSuffix(call(t, "scenarios").expect(t, exitOK, "").out, "\n"), "\n")
	if len(lines) < 7 {
		t.Errorf("%d scenarios, want at least seven", len(lines))
	}
	for _, l := range lines {
		name, title, ok := strings.Cut(l, "\t")
		if !ok || name == "" || title == "" || strings.Contains(title, "\t") {
			t.Errorf("line %q is not name, tab, title", l)
		}
		if _, ok := assets.Scenario(name); !ok {
			t.Errorf("no scenario %q", name)
		}
	}
}

func TestSimulateGivesTheSameBytesInEveryFormat(t *testing.T) {
	dir := t.TempDir()
	for _, format := range []string{"text", "jsonl", "flow"} {
		a, b, c := filepath.Join(dir, format+"a"), filepath.Join(dir, format+"b"), filepath.Join(dir, format+"c")
		call(t, "simulate", "--until", "5s", "reference", "--seed", "7", "--format", format, "-o", a).expect(t, exitOK, "")
		call(t, "simulate", "reference", "--seed=7", "--until=5s", "--format="+format, "-o", b).expect(t, exitOK, "")
		call(t, "simulate", "reference", "--seed=8", "--until=5s", "--format="+format, "-o", c).expect(t, exitOK, "")
		x, y, z := read(t, a), read(t, b), read(t, c)
		if len(x) == 0 || !bytes.Equal(x, y) || bytes.Equal(x, z) {
			t.Errorf("%s: %d bytes; same seed equal: %v; other seed equal: %v", format, len(x), bytes.Equal(x, y), bytes.Equal(x, z))
		}
	}
	// The formats tell the same story.
	text := call(t, "cat", filepath.Join(dir, "flowa")).expect(t, exitOK, "").out
	if text != string(read(t, filepath.Join(dir, "texta"))) {
		t.Error("cat of the flow form differs from the text form")
	}
	jsonl := call(t, "cat", "--format", "jsonl", filepath.Join(dir, "flowa")).expect(t, exitOK, "").out
	if jsonl != string(read(t, filepath.Join(dir, "jsonla"))) {
		t.Error("cat as JSON lines differs from the jsonl form")
	}
	for line := range strings.Lines(jsonl) {
		if !json.Valid([]byte(line)) {
			t.Fatalf("no JSON: %s", line)
		}
	}
}

// What waits for something that does not happen is told, beside the events.
func TestSimulateTellsOfConditionsThatNeverCame(t *testing.T) {
	file := filepath.Join(t.TempDir(), "s.json")
	doc := `{"title": "x", "processes": [{"name": "s@h", "servers": [{"topic": "t", "endpoints": [{"methods": {"m": {}}}]}]}], "operator": [
		{"when": {"process": "s@h", "has": "started"}, "stop": "s@h"}, {"when": {"queue": "t", "ready": 50}, "purge_queue": "t"}]}`
	if err := os.WriteFile(file, []byte(doc), 0o600); err != nil {
		t.Fatal(err)
	}
	r := call(t, "simulate", file).expect(t, exitOK, "")
	if want := "rpcscope: this never came about: purge_queue t, when t has 50 ready\n"; r.errors != want {
		t.Errorf("%q, want %q", r.errors, want)
	}
}

func TestTheReferenceProgramAsPrintedFails(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.flow")
	call(t, "simulate", "reference-as-printed", "--format", "flow", "-o", path).expect(t, exitOK, "")
	r := statsOf(t, path)
	if r.Calls.Total == 0 || r.Calls.AnsweredError != r.Calls.Total || r.Failures["UnsupportedVersion <- test"] != r.Calls.Total {
		t.Errorf("%+v %v", r.Calls, r.Failures)
	}
}

type counted struct {
	Events     int64
	DurationNs int64 `json:"duration_ns"`
	Published  map[string]int64
	Delivered  map[string]int64
	Calls      struct {
		Total, Unanswered int64
		AnsweredOK        int64 `json:"answered_ok"`
		AnsweredError     int64 `json:"answered_error"`
		LateReplies       int64 `json:"late_replies"`
	}
	Failures, Lost map[string]int64
	Unrouted       int64
}

func statsOf(t *testing.T, path string) (c counted) {
	t.Helper()
	dec := json.NewDecoder(strings.NewReader(call(t, "stats", path, "--json").expect(t, exitOK, "").out))
	if err := dec.Decode(&c); err != nil || dec.More() {
		t.Fatalf("stats --json is not one JSON object: %v", err)
	}
	return c
}

func read(t *testing.T, path string) []byte {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func TestImportTakesAllRecordsInTheOrderOfTime(t *testing.T) {
	dir := t.TempDir()
	a, b, all := filepath.Join(dir, "a.flow"), filepath.Join(dir, "b.flow"), filepath.Join(dir, "all.flow")
	// One capture cut in two and given in the wrong order is the same stream.
	data := read(t, "testdata/03-call-topic-2servers.jsonl")
	half := bytes.IndexByte(data[len(data)/2:], '\n') + len(data)/2 + 1
	first, second := filepath.Join(dir, "1.jsonl"), filepath.Join(dir, "2.jsonl")
	if err := errors.Join(os.WriteFile(first, data[:half], 0o600), os.WriteFile(second, data[half:], 0o600)); err != nil {
		t.Fatal(err)
	}
	call(t, "import", "testdata/03-call-topic-2servers.jsonl", "-o", a).expect(t, exitOK, "records in")
	call(t, "import", second, first, "-o", b).expect(t, exitOK, "")
	if x, y := call(t, "cat", a).out, call(t, "cat", b).out; x != y || x == "" {
		t.Error("the order of the files makes a difference")
	}
	call(t, "import", "testdata/03-call-topic-2servers.jsonl", "testdata/09-call-timeouts.jsonl", "-o", all).expect(t, exitOK, "")
	one, two := statsOf(t, a), statsOf(t, all)
	if one.Calls.Total != 6 || two.Calls.Total != 10 || two.Calls.LateReplies != 1 {
		t.Errorf("%+v and %+v", one.Calls, two.Calls)
	}
}

func TestABadRecordIsNamedByFileAndLine(t *testing.T) {
	dir := t.TempDir()
	bad, out := filepath.Join(dir, "bad.jsonl"), filepath.Join(dir, "bad.flow")
	lines := bytes.SplitAfter(read(t, "testdata/03-call-topic-2servers.jsonl"), []byte("\n"))
	lines[4] = []byte("{\"source\":\"firehose\"}\n")
	if err := os.WriteFile(bad, bytes.Join(lines, nil), 0o600); err != nil {
		t.Fatal(err)
	}
	call(t, "import", bad, "-o", out).expect(t, exitFailed, "bad.jsonl:5: cannot use this record")
	if _, err := os.Stat(out); !errors.Is(err, fs.ErrNotExist) {
		t.Error("a failed import left a file")
	}
	call(t, "import", bad, "-o", out, "--skip-bad").expect(t, exitOK, "")
	if c := statsOf(t, out); c.Lost["unusable record"] != 1 {
		t.Errorf("lost %v, want one", c.Lost)
	}
	if rest, _ := os.ReadDir(dir); len(rest) != 2 {
		t.Errorf("files left behind: %v", rest)
	}
}

func TestADamagedRecordingIsCountedUpToTheDamage(t *testing.T) {
	path := filepath.Join(t.TempDir(), "cut.flow")
	call(t, "simulate", "one-call", "--until", "60s", "--format", "flow", "-o", path).expect(t, exitOK, "")
	data := read(t, path)
	if err := os.WriteFile(path, data[:len(data)-len(data)/3], 0o600); err != nil {
		t.Fatal(err)
	}
	r := call(t, "stats", path, "--json").expect(t, exitFailed, "the recording ends in the middle of a block")
	if !strings.Contains(r.out, `"events": `) {
		t.Errorf("nothing was counted: %s", r.out)
	}
}

func TestFlagsComeFromTheEnvironmentToo(t *testing.T) {
	env := map[string]string{"RPCSCOPE_FORMAT": "jsonl", "RPCSCOPE_UNTIL": "2s", "RPCSCOPE_SEED": "3"}
	var out, errs bytes.Buffer
	if code := run(context.Background(), []string{"simulate", "call"}, func(k string) string { return env[k] }, &out, &errs); code != exitOK {
		t.Fatal(errs.String())
	}
	if want := call(t, "simulate", "call", "--format", "jsonl", "--until", "2s", "--seed", "3").out; out.String() != want {
		t.Error("the environment was not heard")
	}
	env = map[string]string{"RPCSCOPE_FOR": "hunter2"}
	errs.Reset()
	if code := run(context.Background(), []string{"record"}, func(k string) string { return env[k] }, &out, &errs); code != exitUsage || strings.Contains(errs.String(), "hunter2") {
		t.Errorf("exit code %d: %s", code, errs.String())
	}
}

// TestAnInterruptEndsAlsoWhatWaitsForInput: a pipe into which nobody writes.
func TestAnInterruptEndsAlsoWhatWaitsForInput(t *testing.T) {
	pipe := filepath.Join(t.TempDir(), "pipe")
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Fatal(err)
	}
	hold, err := os.OpenFile(pipe, os.O_RDWR, 0) // or opening it would wait already
	if err != nil {
		t.Fatal(err)
	}
	defer hold.Close()
	for _, args := range []string{"cat " + pipe, "stats " + pipe, "simulate " + pipe, "replay " + pipe, "import " + pipe + " -o " + pipe + ".flow"} {
		ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
		var out, errs bytes.Buffer
		if code := run(ctx, strings.Fields(args), noEnv, &out, &errs); code != exitFailed || errs.String() != "rpcscope: interrupted\n" {
			t.Errorf("%s: exit code %d: %s", args, code, errs.String())
		}
		cancel()
	}
}
