package scene

import (
	"strings"

	"rpcscope/engine/flow"
	"rpcscope/engine/layout"
	"rpcscope/engine/view"
)

// idCache makes selection ids once.
type idCache struct {
	names *flow.Names
	cache map[idKey]string
}

type idKey struct {
	kind byte
	a, b flow.Name
	n    uint64
}

func (c *idCache) use(names *flow.Names) {
	if c.names != names || len(c.cache) > maxTexts || c.cache == nil {
		c.names, c.cache = names, make(map[idKey]string)
	}
}

func (c *idCache) get(k idKey) string {
	if v, ok := c.cache[k]; ok {
		return v
	}
	v := string(k.kind) + ":"
	switch k.kind {
	case 'p':
		v += c.names.Text(k.a)
	case 'f':
		v += itoa(int64(k.n)) + "." + itoa(int64(k.a)) // which fold, pressed where
	default:
		v += c.names.Text(k.a) + "/" + c.names.Text(k.b)
	}
	c.cache[k] = v
	return v
}

// proxies lists what can be pointed at: nodes in reading order, then messages.
func (b *Builder) proxies() {
	l := &b.list
	if b.orderOf != b.lay.Version || len(b.order) != len(b.lay.Nodes) {
		b.readingOrder()
	}
	l.Proxies = l.Proxies[:0]
	m := mixer(b.lay.Version)
	m.add(b.lay.Step)
	for _, i := range b.order {
		n := &b.lay.Nodes[i]
		if b.nodeLife(n) == lifeUnborn {
			continue
		}
		from := len(l.Proxies)
		b.nodeProxy(n)
		if n.Fold != 0 && n.Kind == layout.KindCard {
			b.foldProxy(n, b.badgeRect(n))
		}
		for k := from; k < len(l.Proxies); k++ {
			p := &l.Proxies[k]
			m.text(p.ID)
			m.text(p.Label)
			m.bool(p.Selected)
		}
	}
	if b.brokerProxy() {
		p := &l.Proxies[len(l.Proxies)-1]
		m.text(p.Label)
		m.bool(p.Selected)
	}
	for i := range l.Tokens {
		t := &l.Tokens[i]
		if t.ID == 0 {
			b.restProxy(t, &m)
			continue
		}
		s := b.st.MessageSlot(flow.MsgID(t.ID))
		if s == 0 || len(l.Proxies) >= maxProxies {
			continue
		}
		msg := b.st.Messages.At(s)
		class, name := msg.Class, b.methodOf(msg)
		r := max(12, 14*t.Scale)
		l.Proxies = append(l.Proxies, Proxy{
			Msg: t.ID, X: t.X - r, Y: t.Y - r, W: 2 * r, H: 2 * r, Role: RoleMessage, Selected: t.Flags&Selected != 0,
			Label: b.txt.make(textKey{kind: txAria, a: int64(class), n: name}, func() string {
				if class == flow.ClassReply && name != 0 {
					return fill(b.words.ReplyTo, b.txt.names.Text(name))
				}
				return strings.TrimSpace(fill(b.words.AriaMessage, b.words.Kinds[class], b.txt.names.Text(name)))
			}),
		})
		m.add(t.ID)
		m.bool(t.Flags&Selected != 0)
	}
	l.ProxyVersion = uint64(m)
}

// maxProxies bounds the focusable elements of the page.
const maxProxies = 160

// readingOrder goes column by column, from the top.
func (b *Builder) readingOrder() {
	b.orderOf = b.lay.Version
	b.order = b.order[:0]
	for i := range b.lay.Nodes {
		b.order = append(b.order, int32(i))
	}
	flow.SortStable(b.order, func(x, y int32) int {
		p, q := &b.lay.Nodes[x], &b.lay.Nodes[y]
		if p.Lane != q.Lane {
			if p.Lane {
				return 1
			}
			return -1
		}
		if d := p.Rect.X - q.Rect.X; d > 60 || d < -60 {
			return int(d)
		}
		return int(p.Rect.Y - q.Rect.Y)
	})
}

func (b *Builder) nodeProxy(n *layout.Node) {
	if n.Fold != 0 && n.Kind != layout.KindCard {
		b.foldProxy(n, n.Rect)
		return
	}
	p := Proxy{X: n.Rect.X, Y: n.Rect.Y, W: n.Rect.W, H: n.Rect.H}
	switch n.Kind {
	case layout.KindCard, layout.KindComponent:
		p.Role = RoleProcess
		if b.st.Processes.Live(n.Slot) {
			v := b.st.Processes.At(n.Slot)
			p.ID = b.ids.get(idKey{kind: 'p', a: v.Name})
			p.Selected = b.isSelected(view.RefProcess, n)
			p.Label = b.processAria(n, v)
		}
	case layout.KindExchange:
		p.Role = RoleExchange
		var v view.Exchange
		if n.Slot > 0 && b.st.Exchanges.Live(n.Slot) {
			v = *b.st.Exchanges.At(n.Slot)
		}
		p.ID = b.ids.get(idKey{kind: 'x', a: v.VHost, b: v.Name})
		p.Selected = b.isSelected(view.RefExchange, n)
		name, form := v.Name, n.Form
		p.Label = b.txt.make(textKey{kind: txAria, n: name, a: int64(form), b: 1}, func() string {
			t := b.txt.names.Text(name)
			if t == "" {
				t = b.back()
			}
			if form == view.FormSocket {
				return fill(b.words.AriaSocket, t, b.formWord(n))
			}
			return fill(b.words.AriaExchange, t, b.words.form(form))
		})
	case layout.KindQueue:
		p.Role = RoleQueue
		if b.st.Queues.Live(n.Slot) {
			v := b.st.Queues.At(n.Slot)
			p.ID = b.ids.get(idKey{kind: 'q', a: v.VHost, b: v.Name})
			p.Selected = b.isSelected(view.RefQueue, n)
			p.Label = b.queueAria(n, v)
		}
	case layout.KindChip:
		p.Role = RoleFold
		p.ID = b.ids.get(idKey{kind: 'f', a: placeOf(n)})
		p.Label = b.foldText(n)
	}
	b.list.Proxies = append(b.list.Proxies, p)
}

func (b *Builder) isSelected(kind view.RefKind, n *layout.Node) bool {
	f := b.opt.Focus
	return f != nil && f.Selected.Kind == kind && n.Slot == f.Selected.Slot && n.Slot != 0
}

func (b *Builder) processAria(n *layout.Node, v *view.Process) string {
	cond, busy := b.condition(n)
	state := int64(cond)
	if busy {
		state = -1
	}
	k := textKey{kind: txAria2, n: v.Program, m: v.Host, o: v.Name, a: state, b: int64(n.Count)}
	prog, host := b.program(n.Slot), v.Host
	if n.Kind == layout.KindComponent {
		prog = v.Name
	}
	return b.txt.make(k, func() string {
		word := b.words.Busy
		if state >= 0 {
			word = b.words.States[state]
		}
		s := fill(b.words.AriaProcess, b.txt.names.Text(prog), b.txt.names.Text(host), word)
		if n.Count > 1 {
			return fill(b.words.AriaStack, s, itoa(int64(n.Count)))
		}
		return s
	})
}

func (b *Builder) queueAria(n *layout.Node, v *view.Queue) string {
	ready, unacked, consumers := b.counts(n)
	k := textKey{kind: txAria, n: v.Name, m: v.VHost, a: ready<<20 ^ unacked, b: consumers + 2, c: int64(n.Count)}
	name := v.Name
	return b.txt.make(k, func() string {
		s := fill(b.words.AriaQueue, b.txt.names.Text(name), itoa(ready), itoa(unacked), b.words.consumers(consumers))
		if n.Count > 1 {
			return fill(b.words.AriaStack, s, itoa(int64(n.Count)))
		}
		return s
	})
}
