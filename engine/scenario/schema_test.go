package scenario_test

import (
	"encoding/json"
	"fmt"
	"math"
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"

	"rpcscope/assets"
)

// schema is a JSON Schema as far as the published one uses it. It is written
// for the test, from the specification and not from the reader's code, so that
// the two check each other.
type schema struct{ root map[string]any }

func publishedSchema(t *testing.T) schema {
	t.Helper()
	data, ok := assets.Schema("scenario")
	if !ok {
		t.Fatal("the schema is not embedded")
	}
	var s schema
	if err := json.Unmarshal(data, &s.root); err != nil {
		t.Fatal(err)
	}
	return s
}

// refuses returns why the schema refuses a document, or "".
func (s schema) refuses(t *testing.T, doc string) string {
	t.Helper()
	var v any
	if err := json.Unmarshal([]byte(doc), &v); err != nil {
		return err.Error()
	}
	return s.check(t, s.root, v, "$")
}

// keywords that say nothing about validity.
var remarks = map[string]bool{"$schema": true, "$id": true, "$defs": true, "title": true, "description": true}

func (s schema) check(t *testing.T, rule map[string]any, v any, path string) string {
	t.Helper()
	for key, arg := range rule { // unsorted: any of several reasons will do
		why := ""
		switch key {
		case "$ref":
			name := strings.TrimPrefix(arg.(string), "#/$defs/")
			why = s.check(t, s.root["$defs"].(map[string]any)[name].(map[string]any), v, path)
		case "type":
			why = checkType(arg.(string), v)
		case "enum":
			why = fmt.Sprintf("not one of %v", arg)
			for _, x := range arg.([]any) {
				if x == v {
					why = ""
				}
			}
		case "oneOf":
			why = s.oneOf(t, arg.([]any), v, path)
		case "properties", "additionalProperties", "required", "maxProperties", "minProperties":
			if o, ok := v.(map[string]any); ok {
				why = s.checkObject(t, key, rule, o, path)
			}
		case "items", "minItems", "maxItems":
			if a, ok := v.([]any); ok {
				why = s.checkArray(t, key, arg, a, path)
			}
		case "pattern", "minLength", "maxLength":
			if x, ok := v.(string); ok {
				why = checkText(t, key, arg, x)
			}
		case "minimum", "maximum":
			if x, ok := v.(float64); ok && (key == "minimum" && x < arg.(float64) || key == "maximum" && x > arg.(float64)) {
				why = "out of range"
			}
		default:
			if !remarks[key] {
				t.Fatalf("the schema uses %q, which this test does not know", key)
			}
		}
		if why != "" {
			if strings.HasPrefix(why, "$") {
				return why
			}
			return path + ": " + why
		}
	}
	return ""
}

func checkType(want string, v any) string {
	ok := false
	switch x := v.(type) {
	case bool:
		ok = want == "boolean"
	case string:
		ok = want == "string"
	case float64:
		ok = want == "number" || want == "integer" && x == math.Trunc(x)
	case []any:
		ok = want == "array"
	case map[string]any:
		ok = want == "object"
	}
	if !ok {
		return fmt.Sprintf("no %s", want)
	}
	return ""
}

func (s schema) oneOf(t *testing.T, rules []any, v any, path string) string {
	t.Helper()
	n, last := 0, ""
	for _, r := range rules {
		if why := s.check(t, r.(map[string]any), v, path); why == "" {
			n++
		} else {
			last = why
		}
	}
	if n != 1 {
		return fmt.Sprintf("fits %d of %d forms (%s)", n, len(rules), last)
	}
	return ""
}

func (s schema) checkObject(t *testing.T, key string, rule map[string]any, o map[string]any, path string) string {
	t.Helper()
	props, _ := rule["properties"].(map[string]any)
	switch key {
	case "properties":
		for name, r := range props {
			if v, ok := o[name]; ok {
				if why := s.check(t, r.(map[string]any), v, path+"."+name); why != "" {
					return why
				}
			}
		}
	case "additionalProperties":
		for name, v := range o {
			if _, known := props[name]; known {
				continue
			}
			r, ok := rule[key].(map[string]any)
			if !ok {
				return "unknown member " + name
			}
			if why := s.check(t, r, v, path+"."+name); why != "" {
				return why
			}
		}
	case "required":
		for _, name := range rule[key].([]any) {
			if _, ok := o[name.(string)]; !ok {
				return "without " + name.(string)
			}
		}
	case "minProperties":
		if float64(len(o)) < rule[key].(float64) {
			return "too few members"
		}
	case "maxProperties":
		if float64(len(o)) > rule[key].(float64) {
			return "too many members"
		}
	}
	return ""
}

func (s schema) checkArray(t *testing.T, key string, arg any, a []any, path string) string {
	t.Helper()
	switch key {
	case "items":
		for i, v := range a {
			if why := s.check(t, arg.(map[string]any), v, fmt.Sprintf("%s[%d]", path, i)); why != "" {
				return why
			}
		}
	case "minItems":
		if float64(len(a)) < arg.(float64) {
			return "too few entries"
		}
	case "maxItems":
		if float64(len(a)) > arg.(float64) {
			return "too many entries"
		}
	}
	return ""
}

// patterns are the schema's regular expressions, compiled once.
var patterns = map[string]*regexp.Regexp{}

// codeUnits are the escapes of JSON Schema's regular expressions that Go's write in another way.
var codeUnits = regexp.MustCompile(`\\u([0-9a-f]{4})`)

func checkText(t *testing.T, key string, arg any, x string) string {
	t.Helper()
	switch key {
	case "pattern":
		p := patterns[arg.(string)]
		if p == nil {
			p = regexp.MustCompile(codeUnits.ReplaceAllString(arg.(string), `\x{$1}`))
			patterns[arg.(string)] = p
		}
		if !p.MatchString(x) {
			return fmt.Sprintf("%q does not look like %s", x, p)
		}
	case "minLength":
		if float64(utf8.RuneCountInString(x)) < arg.(float64) {
			return "too short"
		}
	case "maxLength":
		if float64(utf8.RuneCountInString(x)) > arg.(float64) {
			return "too long"
		}
	}
	return ""
}
