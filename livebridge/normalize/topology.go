package normalize

import (
	"bytes"
	"encoding/json"
	"strings"

	"rpcscope/engine/flow"
)

// topologyDoc is a snapshot in the management API's words.
type topologyDoc struct {
	Exchanges   []map[string]any `json:"exchanges"`
	Queues      []map[string]any `json:"queues"`
	Bindings    []map[string]any `json:"bindings"`
	Consumers   []map[string]any `json:"consumers"`
	Connections []map[string]any `json:"connections"`
}

// settled is how old an object must be, in nanoseconds, before its absence from a snapshot means that it is gone.
const settled = 1_000_000_000

// topology takes a snapshot: what was not known yet is announced as existing.
func (n *Normalizer) topology(r *Record) error {
	var doc topologyDoc
	dec := json.NewDecoder(bytes.NewReader(r.Body))
	dec.UseNumber()
	if err := dec.Decode(&doc); err != nil {
		return bad("the topology's payload is no JSON object of exchanges, queues, bindings, consumers and connections: %s", jsonError(err))
	}
	vhost := n.vhostOf(r, &doc)
	seen := n.snapshotSeen()
	for _, c := range doc.Connections {
		if key := text(c["name"]); key != "" {
			peer, _, _ := strings.Cut(key, " -> ")
			n.opened(key, givenName(c), orElse(text(c["vhost"]), vhost), hostOf(peer), flow.Snapshot)
		}
	}
	n.snapshotObjects(&doc, vhost, seen)
	n.snapshotConsumers(&doc, vhost, seen)
	if r.Complete || len(doc.Exchanges)+len(doc.Queues) > 0 {
		n.objects.complete[n.names.Intern(vhost)] = true
	}
	if r.Complete {
		n.removeUnseen(n.names.Intern(vhost), seen)
	}
	return nil
}

func orElse(s, other string) string {
	if s != "" {
		return s
	}
	return other
}

// vhostOf finds out which virtual host a snapshot is of: its bindings name it even where nothing else does.
func (n *Normalizer) vhostOf(r *Record, doc *topologyDoc) string {
	if r.VHost != "" {
		return r.VHost
	}
	for _, part := range [][]map[string]any{doc.Bindings, doc.Queues, doc.Exchanges} {
		for _, o := range part {
			if v := text(o["vhost"]); v != "" {
				return v
			}
		}
	}
	return "/"
}

// seenObjects is what a snapshot named.
type seenObjects struct {
	exchanges, queues map[objectKey]bool
	bindings          map[bindingKey]bool
	consumers         map[consumerKey]bool
}

func (n *Normalizer) snapshotSeen() *seenObjects {
	return &seenObjects{map[objectKey]bool{}, map[objectKey]bool{}, map[bindingKey]bool{}, map[consumerKey]bool{}}
}

func (n *Normalizer) snapshotObjects(doc *topologyDoc, vhost string, seen *seenObjects) {
	key := func(o map[string]any) objectKey {
		return objectKey{n.names.Intern(orElse(text(o["vhost"]), vhost)), n.names.Intern(text(o["name"]))}
	}
	flags := func(o map[string]any) flow.Flags {
		return flow.Snapshot | objectFlags(truth(o["durable"]), truth(o["auto_delete"]), truth(o["exclusive"]), truth(o["internal"]))
	}
	for _, x := range doc.Exchanges {
		if k := key(x); k.name != 0 {
			seen.exchanges[k] = true
			n.exchangeIs(k, text(x["type"]), flags(x), jsonArguments(table(x["arguments"])))
		}
	}
	for _, q := range doc.Queues {
		if k := key(q); k.name != 0 {
			seen.queues[k] = true
			n.queueIs(k, flags(q), jsonArguments(table(q["arguments"])))
		}
	}
	for _, b := range doc.Bindings {
		k := bindingKey{
			vhost: n.names.Intern(orElse(text(b["vhost"]), vhost)), source: n.names.Intern(text(b["source"])), dest: n.names.Intern(text(b["destination"])),
			key: n.names.Intern(text(b["routing_key"])), args: n.names.Intern(argumentText(jsonArguments(table(b["arguments"])))),
			toExchange: text(b["destination_type"]) == "exchange",
		}
		if k.source != 0 {
			seen.bindings[k] = true
			n.bindingIs(k, flow.Snapshot)
		}
	}
}

func (n *Normalizer) snapshotConsumers(doc *topologyDoc, vhost string, seen *seenObjects) {
	for _, c := range doc.Consumers {
		ch := table(c["channel_details"])
		if ch == nil {
			ch = table(c["channel"])
		}
		queue, inVHost := text(c["queue"]), vhost
		if q := table(c["queue"]); q != nil { // the API's own form
			queue, inVHost = text(q["name"]), orElse(text(q["vhost"]), vhost)
		}
		conn := n.connOf(text(ch["connection_name"]))
		if queue == "" || conn == nil {
			continue
		}
		number, _ := integer(ch["number"])
		prefetch, _ := integer(c["prefetch_count"])
		k := consumerKey{queue: objectKey{n.names.Intern(inVHost), n.names.Intern(queue)}, conn: conn.name, ch: uint16(number), tag: n.names.Intern(text(c["consumer_tag"]))}
		flags := flow.Snapshot | objectFlags(false, false, truth(c["exclusive"]), false)
		if required, ok := integer(c["ack_required"]); ok && required == 0 {
			flags |= flow.NoAck
		}
		seen.consumers[k] = true
		n.consumerIs(k, conn.process, prefetch, flags)
	}
}

// removeUnseen takes away what a complete snapshot lacks. It was deleted while nobody listened.
func (n *Normalizer) removeUnseen(vhost flow.Name, seen *seenObjects) {
	const why = "gone"
	for _, k := range sortedKeys(n.objects.consumers, func(k consumerKey, at int64) bool {
		return k.queue.vhost == vhost && !seen.consumers[k] && n.now-at > settled
	}, func(k consumerKey) []flow.Name { return []flow.Name{k.queue.name, k.conn, k.tag} }) {
		n.consumerGone(k, 0, flow.Inferred)
	}
	for _, k := range sortedKeys(n.objects.bindings, func(k bindingKey, at int64) bool {
		return k.vhost == vhost && !seen.bindings[k] && n.now-at > settled
	}, func(k bindingKey) []flow.Name { return []flow.Name{k.source, k.dest, k.key, k.args} }) {
		n.bindingGone(k, flow.Inferred)
	}
	byName := func(k objectKey) []flow.Name { return []flow.Name{k.name} }
	for _, k := range sortedKeys(n.objects.queues, func(k objectKey, at int64) bool {
		return k.vhost == vhost && !seen.queues[k] && n.now-at > settled
	}, byName) {
		n.queueGone(k, why, flow.Inferred)
	}
	for _, k := range sortedKeys(n.objects.exchanges, func(k objectKey, at int64) bool {
		return k.vhost == vhost && !seen.exchanges[k] && n.now-at > settled
	}, byName) {
		n.exchangeGone(k, why, flow.Inferred)
	}
}
