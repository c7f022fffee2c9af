package amqp

import "rpcscope/engine/flow"

// replyCode is an AMQP 0-9-1 reply code.
type replyCode uint16

const (
	noRouteCode        replyCode = 312
	connectionForced   replyCode = 320
	accessRefused      replyCode = 403
	notFound           replyCode = 404
	resourceLocked     replyCode = 405
	preconditionFailed replyCode = 406
	commandInvalid     replyCode = 503
	channelError       replyCode = 504
	resourceError      replyCode = 506
	notAllowed         replyCode = 530
	notImplemented     replyCode = 540
	internalError      replyCode = 541
)

// hard reports whether an error ends the connection, not only the channel on which it came up.
func (c replyCode) hard() bool { return c == connectionForced || c > 500 }

var codeNames = map[replyCode]string{
	noRouteCode: "NO_ROUTE", connectionForced: "CONNECTION_FORCED", accessRefused: "ACCESS_REFUSED", notFound: "NOT_FOUND",
	resourceLocked: "RESOURCE_LOCKED", preconditionFailed: "PRECONDITION_FAILED", commandInvalid: "COMMAND_INVALID",
	channelError: "CHANNEL_ERROR", resourceError: "RESOURCE_ERROR", notAllowed: "NOT_ALLOWED",
	notImplemented: "NOT_IMPLEMENTED", internalError: "INTERNAL_ERROR",
}

// replyText is the reply text of an error: its code's constant and the
// explanation, cut where a short string ends (rabbit_binary_generator:amqp_exception_explanation).
func (b *Broker) replyText(code replyCode, text string) flow.Name {
	if text == "" {
		return b.names.Intern(codeNames[code])
	}
	text = codeNames[code] + " - " + text
	if len(text) > maxShort {
		text = text[:maxShort-3] + "..."
	}
	return b.names.Intern(text)
}

// fail closes a channel for an error, or all of its connection when the error is a hard one.
func (b *Broker) fail(cn *conn, ch *channel, code replyCode, text string, failed Op) {
	if code.hard() {
		b.failConnection(cn, code, text, failed)
		return
	}
	reason := b.replyText(code, text)
	b.endChannel(cn, ch, int64(code), reason)
	ch.closing = true
	b.reply(cn, &Method{Op: OpChannelClose, Channel: ch.number, Value: int64(code), Text: reason, Failed: failed})
	b.runDirty()
}

// failConnection closes a connection for an error of the client's or an operator's wish.
func (b *Broker) failConnection(cn *conn, code replyCode, text string, failed Op) {
	reason := b.replyText(code, text)
	if cn.stage == stageOpen {
		b.closeAll(cn)
		b.reportClosed(cn, int64(code), reason)
	}
	cn.stage = stageClosing
	if b.forgetWaiting(cn) {
		cn.stage = stageGone
		b.freeIfGone(cn)
		return
	}
	b.reply(cn, &Method{Op: OpConnectionClose, Value: int64(code), Text: reason, Failed: failed})
}

// forgetWaiting gives up what a blocked connection sent; ended is when that was the end of the stream, too.
func (b *Broker) forgetWaiting(cn *conn) (ended bool) {
	cn.blocked = false
	for cn.waiting.len() > 0 {
		m := cn.waiting.pop()
		ended = ended || m.Op == OpTCPClose
		b.discard(&m)
	}
	return ended
}

// maxShort is the length of AMQP's short strings at most, in bytes.
const maxShort = 255

// choke notes that a connection was to be sent what no frame can hold: a dead
// letter with the key that x-dead-letter-routing-key gives it may be too long for
// a delivery. RabbitMQ's writer dies of that, and the connection with it.
func (b *Broker) choke(cn *conn) {
	if !cn.choked {
		cn.choked = true
		b.choked = append(b.choked, cn.id)
	}
}

// failChoked closes the connections that choked. What they held goes to others, who may choke on it in their turn.
func (b *Broker) failChoked() {
	for i := 0; i < len(b.choked); i++ {
		if cn := b.conn(b.choked[i]); cn != nil {
			cn.choked = false
			if cn.stage == stageOpen {
				b.failConnection(cn, internalError, "", OpNone)
			}
		}
	}
	b.choked = b.choked[:0]
}

// closeWhere closes the open connections that which picks, as operators do.
func (b *Broker) closeWhere(now int64, which func(*conn) bool, reason string) {
	b.now = now
	for i := 1; i < b.conns.len(); i++ {
		if cn := b.conns.get(uint32(i)); cn.stage == stageOpen && which(cn) {
			b.failConnection(cn, connectionForced, reason, OpNone)
		}
	}
	b.failChoked()
}
