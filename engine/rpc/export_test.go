package rpc

import (
	"rpcscope/engine/amqp"
	"rpcscope/engine/flow"
)

// Published returns the inner messages of everything published so far, in order.
func (s *System) Published() (out []string) {
	for _, b := range s.bodies {
		out = append(out, string(b.appendMessage(nil, s.names)))
	}
	return out
}

// Spoil makes the broker close the channel of each listening connection of a process, as it does when an acknowledgement is overdue.
func (s *System) Spoil(process string) {
	for i := range s.conns {
		if c := &s.conns[i]; s.procs[c.proc].cfg.Name == process && c.role == roleListen && c.ready {
			s.say(int32(i), -1, amqp.Method{Op: amqp.OpQueueDeclare, Queue: s.names.Intern("no such queue"), Flags: flow.Passive})
		}
	}
}

// Kept is how many places for bodies there are, and how many of them are free.
func (s *System) Kept() (places, free int) { return len(s.bodies), len(s.spare) }
