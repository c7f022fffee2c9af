package amqp

import "strconv"

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
	notAllowed         replyCode = 530
	notImplemented     replyCode = 540
)

// name is the code's constant as RabbitMQ puts it at the head of reply texts.
func (c replyCode) name() string {
	switch c {
	case noRouteCode:
		return "NO_ROUTE"
	case connectionForced:
		return "CONNECTION_FORCED"
	case accessRefused:
		return "ACCESS_REFUSED"
	case notFound:
		return "NOT_FOUND"
	case resourceLocked:
		return "RESOURCE_LOCKED"
	case preconditionFailed:
		return "PRECONDITION_FAILED"
	case commandInvalid:
		return "COMMAND_INVALID"
	case channelError:
		return "CHANNEL_ERROR"
	case notAllowed:
		return "NOT_ALLOWED"
	case notImplemented:
		return "NOT_IMPLEMENTED"
	}
	return strconv.Itoa(int(c))
}
