package flow

import (
	"strconv"
	"strings"
	"unicode/utf8"
)

// Hidden reports whether a rune shows nothing of itself, or changes how what stands around it is shown: control
// characters, marks that turn the direction of writing, spaces without width, tags. The joiners that Persian and
// pictures of families need are not among them.
func Hidden(r rune) bool {
	switch {
	case r < 0x7f:
		return r < ' '
	case r < 0x600:
		return r <= 0x9f || r == 0xad || r == 0x34f
	case r < 0x2000:
		return r == 0x61c || r == 0x115f || r == 0x1160 || r == 0x180e
	case r < 0x3000:
		return r == 0x200b || r == 0x200e || r == 0x200f || 0x2028 <= r && r <= 0x202e || 0x2060 <= r && r <= 0x206f
	}
	return r == 0x3164 || r == 0xfeff || r == 0xffa0 || 0xfff9 <= r && r <= 0xfffb || 0xe0000 <= r && r <= 0xe007f
}

// marks reports whether a rune is drawn over or under the letter before it. Scripts need one or two; piles of them cover what stands around.
func marks(r rune) bool {
	return 0x300 <= r && r <= 0x36f || 0x483 <= r && r <= 0x489 || 0x1ab0 <= r && r <= 0x1aff || 0x1dc0 <= r && r <= 0x1dff ||
		0x20d0 <= r && r <= 0x20ff || 0xfe20 <= r && r <= 0xfe2f
}

// mostMarks is how many marks of one letter are drawn.
const mostMarks = 2

// Visible is s for people's eyes: what is hidden is written as ‹U+202E›, and of a pile of marks over a letter the rest
// is counted. Line breaks and tabs stay. It is s itself, without a copy, when there is nothing to write.
func Visible(s string) string {
	if plain(s) {
		return s
	}
	return string(AppendVisible(nil, s))
}

// plain reports whether all of s is shown as it is. The map asks it of every label in every frame, and many have an
// ellipsis in the middle of a name.
func plain(s string) bool {
	for i := 0; i < len(s); {
		if c := s[i]; c < 0x7f {
			if c < ' ' && c != '\n' && c != '\t' {
				return false
			}
			i++
			continue
		}
		r, n := utf8.DecodeRuneInString(s[i:])
		if n == 1 || Hidden(r) || marks(r) {
			return false
		}
		i += n
	}
	return true
}

// AppendVisible appends what [Visible] gives.
func AppendVisible(dst []byte, s string) []byte {
	pile := 0
	for _, r := range s { // ranging replaces bytes that are no text by U+FFFD
		if marks(r) {
			if pile++; pile <= mostMarks {
				dst = utf8.AppendRune(dst, r)
			}
			continue
		}
		dst = appendPile(dst, pile)
		pile = 0
		switch {
		case Hidden(r) && r != '\n' && r != '\t':
			dst = append(dst, "‹U+"...)
			dst = append(dst, strings.ToUpper(strconv.FormatInt(int64(r), 16))...)
			dst = append(dst, "›"...)
		default:
			dst = utf8.AppendRune(dst, r)
		}
	}
	return appendPile(dst, pile)
}

func appendPile(dst []byte, pile int) []byte {
	if pile <= mostMarks {
		return dst
	}
	dst = append(dst, "‹+"...)
	dst = strconv.AppendInt(dst, int64(pile-mostMarks), 10)
	return append(dst, "›"...)
}

// AppendHiddenEscaped appends JSON with what is hidden in its texts escaped, so that a terminal shows it and obeys none of it.
func AppendHiddenEscaped(dst, json []byte) []byte {
	for _, r := range string(json) {
		if r >= 0x7f && r <= 0xffff && Hidden(r) {
			dst = appendJSONEscape(dst, r)
		} else {
			dst = utf8.AppendRune(dst, r)
		}
	}
	return dst
}

func appendJSONEscape(dst []byte, r rune) []byte {
	return append(dst, '\\', 'u', hexDigits[r>>12&15], hexDigits[r>>8&15], hexDigits[r>>4&15], hexDigits[r&15])
}
