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
	text = codeNames[code] + " - " + text
	if len(text) > 255 {
		text = text[:252] + "..."
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

// closeWhere closes the open connections that which picks, as operators do.
func (b *Broker) closeWhere(now int64, which func(*conn) bool, reason string) {
	b.now = now
	for i := 1; i < len(b.conns.items); i++ {
		if cn := b.conns.get(uint32(i)); cn.stage == stageOpen && which(cn) {
			b.failConnection(cn, connectionForced, reason, OpNone)
		}
	}
}
