package main

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"rpcscope/assets"
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

// TestAFolderThatIsMissingIsNamed, before anything is read or watched.
func TestAFolderThatIsMissingIsNamed(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "no", "such")
	for _, args := range [][]string{
		{"simulate", "call"}, {"import", "never-read.jsonl"}, {"record", "--amqp", "amqp://127.0.0.1:1/"},
	} {
		call(t, append(args, "-o", filepath.Join(dir, "x.flow"))...).expect(t, exitFailed, "there is no folder "+dir)
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

// TestALinkToNothingStaysALink: what it points to is made.
func TestALinkToNothingStaysALink(t *testing.T) {
	for _, force := range []bool{false, true} {
		dir := t.TempDir()
		link, middle := filepath.Join(dir, "link"), filepath.Join(dir, "middle")
		if err := errors.Join(os.Symlink("middle", link), os.Symlink(filepath.Join(dir, "real"), middle)); err != nil {
			t.Fatal(err)
		}
		args := []string{"simulate", "call", "--until", "1s", "-o", link}
		if force {
			args = append(args, "--force")
		}
		call(t, args...).expect(t, exitOK, "")
		if st, err := os.Lstat(link); err != nil || st.Mode()&os.ModeSymlink == 0 {
			t.Errorf("the link is gone: %v", err)
		}
		if len(read(t, filepath.Join(dir, "real"))) == 0 {
			t.Error("nothing was written to where the link points")
		}
		if rest, _ := os.ReadDir(dir); len(rest) != 3 {
			t.Errorf("left behind: %v", rest)
		}
	}
}

// TestAFileThatAppearsMeanwhileIsNotOverwritten: the check at the start is not
// enough, since a run can take long.
func TestAFileThatAppearsMeanwhileIsNotOverwritten(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x")
	out, err := createFile(path, false)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte("precious"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := out.commit(); err == nil || !strings.Contains(err.Error(), "--force") {
		t.Errorf("commit said %v", err)
	}
	if _, err := createGrowing(path, false); err == nil || !strings.Contains(err.Error(), "--force") {
		t.Errorf("createGrowing said %v", err)
	}
	if got := string(read(t, path)); got != "precious" {
		t.Errorf("the file holds %q now", got)
	}
	if rest, _ := os.ReadDir(filepath.Dir(path)); len(rest) != 1 {
		t.Errorf("left behind: %v", rest)
	}
}

// TestAReplacedFileKeepsItsPermissions: a recording that only its owner may
// read does not become everybody's.
func TestAReplacedFileKeepsItsPermissions(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x")
	if err := os.WriteFile(path, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	call(t, "simulate", "call", "--until", "1s", "-o", path, "--force").expect(t, exitOK, "")
	if st, err := os.Stat(path); err != nil || st.Mode().Perm() != 0o600 || st.Size() == 0 {
		t.Errorf("%v, %v", st.Mode(), err)
	}
}

// full is a disk without space.
type full struct{}

func (full) Write([]byte) (int, error) { return 0, syscall.ENOSPC }

func TestWhatCannotBeWrittenIsNoSuccess(t *testing.T) {
	flow := filepath.Join(t.TempDir(), "x.flow")
	call(t, "simulate", "call", "--until", "1s", "--format", "flow", "-o", flow).expect(t, exitOK, "")
	for _, args := range []string{"--help", "-h", "help", "help cat", "cat --help", "--version", "scenarios", "simulate call", "stats " + flow, "stats --json " + flow, "cat " + flow} {
		var errs bytes.Buffer
		if code := run(t.Context(), strings.Fields(args), noEnv, full{}, &errs); code != exitFailed || !strings.Contains(errs.String(), "no space left") {
			t.Errorf("rpcscope %s: exit code %d, said %q", args, code, errs.String())
		}
	}
}

func TestAByteOrderMarkIsNoObstacle(t *testing.T) {
	dir := t.TempDir()
	scenario, capture, out := filepath.Join(dir, "s.json"), filepath.Join(dir, "c.jsonl"), filepath.Join(dir, "c.flow")
	doc, _ := assets.Scenario("call")
	if err := errors.Join(
		os.WriteFile(scenario, append([]byte("\xef\xbb\xbf"), doc...), 0o600),
		os.WriteFile(capture, append([]byte("\xef\xbb\xbf"), read(t, "testdata/09-call-timeouts.jsonl")...), 0o600),
	); err != nil {
		t.Fatal(err)
	}
	if got := call(t, "simulate", scenario).expect(t, exitOK, ""); got.out != call(t, "simulate", "call").out {
		t.Error("the scenario reads otherwise with a mark")
	}
	call(t, "import", capture, "-o", out).expect(t, exitOK, "")
}
