package transport_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"rpcscope/engine/transport"
)

func TestParseURL(t *testing.T) {
	for _, c := range []struct {
		in   string
		want transport.URL
	}{
		{"rabbit://", transport.URL{Scheme: "rabbit"}},
		{"rabbit://user:pass@h1:5672,h2:5672/vhost", transport.URL{
			Scheme: "rabbit", VirtualHost: "vhost", HasVirtualHost: true,
			Hosts: []transport.Host{{Name: "h1", Port: 5672, User: "user", Password: "pass"}, {Name: "h2", Port: 5672}},
		}},
		{"rabbit://a:p%40ss%2Fw%3Ard@ctl1/%2Fprod", transport.URL{
			Scheme: "rabbit", VirtualHost: "/prod", HasVirtualHost: true, Hosts: []transport.Host{{Name: "ctl1", User: "a", Password: "p@ss/w:rd"}},
		}},
		{"rabbit://h//", transport.URL{Scheme: "rabbit", Hosts: []transport.Host{{Name: "h"}}, VirtualHost: "/", HasVirtualHost: true}},
		{"rabbit://h/", transport.URL{Scheme: "rabbit", Hosts: []transport.Host{{Name: "h"}}}},
		{"qpid://[::1]:5671,u@[fe80::2]", transport.URL{
			Scheme: "qpid", Hosts: []transport.Host{{Name: "::1", Port: 5671}, {Name: "fe80::2", User: "u"}},
		}},
		{"zmq://ctl1:6379?use_pub_sub=true&zmq_target_expire=300", transport.URL{
			Scheme: "zmq", Hosts: []transport.Host{{Name: "ctl1", Port: 6379}},
			Options: []transport.Option{{Name: "use_pub_sub", Value: "true"}, {Name: "zmq_target_expire", Value: "300"}},
		}},
		{"zmq://?name=a+b%2B", transport.URL{Scheme: "zmq", Options: []transport.Option{{Name: "name", Value: "a b+"}}}},
	} {
		got, err := transport.ParseURL(c.in)
		if err != nil {
			t.Errorf("%s: %v", c.in, err)
			continue
		}
		if d := cmp.Diff(&c.want, got); d != "" {
			t.Errorf("%s (-want +got):\n%s", c.in, d)
		}
	}
}

func TestParseURLRefuses(t *testing.T) {
	for in, want := range map[string]string{
		"":                            "has no scheme",
		"h1:5672":                     "has no scheme",
		"rabbit://u:p w@h":            "blank",
		"rabbit://u:secret@pw@h":      `"@" in user or password`,
		"rabbit://u:p%zz@h":           "bad percent-encoding in user or password",
		"rabbit://u:sec#ret@h":        `contains "#"`,
		"rabbit://[::1:5672":          "closing bracket",
		"rabbit://[h1]:5672":          "no IPv6 address",
		"rabbit://::1":                "more than one colon",
		"rabbit://[::1]x":             "behind the bracket",
		"rabbit://h:port":             `"…" for a port`,
		"rabbit://h:70000":            `"70000" for a port`,
		"rabbit://h:":                 "for a port",
		"rabbit://h1,,h2":             "no name for host 2",
		"rabbit://u:p@":               "no name for host",
		"rabbit://h/v%":               "bad percent-encoding in its virtual host",
		"rabbit://h?a":                `option "a" without a value`,
		"rabbit://h?=1":               "option without a name",
		"rabbit://h?a=1&a=2":          `option "a" twice`,
		"rabbit://h?a=%4":             "bad percent-encoding after the question mark",
		"rabbit://user:sec:ret/x@h/v": "more than one colon",
	} {
		_, err := transport.ParseURL(in)
		if err == nil {
			t.Errorf("%s: accepted", in)
			continue
		}
		if !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), "; ") {
			t.Errorf("%s: %q, want %q and a remedy", in, err, want)
		}
		if strings.Contains(err.Error(), "sec") {
			t.Errorf("%s: the message shows the password: %q", in, err)
		}
	}
}

func FuzzParseURL(f *testing.F) {
	for _, s := range []string{"rabbit://user:pass@h1:5672,h2:5672/vhost?a=1&b=2", "qpid://[::1]:5671", "zmq://", "rabbit://%41:%25@h/%2F"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		u, err := transport.ParseURL(s)
		if err != nil {
			return
		}
		again, err := transport.ParseURL(u.String())
		if err != nil {
			t.Fatalf("%q gives %q: %v", s, u, err)
		}
		if d := cmp.Diff(u, again); d != "" {
			t.Fatalf("%q gives %q (-first +again):\n%s", s, u, d)
		}
	})
}
