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
	// messages by number, and their numbers in the order of publishing.
	messages map[flow.MsgID]flow.Message
	order    []flow.MsgID
	events   []flow.Event
}

// Emit implements flow.Sink.
func (s *model) Emit(e *flow.Event, m *flow.Message) {
	s.events = append(s.events, *e)
	if m != nil {
		s.messages[e.Msg] = *m
	}
	if e.Kind == flow.Publish {
		s.order = append(s.order, e.Msg)
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
	return w.String()
}

// sentMessage is a published message, with what simulations alone show of it.
type sentMessage struct {
	flow.Message
	preview string
}

// published returns the messages in the order of publishing.
func (s *model) published() (out []sentMessage) {
	for _, id := range s.order {
		out = append(out, sentMessage{s.messages[id], s.text(s.messages[id].Preview)})
	}
	return out
}

// runModel runs the conformance document of a capture until it has nothing more to say for a minute.
func runModel(t *testing.T, number string, seed uint64) *model {
	t.Helper()
	s := &model{names: &flow.Names{}, messages: map[flow.MsgID]flow.Message{}}
	feedModel(t, number, seed, s.names, s)
	s.all.finish()
	return s
}

func feedModel(t *testing.T, number string, seed uint64, names *flow.Names, sink flow.Sink) {
	t.Helper()
	data, err := os.ReadFile("testdata/conformance/" + number + ".json")
	if err != nil {
		t.Fatal(err)
	}
	w, err := scenario.NewWorld(parse(t, string(data)), seed, names, sink)
	if err != nil {
		t.Fatal(err)
	}
	if err := w.RunUntil(90e9); err != nil {
		t.Fatal(err)
	}
}
