package amqp

import "rpcscope/engine/flow"

// handle is a method reaching the broker.
func (b *Broker) handle(cn *conn, m *Method) {
	if cn.stage == stageOpen && (cn.blocked || b.alarms != 0) && b.heldBack(cn, m) {
		return
	}
	if cn.stage != stageGone {
		b.reportMethod(cn, m, 0)
		switch {
		case m.Op == OpTCPClose:
			b.vanish(cn)
		case cn.stage == stageClosing:
			if m.Op == OpConnectionCloseOk {
				b.hangUp(cn)
			}
		case cn.stage != stageOpen:
			b.handshake(cn, m)
		case m.Channel == 0:
			b.onConnection(cn, m)
		default:
			b.onChannel(cn, m)
		}
	}
	b.discard(m)
	b.failChoked()
}

func (b *Broker) handshake(cn *conn, m *Method) {
	switch {
	case b.stopped:
		b.hangUp(cn)
	case cn.stage == stageNew && m.Op == OpProtocolHeader:
		cn.stage = stageStart
		b.reply(cn, &Method{Op: OpConnectionStart})
	case cn.stage == stageStart && m.Op == OpConnectionStartOk:
		cn.clientName = m.Text
		b.logIn(cn, m)
	case cn.stage == stageTune && m.Op == OpConnectionTuneOk:
		cn.stage = stageOpening
	case cn.stage == stageOpening && m.Op == OpConnectionOpen:
		b.openConnection(cn, m)
	case cn.stage == stageOpening:
		b.failConnection(cn, channelError, "unexpected method in connection state opening", m.Op)
	default: // RabbitMQ hangs up without a word
		b.hangUp(cn)
	}
}

// logIn checks name and password.
func (b *Broker) logIn(cn *conn, m *Method) {
	if u := b.findUser(cn.user); u == nil || u.password != cn.password {
		if cn.plain {
			b.hangUp(cn)
			return
		}
		b.failConnection(cn, accessRefused, "Login was refused using authentication mechanism PLAIN. For details see the broker logfile.", m.Op)
		return
	}
	cn.stage = stageTune
	b.reply(cn, &Method{Op: OpConnectionTune})
}

func (b *Broker) openConnection(cn *conn, m *Method) {
	cn.vhostName = m.Queue
	v := b.findVHost(m.Queue)
	if v < 0 {
		b.failConnection(cn, notAllowed, "vhost "+b.names.Text(m.Queue)+" not found", m.Op)
		return
	}
	if bad := b.overQuota(cn, v); bad != "" {
		b.failConnection(cn, notAllowed, bad, m.Op)
		return
	}
	if b.permission(cn.user, cn.vhostName) == nil {
		b.failConnection(cn, notAllowed, "access to vhost '"+b.names.Text(m.Queue)+"' refused for user '"+b.names.Text(cn.user)+"'", m.Op)
		return
	}
	cn.vhost, cn.stage, cn.trusted = uint32(v), stageOpen, b.trusted(cn)
	e := b.clientEvent(flow.ConnectionOpen, cn, 0)
	e.Text = cn.clientName
	b.emit()
	b.reply(cn, &Method{Op: OpConnectionOpenOk})
}

func (b *Broker) onConnection(cn *conn, m *Method) {
	if m.Op != OpConnectionClose {
		b.failConnection(cn, channelError, "unexpected method in connection state running", m.Op)
		return
	}
	b.closeAll(cn)
	b.reportClosed(cn, m.Value, m.Text)
	cn.stage = stageClosing
	b.reply(cn, &Method{Op: OpConnectionCloseOk})
}

// reportClosed emits ConnectionClose.
func (b *Broker) reportClosed(cn *conn, code int64, reason flow.Name) {
	e := b.clientEvent(flow.ConnectionClose, cn, 0)
	e.Value, e.Text = code, reason
	b.emit()
}

// vanish is the byte stream ending under the broker. The event comes before
// those of the channels then, and after them when a close preceded.
func (b *Broker) vanish(cn *conn) {
	if cn.stage == stageOpen {
		b.reportClosed(cn, 0, b.known.lost)
		b.closeAll(cn)
	}
	cn.stage = stageGone
	if !cn.clientGone { // a manual client said so itself
		b.leave(cn)
	}
}

// hangUp ends the byte stream from the broker's side.
func (b *Broker) hangUp(cn *conn) {
	cn.stage = stageGone
	b.reply(cn, &Method{Op: OpTCPClose})
}

// closeAll ends every channel of a connection, then its exclusive queues. All
// consumers go before the first message is put back: none of them may get it.
func (b *Broker) closeAll(cn *conn) {
	for _, id := range cn.channels {
		if id != 0 {
			b.dropConsumers(b.chans.get(id))
		}
	}
	for _, id := range cn.channels {
		if id != 0 {
			b.putBackAll(b.chans.get(id), b.known.connClosed)
		}
	}
	for n, id := range cn.channels {
		if id == 0 {
			continue
		}
		ch := b.chans.get(id)
		if !ch.closing {
			e := b.clientEvent(flow.ChannelClose, cn, uint16(n))
			e.Text = b.known.connClosed
			b.emit()
		}
		b.freeChannel(cn, ch)
	}
	cn.channels = cn.channels[:0]
	for i := 1; i < b.queues.len() && cn.exclusives > 0; i++ {
		if q := b.queues.get(uint32(i)); q.live && q.owner == cn.id {
			b.deleteQueue(q, b.known.exclusive)
		}
	}
	b.runDirty()
}

func (b *Broker) onChannel(cn *conn, m *Method) {
	var ch *channel
	if int(m.Channel) < len(cn.channels) && cn.channels[m.Channel] != 0 {
		ch = b.chans.get(cn.channels[m.Channel])
	}
	switch {
	case m.Op == OpChannelOpen:
		b.openChannel(cn, ch, m)
	case ch == nil:
		b.failConnection(cn, channelError, "expected 'channel.open'", m.Op)
	case ch.closing:
		b.whileClosing(cn, ch, m)
	case m.Op == OpChannelClose:
		b.endChannel(cn, ch, m.Value, m.Text)
		b.freeChannel(cn, ch)
		b.reply(cn, &Method{Op: OpChannelCloseOk, Channel: m.Channel})
		b.runDirty()
	default:
		b.onOpenChannel(cn, ch, m)
	}
}

func (b *Broker) openChannel(cn *conn, ch *channel, m *Method) {
	if ch != nil {
		b.failConnection(cn, channelError, "second 'channel.open' seen", m.Op)
		return
	}
	if bad := b.tooManyChannels(cn); bad != "" {
		b.failConnection(cn, notAllowed, bad, OpNone)
		return
	}
	for len(cn.channels) <= int(m.Channel) {
		cn.channels = append(cn.channels, 0)
	}
	b.serial++
	id, c := b.chans.alloc()
	*c = channel{
		id: id, conn: uint32(cn.id), number: m.Channel, serial: b.serial,
		unacked: c.unacked, consumers: c.consumers[:0], blocked: c.blocked[:0], enqueues: c.enqueues[:0],
	}
	c.unacked.clear()
	cn.channels[m.Channel] = id
	cn.opened++
	b.clientEvent(flow.ChannelOpen, cn, m.Channel)
	b.emit()
	b.reply(cn, &Method{Op: OpChannelOpenOk, Channel: m.Channel})
}

// whileClosing is the wait for channel.close-ok: everything else that was
// already on its way is ignored, as AMQP 0-9-1 asks at channel.close.
func (b *Broker) whileClosing(cn *conn, ch *channel, m *Method) {
	switch m.Op {
	case OpChannelCloseOk:
		b.freeChannel(cn, ch)
	case OpChannelClose:
		b.reply(cn, &Method{Op: OpChannelCloseOk, Channel: m.Channel})
	}
}

// endChannel takes down what hangs on a channel. Queues that may deliver again are left dirty.
func (b *Broker) endChannel(cn *conn, ch *channel, code int64, reason flow.Name) {
	b.dropConsumers(ch)
	b.putBackAll(ch, b.known.chanClosed)
	e := b.clientEvent(flow.ChannelClose, cn, ch.number)
	e.Value, e.Text = code, reason
	b.emit()
}

func (b *Broker) freeChannel(cn *conn, ch *channel) {
	b.forgetEnqueuer(ch)
	cn.channels[ch.number] = 0
	cn.opened--
	b.chans.release(ch.id)
}

func (b *Broker) onOpenChannel(cn *conn, ch *channel, m *Method) {
	switch m.Op {
	case OpBasicPublish:
		b.publish(cn, ch, m)
	case OpBasicAck:
		b.ack(cn, ch, m)
	case OpBasicNack, OpBasicReject:
		b.reject(cn, ch, m)
	case OpBasicGet:
		b.get(cn, ch, m)
	case OpExchangeDeclare:
		b.exchangeDeclare(cn, ch, m)
	case OpExchangeDelete:
		b.exchangeDelete(cn, ch, m)
	case OpExchangeBind, OpExchangeUnbind, OpQueueBind, OpQueueUnbind:
		b.bindOrUnbind(cn, ch, m)
	case OpQueueDeclare:
		b.queueDeclare(cn, ch, m)
	case OpQueueDelete:
		b.queueDelete(cn, ch, m)
	case OpQueuePurge:
		b.queuePurge(cn, ch, m)
	case OpBasicQos:
		b.qos(cn, ch, m)
	case OpBasicConsume:
		b.consume(cn, ch, m)
	case OpBasicCancel:
		b.cancel(cn, ch, m)
	case OpBasicCancelOk: // the client's answer to a cancel of the broker's; nothing hangs on it
	case OpBasicRecover, OpBasicRecoverAsync:
		b.recover(cn, ch, m)
	case OpConfirmSelect:
		if ch.tx != nil {
			b.fail(cn, ch, preconditionFailed, "cannot switch from tx to confirm mode", m.Op)
			return
		}
		ch.confirm = true
		b.okUnless(cn, m, &Method{Op: OpConfirmSelectOk})
	case OpChannelFlow:
		if m.Value == 0 {
			b.fail(cn, ch, notImplemented, "active=false", m.Op)
			return
		}
		b.reply(cn, &Method{Op: OpChannelFlowOk, Channel: ch.number, Value: 1})
	case OpTxSelect:
		b.txSelect(cn, ch, m)
	case OpTxCommit:
		b.txCommit(cn, ch, m)
	case OpTxRollback:
		b.txRollback(cn, ch, m)
	default:
		b.fail(cn, ch, commandInvalid, "unimplemented method", m.Op)
	}
}

// okUnless sends the -ok of a method unless it said no-wait.
//
//go:noinline
func (b *Broker) okUnless(cn *conn, m, ok *Method) {
	if m.Flags&flow.NoWait == 0 {
		ok.Channel = m.Channel
		b.reply(cn, ok)
	}
}
