package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestDevicesAndLinksAreWrittenToAndNotReplaced: a recording is put in place by
// renaming, which must not happen to what is no plain file.
func TestDevicesAndLinksAreWrittenToAndNotReplaced(t *testing.T) {
	call(t, "simulate", "call", "--until", "1s", "-o", os.DevNull).expect(t, exitOK, "")
	if st, err := os.Stat(os.DevNull); err != nil || st.Mode().IsRegular() {
		t.Fatalf("%s is %v now, %v", os.DevNull, st.Mode(), err)
	}
	dir := t.TempDir()
	real, link := filepath.Join(dir, "real"), filepath.Join(dir, "link")
	if err := os.WriteFile(real, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(real, link); err != nil {
		t.Fatal(err)
	}
	call(t, "simulate", "call", "--until", "1s", "-o", link).expect(t, exitFailed, "--force")
	call(t, "simulate", "call", "--until", "1s", "-o", link, "--force").expect(t, exitOK, "")
	if st, err := os.Lstat(link); err != nil || st.Mode()&os.ModeSymlink == 0 {
		t.Errorf("the link is gone: %v", err)
	}
	if len(read(t, real)) == 0 {
		t.Error("nothing was written to where the link points")
	}
}

// TestALongNameIsNoObstacle: the name under which a file is made is no longer than its own.
func TestALongNameIsNoObstacle(t *testing.T) {
	path := filepath.Join(t.TempDir(), strings.Repeat("n", 250))
	call(t, "simulate", "call", "--until", "1s", "-o", path).expect(t, exitOK, "")
	if len(read(t, path)) == 0 {
		t.Error("nothing was written")
	}
}

// TestTheOutputComesFromTheEnvironmentToo, like every flag.
func TestTheOutputComesFromTheEnvironmentToo(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x")
	var out, errs bytes.Buffer
	env := func(k string) string { return map[string]string{"RPCSCOPE_O": path}[k] }
	if code := run(t.Context(), []string{"simulate", "call", "--until", "1s"}, env, &out, &errs); code != exitOK || out.Len() > 0 || len(read(t, path)) == 0 {
		t.Errorf("exit code %d, %d bytes on standard output: %s", code, out.Len(), errs.String())
	}
}
