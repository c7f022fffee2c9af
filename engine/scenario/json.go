package scenario

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"strconv"

	"rpcscope/engine/rpc"
)

// What a document may hold at most.
const (
	maxBytes = 1 << 20
	maxDepth = 40
)

// readJSON reads one JSON value and keeps the order of members.
func readJSON(data []byte) (rpc.Value, error) {
	if len(data) > maxBytes {
		return rpc.Value{}, &Error{"$", "the document has " + strconv.Itoa(len(data)) + " bytes", "the limit is " + strconv.Itoa(maxBytes)}
	}
	d := json.NewDecoder(bytes.NewReader(data))
	d.UseNumber()
	v, err := readValue(d, "$", 0)
	if err != nil {
		return rpc.Value{}, placed(err, data)
	}
	if _, err = d.Token(); err == nil || !errors.Is(err, io.EOF) {
		return rpc.Value{}, &Error{"$", "something follows the document", "a file holds one JSON object"}
	}
	return v, nil
}

func readValue(d *json.Decoder, path string, depth int) (rpc.Value, error) {
	if depth > maxDepth {
		return rpc.Value{}, &Error{path, "nested too deeply", "the limit is " + strconv.Itoa(maxDepth) + " levels"}
	}
	t, err := d.Token()
	if err != nil {
		return rpc.Value{}, err
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
			return readArray(d, path, depth)
		}
		return readObject(d, path, depth)
	}
	return rpc.Value{}, nil
}

func readArray(d *json.Decoder, path string, depth int) (rpc.Value, error) {
	v := rpc.Value{Kind: rpc.Array}
	for d.More() {
		x, err := readValue(d, path+"["+strconv.Itoa(len(v.Items))+"]", depth+1)
		if err != nil {
			return v, err
		}
		v.Items = append(v.Items, x)
	}
	_, err := d.Token()
	return v, err
}

func readObject(d *json.Decoder, path string, depth int) (rpc.Value, error) {
	v := rpc.Value{Kind: rpc.Object}
	seen := map[string]bool{}
	for d.More() {
		t, err := d.Token()
		if err != nil {
			return v, err
		}
		key, _ := t.(string) // the decoder gives nothing else where a name stands
		if seen[key] {
			return v, &Error{join(path, key), "appears twice", "keep one of them"}
		}
		seen[key] = true
		x, err := readValue(d, join(path, key), depth+1)
		if err != nil {
			return v, err
		}
		v.Keys, v.Items = append(v.Keys, key), append(v.Items, x)
	}
	_, err := d.Token()
	return v, err
}

// join extends a JSON path by a member; names that are no identifiers are quoted.
func join(path, key string) string {
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

// placed turns a syntax error into one with line and column.
func placed(err error, data []byte) error {
	var own *Error
	if errors.As(err, &own) {
		return own
	}
	offset := int64(len(data))
	var syntax *json.SyntaxError
	if errors.As(err, &syntax) {
		offset = syntax.Offset
	}
	line, column := 1, 1
	for _, c := range data[:min(offset, int64(len(data)))] {
		column++
		if c == '\n' {
			line, column = line+1, 1
		}
	}
	text := "not JSON: " + err.Error()
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		text = "not JSON: it ends too early"
	}
	return &Error{"$", text, "look at line " + strconv.Itoa(line) + ", column " + strconv.Itoa(column)}
}
