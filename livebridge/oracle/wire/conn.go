package wire

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net"
	"sync"
	"time"

	"rpcscope/engine/amqp"
	"rpcscope/engine/flow"
)

// maxFrame is the frame size both sides agree on; the bodies of tests are smaller.
const maxFrame = 131072

// Dial says where and as whom to connect.
type Dial struct {
	Address, User, Password, VHost string
	// Name is the connection's name in the broker's management.
	Name string
	// Plain announces no capabilities.
	Plain bool
}

// Conn is a connection that is open. One goroutine of its own reads; what came
// is kept in order. Close it with [Conn.Cut], also after the broker ended it.
type Conn struct {
	tcp    net.Conn
	in     *bufio.Reader
	notify func()
	done   chan struct{}
	buf    []byte

	mu       sync.Mutex
	received []*Method
	ended    bool
	err      error
	partial  map[uint16]*partial
}

// Name is what the broker calls the connection: both ends.
func (c *Conn) Name() string {
	return c.tcp.LocalAddr().String() + " -> " + c.tcp.RemoteAddr().String()
}

// partial is a method whose content is still coming.
type partial struct {
	method *Method
	left   uint64
	header bool
}

// Refused is a connection.close in place of connection.open-ok.
type Refused struct{ Method *Method }

func (r *Refused) Error() string { return fmt.Sprintf("wire: %d %s", r.Method.Value, r.Method.Text) }

// Open connects and shakes hands. notify is called, from another goroutine,
// whenever something came or the connection ended.
func Open(d Dial, notify func()) (*Conn, error) {
	tcp, err := net.DialTimeout("tcp", d.Address, 10*time.Second)
	if err != nil {
		return nil, err
	}
	c := &Conn{tcp: tcp, in: bufio.NewReaderSize(tcp, 16<<10), notify: notify, done: make(chan struct{}), partial: map[uint16]*partial{}}
	_ = tcp.SetDeadline(time.Now().Add(20 * time.Second))
	if err := c.shakeHands(d); err != nil {
		tcp.Close()
		return nil, err
	}
	_ = tcp.SetDeadline(time.Time{})
	go c.read()
	return c, nil
}

func (c *Conn) shakeHands(d Dial) error {
	if _, err := io.WriteString(c.tcp, "AMQP\x00\x00\x09\x01"); err != nil {
		return err
	}
	if _, err := c.expect(10); err != nil { // start
		return err
	}
	if err := c.raw(11, func(b []byte) []byte { // start-ok
		b = appendTable(b, clientProperties(d))
		b = appendShort(b, "PLAIN")
		b = appendLong(b, "\x00"+d.User+"\x00"+d.Password)
		return appendShort(b, "en_US")
	}); err != nil {
		return err
	}
	if _, err := c.expect(30); err != nil { // tune
		return err
	}
	err := c.raw(31, func(b []byte) []byte { // tune-ok: 2047 channels, no heartbeats
		return append(b, 0x07, 0xff, 0, maxFrame>>16, 0, 0, 0, 0)
	})
	if err != nil {
		return err
	}
	err = c.raw(40, func(b []byte) []byte { return append(appendShort(b, d.VHost), 0, 0) }) // open
	if err != nil {
		return err
	}
	_, err = c.expect(41)
	return err
}

func clientProperties(d Dial) amqp.Table {
	yes := amqp.Bool(!d.Plain)
	return amqp.Table{
		{Key: "connection_name", Value: amqp.String(d.Name)},
		{Key: "capabilities", Value: amqp.Value{Kind: amqp.TableValue, Table: amqp.Table{
			{Key: "publisher_confirms", Value: yes},
			{Key: "basic.nack", Value: yes},
			{Key: "consumer_cancel_notify", Value: yes},
			{Key: "connection.blocked", Value: yes},
			{Key: "authentication_failure_close", Value: yes},
			{Key: "exchange_exchange_bindings", Value: yes},
		}}},
	}
}

// raw sends a method of class connection that no program sends.
func (c *Conn) raw(method byte, fields func([]byte) []byte) error {
	_, err := c.tcp.Write(appendFrame(nil, frameMethod, 0, func(b []byte) []byte { return fields(append(b, 0, 10, 0, method)) }))
	return err
}

// expect reads the next method of the handshake.
func (c *Conn) expect(method byte) ([]byte, error) {
	for {
		f, err := c.readFrame()
		if err != nil {
			return nil, err
		}
		if f.kind != frameMethod || len(f.payload) < 4 {
			continue
		}
		switch {
		case f.payload[1] == 10 && f.payload[3] == method:
			return f.payload[4:], nil
		case f.payload[1] == 10 && f.payload[3] == 50:
			m, err := decodeMethod(0, f.payload)
			if err != nil {
				return nil, err
			}
			_ = c.raw(51, func(b []byte) []byte { return b })
			return nil, &Refused{m}
		}
		return nil, fmt.Errorf("wire: handshake: method %d.%d came for 10.%d", f.payload[1], f.payload[3], method)
	}
}

func (c *Conn) readFrame() (frame, error) {
	var h [7]byte
	if _, err := io.ReadFull(c.in, h[:]); err != nil {
		return frame{}, err
	}
	f, size := parseFrameHeader(h)
	if size > maxFrame {
		return frame{}, fmt.Errorf("wire: a frame of %d bytes", size)
	}
	b := make([]byte, size+1)
	if _, err := io.ReadFull(c.in, b); err != nil {
		return frame{}, err
	}
	if b[size] != frameEnd {
		return frame{}, errors.New("wire: a frame without end")
	}
	f.payload = b[:size]
	return f, nil
}

func (c *Conn) read() {
	defer close(c.done)
	for {
		f, err := c.readFrame()
		var m *Method
		if err == nil {
			m, err = c.assemble(f)
		}
		c.mu.Lock()
		if m != nil {
			c.received = append(c.received, m)
		}
		if err != nil {
			c.ended, c.err = true, err
		}
		c.mu.Unlock()
		if m != nil || err != nil {
			c.notify()
		}
		if err != nil {
			return
		}
	}
}

// assemble returns the method that a frame completes.
func (c *Conn) assemble(f frame) (*Method, error) {
	switch f.kind {
	case frameMethod:
		m, err := decodeMethod(f.channel, f.payload)
		if err != nil || !hasContent(m.Op) {
			return m, err
		}
		c.partial[f.channel] = &partial{method: m}
		return nil, nil
	case frameHeader, frameBody:
		p := c.partial[f.channel]
		if p == nil || p.header != (f.kind == frameBody) {
			return nil, errors.New("wire: content out of turn")
		}
		if f.kind == frameHeader {
			var err error
			if p.method.Content, p.left, err = decodeHeader(f.payload); err != nil {
				return nil, err
			}
			p.header = true
		} else {
			p.method.Content.Body = append(p.method.Content.Body, f.payload...)
			p.left -= uint64(len(f.payload))
		}
		if p.left > 0 {
			return nil, nil
		}
		delete(c.partial, f.channel)
		return p.method, nil
	}
	return nil, nil
}

// Send writes methods in one go.
func (c *Conn) Send(methods ...*Method) error {
	var err error
	c.buf = c.buf[:0]
	for _, m := range methods {
		if c.buf, err = appendMethod(c.buf, m); err != nil {
			return err
		}
	}
	_, err = c.tcp.Write(c.buf)
	return err
}

// Ping is a question on a channel that has no effect; [IsPong] knows its answer.
func Ping(channel uint16) *Method { return &Method{Op: opFlow, Channel: channel, Flags: flow.Passive} }

// IsPong reports whether m answers a [Ping].
func IsPong(m *Method) bool { return m.Op == opFlowOk }

// Take returns what has come since the last Take, and whether the connection has ended behind it.
func (c *Conn) Take() (methods []*Method, ended bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	methods, c.received = c.received, nil
	return methods, c.ended
}

// Ended reports whether the byte stream is at its end.
func (c *Conn) Ended() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.ended
}

// Cut ends the byte stream without a word and waits for the reading to end.
func (c *Conn) Cut() {
	c.tcp.Close()
	<-c.done
}
