package scenario_test

import (
	"strconv"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"rpcscope/assets"
	"rpcscope/engine/flow"
	"rpcscope/engine/scenario"
)

// variants are the built-in documents by transport, and what may be replaced in them.
var variants = []struct{ name, old, new string }{
	{"qpid", `"qpid-2"`, `"qpid-1"`},
	{"qpid", "", ""},
	{"zmq-direct", "", ""},
	{"zmq-proxy", `"use_router_proxy": true, `, ""},
	{"zmq-proxy", `, "use_pub_sub": true`, ""},
	{"zmq-proxy", "", ""},
	{"zmq-receiver", "", ""},
}

// Whatever is stopped, killed, started, cut or detached, and whenever: a copy
// of the world goes on as the world itself does, and every message that is
// read was sent before.
func TestTransportsSurviveWhatOperatorsDo(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		v := variants[rapid.IntRange(0, len(variants)-1).Draw(t, "variant")]
		data, _ := assets.Scenario(v.name)
		text := string(data)
		if v.old != "" {
			if !strings.Contains(text, v.old) {
				t.Fatalf("%s has no %s", v.name, v.old)
			}
			text = strings.Replace(text, v.old, v.new, 1)
		}
		doc, err := scenario.Parse([]byte(text))
		if err != nil {
			t.Fatal(err)
		}
		var acts []string
		at := 0
		for range rapid.IntRange(0, 8).Draw(t, "acts") {
			at += rapid.IntRange(0, 3000).Draw(t, "after")
			what := rapid.SampledFrom([]string{"stop", "kill", "start", "drop_connections", "detach"}).Draw(t, "what")
			who := doc.Config.Processes[rapid.IntRange(0, len(doc.Config.Processes)-1).Draw(t, "who")].Name
			acts = append(acts, `{"at":"`+strconv.Itoa(at)+`ms","`+what+`":"`+who+`"}`)
		}
		doc, err = scenario.ParseUnchecked([]byte(strings.Replace(text, `"title"`, `"operator":[`+strings.Join(acts, ",")+`],"title"`, 1)))
		if err != nil {
			t.Fatal(err)
		}
		var names flow.Names
		sent, answers := map[flow.MsgID]bool{}, 0
		w, err := scenario.NewWorld(doc, 7, &names, flow.SinkFunc(func(e *flow.Event, _ *flow.Message) {
			switch e.Kind {
			case flow.Publish:
				sent[e.Msg] = true
			case flow.Deliver, flow.Route, flow.Enqueue:
				if !sent[e.Msg] {
					t.Fatalf("message %d is %s before it is published", e.Msg, e.Kind)
				}
			case flow.Reply:
				answers++
			}
		}))
		if err != nil {
			t.Fatal(err)
		}
		if err := w.RunUntil(int64(rapid.IntRange(0, 20000).Draw(t, "fork")) * 1e6); err != nil {
			t.Fatal(err)
		}
		c := w.Clone()
		for _, x := range []*scenario.World{w, c} {
			if err := x.RunUntil(90e9); err != nil {
				t.Fatal(err)
			}
		}
		if w.Digest() != c.Digest() {
			t.Fatal("the copy went another way")
		}
		if len(acts) == 0 && answers < 10 {
			t.Fatalf("%d answers in 90 s", answers)
		}
	})
}
