package view

import (
	"slices"

	"rpcscope/engine/flow"
)

// Record is what the matchmaker knows under a key: one of its values.
type Record struct {
	Key, Value, Owner flow.Name
	// Until is the stream time at which it expires, 0 for never.
	Until int64
}

// maxRecords bounds the matchmaker's records that are kept.
const maxRecords = 512

// Brokerless reports whether messages go from socket to socket.
func (s *State) Brokerless() bool { return s.Carrier == CarrierZMQ1 || s.Carrier == CarrierZMQ2 }

// Carrier is the transport that a stream is of.
type Carrier uint8

// The carriers.
const (
	// CarrierRabbit is what streams are of that do not say.
	CarrierRabbit Carrier = iota
	CarrierQpid1
	CarrierQpid2
	CarrierZMQ1
	CarrierZMQ2
)

var carriers = [...]string{CarrierQpid1: "qpid-1", CarrierQpid2: "qpid-2", CarrierZMQ1: "zmq-1", CarrierZMQ2: "zmq-2"}

func (s *State) transport(e *flow.Event) {
	s.How = e.Text
	for i, name := range carriers {
		if name != "" && s.names.Text(e.Label) == name {
			s.Carrier = Carrier(i)
		}
	}
	s.Shape++
}

// sender is the node by which a message is sent. Without RabbitMQ, all that
// answers pass on their way back is one node in the reply lane: the same
// connections backwards, the callers' daemons, a proxy, amq.direct.
func (s *State) sender(e *flow.Event) flow.Name {
	if e.Class == flow.ClassReply && s.Carrier != CarrierRabbit {
		return 0
	}
	return e.Exchange
}

func (s *State) socketOpen(d int64, e *flow.Event) {
	if e.Exchange != 0 {
		if x := s.exchange(d, e, e.Exchange); x != 0 {
			v := s.Exchanges.At(x)
			s.revive(&v.Life, d, e)
			v.Type, v.Form = e.Label, FormSocket
			s.Shape++
		}
	}
	q := s.queue(d, e)
	if q == 0 {
		return
	}
	v := s.Queues.At(q)
	if s.revive(&v.Life, d, e) {
		s.emptyQueue(q)
		v.Ready, v.Unacked = 0, 0
	}
	v.Type, v.Args, v.Owner, v.Socket = e.Label, e.Text, e.Process, true
	v.Reply, v.Fanout = e.Class == flow.ClassReply, e.Class == flow.ClassFanout
	if !e.Has(flow.Snapshot) { // a snapshot says who reads from it
		s.consume(d, e)
	}
}

func (s *State) socketClose(d int64, e *flow.Event) {
	c := *e
	c.Label = e.Text
	if e.Exchange != 0 {
		s.exchangeDelete(d, &c)
	}
	if e.Queue != 0 {
		s.queueDelete(d, &c)
	}
}

func (s *State) linkAttach(d int64, e *flow.Event) {
	s.consume(d, e)
	if q := s.QueueSlot(e.VHost, e.Queue); q != 0 && s.Queues.At(q).Args == 0 {
		s.Queues.At(q).Args = e.Text
	}
}

func (s *State) linkDetach(d int64, e *flow.Event) {
	c := *e
	c.Label = e.Text
	s.cancel(d, &c)
}

func (s *State) record(e *flow.Event) {
	at := slices.IndexFunc(s.Records, func(r Record) bool { return r.Key == e.Key && r.Value == e.Text })
	if e.Kind == flow.RecordGone {
		if at >= 0 {
			s.Records = slices.Delete(s.Records, at, at+1)
		}
		return
	}
	if at < 0 {
		if len(s.Records) == maxRecords {
			s.Counters.Skipped++
			return
		}
		s.Records = append(s.Records, Record{Key: e.Key, Value: e.Text, Owner: e.Process})
		at = len(s.Records) - 1
	}
	if s.Records[at].Until = 0; e.Value > 0 {
		s.Records[at].Until = e.At + e.Value
	}
}

func (s *State) foldTransport(d int64, e *flow.Event) {
	switch e.Kind {
	case flow.Transport:
		s.transport(e)
	case flow.SocketOpen:
		s.socketOpen(d, e)
	case flow.SocketClose:
		s.socketClose(d, e)
	case flow.SocketConnect:
		s.bind(d, e)
	case flow.SocketDisconnect:
		s.unbind(d, e)
	case flow.LinkAttach:
		s.linkAttach(d, e)
	case flow.LinkDetach:
		s.linkDetach(d, e)
	case flow.Record, flow.RecordGone:
		s.record(e)
	case flow.Lookup:
		s.spoke(s.process(d, e), d)
	}
}
