package oracle

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"rpcscope/engine/amqp"
	"rpcscope/engine/flow"
	"rpcscope/livebridge/oracle/wire"
	"rpcscope/livebridge/rabbittest"
)

// Worker runs programs on a broker, one after the other, in virtual hosts of
// its own. It keeps a connection to each, to look at queues from outside.
type Worker struct {
	rabbit   *rabbittest.Node
	prefix   string // of the virtual hosts' names
	client   *http.Client
	wake     chan struct{}
	patience time.Duration
	keepers  map[string]*keeperConn
	policies map[string]bool // and limits that are set, by their paths
	visited  map[string]bool // virtual hosts that this run's program has been to
	shared   *rendezvous     // where programs meet that share an event; nil for others
}

// keeperConn is the worker's own connection to a virtual host.
type keeperConn struct {
	*wire.Conn
	probe *probe
	// expired counts the sentinels that came back.
	expired int
	waiting bool
}

// ownVHost is where all workers let time pass, and no program comes: a limit of
// queues must not count theirs.
const ownVHost = "oracle"

// delayQueue and returnQueue are where sentinels wait and come back.
const (
	delayQueue  = "oracle.delay"
	returnQueue = "oracle.return"
	ownPrefix   = "oracle."
)

var addingUser sync.Mutex

// NewWorker makes the virtual hosts of a worker.
func NewWorker(rabbit *rabbittest.Node, name string) (*Worker, error) {
	w := &Worker{
		rabbit: rabbit, prefix: name + ".", wake: make(chan struct{}, 1), patience: patience,
		keepers: map[string]*keeperConn{}, policies: map[string]bool{}, visited: map[string]bool{},
		client: &http.Client{Timeout: 20 * time.Second, Transport: &http.Transport{Proxy: nil, MaxIdleConnsPerHost: 2}},
	}
	for _, v := range vhosts {
		if err := rabbit.AddVHost(bg, w.prefix+v, false); err != nil {
			return nil, err
		}
		if err := w.empty(v); err != nil {
			return nil, err
		}
	}
	// Two that add one user at the same time trip over each other.
	addingUser.Lock()
	err := errors.Join(rabbit.AddVHost(bg, ownVHost, false), rabbit.AddUser(bg, limitedUser, limitedUser, ""), rabbit.AddUser(bg, w.prefix+boundUser, w.prefix+boundUser, ""))
	addingUser.Unlock()
	if err != nil {
		return nil, err
	}
	if err := rabbit.Permit(bg, w.prefix+firstVHost, w.prefix+boundUser, ".*", ".*", ".*"); err != nil {
		return nil, err
	}
	if err := rabbit.Permit(bg, w.prefix+firstVHost, limitedUser, limitedRights[0], limitedRights[1], limitedRights[2]); err != nil {
		return nil, err
	}
	_, err = w.api(http.MethodPut, "/api/topic-permissions/"+url.PathEscape(w.prefix+firstVHost)+"/"+limitedUser,
		map[string]any{"exchange": "amq.topic", "write": limitedTopics[0], "read": limitedTopics[1]})
	return w, err
}

// empty removes what is in a virtual host.
func (w *Worker) empty(vhost string) error {
	t, err := w.topologyOf(vhost)
	if err != nil {
		return err
	}
	return w.clear(t, vhost)
}

// Close ends the worker's connections.
func (w *Worker) Close() {
	for v, k := range w.keepers {
		k.Cut()
		delete(w.keepers, v)
	}
	w.client.CloseIdleConnections()
}

func (w *Worker) poke() {
	select {
	case w.wake <- struct{}{}:
	default:
	}
}

// clean takes the worker's name out of the broker's texts.
func (w *Worker) clean(s string) string { return strings.ReplaceAll(s, w.prefix, "") }

func (w *Worker) dial(vhost, user string) wire.Dial {
	if user == "" {
		user = "guest"
	}
	if user == boundUser { // whose limit is this worker's own
		user = w.prefix + user
	}
	return wire.Dial{Address: fmt.Sprintf("127.0.0.1:%d", w.rabbit.AMQPPort), User: user, Password: user, VHost: w.prefix + vhost, Name: "oracle"}
}

// dialFor is the connection that an operation opens.
func (w *Worker) dialFor(vhost string, o *Op) wire.Dial {
	d := w.dial(vhost, o.User)
	d.Plain = o.Plain
	return d
}

// keeper returns the worker's connection to a virtual host of its own, or with "" to [ownVHost].
func (w *Worker) keeper(vhost string) (*keeperConn, error) {
	if k := w.keepers[vhost]; k != nil {
		return k, nil
	}
	d := w.dial(vhost, "")
	if vhost == "" {
		d.VHost = ownVHost
	}
	c, err := wire.Open(d, w.poke)
	if err != nil {
		return nil, err
	}
	k := &keeperConn{Conn: c}
	k.probe = &probe{conn: c}
	w.keepers[vhost] = k
	return k, nil
}

// listen takes what has come on the keepers' connections.
func (w *Worker) listen() error {
	for v, k := range w.keepers {
		methods, ended := k.Take()
		for _, m := range methods {
			switch {
			case m.Op == amqp.OpBasicDeliver:
				k.expired++
			case m.Channel == probeChannel:
				k.probe.heard(m)
			case m.Op == amqp.OpChannelClose || m.Op == amqp.OpConnectionClose:
				return fmt.Errorf("oracle: the worker's own: %d %s", m.Value, m.Text)
			}
		}
		if ended {
			delete(w.keepers, v)
			return errors.New("oracle: the worker's connection ended")
		}
	}
	return nil
}

// await listens to the keepers until done.
func (w *Worker) await(done func() bool) error {
	limit := time.NewTimer(20 * time.Second)
	defer limit.Stop()
	for {
		if err := w.listen(); err != nil {
			return err
		}
		if done() {
			return nil
		}
		select {
		case <-w.wake:
		case <-limit.C:
			return errors.New("oracle: the broker does not answer the worker")
		}
	}
}

// sleep lets time pass on the broker's clock: a sentinel message waits for its
// expiry in a queue whose dead letters come back.
func (w *Worker) sleep(millis int) error {
	k, err := w.keeper("")
	if err != nil {
		return err
	}
	if !k.waiting {
		k.waiting = true
		declare := func(q string, args amqp.Table) *wire.Method {
			return &wire.Method{Op: amqp.OpQueueDeclare, Channel: 1, Queue: w.prefix + q, Flags: flow.Exclusive | flow.NoWait, Args: args}
		}
		err := k.Send(
			&wire.Method{Op: amqp.OpChannelOpen, Channel: 1},
			declare(returnQueue, nil),
			declare(delayQueue, amqp.Table{
				{Key: "x-dead-letter-exchange", Value: amqp.String("")}, {Key: "x-dead-letter-routing-key", Value: amqp.String(w.prefix + returnQueue)},
			}),
			&wire.Method{Op: amqp.OpBasicConsume, Channel: 1, Queue: w.prefix + returnQueue, Flags: flow.NoAck | flow.NoWait, Tag: "sentinel"},
		)
		if err != nil {
			return err
		}
	}
	want := k.expired + 1
	sentinel := &wire.Content{Expiration: fmt.Sprint(millis), Body: []byte("sentinel")}
	if err := k.Send(&wire.Method{Op: amqp.OpBasicPublish, Channel: 1, Key: w.prefix + delayQueue, Content: sentinel}); err != nil {
		return err
	}
	return w.await(func() bool { return k.expired >= want })
}

// probeChannel is the channel on which counts are asked for.
const probeChannel = 2000

// probe asks for the counts of queues by passive declaration.
type probe struct {
	conn   *wire.Conn
	open   bool
	answer *wire.Method
}

func (p *probe) heard(m *wire.Method) {
	switch m.Op {
	case amqp.OpChannelClose:
		p.open = false
		_ = p.conn.Send(&wire.Method{Op: amqp.OpChannelCloseOk, Channel: probeChannel})
		p.answer = m
	case amqp.OpQueueDeclareOk:
		p.answer = m
	}
}

// probeFor is the probe that may look at a queue: an exclusive one's owner's, or the worker's.
func (n *node) probeFor(q queueState) (*probe, error) {
	if q.owner == 0 {
		k, err := n.w.keeper(q.queue.vhost)
		if err != nil {
			return nil, err
		}
		return k.probe, nil
	}
	at := place{q.owner, probeChannel}
	if p := n.probes[at]; p != nil && p.conn == n.conns[q.owner] {
		return p, nil
	}
	n.probes[at] = &probe{conn: n.conns[q.owner]}
	return n.probes[at], nil
}

// look asks for a queue's counts.
func (p *probe) look(n *node, name string) (exists bool, ready, consumers int, err error) {
	ask := []*wire.Method{{Op: amqp.OpQueueDeclare, Channel: probeChannel, Queue: name, Flags: flow.Passive}}
	if !p.open {
		ask = append([]*wire.Method{{Op: amqp.OpChannelOpen, Channel: probeChannel}}, ask...)
		p.open = true
	}
	p.answer = nil
	if err := p.conn.Send(ask...); err != nil {
		return false, 0, 0, err
	}
	err = n.w.await(func() bool {
		n.listen()
		return p.answer != nil || p.conn.Ended()
	})
	if err != nil {
		return false, 0, 0, fmt.Errorf("asking for queue %s: %w", name, err)
	}
	if p.answer == nil || p.answer.Op == amqp.OpChannelClose {
		// Locked is a queue whose connection has ended, as long as the broker has not noticed.
		return p.answer != nil && p.answer.Value == 405, 0, 0, nil
	}
	return true, int(p.answer.Value), int(p.answer.Count), nil
}

// Remove ends the worker and deletes its virtual hosts.
func (w *Worker) Remove() {
	w.Close()
	for _, v := range vhosts {
		_ = w.rabbit.DeleteVHost(bg, w.prefix+v)
	}
}
