package main

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"rpcscope/livebridge/normalize"
)

const capture3 = "testdata/03-call-topic-2servers.jsonl"

func write(t *testing.T, data []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "in.jsonl")
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// imported returns what a capture file of these bytes gives, in words.
func imported(t *testing.T, data []byte, flags ...string) string {
	t.Helper()
	out := filepath.Join(t.TempDir(), "out.flow")
	call(t, append([]string{"import", write(t, data), "-o", out}, flags...)...).expect(t, exitOK, "")
	return call(t, "cat", out).expect(t, exitOK, "").out
}

func TestLineEndingsAndMarksMakeNoDifference(t *testing.T) {
	data := read(t, capture3)
	want := imported(t, data)
	for name, other := range map[string][]byte{
		"CRLF":            bytes.ReplaceAll(data, []byte("\n"), []byte("\r\n")),
		"byte order mark": append([]byte("\xef\xbb\xbf"), data...),
		"no last newline": bytes.TrimSuffix(data, []byte("\n")),
		"blank lines":     bytes.ReplaceAll(data, []byte("\n"), []byte("\n \n")),
	} {
		if imported(t, other) != want {
			t.Errorf("%s: another recording", name)
		}
	}
}

func TestCompressedCapturesAreRefusedWithTheRemedy(t *testing.T) {
	var packed bytes.Buffer
	w := gzip.NewWriter(&packed)
	_, _ = w.Write(read(t, capture3))
	_ = w.Close()
	call(t, "import", write(t, packed.Bytes()), "-o", filepath.Join(t.TempDir(), "x"), "--skip-bad").expect(t, exitFailed, "gunzip")
	call(t, "import", t.TempDir(), "-o", filepath.Join(t.TempDir(), "x")).expect(t, exitFailed, "is a directory")
}

func TestACaptureIsNotOverwrittenByItsRecording(t *testing.T) {
	data := read(t, capture3)
	path := write(t, data)
	call(t, "import", path, "-o", path, "--force").expect(t, exitUsage, "one of the capture files")
	if !bytes.Equal(read(t, path), data) {
		t.Error("the capture is gone")
	}
}

// TestBadRecordsAtTheTopKeepTheTimeOfTheRest: a recording begins with what can be used.
func TestBadRecordsAtTheTopKeepTheTimeOfTheRest(t *testing.T) {
	data := read(t, capture3)
	got := imported(t, append([]byte("garbage\n{}\n"), data...), "--skip-bad")
	lost := strings.Count(got, "unusable record")
	if lost != 2 {
		t.Errorf("%d records lost, want 2", lost)
	}
	lines := strings.Split(strings.TrimSpace(got), "\n")
	if rest := strings.Join(lines[2:], "\n"); rest != strings.TrimSpace(imported(t, data)) {
		t.Errorf("the rest differs; the recording begins %q and ends %q", lines[0], lines[len(lines)-1])
	}
	out := filepath.Join(t.TempDir(), "x")
	call(t, "import", write(t, []byte("garbage\n")), "-o", out, "--skip-bad").expect(t, exitOK, "1 event from 0 records").expect(t, exitOK, "1 record could not be used")
}

func TestARecordWithoutPayloadMaySayThatItIsBase64(t *testing.T) {
	imported(t, []byte(`{"source":"firehose","t":1,"routing_key":"publish.x","headers":{"exchange_name":"x","routing_keys":["a"]},"payload_encoding":"base64"}`))
}

// TestAnEndlessLineIsGivenUp also when it is being skipped and ^C comes.
func TestAnEndlessLineIsGivenUp(t *testing.T) {
	out := filepath.Join(t.TempDir(), "x")
	call(t, "import", "/dev/zero", "-o", out).expect(t, exitFailed, "/dev/zero:1: a record longer than 64 MiB")
	ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
	defer cancel()
	var stdout, stderr bytes.Buffer
	code := run(ctx, []string{"import", "--skip-bad", "/dev/zero", "-o", out}, noEnv, &stdout, &stderr)
	if code != exitFailed || !strings.Contains(stderr.String(), "interrupted") {
		t.Errorf("exit code %d: %s", code, stderr.String())
	}
}

func TestALongRecordIsSkippedAndTheNextIsRead(t *testing.T) {
	data := read(t, capture3)
	half := bytes.IndexByte(data[len(data)/2:], '\n') + len(data)/2 + 1
	long := append(bytes.Repeat([]byte("x"), maxLine+1), '\n')
	got := imported(t, bytes.Join([][]byte{data[:half], long, data[half:]}, nil), "--skip-bad")
	if strings.Count(got, "\n") != strings.Count(imported(t, data), "\n")+1 || strings.Count(got, "unusable record") != 1 {
		t.Error("not just the long record is missing")
	}
}

// TestAPipeGivesTheSameAsAFile: it cannot be read twice.
func TestAPipeGivesTheSameAsAFile(t *testing.T) {
	dir := t.TempDir()
	pipe, out := filepath.Join(dir, "pipe"), filepath.Join(dir, "out.flow")
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Fatal(err)
	}
	data := read(t, capture3)
	go func() { _ = os.WriteFile(pipe, data, 0) }()
	call(t, "import", pipe, "-o", out).expect(t, exitOK, "")
	if call(t, "cat", out).out != imported(t, data) {
		t.Error("another recording")
	}
}

// TestMoreFilesThanMayBeOpenAtATime: one line each, so that all are visited again and again.
func TestMoreFilesThanMayBeOpenAtATime(t *testing.T) {
	dir := t.TempDir()
	data := read(t, capture3)
	args := []string{"import", "-o", filepath.Join(dir, "out.flow")}
	i := 0
	for line := range bytes.Lines(data) {
		path := filepath.Join(dir, fmt.Sprintf("%04d.jsonl", i%(2*maxOpen)))
		f, err := os.OpenFile(path, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := f.Write(line); err != nil || f.Close() != nil {
			t.Fatal(err)
		}
		if i < 2*maxOpen {
			args = append(args, path)
		}
		i++
	}
	if i < maxOpen+10 {
		t.Fatalf("only %d records", i)
	}
	call(t, args...).expect(t, exitOK, "")
	if call(t, "cat", args[2]).out != imported(t, data) {
		t.Error("another recording")
	}
}

func TestACaptureThatChangesWhileItIsReadIsRefused(t *testing.T) {
	data := read(t, capture3)
	for name, change := range map[string]func(path string) error{
		"cut":     func(path string) error { return os.Truncate(path, 100) },
		"gone":    os.Remove,
		"another": func(path string) error { return os.WriteFile(path, bytes.Repeat([]byte("{}\n"), len(data)/3), 0o600) },
	} {
		path := write(t, data)
		c, err := readCaptures(t.Context(), []string{path}, normalize.ParseLine, false)
		if err != nil {
			t.Fatal(err)
		}
		if err := change(path); err != nil {
			t.Fatal(err)
		}
		e := &env{ctx: t.Context()}
		if _, _, err := importRecords(e, bufio.NewWriter(io.Discard), c, false); err == nil || !strings.Contains(err.Error(), path+":") {
			t.Errorf("%s: %v", name, err)
		}
		c.close()
	}
}

const frames3 = "../../engine/amqp/testdata/captures/03-call-topic-2servers.frames.jsonl"

// TestFramesAreImported as a recording that counts like that of the broker's own account.
func TestFramesAreImported(t *testing.T) {
	got := imported(t, read(t, frames3), "--frames")
	if !strings.Contains(got, "method           -> basic.publish exchange=openstack key=test [") || !strings.Contains(got, "\n") {
		t.Error("the methods are missing")
	}
	publishes := func(s string) int { return strings.Count(s, " publishes message ") }
	if a, b := publishes(got), publishes(imported(t, read(t, capture3))); a != b || a != 12 {
		t.Errorf("%d publishes by frames, %d by the firehose", a, b)
	}
	out := filepath.Join(t.TempDir(), "x")
	call(t, "import", frames3, "-o", out).expect(t, exitFailed, "--frames reads")
	call(t, "import", "--frames", capture3, "-o", filepath.Join(t.TempDir(), "x")).expect(t, exitFailed, "leave out --frames")
	spoilt := write(t, bytes.Replace(read(t, frames3), []byte("s2c.channel.open-ok"), []byte("off.channel.open-ok"), 1))
	call(t, "import", "--frames", spoilt, "-o", out, "--force").expect(t, exitFailed, spoilt+":9: cannot use this record")
	call(t, "import", "--frames", spoilt, "-o", out, "--force", "--skip-bad").expect(t, exitOK, "1 record could not be used")
}

// TestStatsOfABrokersTrafficHaveTheFieldsThatWerePromised, and no other: scripts read the object.
func TestStatsOfABrokersTrafficHaveTheFieldsThatWerePromised(t *testing.T) {
	out := filepath.Join(t.TempDir(), "x.flow")
	call(t, "import", capture3, "-o", out).expect(t, exitOK, "")
	var object map[string]json.RawMessage
	if err := json.Unmarshal([]byte(call(t, "stats", "--json", out).expect(t, exitOK, "").out), &object); err != nil {
		t.Fatal(err)
	}
	const promised = "calls delivered duration_ns events failures lost methods notifications published redelivered returned unrouted"
	if got := strings.Join(slices.Sorted(maps.Keys(object)), " "); got != promised {
		t.Errorf("fields %s", got)
	}
}
