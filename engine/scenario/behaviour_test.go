package scenario_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"rpcscope/engine/flow"
	"rpcscope/engine/scenario"
)

// play runs a document and collects what happened.
func play(t *testing.T, doc string, until int64) (*model, *scenario.World) {
	t.Helper()
	s := &model{names: &flow.Names{}, messages: map[flow.MsgID]flow.Message{}}
	w, err := scenario.NewWorld(parse(t, doc), 1, s.names, s)
	if err != nil {
		t.Fatal(err)
	}
	if err := w.RunUntil(until); err != nil {
		t.Fatal(err)
	}
	return s, w
}

// pair is a server whose method m does something, and a client that does something once after a second.
func pair(takes, steps, more string) string {
	return fmt.Sprintf(`{"title": "x", "processes": [
		{"name": "server@h1", "servers": [{"topic": "t", "executor": "threading", "endpoints": [{"methods": {"m": {"takes": %q, "returns": 1}}}]}]},
		{"name": "client@c", "start": "1s", "threads": [{"steps": [%s]}]}] %s}`, takes, steps, more)
}

func TestMonitorHeartbeatsKeepACallAlive(t *testing.T) {
	s, _ := play(t, pair("7s", `{"call": "m", "topic": "t", "timeout": "60s", "monitor": "4s"}`, ""), 30e9)
	beats := s.kinds(flow.Heartbeat)
	if len(beats) != 3 || len(s.kinds(flow.Reply)) != 1 {
		t.Fatalf("%d heartbeats, %d replies", len(beats), len(s.kinds(flow.Reply)))
	}
	for i := 1; i < len(beats); i++ {
		if pause := beats[i].At - beats[i-1].At; pause < 2e9 || pause > 2010e6 {
			t.Errorf("heartbeat %d after %d ns: every half period is expected", i, pause)
		}
	}
}

func TestCallFailsOneMonitorPeriodAfterTheLastHeartbeat(t *testing.T) {
	s, _ := play(t, pair("20s", `{"call": "m", "topic": "t", "timeout": "60s", "monitor": "4s"}`, `, "operator": [{"at": "6s", "kill": "server@h1"}]`), 60e9)
	beats, timeouts := s.kinds(flow.Heartbeat), s.kinds(flow.Timeout)
	if len(beats) != 2 || len(timeouts) != 1 {
		t.Fatalf("%d heartbeats, %d timeouts", len(beats), len(timeouts))
	}
	if wait := timeouts[0].At - beats[1].At; wait != 4e9 {
		t.Errorf("gave up %d ns after the last heartbeat", wait)
	}
}

func TestServerRefusesShortMonitorPeriods(t *testing.T) {
	s, _ := play(t, pair("5s", `{"call": "m", "topic": "t", "timeout": "60s", "monitor": "1s"}`, ""), 60e9)
	if n := len(s.kinds(flow.Heartbeat)); n != 0 {
		t.Errorf("%d heartbeats", n)
	}
	if e := s.kinds(flow.Timeout); len(e) != 1 || e[0].Value > 1100e6 {
		t.Errorf("timeouts: %+v", e)
	}
}

func TestParallelCallsOpenOneReplyConnection(t *testing.T) {
	call := `[{"call": "m", "topic": "t"}]`
	s, _ := play(t, pair("50ms", `{"parallel": [`+call+`,`+call+`,`+call+`,`+call+`,`+call+`]}`, ""), 10e9)
	roles := map[string]int{}
	for _, d := range s.all.finish() {
		if strings.HasPrefix(d.program, "client") {
			roles[d.role]++
		}
	}
	if roles["RC"] != 1 || roles["SC"] != 5 || len(s.kinds(flow.Reply)) != 5 {
		t.Errorf("%v, %d replies", roles, len(s.kinds(flow.Reply)))
	}
}

func TestPoolLimitMakesSendersWait(t *testing.T) {
	call := `[{"call": "m", "topic": "t"}]`
	doc := strings.Replace(pair("50ms", `{"parallel": [`+call+`,`+call+`,`+call+`]}`, ""), `"title": "x",`, `"title": "x", "transport": {"rpc_conn_pool_size": 1},`, 1)
	s, _ := play(t, doc, 10e9)
	n := 0
	for _, d := range s.all.finish() {
		if strings.HasPrefix(d.program, "client") && d.role == "SC" {
			n++
		}
	}
	if n != 1 || len(s.kinds(flow.Reply)) != 3 {
		t.Errorf("%d sending connections, %d replies", n, len(s.kinds(flow.Reply)))
	}
}

// The blocking executor runs one method at a time and acknowledges a request
// only when it gets to it.
func TestBlockingExecutorTakesOneRequestAtATime(t *testing.T) {
	for executor, together := range map[string]int{"blocking": 1, "threading": 3} {
		call := `[{"call": "m", "topic": "t"}]`
		doc := strings.Replace(pair("500ms", `{"parallel": [`+call+`,`+call+`,`+call+`]}`, ""), `"executor": "threading"`, `"executor": "`+executor+`"`, 1)
		s, _ := play(t, doc, 10e9)
		running, most, unacked, mostUnacked := 0, 0, 0, 0
		for _, e := range s.events {
			switch {
			case e.Kind == flow.Dispatch:
				running++
			case e.Kind == flow.Finish:
				running--
			case e.Kind == flow.Deliver && s.text(e.Queue) == "t":
				unacked++
			case e.Kind == flow.Ack && s.text(e.Queue) == "t":
				unacked--
			}
			most, mostUnacked = max(most, running), max(mostUnacked, unacked)
		}
		if most != together || executor == "blocking" && mostUnacked < 2 {
			t.Errorf("%s: %d at once, %d unacknowledged", executor, most, mostUnacked)
		}
	}
}

// With a prefetch limit, the broker keeps what the worker cannot take yet.
func TestPrefetchLeavesMessagesInTheQueue(t *testing.T) {
	cast := `{"cast": "m", "topic": "t"}`
	doc := strings.Replace(pair("2s", cast+","+cast+","+cast+","+cast, ""), `"title": "x",`, `"title": "x", "transport": {"rabbit_qos_prefetch_count": 1, "rabbit_ha_queues": true},`, 1)
	s, w := play(t, strings.Replace(doc, "threading", "blocking", 1), 2e9)
	if ready, unacked, _ := w.Broker().Depth(s.names.Intern("/"), s.names.Intern("t")); ready != 2 || unacked != 1 {
		t.Errorf("%d ready, %d unacknowledged", ready, unacked)
	}
	for _, e := range s.kinds(flow.Consume) {
		if e.Value != 1 {
			t.Errorf("consumer of %s with prefetch %d", s.text(e.Queue), e.Value)
		}
	}
	for _, e := range s.kinds(flow.QueueDeclare) {
		want := "x-ha-policy=all"
		if strings.Contains(s.text(e.Queue), "_fanout_") {
			want = "x-expires=1800000; x-ha-policy=all"
		}
		if got := s.text(e.Args); got != want {
			t.Errorf("%s is declared with %s", s.text(e.Queue), got)
		}
	}
}

// A lost connection is opened again after a second, everything is declared
// again under the same names and consumed with the same tags; a call in
// flight survives it.
func TestLostConnectionsComeBackUnderTheSameNames(t *testing.T) {
	steps := `{"call": "m", "topic": "t"}, {"sleep": "8s"}, {"call": "m", "topic": "t"}`
	s, _ := play(t, pair("3s", steps, `, "operator": [{"at": "2s", "drop_connections": "client@c"}, {"at": "7s", "drop_connections": "server@h1"}]`), 30e9)
	if n := len(s.kinds(flow.Reply)); n != 2 {
		t.Fatalf("%d replies; timeouts: %+v", n, s.kinds(flow.Timeout))
	}
	want := map[string][]string{}
	for _, d := range s.all.finish() {
		if d.role == "SC" {
			continue
		}
		var declared []string
		for _, l := range d.lines {
			if strings.HasPrefix(l.text, "→ exchange.") || strings.HasPrefix(l.text, "→ queue.") || strings.HasPrefix(l.text, "→ basic.consume") {
				declared = append(declared, l.text)
			}
		}
		key := d.program + " " + d.role
		if first, ok := want[key]; !ok {
			want[key] = declared
		} else if !slices.Equal(first, declared) {
			t.Errorf("%s, second time:\n%s\nfirst time:\n%s", key, strings.Join(declared, "\n"), strings.Join(first, "\n"))
		}
	}
	var closed, reopened int64
	for _, e := range s.events {
		if s.text(e.Process) == "server@h1" && e.Kind == flow.ConnectionClose && closed == 0 {
			closed = e.At
		}
		if s.text(e.Process) == "server@h1" && e.Kind == flow.ConnectionOpen && closed != 0 && reopened == 0 {
			reopened = e.At
		}
	}
	if pause := reopened - closed; pause < 1000e6 || pause > 1060e6 {
		t.Errorf("back after %d ns", pause)
	}
	if n := len(s.kinds(flow.QueueDelete)); n != 0 {
		t.Errorf("%d queues were deleted", n)
	}
}

// An acknowledgement that was on its way when the connection was lost makes the
// broker deliver the request again; the server knows its unique id.
func TestRedeliveredRequestIsNotRunTwice(t *testing.T) {
	slow := func(operator string) string {
		return strings.Replace(pair("3s", `{"cast": "m", "topic": "t"}`, operator), `"title": "x",`, `"title": "x", "broker": {"latency": "100ms", "handling": "1ms"},`, 1)
	}
	first, _ := play(t, slow(""), 30e9)
	// The acknowledgement leaves 101 ms after the delivery and takes another 100 ms.
	cut := first.kinds(flow.Deliver)[0].At/1e6 + 150
	s, _ := play(t, slow(fmt.Sprintf(`, "operator": [{"at": "%dms", "drop_connections": "server@h1"}]`, cut)), 30e9)
	var tries, again int
	for _, e := range s.kinds(flow.Deliver) {
		tries++
		if e.Has(flow.Redelivered) {
			again++
		}
	}
	if tries != 2 || again != 1 || len(s.kinds(flow.Dispatch)) != 1 || len(s.kinds(flow.Ack)) != 1 {
		t.Errorf("%d deliveries, %d of them again, %d dispatches, %d acknowledgements", tries, again, len(s.kinds(flow.Dispatch)), len(s.kinds(flow.Ack)))
	}
}

// A reply queue that stayed missing is not tried again for a minute.
func TestAbandonedReplyQueueIsRememberedForAMinute(t *testing.T) {
	doc := `{"title": "x", "transport": {"rabbit_transient_queues_ttl": "500ms", "kombu_missing_consumer_retry_timeout": "1s"}, "processes": [
		{"name": "server@h1", "servers": [{"topic": "t", "endpoints": [{"methods": {"m": {"takes": "3s"}, "late": {"takes": "8s"}, "later": {"takes": "90s"}}}]}]},
		{"name": "client@c", "start": "1s", "threads": [{"steps": [{"parallel": [[{"call": "m", "topic": "t"}], [{"call": "late", "topic": "t"}], [{"call": "later", "topic": "t"}]]}]}]}],
		"operator": [{"at": "2s", "kill": "client@c"}]}`
	s, _ := play(t, doc, 120e9)
	tries := map[string]int{}
	for _, e := range s.kinds(flow.Return) {
		for _, f := range s.kinds(flow.Finish) {
			if f.RPC == s.messages[e.Msg].RPC {
				tries[s.text(f.Label)]++
			}
		}
	}
	if tries["m"] != 5 || tries["late"] != 0 || tries["later"] != 5 {
		t.Errorf("returned replies: %v", tries)
	}
}

// Sending connections that were idle for twenty minutes are closed, but for two beside the one that is used next.
func TestIdlePoolShrinks(t *testing.T) {
	call := `[{"call": "m", "topic": "t"}]`
	s, _ := play(t, pair("50ms", `{"parallel": [`+call+`,`+call+`,`+call+`,`+call+`,`+call+`]}, {"sleep": "1300s"}, {"call": "m", "topic": "t"}`, ""), 1400e9)
	closed := 0
	for _, e := range s.kinds(flow.ConnectionClose) {
		if s.text(e.Process) == "client@c" {
			closed++
		}
	}
	if closed != 2 {
		t.Errorf("%d connections were closed", closed)
	}
}

// Told to stop while it is still starting, a process closes what it had opened.
func TestStopDuringStart(t *testing.T) {
	for _, at := range []string{"1ms", "3ms", "6ms", "9ms"} {
		s, _ := play(t, pair("1s", `{"cast": "m", "topic": "t"}`, `, "transport": {"stop_poll": "0"}, "operator": [{"at": "`+at+`", "stop": "server@h1"}]`), 10e9)
		if stops := s.kinds(flow.ProcessStop); len(stops) != 1 || stops[0].At > 100e6 || len(s.kinds(flow.ConnectionOpen)) > len(s.kinds(flow.ConnectionClose))+1 {
			t.Errorf("told at %s: %+v, %d connections opened, %d closed", at, stops, len(s.kinds(flow.ConnectionOpen)), len(s.kinds(flow.ConnectionClose)))
		}
	}
}

func TestOrderlyStopWaitsForTheRunningMethod(t *testing.T) {
	s, _ := play(t, pair("3s", `{"call": "m", "topic": "t"}`, `, "operator": [{"at": "2s", "stop": "server@h1"}]`), 30e9)
	finish, stop := s.kinds(flow.Finish), s.kinds(flow.ProcessStop)
	if len(s.kinds(flow.Reply)) != 1 || len(stop) != 1 || stop[0].At < finish[0].At || s.text(stop[0].Label) != "stopped" {
		t.Errorf("%d replies, finish %+v, stop %+v", len(s.kinds(flow.Reply)), finish, stop)
	}
}

func TestKilledServerLosesTheRequestItHadAcknowledged(t *testing.T) {
	s, _ := play(t, pair("3s", `{"call": "m", "topic": "t", "timeout": "5s"}`, `, "operator": [{"at": "2s", "kill": "server@h1"}, {"at": "3s", "start": "server@h1"}]`), 30e9)
	if len(s.kinds(flow.Timeout)) != 1 || len(s.kinds(flow.Dispatch)) != 1 || len(s.kinds(flow.ProcessStart)) != 3 {
		t.Errorf("%d timeouts, %d dispatches, %d starts", len(s.kinds(flow.Timeout)), len(s.kinds(flow.Dispatch)), len(s.kinds(flow.ProcessStart)))
	}
}

func TestBootAServerGoesThroughNova(t *testing.T) {
	names := &flow.Names{}
	var story []string
	w, err := scenario.NewWorld(built(t, "nova-boot"), 1, names, flow.SinkFunc(func(e *flow.Event, _ *flow.Message) {
		switch e.Kind {
		case flow.Request:
			story = append(story, e.Class.String()+" "+names.Text(e.Label))
		case flow.RestRequest:
			story = append(story, names.Text(e.Label)+" "+names.Text(e.Text))
		case flow.Failure, flow.Timeout:
			t.Errorf("%s of %s", e.Kind, names.Text(e.Label))
		}
	}))
	if err != nil {
		t.Fatal(err)
	}
	if err := w.RunUntil(8e9); err != nil {
		t.Fatal(err)
	}
	want := []string{
		"POST /servers", "GET /v3/auth/tokens", "GET /v2/images/cirros", "cast build_instances", "call select_destinations",
		"cast build_and_run_instance", "call object_action", "call allocate_for_instance", "GET /v2/images/cirros", "call object_action", "fanout update_instance_info",
	}
	if !slices.Equal(story, want) {
		t.Errorf("%q\nwant\n%q", story, want)
	}
	if ready, unacked, ok := w.Broker().Depth(names.Intern("/"), names.Intern("notifications.info")); !ok || ready != 2 || unacked != 0 {
		t.Errorf("notifications.info: %d ready, %d unacknowledged, %v", ready, unacked, ok)
	}
}

func TestCommandsSendWhatTheDocumentOffers(t *testing.T) {
	names := &flow.Names{}
	var got []string
	w, err := scenario.NewWorld(built(t, "one-call"), 1, names, flow.SinkFunc(func(e *flow.Event, _ *flow.Message) {
		if e.Kind == flow.Request {
			got = append(got, fmt.Sprintf("%s %s to %s", e.Class, names.Text(e.Label), names.Text(e.Key)))
		}
	}))
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Do(scenario.Command{Kind: "call"}); err == nil || !strings.Contains(err.Error(), "not running") {
		t.Errorf("before the client runs: %v", err)
	}
	if err := w.RunUntil(100e6); err != nil {
		t.Fatal(err)
	}
	for _, c := range []scenario.Command{
		{Kind: "call"}, {Kind: "cast"}, {Kind: "fanout"}, {Kind: "call", Topic: "network", Method: "allocate"}, {Kind: "call", Server: "host9"},
	} {
		if err := w.Do(c); err != nil {
			t.Errorf("%+v: %v", c, err)
		}
	}
	want := []string{"call ping to compute", "cast reload to compute.host1", "fanout update_services to compute", "call allocate to network", "call ping to compute.host9"}
	if !slices.Equal(got, want) {
		t.Errorf("%q\nwant\n%q", got, want)
	}
	for _, c := range []scenario.Command{
		{Kind: "notify"}, {Kind: "cal"}, {Kind: "call", Client: "nobody"}, {Kind: "kill", Client: ""}, {Kind: "call", Method: "a\x00b"},
	} {
		var e *scenario.Error
		if err := w.Do(c); !errors.As(err, &e) || e.Remedy == "" {
			t.Errorf("%+v: %v", c, err)
		}
	}
}

// Two sends of one kind and method are told apart by where they go, as the page names them.
func TestAnOfferedSendIsChosenByItsTarget(t *testing.T) {
	doc, names := built(t, "two-servers"), &flow.Names{}
	var got []string
	w, err := scenario.NewWorld(doc, 1, names, flow.SinkFunc(func(e *flow.Event, _ *flow.Message) {
		if e.Kind == flow.Request {
			got = append(got, fmt.Sprintf("%s to %s", e.Class, names.Text(e.Key)))
		}
	}))
	if err != nil {
		t.Fatal(err)
	}
	if err := w.RunUntil(250e6); err != nil { // the client is up and has not begun by itself
		t.Fatal(err)
	}
	for _, a := range doc.Actions() {
		if err := w.Do(scenario.Command{Kind: a.Kind, Client: a.Client, Method: a.Method, Target: a.Target}); err != nil {
			t.Errorf("%+v: %v", a, err)
		}
	}
	if want := []string{"call to test", "call to test.server2", "cast to test", "fanout to test"}; !slices.Equal(got, want) {
		t.Errorf("%q\nwant\n%q", got, want)
	}
}

func TestRunawayScenarioIsStopped(t *testing.T) {
	doc := `{"title": "x", "broker": {"latency": "0", "handling": "0"}, "processes": [
		{"name": "server@h1", "servers": [{"topic": "t", "endpoints": [{"methods": {"m": {"steps": [{"cast": "m", "topic": "t"}, {"cast": "m", "topic": "t"}]}}}]}]},
		{"name": "client@c", "threads": [{"start": "10ms", "steps": [{"cast": "m", "topic": "t"}]}]}]}`
	names := &flow.Names{}
	w, err := scenario.NewWorld(parse(t, doc), 1, names, flow.SinkFunc(func(*flow.Event, *flow.Message) {}))
	if err != nil {
		t.Fatal(err)
	}
	if err := w.RunUntil(60e9); !errors.Is(err, scenario.ErrRunaway) {
		t.Errorf("ended with %v", err)
	}
}

func BenchmarkOneCallForAnHour(b *testing.B) {
	doc := built(b, "one-call")
	for range b.N {
		n := 0
		w, err := scenario.NewWorld(doc, 1, &flow.Names{}, flow.SinkFunc(func(*flow.Event, *flow.Message) { n++ }))
		if err != nil {
			b.Fatal(err)
		}
		if err := w.RunUntil(3600e9); err != nil {
			b.Fatal(err)
		}
		b.ReportMetric(float64(n), "events/op")
	}
}
