package scenario_test

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"rpcscope/engine/flow"
	"rpcscope/engine/scenario"
)

// deck is the fault deck: each card with the scenario that shows it, how long
// it is played, and how often operators see what.
var deck = []struct {
	card, name string
	seconds    int64
	effect     map[string]int
}{
	{"no server", "timeout", 13, map[string]int{"MessagingTimeout": 2, "unroutable": 2}},
	{"slow server", "slowed-down", 20, map[string]int{"MessagingTimeout": 2, "late reply": 2}},
	{"server dies after fetching", "dies-after-fetching", 15, map[string]int{"killed": 2, "redelivered": 1, "MessagingTimeout": 1}},
	{"reply queue lost", "reply-queue-lost", 8, map[string]int{"returned": 8, "MessagingTimeout": 1, "late reply": 1, "answered": 1}},
	{"late reply after the timeout", "slow-server", 8, map[string]int{"MessagingTimeout": 1, "late reply": 1, "answered": 1}},
	{"broker restart", "broker-restart", 12, map[string]int{"lost": 1, "answered": 2, "CONNECTION_FORCED": 3}},
	{"version refused", "version-refused", 20, map[string]int{"UnsupportedVersion": 4}},
	{"fanout with a worker missing", "fanout-worker-missing", 24, map[string]int{"orphan": 5}},
	{"notification nobody consumes", "notifications-pile-up", 22, map[string]int{"purged": 12}},
	{"poison message", "poison-message", 20, map[string]int{"killed": 6, "redelivered": 8, "MessagingTimeout": 1, "rejected": 1}},
	{"queue at its limit", "queue-at-its-limit", 14, map[string]int{"dropped": 12, "MessagingTimeout": 1}},
	// Beyond the deck.
	{"paused server", "paused-server", 28, map[string]int{"MessagingTimeout": 5, "missed heartbeats": 2, "redelivered": 1}},
	{"link cut", "link-cut", 26, map[string]int{"MessagingTimeout": 1, "late reply": 1, "duplicate": 1}},
	{"memory alarm", "memory-alarm", 24, map[string]int{"blocked": 3, "duplicate": 2}},
}

// Every card of the fault deck shows what operators see of it, and the events that show why: the
// script of each is in testdata/faults, to be read.
func TestTheFaultDeckShowsEffectAndCause(t *testing.T) {
	for _, card := range deck {
		t.Run(card.name, func(t *testing.T) {
			s := &story{model: model{names: &flow.Names{}, messages: map[flow.MsgID]flow.Message{}}, effect: map[string]int{}}
			w, err := scenario.NewWorld(built(t, card.name), 1, s.names, s)
			if err != nil {
				t.Fatal(err)
			}
			if err := w.RunUntil(card.seconds * 1e9); err != nil {
				t.Fatal(err)
			}
			fmt.Fprintf(&s.script, "%s\n", s.sum())
			golden(t, "faults/"+card.name+".txt", append([]byte("# "+card.card+"\n"), s.script.Bytes()...))
			for what, n := range card.effect {
				if s.effect[what] != n {
					t.Errorf("%s: %d, want %d", what, s.effect[what], n)
				}
			}
		})
	}
}

// story writes what a person would tell of a fault, and counts what operators see.
type story struct {
	model
	effect map[string]int
	script bytes.Buffer
	taken  map[flow.ID]bool
}

// seen are the effects in the order in which they are told.
var seen = []string{
	"answered", "MessagingTimeout", "late reply", "UnsupportedVersion", "unroutable", "returned", "redelivered", "duplicate", "killed",
	"CONNECTION_FORCED", "missed heartbeats", "blocked", "lost", "dropped", "rejected", "purged", "orphan", "expired",
}

func (s *story) sum() string {
	text := "#"
	for _, what := range seen {
		if n := s.effect[what]; n > 0 {
			text += fmt.Sprintf(" %s %d,", what, n)
		}
	}
	return text[:len(text)-1]
}

// Emit implements flow.Sink.
func (s *story) Emit(e *flow.Event, m *flow.Message) {
	s.model.Emit(e, m)
	if what := s.effectOf(e); what != "" {
		s.effect[what]++
	}
	if tells(e) {
		// Time in ms, kind and words; ids and addresses say nothing to a reader.
		line := string(flow.AppendText(nil, s.names, e, nil))[len("0.000000000  "):]
		_, line, _ = strings.Cut(line, e.Kind.String())
		line, _, _ = strings.Cut(line, " [127.0.0.1:")
		line, _, _ = strings.Cut(line, " rpc=")
		fmt.Fprintf(&s.script, "%7.3f %-18s%s\n", float64(e.At)/1e9, e.Kind, strings.TrimLeft(line, " "))
	}
}

func (s *story) effectOf(e *flow.Event) string {
	switch e.Kind {
	case flow.Reply:
		return "answered"
	case flow.Failure:
		return s.text(e.Text)
	case flow.Timeout:
		return "MessagingTimeout"
	case flow.LateReply:
		return "late reply"
	case flow.Return:
		return "returned"
	case flow.ProcessStop:
		return s.text(e.Label)
	case flow.ConnectionBlock:
		return "blocked"
	case flow.Deliver:
		if e.Has(flow.Redelivered) {
			return "redelivered"
		}
	case flow.Dispatch:
		if s.taken == nil {
			s.taken = map[flow.ID]bool{}
		}
		s.taken[s.messages[e.Msg].UniqueID] = true
	case flow.Ack:
		if id := s.messages[e.Msg].UniqueID; s.taken[id] && s.messages[e.Msg].Class != flow.ClassReply && !s.ran(e.Msg) {
			return "duplicate"
		}
	case flow.ConnectionClose:
		switch {
		case e.Value == 320:
			return "CONNECTION_FORCED"
		case strings.HasPrefix(s.text(e.Text), "missed"):
			return "missed heartbeats"
		}
	case flow.Expire:
		return "expired"
	case flow.Reject:
		if !e.Has(flow.Requeued) {
			return "rejected"
		}
	case flow.QueueDelete:
		if e.Value > 0 {
			what := map[string]string{"expired": "orphan", "restart": "lost"}[s.text(e.Label)]
			s.effect[what] += int(e.Value) - 1
			return what
		}
	case flow.Drop:
		return map[string]string{"maxlen": "dropped", "purged": "purged", "unroutable": "unroutable"}[s.text(e.Label)]
	}
	return ""
}

// ran reports whether a method ran for that very message.
func (s *story) ran(id flow.MsgID) bool {
	for _, e := range s.events {
		if e.Kind == flow.Dispatch && e.Msg == id {
			return true
		}
	}
	return false
}

// tells reports whether an event belongs into the script.
func tells(e *flow.Event) bool {
	switch e.Kind {
	case flow.Request, flow.Dispatch, flow.Finish, flow.Reply, flow.Failure, flow.Timeout, flow.LateReply, flow.Return, flow.Requeue, flow.Reject,
		flow.Drop, flow.Expire, flow.ProcessReady, flow.ProcessStop, flow.QueueDelete, flow.ConnectionClose:
		return true
	case flow.Deliver:
		return e.Has(flow.Redelivered)
	case flow.Route:
		return e.Has(flow.NoRoute)
	}
	return e.Kind >= flow.Operator
}
