package view

import "rpcscope/engine/flow"

// Rename moves the State to another table of names, which then holds the names
// that it uses and no others. It is how a session of many hours gets rid of
// the names of what is long gone.
func (s *State) Rename(names *flow.Names) {
	old := s.names
	to := func(ns ...*flow.Name) {
		for _, n := range ns {
			*n = names.Intern(old.Text(*n))
		}
	}
	s.names = names
	s.words.learn(names)
	each(&s.Processes, func(_ Slot, v *Process) {
		to(&v.Reason, &v.Name, &v.Program, &v.Host, &v.Component, &v.Anatomy)
		for i := range v.Callers {
			to(&v.Callers[i].Name)
		}
	})
	each(&s.Connections, func(_ Slot, v *Connection) { to(&v.Reason, &v.VHost, &v.Name) })
	each(&s.Exchanges, func(_ Slot, v *Exchange) { to(&v.Reason, &v.VHost, &v.Name, &v.Type) })
	each(&s.Queues, func(_ Slot, v *Queue) { to(&v.Reason, &v.VHost, &v.Name, &v.Type, &v.Args, &v.Owner) })
	each(&s.Bindings, func(_ Slot, v *Binding) { to(&v.Reason, &v.Key, &v.Args) })
	each(&s.Consumers, func(_ Slot, v *Consumer) { to(&v.Reason, &v.Conn, &v.Tag) })
	each(&s.Links, func(_ Slot, v *Link) { to(&v.Reason) })
	each(&s.Messages, func(_ Slot, v *Message) {
		to(&v.Process, &v.Conn, &v.VHost, &v.Exchange, &v.Key, &v.Label, &v.Props)
	})
	each(&s.Copies, func(_ Slot, v *Copy) { to(&v.Holder) })
	each(&s.Calls, func(_ Slot, v *Call) {
		to(&v.Method, &v.Target, &v.Process, &v.Worker, &v.ReplyQueue, &v.Failure)
	})
	each(&s.Runs, func(_ Slot, v *Run) { to(&v.Process, &v.Method, &v.Queue, &v.Failure) })
	each(&s.Rests, func(_ Slot, v *Rest) { to(&v.From, &v.To, &v.Verb, &v.Path, &v.Filter, &v.Failure) })
	each(&s.Drops, func(_ Slot, v *Drop) { to(&v.Reason) })
	each(&s.Methods, func(_ Slot, v *Method) { to(&v.Name) })
	s.reindex()
}
