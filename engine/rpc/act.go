package rpc

import (
	"slices"

	"rpcscope/engine/amqp"
	"rpcscope/engine/flow"
	"rpcscope/engine/sim"
)

// ActKind says what the operator does.
type ActKind uint8

// What the operator can do. Process is whom it is done to, unless said otherwise.
const (
	// ActStop stops a process as a signal would: its servers stop, then it exits.
	ActStop ActKind = iota
	// ActKill ends a process at once.
	ActKill
	// ActStart starts a process that has stopped, with a new process id.
	ActStart
	// ActDrop closes a process's connections, or those of Role, from the broker's side (320 CONNECTION_FORCED).
	ActDrop
	// ActDetach ends a process's links at a Qpid broker, or takes its records from ZeroMQ's matchmaker.
	ActDetach
	// ActPause stops a process where it stands (SIGSTOP), ActContinue lets it go on.
	ActPause
	ActContinue
	// ActSlow makes what a process does take Value thousandths of its usual time.
	ActSlow
	// ActVersion stops a process in order and starts it again with endpoints of Version.
	ActVersion
	// ActPoison lets a process send to the target of Step what no receiver can read.
	ActPoison
	// ActCut lets nothing pass between a process and the broker, ActDelay all Value nanoseconds later; ActRestore ends both.
	ActCut
	ActDelay
	ActRestore
	// ActLoseReply deletes a process's reply queue.
	ActLoseReply
	// ActDelete and ActPurge do that to Queue.
	ActDelete
	ActPurge
	// ActRestart stops the broker's node, as a crash when Crash, and starts it again after Value nanoseconds.
	ActRestart
	// ActStopBroker and ActStartBroker do one of both.
	ActStopBroker
	ActStartBroker
	// ActAlarm raises Alarm at the broker, ActClearAlarm clears it.
	ActAlarm
	ActClearAlarm
	// ActPolicy sets Policy at the broker.
	ActPolicy
	// ActSend is Step sent by hand.
	ActSend
	numActs
)

// ActNames are the words for what the operator does, as scenario documents have them.
var ActNames = [numActs]string{
	ActStop: "stop", ActKill: "kill", ActStart: "start", ActDrop: "drop_connections", ActDetach: "detach",
	ActPause: "pause", ActContinue: "continue", ActSlow: "slow_down", ActVersion: "change_version", ActPoison: "poison",
	ActCut: "cut_link", ActDelay: "delay_link", ActRestore: "restore_link", ActLoseReply: "lose_reply_queue",
	ActDelete: "delete_queue", ActPurge: "purge_queue", ActRestart: "restart_broker", ActStopBroker: "stop_broker",
	ActStartBroker: "start_broker", ActAlarm: "raise_alarm", ActClearAlarm: "clear_alarm", ActPolicy: "set_policy", ActSend: "send",
}

// OfProcess reports whether it is done to a process.
func (k ActKind) OfProcess() bool { return k < ActDelete || k == ActSend }

// OfRabbit reports whether only a RabbitMQ can have it done.
func (k ActKind) OfRabbit() bool {
	return k == ActPoison || k >= ActCut && k <= ActPolicy
}

// Act is one thing the operator does.
type Act struct {
	// At is when, in nanoseconds; with When it happens After nanoseconds after that came about.
	At, After int64
	When      When
	Kind      ActKind
	Process   string
	// Role is the purpose of the connections that ActDrop closes.
	Role Role
	// Queue is the one concerned; Version "major.minor".
	Queue, Version string
	// Value is a time in nanoseconds or, for ActSlow, thousandths.
	Value  int64
	Crash  bool
	Alarm  amqp.Alarm
	Policy *amqp.Policy
	Step   Step
	// quiet: it is no deed of the operator's own, only the rest of one.
	quiet bool
}

// Role says what a process has a connection for.
type Role uint8

// The roles of connections.
const (
	AnyRole Role = iota
	// Listening is a server's or a listener's.
	Listening
	// Replies is the one on which answers come.
	Replies
	// Sending is one of the pool.
	Sending
)

// RoleNames are the words for them in scenario documents.
var RoleNames = [...]string{"all", "listening", "replies", "sending"}

// role is a connection's purpose as others see it.
func (c *conn) purpose() Role { return [...]Role{Listening, Replies, Sending}[c.role] }

// Deed is something that a process has done.
type Deed uint8

// The deeds.
const (
	// NoDeed: nothing is waited for, or the level of a queue.
	NoDeed Deed = iota
	// HasRequested: it begins to send a request.
	HasRequested
	// HasFetched: a request or a notification has come to it, and is not acknowledged yet.
	HasFetched
	// HasAcknowledged: it has acknowledged a request and is about to run the method; or it has acknowledged a notification.
	HasAcknowledged
	// HasFinished: the method has ended, its answer is not sent yet.
	HasFinished
	// HasReplied: the broker has confirmed the answer.
	HasReplied
	// HasAnswer: the answer has come to it.
	HasAnswer
	// HasTimedOut: it has given up on a call.
	HasTimedOut
	// HasStarted: it is ready. HasStopped: it has ended, however that came.
	HasStarted
	HasStopped
)

// DeedNames are the words for them in scenario documents.
var DeedNames = [...]string{"", "requested", "fetched", "acknowledged", "finished", "replied", "answered", "timed_out", "started", "stopped"}

// OfMethod reports whether the deed is done to a method.
func (d Deed) OfMethod() bool { return d >= HasRequested && d <= HasTimedOut }

// When is what an act waits for: that a process has done something, or that a queue is as long as that.
type When struct {
	Has             Deed
	Process, Method string
	// Queue is one of which Ready messages are ready, or Unacked unacknowledged; the one that is not 0 counts.
	Queue          string
	Ready, Unacked int
	// Nth is the how manieth time counts, 0 for the first; Every lets each further Nth count too.
	Nth   int
	Every bool
	// Since is from when on it counts, in nanoseconds.
	Since int64
}

// Waits reports whether there is anything to wait for.
func (w *When) Waits() bool { return w.Has != NoDeed || w.Queue != "" }

// Words says in words what is waited for.
func (w *When) Words() string {
	s := w.Process + " has " + DeedNames[w.Has]
	switch {
	case !w.Waits():
		return ""
	case w.Ready > 0:
		s = w.Queue + " has " + itoa(w.Ready) + " ready"
	case w.Queue != "":
		s = w.Queue + " has " + itoa(w.Unacked) + " unacknowledged"
	case w.Method != "":
		s += " " + w.Method
	}
	if w.Nth > 1 {
		s += ", time " + itoa(w.Nth)
	}
	return s
}

// Act does what the operator, or a person, wants: at once, or when what it waits for comes about.
func (s *System) Act(a Act) {
	if !a.When.Waits() {
		s.carryOut(&a)
		return
	}
	s.acts = append(slices.Clip(s.acts), a)
	s.schedule(int32(len(s.acts) - 1))
}

// carryOut does it now.
func (s *System) carryOut(a *Act) {
	p := int32(-1)
	if a.Kind.OfProcess() {
		if p = s.procByName(a.Process); p < 0 {
			return
		}
	}
	if a.Kind != ActSend && !a.quiet {
		e := flow.Event{
			At: s.now, Kind: flow.Operator, VHost: s.vhost, Label: s.names.Intern(ActNames[a.Kind]),
			Queue: s.names.Intern(a.Queue), Text: s.names.Intern(a.When.Words()), Value: a.Value,
		}
		if p >= 0 {
			e.Process = s.procs[p].name
		}
		s.sink.Emit(&e, nil)
	}
	if p >= 0 {
		s.actOn(p, a)
	} else {
		s.actAtBroker(a)
	}
}

// actOn does what is done to a process.
func (s *System) actOn(p int32, a *Act) {
	switch a.Kind {
	case ActStop:
		s.stop(p, false)
	case ActKill:
		s.die(p, s.words.killed)
	case ActStart:
		s.startAgain(p)
	case ActDetach:
		if s.carrier != nil {
			s.carrier.Drop(s.now, p, true)
		}
	case ActDrop:
		if s.carrier != nil {
			s.carrier.Drop(s.now, p, false)
		}
		for i := range s.conns {
			if c := &s.conns[i]; c.proc == p && c.state == connOpen && (a.Role == AnyRole || a.Role == c.purpose()) {
				s.broker.CloseConnection(s.now, c.id, "Closed via management plugin")
			}
		}
	case ActPause:
		s.pause(p)
	case ActContinue:
		s.resume(p)
	case ActSlow:
		s.slowDown(p, a.Value)
	case ActVersion:
		s.changeVersion(p, a.Version)
	case ActCut:
		s.cutLink(p)
	case ActDelay:
		s.delayLink(p, a.Value)
	case ActRestore:
		s.restoreLink(p)
	case ActLoseReply:
		if q := s.procs[p].replyQueue; q != 0 {
			s.broker.DeleteQueue(s.now, s.names.Text(s.vhost), s.names.Text(q))
		}
	case ActSend, ActPoison:
		if s.procs[p].state == procReady {
			step := a.Step
			step.Unreadable = a.Kind == ActPoison
			s.start(p, frame{op: opSteps, steps: []Step{step}})
		}
	}
}

// actAtBroker does what is done to the broker or a queue of it.
func (s *System) actAtBroker(a *Act) {
	vhost := s.names.Text(s.vhost)
	switch a.Kind {
	case ActDelete:
		s.broker.DeleteQueue(s.now, vhost, a.Queue)
	case ActPurge:
		s.broker.PurgeQueue(s.now, vhost, a.Queue)
	case ActRestart:
		s.broker.Stop(s.now, a.Crash)
		s.queue.Push(sim.Item{At: s.now + a.Value, Kind: kindBroker})
	case ActStopBroker:
		s.broker.Stop(s.now, a.Crash)
	case ActStartBroker:
		s.broker.Start(s.now)
	case ActAlarm:
		s.broker.SetAlarm(s.now, a.Alarm, true)
	case ActClearAlarm:
		s.broker.SetAlarm(s.now, a.Alarm, false)
	case ActPolicy:
		p := *a.Policy
		p.VHost = vhost
		s.broker.SetPolicy(s.now, p)
	}
}
