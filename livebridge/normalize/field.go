package normalize

import (
	"encoding/json"
	"fmt"
	"reflect"
	"strconv"
	"strings"
	"unicode/utf8"
)

// maxText bounds any text of a broker object that becomes a name, in bytes.
// AMQP's short strings, which all names on the wire are, hold 255.
const maxText = 1024

// clip shortens s to at most n bytes at a character boundary and makes it valid UTF-8.
func clip(s string, n int) string {
	s = strings.ToValidUTF8(s, "\uFFFD")
	if len(s) <= n {
		return s
	}
	n -= len("…")
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n] + "…"
}

// text returns a header field as text, "" when it is absent or no scalar.
func text(v any) string {
	switch v := v.(type) {
	case string:
		return clip(v, maxText)
	case []byte:
		return clip(string(v), maxText)
	case json.Number:
		return v.String()
	case bool:
		return strconv.FormatBool(v)
	case nil:
		return ""
	}
	switch k := reflect.ValueOf(v).Kind(); {
	case k >= reflect.Int && k <= reflect.Float64:
		return fmt.Sprint(v)
	}
	return ""
}

// isText reports whether a header field is there and a text.
func isText(v any) bool {
	switch v.(type) {
	case string, []byte:
		return true
	}
	return false
}

// integer returns a header field as a number.
func integer(v any) (int64, bool) {
	switch v := v.(type) {
	case json.Number:
		if n, err := v.Int64(); err == nil {
			return n, true
		}
		f, err := v.Float64()
		return int64(f), err == nil
	case bool:
		if v {
			return 1, true
		}
		return 0, true
	case string:
		n, err := strconv.ParseInt(v, 10, 64)
		return n, err == nil
	case nil:
		return 0, false
	}
	r := reflect.ValueOf(v)
	switch {
	case r.CanInt():
		return r.Int(), true
	case r.CanUint():
		return int64(r.Uint()), true
	case r.CanFloat():
		return int64(r.Float()), true
	}
	return 0, false
}

// truth returns a header field as a yes or no; absent is no.
func truth(v any) bool {
	if s, ok := v.(string); ok {
		return s == "true"
	}
	n, ok := integer(v)
	return ok && n != 0
}

// list returns a header field's elements, nil when it is no array.
func list(v any) []any {
	switch v := v.(type) {
	case []any:
		return v
	case []string:
		out := make([]any, len(v))
		for i, s := range v {
			out[i] = s
		}
		return out
	}
	return nil
}

// table returns a header field as a table, whatever map type the client library uses for it.
func table(v any) map[string]any {
	if m, ok := v.(map[string]any); ok {
		return m
	}
	r := reflect.ValueOf(v)
	if r.Kind() != reflect.Map || r.Type().Key().Kind() != reflect.String {
		return nil
	}
	out := make(map[string]any, r.Len())
	for it := r.MapRange(); it.Next(); {
		out[it.Key().String()] = it.Value().Interface()
	}
	return out
}

// texts returns the texts of an array, other elements left out.
func texts(v any) []string {
	var out []string
	for _, e := range list(v) {
		if isText(e) {
			out = append(out, text(e))
		}
	}
	return out
}
