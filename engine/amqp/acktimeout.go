package amqp

import "rpcscope/engine/sim"

// watchAcks sets a channel's clock for its oldest unacknowledged delivery.
func (b *Broker) watchAcks(ch *channel) {
	if ch.watched || ch.unacked.len() == 0 {
		return
	}
	ch.watched = true
	due := b.now + b.ackTimeout - int64(uint32(b.now/msUnit)-ch.unacked.at(0).since)*msUnit
	b.events.Push(sim.Item{At: due, Kind: kindAckTimeout, A: ch.conn, B: uint32(ch.number), C: ch.serial})
}

// ackTimer closes a channel whose oldest delivery has waited too long for its
// acknowledgement. RabbitMQ looks once a minute; the model when it is time.
func (b *Broker) ackTimer(c ConnID, number, serial uint32) {
	cn := b.conn(c)
	if cn == nil || int(number) >= len(cn.channels) || cn.channels[number] == 0 {
		return
	}
	ch := b.chans.get(cn.channels[number])
	if ch.serial != serial || ch.closing {
		return
	}
	ch.watched = false
	if ch.unacked.len() == 0 || int64(uint32(b.now/msUnit)-ch.unacked.at(0).since)*msUnit < b.ackTimeout {
		b.watchAcks(ch)
		return
	}
	b.fail(cn, ch, preconditionFailed, "delivery acknowledgement on channel "+decimal(int64(number))+" timed out. Timeout value used: "+msText(b.ackTimeout)+
		" ms. This timeout value can be configured, see consumers doc guide to learn more", OpNone)
}
