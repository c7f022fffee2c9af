package oracle

import (
	"errors"
	"net/http"
	"net/url"
	"strings"
	"time"

	"rpcscope/livebridge/oracle/wire"
)

// forceClose ends a connection as an operator does, by the management API,
// which hears of a new connection a moment late.
func (w *Worker) forceClose(c *wire.Conn) error {
	for deadline := time.Now().Add(w.patience); ; time.Sleep(20 * time.Millisecond) {
		_, err := w.apiWith(http.MethodDelete, "/api/connections/"+url.PathEscape(c.Name()), nil, "X-Reason", forceReason)
		if err == nil || !strings.Contains(err.Error(), "404") || time.Now().After(deadline) {
			return err
		}
	}
}

// limit sets or clears a limit of the first virtual host or of the bound user.
func (w *Worker) limit(o *Op) error {
	if _, err := w.keeper(firstVHost); err != nil { // which must not be kept out
		return err
	}
	path := map[Verb]string{
		LimitQueues:      "/api/vhost-limits/" + url.PathEscape(w.prefix+firstVHost) + "/max-queues",
		LimitConnections: "/api/vhost-limits/" + url.PathEscape(w.prefix+firstVHost) + "/max-connections",
		LimitChannels:    "/api/user-limits/" + url.PathEscape(w.prefix+boundUser) + "/max-channels",
	}[o.Verb]
	if path == "" {
		return errors.New("oracle: " + o.String() + " is no limit")
	}
	if o.Count < 0 {
		if !w.policies[path] {
			return nil
		}
		delete(w.policies, path)
		_, err := w.api(http.MethodDelete, path, nil)
		return err
	}
	w.policies[path] = true
	_, err := w.api(http.MethodPut, path, map[string]any{"value": o.Count})
	return err
}
