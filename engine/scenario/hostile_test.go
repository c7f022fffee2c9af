package scenario_test

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"unicode/utf16"

	"rpcscope/engine/flow"
	"rpcscope/engine/scenario"
)

// Files that are no documents at all. The error says where and what to do.
func TestParseRefusesWhatIsNoDocument(t *testing.T) {
	utf16le := []byte{0xff, 0xfe}
	for _, u := range utf16.Encode([]rune(whole)) {
		utf16le = append(utf16le, byte(u), byte(u>>8))
	}
	proc := `{"title": "x", "processes": [{"name": "p", "threads": [{"steps": [`
	cases := []struct{ name, doc, path, problem, remedy string }{
		{"empty", "", "$", "empty", `"title"`},
		{"blank", " \n\t", "$", "empty", `"title"`},
		{"byte order mark alone", "\ufeff", "$", "empty", `"title"`},
		{"UTF-16", string(utf16le), "$", "byte 1 is 0xff", "UTF-8"},
		{"Latin-1", "{\"title\": \"caf\xe9\"}", "$", "byte 15 is 0xe9", "UTF-8"},
		{"NUL", "{\"title\": \"x\x00\"}", "$", "byte 13 is 0x0", "UTF-8"},
		{"null", `null`, "$", "is null", "object"},
		{"a text", `"x"`, "$", "is a text", "object"},
		{"a number", `1e5`, "$", "is a number", "object"},
		{"NaN", `{"title": "x", "seed": NaN}`, "$.seed", "not JSON", "line 1, column 24"},
		{"infinity", `{"title": "x", "seed": -Infinity}`, "$.seed", "not JSON", "line 1, column 24"},
		{"hexadecimal", `{"title": "x", "seed": 0x10}`, "$", "not JSON", "line 1, column 25"},
		{"leading zero", `{"seed": 012}`, "$", "not JSON", "line 1, column 11"},
		{"plus sign", `{"seed": +1}`, "$.seed", "not JSON", "line 1, column 10"},
		{"single quotes", `{'title': 'x'}`, "$", "not JSON", "line 1, column 2"},
		{"name without quotes", "{\n  title: 1}", "$", "not JSON", "line 2, column 3"},
		{"comment", "{\n  // why\n}", "$", "not JSON", "line 2, column 3"},
		{"comma at the end of an object", `{"title": "x",}`, "$", "not JSON", "line 1, column 15"},
		{"comma at the end of a list", `{"processes": [{"name": "p"},]}`, "$.processes[1]", "not JSON", "line 1, column 30"},
		{"comma missing", `{"title": "x" "seed": 1}`, "$", "not JSON", "line 1, column 15"},
		{"colon missing", `{"title" "x"}`, "$.title", "not JSON", "line 1, column 10"},
		{"brackets crossed", `{"processes": [{"name": "p"]}`, "$.processes[0]", "not JSON", "line 1, column 28"},
		{"line break in a text", "{\"title\": \"a\nb\"}", "$.title", "not JSON", "line 1, column 11"},
		{"unknown escape", `{"title": "\q"}`, "$.title", "not JSON", "line 1, column 11"},
		{"half an escape", `{"title": "\u12"}`, "$.title", "not JSON", "line 1, column 11"},
		{"cut in a text", "{\n\"title\": \"x", "$.title", "ends too early", "line 2, column 12"},
		{"cut in a list", `{"processes": [`, "$.processes", "ends too early", "line 1, column 16"},
		{"cut in an object", `{"processes": [{"name": "p"`, "$.processes[0]", "ends too early", "column 28"},
		{"cut after a name", `{"title":`, "$.title", "ends too early", "column 10"},
		{"word", `{"title": tru}`, "$.title", "not JSON", "column 11"},
		{"two documents", `{} {}`, "$", "follows", "one JSON object"},
		{"rubbish behind", `{} x`, "$", "follows", "one JSON object"},
		{"member twice, deep down", proc + `{"sleep": "1s", "sleep": "2s"}]}]}]}`, "$.processes[0].threads[0].steps[0].sleep", "twice", "keep one"},
		{"member twice among free ones", proc + `{"cast": "m", "topic": "t", "args": {"a b": {"c": 1, "c": 2}}}]}]}]}`, `$.processes[0].threads[0].steps[0].args["a b"].c`, "twice", "keep one"},
		{"lists without end", strings.Repeat("[", 100_000), "$[0]", "nested too deeply", "40"},
		{"objects without end", strings.Repeat(`{"a":`, 100_000), "$.a", "nested too deeply", "40"},
		{"surrogate alone in a name", `{"title": "\ud800", "processes": []}`, "$.title", "bad UTF-8", "printable"},
		{"name of a megabyte", `{"title": "x", "` + strings.Repeat("k", 1<<19) + `": 1, "processes": [{"name": "p"}]}`, `$["kkk`, "unknown field", "known here"},
		{"number of a megabyte", `{"title": "x", "seed": 1` + strings.Repeat("0", 1<<19) + `, "processes": []}`, "$.seed", "out of range", "9007199254740992"},
		{"tiny number", `{"title": "x", "seed": 1e-400, "processes": []}`, "$.processes", "is empty", "one process"},
		{"text of a megabyte", `{"title": "x", "description": "` + strings.Repeat("d", 1<<19) + `", "processes": []}`, "$.description", "524288 bytes", "4000"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			_, err := scenario.Parse([]byte(c.doc))
			var e *scenario.Error
			if !errors.As(err, &e) {
				t.Fatalf("no refusal, but %v", err)
			}
			if !strings.HasPrefix(e.Path, c.path) || c.path == "$" && e.Path != "$" || !strings.Contains(e.Problem, c.problem) || !strings.Contains(e.Remedy, c.remedy) {
				t.Errorf("%v\nwant %s: … %s …; … %s …", e, c.path, c.problem, c.remedy)
			}
			if n := len(e.Error()); n > 600 {
				t.Errorf("an error of %d bytes", n)
			}
		})
	}
}

func TestParseTakesWhatEditorsAndOtherWritersMake(t *testing.T) {
	for name, doc := range map[string]string{
		"byte order mark":  "\ufeff" + whole,
		"carriage returns": strings.ReplaceAll(whole, "\n", "\r\n"),
		"status as 2e2":    strings.Replace(whole, `"status": 200`, `"status": 2e2`, 1),
		"status as 200.0":  strings.Replace(whole, `"status": 200`, `"status": 200.0`, 1),
		"escaped names":    strings.Replace(whole, `"title"`, `"\u0074itle"`, 1),
	} {
		if _, err := scenario.Parse([]byte(doc)); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// The reader takes exactly what JSON is, whatever it makes of it then.
func TestReaderAndJSONAgreeAboutSyntax(t *testing.T) {
	for i := range len(whole) {
		for _, change := range []string{"", ",", ":", "]", "}", "{", "\"", "1", " "} {
			doc := whole[:i] + change + whole[i+1:]
			_, err := scenario.Parse([]byte(doc))
			var e *scenario.Error
			syntax := errors.As(err, &e) && (strings.HasPrefix(e.Problem, "not JSON") || e.Problem == "something follows the document")
			if e != nil && e.Problem == "appears twice" {
				continue // told before the reader came to what follows
			}
			if valid := json.Valid([]byte(doc)); valid == syntax {
				t.Errorf("byte %d becomes %q: valid %v, but %v", i, change, valid, err)
			}
		}
	}
}

// What goes round in circles is stopped with an error that says so.
func TestRequestsInACircleAreStopped(t *testing.T) {
	rest := func(name, asks string) string {
		return `{"name": "` + name + `@h", "rest_only": true, "rest": [{"request": "GET /x", "steps": [{"rest": "GET /x", "to": "` + asks + `@h"}]}]}`
	}
	doc := `{"title": "x", "broker": {"rest_latency": "100us"}, "processes": [` + rest("a", "b") + `,` + rest("b", "a") +
		`, {"name": "c@h", "rest_only": true, "threads": [{"start": "1s", "steps": [{"rest": "GET /x", "to": "a@h"}]}]}]}`
	w, err := scenario.NewWorld(parse(t, doc), 1, &flow.Names{}, flow.SinkFunc(func(*flow.Event, *flow.Message) {}))
	if err != nil {
		t.Fatal(err)
	}
	if err = w.RunUntil(3600e9); !errors.Is(err, scenario.ErrRunaway) || !strings.Contains(err.Error(), "threads") {
		t.Errorf("ended with %v", err)
	}
}
