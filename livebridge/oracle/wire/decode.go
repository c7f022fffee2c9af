package wire

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"strconv"

	"rpcscope/engine/amqp"
	"rpcscope/engine/flow"
)

func floatBits(f float64) uint64 { return math.Float64bits(f) }

var errShort = errors.New("wire: a frame ends too early")

// reader takes values off a payload; after the first that is not there it
// gives zeroes and remembers.
type reader struct {
	b   []byte
	err error
}

func (r *reader) take(n int) []byte {
	if n < 0 || n > len(r.b) {
		r.err, r.b = errShort, nil
		return nil
	}
	head := r.b[:n]
	r.b = r.b[n:]
	return head
}

func (r *reader) uint(n int) (v uint64) {
	for _, c := range r.take(n) {
		v = v<<8 | uint64(c)
	}
	return v
}

func (r *reader) short() string { return string(r.take(int(r.uint(1)))) }
func (r *reader) long() string  { return string(r.take(int(r.uint(4)))) }

// decodeMethod reads a method frame's payload; the content follows in frames of its own.
func decodeMethod(channel uint16, payload []byte) (*Method, error) {
	r := reader{b: payload}
	number := uint32(r.uint(4))
	op, ok := byNumber[number]
	if !ok {
		return nil, fmt.Errorf("wire: no decoding of class %d method %d", number>>16, number&0xffff)
	}
	m := &Method{Op: op, Channel: channel}
	s := signatures[op]
	for _, f := range s.fields {
		r.field(m, f, s.bits)
	}
	return m, r.err
}

func (r *reader) field(m *Method, f field, bits []flow.Flags) {
	switch f {
	case fieldReserved16:
		r.take(2)
	case fieldReservedStr:
		r.short()
	case fieldReserved32:
		r.take(4)
	case fieldExchange:
		m.Exchange = r.short()
	case fieldQueue:
		m.Queue = r.short()
	case fieldKey:
		m.Key = r.short()
	case fieldTag:
		m.Tag = r.short()
	case fieldType:
		m.Type = r.short()
	case fieldText:
		m.Text = r.short()
	case fieldArgs:
		m.Args = r.table()
	case fieldDelivery:
		m.Delivery = r.uint(8)
	case fieldCode:
		m.Value = int64(r.uint(2))
	case fieldValue:
		m.Value = int64(r.uint(4))
	case fieldCount:
		m.Count = uint32(r.uint(4))
	case fieldCount16:
		m.Count = uint32(r.uint(2))
	case fieldFailed:
		m.Failed = byNumber[uint32(r.uint(4))]
	case fieldBits:
		octet := r.uint(1)
		for i, bit := range bits {
			if octet&(1<<i) != 0 {
				m.Flags |= bit
			}
		}
	}
}

// decodeHeader reads a content header; size is the body's.
func decodeHeader(payload []byte) (c *Content, size uint64, err error) {
	r := reader{b: payload}
	r.take(4)
	size = r.uint(8)
	flags := r.uint(2)
	c = &Content{}
	// In order of their bits; what the model does not know is read over.
	for bit := 15; bit >= 2 && r.err == nil; bit-- {
		if flags&(1<<bit) == 0 {
			continue
		}
		switch 1 << bit {
		case hasHeaders:
			c.Headers = r.table()
		case hasMode:
			c.Persistent = r.uint(1) == 2
		case hasPriority:
			c.Priority = uint8(r.uint(1))
		case hasExpiration:
			c.Expiration = r.short()
		case hasUserID:
			c.UserID = r.short()
		case 1 << 6: // timestamp
			r.take(8)
		default:
			r.short()
		}
	}
	return c, size, r.err
}

func (r *reader) table() (t amqp.Table) {
	in := reader{b: r.take(int(r.uint(4)))}
	for len(in.b) > 0 && in.err == nil {
		key := in.short()
		t = append(t, amqp.Field{Key: key, Value: in.value()})
	}
	if in.err != nil {
		r.err = in.err
	}
	return t
}

// value reads a field value; all integers become one kind, as [amqp.Value] has it.
func (r *reader) value() amqp.Value {
	switch kind := r.uint(1); kind {
	case 't':
		return amqp.Bool(r.uint(1) != 0)
	case 'b':
		return amqp.Int(int64(int8(r.uint(1))))
	case 'B':
		return amqp.Int(int64(r.uint(1)))
	case 's':
		return amqp.Int(int64(int16(r.uint(2))))
	case 'u':
		return amqp.Int(int64(r.uint(2)))
	case 'I':
		return amqp.Int(int64(int32(r.uint(4))))
	case 'i':
		return amqp.Int(int64(r.uint(4)))
	case 'l':
		return amqp.Int(int64(r.uint(8)))
	case 'f':
		return float(float64(math.Float32frombits(uint32(r.uint(4)))))
	case 'd':
		return float(math.Float64frombits(r.uint(8)))
	case 'S', 'x':
		return amqp.String(r.long())
	case 'T':
		return amqp.Value{Kind: amqp.TimeValue, Int: int64(r.uint(8))}
	case 'F':
		return amqp.Value{Kind: amqp.TableValue, Table: r.table()}
	case 'A':
		v := amqp.Value{Kind: amqp.ArrayValue}
		in := reader{b: r.take(int(r.uint(4)))}
		for len(in.b) > 0 && in.err == nil {
			v.Items = append(v.Items, in.value())
		}
		if in.err != nil {
			r.err = in.err
		}
		return v
	case 'V':
		return amqp.Value{}
	default:
		r.err = fmt.Errorf("wire: field value of type %q", byte(kind))
		return amqp.Value{}
	}
}

func float(f float64) amqp.Value {
	return amqp.Value{Kind: amqp.FloatValue, Text: strconv.FormatFloat(f, 'g', -1, 64)}
}

// frame is one frame as read.
type frame struct {
	kind    byte
	channel uint16
	payload []byte
}

func parseFrameHeader(h [7]byte) (f frame, size int) {
	return frame{kind: h[0], channel: binary.BigEndian.Uint16(h[1:])}, int(binary.BigEndian.Uint32(h[3:]))
}
