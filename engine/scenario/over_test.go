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
		`{"profile": "qpid-2", "transport": {"rabbit_host": "x"}}`:           "$.transport.rabbit_host",
		`{"transport": {"url": "amqp://x"}}`:                                 "$.transport.url",
		`{"profile": "zmq-1", "transport": {"rpc_zmq_ipc_dir": "relative"}}`: "$.transport.rpc_zmq_ipc_dir",
		`{"profile": "qpid-1", "transport": {"qpid_port": 70000}}`:           "$.transport.qpid_port",
	} {
		_, err := ParseOver(data, []byte(over))
		if err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%s: %v, want %s …", over, err, want)
		}
	}
}
