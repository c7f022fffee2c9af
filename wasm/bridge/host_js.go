//go:build js && wasm

package bridge

import (
	"encoding/binary"
	"math"
	"runtime"
	"strconv"
	"syscall/js"
	"unsafe"

	"rpcscope/engine/scene"
)

// Host is the page. It owns the inbox that the page's calls append to.
type Host struct {
	Inbox
	page         js.Value
	drawn, panel js.Value
	hit          func(x, y, slack float64) string
}

// NewHost gives the page the engine's functions: it sets page.engine, an object
// with address (of the [Frame] in memory) and the functions below.
//
// A command that arrives between two frames is carried out at once – the inbox
// is drained – so that its reply can be returned; one that arrives within a
// frame waits for the next and is answered with ok.
func NewHost(page js.Value, out *Outbox, sink Sink, hit func(x, y, slack float64) string) *Host {
	h := &Host{page: page, drawn: page.Get("drawn"), panel: page.Get("panel"), hit: hit}
	e := js.Global().Get("Object").New()
	e.Set("address", float64(uintptr(unsafe.Pointer(&out.Frame))))
	e.Set("tables", tables())
	on := func(name string, f func(args []js.Value) any) {
		e.Set(name, js.FuncOf(func(_ js.Value, args []js.Value) any {
			r := f(args)
			out.Frame.Want = max(out.Frame.Want, 1)
			return r
		}))
	}
	on("send", func(a []js.Value) any {
		if !h.put(input{kind: inCommand, data: []byte(a[0].String())}) {
			return string(Refusal("busy", "too many commands at once", ""))
		}
		if r := h.Drain(sink); r != nil {
			return string(r)
		}
		return string(OK)
	})
	on("feed", func(a []js.Value) any {
		b := make([]byte, a[0].Length())
		js.CopyBytesToGo(b, a[0])
		taken := h.put(input{kind: inFeed, data: b})
		if h.Crowded() {
			h.Drain(sink)
		}
		return taken
	})
	on("colours", func(a []js.Value) any {
		return h.put(input{kind: inColours, floats: floats(a[0]), a: a[1].Float()})
	})
	on("resize", func(a []js.Value) any {
		return h.put(input{kind: inResize, a: a[0].Float(), b: a[1].Float(), c: a[2].Float()})
	})
	on("pan", func(a []js.Value) any {
		return h.put(input{kind: inPan, a: a[0].Float(), b: a[1].Float(), c: a[2].Float()})
	})
	on("zoomAt", func(a []js.Value) any {
		return h.put(input{kind: inZoom, a: a[0].Float(), b: a[1].Float(), c: a[2].Float()})
	})
	on("effects", func(a []js.Value) any { return h.put(input{kind: inEffects, a: a[0].Float()}) })
	on("reveal", func(a []js.Value) any { return h.put(input{kind: inReveal, text: a[0].String()}) })
	e.Set("hit", js.FuncOf(func(_ js.Value, a []js.Value) any {
		return h.hit(a[0].Float(), a[1].Float(), a[2].Float())
	}))
	e.Set("mallocs", js.FuncOf(func(js.Value, []js.Value) any { // for measuring
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return float64(m.Mallocs)
	}))
	page.Set("engine", e)
	return h
}

// Drawn tells the page that a frame was drawn.
func (h *Host) Drawn() { h.drawn.Invoke() }

// Panel tells the page that there is a new panel model.
func (h *Host) Panel() { h.panel.Invoke() }

// Failed tells the page that the engine cannot go on.
func (h *Host) Failed(code, text string) { h.page.Call("failed", code, text) }

// floats copies the bytes of a Uint8Array over a Float32Array.
func floats(v js.Value) []float32 {
	b := make([]byte, v.Length())
	js.CopyBytesToGo(b, v)
	f := make([]float32, len(b)/4)
	for i := range f {
		f[i] = math.Float32frombits(binary.LittleEndian.Uint32(b[4*i:]))
	}
	return f
}

// tables tells the page what the indices in labels mean, as JSON:
// {"paints":["--ground"…],"styles":[[class, mono, size, weight, paint]…]}.
func tables() string {
	b := []byte(`{"paints":[`)
	for i, p := range scene.Paints {
		if i > 0 {
			b = append(b, ',')
		}
		b = appendString(b, p)
	}
	b = append(b, `],"styles":[`...)
	for i, s := range scene.Styles {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(b, '[')
		b = appendString(b, s.Class)
		b = append(b, ',')
		b = strconv.AppendBool(b, s.Mono)
		b = append(b, ',')
		b = appendFloats(b, s.Size)
		b = appendInts(b, s.Weight, int(s.Paint))
		b[len(b)-1] = ']'
	}
	return string(append(b, ']', '}'))
}
