package scenario_test

import (
	"slices"
	"strconv"
	"strings"
	"testing"

	"rpcscope/engine/flow"
	"rpcscope/engine/scenario"
)

// What this file holds was found by running oslo.messaging 14.0.3 on RabbitMQ 3.10.8.

// The option for mirrored queues reaches reply and fanout queues too; those of durable and quorum queues do not.
func TestMirroredQueuesOfOsloMessaging(t *testing.T) {
	s, _ := play(t, modernPair(`, "rabbit_ha_queues": true, "amqp_durable_queues": true`, "", `{}`, `{"call": "m", "topic": "t"}`), 5e9)
	n := 0
	for _, e := range s.kinds(flow.QueueDeclare) {
		name, args := s.text(e.Queue), s.text(e.Args)
		transient := strings.HasPrefix(name, "reply_") || strings.HasPrefix(name, "t_fanout_")
		if !strings.Contains(args, "x-ha-policy=all") || strings.Contains(args, "x-expires=1800000") != transient || e.Has(flow.Durable) == transient {
			t.Errorf("%s: %q, durable %v", name, args, e.Has(flow.Durable))
		}
		n++
	}
	if n != 4 {
		t.Errorf("%d queues", n)
	}
}

// Intervals grow up to the last step within the first and the maximum together.
func TestBackOffEndsWithALastStep(t *testing.T) {
	s, w := play(t, modernPair(`, "rabbit_retry_backoff": "4s", "rabbit_interval_max": "6s"`, "", `{}`,
		`{"cast": "m", "topic": "t"}, {"sleep": "4s"}, {"cast": "m", "topic": "t"}`), 5e9)
	w.Broker().Stop(w.Now(), true)
	if err := w.RunUntil(30e9); err != nil {
		t.Fatal(err)
	}
	if got, want := s.attempts("client@c", 5e9), []int64{1, 3, 9, 15, 21}; !slices.Equal(got, want) {
		t.Errorf("tried after %v s", got)
	}
}

// Requests that no endpoint serves leave their watchdog running: it says for ever that the call is being worked on.
func TestWatchdogOfARefusedCallNeverEnds(t *testing.T) {
	for _, step := range []string{`{"call": "nope", "topic": "t"`, `{"call": "m", "topic": "t", "version": "2.0"`} {
		s, _ := play(t, modernPair("", "", `{}`, step+`, "monitor": "2s", "missing": true}`), 11500e6)
		if f, late := len(s.kinds(flow.Failure)), len(s.kinds(flow.LateReply)); f != 1 || late != 10 {
			t.Errorf("%s: %d failures, %d late heartbeats", step, f, late)
		}
	}
}

// A heartbeat that comes back is the last one; the reply is tried as always.
func TestWatchdogEndsWhenTheReplyQueueIsGone(t *testing.T) {
	doc := strings.Replace(modernPair(`, "rabbit_transient_queues_ttl": "500ms", "kombu_missing_consumer_retry_timeout": "1s"`, "", `{"takes": "9s"}`, `{"call": "m", "topic": "t", "monitor": "2s"}`),
		`"processes"`, `"operator": [{"at": "2500ms", "kill": "client@c"}], "processes"`, 1)
	s, _ := play(t, doc, 30e9)
	var returned []int64
	for _, e := range s.kinds(flow.Return) {
		returned = append(returned, e.At/1e9)
	}
	if want := []int64{3, 10, 10, 10, 10, 11}; !slices.Equal(returned, want) {
		t.Errorf("returned at %v s: one heartbeat, then the reply again and again", returned)
	}
}

func TestVersionsWithRevisions(t *testing.T) {
	for want, served := range map[string]bool{"1.2": true, "1.3": true, "1.3.4": true, "1.3.5": false, "1.2.9": true, "1.4": false, "2.3": false} {
		doc := strings.Replace(modernPair("", "", `{}`, `{"call": "m", "topic": "t", "version": "`+want+`", "missing": `+strconv.FormatBool(!served)+`}`), `"endpoints": [{`, `"endpoints": [{"version": "1.3.4", `, 1)
		s, _ := play(t, doc, 5e9)
		if got := len(s.kinds(flow.Reply)) == 1; got != served {
			t.Errorf("%s on 1.3.4: %v", want, got)
		}
	}
}

// A server whose queues are there with other options does not come up, and one that sends is told.
func TestOptionsThatTheBrokerRefuses(t *testing.T) {
	const words = "Unable to connect to AMQP server on localhost:5672 after inf tries: Exchange.declare: (406) PRECONDITION_FAILED - inequivalent arg 'durable' for exchange 'openstack' in vhost '/': received 'true' but current is 'false'"
	doc := `{"title": "x", "processes": [
		{"name": "server@h1", "servers": [{"topic": "t", "endpoints": [{"methods": {"m": {}}}]}]},
		{"name": "server@h2", "start": "1s", "transport": {"amqp_durable_queues": true}, "servers": [{"topic": "t", "endpoints": [{"methods": {"m": {}}}]}]},
		{"name": "client@c", "start": "1s", "transport": {"amqp_durable_queues": true}, "threads": [{"steps": [
			{"call": "m", "topic": "t"}, {"cast": "m", "topic": "t"}, {"notify": "e"}, {"fanout": "m", "topic": "t"}]}]}]}`
	s, _ := play(t, doc, 60e9)
	stops := s.kinds(flow.ProcessStop)
	if len(stops) != 1 || s.text(stops[0].Process) != "server@h2" || s.text(stops[0].Label) != "exited" || s.text(stops[0].Text) != "MessageDeliveryFailure: "+words {
		t.Errorf("%+v", stops)
	}
	if n := len(s.kinds(flow.Publish)); n != 1 {
		t.Errorf("%d messages; the fanout alone goes by an exchange without options", n)
	}
	if f := s.kinds(flow.Failure); len(f) != 3 || s.text(f[0].Text) != "MessageDeliveryFailure" || s.text(f[0].Args) != words {
		t.Errorf("%d failures", len(f))
	}
	opened := 0
	for _, e := range s.kinds(flow.ConnectionOpen) {
		if s.text(e.Process) == "client@c" {
			opened++
		}
	}
	if opened != 4 { // the one for answers; the first to send by is refused twice, the next one once
		t.Errorf("%d connections", opened)
	}
}

// The classic library passes what the broker says up as it is.
func TestClassicServiceThatTheBrokerRefuses(t *testing.T) {
	doc := `{"title": "x", "profile": "classic", "processes": [
		{"name": "a@h1", "servers": [{"topic": "t", "endpoints": [{"methods": {"m": {}}}]}]},
		{"name": "b@h2", "start": "1s", "transport": {"rabbit_durable_queues": true}, "servers": [{"topic": "t", "endpoints": [{"methods": {"m": {}}}]}]},
		{"name": "c@c", "start": "1s", "transport": {"rabbit_durable_queues": true}, "threads": [{"steps": [{"cast": "m", "topic": "t"}, {"call": "m", "topic": "t", "timeout": "1s"}]}]}]}`
	s, _ := play(t, doc, 60e9)
	stops := s.kinds(flow.ProcessStop)
	if len(stops) != 1 || s.text(stops[0].Process) != "b@h2" || !strings.HasPrefix(s.text(stops[0].Text), "AMQPChannelException: (406) PRECONDITION_FAILED") {
		t.Errorf("%+v", stops)
	}
	if n := len(s.kinds(flow.Publish)) + len(s.kinds(flow.Timeout)); n != 0 {
		t.Errorf("%d messages and timeouts", n)
	}
	if n := len(s.kinds(flow.ConnectionOpen)); n > 6 {
		t.Errorf("%d connections", n)
	}
}

// retry limits how often a connection is tried: not at all when it was up and there are no retries, else once more than that.
func TestRetriesOfARequest(t *testing.T) {
	for _, c := range []struct {
		retry, class string
		used         bool
		want         []int64 // attempts
		text         string
	}{
		{"0", "MessageDeliveryFailure", true, nil, "Unable to connect to AMQP server on h1:5671 after 0 tries: Server unexpectedly closed connection"},
		{"1", "MessageDeliveryFailure", true, []int64{1, 3}, "Unable to connect to AMQP server on h1:5671 after 1 tries: [Errno 111] Connection refused"},
		{"2", "MessageDeliveryFailure", true, []int64{1, 3, 7}, "Unable to connect to AMQP server on h1:5671 after 2 tries: [Errno 111] Connection refused"},
		{"0", "OperationalError", false, []int64{0}, ""},
		{"1", "OperationalError", false, []int64{0, 1}, ""},
		{"2", "OperationalError", false, []int64{0, 1, 4}, ""},
		{"-1", "", false, []int64{0, 1, 4, 9, 16}, ""},
		{"-1", "", true, []int64{1, 3, 7, 13}, ""},
	} {
		first := `{"sleep": "1s"}`
		if c.used {
			first = `{"cast": "m", "topic": "t", "missing": true}`
		}
		for _, send := range []string{`"cast": "m", "topic": "t", "missing": true`, `"fanout": "m", "topic": "t", "missing": true`, `"notify": "e"`} {
			s, w := play(t, `{"title": "x", "transport": {"url": "rabbit://h1:5671", "heartbeat_check": "1h"}, "processes": [{"name": "client@c", "threads": [{"steps": [`+first+`]}, {"start": "5200ms", "steps": [{`+send+`, "retry": `+c.retry+`}]}]}]}`, 5e9)
			w.Broker().Stop(w.Now(), true)
			if err := w.RunUntil(25e9); err != nil {
				t.Fatal(err)
			}
			if got := s.attempts("client@c", 5200e6); !slices.Equal(got, c.want) {
				t.Errorf("retry %s, used %v: %s: tried after %v s", c.retry, c.used, send, got)
			}
			if f := s.kinds(flow.Failure); len(f) != min(1, len(c.class)) || len(f) > 0 && (s.text(f[0].Text) != c.class || c.text != "" && s.text(f[0].Args) != c.text) {
				t.Errorf("retry %s, used %v: %s: %d failures", c.retry, c.used, send, len(f))
			}
		}
	}
}

// The workers of one service on one host never name two queues alike.
func TestQueueManagerCountsForAllProcessesOfAProgram(t *testing.T) {
	doc := `{"title": "x", "transport": {"release": "14.7", "use_queue_manager": true, "stop_poll": "0"}, "processes": [
		{"name": "api-1", "program": "api", "host": "h", "servers": [{"topic": "t", "endpoints": [{"methods": {"m": {}}}]}]},
		{"name": "api-2", "program": "api", "host": "h", "start": "1s", "servers": [{"topic": "u", "endpoints": [{"methods": {"m": {}}}]}]}],
		"operator": [{"at": "2s", "stop": "api-1"}, {"at": "3s", "start": "api-1"}, {"at": "4s", "kill": "api-1"}, {"at": "5s", "kill": "api-2"}, {"at": "6s", "start": "api-2"}]}`
	s, _ := play(t, doc, 10e9)
	var names []string
	for _, e := range s.kinds(flow.QueueDeclare) {
		if n := s.text(e.Queue); strings.Contains(n, "_fanout_") {
			names = append(names, n)
		}
	}
	if want := []string{"t_fanout_h:api:1", "u_fanout_h:api:2", "t_fanout_h:api:3", "u_fanout_h:api:1"}; !slices.Equal(names, want) {
		t.Errorf("%q", names)
	}
}

func TestSettingsThatContradictEachOther(t *testing.T) {
	for doc, want := range map[string]string{
		`"transport": {"rabbit_quorum_queue": true, "rabbit_ha_queues": true}`:                                                                                         "$.transport.rabbit_quorum_queue: and rabbit_ha_queues are both true",
		`"transport": {"rabbit_quorum_delivery_limit": 3}`:                                                                                                             "$.transport.rabbit_quorum_delivery_limit: is set, but the queues are no quorum queues",
		`"profile": "classic", "transport": {"rabbit_durable_queues": true, "amqp_durable_queues": true}`:                                                              "$.transport.rabbit_durable_queues: is another name",
		`"transport": {"rabbit_durable_queues": true}`:                                                                                                                 "$.transport.rabbit_durable_queues: is a setting of the classic profiles",
		`"profile": "classic", "actions": [{"client": "p@h", "cast": "m", "topic": "t", "retry": 1}]`:                                                                  "$.actions[0].retry: is not known to the classic profiles",
		`"profile": "qpid-2", "actions": [{"client": "p@h", "notify": "m", "retry": 1}]`:                                                                               "$.actions[0].retry: is modelled for RabbitMQ only",
		`"transport": {"release": "12.0"}, "processes": [{"name": "p@h", "servers": [{"topic": "t", "executor": "blocking", "endpoints": [{"methods": {"m": {}}}]}]}]`: "$.processes[0].servers[0].executor: is not known to oslo.messaging 12.0",
	} {
		if !strings.Contains(doc, "processes") {
			doc += `, "processes": [{"name": "p@h"}]`
		}
		_, err := scenario.Parse([]byte(`{"title": "x", ` + doc + `}`))
		if err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%s: %v", doc, err)
		}
	}
}

func TestDeliveryLimitOfQuorumQueues(t *testing.T) {
	s, _ := play(t, modernPair(`, "rabbit_quorum_queue": true, "rabbit_quorum_delivery_limit": 3`, "", `{}`, `{"notify": "e"}`), 5e9)
	limited := 0
	for _, e := range s.kinds(flow.QueueDeclare) {
		if strings.Contains(s.text(e.Args), "x-delivery-limit=3") {
			limited++
		}
	}
	if limited != 3 {
		t.Errorf("%d queues with a limit, not t, t.h1 and notifications.info", limited)
	}
}
