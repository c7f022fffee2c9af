//go:build !js

package amqp

import (
	"bufio"
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"strings"

	"rpcscope/engine/flow"
)

// wireMethod is how a method lies on the wire (AMQP 0-9-1, 4.2.5). In the
// layout each letter is a field: h a reserved short, s an unused short string; q x k t y T short strings (queue, exchange, key, tag,
// type, text), L a text as a long string; b v V Value as bit, short and long, c C
// Count so, z Value as the prefetch size, d the delivery tag, A a table, f class and method of Failed, and
// in brackets bits by the letter of their flag in wireFlags.
type wireMethod struct {
	class, method uint16
	layout        string
}

var wireMethods = map[Op]wireMethod{
	OpConnectionClose: {10, 50, "vTf"}, OpConnectionCloseOk: {10, 51, ""},
	OpConnectionBlocked: {10, 60, "T"}, OpConnectionUnblocked: {10, 61, ""},
	OpChannelOpen: {20, 10, "s"}, OpChannelOpenOk: {20, 11, "L"}, OpChannelClose: {20, 40, "vTf"}, OpChannelCloseOk: {20, 41, ""},
	OpExchangeDeclare: {40, 10, "hxy(pdain)A"}, OpExchangeDeclareOk: {40, 11, ""},
	OpExchangeDelete: {40, 20, "hx(un)"}, OpExchangeDeleteOk: {40, 21, ""},
	OpExchangeBind: {40, 30, "hqxk(n)A"}, OpExchangeBindOk: {40, 31, ""},
	OpExchangeUnbind: {40, 40, "hqxk(n)A"}, OpExchangeUnbindOk: {40, 51, ""},
	OpQueueDeclare: {50, 10, "hq(pdean)A"}, OpQueueDeclareOk: {50, 11, "qVC"},
	OpQueueBind: {50, 20, "hqxk(n)A"}, OpQueueBindOk: {50, 21, ""},
	OpQueueUnbind: {50, 50, "hqxkA"}, OpQueueUnbindOk: {50, 51, ""},
	OpQueuePurge: {50, 30, "hq(n)"}, OpQueuePurgeOk: {50, 31, "V"},
	OpQueueDelete: {50, 40, "hq(umn)"}, OpQueueDeleteOk: {50, 41, "V"},
	OpBasicQos: {60, 10, "zc(g)"}, OpBasicQosOk: {60, 11, ""},
	OpBasicConsume: {60, 20, "hqt(lken)A"}, OpBasicConsumeOk: {60, 21, "t"},
	OpBasicCancel: {60, 30, "t(n)"}, OpBasicCancelOk: {60, 31, "t"},
	OpBasicPublish: {60, 40, "hxk(MI)"}, OpBasicReturn: {60, 50, "vTxk"},
	OpBasicDeliver: {60, 60, "td(r)xk"},
	OpBasicGet:     {60, 70, "hq(k)"}, OpBasicGetOk: {60, 71, "d(r)xkV"}, OpBasicGetEmpty: {60, 72, "s"},
	OpBasicAck: {60, 80, "d(*)"}, OpBasicReject: {60, 90, "d(q)"}, OpBasicNack: {60, 120, "d(*q)"},
	OpBasicRecoverAsync: {60, 100, "(q)"}, OpBasicRecover: {60, 110, "(q)"}, OpBasicRecoverOk: {60, 111, ""},
	OpConfirmSelect: {85, 10, "(n)"}, OpConfirmSelectOk: {85, 11, ""},
	OpTxSelect: {90, 10, ""}, OpTxSelectOk: {90, 11, ""}, OpTxCommit: {90, 20, ""}, OpTxCommitOk: {90, 21, ""},
	OpTxRollback: {90, 30, ""}, OpTxRollbackOk: {90, 31, ""}, OpChannelFlow: {20, 20, "b"}, OpChannelFlowOk: {20, 21, "b"},
}

var wireFlags = map[byte]flow.Flags{
	'p': flow.Passive, 'd': flow.Durable, 'a': flow.AutoDelete, 'i': flow.Internal, 'n': flow.NoWait, 'e': flow.Exclusive,
	'u': flow.IfUnused, 'm': flow.IfEmpty, 'g': flow.Global, 'k': flow.NoAck, 'M': flow.Mandatory, 'r': flow.Redelivered,
	'*': flow.Multiple, 'q': flow.Requeued, 'l': 0, 'I': flow.Immediate,
}

// wire is a client's byte stream to a real broker. (That of livebridge/oracle
// cannot serve here: it is built on this package.)
type wire struct {
	net.Conn
	r      *bufio.Reader
	names  *flow.Names
	tables *Tables
}

func (w *wire) frame(kind byte, channel uint16, payload []byte) error {
	b := append([]byte{kind}, binary.BigEndian.AppendUint16(nil, channel)...)
	b = binary.BigEndian.AppendUint32(b, uint32(len(payload)))
	_, err := w.Write(append(append(b, payload...), 0xce))
	return err
}

func (w *wire) readFrame() (kind byte, channel uint16, payload []byte, err error) {
	var h [7]byte
	if _, err = io.ReadFull(w.r, h[:]); err != nil {
		return 0, 0, nil, err
	}
	payload = make([]byte, binary.BigEndian.Uint32(h[3:])+1)
	_, err = io.ReadFull(w.r, payload)
	return h[0], binary.BigEndian.Uint16(h[1:]), payload[:len(payload)-1], err
}

func short(b []byte, s string) []byte { return append(append(b, byte(len(s))), s...) }

func long(b []byte, s string) []byte {
	return append(binary.BigEndian.AppendUint32(b, uint32(len(s))), s...)
}

// send writes a method, with its content when it has one.
func (w *wire) send(m *Method, body []byte, props []byte) error {
	def, ok := wireMethods[m.Op]
	if !ok {
		return fmt.Errorf("%s is not on the wire", m.Op)
	}
	b := binary.BigEndian.AppendUint16(nil, def.class)
	b = binary.BigEndian.AppendUint16(b, def.method)
	for layout := def.layout; layout != ""; layout = layout[1:] {
		switch layout[0] {
		case 'h':
			b = append(b, 0, 0)
		case 's':
			b = append(b, 0)
		case 'b':
			b = append(b, byte(m.Value))
		case 'z':
			b = binary.BigEndian.AppendUint32(b, uint32(m.Value))
		case 'q', 'x', 'k', 't', 'y', 'T':
			b = short(b, w.names.Text(*m.named(layout[0])))
		case 'v':
			b = binary.BigEndian.AppendUint16(b, uint16(m.Value))
		case 'c':
			b = binary.BigEndian.AppendUint16(b, uint16(m.Count))
		case 'd':
			b = binary.BigEndian.AppendUint64(b, m.Delivery)
		case 'f':
			b = append(b, 0, 0, 0, 0)
		case 'A':
			b = long(b, string(appendTable(nil, w.tables.Table(m.Args))))
		case '(':
			bits, rest, _ := strings.Cut(layout[1:], ")")
			b = append(b, m.bits(bits))
			layout = ")" + rest
		}
	}
	if err := w.frame(1, m.Channel, b); err != nil || m.Op != OpBasicPublish {
		return err
	}
	h := binary.BigEndian.AppendUint16(nil, 60)
	h = binary.BigEndian.AppendUint64(append(h, 0, 0), uint64(len(body)))
	if err := w.frame(2, m.Channel, append(h, props...)); err != nil || len(body) == 0 {
		return err
	}
	return w.frame(3, m.Channel, body)
}

func (m *Method) named(letter byte) *flow.Name {
	switch letter {
	case 'q':
		return &m.Queue
	case 'x':
		return &m.Exchange
	case 'k':
		return &m.Key
	case 't':
		return &m.Tag
	case 'y':
		return &m.Type
	}
	return &m.Text
}

func (m *Method) bits(letters string) (bits byte) {
	for i := range letters {
		if m.Flags&wireFlags[letters[i]] != 0 {
			bits |= 1 << i
		}
	}
	return bits
}

// decode reads a method frame's payload.
func (w *wire) decode(p []byte) (m Method, err error) {
	d := &decoder{b: p}
	class, method := uint16(d.uint(2)), uint16(d.uint(2))
	for op, def := range wireMethods {
		if def.class == class && def.method == method {
			m.Op = op
		}
	}
	if m.Op == OpNone {
		return m, fmt.Errorf("method %d.%d is not known", class, method)
	}
	for layout := wireMethods[m.Op].layout; layout != ""; layout = layout[1:] {
		switch layout[0] {
		case 'h':
			d.uint(2)
		case 's':
			d.take(int(d.uint(1)))
		case 'b':
			m.Value = int64(d.uint(1))
		case 'L':
			d.take(int(d.uint(4)))
		case 'q', 'x', 'k', 't', 'y', 'T':
			*m.named(layout[0]) = w.names.Intern(string(d.take(int(d.uint(1)))))
		case 'v':
			m.Value = int64(d.uint(2))
		case 'V':
			m.Value = int64(d.uint(4))
		case 'C':
			m.Count = uint32(d.uint(4))
		case 'd':
			m.Delivery = d.uint(8)
		case 'f':
			d.uint(4)
		case '(':
			bits, rest, _ := strings.Cut(layout[1:], ")")
			have := d.uint(1)
			for i := range bits {
				if have>>i&1 != 0 {
					m.Flags |= wireFlags[bits[i]]
				}
			}
			layout = ")" + rest
		}
	}
	return m, d.err
}

type decoder struct {
	b   []byte
	err error
}

func (d *decoder) take(n int) []byte {
	if n > len(d.b) {
		d.err, d.b = io.ErrUnexpectedEOF, nil
		return make([]byte, min(n, 8))
	}
	p := d.b[:n]
	d.b = d.b[n:]
	return p
}

func (d *decoder) uint(n int) (v uint64) {
	for _, c := range d.take(n) {
		v = v<<8 | uint64(c)
	}
	return v
}

func appendTable(b []byte, t Table) []byte {
	for _, f := range t {
		b = appendValue(short(b, f.Key), f.Value)
	}
	return b
}

func appendValue(b []byte, v Value) []byte {
	switch v.Kind {
	case BoolValue:
		return append(b, 't', byte(v.Int))
	case IntValue:
		if v.Int == int64(int32(v.Int)) {
			return binary.BigEndian.AppendUint32(append(b, 'I'), uint32(v.Int))
		}
		return binary.BigEndian.AppendUint64(append(b, 'l'), uint64(v.Int))
	case StringValue:
		return long(append(b, 'S'), v.Text)
	case TimeValue:
		return binary.BigEndian.AppendUint64(append(b, 'T'), uint64(v.Int))
	case TableValue:
		return long(append(b, 'F'), string(appendTable(nil, v.Table)))
	case ArrayValue:
		var items []byte
		for _, x := range v.Items {
			items = appendValue(items, x)
		}
		return long(append(b, 'A'), string(items))
	}
	return append(b, 'V')
}

func (d *decoder) table() (t Table) {
	in := &decoder{b: d.take(int(d.uint(4)))}
	for len(in.b) > 0 {
		key := string(in.take(int(in.uint(1))))
		t = append(t, Field{key, in.value()})
	}
	return t
}

func (d *decoder) value() Value {
	switch kind := d.uint(1); kind {
	case 't':
		return Bool(d.uint(1) != 0)
	case 'b':
		return Int(int64(int8(d.uint(1))))
	case 's':
		return Int(int64(int16(d.uint(2))))
	case 'I':
		return Int(int64(int32(d.uint(4))))
	case 'l':
		return Int(int64(d.uint(8)))
	case 'S':
		return String(string(d.take(int(d.uint(4)))))
	case 'T':
		return Value{Kind: TimeValue, Int: int64(d.uint(8))}
	case 'F':
		return Value{Kind: TableValue, Table: d.table()}
	case 'A':
		in := &decoder{b: d.take(int(d.uint(4)))}
		v := Value{Kind: ArrayValue}
		for len(in.b) > 0 {
			v.Items = append(v.Items, in.value())
		}
		return v
	case 'V':
		return Value{}
	default:
		d.err = fmt.Errorf("field type %q", rune(kind))
		return Value{}
	}
}
