package main

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
)

// nobody is a broker that is not there.
const nobody = "amqp://guest:hunter2@127.0.0.1:1/"

// TestARecordingThatCameToNothingLeavesNothing, so that the next attempt needs no --force.
func TestARecordingThatCameToNothingLeavesNothing(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.flow")
	r := call(t, "record", "--amqp", nobody, "--management", "off", "--for", "100ms", "-o", path)
	r.expect(t, exitFailed, "nothing was recorded from virtual host /. The broker at 127.0.0.1:1 cannot be reached: nothing listens there").expect(t, exitFailed, "Check host and port")
	if _, err := os.Lstat(path); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a file was left: %v", err)
	}
}

func TestARecordingThatCameToNothingOverwritesNothing(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.flow")
	if err := os.WriteFile(path, []byte("precious"), 0o600); err != nil {
		t.Fatal(err)
	}
	call(t, "record", "--amqp", nobody, "--management", "off", "--for", "100ms", "-o", path, "--force").expect(t, exitFailed, "nothing was recorded")
	if got := string(read(t, path)); got != "precious" {
		t.Errorf("it holds %q", got)
	}
}

// TestARecordingTakesThePlaceOfALongerFile by its first write.
func TestARecordingTakesThePlaceOfALongerFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x")
	if err := os.WriteFile(path, []byte("something longer"), 0o600); err != nil {
		t.Fatal(err)
	}
	out, err := createGrowing(path, true)
	if err != nil {
		t.Fatal(err)
	}
	for _, part := range []string{"sho", "rt"} {
		_, _ = out.w.WriteString(part)
		if err := out.w.Flush(); err != nil {
			t.Fatal(err)
		}
	}
	if err := out.commit(); err != nil || out.untouched() {
		t.Errorf("%v, untouched %v", err, out.untouched())
	}
	if got := string(read(t, path)); got != "short" {
		t.Errorf("it holds %q", got)
	}
}
