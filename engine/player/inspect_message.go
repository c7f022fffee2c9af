package player

import (
	"strconv"
	"strings"

	"rpcscope/engine/flow"
	"rpcscope/engine/view"
)

// className is what a message is called in a title.
func className(c flow.Class) string {
	switch c {
	case flow.ClassCall:
		return "Call"
	case flow.ClassReply:
		return "Reply"
	case flow.ClassCast:
		return "Cast"
	case flow.ClassFanout:
		return "Fanout"
	case flow.ClassNotification:
		return "Notification"
	}
	return "Message"
}

func (p *Player) inspectMessage(o *Selection) {
	n, s := p.names, &p.sel
	o.Kind = "message"
	d := &s.chosen
	if !d.ok {
		// Published before the log begins: what the state knows must do.
		if i := p.State().MessageSlot(s.msg); i != 0 {
			v := p.State().Messages.At(i)
			o.Cls, o.Title, o.Deduced = v.Class.String(), className(v.Class)+" "+n.Text(v.Label), v.Inferred
			o.Life = p.lifeOf()
			return
		}
		o.Title = "Message " + strconv.FormatUint(uint64(s.msg), 10)
		return
	}
	m := &d.m
	o.Cls = m.Class.String()
	o.Title = className(m.Class) + " " + n.Text(firstName(m.Method, m.EventType))
	if m.Class == flow.ClassReply {
		o.Title = "Reply"
		if s.request.ok {
			o.Title = "Reply to " + n.Text(s.request.m.Method)
		}
	}
	o.Deduced = d.e.Has(flow.Inferred)
	o.Sub = p.where(s.msg)
	p.people(o)
	o.Life = p.lifeOf()
	o.Why = p.whyThere(d)
	p.envelope(o, d)
	o.Body = bodyText(n, m)
	p.relations(o, d)
}

func firstName(a, b flow.Name) flow.Name {
	if a != 0 {
		return a
	}
	return b
}

// people names the RPC and who takes part.
func (p *Player) people(o *Selection) {
	n, s := p.names, &p.sel
	if !s.rpc.IsZero() {
		o.name("rpc", s.rpc.String())
	}
	if s.request.ok && s.request.e.Process != 0 {
		o.fact("called-by", n.Text(s.request.e.Process))
	}
	for i := range s.events {
		if e := &s.events[i].e; e.Kind == flow.Dispatch {
			o.fact("served-by", n.Text(e.Process))
			return
		}
	}
}

// where says in words where a message is at the playhead.
func (p *Player) where(msg flow.MsgID) string {
	st, n := p.State(), p.names
	i := st.MessageSlot(msg)
	if i == 0 {
		if s := &p.sel; len(s.events) > 0 && s.events[0].d > p.d {
			return "not sent yet"
		}
		return "gone: delivered and acknowledged, or lost"
	}
	v := st.Messages.At(i)
	switch v.Stage {
	case view.Unroutable:
		return "dropped: no queue matched"
	case view.Returned:
		return "returned to its publisher: no queue matched"
	case view.Publishing:
		return "on its way to " + exchangeText(n, v.Exchange)
	}
	if v.Hop.Covers(p.d) {
		return "on its way to " + exchangeText(n, v.Exchange)
	}
	texts := []string{}
	for c := v.Copies; c != 0 && len(texts) < 3; c = st.Copies.At(c).NextOfMsg {
		texts = append(texts, p.place(st.Copies.At(c)))
	}
	if v.Alive > 3 {
		texts = append(texts, count(int64(v.Alive-3), "more copy", "more copies"))
	}
	return strings.Join(texts, "; ")
}

func (p *Player) place(c *view.Copy) string {
	st, n := p.State(), p.names
	if c.ToExchange {
		return "passed on to " + exchangeText(n, st.Exchanges.At(c.Queue).Name)
	}
	queue := n.Text(st.Queues.At(c.Queue).Name)
	flying := c.Hop.Covers(p.d)
	switch c.Place {
	case view.Routing:
		return "in flight to " + queue
	case view.Ready:
		if flying && c.Returning {
			return "going back to " + queue
		}
		if flying {
			return "in flight to " + queue
		}
		return "ready in " + queue
	case view.Unacked:
		if c.Held {
			return "held up where the link to " + n.Text(c.Holder) + " is cut"
		}
		if flying {
			return "in flight to " + n.Text(c.Holder)
		}
		return "held by " + n.Text(c.Holder) + ", not acknowledged"
	case view.Acked:
		return "acknowledged by " + n.Text(c.Holder)
	}
	return "taken by " + n.Text(c.Holder)
}

// maxTried bounds the bindings that "why" lists.
const maxTried = 12

// whyThere says why a message went where it went: the rule, and the bindings that were tried.
func (p *Player) whyThere(d *descriptor) *Why {
	n, st := p.names, p.State()
	matched := map[flow.Name]bool{}
	routed, none := false, false
	for i := range p.sel.events {
		if e := &p.sel.events[i].e; e.Kind == flow.Route && e.Msg == d.e.Msg {
			routed = true
			none = none || e.Has(flow.NoRoute)
		}
	}
	for i := range p.sel.path {
		if l := &p.sel.path[i]; l.kind == view.RefBinding && l.a == d.e.Exchange && l.back == (d.m.Class == flow.ClassReply) {
			matched[l.b] = true
		}
	}
	if d.e.Has(flow.Peer) {
		return &Why{Code: p.socketWhy(d, routed, none), Args: Args{
			"key": n.Text(d.e.Key), "exchange": n.Text(d.e.Exchange), "n": len(matched), "method": n.Text(d.m.Method),
		}, Tried: []Tried{}}
	}
	if !routed {
		return nil
	}
	w := &Why{Args: Args{
		"key": n.Text(d.e.Key), "exchange": orText(n.Text(d.e.Exchange), "(default)"), "n": len(matched), "method": n.Text(d.m.Method),
	}, Tried: []Tried{}}
	x := st.ExchangeSlot(d.e.VHost, d.e.Exchange)
	w.Code = whyCode(st, x, d, none)
	var others []string
	if d.e.Exchange == 0 {
		for i := view.Slot(1); i < st.Queues.Cap(); i++ {
			if q := st.Queues.At(i); st.Queues.Live(i) && q.Died == 0 && q.VHost == d.e.VHost && !matched[q.Name] {
				others = append(others, n.Text(q.Name))
			}
		}
	} else {
		for i := view.Slot(1); i < st.Bindings.Cap(); i++ {
			b := st.Bindings.At(i)
			if !st.Bindings.Live(i) || b.Died != 0 || b.Exchange != x || b.ToExchange || matched[st.Queues.At(b.Queue).Name] {
				continue
			}
			others = append(others, n.Text(st.Queues.At(b.Queue).Name)+" ← "+orText(n.Text(b.Key), `""`))
		}
	}
	var hits []string
	for q := range matched {
		hits = append(hits, n.Text(q))
	}
	flow.SortStable(hits, strings.Compare) // the map has no order
	for _, name := range hits {
		w.add(name, true)
	}
	for _, name := range others {
		w.add(name, false)
	}
	return w
}

func (w *Why) add(name string, match bool) {
	if len(w.Tried) >= maxTried {
		w.More++
		return
	}
	w.Tried = append(w.Tried, Tried{name, match})
}

func whyCode(st *view.State, x view.Slot, d *descriptor, none bool) string {
	switch {
	case none && d.e.Exchange == 0:
		return "no-such-queue"
	case none:
		return "no-binding"
	case d.m.Class == flow.ClassReply && st.Carrier != view.CarrierRabbit:
		return "direct"
	case d.m.Class == flow.ClassReply && d.e.Exchange == 0:
		return "reply-queue"
	case d.e.Exchange == 0:
		return "default-exchange"
	case x == 0:
		return "bound"
	}
	switch st.Exchanges.At(x).Form {
	case view.FormTopic:
		return "topic"
	case view.FormDirect:
		return "direct"
	case view.FormFanout:
		return "fanout"
	case view.FormHeaders:
		return "headers"
	}
	return "bound"
}

// envelope lists what a message carries around its arguments.
func (p *Player) envelope(o *Selection, d *descriptor) {
	n, m := p.names, &d.m
	add := func(k, v string) {
		if v != "" {
			o.Envelope = append(o.Envelope, [2]string{k, v})
		}
	}
	o.Envelope = append(o.Envelope, [2]string{"exchange", n.Text(d.e.Exchange)}, [2]string{"routing key", n.Text(d.e.Key)})
	if d.e.Has(flow.Mandatory) {
		add("mandatory", "yes")
	} else {
		add("mandatory", "no")
	}
	if m.Expiration >= 0 {
		add("expiration", duration(m.Expiration))
	} else {
		add("expiration", "none")
	}
	add("method", n.Text(m.Method))
	add("namespace", n.Text(m.Namespace))
	add("version", n.Text(m.Version))
	add("event_type", n.Text(m.EventType))
	add("priority", n.Text(m.Priority))
	if !m.RPC.IsZero() {
		add("_msg_id", m.RPC.String())
	}
	add("_reply_q", n.Text(m.ReplyQueue))
	if !m.UniqueID.IsZero() {
		add("_unique_id", m.UniqueID.String())
	}
	switch {
	case m.Has(flow.Ending):
		add("ending", "true")
	case m.Has(flow.NotEnding):
		add("ending", "false")
	}
	add("failure", n.Text(m.FailureClass))
	if m.Has(flow.HasEnvelope) {
		add("oslo.version", "2.0")
	}
	if m.Size > 0 {
		add("size", count(int64(m.Size), "byte", "bytes"))
	}
	for prop := range strings.SplitSeq(n.Text(m.Props), "; ") {
		if k, v, ok := strings.Cut(prop, "="); ok && k != "expiration" {
			add(k, v)
		}
	}
	add("context", strings.ReplaceAll(n.Text(m.Context), ",", ", "))
}

func (p *Player) relations(o *Selection, d *descriptor) {
	n := p.names
	o.relate(rpcID(p.sel.rpc), processID(n, d.e.Process), exchangeID(n, d.e.VHost, d.e.Exchange))
	for i := range p.sel.events {
		e := &p.sel.events[i].e
		if e.Msg != 0 && (e.Kind == flow.Publish || e.Kind == flow.Route) {
			o.relate(messageID(e.Msg))
		}
		if e.Queue != 0 {
			o.relate(queueID(n, e.VHost, e.Queue))
		}
		o.relate(processID(n, e.Process))
	}
}

var callStates = [...]string{"waiting", "answered", "failed", "timed-out"}

func (p *Player) inspectRPC(o *Selection, slot view.Slot) {
	n, s, st := p.names, &p.sel, p.State()
	o.Kind, o.Cls = "rpc", s.class.String()
	o.Title = "RPC " + s.rpc.String()[:8]
	if s.request.ok {
		o.Title = className(s.request.m.Class) + " " + n.Text(s.request.m.Method)
		o.Cls = s.request.m.Class.String()
	}
	p.people(o)
	if slot != 0 {
		c := st.Calls.At(slot)
		o.Gone, o.Deduced = false, c.Inferred
		o.Sub = callStates[c.State]
		o.fact("state", callStates[c.State])
		if c.EndD != 0 {
			o.fact("took", duration(c.EndAt-c.StartAt))
		} else if left, limited := c.Left(p.now()); limited {
			o.fact("left", duration(left)+" of "+duration(c.Timeout))
		}
		o.fact("failure", n.Text(c.Failure))
		o.name("target", n.Text(c.Target))
		if c.Heartbeats > 0 {
			o.number("heartbeats", int64(c.Heartbeats))
		}
	} else if len(s.events) > 0 {
		o.Gone = false
		o.Sub = "over"
	}
	o.Life = p.lifeOf()
	if s.request.ok {
		o.Why = p.whyThere(&s.request)
		p.envelope(o, &s.request)
		o.Body = bodyText(n, &s.request.m)
		p.relations(o, &s.request)
	}
}
