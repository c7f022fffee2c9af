package normalize

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// argument is one entry of an object's arguments table.
type argument struct{ name, value string }

// erlangArguments reads the event exchange's form of a table: an array of the
// Erlang texts of triples, such as {<<"x-expires">>,signedint,1800000}.
func erlangArguments(v any) (out []argument) {
	for _, s := range texts(v) {
		rest, ok := strings.CutPrefix(s, `{<<"`)
		if !ok {
			continue
		}
		name, rest, ok := strings.Cut(rest, `">>,`)
		if !ok {
			continue
		}
		_, value, ok := strings.Cut(rest, ",") // past the type
		if !ok {
			continue
		}
		value = strings.TrimSuffix(value, "}")
		if inner, ok := strings.CutPrefix(value, `<<"`); ok {
			value = strings.TrimSuffix(inner, `">>`)
		}
		out = append(out, argument{clip(name, 255), clip(value, 255)})
	}
	return out
}

// jsonArguments reads the management API's form: an object.
func jsonArguments(m map[string]any) (out []argument) {
	for k, v := range m {
		s := text(v)
		if s == "" && v != nil {
			if b, err := json.Marshal(v); err == nil {
				s = string(b)
			}
		}
		out = append(out, argument{clip(k, 255), clip(s, 255)})
	}
	return out
}

// argumentText is the canonical form: "name=value" sorted by name and joined by "; ".
func argumentText(args []argument) string {
	slices.SortFunc(args, func(a, b argument) int { return cmp.Compare(a.name, b.name) })
	var b strings.Builder
	for i, a := range args {
		if i > 0 {
			b.WriteString("; ")
		}
		fmt.Fprintf(&b, "%s=%s", a.name, a.value)
	}
	return b.String()
}

// expires returns x-expires in nanoseconds, 0 without.
func expires(args []argument) int64 {
	for _, a := range args {
		if a.name == "x-expires" {
			ms, err := strconv.ParseInt(a.value, 10, 64)
			if err == nil && ms > 0 && ms < 1<<40 {
				return ms * 1e6
			}
		}
	}
	return 0
}

func queueType(args []argument) string {
	for _, a := range args {
		if a.name == "x-queue-type" {
			return a.value
		}
	}
	return ""
}
