package amqp

import (
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
