package scene

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

// Symbol is the look of one kind of message around (0, 0), at nominal radius 11.
type Symbol struct {
	// Hue gives fill, rim, line and glyph colours.
	Hue Hue
	// Outline is filled with the hue's fill and stroked 1.5 wide with its rim.
	Outline Path
	// Glyph is stroked with the hue's glyph colour, round caps; not painted on Bare tokens or below scale .7.
	Glyph Path
}
