package scenario_test

import (
	"errors"
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"rpcscope/engine/scenario"
)

// refusal is one case of testdata/refusals.txt.
type refusal struct {
	name, doc string
	// lines are the case as it is written, less what the test writes.
	lines []string
	// bad is why the case is none.
	bad string
}

var repeated = regexp.MustCompile(`<(.)\*(\d+)>`)

func readRefusal(text string) (c refusal) {
	c.doc = whole
	var in string
	expand := func(s string) string {
		return repeated.ReplaceAllStringFunc(s, func(m string) string {
			p := repeated.FindStringSubmatch(m)
			n, _ := strconv.Atoi(p[2]) // digits only
			return strings.Repeat(p[1], n)
		})
	}
	for line := range strings.Lines(text) {
		line = strings.TrimSuffix(line, "\n")
		word, rest, _ := strings.Cut(line, " ")
		if rest = strings.TrimLeft(rest, " "); word != "in" && word != "write" {
			rest = strings.TrimSpace(rest)
		}
		switch word {
		case "#":
			c.name = rest
		case "base":
			c.doc = map[string]string{"rich": rich, "old": old}[rest]
		case "doc":
			c.doc = rest
		case "in":
			if in = expand(rest); strings.Count(c.doc, in) == 0 {
				c.bad = "the document does not contain " + in
			}
		case "write":
			c.doc = strings.Replace(c.doc, in, expand(rest), 1)
		case "error", "schema":
			continue
		default:
			c.bad = "unknown line " + line
		}
		c.lines = append(c.lines, line)
	}
	return c
}

// The error names the place, what is wrong there and what to do, word by word.
func TestParseRefusesWithPathAndRemedy(t *testing.T) {
	const file = "testdata/refusals.txt"
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	blocks := strings.Split(strings.TrimRight(string(data), "\n"), "\n\n")
	out := []string{blocks[0]}
	s := publishedSchema(t)
	seen := map[string]bool{}
	for _, block := range blocks[1:] {
		c := readRefusal(block)
		if c.bad != "" || seen[c.name] {
			t.Fatalf("%s: %s", c.name, c.bad)
		}
		seen[c.name] = true
		_, err := scenario.Parse([]byte(c.doc))
		var e *scenario.Error
		if !errors.As(err, &e) || !strings.HasPrefix(e.Path, "$") || e.Problem == "" || e.Remedy == "" {
			t.Errorf("%s: no refusal with a place and a remedy, but %v", c.name, err)
			continue
		}
		verdict := "accepts it"
		if s.refuses(t, c.doc) != "" {
			verdict = "refuses it"
		}
		got := strings.Join(append(c.lines, "error "+e.Error(), "schema "+verdict), "\n")
		if out = append(out, got); got != block && !*update {
			t.Errorf("%s", cmp.Diff(block, got))
		}
	}
	if len(out) < 120 {
		t.Errorf("only %d cases", len(out)-1)
	}
	if *update {
		if err := os.WriteFile(file, []byte(strings.Join(out, "\n\n")+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

// A fault that may have an effect is taken, though one like it came before.
func TestFaultsThatMayHaveAnEffectAreTaken(t *testing.T) {
	for operator, want := range map[string]string{
		`{"at": "1s", "kill": "server@h1"}, {"at": "2s", "start": "server@h1"}, {"at": "3s", "kill": "server@h1"}`:                                                "",
		`{"at": "1s", "stop": "server@h1"}, {"at": "2s", "kill": "server@h1"}`:                                                                                    "",
		`{"at": "1s", "pause": "server@h1"}, {"at": "5s", "pause": "server@h1"}, {"when": {"process": "client@h2", "has": "timed_out"}, "continue": "server@h1"}`: "",
		`{"when": {"process": "server@h1", "has": "fetched"}, "kill": "server@h1"}, {"at": "5s", "kill": "server@h1"}`:                                            "",
		`{"at": "1s", "kill": "server@h1"}, {"at": "1s", "pause": "client@h2"}`:                                                                                   "",
		`{"at": "1s", "raise_alarm": "disk"}, {"at": "2s", "raise_alarm": "memory"}`:                                                                              "",
		`{"at": "1s", "slow_down": "server@h1", "times": 9}, {"at": "2s", "slow_down": "server@h1", "times": 1}`:                                                  "",
		`{"at": "1s", "delay_link": "server@h1", "by": "1s"}, {"at": "2s", "delay_link": "server@h1", "by": "0s"}`:                                                "",
		`{"at": "1s", "stop_broker": "crash"}, {"at": "2s", "restart_broker": "1s"}, {"at": "4s", "stop_broker": "crash"}`:                                        "",
		`{"at": "1s", "stop_broker": "crash"}, {"at": "2s", "stop_broker": "crash"}`:                                                                              "$.operator[1].stop_broker: comes to nothing",
	} {
		_, err := scenario.Parse([]byte(strings.Replace(whole, `{"at": "3s", "stop": "server@h1"}`, operator, 1)))
		if want == "" && err != nil || want != "" && (err == nil || !strings.HasPrefix(err.Error(), want)) {
			t.Errorf("%s: %v, want %q", operator, err, want)
		}
	}
	late := strings.Replace(strings.Replace(whole, `{"name": "server@h1",`, `{"name": "server@h1", "start": "4s",`, 1), `"stop": "server@h1"}`, `"pause": "server@h1"}`, 1)
	if _, err := scenario.Parse([]byte(late)); err == nil || !strings.Contains(err.Error(), `"server@h1" starts at 4s`) {
		t.Errorf("paused before its start: %v", err)
	}
}
