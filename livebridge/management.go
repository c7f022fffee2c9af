package livebridge

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// managementLimit bounds one answer of the management API, in bytes.
const managementLimit = 64 << 20

// errManagement says that the management API cannot be used, and why, without credentials.
var errManagement = errors.New("management API")

// management asks the broker's HTTP API. All requests only read.
type management struct {
	set    *settings
	client *http.Client
}

func newManagement(set *settings) *management {
	return &management{set: set, client: &http.Client{
		Timeout: 10 * time.Second,
		// A transport of its own: no proxy of the environment is told the
		// credentials, and its connections end with the bridge.
		Transport: &http.Transport{MaxIdleConnsPerHost: 1, IdleConnTimeout: 45 * time.Second, TLSClientConfig: forHTTPS(set.tls)},
		// Credentials must not follow a redirect.
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
}

// forHTTPS leaves out the server name that may be set for AMQP: the host of the URL is it.
func forHTTPS(c *tls.Config) *tls.Config {
	c = c.Clone()
	c.ServerName = ""
	return c
}

func (m *management) close() { m.client.CloseIdleConnections() }

func (m *management) get(ctx context.Context, path string, v any) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, m.set.mgmt.String()+path, nil)
	if err != nil {
		return fmt.Errorf("%w: unusable address", errManagement)
	}
	req.SetBasicAuth(m.set.user, m.set.password)
	resp, err := m.client.Do(req)
	if err != nil {
		return fmt.Errorf("%w: %s", errManagement, netReason(err))
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(io.LimitReader(resp.Body, managementLimit+1))
	switch {
	case err != nil:
		return fmt.Errorf("%w: %s", errManagement, netReason(err))
	case resp.StatusCode == http.StatusUnauthorized || resp.StatusCode == http.StatusForbidden:
		return fmt.Errorf("%w: the user needs the tag monitoring there (%d)", errManagement, resp.StatusCode)
	case resp.StatusCode != http.StatusOK:
		return fmt.Errorf("%w: answered %d", errManagement, resp.StatusCode)
	case len(body) > managementLimit:
		return fmt.Errorf("%w: answer over %d bytes", errManagement, managementLimit)
	}
	if err := json.Unmarshal(body, v); err != nil {
		return fmt.Errorf("%w: no JSON in the answer", errManagement)
	}
	return nil
}

// vhostFacts are what a look at one virtual host tells.
type vhostFacts struct {
	Tracing bool  `json:"tracing"`
	Stats   stats `json:"message_stats"`
}

type stats struct {
	// Publish counts what clients published, trace messages not. It lags up to 5 s.
	Publish uint64 `json:"publish"`
}

// UnmarshalJSON implements [json.Unmarshaler]. Where nothing was counted yet,
// RabbitMQ writes an empty list in the place of the object.
func (s *stats) UnmarshalJSON(data []byte) error {
	*s = stats{}
	if string(data) == "[]" {
		return nil
	}
	type object stats
	return json.Unmarshal(data, (*object)(s))
}

func (m *management) vhost(ctx context.Context, vhost string) (f vhostFacts, err error) {
	err = m.get(ctx, "/api/vhosts/"+url.PathEscape(vhost)+"?columns=tracing,message_stats.publish", &f)
	return f, err
}

// object is one entry of a list of the API, of which only what is needed is read.
type object = map[string]any

// topology returns what exists in a virtual host as a document in the form of
// a capture's topology record, the bridge's own objects left out. all is false
// when the user is shown only its own connections.
func (m *management) topology(ctx context.Context, vhost string) (document []byte, all bool, err error) {
	if all, err = m.seesAll(ctx); err != nil {
		return nil, false, err
	}
	v := url.PathEscape(vhost)
	lists := []struct {
		name, path string
		keep       func(object) bool
	}{
		{"exchanges", "/api/exchanges/" + v + "?columns=name,type,durable,auto_delete,internal,arguments,vhost", notBuiltIn},
		// Totals without statistics: a third of the broker's work for the same counts.
		{"queues", "/api/queues/" + v + "?disable_stats=true&enable_queue_totals=true", m.notOwn("name")},
		{"bindings", "/api/bindings/" + v, m.notOwn("destination")},
		{"consumers", "/api/consumers/" + v, m.notOwn("queue")},
		{"connections", "/api/vhosts/" + v + "/connections?columns=name,user_provided_name,client_properties,peer_host,peer_port,vhost,connected_at", notOwnConnection},
	}
	doc := make(map[string][]object, len(lists))
	for _, l := range lists {
		var found []object
		if err := m.get(ctx, l.path, &found); err != nil {
			return nil, false, err
		}
		kept := []object{}
		for _, o := range found {
			flatten(o)
			if l.keep(o) {
				o["vhost"] = vhost
				kept = append(kept, o)
			}
		}
		doc[l.name] = kept
	}
	document, err = json.Marshal(doc)
	return document, all, err
}

// seesAll reports whether the user may see other users' connections.
func (m *management) seesAll(ctx context.Context) (bool, error) {
	var who struct {
		Tags any `json:"tags"` // a list; before RabbitMQ 3.9 a text with commas
	}
	err := m.get(ctx, "/api/whoami", &who)
	tags := fmt.Sprint(who.Tags)
	return strings.Contains(tags, "monitoring") || strings.Contains(tags, "administrator"), err
}

// flatten brings an entry of the API into the form of the captures: a
// consumer's queue is its name, its channel is called channel.
func flatten(o object) {
	if q, ok := o["queue"].(object); ok {
		o["queue"] = q["name"]
	}
	if c, ok := o["channel_details"].(object); ok {
		o["channel"] = c
		delete(o, "channel_details")
	}
	delete(o, "user_who_performed_action")
	delete(o, "effective_policy_definition")
}

func notBuiltIn(o object) bool {
	name := text(o["name"])
	return name != "" && !strings.HasPrefix(name, "amq.")
}

func (m *management) notOwn(field string) func(object) bool {
	return func(o object) bool { return !m.set.ownQueue(text(o[field])) }
}

func notOwnConnection(o object) bool {
	return !strings.HasPrefix(text(o["user_provided_name"]), ownConnection)
}

// ownQueue reports whether a queue is a bridge's, this one's or another's.
func (s *settings) ownQueue(name string) bool {
	return strings.HasPrefix(name, s.QueuePrefix+".tap.")
}

// text is v when it is one; anything else a broker may send is the empty text.
func text(v any) string {
	s, _ := v.(string)
	return s
}
