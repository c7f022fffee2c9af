package wire

import (
	"encoding/binary"
	"fmt"
	"strconv"

	"rpcscope/engine/amqp"
	"rpcscope/engine/flow"
)

const (
	frameMethod = 1
	frameHeader = 2
	frameBody   = 3
	frameBeat   = 8
	frameEnd    = 0xCE
)

// appendFrame writes one frame around what payload appends.
func appendFrame(dst []byte, kind byte, channel uint16, payload func([]byte) []byte) []byte {
	dst = append(dst, kind)
	dst = binary.BigEndian.AppendUint16(dst, channel)
	at := len(dst)
	dst = payload(append(dst, 0, 0, 0, 0))
	binary.BigEndian.PutUint32(dst[at:], uint32(len(dst)-at-4))
	return append(dst, frameEnd)
}

// appendMethod writes the frames of a method, with its content if it has one.
func appendMethod(dst []byte, m *Method) ([]byte, error) {
	s, ok := signatures[m.Op]
	if !ok {
		return dst, fmt.Errorf("wire: no encoding of %v", m.Op)
	}
	dst = appendFrame(dst, frameMethod, m.Channel, func(b []byte) []byte {
		b = binary.BigEndian.AppendUint16(b, s.class)
		b = binary.BigEndian.AppendUint16(b, s.method)
		for _, f := range s.fields {
			b = appendField(b, m, f, s.bits)
		}
		return b
	})
	if m.Op != amqp.OpBasicPublish {
		return dst, nil
	}
	c := m.Content
	if c == nil {
		c = &Content{}
	}
	dst = appendFrame(dst, frameHeader, m.Channel, func(b []byte) []byte { return appendProperties(b, c) })
	if len(c.Body) > 0 {
		dst = appendFrame(dst, frameBody, m.Channel, func(b []byte) []byte { return append(b, c.Body...) })
	}
	return dst, nil
}

func appendField(b []byte, m *Method, f field, bits []flow.Flags) []byte {
	switch f {
	case fieldReserved16:
		return append(b, 0, 0)
	case fieldReservedStr:
		return append(b, 0)
	case fieldReserved32:
		return append(b, 0, 0, 0, 0)
	case fieldExchange:
		return appendShort(b, m.Exchange)
	case fieldQueue:
		return appendShort(b, m.Queue)
	case fieldKey:
		return appendShort(b, m.Key)
	case fieldTag:
		return appendShort(b, m.Tag)
	case fieldType:
		return appendShort(b, m.Type)
	case fieldText:
		return appendShort(b, m.Text)
	case fieldArgs:
		return appendTable(b, m.Args)
	case fieldDelivery:
		return binary.BigEndian.AppendUint64(b, m.Delivery)
	case fieldCode:
		return binary.BigEndian.AppendUint16(b, uint16(m.Value))
	case fieldValue:
		return binary.BigEndian.AppendUint32(b, uint32(m.Value))
	case fieldCount:
		return binary.BigEndian.AppendUint32(b, m.Count)
	case fieldCount16:
		return binary.BigEndian.AppendUint16(b, uint16(m.Count))
	case fieldFailed:
		s := signatures[m.Failed]
		return binary.BigEndian.AppendUint16(binary.BigEndian.AppendUint16(b, s.class), s.method)
	}
	var octet byte
	for i, bit := range bits {
		if bit != noBit && m.Flags&bit != 0 {
			octet |= 1 << i
		}
	}
	return append(b, octet)
}

// Bits of the property flags of class basic.
const (
	hasHeaders    = 1 << 13
	hasMode       = 1 << 12
	hasPriority   = 1 << 11
	hasExpiration = 1 << 8
	hasUserID     = 1 << 4
)

func appendProperties(b []byte, c *Content) []byte {
	b = binary.BigEndian.AppendUint16(b, 60)
	b = binary.BigEndian.AppendUint16(b, 0)
	b = binary.BigEndian.AppendUint64(b, uint64(len(c.Body)))
	flags := uint16(hasMode)
	if len(c.Headers) > 0 {
		flags |= hasHeaders
	}
	if c.Priority > 0 {
		flags |= hasPriority
	}
	if c.Expiration != "" {
		flags |= hasExpiration
	}
	if c.UserID != "" {
		flags |= hasUserID
	}
	b = binary.BigEndian.AppendUint16(b, flags)
	if len(c.Headers) > 0 {
		b = appendTable(b, c.Headers)
	}
	if c.Persistent {
		b = append(b, 2)
	} else {
		b = append(b, 1)
	}
	if c.Priority > 0 {
		b = append(b, c.Priority)
	}
	if c.Expiration != "" {
		b = appendShort(b, c.Expiration)
	}
	if c.UserID != "" {
		b = appendShort(b, c.UserID)
	}
	return b
}

func appendShort(b []byte, s string) []byte {
	return append(append(b, byte(min(len(s), 255))), s[:min(len(s), 255)]...)
}

func appendLong(b []byte, s string) []byte {
	return append(binary.BigEndian.AppendUint32(b, uint32(len(s))), s...)
}

// sized writes what fill appends behind its length.
func sized(b []byte, fill func([]byte) []byte) []byte {
	at := len(b)
	b = fill(append(b, 0, 0, 0, 0))
	binary.BigEndian.PutUint32(b[at:], uint32(len(b)-at-4))
	return b
}

func appendTable(b []byte, t amqp.Table) []byte {
	return sized(b, func(b []byte) []byte {
		for _, f := range t {
			b = appendValue(appendShort(b, f.Key), f.Value)
		}
		return b
	})
}

// appendValue writes an integer as the model names its type: a signed 32-bit one where it fits, else a 64-bit one.
func appendValue(b []byte, v amqp.Value) []byte {
	switch v.Kind {
	case amqp.BoolValue:
		return append(b, 't', byte(v.Int))
	case amqp.IntValue:
		if v.Int == int64(int32(v.Int)) {
			return binary.BigEndian.AppendUint32(append(b, 'I'), uint32(v.Int))
		}
		return binary.BigEndian.AppendUint64(append(b, 'l'), uint64(v.Int))
	case amqp.FloatValue:
		f, _ := strconv.ParseFloat(v.Text, 64)
		return binary.BigEndian.AppendUint64(append(b, 'd'), floatBits(f))
	case amqp.StringValue:
		return appendLong(append(b, 'S'), v.Text)
	case amqp.TimeValue:
		return binary.BigEndian.AppendUint64(append(b, 'T'), uint64(v.Int))
	case amqp.TableValue:
		return appendTable(append(b, 'F'), v.Table)
	case amqp.ArrayValue:
		return sized(append(b, 'A'), func(b []byte) []byte {
			for _, x := range v.Items {
				b = appendValue(b, x)
			}
			return b
		})
	}
	return append(b, 'V')
}
