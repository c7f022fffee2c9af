package scenario_test

import (
	"slices"
	"strings"
	"testing"

	"rpcscope/engine/flow"
)

// A full queue that refuses what comes answers with basic.nack. py-amqp makes a
// MessageNacked of that, which says nothing, and oslo.messaging a failure; the
// channel is closed, and the second time the connection is given up at its next
// use. Seen so on oslo.messaging 14.0.3 and RabbitMQ 3.10.8.
func TestWhatTheBrokerRefusesToHoldFailsAtOnce(t *testing.T) {
	const full = `"transport": {"stop_poll": "0"}, "operator": [{"at": "1s", "set_policy": {"pattern": "^t$", "definition": {"max-length": 1, "overflow": "reject-publish"}}}, {"at": "2s", "stop": "s@h"}],`
	doc := `{"title": "x", ` + full + ` "processes": [
		{"name": "s@h", "servers": [{"topic": "t", "endpoints": [{"methods": {"m": {}}}]}]},
		{"name": "c", "start": "3s", "threads": [{"steps": [{"cast": "m", "topic": "t"}, {"cast": "m", "topic": "t", "on_error": "continue"},
			{"cast": "m", "topic": "t", "on_error": "continue"}, {"fanout": "m", "topic": "t"}, {"call": "m", "topic": "t"}]}]}]}`
	s, _ := play(t, doc, 30e9)
	failures := s.kinds(flow.Failure)
	if len(failures) != 3 || len(s.kinds(flow.Timeout)) != 0 {
		t.Fatalf("%d failures: the first cast fills the queue, two casts and the call find it full", len(failures))
	}
	for _, f := range failures {
		const text = "Unable to connect to AMQP server on localhost:5672 after inf tries: "
		if s.text(f.Text) != "MessageDeliveryFailure" || s.text(f.Args) != text || f.Value > 20e6 {
			t.Errorf("%s: %q after %d ms", s.text(f.Text), s.text(f.Args), f.Value/1e6)
		}
	}
	begin := []string{"channel.open", "exchange.declare openstack", "confirm.select"}
	publish := "basic.publish openstack t"
	want := slices.Concat(begin, []string{publish, publish, "channel.close"}, begin, []string{publish, "channel.close", "tcp-close", "channel.open", "exchange.declare t_fanout"})
	if got := s.trace("c"); len(got) < len(want) || !slices.Equal(got[:len(want)], want) {
		t.Errorf("%s", strings.Join(got, "\n"))
	}
}

// A notifier logs what it could not send, and goes on with the next topic and its caller.
func TestANotificationThatFailsEndsNothing(t *testing.T) {
	doc := `{"title": "x", "processes": [
		{"name": "a@h", "servers": [{"topic": "t", "exchange": "x", "endpoints": [{"methods": {"m": {}}}]}]},
		{"name": "b", "start": "1s", "transport": {"amqp_durable_queues": true}, "threads": [{"steps": [
			{"notify": "e", "topics": ["n", "o"], "exchange": "x"}, {"notify": "f", "topics": ["n"], "exchange": "y"}]}]}]}`
	s, _ := play(t, doc, 20e9)
	failed, sent := s.kinds(flow.Failure), s.kinds(flow.Publish)
	if len(failed) != 2 || len(sent) != 1 || s.text(sent[0].Exchange) != "y" {
		t.Errorf("%d failures, %d sent", len(failed), len(sent))
	}
}

// Debian's 14.0.3 lets a notification tell only whose it is; releases before passed on the whole context.
func TestNotificationsPassOnNoToken(t *testing.T) {
	for release, want := range map[string]string{"": "request_id,user", `"transport": {"release": "13.0"}, `: "auth_token,request_id,tenant,user"} {
		s, _ := play(t, `{"title": "x", `+release+`"processes": [{"name": "b", "threads": [{"steps": [
			{"notify": "e", "topics": ["n"], "context": {"auth_token": "secret", "request_id": "r", "tenant": "t", "user": "u"}}]}]}]}`, 5e9)
		sent := s.kinds(flow.Publish)
		if len(sent) != 1 {
			t.Fatalf("%d sent", len(sent))
		}
		m := s.messages[sent[0].Msg]
		if got := s.text(m.Context); got != want {
			t.Errorf("%s passes on %s", release, got)
		}
	}
}

// A connection on which a request was given up is tried by kombu itself at the
// next one, at once, after 2 and after 6 s, and no retries help. Seen so on
// oslo.messaging 14.0.3. Processes with eventlet write the reason in its way.
func TestAConnectionGivenUpIsTriedForSixSeconds(t *testing.T) {
	for executor, reason := range map[string]string{"threading": "Connection refused", "eventlet": "ECONNREFUSED"} {
		cast := `{"cast": "m", "topic": "t", "on_error": "continue", "retry": `
		s, w := play(t, `{"title": "x", "transport": {"heartbeat_check": "1h"}, "processes": [
			{"name": "c@h", "servers": [{"topic": "t", "executor": "`+executor+`", "endpoints": [{"methods": {"m": {}}}]}], "threads": [{"steps": [`+
			cast+`-1}, {"sleep": "2s"}, `+cast+`0}, `+cast+`-1}, `+cast+`-1}]}]}]}`, 1e9)
		w.Broker().Stop(w.Now(), true)
		if err := w.RunUntil(10e9); err != nil {
			t.Fatal(err)
		}
		w.Broker().Start(w.Now())
		if err := w.RunUntil(30e9); err != nil {
			t.Fatal(err)
		}
		f := s.kinds(flow.Failure)
		if len(f) != 2 || f[1].At-f[0].At < 6e9 || f[1].At-f[0].At > 6100e6 ||
			s.text(f[1].Args) != "Unable to connect to AMQP server on localhost:5672 after inf tries: [Errno 111] "+reason {
			t.Errorf("%s: %+v", executor, f)
		}
		if n := len(s.kinds(flow.Publish)); n != 2 {
			t.Errorf("%s: %d casts sent, the last one once the broker is back", executor, n)
		}
	}
}
