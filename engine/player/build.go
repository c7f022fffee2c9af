package player

import (
	"cmp"
	"strconv"
	"strings"

	"rpcscope/engine/flow"
	"rpcscope/engine/view"
)

// PanelVersion is the version of the panel model.
const PanelVersion = 1

// Panel says everything that stands around the map. It allocates; it is meant to be asked for at most ten times a second.
func (p *Player) Panel() *Panel {
	p.scan()
	rows, first := p.log()
	pan := &Panel{
		V: PanelVersion, Mode: string(p.mode), Title: p.title, Scenario: p.scenario, Carrier: p.carrier(), Seed: p.seed,
		EpochMs: float64(p.header.Epoch) / ms, Play: p.transport(), Actions: p.actions(), Seq: p.sequence(),
		Select: p.inspect(), Log: rows, LogFirst: first, LogTotal: p.tl.Steps(),
		Counters: p.counters(), Methods: p.methods(), Camera: Camera{Zoom: 1}, Summary: p.summary(), Announce: p.news.take(p.names),
	}
	if pan.Announce == nil {
		pan.Announce = []string{}
	}
	if p.feed != nil {
		pan.Live = p.feed.status
	}
	return pan
}

func (p *Player) transport() Play {
	dropped, _ := p.tl.Dropped()
	play := Play{
		Playing: p.Playing(), Speed: p.speed, D: float64(p.d) / ms, Start: float64(p.tl.Start()) / ms, End: float64(p.end()) / ms,
		T: float64(p.now()) / ms, Event: p.tl.StepsBefore(p.cur.Position()), Events: p.tl.Steps(),
		Loop: p.loop, CanUndo: len(p.past) > 0, CanRedo: len(p.future) > 0, Ended: p.ended(), DroppedEvents: dropped,
	}
	play.Sent = -1
	if p.sim != nil && len(p.sim.done) > 0 {
		play.Sent = float64(p.sim.done[len(p.sim.done)-1].d) / ms
	}
	if p.sim != nil && p.sim.failed != nil {
		play.Failed = p.sim.failed.Error()
	}
	if p.mode == Live && p.feed != nil {
		play.Live = p.feed.follow
		play.LagMs = float64(p.feed.lag(p)) / ms
	}
	return play
}

func (p *Player) actions() []Action {
	list := []Action{}
	if p.sim == nil {
		return list
	}
	for _, a := range p.sim.doc.Actions() {
		up := false
		if n, ok := p.names.Lookup(a.Client); ok {
			if s := p.State().ProcessSlot(n); s != 0 {
				c := p.State().Processes.At(s)
				up = c.Died == 0 && c.Condition != view.Starting
			}
		}
		label := a.Label
		if label == "" {
			label = a.Kind
		}
		list = append(list, Action{Kind: a.Kind, Label: label, Method: a.Method, Target: a.Target, Client: a.Client, Enabled: up})
	}
	return list
}

func byClass(v *[flow.NumClasses]uint64) ByClass {
	return ByClass{
		Call: v[flow.ClassCall], Reply: v[flow.ClassReply], Cast: v[flow.ClassCast], Fanout: v[flow.ClassFanout],
		Notification: v[flow.ClassNotification], Other: v[flow.ClassOther],
	}
}

func (p *Player) counters() Counters {
	st := p.State()
	c := &st.Counters
	waiting := uint64(0)
	for i := view.Slot(1); i < st.Calls.Cap(); i++ {
		if st.Calls.Live(i) && st.Calls.At(i).EndD == 0 {
			waiting++
		}
	}
	return Counters{
		Published: byClass(&c.Published), Delivered: byClass(&c.Delivered),
		Calls: Calls{
			Total: c.Calls, AnsweredOK: c.AnsweredOK, AnsweredError: c.AnsweredError,
			Unanswered: c.Calls - min(c.Calls, c.AnsweredOK+c.AnsweredError), LateReplies: c.Late,
			HeartbeatReplies: c.Heartbeats, Waiting: waiting,
		},
		REST:     REST{Requests: c.Asked, Answered: c.Granted, Refused: c.Refused, NoResponse: c.NoResponse},
		Unrouted: c.Unrouted, Returned: c.Returned, Redelivered: c.Redelivered, Lost: c.Lost,
	}
}

// maxMethodRows bounds the table of methods.
const maxMethodRows = 200

func (p *Player) methods() []MethodRow {
	st, rows := p.State(), []MethodRow{}
	for i := view.Slot(1); i < st.Methods.Cap(); i++ {
		if v := st.Methods.At(i); st.Methods.Live(i) && v.Count > 0 {
			rows = append(rows, MethodRow{Name: p.names.Text(v.Name), Cls: v.Class.String(), Count: v.Count, P50Ms: float64(v.Median()) / ms})
		}
	}
	flow.SortStable(rows, func(a, b MethodRow) int {
		return cmp.Or(cmp.Compare(b.Count, a.Count), cmp.Compare(a.Name, b.Name), cmp.Compare(a.Cls, b.Cls))
	})
	return rows[:min(len(rows), maxMethodRows)]
}

// summary says the scene in words, for who cannot see it.
func (p *Player) summary() string {
	st := p.State()
	var parts []string
	add := func(n int, one, many string) {
		if n > 0 {
			parts = append(parts, count(int64(n), one, many))
		}
	}
	processes, exchanges, queues, ready, unacked := 0, 0, 0, int64(0), int64(0)
	for i := view.Slot(1); i < st.Processes.Cap(); i++ {
		if st.Processes.Live(i) && st.Processes.At(i).Died == 0 {
			processes++
		}
	}
	for i := view.Slot(1); i < st.Exchanges.Cap(); i++ {
		if st.Exchanges.Live(i) && st.Exchanges.At(i).Died == 0 {
			exchanges++
		}
	}
	for i := view.Slot(1); i < st.Queues.Cap(); i++ {
		if q := st.Queues.At(i); st.Queues.Live(i) && q.Died == 0 {
			queues++
			ready, unacked = ready+q.Ready, unacked+q.Unacked
		}
	}
	add(processes, "process", "processes")
	peers := true // sockets know no acknowledgements
	switch st.Carrier {
	case view.CarrierZMQ1:
		add(exchanges, "receiver daemon", "receiver daemons")
		add(queues, "IPC socket", "IPC sockets")
	case view.CarrierZMQ2:
		add(exchanges, "sending socket", "sending sockets")
		add(queues, "receiving socket", "receiving sockets")
	default:
		peers = false
		add(exchanges, "exchange", "exchanges")
		add(queues, "queue", "queues")
	}
	if len(parts) == 0 {
		return "Nothing is there yet."
	}
	text := strings.Join(parts, ", ") + ". " + strconv.FormatInt(ready, 10) + " ready"
	if !peers {
		text += ", " + strconv.FormatInt(unacked, 10) + " unacknowledged"
	}
	return text + "." + p.doing()
}

// doing says who waits for what and which methods run, the first few of each.
func (p *Player) doing() string {
	st, n := p.State(), p.names
	var b strings.Builder
	told, more := 0, 0
	say := func(who flow.Name, does string, method flow.Name) {
		if told++; told > 4 {
			more++
			return
		}
		b.WriteString(" " + orText(n.Text(who), "A caller") + does + n.Text(method) + ".")
	}
	for i := view.Slot(1); i < st.Calls.Cap(); i++ {
		if c := st.Calls.At(i); st.Calls.Live(i) && c.EndD == 0 {
			say(c.Process, " waits for ", c.Method)
		}
	}
	for i := view.Slot(1); i < st.Runs.Cap(); i++ {
		if r := st.Runs.At(i); st.Runs.Live(i) && r.EndD == 0 {
			say(r.Process, " runs ", r.Method)
		}
	}
	if more > 0 {
		b.WriteString(" And " + strconv.Itoa(more) + " more.")
	}
	return b.String()
}
