package livebridge

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"time"

	"github.com/google/uuid"
	amqp "github.com/rabbitmq/amqp091-go"
)

const (
	traceExchange = "amq.rabbitmq.trace"
	eventExchange = "amq.rabbitmq.event"
	// eventVHost is where the event exchange lives unless configured otherwise.
	eventVHost = "/"
	// ownConnection begins the names of the bridge's own connections, by which it leaves itself out of the picture.
	ownConnection = "rpcscope-bridge:"
)

// limits are the time limits of a connection. The client library can hang on a dead link, in the handshake as
// in any call that waits for an answer.
type limits struct {
	dial, setup time.Duration
	// heartbeat: a link that is silent for one and a half of it is dead. Whole seconds.
	heartbeat time.Duration
}

var defaultLimits = limits{dial: 10 * time.Second, setup: 15 * time.Second, heartbeat: 10 * time.Second}

const (
	// closeLimit bounds a polite end.
	closeLimit = 2 * time.Second
	// settled is how long a connection must have lasted for the waits to start small again.
	settled = 20 * time.Second
	// queueExpires removes the tap's queue if the broker should ever keep it without us.
	queueExpires = 60 * time.Second
)

// errSilent says that a connection was made and nothing came.
var errSilent = fmt.Errorf("handshake: %w", os.ErrDeadlineExceeded)

// eventKeys are the events that say what exists. The others are about users, rights and parameters: not ours to read.
var eventKeys = []string{"connection.*", "channel.*", "exchange.*", "queue.*", "binding.*", "consumer.*"}

// tap keeps one connection to one virtual host and hands on what it receives.
type tap struct {
	set    *settings
	source source
	vhost  string
	keys   []string // binding keys
	out    func(record)
	report func(tapReport)
}

// tapReport is how a tap's connection stands.
type tapReport struct {
	up     bool
	fault  *fault        // why it is down; nil while up
	retry  time.Duration // until the next attempt
	lasted time.Duration // of the connection that ended
}

// run keeps the tap connected until ctx ends.
func (t *tap) run(ctx context.Context) {
	wait := time.Duration(0)
	for ctx.Err() == nil {
		began := time.Now()
		ended := t.session(ctx)
		if ctx.Err() != nil {
			return
		}
		lasted := time.Since(began)
		if lasted > settled {
			wait = 0
		}
		wait = min(max(2*wait, 500*time.Millisecond), t.limit(ended))
		// Half of it at random: bridges that lost the same broker must not come back in step.
		pause := wait/2 + rand.N(wait/2+1)
		t.report(tapReport{fault: ended, retry: pause, lasted: lasted})
		timer := time.NewTimer(pause)
		select {
		case <-ctx.Done():
		case <-timer.C:
		}
		timer.Stop()
	}
}

// limit bounds the wait before the next attempt. The event exchange is an
// extra: where it cannot be read, asking once a minute is enough.
func (t *tap) limit(f *fault) time.Duration {
	if t.source == fromEvents && f.state != BrokerGone {
		return max(time.Minute, t.set.RetryMax)
	}
	return t.set.RetryMax
}

// session connects, taps and hands on until something ends it, and says what.
func (t *tap) session(ctx context.Context) *fault {
	conn, raw, err := t.dial(ctx)
	if err != nil {
		return dialFault(err, t.vhost)
	}
	// In a function: the arguments of a deferred call are taken now, and a deadline long past makes the end impolite.
	defer func() { _ = conn.CloseDeadline(time.Now().Add(closeLimit)) }()
	watchdog := time.AfterFunc(t.set.limits.setup, func() { raw.Close() })
	defer watchdog.Stop()
	// Setting up must end with ctx too; afterwards the loop sees to it.
	unwatch := context.AfterFunc(ctx, func() { raw.Close() })
	defer unwatch()

	closed := conn.NotifyClose(make(chan *amqp.Error, 1))
	ch, err := conn.Channel()
	if err != nil {
		return closeFault(err, t.vhost)
	}
	chClosed := ch.NotifyClose(make(chan *amqp.Error, 1))
	cancelled := ch.NotifyCancel(make(chan string, 1))
	deliveries, refused := t.open(ch)
	if refused != nil {
		return refused
	}
	if !watchdog.Stop() || !unwatch() {
		return &fault{state: BrokerGone, vhost: t.vhost, why: "the connection could not be set up in time"}
	}
	t.report(tapReport{up: true})
	return t.pump(ctx, deliveries, closed, chClosed, cancelled)
}

func (t *tap) dial(ctx context.Context) (*amqp.Connection, net.Conn, error) {
	var raw net.Conn
	began := time.Now()
	ctx, cancel := context.WithTimeout(ctx, t.set.limits.dial)
	defer cancel()
	name := fmt.Sprintf("%s%d:%s", ownConnection, os.Getpid(), uuid.NewString())
	properties := amqp.Table{"connection_name": name, "product": "rpcscope", "version": t.set.Build}
	sasl, err := t.set.sasl(properties)
	if err != nil {
		return nil, nil, err
	}
	conn, err := amqp.DialConfig(t.set.AMQP, amqp.Config{
		Vhost:           t.vhost,
		Heartbeat:       t.set.limits.heartbeat,
		Properties:      properties,
		SASL:            sasl,
		TLSClientConfig: t.set.tls.Clone(),
		Dial: func(network, addr string) (net.Conn, error) {
			c, err := (&net.Dialer{}).DialContext(ctx, network, addr)
			if err != nil {
				return nil, err
			}
			raw = c
			// The library takes the deadline away once the connection is open.
			return c, c.SetDeadline(time.Now().Add(t.set.limits.dial))
		},
	})
	// The library takes any silence where the broker checks the password for
	// its refusal; but a broker that refuses hangs up, it does not fall silent.
	if err != nil && time.Since(began) >= t.set.limits.dial {
		err = errSilent
	}
	return conn, raw, err
}

// open declares and binds the tap's queue and starts to consume.
func (t *tap) open(ch *amqp.Channel) (<-chan amqp.Delivery, *fault) {
	exchange := traceExchange
	if t.source == fromEvents {
		exchange = eventExchange
	}
	queue := t.set.QueuePrefix + ".tap." + uuid.NewString()
	_, err := ch.QueueDeclare(queue, false, true, true, false, amqp.Table{
		"x-max-length":       int64(t.set.QueueMessages),
		"x-max-length-bytes": int64(t.set.QueueBytes),
		"x-overflow":         "drop-head",
		"x-expires":          queueExpires.Milliseconds(),
	})
	if err != nil {
		return nil, rightsFault(err, t.vhost, "declare a queue named "+t.set.QueuePrefix+".tap.*", t.set.QueuePrefix)
	}
	for _, key := range t.keys {
		if err := ch.QueueBind(queue, key, exchange, false, nil); err != nil {
			return nil, rightsFault(err, t.vhost, "read the exchange "+exchange, t.set.QueuePrefix)
		}
	}
	// Auto-ack is twice as fast, and what a crash loses of a trace is the
	// smallest loss of that crash.
	deliveries, err := ch.Consume(queue, "", true, true, false, false, nil)
	if err != nil {
		return nil, rightsFault(err, t.vhost, "read its own queue "+t.set.QueuePrefix+".tap.*", t.set.QueuePrefix)
	}
	return deliveries, nil
}

// pump hands on deliveries until the connection, the channel or ctx ends.
func (t *tap) pump(ctx context.Context, deliveries <-chan amqp.Delivery, closed, chClosed <-chan *amqp.Error, cancelled <-chan string) *fault {
	for {
		select {
		case <-ctx.Done():
			return nil
		case d, ok := <-deliveries:
			if ok {
				t.out(record{
					t: time.Now().UnixNano(), source: t.source, vhost: t.vhost,
					key: d.RoutingKey, header: d.Headers, body: d.Body,
				})
				continue
			}
			return t.why(closed, chClosed, cancelled)
		}
	}
}

// why finds out what ended the deliveries. The library fills or closes all the
// channels that it looks at, in no particular order; a closed one says nothing.
func (t *tap) why(closed, chClosed <-chan *amqp.Error, cancelled <-chan string) *fault {
	limit := time.NewTimer(closeLimit)
	defer limit.Stop()
	for {
		select {
		case _, told := <-cancelled:
			if told {
				return &fault{state: BrokerGone, vhost: t.vhost, why: "the tap's queue was deleted in the broker"}
			}
			cancelled = nil
		case err := <-chClosed:
			if err != nil {
				return closeFault(err, t.vhost)
			}
			chClosed = nil
		case err := <-closed:
			if err != nil {
				return closeFault(err, t.vhost)
			}
			closed = nil
		case <-limit.C:
			return closeFault(nil, t.vhost)
		}
		if cancelled == nil && chClosed == nil && closed == nil {
			return closeFault(nil, t.vhost)
		}
	}
}
