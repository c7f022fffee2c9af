package livebridge_test

import (
	"context"
	"fmt"
	"net"
	"strings"
	"testing"
	"time"

	amqp "github.com/rabbitmq/amqp091-go"

	"rpcscope/livebridge"
	"rpcscope/livebridge/rabbittest"
)

func TestSaysThatTracingIsOffAndNoticesItSwitchedOnAndOff(t *testing.T) {
	node := rabbittest.Shared(t)
	vhost := node.VHost(t, false)
	v := watch(t, bridge(t, livebridge.Config{AMQP: node.URL(vhost), Management: node.ManagementURL()}))
	s := v.state(livebridge.TracingOff)
	mention(t, s.Remedy, "rabbitmqctl trace_on -p "+vhost)
	if s.Tracing != "off" || !s.Management {
		t.Errorf("tracing %q, management %v", s.Tracing, s.Management)
	}
	if err := node.Trace(t.Context(), vhost, true); err != nil {
		t.Fatal(err)
	}
	v.until("tracing on", func(s livebridge.Status) bool { return s.Tracing == "on" && s.State == livebridge.OK })
	if err := node.Trace(t.Context(), vhost, false); err != nil {
		t.Fatal(err)
	}
	v.state(livebridge.TracingOff)
}

func TestSaysThatItIsIdleAndWhetherItCanTellWhy(t *testing.T) {
	node := rabbittest.Shared(t)
	vhost := node.VHost(t, true)
	for _, c := range []struct{ name, management, tracing, text, remedy string }{
		{"with the management API", node.ManagementURL(), "on", "Connected, no traffic for 1 s.", ""},
		{"without", "off", "unknown", "cannot be told", "rabbitmqctl trace_on -p " + vhost},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			v := watch(t, bridge(t, livebridge.Config{AMQP: node.URL(vhost), Management: c.management, IdleAfter: time.Second}))
			s := v.state(livebridge.Idle)
			mention(t, s.Text, c.text)
			if s.Tracing != c.tracing {
				t.Errorf("tracing %q, want %q", s.Tracing, c.tracing)
			}
			mention(t, s.Remedy, c.remedy)
			ch := client(t, node, vhost)
			publish(t, ch, "", "nobody", "x")
			s = v.until("traffic", func(s livebridge.Status) bool { return s.State == livebridge.OK && s.QuietMs >= 0 })
			if s.Tracing != "on" {
				t.Errorf("tracing %q", s.Tracing)
			}
		})
	}
}

func TestSaysWhatIsMissingOfRights(t *testing.T) {
	node := rabbittest.Shared(t)
	vhost := node.VHost(t, true)
	ctx := t.Context()
	if err := node.AddUser(ctx, "narrow", "geheim", ""); err != nil {
		t.Fatal(err)
	}
	url := node.URLFor("narrow", "geheim", vhost)
	v := watch(t, bridge(t, livebridge.Config{AMQP: url, Management: node.ManagementURL()}))
	s := v.state(livebridge.VHostMissing)
	mention(t, s.Text, "may not enter")

	steps := []struct{ configure, write, read, text string }{
		{"^$", "^$", "^$", "declare a queue named rpcscope.tap.*"},
		{`^rpcscope\.`, `^rpcscope\.`, `^rpcscope\.`, "read the exchange amq.rabbitmq.trace"},
		{`^rpcscope\.`, `^rpcscope\.`, `^amq\.rabbitmq\.trace$`, "read its own queue"},
	}
	for _, step := range steps {
		if err := node.Permit(ctx, vhost, "narrow", step.configure, step.write, step.read); err != nil {
			t.Fatal(err)
		}
		s := v.until(step.text, func(s livebridge.Status) bool {
			return s.State == livebridge.NoRights && strings.Contains(s.Text, step.text)
		})
		mention(t, s.Remedy, "rabbitmqctl set_permissions -p "+vhost+" USER")
		for _, secret := range []string{"narrow", "geheim"} {
			if strings.Contains(fmt.Sprint(s), secret) {
				t.Errorf("the status tells %q: %+v", secret, s)
			}
		}
	}
	// What the remedy says is enough.
	s = v.state(livebridge.NoRights)
	words := strings.Split(s.Remedy, "'")
	if err := node.Permit(ctx, vhost, "narrow", words[1], words[3], words[5]); err != nil {
		t.Fatal(err)
	}
	// The user may not ask the management API: whether tracing is on shows when traffic comes.
	s = v.state(livebridge.OK)
	if s.Management || s.Events {
		t.Errorf("management %v, events %v for a user without these rights", s.Management, s.Events)
	}
	publish(t, client(t, node, vhost), "", "nobody", "x")
	v.until("traffic", func(s livebridge.Status) bool { return s.Captured == 1 })
}

func TestSaysWhyItCannotConnect(t *testing.T) {
	node := rabbittest.Shared(t)
	vhost := node.VHost(t, true)
	free, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	free.Close()
	for _, c := range []struct {
		name, url string
		want      livebridge.State
		text      string
	}{
		{"wrong password", node.URLFor("guest", "wrong", vhost), livebridge.BadCredentials, "refuses this user or password"},
		{"no such virtual host", node.URL("no such host"), livebridge.VHostMissing, "Virtual host no such host cannot be opened: it does not exist"},
		{"nothing listens", "amqp://guest:guest@" + free.Addr().String() + "/", livebridge.BrokerGone, "connection refused"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			v := watch(t, bridge(t, livebridge.Config{AMQP: c.url, Management: "off"}))
			s := v.state(c.want)
			mention(t, s.Text, c.text)
			mention(t, s.Text, "Next attempt ")
			if s.NextRetry.IsZero() || s.Remedy == "" {
				t.Errorf("no next attempt or no remedy: %+v", s)
			}
		})
	}
}

func mention(t *testing.T, text, what string) {
	t.Helper()
	if !strings.Contains(text, what) {
		t.Errorf("%q does not mention %q", text, what)
	}
}

// client is a connection that is not the bridge's.
func client(t *testing.T, node *rabbittest.Node, vhost string) *amqp.Channel {
	t.Helper()
	conn, err := amqp.Dial(node.URL(vhost))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	ch, err := conn.Channel()
	if err != nil {
		t.Fatal(err)
	}
	return ch
}

func publish(t *testing.T, ch *amqp.Channel, exchange, key, body string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	if err := ch.PublishWithContext(ctx, exchange, key, false, false, publishing(body)); err != nil {
		t.Fatal(err)
	}
}

func publishing(body string) amqp.Publishing { return amqp.Publishing{Body: []byte(body)} }
