//go:build !js

package amqp

import (
	"bufio"
	"bytes"
	"context"
	"encoding/binary"
	"flag"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"rpcscope/livebridge/rabbittest"
)

var onNode = flag.String("node", "", "run the scripts that match this pattern (\".\" is all) on a real RabbitMQ node too and compare what clients hear")

// TestScriptsOnNode shows that the scripts tell the truth: it runs their
// actions on a private RabbitMQ node and compares all that the clients hear
// there with what the scripts say. It takes about a second for ten actions,
// most of it listening for what should not come, and so runs on request:
//
//	go test ./engine/amqp -run TestScriptsOnNode -node .
func TestScriptsOnNode(t *testing.T) {
	if *onNode == "" {
		return
	}
	node, err := rabbittest.Start(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer node.Stop()
	files, _ := filepath.Glob("testdata/scripts/*.txt")
	for i, file := range files {
		name := strings.TrimSuffix(filepath.Base(file), ".txt")
		if ok, err := regexp.MatchString(*onNode, name); err != nil || !ok {
			continue
		}
		t.Run(name, func(t *testing.T) {
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			n := &nodeScript{t: t, node: node, script: newScript(), vhost: string(rune('a' + i)), ends: map[string]*nodeEnd{}}
			if err := node.AddVHost(t.Context(), n.vhost, false); err != nil {
				t.Fatal(err)
			}
			defer node.DeleteVHost(context.Background(), n.vhost)
			want, got := n.run(string(text))
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("the script (-) and RabbitMQ (+) differ:\n%s", diff)
			}
		})
	}
}

// nodeScript runs a script on a node. The embedded script only reads actions.
type nodeScript struct {
	*script
	t     *testing.T
	node  *rabbittest.Node
	vhost string
	ends  map[string]*nodeEnd
}

// nodeEnd is a client's connection to the node.
type nodeEnd struct {
	wire
	heard chan string
	open  chan struct{} // closed when the channel is open, or the connection is closed instead
	once  sync.Once
	plain bool        // announces no capabilities
	cut   atomic.Bool // the client itself ends the stream
}

// barrier is what a channel answers to the channel.flow that follows nearly every action.
const barrier = "channel.flow-ok 1"

// quiet is how long nothing must come from the node until it has said all it has to say.
const quiet = 60 * time.Millisecond

// run returns what the script says that clients hear, and what they hear. What
// one client hears on one channel has an order, the rest has none that is promised.
func (n *nodeScript) run(text string) (want, got []string) {
	var said []string
	flush := func() {
		slices.SortStableFunc(said, byEnd)
		want = append(want, said...)
		said = nil
	}
	for _, line := range strings.Split(text, "\n") {
		if action, ok := strings.CutPrefix(line, "> "); ok {
			flush()
			want, got = append(want, line), append(got, line)
			if err := n.act(strings.Fields(action)); err != nil {
				n.t.Fatalf("%q: %v, after\n%s", line, err, strings.Join(got, "\n"))
			}
			heard := n.listen(action)
			slices.SortStableFunc(heard, byEnd)
			got = append(got, heard...)
		} else if heardLine.MatchString(line) {
			said = append(said, strings.TrimSpace(line))
		}
	}
	flush()
	return anonymous(want), anonymous(got)
}

var (
	heardLine = regexp.MustCompile(`^    [A-Z]: `)
	// actions after which a channel.flow would be an error, or go nowhere
	unanswered = regexp.MustCompile(`cut$|connect|n\.close|l\.close|tx\.commit|channel\.flow`)
	endOfLine  = regexp.MustCompile(`^[A-Z]: (channel [0-9]+ )?`)
	madeNames  = regexp.MustCompile(`amq\.(gen|ctag)-[A-Za-z0-9_-]{22}`)
	downVHost  = regexp.MustCompile(`(vhost '[^']*' is) down`)
	deathTime  = regexp.MustCompile(`time=@[0-9]+`)
)

func byEnd(a, b string) int { return strings.Compare(endOfLine.FindString(a), endOfLine.FindString(b)) }

// anonymous numbers the names that the broker made, hides the time, and lets
// RabbitMQ say of a virtual host that is deleted that it is down.
func anonymous(lines []string) []string {
	numbers := map[string]string{}
	for i, line := range lines {
		line = downVHost.ReplaceAllString(line, "$1 deleted")
		lines[i] = deathTime.ReplaceAllString(madeNames.ReplaceAllStringFunc(line, func(name string) string {
			if numbers[name] == "" {
				numbers[name] = fmt.Sprintf("%s%d", name[:8], len(numbers))
			}
			return numbers[name]
		}), "time=@…")
	}
	return lines
}

func (n *nodeScript) act(words []string) error {
	if words[0] == "wait" {
		d, err := time.ParseDuration(words[1])
		time.Sleep(d)
		return err
	}
	if words[0] == "operator" {
		return n.operate(words[1:])
	}
	client, channel := clientAndChannel(words[0])
	end := n.ends[client]
	switch op := words[1]; op {
	case "connect":
		return n.dial(client, channel, words[2:])
	case "cut":
		end.cut.Store(true)
		return end.Close()
	case "publish":
		m, c, err := n.publication(channel, words[2:])
		if err != nil {
			return err
		}
		body := fmt.Appendf(nil, "%-*s", c.Size, fmt.Sprintf("m%d", n.sent))
		if c.Size == 0 {
			body = nil
		}
		end.act(&m, body, n.properties(&c), words)
		return nil
	default:
		m, err := n.method(op, words[2:])
		if m.Channel = channel; op == "connection.close" {
			m.Channel = 0
		}
		if err != nil {
			return err
		}
		end.act(&m, nil, nil, words)
		return nil
	}
}

// act sends a method and the channel.flow behind it in one go, so that no
// answer to a close comes between. The connection may be closed: the script says so.
func (e *nodeEnd) act(m *Method, body, properties []byte, words []string) {
	var both recorder
	w := wire{&both, nil, e.names, e.tables}
	if w.send(m, body, properties) != nil {
		return
	}
	if !unanswered.MatchString(strings.Join(words, " ")) {
		w.send(&Method{Op: OpChannelFlow, Channel: m.Channel, Value: 1}, nil, nil)
	}
	_, _ = e.Write(both.Bytes())
}

// recorder keeps what is written.
type recorder struct {
	net.Conn
	bytes.Buffer
}

func (r *recorder) Write(b []byte) (int, error) { return r.Buffer.Write(b) }
func (r *recorder) Read(b []byte) (int, error)  { return r.Buffer.Read(b) }

func (n *nodeScript) properties(c *Content) []byte {
	var flags uint16
	var b []byte
	if c.Headers != 0 {
		flags |= 1 << 13
		b = long(b, string(appendTable(nil, n.b.Tables().Table(c.Headers))))
	}
	if c.Persistent {
		flags |= 1 << 12
		b = append(b, 2)
	}
	if c.Priority > 0 {
		flags |= 1 << 11
		b = append(b, c.Priority)
	}
	if c.Expiration >= 0 {
		flags |= 1 << 8
		b = short(b, msText(c.Expiration))
	} else if c.ExpirationText != 0 {
		flags |= 1 << 8
		b = short(b, n.names.Text(c.ExpirationText))
	}
	if c.UserID != 0 {
		flags |= 1 << 4
		b = short(b, n.names.Text(c.UserID))
	}
	return append(binary.BigEndian.AppendUint16(nil, flags), b...)
}

// listen gathers what all clients hear until the channel that acted has
// answered a channel.flow, which changes nothing, and the node is quiet.
func (n *nodeScript) listen(action string) (lines []string) {
	actor, _ := clientAndChannel(strings.Fields(action)[0])
	end := n.ends[actor]
	waiting := end != nil && !unanswered.MatchString(action)
	limit := time.Now().Add(5 * time.Second)
	for idle := time.Now(); time.Since(idle) < quiet || waiting && time.Now().Before(limit); time.Sleep(time.Millisecond) {
		for _, client := range n.clients {
			select {
			case line := <-n.ends[client].heard:
				idle = time.Now()
				if client == actor && (waiting && strings.HasSuffix(line, barrier) || strings.Contains(line, ".close ") || strings.HasSuffix(line, "close-ok") || line == "tcp-close") {
					waiting = false
				}
				if unanswered.MatchString(action) || !strings.HasSuffix(line, barrier) {
					lines = append(lines, client+": "+strings.ReplaceAll(line, "vhost '"+n.vhost+"'", "vhost '/'"))
				}
			default:
			}
		}
	}
	return lines
}

// dial opens a connection and its channel as the model's script does.
func (n *nodeScript) dial(client string, channel uint16, words []string) error {
	c, err := net.Dial("tcp", "127.0.0.1:"+strconv.Itoa(n.node.AMQPPort))
	if err != nil {
		return err
	}
	end := &nodeEnd{wire: wire{c, bufio.NewReader(c), n.names, n.b.Tables()}, heard: make(chan string, 10_000), open: make(chan struct{})}
	n.t.Cleanup(func() { c.Close() })
	user, password, vhost := "guest", "guest", n.vhost
	for _, w := range words {
		key, value, _ := strings.Cut(w, "=")
		switch key {
		case "user":
			user, password = value, value
		case "password":
			password = value
		case "vhost":
			vhost = value
		case "plain":
			end.plain = true
		}
	}
	n.ends[client] = end
	if !slices.Contains(n.clients, client) {
		n.clients = append(n.clients, client)
	}
	go end.listen(channel, vhost, user, password)
	<-end.open
	return nil
}

func (e *nodeEnd) listen(channel uint16, vhost, user, password string) {
	e.Write([]byte("AMQP\x00\x00\x09\x01"))
	var m Method
	var content []byte
	var left uint64
	for {
		kind, ch, p, err := e.readFrame()
		if err != nil {
			if !e.cut.Load() {
				e.heard <- "tcp-close"
			}
			e.once.Do(func() { close(e.open) })
			return
		}
		switch kind {
		case 1:
			if e.shakeHands(p, channel, vhost, user, password) {
				continue
			}
			if m, err = e.decode(p); err != nil {
				e.heard <- err.Error()
				continue
			}
			m.Channel = ch
			switch m.Op {
			case OpChannelOpenOk:
				first := false
				e.once.Do(func() { first = true; close(e.open) })
				if first {
					continue
				}
			case OpChannelClose:
				e.send(&Method{Op: OpChannelCloseOk, Channel: ch}, nil, nil)
			case OpConnectionClose:
				e.send(&Method{Op: OpConnectionCloseOk}, nil, nil)
			case OpConnectionCloseOk: // after which a client hangs up
				e.cut.Store(true)
				e.Close()
			case OpBasicReturn, OpBasicDeliver, OpBasicGetOk:
				continue
			}
			e.heard <- e.line(&m, nil, nil)
			if m.Op == OpConnectionClose {
				e.once.Do(func() { close(e.open) })
			}
		case 2:
			left, content = binary.BigEndian.Uint64(p[4:]), p
			if left == 0 {
				e.heard <- e.line(&m, content, nil)
			}
		case 3:
			if left -= uint64(len(p)); left == 0 {
				e.heard <- e.line(&m, content, p)
			}
		}
	}
}

// shakeHands answers the methods of a connection's opening.
func (e *nodeEnd) shakeHands(p []byte, channel uint16, vhost, user, password string) bool {
	reply := func(class, method uint16, args []byte) bool {
		b := binary.BigEndian.AppendUint16(binary.BigEndian.AppendUint16(nil, class), method)
		e.frame(1, 0, append(b, args...))
		return true
	}
	switch string(p[:4]) {
	case "\x00\x0a\x00\x0a": // start
		can := Table{}
		for _, c := range []string{"consumer_cancel_notify", "connection.blocked", "authentication_failure_close", "basic.nack", "publisher_confirms"} {
			can = append(can, Field{c, Bool(!e.plain)})
		}
		b := long(nil, string(appendTable(nil, Table{{"capabilities", Value{Kind: TableValue, Table: can}}})))
		b = long(short(b, "PLAIN"), "\x00"+user+"\x00"+password)
		return reply(10, 11, short(b, "en_US"))
	case "\x00\x0a\x00\x1e": // tune
		reply(10, 31, append(p[4:10:10], 0, 0))
		return reply(10, 40, append(short(nil, vhost), 0, 0))
	case "\x00\x0a\x00\x29": // open-ok
		e.send(&Method{Op: OpChannelOpen, Channel: channel}, nil, nil)
		return true
	}
	return false
}

// line writes a method as the model's script does.
func (e *nodeEnd) line(m *Method, properties, body []byte) string {
	c := Content{}
	if properties != nil {
		d := &decoder{b: properties[12:]}
		flags := d.uint(2)
		if flags&(1<<13) != 0 {
			c.Headers = e.tables.Intern(d.table())
		}
		n, _ := strconv.ParseUint(strings.TrimPrefix(strings.TrimSpace(string(body)), "m"), 10, 64)
		c.Body = n
	}
	return heard(e.names, m, &c)
}
