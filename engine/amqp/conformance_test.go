package amqp

import (
	"bufio"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"rpcscope/engine/flow"
	"rpcscope/engine/sim"
)

// frame is one record of a capture: an AMQP method as a relay between real
// programs and a real RabbitMQ 3.10.8 saw it.
type frame struct {
	T          int64          `json:"t"`
	RoutingKey string         `json:"routing_key"`
	Connection string         `json:"connection"`
	Channel    uint16         `json:"channel"`
	Headers    map[string]any `json:"headers"`
	Properties map[string]any `json:"properties"`
	Payload    string         `json:"payload"`
}

func (f *frame) text(key string) string { s, _ := f.Headers[key].(string); return s }
func (f *frame) flag(key string) bool   { v, _ := f.Headers[key].(bool); return v }
func (f *frame) number(key string) int64 {
	v, _ := f.Headers[key].(json.Number)
	n, _ := v.Int64()
	return n
}

func readFrames(t *testing.T, file string) []frame {
	t.Helper()
	f, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var all []frame
	lines := bufio.NewScanner(f)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		d := json.NewDecoder(strings.NewReader(lines.Text()))
		d.UseNumber()
		var r frame
		if err := d.Decode(&r); err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		all = append(all, r)
	}
	if err := lines.Err(); err != nil {
		t.Fatal(err)
	}
	return all
}

// TestBrokerAnswersAsRabbitMQDid replays what the clients of every capture sent
// and compares what the broker said to each connection. Three orders are left
// open, as RabbitMQ leaves them: deliveries against confirms against answers.
func TestBrokerAnswersAsRabbitMQDid(t *testing.T) {
	files, err := filepath.Glob("testdata/captures/*.frames.jsonl")
	if err != nil || len(files) < 16 {
		t.Fatalf("found %d captures, %v", len(files), err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".frames.jsonl"), func(t *testing.T) {
			answersAlike(t, file)
		})
	}
}

// Obligation 12 of the wire specification: what no RPC library has a part in –
// all property types, each kind of exchange, CC and BCC, get, reject, prefetch,
// dead letters, limits, errors and deletions – is answered as RabbitMQ did.
func TestObligation12BrokerSemanticsWithoutRPC(t *testing.T) {
	if n := answersAlike(t, "testdata/captures/18-raw-firehose.frames.jsonl"); n < 40 {
		t.Errorf("only %d answers were compared", n)
	}
}

// answersAlike replays a capture and compares; it returns how many answers there were.
func answersAlike(t *testing.T, file string) (n int) {
	t.Helper()
	frames := readFrames(t, file)
	want, got := recordedAnswers(frames), replay(t, frames)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("RabbitMQ (-) and the model (+) differ:\n%s", diff)
	}
	for _, lines := range want {
		n += len(lines)
	}
	return n
}

// answers are what the broker said, by connection, channel and stream.
type answers map[string][]string

func stream(conn string, channel uint16, op string) string {
	kind := "answers"
	switch op {
	case "basic.deliver", "basic.cancel":
		kind = "deliveries"
	case "basic.ack", "basic.nack", "basic.return":
		kind = "confirms"
	}
	return fmt.Sprintf("%s channel %d %s", conn, channel, kind)
}

func recordedAnswers(frames []frame) answers {
	a := answers{}
	for i := range frames {
		f := &frames[i]
		op, ok := strings.CutPrefix(f.RoutingKey, "s2c.")
		if !ok || op == "heartbeat" {
			continue
		}
		line := op
		for _, k := range []string{"queue", "exchange", "routing_key", "consumer_tag", "reply_text"} {
			if v := f.text(k); v != "" && !strings.HasPrefix(op, "connection.start") {
				line += fmt.Sprintf(" %s=%s", k, v)
			}
		}
		for _, k := range []string{"delivery_tag", "message_count", "consumer_count", "reply_code"} {
			if v := f.number(k); v != 0 {
				line += fmt.Sprintf(" %s=%d", k, v)
			}
		}
		if f.flag("redelivered") {
			line += " redelivered"
		}
		if len(f.Properties) > 0 {
			line += fmt.Sprintf(" headers={%s} body=%.40q", headerText(f), f.Payload)
		}
		key := stream(f.Connection, f.Channel, op)
		if (op == "basic.ack" || op == "basic.nack") && f.flag("multiple") {
			// One confirm for many stands for each of them.
			last := int64(0)
			for _, l := range a[key] {
				fmt.Sscanf(l, "basic.ack delivery_tag=%d", &last)
			}
			for tag := last + 1; tag < f.number("delivery_tag"); tag++ {
				a[key] = append(a[key], fmt.Sprintf("%s delivery_tag=%d", op, tag))
			}
		}
		a[key] = append(a[key], line)
	}
	return a
}

func headerText(f *frame) string {
	h, _ := f.Properties["headers"].(map[string]any)
	return string(jsonTable(h).AppendText(nil))
}

func jsonTable(m map[string]any) (t Table) {
	for k, v := range m {
		t = append(t, Field{k, jsonValue(v)})
	}
	return t
}

func jsonValue(v any) Value {
	switch v := v.(type) {
	case string:
		return String(v)
	case bool:
		return Bool(v)
	case json.Number:
		if n, err := v.Int64(); err == nil {
			return Int(n)
		}
		return Value{Kind: FloatValue, Text: v.String()}
	case []any:
		a := Value{Kind: ArrayValue}
		for _, x := range v {
			a.Items = append(a.Items, jsonValue(x))
		}
		return a
	case map[string]any:
		return Value{Kind: TableValue, Table: jsonTable(v)}
	}
	return Value{}
}

// replay sends the clients' methods to the model at the times of the capture.
func replay(t *testing.T, frames []frame) answers {
	names := &flow.Names{}
	queue := &sim.Queue{}
	vhosts := map[string]bool{}
	for i := range frames {
		if frames[i].RoutingKey == "c2s.connection.open" {
			vhosts[frames[i].text("vhost")] = true
		}
	}
	cfg := Config{Names: names, Queue: queue, Sink: flow.SinkFunc(func(*flow.Event, *flow.Message) {})}
	for v := range vhosts {
		cfg.VHosts = append(cfg.VHosts, v)
	}
	r := replayer{b: New(cfg), names: names, conns: map[string]ConnID{}, out: answers{}}
	for i := range frames {
		f := &frames[i]
		for {
			it, ok := queue.PopUntil(f.T)
			if !ok {
				break
			}
			r.b.Dispatch(&it, nil)
		}
		if strings.HasPrefix(f.RoutingKey, "c2s.") {
			r.send(t, f)
		}
	}
	for c := range r.conns {
		r.drain(c)
	}
	return r.out
}

type replayer struct {
	b      *Broker
	names  *flow.Names
	conns  map[string]ConnID
	bodies []string
	out    answers
}

func (r *replayer) send(t *testing.T, f *frame) {
	op, ok := ParseOp(strings.TrimPrefix(f.RoutingKey, "c2s."))
	if !ok {
		if f.RoutingKey == "c2s.heartbeat" {
			return
		}
		t.Fatalf("no such method: %s", f.RoutingKey)
	}
	c, ok := r.conns[f.Connection]
	if !ok {
		c = r.b.Dial(f.T, Dial{Manual: true})
		r.conns[f.Connection] = c
	}
	n := func(key string) flow.Name { return r.names.Intern(f.text(key)) }
	m := Method{
		Op: op, Channel: f.Channel, Exchange: n("exchange"), Queue: n("queue"), Key: n("routing_key"),
		Tag: n("consumer_tag"), Type: n("type"), Text: n("reply_text"),
		Delivery: uint64(f.number("delivery_tag")), Count: uint32(f.number("prefetch_count")), Value: f.number("reply_code"),
	}
	if op == OpConnectionOpen {
		m.Queue = n("vhost")
	}
	if args, _ := f.Headers["arguments"].(map[string]any); len(args) > 0 {
		m.Args = r.b.Tables().Intern(jsonTable(args))
	}
	for key, flag := range map[string]flow.Flags{
		"passive": flow.Passive, "durable": flow.Durable, "auto_delete": flow.AutoDelete, "exclusive": flow.Exclusive,
		"internal": flow.Internal, "nowait": flow.NoWait, "mandatory": flow.Mandatory, "no_ack": flow.NoAck, "multiple": flow.Multiple,
		"requeue": flow.Requeued, "if_unused": flow.IfUnused, "if_empty": flow.IfEmpty, "global": flow.Global,
	} {
		if f.flag(key) {
			m.Flags |= flag
		}
	}
	if op == OpBasicPublish {
		content := r.content(f)
		r.b.Publish(f.T, c, &m, &content)
	} else {
		r.b.Send(f.T, c, &m)
	}
	r.drainAll()
}

func (r *replayer) content(f *frame) Content {
	r.bodies = append(r.bodies, f.Payload)
	c := Content{Body: uint64(len(r.bodies))}
	c.Expiration = -1
	c.Size = uint32(len(f.Payload))
	if f.Headers["payload_encoding"] == "base64" {
		raw, _ := base64.StdEncoding.DecodeString(f.Payload)
		c.Size = uint32(len(raw))
	}
	if e, ok := f.Properties["expiration"].(string); ok {
		n, _ := json.Number(e).Int64()
		c.Expiration = n * 1e6
	}
	h, _ := f.Properties["headers"].(map[string]any)
	c.Headers = r.b.Tables().Intern(jsonTable(h))
	return c
}

func (r *replayer) drainAll() {
	for c := range r.conns {
		r.drain(c)
	}
}

func (r *replayer) drain(conn string) {
	var m Method
	var content Content
	for r.b.Poll(r.conns[conn], &m, &content) {
		op := m.Op.String()
		line := op
		for _, x := range []struct {
			key  string
			name flow.Name
		}{{"queue", m.Queue}, {"exchange", m.Exchange}, {"routing_key", m.Key}, {"consumer_tag", m.Tag}, {"reply_text", m.Text}} {
			if x.name != 0 {
				line += fmt.Sprintf(" %s=%s", x.key, r.names.Text(x.name))
			}
		}
		count, code := m.Value, int64(0)
		if m.Op == OpBasicReturn || m.Op == OpChannelClose || m.Op == OpConnectionClose {
			count, code = 0, m.Value
		}
		for _, x := range []struct {
			key string
			n   int64
		}{{"delivery_tag", int64(m.Delivery)}, {"message_count", count}, {"consumer_count", int64(m.Count)}, {"reply_code", code}} {
			if x.n != 0 {
				line += fmt.Sprintf(" %s=%d", x.key, x.n)
			}
		}
		if m.Flags&flow.Redelivered != 0 {
			line += " redelivered"
		}
		if m.Op == OpBasicReturn || m.Op == OpBasicDeliver || m.Op == OpBasicGetOk {
			line += fmt.Sprintf(" headers={%s} body=%.40q", r.names.Text(content.Headers), r.bodies[content.Body-1])
		}
		key := stream(conn, m.Channel, op)
		r.out[key] = append(r.out[key], line)
	}
}
