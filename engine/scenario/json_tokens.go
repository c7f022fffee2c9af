package scenario

import (
	"bytes"
	"strconv"
	"unicode/utf16"
	"unicode/utf8"
)

// badText is what is wrong with a text.
const badText = "this text has a line break or an escape that JSON does not know"

// next skips white space and returns the byte that follows, 0 at the end.
func (r *jsonReader) next() byte {
	for ; r.at < len(r.data); r.at++ {
		if c := r.data[r.at]; c != ' ' && c != '\t' && c != '\n' && c != '\r' {
			return c
		}
	}
	return 0
}

// word takes w if it comes next.
func (r *jsonReader) word(w string) bool {
	if !bytes.HasPrefix(r.data[r.at:], []byte(w)) {
		return false
	}
	r.at += len(w)
	return true
}

func digit(c byte) bool { return '0' <= c && c <= '9' }

// number takes a number as it is written. Like text, it stays where it was when there is none, or goes to the end
// when the document ends within.
func (r *jsonReader) number() (string, bool) {
	i := r.at
	is := func(set string) bool {
		if i < len(r.data) && bytes.IndexByte([]byte(set), r.data[i]) >= 0 {
			i++
			return true
		}
		return false
	}
	digits := func() bool {
		from := i
		for i < len(r.data) && digit(r.data[i]) {
			i++
		}
		return i > from
	}
	is("-")
	ok := is("0") || digits()
	if ok && is(".") {
		ok = digits()
	}
	if ok && is("eE") {
		is("+-")
		ok = digits()
	}
	if !ok && i < len(r.data) {
		return "", false
	}
	n := string(r.data[r.at:i])
	r.at = i
	return n, ok
}

// text takes a text in quotes.
func (r *jsonReader) text() (string, bool) {
	var b []byte
	for i := r.at + 1; i < len(r.data); {
		switch c := r.data[i]; {
		case c == '"':
			r.at = i + 1
			return string(b), true
		case c < ' ':
			return "", false
		case c != '\\':
			b = append(b, c)
			i++
		default:
			n := 0
			if b, n = unescape(b, r.data[i+1:]); n == 0 {
				return "", false
			}
			i += 1 + n
		}
	}
	r.at = len(r.data)
	return "", false
}

// unescape appends what the escape in s, without its backslash, stands for; n is its length, 0 when there is none such.
func unescape(b, s []byte) (_ []byte, n int) {
	if len(s) == 0 {
		return b, 1 // the document ends here
	}
	if i := bytes.IndexByte([]byte(`"\/bfnrt`), s[0]); i >= 0 {
		return append(b, "\"\\/\b\f\n\r\t"[i]), 1
	}
	x, ok := codeUnit(s)
	if !ok {
		return b, 0
	}
	if utf16.IsSurrogate(x) {
		if len(s) > 6 && s[5] == '\\' {
			if low, ok := codeUnit(s[6:]); ok && utf16.DecodeRune(x, low) != utf8.RuneError {
				return utf8.AppendRune(b, utf16.DecodeRune(x, low)), 11
			}
		}
		x = utf8.RuneError // half a pair
	}
	return utf8.AppendRune(b, x), 5
}

// codeUnit reads u and four hexadecimal digits.
func codeUnit(s []byte) (rune, bool) {
	if len(s) < 5 || s[0] != 'u' {
		return 0, false
	}
	x, err := strconv.ParseUint(string(s[1:5]), 16, 16)
	return rune(x), err == nil
}

// expected makes an [Error] of what stands where something else should, in the value at path.
func (r *jsonReader) expected(path, what string) error {
	x, _ := utf8.DecodeRune(r.data[r.at:])
	return r.syntax(path, "'"+string(x)+"' stands where "+what+" should")
}

// syntax makes an [Error] of a fault in the value at path, at or behind where the reader is.
func (r *jsonReader) syntax(path, what string) error {
	if r.at == len(r.data) {
		what = "it ends too early"
	}
	line := 1 + bytes.Count(r.data[:r.at], []byte("\n"))
	column := 1 + utf8.RuneCount(r.data[bytes.LastIndexByte(r.data[:r.at], '\n')+1:r.at])
	return &Error{path, "not JSON: " + what, "look at line " + strconv.Itoa(line) + ", column " + strconv.Itoa(column)}
}
