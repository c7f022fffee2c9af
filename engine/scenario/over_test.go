package scenario

import (
	"strings"
	"testing"

	"rpcscope/assets"
	"rpcscope/engine/flow"
)

// overs are transports that a scenario may be asked to take instead of its own.
var overs = []string{
	`{"profile": "modern"}`,
	`{"profile": "classic", "transport": {"rabbit_host": "ctl1", "rabbit_userid": "nova"}}`,
	`{"profile": "classic-single"}`,
	`{"transport": {"url": "rabbit://nova:secret@h1:5672,h2:5672/nova?amqp_durable_queues=true"}}`,
	`{"profile": "qpid-1", "transport": {"qpid_hostname": "ctl1", "qpid_port": 5672, "qpid_protocol": "ssl"}}`,
	`{"transport": {"url": "qpid://ctl1"}}`,
	`{"profile": "zmq-1", "transport": {"rpc_zmq_bind_address": "127.0.0.1", "rpc_zmq_ipc_dir": "/tmp/zmq"}}`,
	`{"transport": {"url": "zmq://redis1:6379"}}`,
	`{"transport": {"url": "zmq://redis1?use_router_proxy=true&use_pub_sub=true"}}`,
}

// The plain scenarios run over every transport: each sends what it sends, and nothing is left without an answer.
func TestPlainScenariosRunOverEveryTransport(t *testing.T) {
	for _, name := range []string{"call", "cast", "fanout", "one-call", "two-servers", "qpid", "zmq-direct", "zmq-proxy", "zmq-receiver"} {
		data, _ := assets.Scenario(name)
		for _, over := range overs {
			doc, err := ParseOver(data, []byte(over))
			if err != nil {
				t.Errorf("%s over %s: %v", name, over, err)
				continue
			}
			kinds := map[flow.Kind]int{}
			names := &flow.Names{}
			w, err := NewWorld(doc, 1, names, flow.SinkFunc(func(e *flow.Event, _ *flow.Message) { kinds[e.Kind]++ }))
			if err == nil {
				err = w.RunUntil(9e9)
			}
			if err != nil {
				t.Errorf("%s over %s: %v", name, over, err)
			}
			if kinds[flow.Dispatch] == 0 || kinds[flow.Timeout]+kinds[flow.Failure] > 0 {
				t.Errorf("%s over %s: %d dispatched, %d timeouts, %d failures", name, over, kinds[flow.Dispatch], kinds[flow.Timeout], kinds[flow.Failure])
			}
		}
	}
}

// Whatever a built-in scenario is asked to run over, it does, or says where and why not.
func TestAnyScenarioOverAnyTransport(t *testing.T) {
	for _, info := range assets.Scenarios() {
		name := info.Name
		data, _ := assets.Scenario(name)
		own, err := Parse(data)
		if err != nil {
			t.Fatal(name, err)
		}
		if _, err := ParseOver(data, []byte(own.Carrier())); err != nil {
			t.Errorf("%s over its own transport: %v", name, err)
		}
		for _, over := range overs {
			doc, err := ParseOver(data, []byte(over))
			if err != nil {
				if e := err.(*Error); e.Remedy == "" || !strings.HasPrefix(e.Path, "$") {
					t.Errorf("%s over %s: %v", name, over, err)
				}
				continue
			}
			again, err := ParseOver(data, []byte(doc.Carrier()))
			if err != nil || again.Carrier() != doc.Carrier() {
				t.Errorf("%s over %s: what it says of its transport does not lead to the same: %v", name, over, err)
			}
		}
	}
}

func TestBadTransportsAreRefusedWithTheirPlace(t *testing.T) {
	data, _ := assets.Scenario("one-call")
	for over, want := range map[string]string{
		`[]`:                    "$: is a list",
		`{"profile": "amqp-1"}`: `$.profile: "amqp-1" is not known`,
		`{"transports": {}}`:    `$.transports: unknown field`,
		`{"profile": "qpid-2", "transport": {"rabbit_host": "x"}}`:                      "$.transport.rabbit_host",
		`{"transport": {"url": "amqp://x"}}`:                                            "$.transport.url",
		`{"profile": "zmq-1", "transport": {"rpc_zmq_ipc_dir": "relative"}}`:            "$.transport.rpc_zmq_ipc_dir",
		`{"profile": "zmq-1", "transport": {"url": "zmq://r?rpc_zmq_matchmaker=ring"}}`: "$.transport.url: names hosts, but the matchmaker is \"ring\"",
		`{"profile": "qpid-1", "transport": {"qpid_port": 70000}}`:                      "$.transport.qpid_port",
	} {
		_, err := ParseOver(data, []byte(over))
		if err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%s: %v, want %s …", over, err, want)
		}
	}
}

// The first ZeroMQ driver finds those whom its ring file names: servers and listeners, by the hosts that they are announced with.
func TestRingFileNamesWhomTheDocumentHas(t *testing.T) {
	const listener = `{"title": "x", "processes": [{"name": "l@mon1", "listeners": [{"priorities": ["info", "error"]}]}, {"name": "n@ctl1", "threads": [{"steps": [{"notify": "e"}]}]}]}`
	const announced = `{"title": "x", "profile": "zmq-2", "processes": [{"name": "a@ctl1", "transport": {"rpc_zmq_host": "n7"}, "servers": [{"topic": "t", "endpoints": [{"methods": {"m": {}}}]}]}]}`
	const nobody = `{"title": "x", "processes": [{"name": "n@ctl1", "threads": [{"steps": [{"notify": "e"}]}]}]}`
	const own = `{"profile": "zmq-1"}`
	for _, c := range []struct{ doc, over, want string }{
		{listener, own, `"ring": {"notifications.info": ["mon1"], "notifications.error": ["mon1"]}`},
		{listener, `{"profile": "zmq-1", "transport": {"url": "zmq://?rpc_zmq_matchmaker=ring"}}`, `"ring": {"notifications.info": ["mon1"], "notifications.error": ["mon1"]}`},
		{announced, own, `"ring": {"t": ["n7"]}`},
		{nobody, own, `"rpc_zmq_matchmaker": "localhost"`},
		{nobody, `{"profile": "zmq-1", "transport": {"ring": {"x": ["h"]}}}`, `"ring": {"x": ["h"]}, "rpc_zmq_matchmaker": "ring"`},
		{listener, `{"profile": "zmq-1", "transport": {"url": "zmq://redis1"}}`, `"rpc_zmq_matchmaker": "redis"}`},
		{nobody, `{"profile": "zmq-1", "transport": {"rpc_zmq_matchmaker": "redis"}}`, `"rpc_zmq_matchmaker": "redis"}`},
	} {
		doc, err := ParseOver([]byte(c.doc), []byte(c.over))
		if err != nil || !strings.Contains(doc.Carrier(), c.want) {
			t.Errorf("%s over %s: %v, want %s", c.doc, c.over, err, c.want)
		}
	}
}

// What means the same with every driver stays, whether the document says it beside its URL or in it.
func TestCommonOptionsStayUnderAnotherTransport(t *testing.T) {
	const doc = `{"title": "x", "transport": {"url": "rabbit://h?rpc_response_timeout=7&control_exchange=nova"}, "processes": [{"name": "a@b"}]}`
	got, err := ParseOver([]byte(doc), []byte(`{"transport": {"url": "zmq://r?control_exchange=heat"}}`))
	if err != nil {
		t.Fatal(err)
	}
	if o := got.Config.Options; o.ControlExchange != "heat" || o.ResponseTimeout != 7e9 {
		t.Errorf("control exchange %q, timeout %d", o.ControlExchange, o.ResponseTimeout)
	}
}
