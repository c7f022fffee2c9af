package scene

import (
	"rpcscope/engine/layout"
	"rpcscope/engine/view"
)

// CarrierWords are those words of the map that are others on a transport without RabbitMQ. An empty one is the same.
type CarrierWords struct {
	Heads [9]string // by layout.HeadWord
	// Back is the node that all answers pass; Key stands at its line to the caller.
	Back, Key string
	// NoBroker is the short form of what stands where the broker would.
	NoBroker string
}

// carrierWords are the English ones, by view.Carrier.
func carrierWords() (c [5]CarrierWords) {
	for i := range c {
		h := &c[i].Heads
		switch view.Carrier(i) {
		case view.CarrierQpid1:
			c[i].Back = "replies"
		case view.CarrierQpid2:
			c[i].Back = "amq.direct"
		case view.CarrierZMQ1:
			h[layout.HeadExchanges], h[layout.HeadQueues] = "Receiver daemons", "IPC sockets"
			h[layout.HeadBroker], c[i].NoBroker = "no broker: a daemon on each host", "no broker"
			c[i].Back, c[i].Key = "daemons", "by its msg_id"
		case view.CarrierZMQ2:
			h[layout.HeadExchanges], h[layout.HeadQueues] = "Sending sockets", "Receiving sockets"
			h[layout.HeadBroker], c[i].NoBroker = "no broker: peers connect", "no broker"
			c[i].Back, c[i].Key = "way back", "by identity"
		}
	}
	return c
}

// headWord is the word of a column.
func (b *Builder) headWord(h layout.HeadWord) string {
	if s := b.words.Carriers[b.st.Carrier].Heads[h]; s != "" {
		return s
	}
	return b.words.Heads[h]
}

// back is the name of the exchange without a name, or of what stands in its place.
func (b *Builder) back() string {
	if s := b.words.Carriers[b.st.Carrier].Back; s != "" {
		return s
	}
	return b.words.Default
}

// backKey is what selects the reply queue.
func (b *Builder) backKey() string {
	if s := b.words.Carriers[b.st.Carrier].Key; s != "" {
		return s
	}
	return b.words.KeyIsName
}

// under is the colour of the ground on which the nodes in the middle stand.
func (b *Builder) under() Paint {
	if b.st.Brokerless() {
		return Ground
	}
	return BrokerFill
}

// socketOf is the type of the socket that a queue's node stands for, "" when it is a queue.
func (b *Builder) socketOf(n *layout.Node) string {
	if n.Kind == layout.KindQueue && b.st.Queues.Live(n.Slot) && b.st.Queues.At(n.Slot).Socket {
		return b.txt.names.Text(b.st.Queues.At(n.Slot).Type)
	}
	return ""
}

// several picks the words for exchanges, or for sockets where there is no broker.
func (b *Builder) several(exchanges, sockets [2]string) [2]string {
	if b.st.Brokerless() {
		return sockets
	}
	return exchanges
}

// lost is the word for why a message or a thing is gone; where there is no broker, no queue is to blame.
func (b *Builder) lost(code string) string {
	if code == "unroutable" && b.st.Brokerless() {
		return b.words.NoPeer
	}
	return b.words.lost(code)
}
