package diff

import "rpcscope/engine/flow"

// call takes what a program says of a call, a cast, an event or a request by HTTP.
func (s *Stream) call(e *flow.Event) {
	token := anyID
	switch {
	case !e.RPC.IsZero():
		token = s.randomID(e.RPC)
	case e.Msg != 0:
		token = s.id(idMessage, uint64(e.Msg), 0)
	}
	t := s.thing(thingKey{kind: thingCall, token: token, proc: s.proc(e.Process).number}, 0)
	s.begin(e.Kind.String() + " " + e.Class.String())
	s.put(" ", e.Label)
	if e.Kind == flow.RestRequest || e.Kind == flow.RestResponse {
		s.putID(" with ", s.id(idProcess, uint64(s.proc(e.Key).number), 0))
		s.number(", status ", e.Value)
	} else {
		s.put(" to ", e.Key)
	}
	s.put(" ", e.Text)
	s.put(": ", e.Args)
	if e.Kind == flow.Request {
		s.number(", timeout in ms ", e.Value/1e6)
	}
	s.flags(e.Flags)
	s.end(&t.actor, e, Everything, catOther)
}

func (s *Stream) process(e *flow.Event) {
	p := s.proc(e.Process)
	// Only a simulation sees processes; all others conclude them from connections.
	s.program = s.program || !e.Has(flow.Inferred) && !e.Has(flow.Snapshot)
	switch e.Kind {
	case flow.ProcessStart:
		p.program, p.pid = e.Label, e.Value
		if e.Flags&(flow.Inferred|flow.Snapshot) != 0 {
			return
		}
		s.begin("starts, role")
		s.put(" ", e.Key)
	case flow.ProcessReady:
		s.begin("is ready")
	case flow.ProcessStop:
		s.begin("ends")
		s.put(": ", e.Label)
	}
	s.end(&p.actor, e, Everything, catOther)
}

// peer takes what only transports without RabbitMQ have: sockets and who is connected, links, the matchmaker's records.
func (s *Stream) peer(e *flow.Event) {
	name := e.Key
	switch e.Kind {
	case flow.SocketOpen, flow.SocketClose, flow.SocketConnect, flow.SocketDisconnect:
		if name = e.Exchange; name == 0 {
			name = e.Queue
		}
	case flow.LinkAttach, flow.LinkDetach:
		name = e.Tag
	case flow.Transport:
		name = e.Label
	}
	t := s.thing(thingKey{kind: thingPeer, token: anyID, name: name, proc: s.proc(e.Process).number}, name)
	s.begin(e.Kind.String())
	for _, n := range []flow.Name{e.Label, e.Exchange, e.Queue, e.Tag, e.Key, e.Text, e.Args} {
		s.put(" ", n)
	}
	s.number(", ", e.Value)
	s.flags(e.Flags)
	s.end(&t.actor, e, Everything, catOther)
}
