package livebridge

import (
	"cmp"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/url"
	"slices"
	"strings"
	"time"

	amqp "github.com/rabbitmq/amqp091-go"
)

// Config says what to watch and how. Only AMQP is required.
type Config struct {
	// AMQP is the broker's URL, amqp:// or amqps://, credentials included.
	// They are used to connect and appear nowhere else.
	AMQP string
	// VHosts to watch; the URL's own when empty.
	VHosts []string
	// Management is the base URL of the management API. Empty: http (https for
	// amqps) on port 15672 (15671) of the AMQP host, with the same credentials.
	// "off" does without. Credentials in it win over those of AMQP.
	Management string
	// CA is a file of certificates, in PEM form, by which those of the broker may be signed
	// besides the system's: for amqps:// and a management API of https://.
	CA string
	// QueuePrefix begins the names of the tap's queues: PREFIX.tap.UUID. Default "rpcscope".
	QueuePrefix string
	// QueueMessages and QueueBytes bound the tap's queue in the broker, whose
	// oldest messages are discarded above. Defaults 20,000 and 64 MiB.
	QueueMessages, QueueBytes int
	// Log gets what an operator should know. Default: discarded.
	Log *slog.Logger
	// Build is the program's version, for the stream's header.
	Build string
	// Origins are further exact origins ("https://host:port") whose pages may
	// open the live websocket, as behind a proxy that speaks TLS; see [ParseOrigin]. The page of this server always may.
	Origins []string
	// IdleAfter is how long nothing must come before the status says so. Default 12 s.
	IdleAfter time.Duration
	// Hold is how long records wait to be put in order. Default 100 ms.
	Hold time.Duration
	// BatchEvery is the time between frames to viewers. Default 25 ms.
	BatchEvery time.Duration
	// RetryMax bounds the wait between attempts to connect. Default 15 s.
	RetryMax time.Duration
	// ViewerBytes bounds what waits for one viewer. Default 8 MiB.
	ViewerBytes int
	// TopologyEvery is the time between looks at the management API. Default 30 s.
	TopologyEvery time.Duration
}

// ErrConfig is wrapped by every error about an unusable Config, but not by those about files that it names.
var ErrConfig = errors.New("cannot use this live configuration")

// settings is a checked Config with its defaults filled in.
type settings struct {
	Config
	uri            amqp.URI
	mgmt           *url.URL // without credentials; nil when off
	user, password string   // for the management API
	tls            *tls.Config
	limits         limits
}

func (c Config) check() (*settings, error) {
	s := &settings{Config: c, limits: defaultLimits}
	uri, err := amqp.ParseURI(c.AMQP)
	if err != nil {
		// The library's error may quote the URL: it stays here.
		return nil, fmt.Errorf("%w: --amqp must look like amqp://user:password@host:5672/vhost, with special characters of user, password and vhost percent-encoded, such as %%2F for a slash (got %s)", ErrConfig, Redact(c.AMQP))
	}
	s.uri = uri
	if len(s.VHosts) == 0 {
		s.VHosts = []string{uri.Vhost}
	}
	s.VHosts = slices.Clone(s.VHosts)
	slices.Sort(s.VHosts)
	s.VHosts = slices.Compact(s.VHosts)
	if err := s.parseManagement(); err != nil {
		return nil, err
	}
	if err := s.parseTLS(); err != nil {
		return nil, err
	}
	if _, err := s.sasl(nil); err != nil {
		return nil, err
	}
	s.Origins = slices.Clone(s.Origins)
	for i, o := range s.Origins {
		if s.Origins[i], err = ParseOrigin(o); err != nil {
			return nil, err
		}
	}
	s.QueuePrefix = cmp.Or(s.QueuePrefix, "rpcscope")
	s.QueueMessages = cmp.Or(s.QueueMessages, 20_000)
	s.QueueBytes = cmp.Or(s.QueueBytes, 64<<20)
	s.IdleAfter = cmp.Or(s.IdleAfter, 12*time.Second)
	s.Hold = cmp.Or(s.Hold, 100*time.Millisecond)
	s.BatchEvery = cmp.Or(s.BatchEvery, 25*time.Millisecond)
	s.RetryMax = cmp.Or(s.RetryMax, 15*time.Second)
	s.ViewerBytes = cmp.Or(s.ViewerBytes, 8<<20)
	s.TopologyEvery = cmp.Or(s.TopologyEvery, 30*time.Second)
	if s.Log == nil {
		s.Log = slog.New(slog.DiscardHandler)
	}
	return s, nil
}

func (s *settings) parseManagement() error {
	s.user, s.password = s.uri.Username, s.uri.Password
	if s.Management == "off" {
		return nil
	}
	if s.Management == "" {
		scheme, port := "http", "15672"
		if s.uri.Scheme == "amqps" {
			scheme, port = "https", "15671"
		}
		s.mgmt = &url.URL{Scheme: scheme, Host: net.JoinHostPort(s.uri.Host, port)}
		return nil
	}
	u, err := url.Parse(s.Management)
	if err != nil || (u.Scheme != "http" && u.Scheme != "https") || u.Host == "" {
		return fmt.Errorf("%w: --management must look like http://host:15672 (got %s)", ErrConfig, Redact(s.Management))
	}
	if u.User != nil {
		s.user = u.User.Username()
		s.password, _ = u.User.Password()
	}
	s.mgmt = &url.URL{Scheme: u.Scheme, Host: u.Host, Path: strings.TrimSuffix(u.Path, "/")}
	return nil
}

// broker is the broker's name for people: host and port, never credentials.
func (s *settings) broker() string {
	return net.JoinHostPort(s.uri.Host, fmt.Sprint(s.uri.Port))
}

// Redact returns a URL without its user, password and query, for logs and
// messages. A text that is no URL is not repeated at all.
func Redact(raw string) string {
	u, err := url.Parse(raw)
	if err != nil || u.Host == "" {
		return "something that is no URL"
	}
	if u.User != nil {
		u.User = url.User("…")
	}
	u.RawQuery, u.Fragment, u.RawFragment = "", "", ""
	s := u.Scheme + "://"
	if u.User != nil {
		s += "…@"
	}
	return s + u.Host + u.EscapedPath()
}
