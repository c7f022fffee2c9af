package livebridge_test

import (
	"bytes"
	"context"
	"errors"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"rpcscope/livebridge"
	"rpcscope/livebridge/rabbittest"
)

func TestWatchesByTLSWithTheAuthorityNamed(t *testing.T) {
	node := rabbittest.Shared(t)
	vhost := node.VHost(t, true)
	for name, c := range map[string]livebridge.Config{
		"in the configuration": {AMQP: node.TLSURL(vhost), CA: node.CAFile()},
		"in the URL":           {AMQP: node.TLSURL(vhost) + "?cacertfile=" + node.CAFile()},
		"by another name":      {AMQP: strings.Replace(node.TLSURL(vhost), "127.0.0.1", "localhost", 1) + "?server_name_indication=broker.test", CA: node.CAFile()},
	} {
		t.Run(name, func(t *testing.T) {
			c.Management = node.ManagementTLSURL()
			v := watch(t, bridge(t, c))
			s := v.until("connected", func(s livebridge.Status) bool { return s.State == livebridge.OK && s.Tracing == "on" })
			if !s.Management {
				t.Errorf("the management API was not asked by TLS: %+v", s)
			}
			before := s.Captured
			publish(t, client(t, node, vhost), "", "nobody", "x")
			v.until("traffic", func(s livebridge.Status) bool { return s.Captured > before })
		})
	}
}

func TestSaysWhyTLSFailsAndWhatToDo(t *testing.T) {
	node := rabbittest.Shared(t)
	vhost := node.VHost(t, true)
	for _, c := range []struct {
		name         string
		config       livebridge.Config
		text, remedy string
	}{
		{"an unknown authority", livebridge.Config{AMQP: node.TLSURL(vhost)}, "signed by nobody who is known here", "--ca FILE"},
		{"another name", livebridge.Config{AMQP: strings.Replace(node.TLSURL(vhost), "127.0.0.1", "localhost", 1), CA: node.CAFile()}, "for another name", "server_name_indication"},
		{"a port without TLS", livebridge.Config{AMQP: strings.Replace(node.URL(vhost), "amqp:", "amqps:", 1), CA: node.CAFile()}, "does not speak TLS there", "5671"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			c.config.Management = "off"
			s := watch(t, bridge(t, c.config)).state(livebridge.BrokerGone)
			mention(t, s.Text, c.text)
			mention(t, s.Remedy, c.remedy)
		})
	}
}

func TestAFileOfCertificatesThatIsNoneIsRefusedAtOnce(t *testing.T) {
	node := filepath.Join(t.TempDir(), "x.pem")
	if err := os.WriteFile(node, []byte("nothing"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		config livebridge.Config
		want   string
	}{
		{livebridge.Config{AMQP: "amqps://localhost", CA: "/no/such.pem"}, "/no/such.pem: no such file"},
		{livebridge.Config{AMQP: "amqps://localhost", CA: node}, "there is no certificate in " + node},
		{livebridge.Config{AMQP: "amqps://u:hunter2@localhost?certfile=/no/a&keyfile=/no/b"}, "certfile and keyfile"},
	} {
		_, err := livebridge.New(c.config)
		if err == nil || errors.Is(err, livebridge.ErrConfig) || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%v", err)
		}
	}
	if _, err := livebridge.New(livebridge.Config{AMQP: "amqp://u:hunter2@localhost?auth_mechanism=magic"}); !errors.Is(err, livebridge.ErrConfig) || strings.Contains(err.Error(), "hunter2") {
		t.Errorf("%v", err)
	}
}

// TestARefusedPasswordIsToldAtOnce: a recording of 2 s must not end while the
// broker still keeps its silence about the password.
func TestARefusedPasswordIsToldAtOnce(t *testing.T) {
	node := rabbittest.Shared(t)
	vhost := node.VHost(t, true)
	var said []livebridge.Status
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second)
	defer cancel()
	var file bytes.Buffer
	sum, err := livebridge.Record(ctx, livebridge.Config{AMQP: node.URLFor("guest", "wrong", vhost), Management: "off"}, &file, func(s livebridge.Status) { said = append(said, s) })
	if err != nil || len(sum.Silent) != 1 || sum.Silent[0].State != livebridge.BadCredentials {
		t.Fatalf("%v %+v", err, sum)
	}
	if strings.Contains(sum.Silent[0].Text, "Next attempt") || len(said) < 2 || said[len(said)-1].State != livebridge.BadCredentials {
		t.Errorf("%q after %d reports", sum.Silent[0].Text, len(said))
	}
}

// TestABrokerThatNeverAnsweredIsSaidToBeSo, in the words of an end.
func TestABrokerThatNeverAnsweredIsSaidToBeSo(t *testing.T) {
	mute, err := net.Listen("tcp", "127.0.0.1:0") // takes connections and says nothing
	if err != nil {
		t.Fatal(err)
	}
	defer mute.Close()
	for _, c := range []struct{ name, url, text string }{
		{"silence", "amqp://guest:guest@" + mute.Addr().String(), "did not answer in the time given"},
		{"nobody", "amqp://guest:guest@127.0.0.1:1", "cannot be reached: nothing listens there"},
	} {
		ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
		var file bytes.Buffer
		sum, err := livebridge.Record(ctx, livebridge.Config{AMQP: c.url, Management: "off"}, &file, nil)
		cancel()
		if err != nil || len(sum.Silent) != 1 || !strings.Contains(sum.Silent[0].Text, c.text) || sum.Silent[0].Remedy == "" {
			t.Errorf("%s: %v %+v", c.name, err, sum.Silent)
		}
	}
}
