package bridge

// OK is the reply to a command that was carried out.
var OK = []byte(`{"ok":true}`)

// Refusal is the reply to a command that was not: a code for programs, a text
// for people, and where in the command the fault lies, if known.
func Refusal(code, text, path string) []byte {
	b := append([]byte(nil), `{"ok":false,"error":{"code":`...)
	b = appendString(b, code)
	b = append(b, `,"text":`...)
	b = appendString(b, text)
	if path != "" {
		b = append(b, `,"path":`...)
		b = appendString(b, path)
	}
	return append(b, "}}"...)
}
