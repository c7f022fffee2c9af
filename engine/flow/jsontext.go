package flow

// AppendJSONText appends s as a JSON string; what is not UTF-8 becomes U+FFFD.
func AppendJSONText(dst []byte, s string) []byte { return appendJSONText(dst, s) }
