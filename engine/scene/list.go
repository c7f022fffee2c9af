package scene

import (
	"encoding/hex"
	"strconv"

	"rpcscope/engine/flow"
)

// Verb is one step of an outline. It consumes that many points of the list's
// point array: Move and Line one, Quad two, Cubic three, Close none.
type Verb uint8

// The verbs.
const (
	Move Verb = iota
	Line
	Quad
	Cubic
	Close
)

// PointCount returns how many points v consumes.
func (v Verb) PointCount() int { return int(verbPoints[v]) }

var verbPoints = [...]uint8{Move: 1, Line: 1, Quad: 2, Cubic: 3, Close: 0}

// Layer orders the painting. Within a layer the static paths come first, then
// the dynamic ones, each in list order.
type Layer uint8

// The layers, from the ground up. Trails are painted after LayerTrail's paths,
// tokens after LayerToken's.
const (
	LayerGround Layer = iota // broker box, lanes
	LayerEdge                // edges at rest
	LayerTrail               // travelled and expected paths, trails
	LayerNode                // cards, exchanges, queues
	LayerSlot                // what stands inside nodes
	LayerPort                // ports, gates, badges
	LayerSelect              // selection and hover rings
	LayerToken               // messages
	LayerOver                // marks above messages
	NumLayers
)

// Path is one outline: filled, then stroked. Its verbs are Verbs[Verb0:Verb0+Verbs]
// and its coordinates start at Points[Point0] (x, y pairs) – of the static or
// the dynamic arrays of the list, whichever slice the path stands in, or of
// [SymbolVerbs] and [SymbolPoints] for a symbol's parts.
type Path struct {
	Verb0, Verbs int32
	Point0       int32
	// Fill and Stroke name colours; 0 is none.
	Fill, Stroke Paint
	// Width of the stroke. Joins are round.
	Width float32
	// Dash is on and off length; zero for a solid stroke. DashPhase shifts it backwards along the outline.
	Dash      [2]float32
	DashPhase float32
	// Alpha multiplies both colours, 0..1.
	Alpha float32
	// Trim is the part of the outline that is stroked, from its start: 1 for all of it. The fill is not trimmed.
	Trim  float32
	Layer Layer
	// Convex tells that a fan fills it.
	Convex bool
	// Round asks for round caps, on dashes too; otherwise butt.
	Round bool
}

// TokenFlags are the looks of a token that its symbol does not say.
type TokenFlags uint16

// The flags.
const (
	// Bare leaves out the glyph: the small forms in slots and gates.
	Bare TokenFlags = 1 << iota
	// Hollow: unacknowledged. No fill but the ground's, its line colour as rim.
	Hollow
	// Dashed: deduced, not seen. Hollow, with a dashed rim.
	Dashed
	// Fault: lost or timed out. Fault colours; the glyph is a cross.
	Fault
	// Selected and Hovered add a ring (solid, dotted) of radius 20 around it.
	Selected
	Hovered
	// Redelivered adds the ↻ badge.
	Redelivered
	// Glow: a soft disc of radius 28 in its fill colour below it, at the theme's --glow.
	Glow
)

// Token is one message: a symbol at a place.
type Token struct {
	// ID is the message's number, 0 for one that cannot be picked. A REST request is picked by Rest.
	ID   uint64
	Rest flow.ID
	// X, Y is its centre; Scale 1 is the nominal radius of 11.
	X, Y, Scale float32
	// Alpha 0..1.
	Alpha float32
	// Ring is the part of the caller's timeout that is left, 0..1; below 0 there is no ring.
	// It has radius 15.5 and width 2.5 at scale 1, runs clockwise from twelve o'clock, round caps,
	// and stands on a full circle of the same paint at alpha .28.
	Ring float32
	// RingPaint is the colour of the ring.
	RingPaint Paint
	Flags     TokenFlags
	// Symbol indexes [Symbols].
	Symbol Sym
}

// Trail is a tail that fades: a polyline TrailPoints[Point0 : Point0+2*Points]
// from the head (full Alpha) to the end (nothing).
type Trail struct {
	Point0, Points int32
	Paint          Paint
	Width, Alpha   float32
}

// Bead is a dot of aggregated traffic.
type Bead struct {
	X, Y, R, Alpha float32
	Paint          Paint
}

// Anchor says which end of a text its X is.
type Anchor uint8

// The anchors.
const (
	Start Anchor = iota
	Middle
	End
)

// Label is one line of text. The painter sets it in DOM; (X, Y) is the left,
// middle or right end of its baseline.
type Label struct {
	// ID is stable while the thing that it names exists.
	ID   uint64
	X, Y float32
	// Width is the estimated advance, MaxWidth the room that it has (0: no limit; already shortened to it).
	Width, MaxWidth float32
	Text            string
	// Title is the full text where Text is shortened, else "".
	Title string
	// Paint overrides the style's colour, 0 does not.
	Paint Paint
	Alpha float32
	Style Style
	Anchor
	// Priority: lower ones are hidden first when there are too many or the zoom makes them illegible. 0..9.
	Priority uint8
	// Strong is how many leading bytes of Text are set in Ink1 at weight 600: numbers before their unit.
	Strong uint8
	// Dynamic: it moves or changes with the frame.
	Dynamic bool
	// Halo asks for an outline of 4 px in this colour behind the letters; 0 for none.
	Halo Paint
}

// Role is the accessible role of a proxy.
type Role uint8

// The roles.
const (
	RoleProcess Role = iota
	RoleExchange
	RoleQueue
	RoleMessage
	RoleFold
	// RoleBroker is the broker itself.
	RoleBroker
)

// Proxy is something that can be pointed at, focused and selected. Proxies are
// in reading order. Static proxies come first; those of messages follow.
type Proxy struct {
	// ID is the selection id: "q:vhost/name", "x:vhost/name", "p:process", "f:fold.place" opens and folds. That of a
	// message is "m:" and the number Msg, that of a REST request "r:" and its id Rest; both are only put together where
	// somebody reads them.
	ID         string
	Msg        uint64
	Rest       flow.ID
	X, Y, W, H float32
	// Label is the accessible name.
	Label    string
	Role     Role
	Selected bool
}

// AppendID appends the selection id.
func (p *Proxy) AppendID(b []byte) []byte {
	if !p.Rest.IsZero() {
		return hex.AppendEncode(append(b, 'r', ':'), p.Rest[:])
	}
	if p.Role == RoleMessage {
		return strconv.AppendUint(append(b, 'm', ':'), p.Msg, 10)
	}
	return append(b, p.ID...)
}

// Rect is a rectangle.
type Rect struct{ X, Y, W, H float32 }

// List is one picture. It belongs to the builder that returned it and is valid
// until its next call; painters only read it.
type List struct {
	// StaticVersion changes whenever Verbs, Points or Static do.
	StaticVersion uint64
	Verbs         []Verb
	Points        []float32
	// Static is sorted by layer.
	Static []Path

	DynVerbs  []Verb
	DynPoints []float32
	// Dynamic is sorted by layer. Written anew for every frame.
	Dynamic []Path

	Trails      []Trail
	TrailPoints []float32
	Beads       []Bead
	Tokens      []Token

	// LabelVersion changes whenever Labels do, except for positions of dynamic labels.
	LabelVersion uint64
	// Labels: the static ones first.
	Labels []Label

	// ProxyVersion changes whenever Proxies do, except for places of messages.
	ProxyVersion uint64
	Proxies      []Proxy

	// Bounds of the content, to be fitted into the map below the bars that float at its top.
	Bounds Rect
	// GridPitch is the distance of the ground's dots (radius 1, paint --grid), 0 for none.
	GridPitch float32
	// Moving: as display time goes on the picture changes, even if no event comes. A paused player needs no other frame.
	Moving bool
}
