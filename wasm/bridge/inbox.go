package bridge

// Sink is the game as the page sees it. Its methods are called by
// [Inbox.Drain] only, never while a frame is under way.
type Sink interface {
	// Command carries out a command, JSON, and returns the reply, JSON.
	Command(json []byte) []byte
	// Feed takes bytes of a live stream or a file; they are the sink's to keep.
	Feed(b []byte)
	// Resize tells the view's size in CSS pixels, and how much floating bars take of its top.
	Resize(w, h, top float64)
	// Colours sets the colours in the order of scene.Paints, straight RGBA, 0..1, and the opacity of halos.
	Colours(rgba []float32, glow float32)
	// Pan moves the picture by CSS pixels.
	Pan(dx, dy float64, glided bool)
	// ZoomAt zooms by a factor around a point of the view.
	ZoomAt(x, y, factor float64)
	// Effects sets how many effects are given up, 0..3.
	Effects(level int)
	// Reveal brings a proxy into view.
	Reveal(id string)
}

type inputKind uint8

const (
	inCommand inputKind = iota
	inFeed
	inResize
	inColours
	inPan
	inZoom
	inEffects
	inReveal
)

type input struct {
	kind    inputKind
	a, b, c float64
	data    []byte
	floats  []float32
	text    string
}

// maxInbox bounds what waits; it fills only if the loop has stopped.
const maxInbox = 4096

// Inbox is what the page asked for, in order. Outside input never acts
// directly: it waits here for the loop.
type Inbox struct {
	items   []input
	working []input
	// Dropped counts inputs that found the inbox full.
	Dropped int
	busy    bool
}

// crowd is how many inputs wait only if no frame comes: the page is hidden, and a live stream goes on.
const crowd = 256

// Crowded reports whether so much waits that it should be worked off without a frame, before anything is lost.
func (b *Inbox) Crowded() bool { return len(b.items) >= crowd }

// Pending reports whether something waits.
func (b *Inbox) Pending() bool { return len(b.items) > 0 }

func (b *Inbox) put(i input) bool {
	if len(b.items) >= maxInbox {
		b.Dropped++
		return false
	}
	b.items = append(b.items, i)
	return true
}

// Drain hands everything that waits to the sink and returns the reply to the
// last command among it. What arrives meanwhile waits for the next Drain.
func (b *Inbox) Drain(s Sink) (reply []byte) {
	if b.busy {
		return nil
	}
	b.busy = true
	b.items, b.working = b.working[:0], b.items
	for i := range b.working {
		if r := b.working[i].apply(s); r != nil {
			reply = r
		}
		b.working[i] = input{}
	}
	b.working = b.working[:0]
	b.busy = false
	return reply
}

func (i *input) apply(s Sink) (reply []byte) {
	switch i.kind {
	case inCommand:
		return s.Command(i.data)
	case inFeed:
		s.Feed(i.data)
	case inResize:
		s.Resize(i.a, i.b, i.c)
	case inColours:
		s.Colours(i.floats, float32(i.a))
	case inPan:
		s.Pan(i.a, i.b, i.c != 0)
	case inZoom:
		s.ZoomAt(i.a, i.b, i.c)
	case inEffects:
		s.Effects(int(i.a))
	case inReveal:
		s.Reveal(i.text)
	}
	return nil
}
