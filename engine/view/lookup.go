package view

import "rpcscope/engine/flow"

// words are the texts that the fold itself must know.
type words struct {
	direct, topic, fanout, headers         flow.Name
	invoker, worker, both, killed, stopped flow.Name
	unroutable, returned, expired, closed  flow.Name
	queueDeleted, exchangeDeleted          flow.Name
	connection, daemon                     flow.Name
}

func (w *words) learn(n *flow.Names) {
	*w = words{
		direct: n.Intern("direct"), topic: n.Intern("topic"), fanout: n.Intern("fanout"), headers: n.Intern("headers"),
		invoker: n.Intern("invoker"), worker: n.Intern("worker"), both: n.Intern("both"),
		killed: n.Intern("killed"), stopped: n.Intern("stopped"),
		unroutable: n.Intern("unroutable"), returned: n.Intern("returned"), expired: n.Intern("expired"),
		closed: n.Intern("closed"), queueDeleted: n.Intern("queue deleted"), exchangeDeleted: n.Intern("exchange deleted"),
		connection: n.Intern("connection closed"), daemon: n.Intern("daemon"),
	}
}

// indexes find slots by what events name.
type indexes struct {
	process, connection, exchange, queue index
	binding, consumer, link              index
	message, call, run, rest, method     index
}

// New returns an empty State that reads names from the table of its stream.
func New(names *flow.Names, limits Limits) *State {
	s := &State{names: names, limits: limits}
	s.words.learn(names)
	s.Processes.init()
	s.Connections.init()
	s.Exchanges.init()
	s.Queues.init()
	s.Bindings.init()
	s.Consumers.init()
	s.Links.init()
	s.Messages.init()
	s.Copies.init()
	s.Calls.init()
	s.Runs.init()
	s.Rests.init()
	s.Drops.init()
	s.Methods.init()
	return s
}

// Names is the table that the State's names belong to.
func (s *State) Names() *flow.Names { return s.names }

func pair(a, b flow.Name) uint64 { return uint64(a)<<32 | uint64(b) }

func fold64(a, b uint64) uint64 { return mix(a)*0x9e3779b97f4a7c15 ^ mix(b+0x632be59bd9b4e019) }

//go:noinline
func idKey(id flow.ID) uint64 {
	var a, b uint64
	for i := range 8 {
		a |= uint64(id[i]) << (8 * i)
		b |= uint64(id[8+i]) << (8 * i)
	}
	return a ^ b*0x9e3779b97f4a7c15
}

func bindingKey(exchange, dest Slot, toExchange bool, key, args flow.Name) uint64 {
	k := uint64(exchange)<<32 | uint64(dest)<<1
	if toExchange {
		k |= 1
	}
	return fold64(k, pair(key, args))
}

func consumerKey(conn flow.Name, channel uint16, queue Slot, tag flow.Name) uint64 {
	return fold64(pair(conn, tag), uint64(queue)<<16|uint64(channel))
}

func linkKey(process, exchange, peer Slot) uint64 {
	return fold64(uint64(process), uint64(exchange)<<32|uint64(peer))
}

// ProcessSlot finds a process by its display identity, 0 when there is none.
func (s *State) ProcessSlot(name flow.Name) Slot { return s.ix.process.get(uint64(name)) }

// ExchangeSlot finds an exchange; the default exchange has the zero name.
func (s *State) ExchangeSlot(vhost, name flow.Name) Slot { return s.ix.exchange.get(pair(vhost, name)) }

// QueueSlot finds a queue.
func (s *State) QueueSlot(vhost, name flow.Name) Slot { return s.ix.queue.get(pair(vhost, name)) }

// MessageSlot finds a message that is still to be seen.
func (s *State) MessageSlot(id flow.MsgID) Slot { return s.ix.message.get(uint64(id)) }

// CallSlot finds a call that waits or ended a short while ago.
func (s *State) CallSlot(id flow.ID) Slot {
	if id.IsZero() {
		return 0
	}
	return s.ix.call.get(idKey(id))
}

// RestSlot finds a REST request.
func (s *State) RestSlot(id flow.ID) Slot { return s.ix.rest.get(idKey(id)) }

// LinkSlot finds the edge from a process to an exchange or, with exchange 0, to the peer that it asks by REST.
func (s *State) LinkSlot(process, exchange, peer Slot) Slot {
	return s.ix.link.get(linkKey(process, exchange, peer))
}

// BindingSlot finds a binding to a queue.
func (s *State) BindingSlot(exchange, queue Slot, key, args flow.Name) Slot {
	return s.ix.binding.get(bindingKey(exchange, queue, false, key, args))
}

// ConsumerSlot finds a consumer of a queue; without a tag the one of that connection and channel.
func (s *State) ConsumerSlot(conn flow.Name, channel uint16, queue Slot, tag flow.Name) Slot {
	if k := s.ix.consumer.get(consumerKey(conn, channel, queue, tag)); k != 0 || queue == 0 {
		return k
	}
	for k := s.Queues.At(queue).FirstConsumer; k != 0; k = s.Consumers.At(k).NextOfQueue {
		if c := s.Consumers.At(k); c.Conn == conn && (c.Channel == channel || channel == 0) {
			return k
		}
	}
	return 0
}
