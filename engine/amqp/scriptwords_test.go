package amqp

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"rpcscope/engine/flow"
)

// positional arguments of the operations.
var scriptArgs = map[string][]string{
	"exchange.declare": {"exchange", "type"}, "exchange.delete": {"exchange"},
	"exchange.bind": {"queue", "exchange", "key"}, "exchange.unbind": {"queue", "exchange", "key"},
	"queue.declare": {"queue"}, "queue.delete": {"queue"}, "queue.purge": {"queue"},
	"queue.bind": {"queue", "exchange", "key"}, "queue.unbind": {"queue", "exchange", "key"},
	"basic.consume": {"queue", "tag"}, "basic.cancel": {"tag"}, "basic.get": {"queue"},
	"basic.ack": {"delivery"}, "basic.nack": {"delivery"}, "basic.reject": {"delivery"}, "basic.qos": {"count"}, "channel.flow": {"value"},
}

var scriptFlags = map[string]flow.Flags{
	"durable": flow.Durable, "auto-delete": flow.AutoDelete, "exclusive": flow.Exclusive, "internal": flow.Internal,
	"passive": flow.Passive, "mandatory": flow.Mandatory, "immediate": flow.Immediate, "no-ack": flow.NoAck, "multiple": flow.Multiple, "requeue": flow.Requeued,
	"if-unused": flow.IfUnused, "if-empty": flow.IfEmpty, "global": flow.Global, "no-wait": flow.NoWait,
}

func (s *script) method(op string, words []string) (m Method, err error) {
	var ok bool
	if m.Op, ok = ParseOp(op); !ok {
		return m, fmt.Errorf("no operation %q", op)
	}
	var args Table
	for i, w := range words {
		key, value, isArg := strings.Cut(w, "=")
		switch {
		case i < len(scriptArgs[op]):
			err = s.set(&m, scriptArgs[op][i], strings.TrimPrefix(w, "-"))
		case scriptFlags[w] != 0:
			m.Flags |= scriptFlags[w]
		case key == "size" && isArg && m.Op == OpBasicQos:
			m.Value = scriptValue(value).Int
		case isArg:
			args = append(args, Field{key, scriptValue(value)})
		default:
			err = fmt.Errorf("what is %q?", w)
		}
		if err != nil {
			return m, err
		}
	}
	m.Args = s.b.Tables().Intern(args)
	return m, nil
}

func (s *script) set(m *Method, field, w string) (err error) {
	switch field {
	case "exchange":
		m.Exchange = s.names.Intern(w)
	case "queue":
		m.Queue = s.names.Intern(w)
	case "key":
		m.Key = s.names.Intern(w)
	case "tag":
		m.Tag = s.names.Intern(w)
	case "type":
		m.Type = s.names.Intern(w)
	case "delivery":
		m.Delivery, err = strconv.ParseUint(w, 10, 64)
	case "count":
		var n uint64
		n, err = strconv.ParseUint(w, 10, 32)
		m.Count = uint32(n)
	case "value":
		m.Value, err = strconv.ParseInt(w, 10, 64)
	}
	return err
}

// scriptValue reads 5, true, [a,b], "5" or a bare string.
func scriptValue(w string) Value {
	if n, err := strconv.ParseInt(w, 10, 64); err == nil {
		return Int(n)
	}
	if list, ok := strings.CutPrefix(w, "["); ok {
		v := Value{Kind: ArrayValue}
		for _, x := range strings.Split(strings.TrimSuffix(list, "]"), ",") {
			v.Items = append(v.Items, scriptValue(x))
		}
		return v
	}
	if w == "true" || w == "false" {
		return Bool(w == "true")
	}
	if w == "void" {
		return Value{}
	}
	return String(strings.Trim(w, `"`))
}

func (s *script) publish(client string, channel uint16, words []string) error {
	m, c, err := s.publication(channel, words)
	if err == nil {
		s.b.Publish(s.now, s.conns[client], &m, &c)
	}
	return err
}

// publication reads "exchange key" with flags, properties and headers.
func (s *script) publication(channel uint16, words []string) (m Method, c Content, err error) {
	if len(words) < 2 {
		return m, c, fmt.Errorf("publish needs an exchange and a key")
	}
	s.sent++
	m = Method{Op: OpBasicPublish, Channel: channel, Exchange: s.names.Intern(strings.TrimPrefix(words[0], "-")), Key: s.names.Intern(strings.TrimPrefix(words[1], "-"))}
	c = Content{Body: s.sent}
	c.Expiration, c.Size = -1, 10
	var headers Table
	for _, w := range words[2:] {
		key, value, _ := strings.Cut(w, "=")
		switch {
		case scriptFlags[w] != 0:
			m.Flags |= scriptFlags[w]
		case w == "persistent":
			c.Persistent = true
		case key == "expiration":
			if v := scriptValue(value); v.Kind == IntValue && v.Int >= 0 {
				c.Expiration = v.Int * 1e6
			} else {
				c.ExpirationText = s.names.Intern(value)
			}
		case key == "user-id":
			c.UserID = s.names.Intern(value)
		case key == "priority":
			c.Priority = uint8(scriptValue(value).Int)
		case key == "size":
			if c.Size = uint32(scriptValue(value).Int); c.Size == 0 { // no room for its name
				c.Body = 0
			}
		default:
			headers = append(headers, Field{key, scriptValue(value)})
		}
	}
	c.Headers = s.b.Tables().Intern(headers)
	return m, c, nil
}

// operate does what operators do, in words that [nodeScript.operate] knows too.
func (s *script) operate(words []string) error {
	arg := func(i int) string { return strings.TrimPrefix(words[i], "-") }
	switch words[0] {
	case "user", "impersonator":
		s.b.SetUser(words[1], words[1], words[0] == "impersonator")
	case "delete-user":
		s.b.DeleteUser(s.now, words[1])
	case "permit":
		s.b.Permit("/", words[1], arg(2), arg(3), arg(4))
	case "forbid":
		s.b.Forbid("/", words[1])
	case "topic":
		s.b.PermitTopic("/", words[1], words[2], arg(3), arg(4))
	case "vhost":
		s.b.AddVHost(words[1])
	case "delete-vhost":
		s.b.DeleteVHost(s.now, words[1])
	case "delete-queue":
		s.b.DeleteQueue(s.now, "/", words[1])
	case "purge":
		s.b.PurgeQueue(s.now, "/", words[1])
	case "delete-exchange":
		s.b.DeleteExchange(s.now, "/", words[1])
	case "vhost-limits", "user-limits":
		connections, others := int(scriptValue(words[2]).Int), int(scriptValue(words[3]).Int)
		if words[0] == "user-limits" {
			s.b.SetUserLimits(words[1], connections, others)
		} else {
			s.b.SetVHostLimits(words[1], connections, others)
		}
	case "ack-timeout":
		s.b.ackTimeout = scriptValue(words[1]).Int * msUnit
	case "alarm":
		s.b.SetAlarm(s.now, MemoryAlarm, words[2] == "on")
	case "stop", "crash":
		s.b.Stop(s.now, words[0] == "crash")
	case "start":
		s.b.Start(s.now)
	case "policy", "operator-policy":
		return s.policy(words[1:], words[0] == "operator-policy")
	case "clear-policy":
		s.b.ClearPolicy(s.now, "/", words[1])
	case "clear-operator-policy":
		s.b.ClearOperatorPolicy(s.now, "/", words[1])
	case "close":
		s.b.CloseConnection(s.now, s.conns[words[1]], "by operator")
	default:
		return fmt.Errorf("what is %q?", words)
	}
	return nil
}

// policy reads "name pattern apply-to priority setting=value…".
func (s *script) policy(words []string, operator bool) error {
	priority, err := strconv.Atoi(words[3])
	if err != nil {
		return err
	}
	p := Policy{VHost: "/", Name: words[0], Pattern: words[1], ApplyTo: words[2], Priority: priority, Operator: operator}
	for _, w := range words[4:] {
		key, value, _ := strings.Cut(w, "=")
		p.Definition = append(p.Definition, Field{key, scriptValue(value)})
	}
	if bad := s.b.SetPolicy(s.now, p); bad != "" {
		return errors.New(bad)
	}
	return nil
}
