package amqp

import "rpcscope/engine/flow"

// Op names an AMQP method, or one of the two ends of a connection's life that are not methods.
type Op uint8

// The methods of AMQP 0-9-1 with RabbitMQ's extensions, and which fields of
// [Method] each uses beyond Channel.
const (
	OpNone Op = iota
	// OpProtocolHeader is the client's first word: not a method, but on the wire.
	OpProtocolHeader
	OpConnectionStart
	OpConnectionStartOk // Text: the connection's name
	OpConnectionTune
	OpConnectionTuneOk
	OpConnectionOpen // Queue: the virtual host
	OpConnectionOpenOk
	OpConnectionClose // Value: reply code; Text; Failed: the offending method
	OpConnectionCloseOk
	OpConnectionBlocked // Text: reason
	OpConnectionUnblocked
	OpChannelOpen
	OpChannelOpenOk
	OpChannelClose // as OpConnectionClose
	OpChannelCloseOk
	OpExchangeDeclare // Exchange, Type, Args; Passive, Durable, AutoDelete, Internal, NoWait
	OpExchangeDeclareOk
	OpExchangeDelete // Exchange; IfUnused, NoWait
	OpExchangeDeleteOk
	OpExchangeBind // Exchange: source; Queue: destination exchange; Key, Args; NoWait
	OpExchangeBindOk
	OpExchangeUnbind // as OpExchangeBind
	OpExchangeUnbindOk
	OpQueueDeclare   // Queue, Args; Passive, Durable, Exclusive, AutoDelete, NoWait
	OpQueueDeclareOk // Queue; Value: ready messages; Count: consumers
	OpQueueBind      // Queue, Exchange, Key, Args; NoWait
	OpQueueBindOk
	OpQueueUnbind // Queue, Exchange, Key, Args
	OpQueueUnbindOk
	OpQueuePurge    // Queue; NoWait
	OpQueuePurgeOk  // Value: messages
	OpQueueDelete   // Queue; IfUnused, IfEmpty, NoWait
	OpQueueDeleteOk // Value: messages
	OpBasicQos      // Count: prefetch; Value: prefetch size, which must be 0; Global
	OpBasicQosOk
	OpBasicConsume   // Queue, Tag, Args; NoAck, Exclusive, NoWait
	OpBasicConsumeOk // Tag
	OpBasicCancel    // Tag; NoWait. From the broker too, when a consumer's queue goes.
	OpBasicCancelOk  // Tag
	OpBasicPublish   // Exchange, Key; Mandatory, Immediate; with content, from which come Tag: user-id, Text: expiration
	OpBasicReturn    // Value: reply code; Text, Exchange, Key; with content
	OpBasicDeliver   // Tag, Delivery, Exchange, Key; Redelivered; with content
	OpBasicGet       // Queue; NoAck
	OpBasicGetOk     // Delivery, Exchange, Key; Value: ready messages left; Redelivered; with content
	OpBasicGetEmpty
	OpBasicAck          // Delivery; Multiple. From the broker: a confirm.
	OpBasicNack         // Delivery; Multiple, Requeued. From the broker: a negative confirm.
	OpBasicReject       // Delivery; Requeued
	OpBasicRecover      // Requeued
	OpBasicRecoverAsync // Requeued
	OpBasicRecoverOk
	OpConfirmSelect // NoWait
	OpConfirmSelectOk
	OpTxSelect
	OpTxSelectOk
	OpTxCommit
	OpTxCommitOk
	OpTxRollback
	OpTxRollbackOk
	OpChannelFlow   // Value: 1 to let deliveries go on, which they always do, 0 to halt them, which RabbitMQ does not
	OpChannelFlowOk // Value: 1
	// OpTCPClose is the end of the byte stream: not a method, but seen by both sides.
	OpTCPClose
	numOps
)

var opNames = [numOps]string{
	"", "protocol-header",
	"connection.start", "connection.start-ok", "connection.tune", "connection.tune-ok", "connection.open", "connection.open-ok",
	"connection.close", "connection.close-ok", "connection.blocked", "connection.unblocked",
	"channel.open", "channel.open-ok", "channel.close", "channel.close-ok",
	"exchange.declare", "exchange.declare-ok", "exchange.delete", "exchange.delete-ok",
	"exchange.bind", "exchange.bind-ok", "exchange.unbind", "exchange.unbind-ok",
	"queue.declare", "queue.declare-ok", "queue.bind", "queue.bind-ok", "queue.unbind", "queue.unbind-ok",
	"queue.purge", "queue.purge-ok", "queue.delete", "queue.delete-ok",
	"basic.qos", "basic.qos-ok", "basic.consume", "basic.consume-ok", "basic.cancel", "basic.cancel-ok",
	"basic.publish", "basic.return", "basic.deliver", "basic.get", "basic.get-ok", "basic.get-empty",
	"basic.ack", "basic.nack", "basic.reject", "basic.recover", "basic.recover-async", "basic.recover-ok",
	"confirm.select", "confirm.select-ok", "tx.select", "tx.select-ok", "tx.commit", "tx.commit-ok", "tx.rollback", "tx.rollback-ok", "channel.flow", "channel.flow-ok", "tcp-close",
}

// String returns "class.method" as the captures write it.
func (o Op) String() string {
	if o >= numOps {
		return "unknown"
	}
	return opNames[o]
}

// ParseOp finds the Op that String names; ok is false when there is none.
func ParseOp(s string) (o Op, ok bool) {
	for i, n := range opNames {
		if n == s && i != 0 {
			return Op(i), true
		}
	}
	return OpNone, false
}

// Method is one method with its arguments; which fields count is said at each
// [Op]. It holds no pointers. Names are of the broker's [flow.Names].
type Method struct {
	// Delivery is a delivery tag.
	Delivery uint64
	// Value is a reply code or a message count.
	Value int64
	// Msg is the message of a content-bearing method from the broker.
	Msg flow.MsgID
	// Count is a prefetch limit or a consumer count.
	Count uint32
	// Flags are the method's bits, under the names flow gives them.
	Flags    flow.Flags
	Exchange flow.Name
	Queue    flow.Name
	Key      flow.Name
	Tag      flow.Name
	// Type is an exchange type.
	Type flow.Name
	Text flow.Name
	// Args is the text of an argument table: see [Tables].
	Args    flow.Name
	content uint32 // slot in the message store, plus one
	Channel uint16
	Op      Op
	// Failed is the method that a close complains about.
	Failed Op
}

// Content is what a basic.publish carries, as far as the model needs it. The
// embedded descriptor is what sinks get to see with the Publish event; the
// broker fills in its Exchange and Key.
type Content struct {
	flow.Message
	// Body is the publisher's own, handed back untouched with each delivery.
	Body uint64
	// Headers is the text of the header table: see [Tables].
	Headers flow.Name
	// UserID is the property user-id of what is published, which the broker
	// compares with the user; 0 when absent. It is not kept for deliveries.
	UserID flow.Name
	// ExpirationText is the property expiration of what is published as it was
	// written; the broker reads it. Whoever has a number leaves it 0 and sets Expiration.
	ExpirationText flow.Name
	// Priority property, 0 when absent.
	Priority uint8
	// Persistent: delivery mode 2.
	Persistent bool
}
