package scene

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"rpcscope/engine/flow"
	"rpcscope/engine/layout"
	"rpcscope/engine/view"
)

// busyCloud is a broker with many hosts and clients and a thousand messages on their way at once.
func busyCloud() (st *view.State, d int64) {
	n := &flow.Names{}
	st = view.New(n, view.DefaultLimits())
	at := int64(0)
	emit := func(e flow.Event, m *flow.Message) {
		at += 1e5
		e.At = at
		st.Fold(at, at+3e8, &e, m)
	}
	vh := n.Intern("/")
	emit(flow.Event{Kind: flow.ExchangeDeclare, VHost: vh, Exchange: n.Intern("nova"), Label: n.Intern("topic")}, nil)
	emit(flow.Event{Kind: flow.ExchangeDeclare, VHost: vh, Label: n.Intern("direct")}, nil)
	serve := func(topic, host string, pid int) {
		p, conn := n.Intern(fmt.Sprint(topic, ":", pid)), n.Intern(fmt.Sprint("c", topic, pid))
		emit(flow.Event{Kind: flow.ProcessStart, Process: p, Label: n.Intern("nova-" + topic), Text: n.Intern(host), Key: n.Intern("worker"), Value: int64(pid)}, nil)
		emit(flow.Event{Kind: flow.ConnectionOpen, Process: p, Conn: conn}, nil)
		for _, q := range []string{topic, topic + "." + host} {
			emit(flow.Event{Kind: flow.QueueDeclare, VHost: vh, Queue: n.Intern(q)}, nil)
			emit(flow.Event{Kind: flow.Bind, VHost: vh, Exchange: n.Intern("nova"), Queue: n.Intern(q), Key: n.Intern(q)}, nil)
			emit(flow.Event{Kind: flow.Consume, VHost: vh, Process: p, Conn: conn, Channel: 1, Queue: n.Intern(q), Tag: n.Intern(fmt.Sprint(q, pid)), Value: int64(pid % 2 * 3)}, nil)
		}
	}
	serve("conductor", "ctl1", 2)
	serve("scheduler", "ctl1", 3)
	for i := range 47 {
		serve("compute", fmt.Sprint("host", i), 100+i)
	}
	for i := range 3 {
		p, conn := n.Intern(fmt.Sprint("api:", i)), n.Intern(fmt.Sprint("ca", i))
		emit(flow.Event{Kind: flow.ProcessStart, Process: p, Label: n.Intern("nova-api"), Text: n.Intern(fmt.Sprint("ctl", i+1)), Key: n.Intern("invoker"), Value: int64(i + 10)}, nil)
		emit(flow.Event{Kind: flow.ConnectionOpen, Process: p, Conn: conn}, nil)
		q := n.Intern(fmt.Sprintf("reply_%032x", i*7919))
		emit(flow.Event{Kind: flow.QueueDeclare, VHost: vh, Queue: q, Value: 1800e9}, nil)
		emit(flow.Event{Kind: flow.Consume, VHost: vh, Process: p, Conn: conn, Channel: 1, Queue: q, Tag: n.Intern("1")}, nil)
	}
	for i := range 1500 {
		key, class := "conductor", flow.ClassCall
		switch {
		case i%5 == 4:
			key, class = fmt.Sprint("compute.host", i%47), flow.ClassCast
		case i%97 == 0:
			key = "scheduler"
		}
		id := flow.MsgID(i + 1)
		m := flow.Message{Exchange: n.Intern("nova"), Key: n.Intern(key), Class: class, Expiration: -1, Method: n.Intern("ping")}
		emit(flow.Event{Kind: flow.Publish, VHost: vh, Process: n.Intern(fmt.Sprint("api:", i%3)), Conn: n.Intern(fmt.Sprint("ca", i%3)), Exchange: n.Intern("nova"), Key: n.Intern(key), Msg: id, Class: class}, &m)
		emit(flow.Event{Kind: flow.Route, VHost: vh, Exchange: n.Intern("nova"), Queue: n.Intern(key), Key: n.Intern(key), Msg: id}, nil)
		if i < 600 {
			emit(flow.Event{Kind: flow.Enqueue, VHost: vh, Queue: n.Intern(key), Msg: id}, nil)
		}
	}
	return st, at
}

// TestCrowdsBecomeBeads: what is drawn follows the size of the screen, not the rate.
func TestCrowdsBecomeBeads(t *testing.T) {
	st, d := busyCloud()
	eng, b := layout.NewEngine(), New(nil)
	l := b.Build(st, eng.Update(st, layout.Config{W: 1386, H: 566, Top: 56}), d, Options{})
	if len(l.Tokens) > 500 {
		t.Errorf("%d tokens are drawn", len(l.Tokens))
	}
	if len(l.Beads) < 10 {
		t.Errorf("%d beads", len(l.Beads))
	}
	rate := false
	for i := range l.Labels {
		rate = rate || len(l.Labels[i].Text) > 2 && l.Labels[i].Text[len(l.Labels[i].Text)-2:] == "/s"
	}
	if !rate {
		t.Error("no number beside the beads")
	}
	if len(l.Labels) > 150 {
		t.Errorf("%d labels", len(l.Labels))
	}
	if dir := os.Getenv("SCENE_PICTURES"); dir != "" {
		paint(t, l, "dark", filepath.Join(dir, "crowd"))
	}
}
