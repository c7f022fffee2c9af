package scenario_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"rpcscope/assets"
	"rpcscope/engine/flow"
	"rpcscope/engine/scenario"
)

// printDigests is for the browser, which has no files.
var printDigests = flag.Bool("print", false, "print the digests instead of comparing them")

var update = flag.Bool("update", false, "write the golden files anew")

// golden compares text with a file under testdata.
func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if bytes.Equal(want, got) {
		return
	}
	a, b := strings.Split(string(want), "\n"), strings.Split(string(got), "\n")
	for i := range a {
		if i >= len(b) || a[i] != b[i] {
			t.Fatalf("%s, line %d (go test -update writes it anew):\n- %s\n+ %s", path, i+1, a[i], append(b, "")[min(i, len(b))])
		}
	}
	t.Fatalf("%s ends, but the stream goes on: %s", path, b[len(a)])
}

func built(t testing.TB, name string) *scenario.Document {
	t.Helper()
	data, ok := assets.Scenario(name)
	if !ok {
		t.Fatalf("no scenario %s", name)
	}
	return parse(t, string(data))
}

// writer writes each event as a line that names every field that is set.
type writer struct {
	bytes.Buffer
	names   *flow.Names
	methods bool
	count   int
}

// Emit implements flow.Sink.
func (w *writer) Emit(e *flow.Event, m *flow.Message) {
	w.count++
	if e.Kind == flow.Method && !w.methods {
		return
	}
	fmt.Fprintf(w, "%12.6f %s", float64(e.At)/1e6, e.Kind)
	field := func(name string, v any) {
		if s := fmt.Sprint(v); s != "" && s != "0" {
			fmt.Fprintf(w, " %s=%s", name, s)
		}
	}
	x := w.names.Text
	field("process", x(e.Process))
	field("conn", x(e.Conn))
	field("channel", e.Channel)
	if !e.RPC.IsZero() {
		field("rpc", e.RPC)
	}
	field("msg", e.Msg)
	if e.Class != flow.ClassOther {
		field("class", e.Class)
	}
	field("vhost", x(e.VHost))
	field("exchange", x(e.Exchange))
	field("queue", x(e.Queue))
	field("key", x(e.Key))
	field("tag", x(e.Tag))
	field("label", x(e.Label))
	field("text", x(e.Text))
	field("args", x(e.Args))
	field("value", e.Value)
	field("count", e.Count)
	if e.Flags != 0 {
		fmt.Fprintf(w, " flags=%x", uint32(e.Flags))
	}
	w.WriteByte('\n')
	if m != nil {
		fmt.Fprintf(w, "             %s: %d bytes, expires %d, facts %x, exchange %q key %q method %q namespace %q version %q event %q %q failure %q\n",
			m.Class, m.Size, m.Expiration, m.Facts, x(m.Exchange), x(m.Key), x(m.Method), x(m.Namespace), x(m.Version), x(m.EventType), x(m.Priority), x(m.FailureClass))
		fmt.Fprintf(w, "             unique %s reply to %q, %q, context %q, %s\n", m.UniqueID, x(m.ReplyQueue), x(m.Props), x(m.Context), x(m.Preview))
	}
}

func simulate(t testing.TB, doc *scenario.Document, seed uint64, until int64, methods bool) *writer {
	t.Helper()
	w := &writer{names: &flow.Names{}, methods: methods}
	world, err := scenario.NewWorld(doc, seed, w.names, w)
	if err != nil {
		t.Fatal(err)
	}
	if err := world.RunUntil(until); err != nil {
		t.Fatal(err)
	}
	return w
}

// Every event of 60 s of each built-in scenario, with every name, id and time,
// goes into its digest. The same file is checked by [TestDigestsElsewhere] on
// other architectures.
func TestDigests(t *testing.T) {
	var out bytes.Buffer
	for _, info := range assets.Scenarios() {
		for seed := range uint64(2) {
			w := simulate(t, built(t, info.Name), seed+1, 60e9, true)
			sum := sha256.Sum256(w.Bytes())
			fmt.Fprintf(&out, "%s seed %d: %d events, %s\n", info.Name, seed+1, w.count, hex.EncodeToString(sum[:8]))
		}
	}
	if *printDigests {
		fmt.Printf("%s", out.Bytes())
		return
	}
	golden(t, "digests.txt", out.Bytes())
}

// The same test on other architectures: in WebAssembly run by node, with 32-bit
// ints on 386, which amd64 runs itself, and on arm64, which fuses
// multiplications with additions, under emulation. A browser runs it in
// web/e2e/digests.test.mjs.
func TestDigestsElsewhere(t *testing.T) {
	if runtime.GOOS == "js" || os.Getenv("GOARCH") != "" {
		return // this is the other side
	}
	for _, c := range []struct{ os, arch, runner, missing string }{
		{"js", "wasm", "node", ""},
		{"linux", "386", "", ""},
		{"linux", "arm64", "qemu-aarch64", "qemu-user is not installed"},
	} {
		t.Run(c.arch, func(t *testing.T) {
			var run []string
			switch {
			case c.arch == runtime.GOARCH:
				return // TestDigests ran here
			case c.arch == "386" && (runtime.GOOS != "linux" || runtime.GOARCH != "amd64"):
				t.Skip("only amd64 under Linux runs programs for 386")
			case c.missing != "":
				path, err := exec.LookPath(c.runner)
				if err != nil {
					t.Skip(c.missing)
				}
				run = []string{path}
			case c.runner != "":
				root, err := exec.Command("go", "env", "GOROOT").Output()
				if err != nil {
					t.Fatal(err)
				}
				run = []string{c.runner, "--stack-size=8192", filepath.Join(strings.TrimSpace(string(root)), "lib", "wasm", "wasm_exec_node.js")}
			}
			bin := filepath.Join(t.TempDir(), "scenario.test")
			build := exec.Command("go", "test", "-c", "-o", bin, ".")
			build.Env = append(os.Environ(), "GOOS="+c.os, "GOARCH="+c.arch, "CGO_ENABLED=0")
			if out, err := build.CombinedOutput(); err != nil {
				t.Fatalf("%v\n%s", err, out)
			}
			run = append(run, bin, "-test.run=^TestDigests$", "-test.v")
			out, err := exec.Command(run[0], run[1:]...).CombinedOutput()
			if err != nil || !bytes.Contains(out, []byte("--- PASS: TestDigests")) {
				t.Fatalf("%v\n%s", err, out)
			}
		})
	}
}

// The bare flows as text: what a reader of the log sees, method for method left out.
func TestBareFlowsReadLikeThis(t *testing.T) {
	for _, name := range []string{"call", "cast", "fanout", "notify", "reference-as-printed"} {
		t.Run(name, func(t *testing.T) {
			golden(t, name+".golden", simulate(t, built(t, name), 1, 3e9, false).Bytes())
		})
	}
}

// A run in one piece and a run in many small steps are the same run.
func TestStepsMakeNoDifference(t *testing.T) {
	doc := built(t, "nova-boot")
	whole := simulate(t, doc, 7, 5e9, true)
	w := &writer{names: &flow.Names{}, methods: true}
	world, err := scenario.NewWorld(doc, 7, w.names, w)
	if err != nil {
		t.Fatal(err)
	}
	for at := int64(0); at <= 5e9; at += 16_666_667 {
		if err := world.RunUntil(at); err != nil {
			t.Fatal(err)
		}
	}
	if err := world.RunUntil(5e9); err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(whole.Bytes(), w.Bytes()) {
		t.Error("the streams differ")
	}
}

// Names issued beforehand, in another order, change nothing but their numbers.
func TestNamesIssuedBeforeMakeNoDifference(t *testing.T) {
	doc := built(t, "server-stops")
	want := simulate(t, doc, 3, 30e9, true)
	w := &writer{names: &flow.Names{}, methods: true}
	for _, s := range []string{"zebra", "compute", "topic", "reply", "server2", "test"} {
		w.names.Intern(s)
	}
	world, err := scenario.NewWorld(doc, 3, w.names, w)
	if err != nil {
		t.Fatal(err)
	}
	if err := world.RunUntil(30e9); err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(want.Bytes(), w.Bytes()) {
		t.Error("the streams differ")
	}
	fresh, err := scenario.NewWorld(doc, 3, &flow.Names{}, flow.SinkFunc(func(*flow.Event, *flow.Message) {}))
	if err != nil {
		t.Fatal(err)
	}
	if err := fresh.RunUntil(30e9); err != nil {
		t.Fatal(err)
	}
	if fresh.Digest() != world.Digest() {
		t.Error("the states differ")
	}
}
