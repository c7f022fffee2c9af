package bridge

import (
	"encoding/json"
	"errors"
	"reflect"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"rpcscope/engine/player"
)

// fill sets v and all that is in it, each number and text to another value.
func fill(v reflect.Value, n *int) {
	*n++
	switch v.Kind() {
	case reflect.String:
		v.SetString(strings.Repeat("<é\"", *n%3) + string(rune('a'+*n%26)))
	case reflect.Bool:
		v.SetBool(true)
	case reflect.Int, reflect.Int32, reflect.Int64:
		v.SetInt(int64(-*n))
	case reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		v.SetUint(uint64(*n))
	case reflect.Float64:
		v.SetFloat(float64(*n) + 1/3.)
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		fill(v.Elem(), n)
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 2, 2))
		fallthrough
	case reflect.Array:
		for i := range v.Len() {
			fill(v.Index(i), n)
		}
	case reflect.Map:
		v.Set(reflect.MakeMap(v.Type()))
		for range 3 {
			k, x := reflect.New(v.Type().Key()).Elem(), reflect.New(v.Type().Elem()).Elem()
			fill(k, n)
			fill(x, n)
			v.SetMapIndex(k, x)
		}
	case reflect.Interface:
		v.Set(reflect.ValueOf([]any{"text", true, *n, int32(*n), int64(*n), uint32(*n), uint64(*n), 1.5}[*n%8]))
	case reflect.Struct:
		for i := range v.NumField() {
			if v.Type().Field(i).Tag.Get("json") != "-" {
				fill(v.Field(i), n)
			}
		}
	}
}

func TestCommandsAndStatusesAreReadByTheirTags(t *testing.T) {
	n := 0
	var c player.Command
	fill(reflect.ValueOf(&c).Elem(), &n)
	doc, _ := json.Marshal(c)
	doc = append(doc[:len(doc)-1], `,"doc": {"title": [1, "x"]} , "more":[{}]}`...)
	c.Doc = []byte(`{"title": [1, "x"]}`)
	if got, err := ReadCommand(doc); err != nil || !cmp.Equal(c, got) {
		t.Errorf("%v %s", err, cmp.Diff(c, got))
	}
	file := "{\"title\": 1e999,\n \"title\": \"\u2028\"} trailing"
	quoted, _ := json.Marshal(map[string]string{"cmd": "load", "doc": file})
	if got, err := ReadCommand(quoted); err != nil || string(got.Doc) != file {
		t.Errorf("a file's text becomes %q, %v", got.Doc, err)
	}
	if got, err := ReadCommand([]byte(`{"cmd": "load", "doc": ""}`)); err != nil || len(got.Doc) == 0 {
		t.Errorf("an empty file becomes %q, %v", got.Doc, err)
	}
	var s player.LiveStatus
	fill(reflect.ValueOf(&s).Elem(), &n)
	doc, _ = json.Marshal(s)
	if got, err := ReadStatus(doc); err != nil || !cmp.Equal(s, got) {
		t.Errorf("%v %s", err, cmp.Diff(s, got))
	}
	if got, err := ReadStatus([]byte(`{"dropped":null,"coverage":null}`)); err != nil || !cmp.Equal(player.LiveStatus{}, got) {
		t.Errorf("%v %+v", err, got)
	}
}

func TestWhatIsOfAnotherTypeIsNamed(t *testing.T) {
	for command, path := range map[string]string{
		`{"cmd":1}`: "cmd", `{"x":"fast"}`: "x", `{"on":1}`: "on", `{"seed":-1}`: "seed", `{"seed":1.5}`: "seed", `{"dir":1e3}`: "dir", `{"d":1e999}`: "d",
	} {
		_, err := ReadCommand([]byte(command))
		e := (*player.Error)(nil)
		if !errors.As(err, &e) || e.Path != path || e.Code != "bad-command" {
			t.Errorf("%s: %v", command, err)
		}
	}
	for _, command := range []string{``, `[]`, `null`, `{"cmd":"play"`, `{} {}`} {
		if _, err := ReadCommand([]byte(command)); err == nil {
			t.Errorf("%s is taken", command)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		_, _ = ReadStatus([]byte(rapid.String().Draw(t, "status")))
	})
}
