package main

import "rpcscope/engine/scene"

type demo struct {
	l scene.List
	t int64
}

func newStage(string) stage                 { return &demo{} }
func (d *demo) do([]byte) []byte            { return []byte(`{"ok":true}`) }
func (d *demo) feed([]byte)                 {}
func (d *demo) appendPanel(b []byte) []byte { return append(b, "{}"...) }
func (d *demo) moving() bool                { return true }
func (d *demo) frame(dt int64) *scene.List {
	d.t += dt
	l := &d.l
	l.StaticVersion, l.LabelVersion, l.ProxyVersion = 1, 1, 1
	l.GridPitch = 24
	l.Bounds = scene.Rect{W: 800, H: 400}
	if l.Verbs == nil {
		box := func(x, y, w, h float32, f, s scene.Paint, wd float32, la scene.Layer) {
			p := scene.Path{Verb0: int32(len(l.Verbs)), Point0: int32(len(l.Points)), Verbs: 5, Fill: f, Stroke: s, Width: wd, Alpha: 1, Trim: 1, Layer: la}
			l.Verbs = append(l.Verbs, scene.Move, scene.Line, scene.Line, scene.Line, scene.Close)
			l.Points = append(l.Points, x, y, x+w, y, x+w, y+h, x, y+h)
			l.Static = append(l.Static, p)
		}
		box(0, 0, 800, 400, scene.BrokerFill, scene.LineSoft, 1, 0)
		box(40, 60, 120, 80, scene.Surface2, scene.HueCall.Paint(scene.PartLine), 2, 3)
		p := scene.Path{Verb0: int32(len(l.Verbs)), Point0: int32(len(l.Points)), Verbs: 2, Stroke: scene.LineStrong, Width: 1.5, Alpha: 1, Trim: 1, Layer: 1, Dash: [2]float32{5, 4}}
		l.Verbs = append(l.Verbs, scene.Move, scene.Cubic)
		l.Points = append(l.Points, 160, 100, 300, 100, 300, 300, 500, 300)
		l.Static = append(l.Static, p)
		p.Point0, p.Verb0, p.Dash, p.Width = int32(len(l.Points)), int32(len(l.Verbs)), [2]float32{}, 2.5
		l.Verbs = append(l.Verbs, scene.Move, scene.Cubic)
		l.Points = append(l.Points, 160, 80, 300, 80, 300, 200, 500, 200)
		l.Static = append(l.Static[:1:1], p, l.Static[2], l.Static[1])
		l.Labels = []scene.Label{{ID: 1, X: 60, Y: 90, Text: "nova-api", Style: scene.StyleName, Alpha: 1, Width: 60}, {ID: 2, X: 60, Y: 108, Text: "ctl1 · pid 1193", Style: scene.StyleSub, Alpha: 1, Width: 80}}
		l.Proxies = []scene.Proxy{{ID: "p:a", X: 40, Y: 60, W: 120, H: 80, Label: "nova-api"}}
	}
	l.Tokens = l.Tokens[:0]
	for i := range 7 {
		l.Tokens = append(l.Tokens, scene.Token{ID: uint64(i + 1), X: float32(60+i*100) + float32(d.t/1e7%40), Y: 350, Scale: 1, Alpha: 1, Ring: float32(i)/6 - .1, RingPaint: scene.HueCall.Paint(scene.PartLine), Symbol: scene.Sym(i), Flags: []scene.TokenFlags{scene.Glow, scene.Glow | scene.Hollow, scene.Dashed, scene.Fault, scene.Selected, scene.Hovered, scene.Redelivered}[i]})
		l.Tokens = append(l.Tokens, scene.Token{X: float32(60 + i*100), Y: 300, Scale: 5. / 11, Alpha: 1, Ring: -1, Symbol: scene.Sym(i), Flags: scene.Bare | scene.TokenFlags(i%2*2)})
	}
	return l
}
