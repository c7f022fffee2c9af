package scenario_test

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"rpcscope/engine/flow"
	"rpcscope/engine/scenario"
)

// model collects the same from a simulation.
type model struct {
	names *flow.Names
	all   dialogues
	// size and expiration by message, and the publishes whose descriptor is still to come.
	messages map[flow.MsgID]flow.Message
	events   []flow.Event
}

// Emit implements flow.Sink.
func (s *model) Emit(e *flow.Event, m *flow.Message) {
	s.events = append(s.events, *e)
	if m != nil {
		s.messages[e.Msg] = *m
	}
	if e.Kind == flow.Publish {
		k := s.all.get(s.names.Text(e.Conn))
		k.lines[len(k.lines)-1].text += s.content(m)
	}
	if e.Kind != flow.Method {
		return
	}
	op := s.names.Text(e.Label)
	if op == "protocol-header" {
		return
	}
	k := s.all.get(s.names.Text(e.Conn))
	if op == "connection.start-ok" {
		if k.program = s.names.Text(e.Process); e.Text != 0 {
			k.program = programOf(s.names.Text(e.Text))
		}
	}
	k.add(e.At, e.Has(flow.ToClient), op, s.args(op, e))
}

var flagNames = []struct {
	flag flow.Flags
	name string
}{
	{flow.Passive, "passive"},
	{flow.Durable, "durable"},
	{flow.AutoDelete, "auto_delete"},
	{flow.Exclusive, "exclusive"},
	{flow.Internal, "internal"},
	{flow.NoWait, "nowait"},
	{flow.NoAck, "no_ack"},
	{flow.Mandatory, "mandatory"},
	{flow.Multiple, "multiple"},
	{flow.Requeued, "requeue"},
	{flow.Redelivered, "redelivered"},
}

func (s *model) args(op string, e *flow.Event) string {
	var w argWriter
	x := s.names.Text
	w.add("exchange", x(e.Exchange))
	if op != "connection.open" {
		w.add("queue", x(e.Queue))
	}
	w.add("key", x(e.Key))
	w.add("tag", x(e.Tag))
	if op == "exchange.declare" {
		w.add("type", x(e.Text))
	}
	for _, f := range flagNames {
		if e.Has(f.flag) {
			w.add(f.name, "true")
		}
	}
	for _, a := range strings.Split(x(e.Args), "; ") {
		name, value, _ := strings.Cut(a, "=")
		w.add(name, value)
	}
	switch op {
	case "basic.deliver", "basic.ack", "basic.reject", "basic.nack":
		w.add("delivery_tag", fmt.Sprint(e.Value))
	case "queue.declare-ok":
		if e.Value != 0 {
			w.add("message_count", fmt.Sprint(e.Value))
		}
		if e.Count != 0 {
			w.add("consumer_count", fmt.Sprint(e.Count))
		}
	case "queue.delete-ok":
		if e.Value != 0 {
			w.add("message_count", fmt.Sprint(e.Value))
		}
	case "basic.return", "connection.close", "channel.close":
		if e.Value != 0 {
			w.add("code", fmt.Sprint(e.Value))
			w.add("text", x(e.Text))
		}
	case "connection.open":
		w.add("vhost", x(e.Queue))
	case "connection.start-ok":
		w.add("name", x(e.Text))
	}
	if op == "basic.deliver" || op == "basic.return" {
		w.add("expiration", expiration(s.messages[e.Msg]))
	}
	return w.String()
}

func expiration(m flow.Message) string {
	if m.Expiration < 0 {
		return ""
	}
	return fmt.Sprint(m.Expiration / 1e6)
}

func (s *model) content(m *flow.Message) string {
	var w argWriter
	x := s.names.Text
	w.add("expiration", expiration(*m))
	w.add("properties", x(m.Props))
	body := fmt.Sprintf("%d bytes", m.Size)
	if m.FailureClass != 0 {
		if sizeless[x(m.FailureClass)] {
			body = "some bytes"
		}
		body += " failure " + x(m.Preview)
	}
	for _, f := range []struct {
		name  string
		value flow.Name
	}{{"method", m.Method}, {"namespace", m.Namespace}, {"version", m.Version}, {"event_type", m.EventType}, {"priority", m.Priority}} {
		if f.value != 0 {
			body += " " + f.name + " " + x(f.value)
		}
	}
	switch {
	case m.Has(flow.Ending):
		body += " ending true"
	case m.Has(flow.NotEnding):
		body += " ending false"
	}
	if m.Context != 0 {
		body += " context " + x(m.Context)
	}
	w.add("body", body)
	return w.String()
}

// runModel runs the conformance document of a capture until it has nothing more to say for a minute.
func runModel(t *testing.T, number string, seed uint64) *model {
	t.Helper()
	data, err := os.ReadFile("testdata/conformance/" + number + ".json")
	if err != nil {
		t.Fatal(err)
	}
	doc, err := scenario.Parse(data)
	if err != nil {
		t.Fatal(err)
	}
	s := &model{names: &flow.Names{}, messages: map[flow.MsgID]flow.Message{}}
	w, err := scenario.NewWorld(doc, seed, s.names, s)
	if err != nil {
		t.Fatal(err)
	}
	if err := w.RunUntil(90e9); err != nil {
		t.Fatal(err)
	}
	s.all.finish()
	return s
}
