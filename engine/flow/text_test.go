package flow_test

import (
	"encoding/json"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"

	"rpcscope/engine/flow"
)

func TestEventsInWords(t *testing.T) {
	var names flow.Names
	n := names.Intern
	for _, c := range []struct {
		want string
		e    flow.Event
		m    *flow.Message
	}{
		{
			"0.000410000  publish          nova-api publishes message 3 to openstack, key compute: call ping, expires in 60.000000000 s, 251 bytes [c1#1]",
			flow.Event{At: 410_000, Kind: flow.Publish, Msg: 3, Process: n("nova-api"), Exchange: n("openstack"), Key: n("compute"), Conn: n("c1"), Channel: 1},
			&flow.Message{Class: flow.ClassCall, Method: n("ping"), Expiration: 60e9, Size: 251},
		},
		{"1.000000000  route            the default exchange routes message 4 to nowhere by key reply_1", flow.Event{At: 1e9, Kind: flow.Route, Msg: 4, Key: n("reply_1"), Flags: flow.NoRoute}, nil},
		{"2.500000000 ≈deliver          q delivers message 9 to an unknown client, redelivered", flow.Event{At: 25e8, Kind: flow.Deliver, Msg: 9, Queue: n("q"), Flags: flow.Inferred | flow.Redelivered}, nil},
		{"0.000000000 =queue-declare    queue q exists now, durable (x-expires=1800000)", flow.Event{Kind: flow.QueueDeclare, Queue: n("q"), Args: n("x-expires=1800000"), Flags: flow.Snapshot | flow.Durable}, nil},
		{"0.000000001  method           -> queue.declare queue=q", flow.Event{At: 1, Kind: flow.Method, Label: n("queue.declare"), Queue: n("q")}, nil},
		{`0.000000000  drop             message 1 is dropped in "a\nb": maxlen`, flow.Event{Kind: flow.Drop, Msg: 1, Queue: n("a\nb"), Label: n("maxlen")}, nil},
		{"9.000000000  process-stop     api has ended: exited, by Error: no", flow.Event{At: 9e9, Kind: flow.ProcessStop, Process: n("api"), Label: n("exited"), Text: n("Error: no")}, nil},
		{"9.000000000  process-slow     api takes 2.5 times as long as usual", flow.Event{At: 9e9, Kind: flow.ProcessSlow, Process: n("api"), Value: 2500}, nil},
		{"9.000000000  process-slow     api takes 30 times as long as usual", flow.Event{At: 9e9, Kind: flow.ProcessSlow, Process: n("api"), Value: 30000}, nil},
		{"9.000000000  process-stop     api has ended: killed", flow.Event{At: 9e9, Kind: flow.ProcessStop, Process: n("api"), Label: n("killed")}, nil},
		{"0.000000000  timeout          nova-api gives up on ping after 60.000000000 s rpc=01000000000000000000000000000000", flow.Event{Kind: flow.Timeout, Process: n("nova-api"), Label: n("ping"), Value: 60e9, RPC: flow.ID{1}}, nil},
	} {
		if got := string(flow.AppendText(nil, &names, &c.e, c.m)); got != c.want {
			t.Errorf("\n got %s\nwant %s", got, c.want)
		}
	}
}

func TestEveryKindHasWords(t *testing.T) {
	var names flow.Names
	for k := flow.None + 1; int(k) < flow.NumKinds; k++ {
		line := flow.AppendText(nil, &names, &flow.Event{Kind: k}, nil)
		if len(line) < len("0.000000000  ")+18 {
			t.Errorf("%v: no words: %q", k, line)
		}
	}
}

// The JSON form leaves nothing out: each flag has a word of its own.
func TestEveryFlagHasAWord(t *testing.T) {
	var names flow.Names
	words := map[string]flow.Flags{}
	for f := flow.Inferred; f <= flow.Peer; f <<= 1 {
		var v struct{ Flags []string }
		if err := json.Unmarshal(flow.AppendJSON(nil, &names, &flow.Event{Kind: flow.Method, Flags: f}, nil), &v); err != nil {
			t.Fatal(err)
		}
		if len(v.Flags) != 1 || words[v.Flags[0]] != 0 {
			t.Errorf("flag %#x is called %q", uint32(f), v.Flags)
			continue
		}
		words[v.Flags[0]] = f
	}
}

func TestLinesAreWholeForAnyEvent(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var names flow.Names
		x := genEntry(&names).Draw(t, "entry")
		for _, r := range string(flow.AppendText(nil, &names, &x.E, x.M)) {
			if r < ' ' {
				t.Fatalf("control character %q in the text form", r)
			}
		}
		line := flow.AppendJSON(nil, &names, &x.E, x.M)
		var v map[string]any
		if err := json.Unmarshal(line, &v); err != nil || !utf8.Valid(line) {
			t.Fatalf("%s: %v", line, err)
		}
		if v["kind"] != x.E.Kind.String() {
			t.Fatalf("kind %v in %s", v["kind"], line)
		}
	})
}
