package rpc

import (
	"rpcscope/engine/amqp"
	"rpcscope/engine/flow"
	"rpcscope/engine/sim"
	"rpcscope/engine/transport"
)

// opcode says what a frame does.
type opcode uint8

const (
	opSteps opcode = iota
	opThread
	opStart
	opConsumers
	opOpen
	opSend
	opCall
	opNotify
	opREST
	opParallel
	opBranch
	opWork
	opReply
	opWatchdog
	opHandle
	opAnswerREST
	opReconnect
	opRefresh
	opStop
	opClose
	opReplyConn
	opClassic
	opContext
	opPublish
	opReset
	opOldReply
	opServe
	opCleanup
	opReopen
)

// frame is one level of what a task is doing. Each op uses the fields in its
// own way, said where it is run; pc is always the point it has reached.
type frame struct {
	op             opcode
	pc, a, b, c, d int32
	at, until      int64
	since          int64
	steps          []Step
	step           *Step
	server         string
	args, ctx      Value
	out            outgoing
	id             flow.ID
	from           delivery
	fail           failure
}

// input is why a task wakes up.
type input struct {
	m     amqp.Method
	timer bool
	lost  bool // the connection it waits on is gone, or its channel
	done  bool // the carrier has done what was asked of it, or failed: fault
	fault transport.Fault
}

// task is a thread of some process: a stack of frames.
type task struct {
	frames []frame
	in     input
	// value and fail are what the frame that ended last gave back.
	value  Value
	fail   failure
	status int
	proc   int32
	// timer counts up whenever a pending timer becomes stale.
	timer   uint32
	alive   bool
	running bool
}

// spawn makes a task; it runs when woken.
func (s *System) spawn(p int32, f frame) int32 {
	var i int32
	if n := len(s.idle); n > 0 {
		i = s.idle[n-1]
		s.idle = s.idle[:n-1]
	} else {
		i = int32(len(s.tasks))
		s.tasks = append(s.tasks, task{})
	}
	t := &s.tasks[i]
	*t = task{frames: append(t.frames[:0], f), timer: t.timer + 1, proc: p, alive: true}
	return i
}

// start makes a task and runs it until it waits.
func (s *System) start(p int32, f frame) int32 {
	i := s.spawn(p, f)
	s.wake(i, input{})
	return i
}

// sleep wakes task i after d nanoseconds.
func (s *System) sleep(i int32, d int64) {
	t := &s.tasks[i]
	t.timer++
	s.queue.Push(sim.Item{At: s.now + max(d, 0), Kind: kindTimer, A: uint32(i), B: t.timer})
}

// kill ends a task where it stands.
func (s *System) kill(i int32) {
	t := &s.tasks[i]
	if !t.alive {
		return
	}
	t.alive = false
	t.timer++
	clear(t.frames)
	t.frames = t.frames[:0]
	if !t.running {
		s.idle = append(s.idle, i)
	}
}

// wake runs task i until it waits again or ends.
func (s *System) wake(i int32, in input) {
	t := &s.tasks[i]
	if !t.alive || t.running {
		return
	}
	if p := &s.procs[t.proc]; p.paused {
		p.held = append(p.held, late{task: i, in: in, timer: t.timer})
		return
	}
	t.timer++
	t.in = in
	t.running = true
	for s.tasks[i].alive && len(s.tasks[i].frames) > 0 {
		if !s.run(i) {
			break
		}
	}
	t = &s.tasks[i]
	t.running = false
	if len(t.frames) == 0 {
		if t.alive && !t.fail.isNone() {
			s.failed++
		}
		t.alive = false
		t.timer++
		s.idle = append(s.idle, i)
	}
}

// top is the frame that runs.
func (s *System) top(i int32) *frame {
	f := s.tasks[i].frames
	return &f[len(f)-1]
}

// push enters a new frame; frame pointers taken before are stale.
func (s *System) push(i int32, f frame) bool {
	t := &s.tasks[i]
	t.fail, t.value = failure{}, Value{}
	t.frames = append(t.frames, f)
	return true
}

// pop leaves a frame with a value.
func (s *System) pop(i int32, v Value) bool {
	t := &s.tasks[i]
	n := len(t.frames) - 1
	t.frames[n] = frame{}
	t.frames = t.frames[:n]
	t.value, t.fail = v, failure{}
	return true
}

// raise leaves a frame with an exception.
func (s *System) raise(i int32, f failure) bool {
	s.pop(i, Value{})
	s.tasks[i].fail = f
	return true
}

// run lets the top frame go on; false means that the task waits.
func (s *System) run(i int32) bool {
	f := s.top(i)
	switch f.op {
	case opSteps:
		return s.runSteps(i, f)
	case opThread:
		return s.runThread(i, f)
	case opStart:
		return s.runStart(i, f)
	case opConsumers:
		return s.runConsumers(i, f)
	case opOpen:
		return s.runOpen(i, f)
	case opSend:
		return s.runSend(i, f)
	case opCall:
		return s.runCall(i, f)
	case opNotify:
		return s.runNotify(i, f)
	case opREST:
		return s.runREST(i, f)
	case opParallel:
		return s.runParallel(i, f)
	case opBranch:
		return s.runBranch(i, f)
	case opWork:
		return s.runWork(i, f)
	case opReply:
		return s.runReply(i, f)
	case opWatchdog:
		return s.runWatchdog(i, f)
	case opHandle:
		return s.runHandle(i, f)
	case opAnswerREST:
		return s.runAnswerREST(i, f)
	case opReconnect:
		return s.runReconnect(i, f)
	case opRefresh:
		return s.runRefresh(i, f)
	case opStop:
		return s.runStop(i, f)
	case opClose:
		return s.runClose(i, f)
	case opReplyConn:
		return s.runReplyConn(i, f)
	case opReopen:
		return s.runReopen(i, f)
	}
	return s.runOld(i, f)
}

// runOld runs the frames of the classic profiles.
func (s *System) runOld(i int32, f *frame) bool {
	switch f.op {
	case opClassic:
		return s.runClassic(i, f)
	case opContext:
		return s.runContext(i, f)
	case opPublish:
		return s.runPublish(i, f)
	case opReset:
		return s.runReset(i, f)
	case opCleanup:
		return s.runCleanup(i)
	case opOldReply:
		return s.runOldReply(i, f)
	case opServe:
		return s.runServe(i, f)
	}
	return s.pop(i, Value{})
}
