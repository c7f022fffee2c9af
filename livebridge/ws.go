//lint:file-ignore SA1019 the library was renamed, not abandoned: its successor is the same code under another import path

package livebridge

import (
	"context"
	"net/http"
	"time"

	"nhooyr.io/websocket"
)

// This file is all that knows the websocket library: its successor is the same
// code under another import path.

// Subprotocol is what viewers must ask for. It names the format of the frames.
const Subprotocol = "rpcscope.v1"

// writeLimit bounds one write to a viewer. A viewer that takes longer is cut
// off: the library closes a connection whose write was interrupted.
const writeLimit = 5 * time.Second

// socket is one viewer's connection, written by one goroutine.
type socket struct {
	conn *websocket.Conn
	// gone ends when the viewer has left.
	gone context.Context
}

// accept answers the handshake; the caller has checked the origin. On failure the response is written.
func accept(w http.ResponseWriter, r *http.Request) (*socket, error) {
	conn, err := websocket.Accept(w, r, &websocket.AcceptOptions{
		Subprotocols: []string{Subprotocol},
		// The library compares the origin with the Host header alone, which a
		// page that rebinds its own name to this machine passes: see originAllowed.
		InsecureSkipVerify: true,
		// Compression would cost three times the processor time of sending.
		CompressionMode: websocket.CompressionDisabled,
	})
	if err != nil {
		return nil, err
	}
	// Viewers have nothing to say: control frames are answered, anything else ends it.
	conn.SetReadLimit(4 << 10)
	// Not the request's context: a server that shuts down ends it, and with it
	// the connection, before the viewer could be told why.
	return &socket{conn: conn, gone: conn.CloseRead(context.WithoutCancel(r.Context()))}, nil
}

// speaks reports whether the viewer asked for our subprotocol.
func (s *socket) speaks() bool { return s.conn.Subprotocol() == Subprotocol }

func (s *socket) write(ctx context.Context, p []byte) error {
	ctx, cancel := context.WithTimeout(ctx, writeLimit)
	defer cancel()
	return s.conn.Write(ctx, websocket.MessageBinary, p)
}

// refuse ends the connection because of what the viewer is or does.
func (s *socket) refuse(why string) { _ = s.conn.Close(websocket.StatusPolicyViolation, why) }

// goAway ends the connection because the bridge ends.
func (s *socket) goAway(why string) { _ = s.conn.Close(websocket.StatusGoingAway, why) }

// abandon ends the connection without a word.
func (s *socket) abandon() { _ = s.conn.CloseNow() }
