package livebridge

import (
	"net"
	"net/http"
	"net/url"
	"os"
	"strings"
	"time"
)

// Handler serves the live websocket, at whatever path it is mounted. It
// refuses pages of other origins, so that no web site can watch the broker
// through the browser of somebody who may.
func (b *Bridge) Handler() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !originAllowed(r, b.set.Origins) {
			b.set.Log.Warn("viewer refused: its page is of another origin", "origin", r.Header.Get("Origin"), "host", r.Host)
			http.Error(w, "This page may not watch here: its origin is not this server's. Open the server by its address or by localhost, or allow the origin when starting it.", http.StatusForbidden)
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
// of one of the extra origins. Programs that are no browsers send no origin.
//
// A page's origin must equal the host that it asked. That alone would let in a
// page whose own name was made to point to this machine (DNS rebinding), so
// the host must also be one that nobody else can own: an address, localhost,
// or this machine's own name.
func originAllowed(r *http.Request, extra []string) bool {
	origin := r.Header.Get("Origin")
	if origin == "" {
		return true
	}
	for _, e := range extra {
		if strings.EqualFold(origin, e) {
			return true
		}
	}
	u, err := url.Parse(origin)
	if err != nil || (u.Scheme != "http" && u.Scheme != "https") || !strings.EqualFold(u.Host, r.Host) {
		return false
	}
	name := u.Hostname()
	own, _ := os.Hostname()
	return net.ParseIP(name) != nil || strings.EqualFold(name, "localhost") || own != "" && strings.EqualFold(name, own)
}
