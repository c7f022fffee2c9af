package scenario_test

import (
	"slices"
	"strings"
	"testing"

	"rpcscope/engine/flow"
	"rpcscope/engine/scenario"
)

// modernPair is a server and a client of oslo.messaging with options.
func modernPair(options, executor, method, steps string) string {
	return `{"title": "x", "transport": {"stop_poll": "0"` + options + `}, "processes": [
		{"name": "server@h1", "servers": [{"topic": "t"` + executor + `, "endpoints": [{"methods": {"m": ` + method + `}}]}]},
		{"name": "client@c", "start": "1s", "threads": [{"steps": [` + steps + `]}]}]}`
}

// What the releases of oslo.messaging changed, as section 2 of the wire specification lists it.
func TestReleasesDifferInReplyAndFanoutQueues(t *testing.T) {
	for _, c := range []struct {
		release, ttl string
		autoDelete   bool
		bound        bool // the reply queue has an exchange of its own
		direct       bool // and replies go through it
	}{
		{"1.9", "", true, true, true},
		{"4.0", "", true, true, true},
		{"4.1", "600000", false, true, true},
		{"5.0", "1800000", false, true, true},
		{"9.1", "1800000", false, true, true},
		{"9.2", "1800000", false, true, false},
		{"10.0", "1800000", false, false, false},
		{"14.0", "1800000", false, false, false},
	} {
		s, _ := play(t, modernPair(`, "release": "`+c.release+`"`, "", `{"returns": 1}`, `{"call": "m", "topic": "t"}, {"call": "m", "topic": "t"}`), 5e9)
		if n := len(s.kinds(flow.Reply)); n != 2 {
			t.Fatalf("%s: %d calls answered", c.release, n)
		}
		queues := 0
		for _, e := range s.kinds(flow.QueueDeclare) {
			name := s.text(e.Queue)
			if !strings.HasPrefix(name, "reply_") && !strings.HasPrefix(name, "t_fanout_") {
				continue
			}
			queues++
			if got := s.text(e.Args); got != "" != (c.ttl != "") || !strings.Contains(got, c.ttl) || e.Has(flow.AutoDelete) != c.autoDelete {
				t.Errorf("%s: %s has %q, auto-delete %v", c.release, name, got, e.Has(flow.AutoDelete))
			}
		}
		own := slices.ContainsFunc(s.kinds(flow.Bind), func(e flow.Event) bool { return strings.HasPrefix(s.text(e.Exchange), "reply_") })
		through := 0
		for _, e := range s.kinds(flow.Publish) {
			if s.messages[e.Msg].Class == flow.ClassReply && strings.HasPrefix(s.text(e.Exchange), "reply_") {
				through++
			}
		}
		if queues != 2 || own != c.bound || through == 2 != c.direct {
			t.Errorf("%s: %d queues, bound %v, %d replies through an exchange of their own", c.release, queues, own, through)
		}
	}
}

// From 4.1 to 9.1 a sender of replies looks for the exchange first; a missing one
// closes its channel with 404, and it tries again as long as it would later
// have done for a returned reply.
func TestReplyToAMissingExchangeIsTriedAgain(t *testing.T) {
	doc := modernPair(`, "release": "9.1", "kombu_missing_consumer_retry_timeout": "1s", "rabbit_transient_queues_ttl": "500ms"`, "", `{"takes": "2s", "returns": 1}`,
		`{"call": "m", "topic": "t", "timeout": "1s"}, {"exit": "abrupt"}`)
	s, _ := play(t, doc, 20e9)
	refused, replies := 0, 0
	for _, e := range s.kinds(flow.Method) {
		if s.text(e.Label) == "channel.close" && e.Value == 404 {
			refused++
		}
	}
	for _, e := range s.kinds(flow.Publish) {
		if s.messages[e.Msg].Class == flow.ClassReply {
			replies++
		}
	}
	if refused != 5 || replies != 0 {
		t.Errorf("%d refusals, %d replies published", refused, replies)
	}
}

func TestSettingsThatAReleaseDoesNotHave(t *testing.T) {
	for options, want := range map[string]string{
		`"release": "12.12", "rabbit_quorum_queue": true`: "$.transport.rabbit_quorum_queue: needs oslo.messaging 12.13",
		`"release": "14.6", "use_queue_manager": true`:    "$.transport.use_queue_manager: needs oslo.messaging 14.7",
		`"release": "0.9"`: "$.transport.release: \"0.9\" is no release of oslo.messaging",
	} {
		_, err := scenario.Parse([]byte(`{"title": "x", "processes": [{"name": "p@h"}], "transport": {` + options + `}}`))
		if err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%s: %v", options, err)
		}
	}
}

func TestQueueManagerNamesQueuesByHostProgramAndNumber(t *testing.T) {
	s, _ := play(t, modernPair(`, "release": "14.7", "use_queue_manager": true`, "", `{"returns": 1}`, `{"call": "m", "topic": "t"}`), 5e9)
	var names []string
	for _, e := range s.kinds(flow.QueueDeclare) {
		names = append(names, s.text(e.Queue))
	}
	if want := []string{"t", "t.h1", "t_fanout_h1:server:1", "reply_c:client:1"}; !slices.Equal(names, want) {
		t.Errorf("%q", names)
	}
}

// The options of queues change what they change, in either library.
func TestQueueOptionsOfTheClassicProfiles(t *testing.T) {
	s, _ := play(t, oldPair("classic", `, "amqp_durable_queues": true, "rabbit_ha_queues": true`, `{}`, `{"call": "m", "topic": "compute"}, {"notify": "e"}`), 5e9)
	for _, e := range append(s.kinds(flow.QueueDeclare), s.kinds(flow.ExchangeDeclare)...) {
		name := s.text(e.Queue) + s.text(e.Exchange)
		stays := slices.Contains([]string{"nova", "compute", "compute.h1", "notifications.info"}, name)
		if e.Has(flow.Durable) != stays || e.Has(flow.AutoDelete) == stays {
			t.Errorf("%s: durable %v, auto-delete %v", name, e.Has(flow.Durable), e.Has(flow.AutoDelete))
		}
		if e.Kind == flow.QueueDeclare && s.text(e.Args) != "x-ha-policy=all" {
			t.Errorf("%s: %q", name, s.text(e.Args))
		}
	}
}

func TestExceptionsOfAllowedModulesAreBuiltAgain(t *testing.T) {
	method := `{"steps": [{"raise": "InstanceNotFound", "module": "nova.exception", "message": "no such instance"}]}`
	for allowed, want := range map[string]string{``: "Remote error: InstanceNotFound no such instance", `, "allowed_remote_exmods": ["nova.exception"]`: "no such instance"} {
		for _, doc := range []string{modernPair(allowed, "", method, `{"call": "m", "topic": "t"}`), oldPair("classic", allowed, method, `{"call": "m", "topic": "compute"}`)} {
			s, _ := play(t, doc, 5e9)
			if f := s.kinds(flow.Failure); len(f) != 1 || s.text(f[0].Args) != want {
				t.Errorf("%s: %v", allowed, f)
			}
		}
	}
}
