package scene

import "rpcscope/engine/flow"

// Sym names a token's outline and glyph.
type Sym uint8

// The symbols, in the order of [Symbols].
const (
	SymCall Sym = iota
	SymReply
	SymCast
	SymFanout
	SymNotify
	SymREST
	SymOther
	numSyms
)

// Symbol is the look of one kind of message around (0, 0), at nominal radius
// 11. Its paths index [SymbolVerbs] and [SymbolPoints].
type Symbol struct {
	// Hue gives fill, rim, line and glyph colours.
	Hue Hue
	// Outline is filled and stroked with the colours of a plain token of this
	// kind: fill and rim, 1.5 wide. Hollow tokens take Ground and the hue's
	// line colour, dashed ones [DashedToken] besides, faulty ones HueFault's.
	Outline Path
	// Glyph is stroked with the hue's glyph colour (a hollow token: its line
	// colour), round caps. Not painted on Bare tokens.
	Glyph Path
}

// DashedToken is the dash of a deduced token's outline at scale 1.
var DashedToken = [2]float32{3, 2.5}

// Symbols has every [Sym].
var Symbols [numSyms]Symbol

// CrossGlyph takes the place of a faulty token's glyph, width 1.9, round caps.
var CrossGlyph Path

// RedeliveredGlyph is the ↻ of the badge: a disc of radius 8 in Ink1, rimmed 2
// wide with Ground, at (12, -12) times the token's scale, and this outline on
// it in OnInk, width 1.6, round caps. Neither is scaled.
var RedeliveredGlyph Path

// SymbolVerbs and SymbolPoints hold the outlines of all symbols.
var (
	SymbolVerbs  []Verb
	SymbolPoints []float32
)

var glyphs = [numSyms]string{
	SymCall:   "M-5.2,-3.2H2.2a3.2,3.2 0 0 1 0,6.4H-4.6M-1.8,.2L-5,3.2L-1.8,6.2",
	SymReply:  "M5,0H-4.6M-1.2,-3.4L-4.8,0L-1.2,3.4",
	SymCast:   "M-5,0H4M1,-2.9L4.2,0L1,2.9",
	SymFanout: "M-5.6,0H6M-5.6,0L5.6,-5.4M-5.6,0L5.6,5.4",
	SymNotify: "M-4.8,3H4.8C3.6,1.8 3.6,.6 3.6,-1.2A3.6,3.6 0 0 0 -3.6,-1.2C-3.6,.6 -3.6,1.8 -4.8,3ZM-1.4,5.6H1.4",
	SymREST:   "M-4.4,-4.6C-7,-4.6 -5.6,-.8 -8,0C-5.6,.8 -7,4.6 -4.4,4.6M4.4,-4.6C7,-4.6 5.6,-.8 8,0C5.6,.8 7,4.6 4.4,4.6M-2.2,0H-1.8M1.8,0H2.2",
	SymOther:  "M-4,0H4",
}

var symbolHues = [numSyms]Hue{HueCall, HueReply, HueCast, HueFanout, HueNotify, HueREST, HueNone}

func init() {
	var p pen
	p.reset()
	for s := range numSyms {
		p.begin()
		silhouette(&p, s)
		o := p.path()
		h := symbolHues[s]
		o.Fill, o.Stroke, o.Width, o.Convex = h.Paint(PartFill), h.Paint(PartRim), 1.5, true
		p.begin()
		p.strokes(glyphs[s])
		g := p.path()
		g.Stroke, g.Width, g.Round = h.Paint(PartGlyph), 1.9, true
		if s == SymREST {
			g.Width = 1.6
		}
		Symbols[s] = Symbol{Hue: h, Outline: o, Glyph: g}
	}
	p.begin()
	p.strokes("M-3.8,-3.8L3.8,3.8M3.8,-3.8L-3.8,3.8")
	CrossGlyph = p.path()
	CrossGlyph.Stroke, CrossGlyph.Width, CrossGlyph.Round = HueFault.Paint(PartGlyph), 1.9, true
	p.begin()
	p.strokes("M-3.6,1.2A3.8,3.8 0 1 0 -2.4,-2.9M-2.9,-5.2V-2.6H-.3")
	RedeliveredGlyph = p.path()
	RedeliveredGlyph.Stroke, RedeliveredGlyph.Width, RedeliveredGlyph.Round = OnInk, 1.6, true
	SymbolVerbs, SymbolPoints = p.verbs, p.points
}

// silhouette draws the outline of a token; the areas are balanced by eye.
func silhouette(p *pen, s Sym) {
	switch s {
	case SymCall:
		p.circle(0, 0, 10)
	case SymReply:
		p.poly(4, 0, -13, 13, 0, 0, 13, -13, 0)
	case SymCast:
		p.poly(3.5, -8.5, -11.5, 13, 0, -8.5, 11.5)
	case SymFanout:
		p.poly(3.2, -10.5, -5.5, 10.5, -12, 10.5, 12, -10.5, 5.5)
	case SymNotify:
		p.poly(5, -9.5, -9.5, 9.5, -9.5, 9.5, 9.5, -9.5, 9.5)
	case SymREST:
		p.poly(4, -15, -9, 15, -9, 15, 9, -15, 9)
	default:
		p.poly(4, -10, -6, 0, -11, 10, -6, 10, 6, 0, 11, -10, 6)
	}
}

// SymbolOf returns the symbol of a class of messages.
func SymbolOf(c flow.Class) Sym {
	switch c {
	case flow.ClassCall:
		return SymCall
	case flow.ClassReply:
		return SymReply
	case flow.ClassCast:
		return SymCast
	case flow.ClassFanout:
		return SymFanout
	case flow.ClassNotification:
		return SymNotify
	case flow.ClassREST:
		return SymREST
	}
	return SymOther
}

// HueOf returns the hue of a class of messages.
func HueOf(c flow.Class) Hue { return symbolHues[SymbolOf(c)] }
