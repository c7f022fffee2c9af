package scene

import (
	"rpcscope/engine/flow"
	"rpcscope/engine/layout"
	"rpcscope/engine/view"
)

// program is the name on a card.
func (b *Builder) program(s view.Slot) flow.Name {
	if !b.st.Processes.Live(s) {
		return 0
	}
	p := b.st.Processes.At(s)
	if p.Program != 0 {
		return p.Program
	}
	return p.Name
}

func (b *Builder) cardLabels(i int, n *layout.Node) {
	r := n.Rect
	cond, _ := b.condition(n)
	style := StyleName
	if cond == view.Killed || cond == view.Stopped {
		style = StyleNameDim
	}
	x, y := r.X+36, r.Y+26-lift(n)
	most := r.W - 36 - 10 - b.inset()
	if n.Side == layout.Right {
		x, y = r.X+b.titleX()+17, b.titleY(n)+4.5
		most = r.Right() - x - 11 - b.inset()
		if n.Count > 1 && !n.Stack {
			most -= 20
		}
	}
	b.named(n.Key, lbName, at(x, y, Start, most), b.program(n.Slot), style, 9)
	subMost := r.Right() - x - 12
	hinderedMost := subMost
	w := &b.waits[i]
	waits := n.Side == layout.Left && n.Waits && (w.n > 0 || w.ended)
	small := n.Dense || b.lay.Portrait
	if waits && small {
		subMost -= 60 + b.inset()
		hinderedMost -= ringRoom + b.inset() // which goes before how long the call waits
	}
	if n.Side == layout.Left || n.Count == 1 || n.Stack {
		if text, paint := b.hinderedText(n, hinderedMost); text != "" && !b.runInTitle(i, n) {
			b.label(n.Key, lbSub, at(x, y+17-.25*lift(n), Start, hinderedMost), text, StyleSub, 7).Paint = paint
		} else if text := b.hostText(n, subMost); text != "" && !b.runInTitle(i, n) && b.txt.width(text, StyleSub) <= subMost+1 {
			b.label(n.Key, lbSub, at(x, y+17-.25*lift(n), Start, subMost), text, StyleSub, 5)
		}
	}
	if waits {
		b.waitLabel(n, w, small)
	}
	if n.Side == layout.Right {
		b.sectionLabels(i, n)
	}
	if b.badged(n) {
		b.label(n.Key, lbBadge, at(r.Right()-4, r.Y, Middle, b.badgeWidth(n)), b.badgeText(n), StyleBadge, 8)
	}
}

// ringRoom is what the ring of a waiting call takes of a small card's second line, px.
const ringRoom = 16

// hostText is a card's second line: "host · pid 7", or the hosts of a stack.
func (b *Builder) hostText(n *layout.Node, most float32) string {
	if !b.st.Processes.Live(n.Slot) {
		return ""
	}
	p := b.st.Processes.At(n.Slot)
	if n.Count > 1 {
		return b.txt.make(textKey{kind: txSub, a: int64(n.Count), b: int64(most), c: int64(b.lay.Version), n: p.Name}, func() string { return b.hostList(n, most) })
	}
	key := textKey{kind: txSub, n: p.Host, a: p.Pid, b: int64(most), o: p.Name}
	return b.txt.make(key, func() string {
		host := b.txt.names.Text(p.Host)
		if p.Pid > 0 {
			pid := fill(b.words.Pid, itoa(p.Pid))
			if host == "" {
				return pid
			}
			if v := host + " · " + pid; b.txt.width(v, StyleSub) <= most {
				return v
			}
		}
		return b.txt.shorten(host, StyleSub, most)
	})
}

// hostList names the hosts of a stack while there is room, else counts them.
func (b *Builder) hostList(n *layout.Node, most float32) string {
	// Several processes of a program often share a host.
	text, seen := "", make(map[flow.Name]bool, n.Count)
	for _, s := range b.lay.Members[n.First : n.First+n.Count] {
		if !b.st.Processes.Live(s) {
			continue
		}
		host := b.st.Processes.At(s).Host
		if host == 0 || seen[host] {
			continue
		}
		if len(seen) > 0 {
			text += ", "
		}
		seen[host] = true
		text += b.txt.names.Text(host)
	}
	if len(seen) < 2 || b.txt.width(text, StyleSub) <= most {
		return b.txt.shorten(text, StyleSub, most)
	}
	return fill(b.words.Hosts, itoa(int64(len(seen))))
}

func (b *Builder) waitLabel(n *layout.Node, w *waiting, small bool) {
	c := b.st.Calls.At(w.slot)
	x, y := b.waitMark(n)
	if small {
		if w.ended {
			return
		}
		secs := int64(-1)
		if w.leftNs != forever {
			secs = (w.leftNs + 1e9 - 1) / 1e9
		}
		room := x - 14 - n.Rect.X - 36 - 6
		sub, _ := b.hinderedText(n, n.Rect.W-48-ringRoom-b.inset())
		if sub == "" {
			sub = b.hostText(n, n.Rect.W-48-60-b.inset())
		}
		room -= b.txt.width(sub, StyleSub)
		if text := b.smallWaitText(secs, int64(w.n), room); b.txt.width(text, StyleSub) <= room { // else the ring says it
			b.label(n.Key, lbWait, at(x-14, y+1, End, room), text, StyleSub, 6)
		}
		return
	}
	most := n.Rect.Right() - x - 30
	var text string
	switch {
	case w.n > 0:
		secs := int64(-1)
		if w.leftNs != forever {
			secs = (w.leftNs + 1e9 - 1) / 1e9
		}
		text = b.txt.make(textKey{kind: txWait, n: c.Method, a: secs, b: int64(w.n), c: int64(most)}, func() string { return b.waitText(c.Method, secs, int64(w.n), most) })
	case c.State == view.TimedOut:
		text = b.ended2(b.words.TimedOut, c, 1, most)
	case c.State == view.Failed:
		text = b.ended2(b.words.Failed, c, 2, most)
	default:
		text = b.ended2(b.words.Answered, c, 3, most)
	}
	l := b.label(n.Key, lbWait, at(x+19, y+4, Start, most), text, StyleSub, 7)
	if c.State == view.TimedOut || c.State == view.Failed {
		l.Paint = HueFault.Paint(PartInk)
	}
}

// smallWaitText is "waits 58 s", "3 wait 58 s", or as much of it as there is room for, px; secs below 0 is no limit.
func (b *Builder) smallWaitText(secs, n int64, room float32) string {
	return b.txt.make(textKey{kind: txWaitN, a: n, b: secs, c: int64(room)}, func() string {
		text := b.words.WaitsShort
		if n > 1 {
			text = fill(b.words.WaitShortN, itoa(n))
		}
		if secs >= 0 {
			if v := text + " " + b.words.duration(secs*1e9); b.txt.width(v, StyleSub) <= room {
				return v
			}
		}
		return text
	})
}

func (b *Builder) waitText(method flow.Name, secs, n int64, most float32) string {
	left := fill(b.words.Seconds, itoa(secs))
	name := b.txt.names.Text(method)
	var s string
	switch {
	case n > 1 && secs >= 0:
		s = fill(b.words.WaitN, itoa(n), left)
	case secs < 0:
		s = fill(b.words.Waits, name)
	default:
		s = fill(b.words.WaitsLeft, name, left)
		if b.txt.width(s, StyleSub) > most {
			room := most - b.txt.width(fill(b.words.WaitsLeft, "", left), StyleSub)
			s = fill(b.words.WaitsLeft, b.txt.shorten(name, StyleSub, room), left)
		}
	}
	return b.txt.shorten(s, StyleSub, most)
}

func (b *Builder) ended2(pattern string, c *view.Call, how int64, most float32) string {
	return b.txt.make(textKey{kind: txDone, n: c.Method, m: c.Failure, a: how, c: int64(most)}, func() string {
		return b.txt.shorten(fill(pattern, b.txt.names.Text(c.Method), b.txt.names.Text(c.Failure)), StyleSub, most)
	})
}

// runInTitle: a small card with one row writes the running method in the place of its host.
func (b *Builder) runInTitle(i int, n *layout.Node) bool {
	if n.Side != layout.Right || !n.Dense {
		return false
	}
	for k := range b.runs {
		r := &b.runs[k]
		if int(r.node) == i && r.section == n.FirstSection && b.st.Runs.At(r.slot).EndD == 0 && (n.Count == 1 || n.Stack) {
			return true
		}
	}
	return false
}

// sectionLabels writes the rows of a worker's card: words of its ports or hosts, and what runs.
func (b *Builder) sectionLabels(i int, n *layout.Node) {
	hosts := n.Count > 1 && !n.Stack
	title := b.titleY(n)
	if hosts {
		b.label(n.Key, lbBadge, at(n.Rect.Right()-26, title+4.5, Middle, 30), b.stackText(int(n.Count)), StyleSub, 6)
	}
	if b.lay.Portrait {
		if run := b.runOf(i, n.FirstSection); run != nil && b.st.Runs.At(run.slot).EndD == 0 {
			l := b.named(n.Key, lbRun, at(n.Rect.X+36, n.Rect.Y+43, Start, n.Rect.W-50), b.st.Runs.At(run.slot).Method, StyleChip, 7)
			l.Paint = HueOf(b.st.Runs.At(run.slot).Class).Paint(PartInk)
		}
		return
	}
	for k := int32(0); k < n.Sections; k++ {
		s := &b.lay.Sections[n.FirstSection+k]
		run := b.runOf(i, n.FirstSection+k)
		y := s.Y + 4
		switch {
		case hosts && s.Slot != 0:
			first := k == 0 || b.lay.Sections[n.FirstSection+k-1].Slot != s.Slot
			if first && b.st.Processes.Live(s.Slot) {
				p := b.st.Processes.At(s.Slot)
				name := p.Host
				if name == 0 {
					name = p.Name
				}
				if run != nil {
					y -= 8
				}
				b.named(n.Key, lbWord+int(k), at(n.Rect.X+42, y, Start, n.Rect.W-80), name, StyleName, 7)
			} else if w := b.words.Ports[s.Word]; w != "" && run == nil {
				b.label(n.Key, lbWord+int(k), at(n.Rect.X+42, y, Start, 80), w, StyleSub, 4)
			}
		case n.Dense && (k > 0 || hosts):
			if w := b.words.Ports[s.Word]; w != "" && run == nil && k > 0 {
				if n.Dense && k == 1 && b.twoLines(n) {
					y += 2
				}
				b.label(n.Key, lbWord+int(k), at(n.Rect.X+43, y, Start, 80), w, StyleSub, 4)
			}
		case !n.Dense:
			if run != nil && b.runInRow(run) {
				break // the method stands here
			}
			if w := b.words.Ports[s.Word]; w != "" {
				b.label(n.Key, lbWord+int(k), at(n.Rect.X+26, y, Start, 90), w, StyleSub, 4)
			}
		}
		if run != nil {
			b.runLabel(n, k, s, run, hosts)
		}
	}
}

// runInRow: the chip of a method stands on its row and not below it.
func (b *Builder) runInRow(r *running) bool {
	box, ok := b.runBox(r)
	return ok && box.Y < b.lay.Sections[r.section].Y
}

func (b *Builder) runOf(node int, section int32) *running {
	for k := range b.runs {
		if r := &b.runs[k]; int(r.node) == node && r.section == section {
			if b.st.Runs.At(r.slot).EndD == 0 || !b.lay.Nodes[node].Dense {
				return r
			}
		}
	}
	return nil
}

func (b *Builder) runLabel(n *layout.Node, k int32, s *layout.Section, r *running, hosts bool) {
	run := b.st.Runs.At(r.slot)
	hue := HueOf(run.Class)
	box, ok := b.runBox(r)
	if !ok {
		y := s.Y + 13
		switch {
		case k > 0 && !hosts:
			y = s.Y + 4
		case hosts && s.Slot == 0:
			return
		}
		most := n.Rect.W - 56
		if hosts || k > 0 || n.Stack { // beside a dot or a port
			most -= 14
		}
		l := b.named(n.Key, lbRun+int(k), at(n.Rect.X+43, y, Start, most), run.Method, StyleChip, 7)
		l.Paint = hue.Paint(PartInk)
		return
	}
	age := float32(1)
	if run.EndD != 0 {
		age = max(0, min(1, (1-float32(b.d-run.EndD)/view.LingerCall)*3))
	}
	right := ""
	if run.EndD != 0 {
		right = b.txt.make(textKey{kind: txDuration, a: run.EndAt - run.StartAt, n: run.Failure}, func() string {
			if run.Failure != 0 {
				return fill(b.words.Raised, b.txt.names.Text(run.Failure))
			}
			return fill(b.words.Done, b.words.duration(run.EndAt-run.StartAt))
		})
	} else if r.n > 1 {
		right = b.stackText(int(r.n))
	}
	room := box.W - 36
	if right != "" {
		name := b.txt.width(b.txt.names.Text(run.Method), StyleChip)
		m := min(max(room*.5, room-name-6), b.txt.width(right, StyleTick))
		if b.txt.width(right, StyleTick) > m {
			right = b.txt.make(textKey{kind: txShort, n: run.Failure, a: int64(m), b: 7}, func() string {
				if run.Failure != 0 {
					right = b.txt.names.Text(run.Failure) // that it was raised says the chip's red mark
				}
				return b.txt.shorten(right, StyleTick, m)
			})
		}
		l := b.label(n.Key, lbRun+32+int(k), at(box.Right()-8, box.CY()+4, End, m), right, StyleTick, 5)
		l.Paint, l.Alpha = Ink2, age
		room -= m + 6
	}
	b.named(n.Key, lbRun+int(k), at(box.X+24, box.CY()+4, Start, room), run.Method, StyleChip, 7).Alpha = age
}

func (b *Builder) componentLabels(n *layout.Node) {
	r := n.Rect
	if b.st.Processes.Live(n.Slot) {
		// By the name that the strip and the log have for it: there is only one of each.
		x, y := r.X+16, r.Y+26
		if r.H < 40 {
			x, y = r.X+9, r.CY()+4.5
		}
		b.named(n.Key, lbName, at(x, y, Start, r.Right()-7-x), b.st.Processes.At(n.Slot).Name, StyleName, 8)
		if h := b.st.Processes.At(n.Slot).Host; h != 0 && r.H >= 40 {
			b.named(n.Key, lbSub, at(r.X+16, r.Y+43, Start, r.W-28), h, StyleSub, 4)
		}
	}
}
