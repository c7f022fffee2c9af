package bridge

import (
	"strconv"
	"unicode/utf8"

	"rpcscope/engine/flow"
	"rpcscope/engine/scene"
)

// AppendLabels appends the labels as a JSON array of
// [id, x, y, width, maxWidth, text, title, paint, alpha, style, anchor, priority, dynamic, halo, strong]; strong is how many letters of the text stand out.
func AppendLabels(b []byte, labels []scene.Label) []byte {
	b = append(b, '[')
	for i := range labels {
		l := &labels[i]
		if i > 0 {
			b = append(b, ',')
		}
		b = append(b, '[', '"')
		b = strconv.AppendUint(b, l.ID, 36)
		b = append(b, '"', ',')
		b = appendFloats(b, l.X, l.Y, l.Width, l.MaxWidth)
		b = appendString(b, flow.Visible(l.Text))
		b = append(b, ',')
		b = appendString(b, flow.Visible(l.Title))
		b = append(b, ',')
		b = appendInts(b, int(l.Paint))
		b = appendFloats(b, l.Alpha)
		dynamic := 0
		if l.Dynamic {
			dynamic = 1
		}
		b = appendInts(b, int(l.Style), int(l.Anchor), int(l.Priority), dynamic, int(l.Halo), utf8.RuneCountInString(flow.Visible(l.Text[:min(int(l.Strong), len(l.Text))])))
		b[len(b)-1] = ']'
	}
	return append(b, ']')
}

// AppendProxies appends the proxies as a JSON array of [id, x, y, w, h, label, role, selected].
func AppendProxies(b []byte, proxies []scene.Proxy) []byte {
	b = append(b, '[')
	for i := range proxies {
		p := &proxies[i]
		if i > 0 {
			b = append(b, ',')
		}
		b = append(b, '[')
		if p.Role == scene.RoleMessage {
			b = append(b, '"')
			b = append(p.AppendID(b), '"')
		} else {
			b = appendString(b, p.ID)
		}
		b = append(b, ',')
		b = appendFloats(b, p.X, p.Y, p.W, p.H)
		b = appendString(b, flow.Visible(p.Label))
		b = append(b, ',')
		selected := 0
		if p.Selected {
			selected = 1
		}
		b = appendInts(b, int(p.Role), selected)
		b[len(b)-1] = ']'
	}
	return append(b, ']')
}

func appendFloats(b []byte, vs ...float32) []byte {
	for _, v := range vs {
		b = strconv.AppendFloat(b, float64(v), 'f', -1, 32)
		b = append(b, ',')
	}
	return b
}

func appendInts(b []byte, vs ...int) []byte {
	for _, v := range vs {
		b = strconv.AppendInt(b, int64(v), 10)
		b = append(b, ',')
	}
	return b
}

const hex = "0123456789abcdef"

// appendString appends a JSON string; bytes that are not UTF-8 become U+FFFD.
func appendString(b []byte, s string) []byte {
	b = append(b, '"')
	for _, r := range s { // ranging replaces invalid bytes
		switch {
		case r == '"' || r == '\\':
			b = append(b, '\\', byte(r))
		case r < ' ' || r == 0x7f:
			b = append(b, '\\', 'u', '0', '0', hex[r>>4], hex[r&15])
		default:
			b = utf8.AppendRune(b, r)
		}
	}
	return append(b, '"')
}
