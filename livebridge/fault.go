package livebridge

import (
	"errors"
	"fmt"
	"net"
	"strings"
	"syscall"

	amqp "github.com/rabbitmq/amqp091-go"
)

// fault is why a tap is down, in terms of what a person can do about it. It
// never holds a broker's own text: those name users.
type fault struct {
	state State
	vhost string
	why   string // half a sentence
	// prefix is the queue prefix that the rights must allow, of a NoRights.
	prefix string
}

// dialFault reads the failure of an attempt to connect.
func dialFault(err error, vhost string) *fault {
	f := &fault{state: BrokerGone, vhost: vhost}
	var ae *amqp.Error
	switch {
	case errors.As(err, &ae) && ae.Code == amqp.NotAllowed && strings.Contains(ae.Reason, "limit"):
		f.why = "the broker's connection limit is reached"
	case errors.As(err, &ae) && ae.Code == amqp.NotAllowed && strings.Contains(ae.Reason, "is down"):
		f.why = "the virtual host is still starting"
	case errors.As(err, &ae) && (ae.Code == amqp.NotAllowed || ae == amqp.ErrVhost):
		f.state = VHostMissing
		if strings.Contains(ae.Reason, "not found") {
			f.why = "it does not exist"
		} else {
			f.why = "the user may not enter it"
		}
	case errors.As(err, &ae) && ae.Code == amqp.AccessRefused:
		f.state = BadCredentials
	default:
		f.why = netReason(err)
	}
	return f
}

// closeFault reads what ended an established connection or channel; nil when that is not known.
func closeFault(err error, vhost string) *fault {
	f := &fault{state: BrokerGone, vhost: vhost}
	var ae *amqp.Error
	switch {
	case err == nil:
		f.why = "the connection ended"
	case errors.As(err, &ae) && ae.Code == amqp.InternalError:
		f.state = TraceKeyTooLong
	case errors.As(err, &ae) && ae.Code == amqp.ConnectionForced:
		f.why = "the broker closed the connection (320)"
	case errors.As(err, &ae) && ae.Server:
		f.why = fmt.Sprintf("the broker closed the connection (%d)", ae.Code)
	default:
		f.why = netReason(err)
	}
	return f
}

// rightsFault reads a refused step of setting up the tap.
func rightsFault(err error, vhost, step, prefix string) *fault {
	var ae *amqp.Error
	if errors.As(err, &ae) && ae.Code == amqp.AccessRefused {
		return &fault{state: NoRights, vhost: vhost, why: step, prefix: prefix}
	}
	if errors.As(err, &ae) && ae.Code == amqp.NotFound {
		return &fault{state: NoRights, vhost: vhost, why: step + " (there is none)", prefix: prefix}
	}
	return closeFault(err, vhost)
}

// netReason puts a network error in words without addresses or credentials.
func netReason(err error) string {
	var dns *net.DNSError
	var ne net.Error
	switch {
	case errors.Is(err, syscall.ECONNREFUSED):
		return "nothing listens there (connection refused)"
	case errors.As(err, &dns):
		return "its name cannot be resolved"
	case errors.Is(err, syscall.EHOSTUNREACH) || errors.Is(err, syscall.ENETUNREACH):
		return "it cannot be reached"
	case errors.As(err, &ne) && ne.Timeout():
		return "it does not answer"
	case strings.Contains(err.Error(), "certificate") || strings.Contains(err.Error(), "tls:"):
		return "its TLS certificate was not accepted"
	}
	return "the connection was lost"
}
