package pace

import "rpcscope/engine/flow"

// published places the steps between a publisher and the queues.
func (w *placing) published() {
	e := w.e
	w.use(w.exchange())
	switch e.Kind {
	case flow.Publish:
		w.follow(w.lane(lanePublish))
		w.publish()
		w.set(w.lane(lanePublish))
		w.set(w.message())
		if !e.RPC.IsZero() {
			w.set(w.rpc())
		}
	case flow.Route:
		at := w.copy(e.Exchange, true)
		if !w.hopFrom(at) {
			at = w.message()
			w.hopFrom(at)
		}
		if e.Has(flow.ToExchange) {
			w.use(key(ofExchange, w.p.hash(e.VHost), w.p.hash(e.Queue)))
		} else if e.Queue != 0 {
			w.use(w.queue())
			w.touch(w.queue())
		}
		w.arrive(at)
		if e.Has(flow.NoRoute) {
			w.set(w.message())
		} else {
			w.set(w.copy(e.Queue, e.Has(flow.ToExchange)))
		}
	case flow.Return:
		w.follow(w.message())
		w.end = w.step(w.d)
	case flow.Confirm:
		w.hopFrom(w.message())
	}
	w.touch(w.exchange())
}

// publish follows what made a process send: for a reply what was done there for its call, for anything else what its process learned last.
func (w *placing) publish() {
	e := w.e
	if e.Class != flow.ClassReply {
		if !e.RPC.IsZero() {
			w.follow(w.rpc())
		}
		w.learned()
		return
	}
	if e.RPC.IsZero() {
		return
	}
	m := w.p.marks.get(w.work())
	if m == nil {
		m = w.p.marks.get(w.rpc())
	}
	if m != nil {
		switch m.step {
		case flow.Dispatch:
			w.from(w.step(m.d))
		case flow.Deliver:
			// Only a trace of the broker is to be had: leave room for the arrival and for the method.
			w.from(w.step(w.step(m.d)))
		default:
			w.from(m.d)
		}
	}
	w.set(w.work())
}

// work is the chain of what a process does for a call: it gets it, runs it, says from time to time that it still does, ends and answers.
func (w *placing) work() uint64 { return key(ofWork, idKey(w.e.RPC), w.p.hash(w.e.Process)) }

// likely is how long after its cause, in nanoseconds of stream time, an act still counts as caused by it.
const likely = 100_000_000

// learned puts an act of a process after what the process learned last, when it
// does one thing at a time and acts soon, so that the one is the likely cause
// of the other. What a person made it do has no cause but that.
func (w *placing) learned() {
	if w.e.Process == 0 || w.p.pinned && w.e.At-w.p.pinnedAt < likely {
		return
	}
	if c := w.p.clients.get(w.e.Process); c.serving <= 1 && c.waiting == 0 && w.e.At-c.at < likely {
		w.from(c.input)
	}
}

// queued places the steps between a queue and its consumers.
func (w *placing) queued() {
	e := w.e
	in, limited := w.copy(e.Queue, false), false
	if e.Queue != 0 {
		w.use(w.queue())
	} else {
		in = w.message()
		w.use(w.exchange())
	}
	if !w.hopFrom(in) && e.Kind == flow.Enqueue {
		w.hopFrom(w.message())
	}
	switch e.Kind {
	case flow.Enqueue:
		w.follow(w.lane(laneIn))
		w.arrive(in)
		w.set(w.lane(laneIn))
	case flow.Deliver:
		w.follow(w.lane(laneOut))
		if _, limited = w.p.limited[w.lane(laneAck)]; limited {
			w.follow(w.lane(laneAck))
		}
		w.end = w.step(w.d)
		if m := w.p.marks.get(w.lane(laneOut)); m != nil {
			w.end = max(w.end, m.end) // the hop of a later one may be shorter, but it does not overtake
		}
		w.set(w.lane(laneOut))
		if !e.RPC.IsZero() {
			w.set(w.rpc())
			if e.Class != flow.ClassReply {
				w.set(w.work())
			}
		}
		m := w.p.marks.put(w.arrival(), w.stale())
		m.d = w.end
	case flow.Ack, flow.Reject, flow.Requeue:
		if e.Conn != 0 {
			if _, limited = w.p.limited[w.lane(laneAck)]; limited {
				w.follow(w.lane(laneAck))
				w.set(w.lane(laneAck))
			}
		}
		if e.Kind == flow.Requeue {
			w.set(w.lane(laneOut))
		}
	}
	w.set(in)
	if e.Queue != 0 {
		w.touch(w.queue())
	}
}

// called places the steps of an RPC in its processes, and REST.
func (w *placing) called() {
	e := w.e
	c := w.p.clients.get(e.Process)
	switch e.Kind {
	case flow.Request:
		w.learned()
		if e.Class == flow.ClassCall {
			c.waiting++
		}
		w.chain()
	case flow.Dispatch, flow.Notification:
		w.delivered()
		if e.Kind == flow.Dispatch {
			c.serving++
			w.set(w.run())
			if !e.RPC.IsZero() {
				w.set(w.work())
			}
		}
		c.input, c.at = w.d, e.At
		w.chain()
	case flow.Finish:
		w.hopFrom(w.run())
		if c.serving <= 1 {
			w.from(c.input)
		}
		if !e.RPC.IsZero() {
			w.follow(w.work())
			w.set(w.work())
		}
		c.serving = max(0, c.serving-1)
		w.chain()
	case flow.Reply, flow.Failure, flow.LateReply, flow.Heartbeat:
		w.delivered()
		if (e.Kind == flow.Reply || e.Kind == flow.Failure) && !e.RPC.IsZero() {
			c.waiting = max(0, c.waiting-1)
		} else if e.Kind == flow.Heartbeat {
			w.chain()
		}
		c.input, c.at = w.d, e.At
	case flow.Timeout:
		w.follow(w.rpc())
		c.waiting = max(0, c.waiting-1)
		c.input, c.at = w.d, e.At
	case flow.RestRequest, flow.RestResponse:
		w.rest(&c)
	case flow.RestFilter, flow.RestDone, flow.RestFailure:
		w.restStep(&c)
	}
	if e.Process != 0 {
		w.p.clients.set(e.Process, c)
	}
}

func (w *placing) run() uint64 {
	return key(ofRun, idKey(w.e.RPC)^uint64(w.e.Msg)<<1, w.p.hash(w.e.Process))
}

// chain makes the event the last of its RPC.
func (w *placing) chain() {
	if !w.e.RPC.IsZero() {
		w.set(w.rpc())
	}
}

// arrival is the chain in which a delivery waits to be noticed by the process that got it.
func (w *placing) arrival() uint64 {
	return key(arrival, uint64(w.e.Msg), w.p.hash(w.e.Process))
}

// delivered follows the arrival of the message that the event is about, or the RPC where the event names no message.
func (w *placing) delivered() {
	if w.e.Msg != 0 {
		w.follow(w.arrival())
	}
	if w.e.RPC.IsZero() {
		return
	}
	if m := w.p.marks.get(w.rpc()); m != nil {
		if m.step == flow.Deliver && w.e.Msg == 0 {
			w.from(w.step(m.d))
		}
		w.from(m.d)
	}
}

// rest places a REST request or response: what it tells the other side is known there after a hop.
func (w *placing) rest(c *client) {
	e := w.e
	k := key(ofRest, idKey(e.RPC), 0)
	other := w.p.clients.get(e.Key)
	if e.Kind == flow.RestRequest {
		w.learned()
		w.end = w.step(w.d)
		other.serving++
		c.waiting++
	} else {
		w.hopFrom(k)
		if m := w.p.marks.get(k); m != nil {
			w.from(w.step(w.step(m.d)))
		}
		if c.serving <= 1 {
			w.from(c.input)
		}
		w.end = w.step(w.d)
		c.serving = max(0, c.serving-1)
		other.waiting = max(0, other.waiting-1)
	}
	other.input, other.at = w.end, e.At
	if e.Key != 0 && e.Key != e.Process {
		w.p.clients.set(e.Key, other)
	}
	w.set(k)
}

// restStep places what happens to a request where it is: after it came there.
func (w *placing) restStep(c *client) {
	e := w.e
	w.hopFrom(key(ofRest, idKey(e.RPC), 0))
	if e.Kind == flow.RestFailure { // there was no response to say so
		c.waiting = max(0, c.waiting-1)
		if other := w.p.clients.get(e.Key); e.Key != 0 && e.Key != e.Process {
			other.serving = max(0, other.serving-1)
			w.p.clients.set(e.Key, other)
		}
	}
	if e.Kind == flow.RestFilter {
		w.from(c.input)
	}
	c.input, c.at = w.d, e.At
}
