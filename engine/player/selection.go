package player

import (
	"rpcscope/engine/flow"
	"rpcscope/engine/view"
)

// selection is what a person looks at, and what the log knows of it.
type selection struct {
	id, hover string
	// thing is id parsed, hovered is hover parsed when it was hoverID.
	thing, hovered thing
	hoverID        string
	stale          bool

	// rpc and msg are whose life is told; class is the class of what was asked for.
	rpc   flow.ID
	msg   flow.MsgID
	class flow.Class
	// request and chosen describe the request and the selected message, as far as the log has them.
	request, chosen descriptor
	events          []moment
	scanned         uint64

	focus view.Focus
	path  []leg
	refs  []view.Ref
}

// descriptor is a published message as its publish told it.
type descriptor struct {
	e  flow.Event
	m  flow.Message
	ok bool
}

// moment is an event of the selected life.
type moment struct {
	d, end int64
	e      flow.Event
	// n is how many alike it stands for: a fanout's copies take each step together.
	n int
}

// leg is a node or an edge that the life passes, by name.
type leg struct {
	kind                      view.RefKind
	d                         int64
	vhost, a, b, key, process flow.Name
	channel                   uint16
	back                      bool
}

const (
	// lifeEvents bounds how many events before the playhead are searched for a life, lifeSteps how many of it are kept.
	lifeEvents = 60_000
	lifeSteps  = 80
	// lifeAhead is how far ahead of the playhead the model runs to show what is still to come of what is selected.
	lifeAhead = 6_000_000_000
)

// choose selects what id names; "" selects nothing.
func (p *Player) choose(id string) {
	s := &p.sel
	*s = selection{id: id, hover: s.hover, hovered: s.hovered, hoverID: s.hoverID, events: s.events[:0], path: s.path[:0], refs: s.refs[:0]}
	if id == "" {
		return
	}
	s.thing = p.parse(id)
	s.msg, s.rpc = s.thing.msg, s.thing.rpc
	if s.msg == 0 && s.rpc.IsZero() {
		return
	}
	if s.rpc.IsZero() {
		p.findRPC()
	}
	p.scan()
}

// findRPC looks up whose message is selected.
func (p *Player) findRPC() {
	s := &p.sel
	if i := p.State().MessageSlot(s.msg); i != 0 {
		m := p.State().Messages.At(i)
		s.rpc, s.class = m.RPC, m.Class
		return
	}
	for c := p.tl.ReaderAt(p.lifeStart()); c.Next(); {
		if c.Event.Msg == s.msg && c.HasMessage {
			s.rpc, s.class = c.Message.RPC, c.Message.Class
			return
		}
	}
}

func (p *Player) lifeStart() uint64 {
	at := p.cur.Position()
	if at < lifeEvents {
		return p.tl.First()
	}
	return max(p.tl.First(), at-lifeEvents)
}

// scan takes in what the log has learned about the selected life since the last time.
func (p *Player) scan() {
	s := &p.sel
	if s.stale {
		id := s.id
		s.stale = false
		p.choose(id)
		return
	}
	if s.msg == 0 && s.rpc.IsZero() || s.scanned == p.tl.Events() {
		return
	}
	from := s.scanned
	if from == 0 {
		from = p.lifeStart()
	}
	for c := p.tl.ReaderAt(from); c.Next(); {
		e := &c.Event
		if !s.concerns(e) {
			continue
		}
		if e.Kind == flow.Publish && c.HasMessage {
			s.describe(e, &c.Message)
		}
		if e.Class == flow.ClassREST {
			s.class = flow.ClassREST
		}
		s.note(c.D, c.HopEnd, e)
	}
	s.scanned = p.tl.Events()
}

func (s *selection) concerns(e *flow.Event) bool {
	if e.Kind == flow.Method || e.Kind == flow.Confirm || e.Has(flow.Snapshot) {
		return false
	}
	if !s.rpc.IsZero() {
		return e.RPC == s.rpc
	}
	return e.Msg == s.msg && s.msg != 0
}

func (s *selection) describe(e *flow.Event, m *flow.Message) {
	if e.Msg == s.msg {
		s.chosen = descriptor{*e, *m, true}
	}
	if m.Class != flow.ClassReply && !s.request.ok {
		s.request = descriptor{*e, *m, true}
		if s.msg == 0 {
			s.chosen = s.request
			s.class = m.Class
		}
	}
}

// note adds an event to the life; a fanout's copies that take the same step count as one.
func (s *selection) note(d, end int64, e *flow.Event) {
	if n := len(s.events); n > 0 && e.Class == flow.ClassFanout {
		for i := n - 1; i >= max(0, n-8); i-- {
			if l := &s.events[i]; l.e.Kind == e.Kind && l.e.Msg == e.Msg {
				l.n++
				s.leg(d, e)
				return
			}
		}
	}
	if len(s.events) < lifeSteps {
		s.events = append(s.events, moment{d, end, *e, 1})
	}
	s.leg(d, e)
}

// maxLegs bounds the lit path of a wide fanout.
const maxLegs = 200

func (s *selection) leg(d int64, e *flow.Event) {
	if len(s.path) >= maxLegs {
		return
	}
	back := e.Class == flow.ClassReply
	add := func(l leg) {
		l.d, l.vhost, l.back = d, e.VHost, back
		s.path = append(s.path, l)
	}
	switch e.Kind {
	case flow.Publish:
		add(leg{kind: view.RefProcess, process: e.Process})
		add(leg{kind: view.RefLink, process: e.Process, a: e.Exchange})
		add(leg{kind: view.RefExchange, a: e.Exchange})
	case flow.Route:
		if !e.Has(flow.NoRoute) && !e.Has(flow.ToExchange) {
			add(leg{kind: view.RefBinding, a: e.Exchange, b: e.Queue, key: e.Key})
			add(leg{kind: view.RefQueue, a: e.Queue})
		}
	case flow.RestRequest:
		add(leg{kind: view.RefProcess, process: e.Process})
		add(leg{kind: view.RefRest, process: e.Process, a: e.Key})
		add(leg{kind: view.RefProcess, process: e.Key})
	case flow.Deliver:
		add(leg{kind: view.RefConsumer, a: e.Queue, key: e.Tag, b: e.Conn, channel: e.Channel})
		add(leg{kind: view.RefProcess, process: e.Process})
	}
}

// focus is what the scene should draw loud. It does not allocate once warm.
func (p *Player) focus() *view.Focus {
	s := &p.sel
	p.scan()
	if s.hover != s.hoverID {
		s.hovered, s.hoverID = p.parse(s.hover), s.hover
	}
	f := &s.focus
	*f = view.Focus{Selected: p.ref(&s.thing), Hovered: p.ref(&s.hovered), Msg: s.msg, RPC: s.rpc, Class: s.class}
	if s.hovered.ok && s.msg == 0 && s.rpc.IsZero() {
		f.Msg, f.RPC = s.hovered.msg, s.hovered.rpc
	}
	if f.Class == flow.ClassReply {
		f.Class = flow.ClassCall
	}
	s.refs = s.refs[:0]
	for i := range s.path {
		l := &s.path[i]
		if l.back && f.Back == 0 {
			f.Back = len(s.refs)
		}
		r := view.Ref{Kind: l.kind, Slot: p.legSlot(l)}
		if l.kind == view.RefRest {
			r.Kind = view.RefLink // requests have lines of their own
		}
		if r.Slot == 0 {
			continue
		}
		s.refs = append(s.refs, r)
		if l.d <= p.d {
			f.Done = len(s.refs)
		}
	}
	f.Path = s.refs
	return f
}

func (p *Player) legSlot(l *leg) view.Slot {
	s := p.State()
	switch l.kind {
	case view.RefProcess:
		return s.ProcessSlot(l.process)
	case view.RefExchange:
		return s.ExchangeSlot(l.vhost, l.a)
	case view.RefQueue:
		return s.QueueSlot(l.vhost, l.a)
	case view.RefLink:
		return s.LinkSlot(s.ProcessSlot(l.process), s.ExchangeSlot(l.vhost, l.a), 0)
	case view.RefRest:
		return s.LinkSlot(s.ProcessSlot(l.process), 0, s.ProcessSlot(l.a))
	case view.RefBinding:
		return s.BindingSlot(s.ExchangeSlot(l.vhost, l.a), s.QueueSlot(l.vhost, l.b), l.key, 0)
	case view.RefConsumer:
		return s.ConsumerSlot(l.b, l.channel, s.QueueSlot(l.vhost, l.a), l.key)
	}
	return 0
}
