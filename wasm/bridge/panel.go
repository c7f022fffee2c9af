package bridge

import (
	"sort"

	"rpcscope/engine/flow"
	"rpcscope/engine/player"
)

// AppendPanel appends the panel model as JSON, as encoding/json would write it by the tags of its structs: that needs
// reflection, which is large and slow. TestThePanelHasEveryField says which field is missing here.
func AppendPanel(b []byte, p *player.Panel) []byte {
	w := writer(append(b, '{'))
	w.int("v", p.V)
	w.text("mode", p.Mode)
	w.text("title", p.Title)
	w.name("scenario", p.Scenario)
	w.text("carrier", p.Carrier)
	w.count("seed", p.Seed)
	w.number("epochMs", p.EpochMs)
	w.play(&p.Play)
	if w.list("actions", p.Actions == nil) {
		for i := range p.Actions {
			w.action(&p.Actions[i])
		}
		w.end(']')
	}
	w.selection(p.Select)
	w.count("logFirst", p.LogFirst)
	w.count("logTotal", p.LogTotal)
	w.counters(&p.Counters)
	if w.list("methods", p.Methods == nil) {
		for i := range p.Methods {
			m := &p.Methods[i]
			w.item('{')
			w.text("name", m.Name)
			w.text("cls", m.Cls)
			w.count("count", m.Count)
			w.number("p50ms", m.P50Ms)
			w.end('}')
		}
		w.end(']')
	}
	w.live(p.Live)
	w.open("camera", '{')
	w.number("zoom", p.Camera.Zoom)
	w.number("x", p.Camera.X)
	w.number("y", p.Camera.Y)
	w.end('}')
	w.text("summary", p.Summary)
	if w.list("announce", p.Announce == nil) {
		for _, s := range p.Announce {
			w.one(flow.Visible(s))
		}
		w.end(']')
	}
	w.comma()
	return append(p.AppendLong(w), '}')
}

func (w *writer) play(p *player.Play) {
	w.open("play", '{')
	w.yes("playing", p.Playing)
	w.number("speed", p.Speed)
	w.number("d", p.D)
	w.number("start", p.Start)
	w.number("end", p.End)
	w.yes("live", p.Live)
	w.number("t", p.T)
	w.count("event", p.Event)
	w.count("events", p.Events)
	w.yes("canUndo", p.CanUndo)
	w.yes("canRedo", p.CanRedo)
	w.yes("loop", p.Loop)
	w.number("lagMs", p.LagMs)
	w.yes("ended", p.Ended)
	w.text("failed", p.Failed)
	w.number("sent", p.Sent)
	w.count("droppedEvents", p.DroppedEvents)
	w.end('}')
}

func (w *writer) action(a *player.Action) {
	w.item('{')
	w.text("kind", a.Kind)
	w.text("label", a.Label)
	w.name("method", a.Method)
	w.name("target", a.Target)
	w.name("client", a.Client)
	w.yes("enabled", a.Enabled)
	w.end('}')
}

func (w *writer) selection(s *player.Selection) {
	if s == nil {
		w.null("selection")
		return
	}
	w.open("selection", '{')
	w.name("id", s.ID)
	w.text("kind", s.Kind)
	w.text("title", s.Title)
	w.text("sub", s.Sub)
	w.text("cls", s.Cls)
	if w.list("facts", s.Facts == nil) {
		for _, fact := range s.Facts {
			w.item('[')
			for _, v := range fact {
				w.comma()
				w.any(v)
			}
			w.end(']')
		}
		w.end(']')
	}
	if w.list("life", s.Life == nil) {
		for i := range s.Life {
			w.lifeStep(&s.Life[i])
		}
		w.end(']')
	}
	w.why(s.Why)
	if w.list("envelope", s.Envelope == nil) {
		for _, e := range s.Envelope {
			w.item('[')
			w.one(flow.Visible(e[0]))
			w.one(flow.Visible(e[1]))
			w.end(']')
		}
		w.end(']')
	}
	if s.Body == nil {
		w.null("body")
	} else {
		w.text("body", *s.Body)
	}
	w.texts("related", s.Related)
	if w.list("deeds", s.Deeds == nil) {
		for i := range s.Deeds {
			d := &s.Deeds[i]
			w.item('{')
			w.text("kind", d.Kind)
			w.name("client", d.Client)
			w.name("queue", d.Queue)
			w.number("value", float64(d.Value))
			w.text("when", d.When)
			w.text("label", d.Label)
			w.end('}')
		}
		w.end(']')
	}
	w.yes("deduced", s.Deduced)
	w.yes("gone", s.Gone)
	w.end('}')
}

func (w *writer) lifeStep(s *player.LifeStep) {
	w.item('{')
	w.number("t", s.T)
	w.number("d", s.D)
	w.text("code", s.Code)
	w.args(s.Args)
	w.text("state", s.State)
	if s.Cls != "" {
		w.text("cls", s.Cls)
	}
	w.end('}')
}

func (w *writer) why(y *player.Why) {
	if y == nil {
		w.null("why")
		return
	}
	w.open("why", '{')
	w.text("code", y.Code)
	w.args(y.Args)
	if w.list("tried", y.Tried == nil) {
		for _, t := range y.Tried {
			w.item('{')
			w.text("name", t.Name)
			w.yes("match", t.Match)
			w.end('}')
		}
		w.end(']')
	}
	w.int("more", y.More)
	w.end('}')
}

func (w *writer) args(a player.Args) {
	if a == nil {
		w.null("args")
		return
	}
	w.open("args", '{')
	names := make([]string, 0, len(a))
	for name := range a {
		names = append(names, name)
	}
	sort.Strings(names) // the same model is the same text
	for _, name := range names {
		w.key(name)
		w.any(a[name])
	}
	w.end('}')
}

func (w *writer) counters(c *player.Counters) {
	w.open("counters", '{')
	w.byClass("published", &c.Published)
	w.byClass("delivered", &c.Delivered)
	w.open("calls", '{')
	w.count("total", c.Calls.Total)
	w.count("answered_ok", c.Calls.AnsweredOK)
	w.count("answered_error", c.Calls.AnsweredError)
	w.count("unanswered", c.Calls.Unanswered)
	w.count("late_replies", c.Calls.LateReplies)
	w.count("heartbeat_replies", c.Calls.HeartbeatReplies)
	w.count("waiting", c.Calls.Waiting)
	w.end('}')
	w.open("rest", '{')
	w.count("requests", c.REST.Requests)
	w.count("answered", c.REST.Answered)
	w.count("refused", c.REST.Refused)
	w.count("no_response", c.REST.NoResponse)
	w.end('}')
	w.count("unrouted", c.Unrouted)
	w.count("returned", c.Returned)
	w.count("redelivered", c.Redelivered)
	w.count("lost", c.Lost)
	w.end('}')
}

func (w *writer) byClass(key string, c *player.ByClass) {
	w.open(key, '{')
	w.count("call", c.Call)
	w.count("reply", c.Reply)
	w.count("cast", c.Cast)
	w.count("fanout", c.Fanout)
	w.count("notification", c.Notification)
	w.count("other", c.Other)
	w.end('}')
}

func (w *writer) live(l *player.LiveStatus) {
	if l == nil {
		w.null("live")
		return
	}
	w.open("live", '{')
	w.text("state", l.State)
	w.text("text", l.Text)
	w.text("remedy", l.Remedy)
	w.text("broker", l.Broker)
	w.texts("vhosts", l.VHosts)
	w.count("captured", l.Captured)
	w.count("delivered", l.Delivered)
	w.dropped(l.Dropped)
	w.int("lagMs", int(l.LagMs))
	if l.Coverage == nil {
		w.null("coverage")
	} else {
		w.number("coverage", *l.Coverage)
	}
	w.text("since", l.Since)
	w.text("clock", l.Clock)
	w.text("zone", l.Zone)
	w.int("offsetMin", l.OffsetMin)
	w.end('}')
}

func (w *writer) dropped(reasons map[string]uint64) {
	if reasons == nil {
		w.null("dropped")
		return
	}
	w.open("dropped", '{')
	names := make([]string, 0, len(reasons))
	for name := range reasons {
		names = append(names, name)
	}
	sort.Strings(names)
	for _, name := range names {
		w.count(name, reasons[name])
	}
	w.end('}')
}
