package player

import (
	"strconv"
	"strings"

	"rpcscope/engine/flow"
	"rpcscope/engine/view"
)

// inspect says everything about what is selected, nil when nothing is.
func (p *Player) inspect() *Selection {
	s := &p.sel
	if s.id == "" {
		return nil
	}
	if !s.thing.ok {
		s.thing = p.parse(s.id)
	}
	out := &Selection{ID: s.id, Facts: [][]any{}, Life: []LifeStep{}, Envelope: [][2]string{}, Related: []string{}, Deeds: []Deed{}}
	slot := p.slot(&s.thing)
	out.Gone = slot == 0
	switch s.thing.kind {
	case view.RefProcess:
		p.inspectProcess(out, slot)
	case view.RefExchange:
		p.inspectExchange(out, slot)
	case view.RefQueue:
		p.inspectQueue(out, slot)
	case view.RefMessage:
		p.inspectMessage(out)
	case view.RefCall:
		if s.class == flow.ClassREST {
			p.inspectREST(out)
		} else {
			p.inspectRPC(out, slot)
		}
	case view.RefBroker:
		out.Gone = false
		p.inspectBroker(out)
	default:
		out.Kind, out.Title = "unknown", s.id
	}
	return out
}

// facts is a list that skips empty values.
func (o *Selection) fact(key, value string) {
	if value != "" {
		o.Facts = append(o.Facts, []any{key, value})
	}
}

// name is a fact that is set in mono and can be copied.
func (o *Selection) name(key, value string) {
	if value != "" {
		o.Facts = append(o.Facts, []any{key, value, true})
	}
}

func (o *Selection) number(key string, n int64) {
	o.Facts = append(o.Facts, []any{key, strconv.FormatInt(n, 10)})
}

func (o *Selection) yes(key string, is bool) {
	if is {
		o.fact(key, "yes")
	}
}

// relate adds an id that is not there yet and names something.
func (o *Selection) relate(ids ...string) {
	for _, id := range ids {
		if id == "" || id == o.ID || len(o.Related) >= 12 {
			continue
		}
		known := false
		for _, r := range o.Related {
			known = known || r == id
		}
		if !known {
			o.Related = append(o.Related, id)
		}
	}
}

func (o *Selection) life(l *view.Life, n *flow.Names) {
	o.Deduced = l.Inferred
	if l.Died != 0 {
		o.Gone = true
		o.fact("gone", orText(n.Text(l.Reason), "yes"))
	}
}

var conditions = [...]string{"unknown", "starting", "up", "silent", "stopped", "killed", "paused"}

func (p *Player) inspectProcess(o *Selection, slot view.Slot) {
	n, st := p.names, p.State()
	o.Kind, o.Title = "process", n.Text(p.sel.thing.name)
	if slot == 0 {
		p.offerStart(o, n.Text(p.sel.thing.name))
		return
	}
	v := st.Processes.At(slot)
	if v.Program != 0 {
		o.Title = n.Text(v.Program)
	}
	o.Sub = n.Text(v.Host)
	if v.Pid != 0 {
		o.Sub = strings.TrimPrefix(o.Sub+" · pid "+strconv.FormatInt(v.Pid, 10), " · ")
	}
	state := conditions[v.Condition]
	if v.Busy() {
		state = "busy"
	}
	o.fact("state", state)
	o.life(&v.Life, n)
	o.hindrances(v)
	o.name("process", n.Text(v.Name))
	anatomyFacts(o, n.Text(v.Anatomy))
	callers(o, n, v)
	o.number("connections", int64(v.Conns))
	o.number("running", int64(v.Running))
	o.number("waiting", int64(v.Waiting))
	for i := view.Slot(1); i < st.Consumers.Cap(); i++ {
		if c := st.Consumers.At(i); st.Consumers.Live(i) && c.Process == slot && c.Died == 0 {
			q := st.Queues.At(c.Queue)
			o.name("consumes", n.Text(q.Name))
			o.relate(queueID(n, q.VHost, q.Name))
		}
	}
	p.work(o, v.Name)
	p.offerProcess(o, v)
}

// work lists the calls that a process waits for and the methods that it runs.
func (p *Player) work(o *Selection, name flow.Name) {
	n, st := p.names, p.State()
	for i := view.Slot(1); i < st.Calls.Cap(); i++ {
		if c := st.Calls.At(i); st.Calls.Live(i) && c.Process == name && c.EndD == 0 {
			left := ""
			if ns, limited := c.Left(p.now()); limited {
				left = ", " + duration(ns) + " left"
			}
			o.fact("waits-for", n.Text(c.Method)+left)
			o.relate(rpcID(c.ID))
		}
	}
	for i := view.Slot(1); i < st.Runs.Cap(); i++ {
		if r := st.Runs.At(i); st.Runs.Live(i) && r.Process == name && r.EndD == 0 {
			o.fact("runs", n.Text(r.Method)+", "+duration(max(0, p.now()-r.StartAt)))
			o.relate(rpcID(r.RPC))
		}
	}
}

func (p *Player) inspectExchange(o *Selection, slot view.Slot) {
	n, st := p.names, p.State()
	o.Kind, o.Title = "exchange", orText(n.Text(p.sel.thing.name), "(default)")
	if slot == 0 {
		return
	}
	v := st.Exchanges.At(slot)
	o.Sub = orText(n.Text(v.Type), "type unknown")
	o.life(&v.Life, n)
	o.name("vhost", n.Text(v.VHost))
	o.yes("durable", v.Flags&flow.Durable != 0)
	o.yes("auto-delete", v.Flags&flow.AutoDelete != 0)
	o.yes("internal", v.Flags&flow.Internal != 0)
	o.number("published", int64(v.In.Count))
	if v.Name != 0 {
		o.number("bindings", int64(v.Bindings))
	}
	p.bindings(o, func(b *view.Binding) bool { return b.Exchange == slot && !b.Implicit }, func(b *view.Binding) (string, string) {
		if b.ToExchange {
			x := st.Exchanges.At(b.Queue)
			return n.Text(x.Name), exchangeID(n, x.VHost, x.Name)
		}
		q := st.Queues.At(b.Queue)
		return n.Text(q.Name), queueID(n, q.VHost, q.Name)
	})
}

// maxBindings bounds the bindings that the inspector lists.
const maxBindings = 20

// bindings lists the bindings that fit as facts: the other end, and its key.
func (p *Player) bindings(o *Selection, fit func(*view.Binding) bool, other func(*view.Binding) (name, id string)) {
	st, listed := p.State(), 0
	for i := view.Slot(1); i < st.Bindings.Cap() && listed < maxBindings; i++ {
		b := st.Bindings.At(i)
		if !st.Bindings.Live(i) || b.Died != 0 || !fit(b) {
			continue
		}
		listed++
		name, id := other(b)
		o.name("binding", name+" ← "+orText(p.names.Text(b.Key), `""`))
		o.relate(id)
	}
}

func (p *Player) inspectQueue(o *Selection, slot view.Slot) {
	n, st := p.names, p.State()
	o.Kind, o.Title = "queue", n.Text(p.sel.thing.name)
	if slot == 0 {
		return
	}
	v := st.Queues.At(slot)
	o.Sub = strconv.FormatInt(v.Ready, 10) + " ready · " + strconv.FormatInt(v.Unacked, 10) + " unacked"
	o.life(&v.Life, n)
	o.fact("type", orText(n.Text(v.Type), "classic"))
	o.name("vhost", n.Text(v.VHost))
	o.yes("durable", v.Flags&flow.Durable != 0)
	o.yes("auto-delete", v.Flags&flow.AutoDelete != 0)
	o.yes("exclusive", v.Flags&flow.Exclusive != 0)
	if v.Expires > 0 {
		o.fact("expires", duration(v.Expires)+" after its last consumer")
		if v.IdleAt != 0 && v.Consumers == 0 {
			o.fact("expires-in", duration(max(0, v.IdleAt+v.Expires-p.now())))
		}
	}
	if limit := v.Limit(); limit > 0 {
		o.number("max-length", limit)
	}
	o.number("consumers", int64(v.Consumers))
	o.number("taken", int64(v.In.Count))
	o.number("delivered", int64(v.Out.Count))
	for k := v.FirstConsumer; k != 0; k = st.Consumers.At(k).NextOfQueue {
		c := st.Consumers.At(k)
		if c.Died != 0 || c.Process == 0 {
			continue
		}
		text := n.Text(st.Processes.At(c.Process).Name)
		if c.Prefetch > 0 {
			text += ", prefetch " + strconv.FormatInt(c.Prefetch, 10)
		}
		if c.Unacked > 0 {
			text += ", holds " + strconv.FormatInt(int64(c.Unacked), 10)
		}
		o.name("consumer", text)
		o.relate(processID(n, st.Processes.At(c.Process).Name))
	}
	p.bindings(o, func(b *view.Binding) bool { return !b.ToExchange && b.Queue == slot && !b.Implicit }, func(b *view.Binding) (string, string) {
		x := st.Exchanges.At(b.Exchange)
		return orText(n.Text(x.Name), "(default)"), exchangeID(n, x.VHost, x.Name)
	})
	p.offerQueue(o, v)
	o.Why = p.whyQueue(v)
	for c := v.ReadyHead; c != 0 && len(o.Related) < 10; c = st.Copies.At(c).Next {
		o.relate(messageID(st.Messages.At(st.Copies.At(c).Msg).ID))
	}
}

// whyQueue says why messages stand in a queue, nil when none do.
func (p *Player) whyQueue(v *view.Queue) *Why {
	st := p.State()
	if v.Ready == 0 {
		return nil
	}
	args := Args{"ready": v.Ready, "unacked": v.Unacked, "queue": p.names.Text(v.Name)}
	if v.Consumers == 0 {
		return &Why{Code: "no-consumer", Args: args, Tried: []Tried{}}
	}
	for k := v.FirstConsumer; k != 0; k = st.Consumers.At(k).NextOfQueue {
		if c := st.Consumers.At(k); c.Died == 0 && !c.Full() {
			return &Why{Code: "on-its-way", Args: args, Tried: []Tried{}}
		}
	}
	return &Why{Code: "prefetch-full", Args: args, Tried: []Tried{}}
}
