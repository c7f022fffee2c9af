package scenario

import "rpcscope/engine/rpc"

// Do carries out a command at the world's present time; what it causes comes
// with the next RunUntil. An [*Error] says what is wrong with the command.
func (w *World) Do(cmd Command) error {
	switch cmd.Kind {
	case "call", "cast", "fanout", "notify":
		return w.send(cmd)
	}
	return w.act(cmd)
}

// send picks the action that fits the command best and sends what it says,
// with the command's own target where it names one.
func (w *World) send(cmd Command) error {
	a := w.doc.pick(cmd)
	if a == nil {
		return &Error{"$.kind", "the scenario offers no " + cmd.Kind, `add one to its "actions"`}
	}
	step, client := a.step, a.Client
	if cmd.Client != "" {
		client = cmd.Client
	}
	if cmd.Method != "" {
		step.Method = cmd.Method
	}
	if cmd.Topic != "" {
		if step.Kind == rpc.StepNotify {
			step.Topics = []string{cmd.Topic}
		} else if step.Topic = cmd.Topic; cmd.Server == "" && cmd.Topic != a.step.Topic {
			step.Server = ""
		}
	}
	if cmd.Server != "" {
		step.Server = cmd.Server
	}
	r := &reader{}
	for _, f := range [...]struct{ path, name string }{{"$.client", cmd.Client}, {"$.method", cmd.Method}, {"$.topic", cmd.Topic}, {"$.server", cmd.Server}} {
		if f.name != "" {
			r.checkName(f.path, f.name)
		}
	}
	r.checkKey("$.topic", step.Topic, step.Server)
	if r.err != nil {
		return r.err
	}
	p := w.process(client)
	if p == nil {
		return &Error{"$.client", "there is no process " + quote(client), "name a process of the scenario"}
	}
	if p.RESTOnly {
		return &Error{"$.client", quote(client) + " only speaks REST", "name a process that uses the broker"}
	}
	if !w.system.Ready(client) {
		return &Error{"$.client", quote(client) + " is not running", "start it first"}
	}
	w.system.Act(rpc.Act{Kind: rpc.ActSend, Process: client, Step: step})
	return nil
}

// pick returns the action of the command's kind that agrees with most of what the command says.
func (d *Document) pick(cmd Command) *Action {
	best, score := -1, -1
	for i := range d.actions {
		a := &d.actions[i]
		if a.Kind != cmd.Kind {
			continue
		}
		n := 0
		for _, same := range []bool{cmd.Client == a.Client, cmd.Method == a.Method, cmd.Topic == a.step.Topic, cmd.Server == a.step.Server, cmd.Label != "" && cmd.Label == a.Label} {
			if same {
				n++
			}
		}
		if cmd.Target != "" && cmd.Target == a.Target {
			n += 3 // it says topic and server in one, and outweighs that the command names neither
		}
		if n > score {
			best, score = i, n
		}
	}
	if best < 0 {
		return nil
	}
	return &d.actions[best]
}
