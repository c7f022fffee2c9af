package player

import (
	"strconv"
	"strings"

	"rpcscope/engine/flow"
	"rpcscope/engine/view"
)

// anatomyFacts are what its source knows of a service: component, program, what it serves, what its requests pass.
func anatomyFacts(o *Selection, anatomy string) {
	component, topics, pipeline := "", "", ""
	for anatomy != "" {
		name, value, rest := flow.Anatomy(anatomy)
		anatomy = rest
		switch name {
		case flow.AnatomyComponent:
			component = value
		case flow.AnatomyDoor:
			o.fact("component", component+", its door for the others")
			component = ""
		case flow.AnatomyFilter:
			pipeline += value + " → "
		case flow.AnatomyApp:
			pipeline += value
		case flow.AnatomyTopic:
			if !strings.Contains(topics+",", " "+value+",") {
				topics += ", " + value
				o.name("topic", value)
			}
		default:
			if component != "" {
				o.fact("component", component)
				component = ""
			}
			o.name(name, value)
		}
	}
	o.fact("component", component)
	o.name("pipeline", pipeline)
}

// callers lists whose messages a process was sent.
func callers(o *Selection, n *flow.Names, v *view.Process) {
	for i := range v.Callers {
		if c := &v.Callers[i]; c.Name != 0 {
			o.fact("called-by", n.Text(c.Name)+", "+count(int64(c.Count), "message", "messages"))
			o.relate(processID(n, c.Name))
		}
	}
	if v.Others > 0 {
		o.fact("called-by", "others, "+count(int64(v.Others), "message", "messages"))
	}
}

// inspectREST tells of a request between services: who asked whom for what, the answer, and the pipeline it passed.
func (p *Player) inspectREST(o *Selection) {
	n, s := p.names, &p.sel
	o.Kind, o.Cls, o.Gone = "rest", flow.ClassREST.String(), false
	var asked, last *flow.Event
	service := flow.Name(0)
	for i := range s.events {
		m := &s.events[i]
		switch {
		case m.e.Kind == flow.RestRequest:
			asked, service = &m.e, m.e.Key
		case m.d > p.d || m.e.Kind == flow.RestFilter:
			continue
		case m.e.Kind == flow.RestResponse && asked == nil:
			service = m.e.Process
		}
		if m.d <= p.d {
			last = &m.e
		}
	}
	if asked == nil { // it began before the log does
		o.Title = "REST request"
	} else {
		o.Title = n.Text(asked.Label) + " " + n.Text(asked.Text)
		o.name("method", n.Text(asked.Label))
		o.name("path", n.Text(asked.Text))
		o.name("called-by", n.Text(asked.Process))
	}
	o.name("served-by", n.Text(service))
	status, by := "", flow.Name(0)
	for i := range s.events {
		e := &s.events[i].e
		if s.events[i].d > p.d {
			break
		}
		switch e.Kind {
		case flow.RestResponse:
			status, by = strconv.FormatInt(e.Value, 10), e.Tag
			o.fact("status", strings.TrimSpace(status+" "+reason(e.Value)))
			o.name("answered-by", n.Text(by))
		case flow.RestDone, flow.RestFailure:
			o.fact("latency", duration(e.Value))
			o.fact("failure", n.Text(e.Tag))
			o.fact("message", n.Text(e.Args))
		}
	}
	switch {
	case last == nil:
		o.Sub = "not sent yet"
	case last.Kind == flow.RestRequest:
		o.Sub = "waiting for the answer"
	case last.Kind == flow.RestResponse:
		o.Sub = "answered " + status + ", on its way back"
	case last.Kind == flow.RestDone:
		o.Sub = status + " after " + duration(last.Value)
	default:
		o.Sub = "no answer"
	}
	o.Life = p.lifeOf()
	o.Why = p.passed(service, by, status)
	if asked != nil {
		o.relate(processID(n, asked.Process))
	}
	o.relate(processID(n, service))
}

// passed says which filters of the service's pipeline a request passed by now, nil when nothing is known of one.
func (p *Player) passed(service, by flow.Name, status string) *Why {
	n, st := p.names, p.State()
	slot := st.ProcessSlot(service)
	if slot == 0 {
		return nil
	}
	w := &Why{Code: "pipeline", Args: Args{"service": n.Text(service), "filter": n.Text(by), "status": status}, Tried: []Tried{}}
	stop := false
	reached := p.reached()
	switch {
	case by != 0:
		w.Code = "pipeline-answered"
	case status == "" && reached == 0:
		w.Code = "pipeline-ahead"
	}
	for anatomy := n.Text(st.Processes.At(slot).Anatomy); anatomy != ""; {
		name, value, rest := flow.Anatomy(anatomy)
		anatomy = rest
		if name != flow.AnatomyFilter && name != flow.AnatomyApp {
			continue
		}
		stop = stop || by != 0 && value == n.Text(by)
		w.add(value, !stop && (status != "" || reached != 0 && value == n.Text(reached)))
		if status == "" && reached != 0 && value == n.Text(reached) {
			for i := range w.Tried {
				w.Tried[i].Match = true
			}
		}
	}
	if len(w.Tried) == 0 {
		return nil
	}
	return w
}

// reached is the last filter that said it passed the selected request on, 0 for none.
func (p *Player) reached() (name flow.Name) {
	for i := range p.sel.events {
		if m := &p.sel.events[i]; m.d <= p.d && m.e.Kind == flow.RestFilter {
			name = m.e.Label
		}
	}
	return name
}

// restStep gives the code and arguments of a moment in a request's life.
func restStep(n *flow.Names, e *flow.Event, args Args) (string, Args) {
	args["verb"], args["path"], args["service"] = n.Text(e.Label), n.Text(e.Text), n.Text(e.Key)
	switch e.Kind {
	case flow.RestResponse:
		args["status"], args["filter"] = strconv.FormatInt(e.Value, 10), n.Text(e.Tag)
	case flow.RestFilter:
		args["filter"], args["took"] = n.Text(e.Label), duration(e.Value)
	case flow.RestDone:
		args["status"], args["took"] = strconv.Itoa(int(e.Count)), duration(e.Value)
	case flow.RestFailure:
		args["failure"], args["took"] = n.Text(e.Tag), duration(e.Value)
	}
	return e.Kind.String(), args
}

// reason is the phrase that goes with a status (RFC 9110, RFC 6585), "" for others.
func reason(status int64) string {
	switch status {
	case 200:
		return "OK"
	case 201:
		return "Created"
	case 202:
		return "Accepted"
	case 204:
		return "No Content"
	case 300:
		return "Multiple Choices"
	case 400:
		return "Bad Request"
	case 401:
		return "Unauthorized"
	case 403:
		return "Forbidden"
	case 404:
		return "Not Found"
	case 409:
		return "Conflict"
	case 413:
		return "Content Too Large"
	case 429:
		return "Too Many Requests"
	case 500:
		return "Internal Server Error"
	case 502:
		return "Bad Gateway"
	case 503:
		return "Service Unavailable"
	case 504:
		return "Gateway Timeout"
	}
	return ""
}
