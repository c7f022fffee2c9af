package wire

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"rpcscope/engine/amqp"
	"rpcscope/engine/flow"
)

// A method that is written is read as the same method; only what a client
// sends carries content here.
func TestMethodsSurviveTheWire(t *testing.T) {
	everything := amqp.Table{
		{Key: "int", Value: amqp.Int(-3)},
		{Key: "long", Value: amqp.Int(1 << 40)},
		{Key: "text", Value: amqp.String("ü")},
		{Key: "yes", Value: amqp.Bool(true)},
		{Key: "void", Value: amqp.Value{}},
		{Key: "float", Value: amqp.Value{Kind: amqp.FloatValue, Text: "1.5"}},
		{Key: "time", Value: amqp.Value{Kind: amqp.TimeValue, Int: 9}},
		{Key: "list", Value: amqp.Value{Kind: amqp.ArrayValue, Items: []amqp.Value{amqp.Int(1), amqp.String("x")}}},
		{Key: "table", Value: amqp.Value{Kind: amqp.TableValue, Table: amqp.Table{{Key: "in", Value: amqp.Int(2)}}}},
	}
	for op, s := range signatures {
		m := &Method{Op: op, Channel: 7}
		for _, f := range s.fields {
			switch f {
			case fieldExchange:
				m.Exchange = "x"
			case fieldQueue:
				m.Queue = "q"
			case fieldKey:
				m.Key = "k.l"
			case fieldTag:
				m.Tag = "t"
			case fieldType:
				m.Type = "topic"
			case fieldText:
				m.Text = "why"
			case fieldArgs:
				m.Args = everything
			case fieldDelivery:
				m.Delivery = 1 << 50
			case fieldCode, fieldValue:
				m.Value = 404
			case fieldCount, fieldCount16:
				m.Count = 65535
			case fieldFailed:
				m.Failed = amqp.OpBasicGet
			case fieldBits:
				for _, bit := range s.bits {
					m.Flags |= bit
				}
			}
		}
		got := roundTrip(t, m)
		if diff := cmp.Diff(m, got); diff != "" {
			t.Errorf("%v (-sent +read):\n%s", op, diff)
		}
	}
}

func roundTrip(t *testing.T, m *Method) *Method {
	t.Helper()
	b, err := appendMethod(nil, m)
	if err != nil {
		t.Fatal(err)
	}
	f, size := parseFrameHeader([7]byte(b[:7]))
	got, err := decodeMethod(f.channel, b[7:7+size])
	if err != nil {
		t.Fatalf("%v: %v", m.Op, err)
	}
	return got
}

func TestContentSurvivesTheWire(t *testing.T) {
	c := &Content{Headers: amqp.Table{{Key: "a", Value: amqp.Int(1)}}, Expiration: "60", UserID: "guest", Priority: 4, Persistent: true}
	got, size, err := decodeHeader(appendProperties(nil, &Content{
		Headers: c.Headers, Expiration: c.Expiration, UserID: c.UserID, Priority: c.Priority, Persistent: true, Body: []byte("body"),
	}))
	if err != nil || size != 4 {
		t.Fatalf("size %d, %v", size, err)
	}
	if diff := cmp.Diff(c, got); diff != "" {
		t.Error(diff)
	}
}

func FuzzDecode(f *testing.F) {
	b, _ := appendMethod(nil, &Method{Op: amqp.OpQueueDeclare, Queue: "q", Flags: flow.Durable, Args: amqp.Table{{Key: "x", Value: amqp.Int(1)}}})
	f.Add(b[7 : len(b)-1])
	f.Add(appendProperties(nil, &Content{Expiration: "1", Headers: amqp.Table{{Key: "l", Value: amqp.Value{Kind: amqp.ArrayValue}}}}))
	f.Fuzz(func(_ *testing.T, payload []byte) {
		_, _ = decodeMethod(1, payload)
		_, _, _ = decodeHeader(payload)
	})
}
