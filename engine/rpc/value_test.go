package rpc

import (
	"encoding/json"
	"testing"

	"pgregory.net/rapid"
)

// The right-hand sides are what Python 3.11 prints for json.dumps of the same value.
func TestValuesAreWrittenAsPythonWritesThem(t *testing.T) {
	for _, c := range []struct {
		v    Value
		want string
	}{
		{Value{}, `null`},
		{Value{Kind: Bool, True: true}, `true`},
		{Int(-7), `-7`},
		{Value{Kind: Number, Text: "2.5"}, `2.5`},
		{Str("naïve ☃ \U0001d11e"), `"na\u00efve \u2603 \ud834\udd1e"`},
		{Str("a\"b\\c\n\t\r\b\f\x00\x1f\x7f/"), `"a\"b\\c\n\t\r\b\f\u0000\u001f` + "\x7f" + `/"`},
		{Value{Kind: Array}, `[]`},
		{Value{Kind: Object}, `{}`},
		{Value{Kind: Array, Items: []Value{Int(1), Str("x")}}, `[1, "x"]`},
		{Value{Kind: Object, Keys: []string{"b", "a"}, Items: []Value{Int(1), {Kind: Array, Items: []Value{{}}}}}, `{"b": 1, "a": [null]}`},
	} {
		if got := string(c.v.AppendJSON(nil)); got != c.want {
			t.Errorf("%s, want %s", got, c.want)
		}
	}
}

func TestAnyTextSurvivesJSON(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := rapid.String().Draw(t, "text")
		v := Str(s)
		var back string
		if err := json.Unmarshal(v.AppendJSON(nil), &back); err != nil || back != s {
			t.Fatalf("%q came back as %q, %v", s, back, err)
		}
	})
}

func TestTextsThatNameArgumentsAreFilledIn(t *testing.T) {
	args := Value{Kind: Object, Keys: []string{"host", "n"}, Items: []Value{Str("h1"), Int(3)}}
	v := Value{Kind: Object, Keys: []string{"a", "b", "c"}, Items: []Value{Str("${host}"), {Kind: Array, Items: []Value{Str("${n}"), Str("${unknown}")}}, Str("plain ${host}")}}
	filled := fill(v, &args)
	if got := string(filled.AppendJSON(nil)); got != `{"a": "h1", "b": [3, "${unknown}"], "c": "plain ${host}"}` {
		t.Error(got)
	}
	if got := string(v.AppendJSON(nil)); got != `{"a": "${host}", "b": ["${n}", "${unknown}"], "c": "plain ${host}"}` {
		t.Error("the document's own value was changed:", got)
	}
}

func TestDispatch(t *testing.T) {
	s := Server{Endpoints: []Endpoint{
		{Version: "1.0", Methods: []Method{{Name: "test"}, {Name: "both"}}},
		{Version: "1.3", Methods: []Method{{Name: "feature"}, {Name: "both"}, {Name: "_private"}}},
		{Version: "1.5", Namespace: "control", HasNamespace: true, Legacy: []string{"ctl"}, Methods: []Method{{Name: "status"}}},
		{Version: "2.1", Methods: []Method{{Name: "feature"}}},
	}}
	for _, c := range []struct {
		method, namespace, version string
		endpoint                   int // −1: none
		class                      string
	}{
		{"test", "", "", 0, ""},
		{"both", "", "1.0", 0, ""}, // the first compatible endpoint that has it
		{"both", "", "1.2", 1, ""},
		{"feature", "", "1.3", 1, ""},
		{"feature", "", "1.4", -1, "UnsupportedVersion"},
		{"feature", "", "2.0", 3, ""},
		{"feature", "", "3.0", -1, "UnsupportedVersion"},
		{"status", "control", "1.2", 2, ""},
		{"status", "ctl", "1.5", 2, ""},
		{"status", "control", "1.9", -1, "UnsupportedVersion"},
		{"status", "", "", -1, "NoSuchMethod"},
		{"test", "nope", "", -1, "UnsupportedVersion"},
		{"_private", "", "", -1, "NoSuchMethod"},
	} {
		e, m, f := s.find(c.method, c.namespace, c.version, "", false)
		if f.Class != c.class || (m != nil) != (c.endpoint >= 0) || m != nil && (m.Name != c.method || e != &s.Endpoints[c.endpoint]) {
			t.Errorf("%s %s %s: %v %v", c.namespace, c.method, c.version, m, f)
		}
	}
}

func TestArgumentsThatPythonRefuses(t *testing.T) {
	e := Endpoint{Class: "TestEndpoint"}
	m := Method{Name: "test", Params: []string{"a", "b", "c"}}
	args := func(names ...string) *Value {
		v := Value{Kind: Object, Keys: names}
		for range names {
			v.Items = append(v.Items, Value{})
		}
		return &v
	}
	for want, v := range map[string]*Value{
		"": args("a", "c", "b"),
		"TestEndpoint.test() got an unexpected keyword argument 'wrong'":                 args("a", "wrong"),
		"TestEndpoint.test() missing 1 required positional argument: 'b'":                args("a", "c"),
		"TestEndpoint.test() missing 2 required positional arguments: 'b' and 'c'":       args("a"),
		"TestEndpoint.test() missing 3 required positional arguments: 'a', 'b', and 'c'": args(),
	} {
		if got := e.Refuses(&m, v); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}
