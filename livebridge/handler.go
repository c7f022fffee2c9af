package livebridge

import (
	"fmt"
	"net"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Handler serves the live websocket, at whatever path it is mounted. It
// refuses pages of other origins, so that no web site can watch the broker
// through the browser of somebody who may.
func (b *Bridge) Handler() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !originAllowed(r, b.set.Origins) {
			b.set.Log.Warn("viewer refused: its page is of another origin, which --origin would allow", "origin", r.Header.Get("Origin"), "host", r.Host)
			http.Error(w, "This page may not watch here: its origin is not this server's. Open the server by its address or by localhost, or allow the origin when starting it: --origin.", http.StatusForbidden)
			return
		}
		b.serve(w, r)
	})
}

func (b *Bridge) serve(w http.ResponseWriter, r *http.Request) {
	v := b.hub.join(time.Now())
	if v == nil {
		http.Error(w, "No more viewers can be served now.", http.StatusServiceUnavailable)
		return
	}
	defer b.hub.leave(v)
	s, err := accept(w, r)
	if err != nil {
		b.set.Log.Info("viewer's handshake failed", "why", err)
		return
	}
	defer s.abandon()
	if !s.speaks() {
		s.refuse("ask for the subprotocol " + Subprotocol)
		return
	}
	for {
		f, ok := v.next(s.gone)
		if !ok {
			s.goAway("the live stream ended")
			return
		}
		if err := s.write(s.gone, f.bytes); err != nil {
			if s.gone.Err() == nil {
				b.set.Log.Info("viewer cut off: it did not read", "limit", writeLimit)
			}
			return
		}
	}
}

// originAllowed reports whether a request comes from a page of this server, or
// of one of the further origins. Programs that are no browsers send no origin.
//
// A page's origin must be exactly that of the address that it asked: scheme,
// host and port. That alone would let in a page whose own name was made to
// point to this machine (DNS rebinding), so the host must also be one that
// nobody else can own: an address, localhost, or this machine's own name.
func originAllowed(r *http.Request, further []string) bool {
	told := r.Header.Values("Origin")
	if len(told) == 0 {
		return true
	}
	if len(told) > 1 {
		return false
	}
	if slices.Contains(further, told[0]) {
		return true
	}
	scheme := "http"
	if r.TLS != nil {
		scheme = "https"
	}
	if told[0] != scheme+"://"+r.Host {
		return false
	}
	u, err := url.Parse(told[0])
	return err == nil && ownName(u.Hostname())
}

// ownName reports whether no other machine can go by this name.
func ownName(name string) bool {
	own, _ := os.Hostname()
	return net.ParseIP(name) != nil || name == "localhost" || strings.HasSuffix(name, ".localhost") || own != "" && strings.EqualFold(name, own)
}

// ParseOrigin returns an origin as browsers write it: scheme, host and, unless
// it is the scheme's own, port. The error wraps [ErrConfig].
func ParseOrigin(s string) (string, error) {
	u, err := url.Parse(s)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Hostname() == "" || u.User != nil || u.Path != "" && u.Path != "/" || u.RawQuery != "" || u.Fragment != "" || strings.Contains(u.Host, "*") {
		return "", fmt.Errorf("%w: --origin must look like https://rpcscope.example.org or http://host:8080, without a path (got %s)", ErrConfig, Redact(s))
	}
	host := strings.ToLower(u.Host)
	switch port := u.Port(); {
	case port == "", u.Scheme == "http" && port == "80", u.Scheme == "https" && port == "443":
		host = strings.TrimSuffix(host, ":"+port)
	default:
		if n, err := strconv.Atoi(port); err != nil || n < 1 || n > 65535 {
			return "", fmt.Errorf("%w: --origin %s has a port that cannot be", ErrConfig, Redact(s))
		}
	}
	return u.Scheme + "://" + host, nil
}
