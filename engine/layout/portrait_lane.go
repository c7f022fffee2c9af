package layout

import "rpcscope/engine/view"

// portraitReplies is how many reply queues stand apart: one stack, unless a person opened it.
func (e *Engine) portraitReplies() int {
	if e.open[foldReplies] {
		return max(1, len(e.m.replies))
	}
	return 1
}

// portraitLane puts the reply queues at the broker's top right and the default exchange below them.
func (e *Engine) portraitLane(st *view.State, right float32) {
	l := &e.out
	x, y := right-ptReplyW, l.Broker.Y+46
	if n := e.portraitReplies(); n > 1 { // beside them their bindings run up
		x += 2
		for _, s := range e.m.replies {
			e.portraitReply(st, []view.Slot{s}, Rect{x, y, ptReplyW - 22, e.d.qH})
			y += ptReplyRow
		}
		e.foldChip(KindQueue, foldReplies, Rect{x, y - 12, ptReplyW - 22, 24}, e.m.replies, nil)
		l.Nodes[len(l.Nodes)-1].Lane = true
	} else if len(e.m.replies) > 0 {
		r := Rect{x, y, ptReplyW - 6*b2f(len(e.m.replies) > 1), e.d.qH}
		e.portraitReply(st, e.m.replies, r)
		q := &l.Nodes[len(l.Nodes)-1]
		q.Name, q.Sub = Spot{right - 4, y - 8, 2, r.W}, Spot{x + 6, y + e.d.qH + 17, 0, 60}
		if q.Stack {
			q.Name.Y -= 8
		}
	}
	i := e.laneDefault(st, right-34, l.Broker.Bottom()-78)
	n := &l.Nodes[i]
	n.Lane = true
	n.Name = Spot{n.Rect.CX() - 10, n.Rect.CY() + 26*n.Scale + 18, 2, 84}
	n.Sub.Max = 0
}

func (e *Engine) portraitReply(st *view.State, slots []view.Slot, r Rect) {
	q := st.Queues.At(slots[0])
	n := Node{
		Kind: KindQueue, Key: key(tagQueue, q.VHost, q.Name), Lane: true, Dense: true, Stack: len(slots) > 1,
		Rect: r, Slots: 5 - int(b2f(r.W < 124)), Una: 2,
	}
	if n.Stack {
		n.Fold = foldReplies
	}
	e.queueSpots(&n)
	put(e.out.ix.queue, slots, e.node(n, slots))
}
