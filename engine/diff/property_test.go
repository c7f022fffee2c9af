package diff_test

import (
	"math/rand/v2"
	"testing"

	"pgregory.net/rapid"

	"rpcscope/engine/diff"
	"rpcscope/engine/flow"
)

// visible reports whether leaving an event out must be noticed. What is meant to be invisible:
//   - what the source deduced (flow.Inferred), but for a delivery, which was seen even where it was not clear of which of several identical messages;
//   - ticks, remarks, queue levels, and Lost, which is told apart;
//   - at the level of methods, all that does not come from the wire: the
//     conclusions on connections, objects, routes and calls; single confirms on the wire, of which one may stand for many
//     (the events Confirm are compared instead); the end of the byte stream after a proper close;
//   - at the level of the broker, routes by the default exchange, which are told by the key; what programs do; how a firehose knows a process.
func visible(level string, r *recorded, i int) bool {
	e := &r.events[i]
	switch e.Kind {
	case flow.Tick, flow.Note, flow.Depth, flow.Lost, flow.None:
		return false
	case flow.Deliver:
		return true
	}
	if e.Kind >= flow.Operator && e.Kind <= flow.QueueLimit { // causes that only a model tells
		return false
	}
	if e.Has(flow.Inferred) {
		return e.Kind == flow.Route && level == "broker" && e.Exchange != 0
	}
	switch level {
	case "methods":
		switch e.Kind {
		case flow.Method:
			op := r.names.Text(e.Label)
			return !(e.Has(flow.ToClient) && (op == "basic.ack" || op == "basic.nack")) && op != "tcp-close" && op != "protocol-header"
		case flow.Publish, flow.Ack, flow.Reject, flow.Return, flow.Confirm:
			return true
		}
		return false
	case "broker":
		switch {
		case e.Kind == flow.Publish, e.Kind >= flow.ConnectionOpen && e.Kind <= flow.Cancel:
			return true
		case e.Kind == flow.Route:
			return e.Exchange != 0
		}
		return false
	}
	return true
}

func levelOf(r *recorded) string { return diff.Compare(r.side(), r.side(), 0).Level }

// TestAnEventLeftOutIsNoticed, changed or moved within its lane too: some hundred places of each stream.
func TestAnEventLeftOutIsNoticed(t *testing.T) {
	for name, r := range streams(t) {
		level := levelOf(r)
		rnd := rand.New(rand.NewPCG(5, uint64(len(r.events))))
		tried := 0
		for range 24 {
			i := rnd.IntN(len(r.events))
			c := r.clone()
			c.remove(i)
			res := diff.Compare(r.side(), c.side(), 3)
			if v := visible(level, r, i); v && res.Equal {
				t.Errorf("%s, %s: nobody notices that this is missing: %s", name, level, r.words(i))
			} else if v {
				tried++
			}
			if back := diff.Compare(c.side(), r.side(), 3); back.Equal != res.Equal {
				t.Errorf("%s: A against B is equal %v, B against A %v: %s", name, res.Equal, back.Equal, r.words(i))
			}
		}
		if tried < 3 {
			t.Errorf("%s: only %d removals are visible", name, tried)
		}
	}
}

// change spoils an event in a way that depends on its kind; false when it has nothing to spoil.
func change(r *recorded, i int) bool {
	e := &r.events[i]
	switch e.Kind {
	case flow.Publish:
		r.messages[i].Size++
	case flow.Method, flow.Bind, flow.ExchangeDeclare, flow.QueueDeclare:
		e.Args = r.names.Intern("x-changed=1")
	case flow.Deliver, flow.Consume, flow.Ack, flow.Reject:
		e.Queue = r.names.Intern("another")
	case flow.Return, flow.Request:
		e.Value += 1_000_000
	case flow.Confirm:
		e.Flags ^= flow.Negative
	case flow.Dispatch, flow.Finish, flow.Reply, flow.Failure, flow.Timeout, flow.ProcessStop, flow.Requeue:
		e.Label = r.names.Intern("another")
	case flow.Enqueue, flow.Expire, flow.Drop:
		e.Queue = r.names.Intern("another")
	default:
		return false
	}
	return true
}

func TestAChangeIsNoticed(t *testing.T) {
	for name, r := range streams(t) {
		level := levelOf(r)
		rnd := rand.New(rand.NewPCG(6, uint64(len(r.events))))
		for range 16 {
			i := rnd.IntN(len(r.events))
			c := r.clone()
			if !visible(level, r, i) || !change(c, i) {
				continue
			}
			if res := diff.Compare(r.side(), c.side(), 3); res.Equal {
				t.Errorf("%s: nobody notices the change of %s", name, r.words(i))
			}
		}
	}
}

// TestASwapWithinALaneIsNoticed: two methods in turn on a connection, two
// deliveries to a consumer, two acknowledgements. Two that read the same are the same but for their ids; to swap
// those is noticed by what else the ids are in.
func TestASwapWithinALaneIsNoticed(t *testing.T) {
	for name, r := range streams(t) {
		level := levelOf(r)
		swaps := 0
		for i := range r.events {
			x := &r.events[i]
			lane := x.Kind == flow.Deliver || x.Kind == flow.Ack && level != "broker" || x.Kind == flow.Method && level != "broker"
			if !lane || !visible(level, r, i) {
				continue
			}
			for j := i + 1; j < len(r.events); j++ {
				y := &r.events[j]
				if y.Kind != x.Kind || y.Conn != x.Conn || y.Process != x.Process || y.Channel != x.Channel || y.Label != x.Label || !visible(level, r, j) {
					continue
				}
				if x.Msg == y.Msg && x.Queue == y.Queue && x.Key == y.Key && x.Exchange == y.Exchange && x.Args == y.Args && x.Value == y.Value || x.Has(flow.Inferred) || y.Has(flow.Inferred) {
					break
				}
				c := r.clone()
				c.swap(i, j)
				if res := diff.Compare(r.side(), c.side(), 3); res.Equal {
					t.Errorf("%s: nobody notices the swap of\n%s\n%s", name, r.words(i), r.words(j))
				}
				swaps++
				break
			}
			if swaps > 12 {
				break
			}
		}
	}
}

// TestAlignIsShortest against the table of all longest common subsequences.
func TestAlignIsShortest(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.SliceOfN(rapid.IntRange(0, 3), 0, 14)
		a, b := text.Draw(t, "a"), text.Draw(t, "b")
		hunks := diff.Align(len(a), len(b), func(i, j int) bool { return a[i] == b[j] })
		edits, x, y := 0, 0, 0
		for _, h := range hunks {
			for ; x < h[0]; x, y = x+1, y+1 {
				if y >= h[2] || a[x] != b[y] {
					t.Fatalf("%v %v: %v leaves %d and %d as equal", a, b, hunks, x, y)
				}
			}
			if y != h[2] {
				t.Fatalf("%v %v: %v is no alignment", a, b, hunks)
			}
			edits += h[1] - h[0] + h[3] - h[2]
			x, y = h[1], h[3]
		}
		if len(a)-x != len(b)-y {
			t.Fatalf("%v %v: %v leaves ends of different lengths", a, b, hunks)
		}
		if least := len(a) + len(b) - 2*common(a, b); edits != least {
			t.Fatalf("%v %v: %v has %d edits, %d suffice", a, b, hunks, edits, least)
		}
	})
}

func common(a, b []int) int {
	row := make([]int, len(b)+1)
	for i := range a {
		diagonal := 0
		for j := range b {
			up := row[j+1]
			if a[i] == b[j] {
				row[j+1] = diagonal + 1
			} else {
				row[j+1] = max(up, row[j])
			}
			diagonal = up
		}
	}
	return row[len(b)]
}

// anyEvents draws events that no source would send, of few names, so that they concern the same things.
func anyEvents(t *rapid.T) *recorded {
	r := &recorded{names: &flow.Names{}}
	texts := []string{
		"", "a", "b", "test", "\x01", "0123456789abcdef0123456789abcdef", "reply_0123456789abcdef0123456789abcdee", "amq.gen-abcdefghijklmnopqrstuv",
		"01234567-89ab-cdef-0123-456789abcdef", "p:12:01234567-89ab-cdef-0123-456789abcdef", "basic.publish", "basic.ack", "connection.open", "connection.close", "confirm.select", "tcp-close", "protocol-header",
		"for user 'x'",
	}
	name := rapid.Custom(func(t *rapid.T) flow.Name { return r.names.Intern(rapid.SampledFrom(texts).Draw(t, "text")) })
	small := rapid.Int64Range(0, 3)
	for range rapid.IntRange(0, 40).Draw(t, "events") {
		e := flow.Event{
			Kind: flow.Kind(rapid.IntRange(1, flow.NumKinds-1).Draw(t, "kind")), At: small.Draw(t, "at"), Value: small.Draw(t, "value"), Msg: flow.MsgID(small.Draw(t, "msg")),
			Flags: flow.Flags(rapid.Uint32().Draw(t, "flags")) & flow.Flags(rapid.Uint32().Draw(t, "mask")), Channel: uint16(small.Draw(t, "channel")),
			VHost: name.Draw(t, "vhost"), Process: name.Draw(t, "process"), Conn: name.Draw(t, "conn"), Exchange: name.Draw(t, "exchange"), Queue: name.Draw(t, "queue"),
			Key: name.Draw(t, "key"), Tag: name.Draw(t, "tag"), Label: name.Draw(t, "label"), Text: name.Draw(t, "words"), Args: name.Draw(t, "args"),
		}
		e.RPC[0] = byte(small.Draw(t, "rpc"))
		var m *flow.Message
		if rapid.Bool().Draw(t, "described") {
			m = &flow.Message{Size: uint32(small.Draw(t, "size")), Method: name.Draw(t, "method"), ReplyQueue: name.Draw(t, "reply queue")}
		}
		r.Emit(&e, m)
	}
	return r
}

// TestAnyEventsEqualThemselves and compare alike from both sides.
func TestAnyEventsEqualThemselves(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b := anyEvents(t), anyEvents(t)
		if r := diff.Compare(a.side(), a.clone().side(), 3); r.Total > 0 || r.MaybeLost > 0 {
			t.Fatalf("%s", r.AppendText(nil))
		}
		x, y := diff.Compare(a.side(), b.side(), 100), diff.Compare(b.side(), a.side(), 100)
		if x.Equal != y.Equal || x.Compared.A != y.Compared.B || x.Level != y.Level {
			t.Fatalf("%s\nfrom the other side:\n%s", x.AppendText(nil), y.AppendText(nil))
		}
	})
}
