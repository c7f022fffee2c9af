package rpc

import (
	"strconv"
	"unicode/utf8"
)

// ValueKind is the JSON type of a [Value].
type ValueKind uint8

// The JSON types.
const (
	Null ValueKind = iota
	Bool
	Number
	String
	Array
	Object
)

// Value is one JSON value. Members of objects keep the order in which they
// were written, because the size of a message and its preview depend on it.
// Values are never changed once made, so they may be shared.
type Value struct {
	// Text is a string's text, or a number as it was written.
	Text string
	// Items are an array's elements or an object's values, Keys the object's names in the same order.
	Items []Value
	Keys  []string
	Kind  ValueKind
	// True is a boolean's value.
	True bool
}

// Str returns a string value.
func Str(s string) Value { return Value{Kind: String, Text: s} }

// Int returns a number value.
func Int(n int64) Value { return Value{Kind: Number, Text: strconv.FormatInt(n, 10)} }

// Get returns the member called name of an object.
func (v *Value) Get(name string) (Value, bool) {
	for i, k := range v.Keys {
		if k == name {
			return v.Items[i], true
		}
	}
	return Value{}, false
}

// With returns a copy of object v whose member name is set to m.
func (v *Value) With(name string, m Value) Value {
	out := Value{Kind: Object}
	found := false
	for i, k := range v.Keys {
		x := v.Items[i]
		if k == name {
			x, found = m, true
		}
		out.Keys, out.Items = append(out.Keys, k), append(out.Items, x)
	}
	if !found {
		out.Keys, out.Items = append(out.Keys, name), append(out.Items, m)
	}
	return out
}

// Equal reports whether v and w are the same value; the order of members counts.
func (v *Value) Equal(w *Value) bool {
	if v.Kind != w.Kind || v.Text != w.Text || v.True != w.True || len(v.Items) != len(w.Items) || len(v.Keys) != len(w.Keys) {
		return false
	}
	for i := range v.Keys {
		if v.Keys[i] != w.Keys[i] {
			return false
		}
	}
	for i := range v.Items {
		if !v.Items[i].Equal(&w.Items[i]) {
			return false
		}
	}
	return true
}

// AppendJSON appends v as Python's json.dumps writes it: a space after each
// comma and colon, everything beyond ASCII escaped. oslo.messaging uses it, so
// sizes agree with the real thing.
func (v *Value) AppendJSON(dst []byte) []byte {
	switch v.Kind {
	case Bool:
		return strconv.AppendBool(dst, v.True)
	case Number:
		return append(dst, v.Text...)
	case String:
		return appendQuoted(dst, v.Text)
	case Array:
		dst = append(dst, '[')
		for i := range v.Items {
			if i > 0 {
				dst = append(dst, ", "...)
			}
			dst = v.Items[i].AppendJSON(dst)
		}
		return append(dst, ']')
	case Object:
		dst = append(dst, '{')
		for i := range v.Items {
			if i > 0 {
				dst = append(dst, ", "...)
			}
			dst = appendQuoted(dst, v.Keys[i])
			dst = append(dst, ": "...)
			dst = v.Items[i].AppendJSON(dst)
		}
		return append(dst, '}')
	}
	return append(dst, "null"...)
}

const hexDigits = "0123456789abcdef"

func appendQuoted(dst []byte, s string) []byte {
	dst = append(dst, '"')
	for i := 0; i < len(s); {
		from := i
		for i < len(s) && s[i] >= ' ' && s[i] < 0x80 && s[i] != '"' && s[i] != '\\' { // a long text goes in long pieces
			i++
		}
		if dst = append(dst, s[from:i]...); i == len(s) {
			break
		}
		r, n := utf8.DecodeRuneInString(s[i:])
		i += n
		switch {
		case r == '"' || r == '\\':
			dst = append(dst, '\\', byte(r))
		case r == '\n':
			dst = append(dst, '\\', 'n')
		case r == '\r':
			dst = append(dst, '\\', 'r')
		case r == '\t':
			dst = append(dst, '\\', 't')
		case r == '\b':
			dst = append(dst, '\\', 'b')
		case r == '\f':
			dst = append(dst, '\\', 'f')
		case r >= 0x10000:
			r -= 0x10000
			dst = appendEscape(appendEscape(dst, 0xd800+r>>10), 0xdc00+r&0x3ff)
		default:
			dst = appendEscape(dst, r)
		}
	}
	return append(dst, '"')
}

func appendEscape(dst []byte, r rune) []byte {
	return append(dst, '\\', 'u', hexDigits[r>>12&15], hexDigits[r>>8&15], hexDigits[r>>4&15], hexDigits[r&15])
}
