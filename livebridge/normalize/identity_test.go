package normalize

import (
	"testing"

	"rpcscope/engine/flow"
)

// connect feeds the announcement of a connection.
func connect(t *testing.T, n *Normalizer, at int64, peer, given, pid string) {
	t.Helper()
	if err := n.Record(&Record{Source: Event, At: at, RoutingKey: "connection.created", Headers: map[string]any{
		"name": peer + " -> 10.0.0.1:5672", "user_provided_name": given, "pid": pid, "vhost": "/",
	}}); err != nil {
		t.Fatal(err)
	}
}

func traced(t *testing.T, n *Normalizer, at int64, peer string) {
	t.Helper()
	if err := n.Record(&Record{Source: Firehose, At: at, RoutingKey: "publish.nova", Body: []byte(`{"method":"m"}`), Headers: map[string]any{
		"exchange_name": "nova", "routing_keys": []any{"k"}, "routed_queues": []any{}, "vhost": "/",
		"connection": peer + " -> 10.0.0.1:5672", "channel": int32(1), "properties": map[string]any{},
	}}); err != nil {
		t.Fatal(err)
	}
}

// publishers returns a normalizer and where the processes of its publishes will be.
func publishers() (*Normalizer, *[]string) {
	names, got := &flow.Names{}, &[]string{}
	return New(names, flow.SinkFunc(func(e *flow.Event, _ *flow.Message) {
		if e.Kind == flow.Publish {
			*got = append(*got, names.Text(e.Process))
		}
	}), 0), got
}

func TestContainersWithTheSameProcessNumberAreTwoProcesses(t *testing.T) {
	n, got := publishers()
	connect(t, n, 1, "10.0.0.7:4001", "nova-compute:7:5f0c", "<1>")
	connect(t, n, 2, "10.0.0.8:4001", "nova-compute:7:99aa", "<2>")
	connect(t, n, 3, "10.0.0.7:4002", "nova-compute:7:1234", "<3>")
	for at, peer := range []string{"10.0.0.7:4001", "10.0.0.8:4001", "10.0.0.7:4002"} {
		traced(t, n, int64(4+at), peer)
	}
	want := []string{"nova-compute:7", "nova-compute:7@10.0.0.8", "nova-compute:7"}
	for i := range want {
		if (*got)[i] != want[i] {
			t.Errorf("publish %d by %q, want %q", i, (*got)[i], want[i])
		}
	}
}

// TestAMessageTracedAfterItsConnectionEndedHasASender: firehose and events have no common order.
func TestAMessageTracedAfterItsConnectionEndedHasASender(t *testing.T) {
	n, got := publishers()
	connect(t, n, 1, "10.0.0.7:4001", "nova-api:5:5f0c", "<1>")
	if err := n.Record(&Record{Source: Event, At: 2, RoutingKey: "connection.closed", Headers: map[string]any{"name": "10.0.0.7:4001 -> 10.0.0.1:5672", "pid": "<1>"}}); err != nil {
		t.Fatal(err)
	}
	traced(t, n, 3, "10.0.0.7:4001")
	connect(t, n, 4, "10.0.0.7:4001", "nova-conductor:6:77", "<2>")
	traced(t, n, 5, "10.0.0.7:4001")
	if len(*got) != 2 || (*got)[0] != "nova-api:5" || (*got)[1] != "nova-conductor:6" {
		t.Errorf("published by %q", *got)
	}
}
