package scenario_test

import (
	"encoding/json"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"rpcscope/engine/rpc"
	"rpcscope/engine/scenario"
)

// plain is a value as encoding/json gives it.
func plain(v *rpc.Value) any {
	switch v.Kind {
	case rpc.Bool:
		return v.True
	case rpc.Number:
		f, _ := strconv.ParseFloat(v.Text, 64)
		return f
	case rpc.String:
		return v.Text
	case rpc.Array:
		a := []any{}
		for i := range v.Items {
			a = append(a, plain(&v.Items[i]))
		}
		return a
	case rpc.Object:
		o := map[string]any{}
		for i, k := range v.Keys {
			o[k] = plain(&v.Items[i])
		}
		return o
	}
	return nil
}

func TestReadJSONReadsWhatEncodingJSONDoes(t *testing.T) {
	pieces := []string{
		`"`, `"a"`, `"b":`, `"c":`, `{`, `}`, `[`, `]`, `,`, ` `, "\n", `1`, `-0.5e+2`, `1E-3`, `.`, `null`, `true`, `false`,
		`\n`, `\"`, `\\`, `\/`, `\u00e9`, `\ud83d`, `\ude00`, `\ud83d\ude00`, `\u`, `é`, `x`,
	}
	rapid.Check(t, func(t *rapid.T) {
		doc := strings.Join(rapid.SliceOfN(rapid.SampledFrom(pieces), 1, 14).Draw(t, "pieces"), "")
		switch rapid.IntRange(0, 3).Draw(t, "form") {
		case 1:
			doc = `"` + doc + `"`
		case 2:
			doc = `[` + doc + `]`
		case 3:
			doc = `{"a":` + doc + `}`
		}
		v, parts, err := scenario.ReadJSON([]byte(doc))
		if err != nil && strings.Contains(err.Error(), "twice") {
			return
		}
		var want any
		bad := json.Unmarshal([]byte(doc), &want)
		if (bad == nil) != (err == nil) {
			t.Fatalf("%s: %v, but encoding/json: %v", doc, err, bad)
		}
		if err != nil {
			return
		}
		if d := cmp.Diff(want, plain(&v)); d != "" {
			t.Fatalf("%s: %s", doc, d)
		}
		for i, part := range parts {
			if x, _, err := scenario.ReadJSON(part); err != nil || !cmp.Equal(plain(&x), plain(&v.Items[i])) {
				t.Fatalf("%s: part %d is %s", doc, i, part)
			}
		}
	})
}
