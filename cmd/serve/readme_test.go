package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"rpcscope/livebridge/rabbittest"
)

func TestMain(m *testing.M) { os.Exit(rabbittest.Main(m)) }

// readmeCommands returns the lines of README's shell blocks, without comments.
func readmeCommands(t *testing.T) (lines []string) {
	t.Helper()
	inside := false
	for line := range strings.Lines(string(read(t, "../../README.md"))) {
		line = strings.TrimSpace(line)
		switch {
		case strings.HasPrefix(line, "```"):
			inside = line == "```sh"
		case inside:
			line, _, _ = strings.Cut(line, "   #")
			lines = append(lines, strings.TrimSpace(line))
		}
	}
	return lines
}

// TestReadmeCommands runs what README tells, in its order: the program's own
// commands for real, in an empty folder and against a private broker in the
// place of the one README names. Of make it asks whether the target exists.
func TestReadmeCommands(t *testing.T) {
	node := rabbittest.Shared(t)
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	capture := read(t, "testdata/03-call-topic-2servers.jsonl")
	frames := read(t, frames3)
	commands := readmeCommands(t)
	t.Chdir(t.TempDir())
	if err := os.WriteFile("capture.jsonl", capture, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile("capture.frames.jsonl", frames, 0o600); err != nil {
		t.Fatal(err)
	}
	if len(commands) < 10 {
		t.Fatalf("README has only %d commands", len(commands))
	}
	for _, c := range commands {
		t.Run(c, func(t *testing.T) {
			words := strings.Fields(strings.ReplaceAll(c, "amqp://guest:guest@127.0.0.1:5672/", node.URL("/")))
			switch words[0] {
			case "make":
				cmd := exec.Command("make", "-n", words[1])
				cmd.Dir = root
				if out, err := cmd.CombinedOutput(); err != nil {
					t.Errorf("%v: %s", err, out)
				}
			case "rabbitmqctl":
				if err := node.Trace(t.Context(), words[3], words[1] == "trace_on"); err != nil {
					t.Error(err)
				}
			case "rpcscope":
				readmeRun(t, words[1:])
			default:
				t.Errorf("README uses %s, which no test knows", words[0])
			}
		})
	}
}

func readmeRun(t *testing.T, args []string) {
	t.Helper()
	if strings.HasPrefix(args[0], "-") || args[0] == "replay" {
		url, stop := start(t, append(args, "--listen", "127.0.0.1:0")...)
		if code, body := fetch(t, url+"config.json"); code != 200 || !strings.Contains(string(body), `"mode":"`) {
			t.Errorf("%d %s", code, body)
		}
		if code := stop(); code != exitOK {
			t.Errorf("exit code %d", code)
		}
		return
	}
	if args[0] == "record" {
		args = append(args, "--management", "off")
	}
	call(t, args...).expect(t, exitOK, "")
}
