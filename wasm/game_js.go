//go:build js && wasm

package main

import (
	"runtime/debug"
	"syscall/js"
	"time"

	"github.com/hajimehoshi/ebiten/v2"

	"rpcscope/engine/player"
	"rpcscope/engine/scene"
	"rpcscope/wasm/bridge"
	"rpcscope/wasm/draw"
	"rpcscope/wasm/draw/tess"
)

// panelEvery is the least time between two panel models, unless a command asked;
// one that took long to make is followed by panelRest times as long without.
const (
	panelEvery = 100 * time.Millisecond
	panelRest  = 5
)

// firstPanel is how many frames the panels leave to the picture when it comes up.
const firstPanel = 2

// maxStep bounds the time that one frame covers: a page that was hidden does not race to catch up.
const maxStep = 250 * time.Millisecond

// game is the main loop. The page may only append to the inbox; Update drains it.
type game struct {
	host    *bridge.Host
	out     bridge.Outbox
	stage   stage
	surface *draw.Surface
	cam     camera
	list    *scene.List

	width, height float64 // of the view, in CSS pixels
	top           float64 // of it, below floating bars
	pxW, pxH      int     // of the canvas
	last          time.Time
	lastPanel     time.Time
	panelTook     time.Duration
	stale         bool // what is shown differs from what was drawn
	panelDue      bool
	mark          [4]byte       // the pixel that Draw writes
	advanced      bool          // the playhead has gone on
	moved         bool          // and took a message with it
	begun         chan struct{} // closed when there is something to show; nil when nobody waits for that
}

// Update moves everything on by the time since the last frame.
func (g *game) Update() error {
	g.host.Drain(g)
	now := time.Now()
	dt := min(now.Sub(g.last), maxStep)
	if g.last.IsZero() || g.out.Frame.Want == 0 {
		dt = 0 // the loop slept: nothing was to move
	}
	g.last = now
	moving := g.stage.moving()
	if moving || g.stale || g.list == nil {
		g.list = g.stage.frame(int64(dt))
		g.stale = true
		g.advanced = g.advanced || moving && dt > 0
		g.out.Frame.StageMicros += since(now)
	}
	g.cam.see(g.width, g.height, g.top, g.list.Bounds)
	if !g.cam.atRest() {
		g.cam.advance(dt.Seconds())
		g.stale = true
	}
	g.tellPanel(now)
	return nil
}

func (g *game) tellPanel(now time.Time) {
	if g.out.Frame.Count < firstPanel && g.stage.moving() {
		return // the picture first
	}
	if !g.panelDue && (!g.stale || now.Sub(g.lastPanel) < max(panelEvery, panelRest*g.panelTook)) {
		return
	}
	g.panelDue, g.lastPanel = false, now
	view := player.Camera{Zoom: g.cam.now.zoom, X: g.cam.now.x, Y: g.cam.now.y}
	start := time.Now()
	g.out.PutPanel(func(b []byte) []byte { return g.stage.appendPanel(b, view) })
	g.panelTook = time.Since(start)
	g.out.Frame.PanelMicros += uint32(g.panelTook.Microseconds())
	g.host.Panel()
}

// since is how long ago t was, in µs.
func since(t time.Time) uint32 { return uint32(time.Since(t).Microseconds()) }

// Draw marks the frame as changed, so that DrawFinalScreen follows; the picture
// is painted there, straight onto the screen. Writing a single pixel marks it
// without a draw call: Ebitengine notes the pixel for a use that never comes.
func (g *game) Draw(offscreen *ebiten.Image) {
	if g.stale {
		offscreen.WritePixels(g.mark[:])
	}
}

// DrawFinalScreen paints the picture and tells the page where everything lies.
func (g *game) DrawFinalScreen(screen ebiten.FinalScreen, _ *ebiten.Image, _ ebiten.GeoM) {
	if g.list == nil || g.width <= 0 {
		return
	}
	start := time.Now()
	x, y := g.cam.corner()
	ratio := float64(g.pxW) / g.width
	view := tess.View{X: float32(x), Y: float32(y), Zoom: float32(g.cam.now.zoom * ratio)}
	g.surface.Paint(screen, g.list, view, float32(g.pxW), float32(g.pxH))
	g.out.Frame.Vertices = uint32(g.surface.Vertices())
	g.out.Frame.PaintMicros += since(start)
	g.tell()
}

// tell tells the page of the frame.
func (g *game) tell() {
	g.out.Put(g.list)
	f := &g.out.Frame
	x, y := g.cam.corner()
	f.X, f.Y, f.Zoom = float32(x), float32(y), float32(g.cam.now.zoom)
	if f.Count++; f.Count == steadyFrames {
		debug.SetGCPercent(steadyGC)
	}
	if g.moved = g.moved || g.advanced && len(g.list.Tokens) > 0; g.moved {
		f.Moved++
	}
	g.stale = false
	g.settle()
	g.host.Drawn()
}

// runBlind goes on without a canvas, for the panels: where the browser has no WebGL 2.
func (g *game) runBlind() {
	next := js.Global().Get("requestAnimationFrame")
	var frame js.Func
	frame = js.FuncOf(func(js.Value, []js.Value) any {
		if g.Update() == nil && g.stale {
			g.tell()
		}
		next.Invoke(frame)
		return nil
	})
	next.Invoke(frame)
	select {}
}

// settle decides whether the loop may sleep.
func (g *game) settle() {
	want := uint32(0)
	if g.stage.moving() || !g.cam.atRest() || g.panelDue || g.host.Pending() {
		want = 1
	}
	g.out.Frame.Want = want
	if want == 0 && g.lastPanel.Before(g.last) {
		g.panelDue = true // the panels' last word before the loop sleeps
		g.tellPanel(g.last)
	}
}

// Layout keeps the offscreen image tiny: the picture bypasses it.
func (g *game) Layout(w, h int) (int, int) {
	if w != g.pxW || h != g.pxH {
		g.pxW, g.pxH, g.stale = w, h, true
	}
	return 1, 1
}
