package scenario

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"strconv"
	"unicode/utf8"

	"rpcscope/engine/rpc"
)

// What a document may hold at most.
const (
	maxBytes = 1 << 20
	maxDepth = 40
)

// jsonReader reads JSON and keeps the order of members.
type jsonReader struct {
	d    *json.Decoder
	data []byte
}

// readJSON reads one JSON value.
func readJSON(data []byte) (rpc.Value, error) {
	if len(data) > maxBytes {
		return rpc.Value{}, &Error{"$", "the document has " + strconv.Itoa(len(data)) + " bytes", "the limit is " + strconv.Itoa(maxBytes)}
	}
	data = bytes.TrimPrefix(data, []byte("\ufeff")) // some editors begin a file with it
	if len(bytes.TrimSpace(data)) == 0 {
		return rpc.Value{}, &Error{"$", "the document is empty", `write an object with "title" and "processes"`}
	}
	if at := notText(data); at >= 0 {
		return rpc.Value{}, &Error{"$", "not UTF-8 text: byte " + strconv.Itoa(at+1) + " is 0x" + strconv.FormatUint(uint64(data[at]), 16), "save the file as UTF-8"}
	}
	r := jsonReader{json.NewDecoder(bytes.NewReader(data)), data}
	r.d.UseNumber()
	v, err := r.value("$", 0)
	if err != nil {
		return rpc.Value{}, err
	}
	if _, err = r.d.Token(); err == nil || !errors.Is(err, io.EOF) {
		return rpc.Value{}, &Error{"$", "something follows the document", "a file holds one JSON object"}
	}
	return v, nil
}

// notText returns the index of the first byte that no UTF-8 text has, −1 when there is none.
func notText(data []byte) int {
	for i := 0; i < len(data); {
		r, n := utf8.DecodeRune(data[i:])
		if r == 0 || r == utf8.RuneError && n == 1 {
			return i
		}
		i += n
	}
	return -1
}

func (r *jsonReader) value(path string, depth int) (rpc.Value, error) {
	if depth > maxDepth {
		return rpc.Value{}, &Error{path, "nested too deeply", "the limit is " + strconv.Itoa(maxDepth) + " levels"}
	}
	t, err := r.d.Token()
	if err != nil {
		return rpc.Value{}, r.syntax(err, path)
	}
	switch t := t.(type) {
	case bool:
		return rpc.Value{Kind: rpc.Bool, True: t}, nil
	case json.Number:
		return rpc.Value{Kind: rpc.Number, Text: string(t)}, nil
	case string:
		return rpc.Str(t), nil
	case json.Delim:
		if t == '[' {
			return r.array(path, depth)
		}
		return r.object(path, depth)
	}
	return rpc.Value{}, nil
}

func (r *jsonReader) array(path string, depth int) (rpc.Value, error) {
	v := rpc.Value{Kind: rpc.Array}
	for r.d.More() {
		x, err := r.value(path+"["+strconv.Itoa(len(v.Items))+"]", depth+1)
		if err != nil {
			return v, err
		}
		v.Items = append(v.Items, x)
	}
	return v, r.close(path)
}

func (r *jsonReader) object(path string, depth int) (rpc.Value, error) {
	v := rpc.Value{Kind: rpc.Object}
	seen := map[string]bool{}
	for r.d.More() {
		t, err := r.d.Token()
		if err != nil {
			return v, r.syntax(err, path)
		}
		key, _ := t.(string) // the decoder gives nothing else where a name stands
		if seen[key] {
			return v, &Error{join(path, key), "appears twice", "keep one of them"}
		}
		seen[key] = true
		x, err := r.value(join(path, key), depth+1)
		if err != nil {
			return v, err
		}
		v.Keys, v.Items = append(v.Keys, key), append(v.Items, x)
	}
	return v, r.close(path)
}

// close takes the bracket that ends a list or an object.
func (r *jsonReader) close(path string) error {
	if _, err := r.d.Token(); err != nil {
		return r.syntax(err, path)
	}
	return nil
}

// join extends a JSON path by a member; names that are no identifiers are quoted, long ones cut.
func join(path, key string) string {
	if len(key) > maxName {
		return path + "[" + quote(key) + "]"
	}
	for i, r := range key {
		plain := r == '_' || r == '$' || 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || i > 0 && '0' <= r && r <= '9'
		if !plain {
			return path + "[" + quote(key) + "]"
		}
	}
	if key == "" {
		return path + `[""]`
	}
	return path + "." + key
}

// syntax makes an [Error] of a syntax error: it stands in the value at path,
// and begins behind what was read so far.
func (r *jsonReader) syntax(err error, path string) error {
	text, at := "not JSON: "+err.Error(), int(r.d.InputOffset())
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		text, at = "not JSON: it ends too early", len(r.data)
	}
	for at < len(r.data) && (r.data[at] <= ' ' || r.data[at] == ',' || r.data[at] == ':') {
		at++
	}
	line := 1 + bytes.Count(r.data[:at], []byte("\n"))
	column := 1 + utf8.RuneCount(r.data[bytes.LastIndexByte(r.data[:at], '\n')+1:at])
	return &Error{path, text, "look at line " + strconv.Itoa(line) + ", column " + strconv.Itoa(column)}
}
