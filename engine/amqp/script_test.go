package amqp

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"rpcscope/engine/flow"
	"rpcscope/engine/sim"
)

var rewrite = flag.Bool("rewrite", false, "write what the scripts of testdata/scripts give into them")

// TestScripts runs conversations written down in testdata/scripts. A line that
// begins with ">" is an action of a client (or the passing of time); below it
// stand the events that the broker tells, and after a client's letter and a
// colon what that client hears.
func TestScripts(t *testing.T) {
	files, err := filepath.Glob("testdata/scripts/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatalf("no scripts, %v", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txt"), func(t *testing.T) {
			want, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			got := runScript(t, string(want))
			if *rewrite {
				if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
				return
			}
			if diff := cmp.Diff(strings.Split(string(want), "\n"), strings.Split(got, "\n")); diff != "" {
				t.Errorf("%s (-) and the model (+) differ; go test -rewrite accepts it:\n%s", file, diff)
			}
		})
	}
}

// runScript returns the script with what really comes out of it.
func runScript(t *testing.T, text string) string {
	s := newScript()
	for _, line := range strings.Split(strings.TrimRight(text, "\n"), "\n") {
		action, isAction := strings.CutPrefix(line, "> ")
		switch {
		case isAction:
			fmt.Fprintln(&s.out, line)
			if err := s.do(strings.Fields(action)); err != nil {
				t.Fatalf("%q: %v", line, err)
			}
			s.hear()
		case line == "" || strings.HasPrefix(line, "#"):
			fmt.Fprintln(&s.out, line)
		}
	}
	return s.out.String()
}

// script is a broker with clients named by letters.
type script struct {
	names   *flow.Names
	events  *sim.Queue
	b       *Broker
	now     int64
	clients []string
	conns   map[string]ConnID
	letters map[flow.Name]string
	labels  map[flow.MsgID]string
	sent    uint64
	out     strings.Builder
}

func newScript() *script {
	s := &script{
		names: &flow.Names{}, events: &sim.Queue{}, conns: map[string]ConnID{},
		letters: map[flow.Name]string{}, labels: map[flow.MsgID]string{},
	}
	s.b = New(Config{Names: s.names, Queue: s.events, Sink: s, OmitMethods: true, Rand: sim.NewRand(1)})
	return s
}

// Emit writes an event down.
func (s *script) Emit(e *flow.Event, m *flow.Message) {
	if m != nil {
		s.labels[e.Msg] = fmt.Sprintf("m%d", s.sent)
	}
	s.out.WriteString("    ")
	if l := s.letters[e.Conn]; l != "" {
		s.out.WriteString(l + " ")
	}
	s.out.WriteString(e.Kind.String())
	if e.Msg != 0 {
		s.out.WriteString(" " + s.labels[e.Msg])
	}
	for _, f := range []struct {
		key  string
		name flow.Name
	}{{"x", e.Exchange}, {"q", e.Queue}, {"key", e.Key}, {"tag", e.Tag}, {"is", e.Label}, {"text", e.Text}, {"args", e.Args}} {
		if f.name != 0 {
			fmt.Fprintf(&s.out, " %s=%s", f.key, s.names.Text(f.name))
		}
	}
	if e.Value != 0 {
		fmt.Fprintf(&s.out, " %d", e.Value)
	}
	for i, n := range eventFlags {
		if e.Flags&(1<<i) != 0 {
			s.out.WriteString(" " + n)
		}
	}
	s.out.WriteString("\n")
}

var eventFlags = []string{
	"inferred", "snapshot", "to-client", "durable", "auto-delete", "exclusive", "internal", "mandatory", "no-route", "negative",
	"redelivered", "no-ack", "get", "no-wait", "passive", "multiple", "to-exchange", "requeued", "implicit", "persistent", "late",
	"if-unused", "if-empty", "global", "immediate",
}

// do runs one action: "wait 5ms", or "A operation arguments…"; "A/2" is the client's channel 2.
func (s *script) do(words []string) error {
	if words[0] == "wait" {
		d, err := time.ParseDuration(words[1])
		s.runUntil(s.now + int64(d))
		return err
	}
	if words[0] == "operator" {
		return s.operate(words[1:])
	}
	client, channel := clientAndChannel(words[0])
	switch op := words[1]; op {
	case "connect":
		s.connect(client, channel, words[2:]...)
	case "cut":
		s.b.Cut(s.now, s.conns[client])
	case "publish":
		return s.publish(client, channel, words[2:])
	default:
		m, err := s.method(op, words[2:])
		m.Channel = channel
		if op == "connection.close" {
			m.Channel = 0
		}
		if err == nil {
			s.b.Send(s.now, s.conns[client], &m)
		}
		return err
	}
	return nil
}

// clientAndChannel reads "A" or, for the client's channel 2, "A/2".
func clientAndChannel(word string) (client string, channel uint16) {
	client, number, _ := strings.Cut(word, "/")
	if n, err := strconv.Atoi(number); err == nil {
		return client, uint16(n)
	}
	return client, 1
}

// policy reads "name pattern apply-to priority setting=value…".
func (s *script) policy(words []string) error {
	priority, err := strconv.Atoi(words[3])
	if err != nil {
		return err
	}
	p := Policy{VHost: "/", Name: words[0], Pattern: words[1], ApplyTo: words[2], Priority: priority}
	for _, w := range words[4:] {
		key, value, _ := strings.Cut(w, "=")
		p.Definition = append(p.Definition, Field{key, scriptValue(value)})
	}
	if bad := s.b.SetPolicy(s.now, p); bad != "" {
		return errors.New(bad)
	}
	return nil
}

func (s *script) runUntil(t int64) {
	for {
		it, ok := s.events.PopUntil(t)
		if !ok {
			break
		}
		s.b.Dispatch(&it, nil)
	}
	s.now = t
}

// connect dials and opens a channel; options are user=NAME (with itself as password), password=, vhost=.
func (s *script) connect(client string, channel uint16, options ...string) {
	d := Dial{Manual: true, Name: s.names.Intern(client)}
	vhost := "/"
	for _, o := range options {
		switch key, value, _ := strings.Cut(o, "="); key {
		case "user":
			d.User, d.Password = s.names.Intern(value), s.names.Intern(value)
		case "password":
			d.Password = s.names.Intern(value)
		case "vhost":
			vhost = value
		case "plain":
			d.NoCapabilities = true
		}
	}
	c := s.b.Dial(s.now, d)
	s.conns[client], s.letters[s.b.ConnName(c)] = c, client
	if !slices.Contains(s.clients, client) {
		s.clients = append(s.clients, client)
	}
	s.b.Send(s.now, c, &Method{Op: OpProtocolHeader})
	for m := (Method{}); s.b.Poll(c, &m, nil); {
		switch m.Op {
		case OpConnectionStart:
			s.b.Send(s.now, c, &Method{Op: OpConnectionStartOk})
		case OpConnectionTune:
			s.b.Send(s.now, c, &Method{Op: OpConnectionTuneOk})
			s.b.Send(s.now, c, &Method{Op: OpConnectionOpen, Queue: s.names.Intern(vhost)})
		case OpConnectionOpenOk:
			s.b.Send(s.now, c, &Method{Op: OpChannelOpen, Channel: channel})
		case OpChannelOpenOk:
			return
		default:
			s.write(client, &m, &Content{})
		}
	}
}

// operate does what operators do, in words that [nodeScript.operate] knows too.
func (s *script) operate(words []string) error {
	arg := func(i int) string { return strings.TrimPrefix(words[i], "-") }
	switch words[0] {
	case "user", "impersonator":
		s.b.SetUser(words[1], words[1], words[0] == "impersonator")
	case "delete-user":
		s.b.DeleteUser(s.now, words[1])
	case "permit":
		s.b.Permit("/", words[1], arg(2), arg(3), arg(4))
	case "forbid":
		s.b.Forbid("/", words[1])
	case "topic":
		s.b.PermitTopic("/", words[1], words[2], arg(3), arg(4))
	case "vhost":
		s.b.AddVHost(words[1])
	case "delete-vhost":
		s.b.DeleteVHost(s.now, words[1])
	case "delete-queue":
		s.b.DeleteQueue(s.now, "/", words[1])
	case "purge":
		s.b.PurgeQueue(s.now, "/", words[1])
	case "delete-exchange":
		s.b.DeleteExchange(s.now, "/", words[1])
	case "alarm":
		s.b.SetAlarm(s.now, MemoryAlarm, words[2] == "on")
	case "stop", "crash":
		s.b.Stop(s.now, words[0] == "crash")
	case "start":
		s.b.Start(s.now)
	case "policy":
		return s.policy(words[1:])
	case "clear-policy":
		s.b.ClearPolicy(s.now, "/", words[1])
	case "close":
		s.b.CloseConnection(s.now, s.conns[words[1]], "by operator")
	default:
		return fmt.Errorf("what is %q?", words)
	}
	return nil
}

// positional arguments of the operations.
var scriptArgs = map[string][]string{
	"exchange.declare": {"exchange", "type"}, "exchange.delete": {"exchange"},
	"exchange.bind": {"queue", "exchange", "key"}, "exchange.unbind": {"queue", "exchange", "key"},
	"queue.declare": {"queue"}, "queue.delete": {"queue"}, "queue.purge": {"queue"},
	"queue.bind": {"queue", "exchange", "key"}, "queue.unbind": {"queue", "exchange", "key"},
	"basic.consume": {"queue", "tag"}, "basic.cancel": {"tag"}, "basic.get": {"queue"},
	"basic.ack": {"delivery"}, "basic.nack": {"delivery"}, "basic.reject": {"delivery"}, "basic.qos": {"count"},
}

var scriptFlags = map[string]flow.Flags{
	"durable": flow.Durable, "auto-delete": flow.AutoDelete, "exclusive": flow.Exclusive, "internal": flow.Internal,
	"passive": flow.Passive, "mandatory": flow.Mandatory, "immediate": flow.Immediate, "no-ack": flow.NoAck, "multiple": flow.Multiple, "requeue": flow.Requeued,
	"if-unused": flow.IfUnused, "if-empty": flow.IfEmpty, "global": flow.Global, "no-wait": flow.NoWait,
}

func (s *script) method(op string, words []string) (m Method, err error) {
	var ok bool
	if m.Op, ok = ParseOp(op); !ok {
		return m, fmt.Errorf("no operation %q", op)
	}
	var args Table
	for i, w := range words {
		key, value, isArg := strings.Cut(w, "=")
		switch {
		case i < len(scriptArgs[op]):
			err = s.set(&m, scriptArgs[op][i], strings.TrimPrefix(w, "-"))
		case scriptFlags[w] != 0:
			m.Flags |= scriptFlags[w]
		case isArg:
			args = append(args, Field{key, scriptValue(value)})
		default:
			err = fmt.Errorf("what is %q?", w)
		}
		if err != nil {
			return m, err
		}
	}
	m.Args = s.b.Tables().Intern(args)
	return m, nil
}

func (s *script) set(m *Method, field, w string) (err error) {
	switch field {
	case "exchange":
		m.Exchange = s.names.Intern(w)
	case "queue":
		m.Queue = s.names.Intern(w)
	case "key":
		m.Key = s.names.Intern(w)
	case "tag":
		m.Tag = s.names.Intern(w)
	case "type":
		m.Type = s.names.Intern(w)
	case "delivery":
		m.Delivery, err = strconv.ParseUint(w, 10, 64)
	case "count":
		var n uint64
		n, err = strconv.ParseUint(w, 10, 32)
		m.Count = uint32(n)
	}
	return err
}

// scriptValue reads 5, true, [a,b], "5" or a bare string.
func scriptValue(w string) Value {
	if n, err := strconv.ParseInt(w, 10, 64); err == nil {
		return Int(n)
	}
	if list, ok := strings.CutPrefix(w, "["); ok {
		v := Value{Kind: ArrayValue}
		for _, x := range strings.Split(strings.TrimSuffix(list, "]"), ",") {
			v.Items = append(v.Items, scriptValue(x))
		}
		return v
	}
	if w == "true" || w == "false" {
		return Bool(w == "true")
	}
	if w == "void" {
		return Value{}
	}
	return String(strings.Trim(w, `"`))
}

func (s *script) publish(client string, channel uint16, words []string) error {
	m, c, err := s.publication(channel, words)
	if err == nil {
		s.b.Publish(s.now, s.conns[client], &m, &c)
	}
	return err
}

// publication reads "exchange key" with flags, properties and headers.
func (s *script) publication(channel uint16, words []string) (m Method, c Content, err error) {
	if len(words) < 2 {
		return m, c, fmt.Errorf("publish needs an exchange and a key")
	}
	s.sent++
	m = Method{Op: OpBasicPublish, Channel: channel, Exchange: s.names.Intern(strings.TrimPrefix(words[0], "-")), Key: s.names.Intern(strings.TrimPrefix(words[1], "-"))}
	c = Content{Body: s.sent}
	c.Expiration, c.Size = -1, 10
	var headers Table
	for _, w := range words[2:] {
		key, value, _ := strings.Cut(w, "=")
		switch {
		case scriptFlags[w] != 0:
			m.Flags |= scriptFlags[w]
		case w == "persistent":
			c.Persistent = true
		case key == "expiration":
			if v := scriptValue(value); v.Kind == IntValue && v.Int >= 0 {
				c.Expiration = v.Int * 1e6
			} else {
				c.ExpirationText = s.names.Intern(value)
			}
		case key == "user-id":
			c.UserID = s.names.Intern(value)
		case key == "priority":
			c.Priority = uint8(scriptValue(value).Int)
		case key == "size":
			if c.Size = uint32(scriptValue(value).Int); c.Size == 0 { // no room for its name
				c.Body = 0
			}
		default:
			headers = append(headers, Field{key, scriptValue(value)})
		}
	}
	c.Headers = s.b.Tables().Intern(headers)
	return m, c, nil
}

// hear writes down what has reached each client.
func (s *script) hear() {
	for _, client := range s.clients {
		var m Method
		for c := (Content{}); s.b.Poll(s.conns[client], &m, &c); c = (Content{}) {
			s.write(client, &m, &c)
		}
	}
}

// write writes down what a client hears, who answers a close as every client does.
func (s *script) write(client string, m *Method, c *Content) {
	fmt.Fprintf(&s.out, "    %s: %s\n", client, heard(s.names, m, c))
	if m.Op == OpChannelClose {
		s.b.Send(s.now, s.conns[client], &Method{Op: OpChannelCloseOk, Channel: m.Channel})
	} else if m.Op == OpConnectionClose {
		s.b.Send(s.now, s.conns[client], &Method{Op: OpConnectionCloseOk})
	}
}

func heard(names *flow.Names, m *Method, c *Content) string {
	line := m.Op.String()
	if m.Channel > 1 {
		line = fmt.Sprintf("channel %d %s", m.Channel, line)
	}
	if c.Body != 0 {
		line += fmt.Sprintf(" m%d", c.Body)
	}
	if m.Delivery != 0 {
		line += fmt.Sprintf(" #%d", m.Delivery)
	}
	for _, n := range []flow.Name{m.Tag, m.Exchange, m.Queue, m.Key} {
		if n != 0 {
			line += " " + names.Text(n)
		}
	}
	if m.Value != 0 {
		line += fmt.Sprintf(" %d", m.Value)
	}
	if m.Op == OpQueueDeclareOk && m.Count != 0 {
		line += fmt.Sprintf(" consumers=%d", m.Count)
	}
	if m.Text != 0 {
		line += " " + names.Text(m.Text)
	}
	if m.Flags&flow.Redelivered != 0 {
		line += " redelivered"
	}
	if c.Headers != 0 {
		line += " {" + names.Text(c.Headers) + "}"
	}
	return line
}
