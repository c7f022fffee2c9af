package bridge

import (
	"unsafe"

	"rpcscope/engine/scene"
)

// Frame is what the page reads after every drawn frame, straight from memory:
// web/src/player/memory.ts mirrors the layout, 32 bits a field.
type Frame struct {
	// Want is 1 while another frame is needed; 0 lets the loop sleep.
	Want uint32
	// Count is how many frames were drawn.
	Count uint32
	// X, Y is the world point at the top left corner, Zoom CSS pixels per world unit.
	X, Y, Zoom float32
	// Labels are texts that changed with LabelVersion, as JSON; Places has x, y
	// and alpha of every dynamic one, in list order.
	LabelVersion uint32
	Labels       Span
	Places       Span
	// Proxies changed with ProxyVersion, as JSON; ProxyPlaces has x, y, w, h of those that move, in list order.
	ProxyVersion uint32
	Proxies      Span
	ProxyPlaces  Span
	// Panel is the panel model as JSON, changed with PanelVersion.
	PanelVersion uint32
	Panel        Span
	// Effects is how many effects were given up, for measuring.
	Effects uint32
	// Moved counts frames since the first in which a message was under way.
	Moved uint32
	// BoundsX and so on are the contents' bounds, world units.
	BoundsX, BoundsY, BoundsW, BoundsH float32
	// Vertices is how many corners the last frame had.
	Vertices uint32
	// StageMicros, PaintMicros and PanelMicros are what the frames so far spent on the
	// engine's work up to the scene, on painting it, and on the panels' models, in µs modulo 2³².
	StageMicros, PaintMicros, PanelMicros uint32
}

// Span is a piece of memory: address and length in bytes.
type Span struct{ Ptr, Len uint32 }

func bytesSpan(b []byte) Span {
	if len(b) == 0 {
		return Span{}
	}
	return Span{uint32(uintptr(unsafe.Pointer(&b[0]))), uint32(len(b))}
}

func floatsSpan(f []float32) Span {
	if len(f) == 0 {
		return Span{}
	}
	return Span{uint32(uintptr(unsafe.Pointer(&f[0]))), uint32(4 * len(f))}
}

// Outbox holds what goes out to the page. Its memory does not move while it is
// alive; the page reads it between frames.
type Outbox struct {
	Frame Frame

	labels, proxies, panel []byte
	places, proxyPlaces    []float32

	labelVersion, proxyVersion uint64
	started                    bool
}

// Put writes what the list shows beside the picture.
func (o *Outbox) Put(l *scene.List) {
	f := &o.Frame
	if !o.started || l.LabelVersion != o.labelVersion {
		o.labelVersion = l.LabelVersion
		o.labels = AppendLabels(o.labels[:0], l.Labels)
		f.LabelVersion++
		f.Labels = bytesSpan(o.labels)
	}
	o.places = o.places[:0]
	for i := range l.Labels {
		if t := &l.Labels[i]; t.Dynamic {
			o.places = append(o.places, t.X, t.Y, t.Alpha)
		}
	}
	f.Places = floatsSpan(o.places)
	if !o.started || l.ProxyVersion != o.proxyVersion {
		o.proxyVersion = l.ProxyVersion
		o.proxies = AppendProxies(o.proxies[:0], l.Proxies)
		f.ProxyVersion++
		f.Proxies = bytesSpan(o.proxies)
	}
	o.proxyPlaces = o.proxyPlaces[:0]
	for i := range l.Proxies {
		if p := &l.Proxies[i]; p.Role == scene.RoleMessage {
			o.proxyPlaces = append(o.proxyPlaces, p.X, p.Y, p.W, p.H)
		}
	}
	f.ProxyPlaces = floatsSpan(o.proxyPlaces)
	f.BoundsX, f.BoundsY, f.BoundsW, f.BoundsH = l.Bounds.X, l.Bounds.Y, l.Bounds.W, l.Bounds.H
	o.started = true
}

// PutPanel writes the panel model, made by appending to the buffer it gets.
func (o *Outbox) PutPanel(write func([]byte) []byte) {
	o.panel = write(o.panel[:0])
	o.Frame.PanelVersion++
	o.Frame.Panel = bytesSpan(o.panel)
}
