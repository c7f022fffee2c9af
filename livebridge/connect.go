package livebridge

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"os"
	"strings"

	amqp "github.com/rabbitmq/amqp091-go"
)

// parseTLS reads what a connection by TLS needs: the authorities of Config.CA besides the
// system's, and what the URL's query says, by the names that RabbitMQ's own clients use.
func (s *settings) parseTLS() error {
	pool, err := x509.SystemCertPool()
	if err != nil {
		pool = x509.NewCertPool()
	}
	s.tls = &tls.Config{RootCAs: pool, ServerName: s.uri.ServerName, MinVersion: tls.VersionTLS12}
	for _, path := range []string{s.CA, s.uri.CACertFile} {
		if path == "" {
			continue
		}
		pem, err := os.ReadFile(path)
		if err != nil {
			return fmt.Errorf("cannot read the certificates in %s: %w", path, reasonOf(err))
		}
		if !pool.AppendCertsFromPEM(pem) {
			return fmt.Errorf("there is no certificate in %s: it must hold at least one in PEM form, -----BEGIN CERTIFICATE-----", path)
		}
	}
	if s.uri.CertFile != "" || s.uri.KeyFile != "" {
		own, err := tls.LoadX509KeyPair(s.uri.CertFile, s.uri.KeyFile)
		if err != nil {
			return fmt.Errorf("cannot use certfile and keyfile of the broker's URL: %w", reasonOf(err))
		}
		s.tls.Certificates = []tls.Certificate{own}
	}
	return nil
}

// reasonOf takes the name of the file, which is told already, out of an error.
func reasonOf(err error) error {
	var pe *os.PathError
	if errors.As(err, &pe) {
		return pe.Err
	}
	return err
}

// sasl returns how to identify oneself, as the URL says. The library sends
// properties as the client's, and they must not be changed afterwards.
func (s *settings) sasl(properties amqp.Table) ([]amqp.Authentication, error) {
	mechanisms := s.uri.AuthMechanism
	if len(mechanisms) == 0 {
		mechanisms = []string{"PLAIN"}
	}
	var all []amqp.Authentication
	for _, m := range mechanisms {
		var a amqp.Authentication
		switch strings.ToUpper(m) {
		case "PLAIN":
			a = s.uri.PlainAuth()
		case "AMQPLAIN":
			a = s.uri.AMQPlainAuth()
		case "EXTERNAL":
			a = &amqp.ExternalAuth{}
		default:
			return nil, fmt.Errorf("%w: --amqp names an auth_mechanism that is none of PLAIN, AMQPLAIN, EXTERNAL", ErrConfig)
		}
		all = append(all, refusable{a, properties})
	}
	return all, nil
}

// refusable lets the broker refuse in words. Otherwise it says nothing for 3 s
// and hangs up, which looks like a broker that dies. The library has no option
// for that capability, but asks for the response just before it sends properties.
type refusable struct {
	amqp.Authentication
	properties amqp.Table
}

// Response implements [amqp.Authentication].
func (r refusable) Response() string {
	if known, ok := r.properties["capabilities"].(amqp.Table); ok {
		known["authentication_failure_close"] = true
	}
	return r.Authentication.Response()
}
