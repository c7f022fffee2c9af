package amqp

import (
	"slices"
	"strings"

	"rpcscope/engine/flow"
)

// Policy sets what queues or exchanges do whose names match, beside their own
// arguments: of those that match one the policy of the highest priority applies, alone.
type Policy struct {
	VHost, Name string
	// Pattern is a regular expression; it matches anywhere in a name unless anchored.
	Pattern string
	// ApplyTo is "queues", "exchanges" or, when empty, "all".
	ApplyTo  string
	Priority int
	// Operator is a policy of its own kind: one of them applies beside an ordinary
	// one, and of two numbers the lesser counts. It can set numbers only.
	Operator bool
	// Definition maps settings such as "message-ttl" to values.
	Definition Table
}

// policy is a Policy in force.
type policy struct {
	vhost, name flow.Name
	pattern     *pattern
	to          uint8 // toQueues, toExchanges
	priority    int
	operator    bool
	definition  Table
}

const (
	toQueues = 1 << iota
	toExchanges
)

// policyKeys are the settings that RabbitMQ knows, with the queue types that a
// policy with them applies to, and what a value must be.
var policyKeys = []queueArg{
	{"alternate-exchange", inClassic | inQuorum, mustBeString},
	{"dead-letter-exchange", inClassic | inQuorum, mustBeString},
	{"dead-letter-routing-key", inClassic | inQuorum, mustBeString},
	{"dead-letter-strategy", inQuorum, oneOf("!", "at-most-once", "at-least-once")},
	{"message-ttl", inClassic | inQuorum, badCount},
	{"expires", inClassic | inQuorum, func(v *Value, _ Table) string { return badNumber(v, 1, never) }},
	{"max-length", inClassic | inQuorum, badCount},
	{"max-length-bytes", inClassic | inQuorum, badCount},
	{"max-in-memory-length", inClassic | inQuorum, badCount},
	{"max-in-memory-bytes", inClassic | inQuorum, badCount},
	{"queue-mode", inClassic, oneOf("!", "default", "lazy")},
	{"queue-version", inClassic | inQuorum, badVersion},
	{"overflow", inClassic | inQuorum, oneOf("!", "drop-head", "reject-publish", "reject-publish-dlx")},
	{"delivery-limit", inQuorum, badCount},
	{"max-age", inStream, nil},
	{"stream-max-segment-size-bytes", inStream, badCount},
	{"queue-leader-locator", inQuorum | inStream, oneOf("!", "client-local", "balanced", "random", "least-leaders")},
	{"initial-cluster-size", inStream, badCount},
}

// operatorKeys are those that operator policies may set.
const operatorKeys = "expires message-ttl max-length max-length-bytes max-in-memory-length max-in-memory-bytes delivery-limit "

func mustBeString(v *Value, _ Table) string { return mustBe(v, StringValue) }

// SetPolicy makes or replaces a policy at time now; all that it matches follows
// at once. It returns what is wrong with the policy, or "".
func (b *Broker) SetPolicy(now int64, p Policy) (bad string) {
	v := b.names.Intern(p.VHost)
	if b.findVHost(v) < 0 {
		return "vhost " + p.VHost + " not found"
	}
	if bad := BadPolicy(p); bad != "" {
		return bad
	}
	n := policy{vhost: v, name: b.names.Intern(p.Name), pattern: compilePattern(p.Pattern), priority: p.Priority, operator: p.Operator, definition: p.Definition}
	n.to = appliesTo[p.ApplyTo]
	b.dropPolicy(v, n.name, p.Operator)
	b.policies = append(b.policies, n)
	for k := len(b.policies) - 1; k > 0 && b.before(&b.policies[k], &b.policies[k-1]); k-- {
		b.policies[k], b.policies[k-1] = b.policies[k-1], b.policies[k]
	}
	b.now = now
	e := b.event(flow.Note, uint32(b.findVHost(v)))
	e.Label, e.Text, e.Args = b.known.policySet, n.name, b.tables.Intern(n.definition)
	b.emit()
	b.followPolicies(now, v)
	return ""
}

var appliesTo = map[string]uint8{"": toQueues | toExchanges, "all": toQueues | toExchanges, "queues": toQueues, "exchanges": toExchanges}

// BadPolicy is what is wrong with a policy, "" when nothing is.
func BadPolicy(p Policy) string {
	switch {
	case appliesTo[p.ApplyTo] == 0:
		return "apply-to '" + p.ApplyTo + "' unrecognised; should be 'queues', 'exchanges' or 'all'"
	case compilePattern(p.Pattern) == nil:
		return "pattern '" + p.Pattern + "' cannot be read"
	case len(p.Definition) == 0:
		return "no policy provided"
	}
	for _, f := range p.Definition {
		k := slices.IndexFunc(policyKeys, func(a queueArg) bool { return a.key == f.Key })
		if k < 0 || p.Operator && !strings.Contains(operatorKeys, f.Key+" ") {
			return f.Key + " is not a recognised policy setting"
		}
		if check := policyKeys[k].check; check != nil && check(&f.Value, nil) != "" {
			return f.Value.bare() + " is not a valid value of " + f.Key
		}
	}
	return ""
}

// before says which of two policies applies where both match; between equals RabbitMQ does not say.
func (b *Broker) before(x, y *policy) bool {
	return x.priority > y.priority || x.priority == y.priority && b.names.Text(x.name) < b.names.Text(y.name)
}

// ClearPolicy removes a policy at time now.
func (b *Broker) ClearPolicy(now int64, vhost, name string) { b.clearPolicy(now, vhost, name, false) }

// ClearOperatorPolicy removes an operator's policy at time now.
func (b *Broker) ClearOperatorPolicy(now int64, vhost, name string) {
	b.clearPolicy(now, vhost, name, true)
}

func (b *Broker) clearPolicy(now int64, vhost, name string, operator bool) {
	v, n := b.names.Intern(vhost), b.names.Intern(name)
	if at := b.findVHost(v); at >= 0 && b.dropPolicy(v, n, operator) {
		b.now = now
		e := b.event(flow.Note, uint32(at))
		e.Label, e.Text = b.known.policyCleared, n
		b.emit()
		b.followPolicies(now, v)
	}
}

// dropPolicy reports whether there was such a policy.
func (b *Broker) dropPolicy(vhost, name flow.Name, operator bool) bool {
	n := len(b.policies)
	b.policies = keep(b.policies, func(p *policy) bool { return p.vhost != vhost || p.name != name || p.operator != operator })
	return len(b.policies) < n
}

// policyFor finds what policies set for a name; queueType is 0 for exchanges.
func (b *Broker) policyFor(v uint32, name flow.Name, queueType uint8) Table {
	def := b.definitionFor(v, name, queueType, false)
	for _, f := range b.definitionFor(v, name, queueType, true) {
		if o := def.find(f.Key); o == nil || o.Int > f.Value.Int {
			def = def.with(f)
		}
	}
	return def
}

// definitionFor is the definition of the one policy of its kind that applies.
func (b *Broker) definitionFor(v uint32, name flow.Name, queueType uint8, operator bool) Table {
	for i := range b.policies {
		p := &b.policies[i]
		if p.vhost == b.vhosts[v].name && p.operator == operator && p.appliesTo(queueType) && p.pattern.match(b.names.Text(name)) {
			return p.definition
		}
	}
	return nil
}

func (p *policy) appliesTo(queueType uint8) bool {
	if queueType == 0 {
		return p.to&toExchanges != 0
	}
	for _, f := range p.definition {
		k := slices.IndexFunc(policyKeys, func(a queueArg) bool { return a.key == f.Key })
		if policyKeys[k].types&queueType == 0 {
			return false
		}
	}
	return p.to&toQueues != 0
}

// followPolicies lets every queue and exchange of a virtual host look for its policy again.
func (b *Broker) followPolicies(now int64, vhost flow.Name) {
	b.now = now
	v := b.findVHost(vhost)
	for i := 1; i < b.exs.len(); i++ {
		if x := b.exs.get(uint32(i)); int(x.vhost) == v && !x.gone {
			b.configureExchange(x)
		}
	}
	for i := 1; i < b.queues.len(); i++ {
		q := b.queues.get(uint32(i))
		if !q.live || int(q.vhost) != v {
			continue
		}
		if def := b.policyFor(q.vhost, q.name, q.typeBit()); !def.Equal(q.policy) {
			had := q.policy.find("max-length") != nil
			q.policy = def
			overflow := q.overflow
			b.configureQueue(q)
			b.tellLimit(q, had)
			if !q.quorum { // a new limit cuts before a new way to overflow counts (rabbit_amqqueue_process:process_args_policy)
				q.overflow, overflow = overflow, q.overflow
				b.trim(q)
				q.overflow = overflow
			}
			q.armed = false
			q.epoch++
			b.touch(q)
			b.watchHead(q)
			b.trim(q)
			if q.quorum {
				b.evaluate(q)
			}
		}
	}
	b.runDirty()
}

// configureExchange finds out the alternate exchange: the argument, else the
// policy's. The default exchange has none, though a policy may match its empty name (rabbit_exchange:route).
func (b *Broker) configureExchange(x *exchange) {
	if x.name == 0 {
		return
	}
	const key = "alternate-exchange"
	args := b.tables.Table(x.args)
	if args.find(key) == nil {
		args = b.policyFor(x.vhost, x.name, 0)
	}
	x.alternate = b.names.Intern(args.text(key))
}

// configureQueue finds out a queue's limits from arguments and policy: the lesser
// of two numbers, else the argument – but a quorum queue's policy goes before
// its arguments for expires and overflow (rabbit_amqqueue_process:process_args_policy,
// rabbit_quorum_queue:ra_machine_config).
func (b *Broker) configureQueue(q *queue) {
	s := settings{args: b.tables.Table(q.args), policy: q.policy}
	q.ttl = s.least("message-ttl", msUnit)
	q.maxLen = s.least("max-length", 1)
	q.maxBytes = s.least("max-length-bytes", 1)
	q.maxReturns = s.least("delivery-limit", 1)
	q.expires = s.least("expires", msUnit)
	if v := q.policy.find("expires"); v != nil && q.quorum {
		q.expires = v.Int * msUnit
	}
	if q.expires == never {
		q.expires = 0
	}
	var dlx, key string
	dlx, q.hasDLX = s.first("dead-letter-exchange", false)
	key, q.hasDLKey = s.first("dead-letter-routing-key", false)
	q.dlx, q.dlKey = b.names.Intern(dlx), b.names.Intern(key)
	q.overflow = dropHead
	switch how, _ := s.first("overflow", q.quorum); {
	case how == "reject-publish":
		q.overflow = rejectPublish
	case how == "reject-publish-dlx" && !q.quorum:
		q.overflow = rejectPublishDLX
	}
	switch {
	case !q.quorum:
		q.maxReturns = never
	case q.maxReturns == never && b.returns > 0:
		q.maxReturns = b.returns
	}
	if v := s.args.find("x-single-active-consumer"); v != nil {
		q.single = v.Int != 0
	}
	if v := s.args.find("x-max-priority"); v != nil {
		q.top = uint8(v.Int)
	}
}

// settings are a queue's arguments and the policy's definition.
type settings struct{ args, policy Table }

// first is a text from the arguments, else from the policy, or the other way round.
func (s settings) first(key string, policyFirst bool) (text string, ok bool) {
	v, p := s.args.find("x-"+key), s.policy.find(key)
	if p != nil && (policyFirst || v == nil) {
		v = p
	}
	if v == nil {
		return "", false
	}
	return v.Text, true
}

// least is the smaller number that arguments and policy set, never when neither does.
func (s settings) least(key string, unit int64) int64 {
	n := never
	for _, v := range [2]*Value{s.args.find("x-" + key), s.policy.find(key)} {
		if v != nil && v.Kind == IntValue && v.Int < never/unit {
			n = min(n, v.Int*unit)
		}
	}
	return n
}
