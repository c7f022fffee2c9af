package oracle

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"rpcscope/engine/amqp"
	"rpcscope/engine/flow"
	"rpcscope/livebridge/oracle/wire"
)

var bg = context.Background()

// api asks the management API, over a connection that is kept.
func (w *Worker) api(method, path string, body any) ([]byte, error) {
	return w.apiWith(method, path, body, "", "")
}

// apiWith is api with a header more, unless that is empty.
func (w *Worker) apiWith(method, path string, body any, header, value string) ([]byte, error) {
	var sent io.Reader
	if body != nil {
		b, err := json.Marshal(body)
		if err != nil {
			return nil, err
		}
		sent = bytes.NewReader(b)
	}
	req, err := http.NewRequest(method, w.rabbit.ManagementURL()+path, sent)
	if err != nil {
		return nil, err
	}
	req.SetBasicAuth("guest", "guest")
	req.Header.Set("Content-Type", "application/json")
	if header != "" {
		req.Header.Set(header, value)
	}
	resp, err := w.client.Do(req)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(io.LimitReader(resp.Body, 1<<24))
	if err == nil && resp.StatusCode/100 != 2 {
		err = fmt.Errorf("oracle: %s %s: %s %s", method, path, resp.Status, text)
	}
	return text, err
}

// policy sets or clears a policy of the first virtual host.
func (w *Worker) policy(o *Op) error {
	kind, clear := "policies", ClearPolicy
	if o.Verb == SetOperatorPolicy || o.Verb == ClearOperatorPolicy {
		kind, clear = "operator-policies", ClearOperatorPolicy
	}
	path := "/api/" + kind + "/" + url.PathEscape(w.prefix+firstVHost) + "/" + url.PathEscape(o.Policy.Name)
	if o.Verb == clear {
		if !w.policies[path] {
			return nil
		}
		delete(w.policies, path)
		_, err := w.api(http.MethodDelete, path, nil)
		return err
	}
	definition := map[string]any{}
	for _, f := range o.Args {
		if f.Value.Kind == amqp.IntValue {
			definition[f.Key] = f.Value.Int
		} else {
			definition[f.Key] = f.Value.Text
		}
	}
	w.policies[path] = true
	_, err := w.api(http.MethodPut, path, map[string]any{
		"pattern": o.Policy.Pattern, "apply-to": o.Policy.ApplyTo, "priority": o.Policy.Priority, "definition": definition,
	})
	return err
}

func (w *Worker) get(path string, v any) error {
	text, err := w.api(http.MethodGet, path, nil)
	if err != nil {
		return err
	}
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	return d.Decode(v)
}

// topology lists what exists in the worker's virtual hosts.
func (w *Worker) topology() (topology, error) {
	t := newTopology()
	for _, vhost := range vhosts {
		if !w.visited[vhost] {
			continue
		}
		one, err := w.topologyOf(vhost)
		if err != nil {
			return t, err
		}
		for k, v := range one.queues {
			t.queues[k] = v
		}
		for k, v := range one.exchanges {
			t.exchanges[k] = v
		}
		for k, v := range one.bindings {
			t.bindings[k] = v
		}
	}
	return t, nil
}

func (w *Worker) topologyOf(vhost string) (topology, error) {
	t := newTopology()
	at := url.PathEscape(w.prefix + vhost)
	var queues []struct {
		Name       string
		Durable    bool
		AutoDelete bool `json:"auto_delete"`
		Exclusive  bool
		Arguments  map[string]any
	}
	if err := w.get("/api/queues/"+at+"?disable_stats=true&enable_queue_totals=true", &queues); err != nil {
		return t, err
	}
	for _, q := range queues {
		if strings.HasPrefix(q.Name, ownPrefix) {
			continue
		}
		t.queues[queueName{vhost, q.Name}] = &queueInfo{
			flags: bits(q.Durable, flow.Durable, q.AutoDelete, flow.AutoDelete, q.Exclusive, flow.Exclusive), args: argsText(q.Arguments),
		}
	}
	if err := w.exchanges(&t, vhost, at); err != nil {
		return t, err
	}
	return t, w.bindings(&t, vhost, at)
}

func (w *Worker) exchanges(t *topology, vhost, at string) error {
	var list []struct {
		Name, Type string
		Durable    bool
		Internal   bool
		AutoDelete bool `json:"auto_delete"`
		Arguments  map[string]any
	}
	if err := w.get("/api/exchanges/"+at+"?columns=name,type,durable,auto_delete,internal,arguments", &list); err != nil {
		return err
	}
	for _, x := range list {
		if x.Name == "" || strings.HasPrefix(x.Name, "amq.") {
			continue
		}
		t.exchanges[queueName{vhost, x.Name}] = &exchangeInfo{
			kind: x.Type, args: argsText(x.Arguments), flags: bits(x.Durable, flow.Durable, x.AutoDelete, flow.AutoDelete, x.Internal, flow.Internal),
		}
	}
	return nil
}

func (w *Worker) bindings(t *topology, vhost, at string) error {
	var list []struct {
		Source, Destination string
		Kind                string `json:"destination_type"`
		Key                 string `json:"routing_key"`
		Arguments           map[string]any
	}
	if err := w.get("/api/bindings/"+at, &list); err != nil {
		return err
	}
	for _, b := range list {
		if b.Source == "" {
			continue // implicit
		}
		t.bindings[bindingInfo{vhost, b.Source, b.Destination, b.Key, argsText(b.Arguments), b.Kind == "exchange"}] = true
	}
	return nil
}

func bits(a bool, fa flow.Flags, b bool, fb flow.Flags, c bool, fc flow.Flags) (f flow.Flags) {
	if a {
		f |= fa
	}
	if b {
		f |= fb
	}
	if c {
		f |= fc
	}
	return f
}

// argsText is an argument table of the management API as the model writes it.
func argsText(args map[string]any) string { return string(jsonTable(args).AppendText(nil)) }

func jsonTable(args map[string]any) (t amqp.Table) {
	for k, v := range args { // unsorted: AppendText sorts
		t = append(t, amqp.Field{Key: k, Value: jsonValue(v)})
	}
	return t
}

func jsonValue(v any) amqp.Value {
	switch v := v.(type) {
	case bool:
		return amqp.Bool(v)
	case string:
		if v == "undefined" { // what the API makes of a void
			return amqp.Value{}
		}
		return amqp.String(v)
	case json.Number:
		if n, err := v.Int64(); err == nil {
			return amqp.Int(n)
		}
		f, _ := v.Float64()
		return amqp.Value{Kind: amqp.FloatValue, Text: strconv.FormatFloat(f, 'g', -1, 64)}
	case []any:
		out := amqp.Value{Kind: amqp.ArrayValue}
		for _, x := range v {
			out.Items = append(out.Items, jsonValue(x))
		}
		return out
	case map[string]any:
		return amqp.Value{Kind: amqp.TableValue, Table: jsonTable(v)}
	}
	return amqp.Value{}
}

// clear removes everything that is left in a virtual host.
func (w *Worker) clear(t topology, vhost string) error {
	k, err := w.keeper(vhost)
	if err != nil {
		return err
	}
	const channel = probeChannel
	var send []*wire.Method
	if !k.probe.open {
		send = append(send, &wire.Method{Op: amqp.OpChannelOpen, Channel: channel})
		k.probe.open = true
	}
	for b := range t.bindings {
		if b.toExchange && strings.HasPrefix(b.source, "amq.") && strings.HasPrefix(b.dest, "amq.") {
			return fmt.Errorf("oracle: binding between predeclared exchanges is left: %v", b)
		}
	}
	for q := range t.queues {
		send = append(send, &wire.Method{Op: amqp.OpQueueDelete, Channel: channel, Queue: q.name, Flags: flow.NoWait})
	}
	for x := range t.exchanges {
		send = append(send, &wire.Method{Op: amqp.OpExchangeDelete, Channel: channel, Exchange: x.name, Flags: flow.NoWait})
	}
	for path := range w.policies {
		if _, err := w.api(http.MethodDelete, path, nil); err != nil {
			return err
		}
		delete(w.policies, path)
	}
	k.probe.answer = nil
	send = append(send, &wire.Method{Op: amqp.OpQueueDeclare, Channel: channel, Queue: "oracle.nothing", Flags: flow.Passive})
	if err := k.Send(send...); err != nil {
		return err
	}
	return w.await(func() bool { return k.probe.answer != nil })
}
