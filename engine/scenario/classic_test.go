package scenario_test

import (
	"slices"
	"strings"
	"testing"

	"rpcscope/engine/flow"
)

// trace writes the methods that a process sends to the broker, in order and without arguments but the ones that name things.
func (s *model) trace(process string) (out []string) {
	ids := numbering{}
	for _, e := range s.kinds(flow.Method) {
		if s.text(e.Process) != process || e.Has(flow.ToClient) || strings.HasPrefix(s.text(e.Label), "connection.") || s.text(e.Label) == "protocol-header" {
			continue
		}
		line := s.text(e.Label)
		for _, n := range []flow.Name{e.Exchange, e.Queue, e.Key, e.Tag} {
			if x := s.text(n); x != "" {
				line += " " + x
			}
		}
		out = append(out, ids.in(line))
	}
	return out
}

func TestObligation13ClassicCallLeavesNothingBehind(t *testing.T) {
	s := runModel(t, "19", 1)
	made, gone := map[string]int{}, map[string]int{}
	for _, e := range s.events {
		switch e.Kind {
		case flow.ExchangeDeclare:
			made["exchange "+s.text(e.Exchange)]++
		case flow.QueueDeclare:
			made["queue "+s.text(e.Queue)]++
		case flow.ExchangeDelete:
			gone["exchange "+s.text(e.Exchange)]++
		case flow.QueueDelete:
			gone["queue "+s.text(e.Queue)]++
			if s.text(e.Label) != "auto-delete" {
				t.Errorf("%s: %s", s.text(e.Queue), s.text(e.Label))
			}
		}
	}
	replies := 0
	for name := range made { // unsorted: all are counted
		if len(name) == len("exchange ")+32 || len(name) == len("queue ")+32 {
			replies++
		}
		if stays := []string{"exchange nova", "queue compute", "queue compute.host1", "queue compute.host2", "queue notifications.info"}; gone[name] == 0 != slices.Contains(stays, name) {
			t.Errorf("%s: made %d, gone %d", name, made[name], gone[name])
		}
	}
	if replies != 2*5 {
		t.Errorf("%d reply exchanges and queues for 5 calls", replies)
	}
	if n := len(s.kinds(flow.Confirm)) + len(s.kinds(flow.Return)); n != 0 {
		t.Errorf("%d confirms and returns", n)
	}
}

// oldPair is a server and a client of a classic profile; steps are the client's.
func oldPair(profile, options, method, steps string) string {
	return `{"title": "x", "profile": "` + profile + `", "transport": {"control_exchange": "nova"` + options + `}, "processes": [
		{"name": "nova-compute@h1", "servers": [{"topic": "compute", "endpoints": [{"version": "1.1", "methods": {"m": ` + method + `}}]}]},
		{"name": "nova-api@c", "start": "1s", "threads": [{"steps": [` + steps + `]}]}]}`
}

func same(t *testing.T, got []string, want string) {
	t.Helper()
	lines := strings.Split(strings.ReplaceAll(strings.TrimSpace(want), "\t", ""), "\n")
	if !slices.Equal(got, lines) {
		t.Errorf("got\n%s", strings.Join(got, "\n"))
	}
}

// What section 5 of the wire specification says of a call, before any release
// of the client library spared itself a declaration.
func TestClassicCallDeclaresItsReplyQueueAndThePublishersExchange(t *testing.T) {
	s, _ := play(t, oldPair("classic", "", `{"returns": 7}`, `{"call": "m", "topic": "compute"}, {"cast": "m", "topic": "compute"}, {"fanout": "m", "topic": "compute"}, {"notify": "e"}`), 10e9)
	same(t, s.trace("nova-api@c"), `
		channel.open
		exchange.declare #1
		queue.declare #1
		queue.bind #1 #1 #1
		exchange.declare nova
		basic.publish nova compute
		basic.consume #1 1
		basic.ack
		basic.ack
		channel.close
		channel.open
		exchange.declare nova
		basic.publish nova compute
		channel.close
		channel.open
		exchange.declare compute_fanout
		basic.publish compute_fanout
		channel.close
		channel.open
		exchange.declare nova
		queue.declare notifications.info
		queue.bind nova notifications.info notifications.info
		basic.publish nova notifications.info
		channel.close
		channel.open`)
	same(t, s.trace("nova-compute@h1"), `
		channel.open
		exchange.declare nova
		queue.declare compute
		queue.bind nova compute compute
		exchange.declare nova
		queue.declare compute.h1
		queue.bind nova compute.h1 compute.h1
		exchange.declare compute_fanout
		queue.declare compute_fanout_#1
		queue.bind compute_fanout compute_fanout_#1 compute
		basic.consume compute 1
		basic.consume compute.h1 2
		basic.consume compute_fanout_#1 3
		basic.ack
		channel.open
		exchange.declare #2
		basic.publish #2 #2
		channel.close
		channel.open
		exchange.declare #2
		basic.publish #2 #2
		channel.close
		channel.open
		basic.ack
		basic.ack`)
	for _, e := range s.kinds(flow.Publish) {
		m := s.messages[e.Msg]
		if m.Expiration >= 0 || strings.Contains(s.text(m.Props), "ttl") {
			t.Errorf("a call without a timeout of its own expires: %s", s.text(m.Props))
		}
	}
}

func TestClassicSingleKeepsOneReplyQueueForTheProcess(t *testing.T) {
	s, _ := play(t, oldPair("classic-single", "", `{"returns": 7}`, `{"call": "m", "topic": "compute", "timeout": "3s"}, {"call": "m", "topic": "compute"}`), 10e9)
	same(t, s.trace("nova-api@c"), `
		channel.open
		exchange.declare reply_#1
		queue.declare reply_#1
		queue.bind reply_#1 reply_#1 reply_#1
		basic.consume reply_#1 1
		channel.open
		exchange.declare nova
		basic.publish nova compute
		channel.close
		channel.open
		basic.ack
		basic.ack
		exchange.declare nova
		basic.publish nova compute
		channel.close
		channel.open
		basic.ack
		basic.ack`)
	for _, e := range s.kinds(flow.Publish) {
		m := s.messages[e.Msg]
		if !m.Has(flow.HasID) {
			t.Errorf("%s without an id", m.Class)
		}
		if m.Class == flow.ClassCall && !strings.HasPrefix(s.text(m.ReplyQueue), "reply_") {
			t.Errorf("reply queue %q", s.text(m.ReplyQueue))
		}
	}
	if n := len(s.kinds(flow.Reply)); n != 2 {
		t.Errorf("%d replies", n)
	}
}

// A generator's results come one by one; a call takes the last, a multicall all.
func TestMulticallGivesEveryResult(t *testing.T) {
	for _, profile := range []string{"classic", "classic-single"} {
		s, _ := play(t, oldPair(profile, "", `{"steps": [{"yield": 1}, {"sleep": "800ms"}, {"yield": 2}, {"sleep": "800ms"}, {"yield": 3}]}`,
			`{"multicall": "m", "topic": "compute", "timeout": "1s", "save": "all"}, {"call": "m", "topic": "compute", "save": "last"},
			 {"cast": "seen", "topic": "x", "missing": true, "args": {"all": "${all}", "last": "${last}"}}`), 10e9)
		var seen string
		for _, e := range s.kinds(flow.Publish) {
			if m := s.messages[e.Msg]; s.text(m.Method) == "seen" {
				seen = s.text(m.Preview)
			}
		}
		if want := `{"all": [1, 2, 3], "last": 3}`; seen != want {
			t.Errorf("%s: %s: the timeout of a second holds for each message, not for all", profile, seen)
		}
		if n := len(s.kinds(flow.Publish)); n != 2+2*4+1 {
			t.Errorf("%s: %d messages", profile, n)
		}
	}
}

// A late answer of the classic profile makes its exchange anew, is lost without
// a word, and leaves the exchange behind.
func TestLateClassicReplyIsLostAndLeavesItsExchange(t *testing.T) {
	s, _ := play(t, oldPair("classic", "", `{"takes": "3s", "returns": 7}`, `{"call": "m", "topic": "compute", "timeout": "1s"}`), 10e9)
	if n := len(s.kinds(flow.Timeout)); n != 1 {
		t.Fatalf("%d timeouts", n)
	}
	lost := 0
	for _, e := range s.kinds(flow.Route) {
		if e.Has(flow.NoRoute) {
			lost++
		}
	}
	gone, made := s.kinds(flow.ExchangeDelete), 0
	for _, e := range s.kinds(flow.ExchangeDeclare) {
		if len(s.text(e.Exchange)) == 32 {
			made++
		}
	}
	if lost != 2 || made != 2 || len(gone) != 1 || len(s.kinds(flow.LateReply)) != 0 {
		t.Errorf("%d messages lost, reply exchange made %d times, gone %d times", lost, made, len(gone))
	}
	s, _ = play(t, oldPair("classic-single", "", `{"takes": "3s", "returns": 7}`, `{"call": "m", "topic": "compute", "timeout": "1s"}`), 10e9)
	if n := len(s.kinds(flow.LateReply)); n != 2 {
		t.Errorf("a single reply queue got %d late messages", n)
	}
}

func TestClassicDispatchAndFailures(t *testing.T) {
	for _, c := range []struct{ step, class, text string }{
		{`{"call": "m", "topic": "compute", "version": "1.2", "missing": true}`, "UnsupportedRpcVersion", "Remote error: UnsupportedRpcVersion Specified RPC version, 1.2, not supported by this endpoint."},
		{`{"call": "nope", "topic": "compute", "missing": true}`, "AttributeError", "No such RPC function 'nope'"},
		{`{"call": "m", "topic": "compute"}`, "ValueError", "bad"},
		{`{"multicall": "m", "topic": "compute"}`, "ValueError", "bad"},
	} {
		s, _ := play(t, oldPair("classic", "", `{"steps": [{"raise": "ValueError", "message": "bad"}]}`, c.step), 10e9)
		f := s.kinds(flow.Failure)
		if len(f) != 1 || s.text(f[0].Text) != c.class || s.text(f[0].Args) != c.text {
			t.Errorf("%s: %+v", c.step, f)
			continue
		}
		if n := len(s.kinds(flow.Publish)); n != 2 {
			t.Errorf("%s: %d messages: a failure has no ending after it", c.step, n)
		}
	}
}
