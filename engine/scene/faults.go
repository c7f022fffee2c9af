package scene

import (
	"strings"

	"rpcscope/engine/layout"
	"rpcscope/engine/view"
)

// dashCut is the stroke of a hop that cannot happen, as of one that should have happened and did not.
var dashCut = [2]float32{6, 7}

// cutOff reports whether nothing passes on an edge, for the link of the process at its end is cut.
func (b *Builder) cutOff(e *layout.Edge) bool {
	i := e.From
	switch e.Kind {
	case layout.EdgePublish:
	case layout.EdgeConsume:
		i = e.To
	default:
		return false
	}
	if i < 0 {
		return false
	}
	n := &b.lay.Nodes[i]
	return n.Count == 1 && n.Kind == layout.KindCard && b.st.Processes.Live(n.Slot) && b.st.Processes.At(n.Slot).Cut
}

// hindered is what hinders the processes of a card, the worst that hinders one of them.
func (b *Builder) hindered(n *layout.Node) (worst view.Hindered, p *view.Process) {
	for _, s := range b.lay.Members[n.First : n.First+n.Count] {
		if b.st.Processes.Live(s) {
			if v := b.st.Processes.At(s); v.Hindered() > worst {
				worst, p = v.Hindered(), v
			}
		}
	}
	return worst, p
}

// hinderedText says that in the place of a card's host, "" when nothing hinders.
func (b *Builder) hinderedText(n *layout.Node, most float32) (text string, paint Paint) {
	h, p := b.hindered(n)
	if h == view.NotHindered {
		return "", NoPaint
	}
	amount := int64(0)
	switch h {
	case view.SlowedDown:
		amount = p.Slow
	case view.LinkDelayed:
		amount = p.Delay
	}
	text = b.txt.make(textKey{kind: txHindered, a: int64(h), b: amount, c: int64(most)}, func() string {
		word := b.words.Hindered[h]
		switch h {
		case view.SlowedDown:
			word = fill(word, tenths(amount/100))
		case view.LinkDelayed:
			word = fill(word, b.words.duration(amount))
		case view.ConnBlocked:
			if b.txt.width(word, StyleSub) > most {
				word = b.words.BlockedShort
			}
		}
		return b.txt.shorten(word, StyleSub, most)
	})
	if h == view.LinkCut {
		return text, HueFault.Paint(PartInk)
	}
	return text, HueWarn.Paint(PartInk)
}

// nodeWord says what is wrong with the broker itself, "" when nothing is.
func (b *Builder) nodeWord() string {
	n := b.st.Node
	switch {
	case b.st.Brokerless():
		return ""
	case n.Down:
		return b.words.Down
	case n.Alarms&view.AlarmMemory != 0:
		return b.words.LowMemory
	case n.Alarms != 0:
		return b.words.LowDisk
	}
	return ""
}

// brokerBox is where the broker's name stands, to be pointed at.
func (b *Builder) brokerBox() (r layout.Rect, ok bool) {
	if b.st.Brokerless() {
		return r, false
	}
	for i := range b.lay.Heads {
		h := &b.lay.Heads[i]
		if h.Word != layout.HeadBroker {
			continue
		}
		w := max(24, b.txt.width(b.brokerText(h, StyleCaption), StyleCaption))
		x := h.X
		switch Anchor(h.Anchor) {
		case Middle:
			x -= w / 2
		case End:
			x -= w
		}
		return layout.Rect{X: x - 7, Y: h.Y - 16, W: w + 14, H: 24}, true
	}
	return r, false
}

// brokerProxy lets the broker be pointed at.
func (b *Builder) brokerProxy() bool {
	r, ok := b.brokerBox()
	if !ok || len(b.lay.Nodes) == 0 {
		return false
	}
	state := b.nodeWord()
	if state == "" {
		state = b.words.States[view.Up]
	}
	name := b.opt.Broker
	b.list.Proxies = append(b.list.Proxies, Proxy{
		ID: "b:", X: r.X, Y: r.Y, W: r.W, H: r.H, Role: RoleBroker,
		Selected: b.opt.Focus != nil && b.opt.Focus.Selected.Kind == view.RefBroker,
		Label: b.txt.make(textKey{kind: txHindered, a: -1, b: int64(len(name)), c: int64(b.st.Node.Alarms)<<1 | int64(len(state))<<9}, func() string {
			return strings.Replace(fill(b.words.AriaBroker, name, state), " ,", ",", 1)
		}),
	})
	return true
}
