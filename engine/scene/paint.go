package scene

// Paint is a colour by its job: an index into [Paints]. 0 is none.
type Paint uint16

// The paints that stand alone. Those of a hue follow them, see [Hue.Paint].
const (
	NoPaint Paint = iota
	Ground
	Surface1
	Surface2
	Surface3
	Well
	Grid
	Hair
	LineStrong
	LineSoft
	Ink1
	Ink2
	Ink3
	OnInk
	Select
	BrokerFill
	Focus
	firstHue
)

// Hue is a colour of the traffic: a kind of message or a verdict.
type Hue uint8

// The hues; HueNone is plain ink and line.
const (
	HueNone Hue = iota
	HueCall
	HueCast
	HueFanout
	HueReply
	HueNotify
	HueREST
	HueFault
	HueWarn
	numHues
)

// Part is what a hue is used for.
type Part uint8

// The parts of a hue.
const (
	PartFill Part = iota
	PartLine
	PartInk
	PartGlyph
	PartWash
	PartRim
	numParts
)

// Paint returns the paint of one part of h. For HueNone it is the plain one.
func (h Hue) Paint(p Part) Paint {
	if h == HueNone {
		return plain[p]
	}
	return firstHue + Paint(h-1)*Paint(numParts) + Paint(p)
}

var plain = [numParts]Paint{PartFill: Surface2, PartLine: LineStrong, PartInk: Ink2, PartGlyph: Ink2, PartWash: Surface3, PartRim: LineStrong}

// Paints lists the CSS custom property of every [Paint]; the painter reads
// their colours from the page's computed style.
var Paints = paintNames()

func paintNames() []string {
	names := []string{
		"", "--ground", "--surface-1", "--surface-2", "--surface-3", "--well", "--grid", "--hair", "--line", "--line-soft",
		"--ink-1", "--ink-2", "--ink-3", "--on-ink", "--select", "--broker", "--focus",
	}
	for _, h := range []string{"call", "cast", "fanout", "reply", "notify", "rest", "fault", "warn"} {
		for _, p := range []string{"fill", "line", "ink", "glyph", "wash", "rim"} {
			names = append(names, "--"+h+"-"+p)
		}
	}
	return names
}

// Style is a kind of label: family, size, weight and colour.
type Style uint8

// The styles.
const (
	StyleName    Style = iota // program of a card
	StyleNameDim              // the same, gone
	StyleQueue                // queue and exchange names
	StyleSub                  // second lines
	StyleCaption              // quieter words
	StyleCount                // exact numbers
	StyleKey                  // binding keys
	StyleChip                 // mono on a chip
	StyleBadge                // ×N
	StyleTick                 // marks of a scale
	StyleColumn               // column heads
	StyleStrong               // 12 px, strong: method of a message
	numStyles
)

// LabelStyle describes a [Style].
type LabelStyle struct {
	// Class is the CSS class of the label layer.
	Class string
	// Mono: JetBrains Mono, else Inter.
	Mono bool
	// Size in px at zoom 1.
	Size float32
	// Weight as in CSS.
	Weight int
	// Paint of the letters.
	Paint Paint
}

// Styles describes every [Style].
var Styles = [numStyles]LabelStyle{
	StyleName:    {"nm", false, 13, 600, Ink1},
	StyleNameDim: {"nm-dim", false, 13, 600, Ink2},
	StyleQueue:   {"qn", true, 12, 600, Ink1},
	StyleSub:     {"sub", false, 12, 400, Ink2},
	StyleCaption: {"cap", false, 12, 400, Ink3},
	StyleCount:   {"cnt", false, 12, 400, Ink2},
	StyleKey:     {"key", true, 12, 500, Ink2},
	StyleChip:    {"chipm", true, 11, 500, Ink1},
	StyleBadge:   {"badge", false, 12, 700, OnInk},
	StyleTick:    {"tick", false, 11, 400, Ink3},
	StyleColumn:  {"col", false, 12, 550, Ink3},
	StyleStrong:  {"strong", false, 12, 600, Ink1},
}
