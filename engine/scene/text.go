package scene

import (
	"strconv"

	"rpcscope/engine/flow"
	"rpcscope/engine/layout"
)

// textKind says how a cached text was made.
type textKind uint8

const (
	txShort textKind = iota
	txReady
	txUnacked
	txCounts
	txWait
	txWaitN
	txSimple
	txDuration
	txFold
	txStack
	txRate
	txID
	txAria
	txAria2
	txSub
	txHindered
	txReply
	txPath
	txExpires
	txExpiresIn
	txLost
	txDone
	txCount
)

// textKey is everything that a text is made of.
type textKey struct {
	kind    textKind
	a, b, c int64
	n, m, o flow.Name
	style   Style
}

// maxTexts bounds the cache; a full one is emptied.
const maxTexts = 8192

// texts makes each text once, so that a frame which says what an earlier one
// said allocates nothing.
type texts struct {
	names *flow.Names
	cache map[textKey]string
	// zoom of the fitted map: where that makes letters too small the page sets them larger, and texts need more room.
	zoom float32
}

// Smallest is the least size of letters on the screen, px: the page never sets smaller ones.
const Smallest = 10.5

func (t *texts) use(names *flow.Names, zoom float32) {
	if zoom <= 0 {
		zoom = 1
	}
	zoom = float32(int(zoom*50)) / 50 // what is made stays good while the map grows by a row
	if t.names != names || len(t.cache) > maxTexts || t.cache == nil || zoom != t.zoom {
		t.names, t.zoom = names, zoom
		t.cache = make(map[textKey]string)
	}
}

// grow is how much larger than designed letters of a size are set, in world units.
func (t *texts) grow(s Style) float32 { return max(1, Smallest/t.zoom/Styles[s].Size) }

// width estimates how wide a text stands in the fitted map.
func (t *texts) width(s string, style Style) float32 { return width(s, style) * t.grow(style) }

// fit is text, shortened only where it is too wide.
func (t *texts) fit(text string, s Style, most float32) string {
	if t.width(text, s) <= most {
		return text
	}
	return t.shorten(text, s, most)
}

// shorten cuts text so that it fits into most px of the fitted map.
func (t *texts) shorten(text string, s Style, most float32) string {
	return Shorten(text, s, most/t.grow(s))
}

// Shorten cuts text in the middle so that it fits into most px in a style. The
// tail keeps four characters, as people tell uuids apart by their ends.
func Shorten(text string, s Style, most float32) string {
	st := &Styles[s]
	fits := func(v string) bool { return layout.TextWidth(v, st.Size, st.Mono, st.Weight) <= most }
	if fits(text) {
		return text
	}
	r := []rune(text)
	tail := min(4, len(r)/3)
	end := string(r[len(r)-tail:])
	for n := len(r) - tail - 1; n > 0; n-- {
		if v := string(r[:n]) + "…" + end; fits(v) {
			return v
		}
	}
	for n := tail; n > 0; n-- {
		if v := "…" + string(r[len(r)-n:]); fits(v) {
			return v
		}
	}
	return "…"
}

// hexTail shortens a random tail such as "reply_1a18c0ffee…25f6" even when there is room, as nobody reads it.
func hexTail(s string) (string, bool) {
	n := 0
	for i := len(s) - 1; i >= 0; i-- {
		c := s[i]
		if (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || c == '-' {
			n++
			continue
		}
		break
	}
	if n < 24 {
		return s, false
	}
	head := len(s) - n
	return s[:head+4] + "…" + s[len(s)-4:], true
}

// make returns the cached text of a key, made by f the first time.
func (t *texts) make(k textKey, f func() string) string {
	if v, ok := t.cache[k]; ok {
		return v
	}
	v := f()
	t.cache[k] = v
	return v
}

// tailed is short for names with random tails: those lose their middle even when there is room.
func (t *texts) tailed(n flow.Name, s Style, most float32) (text string, whole bool) {
	k := textKey{kind: txShort, n: n, a: int64(most * 8), b: 1, style: s}
	full := t.names.Text(n)
	v, ok := t.cache[k]
	if !ok {
		v, _ = hexTail(full)
		if most > 0 {
			v = t.shorten(v, s, most)
		}
		t.cache[k] = v
	}
	return v, len(v) == len(full)
}

// width estimates how wide a text is in a style.
func width(s string, style Style) float32 {
	st := &Styles[style]
	return layout.TextWidth(s, st.Size, st.Mono, st.Weight)
}

func itoa(n int64) string { return strconv.FormatInt(n, 10) }
