package scenario

import (
	"slices"
	"strconv"

	"rpcscope/engine/rpc"
	"rpcscope/engine/transport"
)

// undone are the deeds that end what another began.
var undone = map[rpc.ActKind]struct {
	by   []rpc.ActKind
	what string
}{
	rpc.ActContinue:    {[]rpc.ActKind{rpc.ActPause}, "pauses"},
	rpc.ActRestore:     {[]rpc.ActKind{rpc.ActCut, rpc.ActDelay}, "cuts or delays the link of"},
	rpc.ActStart:       {[]rpc.ActKind{rpc.ActStop, rpc.ActKill}, "stops"},
	rpc.ActStartBroker: {[]rpc.ActKind{rpc.ActStopBroker}, "stops the broker"},
	rpc.ActClearAlarm:  {[]rpc.ActKind{rpc.ActAlarm}, "raises that alarm"},
}

// spent are the deeds that come to nothing once one of some others was done, until something ends that.
var spent = map[rpc.ActKind]struct{ by, until []rpc.ActKind }{
	rpc.ActKill:       {[]rpc.ActKind{rpc.ActKill}, []rpc.ActKind{rpc.ActStart}},
	rpc.ActStop:       {[]rpc.ActKind{rpc.ActKill, rpc.ActStop}, []rpc.ActKind{rpc.ActStart}},
	rpc.ActPause:      {[]rpc.ActKind{rpc.ActKill, rpc.ActPause}, []rpc.ActKind{rpc.ActStart, rpc.ActContinue}},
	rpc.ActCut:        {[]rpc.ActKind{rpc.ActCut}, []rpc.ActKind{rpc.ActRestore}},
	rpc.ActStopBroker: {[]rpc.ActKind{rpc.ActStopBroker}, []rpc.ActKind{rpc.ActStartBroker, rpc.ActRestart}},
	rpc.ActAlarm:      {[]rpc.ActKind{rpc.ActAlarm}, []rpc.ActKind{rpc.ActClearAlarm, rpc.ActStartBroker, rpc.ActRestart}},
}

// effect refuses what an entry of the operator cannot have any effect on.
func (r *reader) effect(path string, d *Document, i int) {
	a := &d.Config.Operator[i]
	p := processNamed(&d.Config, a.Process)
	what := join(path, rpc.ActNames[a.Kind])
	if u, ok := undone[a.Kind]; ok && !began(d, i, u.by) {
		who := ""
		if p != nil {
			who = " " + quote(a.Process)
		}
		r.fail(what, "comes to nothing: no entry before it "+u.what+who, "remove it, or add what it is to end")
	}
	if k := spentBy(d, i); k >= 0 {
		r.fail(what, "comes to nothing after $.operator["+strconv.Itoa(k)+"], which lasts until then", "remove it, or end that before")
	}
	if p == nil {
		return
	}
	switch {
	case needsRunning(a.Kind) && !a.When.Waits() && a.At < p.StartAt:
		r.fail(path+".at", "comes to nothing: "+quote(p.Name)+" starts at "+formatDuration(p.StartAt), "let it be later, or let the process start earlier")
	case a.Kind == rpc.ActSlow && a.Value == 1000 && !began(d, i, []rpc.ActKind{rpc.ActSlow}):
		r.fail(path+".times", "comes to nothing: 1 is the usual speed, and no entry before it slows down "+quote(p.Name), "write a greater number")
	case a.Kind == rpc.ActDelay && a.Value == 0 && !began(d, i, []rpc.ActKind{rpc.ActDelay}):
		r.fail(path+".by", "comes to nothing: no entry before it delays the link of "+quote(p.Name), "write a longer time")
	case a.Kind == rpc.ActVersion && len(p.Servers) == 0:
		r.fail(what, quote(p.Name)+" has no servers, and so no endpoints with a version", "name a process that serves")
	case a.Kind == rpc.ActLoseReply && d.Config.Options.Profile == rpc.Classic:
		r.fail(what, "is not known to the profile classic, where each call has a reply queue of its own", `change $.profile to "modern" or "classic-single"`)
	case a.Kind == rpc.ActLoseReply && len(sent(d, p, true)) == 0:
		r.fail(what, quote(p.Name)+" calls nobody, and so has no reply queue", "name a process that calls")
	case a.Kind == rpc.ActDrop && a.Role == rpc.Listening && len(p.Servers)+len(p.Listeners) == 0:
		r.fail(path+".connections", quote(p.Name)+" has neither servers nor listeners, and so no such connection", "name another process, or other connections")
	case a.Kind == rpc.ActDrop && a.Role == rpc.Replies && len(sent(d, p, true)) == 0:
		r.fail(path+".connections", quote(p.Name)+" calls nobody, and so has no such connection", "name another process, or other connections")
	case a.Kind == rpc.ActPoison:
		step := a.Step
		if field, bad, remedy := r.unmet(&step, &d.Config, p); field == "topic" || field == "exchange" || field == "server" {
			r.fail(path+"."+field, bad, remedy)
		}
	}
}

// began reports whether an entry before the one at i, or one that waits for something, begins what that one ends.
func began(d *Document, i int, by []rpc.ActKind) bool {
	a := &d.Config.Operator[i]
	for k := range d.Config.Operator {
		b := &d.Config.Operator[k]
		if slices.Contains(by, b.Kind) && b.Process == a.Process && b.Alarm == a.Alarm && (k < i || a.When.Waits() || b.When.Waits()) {
			return true
		}
	}
	if a.Kind != rpc.ActStart {
		return false
	}
	p := processNamed(&d.Config, a.Process)
	ends := a.When.Has == rpc.HasStopped || p != nil && p.Options.MaxRetries > 0
	eachProcessStep(d, func(q *rpc.Process, s *rpc.Step) {
		ends = ends || q == p && (s.Kind == rpc.StepExit || s.Kind == rpc.StepStopServer)
	})
	return ends
}

// spentBy is the entry that leaves nothing to do for the one at i, -1 where none certainly does.
func spentBy(d *Document, i int) int {
	list := d.Config.Operator
	a := &list[i]
	s, ok := spent[a.Kind]
	if !ok || a.When.Waits() {
		return -1
	}
	found := -1
	for k := range list {
		b := &list[k]
		if b.Process != a.Process {
			continue
		}
		switch {
		case slices.Contains(s.until, b.Kind) && b.When.Waits():
			return -1
		case k >= i || b.When.Waits():
		case slices.Contains(s.until, b.Kind):
			found = -1
		case slices.Contains(s.by, b.Kind) && b.Alarm == a.Alarm:
			found = k
		}
	}
	return found
}

// needsRunning reports whether a deed can only be done to a process that runs.
func needsRunning(k rpc.ActKind) bool {
	return k == rpc.ActKill || k == rpc.ActStop || k == rpc.ActPause || k == rpc.ActSlow
}

// comes refuses a condition that can never come about.
func (r *reader) comes(path string, d *Document, w *rpc.When) {
	p := processNamed(&d.Config, w.Process)
	t := d.Config.Transport
	switch {
	case w.Queue != "" && t != nil:
		r.fail(path+".queue", "is modelled for RabbitMQ only", "wait for what a process has done, or choose a profile of RabbitMQ")
	case p == nil || !w.Has.OfMethod():
		return
	case w.Has == rpc.HasReplied && (t != nil || d.Config.Options.Profile.Old()):
		r.fail(path+".has", `"replied" is what oslo.messaging learns from RabbitMQ's confirm, which this profile does not ask for`, `write "finished", or change $.profile to "modern"`)
	case w.Has == rpc.HasAcknowledged && t != nil && transport.Family(t.Profile) == "zmq":
		r.fail(path+".has", "\"acknowledged\" never comes, as nothing is acknowledged with ZeroMQ", `write "fetched", or choose another profile`)
	}
	if p == nil {
		return
	}
	able, why := doers(d, p, w.Has)
	if len(able) == 0 {
		r.fail(path+".process", quote(p.Name)+" "+why, "name another process, or wait for something else")
	}
	if w.Method != "" && !slices.Contains(able, w.Method) {
		r.fail(path+".method", "never comes: "+quote(p.Name)+" has "+rpc.DeedNames[w.Has]+" no "+quote(w.Method), perhaps(w.Method, able, "what it may be: "+listed(able)))
	}
}

// doers are the methods and events with which a process can come to a deed, and why there are none.
func doers(d *Document, p *rpc.Process, has rpc.Deed) (methods []string, why string) {
	switch has {
	case rpc.HasRequested:
		return sent(d, p, false), "sends no requests"
	case rpc.HasAnswer, rpc.HasTimedOut:
		return sent(d, p, true), "calls nobody"
	case rpc.HasFinished:
		return served(p), "serves nothing"
	case rpc.HasReplied:
		var called []string
		for i := range d.Config.Processes {
			called = append(called, sent(d, &d.Config.Processes[i], true)...)
		}
		for _, m := range served(p) {
			if slices.Contains(called, m) {
				methods = append(methods, m)
			}
		}
		return methods, "serves nothing that is called"
	}
	// fetched and acknowledged: whatever comes to a topic that it listens to, whether it has a method for it or not
	eachStep(d, func(s *rpc.Step) {
		notify := s.Kind == rpc.StepNotify
		if notify && len(p.Listeners) > 0 || !notify && len(p.Servers) > 0 && s.Topic != "" {
			methods = append(methods, s.Method)
		}
	})
	return methods, "is sent nothing, or listens to nothing"
}

// sent are the methods that a process sends, or only those that it calls.
func sent(d *Document, p *rpc.Process, calls bool) (methods []string) {
	eachProcessStep(d, func(q *rpc.Process, s *rpc.Step) {
		switch call := s.Kind == rpc.StepCall || s.Kind == rpc.StepMulticall; {
		case q != p:
		case call, !calls && (s.Kind == rpc.StepCast || s.Kind == rpc.StepFanout):
			methods = append(methods, s.Method)
		}
	})
	return methods
}

// served are the methods of a process's servers.
func served(p *rpc.Process) (methods []string) {
	for k := range p.Servers {
		for e := range p.Servers[k].Endpoints {
			for m := range p.Servers[k].Endpoints[e].Methods {
				methods = append(methods, p.Servers[k].Endpoints[e].Methods[m].Name)
			}
		}
	}
	return methods
}
