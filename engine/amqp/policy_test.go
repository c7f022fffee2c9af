package amqp

import "testing"

// TestPoliciesThatAreNone are refused with a word why.
func TestPoliciesThatAreNone(t *testing.T) {
	ttl := Table{{"message-ttl", Int(5)}}
	for _, c := range []struct {
		p    Policy
		want string
	}{
		{Policy{VHost: "/", Name: "p", Pattern: ".*", Definition: ttl}, ""},
		{Policy{VHost: "nowhere", Name: "p", Pattern: ".*", Definition: ttl}, "vhost nowhere not found"},
		{Policy{VHost: "/", Name: "p", Pattern: "(", Definition: ttl}, "pattern '(' cannot be read"},
		{Policy{VHost: "/", Name: "p", Pattern: ".*"}, "no policy provided"},
		{Policy{VHost: "/", Name: "p", Pattern: ".*", ApplyTo: "bindings", Definition: ttl}, "apply-to 'bindings' unrecognised; should be 'queues', 'exchanges' or 'all'"},
		{Policy{VHost: "/", Name: "p", Pattern: ".*", Definition: Table{{"ttl", Int(5)}}}, "ttl is not a recognised policy setting"},
		{Policy{VHost: "/", Name: "p", Pattern: ".*", Definition: Table{{"message-ttl", String("5")}}}, "5 is not a valid value of message-ttl"},
		{Policy{VHost: "/", Name: "p", Pattern: ".*", Operator: true, Definition: Table{{"overflow", String("drop-head")}}}, "overflow is not a recognised policy setting"},
		{Policy{VHost: "/", Name: "p", Pattern: ".*", Definition: Table{{"expires", Int(0)}}}, "0 is not a valid value of expires"},
		{Policy{VHost: "/", Name: "p", Pattern: ".*", Definition: Table{{"overflow", String("up")}}}, "up is not a valid value of overflow"},
		{Policy{VHost: "/", Name: "p", Pattern: ".*", Definition: Table{{"dead-letter-exchange", Bool(true)}}}, "true is not a valid value of dead-letter-exchange"},
	} {
		if got := newScript().b.SetPolicy(0, c.p); got != c.want {
			t.Errorf("%+v: %q, want %q", c.p, got, c.want)
		}
	}
}

// TestDeliveryLimitOfLaterReleases is what quorum queues have there that set none.
func TestDeliveryLimitOfLaterReleases(t *testing.T) {
	s := newScript()
	s.b.returns = 20
	for _, c := range []struct {
		args Table
		want int64
	}{
		{Table{{"x-queue-type", String("quorum")}}, 20},
		{Table{{"x-queue-type", String("quorum")}, {"x-delivery-limit", Int(30)}}, 30},
		{nil, never},
	} {
		q := queue{args: s.b.Tables().Intern(c.args), quorum: c.args != nil}
		s.b.configureQueue(&q)
		if q.maxReturns != c.want {
			t.Errorf("%v: %d, want %d", c.args, q.maxReturns, c.want)
		}
	}
}

// TestOperatorsReachNothingThatIsNotThere neither fails nor does anything.
func TestOperatorsReachNothingThatIsNotThere(t *testing.T) {
	s := newScript()
	if s.b.DeleteQueue(0, "/", "q") || s.b.DeleteQueue(0, "nowhere", "q") {
		t.Error("a queue was deleted")
	}
	if _, ok := s.b.PurgeQueue(0, "/", "q"); ok {
		t.Error("a queue was purged")
	}
	for _, name := range []string{"", "amq.topic", "x"} {
		if s.b.DeleteExchange(0, "/", name) {
			t.Errorf("exchange %q was deleted", name)
		}
	}
	s.b.DeleteVHost(0, "nowhere")
	s.b.DeleteUser(0, "nobody")
	s.b.ClearPolicy(0, "/", "p")
	s.b.ClearOperatorPolicy(0, "/", "p")
	s.b.Start(0)
	if s.b.Permit("/", "eve", "(", ".*", ".*") {
		t.Error("a permission was made of what is no pattern")
	}
	if s.out.Len() > 0 {
		t.Errorf("told of it:\n%s", s.out.String())
	}
}
