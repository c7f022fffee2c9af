package scenario_test

import (
	"strings"
	"testing"

	"rpcscope/assets"
	"rpcscope/engine/flow"
	"rpcscope/engine/scenario"
)

// told runs a built-in scenario and returns its events from and until those
// times as lines of words, less times, kinds, RPC ids and connections.
func told(t *testing.T, name string, from, until int64, kinds ...flow.Kind) []string {
	t.Helper()
	data, ok := assets.Scenario(name)
	if !ok {
		t.Fatalf("no scenario %s", name)
	}
	doc, err := scenario.Parse(data)
	if err != nil {
		t.Fatal(err)
	}
	var names flow.Names
	var out []string
	w, err := scenario.NewWorld(doc, doc.Seed, &names, flow.SinkFunc(func(e *flow.Event, m *flow.Message) {
		if e.At < from {
			return
		}
		for _, k := range kinds {
			if e.Kind == k {
				c := *e
				c.At, c.RPC, c.Conn = 0, flow.ID{}, 0
				out = append(out, strings.Join(strings.Fields(string(flow.AppendText(nil, &names, &c, m)))[2:], " "))
			}
		}
	}))
	if err != nil {
		t.Fatal(err)
	}
	if err := w.RunUntil(until); err != nil {
		t.Fatal(err)
	}
	return out
}

func reads(t *testing.T, got []string, want string) {
	t.Helper()
	if g := strings.Join(got, "\n"); g != strings.TrimSpace(want) {
		t.Errorf("got\n%s\n\nwant\n%s", g, strings.TrimSpace(want))
	}
}

// The way of one request and its answer on each transport, section by section of the specification of the wire.
var steps = []flow.Kind{flow.Lookup, flow.Publish, flow.Route, flow.Enqueue, flow.Deliver, flow.Dispatch, flow.Reply, flow.SocketConnect}

func TestZeroMQWithoutProxyAsksConnectsSendsAndAnswersByTheSameConnection(t *testing.T) {
	reads(t, told(t, "zmq-direct", 300e6, 1000e6, steps...), `
nova-api sends message 1 by nova-api→compute, for compute: call ping, expires in 60.000000000 s, 290 bytes
nova-api asks the matchmaker for ROUTER/compute, 2 found: host1:57392, host2:53028
nova-api→compute is connected to tcp://host1:57392
nova-api→compute passes message 1 on to tcp://host1:57392
nova-api→compute is connected to tcp://host2:53028
tcp://host1:57392 has message 1 (1 waiting)
nova-compute@host1 reads message 1 from tcp://host1:57392
nova-compute@host1 runs ping
nova-compute@host1 sends message 2 by tcp://host1:57392: reply, 245 bytes
tcp://host1:57392 passes message 2 on to nova-api→compute
nova-api→compute has message 2 (1 waiting)
nova-api reads message 2 from nova-api→compute
nova-api has its answer to ping after 0.013138119 s`)
}

func TestZeroMQFanoutIsOneMessageForEachConnectedHost(t *testing.T) {
	reads(t, told(t, "zmq-direct", 1700e6, 2000e6, flow.Publish, flow.Route), `
nova-api sends message 4 by nova-api→compute, for compute: fanout update_services, 144 bytes
nova-api→compute passes message 4 on to tcp://host2:53028
nova-api→compute passes message 4 on to tcp://host1:57392`)
}

func TestZeroMQProxyPassesFanoutsOnByItsPublisher(t *testing.T) {
	got := strings.Join(told(t, "zmq-proxy", 1700e6, 2000e6, flow.Publish, flow.Route), "\n")
	for _, want := range []string{"nova-api→proxies passes message 4 on to tcp://ctl1:57392", "tcp://ctl1:57392 passes message 4 on to tcp://ctl1:52720", "tcp://ctl1:52720 passes message 4 on to compute at nova-compute@host1 for compute"} {
		if !strings.Contains(got, want) {
			t.Errorf("no %q in\n%s", want, got)
		}
	}
}

func TestReceiverDaemonsHandOverByIPCAndRepliesByPublishing(t *testing.T) {
	reads(t, told(t, "zmq-receiver", 300e6, 1000e6, steps...), `
nova-api asks the matchmaker for compute (ring), 1 found: host1
nova-api sends message 1 by tcp://host1:9501, for compute: call ping reply to zmq_replies.ctl1, expires in 60.000000000 s, 326 bytes
tcp://host1:9501 is connected to zmq_topic_compute.host1
tcp://host1:9501 passes message 1 on to zmq_topic_compute.host1
zmq_topic_compute.host1 has message 1 (1 waiting)
nova-compute@host1 reads message 1 from zmq_topic_compute.host1
nova-compute@host1 runs ping
nova-compute@host1 sends message 2 by tcp://ctl1:9501, for zmq_replies.ctl1: reply, 245 bytes
tcp://ctl1:9501 is connected to zmq_topic_zmq_replies.ctl1
tcp://ctl1:9501 passes message 2 on to zmq_topic_zmq_replies.ctl1
zmq_topic_zmq_replies.ctl1 has message 2 (1 waiting)
nova-api reads message 2 from zmq_topic_zmq_replies.ctl1
nova-api has its answer to ping after 0.512070780 s`)
}

func TestQpidMakesQueuesOfAddressesAndAnswersTwice(t *testing.T) {
	got := strings.Join(told(t, "qpid", 0, 1000e6, flow.Bind, flow.Publish, flow.LinkAttach), "\n")
	for _, want := range []string{
		"amq.topic is bound to compute by key topic/nova/compute\n", "amq.topic is bound to compute.n1 by key topic/nova/compute.n1\n", "by key fanout/compute\n",
		"attaches the link compute at amq.topic/topic/nova/compute ; {link: {name: compute, durable: False, x-declare: {auto-delete: False, exclusive: False}}}, capacity 1",
		"publishes message 1 to amq.topic, key topic/nova/compute: call ping", "publishes message 2 to amq.direct", "publishes message 3 to amq.direct",
	} {
		if !strings.Contains(got+"\n", want) {
			t.Errorf("no %q in\n%s", want, got)
		}
	}
}

func TestFaultsOfTransportsShowTheirCause(t *testing.T) {
	for name, wants := range map[string][]string{
		"zmq-stale-record":  {"passes message 5 on to nowhere", "nova-api gives up on ping", "no more: expired", "(retry), 0 found"},
		"zmq-record-lost":   {"no more: expired", "(retry), 0 found", "has its answer to ping"},
		"zmq-receiver-gone": {"no more: connection lost", "nova-api gives up on ping", "passes message 5 on to nowhere"},
		"zmq-proxy-gone":    {"no more: connection lost", "on to nowhere", "nova-api gives up on ping"},
		"qpid-link-lost":    {"is detached: session ended", "is gone: auto-delete", "has its answer to ping"},
	} {
		got := strings.Join(told(t, name, 2500e6, 30e9, flow.Route, flow.Timeout, flow.RecordGone, flow.Lookup, flow.SocketClose, flow.Reply, flow.LinkDetach, flow.QueueDelete, flow.LateReply), "\n")
		for _, want := range wants {
			if !strings.Contains(got, want) {
				t.Errorf("%s: no %q in\n%s", name, want, got)
			}
		}
	}
}

func TestTransportSettings(t *testing.T) {
	doc := func(rest string) string {
		return `{"title":"t",` + rest + `"processes":[{"name":"a","host":"h","servers":[{"topic":"x","endpoints":[{"methods":{"m":{}}}]}]}]}`
	}
	for in, want := range map[string]string{
		doc(`"transport":{"url":"rabbit://u:p@h1:5672,h2:5672/v?amqp_durable_queues=true&rpc_response_timeout=30"},`): "",
		doc(`"transport":{"url":"qpid://u:p@[::1]:5671?qpid_protocol=ssl"},`):                                         "",
		doc(`"transport":{"url":"zmq://ctl1?zmq_target_expire=60"},`):                                                 "",
		doc(`"transport":{"rabbit_hosts":["h1:1","[::1]:2"],"rabbit_userid":"u","rabbit_virtual_host":"v"},`):         "",
		doc(`"transport":{"url":"rabbit://h/?durable=true"},`):                                                        "$.transport.url.durable: unknown field",
		doc(`"transport":{"url":"rabbit://h:x"},`):                                                                    "$.transport.url: has",
		doc(`"transport":{"url":"redis://h"},`):                                                                       `"redis" is no known scheme`,
		doc(`"profile":"zmq-2","transport":{"url":"rabbit://h"},`):                                                    "is not the scheme of the profile",
		doc(`"transport":{"url":"qpid://h/v"},`):                                                                      "has a virtual host",
		doc(`"transport":{"url":"qpid://h?qpid_receiver_capacity=2","qpid_receiver_capacity":3},`):                    "is set in the URL too",
		doc(`"transport":{"url":"rabbit://h","rabbit_host":"k"},`):                                                    "name hosts in one place",
		doc(`"profile":"qpid-2","transport":{"rabbit_host":"k"},`):                                                    "is a setting for RabbitMQ",
		doc(`"transport":{"qpid_port":1},`):                                                                           "is a setting for Qpid, not of \"modern\"",
		doc(`"profile":"zmq-2","transport":{"rpc_zmq_host":"h"},`):                                                    "is a setting of each host",
		doc(`"transport":{"url":"zmq://r?rpc_zmq_ipc_dir=/x"},`):                                                      "$.transport.url.rpc_zmq_ipc_dir: is a setting of \"zmq-1\"",
		doc(`"profile":"zmq-1",`):                                                                                     `"h" has no receiver daemon`,
		doc(`"profile":"zmq-2","transport":{"use_router_proxy":true},`):                                               "no process runs one",
		doc(`"profile":"zmq-1","transport":{"rpc_zmq_ipc_dir":"run"},`):                                               "is no absolute path",
	} {
		_, err := scenario.Parse([]byte(in))
		switch {
		case want == "" && err != nil:
			t.Errorf("%s: %v", in, err)
		case want != "" && (err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), "; ")):
			t.Errorf("%s: %v, want %q and a remedy", in, err, want)
		}
	}
}
