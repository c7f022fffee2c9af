package rabbittest

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
)

// api sends one management request as guest; path is already escaped.
func (n *Node) api(ctx context.Context, method, path string, body any) error {
	_, err := n.apiBody(ctx, method, path, body)
	return err
}

func (n *Node) apiBody(ctx context.Context, method, path string, body any) ([]byte, error) {
	var r io.Reader
	if body != nil {
		b, err := json.Marshal(body)
		if err != nil {
			return nil, err
		}
		r = bytes.NewReader(b)
	}
	req, err := http.NewRequestWithContext(ctx, method, n.ManagementURL()+path, r)
	if err != nil {
		return nil, err
	}
	req.SetBasicAuth("guest", "guest")
	req.Header.Set("Content-Type", "application/json")
	resp, err := n.client.Do(req)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(io.LimitReader(resp.Body, 1<<24))
	if err != nil {
		return nil, err
	}
	if resp.StatusCode/100 != 2 {
		return text, fmt.Errorf("rabbittest: %s %s: %s %s", method, path, resp.Status, text)
	}
	return text, nil
}

// AddVHost makes a virtual host that guest may use, with tracing as said.
func (n *Node) AddVHost(ctx context.Context, vhost string, tracing bool) error {
	path := "/api/vhosts/" + url.PathEscape(vhost)
	if err := n.api(ctx, http.MethodPut, path, map[string]any{"tracing": tracing}); err != nil {
		return err
	}
	return n.Permit(ctx, vhost, "guest", ".*", ".*", ".*")
}

// DeleteVHost removes a virtual host and all that is in it.
func (n *Node) DeleteVHost(ctx context.Context, vhost string) error {
	return n.api(ctx, http.MethodDelete, "/api/vhosts/"+url.PathEscape(vhost), nil)
}

// Trace switches the firehose of a virtual host on or off.
func (n *Node) Trace(ctx context.Context, vhost string, on bool) error {
	return n.api(ctx, http.MethodPut, "/api/vhosts/"+url.PathEscape(vhost), map[string]any{"tracing": on})
}

// AddUser makes a user without rights; tags such as "monitoring" or "administrator" are comma separated.
func (n *Node) AddUser(ctx context.Context, user, password, tags string) error {
	return n.api(ctx, http.MethodPut, "/api/users/"+url.PathEscape(user), map[string]any{"password": password, "tags": tags})
}

// Permit sets what user may configure, write and read in vhost, as regular expressions.
func (n *Node) Permit(ctx context.Context, vhost, user, configure, write, read string) error {
	path := "/api/permissions/" + url.PathEscape(vhost) + "/" + url.PathEscape(user)
	return n.api(ctx, http.MethodPut, path, map[string]any{"configure": configure, "write": write, "read": read})
}

// Forbid takes all of user's rights in vhost.
func (n *Node) Forbid(ctx context.Context, vhost, user string) error {
	return n.api(ctx, http.MethodDelete, "/api/permissions/"+url.PathEscape(vhost)+"/"+url.PathEscape(user), nil)
}

// Get decodes the management API's answer to path, such as "/api/queues", into v.
func (n *Node) Get(ctx context.Context, path string, v any) error {
	b, err := n.apiBody(ctx, http.MethodGet, path, nil)
	if err != nil {
		return err
	}
	return json.Unmarshal(b, v)
}
