package livebridge

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
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
	// remedy is a whole sentence, of a BrokerGone that does not mend itself.
	remedy string
	// prefix is the queue prefix that the rights must allow, of a NoRights.
	prefix string
}

// dialFault reads the failure of an attempt to connect.
func dialFault(err error, vhost string) *fault {
	f := &fault{state: BrokerGone, vhost: vhost}
	var ae *amqp.Error
	errors.As(err, &ae)
	switch {
	case ae != nil && ae.Code == amqp.NotAllowed && strings.Contains(ae.Reason, "limit"):
		f.why = "the broker's connection limit is reached"
	case ae != nil && ae.Code == amqp.NotAllowed && strings.Contains(ae.Reason, "is down"):
		f.why = "the virtual host is still starting"
	// The library's own guesses about a broker that hung up: RabbitMQ says what it refuses, see [refusable].
	case ae != nil && (ae == amqp.ErrCredentials || ae == amqp.ErrVhost):
		f.why = "it hung up while the connection was made"
	case ae != nil && ae.Code == amqp.NotAllowed:
		f.state = VHostMissing
		if strings.Contains(ae.Reason, "not found") {
			f.why = "it does not exist"
		} else {
			f.why = "the user may not enter it"
		}
	case ae != nil && ae.Code == amqp.AccessRefused:
		f.state = BadCredentials
	case errors.Is(err, io.EOF):
		f.why = "it hung up before it said anything (a port for TLS wants amqps://)"
	default:
		f.why, f.remedy = netReason(err), tlsRemedy(err)
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
	}
	if why, _ := tlsReason(err); why != "" {
		return why
	}
	return "the connection was lost"
}

func tlsRemedy(err error) string {
	_, remedy := tlsReason(err)
	return remedy
}

// tlsReason says why TLS failed and what to do; "" for other failures.
func tlsReason(err error) (why, remedy string) {
	var unknown x509.UnknownAuthorityError
	var name x509.HostnameError
	var invalid x509.CertificateInvalidError
	var plain tls.RecordHeaderError
	switch {
	case errors.As(err, &unknown):
		return "its TLS certificate is signed by nobody who is known here", "Name the certificate of the authority that signed it: --ca FILE (or RPCSCOPE_CA)."
	case errors.As(err, &name):
		return "its TLS certificate is for another name", "Connect by a name that is in the certificate, or add ?server_name_indication=NAME to --amqp."
	case errors.As(err, &invalid) && invalid.Reason == x509.Expired:
		return "its TLS certificate has expired or is not yet valid", "Renew the certificate, or set this machine's clock."
	case errors.As(err, &invalid):
		return "its TLS certificate cannot be used", "Have it made anew, for a server, by an authority's certificate that may sign: --ca FILE."
	case errors.As(err, &plain):
		return "it does not speak TLS there", "The port for TLS is usually 5671; without TLS it is amqp:// and 5672."
	case strings.Contains(err.Error(), "remote error: tls:"):
		return "it refused the TLS handshake", "If it wants a certificate of ours, add ?certfile=FILE&keyfile=FILE to --amqp."
	case strings.Contains(err.Error(), "tls:") || strings.Contains(err.Error(), "x509:"):
		return "no TLS connection could be made", "Check the broker's certificate and versions of TLS (1.2 or newer)."
	}
	return "", ""
}
