package rpc

import (
	"rpcscope/engine/flow"
)

type procState uint8

const (
	procWaiting procState = iota
	procStarting
	procReady
	procStopping
	procStopped
)

// proc is the state of one process.
type proc struct {
	cfg   *Process
	name  flow.Name
	pid   int
	state procState
	// pool are the sending connections nobody uses, the one returned last at the end; open is how many exist.
	pool     []int32
	open     int
	queueing []int32 // tasks that wait for a connection
	// reply is the connection for replies, −1 before the first call; replyQueue its queue.
	reply      int32
	replyState uint8
	replyWait  []int32
	replyQueue flow.Name
	named      int // queues that the queue manager has named
	services   []service
	// gone are reply queues that stayed missing until a reply was abandoned.
	gone []goneQueue
	// busy is until when a method keeps the only thread of a process of green threads, busyTask which one.
	busy     int64
	busyTask int32
	// passed are the times of the last requests that each limiting filter of the WSGI pipeline passed on, oldest first.
	passed [][]int64
	// died is the exception that ends it.
	died    flow.Name
	stopper int32 // the task that stops the process and waits for the workers, −1 for none
	// paused: nothing in it runs; held is what came to it meanwhile.
	paused bool
	held   []late
	// slow is how many thousandths of the usual time work takes, 0 for the usual.
	slow int64
	// cut: nothing passes between it and the broker; cuts counts the changes of that. delay is what all takes longer each way.
	cut   bool
	cuts  uint32
	delay int64
	// version is what its endpoints offer instead of their own, "" for that; again: it starts again once it has stopped.
	version string
	again   bool
}

// goneQueue is a reply queue that nothing is sent to before until.
type goneQueue struct {
	name  flow.Name
	until int64
}

// The list of obsolete reply queues (oslo_messaging/_drivers/amqpdriver.py, ObsoleteReplyQueuesCache).
const (
	goneFor  = int64(60e9)
	goneMost = 200
)

// forget notes that a reply queue is gone.
func (p *proc) forget(queue flow.Name, now int64) {
	kept := p.gone[:0]
	for _, g := range p.gone {
		if g.until > now {
			kept = append(kept, g)
		}
	}
	if len(kept) == goneMost {
		kept = kept[1:]
	}
	p.gone = append(kept, goneQueue{queue, now + goneFor})
}

func (p *proc) obsolete(queue flow.Name, now int64) bool {
	for _, g := range p.gone {
		if g.name == queue && g.until > now {
			return true
		}
	}
	return false
}

// States of the reply connection.
const (
	replyNone uint8 = iota
	replyOpening
	replyReady
)

// service is an RPC server or a notification listener at work.
type service struct {
	conn    int32
	running int
	waiting []delivery
	// seen are the unique ids of the last messages; a redelivered one is not run twice.
	seen     [16]flow.ID
	seenAt   int
	stopping bool
	// handled are notifications of a listener that are acknowledged, or put back, at its next poll, which is at due.
	handled []handled
	due     int64
}

func newProc(cfg *Process, names *flow.Names) proc {
	return proc{
		cfg: cfg, name: names.Intern(cfg.Name), pid: cfg.PID, reply: -1, stopper: -1, passed: make([][]int64, len(cfg.WSGI)),
	}
}

func (p *proc) clone() proc {
	c := *p
	c.pool = append([]int32(nil), p.pool...)
	c.queueing = append([]int32(nil), p.queueing...)
	c.replyWait = append([]int32(nil), p.replyWait...)
	c.gone = append([]goneQueue(nil), p.gone...)
	c.passed = make([][]int64, len(p.passed))
	for i := range p.passed {
		c.passed[i] = append([]int64(nil), p.passed[i]...)
	}
	c.held = append([]late(nil), p.held...)
	c.services = append([]service(nil), p.services...)
	for i := range c.services {
		c.services[i].waiting = append([]delivery(nil), c.services[i].waiting...)
		c.services[i].handled = append([]handled(nil), c.services[i].handled...)
	}
	return c
}

// executor is how many messages service k handles at once.
func (p *proc) executor(k int) int {
	if n := len(p.cfg.Servers); k >= n {
		return max(1, p.cfg.Listeners[k-n].Executor)
	}
	return max(1, p.cfg.Servers[k].Executor)
}

// green reports whether the process has only one thread for all that it does.
func (p *proc) green() bool {
	for i := range p.cfg.Servers {
		if p.cfg.Servers[i].Kind == Eventlet {
			return true
		}
	}
	return false
}

// stuck reports whether nothing but task may run in the process now.
func (p *proc) stuck(now int64, task int32) bool { return now < p.busy && task != p.busyTask }

// early reports whether service k acknowledges a message when it comes, and not
// when somebody takes it up: oslo.messaging's thread that receives requests
// does so before it hands them to the pool, which takes any number
// (_drivers/amqpdriver.py, RpcAMQPListener).
func (p *proc) early(k int) bool {
	return k < len(p.cfg.Servers) && !p.cfg.Options.Profile.Old() && p.cfg.Servers[k].Kind != Blocking
}

// idle reports whether a service that stops has nothing left to do.
func (p *proc) idle(k int) bool {
	v := &p.services[k]
	return v.running == 0 && (len(v.waiting) == 0 || !p.early(k))
}

// knows reports whether a message with that unique id was taken before.
func (v *service) knows(id flow.ID) bool {
	for _, x := range v.seen {
		if x == id && !id.IsZero() {
			return true
		}
	}
	return false
}

// remember notes a unique id in place of the oldest.
func (v *service) remember(id flow.ID) {
	v.seen[v.seenAt] = id
	v.seenAt = (v.seenAt + 1) % len(v.seen)
}
