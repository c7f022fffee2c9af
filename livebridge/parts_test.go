package livebridge

import (
	"errors"
	"net/http/httptest"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	amqp "github.com/rabbitmq/amqp091-go"
	"pgregory.net/rapid"
)

func TestTheFeedPutsRecordsInOrderOfReception(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var f feed
		times := rapid.SliceOfN(rapid.Int64Range(0, 20), 1, 60).Draw(t, "times")
		for _, at := range times {
			f.push(record{t: at})
		}
		limit := rapid.Int64Range(0, 20).Draw(t, "until")
		got, dropped := f.take(nil, limit)
		rest, _ := f.take(nil, 1<<62)
		if dropped != 0 || len(got)+len(rest) != len(times) {
			t.Fatalf("%d and %d of %d, %d dropped", len(got), len(rest), len(times), dropped)
		}
		all := append(got, rest...)
		if !slices.IsSortedFunc(all, func(a, b record) int {
			if a.t != b.t {
				return int(a.t - b.t)
			}
			return int(int64(a.seq) - int64(b.seq))
		}) {
			t.Fatal("out of order")
		}
		for _, r := range got {
			if r.t > limit {
				t.Fatalf("a record of %d before %d was due", r.t, limit)
			}
		}
		if f.bytes != 0 {
			t.Fatalf("%d bytes left in an empty feed", f.bytes)
		}
	})
}

func TestAFullFeedCountsWhatItDropsAndKeepsTopology(t *testing.T) {
	var f feed
	big := make([]byte, backlogBytes/4)
	for range 6 {
		f.push(record{body: big})
	}
	f.push(record{source: fromTopology, body: big})
	got, dropped := f.take(nil, 0)
	if len(got) != 4 || dropped != 3 {
		t.Errorf("kept %d, dropped %d", len(got), dropped)
	}
	if _, again := f.take(nil, 0); again != 0 {
		t.Errorf("%d drops counted twice", again)
	}
}

func TestOnlyPagesOfThisServerMayWatch(t *testing.T) {
	own, _ := os.Hostname()
	for _, c := range []struct {
		origin, host string
		want         bool
	}{
		{"", "127.0.0.1:8080", true}, // no browser
		{"http://127.0.0.1:8080", "127.0.0.1:8080", true},
		{"http://localhost:8080", "localhost:8080", true},
		{"http://[::1]:8080", "[::1]:8080", true},
		{"http://" + own + ":8080", own + ":8080", true},
		{"http://192.0.2.7", "192.0.2.7", true},
		{"http://scope.localhost:8080", "scope.localhost:8080", true},
		{"https://192.0.2.7", "192.0.2.7", false}, // another scheme is another origin
		{"https://127.0.0.1:8080", "127.0.0.1:8080", false},
		{"http://127.0.0.1:8080/", "127.0.0.1:8080", false}, // no origin has a path
		{"http://127.0.0.1:8080?", "127.0.0.1:8080", false},
		{"http://u@127.0.0.1:8080", "127.0.0.1:8080", false},
		{"http://127.0.0.1", "127.0.0.1:8080", false},
		{"http://127.0.0.1:8080", "127.0.0.1", false},
		{"HTTP://127.0.0.1:8080", "127.0.0.1:8080", false},
		{"http://127.0.0.1:9090", "127.0.0.1:8080", false}, // another server on this machine
		{"http://localhost:8080", "127.0.0.1:8080", false},
		{"http://evil.example", "127.0.0.1:8080", false},
		{"http://evil.example:8080", "evil.example:8080", false}, // its name rebound to us
		{"http://127.0.0.1:8080.evil.example", "127.0.0.1:8080", false},
		{"null", "127.0.0.1:8080", false},
		{"file://", "127.0.0.1:8080", false},
		{"https://scope.example.org", "127.0.0.1:8080", true}, // allowed by configuration
		{"http://scope.example.org", "127.0.0.1:8080", false},
		{"https://scope.example.org/", "127.0.0.1:8080", false},
		{"https://scope.example.org:8443", "127.0.0.1:8080", false},
		{"https://scope.example.org.evil.example", "127.0.0.1:8080", false},
	} {
		r := httptest.NewRequest("GET", "/live", nil)
		r.Host = c.host
		if c.origin != "" {
			r.Header.Set("Origin", c.origin)
		}
		if got := originAllowed(r, []string{"https://scope.example.org"}); got != c.want {
			t.Errorf("origin %q at host %q: allowed %v, want %v", c.origin, c.host, got, c.want)
		}
	}
}

func TestOfSeveralOriginsNoneIsBelieved(t *testing.T) {
	r := httptest.NewRequest("GET", "http://127.0.0.1:8080/live", nil)
	r.Header["Origin"] = []string{"http://127.0.0.1:8080", "http://evil.example"}
	if originAllowed(r, nil) {
		t.Error("allowed")
	}
}

func TestAServerThatSpeaksTLSHasAnHTTPSOrigin(t *testing.T) {
	for origin, want := range map[string]bool{"https://127.0.0.1:8443": true, "http://127.0.0.1:8443": false} {
		r := httptest.NewRequest("GET", "https://127.0.0.1:8443/live", nil)
		r.Header.Set("Origin", origin)
		if originAllowed(r, nil) != want {
			t.Errorf("%s: allowed %v", origin, !want)
		}
	}
}

func TestOriginsAreTakenAsBrowsersWriteThem(t *testing.T) {
	for in, want := range map[string]string{
		"https://Scope.Example.ORG":     "https://scope.example.org",
		"https://scope.example.org:443": "https://scope.example.org",
		"http://scope.example.org:80/":  "http://scope.example.org",
		"http://[::1]:8080":             "http://[::1]:8080",
		"https://scope:8443":            "https://scope:8443",
		"scope.example.org":             "", "*": "", "https://*.example.org": "", "https://scope/path": "", "https://scope?x": "", "https://u:p@scope": "",
		"ftp://scope": "", "https://": "", "https://scope:99999": "", "https://scope:0": "", "null": "", "": "",
	} {
		got, err := ParseOrigin(in)
		if got != want || (err == nil) != (want != "") {
			t.Errorf("%q: %q, %v", in, got, err)
		}
		if err != nil && strings.Contains(err.Error(), "u:p") {
			t.Error(err)
		}
	}
}

func TestNoURLIsToldWithItsCredentials(t *testing.T) {
	for in, want := range map[string]string{
		"amqp://guest:geheim@host:5672/v%2Fh":    "amqp://…@host:5672/v%2Fh",
		"http://host:15672/?password=geheim#x":   "http://host:15672/",
		"amqps://host/vhost":                     "amqps://host/vhost",
		"guest:geheim@host":                      "something that is no URL",
		"amqp://guest:ge heim@host:notaport/%zz": "something that is no URL",
	} {
		if got := Redact(in); got != want {
			t.Errorf("Redact(%q) = %q, want %q", in, got, want)
		}
	}
	for _, bad := range []string{"amqp://guest:geheim@host:notaport/", "http://guest:geheim@host/", "geheim", ""} {
		_, err := New(Config{AMQP: bad})
		if !errors.Is(err, ErrConfig) || strings.Contains(err.Error(), "geheim") {
			t.Errorf("New(%q): %v", bad, err)
		}
	}
	if _, err := New(Config{AMQP: "amqp://host/", Management: "ftp://user:geheim@host"}); !errors.Is(err, ErrConfig) || strings.Contains(err.Error(), "geheim") {
		t.Errorf("management: %v", err)
	}
}

func TestTheManagementAddressFollowsFromTheBrokers(t *testing.T) {
	for _, c := range []struct{ amqp, management, want, user string }{
		{"amqp://u:p@host/", "", "http://host:15672", "u"},
		{"amqps://u:p@[::1]:5671/x", "", "https://[::1]:15671", "u"},
		{"amqp://u:p@host/", "https://m:q@other:443/rabbit/", "https://other:443/rabbit", "m"},
	} {
		s, err := Config{AMQP: c.amqp, Management: c.management}.check()
		if err != nil {
			t.Fatal(err)
		}
		if s.mgmt.String() != c.want || s.user != c.user {
			t.Errorf("%s and %q: %s as %s, want %s as %s", c.amqp, c.management, s.mgmt, s.user, c.want, c.user)
		}
	}
}

func TestFaultsAreToldByWhatCanBeDone(t *testing.T) {
	server := func(code int, reason string) error { return &amqp.Error{Code: code, Reason: reason, Server: true} }
	for _, c := range []struct {
		name string
		got  *fault
		want State
		why  string
	}{
		{"hung up", dialFault(amqp.ErrCredentials, "v"), BrokerGone, "it hung up while the connection was made"},
		{"refused", dialFault(server(403, "ACCESS_REFUSED - Login was refused for user 'x'"), "v"), BadCredentials, ""},
		{"missing", dialFault(server(530, "NOT_ALLOWED - vhost v not found"), "v"), VHostMissing, "it does not exist"},
		{"forbidden", dialFault(server(530, "NOT_ALLOWED - access to vhost 'v' refused for user 'x'"), "v"), VHostMissing, "the user may not enter it"},
		{"limit", dialFault(server(530, "NOT_ALLOWED - access to vhost 'v' refused for user 'x': connection limit (1) is reached"), "v"), BrokerGone, "the broker's connection limit is reached"},
		{"long key", closeFault(server(541, "INTERNAL_ERROR"), "v"), TraceKeyTooLong, ""},
		{"stopped", closeFault(server(320, "CONNECTION_FORCED - broker forced connection closure with reason 'shutdown'"), "v"), BrokerGone, "the broker closed the connection (320)"},
		{"cut", closeFault(nil, "v"), BrokerGone, "the connection ended"},
		{"no plugin", rightsFault(server(404, "NOT_FOUND - no exchange"), "v", "read it", "p"), NoRights, "read it (there is none)"},
	} {
		if c.got.state != c.want || c.got.why != c.why {
			t.Errorf("%s: %s %q, want %s %q", c.name, c.got.state, c.got.why, c.want, c.why)
		}
	}
}

func TestRemediesAreCommandsThatCanBePasted(t *testing.T) {
	w := words{broker: "b:5672", vhost: "it's mine", prefix: "rpcscope", fault: &fault{why: "read the exchange"}}
	_, remedy := w.say(TracingOff)
	if !strings.Contains(remedy, `trace_on -p 'it'\''s mine'`) {
		t.Error(remedy)
	}
	_, remedy = w.say(NoRights)
	if !strings.Contains(remedy, `'^rpcscope\.' '^rpcscope\.' '^(rpcscope\..*|amq\.rabbitmq\.trace)$'`) {
		t.Error(remedy)
	}
}

func TestCoverageComparesWithTheBrokersCountersOnceTheirLagIsSmall(t *testing.T) {
	start := time.Unix(1000, 0)
	at := func(s int) time.Time { return start.Add(time.Duration(s) * time.Second) }
	var c coverage
	saw := func(n, when int) {
		for range n {
			c.saw(at(when))
		}
	}
	saw(10, 0)
	c.counted(100, start, at(1)) // counters may still hold what came before the tap
	c.counted(110, start, at(7))
	saw(95, 8)
	c.counted(300, start, at(20)) // too early
	if c.known {
		t.Fatal("known too early")
	}
	c.counted(300, start, at(30))
	if !c.known || c.share != 0.5 {
		t.Errorf("known %v, share %v", c.known, c.share)
	}
	c.counted(5, start, at(60)) // the node's counters began anew
	if c.known {
		t.Error("compared with counters that went back")
	}
	saw(3, 80)
	c.counted(15, start, at(90)) // of ten, the rest may be on its way
	if c.known {
		t.Error("compared too few")
	}
}

// TestCoverageIsWholeWhenNothingWasLost: at a steady rate, with counters that lag by the most they may.
func TestCoverageIsWholeWhenNothingWasLost(t *testing.T) {
	for lag := range 6 {
		for _, from := range []int{0, 3, 20, 61} { // traffic begins with the tap, or later
			var c coverage
			const rate = 50
			counted := func(s int) uint64 { return uint64(rate * max(0, s-lag-from)) }
			for s := range 120 {
				now := time.Unix(int64(5000+s), 0)
				if s >= from {
					for range rate {
						c.saw(now)
					}
				}
				if s%2 == 0 {
					c.counted(counted(s+1), time.Unix(5000, 0), now.Add(time.Second))
				}
				if c.known && c.share < 1 {
					t.Fatalf("lag %d s, traffic from %d s: %.3f at %d s", lag, from, c.share, s)
				}
			}
			if !c.known {
				t.Errorf("lag %d s, traffic from %d s: unknown", lag, from)
			}
		}
	}
}

func TestTheBridgesOwnObjectsAreLeftOut(t *testing.T) {
	o := newOwnObjects(&settings{Config: Config{QueuePrefix: "rpcscope"}})
	for _, c := range []struct {
		key    string
		header amqp.Table
		hidden bool
	}{
		{"connection.created", amqp.Table{"pid": "<1>", "user_provided_name": ownConnection + "7:x"}, true},
		{"channel.created", amqp.Table{"pid": "<2>", "connection": "<1>"}, true},
		{"connection.created", amqp.Table{"pid": "<3>", "user_provided_name": "nova:1:x"}, false},
		{"channel.created", amqp.Table{"pid": "<4>", "connection": "<3>"}, false},
		{"queue.created", amqp.Table{"name": "rpcscope.tap.x"}, true},
		{"queue.created", amqp.Table{"name": "compute"}, false},
		{"binding.created", amqp.Table{"destination_name": "rpcscope.tap.x"}, true},
		{"consumer.created", amqp.Table{"queue": "rpcscope.tap.x"}, true},
		{"consumer.created", amqp.Table{"queue": int32(7)}, false}, // any field type may come
		{"channel.closed", amqp.Table{"pid": "<2>"}, true},
		{"channel.closed", amqp.Table{"pid": "<4>"}, false},
		{"connection.closed", amqp.Table{"pid": "<1>"}, true},
		{"connection.closed", amqp.Table{"pid": "<1>"}, false}, // forgotten
	} {
		r := record{key: c.key, header: c.header}
		if got := o.hides(&r); got != c.hidden {
			t.Errorf("%s %v: hidden %v", c.key, c.header, got)
		}
	}
}
