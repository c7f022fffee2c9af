package livebridge

import (
	amqp "github.com/rabbitmq/amqp091-go"

	"rpcscope/livebridge/normalize"
)

// toNormalize puts a record in the normalizer's terms.
func toNormalize(r *record) normalize.Record {
	n := normalize.Record{At: r.t, VHost: r.vhost, RoutingKey: r.key, Headers: plain(r.header), Body: r.body, Complete: r.complete}
	switch r.source {
	case fromFirehose:
		n.Source = normalize.Firehose
	case fromEvents:
		n.Source = normalize.Event
	case fromTopology:
		n.Source = normalize.Topology
	}
	return n
}

// plain takes the client library's type off a table and those inside. It
// changes the table: what a delivery brought belongs to its receiver.
func plain(t amqp.Table) map[string]any {
	for k, v := range t {
		switch v.(type) {
		case amqp.Table, []any:
			t[k] = plainValue(v)
		}
	}
	return t
}

func plainValue(v any) any {
	switch v := v.(type) {
	case amqp.Table:
		return plain(v)
	case []any:
		if v == nil {
			return []any{} // how the library reads an array without elements
		}
		for i := range v {
			v[i] = plainValue(v[i])
		}
	}
	return v
}
