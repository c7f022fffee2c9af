package flow

import (
	"strconv"
	"strings"
)

// phrases say each kind in words. A name in braces stands for a field; a part
// in brackets appears only when a field in it is not empty.
var phrases = [numKinds]string{
	Method:          "{dir} {label}[ exchange={exchange}][ queue={queue}][ key={key}][ tag={tag}][ args={args}][ value={value}][ {text}]{flags}",
	ConnectionOpen:  "{process} opens a connection[ named {text}]",
	ConnectionClose: "{process} closes the connection[: {value}][ {text}]",
	ChannelOpen:     "{process} opens channel {channel}",
	ChannelClose:    "channel {channel} of {process} closes[: {value}][ {text}]",
	ExchangeDeclare: "{label} exchange {exchange} exists now{flags}[ ({args})]",
	ExchangeDelete:  "exchange {exchange} is gone[: {label}]",
	QueueDeclare:    "queue {queue} exists now{flags}[ ({args})]",
	QueueDelete:     "queue {queue} is gone[: {label}][, with {value} messages]",
	Bind:            "{exchange} is bound to {queue}[ by key {key}][ ({args})]",
	Unbind:          "{exchange} is no longer bound to {queue}[ by key {key}]",
	Consume:         "{process} consumes {queue}[ as {tag}][, prefetch {value}]{flags}",
	Cancel:          "{process} no longer consumes {queue}[ as {tag}]",
	Publish:         "{process} publishes {msg} to {exchange!}[, key {key}]{flags}: {message}",
	Route:           "{exchange!} routes {msg} to {queue!}[ by key {key}]",
	Return:          "the broker returns {msg}: {value} {text}",
	Confirm:         "the broker confirms {msg}{flags}",
	Enqueue:         "{queue} holds {msg}[ ({value} ready)]",
	Deliver:         "{queue} delivers {msg} to {process!}[ as {tag}]{flags}",
	Ack:             "{process!} acknowledges {msg} of {queue}",
	Reject:          "{process!} rejects {msg} of {queue}{flags}",
	Requeue:         "{msg} is back in {queue}[: {label}]",
	Expire:          "{msg} expires in {queue}",
	DeadLetter:      "{msg} of {queue} is dead-lettered to {exchange!}[, key {key}][: {label}]",
	Drop:            "{msg} is dropped[ in {queue}][: {label}]",
	Request:         "{process} starts the {class} {label}[ to {key}][, timeout {seconds}]",
	Dispatch:        "{process} runs {label}",
	Finish:          "{process} ends {label}[ with {text}][ after {seconds}]",
	Reply:           "{process} has its answer to {label}[ after {seconds}]",
	Failure:         "{process} has {text} as answer to {label}[ after {seconds}]",
	Timeout:         "{process} gives up on {label}[ after {seconds}]",
	LateReply:       "{process} gets a late answer[ to {label}] and discards it",
	Heartbeat:       "{process} hears that its call is still being worked on",
	Notification:    "{process} handles the event {label}",
	ProcessStart:    "{process} starts[: {label}][ on {text}][, pid {value}][ ({args})]",
	ProcessReady:    "{process} is ready",
	ProcessStop:     "{process} has ended[: {label}][, by {text}]",
	RestRequest:     "{process} asks {key}: {label} {text}",
	RestResponse:    "{process} answers {key}: {value}[ {text}][, by the filter {tag}]",
	Lost:            "{value} records were lost: {label}",
	Note:            "the source remarks[: {text}][ ({label})]",
	Depth:           "{queue} has {value} ready, {count} unacknowledged",
	Tick:            "time passes",

	Transport:        "the transport is {label}[, {text}]",
	SocketOpen:       "{process} has a {label} socket[, sending as {exchange}][, receiving as {queue}][, at {text}]",
	SocketClose:      "{process} has its {label} socket[ {exchange}][ {queue}] no more[: {text}]",
	SocketConnect:    "{exchange} is connected to {queue}[, subscribed to {key}]",
	SocketDisconnect: "{exchange} is no longer connected to {queue}",
	LinkAttach:       "{process} attaches the link {tag}[ at {text}][, capacity {value}]{flags}",
	LinkDetach:       "the link {tag} of {process} is detached[: {text}]",
	Record:           "the matchmaker has {key}[ = {text}][, for {seconds}]",
	RecordGone:       "the matchmaker has {key}[ = {text}] no more[: {label}]",
	Lookup:           "{process} asks the matchmaker for {key}[ ({label})], {value} found[: {text}]",

	RestFilter:        "the filter {label} of {process} passes the request on[ after {seconds}]",
	RestDone:          "{process} has the answer of {key} to {label} {text}: {count}[ after {seconds}]",
	RestFailure:       "{process} has no answer of {key} to {label} {text}: {tag}[ after {seconds}]",
	Operator:          "the operator acts: {label}[ {process}][ {queue}][ ({text})]",
	ProcessPause:      "{process} is paused",
	ProcessContinue:   "{process} continues",
	ProcessSlow:       "{process} takes {times} times as long as usual",
	NetworkCut:        "the link between {process} and the broker is cut",
	NetworkDelay:      "the link between {process} and the broker takes {seconds} longer",
	NetworkRestore:    "the link between {process} and the broker is as usual",
	BrokerStop:        "the broker stops[: {label}]",
	BrokerStart:       "the broker is up again",
	AlarmSet:          "the broker runs low on {label}",
	AlarmClear:        "the broker has enough {label} again",
	ConnectionBlock:   "the broker blocks a connection of {process}",
	ConnectionUnblock: "the broker reads again from a connection of {process}",
	QueueLimit:        "by a policy {queue} has the length limit {value}",
}

// peerPhrases are those of messages that no broker takes.
var peerPhrases = [...]string{
	Publish: "{process} sends {msg} by {exchange!}[, for {key}]{flags}: {message}",
	Route:   "{exchange!} passes {msg} on to {queue!}[ for {key}]",
	Enqueue: "{queue} has {msg}[ ({value} waiting)]",
	Deliver: "{process!} reads {msg} from {queue}",
}

// phrase is the template for e.
func (e *Event) phrase() string {
	if e.Has(Peer) && int(e.Kind) < len(peerPhrases) && peerPhrases[e.Kind] != "" {
		return peerPhrases[e.Kind]
	}
	return phrases[e.Kind]
}

// flagName is a flag's word.
type flagName struct {
	bit  Flags
	word string
}

var flagNames = [...]flagName{
	{Durable, "durable"},
	{AutoDelete, "auto-delete"},
	{Exclusive, "exclusive"},
	{Internal, "internal"},
	{Mandatory, "mandatory"},
	{Negative, "negative"},
	{Redelivered, "redelivered"},
	{NoAck, "no-ack"},
	{Get, "get"},
	{NoWait, "no-wait"},
	{Passive, "passive"},
	{Multiple, "multiple"},
	{Requeued, "requeue"},
	{Late, "late"},
	{IfUnused, "if-unused"},
	{IfEmpty, "if-empty"},
	{Global, "global"},
	{Immediate, "immediate"},
}

// AppendText appends one line, without its end, that says in words what e is:
// stream time in seconds, kind, words. What was deduced carries ≈, what
// restates earlier events a =.
func AppendText(dst []byte, names *Names, e *Event, m *Message) []byte {
	dst = appendSeconds(dst, e.At)
	dst = append(dst, ' ')
	switch {
	case e.Has(Inferred):
		dst = append(dst, "≈"...)
	case e.Has(Snapshot):
		dst = append(dst, '=')
	default:
		dst = append(dst, ' ')
	}
	kind := e.Kind.String()
	dst = append(dst, kind...)
	for range max(1, 17-len(kind)) {
		dst = append(dst, ' ')
	}
	p := phrase{names: names, e: e, m: m}
	if e.Kind < numKinds {
		dst = p.expand(dst, e.phrase())
	}
	if e.Kind != Method && !e.RPC.IsZero() {
		dst = append(append(dst, " rpc="...), e.RPC.String()...)
	}
	if e.Conn != 0 {
		dst = append(p.word(append(dst, " ["...), e.Conn), '#')
		dst = append(strconv.AppendUint(dst, uint64(e.Channel), 10), ']')
	}
	return dst
}

func appendSeconds(dst []byte, ns int64) []byte {
	if ns < 0 {
		dst, ns = append(dst, '-'), -ns
	}
	dst = strconv.AppendInt(dst, ns/1e9, 10)
	frac := strconv.AppendInt(nil, 1e9+ns%1e9, 10)
	frac[0] = '.'
	return append(dst, frac...)
}

type phrase struct {
	names *Names
	e     *Event
	m     *Message
}

// expand fills a template in; optional parts do not nest.
func (p *phrase) expand(dst []byte, s string) []byte {
	for len(s) > 0 {
		switch i := strings.IndexAny(s, "{["); {
		case i < 0:
			return append(dst, s...)
		case s[i] == '{':
			end := strings.IndexByte(s, '}')
			dst = append(dst, s[:i]...)
			dst, _ = p.field(dst, s[i+1:end])
			s = s[end+1:]
		default:
			end := strings.IndexByte(s, ']')
			dst = append(dst, s[:i]...)
			if p.any(s[i+1 : end]) {
				dst = p.expand(dst, s[i+1:end])
			}
			s = s[end+1:]
		}
	}
	return dst
}

// any reports whether a field of an optional part has something to say.
func (p *phrase) any(part string) bool {
	open := strings.IndexByte(part, '{')
	_, some := p.field(nil, part[open+1:strings.IndexByte(part, '}')])
	return some
}

// word appends a name, quoted where it could be taken for something else.
func (p *phrase) word(dst []byte, n Name) []byte {
	s := p.names.Text(n)
	for _, r := range s {
		if r == '"' || Hidden(r) {
			return strconv.AppendQuote(dst, s)
		}
	}
	return append(dst, s...)
}

func (p *phrase) field(dst []byte, f string) (out []byte, some bool) {
	e := p.e
	n, isName := Name(0), true
	switch strings.TrimSuffix(f, "!") {
	case "process":
		n = e.Process
	case "exchange":
		n = e.Exchange
	case "queue":
		n = e.Queue
	case "key":
		n = e.Key
	case "tag":
		n = e.Tag
	case "label":
		n = e.Label
	case "text":
		n = e.Text
	case "args":
		n = e.Args
	default:
		isName = false
	}
	if isName {
		if n == 0 {
			return p.absent(dst, f), false
		}
		return p.word(dst, n), true
	}
	switch f {
	case "dir":
		if e.Has(ToClient) {
			return append(dst, "<-"...), true
		}
		return append(dst, "->"...), true
	case "channel":
		return strconv.AppendUint(dst, uint64(e.Channel), 10), true
	case "value":
		return strconv.AppendInt(dst, e.Value, 10), e.Value != 0
	case "times":
		dst = strconv.AppendInt(dst, e.Value/1000, 10)
		if part := e.Value % 1000; part > 0 {
			dst = append(dst, strings.TrimRight("."+strconv.FormatInt(1000+part, 10)[1:], "0")...)
		}
		return dst, true
	case "count":
		return strconv.AppendUint(dst, uint64(e.Count), 10), true
	case "seconds":
		return append(appendSeconds(dst, e.Value), " s"...), e.Value != 0
	case "class":
		return append(dst, e.Class.String()...), true
	case "msg":
		return strconv.AppendUint(append(dst, "message "...), uint64(e.Msg), 10), true
	case "flags":
		for _, x := range flagNames {
			if e.Has(x.bit) {
				dst = append(append(dst, ", "...), x.word...)
				some = true
			}
		}
		return dst, some
	case "message":
		return p.message(dst), true
	}
	return dst, false
}

// absent says what an empty name means where the phrase cannot do without one.
func (p *phrase) absent(dst []byte, f string) []byte {
	switch f {
	case "exchange!":
		return append(dst, "the default exchange"...)
	case "queue!":
		return append(dst, "nowhere"...)
	case "process", "process!":
		if p.e.Process == 0 {
			return append(dst, "an unknown client"...)
		}
	}
	return dst
}

func (p *phrase) message(dst []byte) []byte {
	m := p.m
	if m == nil {
		return append(dst, "a message"...)
	}
	dst = append(dst, m.Class.String()...)
	put := func(label string, n Name) {
		if n != 0 {
			dst = p.word(append(dst, label...), n)
		}
	}
	put(" ", m.Method)
	put(" ", m.EventType)
	put(" namespace=", m.Namespace)
	put(" version=", m.Version)
	put(" failure=", m.FailureClass)
	put(" reply to ", m.ReplyQueue)
	if m.Has(NotEnding) {
		dst = append(dst, " (still working)"...)
	}
	if m.Expiration >= 0 {
		dst = append(appendSeconds(append(dst, ", expires in "...), m.Expiration), " s"...)
	}
	dst = append(strconv.AppendUint(append(dst, ", "...), uint64(m.Size), 10), " bytes"...)
	return dst
}
