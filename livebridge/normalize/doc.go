// Package normalize turns what a RabbitMQ broker tells – firehose (trace)
// messages, event-exchange messages, topology snapshots – into flow events. It
// knows no client library, so that the page can open captures with it too.
//
// It is also the one secrets filter: of a message body, only an allowlist of
// envelope fields leaves this package (method, namespace, version, event type,
// priority, ids, reply queue, failure class, ending, the names of context keys
// and the size). Argument values, results, failure texts, payloads, context
// values and header values do not.
//
// The firehose tells neither acknowledgements nor expiries nor returns, and
// does not say which publish a delivery belongs to. What is deduced is marked
// [flow.Inferred].
package normalize
