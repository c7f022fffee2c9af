package layout

// interWidths are advances of Inter at weight 400 in thousandths of an em, for
// the printable ASCII characters from the space on, rounded up a little, so
// that a viewer's own font fits too.
var interWidths = [95]uint16{
	290, 300, 480, 650, 650, 830, 660, 310, 380, 380, 520, 670, 300, 470, 300, 380,
	640, 480, 620, 640, 660, 610, 630, 570, 630, 630, 300, 310, 670, 670, 670, 520,
	970, 700, 660, 740, 730, 610, 600, 760, 750, 280, 570, 680, 570, 910, 760, 780,
	650, 780, 660, 650, 660, 750, 700, 1000, 690, 690, 640, 380, 380, 380, 480, 470,
	370, 570, 620, 580, 620, 590, 380, 620, 600, 250, 250, 560, 250, 890, 600, 610,
	620, 620, 390, 540, 380, 600, 570, 830, 560, 570, 560, 440, 340, 440, 670,
}

// TextWidth estimates the width of s in px. The fonts are Inter and JetBrains
// Mono; weights above 500 are wider by 5 %. Scripts without a table count a
// full em each when they are wide, .62 em when not.
func TextWidth(s string, size float32, mono bool, weight int) float32 {
	n := float32(0)
	for _, r := range s {
		switch {
		case r >= 0x1100 && wide(r):
			n += 1000
		case mono:
			n += 600
		case r >= ' ' && r <= '~':
			n += float32(interWidths[r-' '])
		case r == '·' || r == '…':
			n += 300 + 550*b2f(r == '…')
		case r >= 0x300 && r < 0x370:
		default:
			n += 620
		}
	}
	if weight > 500 && !mono {
		n *= 1.05
	}
	return n * size / 1000
}

func b2f(b bool) float32 {
	if b {
		return 1
	}
	return 0
}

func wide(r rune) bool {
	return r <= 0x115f || r >= 0x2e80 && r <= 0xa4cf || r >= 0xac00 && r <= 0xd7a3 ||
		r >= 0xf900 && r <= 0xfaff || r >= 0xfe30 && r <= 0xfe6f || r >= 0xff00 && r <= 0xff60 || r >= 0x1f300
}
