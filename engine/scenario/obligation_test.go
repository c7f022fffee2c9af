package scenario_test

import (
	"slices"
	"strings"
	"testing"

	"rpcscope/engine/flow"
)

// The relations between connections that a simulator owes to the captures
// (section 11 of the wire specification, by number). [TestConformance] has
// compared what each connection says; here is what the events must say of
// each other. Where the capture can be asked the same, it is.

// kinds returns the events of a kind, in order.
func (s *model) kinds(k flow.Kind) (out []flow.Event) {
	for _, e := range s.events {
		if e.Kind == k {
			out = append(out, e)
		}
	}
	return out
}

func (s *model) text(n flow.Name) string { return s.names.Text(n) }

// lineOf is the time of the nth line (from 0) with a prefix on a connection, −1 when there is none.
func lineOf(d *dialogue, prefix string, n int) int64 {
	for _, l := range d.lines {
		if strings.HasPrefix(l.text, prefix) {
			if n == 0 {
				return l.at
			}
			n--
		}
	}
	return -1
}

func find(t *testing.T, list []*dialogue, program, role string) *dialogue {
	t.Helper()
	for _, d := range list {
		if strings.HasPrefix(d.program, program) && d.role == role {
			return d
		}
	}
	t.Fatalf("no %s of %s", role, program)
	return nil
}

func TestObligation1ServerStartIsExactlyThisSequence(t *testing.T) {
	same(t, runModel(t, "01", 1).trace("server")[:13], `
		channel.open
		exchange.declare openstack
		queue.declare test
		queue.bind openstack test test
		exchange.declare openstack
		queue.declare test.server1
		queue.bind openstack test.server1 test.server1
		exchange.declare test_fanout
		queue.declare test_fanout_#1
		queue.bind test_fanout test_fanout_#1 test
		basic.consume test 1
		basic.consume test.server1 2
		basic.consume test_fanout_#1 3`)
}

func TestObligation11OptionsChangeOnlyWhatTheyAreFor(t *testing.T) {
	s := runModel(t, "17", 1)
	for _, e := range append(s.kinds(flow.QueueDeclare), s.kinds(flow.ExchangeDeclare)...) {
		name := s.text(e.Queue) + s.text(e.Exchange)
		transient := strings.HasPrefix(name, "reply_") || strings.Contains(name, "_fanout")
		durable := !transient && (strings.Contains(name, "durable") || strings.Contains(name, "quorum"))
		autoDelete := !transient && strings.Contains(name, "auto_delete") || strings.HasSuffix(name, "_fanout")
		args := ""
		switch {
		case e.Kind != flow.QueueDeclare:
		case transient:
			args = "x-expires=1800000"
		case strings.Contains(name, "quorum"):
			args = "x-queue-type=quorum"
		}
		if e.Has(flow.Durable) != durable || e.Has(flow.AutoDelete) != autoDelete || s.text(e.Args) != args {
			t.Errorf("%s: durable %v, auto-delete %v, %q", name, e.Has(flow.Durable), e.Has(flow.AutoDelete), s.text(e.Args))
		}
	}
}

func TestObligation2RequestIsAcknowledgedBeforeTheReplyIsPublished(t *testing.T) {
	model := runModel(t, "02", 1)
	for name, list := range map[string][]*dialogue{"capture": readCapture(t, "02").all.list, "model": model.all.list} {
		listens, sends := find(t, list, "test-server", "LC"), find(t, list, "test-server", "SC")
		for n := range 4 {
			ack, reply := lineOf(listens, "→ basic.ack", n), lineOf(sends, "→ basic.publish", n)
			if ack < 0 || reply < 0 || ack >= reply {
				t.Errorf("%s, call %d: ack at %d, reply at %d", name, n+1, ack, reply)
			}
		}
	}
	counts := map[flow.Kind]int{}
	for _, e := range model.events {
		counts[e.Kind]++
	}
	for kind, perCall := range map[flow.Kind]int{flow.Publish: 2, flow.Deliver: 2, flow.Confirm: 2, flow.Ack: 2, flow.Reply: 1, flow.Dispatch: 1} {
		if counts[kind] != 4*perCall {
			t.Errorf("%d events %s for 4 calls", counts[kind], kind)
		}
	}
}

func TestObligation3TwoConsumersAlternate(t *testing.T) {
	for number, most := range map[string]int{"03": 6, "05": 4} {
		s := runModel(t, number, 1)
		var who []string
		for _, e := range s.kinds(flow.Deliver) {
			if s.text(e.Queue) == "test" && len(who) < most {
				who = append(who, s.text(e.Process))
			}
		}
		for i, w := range who {
			if want := []string{"server1", "server2"}[i%2]; w != want || len(who) != most {
				t.Fatalf("capture %s: delivered to %v", number, who)
			}
		}
	}
}

func TestObligation4UnroutableRequests(t *testing.T) {
	for _, c := range []struct {
		number, key string
		timeout     int64 // 0: a cast, which reports success
	}{{"04", "test.nosuch", 2e9}, {"06", "test.ghost", 0}, {"09", "ghost", 2e9}} {
		s := runModel(t, c.number, 1)
		routes := slices.DeleteFunc(s.kinds(flow.Route), func(e flow.Event) bool { return !e.Has(flow.NoRoute) })
		if len(routes) != 1 {
			t.Fatalf("capture %s: %d messages without a route", c.number, len(routes))
		}
		msg := routes[0].Msg
		if key := s.text(s.messages[msg].Key); key != c.key {
			t.Errorf("capture %s: key %s", c.number, key)
		}
		confirmed := slices.ContainsFunc(s.kinds(flow.Confirm), func(e flow.Event) bool { return e.Msg == msg && !e.Has(flow.Negative) })
		dropped := slices.ContainsFunc(s.kinds(flow.Drop), func(e flow.Event) bool { return e.Msg == msg })
		if !confirmed || !dropped || len(s.kinds(flow.Return)) != 0 {
			t.Errorf("capture %s: confirmed %v, dropped %v, %d returns", c.number, confirmed, dropped, len(s.kinds(flow.Return)))
		}
		waited := int64(0)
		for _, e := range s.kinds(flow.Timeout) {
			if e.RPC == s.messages[msg].RPC {
				waited = e.Value
			}
		}
		if c.timeout == 0 && len(s.kinds(flow.Timeout)) != 0 || waited < c.timeout || c.timeout > 0 && waited > c.timeout+50e6 {
			t.Errorf("capture %s: gave up after %d ns", c.number, waited)
		}
	}
}

func TestObligation5MessagesWaitAndOnlyCallsExpire(t *testing.T) {
	s := runModel(t, "05", 1)
	if n := len(s.kinds(flow.Expire)); n != 0 {
		t.Errorf("%d casts expired", n)
	}
	var put, taken flow.Event
	for _, e := range s.events {
		if m := s.messages[e.Msg]; s.text(m.Preview) == `{"arg": "nobody home"}` {
			switch e.Kind {
			case flow.Enqueue:
				put = e
			case flow.Deliver:
				taken = e
			}
		}
	}
	if wait := taken.At - put.At; wait < 15e9 || s.text(taken.Process) != "again" {
		t.Errorf("waited %d ns, taken by %q", wait, s.text(taken.Process))
	}

	s = runModel(t, "09", 1)
	expired := s.kinds(flow.Expire)
	if len(expired) != 1 {
		t.Fatalf("%d calls expired", len(expired))
	}
	m := s.messages[expired[0].Msg]
	if s.text(m.Preview) != `{"arg": "expires in queue"}` || m.Expiration != 2e9 {
		t.Errorf("expired: %s after %d", s.text(m.Preview), m.Expiration)
	}
}

func TestObligation6Fanout(t *testing.T) {
	s := runModel(t, "07", 1)
	var copies []int
	for _, p := range s.kinds(flow.Publish) {
		if s.text(p.Key) != "" {
			t.Errorf("published with key %q", s.text(p.Key))
		}
		n := 0
		for _, e := range s.kinds(flow.Enqueue) {
			if e.Msg == p.Msg {
				n++
			}
		}
		copies = append(copies, n)
	}
	if !slices.Equal(copies, []int{3, 2, 0}) {
		t.Errorf("copies: %v", copies)
	}
	gone := s.kinds(flow.ExchangeDelete)
	queues := s.kinds(flow.QueueDelete)
	if len(gone) != 1 || s.text(gone[0].Exchange) != "test_fanout" || len(queues) != 3 || gone[0].At != queues[2].At {
		t.Errorf("exchanges deleted: %d, queues: %d", len(gone), len(queues))
	}
	declared := slices.ContainsFunc(s.kinds(flow.ExchangeDeclare), func(e flow.Event) bool { return s.text(e.Exchange) == "empty_fanout" })
	if !declared {
		t.Error("the exchange that nobody listens at was never made")
	}
}

func TestObligation7FailuresAndWhatTheCallerSees(t *testing.T) {
	cases := map[string][][3]string{ // method, class at the server, text at the caller
		"08": {
			{"boom", "ValueError", "unexpected boom"},
			{"expected", "KeyError", "'instance-0001'"},
			{"custom", "HypervisorGone", "Remote error: HypervisorGone host went away"},
			{"nosuchmethod", "NoSuchMethod", "Remote error: NoSuchMethod Endpoint does not support RPC method nosuchmethod"},
			{"_private", "NoSuchMethod", "Remote error: NoSuchMethod Endpoint does not support RPC method _private"},
			{"test", "TypeError", "TestEndpoint.test() got an unexpected keyword argument 'wrong'"},
		},
		"12": {
			{"feature", "UnsupportedVersion", "Remote error: UnsupportedVersion Endpoint does not support RPC version 1.4. Attempted method: feature"},
			{"feature", "UnsupportedVersion", "Remote error: UnsupportedVersion Endpoint does not support RPC version 2.0. Attempted method: feature"},
			{"status", "UnsupportedVersion", "Remote error: UnsupportedVersion Endpoint does not support RPC version 1.9. Attempted method: status"},
			{"status", "NoSuchMethod", "Remote error: NoSuchMethod Endpoint does not support RPC method status"},
			{"test", "UnsupportedVersion", "Remote error: UnsupportedVersion Endpoint does not support RPC version 1.0. Attempted method: test"},
		},
	}
	for number, want := range cases {
		s := runModel(t, number, 1)
		var got [][3]string
		for _, e := range s.kinds(flow.Failure) {
			got = append(got, [3]string{s.text(e.Label), s.text(e.Text), s.text(e.Args)})
		}
		if !slices.Equal(got, want) {
			t.Errorf("capture %s:\n%q\nwant\n%q", number, got, want)
		}
	}
	s := runModel(t, "08", 1)
	finishes := s.kinds(flow.Finish)
	last := finishes[len(finishes)-1]
	if last.Class != flow.ClassCast || s.text(last.Text) != "ValueError" || len(s.kinds(flow.Reply)) != 0 {
		t.Errorf("the failing cast: %+v", last)
	}
	for _, p := range s.kinds(flow.Publish) {
		if p.At > last.At {
			t.Error("something was published after the cast failed")
		}
	}
}

func TestObligation8LateReplyIsDeliveredAndDiscarded(t *testing.T) {
	s := runModel(t, "09", 1)
	late, gaveUp := s.kinds(flow.LateReply), s.kinds(flow.Timeout)
	if len(late) != 1 || len(gaveUp) != 3 || late[0].RPC != gaveUp[1].RPC || late[0].At < gaveUp[1].At {
		t.Fatalf("late: %+v\ntimeouts: %+v", late, gaveUp)
	}
	acked := slices.ContainsFunc(s.kinds(flow.Ack), func(e flow.Event) bool { return e.Msg == late[0].Msg })
	if !acked {
		t.Error("the late reply was not acknowledged")
	}
	answers := slices.ContainsFunc(s.kinds(flow.Reply), func(e flow.Event) bool { return e.RPC == late[0].RPC })
	if answers {
		t.Error("the call was answered after all")
	}
}

func TestObligation9NotificationsPoolsAndRequeue(t *testing.T) {
	s := runModel(t, "11", 1)
	redelivered, copies := 0, map[string]int{}
	for _, e := range s.kinds(flow.Deliver) {
		if e.Has(flow.Redelivered) {
			redelivered++
		}
		copies[s.text(e.Queue)]++
	}
	handled := len(s.kinds(flow.Requeue))
	if redelivered != handled || handled == 0 {
		t.Errorf("%d put back, %d delivered again", handled, redelivered)
	}
	if copies["audit"] != 4 || copies["notifications.sample"] != 0 || copies["billing.info"] != 0 {
		t.Errorf("deliveries by queue: %v", copies)
	}
}

func TestObligation10WhatRemainsAfterEachKindOfExit(t *testing.T) {
	s := runModel(t, "14", 1)
	at := map[string]int64{}
	note := func(k flow.Kind, name func(flow.Event) string) {
		for _, e := range s.kinds(k) {
			at[k.String()+" "+name(e)] = e.At
		}
	}
	var fanouts, replies []string
	for _, e := range s.kinds(flow.QueueDeclare) {
		switch q := s.text(e.Queue); {
		case strings.HasPrefix(q, "test_fanout_"):
			fanouts = append(fanouts, q)
		case strings.HasPrefix(q, "reply_"):
			replies = append(replies, q)
		}
	}
	note(flow.QueueDelete, func(e flow.Event) string { return s.text(e.Queue) + " " + s.text(e.Label) })
	note(flow.Unbind, func(e flow.Event) string { return s.text(e.Queue) })
	note(flow.ExchangeDelete, func(e flow.Event) string { return s.text(e.Exchange) })
	note(flow.ProcessStop, func(e flow.Event) string { return s.text(e.Process) + " " + s.text(e.Label) })

	expires := func(queue, after string) {
		t.Helper()
		end, ok := at["process-stop "+after]
		gone, ok2 := at["queue-delete "+queue+" expired"]
		if !ok || !ok2 || gone < end+6e9-100e6 || gone > end+6e9+100e6 {
			t.Errorf("%s: expired %d (%v) after %s at %d (%v)", queue, gone, ok2, after, end, ok)
		}
	}
	expires(replies[0], "graceful exited")
	expires(replies[1], "abrupt killed")
	expires(fanouts[1], "server2 killed")
	if _, ok := at["queue-delete "+fanouts[0]+" deleted"]; !ok {
		t.Error("the stopped server left its fanout queue")
	}
	q := at["queue-delete "+fanouts[1]+" expired"]
	if at["unbind "+fanouts[1]] != q || at["exchange-delete test_fanout"] != q {
		t.Error("binding and fanout exchange did not go with the last queue")
	}
	for _, name := range []string{"test", "test.server1", "test.server2"} {
		for _, why := range []string{"expired", "deleted", "auto-delete"} {
			if _, gone := at["queue-delete "+name+" "+why]; gone {
				t.Errorf("%s is gone", name)
			}
		}
	}
}

func TestObligation14UndeliverableReplyIsReturnedAndRetried(t *testing.T) {
	s := runModel(t, "22", 1)
	returns := s.kinds(flow.Return)
	if len(returns) != 13 {
		t.Fatalf("%d returns", len(returns))
	}
	confirms := map[flow.MsgID]int64{}
	for i, e := range s.events {
		if e.Kind == flow.Confirm {
			confirms[e.Msg] = int64(i)
		}
	}
	for i, e := range returns {
		if e.Value != 312 || s.text(e.Text) != "NO_ROUTE" {
			t.Errorf("return %d: %d %s", i, e.Value, s.text(e.Text))
		}
		if i > 0 {
			if pause := e.At - returns[i-1].At; pause < 250e6 || pause > 256e6 {
				t.Errorf("return %d came %d ns after the one before", i, pause)
			}
		}
		if confirms[e.Msg] == 0 {
			t.Errorf("return %d was not confirmed", i)
		}
	}
}
