package layout

import "rpcscope/engine/view"

// Rect is a rectangle in world units, CSS pixels at zoom 1.
type Rect struct{ X, Y, W, H float32 }

// Right and Bottom are the far edges, CX and CY the centre.
func (r Rect) Right() float32  { return r.X + r.W }
func (r Rect) Bottom() float32 { return r.Y + r.H }
func (r Rect) CX() float32     { return r.X + r.W/2 }
func (r Rect) CY() float32     { return r.Y + r.H/2 }

// Overlaps reports whether r and o share more than an edge.
func (r Rect) Overlaps(o Rect) bool {
	return r.X < o.Right() && o.X < r.Right() && r.Y < o.Bottom() && o.Y < r.Bottom()
}

// Union is the smallest rectangle around both.
func (r Rect) Union(o Rect) Rect {
	if r.W == 0 && r.H == 0 {
		return o
	}
	x, y := min(r.X, o.X), min(r.Y, o.Y)
	return Rect{x, y, max(r.Right(), o.Right()) - x, max(r.Bottom(), o.Bottom()) - y}
}

// Inset shrinks r by d on each side.
func (r Rect) Inset(d float32) Rect { return Rect{r.X + d, r.Y + d, r.W - 2*d, r.H - 2*d} }

// Kind is what a node stands for.
type Kind uint8

// The kinds of node.
const (
	// KindCard is a process, or with Count > 1 a stack of processes of one program.
	KindCard Kind = iota
	// KindComponent is a process that only speaks REST.
	KindComponent
	// KindExchange and KindQueue stand in the broker.
	KindExchange
	KindQueue
	// KindChip counts what is folded away: the kind of things says Of.
	KindChip
)

// Side is where a card stands.
type Side uint8

// The sides. In portrait Left is the top and Right the bottom.
const (
	Left Side = iota
	Right
)

// Spot is a place for one line of text: the end, middle or start of its baseline.
type Spot struct {
	X, Y float32
	// Anchor is 0 start, 1 middle, 2 end.
	Anchor uint8
	// Max is the width that it may take; 0 means that the text has no place.
	Max float32
}

// Node is a box, a capsule or a shape.
type Node struct {
	Kind Kind
	Side Side
	// Rect is its outline; that of an exchange is nominal, 68 px square times Scale.
	Rect Rect
	// Slot is the record that it stands for, in the table of its kind; of a
	// stack the first member. A chip has none.
	Slot view.Slot
	// First and Count are its members in [Layout.Members].
	First, Count int32
	// Key is its identity across layouts.
	Key uint64
	// Scale of an exchange's shape.
	Scale float32
	// Form of an exchange.
	Form view.ExchangeForm
	// Of says of what a chip counts.
	Of Kind
	// Stack: drawn as a pile with a ×N badge.
	Stack bool
	// Lane: it stands in the reply lane; such a queue is mirrored, head left.
	Lane bool
	// Dense: the small form. Waits: a card has a row for its waiting call.
	Dense, Waits bool
	// Fold names what a press on it, or on its badge, opens or folds ([Engine.Open]); 0 for nothing. Open: it is open.
	Fold uint64
	Open bool
	// Both: the process also stands on the other side.
	Both bool
	// Slots of a queue, and how many unacked ones it shows.
	Slots, Una int
	// Name, Sub are the places of an exchange's name and type, or of a queue's name and numbers.
	Name, Sub Spot
	// FirstSection and Sections are rows of a card in [Layout.Sections].
	FirstSection, Sections int32
}

// Section is a row of a worker's card.
type Section struct {
	// Y of its middle.
	Y float32
	// Slot is the process, 0 for a row that belongs to the card as a whole.
	Slot view.Slot
	// Top and Bottom bound the part of the card that belongs to the process.
	Top, Bottom float32
	// Head: the row carries the card's title.
	Head bool
	// Word is what the row's queue is to the worker.
	Word PortWord
}

// PortWord says what a queue is to its worker.
type PortWord uint8

// The words.
const (
	WordNone PortWord = iota
	WordFanout
	WordShared
	WordOwn
)

// EdgeKind is what an edge means.
type EdgeKind uint8

// The kinds of edge.
const (
	// EdgePublish: a process may publish to an exchange.
	EdgePublish EdgeKind = iota
	// EdgeBinding: a binding; EdgeImplicit: one of the default exchange.
	EdgeBinding
	EdgeImplicit
	// EdgeConsume: a subscription, ending in a gate.
	EdgeConsume
	// EdgeREST: requests from a process to another.
	EdgeREST
	// EdgeNobody: the stub of a queue that nobody consumes.
	EdgeNobody
)

// Edge is a line between two nodes.
type Edge struct {
	Kind EdgeKind
	// From and To index Nodes; -1 for none.
	From, To int32
	// First and Count are the records that it stands for (links, bindings,
	// consumers) in [Layout.Members]; an edge of a reply queue that nobody bound has none.
	First, Count int32
	// Verb0, Verbs and Point0 are the curve in Layout.Verbs and Layout.Points.
	Verb0, Verbs, Point0 int32
	// Poly0 and Polys are the same as points of a polyline, in Layout.Poly (x, y pairs).
	Poly0, Polys int32
	// Length of the polyline.
	Length float32
	// Gate is the middle of a subscription's gate.
	GateX, GateY float32
	// Port: a small circle at the start (publish) of the edge.
	Port bool
	// Tip: an arrow at the end. Ring: a ring at the start.
	Tip, Ring bool
	// Inside: the ground below it is the broker's.
	Inside bool
	// Key is the place of the binding key, or of a REST path.
	Key Spot
	// Row is the section of the worker's card where a subscription ends, -1 for none.
	Row int32
}

// Head is a column head.
type Head struct {
	X, Y   float32
	Anchor uint8
	Word   HeadWord
	// Max is its room, 0 for enough.
	Max float32
}

// HeadWord names a column.
type HeadWord uint8

// The words of the columns.
const (
	HeadComponents HeadWord = iota
	HeadInvokers
	HeadExchanges
	HeadQueues
	HeadWorkers
	HeadReplies // in the lane
	HeadREST    // left of the divider
	HeadRPC     // right of the divider
	HeadBroker  // in the box
)

// Layout is where everything stands. Read it until the next [Engine.Update].
type Layout struct {
	// Version changes whenever anything below does.
	Version uint64
	// Step is 0 at rest; while things glide to their places ([Glider]) each frame has another.
	Step uint64
	// Portrait: turned by a quarter. Dense: the small forms.
	Portrait, Dense bool
	Nodes           []Node
	Edges           []Edge
	Sections        []Section
	Members         []view.Slot
	Heads           []Head
	// Broker is the box; W is 0 when there is none.
	Broker Rect
	// LaneY is the line above the reply lane, LaneX0 to LaneX1; 0 when there is no lane.
	LaneY, LaneX0, LaneX1 float32
	// The divider parts REST from RPC; DividerX is 0 for none.
	DividerX, DividerY0, DividerX1, DividerY1 float32
	// Bounds of what the fitted map shows, labels included, from Config.Top on: in the room below
	// that, a map that has enough stands at zoom 1 as it was placed.
	Bounds Rect
	// Zoom is that of the fitted map, never below [Legible]. Cut: at that zoom not all of it is in view; the rest is panned to.
	Zoom float32
	Cut  bool

	Verbs  []uint8 // 0 move, 1 line, 2 quad, 3 cubic
	Points []float32
	Poly   []float32

	ix lookup
}

// lookup maps slots of the view's tables to nodes and edges.
type lookup struct {
	left, right, exchange, lane, queue, link, binding, consumer []int32
}

func look(t []int32, s view.Slot) int {
	if s <= 0 || int(s) >= len(t) {
		return -1
	}
	return int(t[s]) - 1
}

// Card returns the node of a process on a side, -1 when it does not stand there.
func (l *Layout) Card(s view.Slot, side Side) int {
	if side == Left {
		return look(l.ix.left, s)
	}
	return look(l.ix.right, s)
}

// AnyCard returns the node of a process on its invoker's side if it has one, else on the other; -1 for none.
func (l *Layout) AnyCard(s view.Slot) int {
	if n := look(l.ix.left, s); n >= 0 {
		return n
	}
	return look(l.ix.right, s)
}

// Exchange returns the node of an exchange, -1 when it is folded away. For the
// default exchange it is the one in the reply lane where lane is asked and exists.
func (l *Layout) Exchange(s view.Slot, lane bool) int {
	if n := look(l.ix.lane, s); n >= 0 && (lane || look(l.ix.exchange, s) < 0) {
		return n
	}
	return look(l.ix.exchange, s)
}

// Queue returns the node of a queue: itself, a stack or a chip; -1 for none.
func (l *Layout) Queue(s view.Slot) int { return look(l.ix.queue, s) }

// Link, Binding and Consumer return the edge of a record, -1 for none.
func (l *Layout) Link(s view.Slot) int     { return look(l.ix.link, s) }
func (l *Layout) Binding(s view.Slot) int  { return look(l.ix.binding, s) }
func (l *Layout) Consumer(s view.Slot) int { return look(l.ix.consumer, s) }

// Route returns the edge from an exchange's node to a queue's node, -1 for none.
func (l *Layout) Route(from, to int) int {
	for i := range l.Edges {
		e := &l.Edges[i]
		if int(e.From) == from && int(e.To) == to && (e.Kind == EdgeBinding || e.Kind == EdgeImplicit) {
			return i
		}
	}
	return -1
}

// Point returns the place at the fraction f (0..1) of an edge's length.
func (l *Layout) Point(edge int, f float32) (x, y float32) {
	e := &l.Edges[edge]
	p := l.Poly[e.Poly0 : e.Poly0+2*e.Polys]
	return Along(p, e.Length, f)
}
