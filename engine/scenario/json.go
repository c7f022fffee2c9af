package scenario

import (
	"bytes"
	"strconv"
	"unicode/utf8"

	"rpcscope/engine/rpc"
)

// What a document may hold at most.
const (
	maxBytes = 1 << 20
	maxDepth = 40
)

// jsonReader reads JSON and keeps the order of members. It is written by hand because
// encoding/json would be a fiftieth of what a browser has to download.
type jsonReader struct {
	data []byte
	at   int
	// parts are the values of the outermost object's members, as they are written.
	parts [][]byte
}

// readJSON reads a document.
func readJSON(data []byte) (rpc.Value, error) {
	if len(data) > maxBytes {
		return rpc.Value{}, &Error{"$", "the document has " + strconv.Itoa(len(data)) + " bytes", "the limit is " + strconv.Itoa(maxBytes)}
	}
	data = bytes.TrimPrefix(data, []byte("\ufeff")) // some editors begin a file with it
	if len(bytes.TrimSpace(data)) == 0 {
		return rpc.Value{}, &Error{"$", "the document is empty", `write an object with "title" and "processes"`}
	}
	v, _, err := ReadJSON(data)
	return v, err
}

// ReadJSON reads one JSON value. Of an object it also gives the members' values as they are written, in their order.
// The error, if any, is an [*Error]: syntax, bytes that are no UTF-8, a member that appears twice, nesting too deep.
func ReadJSON(data []byte) (v rpc.Value, parts [][]byte, err error) {
	if at := notText(data); at >= 0 {
		return v, nil, &Error{"$", "not UTF-8 text: byte " + strconv.Itoa(at+1) + " is 0x" + strconv.FormatUint(uint64(data[at]), 16), "save the file as UTF-8"}
	}
	r := jsonReader{data: data}
	v, err = r.value("$", 0)
	if err == nil && r.next() != 0 {
		err = &Error{"$", "something follows the document", "a file holds one JSON object"}
	}
	return v, r.parts, err
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
	switch c := r.next(); {
	case c == '{':
		return r.object(path, depth)
	case c == '[':
		return r.array(path, depth)
	case c == '"':
		s, ok := r.text()
		if !ok {
			return rpc.Value{}, r.syntax(path, badText)
		}
		return rpc.Str(s), nil
	case c == '-' || digit(c):
		n, ok := r.number()
		if !ok {
			return rpc.Value{}, r.syntax(path, "this is no number")
		}
		return rpc.Value{Kind: rpc.Number, Text: n}, nil
	case r.word("null"):
		return rpc.Value{}, nil
	case r.word("true"):
		return rpc.Value{Kind: rpc.Bool, True: true}, nil
	case r.word("false"):
		return rpc.Value{Kind: rpc.Bool}, nil
	}
	return rpc.Value{}, r.expected(path, "a value")
}

func (r *jsonReader) array(path string, depth int) (rpc.Value, error) {
	v := rpc.Value{Kind: rpc.Array}
	r.at++
	for more := r.next() != ']'; more; {
		at := path + "[" + strconv.Itoa(len(v.Items)) + "]"
		x, err := r.value(at, depth+1)
		if err != nil {
			return v, err
		}
		v.Items = append(v.Items, x)
		if more, err = r.another(path, ']'); err != nil {
			return v, err
		}
	}
	r.at++
	return v, nil
}

func (r *jsonReader) object(path string, depth int) (rpc.Value, error) {
	v := rpc.Value{Kind: rpc.Object}
	seen := map[string]bool{}
	r.at++
	for more := r.next() != '}'; more; {
		if r.next() != '"' {
			return v, r.expected(path, "a name in double quotes")
		}
		key, ok := r.text()
		if !ok {
			return v, r.syntax(path, badText)
		}
		at := join(path, key)
		if seen[key] {
			return v, &Error{at, "appears twice", "keep one of them"}
		}
		seen[key] = true
		if r.next() != ':' {
			return v, r.expected(at, "a colon")
		}
		r.at++
		r.next()
		from := r.at
		x, err := r.value(at, depth+1)
		if err != nil {
			return v, err
		}
		if depth == 0 {
			r.parts = append(r.parts, r.data[from:r.at])
		}
		v.Keys, v.Items = append(v.Keys, key), append(v.Items, x)
		if more, err = r.another(path, '}'); err != nil {
			return v, err
		}
	}
	r.at++
	return v, nil
}

// another takes the comma between two elements; it reports false at the bracket that ends the list.
func (r *jsonReader) another(path string, end byte) (bool, error) {
	switch r.next() {
	case ',':
		r.at++
		return true, nil
	case end:
		return false, nil
	}
	return false, r.expected(path, "a comma or "+string(end))
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
