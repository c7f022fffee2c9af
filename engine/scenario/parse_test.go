package scenario_test

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"rpcscope/assets"
	"rpcscope/engine/scenario"
)

// whole is a document with a little of everything, to be spoilt in one place by each case below.
const whole = `{
  "title": "All of it",
  "broker": {"latency": {"uniform": ["1ms", "2ms"]}},
  "transport": {"control_exchange": "nova"},
  "processes": [
    {"name": "server@h1", "servers": [{"topic": "t", "endpoints": [{"version": "1.2", "rpcapi": {"class": "a.rpcapi.API", "version": "1.1"}, "methods": {"m": {"params": ["a"], "takes": {"exponential": "3ms"}, "steps": [{"sleep": "1ms"}], "returns": "${a}"}}}]}]},
    {"name": "client@h2", "component": "nova", "door": true, "entry_point": "nova-api = nova.cmd.api:main", "pipeline": [{"filter": "authtoken", "requires": "auth_token"}, {"filter": "limits", "limit": {"requests": 9, "per": "1s"}}, {"app": "osapi"}], "rest": [{"request": "GET /x", "status": 200}], "threads": [{"every": "2s", "steps": [{"call": "m", "topic": "t", "args": {"a": 1}, "timeout": "5s"}, {"rest": "GET /x", "to": "client@h2"}]}]}
  ],
  "operator": [{"at": "3s", "stop": "server@h1"}],
  "actions": [{"client": "client@h2", "cast": "m", "topic": "t"}]
}`

func TestParseAcceptsTheWholeDocument(t *testing.T) {
	doc, err := scenario.Parse([]byte(whole))
	if err != nil {
		t.Fatal(err)
	}
	if why := publishedSchema(t).refuses(t, whole); why != "" {
		t.Error("the schema refuses it:", why)
	}
	if a := doc.Actions(); len(a) != 1 || a[0].Kind != "cast" || a[0].Target != "t" || a[0].Method != "m" {
		t.Errorf("actions: %+v", a)
	}
}

// Each case replaces a text of the whole document. The error must name the
// place and the remedy; the schema must refuse the document too, unless the
// case is about what parts say of each other, which no schema can know.
func TestParseRefusesWithPathAndRemedy(t *testing.T) {
	cases := []struct {
		name, old, new string
		path, remedy   string
		beyondSchema   bool
	}{
		{"unknown field", `"title": "All of it"`, `"title": "x", "procesess": []`, `$.procesess`, `did you mean "processes"?`, false},
		{"misspelt required field", `"title"`, `"titel"`, `$.titel`, `did you mean "title"?`, false},
		{"missing field", `"title": "All of it",`, ``, `$.title`, `required`, false},
		{"field of another object", `"control_exchange"`, `"topic"`, `$.transport.topic`, `known here`, false},
		{"wrong type", `"title": "All of it"`, `"title": 7`, `$.title`, `write a text`, false},
		{"null", `"title": "All of it"`, `"title": null`, `$.title`, `write a text`, false},
		{"empty name", `"topic": "t", "endpoints"`, `"topic": "", "endpoints"`, `$.processes[0].servers[0].topic`, `give it a name`, false},
		{"control character", `"topic": "t", "endpoints"`, `"topic": "a\u0007b", "endpoints"`, `$.processes[0].servers[0].topic`, `printable`, false},
		{"name too long", `"control_exchange": "nova"`, `"control_exchange": "` + strings.Repeat("x", 201) + `"`, `$.transport.control_exchange`, `200`, false},
		{"key too long", `"servers": [{"topic": "t"`, `"servers": [{"server": "` + strings.Repeat("x", 190) + `", "topic": "` + strings.Repeat("y", 90) + `"`, `$.processes[0].servers[0].topic`, `255`, true},
		{"time without unit", `"timeout": "5s"`, `"timeout": "5"`, `$.processes[1].threads[0].steps[0].timeout`, `250ms`, false},
		{"time as a number", `"timeout": "5s"`, `"timeout": 5`, `$.processes[1].threads[0].steps[0].timeout`, `250ms`, false},
		{"negative time", `"timeout": "5s"`, `"timeout": "-5s"`, `$.processes[1].threads[0].steps[0].timeout`, `250ms`, false},
		{"time too long", `"timeout": "5s"`, `"timeout": "25h"`, `$.processes[1].threads[0].steps[0].timeout`, `24h`, true},
		{"huge digits", `"timeout": "5s"`, `"timeout": "99999999999999999999s"`, `$.processes[1].threads[0].steps[0].timeout`, `250ms`, true},
		{"unknown family", `"exponential": "3ms"`, `"exponental": "3ms"`, `$.processes[0].servers[0].endpoints[0].methods.m.takes.exponental`, `did you mean "exponential"?`, false},
		{"uniform the wrong way round", `["1ms", "2ms"]`, `["2ms", "1ms"]`, `$.broker.latency.uniform[1]`, `2ms`, true},
		{"uniform of three", `["1ms", "2ms"]`, `["1ms", "2ms", "3ms"]`, `$.broker.latency.uniform`, `lowest and the highest`, false},
		{"no version", `"version": "1.2"`, `"version": "1"`, `$.processes[0].servers[0].endpoints[0].version`, `"1.0"`, false},
		{"unknown step", `"sleep": "1ms"`, `"slep": "1ms"`, `$.processes[0].servers[0].endpoints[0].methods.m.steps[0]`, `did you mean "sleep"?`, false},
		{"two things in one step", `"sleep": "1ms"`, `"sleep": "1ms", "return": 1`, `$.processes[0].servers[0].endpoints[0].methods.m.steps[0]`, `a step for each`, false},
		{"call without topic", `"call": "m", "topic": "t"`, `"call": "m"`, `$.processes[1].threads[0].steps[0].topic`, `required`, false},
		{"no request", `"request": "GET /x"`, `"request": "get x"`, `$.processes[1].rest[0].request`, `POST /servers`, false},
		{"status out of range", `"status": 200`, `"status": 2000`, `$.processes[1].rest[0].status`, `100 to 599`, false},
		{"status a fraction", `"status": 200`, `"status": 200.5`, `$.processes[1].rest[0].status`, `whole number`, false},
		{"every too small", `"every": "2s"`, `"every": "1us"`, `$.processes[1].threads[0].every`, `1ms`, true},
		{"times without every", `"every": "2s"`, `"times": 3`, `$.processes[1].threads[0].times`, `every`, true},
		{"unknown process", `"stop": "server@h1"`, `"stop": "server@h2"`, `$.operator[0]`, `did you mean "server@h1"?`, true},
		{"operator without a deed", `"stop": "server@h1"`, `"sotp": "server@h1"`, `$.operator[0]`, `"stop"`, false},
		{"twice the same process", `"name": "client@h2"`, `"name": "server@h1"`, `$.processes[1].name`, `of its own`, true},
		{"request nobody answers", `"rest": "GET /x", "to"`, `"rest": "GET /y", "to"`, `$.processes[1].threads[0].steps[1].rest`, `$.processes[1].rest`, true},
		{"action of nobody", `"client": "client@h2", "cast"`, `"client": "cleint@h2", "cast"`, `$.actions[0].client`, `did you mean "client@h2"?`, true},
		{"action that sends nothing", `"cast": "m", "topic": "t"}]`, `"sleep": "1s"}]`, `$.actions[0]`, `call`, false},
		{"server without a name", `"name": "server@h1"`, `"name": "server"`, `$.processes[0].servers[0].server`, `host`, true},
		{"REST only with a server", `"name": "server@h1",`, `"name": "server@h1", "rest_only": true,`, `$.processes[0].rest_only`, `another process`, true},
		{"REST only that calls", `"name": "client@h2",`, `"name": "client@h2", "rest_only": true,`, `$.processes[1].threads[0].steps[0]`, `REST`, true},
		{"component that is true", `"component": "nova"`, `"component": true`, `$.processes[1].component`, `"rest_only"`, false},
		{"door of no component", `"component": "nova", `, ``, `$.processes[1].door`, `"component": "nova"`, true},
		{"door without requests", `"name": "server@h1",`, `"name": "server@h1", "component": "nova", "door": true,`, `$.processes[0].door`, `"rest"`, true},
		{"entry point without a function", `nova.cmd.api:main`, `nova.cmd.api`, `$.processes[1].entry_point`, `nova.cmd.compute:main`, false},
		{"entry point of another binary", `"entry_point"`, `"binary": "nova-compute", "entry_point"`, `$.processes[1].entry_point`, `agree`, true},
		{"pipeline without an application", `, {"app": "osapi"}]`, `]`, `$.processes[1].pipeline`, `{"app": "its name"}`, true},
		{"pipeline with an application in the middle", `[{"filter": "authtoken", "requires": "auth_token"}`, `[{"app": "a"}`, `$.processes[1].pipeline[0].app`, `move it to the end`, true},
		{"filter and application", `{"app": "osapi"}`, `{"app": "osapi", "filter": "x"}`, `$.processes[1].pipeline[2]`, `one of them`, false},
		{"filter misspelt", `{"filter": "authtoken",`, `{"fliter": "authtoken",`, `$.processes[1].pipeline[0].fliter`, `did you mean "filter"?`, false},
		{"filter that refuses twice", `"limit": {`, `"requires": "x", "limit": {`, `$.processes[1].pipeline[1].limit`, `a filter for each`, false},
		{"limit of none", `"requests": 9`, `"requests": 0`, `$.processes[1].pipeline[1].limit.requests`, `1 to 1000`, false},
		{"limit without a stretch", `, "per": "1s"`, ``, `$.processes[1].pipeline[1].limit.per`, `required`, false},
		{"status of a filter that never refuses", `"requires": "auth_token"`, `"status": 401`, `$.processes[1].pipeline[0].status`, `"requires" or "limit"`, false},
		{"refusal that is none", `"requires": "auth_token"`, `"requires": "auth_token", "status": 200`, `$.processes[1].pipeline[0].status`, `400 to 599`, false},
		{"empty pipeline", `"pipeline": [{"filter": "authtoken", "requires": "auth_token"}, {"filter": "limits", "limit": {"requests": 9, "per": "1s"}}, {"app": "osapi"}]`, `"pipeline": []`, `$.processes[1].pipeline`, `filters and an application`, false},
		{"pipeline to nowhere", `"name": "server@h1",`, `"name": "server@h1", "pipeline": [{"app": "a"}],`, `$.processes[0].pipeline`, `"rest"`, true},
		{"rpcapi without a class", `"class": "a.rpcapi.API", `, ``, `$.processes[0].servers[0].endpoints[0].rpcapi.class`, `required`, false},
		{"rpcapi without a version", `"version": "1.1"}`, `"version": "one"}`, `$.processes[0].servers[0].endpoints[0].rpcapi.version`, `"1.0"`, false},
		{"missing route that is there", `"rest": "GET /x", "to"`, `"rest": "GET /x", "missing": true, "to"`, `$.processes[1].threads[0].steps[1].missing`, `remove it`, true},
		{"member twice", `"title": "All of it"`, `"title": "x", "title": "y"`, `$.title`, `one of them`, true},
		{"not JSON", `"title": "All of it"`, `"title": All`, `$`, `line 2`, false},
		{"cut off", `"topic": "t"}]` + "\n}", ``, `$`, `line`, false},
		{"a list", whole, `[]`, `$`, `object`, false},
		{"two documents", `"topic": "t"}]` + "\n}", `"topic": "t"}]` + "\n} {}", `$`, `one JSON object`, false},
		{"pool too large", `"control_exchange": "nova"`, `"rpc_conn_pool_size": 100000`, `$.transport.rpc_conn_pool_size`, `200`, false},
		{"monitor of half seconds", `"timeout": "5s"`, `"monitor": "1500ms"`, `$.processes[1].threads[0].steps[0].monitor`, `seconds`, true},
	}
	s := publishedSchema(t)
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			if !strings.Contains(whole, c.old) {
				t.Fatalf("the document does not contain %s", c.old)
			}
			bad := strings.Replace(whole, c.old, c.new, 1)
			_, err := scenario.Parse([]byte(bad))
			var e *scenario.Error
			if !errors.As(err, &e) {
				t.Fatalf("no refusal, but %v", err)
			}
			if e.Path != c.path && !strings.HasPrefix(e.Path, c.path+".") || !strings.Contains(e.Error(), c.remedy) {
				t.Errorf("%v\nwant %s … %s", e, c.path, c.remedy)
			}
			if why := s.refuses(t, bad); (why == "") != c.beyondSchema {
				t.Errorf("the schema says %q", why)
			}
		})
	}
}

// Everything that is built in, and the documents of the conformance tests, must pass both.
func TestBuiltInDocumentsFitReaderAndSchema(t *testing.T) {
	s := publishedSchema(t)
	docs := map[string]string{}
	for _, info := range assets.Scenarios() {
		data, ok := assets.Scenario(info.Name)
		if !ok || info.Title == "" {
			t.Fatalf("%+v: no document or no title", info)
		}
		docs[info.Name] = string(data)
		if d, err := scenario.Parse(data); err == nil && (d.Title != info.Title || d.Name != info.Name || d.Group != info.Group || d.Group == "" || d.Description == "" || len(d.Actions()) == 0) {
			t.Errorf("%s: title %q, name %q, group %q, description %q, %d actions", info.Name, d.Title, d.Name, d.Group, d.Description, len(d.Actions()))
		}
	}
	if !slices.Equal(assets.Groups(), scenario.Groups[:]) {
		t.Errorf("listed under %q, documents know %q", assets.Groups(), scenario.Groups)
	}
	if len(docs) < 7 {
		t.Errorf("only %d built-in scenarios", len(docs))
	}
	files, err := filepath.Glob("testdata/conformance/*.json")
	if err != nil || len(files) == 0 {
		t.Fatal(files, err)
	}
	for _, f := range files {
		data, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		docs[f] = string(data)
	}
	for name, doc := range docs {
		if _, err := scenario.Parse([]byte(doc)); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if why := s.refuses(t, doc); why != "" {
			t.Errorf("%s: the schema refuses it: %s", name, why)
		}
	}
}

func TestParseLimitsWhatADocumentMayAskFor(t *testing.T) {
	nested := strings.Repeat(`{"parallel": [[`, 12) + `{"sleep": "1s"}` + strings.Repeat(`]]}`, 12)
	many := strings.Repeat(`{"sleep": "1s"}, `, 5001) + `{"sleep": "1s"}`
	for name, steps := range map[string]string{"nesting": nested, "steps": many, "depth": strings.Repeat("[", 1000)} {
		doc := `{"title": "x", "processes": [{"name": "p", "threads": [{"steps": [` + steps + `]}]}]}`
		if _, err := scenario.Parse([]byte(doc)); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
	procs := strings.Repeat(`{"name": "p"}, `, 200) + `{"name": "p"}`
	if _, err := scenario.Parse([]byte(`{"title": "x", "processes": [` + procs + `]}`)); err == nil || !strings.Contains(err.Error(), "limit is 200") {
		t.Errorf("201 processes: %v", err)
	}
	if _, err := scenario.Parse(make([]byte, 2<<20)); err == nil {
		t.Error("two megabytes: accepted")
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(whole))
	for _, info := range assets.Scenarios() {
		data, _ := assets.Scenario(info.Name)
		f.Add(data)
	}
	f.Add([]byte(`{"title":"x","processes":[{"name":"p","threads":[{"every":"1ms","steps":[{"parallel":[[{"fanout":"m","topic":"t"}]]}]}]}]}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		doc, err := scenario.Parse(data)
		if err != nil {
			var e *scenario.Error
			if !errors.As(err, &e) || e.Path == "" || e.Problem == "" {
				t.Fatalf("an error without a place: %#v", err)
			}
			return
		}
		runBriefly(t, doc)
	})
}
