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
  "actions": [{"client": "client@h2", "cast": "m", "topic": "t", "args": {"a": 2}}]
}`

func TestParseAcceptsTheWholeDocument(t *testing.T) {
	doc, err := scenario.Parse([]byte(whole))
	if err != nil {
		t.Fatal(err)
	}
	for name, base := range map[string]string{"whole": whole, "rich": rich, "old": old} {
		if _, err := scenario.Parse([]byte(base)); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if why := publishedSchema(t).refuses(t, base); why != "" {
			t.Errorf("%s: the schema refuses it: %s", name, why)
		}
	}
	if a := doc.Actions(); len(a) != 1 || a[0].Kind != "cast" || a[0].Target != "t" || a[0].Method != "m" {
		t.Errorf("actions: %+v", a)
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
	for _, begin := range []string{"call", "cast", "fanout"} {
		f.Add([]byte(server(`{"`+begin+`": "m", "topic": "t"}, {"`+begin+`": "m", "topic": "t", "args": {"a": ["${a}", "${a}"]}}`, begin)))
	}
	f.Add([]byte(`{"title":"x","operator":[{"when":{"process":"a@h","has":"started","every":true},"kill":"a@h"},{"when":{"process":"a@h","has":"stopped","every":true},"start":"a@h"},
		{"at":"0s","set_policy":{"pattern":".*","definition":{"message-ttl":0,"dead-letter-exchange":"openstack"}}}],"processes":[{"name":"a@h","servers":[{"topic":"t"}],"threads":[{"every":"1ms","steps":[{"notify":"e"}]}]}]}`))
	// A sound document runs for a second within its bounds, or stops with words.
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
